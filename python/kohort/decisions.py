"""Dated decisions in: stays, observations, entries, stock and exposure, under a level rule."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core, _frames, _html, _text
from kohort._core import Finding, LevelRule
from kohort._language import language
from kohort._shown import shown
from kohort.counts import Counts
from kohort.level_rules import rule_digest
from kohort.model import DEPENDENCY_WITH_ENDED, Model
from kohort.observations import Observations, choice, found_lines
from kohort.privacy import identity
from kohort.privacy.identity import Key
from kohort.series import (
    ACT_OF_2025,
    Regime,
    ReportingGap,
    gap_findings,
    observed_breaks,
    regime_finding,
)
from kohort.sources.column_map import ColumnMap
from kohort.sources.extract import open_extract

if TYPE_CHECKING:
    from kohort.quality import Quality

Array = npt.NDArray[Any]

SUPPORT_RULE: LevelRule = _core.support_type_rule()
"""A person's level is that of the most demanding type of support granted.

light: safety alarm, food distribution, cleaning, laundry, bed making. moderate: bathing, social
visits, safety calls and visits, escort. high: dressing, transferring, meals, feeding. total: short
or long stay in special housing. Support to informal carers, daily-living support (psychiatric) and
day centres are left out. Source: Zingmark & Norström (2021), BMC Geriatrics 21:342, Table 1.
English and Swedish names are known; `SUPPORT_RULE.with_codes({...})` adds your own.
"""

_LEVELS = ("light", "moderate", "high", "total")


def hours_rule(
    thresholds: Sequence[float] = (7, 23, 120), levels: Sequence[str] = _LEVELS
) -> LevelRule:
    """A person's level by granted hours of home help a month.

    The default boundaries are conventions, no published rule: 7 and 23 hours stand between the
    yearly costs by level of the source (geometric means at 500 kronor an hour), and 120 is where
    Kolada's N21706 lets extensive home help begin.

    Parameters
    ----------
    thresholds
        Hours a month from which the second, third ... level holds, increasing, up to 744.
    levels
        Least demanding first, one more than there are thresholds.

    Raises
    ------
    InvalidInput
        `E-LEVEL-RULE`: thresholds that do not increase, or a wrong number of them.
    """
    rule: LevelRule = _core.hours_rule([float(t) for t in thresholds], list(levels))
    return rule


def named_levels(
    levels: Sequence[str] = _LEVELS, codes: Mapping[str, str | None] | None = None
) -> LevelRule:
    """The file says the level itself.

    For the four levels of dependency the papers' words (mild, severe) and the Swedish ones (lätt,
    måttligt, mycket, helt beroende) are known as well; case, spaces and accents do not matter.

    Parameters
    ----------
    levels
        Least demanding first.
    codes
        Further codes of the file and the level they mean; None leaves such rows out.

    Raises
    ------
    InvalidInput
        `E-LEVEL-RULE`: a level twice, or a code for a level that is none of `levels`.
    """
    rule: LevelRule = _core.named_levels(list(levels)).with_codes(dict(codes or {}))
    return rule


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
        from kohort.quality import quality

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
        """
        day = _day(date, "date")
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
        core = self._core.as_known_on(_day(date, "date"))
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
                self._core.stays()[2].min(initial=_day(self._core.extraction, "extraction"))
            )
            last = _day(self._core.extraction, "extraction")
            days = _core.monthly_visits(first, last, every_months)
        else:
            days = [_day(day, "visits") for day in visits or ()]
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


def read_decisions(
    path: Any,
    *,
    level_rule: LevelRule,
    extraction_date: str | dt.date | None,
    model: Model = DEPENDENCY_WITH_ENDED,
    observed_from: str | dt.date | None = None,
    overlap: str = "rule",
    gap_days: int = 0,
    short_stay_days: int = 0,
    regime_breaks: Mapping[str, str | dt.date] | None = None,
    columns: Mapping[str, str] | None = None,
    column_map: ColumnMap | str | os.PathLike[str] | None = None,
    date_format: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    ended: str = "ended",
    id: str = "by header",
    century: str = "separator",
    key: Key | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Decisions:
    """Read dated decisions from an extract and turn them into observations.

    Dates are from and to, both included. An empty end, or one from 2099 on, means until further
    notice, that is to the extraction date, which counts in full. A death ends the time at its
    date; a decision that starts on that very day lasts that day. Between decisions a person is in
    `ended`, if the model has that state; otherwise that time is not observed.

    Parameters
    ----------
    path
        A file: text separated by semicolons, commas or tabs (UTF-8, UTF-16 or Windows-1252, seen
        from the bytes), an .xlsx workbook, Parquet or Arrow; or a table: a pandas or polars frame,
        an Arrow table. Lines above the header of a text that begin with # are passed over. It needs
        the columns person, start, end (or period, a month such as 202401), and the one that the
        level rule reads (level, support or hours); decision (an id), event (decision or death),
        death, exit, sex, birth and cost may be there. Usual English and Swedish headers are known.
    level_rule
        `SUPPORT_RULE`, `hours_rule(...)` or `named_levels(...)`.
    extraction_date
        The day on which the extract was made. None is an error if a decision is open-ended;
        otherwise it stands for the last date in the file.
    model
        A model that has the rule's levels.
    observed_from
        Follow nobody before this day, and start there with the state that the decisions tell.
        Needed if the file holds only decisions in force from some day on: those people's earlier
        time would be immortal.
    overlap
        Decisions of different levels in force together: "rule" (types of support under a rule that
        takes the most demanding one: that; else refused), "refuse" (`E-OVERLAP` with both rows) or
        "highest" (counted as `W-OVERLAP`).
    gap_days
        Gaps between decisions of at most so many days are bridged by the level before them.
    short_stay_days
        Short stays (the rule's `short_stays`) of at most so many days give no level of their own:
        what else is in force then holds.
    regime_breaks
        Level to the day from which decisions at it mean something else. By default every level has
        1 July 2025, when the new Social Services Act let support be given without a decision; {}
        names none. Data that cross such a day are warned about (`W-REGIME`), nothing more.
    columns
        Where headers are unusual: role to header, {"person": "Vem", "start": "Beslut 1"}.
    column_map
        The same and how the file is written, as data: a `kohort.sources.ColumnMap`, its TOML file,
        or one that comes with kohort ("plain-sv", "plain-en", "sol-register"). What is given here
        beside it goes before it.
    date_format
        "iso" (2024-12-31 or 20241231; Excel serials only if they can be told apart), "excel_1900",
        "excel_1904", "day_month_year" or "month_day_year".
    delimiter, decimal, encoding
        ";", "," or tab, "," or ".", and "utf-8", "utf-16-le", "utf-16-be" or "windows-1252", where
        the file does not show them.
    sheet
        Name of the sheet of a workbook, where more than one has something in it.
    ended
        Name of the model's state for those whose support has ended.
    id
        "personnummer": the person column holds personal or coordination numbers, in any spelling,
        which are checked and tell birth and sex where no column does. "opaque": texts that only say
        who is who. "by header": the former if the column is called personnummer, personnr or pnr.
    century
        How personal numbers of ten digits get their century: "separator" or "older"; see
        `kohort.privacy.read_numbers`.
    key
        A key from `kohort.privacy.read_key`: persons are then known by pseudonyms. Without one,
        persons with personal numbers get numbers that mean nothing; opaque ids stay.
    progress
        Called as `progress(done, total)`, in bytes, while a large file is read.

    Returns
    -------
    Decisions

    Raises
    ------
    DataRefused
        With every fault of the file in `.findings`, each with row, rule and remedy.
    InvalidInput
        `E-FILE`: it cannot be read; `E-SETTING`: a choice that there is none of;
        `E-STATE-UNKNOWN`: a level that the model lacks.

    Notes
    -----
    Level by type of support: Zingmark & Norström (2021), BMC Geriatrics 21:342, Table 1.
    """
    chosen = ColumnMap.of(column_map)
    given = {
        "date_format": date_format,
        "delimiter": delimiter,
        "decimal": decimal,
        "encoding": encoding,
        "sheet": sheet,
    }
    chosen = dataclasses.replace(  # `given` has names of its fields, of various types
        chosen,
        columns=chosen.columns | dict(columns or {}),
        **{name: value for name, value in given.items() if value is not None},  # type: ignore[arg-type]
    )
    extract = open_extract(path, chosen)
    core = extract.read(
        model=model._core,
        rule=level_rule,
        extraction=None if extraction_date is None else _day(extraction_date, "extraction_date"),
        observed_from=None if observed_from is None else _day(observed_from, "observed_from"),
        overlap=overlap,
        gap_days=gap_days,
        short_stay_days=short_stay_days,
        ended=ended,
        id=id,
        century=century,
        progress=progress,
    )
    identity.named(core, key)
    levels = core.rule.levels
    breaks = {
        level: dt.date.fromordinal(_day(date, "regime_breaks") + 719163)
        for level, date in _breaks(regime_breaks, levels).items()
    }
    begin = None if observed_from is None else _day(observed_from, "observed_from") + 719163
    gaps, crossed = observed_breaks(
        core, model, None if begin is None else dt.date.fromordinal(begin), breaks
    )
    policies = {
        "level_rule": core.rule.name,
        "level_rule_sha256": rule_digest(core.rule),
        "thresholds": core.rule.thresholds,
        "extraction_date": core.extraction,
        "observed_from": None if observed_from is None else str(observed_from),
        "overlap": overlap,
        "gap_days": gap_days,
        "short_stay_days": short_stay_days,
        "regime_breaks": {level: date.isoformat() for level, date in breaks.items()},
        "date_format": chosen.date_format,
        "ended": ended if ended in model.states else None,
        "columns": {role: shown(head) for role, head in chosen.columns.items()},
        "column_map": shown(chosen.name),
        "read_as": extract.form(core.form),
        "id": "personnummer" if _core.personal_ids(core) else "opaque",
        "century": century,
        "key_generation": key.generations if key else None,
    }
    return Decisions(
        observations=Observations(model, core.observations),
        model=model,
        findings=_in_order(
            [
                *extract.placed(core.findings),
                *gap_findings(gaps, core.unit_column),
                *(regime_finding(one, language("sv").texts) for one in crossed),
            ]
        ),
        counts=dict(core.counts),
        policies=policies,
        reporting_gaps=gaps,
        regimes=crossed,
        _core=core,
    )


def _breaks(
    given: Mapping[str, str | dt.date] | None, levels: Sequence[str]
) -> Mapping[str, str | dt.date]:
    if given is None:
        return dict.fromkeys(levels, ACT_OF_2025)
    for level in given:
        choice("regime_breaks", level, levels)
    return given


def _in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Errors, warnings, information, diagnostics; each as they were."""
    return tuple(sorted(findings, key=lambda found: "EWID".index(found.severity)))


def _day(date: str | dt.date, what: str) -> int:
    """Days since 1 January 1970."""
    try:
        day = dt.date.fromisoformat(date) if isinstance(date, str) else date
        return day.toordinal() - 719163
    except (ValueError, AttributeError):
        _core.reject(
            "E-DATE-FORMAT",
            what,
            "it is no date",
            "a datetime.date or a text like 2024-12-31 is needed",
            "Write it so",
        )
        raise
