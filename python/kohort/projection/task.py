"""A projection as C++ runs it: all that it takes but strategies, and what is made of the result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.economics.costs import Costs
from kohort.interventions.strategies import Strategy
from kohort.model.rates import Rates
from kohort.population.entries import Entries
from kohort.population.entry_clock import entry_cuts, first_year_rates, stock_by_entry
from kohort.population.population import Population
from kohort.projection.counted_draws import Counted, effects_of
from kohort.projection.phased import average_rates, phases_of
from kohort.projection.projection import (
    PARTS_OF_DIFFERENCE,
    PARTS_OF_GROWTH,
    USUAL_CARE,
    ByPeriod,
    ConstantShare,
    Projection,
)
from kohort.projection.settings import (
    GRIDS,
    by_age,
    check_names,
    check_numbers,
    check_settings,
    designed,
    five_year_groups,
    horizon,
    level_rates,
    paths_given,
)
from kohort.projection.strategy_setting import Setting, lowered
from kohort.projection.strategy_values import valued

if TYPE_CHECKING:
    from kohort.data.counts import Counts

Array = npt.NDArray[Any]


class Task:
    """All that `kohort.project` takes but strategies, looked through."""

    def __init__(
        self,
        fit: Rates,
        population: Population,
        entries: Entries,
        *,
        stock: Counts | npt.ArrayLike,
        years: int | None,
        costs: Costs | None,
        draws: int,
        seed: int,
        design: str,
        threads: int,
        closure: str,
        closure_floor: float,
        fitted_ages: tuple[int, int] | None,
        price_index: Sequence[float] | Array | None,
        grid: str,
        population_paths: npt.ArrayLike | None,
        healthy_share: float,
        enrolments_a_year: int,
        ended: str,
    ) -> None:
        self.fit, self.population, self.entries, self.costs = fit, population, entries, costs
        self.draws, self.seed, self.design, self.grid = draws, seed, design, grid
        self.threads, self.closure, self.closure_floor = threads, closure, closure_floor
        self.price_index, self.healthy_share, self.ended = price_index, healthy_share, ended
        self.enrolments_a_year = enrolments_a_year
        self.ahead = horizon(years, population)
        check_settings(draws, closure, fitted_ages, grid)
        check_numbers(seed, threads)
        ages = population.ages
        model = fit.model  # with phases as states of their own, if it has any
        self.phases = phases = phases_of(fit, ended)
        seen = model if phases is None else phases.seen
        living = [name for name in seen.states if name != seen.death]
        self.levels = [name for name in living if name != ended]
        states = ["none", *living]
        cost = np.zeros(len(states))
        if costs is not None:
            cost = costs.per_state(states, ["none", ended])
        self.cuts = cuts = entry_cuts(fit)
        start: Any = stock
        if cuts:
            start = stock_by_entry(
                stock, cuts, enrolments_a_year, population.base_year, list(map(int, ages)), living
            )
        elif hasattr(stock, "array"):
            start = stock.array([population.base_year], list(map(int, ages)), living)[0]
        self.labels, self.groups = five_year_groups(ages)
        self.point = point = level_rates(fit, entries, ages, ended, cuts=cuts)
        self.fitted = fitted_ages if fitted_ages is not None else (int(ages[0]), 10_000)
        self.point_entries = by_age(entries, ages, 0, seed)
        self.placed = designed(fit, entries, ages, draws, seed, design)
        seen_rates = first_year_rates(point[0], cuts)
        if phases is not None:
            seen_rates = average_rates(fit, point[0])
        self.setting = Setting(
            seen,
            tuple(states),
            tuple(self.levels),
            ages,
            seen_rates,
            self.point_entries.table(0, 0),
            population.base_year,
            self.ahead,
            draws,
            seed,
            phases,
        )
        self.notes: list[Any] = []
        if phases is not None:
            cost = cost[list(phases.groups)]
            start, note = phases.split(
                np.asarray(start, dtype=float), population, point,
                self._in_phases(self.point_entries), ended,
            )  # fmt: skip
            self.notes.append(note)
        self.cost, self.start = cost, np.asarray(start, dtype=float)
        self.paths = paths_given(population_paths, draws, self.ahead, ages.size)
        random = draws > 0 and self.placed is None
        self.coefficients = fit.draws(draws, seed) if random else np.zeros((0, 0))

    def plans(self, strategies: Sequence[Strategy]) -> list[tuple[Any, Any]]:
        """Strategies as C++ takes them, for the point estimate and for the draws."""
        check_names(strategies)
        return [lowered(strategy, self.setting) for strategy in strategies]

    def core(self, first: int, n: int, in_blocks: Any = None) -> _core.ProjectionTask:
        """The point estimate, and draws first, ..., first + n - 1, with entries of those blocks."""
        ages, population = self.population.ages, self.population
        drawn_entries = self._entries(first, n, in_blocks)
        drawn = np.zeros((0, *self.point.shape[1:]))
        if n > 0:
            drawn = level_rates(
                self.fit, self.entries, ages, self.ended, self.coefficients[first : first + n],
                drawn_entries, self.cuts,
                None if self.placed is None else self.placed.rates(first, n),
            )  # fmt: skip
        return _core.ProjectionTask(
            self.fit.model._core,
            self.ended,
            int(ages[0]),
            population.base_year,
            population.persons[: self.ahead + 1],
            population.mortality[: self.ahead + 1],
            self.start,
            self.point,
            self._in_phases(self.point_entries),
            drawn,
            self._in_phases(drawn_entries),
            self.cost,
            [] if self.price_index is None else [float(level) for level in self.price_index],
            *self.fitted,
            self.groups,
            self.closure == "scale",
            self.closure_floor,
            self.paths[first : first + n] if self.paths.size else self.paths,
            float(self.healthy_share),
            GRIDS[self.grid],
            int(self.enrolments_a_year),
            list(self.cuts),
            self.threads,
        )

    def seen(self, found: dict[str, Any]) -> dict[str, Any]:
        """Phases taken together."""
        return found if self.phases is None else self.phases.lumped(found)

    def projection(
        self,
        found: dict[str, Any],
        strategies: Sequence[Strategy],
        kept: int,
        counted: Sequence[Counted] = (),
        notes: Sequence[Any] = (),
    ) -> Projection:
        """What was found, as users get it."""
        notes = [*self.notes, *notes]
        if notes:
            found["notices"] = [*found["notices"], *notes]
        made = _projection(
            found, self.population, self.labels, self.levels, self.costs, kept, self.seed,
            self.closure, self.ended, self.ahead, self.grid, counted,
        )  # fmt: skip
        return valued(made, strategies, self.fit, self.costs, self.design, self.price_index)

    def _entries(self, first: int, n: int, in_blocks: Any) -> Any:
        many = self.entries.reference_year is not None and self.draws > 0
        source = in_blocks or self.placed
        if many and source is not None:
            return source.of(first, n)
        return by_age(self.entries, self.population.ages, n if many else 0, self.seed)

    def _in_phases(self, table: Any) -> Any:
        return table if self.phases is None else self.phases.entries(table)


def of_draws(plans: Sequence[tuple[Any, Any]], first: int, n: int) -> tuple[list[Any], list[Any]]:
    """Strategies of the point estimate, and of some draws."""
    return [plan for plan, _ in plans], effects_of([plan for _, plan in plans], first, n)


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
