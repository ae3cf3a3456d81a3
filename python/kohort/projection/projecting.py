"""Projecting an open population from rates, entries and a forecast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.economics.costs import Costs
from kohort.interventions.strategies import Strategy
from kohort.model.rates import Rates
from kohort.population.entries import Entries
from kohort.population.entry_clock import (
    entry_cuts,
    first_year_rates,
    rates_by_band,
    stock_by_entry,
)
from kohort.population.population import Population
from kohort.projection.counted_draws import Counted, EntryBlocks, blocks, effects_of
from kohort.projection.drawing_rates import SCRAMBLINGS, DesignedDraws, check_design
from kohort.projection.phased import Notice, average_rates, phases_of
from kohort.projection.projection import (
    PARTS_OF_DIFFERENCE,
    PARTS_OF_GROWTH,
    USUAL_CARE,
    ByPeriod,
    ConstantShare,
    Projection,
)
from kohort.projection.strategy_setting import Setting, lowered
from kohort.projection.strategy_values import valued

if TYPE_CHECKING:
    from kohort.data.counts import Counts
    from kohort.projection.calibrated import CalibratedEntries

Array = npt.NDArray[Any]

GRIDS = {"year": 1, "quarter": 4, "month": 12}


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
    design: str = "random",
    threads: int = 0,
    closure: str = "strict",
    closure_floor: float = 0.2,
    fitted_ages: tuple[int, int] | None = None,
    price_index: Sequence[float] | Array | None = None,
    strategies: Sequence[Strategy] = (),
    grid: str = "year",
    population_paths: npt.ArrayLike | None = None,
    healthy_share: float = 1.0,
    enrolments_a_year: int = 12,
    ended: str = "ended",
    keep_draws: int = 2000,
    progress: Callable[[int, int], object] | None = None,
) -> Projection:
    """Project an open population, exactly in continuous time, beside the constant-share forecast.

    Parameters
    ----------
    fit
        A `FittedModel`, or `PublishedRates`. A fit with phases is projected with them: everybody
        enters a state in its first phase, and the stock, whose time there is not known, is split
        as base-year entries would settle (`W-STOCK-DURATION`). Results are of the states as they
        are seen. A fit whose rates have bands of time since entry (`kh.bands("since_entry", 2)`) is
        projected with them: see `enrolments_a_year`.
    population
        From the base date on; the deaths it contains are those of its mortality.
    entries
        As `fit_entries` gives them, or `Entries.from_table`.
    stock
        Persons at the base date: `decisions.stock(date)`, or (2 [men, women], ages, living states
        of the model). With bands of time since entry its own is needed:
        `decisions.stock(date, by_entry=12)`.
    years
        Forecast years; by default all that the population has.
    costs
        By level; `none` and `ended` cost nothing unless a cost is given.
    draws
        Draws of the coefficients of fit, incidence and mix; 0 for the point estimate alone.
    seed
        Draw k depends on (seed, k) alone.
    design
        "random", "sobol" or "lhs" (Latin hypercube) draws of the coefficients: 16 independent
        repetitions, from whose spread Monte Carlo errors come. Needs the extra `quasi`.
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
        (years + 1,): price level on each year over the price year's, the base year's first. All
        amounts are then nominal, in each year's prices: support, what strategies cost themselves,
        and what their effects on hours change.
    strategies
        What usual care is compared with, each in the same draws: see `Projection.of` and
        `Projection.compare`. A strategy runs with usual care's mortality of those without support
        and migration rates, so lives it saves are seen.
    grid
        "year", "quarter" or "month": with the last two, `Projection.by_period` has the same by
        period. The years' totals do not depend on it.
    population_paths
        (draws, years + 1, 2 [men, women], ages): logarithms of factors on the population in each
        draw; by default the forecast in all of them.
    healthy_share
        Of the healthy-ageing variant of constant shares: by how much of a year need is put off
        for each year that remaining life becomes longer.
    enrolments_a_year
        Parts of a year whose newcomers are taken together: they enrol in the middle of it in a
        strategy with effects since enrolment, and pass a band of time since entry in the middle of
        it plus the cut (they come in continuously all the same). With 12, increments and numbers in
        a band are within about 0.05 % of those of everybody's own time; 4 is three times as fast
        and nine times as far off.
    ended
        Name of the state after support, if the model has it.
    keep_draws
        How many draws are kept one by one, about 6 kB each for every course. All others are counted
        in fixed bins, a thousand at a time, so that memory does not grow with `draws`:
        `Projection.intervals` is then of all of them, within 0.1 % of their own quantiles, and what
        needs single draws (`compare`, arrays) is of those kept.

    Returns
    -------
    Projection

    Raises
    ------
    InvalidInput
        `E-POP-MISSING`, `E-STOCK-POPULATION`, `D-CLOSURE-NEGATIVE`, `E-COST-MISSING`, `E-MODEL`,
        `E-MORTALITY`, `E-SHAPE`, `E-NUM`, `E-INDEX-MISSING`, `E-SETTING`, `E-STRATEGY`,
        `E-EFFECT-RANGE`, `E-GRID`, `E-ENTRY-CLOCK`.
    """
    ahead = _horizon(years, population)
    _check_settings(draws, closure, fitted_ages, grid)
    _check_numbers(seed, threads)
    _check_kept(keep_draws)
    ages = population.ages
    model = fit.model  # with phases as states of their own, if it has any
    phases = phases_of(fit, ended)
    seen = model if phases is None else phases.seen
    living = [name for name in seen.states if name != seen.death]
    levels = [name for name in living if name != ended]
    states = ["none", *living]
    cost = np.zeros(len(states))
    if costs is not None:
        cost = costs.per_state(states, ["none", ended])
    cuts = entry_cuts(fit)
    start = stock
    if cuts:
        start = stock_by_entry(
            stock, cuts, enrolments_a_year, population.base_year, list(map(int, ages)), living
        )
    elif hasattr(stock, "array"):
        start = stock.array([population.base_year], list(map(int, ages)), living)[0]
    labels, groups = _five_year_groups(ages)
    point = level_rates(fit, entries, ages, ended, cuts=cuts)
    low, high = fitted_ages if fitted_ages is not None else (int(ages[0]), 10_000)
    many = entries.reference_year is not None and draws > 0
    kept = min(draws, keep_draws)
    point_entries = _broadcast(entries, ages, 0, seed)
    placed = _designed(fit, entries, ages, draws, seed, design)
    if placed is None or not many:
        kept_entries = _broadcast(entries, ages, kept if many else 0, seed)
    else:
        kept_entries = placed.of(0, kept)
    seen_rates = first_year_rates(point[0], cuts)
    if phases is not None:
        seen_rates = average_rates(fit, point[0])
    setting = Setting(
        seen,
        tuple(states),
        tuple(levels),
        ages,
        seen_rates,
        point_entries.table(0, 0) if strategies else np.zeros(0),
        population.base_year,
        ahead,
        draws,
        seed,
        phases,
    )
    notes: list[Any] = []

    def in_phases(table: Any) -> Any:
        return table if phases is None else phases.entries(table)

    if phases is not None:
        cost = cost[list(phases.groups)]
        start, note = phases.split(
            np.asarray(start, dtype=float), population, point, in_phases(point_entries), ended
        )
        notes.append(note)
    _check_names(strategies)
    plans = [lowered(strategy, setting) for strategy in strategies]
    paths = _paths(population_paths, draws, ahead, ages.size)
    coefficients = fit.draws(draws, seed) if draws and placed is None else np.zeros((0, 0))

    def run(first: int, n: int, drawn_entries: Any) -> dict[str, Any]:
        """The point estimate, and draws first, ..., first + n - 1."""
        drawn = np.zeros((0, *point.shape[1:]))
        if n > 0:
            rows = coefficients[first : first + n]
            of_design = None if placed is None else placed.rates(first, n)
            drawn = level_rates(fit, entries, ages, ended, rows, drawn_entries, cuts, of_design)
        made: dict[str, Any] = _core.project(
            model._core,
            ended,
            int(ages[0]),
            population.base_year,
            population.persons[: ahead + 1],
            population.mortality[: ahead + 1],
            np.asarray(start, dtype=float),
            point,
            in_phases(point_entries),
            drawn,
            in_phases(drawn_entries),
            cost,
            [] if price_index is None else [float(level) for level in price_index],
            low,
            high,
            groups,
            closure == "scale",
            closure_floor,
            [plan for plan, _ in plans],
            effects_of([plan for _, plan in plans], first, n),
            paths[first : first + n] if paths.size else paths,
            float(healthy_share),
            GRIDS[grid],
            int(enrolments_a_year),
            list(cuts),
            threads,
            None if progress is None else partial(_tell, progress, first, n, draws),
        )
        return made if phases is None else phases.lumped(made)

    found = run(0, kept, kept_entries)
    counted: list[Counted] = []
    if draws > kept:
        counted = [Counted() for _ in range(1 + len(plans))]
        in_blocks = placed or EntryBlocks(fit, entries, ages, draws, seed)
        _count(found, counted)
        for first, n in blocks(kept, draws):
            part = run(first, n, in_blocks.of(first, n) if many else kept_entries)
            _count(part, counted)
            found["scaled_runs"] += part["scaled_runs"]
            found["scaled_cells"] += part["scaled_cells"]
            found["least_scale"] = min(found["least_scale"], part["least_scale"])
        notes.append(_counted_note(draws, kept))
    if notes:
        found["notices"] = [*found["notices"], *notes]
    made = _projection(
        found, population, labels, levels, costs, kept, seed, closure, ended, ahead, grid, counted
    )
    return valued(made, strategies, fit, costs, design, price_index)


def _designed(
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


def _check_numbers(seed: int, threads: int) -> None:
    for name, value, remedy in (
        ("seed", seed, "Take 1"), ("threads", threads, "Take 0 for all processors"),
    ):  # fmt: skip
        if not isinstance(value, (int, np.integer)) or value < 0 or value >= 2**63:
            _core.reject(
                "E-SETTING", "project", f"{name}={value!r}",
                "a whole number that is not negative is needed", remedy,
            )  # fmt: skip


def _check_kept(keep_draws: int) -> None:
    if keep_draws != int(keep_draws) or keep_draws < 1:
        _core.reject(
            "E-SETTING",
            "project",
            f"keep_draws={keep_draws}",
            "a whole number of at least 1 is needed",
            "Take 2000, or as many as draws if each is needed",
        )


def _count(found: dict[str, Any], counted: list[Counted]) -> None:
    for course, to in zip([found, *found["strategies"]], counted, strict=True):
        if len(course["draws_cost"]):
            to.take(course)


def _tell(
    progress: Callable[[int, int], object], first: int, n: int, draws: int, done: int, of: int
) -> None:
    """How much of all draws is done."""
    progress(first + done * n // max(of, 1), max(draws, 1))


def _counted_note(draws: int, kept: int) -> Notice:
    return Notice(
        "I-DRAWS-COUNTED",
        f"of {draws} draws the first {kept} are kept one by one; limits are of all of them, what "
        "needs single draws is of those kept",
        float(kept),
    )


def _check_names(strategies: Sequence[Strategy]) -> None:
    names = [USUAL_CARE, *(strategy.name for strategy in strategies)]
    if len(set(names)) < len(names) or "" in names:
        _core.reject(
            "E-STRATEGY",
            "project",
            f"strategies called {', '.join(map(repr, names[1:]))}",
            f"each needs a name of its own, other than {USUAL_CARE!r}",
            "Name them apart",
        )


def _paths(given: npt.ArrayLike | None, draws: int, ahead: int, ages: int) -> Array:
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
        table = _broadcast(entries, ages, 0, 1) if drawn_entries is None else drawn_entries
        bands = [found[..., b, :] for b in range(len(cuts) + 1)] if cuts else [found]
        new = [
            _core.returns_as_new(fit.model._core, ended, table, np.ascontiguousarray(band))
            for band in bands
        ]
        found = np.stack(new, axis=-2) if cuts else new[0]
    return found


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


def _check_settings(
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


def _broadcast(entries: Entries | CalibratedEntries, ages: Array, draws: int, seed: int) -> Any:
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
    grid: str,
    counted: Sequence[Counted],
) -> Projection:
    states = tuple(found["states"])
    moves = tuple((states[a], states[b]) for a, b in found["moves"])
    names = [USUAL_CARE, *(course["name"] for course in found["strategies"])]
    all_draws = counted[0].draws if counted else draws
    shares = ConstantShare(_kept(found["share_persons"]), _kept(found["share_cost"]))
    healthy = ConstantShare(_kept(found["healthy_persons"]), _kept(found["healthy_cost"]))
    labels_of_periods = _period_labels(population.base_year, ahead, grid)
    difference = {
        measure: {
            part: _kept(found[f"difference_{name}"][:, i])
            for i, part in enumerate(PARTS_OF_DIFFERENCE)
        }
        for measure, name in (("persons", "users"), ("cost", "cost"))
    }

    def made(course: dict[str, Any], name: str) -> Projection:
        arrays: dict[str, Any] = {
            key: _kept(value) for key, value in course.items() if isinstance(value, np.ndarray)
        }
        growth = {
            forecast: {
                measure: {part: float(table[-1, i]) for i, part in enumerate(PARTS_OF_GROWTH)}
                for measure, table in (("persons", users), ("cost", cost))
            }
            for forecast, users, cost in (
                ("flow", course["growth_users"], course["growth_cost"]),
                ("constant_share", found["share_growth_users"], found["share_growth_cost"]),
            )
        }
        costs_of = {key: _kept(value) for key, value in course["costs"].items()}
        split = difference if name == USUAL_CARE else _with_strategy(difference, found, course)
        by_period = None
        if grid != "year":
            by_period = ByPeriod(
                grid,
                labels_of_periods,
                _kept(np.arange(ahead * GRIDS[grid] + 1) / GRIDS[grid]),
                states,
                ("men", "women"),
                labels,
                **{key: arrays[f"period_{key}"] for key in _PERIODS},
                **{key: arrays[key.replace("draws_", "draws_period_")] for key in _PERIOD_DRAWS},
            )
        return Projection(
            years=population.years[: ahead + 1],
            states=states,
            levels=tuple(levels),
            sexes=("men", "women"),
            age_groups=labels,
            moves=moves,
            costs=costs_of,
            draws_persons=_kept(arrays["draws_persons_by_sex"].sum(axis=3)),
            draws_person_years=_kept(arrays["draws_person_years_by_sex"].sum(axis=3)),
            draws_new_users=_kept(arrays["draws_new_users"].sum(axis=2)),
            draws_new_users_by_level=arrays["draws_new_users"],
            constant_share=shares,
            healthy_ageing=healthy,
            growth_split=growth,
            difference_split=split,
            closure={
                "policy": closure,
                "share_of_draws_scaled": found["scaled_runs"] / max(all_draws, 1),
                "cells_scaled": found["scaled_cells"],
                "least_scale": found["least_scale"],
            },
            extrapolated=found["extrapolated"],
            findings=tuple(found["notices"]),
            price_year=None if costs is None else costs.price_year,
            draws=draws,
            all_draws=all_draws,
            seed=seed,
            population_source=population.source,
            name=name,
            by_period=by_period,
            strategies=tuple(courses) if name == USUAL_CARE else (),
            _courses=courses if name == USUAL_CARE else {},
            _ended=ended,
            _counted=counted[names.index(name)] if counted else None,
            **{key: arrays[key] for key in _AS_FOUND},
        )

    courses: dict[str, Projection] = {}
    for course in found["strategies"]:
        courses[course["name"]] = made(course, course["name"])
    return made(found, USUAL_CARE)


_AS_FOUND = (
    "persons", "person_years", "new_users", "deaths", "migration", "reached", "moved", "enrolled",
    "draws_persons_by_sex", "draws_users", "draws_person_years_by_sex", "draws_moved",
    "draws_deaths", "draws_enrolled", "draws_cost",
)  # fmt: skip
_PERIODS = ("persons", "person_years", "moved", "deaths", "enrolled")
_PERIOD_DRAWS = ("draws_persons", "draws_person_years")


def _kept(array: Array) -> Array:
    array.flags.writeable = False
    return array


def _with_strategy(
    difference: dict[str, dict[str, Array]], found: dict[str, Any], course: dict[str, Any]
) -> dict[str, dict[str, Array]]:
    """The parts of usual care's difference to constant shares, and the strategy's own."""
    users = [one["persons"][:, found["levels"]].sum(axis=(1, 2, 3)) for one in (course, found)]
    cost = [one["costs"]["continuous"].sum(axis=1) for one in (course, found)]
    added = {
        "persons": users[0] - users[1],
        "cost": np.concatenate([[0.0], cost[0] - cost[1]]),
    }
    return {
        measure: {**parts, "strategy": _kept(added[measure])}
        for measure, parts in difference.items()
    }


def _period_labels(base_year: int, ahead: int, grid: str) -> tuple[str, ...]:
    P = GRIDS[grid]
    return (
        f"{base_year}-12-31",
        *(
            f"{base_year + 1 + k // P}-{k % P + 1:02d}"
            if grid == "month"
            else f"{base_year + 1 + k // P} Q{k % P + 1}"
            for k in range(ahead * P)
        ),
    )
