"""What a projection is asked for, looked through before any work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.interventions.strategies import Strategy
from kohort.model.rates import Rates
from kohort.population.entries import Entries
from kohort.population.entry_clock import rates_by_band
from kohort.population.population import Population
from kohort.projection.drawing_rates import SCRAMBLINGS, DesignedDraws, check_design
from kohort.projection.projection import USUAL_CARE

if TYPE_CHECKING:
    from kohort.projection.calibrated import CalibratedEntries

Array = npt.NDArray[Any]

GRIDS = {"year": 1, "quarter": 4, "month": 12}


def check_settings(
    draws: int, closure: str, fitted_ages: tuple[int, int] | None, grid: str
) -> None:
    if grid not in GRIDS:
        _core.reject(
            "E-GRID",
            "project",
            f"grid={grid!r}",
            f"it is one of {', '.join(GRIDS)}",
            "Choose one of them",
        )
    if draws != int(draws) or draws < 0:
        _core.reject(
            "E-SETTING",
            "project",
            f"draws={draws}",
            "a whole number that is not negative is needed",
            "Take 1000, or 0 for the point estimate alone",
        )
    if closure not in ("strict", "scale"):
        _core.reject(
            "E-SETTING",
            "project",
            f"closure={closure!r}",
            "it is strict or scale",
            "Take scale if the levels' deaths may exceed the life table's",
        )
    if fitted_ages is not None and not fitted_ages[0] <= fitted_ages[1]:
        _core.reject(
            "E-SETTING",
            "project",
            f"fitted_ages={tuple(fitted_ages)}",
            "the first age comes first",
            "Give (65, 100), say",
        )


def check_numbers(seed: int, threads: int) -> None:
    for name, value, remedy in (
        ("seed", seed, "Take 1"), ("threads", threads, "Take 0 for all processors"),
    ):  # fmt: skip
        if not isinstance(value, (int, np.integer)) or value < 0 or value >= 2**63:
            _core.reject(
                "E-SETTING", "project", f"{name}={value!r}",
                "a whole number that is not negative is needed", remedy,
            )  # fmt: skip


def check_kept(keep_draws: int) -> None:
    if keep_draws != int(keep_draws) or keep_draws < 1:
        _core.reject(
            "E-SETTING",
            "project",
            f"keep_draws={keep_draws}",
            "a whole number of at least 1 is needed",
            "Take 2000, or as many as draws if each is needed",
        )


def check_names(strategies: Sequence[Strategy]) -> None:
    names = [USUAL_CARE, *(strategy.name for strategy in strategies)]
    if len(set(names)) < len(names) or "" in names:
        _core.reject(
            "E-STRATEGY",
            "project",
            f"strategies called {', '.join(map(repr, names[1:]))}",
            f"each needs a name of its own, other than {USUAL_CARE!r}",
            "Name them apart",
        )


def horizon(years: int | None, population: Population) -> int:
    longest = population.years.size - 1
    ahead = longest if years is None else years
    if ahead != int(ahead) or ahead < 1:
        _core.reject(
            "E-SETTING",
            "project",
            f"years={years}",
            "a forecast has whole years, at least one",
            "Choose 10, say",
        )
    if ahead > longest:
        _core.reject(
            "E-POP-MISSING",
            "project",
            f"years={years}",
            f"the population reaches {longest} years ahead",
            "Choose a shorter horizon or give a longer population",
        )
    return int(ahead)


def paths_given(given: npt.ArrayLike | None, draws: int, ahead: int, ages: int) -> Array:
    if given is None:
        return np.zeros(0)
    paths = np.asarray(given, dtype=float)
    if paths.shape != (draws, ahead + 1, 2, ages):
        _core.reject(
            "E-SHAPE",
            "project",
            f"population_paths is {paths.shape}",
            f"({draws}, {ahead + 1}, 2, {ages}) is needed: draws, year-ends, sexes and ages",
            "Give logarithms of factors on the forecast",
        )
    return paths


def designed(
    fit: Rates,
    entries: Entries,
    ages: Array,
    draws: int,
    seed: int,
    design: str,
) -> DesignedDraws | None:
    """Draws of a design; None for random ones."""
    if design == "random" or draws == 0:
        check_design(design, SCRAMBLINGS * 2, "project")  # a name that is known
        return None
    return DesignedDraws(fit, entries, ages, draws, seed, design)


def level_rates(
    fit: Rates,
    entries: Entries | CalibratedEntries,
    ages: Array,
    ended: str,
    coefficients: Array | None = None,
    drawn_entries: Any = None,
    cuts: tuple[float, ...] = (),
    of_design: Array | None = None,
) -> Array:
    """Rates between levels, of the point estimate or of draws, (draws, p) and their entries: those
    of the fit (or of a design), but for returns where the entries count them as new. With `cuts` by
    band of time since entry."""
    found = of_design
    if found is None:
        found = rates_by_band(fit, cuts, ages, coefficients)
        found = np.broadcast_to(
            found, (len(found) if coefficients is None else len(coefficients), *found.shape[1:])
        )
    if entries.settings.get("returns") == "as new" and ended in fit.model.states:
        table = by_age(entries, ages, 0, 1) if drawn_entries is None else drawn_entries
        bands = [found[..., b, :] for b in range(len(cuts) + 1)] if cuts else [found]
        new = [
            _core.returns_as_new(fit.model._core, ended, table, np.ascontiguousarray(band))
            for band in bands
        ]
        found = np.stack(new, axis=-2) if cuts else new[0]
    return found


def by_age(entries: Entries | CalibratedEntries, ages: Array, draws: int, seed: int) -> Any:
    table = entries._rates(ages, draws, seed)
    if table.ages == ages.size:
        return table
    single = table.table(0, 0)  # one incidence for all ages
    total = single.sum(axis=2)
    return _core.entry_table(
        np.repeat(total, ages.size, axis=1),
        np.ascontiguousarray(np.repeat(single / total[..., None], ages.size, axis=1)),
        single.shape[2],
    )


def five_year_groups(ages: Array) -> tuple[tuple[str, ...], list[int]]:
    """Labels, and each age's group: five years wide, everybody from 95 on together."""
    starts = [int(a) for a in ages if a == ages[0] or (a % 5 == 0 and a <= 95)]
    ends = [start - 1 for start in starts[1:]]
    labels = [f"{a}-{b}" for a, b in zip(starts, ends, strict=False)] + [f"{starts[-1]}+"]
    return tuple(labels), [int(np.searchsorted(starts, a, side="right")) - 1 for a in ages]
