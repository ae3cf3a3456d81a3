"""Persons one by one: where individuals differ, have a history, or compete for places."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from kohort import _core
from kohort.economics.costs import Costs
from kohort.estimation.fitted_model import FittedModel
from kohort.interventions._single_rates import no_move
from kohort.interventions.places import Places
from kohort.interventions.strategies import Strategy
from kohort.model.rates import Rates
from kohort.model.structure import Model
from kohort.population.entries import Entries
from kohort.population.entry_clock import entry_cuts, first_year_rates, start_of
from kohort.population.population import Population
from kohort.projection.settings import GRIDS, level_rates
from kohort.projection.strategy_setting import Setting
from kohort.projection.strategy_values import check_price_year
from kohort.simulation._lives import single_ages, tables
from kohort.simulation.life_strategies import arms_of, of_lives, of_municipality, programme_of
from kohort.simulation.simulated import Expected, Microsimulation, arm

if TYPE_CHECKING:
    from kohort.data.counts import Counts

Array = npt.NDArray[Any]


def simulate_population(
    fit: Rates,
    population: Population,
    entries: Entries,
    *,
    stock: Counts | npt.ArrayLike,
    years: int | None = None,
    replicates: int = 100,
    seed: int = 1,
    strategies: Sequence[Strategy] = (),
    places: Places | None = None,
    costs: Costs | None = None,
    discount: float = 0.0,
    grid: str = "year",
    closure: str = "strict",
    closure_floor: float = 0.2,
    enrolments_a_year: int = 12,
    ended: str = "ended",
    threads: int = 0,
    progress: Callable[[int, int], object] | None = None,
) -> Microsimulation:
    """Simulate everybody who `project` projects, person by person.

    Each replicate is the whole older population of the municipality over the years: those without
    support too, newcomers, deaths closed against the life table, and net migration, all under the
    law that `project` solves for its expectation. So the mean over replicates is the projection's
    point estimate, which `.agreement()` tests, and the spread over replicates is chance. With
    `places`, persons compete for them: that is what only persons can do.

    Parameters
    ----------
    fit, population, entries, stock, years, closure, closure_floor, ended
        As in `project`, whose point estimate is used.
    enrolments_a_year
        With bands of time since entry: the parts of a year that the stock's is counted by
        (`decisions.stock(date, by_entry=12)`). Everybody passes a band at his own time.
    replicates
        How many times everybody is simulated.
    seed
        What a person does depends on (seed, replicate, the person, the number of the move) alone.
    strategies
        Each is compared with `usual care`, which is always simulated, on the same random numbers.
        Their effects are those of the point estimate. What they cost themselves (`StrategyCosts`)
        is `programme`, apart from `cost`; a team more for each begun capacity is counted on the
        enrolled of each replicate, so by chance there are more teams than a mean would need.
    places
        Places that persons compete for; by default there are always enough.
    costs
        By level; `none` and `ended` cost nothing unless a cost is given.
    discount
        A share a year, 0.03 say.
    grid
        Of the output: "year", "quarter" or "month".
    threads
        0 means all processors; the result has the same bytes for any number.
    progress
        Called with (replicates done, replicates); may raise to stop.

    Returns
    -------
    Microsimulation

    Raises
    ------
    InvalidInput
        As `project`, and `E-PLACES`, `E-SETTING`.
    """
    longest = population.years.size - 1
    ahead = longest if years is None else years
    if closure not in ("strict", "scale") or ahead != int(ahead) or not 1 <= ahead <= longest:
        _core.reject(
            "E-SETTING",
            "simulate_population",
            f"years={years}, closure={closure!r}",
            f"the population reaches {longest} years ahead, and closure is strict or scale",
            "Choose a horizon within it",
        )
    ages = population.ages
    living = [name for name in fit.model.states if name != fit.model.death]
    cuts = entry_cuts(fit)
    rates = level_rates(fit, entries, ages, ended, cuts=cuts)
    table = single_ages(entries, ages)
    place = _core.Municipality(
        fit.model._core,
        ended,
        int(ages[0]),
        population.base_year,
        population.persons[: ahead + 1],
        population.mortality[: ahead + 1],
        start_of(stock, cuts, enrolments_a_year, population, living),
        rates,
        table,
        closure == "scale",
        closure_floor,
        list(cuts),
        int(enrolments_a_year),
        seed,
    )
    states = tuple(place.states)
    moves = [(states[a], states[b]) for a, b in place.moves]
    model = Model(states, moves, death=fit.model.death)
    free = [states[0], ended, *states[-2:]]
    cost = [0.0] * len(states) if costs is None else list(costs.per_state(states, free))
    arms = arms_of(strategies)
    for one in strategies:
        check_price_year(one, costs)
    setting = Setting(
        fit.model,
        ("none", *living),
        tuple(name for name in living if name != ended),
        ages,
        first_year_rates(rates[0], cuts),
        table.table(0, 0),
        population.base_year,
        int(ahead),
        0,
        seed,
    )

    def expected() -> Expected | None:
        if grid != "year":
            return None
        means, covariances = zip(*place.expected(threads), strict=True)
        return Expected(means, covariances, place.living)

    settings = _settings(ahead, grid, replicates, seed, cost, [], discount, threads)
    found = place.simulate(
        [of_municipality(one, place, setting) for one in arms],
        None if places is None else places._rules(model, cost),
        settings,
        progress,
    )
    return _result(
        found,
        arms,
        model,
        grid,
        ("men", "women"),
        population.base_year,
        seed,
        discount,
        places,
        [] if costs is None else cost,
        expected,
        place.living,
        ended,
    )


def simulate_lives(
    model: Model | FittedModel,
    *,
    start: npt.ArrayLike,
    years: int = 10,
    intensities: npt.ArrayLike | None = None,
    x: Mapping[str, npt.ArrayLike] | None = None,
    age: str = "age",
    since_entry: str | None = None,
    factors: npt.ArrayLike | None = None,
    arrivals: Mapping[str, npt.ArrayLike] | None = None,
    replicates: int = 1,
    seed: int = 1,
    strategies: Sequence[Strategy] = (),
    places: Places | None = None,
    costs: Mapping[str, float] | None = None,
    move_costs: Mapping[tuple[str, str], float] | None = None,
    discount: float = 0.0,
    grid: str = "year",
    threads: int = 0,
    progress: Callable[[int, int], object] | None = None,
) -> Microsimulation:
    """Simulate persons with covariates and a history, and those who come in, on a model.

    Rates are those of the model at each person's covariates. They change at birthdays where age is
    a term (at completed age + 1/2, as everywhere), and where the time since entry passes into
    another band.

    Parameters
    ----------
    model
        A fit, whose terms may be columns that stay, `yearly` or `bands` of age, and `bands` of the
        time since entry; or a `Model` with `intensities`.
    start
        (persons,) state of each at the start: names or numbers.
    years
        Horizon.
    intensities
        Q, (n, n), per year, for a `Model`.
    x
        Value of each covariate, one or one a person; ages and times since entry at the start, in
        years.
    age, since_entry
        Which columns are these clocks.
    factors
        (persons,) what all rates of the person are multiplied by: what the covariates leave unseen.
    arrivals
        Persons who come in by Poisson processes, one a row: `state` (name or number), `rate`
        (persons a year), and a value for each covariate.
    replicates, seed, strategies, places, discount, grid, threads, progress
        As in `simulate_population`.
    costs, move_costs
        State to cost per year; (from, to) to the cost of each such move.

    Returns
    -------
    Microsimulation

    Raises
    ------
    InvalidInput
        `E-MODEL`, `E-COLUMN`, `E-SHAPE`, `E-NUM`, `E-SETTING`, `E-PLACES`, `E-STATE-UNKNOWN`.

    Examples
    --------
    >>> import kohort as kh
    >>> model = kh.Model(("well", "dead"), [("well", "dead")], death="dead")
    >>> seen = kh.simulate_lives(
    ...     model, intensities=model.intensities([0.1]), start=["well"] * 1000, years=5
    ... )
    >>> bool(abs(seen.usual.occupancy[0, 5, 0, 0] - 1000 * 0.6065) < 4 * 15.5)
    True
    """
    structure = model.model if isinstance(model, FittedModel) else model
    made = tables(model, start, years, intensities, x or {}, age, since_entry, factors, arrivals)
    cost = [0.0] * structure.size
    for name, value in (costs or {}).items():
        cost[structure.state(name)] = float(value)
    moved = [0.0] * len(structure.transitions) if move_costs else []
    for (a, b), value in (move_costs or {}).items():
        move = (structure.state(a), structure.state(b))
        if move not in structure.moves:
            no_move("move_costs", a, b)
        moved[structure.moves.index(move)] = float(value)
    arms = arms_of(strategies)
    settings = _settings(years, grid, replicates, seed, cost, moved, discount, threads)
    found = _core.simulate_lives(
        structure._core,
        made.rates,
        made.persons,
        made.arrivals,
        [of_lives(one, made) for one in arms],
        None if places is None else places._rules(structure, cost),
        settings,
        progress,
    )
    return _result(
        found,
        arms,
        structure,
        grid,
        ("all",),
        0,
        seed,
        discount,
        places,
        cost if costs or move_costs else [],
        lambda: made.expected(years, GRIDS[grid]),
        structure.size,
    )


def _settings(
    years: int,
    grid: str,
    replicates: int,
    seed: int,
    cost: list[float],
    move_cost: list[float],
    discount: float,
    threads: int,
) -> dict[str, Any]:
    if grid not in GRIDS or years != int(years) or not 1 <= years <= 1000 or replicates < 1:
        _core.reject(
            "E-SETTING",
            "simulate",
            f"grid={grid!r}, years={years}, replicates={replicates}",
            "the grid is year, quarter or month, and there are whole years and replicates",
            "Choose grid='year', years=10, replicates=100, say",
        )
    return {
        "periods": int(years) * GRIDS[grid],
        "step": 1 / GRIDS[grid],
        "cost": cost,
        "move_cost": move_cost,
        "discount": float(discount),
        "seed": int(seed),
        "replicates": int(replicates),
        "threads": int(threads),
    }


def _result(
    found: list[dict[str, Any]],
    arms: Sequence[Strategy],
    model: Model,
    grid: str,
    groups: tuple[str, ...],
    base_year: int,
    seed: int,
    discount: float,
    places: Places | None,
    cost: list[float],
    expected: Callable[[], Expected | None],
    living: int,
    ended: str = "ended",
) -> Microsimulation:
    return Microsimulation(
        states=model.states,
        death=model.death,
        moves=model.transitions,
        groups=groups,
        periods_a_year=GRIDS[grid],
        base_year=base_year,
        seed=seed,
        discount=discount,
        arms=tuple(
            arm(
                one.name,
                values,
                model.states,
                programme_of(one, values, found[0], model, living, GRIDS[grid], discount, ended),
            )
            for one, values in zip(arms, found, strict=True)
        ),
        places=places,
        living=living,
        has_costs=bool(cost),
        _expect=expected,
    )
