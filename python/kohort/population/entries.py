"""Who comes to need support: incidence per person-year without it, and the level of entry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.population.population import Population
from kohort.support import _frames, _html, _text

if TYPE_CHECKING:
    from kohort.data.decisions import Decisions

Array = npt.NDArray[Any]

_UNIT = "First entries per 1,000 person-years without support"


@dataclass(frozen=True, eq=False)
class Entries:
    """Incidence and entry mix by age and sex, as fitted or as given.

    Attributes
    ----------
    levels
        Names, in the order of the mix.
    coefficient_names, coefficients, covariance
        Of the incidence (log, per person-year without support) and then of the mix (log-odds
        against the first level); empty for a table. The bends of the incidence are the second
        differences of a cubic spline's coefficients, five years apart.
    reference_year
        Where the trends are zero; None for a table.
    dispersion
        Pearson's, of the incidence; its covariance is multiplied by it where it is above 1.
    findings
        What a reader should know: code, message and amount.
    settings
        Years, trends and damping, and the weights of the two roughness penalties (`age_weight`,
        `sex_weight`; infinity is a straight line); empty for a table.
    check
        First entries as counted and as fitted, all years together, one record for each sex and
        five-year age group: `sex`, `age_group`, `seen`, `expected`, and `deviations`, their
        difference over sqrt(expected x dispersion). Empty for a table.
    """

    levels: tuple[str, ...]
    coefficient_names: tuple[str, ...]
    coefficients: Array
    covariance: Array
    reference_year: int | None
    dispersion: float
    findings: tuple[_core.Notice, ...]
    settings: Mapping[str, Any]
    check: Array
    _model: Any = field(repr=False)
    _first_age: int = field(repr=False)
    _ages: int = field(repr=False)

    @classmethod
    def from_table(
        cls,
        incidence: npt.ArrayLike,
        mix: npt.ArrayLike,
        levels: Sequence[str],
        first_age: int = 65,
    ) -> Entries:
        """Published or assumed rates, without trend or uncertainty.

        Parameters
        ----------
        incidence
            (2 [men, women], ages) or a single number: first entries per person-year without
            support.
        mix
            (levels,) or (2, ages, levels): shares that sum to 1. See `entry_mix`.
        levels
            Their names.
        first_age
            Age of the first column; the last one is open. A single number is for all ages.

        Raises
        ------
        InvalidInput
            `E-INIT-SUM` with the sum; `E-NUM`.
        """
        rates = np.atleast_2d(np.asarray(incidence, dtype=float))
        rates = np.broadcast_to(rates, (2, rates.shape[1])).copy()
        shares = np.broadcast_to(np.asarray(mix, dtype=float), (2, rates.shape[1], len(levels)))
        made = _core.entry_table(rates, np.ascontiguousarray(shares), len(levels))
        nothing = np.zeros(0)
        return cls(
            tuple(levels), (), nothing, np.zeros((0, 0)), None, 1.0, (), {}, _check([]), made,
            first_age, rates.shape[1],
        )  # fmt: skip

    def rates(self, ages: npt.ArrayLike, year: int | None = None) -> Array:
        """Entries per person-year without support: (2 [men, women], ages, levels).

        Parameters
        ----------
        ages
            Completed ages, increasing by one.
        year
            Calendar year; by default the reference year, without trend.
        """
        asked = np.asarray(ages, dtype=int)
        ahead = 0 if year is None or self.reference_year is None else year - self.reference_year
        table: Array = self._rates(asked, 0, 1).table(0, ahead)
        return table

    def _rates(self, ages: Array, draws: int, seed: int) -> Any:
        """The C++ table of draws (0: the point estimate) for `project`."""
        if self.reference_year is not None:
            return self._model.rates(int(ages[0]), int(ages.size), draws, seed)
        if self._ages == 1:  # one incidence, whatever the ages
            return _at_all_ages(self._model.table(0, 0), ages.size)
        if int(ages[0]) != self._first_age or self._ages != ages.size:
            _core.reject(
                "E-SHAPE",
                "entries",
                f"the table covers {self._ages} ages from {self._first_age}",
                f"ages {ages[0]}-{ages[-1]} are needed",
                "Give one incidence for each age of the population, the last one open",
            )
        return self._model

    def to_frame(self, backend: str | None = None) -> Any:
        """Coefficients with standard errors as a data frame."""
        errors = np.sqrt(np.diag(self.covariance))
        return _frames.to_frame(
            {"term": list(self.coefficient_names), "estimate": self.coefficients, "se": errors},
            backend,
        )

    def summary(self, level: float = 0.95, backend: str | None = None) -> Any:
        """Incidence at every fifth age, as a data frame.

        Parameters
        ----------
        level
            Of the intervals.
        backend
            `"pandas"` or `"polars"`; by default the first that is installed.

        Returns
        -------
        A data frame with `sex`, `age` and, per 1,000 person-years without support in the reference
        year, `incidence` with its limits `lower` and `upper`; those of a table are the incidence.
        """
        return _frames.to_frame(self._by_age(level), backend)

    def _by_age(self, level: float = 0.95) -> dict[str, Any]:
        last = self._first_age + self._ages - 1
        ages = np.array([a for a in range(70, 100, 5) if self._first_age <= a <= last], dtype=int)
        if ages.size == 0:
            ages = np.array([self._first_age])
        if self.reference_year is None:
            table = self._model.table(0, 0).sum(axis=2)[:, ages - self._first_age]
            middle, half = np.log(table, out=np.full(table.shape, -np.inf), where=table > 0), 0.0
        else:
            middle, errors = self._model.log_incidence(ages.tolist())
            half = NormalDist().inv_cdf((1 + level) / 2) * errors
        return {
            "sex": ["men"] * ages.size + ["women"] * ages.size,
            "age": np.tile(ages, 2),
            "incidence": 1000 * np.exp(middle).ravel(),
            "lower": 1000 * np.exp(middle - half).ravel(),
            "upper": 1000 * np.exp(middle + half).ravel(),
        }

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        columns = self._by_age()
        rows = [
            [sex, str(age), *(_text.number(float(value), 3) for value in values)]
            for sex, age, *values in zip(*columns.values(), strict=True)
        ]
        return ["sex", "age", "incidence", "lower 95 %", "upper 95 %"], rows

    def __str__(self) -> str:
        if not self.coefficient_names:
            return f"Entries at {', '.join(self.levels)}: a table"
        lines = [f"Entries at {', '.join(self.levels)}: trends from {self.reference_year}"]
        lines.append(f"{_UNIT}:")
        lines.append(_text.table(*self._grid()))
        lines += [f"{found.code}: {found.message}" for found in self.findings]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return _html.block(f"Entries. {_UNIT}", parts=[_html.table(*self._grid())])


def fit_entries(
    decisions: Decisions,
    population: Population,
    *,
    first_year: int | None = None,
    last_year: int | None = None,
    trend: bool | None = None,
    mix_trend: bool | None = None,
    damping: float = 0.9,
    ended: str = "ended",
    returns: str = "apart",
) -> Entries:
    """Fit incidence and entry mix to first entries.

    Incidence is a Poisson regression on age, sex and, if asked, the calendar year; age is a cubic
    spline with knots every five years, and so is the difference between the sexes, each as smooth
    as its restricted likelihood (REML) asks for: a straight line if there is no more to see, or
    with fewer than 100 entries. Exposure is the person-years of the population (mean of two
    year-ends) minus those of everyone who has or has had support. The mix is a multinomial logit in
    age, sex and year.

    Fitted entries equal those observed, in total and for each sex. `Entries.check` sets them side
    by side for each age group; a group that misses by more than three standard deviations is a
    finding, `W-INCIDENCE-FIT`. Above the last age with ten person-years without support, incidence
    is constant.

    Parameters
    ----------
    decisions
        As `read_decisions` gives them, with sex and birth date.
    population
        With the observed counts of each 31 December (`observed`).
    first_year, last_year
        Calendar years used, observed from their first day to their last; by default all with a
        count at both ends.
    trend, mix_trend
        Whether incidence and mix change over time; by default with five years or more.
    damping
        Each forecast year's trend as a share of the year's before: 1 is undamped.
    ended
        Name of the state after support.
    returns
        "apart": whoever comes back after support has ended does so at the rate that the fit has for
        it, and is no entry. "as new": they count as entries, per person-year without support now,
        and `project` lets them come back at the same rate. An extract does not know whose support
        had ended before it begins; counted apart, those look new when they come back, and incidence
        is too high for many years (in the example municipality by one entry in eight after four
        years).

    Returns
    -------
    Entries

    Raises
    ------
    InvalidInput
        `E-POP-MISSING`: no observed counts for those years; `E-SETTING`: a year of which the
        extract knows a part; `E-EXPOSURE`; `E-ENTRIES`; `D-SEPARATION`; `D-NONIDENT`.

    References
    ----------
    Eilers & Marx (1996), Statistical Science 11:89; Wood (2011), JRSS B 73:3.
    """
    known = population.observed_years
    if known is None or population.observed is None or known.size < 2:
        _core.reject(
            "E-POP-MISSING",
            "fit_entries",
            "the population has no counts from before the forecast",
            "the 31 December before each year of entries is needed",
            "Make the population with `observed` counts",
        )
    assert known is not None
    assert population.observed is not None
    begins, ends = _whole_years(decisions)
    first = max(int(known[0]) + 1, begins) if first_year is None else first_year
    last = min(int(known[-1]), ends) if last_year is None else last_year
    if first - 1 < known[0] or last > known[-1] or last < first:
        _core.reject(
            "E-POP-MISSING",
            "fit_entries",
            f"the population is counted on 31 December {known[0]}-{known[-1]}",
            f"{first - 1}-{last} are needed",
            "Choose years with a count at both ends",
        )
    if first < begins or last > ends:
        _core.reject(
            "E-SETTING", "fit_entries", f"the years {first}-{last}",
            "of " + (f"{first}" if first < begins else f"{last}") + " the extract knows a part",
            "Choose years that were observed from their first day to their last",
        )  # fmt: skip
    years = list(range(first, last + 1))
    ages = [int(age) for age in population.ages]
    model = decisions.model
    living = [name for name in model.states if name != model.death]
    levels = [name for name in living if name != ended]
    if returns not in ("apart", "as new"):
        _core.reject(
            "E-SETTING",
            "fit_entries",
            f"returns={returns!r}",
            "it is apart or as new",
            "Take as new if the extract reaches back a few years only",
        )
    alike = returns == "as new"
    entries = decisions.entries(first, last, returns=alike).array(years, ages, levels)
    with_support = levels if alike else living
    supported = decisions.exposure(first, last).array(years, ages, with_support).sum(axis=3)
    rows = slice(first - 1 - int(known[0]), last + 1 - int(known[0]))
    long = len(years) >= 5
    settings: dict[str, Any] = {
        "first_year": first,
        "last_year": last,
        "trend": long if trend is None else trend,
        "mix_trend": long if mix_trend is None else mix_trend,
        "damping": damping,
        "returns": returns,
    }
    fitted = _core.fit_entries(
        first, len(years), ages[0], len(ages), len(levels), entries, population.observed[rows],
        supported, settings["trend"], settings["mix_trend"], damping, damping,
    )  # fmt: skip
    names = [f"incidence: {name}" for name in fitted.incidence_names]
    for name in fitted.mix_names:
        place, term = name.removeprefix("level ").split(": ")
        names.append(f"{levels[int(place) - 1]} against {levels[0]}: {term}")
    split = len(fitted.incidence_names)
    covariance = np.zeros((len(names), len(names)))
    covariance[:split, :split] = fitted.incidence_covariance
    covariance[split:, split:] = fitted.mix_covariance
    coefficients = np.concatenate([fitted.incidence, fitted.mix])
    for array in (covariance, coefficients):
        array.flags.writeable = False
    return Entries(
        tuple(levels),
        tuple(names),
        coefficients,
        covariance,
        fitted.reference_year,
        fitted.dispersion,
        tuple(fitted.notices),
        settings | {"age_weight": fitted.age_weight, "sex_weight": fitted.sex_weight},
        _check(fitted.check),
        fitted,
        ages[0],
        len(ages),
    )


def _at_all_ages(single: Array, ages: int) -> Any:
    """A table, (2, 1, levels), of one age for so many."""
    total = single.sum(axis=2)
    shares = np.full(single.shape, 1 / single.shape[2])  # of nobody: any
    np.divide(single, total[..., None], out=shares, where=total[..., None] > 0)
    return _core.entry_table(
        np.repeat(total, ages, axis=1),
        np.ascontiguousarray(np.repeat(shares, ages, axis=1)),
        single.shape[2],
    )


def _check(groups: Sequence[tuple[bool, int, int, float, float, float]]) -> Array:
    """What C++ found for each group, as one record array; a group whose last age is 0 is open."""
    kinds: Any = [
        ("sex", "U5"),
        ("age_group", "U9"),
        ("seen", float),
        ("expected", float),
        ("deviations", float),
    ]
    rows = [
        ("men" if men else "women", f"{first}-{last}" if last else f"{first}+", *figures)
        for men, first, last, *figures in groups
    ]
    check = np.array(rows, dtype=kinds)
    check.flags.writeable = False
    return check


def _whole_years(decisions: Decisions) -> tuple[int, int]:
    """The first and last calendar year that an extract knows from its first day to its last."""
    observed, extracted = (
        None if not day else dt.date.fromisoformat(str(day))
        for day in (decisions.policies.get(key) for key in ("observed_from", "extraction_date"))
    )
    begins, ends = 0, 9999
    if observed is not None:
        begins = observed.year + ((observed.month, observed.day) > (1, 1))
    if extracted is not None:
        ends = extracted.year - ((extracted.month, extracted.day) < (12, 31))
    return begins, ends
