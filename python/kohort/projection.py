"""The next ten years: persons, new users and cost by level, with intervals, beside practice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core, _frames, _html, _text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.demands import Demand, DemandRates

Array = npt.NDArray[Any]

PARTS_OF_DIFFERENCE = ("unsettled_stock", "incidence_trend", "mix_drift", "mortality")
PARTS_OF_GROWTH = ("population", "share", "mix", "price")


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

    def demand(self, rates: DemandRates) -> Demand:
        """What this asks of home help, care homes and staff: see `kohort.demand`."""
        from kohort.demands import demand

        return demand(self, rates)

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
