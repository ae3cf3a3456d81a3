"""Who comes to need support: incidence per person-year without it, and the level of entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core, _frames, _html, _text
from kohort.population import Population

if TYPE_CHECKING:
    from kohort.decisions import Decisions

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Entries:
    """Incidence and entry mix by age and sex, as fitted or as given.

    Attributes
    ----------
    levels
        Names, in the order of the mix.
    coefficient_names, coefficients, covariance
        Of the incidence (log, per person-year without support) and then of the mix (log-odds
        against the first level); empty for a table.
    reference_year
        Where the trends are zero; None for a table.
    dispersion
        Pearson's, of the incidence; its covariance is multiplied by it where it is above 1.
    findings
        What a reader should know: code, message and amount.
    """

    levels: tuple[str, ...]
    coefficient_names: tuple[str, ...]
    coefficients: Array
    covariance: Array
    reference_year: int | None
    dispersion: float
    findings: tuple[_core.Notice, ...]
    settings: Mapping[str, Any]
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
            Age of the first column; the last one is open.

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
            tuple(levels), (), nothing, np.zeros((0, 0)), None, 1.0, (), {}, made, first_age,
            rates.shape[1],
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
        if int(ages[0]) != self._first_age or self._ages not in (1, ages.size):
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

    summary = to_frame

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        errors = np.sqrt(np.diag(self.covariance))
        rows = [
            [name, _text.number(float(value)), _text.number(float(error))]
            for name, value, error in zip(
                self.coefficient_names, self.coefficients, errors, strict=True
            )
        ]
        return ["term", "estimate", "se"], rows

    def __str__(self) -> str:
        if not self.coefficient_names:
            return f"Entries at {', '.join(self.levels)}: a table"
        lines = [f"Entries at {', '.join(self.levels)}: trends from {self.reference_year}"]
        lines.append(_text.table(*self._grid()))
        lines += [f"{found.code}: {found.message}" for found in self.findings]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return _html.block("Entries", parts=[_html.table(*self._grid())])


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
) -> Entries:
    """Fit incidence and entry mix to first entries.

    Incidence is a Poisson regression on age (quadratic), sex, sex x age and, if asked, the calendar
    year; exposure is the person-years of the population (mean of two year-ends) minus those of
    everyone who has or has had support. The mix is a multinomial logit in age, sex and year.

    Parameters
    ----------
    decisions
        As `read_decisions` gives them, with sex and birth date.
    population
        With the observed counts of each 31 December (`observed`).
    first_year, last_year
        Calendar years used; by default all with a count at both ends.
    trend, mix_trend
        Whether incidence and mix change over time; by default with five years or more.
    damping
        Each forecast year's trend as a share of the year's before: 1 is undamped.
    ended
        Name of the state after support.

    Returns
    -------
    Entries

    Raises
    ------
    InvalidInput
        `E-POP-MISSING`: no observed counts for those years; `E-EXPOSURE`; `E-ENTRIES`;
        `D-SEPARATION`.
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
    first = int(known[0]) + 1 if first_year is None else first_year
    last = int(known[-1]) if last_year is None else last_year
    if first - 1 < known[0] or last > known[-1] or last < first:
        _core.reject(
            "E-POP-MISSING",
            "fit_entries",
            f"the population is counted on 31 December {known[0]}-{known[-1]}",
            f"{first - 1}-{last} are needed",
            "Choose years with a count at both ends",
        )
    years = list(range(first, last + 1))
    ages = [int(age) for age in population.ages]
    model = decisions.model
    living = [name for name in model.states if name != model.death]
    levels = [name for name in living if name != ended]
    entries = decisions.entries(first, last).array(years, ages, levels)
    supported = decisions.exposure(first, last).array(years, ages, living).sum(axis=3)
    rows = slice(first - 1 - int(known[0]), last + 1 - int(known[0]))
    long = len(years) >= 5
    settings: dict[str, Any] = {
        "first_year": first,
        "last_year": last,
        "trend": long if trend is None else trend,
        "mix_trend": long if mix_trend is None else mix_trend,
        "damping": damping,
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
        settings,
        fitted,
        ages[0],
        len(ages),
    )


@dataclass(frozen=True)
class EntryMix:
    """Shares that sum to 1, and the sum that they were divided by to get there."""

    shares: Array
    factor: float


def entry_mix(shares: npt.ArrayLike, normalise: bool = False) -> EntryMix:
    """Check the shares of those who come in at each level.

    Parameters
    ----------
    shares
        One for each level.
    normalise
        Divide by their sum, which is kept as `factor`.

    Raises
    ------
    InvalidInput
        `E-INIT-SUM`, showing the sum, if it is not 1 and normalising was not asked for; `E-NUM`.
    """
    values, factor = _core.checked_shares(np.asarray(shares, dtype=float), "entry_mix", normalise)
    values.flags.writeable = False
    return EntryMix(values, factor)
