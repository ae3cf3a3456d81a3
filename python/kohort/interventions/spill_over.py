"""Places that do not suffice: who waits for one, month by month, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.support import _frames, _html, _text

if TYPE_CHECKING:
    from kohort.projection.projection import Projection

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class SpillOver:
    """Persons who need a place and have none, by period: they are given heavy home help meanwhile.

    Attributes
    ----------
    labels
        Of the periods.
    places
        (periods,)
    needing, waiting
        (periods,): mean persons who need a place, and those of them without one.
    cost
        (periods,): of all of them, in places and in heavy home help; None without prices.
    draws_waiting, draws_cost
        (draws, periods).
    """

    labels: tuple[str, ...]
    places: Array
    needing: Array
    waiting: Array
    cost: Array | None
    draws_waiting: Array
    draws_cost: Array | None

    def to_frame(self, backend: str | None = None) -> Any:
        """A row for each period, with 95 % limits of those who wait."""
        columns: dict[str, Any] = {
            "period": np.array(self.labels),
            "places": self.places,
            "needing": self.needing,
            "waiting": self.waiting,
        }
        if len(self.draws_waiting):
            low, high = np.quantile(self.draws_waiting, [0.025, 0.975], axis=0)
            columns |= {"waiting_low": low, "waiting_high": high}
        if self.cost is not None:
            columns["cost"] = self.cost
        return _frames.to_frame(columns, backend)

    def _rows(self) -> tuple[list[str], list[list[str]]]:
        rows = [
            [label, f"{c:,.0f}", f"{n:,.1f}", f"{w:,.1f}"]
            for label, c, n, w in zip(
                self.labels, self.places, self.needing, self.waiting, strict=True
            )
        ]
        return ["period", "places", "need one", "without one"], rows

    def __str__(self) -> str:
        return f"Places, and who has none\n{_text.table(*self._rows())}"

    def _repr_html_(self) -> str:
        return _html.block("Places, and who has none", parts=[_html.table(*self._rows())])


def spill_over(
    projection: Projection,
    states: Sequence[str],
    places: float | npt.ArrayLike,
    *,
    cost_of_place: float | None = None,
    cost_of_waiting: float | None = None,
) -> SpillOver:
    """Who needs a place and has none, by period and draw.

    In each draw the number who need one is the projection's, and those beyond the places wait. That
    is a fluid: right for many places that are clearly too few. Where places come and go by chance
    (few of them, or about enough), some wait while others stand empty: use `kohort.Places` in a
    microsimulation.

    Parameters
    ----------
    projection
        By month or quarter (`grid="month"`), of usual care or of a strategy.
    states
        Levels whose people need a place.
    places
        How many there are: one number, or one for each period.
    cost_of_place, cost_of_waiting
        Kronor a year for a person in a place, and for one in heavy home help; both or none.

    Raises
    ------
    InvalidInput
        `E-GRID`: a projection by year; `E-STATE-UNKNOWN`; `E-SETTING`: numbers that cannot be.
    """
    by_period = projection.by_period
    if by_period is None:
        _core.reject(
            "E-GRID",
            "spill_over",
            "a projection by year",
            "who waits is told by month or quarter",
            'Project with grid="month"',
        )
        raise AssertionError  # reject never returns
    unknown = [name for name in states if name not in projection.levels]
    if unknown or not states:
        _core.reject(
            "E-STATE-UNKNOWN",
            "spill_over",
            f"states {list(states)}",
            f"the levels are {', '.join(projection.levels)}",
            "Name those whose people need a place",
        )
    count = len(by_period.labels) - 1
    there = np.broadcast_to(np.asarray(places, dtype=float), (count,))
    if not (np.isfinite(there).all() and (there >= 0).all()):
        _core.reject(
            "E-SETTING",
            "spill_over",
            "places that are not numbers, or negative",
            "a number of places is 0 or more",
            "Mend them",
        )
    if (cost_of_place is None) != (cost_of_waiting is None):
        _core.reject(
            "E-SETTING",
            "spill_over",
            "one of two costs",
            "a place and heavy home help both cost",
            "Give both, or none",
        )
    at = [projection.states.index(name) for name in states]
    lengths = np.diff(by_period.times)
    needing = by_period.person_years[:, at].sum(axis=(1, 2, 3)) / lengths
    drawn = by_period.draws_person_years[:, :, at].sum(axis=2) / lengths

    def priced(need: Array, wait: Array) -> Array | None:
        if cost_of_place is None or cost_of_waiting is None:
            return None
        total: Array = ((need - wait) * cost_of_place + wait * cost_of_waiting) * lengths
        return total

    waiting, draws_waiting = np.maximum(needing - there, 0), np.maximum(drawn - there, 0)
    return SpillOver(
        by_period.labels[1:],
        there,
        needing,
        waiting,
        priced(needing, waiting),
        draws_waiting,
        priced(drawn, draws_waiting),
    )
