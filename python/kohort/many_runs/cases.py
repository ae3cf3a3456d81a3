"""One municipality in one scenario, and the plain tables that a worker needs of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.economics.costs import Costs
from kohort.interventions.delivery import refuse_delivery
from kohort.interventions.strategies import Strategy
from kohort.interventions.strategy_costs import StrategyCosts
from kohort.model.rates import Rates
from kohort.population.entries import Entries
from kohort.population.entry_clock import entry_cuts, first_year_rates, start_of
from kohort.population.population import Population
from kohort.projection.counted_draws import effects_of
from kohort.projection.drawing_rates import Recipe, recipe_of, refuse_own_draws
from kohort.projection.strategy_setting import Setting, lowered, refuse_hours
from kohort.projection.strategy_values import applied_for, averts, check_price_year, open_share
from kohort.uncertainty.assumed import PopulationError, PriceError

if TYPE_CHECKING:
    from kohort.data.counts import Counts

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Case:
    """One municipality in one scenario: everything its projection needs.

    Parameters
    ----------
    municipality, scenario
        Names; each pair once.
    fit, population, entries, stock, costs
        As `project` takes them.
    closure, closure_floor, ended, price_index
        As `project` takes them.
    population_error, prices
        Sources of uncertainty besides the coefficients.
    strategies, enrolments_a_year
        As `project` takes them: each is set against usual care in the same draws. Effects on hours
        are refused where a measure is of money: `project` values them.
    stream
        Cases with one number draw the same coefficients. By default municipalities with one fit
        share theirs, others have their own, and all scenarios of a municipality have the same:
        so scenarios are compared on common draws.
    """

    municipality: str
    fit: Rates
    population: Population
    entries: Entries
    stock: Counts | npt.ArrayLike
    scenario: str = "base"
    costs: Costs | None = None
    closure: str = "scale"
    closure_floor: float = 0.2
    ended: str = "ended"
    price_index: Sequence[float] | Array | None = None
    population_error: PopulationError | None = None
    prices: PriceError | None = None
    stream: int | None = None
    strategies: Sequence[Strategy] = ()
    enrolments_a_year: int = 12

    @property
    def levels(self) -> list[str]:
        """States with support."""
        model = self.fit.model
        return [name for name in model.states if name not in (model.death, self.ended)]


@dataclass(frozen=True, eq=False)
class Course:
    """A strategy as numbers.

    Attributes
    ----------
    given
        As C++ takes it, effects by draw.
    costs, begins, ends
        What it costs itself, and while whom it enrols.
    applicants
        (T,): where those without support are enrolled, the share of usual care's new users who are
        worked with; None otherwise, and then it is those who enrol.
    """

    name: str
    given: tuple[Any, ...]
    costs: StrategyCosts | None
    begins: float
    ends: float
    applicants: Array | None = None

    def of_draws(self, first: int, draws: int) -> tuple[Any, ...]:
        """What C++ needs for some of the draws."""
        made: tuple[Any, ...] = effects_of([self.given], first, draws)[0]
        return made


@dataclass(frozen=True, eq=False)
class Tables:
    """A case as numbers: no person, no observation, nothing but what a worker computes with."""

    states: tuple[str, ...]
    transitions: tuple[tuple[str, str], ...]
    death: str
    ended: str
    levels: tuple[int, ...]  # positions with `none` first
    first_age: int
    base_year: int
    persons: Array
    mortality: Array
    stock: Array
    recipe: dict[str, Any]
    coefficients: Array | None
    cost: Array
    price_index: list[float]
    price_shares: Array
    scale: bool
    floor: float
    population_error: PopulationError | None
    prices: PriceError | None
    courses: tuple[Course, ...] = ()
    enrolments_a_year: int = 12
    entry_cuts: tuple[float, ...] = ()
    moving_out: Array | None = None  # chance in single lives alone depends on it

    @property
    def years(self) -> int:
        """Forecast years."""
        return int(self.persons.shape[0]) - 1

    def parts(self) -> list[Any]:
        """What decides the result, for a check sum."""
        return [
            self.states, self.transitions, self.death, self.ended, self.levels, self.first_age,
            self.base_year, self.persons, self.mortality, self.stock, self.recipe, self.cost,
            self.price_index, self.price_shares, self.scale, self.floor,
            repr(self.population_error),
            None if self.prices is None else (str(self.prices), self.prices.paths(3, 2, 1)),
            self.coefficients if self.coefficients is not None else 0,
            [(c.given, repr(c.costs), c.begins, c.ends, repr(c.applicants)) for c in self.courses],
            self.enrolments_a_year, self.entry_cuts,
        ]  # fmt: skip


def tables_of(case: Case, years: int | None, recipe: Recipe, draws: int = 0) -> Tables:
    """The numbers of a case; strategies by draw need their number.

    Raises
    ------
    InvalidInput
        As `project`.
    """
    from kohort.projection.settings import horizon

    population, model = case.population, case.fit.model
    ahead = horizon(years, population)
    if case.closure not in ("strict", "scale"):
        _core.reject(
            "E-SETTING",
            "run_many",
            f"closure={case.closure!r}",
            "it is strict or scale",
            "Take scale if the levels' deaths may exceed the life table's",
        )
    assert model.death is not None or _no_death()
    living = [name for name in model.states if name != model.death]
    states = ["none", *living]
    cuts = entry_cuts(case.fit)
    free = ["none", case.ended]
    cost = np.zeros(len(states))
    if case.costs is not None:
        cost = case.costs.per_state(states, free)
    shares = np.zeros((len(states), 0))
    if case.prices is not None:
        shares = case.prices.shares_of(states, free)
    return Tables(
        states=model.states,
        transitions=model.transitions,
        death=str(model.death),
        ended=case.ended,
        levels=tuple(states.index(level) for level in case.levels),
        first_age=int(population.ages[0]),
        base_year=population.base_year,
        persons=population.persons[: ahead + 1],
        mortality=population.mortality[: ahead + 1],
        stock=start_of(case.stock, cuts, case.enrolments_a_year, population, living),
        recipe=recipe.tables,
        coefficients=recipe.coefficients,
        cost=cost,
        price_index=[]
        if case.price_index is None
        else [float(level) for level in case.price_index],
        price_shares=shares,
        scale=case.closure == "scale",
        floor=case.closure_floor,
        population_error=case.population_error,
        prices=case.prices,
        courses=_courses(case, ahead, draws),
        enrolments_a_year=case.enrolments_a_year,
        entry_cuts=cuts,
        moving_out=population.moving_out,
    )


def _courses(case: Case, ahead: int, draws: int) -> tuple[Course, ...]:
    if not case.strategies:
        return ()
    from kohort.projection.settings import by_age, check_names, level_rates

    check_names(case.strategies)
    model, population = case.fit.model, case.population
    living = [name for name in model.states if name != model.death]
    cuts = entry_cuts(case.fit)
    rates = level_rates(case.fit, case.entries, population.ages, case.ended, cuts=cuts)[0]
    setting = Setting(
        model,
        ("none", *living),
        tuple(case.levels),
        population.ages,
        first_year_rates(rates, cuts),
        by_age(case.entries, population.ages, 0, 1).table(0, 0),
        population.base_year,
        ahead,
        draws,
        0,
    )
    made = []
    for one in case.strategies:
        if case.costs is not None:
            refuse_hours(one, f"run_many, {case.municipality}", "Use kohort.project")
        refuse_delivery(one, f"run_many, {case.municipality}", "Use kohort.project")
        check_price_year(one, case.costs, f"those of {case.municipality} are in")
        _, drawn = lowered(one, setting)
        applicants = one.uptake * open_share(one, ahead) if averts(one) else None
        some = applied_for(one, case.levels)
        if one.costs is not None and applicants is not None and len(some) < len(case.levels):
            _core.reject(
                "E-EFFECT",
                f"run_many, {case.municipality}",
                f"strategy '{one.name}' costs something for each who applies at {', '.join(some)}",
                "new users are counted at all levels together here",
                "Use kohort.project, or leave its costs out",
            )
        made.append(Course(one.name, drawn, one.costs, one.begins, one.enrols_until, applicants))
    return tuple(made)


def _no_death() -> bool:
    _core.reject("E-MODEL", "run_many", "the model has no death", "people die", "Name that state")
    return False


def recipes_of(
    cases: Sequence[Case], draws: int, seeds: Sequence[int], design: str = "random"
) -> list[Recipe]:
    """One for each case; cases with one fit, one set of entries and one range of ages share it."""
    made: dict[tuple[int, ...], Recipe] = {}
    out = []
    for case, seed in zip(cases, seeds, strict=True):
        ages = case.population.ages
        key = (id(case.fit), id(case.entries), int(ages[0]), int(ages.size), seed)
        if key not in made:
            made[key] = recipe_of(case.fit, case.entries, ages, draws=draws, seed=seed)
            refuse_own_draws(made[key], design, f"run_many, {case.municipality}")
        out.append(made[key])
    return out


def seeds_of(cases: Sequence[Case], seed: int) -> list[int]:
    """The seed of each case's coefficients, population and prices."""
    stream_of_town: dict[str, int] = {}
    stream_of_fit: dict[int, int] = {}
    for case in cases:
        if case.municipality in stream_of_town:
            continue
        number = stream_of_fit.setdefault(id(case.fit), len(stream_of_fit))
        stream_of_town[case.municipality] = number
    streams = [
        stream_of_town[case.municipality] if case.stream is None else 1_000_000 + case.stream
        for case in cases
    ]
    return [seed + (stream << 32) for stream in streams]
