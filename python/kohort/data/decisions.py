"""Dated decisions as read: stays, observations, entries, stock and exposure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort._core import Finding
from kohort.data.counts import Counts
from kohort.data.observations import Observations, found_lines
from kohort.data.series import Regime, ReportingGap
from kohort.model.structure import Model
from kohort.support import _frames, _html, _text
from kohort.support._dates import day_number
from kohort.support._refusal import choice

if TYPE_CHECKING:
    from kohort.data.quality import Quality

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Decisions:
    """Dated decisions as read, under a declared level rule.

    Decisions are not needs: they say when support changed, often at a review, not when the need
    did. `as_panel` reads the same stays as visits, to compare.

    Attributes
    ----------
    observations
        Rows of the kind exact_transition in days since 1 January 1970, with the covariates `age`
        (years since birth, a year being 365.25 days), `male` (0 or 1), if the file has sex and
        birth date, and `since_entry` (years since the first decision).
    model
        Whose states the stays are in.
    findings
        Warnings and information; a file with errors gives no `Decisions`.
    counts
        What was read, left out and resolved, by name.
    policies
        Every setting that the result depends on, for the manifest.
    reporting_gaps
        Months in which a unit, or everybody, seems not to have reported.
    regimes
        Days crossed from which decisions mean something else, with counts before and after.
    """

    observations: Observations
    model: Model
    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    policies: Mapping[str, Any]
    _core: Any = field(repr=False)
    reporting_gaps: tuple[ReportingGap, ...] = ()
    regimes: tuple[Regime, ...] = ()

    def quality(self) -> Quality:
        """Counts by month that show whether the extract is whole, for a picture and a page."""
        from kohort.data.quality import quality

        return quality(self)

    def entries(self, first_year: int, last_year: int, *, returns: bool = False) -> Counts:
        """Persons whose first decision starts in these years, by the level that they enter at.

        Those who had support before the observation starts are no entries. Those whose support had
        ended by then are, when they come back: the extract does not know of them.

        Parameters
        ----------
        first_year, last_year
            Calendar years.
        returns
            Everybody who comes back after support has ended counts too, each time.

        Raises
        ------
        InvalidInput
            `E-COLUMNS` if the file had no sex or birth date, here and in the tables below.
        """
        return self._counts(
            "persons", self._core.first_entries(first_year, last_year, returns=returns)
        )

    def stock(self, date: str | dt.date, *, by_entry: int | None = None) -> Counts:
        """Persons in each state on a day, by their completed age on that day.

        Parameters
        ----------
        date
            The day.
        by_entry
            Parts of a year: count by the time since the first decision as well, in a column `part`
            (0: less than one part ago). With 12 it is months. A projection whose rates depend on
            time since entry asks for it.

        Raises
        ------
        InvalidInput
            `E-SETTING`: a day after the extraction, or before the observation starts.
        """
        day = day_number(date, "date")
        first, last = self.policies.get("observed_from"), self._core.extraction
        if (last and day > day_number(last, "date")) or (first and day < day_number(first, "date")):
            _core.reject(
                "E-SETTING", "stock", f"{date} was asked for",
                f"the extract knows the days {f'from {first} ' if first else ''}to {last or 'now'}",
                "Choose one of them",
            )  # fmt: skip
        if by_entry is None:
            return self._counts("persons", self._core.stock(day))
        return self._counts("persons", self._core.stock_by_entry(day, by_entry), by_entry)

    def exposure(self, first_year: int, last_year: int) -> Counts:
        """Person-years in each state, ended apart: exactly by days, cut at birthdays."""
        columns = self._core.exposure_days(first_year, last_year)
        columns["count"] = columns["count"] / 365.25
        return self._counts("years", columns)

    def moves(self, first_year: int, last_year: int) -> Counts:
        """Moves between states, deaths among them, by age on the day of the move."""
        return self._counts("moves", self._core.moves(first_year, last_year))

    def _counts(
        self, unit: str, columns: dict[str, Array], parts_a_year: int | None = None
    ) -> Counts:
        names = np.array(self.model.states, dtype=object)
        found: dict[str, Array] = {
            "year": columns["year"],
            "sex": np.array(["women", "men"], dtype=object)[columns["male"]],
            "age": columns["age"],
            "state": names[columns["state"]],
        }
        if unit == "moves":
            found["to"] = names[columns["to"]]
        if parts_a_year is not None:
            found["part"] = columns["part"]
        found[unit] = columns["count"]
        for values in found.values():
            values.flags.writeable = False
        return Counts(unit, found, self.model, parts_a_year)

    def as_known_on(self, date: str | dt.date) -> Decisions:
        """The same as an extract made on an earlier day would show it.

        Decisions that start later are not there, stays that go on are open, later deaths are not
        known. Findings about the file stay with the whole.

        Raises
        ------
        InvalidInput
            `E-SETTING`: a day after the extraction, or before the observation starts.
        """
        core = self._core.as_known_on(day_number(date, "date"))
        return Decisions(
            observations=Observations(self.model, core.observations),
            model=self.model,
            findings=tuple(core.findings),
            counts=dict(core.counts),
            policies=dict(self.policies) | {"extraction_date": core.extraction},
            _core=core,
        )

    def as_panel(
        self,
        *,
        every_months: int | None = None,
        visits: Iterable[str | dt.date] | None = None,
        deaths: str = "exact",
    ) -> Observations:
        """The same stays as if the state were only seen on common visiting days.

        Parameters
        ----------
        every_months
            Visits on the first day of every so many months, from the first stay to the extraction.
        visits
            The visiting days themselves, increasing, instead.
        deaths
            "exact": a death is known to the day; "panel": seen at the next visit.

        Returns
        -------
        Observations; people never under observation on a visit are left out and counted
        (`I-UNSEEN`).

        Raises
        ------
        InvalidInput
            `E-SETTING`: neither or both ways of giving the visits; `E-TIME`: days that do not
            increase.
        """
        choice("deaths", deaths, ("exact", "panel"))
        if (every_months is None) == (visits is None):
            _core.reject(
                "E-SETTING",
                "as_panel",
                "visits are given in no way or in two",
                "one of every_months and visits is needed",
                "Give every_months=6, or the days themselves",
            )
        if every_months is not None:
            first = int(
                self._core.stays()[2].min(initial=day_number(self._core.extraction, "extraction"))
            )
            last = day_number(self._core.extraction, "extraction")
            days = _core.monthly_visits(first, last, every_months)
        else:
            days = [day_number(day, "visits") for day in visits or ()]
        return Observations(self.model, self._core.as_panel(days, deaths == "exact"))

    def to_frame(self, backend: str | None = None) -> Any:
        """Aggregates: moves between states, person-years at risk of them, and moves per year."""
        return _frames.to_frame(self._rates(), backend)

    def costs(self, backend: str | None = None) -> Any:
        """What decisions cost at each level, as the file has it: how many have a cost, their mean.

        Raises
        ------
        InvalidInput
            `E-COLUMNS` if the file has no costs.
        """
        if not self._core.costs:
            _core.reject(
                "E-COLUMNS",
                "costs",
                "the decisions have no costs",
                "a column of costs is needed",
                "Name it with column_map or columns={'cost': ...}",
            )
        counted = [(n, hundredths / 100 / n) for n, hundredths in self._core.costs if n]
        levels = [
            level
            for level, (n, _) in zip(self._core.rule.levels, self._core.costs, strict=True)
            if n
        ]
        return _frames.to_frame(
            {
                "level": levels,
                "decisions": [n for n, _ in counted],
                "mean_cost": [mean for _, mean in counted],
            },
            backend,
        )

    def summary(self, backend: str | None = None) -> Any:
        """What was read, left out and resolved, as a data frame."""
        return _frames.to_frame(
            {"what": list(self.counts), "number": list(self.counts.values())}, backend
        )

    def _rates(self) -> dict[str, Array]:
        pairs = self.observations._pairs()
        at_risk: dict[str, float] = {}
        for name, years in zip(pairs["from"], pairs["years"], strict=True):
            at_risk[name] = at_risk.get(name, 0.0) + float(years)
        moved = pairs["from"] != pairs["to"]
        years = np.array([at_risk[name] for name in pairs["from"][moved]], dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            per_year = pairs["count"][moved] / years
        return {
            "from": pairs["from"][moved],
            "to": pairs["to"][moved],
            "moves": pairs["count"][moved],
            "years": years,
            "moves_per_year": per_year,
        }

    def _title(self) -> str:
        return (
            f"Decisions: {self.counts['persons followed']} persons, level by "
            f"{self.policies['level_rule']}, extracted {self.policies['extraction_date']}"
        )

    def _tables(self) -> tuple[list[list[str]], list[list[str]]]:
        rates = self._rates()
        rows = [
            [f"{a} -> {b}", str(k), _text.number(float(y)), _text.number(float(r))]
            for a, b, k, y, r in zip(*rates.values(), strict=True)
        ]
        return [[name, str(k)] for name, k in self.counts.items() if k], rows

    def __str__(self) -> str:
        counted, rates = self._tables()
        parts = [self._title(), _text.table(["read", "number"], counted)]
        if rates:
            parts.append(_text.table(["move", "times", "years at risk", "per year"], rates))
        parts.append("Decisions are not needs: they say when support changed.")
        return "\n".join([*parts, *found_lines(self.findings)])

    def _repr_html_(self) -> str:
        counted, rates = self._tables()
        tables = [_html.table(["read", "number"], counted)]
        if rates:
            heads = ["move", "times", "years at risk", "per year"]
            caption = "Decisions are not needs: they say when support changed."
            tables.append(_html.table(heads, rates, caption=caption))
        return _html.block(self._title(), parts=tables)
