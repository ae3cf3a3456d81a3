"""Projecting an open population from rates, entries and a forecast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.economics import Costs
from kohort.entries import Entries
from kohort.population import Population
from kohort.projection import PARTS_OF_DIFFERENCE, PARTS_OF_GROWTH, ConstantShare, Projection
from kohort.rates import Rates

if TYPE_CHECKING:
    from kohort.counts import Counts

Array = npt.NDArray[Any]


def project(
    fit: Rates,
    population: Population,
    entries: Entries,
    *,
    stock: Counts | npt.ArrayLike,
    years: int | None = None,
    costs: Costs | None = None,
    draws: int = 1000,
    seed: int = 1,
    threads: int = 0,
    closure: str = "strict",
    closure_floor: float = 0.2,
    fitted_ages: tuple[int, int] | None = None,
    price_index: Sequence[float] | Array | None = None,
    ended: str = "ended",
    progress: Callable[[int, int], object] | None = None,
) -> Projection:
    """Project an open population, exactly in continuous time, beside the constant-share forecast.

    Parameters
    ----------
    fit
        A `FittedModel`, or `PublishedRates`.
    population
        From the base date on; the deaths it contains are those of its mortality.
    entries
        As `fit_entries` gives them, or `Entries.from_table`.
    stock
        Persons at the base date: `decisions.stock(date)`, or (2 [men, women], ages, living states
        of the model).
    years
        Forecast years; by default all that the population has.
    costs
        By level; `none` and `ended` cost nothing unless a cost is given.
    draws
        Draws of the coefficients of fit, incidence and mix; 0 for the point estimate alone.
    seed
        Draw k depends on (seed, k) alone.
    threads
        0 means all processors; the result has the same bytes for any number.
    closure
        What to do where the fitted levels account for more deaths than the life table: "strict"
        refuses (`D-CLOSURE-NEGATIVE`), "scale" scales the levels' mortality until those without
        support die at `closure_floor` times the life table's rate, and counts it.
    fitted_ages
        First and last age of the data behind the fit; what lies outside is reported
        (`W-EXTRAPOLATE`).
    price_index
        (years + 1,): price level on each year over the price year's, the base year's first.
    ended
        Name of the state after support, if the model has it.

    Returns
    -------
    Projection

    Raises
    ------
    InvalidInput
        `E-POP-MISSING`, `E-STOCK-POPULATION`, `D-CLOSURE-NEGATIVE`, `E-COST-MISSING`, `E-MODEL`,
        `E-MORTALITY`, `E-SHAPE`, `E-NUM`, `E-INDEX-MISSING`, `E-SETTING`.
    """
    ahead = _horizon(years, population)
    _check_settings(draws, closure, fitted_ages)
    ages = population.ages
    model = fit.model
    living = [name for name in model.states if name != model.death]
    levels = [name for name in living if name != ended]
    states = ["none", *living]
    cost = np.zeros(len(states))
    if costs is not None:
        cost = costs.per_state(states, ["none", ended])
    start = stock
    if hasattr(stock, "array"):
        start = stock.array([population.base_year], list(map(int, ages)), living)[0]
    labels, groups = _five_year_groups(ages)
    point = fit.rates(ages, (1, 0))
    drawn = np.zeros((0, *point.shape[1:]))
    if draws:
        drawn = np.broadcast_to(
            fit.rates(ages, (1, 0), fit.draws(draws, seed)), (draws, *point.shape[1:])
        )
    if entries.settings.get("returns") == "as new" and ended in model.states:
        table = _broadcast(entries, ages, 0, seed)
        point = _core.returns_as_new(model._core, ended, table, point)
        if draws:
            table = _broadcast(entries, ages, draws, seed)
            drawn = _core.returns_as_new(model._core, ended, table, drawn)
    low, high = fitted_ages if fitted_ages is not None else (int(ages[0]), 10_000)
    many = entries.reference_year is not None and draws > 0
    found = _core.project(
        model._core,
        ended,
        int(ages[0]),
        population.base_year,
        population.persons[: ahead + 1],
        population.mortality[: ahead + 1],
        np.asarray(start, dtype=float),
        point,
        _broadcast(entries, ages, 0, seed),
        drawn,
        _broadcast(entries, ages, draws if many else 0, seed),
        cost,
        [] if price_index is None else [float(level) for level in price_index],
        low,
        high,
        groups,
        closure == "scale",
        closure_floor,
        threads,
        progress,
    )
    return _projection(found, population, labels, levels, costs, draws, seed, closure, ended, ahead)


def _horizon(years: int | None, population: Population) -> int:
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


def _check_settings(draws: int, closure: str, fitted_ages: tuple[int, int] | None) -> None:
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


def _broadcast(entries: Entries, ages: Array, draws: int, seed: int) -> Any:
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


def _five_year_groups(ages: Array) -> tuple[tuple[str, ...], list[int]]:
    """Labels, and each age's group: five years wide, everybody from 95 on together."""
    starts = [int(a) for a in ages if a == ages[0] or (a % 5 == 0 and a <= 95)]
    ends = [start - 1 for start in starts[1:]]
    labels = [f"{a}-{b}" for a, b in zip(starts, ends, strict=False)] + [f"{starts[-1]}+"]
    return tuple(labels), [int(np.searchsorted(starts, a, side="right")) - 1 for a in ages]


def _projection(
    found: dict[str, Any],
    population: Population,
    labels: tuple[str, ...],
    levels: list[str],
    costs: Costs | None,
    draws: int,
    seed: int,
    closure: str,
    ended: str,
    ahead: int,
) -> Projection:
    for value in (*found.values(), *found["costs"].values()):
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    states = tuple(found["states"])
    by_level = found["draws_new_users"]
    growth = {
        forecast: {
            measure: {
                part: float(found[f"growth_{name}_{forecast}"][-1, i])
                for i, part in enumerate(PARTS_OF_GROWTH)
            }
            for measure, name in (("persons", "users"), ("cost", "cost"))
        }
        for forecast in ("flow", "constant_share")
    }
    difference = {
        measure: {
            part: found[f"difference_{name}"][:, i] for i, part in enumerate(PARTS_OF_DIFFERENCE)
        }
        for measure, name in (("persons", "users"), ("cost", "cost"))
    }
    new_users = by_level.sum(axis=2)
    new_users.flags.writeable = False
    return Projection(
        years=population.years[: ahead + 1],
        states=states,
        levels=tuple(levels),
        sexes=("men", "women"),
        age_groups=labels,
        persons=found["persons"],
        person_years=found["person_years"],
        new_users=found["new_users"],
        deaths=found["deaths"],
        migration=found["migration"],
        reached=found["reached"],
        moves=tuple((states[a], states[b]) for a, b in found["moves"]),
        moved=found["moved"],
        costs=found["costs"],
        draws_persons=found["draws_persons"],
        draws_users=found["draws_users"],
        draws_person_years=found["draws_person_years"],
        draws_new_users=new_users,
        draws_new_users_by_level=by_level,
        draws_cost=found["draws_cost"],
        constant_share=ConstantShare(found["share_persons"], found["share_cost"]),
        growth_split=growth,
        difference_split=difference,
        closure={
            "policy": closure,
            "share_of_draws_scaled": found["scaled_runs"] / draws if draws else 0.0,
            "cells_scaled": found["scaled_cells"],
            "least_scale": found["least_scale"],
        },
        extrapolated=found["extrapolated"],
        findings=tuple(found["notices"]),
        price_year=None if costs is None else costs.price_year,
        draws=draws,
        seed=seed,
        population_source=population.source,
        _ended=ended,
    )
