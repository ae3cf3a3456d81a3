"""What the checks share: a study's data and fit, and its projection with something changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.data.decisions import Decisions
from kohort.economics.costs import Costs
from kohort.estimation.fitted_model import FittedModel
from kohort.model.rates import PublishedRates
from kohort.model.structure import Model
from kohort.population.entries import Entries, fit_entries
from kohort.population.entry_clock import entry_cuts, long_since, start_of
from kohort.population.population import Population
from kohort.projection.phased import Phased, phases_of
from kohort.projection.projecting import project
from kohort.projection.projection import Projection
from kohort.simulation._lives import single_ages
from kohort.study import register_study, study_model, study_sources
from kohort.study.few_moves import refuse_unconverged, told_if_few
from kohort.study.settings import Study
from kohort.study.study_money import StudyMoney, population_paths, study_money

Array = npt.NDArray[Any]

DRAWS = 200
AGE = 80


@dataclass(frozen=True, eq=False)
class GivenEntries:
    """Rates of coming in as a table (2, ages, levels), without trend or uncertainty."""

    table: Array
    reference_year: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def _rates(self, ages: Array, draws: int, seed: int) -> Any:
        total = self.table.sum(axis=2)
        with np.errstate(divide="ignore", invalid="ignore"):
            mix = np.where(total[..., None] > 0, self.table / total[..., None], 0)
        mix[..., 0] = np.maximum(mix[..., 0] + 1 - mix.sum(axis=2), 0)  # rounding may fall below 0
        return _core.entry_table(total, np.ascontiguousarray(mix), self.table.shape[2])


class Cases:
    """A study, read and fitted once."""

    def __init__(self, study: Study) -> None:
        self.study = study

    @cached_property
    def _fitted(self) -> tuple[Decisions, FittedModel]:
        made = study_model.fitted(self.study)
        refuse_unconverged(made[1], made[0])
        register_study.check_forecast(made[0])
        return made

    @property
    def decisions(self) -> Decisions:
        """The study's records."""
        return self._fitted[0]

    @property
    def fit(self) -> FittedModel:
        """The study's fit."""
        return self._fitted[1]

    @property
    def model(self) -> Model:
        """The study's model."""
        return self.fit.model

    @cached_property
    def population(self) -> Population:
        """The study's population forecast."""
        return Population.from_wpp(
            study_sources.counted_population(self.study),
            base_year=self.study.base_year,
            years=self.study.years,
        )

    @cached_property
    def entries(self) -> Entries:
        """The study's incidence and entry mix."""
        given = self.study.entries
        return fit_entries(
            self.decisions,
            self.population,
            first_year=given.first_year,
            last_year=given.last_year,
            trend=given.trend,
            mix_trend=given.mix_trend,
            damping=given.damping,
        )

    @cached_property
    def living(self) -> list[str]:
        """Living states of the model."""
        return [name for name in self.model.states if name != self.model.death]

    @cached_property
    def levels(self) -> list[str]:
        """Levels of support."""
        return [name for name in self.living if name != "ended"]

    @cached_property
    def stock(self) -> Array:
        """(2, ages, living states) persons at the base date."""
        counts = self.decisions.stock(dt.date(self.study.base_year, 12, 31))
        ages = [int(age) for age in self.population.ages]
        seen = self.fit.model if self.phases is None else self.phases.seen
        living = [name for name in seen.states if name != seen.death]
        found: Array = np.array(counts.array([self.study.base_year], ages, living)[0], float)
        if self.phases is not None:
            found, _ = self.phases.split(
                found, self.population, self.rates[None], self._entering, "ended"
            )
        return found

    @cached_property
    def phases(self) -> Phased | None:
        """Of a fit whose states are split: then the model of these checks is the finer one."""
        return phases_of(self.fit, "ended")

    @cached_property
    def _entering(self) -> Any:
        table = single_ages(self.entries, self.population.ages)
        return table if self.phases is None else self.phases.entries(table)

    @cached_property
    def stock_of_fit(self) -> Array:
        """The same as a projection of the fit takes it: by time since entry, if rates depend on
        it."""
        date = dt.date(self.study.base_year, 12, 31)
        counts = study_model.stock_at(self.decisions, date, self.fit)
        seen = self.fit.model if self.phases is None else self.phases.seen
        living = [name for name in seen.states if name != seen.death]
        return start_of(counts, entry_cuts(self.fit), 12, self.population, living)

    @cached_property
    def rates(self) -> Array:
        """(2, ages, transitions) of the point estimate; long after entry, if they depend on it."""
        found: Array = self.fit.rates(self.population.ages, (1, 0), **long_since(self.fit))[0]
        return found

    @cached_property
    def entry_rates(self) -> Array:
        """(2, ages, levels) rates of coming in, of the base year."""
        table: Array = self._entering.table(0, 0)
        return np.array(table)

    @cached_property
    def costs(self) -> Costs:
        """The study's costs, of the model's states."""
        given = self.money.costs
        by_level = given.by_level
        if self.phases is not None:
            by_level = {
                fine: value
                for name, value in by_level.items()
                for fine in self.phases.names([name])
            }
        return Costs(by_level, given.price_year)

    @cached_property
    def money(self) -> StudyMoney:
        """The money of the study."""
        return study_money(self.study)

    def seen_costs(self, costs: Costs | None) -> Costs | None:
        """The same of the states as they are seen, phases together: as a projection of the fit
        takes them."""
        if self.phases is None or costs is None or self.fit.hidden is None:
            return costs
        seen = [self.phases.seen.states[i] for i in self.fit.hidden.fine()[1]]
        of = dict(zip(self.model.states, seen, strict=True))
        by_level = {of.get(name, name): value for name, value in costs.by_level.items()}
        return Costs(by_level, costs.price_year)

    def persons(self) -> tuple[Any, Any, Array]:
        """Rates, entries and stock for persons one by one: with phases from tables, each phase a
        state."""
        if self.phases is None:
            return self.fit, self.entries, self.stock_of_fit
        first = int(self.population.ages[0])
        rates = PublishedRates(self.model, self.rates, first_age=first)
        return rates, GivenEntries(self.entry_rates), self.stock

    @cached_property
    def Q(self) -> Array:
        """Intensities of a woman at 80."""
        return self.q(self.rates[1, AGE - int(self.population.ages[0])])

    def q(self, rates: Array) -> Array:
        """An intensity matrix of these rates."""
        return np.array(self.model.intensities(rates))

    @cached_property
    def start(self) -> Array:
        """Shares of the states at entry, as observed."""
        mix = self.entry_rates.sum(axis=(0, 1))
        shares = np.zeros(self.model.size)
        shares[[self.model.state(level) for level in self.levels]] = mix / mix.sum()
        return shares

    @cached_property
    def unit(self) -> Array:
        """Cost per year in each state of the model."""
        return np.array(self.costs.per_state(list(self.model.states), ["ended", "dead"]))

    @property
    def dead(self) -> int:
        """Number of the state of the dead."""
        return self.model.state(str(self.model.death))

    def projection(self, **changes: Any) -> Projection:
        """The study's projection, point estimate unless draws are asked for."""
        settings: dict[str, Any] = {
            "fit": self.fit,
            "population": self.population,
            "entries": self.entries,
            "stock": self.stock_of_fit,
            "years": self.study.years,
            "costs": self.costs,
            "draws": 0,
            "seed": self.study.seed,
            "closure": self.study.population.closure,
        }
        settings |= changes
        if isinstance(settings["fit"], FittedModel):
            settings["costs"] = self.seen_costs(settings["costs"])
        first = [settings.pop(name) for name in ("fit", "population", "entries")]
        with told_if_few(self.fit, self.decisions, self.population.ages):
            return project(*first, **settings)

    def plain(self, **changes: Any) -> Projection:
        """The same from tables: rates and entries of the base year, without trends."""
        table = changes.pop("rates", self.rates)
        entering = changes.pop("entering", self.entry_rates)
        first = int(self.population.ages[0])
        changes.setdefault("stock", self.stock)
        return self.projection(
            fit=changes.pop("fit", PublishedRates(self.model, table, first_age=first)),
            entries=changes.pop("entries", GivenEntries(entering)),
            **changes,
        )

    @cached_property
    def base(self) -> Projection:
        """With `DRAWS` draws."""
        return self.projection(draws=DRAWS)

    def people(self, draws: int, error: float = 1.0) -> Array | None:
        """The stated error of the forecast of people, times a factor, in each draw."""
        return population_paths(self.study, self.population, draws, error)

    @cached_property
    def plain_base(self) -> Projection:
        """From tables, point estimate."""
        return self.plain()


def numbers(made: Projection) -> Array:
    """Everything a projection says, in one row."""
    parts = [
        made.persons, made.person_years, made.new_users, made.deaths, made.migration, made.reached,
        made.moved, *made.costs.values(), made.draws_persons, made.draws_person_years,
        made.draws_new_users, made.draws_cost, made.constant_share.persons,
        made.constant_share.cost,
    ]  # fmt: skip
    return np.concatenate([np.ravel(part) for part in parts])


def same_bytes(one: Projection, other: Projection) -> float:
    """How many numbers differ in any bit."""
    a, b = numbers(one), numbers(other)
    return float(np.sum(a.view(np.int64) != b.view(np.int64))) if len(a) == len(b) else np.inf


def furthest(one: Any, other: Any) -> float:
    """Largest difference, relative to the largest number."""
    a, b = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    scale = max(float(np.abs(b).max(initial=0)), 1e-300)
    return float(np.abs(a - b).max(initial=0)) / scale
