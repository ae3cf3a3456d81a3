"""Draws that are counted and not kept, so that memory does not grow with their number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.model.rates import Rates
from kohort.population.entries import Entries
from kohort.projection.drawing_rates import _entry_tables, recipe_of
from kohort.uncertainty.draw_summaries import Rule

Array = npt.NDArray[Any]

BLOCK = 1000  # draws that are in memory together
# What limits are told of, and where it stands in a course.
MEASURES = {
    "persons": "draws_persons_by_sex",
    "persons_by_sex": "draws_persons_by_sex",
    "users": "draws_users",
    "person_years": "draws_person_years_by_sex",
    "new_users": "draws_new_users",
    "cost": "draws_cost",
}


def measured(course: Mapping[str, Any], what: str) -> Array:
    """(draws, ...) of one measure of a course, as C++ gives it."""
    draws: Array = course[MEASURES[what]]
    if what in ("persons", "person_years"):
        return np.asarray(draws.sum(axis=3))
    return np.asarray(draws.sum(axis=2)) if what == "new_users" else draws


@dataclass(eq=False)
class Counted:
    """Counts of every draw of one course, in bins whose quantiles are within a share of theirs.

    Attributes
    ----------
    draws
        How many were counted.
    """

    rule: Rule = field(default_factory=Rule)
    draws: int = 0
    _summaries: dict[str, Any] = field(default_factory=dict)
    _shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def take(self, course: Mapping[str, Any]) -> None:
        """The next draws of this course."""
        for what in MEASURES:
            values = measured(course, what)
            flat = np.ascontiguousarray(values.reshape(len(values), -1))
            state = _core.summarise(flat, self.rule.core())
            if what in self._summaries:
                self._summaries[what].join(**state)
            else:
                self._summaries[what] = _core.DrawSummary(**state, rule=self.rule.core())
                self._shapes[what] = values.shape[1:]
        self.draws += len(course["draws_cost"])

    def quantiles(self, what: str, probabilities: list[float]) -> Array:
        """(probabilities, ...), within `rule.relative_error` of the draws' own."""
        found: Array = self._summaries[what].quantiles(probabilities)
        return found.reshape(len(probabilities), *self._shapes[what])


def blocks(first: int, draws: int) -> Iterator[tuple[int, int]]:
    """(first draw, how many) of each block."""
    for start in range(first, draws, BLOCK):
        yield start, min(BLOCK, draws - start)


class EntryBlocks:
    """Entry rates of some draws, the same as those of all draws have in their place."""

    def __init__(self, fit: Rates, entries: Entries, ages: Array, draws: int, seed: int) -> None:
        self._seed = seed
        self._coefficients: Array | None = None
        if getattr(entries, "_shared", 0):  # calibrated together with the rates
            recipe = recipe_of(fit, entries, ages, draws=draws, seed=seed)
            self._recipe, self._coefficients = recipe.core(), recipe.coefficients
            return
        rates = np.zeros(2 * ages.size)  # nobody looks at them
        self._recipe = _core.DrawRecipe(
            {
                "ages": int(ages.size),
                "transitions": 1,
                "bounded": [],
                "bands": 1,
                "log_rates": rates,
                "log_rates_slopes": np.zeros((rates.size, 0)),
                **_entry_tables(entries, ages),
                "shared": 0,
                "returns_as_new": False,  # of rates, too
                "first_phases": [],
            }
        )

    def of(self, first: int, n: int) -> Any:
        """The table of draws first, ..., first + n - 1."""
        numbers = self._recipe.numbers(first, n, self._seed)
        if self._coefficients is not None:
            numbers = numbers.with_rate_normals(self._coefficients[first : first + n])
        return self._recipe.entries(numbers)


def effects_of(plans: list[Any], first: int, n: int) -> list[Any]:
    """Strategies as C++ takes them, of some draws."""
    made = []
    for name, effects, uptake, newcomers, stock, begins, ends, uptakes, *rest in plans:
        cut = []
        for *where, logs, step, rows in effects:
            if rows > 1:
                steps = len(logs) // rows
                logs, rows = logs[first * steps : (first + n) * steps], n
            cut.append((*where, logs, step, rows))
        of_draws = uptakes[first : first + n]
        made.append((name, cut, uptake, newcomers, stock, begins, ends, of_draws, *rest))
    return made
