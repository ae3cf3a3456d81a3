"""Where the uncertainty of a projection comes from: coefficients, population, prices and chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.economics.costs import Costs
from kohort.economics.money import money_of
from kohort.many_runs.cases import Case, Tables, tables_of
from kohort.many_runs.source_mixtures import Mixtures, chance_variance
from kohort.many_runs.working import columns_of, measures_of
from kohort.model.rates import Rates
from kohort.population.entries import Entries
from kohort.population.population import Population
from kohort.projection.drawing_rates import recipe_of
from kohort.support import _frames, _html, _text
from kohort.uncertainty.assumed import PopulationError, PopulationVariants, PriceError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.data.counts import Counts

Array = npt.NDArray[Any]

SOURCES = ("parameters", "population", "price", "chance")


@dataclass(frozen=True, eq=False)
class Sources:
    """A projection's uncertainty, kept apart by source and put together.

    Attributes
    ----------
    columns
        (measure, calendar year) of each quantity.
    groups
        Sources that vary here: of "parameters", "population", "price", "chance".
    mean, variance, variance_error
        (quantities,): mean of the draws, total variance and its Monte Carlo standard error.
    alone, first_order, shapley
        (quantities, groups): standard deviation that a source explains by itself; that as a share
        of the variance; and its Shapley effect, which shares out what sources do only together, so
        that the effects add up to 1.
    alone_error, first_order_error, shapley_error
        Their Monte Carlo standard errors.
    draws_expected
        (draws, quantities), everything varying but chance.
    draws_total
        The same with chance added, normal with the exact variance: what may be counted one day.
    draws, seed
        As asked for.
    assumptions
        In words: population error, prices, dispersion.
    price_year
        Year whose money a cost is in.
    nominal
        Whether a cost is in each year's prices, by an index over those of the price year.
    """

    columns: tuple[tuple[str, int], ...]
    groups: tuple[str, ...]
    mean: Array
    variance: Array
    variance_error: Array
    alone: Array
    alone_error: Array
    first_order: Array
    first_order_error: Array
    shapley: Array
    shapley_error: Array
    draws_expected: Array
    draws_total: Array
    draws: int
    seed: int
    assumptions: tuple[str, ...]
    price_year: int | None
    nominal: bool = False

    def column(self, measure: str, year: int | None = None) -> int:
        """Position of a quantity; the last year by default.

        Raises
        ------
        InvalidInput
            `E-SETTING`, listing the measures.
        """
        found = [i for i, (m, y) in enumerate(self.columns) if m == measure and year in (None, y)]
        if not found:
            names = ", ".join(dict.fromkeys(m for m, _ in self.columns))
            _core.reject(
                "E-SETTING",
                "Sources",
                f"measure={measure!r}, year={year}",
                f"the measures are {names}",
                "Ask for one of them in a forecast year",
            )
        return found[-1]

    def intervals(self, level: float = 0.95, *, chance: bool = True) -> Array:
        """(2 [lower, upper], quantities) from the draws, never by adding bounds.

        Parameters
        ----------
        level
            0.95 or 0.80, say.
        chance
            Whether single lives vary too.
        """
        values = self.draws_total if chance else self.draws_expected
        found: Array = _core.column_quantiles(values, [(1 - level) / 2, (1 + level) / 2])
        return found

    def to_frame(self, backend: str | None = None) -> Any:
        """One row for each quantity and source.

        Columns sd_alone, first_order and shapley, each with its Monte Carlo error.
        """
        return _frames.to_frame(self.table(), backend)

    def table(self) -> dict[str, Any]:
        """The columns of `to_frame`."""
        n, k = self.alone.shape
        out: dict[str, Any] = {
            "measure": [m for m, _ in self.columns for _ in range(k)],
            "year": np.repeat([y for _, y in self.columns], k),
            "source": list(self.groups) * n,
        }
        for name in ("alone", "first_order", "shapley"):
            title = "sd_alone" if name == "alone" else name
            out[title] = getattr(self, name).ravel()
            out[f"{title}_error"] = getattr(self, f"{name}_error").ravel()
        return out

    def plot(self, ax: Axes | None = None, *, measure: str = "users", lang: str = "en") -> Axes:
        """Shares of the variance over the years, stacked.

        Parameters
        ----------
        ax
            Where to draw; by default a new figure.
        measure
            One of those that were asked for.
        lang
            ``"sv"`` or ``"en"``.
        """
        from kohort.plots import uncertainty as plots_uncertainty

        return plots_uncertainty.sources(self, measure, ax, lang=lang)

    def plot_fan(self, ax: Axes | None = None, *, measure: str = "users", lang: str = "en") -> Axes:
        """The forecast with 50, 80 and 95 % of its draws, chance included.

        Parameters
        ----------
        ax
            Where to draw; by default a new figure.
        measure
            One of those that were asked for.
        lang
            ``"sv"`` or ``"en"``.
        """
        from kohort.plots import uncertainty as plots_uncertainty

        return plots_uncertainty.fan(self, measure, ax, lang=lang)

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        rows = []
        for measure in dict.fromkeys(m for m, _ in self.columns):
            i = self.column(measure)
            sd = np.sqrt(self.variance[i])
            rows.append([
                f"{measure} {self.columns[i][1]}", "all", f"{self.mean[i]:,.0f}", f"{sd:,.4g}", "",
                "100 %",
            ])  # fmt: skip
            for j, group in enumerate(self.groups):
                share, error = 100 * self.shapley[i, j], 100 * self.shapley_error[i, j]
                alone, first = f"{self.alone[i, j]:,.4g}", f"{100 * self.first_order[i, j]:.1f} %"
                rows.append(["", group, "", alone, first, f"{share:.1f} ({error:.1f}) %"])
        return ["", "source", "mean", "sd alone", "first order", "Shapley (its error)"], rows

    def _caption(self) -> str:
        money = "" if self.price_year is None else f", {money_of(self.price_year, self.nominal)}"
        return f"Sources of uncertainty, {self.draws} draws, seed {self.seed}{money}"

    def __str__(self) -> str:
        return "\n".join([self._caption(), *self.assumptions, _text.table(*self._grid())])

    def _repr_html_(self) -> str:
        caption = "; ".join(self.assumptions)
        return _html.block(self._caption(), parts=[_html.table(*self._grid(), caption=caption)])


def sources_of_uncertainty(
    fit: Rates,
    population: Population | PopulationVariants,
    entries: Entries,
    *,
    stock: Counts | npt.ArrayLike,
    years: int | None = None,
    costs: Costs | None = None,
    population_error: PopulationError | None = None,
    prices: PriceError | None = None,
    measures: Sequence[str] | None = None,
    chance: bool = True,
    draws: int = 1000,
    seed: int = 1,
    threads: int = 0,
    closure: str = "strict",
    closure_floor: float = 0.2,
    price_index: Sequence[float] | Array | None = None,
    ended: str = "ended",
    progress: Callable[[int, int], object] | None = None,
) -> Sources:
    """How much of a projection's uncertainty is coefficients, population, prices and chance.

    V = E[Var(Y | rates, population, prices)] (chance) + Var(M). The closed variances of M are
    estimated by pick-freeze: two independent sets of draws and every mixture of them, on common
    random numbers. Chance is exact given the rates: persons are independent of each other, and
    newcomers Poisson with the dispersion that the fit of the entries found.

    Parameters
    ----------
    fit, entries, stock, years, costs, closure, closure_floor, price_index, ended, threads
        As in `project`.
    population
        A population, or variants of it with weights.
    population_error
        A stated error of the forecast, of which the reader must see the size.
    prices
        Random walks of the prices of a cost's components.
    measures
        "users", levels, "new_users", "cost"; by default users, new users, and cost if there is one.
    chance
        Whether single lives count as a source. Who moves away does so by chance, as the forecast's
        net migration or `Population.moving_out` says.
    draws, seed
        Draw k depends on (seed, k) alone. The projection runs four times as often if both
        coefficients and population vary.
    progress
        Called with runs done and runs in all.

    Returns
    -------
    Sources

    Raises
    ------
    InvalidInput
        As `project`; `E-POP-ERROR` if both variants and an error model are given.

    References
    ----------
    Owen (2014), SIAM/ASA J Uncertainty Quantification 2:245; Song, Nelson & Staum (2016), 4:1060.
    """
    variants = population if isinstance(population, PopulationVariants) else None
    if variants is not None and population_error is not None:
        _core.reject(
            "E-POP-ERROR",
            "sources_of_uncertainty",
            "both variants of the population and an error model",
            "one of them says how uncertain it is",
            "Leave one out",
        )
    if draws != int(draws) or draws < 2:
        _core.reject(
            "E-SETTING", "sources_of_uncertainty", f"draws={draws}", "two are the least",
            "Take 1000",
        )  # fmt: skip
    first = next(iter(variants.variants.values())) if variants is not None else population
    assert isinstance(first, Population)
    wanted = measures or ("users", "new_users", *(("cost",) if costs is not None else ()))
    if "cost" in wanted and costs is None:
        _core.reject(
            "E-COST-MISSING", "sources_of_uncertainty", "there are no costs",
            "a measure of money needs them", "Give costs, or ask for other measures",
        )  # fmt: skip
    recipe = recipe_of(fit, entries, first.ages, draws=2 * draws, seed=seed)

    def tables(one: Population) -> Tables:
        case = Case(
            "here", fit, one, entries, stock, costs=costs, closure=closure,
            closure_floor=closure_floor, ended=ended, price_index=price_index,
            population_error=population_error, prices=prices,
        )  # fmt: skip
        return tables_of(case, years, recipe)

    courses = [tables(one) for one in variants.variants.values()] if variants else [tables(first)]
    known = [*measures_of(courses[0]), "new_users", "cost"]
    unknown = [measure for measure in wanted if measure not in known]
    if unknown:
        _core.reject(
            "E-SETTING", "sources_of_uncertainty", f"measures={tuple(wanted)}",
            f"there are {', '.join(known)}", "Ask for some of them",
        )  # fmt: skip
    random_rates = recipe.dimensions > 0 or recipe.coefficients is not None
    random_people = variants is not None or (
        population_error is not None and population_error.sigma > 0
    )
    groups = [
        name
        for name, varies in (
            ("parameters", random_rates),
            ("population", random_people),
            ("price", prices is not None),
        )
        if varies
    ]
    made = Mixtures(
        courses, recipe, variants, tuple(wanted), draws, seed, threads, groups, progress
    )
    total = 1 << len(groups)
    whole = made.values(total - 1)
    frozen = [made.values(mask) for mask in range(total - 1)]
    by_chance = chance_variance(made, entries, tuple(wanted), chance)
    columns = [c for c in columns_of(courses[0], wanted) if c[1] > courses[0].base_year]
    found = _table(
        columns,
        groups,
        whole,
        frozen,
        by_chance,
        draws,
        seed,
        _assumed(variants, population_error, prices, entries, chance, courses[0].moving_out),
        costs,
    )
    return replace(found, nominal=price_index is not None)


def _table(
    columns: list[tuple[str, int]], groups: list[str], whole: Array, frozen: list[Array],
    by_chance: Array, draws: int, seed: int, assumptions: tuple[str, ...],
    costs: Costs | None,
) -> Sources:  # fmt: skip
    few = len(by_chance)
    rows = []
    for i in range(len(columns)):
        own = float(by_chance[:, i].mean()) if few else 0.0
        error = float(by_chance[:, i].std(ddof=1) / np.sqrt(few)) if few > 1 else 0.0
        if groups:
            mixed = (
                np.column_stack([values[:, i] for values in frozen])
                if frozen
                else np.zeros((draws, 0))
            )
            rows.append(_core.variance_by_group(groups, whole[:, i].copy(), mixed, own, error))
        else:
            alone = ("chance", np.sqrt(own), 0.0, 1.0, 0.0, 1.0, 0.0)
            mean = whole[:, i].mean()
            rows.append({"variance": own, "variance_error": error, "mean": mean, "parts": [alone]})
    names = [*groups, *(["chance"] if few else [])]
    nothing = ("chance", *[0.0] * 6)  # of a quantity that chance does not touch
    parts = np.array(
        [[part[1:] for part in [*row["parts"], nothing][: len(names)]] for row in rows], dtype=float
    ).reshape(len(rows), len(names), 6)
    spread = np.sqrt(by_chance.mean(axis=0)) if few else np.zeros(len(columns))
    noise = _core.chance_normals(draws, len(columns), seed)
    arrays = {
        "mean": np.array([row["mean"] for row in rows]),
        "variance": np.array([row["variance"] for row in rows]),
        "variance_error": np.array([row["variance_error"] for row in rows]),
        **{name: parts[:, :, j] for j, name in enumerate((
            "alone", "alone_error", "first_order", "first_order_error", "shapley", "shapley_error"
        ))},
        "draws_expected": whole,
        "draws_total": whole + spread * noise,
    }  # fmt: skip
    for values in arrays.values():
        values.flags.writeable = False
    return Sources(
        columns=tuple(columns), groups=tuple(names), **arrays, draws=draws, seed=seed,
        assumptions=assumptions, price_year=None if costs is None else costs.price_year,
        nominal=False,
    )  # fmt: skip


def _assumed(
    variants: PopulationVariants | None, error: PopulationError | None, prices: PriceError | None,
    entries: Entries, chance: bool, moving_out: Array | None,
) -> tuple[str, ...]:  # fmt: skip
    said = [str(x) for x in (variants, error, prices) if x is not None]
    if variants is None and error is None:
        said.append("Population: taken as known")
    if prices is None:
        said.append("Prices: taken as known")
    if chance:
        moves = "as few move in or out as the forecast allows"
        if moving_out is not None:
            moves = f"{moving_out.mean():.2%} a year move out"
        said.append(
            f"Chance: persons independent of each other, newcomers with "
            f"{max(1.0, entries.dispersion):.3g} times Poisson variance, {moves}"
        )
    return tuple(said)
