"""Projecting an open population from rates, entries and a forecast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from kohort.economics.costs import Costs
from kohort.interventions.strategies import Strategy
from kohort.model.rates import Rates
from kohort.population.entries import Entries
from kohort.population.population import Population
from kohort.projection.counted_draws import Counted, EntryBlocks, blocks
from kohort.projection.phased import Notice
from kohort.projection.projection import Projection
from kohort.projection.settings import check_kept
from kohort.projection.task import Task, of_draws

if TYPE_CHECKING:
    from kohort.data.counts import Counts

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

    See Also
    --------
    prepare : for strategies that are changed again and again.

    Raises
    ------
    InvalidInput
        `E-POP-MISSING`, `E-STOCK-POPULATION`, `D-CLOSURE-NEGATIVE`, `E-COST-MISSING`, `E-MODEL`,
        `E-MORTALITY`, `E-SHAPE`, `E-NUM`, `E-INDEX-MISSING`, `E-SETTING`, `E-STRATEGY`,
        `E-EFFECT-RANGE`, `E-GRID`, `E-ENTRY-CLOCK`.
    """
    check_kept(keep_draws)
    task = Task(
        fit, population, entries, stock=stock, years=years, costs=costs, draws=draws, seed=seed,
        design=design, threads=threads, closure=closure, closure_floor=closure_floor,
        fitted_ages=fitted_ages, price_index=price_index, grid=grid,
        population_paths=population_paths, healthy_share=healthy_share,
        enrolments_a_year=enrolments_a_year, ended=ended,
    )  # fmt: skip
    plans = task.plans(strategies)
    kept = min(draws, keep_draws)

    def run(first: int, n: int, in_blocks: Any = None) -> dict[str, Any]:
        """The point estimate, and draws first, ..., first + n - 1."""
        drawn = task.core(first, n, in_blocks).project(
            *of_draws(plans, first, n),
            None if progress is None else partial(_tell, progress, first, n, draws),
        )
        return task.seen(drawn)

    found = run(0, kept)
    counted: list[Counted] = []
    notes = []
    if draws > kept:
        counted = [Counted() for _ in range(1 + len(plans))]
        in_blocks = task.placed or EntryBlocks(fit, entries, population.ages, draws, seed)
        _count(found, counted)
        for first, n in blocks(kept, draws):
            part = run(first, n, in_blocks)
            _count(part, counted)
            found["scaled_runs"] += part["scaled_runs"]
            found["scaled_cells"] += part["scaled_cells"]
            found["least_scale"] = min(found["least_scale"], part["least_scale"])
        notes.append(_counted_note(draws, kept))
    return task.projection(found, strategies, kept, counted, notes)


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
