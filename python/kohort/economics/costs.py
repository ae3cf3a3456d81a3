"""What support costs: by level and year, in prices of a named year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.population.entry_mix import EntryMix

Array = npt.NDArray[Any]


class Costs:
    """Cost per person and year in each state, in money of one price year.

    Parameters
    ----------
    by_level
        Name of the state to its cost per person and year.
    price_year
        The year whose money it is.
    saving
        A cost below 0 is meant.

    Raises
    ------
    InvalidInput
        `E-COST`, `E-NUM`.
    """

    __slots__ = ("_core",)
    _core: _core.Costs

    def __init__(
        self, by_level: Mapping[str, float], price_year: int, *, saving: bool = False
    ) -> None:
        made = _core.Costs([(k, float(v)) for k, v in by_level.items()], int(price_year), saving)
        object.__setattr__(self, "_core", made)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Costs never change: make new ones to vary {name}")

    @property
    def by_level(self) -> dict[str, float]:
        """Name of the state to its cost per person and year."""
        return dict(self._core.by_level)

    @property
    def price_year(self) -> int:
        """The year whose money it is."""
        return int(self._core.price_year)

    def per_state(self, states: Sequence[str], free: Sequence[str] = ()) -> Array:
        """The cost of each of these states.

        Parameters
        ----------
        states
            Names, in the order wanted.
        free
            Those that cost nothing unless a cost was given.

        Raises
        ------
        InvalidInput
            `E-COST-MISSING` naming the state; `E-STATE-UNKNOWN`.
        """
        values: Array = self._core.per_state(list(states), list(free))
        return values

    def of_mix(self, mix: EntryMix) -> float:
        """Cost of the first year if everyone stayed at the level at which they came in.

        Parameters
        ----------
        mix
            As `entry_mix` gives it; the levels in the order of `by_level`.
        """
        costs = np.array(list(self.by_level.values()), dtype=float)
        return float(_core.entry_cost(mix.shares, costs))

    def __reduce__(self) -> tuple[object, ...]:
        return _remade, (self.by_level, self.price_year)

    def __str__(self) -> str:
        levels = ", ".join(f"{name} {cost:,.0f}" for name, cost in self.by_level.items())
        return f"Costs per person and year in prices of {self.price_year}: {levels}"

    __repr__ = __str__


def _remade(by_level: Mapping[str, float], price_year: int) -> Costs:
    return Costs(by_level, price_year, saving=any(cost < 0 for cost in by_level.values()))


def round_to_ore(amounts: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Amounts in whole öre that add up to their rounded total (largest remainders).

    Parameters
    ----------
    amounts
        In kronor.

    Returns
    -------
    In öre, the same number of parts; each moves by less than one öre.
    """
    values = np.asarray(amounts, dtype=float).ravel()
    return np.array(_core.round_to_ore([float(v) for v in values]), dtype=np.int64)
