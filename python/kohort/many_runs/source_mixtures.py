"""A projection on every mixture of two sets of draws, and what chance adds to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kohort import _core
from kohort.many_runs.cases import Tables
from kohort.many_runs.with_chance import CHANCE_DRAWS, chance_of
from kohort.many_runs.working import measures_of
from kohort.model.structure import Model
from kohort.population.entries import Entries
from kohort.projection.drawing_rates import Recipe, numbers_of
from kohort.support._arrays import Array
from kohort.uncertainty.assumed import PopulationVariants

_BLOCK = 256


class Mixtures:
    """M on every mixture of two independent sets of draws."""

    def __init__(
        self, courses: list[Tables], recipe: Recipe, variants: PopulationVariants | None,
        measures: tuple[str, ...], draws: int, seed: int, threads: int, groups: list[str],
        progress: Callable[[int, int], object] | None,
    ) -> None:  # fmt: skip
        self.courses, self.recipe, self.variants = courses, recipe, variants
        self.measures, self.draws, self.seed, self.threads = measures, draws, seed, threads
        self.groups, self.progress = groups, progress
        self.core = recipe.core()
        self.runs: dict[tuple[int, int], dict[str, Array]] = {}
        varying = [g for g in groups if g != "price"]
        self.total, self.done = draws * (1 << len(varying)), 0

    def values(self, mask: int) -> Array:
        """(draws, quantities); bit i of the mask: group i as in the first set."""
        second = [0 if mask >> i & 1 else 1 for i in range(len(self.groups))]
        of = dict(zip(self.groups, second, strict=True))
        run = self.run(of.get("parameters", 0), of.get("population", 0))
        table = self.courses[0]
        prices = np.zeros(0)
        if table.prices is not None:
            first = of.get("price", 0) * self.draws
            prices = table.prices.paths(table.years, self.draws, self.seed, first)
        stocks = measures_of(table)
        parts = []
        for measure in self.measures:
            if measure == "cost":
                parts.append(_core.yearly_cost(
                    run["person_years"], table.cost, table.price_index, table.price_shares, prices
                ))  # fmt: skip
            elif measure == "new_users":
                parts.append(run["new_users"])
            else:
                parts.append(run["persons"][:, 1:, stocks[measure]].sum(axis=2))
        return np.concatenate(parts, axis=1)

    def run(self, rates: int, people: int) -> dict[str, Array]:
        """The projection with rates and population of either set."""
        key = (rates, people)
        if key not in self.runs:
            parts: dict[str, list[Array]] = {"persons": [], "person_years": [], "new_users": []}
            for start in range(0, self.draws, _BLOCK):
                n = min(_BLOCK, self.draws - start)
                found = self._block(rates * self.draws + start, people * self.draws + start, n)
                for name, blocks in parts.items():
                    blocks.append(found[name])
                self.done += n
                if self.progress is not None:
                    self.progress(self.done, self.total)
            self.runs[key] = {name: np.concatenate(blocks) for name, blocks in parts.items()}
        return self.runs[key]

    def _block(self, of_rates: int, of_people: int, n: int) -> dict[str, Array]:
        numbers = numbers_of(self.recipe, of_rates, n, self.seed)
        paths = np.zeros(0)
        table = self.courses[0]
        if table.population_error is not None and table.population_error.sigma > 0:
            ages = int(table.persons.shape[2])
            paths = table.population_error.paths(table.years, ages, n, self.seed, of_people)
        if self.variants is None:
            return self._project(table, numbers, paths)
        picked = self.variants.picks(n, self.seed, of_people)
        out: dict[str, Array] = {}
        for v, course in enumerate(self.courses):
            rows = np.flatnonzero(picked == v)
            if rows.size == 0:
                continue
            for name, values in self._project(course, numbers.picked(rows.tolist()), paths).items():
                if name not in out:
                    out[name] = np.empty((n, *values.shape[1:]))
                out[name][rows] = values
        return out

    def _project(self, table: Tables, numbers: Any, paths: Array) -> dict[str, Array]:
        found = _core.project_courses(
            Model(table.states, table.transitions, table.death)._core, table.ended,
            table.first_age, table.base_year, table.persons, table.mortality, table.stock,
            self.core, numbers, paths, table.cost, table.price_index, table.price_shares,
            np.zeros(0), table.scale, table.floor, [], list(table.entry_cuts),
            table.enrolments_a_year, self.threads, None,
        )[0]  # fmt: skip
        return {name: found[name] for name in ("persons", "person_years", "new_users")}


def chance_variance(
    made: Mixtures, entries: Entries, measures: tuple[str, ...], wanted: bool
) -> Array:
    """(chance draws, quantities): exact variance of each by chance, for some of the draws."""
    table = made.courses[0]
    few = min(CHANCE_DRAWS, made.draws) if wanted else 0
    columns = sum(table.years for _ in measures)
    if few == 0:
        return np.zeros((0, columns))
    run = made.run(0, 0)
    numbers = numbers_of(made.recipe, 0, few, made.seed)
    found = chance_of(
        table, made.core, numbers, table.cost, table.price_index, max(1.0, entries.dispersion),
        made.threads,
    )  # fmt: skip
    stocks = measures_of(table)
    parts = []
    for measure in measures:
        if measure == "cost":
            parts.append(found["cost"])
        elif measure == "new_users":
            parts.append(run["new_users"][:few] * max(1.0, entries.dispersion))
        else:
            rows = [s - 1 for s in stocks[measure]]
            parts.append(found["persons"][:, 1:][:, :, rows][:, :, :, rows].sum(axis=(2, 3)))
    return np.concatenate(parts, axis=1)
