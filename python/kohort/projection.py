"""The next ten years: persons, new users and cost by level, with intervals, beside practice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from kohort import _core, _frames, _html, _text
from kohort.economics import Costs
from kohort.entries import Entries
from kohort.model import Model
from kohort.population import Population

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.counts import Counts

Array = npt.NDArray[Any]

PARTS_OF_DIFFERENCE = ("unsettled_stock", "incidence_trend", "mix_drift", "mortality")
PARTS_OF_GROWTH = ("population", "share", "mix", "price")


class Rates(Protocol):
    """What `project` asks of a fit: `FittedModel` has it, and anything else may."""

    @property
    def model(self) -> Model:
        """The structure, with death."""

    def rates(
        self, ages: npt.ArrayLike, males: npt.ArrayLike = ..., draws: npt.ArrayLike | None = ...
    ) -> Array:
        """(draws, sexes, ages, transitions) per year at completed age + 1/2."""

    def draws(self, n: int, seed: int) -> Array:
        """Coefficients, (n, p); row k depends on (seed, k) alone."""


@dataclass(frozen=True, eq=False)
class PublishedRates:
    """Rates by age and sex that nobody fitted here: published or assumed, without uncertainty.

    Parameters
    ----------
    model
        The structure, with death.
    table
        (transitions,), (ages, transitions) or (2 [men, women], ages, transitions) per year.
    first_age
        Age of the first row.
    """

    model: Model
    table: Array
    first_age: int = 65

    def rates(
        self,
        ages: npt.ArrayLike,
        males: npt.ArrayLike = (1, 0),
        draws: npt.ArrayLike | None = None,
    ) -> Array:
        """The table at these ages, once; the last row serves all higher ages."""
        wanted = np.asarray(ages, dtype=int) - self.first_age
        count = len(self.model.transitions)
        table = np.asarray(self.table, dtype=float)
        if table.ndim == 1:
            table = table[None, :]
        table = np.broadcast_to(table, (2, *table.shape[-2:]))
        if table.shape[2] != count or wanted.min() < 0:
            _core.reject(
                "E-SHAPE",
                "PublishedRates",
                f"the table is {np.shape(self.table)} from age {self.first_age}",
                f"{count} transitions from age {int(np.min(np.asarray(ages)))} are needed",
                "Give one rate for each transition, in the model's order",
            )
        sexes = [0 if male else 1 for male in np.asarray(males)]
        found: Array = table[sexes][:, np.minimum(wanted, table.shape[1] - 1)]
        return found[None]

    def draws(self, n: int, seed: int) -> Array:
        """No uncertainty: n times nothing."""
        return np.zeros((n, 0))


@dataclass(frozen=True, eq=False)
class ConstantShare:
    """The forecast of today's practice: the base year's shares of each age and sex, for ever.

    Attributes
    ----------
    persons
        (years, states, 2, age groups) on 31 December.
    cost
        (forecast years, states), on the mean of the two year-ends.
    """

    persons: Array
    cost: Array


@dataclass(frozen=True, eq=False)
class Projection:
    """An open population by state, sex and age over the years. It never changes.

    Persons are on 31 December of each of `years`, the base year first; flows and costs are of each
    forecast year. Intervals come from draws of the fit's coefficients, incidence and entry mix:
    chance in single persons, the population forecast and prices are taken as known.

    Attributes
    ----------
    years
        (T + 1,), the base year first.
    states, levels
        Living states: none (no support yet), the levels, ended. The levels alone.
    sexes, age_groups
        Labels.
    persons
        (T + 1, states, 2, groups), the point estimate; the states add up to the population.
    person_years
        (T, states, 2, groups).
    new_users
        (T, levels): persons who come from `none`, by the level at which they come in.
    deaths, migration, reached
        (T, states): deaths, net migration, and those who reached the lowest age.
    moves, moved
        Moves between living states as pairs of names, and (T, moves) how many.
    costs
        Accounting convention to (T, states), undiscounted, in prices of `price_year`.
    draws_persons, draws_person_years, draws_new_users, draws_cost
        (draws, T + 1, states), (draws, T, states), (draws, T) over all levels, (draws, T) in
        continuous accounting; draws_new_users_by_level and draws_users are by level, and by sex
        and age group.
    constant_share
        The forecast of today's practice.
    growth_split
        Forecast ("flow", "constant_share") to measure ("persons": users, "cost": their yearly cost
        on 31 December) to part (population, share, mix, price): growth over the whole horizon.
    difference_split
        Measure ("persons", "cost") to part to (T + 1,): flow minus constant share by unsettled
        stock, incidence trend, mix drift and mortality, net migration being pro rata.
    closure
        How mortality by level was closed against the life table.
    extrapolated
        Share of the users' person-years at ages outside the fitted ones.
    findings
        What a reader should know.
    """

    years: Array
    states: tuple[str, ...]
    levels: tuple[str, ...]
    sexes: tuple[str, ...]
    age_groups: tuple[str, ...]
    persons: Array
    person_years: Array
    new_users: Array
    deaths: Array
    migration: Array
    reached: Array
    moves: tuple[tuple[str, str], ...]
    moved: Array
    costs: Mapping[str, Array]
    draws_persons: Array
    draws_users: Array
    draws_person_years: Array
    draws_new_users: Array
    draws_new_users_by_level: Array
    draws_cost: Array
    constant_share: ConstantShare
    growth_split: Mapping[str, Mapping[str, Mapping[str, float]]]
    difference_split: Mapping[str, Mapping[str, Array]]
    closure: Mapping[str, Any]
    extrapolated: float
    findings: tuple[Any, ...]
    price_year: int | None
    draws: int
    seed: int
    population_source: str
    accounting: str = "continuous"
    discount: float = 0.0
    _ended: str = field(default="ended", repr=False)

    def intervals(self, what: str = "persons", level: float = 0.95) -> Array:
        """Limits from draws, never by adding bounds.

        Parameters
        ----------
        what
            "persons" by state, "users" (all levels) by sex and age group, "person_years" by state,
            "new_users" (all levels), or "cost".
        level
            0.95 or 0.80, say.

        Returns
        -------
        (2 [lower, upper], ...), the draws' shape without its first axis.
        """
        draws = {
            "persons": self.draws_persons,
            "users": self.draws_users,
            "person_years": self.draws_person_years,
            "new_users": self.draws_new_users,
            "cost": self.draws_cost,
        }
        if what not in draws or not 0 < level < 1:
            _core.reject(
                "E-SETTING",
                "intervals",
                f"what={what!r}, level={level}",
                f"what is one of {', '.join(draws)} and level lies between 0 and 1",
                "Ask for one of them",
            )
        limits: Array = _core.column_quantiles(draws[what], [(1 - level) / 2, (1 + level) / 2])
        return limits

    def summary(self, backend: str | None = None) -> Any:
        """Persons at each level and all users on 31 December with 80 and 95 % limits."""
        from kohort import _tables

        table = _tables.persons_by_state(self)
        shown = np.isin(table["state"], (*self.levels, "users"))
        return _frames.to_frame({name: values[shown] for name, values in table.items()}, backend)

    def to_frame(self, backend: str | None = None) -> Any:
        """Persons by year, state, sex and age group as a data frame."""
        from kohort import _tables

        return _frames.to_frame(_tables.persons(self), backend)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Persons at each level over the years, with limits."""
        from kohort import plots

        return plots.levels(self, ax)

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        place = [self.states.index(level) for level in self.levels]
        by_state = self.persons.sum(axis=(2, 3))
        rows = []
        low, high = self.intervals("cost") if self.draws else (None, None)
        for y, year in enumerate(self.years):
            row = [str(year), *(f"{by_state[y, s]:,.0f}" for s in place)]
            row.append(f"{by_state[y, place].sum():,.0f}")
            if self.price_year is not None:
                cost = "" if y == 0 else f"{self.costs['continuous'][y - 1].sum() / 1e6:,.1f}"
                if y > 0 and low is not None and high is not None:
                    cost += f" ({low[y - 1] / 1e6:,.1f}-{high[y - 1] / 1e6:,.1f})"
                row.append(cost)
            rows.append(row)
        heads = ["31 Dec", *self.levels, "users"]
        if self.price_year is not None:
            heads.append("million a year (95 %)")
        return heads, rows

    def _caption(self) -> str:
        money = (
            f"; cost in prices of {self.price_year}, continuous accounting, undiscounted"
            if self.price_year is not None
            else ""
        )
        return (
            f"Projection {self.years[0]}-{self.years[-1]}, {self.draws} draws, seed {self.seed}"
            f"{money}"
        )

    def __str__(self) -> str:
        lines = [self._caption(), _text.table(*self._grid())]
        lines += [f"{found.code}: {found.message}" for found in self.findings]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return _html.block(self._caption(), parts=[_html.table(*self._grid())])


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
    ahead = population.years.size - 1 if years is None else int(years)
    if not 0 < ahead < population.years.size or draws < 0 or closure not in ("strict", "scale"):
        _core.reject(
            "E-POP-MISSING" if ahead >= population.years.size else "E-SETTING",
            "project",
            f"years={ahead}, draws={draws}, closure={closure!r}",
            f"the population reaches {population.years.size - 1} years ahead, draws are not "
            "negative and closure is strict or scale",
            "Choose a shorter horizon or give a longer population",
        )
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


def cohort_trace(
    intensities: npt.ArrayLike,
    start: npt.ArrayLike,
    *,
    cycles: int,
    cycle_length: float = 1,
    persons: float = 1,
) -> Array:
    """Where a closed cohort is at the end of each cycle.

    Parameters
    ----------
    intensities
        Q, (n, n), per year.
    start
        (n,) shares that sum to 1.
    cycles, cycle_length
        How many, and their length in years.
    persons
        Size of the cohort.

    Returns
    -------
    (cycles + 1, n), in persons, the first row being the start.

    Raises
    ------
    InvalidInput
        `E-INIT-SUM` with the sum; `E-GRID`; `E-INTENSITY`; `E-SHAPE`.
    """
    trace: Array = _core.cohort_trace(
        np.asarray(intensities, dtype=float),
        np.asarray(start, dtype=float),
        cycles,
        cycle_length,
        persons,
    )
    return trace


def cohort_cost(
    intensities: npt.ArrayLike,
    start: npt.ArrayLike,
    cost: npt.ArrayLike,
    *,
    years: float,
    discount: float,
    accounting: str,
    cycle_length: float = 1,
    persons: float = 1,
) -> float:
    """Expected cost of a closed cohort over a horizon.

    With x(t) the occupancy, c the cost per state-year, h the cycle length, v = (1 + r)^(-h) and K
    cycles: "start" is h sum_{k<K} v^k c.x(kh), "end" h sum_{k=1}^K v^k c.x(kh), "trapezoid" their
    mean, "continuous" the integral of (1 + r)^(-t) c.x(t), exact through Q.

    Parameters
    ----------
    intensities
        Q, (n, n), per year.
    start
        (n,) shares that sum to 1.
    cost
        (n,) per year in each state, of one price year.
    years
        Horizon, a whole number of cycles.
    discount
        Rate a year: 0.03 for 3 %.
    accounting
        "start", "end", "trapezoid" or "continuous".

    Raises
    ------
    InvalidInput
        `E-GRID`, `E-INIT-SUM`, `E-ACCOUNTING`, `E-DISCOUNT`, `E-SHAPE`, `E-NUM`.
    """
    return float(
        _core.cohort_cost(
            np.asarray(intensities, dtype=float),
            np.asarray(start, dtype=float),
            np.asarray(cost, dtype=float),
            years,
            discount,
            accounting,
            cycle_length,
            persons,
        )
    )
