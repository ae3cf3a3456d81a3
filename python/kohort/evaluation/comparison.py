"""Strategies against a reference, draw by draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.economics.money import money_of
from kohort.evaluation.null_trial import beside_null, lacks_null
from kohort.projection.drawing_rates import SCRAMBLINGS
from kohort.support import _frames, _html, _text
from kohort.support._language import plain_english
from kohort.uncertainty.few_draws import enough, shown, told

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.projection.projection import Projection

Array = npt.NDArray[Any]

MONEY = ("cost", "hours", "programme", "total")
MEASURES = ("users", "alive", "user_years", "life_years", "new_users", "deaths", *MONEY)
STOCKS = ("users", "alive")  # on 31 December; the others are of each year
_HEADS = {
    "users": "users",
    "alive": "alive",
    "user_years": "years with support",
    "life_years": "life-years",
    "new_users": "new users",
    "deaths": "deaths",
    "cost": "cost of support, {unit}",
    "hours": "fewer hours, {unit}",
    "programme": "programme, {unit}",
    "total": "in all, {unit}",
}


@dataclass(frozen=True, eq=False)
class Difference:
    """One measure under a strategy less the same under the reference.

    Attributes
    ----------
    years
        (T,) of a flow, (T + 1,) of a stock.
    point
        Of the point estimates, by year.
    draws
        (draws, years): the same draw of everything uncertain on both sides.
    repetition
        Draws of each repetition of a design; 0 where they are random.
    """

    measure: str
    strategy: str
    reference: str
    years: Array
    point: Array
    draws: Array
    repetition: int = 0

    @property
    def mean(self) -> Array:
        """Over the draws, by year; the point estimate if there are none."""
        return self.draws.mean(axis=0) if len(self.draws) else self.point

    @property
    def monte_carlo_error(self) -> Array:
        """Standard error of `mean` from the paired draws: how far more draws could move it."""
        return standard_error(self.draws, self.repetition)

    def interval(self, level: float = 0.95) -> Array:
        """(2, years): limits from the draws of the difference itself."""
        if len(self.draws) == 0:
            return np.full((2, self.point.size), np.nan)
        limits: Array = _core.column_quantiles(self.draws, [(1 - level) / 2, (1 + level) / 2])
        return limits

    def total(self) -> Difference:
        """The sum over the years of a flow; the last year of a stock."""
        stock = self.measure in STOCKS

        def whole(values: Array) -> Array:
            found: Array = values[..., -1:] if stock else values.sum(axis=-1, keepdims=True)
            return found

        return Difference(
            self.measure,
            self.strategy,
            self.reference,
            self.years[-1:],
            whole(self.point),
            whole(self.draws),
            self.repetition,
        )

    @property
    def probability_of_fall(self) -> Array:
        """Share of draws in which the measure is lower than under the reference, by year."""
        if len(self.draws) == 0:
            return np.full(self.point.shape, np.nan)
        share: Array = (self.draws < 0).mean(axis=0)
        return share


@dataclass(frozen=True, eq=False)
class Comparison:
    """What strategies change, against a reference in the same draws.

    Money, undiscounted kronor of `price_year` (of each year, if `nominal`): `cost` is that of
    support, as people move; `hours` what effects on hours within a level change in it; `programme`
    what a strategy costs itself (`StrategyCosts`); `total` their sum, which is what
    `evaluate(projection, discount=0)` adds up.

    Attributes
    ----------
    reference, strategies
        Names.
    differences
        (strategy, measure) to `Difference`. Measures: `users` and `alive` on 31 December;
        `user_years`, `life_years`, `new_users`, `deaths`, `cost`, `hours`, `programme` and `total`
        of each year.
    price_year
        Of the costs; None if there are none.
    uncosted
        Strategies whose own cost was not given: their `programme` is 0 and not known.
    nominal
        Whether money is in each year's prices, by an index over those of the price year.
    null_missing
        Whether strategies with effects stand here without the null trial.
    """

    reference: str
    strategies: tuple[str, ...]
    differences: Mapping[tuple[str, str], Difference]
    price_year: int | None
    draws: int
    uncosted: tuple[str, ...] = ()
    nominal: bool = False
    null_missing: bool = False

    def __getitem__(self, key: tuple[str, str]) -> Difference:
        """The difference of one strategy in one measure."""
        if key not in self.differences:
            _core.reject(
                "E-SETTING",
                "Comparison",
                f"{key!r}",
                f"strategies are {', '.join(self.strategies)}, measures "
                f"{', '.join(self._measures())}",
                "Ask for (strategy, measure)",
            )
        return self.differences[key]

    def _measures(self) -> list[str]:
        return [m for m in MEASURES if m not in MONEY or self.price_year is not None]

    def _shown(self) -> list[str]:
        hours = any(
            one.point.any() for (_, what), one in self.differences.items() if what == "hours"
        )
        return [m for m in self._measures() if m != "hours" or hours]

    def to_frame(self, level: float = 0.95, backend: str | None = None) -> Any:
        """Every difference by strategy, measure and year as a data frame."""
        rows: dict[str, list[Any]] = {
            name: []
            for name in (
                "strategy", "measure", "year", "difference", "mean", "monte_carlo_error", "lower",
                "upper", "probability_of_fall",
            )
        }  # fmt: skip
        for (strategy, measure), found in self.differences.items():
            low, high = shown(found.interval(level), len(found.draws), level)
            n = found.years.size
            rows["strategy"] += [strategy] * n
            rows["measure"] += [measure] * n
            rows["year"] += found.years.tolist()
            for name, values in (
                ("difference", found.point),
                ("mean", found.mean),
                ("monte_carlo_error", found.monte_carlo_error),
                ("lower", low),
                ("upper", high),
                ("probability_of_fall", found.probability_of_fall),
            ):
                rows[name] += values.tolist()
        return _frames.to_frame(rows, backend)

    def summary(self, level: float = 0.95, backend: str | None = None) -> Any:
        """The whole horizon: the last 31 December of stocks, sums over the years of flows."""
        rows: dict[str, list[Any]] = {
            name: []
            for name in (
                "strategy", "measure", "difference", "mean", "monte_carlo_error", "lower", "upper",
                "probability_of_fall",
            )
        }  # fmt: skip
        for (strategy, measure), found in self.differences.items():
            whole = found.total()
            low, high = shown(whole.interval(level), len(whole.draws), level)
            for name, value in zip(
                rows,
                (
                    strategy,
                    measure,
                    whole.point[0],
                    whole.mean[0],
                    whole.monte_carlo_error[0],
                    low[0],
                    high[0],
                    whole.probability_of_fall[0],
                ),
                strict=True,
            ):
                rows[name].append(value)
        return _frames.to_frame(rows, backend)

    def plot(self, measure: str = "users", ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """One measure's differences over the years with bands, and a line at no difference."""
        from kohort.plots import strategies as plots_strategies

        return plots_strategies.differences(self, measure, ax, lang=lang)

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        rows = []
        wholes = {key: one.total() for key, one in self.differences.items()}
        money = [float(one.point[0]) for (_, what), one in wholes.items() if what in MONEY]
        unit = plain_english().unit(money)
        for strategy in self.strategies:
            row = [strategy]
            for measure in self._shown():
                whole = wholes[strategy, measure]
                scale, digits = (unit.divisor, unit.digits) if measure in MONEY else (1.0, 1)
                text = f"{whole.point[0] / scale:+,.{digits}f}"
                if measure == "programme" and strategy in self.uncosted:
                    text = "not given"
                elif enough(self.draws):
                    low, high = whole.interval()[:, 0] / scale
                    error = whole.monte_carlo_error[0] / scale
                    text += f" ({low:+,.{digits}f} to {high:+,.{digits}f}; ±{error:.2g})"
                row.append(text)
            rows.append(row)
        heads = (_HEADS[measure].format(unit=unit.word) for measure in self._shown())
        return ["strategy", *heads], rows

    def _caption(self) -> str:
        money = (
            ""
            if self.price_year is None
            else f"; cost in {money_of(self.price_year, self.nominal)}"
        )
        draws = (
            f"95 % limits and Monte Carlo error from {self.draws} paired draws"
            if enough(self.draws)
            else "point estimates"
        )
        return f"Against {self.reference}, whole horizon{money}; {draws}"

    def _verdicts(self) -> list[str]:
        """What happens to money and to lives, both, in words that do not run ahead of the sum."""
        lines = []
        for strategy in self.strategies:
            life = self.differences[strategy, "life_years"].total().point[0]
            size = f"{abs(life):,.{0 if abs(life) >= 10 else 1}f}"
            lives = f"{size} life-years {'more' if life >= 0 else 'fewer'}"
            if self.price_year is None:
                lines.append(f"{strategy}: {lives}.")
                continue
            support = self._change(strategy, "cost", "the cost of support")
            if strategy in self.uncosted:
                lines.append(f"{strategy}: {support}, before the strategy's own cost; {lives}.")
                continue
            whole = self._change(strategy, "total", "the cost of everything")
            lines.append(f"{strategy}: {support}, and with the strategy's own {whole}; {lives}.")
        return lines

    def _change(self, strategy: str, measure: str, what: str) -> str:
        cost = self.differences[strategy, measure].total()
        if cost.point[0] == 0:
            return f"{what} is unchanged"
        change, sure = ("rises" if cost.point[0] > 0 else "falls"), ""
        if self.draws:
            share = cost.probability_of_fall[0]
            share = share if change == "falls" else 1 - share
            sure = f" (so in {100 * share:.0f} % of the draws)"
        unit = plain_english().unit([float(cost.point[0])])
        return f"{what} {change} by {unit.number(abs(float(cost.point[0])))} {unit.word}{sure}"

    def __str__(self) -> str:
        lines = [self._caption(), _text.table(*self._grid()), *self._verdicts()]
        return "\n".join([*lines, *told(self.draws), *self._null()])

    def _null(self) -> list[str]:
        """The null trial, unless it is among the strategies or nothing but it is."""
        return beside_null(self.strategies, self.null_missing)

    def _repr_html_(self) -> str:
        verdicts = "".join(f"<p>{escape(line)}</p>" for line in self._verdicts())
        return _html.block(
            self._caption(),
            parts=[_html.table(*self._grid(), caption="; ".join(told(self.draws))), verdicts],
        )


def compare(projection: Projection, names: Sequence[str], reference: str) -> Comparison:
    """Paired differences of everything that is compared; see `Projection.compare`."""
    base = projection.of(reference)
    wanted = list(names) or [
        name for name in (projection.name, *projection.strategies) if name != reference
    ]
    priced = projection.price_year is not None
    found: dict[tuple[str, str], Difference] = {}
    for name in wanted:
        other = projection.of(name)
        for measure in MEASURES:
            if measure in MONEY and not priced:
                continue
            (point, draws), (base_point, base_draws) = (
                _measured(one, measure) for one in (other, base)
            )
            years = projection.years if measure in STOCKS else projection.years[1:]
            found[name, measure] = Difference(
                measure,
                name,
                reference,
                years,
                point - base_point,
                draws - base_draws,
                repetition_of(projection),
            )
    values = {name: projection.of(name).valued for name in wanted}
    unknown = tuple(
        name for name, value in values.items() if value is not None and not value.costed
    )
    return Comparison(
        reference, tuple(wanted), found, projection.price_year, projection.draws, unknown,
        projection.price_levels is not None,
        lacks_null(value.strategy for value in values.values() if value is not None),
    )  # fmt: skip


def repetition_of(projection: Projection) -> int:
    """Draws of each repetition of a projection's design; 0 where they are random."""
    if projection.design == "random":
        return 0
    return max(projection.all_draws, projection.draws) // SCRAMBLINGS


def standard_error(draws: Array, repetition: int = 0) -> Array:
    """Monte Carlo standard error of the mean of draws, (draws, ...).

    Of a design, from the spread of its repetitions: their draws are not independent.
    """
    values = draws
    if repetition > 0:
        whole = len(draws) // repetition
        values = draws[: whole * repetition].reshape(whole, repetition, *draws.shape[1:])
        values = values.mean(axis=1)
    if len(values) < 2:
        return np.full(draws.shape[1:], np.nan)
    error: Array = np.asarray(values.std(axis=0, ddof=1) / np.sqrt(len(values)))
    return error


def _measured(projection: Projection, measure: str) -> tuple[Array, Array]:
    """(years,) and (draws, years) of one measure."""
    p = projection
    place = [p.states.index(level) for level in p.levels]
    if measure == "users":
        return p.persons[:, place].sum(axis=(1, 2, 3)), p.draws_persons[:, :, place].sum(axis=2)
    if measure == "alive":
        return p.persons.sum(axis=(1, 2, 3)), p.draws_persons.sum(axis=2)
    if measure == "user_years":
        years = p.person_years[:, place].sum(axis=(1, 2, 3))
        return years, p.draws_person_years[:, :, place].sum(axis=2)
    if measure == "life_years":
        return p.person_years.sum(axis=(1, 2, 3)), p.draws_person_years.sum(axis=2)
    if measure == "new_users":
        return p.new_users.sum(axis=1), p.draws_new_users
    if measure == "deaths":
        return p.deaths.sum(axis=1), p.draws_deaths.sum(axis=2)
    support = p.costs["continuous"].sum(axis=1), p.draws_cost
    if measure == "cost":
        return support
    value = p.valued
    nothing = np.zeros(support[0].shape), np.zeros(support[1].shape)
    hours = nothing if value is None else (value.hours, value.hours_draws)
    programme = nothing if value is None else (value.programme, value.programme_draws)
    if measure == "hours":
        return hours
    if measure == "programme":
        return programme
    return (
        support[0] + hours[0] + programme[0],
        support[1] + hours[1] + programme[1],
    )
