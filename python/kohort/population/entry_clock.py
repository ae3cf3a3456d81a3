"""Rates that depend on time since entry, as a projection takes them: by bands, with the stock's
time since entry known."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.data.counts import Counts
from kohort.model.rates import Rates
from kohort.population.population import Population

Array = npt.NDArray[Any]

COLUMN = "since_entry"  # years since the first decision, as `Decisions.observations` has it


def entry_cuts(fit: Any) -> tuple[float, ...]:
    """Where the bands of time since entry begin that a fit's rates depend on; () if they do not.

    Raises
    ------
    InvalidInput
        `E-ENTRY-CLOCK`: rates that move on with it inside, or a fit with phases beside it.
    """
    cuts: set[float] = set()
    for term in getattr(fit, "terms", ()):
        if term.column != COLUMN:
            continue
        if term.path != "bands":
            _core.reject(
                "E-ENTRY-CLOCK",
                "project",
                f"rates follow {COLUMN} as '{term.path or 'the value of the last row'}'",
                "a projection takes bands of time since entry",
                f'Fit with kh.bands("{COLUMN}", 0.5, 2), say',
            )
        cuts.update(term.cuts)
    hidden = getattr(fit, "hidden", None)
    if cuts and hidden is not None and hidden.phases is not None:
        _core.reject(
            "E-ENTRY-CLOCK",
            "project",
            "rates depend on time since entry and on phases",
            "a projection takes one of the two: in which phases those are who entered so long ago "
            "is not worked out, and the split of a whole stock is another",
            "Leave the bands of time since entry or the phases out of the fit",
        )
    return tuple(sorted(cuts))


def long_since(fit: Any) -> dict[str, float]:
    """Time since entry beyond the last cut, as `FittedModel.rates` takes it; {} without a clock."""
    cuts = entry_cuts(fit)
    return {COLUMN: cuts[-1] + 1.0} if cuts else {}


def rates_by_band(
    fit: Rates, cuts: tuple[float, ...], ages: npt.ArrayLike, draws: npt.ArrayLike | None = None
) -> Array:
    """(draws, 2 [men, women], ages, bands, transitions) per year; without cuts no such axis."""
    if not cuts:
        return fit.rates(ages, (1, 0), draws)
    inside = (cuts[0] / 2, *((a + b) / 2 for a, b in itertools.pairwise(cuts)))
    by_band: Any = fit.rates  # of a fit with such terms alone
    bands = [by_band(ages, (1, 0), draws, **{COLUMN: years}) for years in (*inside, cuts[-1] + 1.0)]
    return np.stack(bands, axis=-2)


def first_year_rates(rates: Array, cuts: tuple[float, ...]) -> Array:
    """(..., transitions) from (..., bands, transitions): the mean over the year after entry."""
    if not cuts:
        return rates
    edges = np.minimum([0.0, *cuts, np.inf], 1.0)
    return np.asarray(np.tensordot(np.diff(edges), rates, axes=(0, -2)))


def start_of(
    stock: Counts | npt.ArrayLike,
    cuts: tuple[float, ...],
    parts_a_year: int,
    population: Population,
    living: list[str],
) -> Array:
    """The stock at the base date as C++ takes it: by time since entry if rates depend on it."""
    ages = list(map(int, population.ages))
    if cuts:
        return stock_by_entry(stock, cuts, parts_a_year, population.base_year, ages, living)
    if isinstance(stock, Counts):
        return np.asarray(stock.array([population.base_year], ages, living)[0], dtype=float)
    return np.asarray(stock, dtype=float)


def stock_by_entry(
    stock: Counts | npt.ArrayLike,
    cuts: tuple[float, ...],
    parts_a_year: int,
    base_year: int,
    ages: list[int],
    living: list[str],
) -> Array:
    """(2 [men, women], ages, parts, living states): the stock by its known time since entry."""
    parts = _core.entry_parts(list(cuts), parts_a_year)
    shape = (2, len(ages), parts, len(living))
    if isinstance(stock, Counts):
        if stock.parts_a_year == parts_a_year:
            found: Array = stock.array_by_entry([base_year], ages, living, parts=parts)[0]
            return found
        seen = "the stock's time since entry is not given"
        if stock.parts_a_year is not None:
            seen = f"the stock's time since entry is by {stock.parts_a_year} parts of a year"
    else:
        given = np.asarray(stock, dtype=float)
        if given.shape == shape:
            return given
        seen = f"the stock is {given.shape}"
    _core.reject(
        "E-ENTRY-CLOCK",
        "project",
        seen,
        f"rates depend on it, in {parts_a_year} parts a year: {shape} persons",
        f"Give decisions.stock(date, by_entry={parts_a_year}), or an array of that shape: sexes, "
        f"ages, time since entry in whole parts (the last: {parts - 1} and more), living states",
    )
    raise AssertionError  # reject never returns
