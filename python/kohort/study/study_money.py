"""A study's amounts in the money that it asks for: its table `[money]`, put to use."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort.economics.costs import Costs
from kohort.economics.price_index import PriceIndex, discounting
from kohort.economics.prices import Prices
from kohort.evaluation.budgets import Budget, budget
from kohort.projection.demands import Demand
from kohort.study import study_sources
from kohort.study.money_file import MoneySettings
from kohort.study.sources_file import FORECAST
from kohort.uncertainty.assumed import PriceError

if TYPE_CHECKING:
    from kohort.economics.price_index import Conversion
    from kohort.evaluation.budget_impact import BudgetImpact
    from kohort.population.population import Population
    from kohort.projection.projection import Projection
    from kohort.study.settings import Study
    from kohort.support._language import Language

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class StudyMoney:
    """The money of a study.

    Attributes
    ----------
    costs
        By level, in money of its price year: that of the costs, or `money.index_year`.
    factor
        From prices of `costs.price_year` in the study.
    index
        Of nominal amounts.
    price_index
        (years + 1,) levels over the price year's for nominal amounts, else None.
    conversion
        Into the prices of `money.index_year`, or of the last year, if there is an index.
    prices
        Of services, if the study has them.
    error
        Of prices, if the study states one.
    settings
        The table.
    """

    costs: Costs
    factor: float
    index: PriceIndex | None
    price_index: tuple[float, ...] | None
    conversion: Conversion | None
    prices: Prices | None
    error: PriceError | None
    settings: MoneySettings

    @property
    def price_year(self) -> int:
        """Whose prices real amounts are in, and those of one unit."""
        return self.costs.price_year

    def budget(self, demand: Demand, prices: Prices) -> Budget:
        """What a demand costs at these prices, nominal if the study's amounts are."""
        lag = self.settings.index.lag if self.settings.index else 0
        ahead = self.index if self.price_index is not None else None
        return budget(demand, prices, index=ahead, lag=lag)

    def present_value(self, projection: Projection) -> PresentWorth | None:
        """All years' cost discounted to the beginning of the first; None without a discount."""
        if self.settings.discount == 0:
            return None
        yearly = projection.costs[projection.accounting].sum(axis=1)
        weight = discounting(len(yearly), self.settings.discount, self.settings.dated)
        drawn = projection.draws_cost @ weight
        low, high = np.quantile(drawn, [0.025, 0.975]) if drawn.size else (np.nan, np.nan)
        return PresentWorth(
            float(yearly @ weight), float(low), float(high), float(yearly.sum()),
            self.settings.discount, self.settings.rate, self.settings.dated,
        )  # fmt: skip

    def by_payer(self, impact: BudgetImpact) -> Array:
        """(payers,): what all years change by, discounted if `discounts_budgets`."""
        given = self.settings
        if not self.discounts_budgets:
            return np.asarray(impact.real_by_payer.sum(axis=0))
        weight = discounting(len(impact.years), given.discount, given.dated)
        return np.asarray(weight @ impact.real_by_payer)

    @property
    def discounts_budgets(self) -> bool:
        """Whether budgets, which are real, are discounted: by a real rate."""
        return self.settings.discount != 0 and self.settings.rate == "real"

    def mixed_rate(self) -> bool:
        """Whether a real rate meets nominal amounts, or the reverse."""
        return self.settings.discount != 0 and self.settings.rate != self.settings.amounts

    def notes(self, words: Language) -> list[str]:
        """What a reader must know of the money: index, uncertainty, discounting."""
        said = []
        if self.conversion is not None:
            said.append(index_said(self.conversion, words, nominal=self.price_index is not None))
        if self.settings.real_growth:
            growth = words.percent(self.settings.real_growth, 1, signed=True)
            said.append(words.text("amounts.real_growth", growth=growth))
        if self.settings.uncertain:
            parts = [
                words.text("amounts.part", name=name, share=words.percent(p.share),
                           sd=words.percent(p.sd, 1))
                for name, p in self.settings.uncertain.items()
            ]  # fmt: skip
            said.append(words.text("amounts.uncertain", list="; ".join(parts)))
        if self.mixed_rate():
            said.append(words.text(f"amounts.mixed_{self.settings.rate}"))
        return said

    def discounted(self, words: Language) -> str:
        """How amounts are discounted, in words."""
        given = self.settings
        if given.discount == 0:
            return words.text("cost.undiscounted")
        return words.text(
            "amounts.discounted", rate=words.percent(given.discount, 1),
            kind=words.text(f"amounts.rate_{given.rate}"),
            dated=words.text(f"amounts.{given.dated}"),
        )  # fmt: skip


def index_said(made: Conversion, words: Language, *, nominal: bool) -> str:
    """Which index, edition and years, and what it makes of a krona."""
    said = [
        words.text(
            "amounts.index_nominal" if nominal else "amounts.index_real", name=made.index,
            edition=made.edition, first=made.from_year, last=made.to_year,
            percent=words.percent(made.factor - 1, 1, signed=True),
        )
    ]  # fmt: skip
    if made.lag:
        said.append(words.text("amounts.lag", years=made.lag))
    if made.forecast_years:
        said.append(words.text("amounts.forecast", years=_runs(made.forecast_years)))
    return " ".join(said)


def _runs(years: Sequence[int]) -> str:
    """Years in a row as first and last."""
    groups: list[list[int]] = []
    for year in sorted(years):
        if groups and year == groups[-1][-1] + 1:
            groups[-1].append(year)
        else:
            groups.append([year])
    dash = "\N{EN DASH}"
    return ", ".join(f"{g[0]}{dash}{g[-1]}" if len(g) > 1 else str(g[0]) for g in groups)


@dataclass(frozen=True)
class PresentWorth:
    """The cost of all years, discounted and not; the limits are of draws."""

    value: float
    low: float
    high: float
    undiscounted: float
    discount: float
    rate: str
    dated: str

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "value": self.value, "low_95": self.low, "high_95": self.high,
            "undiscounted": self.undiscounted, "discount": self.discount, "rate": self.rate,
            "dated": self.dated,
        }  # fmt: skip


def study_money(study: Study) -> StudyMoney:
    """A study's costs and prices in the money that its table `[money]` asks for."""
    given = study.money or MoneySettings()
    year = study.costs.price_year
    index = None if given.index is None else given.index.index()
    conversion, levels, factor = None, None, 1.0
    if index is not None and given.index is not None:
        lag = given.index.lag
        if given.amounts == "nominal":
            index = _growing(index, given.real_growth, study.base_year - lag)
            ahead = range(study.base_year, study.base_year + study.years + 1)
            levels = tuple(index.levels(year, list(ahead), lag=lag))
            conversion = index.convert(year, ahead[-1], lag=lag)
        else:
            conversion = index.convert(year, int(given.index_year or year), lag=lag)
            factor = conversion.factor
    shown = year if levels is not None or conversion is None else conversion.to_year
    by_level = {level: factor * cost for level, cost in study.costs.by_level.items()}
    prices = None if study.prices is None else study.prices.prices(shown, factor)
    return StudyMoney(
        Costs(by_level, shown), factor, index, levels, conversion, prices, given.price_error(),
        given,
    )  # fmt: skip


def _growing(index: PriceIndex, growth: float, after: int) -> PriceIndex:
    """The index with a growth a year beyond it in each year after `after`."""
    if growth == 0:
        return index
    percent = {
        year: 100 * ((1 + change / 100) * (1 + growth) - 1) if year > after else change
        for year, change in index.percent.items()
    }
    return PriceIndex(index.name, index.edition, percent, forecast=index.forecast)


def population_paths(
    study: Study, population: Population, draws: int, times: float = 1.0
) -> Array | None:
    """Factors on the forecast of people in each draw, as `kohort.project` takes them.

    `times` makes the stated error, or the variants' distance, larger or smaller.
    """
    variants = study_sources.variants(study, population)
    if variants is not None:
        return times * variants.paths(draws, study.seed)
    given = study.population.error
    if given is None or given.sigma == 0:
        return None
    stated = dataclasses.replace(given, sigma=times * given.sigma)
    return stated.error().paths(study.years, len(population.ages), draws, study.seed)


def with_price_error(projection: Projection, error: PriceError | None) -> Projection:
    """The projection with uncertain prices in the draws of every amount, of its strategies too.

    Prices are the same for all courses in a draw. Their expected level is that of the point
    estimate, which stays.

    Parameters
    ----------
    projection
        With draws of cost.
    error
        Components with one set of shares for all states; None changes nothing.
    """
    if error is None or not projection.draws:
        return projection
    paths = error.paths(len(projection.years) - 1, projection.draws, projection.seed)
    shares = error.shares_of([""], [])[0]
    level: Array = paths[:, 1:] @ shares

    def priced(one: Projection) -> Projection:
        spent = one.draws_cost * level
        spent.flags.writeable = False
        value = one.valued
        if value is not None:
            value = dataclasses.replace(
                value, programme_draws=value.programme_draws * level,
                hours_draws=value.hours_draws * level,
            )  # fmt: skip
        return dataclasses.replace(one, draws_cost=spent, valued=value, _counted=None)

    courses = {name: priced(one) for name, one in projection._courses.items()}
    return dataclasses.replace(priced(projection), _courses=courses)


def population_error_said(study: Study, words: Language) -> str:
    """How wrong the forecast of people may be, with its size; "" if it is taken as known."""
    if study.population.variants:
        shares = study.population.weights()
        own = words.percent(shares.pop(FORECAST))
        listed = [f"{name} ({words.percent(share)})" for name, share in shares.items()]
        return words.text("amounts.population_variants", own=own, list=", ".join(listed))
    given = study.population.error
    if given is None or given.sigma == 0:
        return ""
    last = given.sigma * study.years**given.power
    return words.text(
        "amounts.population_error", first=words.percent(given.sigma, 2),
        grows=words.text("amounts.walk" if given.power == 0.5 else "amounts.rate"),
        years=study.years, last=words.percent(last, 1), ages=words.number(given.age_scale),
    )  # fmt: skip
