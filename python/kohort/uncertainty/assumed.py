"""How wrong forecasts of people and prices may be: stated assumptions that the reader sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.population.population import Population
from kohort.support import _html

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class PopulationError:
    """A stated error of the population forecast, log-normal and growing with the horizon.

    ln N(h, a) = ln forecast - s(h)^2 / 2 + s(h) e, with s(h) = sigma h^power and
    corr(e(a), e(a')) = exp(-|a - a'| / age_scale). It is spread over people with and without
    support in proportion.

    Parameters
    ----------
    sigma
        Standard error of ln N one year ahead: 0.005 for 0.5 %.
    power
        0.5: a random walk, fresh steps each year; 1: one error of the growth rate.
    age_scale
        Years of age over which errors resemble each other.
    between_sexes
        Correlation of the errors of men and women of one age.

    Raises
    ------
    InvalidInput
        `E-POP-ERROR`.

    References
    ----------
    Keilman (1990), Uncertainty in National Population Forecasting.
    """

    sigma: float
    power: float = 0.5
    age_scale: float = 10.0
    between_sexes: float = 1.0

    def __post_init__(self) -> None:
        _core.population_paths(*self._numbers(), 0, 1, 0, 0, 0)  # refuses what cannot be

    def _numbers(self) -> tuple[float, float, float, float]:
        return (self.sigma, self.power, self.age_scale, self.between_sexes)

    def paths(self, years: int, ages: int, draws: int, seed: int, first: int = 0) -> Array:
        """Logarithms of the factor on the forecast, (draws, years + 1, 2, ages).

        Parameters
        ----------
        years, ages
            Forecast years, and number of single ages.
        draws, seed, first
            Draws first, ..., first + draws - 1; draw k depends on (seed, k) alone.
        """
        found: Array = _core.population_paths(*self._numbers(), years, ages, first, draws, seed)
        return found

    def variance(self, persons: npt.ArrayLike, years_ahead: float) -> float:
        """Exact variance of a number of persons.

        Parameters
        ----------
        persons
            (2 [men, women], ages): forecast persons times what each counts for.
        years_ahead
            Horizon.
        """
        return float(
            _core.population_error_variance(
                *self._numbers(), np.asarray(persons, dtype=float), years_ahead
            )
        )

    def __str__(self) -> str:
        grows = "as a random walk" if self.power == 0.5 else "in proportion to the years"
        return (
            f"Population error: {100 * self.sigma:g} % one year ahead, growing {grows} "
            f"({100 * self.sigma * 10**self.power:.3g} % after ten years); errors of ages "
            f"{self.age_scale:g} years apart correlate {np.exp(-1):.2f}, those of men and women "
            f"{self.between_sexes:g}"
        )

    def _repr_html_(self) -> str:
        return _html.block(str(self))


@dataclass(frozen=True, eq=False)
class PopulationVariants:
    """Forecasts of the user's own in place of an error model, each with a weight.

    Parameters
    ----------
    variants
        Name to population: the same ages and years, the same counts at the base date.
    weights
        One for each, of any sum; equal by default.

    Raises
    ------
    InvalidInput
        `E-POP-VARIANT`.
    """

    variants: Mapping[str, Population]
    weights: Mapping[str, float] | None = None
    _shares: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.variants:
            _refuse_variant("there is no variant", "Name at least one population")
        first = next(iter(self.variants.values()))
        for name, one in self.variants.items():
            same = np.array_equal(one.ages, first.ages) and np.array_equal(one.years, first.years)
            if not same or not np.allclose(one.persons[0], first.persons[0], rtol=1e-9):
                _refuse_variant(
                    f"{name!r} has other ages, years or persons at the base date",
                    "Give every variant from the same counts, over the same years",
                )
        given = self.weights or dict.fromkeys(self.variants, 1.0)
        if set(given) != set(self.variants) or min(given.values()) < 0 or sum(given.values()) <= 0:
            _refuse_variant(
                f"the weights are {dict(given)}",
                "Give each variant one weight that is not negative, not all 0",
            )
        shares = np.array([given[name] for name in self.variants], dtype=float)
        shares /= shares.sum()
        shares.flags.writeable = False
        object.__setattr__(self, "_shares", shares)

    def picks(self, draws: int, seed: int, first: int = 0) -> npt.NDArray[np.int64]:
        """Position of the variant that each draw has; draw k depends on (seed, k) alone.

        Parameters
        ----------
        draws, seed, first
            Draws first, ..., first + draws - 1.
        """
        uniform = _core.variant_uniforms(first, draws, seed)
        return np.minimum(
            np.searchsorted(np.cumsum(self._shares), uniform, side="right"), len(self._shares) - 1
        )

    def paths(self, draws: int, seed: int, first: int = 0) -> Array:
        """Logarithms of each draw's factor on the first variant, (draws, years, 2, ages).

        As `kohort.project` takes them (`population_paths`) beside the first variant's population.

        Parameters
        ----------
        draws, seed, first
            As `picks` takes them.

        Raises
        ------
        InvalidInput
            `E-POP-VARIANT`: a variant has somebody where the first one has nobody.
        """
        (usual, *_), rows = self.variants.values(), []
        for name, one in self.variants.items():
            if np.any((usual.persons < 1e-6) & (one.persons >= 0.5)):
                _refuse_variant(
                    f"{name!r} has people of an age and sex that the first one has none of",
                    "Give each age and sex a small number in all of them, 0.1 say",
                )
            least = np.maximum(one.persons, 1e-6)
            rows.append(np.log(least / np.maximum(usual.persons, 1e-6)))
        found: Array = np.array(rows)[self.picks(draws, seed, first)]
        return found

    def __str__(self) -> str:
        parts = zip(self.variants, self._shares, strict=True)
        return "Population variants: " + ", ".join(f"{name} {w:.3g}" for name, w in parts)

    def _repr_html_(self) -> str:
        return _html.block(str(self))


def _refuse_variant(seen: str, remedy: str) -> None:
    _core.reject(
        "E-POP-VARIANT",
        "PopulationVariants",
        seen,
        "variants differ in what they forecast and in nothing else",
        remedy,
    )


@dataclass(frozen=True, eq=False)
class PriceError:
    """Prices whose logarithms are random walks with drift, one for each component of a cost.

    Parameters
    ----------
    components
        Name to (expected growth a year, standard deviation of the yearly change of its
        logarithm): ``{"wage": (0.01, 0.015), "other": (0.0, 0.02)}``. Growth is beyond the money
        that the costs are in: real if costs are to stay in prices of their year.
    shares
        What part of each state's cost has which price: ``{"wage": 0.8, "other": 0.2}`` for all
        states, or state to such a mapping. Each adds up to 1.
    correlation
        Of the components' yearly steps, in their order; independent by default.

    Raises
    ------
    InvalidInput
        `E-PRICE`.
    """

    components: Mapping[str, tuple[float, float]]
    shares: Mapping[str, float] | Mapping[str, Mapping[str, float]]
    correlation: npt.ArrayLike | None = None

    def __post_init__(self) -> None:
        self.paths(0, 0, 0)  # refuses what cannot be
        tables: Any = self.shares.values() if self._by_state else (self.shares,)
        for table in tables:
            if set(table) != set(self.components) or abs(sum(table.values()) - 1) > 1e-9:
                _core.reject(
                    "E-PRICE",
                    "PriceError",
                    f"the shares are {dict(table)}",
                    f"{', '.join(self.components)} have shares that add up to 1",
                    "Give one for each component",
                )

    @property
    def _by_state(self) -> bool:
        return isinstance(next(iter(self.shares.values()), 0.0), Mapping)

    def paths(self, years: int, draws: int, seed: int, first: int = 0) -> Array:
        """Prices over the base year's, (draws, years + 1, components).

        Parameters
        ----------
        years
            Forecast years.
        draws, seed, first
            Draws first, ..., first + draws - 1; draw k depends on (seed, k) alone.
        """
        size = len(self.components)
        correlation = np.eye(size) if self.correlation is None else np.asarray(self.correlation)
        found: Array = _core.price_paths(
            [(name, float(g), float(sd)) for name, (g, sd) in self.components.items()],
            correlation.astype(float),
            years,
            first,
            draws,
            seed,
        )
        return found

    def shares_of(self, states: Sequence[str], free: Sequence[str]) -> Array:
        """(states, components): shares of each state's cost.

        Parameters
        ----------
        states
            In the order wanted.
        free
            Those without a cost, which need no shares.
        """
        rows = []
        for state in states:
            table: Any = self.shares
            if self._by_state:
                table = self.shares.get(state)
                if table is None and state in free:
                    table = dict.fromkeys(self.components, 1 / len(self.components))
                if table is None:
                    _core.reject(
                        "E-PRICE",
                        "PriceError",
                        f"the state {state!r} has no shares",
                        "each state that costs something has them",
                        "Add it, or give one set of shares for all",
                    )
            rows.append([table[name] for name in self.components])
        return np.array(rows, dtype=float)

    def __str__(self) -> str:
        parts = [
            f"{name} {100 * growth:+g} % a year, give or take {100 * sd:g} %"
            for name, (growth, sd) in self.components.items()
        ]
        return "Prices: " + "; ".join(parts)

    def _repr_html_(self) -> str:
        return _html.block(str(self))
