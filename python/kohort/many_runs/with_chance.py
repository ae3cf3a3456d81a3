"""Chance in single lives added to a projection's draws, with its exact moments."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.many_runs.cases import Case, tables_of
from kohort.model.rates import Rates
from kohort.model.structure import Model
from kohort.population.entries import Entries
from kohort.population.population import Population
from kohort.projection.drawing_rates import numbers_of, recipe_of
from kohort.projection.phased import Phased, phases_of

if TYPE_CHECKING:
    from kohort.data.counts import Counts
    from kohort.projection.demand_rates import DemandRates
    from kohort.projection.demands import Demand
    from kohort.projection.projection import Projection

Array = npt.NDArray[Any]

ENDED = "ended"  # the state after support, as `kohort.project` names it by default
CHANCE_DRAWS = 24  # the variance by chance hardly differs between draws


def chance_of(
    tables: Any, core: Any, numbers: Any, weight: Any, price_index: Any, dispersion: float,
    threads: int, seen_of: Sequence[int] = (),
) -> dict[str, Array]:  # fmt: skip
    """Exact moments of chance in single lives, draw by draw: `persons` and `cost`.

    Parameters
    ----------
    tables
        From `kohort.many_runs.cases.tables_of`.
    core, numbers
        How rates are drawn, and the numbers of the draws.
    weight, price_index
        Cost of a person-year by state, `none` first, and its index by year; may be empty.
    dispersion
        Variance of a year's newcomers over their mean, at least 1.
    threads
        As `kohort.project` takes them.
    seen_of
        Where living states have phases: which state each is seen as.
    """
    made: dict[str, Array] = _core.chance_of_draws(
        Model(tables.states, tables.transitions, tables.death)._core, tables.ended,
        tables.first_age, tables.base_year, tables.persons, tables.mortality, tables.stock, core,
        numbers, weight, price_index, dispersion, tables.scale, tables.floor,
        list(tables.entry_cuts), tables.enrolments_a_year,
        list(seen_of), np.zeros(0) if tables.moving_out is None else tables.moving_out, threads,
    )  # fmt: skip
    return made


@dataclass(frozen=True, eq=False)
class LivesByChance:
    """How much numbers vary by chance in single lives, the rates being given.

    Persons are independent of each other, and a year's entries have their dispersion. Where net
    migration is out, everybody moves away by chance, and where it is in, people come by Poisson
    processes; that more do both is counted where the population knows it (`Population.moving_out`).

    Attributes
    ----------
    states
        Living states without `none`, phases of a state together.
    persons
        (T + 1, states, states): covariance of the numbers on 31 December.
    dispersion
        Variance of a year's newcomers over their mean, at least 1.
    """

    states: tuple[str, ...]
    persons: Array
    dispersion: float
    _tables: Any
    _phases: Phased | None
    _recipe: Any
    _numbers: Any
    _threads: int

    @classmethod
    def of(
        cls, fit: Rates, population: Population, entries: Entries, stock: Counts | Array, *,
        years: int, closure: str = "strict", seed: int = 1, threads: int = 0,
    ) -> LivesByChance:  # fmt: skip
        """For the projection that `kohort.project` makes of the same."""
        recipe = recipe_of(fit, entries, population.ages, draws=CHANCE_DRAWS, seed=seed)
        phases = phases_of(fit, ENDED)
        model = fit.model
        if phases is not None:
            model = phases.seen
            stock = phases.settled(stock, fit, population, entries)[1]
            recipe = recipe.at_first_phases(phases.first_phases)
        case = Case("here", fit, population, entries, stock, closure=closure, ended=ENDED)
        states = tuple(name for name in model.states if name != model.death)
        made = cls(
            states, np.zeros(0), max(1.0, entries.dispersion), tables_of(case, years, recipe),
            phases, recipe, numbers_of(recipe, 0, CHANCE_DRAWS, seed), threads,
        )  # fmt: skip
        persons = made._found(np.zeros(len(states) + 1))["persons"].mean(axis=0)
        return dataclasses.replace(made, persons=persons)

    def variance_of_years(self, weight: Array, price_index: Array | None = None) -> Array:
        """(T,): variance of a year's sum of person-years times a weight by state, `none` first."""
        found = self._found(np.asarray(weight, dtype=float), price_index)["cost"]
        return np.asarray(found.mean(axis=0))

    def covariance_of_years(self, places: Sequence[int]) -> Array:
        """(T, levels, levels): covariance of a year's person-years in the states at `places`."""
        unit = np.eye(len(self.states) + 1)[list(places)]
        alone = [self.variance_of_years(one) for one in unit]
        made = np.empty((len(alone[0]), len(alone), len(alone)))
        for i, own in enumerate(alone):
            made[:, i, i] = own
            for j in range(i):
                both = self.variance_of_years(unit[i] + unit[j])
                made[:, i, j] = made[:, j, i] = (both - own - alone[j]) / 2
        return made

    def _found(self, weight: Array, price_index: Array | None = None) -> dict[str, Array]:
        one = self._tables
        seen_of: list[int] = []
        if self._phases is not None:
            seen_of, weight = self._phases.seen_of, weight[list(self._phases.groups)]
        index = [] if price_index is None else list(map(float, price_index))
        return chance_of(
            one, self._recipe.core(), self._numbers, weight, index, self.dispersion,
            self._threads, seen_of,
        )  # fmt: skip

    def noise(self, draws: int, columns: int, seed: int, stream: int) -> Array:
        """(draws, columns) standard normals, others for each stream."""
        found: Array = _core.chance_normals(draws, columns, (seed + (stream << 40)) % 2**63)
        return found


def with_chance(
    projection: Projection, lives: LivesByChance, cost: Array, price_index: Array | None = None
) -> Projection:
    """The same projection with chance in its draws of persons by state, new users and cost.

    Normal noise with the exact covariance is added to each draw, so that quantiles of the draws
    are limits of what may be counted one day. Years are drawn apart from each other: a draw is no
    course of events over the years. Draws by sex and age group and of person-years have none.

    Parameters
    ----------
    projection
        From `kohort.project`.
    lives
        Of the same rates, population, entries and stock.
    cost
        (states,): per person-year, `none` first.
    price_index
        As `kohort.project` had it.
    """
    n = projection.draws
    if n == 0:
        return projection
    years, size = len(projection.years), len(lives.states)
    roots = np.array([_root(lives.persons[y]) for y in range(years)])
    normals = lives.noise(n, years * size, projection.seed, 1).reshape(n, years, size)
    lived = np.einsum("yab,nyb->nya", roots, normals)
    persons = projection.draws_persons + np.concatenate(
        [-lived.sum(axis=2, keepdims=True), lived], axis=2
    )
    came = projection.draws_new_users
    new = came + np.sqrt(lives.dispersion * np.maximum(came, 0)) * lives.noise(
        n, years - 1, projection.seed, 2
    )
    spread = np.sqrt(lives.variance_of_years(cost, price_index))
    spent = projection.draws_cost + spread * lives.noise(n, years - 1, projection.seed, 3)
    arrays = {"draws_persons": persons, "draws_new_users": new, "draws_cost": spent}
    for name, values in arrays.items():
        arrays[name] = np.maximum(values, 0.0)
        arrays[name].flags.writeable = False
    return dataclasses.replace(projection, **arrays, chance=True, _counted=None)


def _root(covariance: Array) -> Array:
    """The symmetric matrix whose square is the covariance, which may be singular."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    found: Array = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return found


def shares_of_variance(
    projection: Projection, lives: LivesByChance, cost: Array, price_index: Array | None = None
) -> dict[str, Array]:
    """How much of each variance the estimates and chance stand for, by measure and year.

    Columns measure (a level, users, new_users, cost), year, sd, parameters and chance, the last
    two as shares that add up to 1.

    Parameters
    ----------
    projection
        From `kohort.project`, without chance.
    lives, cost, price_index
        As for `with_chance`.
    """
    states = list(lives.states)
    levels = list(projection.levels)
    drawn, by_chance = {}, {}
    for name in (*levels, "users"):
        counted = np.array([s == name or (name == "users" and s in levels) for s in states], float)
        drawn[name] = projection.draws_persons[:, 1:, 1:] @ counted
        by_chance[name] = np.einsum("a,yab,b->y", counted, lives.persons[1:], counted)
    drawn["new_users"], drawn["cost"] = projection.draws_new_users, projection.draws_cost
    by_chance["new_users"] = lives.dispersion * projection.draws_new_users.mean(axis=0)
    by_chance["cost"] = lives.variance_of_years(cost, price_index)
    years = projection.years[1:]
    out: dict[str, list[Any]] = {
        "measure": [], "year": [], "sd": [], "parameters": [], "chance": []
    }  # fmt: skip
    for name, values in drawn.items():
        own = np.var(values, axis=0, ddof=1)
        total = own + by_chance[name]
        share = np.divide(own, total, out=np.zeros_like(own), where=total > 0)
        out["measure"].append(np.full(len(years), name))
        out["year"].append(years)
        out["sd"].append(np.sqrt(total))
        out["parameters"].append(share)
        out["chance"].append(np.where(total > 0, 1 - share, 0.0))
    return {name: np.concatenate(parts) for name, parts in out.items()}


def demand_with_chance(demand: Demand, projection: Projection, lives: LivesByChance) -> Demand:
    """The same demand with chance in its draws.

    Hours, residents, places and posts are sums of the same person-years by level, whose covariance
    is exact: within a draw performed hours are their share of those granted, and places follow the
    residents. That of the turnover of places is left out. Moves have no formula, and so no limits.

    Parameters
    ----------
    demand
        From `kohort.demand`, of the projection without chance.
    projection
        With chance.
    lives
        Its law.
    """
    weights = weights_of(demand.rates, demand.levels)
    place = [projection.states.index(level) for level in demand.levels]
    covariance = lives.covariance_of_years(place)
    normals = lives.noise(projection.draws, covariance[..., 0].size, projection.seed, 4)
    roots = np.array([_root(of_year) for of_year in covariance])
    lived = np.einsum("yab,nyb->nya", roots, normals.reshape(-1, *covariance.shape[:2]))
    drawn: dict[str, Array] = {}
    for name, values in demand.draws.items():
        if name == "persons":
            drawn[name] = projection.draws_persons[:, 1:, place].sum(axis=2)
        elif name == "new_users":
            drawn[name] = projection.draws_new_users
        elif name in weights:
            drawn[name] = np.maximum(values + lived @ weights[name], 0.0)
    for values in drawn.values():
        values.flags.writeable = False
    return dataclasses.replace(demand, draws=drawn)


def weights_of(rates: DemandRates, levels: tuple[str, ...]) -> dict[str, Array]:
    """Measure to (levels,): what a person-year at each level adds to it."""
    given = rates.by_level(levels)
    found: dict[str, Array] = _core.demand(
        given["hours"], given["performed"], given["in_homes"], given["heavy"],
        given["heavy_hours"], 0.0, float(rates.occupancy), float(rates.hours_per_post),
        float(rates.posts_per_place), np.eye(len(levels))[None], np.zeros((1, len(levels))),
    )  # fmt: skip
    return {name: values[0] for name, values in found.items()}
