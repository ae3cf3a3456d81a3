"""From demand to a budget: lines, payers, prices of each year, and why it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.economics.price_index import PriceIndex, discounting
from kohort.economics.prices import LINES, Prices
from kohort.evaluation.fees import by_who_pays, users_fees
from kohort.projection.demands import Demand
from kohort.support import _frames, _html, _text
from kohort.support._language import plain_english
from kohort.support._refusal import refuse

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[Any]

PARTS = ("volume", "mix", "service", "wage", "price")
USERS = "users"


@dataclass(frozen=True)
class PresentValue:
    """Yearly amounts discounted to the beginning of the first year."""

    value: float
    discount: float
    prices: str
    dated: str
    findings: tuple[str, ...] = ()

    def __str__(self) -> str:
        head = (
            f"{self.value:,.0f} ({self.prices} prices, discounted at {100 * self.discount:g} % "
            f"from the {self.dated} of each year)"
        )
        return "\n".join([head, *self.findings])


@dataclass(frozen=True, eq=False)
class Budget:
    """A budget by year, line and payer, in fixed and in each year's prices. It never changes.

    Attributes
    ----------
    years
        (T,).
    lines
        Names, see `kohort.economics.prices.LINES`.
    price_year
        Of `real`.
    real
        (T, lines) in prices of `price_year`.
    nominal
        (T, lines) in each year's prices, or None without an index.
    real_draws
        (draws, T) all lines together.
    payers
        Names, the users last.
    real_by_payer, nominal_by_payer
        (T, payers, lines).
    change
        Part (volume, mix, service, wage, price) to (T - 1,): what each year's change in nominal
        cost (real without an index) consists of. Other prices are in `price`.
    index
        In words, or "".
    findings
        What a reader should know.
    """

    years: Array
    lines: tuple[str, ...]
    price_year: int
    real: Array
    nominal: Array | None
    real_draws: Array
    payers: tuple[str, ...]
    real_by_payer: Array
    nominal_by_payer: Array | None
    change: Mapping[str, Array]
    index: str
    findings: tuple[str, ...]
    _years: tuple[Any, ...] = field(default=(), repr=False)

    def intervals(self, level: float = 0.95) -> Array:
        """Limits of the yearly total in fixed prices, (2 [lower, upper], T)."""
        if not len(self.real_draws) or not 0 < level < 1:
            refuse(
                "E-SETTING", "intervals", f"{len(self.real_draws)} draws, level={level}",
                "there are draws, and the level lies between 0 and 1", "Project with draws",
            )  # fmt: skip
        limits: Array = _core.column_quantiles(self.real_draws, [(1 - level) / 2, (1 + level) / 2])
        return limits

    def ore(self, prices: str = "nominal") -> npt.NDArray[np.int64]:
        """Whole öre, (T, payers, lines), that add up to the rounded total.

        The total is rounded first, then the years, the payers within each year, and the lines
        within each payer; each sum moves by less than one öre.
        """
        table = self._table(prices, self.real_by_payer, self.nominal_by_payer)
        shape = list(table.shape)
        flat = _core.round_hierarchy(np.ascontiguousarray(table), shape)
        return np.array(flat, dtype=np.int64).reshape(shape)

    def present_value(
        self,
        discount: float,
        *,
        rate: str,
        prices: str = "real",
        dated: str = "middle",
    ) -> PresentValue:
        """All years discounted to the beginning of the first.

        Parameters
        ----------
        discount
            Rate a year.
        rate
            "real" or "nominal": which kind of rate it is.
        prices
            "real" or "nominal" amounts. A real rate on nominal amounts, or the reverse, is computed
            and reported (`W-DISCOUNT-NOMINAL`).
        dated
            When a year's amount falls: "start", "middle" or "end".

        Raises
        ------
        InvalidInput
            `E-SETTING`, `E-DISCOUNT`, `E-INDEX-MISSING`: nominal amounts without an index.
        """
        if rate not in ("real", "nominal") or dated not in ("start", "middle", "end"):
            refuse(
                "E-SETTING", "present_value", f"rate={rate!r}, dated={dated!r}",
                "a rate is real or nominal, and amounts fall at the start, middle or end",
                "Say which kind of rate it is",
            )  # fmt: skip
        yearly = self._table(prices, self.real, self.nominal).sum(axis=1)
        worth = float(yearly @ discounting(len(yearly), discount, dated))
        findings: tuple[str, ...] = ()
        if rate != prices:
            findings = (
                f"W-DISCOUNT-NOMINAL: a {rate} rate on {prices} amounts: use kohort.nominal_rate, "
                "or the other amounts",
            )
        return PresentValue(worth, float(discount), prices, dated, findings)

    def to_frame(self, backend: str | None = None) -> Any:
        """One row for each year, payer and line, in both kinds of prices."""
        T, P, J = self.real_by_payer.shape
        columns: dict[str, Any] = {
            "year": np.repeat(self.years, P * J),
            "payer": np.tile(np.repeat(np.array(self.payers), J), T),
            "line": np.tile(np.array(self.lines), T * P),
            "real": self.real_by_payer.ravel(),
        }
        if self.nominal_by_payer is not None:
            columns["nominal"] = self.nominal_by_payer.ravel()
        return _frames.to_frame(columns, backend)

    def plot(self, what: str = "lines", ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """Yearly cost by "lines", or its "change" by part."""
        from kohort.plots import demand as plots_demand

        if what not in ("lines", "change"):
            refuse(
                "E-SETTING", "plot", f"what={what!r}", "the pictures are lines and change",
                "Ask for one of them",
            )  # fmt: skip
        draw = plots_demand.budget if what == "lines" else plots_demand.change
        return draw(self, ax, lang=lang)

    def _table(self, prices: str, real: Array, nominal: Array | None) -> Array:
        if prices not in ("real", "nominal"):
            refuse(
                "E-SETTING", "budget", f"prices={prices!r}", "amounts are real or nominal",
                "Choose one",
            )  # fmt: skip
        if prices == "real":
            return real
        if nominal is None:
            refuse(
                "E-INDEX-MISSING", "budget", "no index", "amounts of each year's prices need one",
                "Pass index=, or wages= and others=, to budget",
            )  # fmt: skip
        return nominal

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        used = [j for j in range(len(self.lines)) if np.any(self.real[:, j])]
        rows = []
        unit = plain_english().unit(self.real.ravel().tolist())
        for t, year in enumerate(self.years):
            row = [str(year), *(unit.number(self.real[t, j]) for j in used)]
            row.append(unit.number(self.real[t].sum()))
            if self.nominal is not None:
                row.append(unit.number(self.nominal[t].sum()))
            rows.append(row)
        heads = [unit.word, *(self.lines[j] for j in used), f"all, prices of {self.price_year}"]
        return [*heads, *(["each year's prices"] if self.nominal is not None else [])], rows

    def __str__(self) -> str:
        tail = [self.index] if self.index else []
        return "\n".join([_text.table(*self._grid()), *tail, *self.findings])

    def _repr_html_(self) -> str:
        return _html.block(f"Budget. {self.index}", parts=[_html.table(*self._grid())])


def budget(
    demand: Demand,
    prices: Prices,
    *,
    index: PriceIndex | None = None,
    lag: int = 0,
    wages: Sequence[float] | Array | None = None,
    others: Sequence[float] | Array | None = None,
) -> Budget:
    """A budget from a demand and prices.

    Parameters
    ----------
    demand
        From `kohort.demand` or `Projection.demand`.
    prices
        In money of one price year.
    index
        One index for all prices: its levels give each year's prices.
    lag
        Years by which the index lags.
    wages, others
        Instead of an index: (T,) levels of wages and of other prices over those of the price year,
        for the demand's years.

    Raises
    ------
    InvalidInput
        `E-INDEX-MISSING`: an index without some year; `E-STATE-UNKNOWN`; `E-COST`: a strategy's
        own costs in prices of another year; `E-FEE`: fees above the cost; `E-INIT-SUM`: payers'
        shares that do not sum to 1; `E-SHAPE`, `E-SETTING`.
    """
    years, J = np.asarray(demand.years), len(LINES)
    T = years.size
    paid = demand.programme_price_year
    if paid is not None and demand.programme.any() and paid != int(prices.price_year):
        refuse(
            "E-COST", "budget", f"the strategy's own costs are in prices of {paid}",
            f"the prices are of {prices.price_year}", "Convert one of them",
        )  # fmt: skip
    level_of = _prices_over_time(years, prices, index, lag, wages, others)
    unit = _units(demand, prices)
    amounts = np.array([1.0] * J)
    made = []  # (persons, services, prices of the price year) of each year
    for t in range(T):
        persons = demand.level_years[t]
        made.append((persons, _services(demand, prices, unit, t), amounts))
    real = np.array([persons @ services for persons, services, _ in made])
    share = prices.wages()
    findings: list[str] = list(demand.findings)
    nominal, price_paths, words = None, np.ones((T, J)), ""
    if level_of is not None:
        wage_path, other_path, words, ahead = level_of
        price_paths = wage_path[:, None] * share + other_path[:, None] * (1 - share)
        nominal = real * price_paths
        if ahead:
            findings.append(
                f"I-INDEX-FORECAST: {', '.join(map(str, ahead))} of the index are forecasts"
            )
    else:
        wage_path = np.ones(T)
    change: dict[str, list[float]] = {part: [] for part in PARTS}
    for t in range(1, T):
        before = (made[t - 1][0], made[t - 1][1], price_paths[t - 1])
        after = (made[t][0], made[t][1], price_paths[t])
        of_wages = share * wage_path[t - 1] / price_paths[t - 1]
        growth = float(wage_path[t] / wage_path[t - 1] - 1)
        for part, value in zip(
            PARTS, _core.split_change(before, after, of_wages, growth), strict=True
        ):
            change[part].append(float(value))
    outside = sorted(set(prices.once) - {int(year) for year in years})
    if outside:
        findings.append(
            f"W-ONCE-OUTSIDE: what falls once in {', '.join(map(str, outside))} is in no budget: "
            f"its years are {years[0]}-{years[-1]}"
        )
    payers, shares = prices.shares()
    fees = users_fees(demand, prices, real)
    by_payer = [by_who_pays(real, fees, shares)]
    if nominal is not None:
        by_payer.append(by_who_pays(nominal, fees * price_paths, shares))
    drawn = _drawn(demand, prices, real)
    for array in (real, drawn, *by_payer):
        array.flags.writeable = False
    return Budget(
        years,
        LINES,
        int(prices.price_year),
        real,
        nominal,
        drawn,
        (*payers, USERS),
        by_payer[0],
        by_payer[1] if len(by_payer) > 1 else None,
        {part: np.array(values) for part, values in change.items()},
        words,
        tuple(findings),
        (tuple(made), price_paths),
    )


def _prices_over_time(
    years: Array,
    prices: Prices,
    index: PriceIndex | None,
    lag: int,
    wages: Sequence[float] | Array | None,
    others: Sequence[float] | Array | None,
) -> tuple[Array, Array, str, tuple[int, ...]] | None:
    """Levels of wages and of other prices over the price year's, in words, forecast links."""
    if index is not None:
        if wages is not None or others is not None:
            refuse(
                "E-SETTING", "budget", "an index and levels of wages or others",
                "prices follow one or the other", "Give index=, or wages= and others=",
            )  # fmt: skip
        steps = [index.convert(prices.price_year, int(y), lag=lag) for y in years]
        path = np.array([step.factor for step in steps])
        ahead = tuple(sorted({y for step in steps for y in step.forecast_years}))
        return path, path, str(steps[-1]) if steps else "", ahead
    if wages is None and others is None:
        return None
    paths = [
        np.ones(years.size) if given is None else np.asarray(given, dtype=float).ravel()
        for given in (wages, others)
    ]
    for path in paths:
        if path.shape != years.shape or not np.all(np.isfinite(path)) or np.any(path <= 0):
            refuse(
                "E-INDEX-MISSING", "budget", f"{path.size} price levels",
                f"one positive level for each of the {years.size} years is needed",
                "Complete them",
            )  # fmt: skip
    words = f"each year's prices by levels given of wages and other prices over {prices.price_year}"
    return paths[0], paths[1], words, ()


def _units(demand: Demand, prices: Prices) -> dict[str, Array]:
    unknown = [name for name in prices.per_level if name not in demand.levels]
    unknown += [" -> ".join(pair) for pair in prices.per_move if pair not in demand.moves]
    if unknown:
        refuse(
            "E-STATE-UNKNOWN", "budget", f"a price for '{unknown[0]}'",
            f"the levels are {', '.join(demand.levels)}", "Use the projection's names",
        )  # fmt: skip
    rates = demand.rates.by_level(demand.levels)
    home = 1 - rates["in_homes"]
    granted = (
        12 * home * ((1 - rates["heavy"]) * rates["hours"] + rates["heavy"] * rates["heavy_hours"])
    )
    return {
        "hours": granted * rates["performed"],
        "in_homes": rates["in_homes"],
        "home": home,
        "other": np.array([float(prices.per_level.get(name, 0)) for name in demand.levels]),
    }


def _services(demand: Demand, prices: Prices, unit: Mapping[str, Array], t: int) -> Array:
    """(levels, lines): kronor of the price year per person-year at each level."""
    everyone = float(demand.level_years[t].sum())
    residents, places = demand.point["residents"][t], demand.point["places"][t]
    for_each = np.zeros((len(demand.levels), len(LINES)))
    for_each[:, 0] = unit["hours"] * prices.per_hour
    if demand.time_off.size:  # hours taken off by a strategy's effects on them
        persons = demand.level_years[t]
        for_each[:, 0] *= 1 - np.divide(
            demand.time_off[t], persons, out=np.zeros_like(persons), where=persons > 0
        )
    if residents > 0:
        for_each[:, 1] = unit["in_homes"] * places / residents * 365.25 * prices.per_place_day
    for_each[:, 2] = unit["other"]
    if everyone > 0:
        moves = sum(amount * demand.moves[pair][t] for pair, amount in prices.per_move.items())
        shared = (
            demand.point["new_users"][t] * prices.per_new_user,
            moves,
            prices.once.get(int(demand.years[t]), 0),
            demand.programme[t] if demand.programme.size else 0,
        )
        for_each[:, 3:] = np.array(shared, dtype=float) / everyone
    return for_each


def _drawn(demand: Demand, prices: Prices, real: Array) -> Array:
    """(draws, T) real totals; moves and what falls once are those of the point estimate."""
    if not demand.draws:
        return np.zeros((0, demand.years.size))
    other = np.array([float(prices.per_level.get(name, 0)) for name in demand.levels])
    total: Array = (
        demand.draws["performed_hours"] * prices.per_hour
        + demand.draws["places"] * 365.25 * prices.per_place_day
        + demand.level_years_draws @ other
        + demand.draws["new_users"] * prices.per_new_user
        + real[:, 4]
        + real[:, 5]
        + (demand.programme_draws if demand.programme_draws.size else real[:, 6])
    )
    return total
