"""A projection whose usual care is known, for strategies that are changed again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from kohort import _core
from kohort.economics.costs import Costs
from kohort.interventions.strategies import Strategy
from kohort.model.rates import Rates
from kohort.population.entries import Entries
from kohort.population.population import Population
from kohort.projection.projection import Projection
from kohort.projection.task import Task, of_draws

if TYPE_CHECKING:
    from kohort.data.counts import Counts


@dataclass(frozen=True, eq=False)
class PreparedProjection:
    """What `prepare` gives. It never changes.

    Attributes
    ----------
    draws
        Draws of the coefficients.
    """

    draws: int
    _task: Task
    _core: _core.PreparedProjection

    def project(self, strategies: Sequence[Strategy] = ()) -> Projection:
        """The projection with these strategies: the bytes that `kohort.project` gives.

        Parameters
        ----------
        strategies
            What usual care is compared with; none of them was known when it was prepared.

        Raises
        ------
        InvalidInput
            `E-STRATEGY`, `E-EFFECT-RANGE`, `E-COST`, `E-EFFECT`.
        """
        plans = self._task.plans(strategies)
        found = self._core.project(*of_draws(plans, 0, self.draws))
        return self._task.projection(self._task.seen(found), strategies, self.draws)

    def __str__(self) -> str:
        task = self._task
        return (
            f"A projection of {task.population.source}, {task.population.base_year} to "
            f"{task.population.base_year + task.ahead}, by {task.grid}, {self.draws} draws: usual "
            "care is known, strategies are asked for by .project([...])"
        )

    def _repr_html_(self) -> str:
        return f"<p>{self}</p>"


def prepare(
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
    price_index: Sequence[float] | npt.NDArray[Any] | None = None,
    grid: str = "year",
    population_paths: npt.ArrayLike | None = None,
    healthy_share: float = 1.0,
    enrolments_a_year: int = 12,
    ended: str = "ended",
    progress: Callable[[int, int], object] | None = None,
) -> PreparedProjection:
    """Project usual care now, and each strategy that is thought of later alone.

    For a page with a slider: `prepared = kohort.prepare(...)` once, and
    `prepared.project([strategy])` whenever the strategy has changed. Usual care does not depend on
    strategies, so this gives the very bytes of `kohort.project`. What it saves is the usual care of
    every draw and all that is made of the fit: benchmarks/w6_projection.py measures both.

    Parameters are those of `kohort.project`. All draws are kept one by one, for ten years of forty
    ages in about 0.4 MB each (0.8 MB by month); where rates have bands of time since entry nothing
    is saved, and usual care is carried again each time.

    Raises
    ------
    InvalidInput
        As `kohort.project`.
    """
    task = Task(
        fit, population, entries, stock=stock, years=years, costs=costs, draws=draws, seed=seed,
        design=design, threads=threads, closure=closure, closure_floor=closure_floor,
        fitted_ages=fitted_ages, price_index=price_index, grid=grid,
        population_paths=population_paths, healthy_share=healthy_share,
        enrolments_a_year=enrolments_a_year, ended=ended,
    )  # fmt: skip
    return PreparedProjection(draws, task, task.core(0, draws).prepare(progress))
