"""Waits for a place, and what became of the places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

ENDS = ("placed", "died", "left", "waiting")
"""How a wait ended; `waiting`: not yet, at the end of the simulation."""


@dataclass(frozen=True, eq=False)
class Waits:
    """Waits for a place, one an entry: of made-up persons, for computing with in memory.

    Attributes
    ----------
    replicate, asked, years
        In which replicate, when asked (years after the start) and how long waited.
    level
        State in which the person asked, as a number.
    end
        How it ended, as a number: a position in `ENDS`.
    from_start
        Whether the person waited from the start: then asked before, nobody knows when.
    """

    replicate: Array
    asked: Array
    years: Array
    level: Array
    end: Array
    from_start: Array

    def share_waiting(self, years: npt.ArrayLike, *, after: float = 0.0) -> Array:
        """Share that still waits so long after asking, had nobody died or left (Kaplan-Meier).

        Parameters
        ----------
        years
            Times since asking.
        after
            Only requests made so many years after the start; who waited from the start never
            counts.
        """
        keep = ~self.from_start & (self.asked >= after)
        times, placed = self.years[keep], self.end[keep] == 0
        order = np.argsort(times, kind="stable")
        at_risk = len(times) - np.arange(len(times))
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = np.where(placed[order], 1 - 1 / at_risk, 1.0)
        share = np.concatenate([[1.0], np.cumprod(steps)])
        found: Array = share[np.searchsorted(times[order], np.asarray(years), side="right")]
        return found


@dataclass(frozen=True, eq=False)
class PlaceUse:
    """What became of the places, by replicate and period.

    Attributes
    ----------
    asked, placed, died_waiting, left_waiting
        (replicates, periods): requests, and how waits ended.
    waiting_years, placed_years
        (replicates, periods, states): person-years of waiting (the spill-over) and in places.
    vacant_years
        (replicates, periods): places given back and not yet ready for the next.
    available_years
        (periods,): places that there are, times years.
    queue, occupied
        (replicates, dates).
    waits
        Every wait.
    """

    asked: Array
    placed: Array
    died_waiting: Array
    left_waiting: Array
    waiting_years: Array
    placed_years: Array
    vacant_years: Array
    available_years: Array
    queue: Array
    occupied: Array
    waits: Waits
