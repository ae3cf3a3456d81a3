"""The next ten years: persons, new users and cost by level, with intervals, beside practice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.economics.money import money_of
from kohort.support import _frames, _html, _text
from kohort.support._language import plain_english
from kohort.uncertainty.few_draws import enough, told

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.evaluation.comparison import Comparison
    from kohort.projection.counted_draws import Counted
    from kohort.projection.demand_rates import DemandRates
    from kohort.projection.demands import Demand
    from kohort.projection.strategy_values import StrategyValue

Array = npt.NDArray[Any]

PARTS_OF_DIFFERENCE = ("unsettled_stock", "incidence_trend", "mix_drift", "mortality")
PARTS_OF_GROWTH = ("population", "share", "mix", "price")
USUAL_CARE = "usual care"


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
class ByPeriod:
    """A projection by quarter or month; the years' totals are those of the yearly tables.

    Attributes
    ----------
    grid
        "quarter" or "month".
    labels
        (periods + 1,): the base date, then each period ("2025-03", "2025 Q1").
    times
        (periods + 1,): years after the base date at the end of each period.
    persons
        (periods + 1, states, 2, age groups), at the end of each.
    person_years, moved, deaths, enrolled
        (periods, states, 2, age groups), (periods, moves), (periods, states), (periods, states).
    draws_persons, draws_person_years
        (draws, periods + 1, states), (draws, periods, states).
    """

    grid: str
    labels: tuple[str, ...]
    times: Array
    states: tuple[str, ...]
    sexes: tuple[str, ...]
    age_groups: tuple[str, ...]
    persons: Array
    person_years: Array
    moved: Array
    deaths: Array
    enrolled: Array
    draws_persons: Array
    draws_person_years: Array

    def to_frame(self, backend: str | None = None) -> Any:
        """Persons at the end of each period by state, sex and age group as a data frame."""
        axes = (self.labels, self.states, self.sexes, self.age_groups)
        names = ("period", "state", "sex", "age_group")
        grids = np.meshgrid(*(np.array(axis) for axis in axes), indexing="ij")
        columns = {name: grid.ravel() for name, grid in zip(names, grids, strict=True)}
        return _frames.to_frame(columns | {"persons": self.persons.ravel()}, backend)

    def plot(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """Persons in each state with support over the periods, with limits."""
        from kohort.plots import strategies as plots_strategies

        return plots_strategies.periods(self, ax, lang=lang)

    def __str__(self) -> str:
        return (
            f"By {self.grid}, {self.labels[0]} to {self.labels[-1]}: {len(self.labels) - 1} "
            f"periods, {len(self.draws_persons)} draws"
        )


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
        Accounting convention to (T, states), undiscounted, in prices of `price_year`; in each
        year's where there are `price_levels`.
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
        Measure ("persons": users on 31 December, "cost": of the year, 0 in the base year) to part
        to (T + 1,): flow minus constant share by unsettled stock, incidence trend, mix drift and
        mortality, net migration being pro rata.
    closure
        How mortality by level was closed against the life table.
    extrapolated
        Share of the users' person-years at ages outside the fitted ones.
    findings
        What a reader should know.
    name
        "usual care", or the strategy's name: see `of`.
    strategies
        Names of the strategies that were projected beside usual care.
    healthy_ageing
        Constant shares with need put off as remaining life becomes longer.
    enrolled
        (T, states): persons who enrolled in the strategy, by the state they were in.
    draws_persons_by_sex, draws_person_years_by_sex
        (draws, T + 1, states, 2), (draws, T, states, 2).
    draws_moved, draws_deaths, draws_enrolled
        (draws, T, moves), (draws, T, states), (draws, T, states).
    by_period
        The same by quarter or month, if that grid was asked for.
    design
        Of the draws: "random", "sobol" or "lhs".
    draws, all_draws
        Draws that are kept one by one, and all: see `keep_draws` of `kohort.project`.
    chance
        Whether chance in single lives is in draws_persons, draws_new_users and draws_cost, as in a
        study's result: see `with_chance`.
    valued
        Of a strategy: what it costs itself, and what its effects on hours change. None of it is in
        `costs`.
    price_levels
        (T,): price level of each forecast year over the price year's, if a `price_index` was given:
        then every amount here is nominal, in each year's prices; None: in prices of `price_year`.
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
    name: str = USUAL_CARE
    strategies: tuple[str, ...] = ()
    healthy_ageing: ConstantShare | None = None
    enrolled: Array = field(default_factory=lambda: np.zeros((0, 0)))
    draws_persons_by_sex: Array = field(default_factory=lambda: np.zeros((0, 0, 0, 2)))
    draws_person_years_by_sex: Array = field(default_factory=lambda: np.zeros((0, 0, 0, 2)))
    draws_moved: Array = field(default_factory=lambda: np.zeros((0, 0, 0)))
    draws_deaths: Array = field(default_factory=lambda: np.zeros((0, 0, 0)))
    draws_enrolled: Array = field(default_factory=lambda: np.zeros((0, 0, 0)))
    by_period: ByPeriod | None = None
    all_draws: int = 0
    _counted: Counted | None = field(default=None, repr=False)
    valued: StrategyValue | None = None
    design: str = "random"
    chance: bool = False
    price_levels: Array | None = None
    _courses: Mapping[str, Projection] = field(default_factory=dict, repr=False)
    _ended: str = field(default="ended", repr=False)

    @property
    def money(self) -> str:
        """Which money all amounts are in, in words; "" without costs."""
        if self.price_year is None:
            return ""
        return money_of(self.price_year, self.price_levels is not None)

    def of(self, name: str) -> Projection:
        """What becomes of everyone under one strategy: a projection of its own.

        Its constant shares are those of usual care, and the difference to them has a fifth part,
        "strategy". Its costs are those of support; what the strategy itself costs is in `valued`.

        Parameters
        ----------
        name
            One of `strategies`, or "usual care".

        Raises
        ------
        InvalidInput
            `E-STRATEGY`, with the names there are.
        """
        known = {self.name: self, **self._courses}
        if name not in known:
            _core.reject(
                "E-STRATEGY",
                "of",
                f"strategy {name!r}",
                f"there are {', '.join(known)}",
                "Name one of them",
            )
        return known[name]

    def compare(self, *names: str, reference: str = USUAL_CARE) -> Comparison:
        """Strategies against a reference, in pairs: the same draw of everything that is uncertain.

        Parameters
        ----------
        names
            Strategies; by default all of them.
        reference
            What they are compared with.

        Returns
        -------
        Comparison
        """
        from kohort.evaluation.comparison import compare

        return compare(self, names, reference)

    def intervals(self, what: str = "persons", level: float = 0.95) -> Array:
        """Limits from draws, never by adding bounds.

        Parameters
        ----------
        what
            "persons" by state, "persons_by_sex" by state and sex, "users" (all levels) by sex and
            age group, "person_years" by state, "new_users" (all levels), or "cost".
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
            "persons_by_sex": self.draws_persons_by_sex,
        }
        if what not in draws or not 0 < level < 1:
            _core.reject(
                "E-SETTING",
                "intervals",
                f"what={what!r}, level={level}",
                f"what is one of {', '.join(draws)} and level lies between 0 and 1",
                "Ask for one of them",
            )
        sides = [(1 - level) / 2, (1 + level) / 2]
        if self._counted is not None:
            return self._counted.quantiles(what, sides)
        limits: Array = _core.column_quantiles(draws[what], sides)
        return limits

    def summary(self, backend: str | None = None) -> Any:
        """Persons at each level and all users on 31 December with 80 and 95 % limits."""
        from kohort.plots import _tables

        table = _tables.persons_by_state(self)
        shown = np.isin(table["state"], (*self.levels, "users"))
        return _frames.to_frame({name: values[shown] for name, values in table.items()}, backend)

    def to_frame(self, backend: str | None = None) -> Any:
        """Persons by year, state, sex and age group as a data frame."""
        from kohort.plots import _tables

        return _frames.to_frame(_tables.persons(self), backend)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Persons at each level over the years, with limits."""
        from kohort.plots import forecast as plots

        return plots.levels(self, ax)

    def demand(self, rates: DemandRates) -> Demand:
        """What this asks of home help, care homes and staff: see `kohort.demand`."""
        from kohort.projection.demands import demand

        return demand(self, rates)

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        place = [self.states.index(level) for level in self.levels]
        by_state = self.persons.sum(axis=(2, 3))
        rows = []
        low, high = self.intervals("cost") if self._limits_shown() else (None, None)
        yearly = self.costs["continuous"].sum(axis=1)
        unit = plain_english().unit([float(np.max(np.abs(yearly), initial=0.0))])
        beside = {"constant shares": self.constant_share}
        if self.healthy_ageing is not None:
            beside["healthy ageing"] = self.healthy_ageing
        for y, year in enumerate(self.years):
            row = [str(year), *(f"{by_state[y, s]:,.0f}" for s in place)]
            row.append(f"{by_state[y, place].sum():,.0f}")
            row += [f"{one.persons[y, place].sum():,.0f}" for one in beside.values()]
            if self.price_year is not None:
                cost = "" if y == 0 else unit.number(yearly[y - 1])
                if y > 0 and low is not None and high is not None:
                    cost += f" ({unit.number(low[y - 1])}-{unit.number(high[y - 1])})"
                row.append(cost)
            rows.append(row)
        heads = ["31 Dec", *self.levels, "users", *beside]
        if self.price_year is not None:
            heads.append(f"{unit.word} a year" + (" (95 %)" if self._limits_shown() else ""))
        return heads, rows

    def _limits_shown(self) -> bool:
        return enough(max(self.all_draws, self.draws))

    def _caption(self) -> str:
        money = (
            f"; cost in {self.money}, continuous accounting, undiscounted"
            if self.price_year is not None
            else ""
        )
        course = "" if self.name == USUAL_CARE else f" under {self.name!r}"
        return (
            f"Projection{course} {self.years[0]}-{self.years[-1]}, "
            f"{max(self.all_draws, self.draws)} draws, "
            f"seed {self.seed}{', chance included' if self.chance else ''}{money}"
        )

    def __str__(self) -> str:
        lines = [self._caption(), _text.table(*self._grid())]
        if self.strategies:
            lines.append(f"Strategies: {', '.join(self.strategies)}; see .of(name), .compare()")
        lines += [f"{found.code}: {found.message}" for found in self.findings]
        lines += told(max(self.all_draws, self.draws))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        few = "; ".join(told(max(self.all_draws, self.draws)))
        return _html.block(self._caption(), parts=[_html.table(*self._grid(), caption=few)])
