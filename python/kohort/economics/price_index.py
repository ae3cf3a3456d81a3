"""Price indices by edition and index year, and discount rates that fit the prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.support._refusal import refuse


@dataclass(frozen=True)
class Conversion:
    """Money of one price year in money of another.

    Attributes
    ----------
    factor
        By which an amount is multiplied.
    from_year, to_year
        Price years.
    from_index_year, to_index_year
        The index years behind them, after the lag.
    lag
        Years.
    index, edition
        Which index, and when it was published.
    forecast_years
        Links of the chain that were forecasts when published.
    """

    factor: float
    from_year: int
    to_year: int
    from_index_year: int
    to_index_year: int
    lag: int
    index: str
    edition: str
    forecast_years: tuple[int, ...]

    def __str__(self) -> str:
        lagged = f", {self.lag} years' lag" if self.lag else ""
        links = ", ".join(map(str, self.forecast_years))
        marked = f"; forecast for {links}" if links else ""
        return (
            f"prices of {self.from_year} x {self.factor:.6g} = prices of {self.to_year} "
            f"({self.index}, edition {self.edition}{lagged}{marked})"
        )


class PriceIndex:
    """One edition of a price index: yearly changes in percent, as published.

    Editions are revised: an amount converted by one and an amount converted by another are not
    comparable, so results carry the edition.

    Parameters
    ----------
    name, edition
        "PKV" and "2017-09-28", say.
    percent
        Year to change in percent from the year before.
    forecast
        Years whose change was a forecast in this edition.

    Raises
    ------
    InvalidInput
        `E-INDEX`, `E-NUM`.
    """

    __slots__ = ("_core",)
    _core: _core.PriceIndex

    def __init__(
        self,
        name: str,
        edition: str,
        percent: Mapping[int, float],
        *,
        forecast: Sequence[int] = (),
    ) -> None:
        unknown = [year for year in forecast if year not in percent]
        if unknown:
            refuse(
                "E-INDEX", "PriceIndex", f"{unknown[0]} is marked as a forecast",
                "it has no change", "Give its percentage, or remove the mark",
            )  # fmt: skip
        changes = [(int(y), float(p), y in set(forecast)) for y, p in percent.items()]
        object.__setattr__(self, "_core", _core.PriceIndex(name, edition, changes))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a PriceIndex never changes: make a new one to vary {name}")

    @property
    def name(self) -> str:
        """Which index it is."""
        return str(self._core.name)

    @property
    def edition(self) -> str:
        """When it was published."""
        return str(self._core.edition)

    @property
    def percent(self) -> dict[int, float]:
        """Year to change in percent."""
        return {int(year): float(percent) for year, percent, _ in self._core.changes}

    @property
    def forecast(self) -> tuple[int, ...]:
        """Years whose change was a forecast."""
        return tuple(int(year) for year, _, ahead in self._core.changes if ahead)

    def convert(self, from_year: int, to_year: int, *, lag: int = 0) -> Conversion:
        """Money of one price year in money of another: x I(to - lag) / I(from - lag).

        Parameters
        ----------
        from_year, to_year
            Price years.
        lag
            Years by which the index lags: 2 where a fee of 2018 uses the figure of 2016.

        Raises
        ------
        InvalidInput
            `E-INDEX-MISSING` naming the years without a published change.
        """
        factor, first, last, ahead = self._core.convert(from_year, to_year, lag)
        return Conversion(
            factor, from_year, to_year, first, last, lag, self.name, self.edition, tuple(ahead)
        )

    def levels(self, from_year: int, years: Sequence[int], *, lag: int = 0) -> list[float]:
        """Price level of each year over that of `from_year`: for `project(price_index=)`."""
        return [self.convert(from_year, int(year), lag=lag).factor for year in years]

    def __reduce__(self) -> tuple[object, ...]:
        return _remade, (self.name, self.edition, self.percent, self.forecast)

    def __str__(self) -> str:
        shown = ", ".join(
            f"{year} {percent:g} %{' (forecast)' if year in self.forecast else ''}"
            for year, percent in self.percent.items()
        )
        return f"{self.name}, edition {self.edition}: {shown}"

    __repr__ = __str__


def _remade(
    name: str, edition: str, percent: Mapping[int, float], forecast: Sequence[int]
) -> PriceIndex:
    return PriceIndex(name, edition, percent, forecast=forecast)


def nominal_rate(real: float, inflation: float) -> float:
    """The nominal rate of discount that goes with a real one: (1 + r)(1 + inflation) - 1.

    Raises
    ------
    InvalidInput
        `E-DISCOUNT`.
    """
    return float(_core.nominal_rate(real, inflation))


def discounting(years: int, rate: float, dated: str = "middle") -> npt.NDArray[Any]:
    """(years,): what one krona of each year is worth at the beginning of the first.

    Parameters
    ----------
    years
        How many.
    rate
        Rate a year.
    dated
        When a year's amount falls: "start", "middle" or "end".

    Raises
    ------
    InvalidInput
        `E-DISCOUNT`.
    """
    at = {"start": 0, "middle": 1, "end": 2}[dated]
    factors = np.asarray(_core.discount_factors(float(rate), 2 * years, 0.5))
    return np.array(factors[at:][: 2 * years : 2])
