"""A closed cohort: where it goes, and what it costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core

Array = npt.NDArray[Any]


def cohort_trace(
    intensities: npt.ArrayLike,
    start: npt.ArrayLike,
    *,
    cycles: int,
    cycle_length: float = 1,
    persons: float = 1,
) -> Array:
    """Where a closed cohort is at the end of each cycle.

    Parameters
    ----------
    intensities
        Q, (n, n), per year.
    start
        (n,) shares that sum to 1.
    cycles, cycle_length
        How many, and their length in years.
    persons
        Size of the cohort.

    Returns
    -------
    (cycles + 1, n), in persons, the first row being the start.

    Raises
    ------
    InvalidInput
        `E-INIT-SUM` with the sum; `E-GRID`; `E-INTENSITY`; `E-SHAPE`.
    """
    trace: Array = _core.cohort_trace(
        np.asarray(intensities, dtype=float),
        np.asarray(start, dtype=float),
        cycles,
        cycle_length,
        persons,
    )
    return trace


def cohort_cost(
    intensities: npt.ArrayLike,
    start: npt.ArrayLike,
    cost: npt.ArrayLike,
    *,
    years: float,
    discount: float,
    accounting: str,
    cycle_length: float = 1,
    persons: float = 1,
) -> float:
    """Expected cost of a closed cohort over a horizon.

    With x(t) the occupancy, c the cost per state-year, h the cycle length, v = (1 + r)^(-h) and K
    cycles: "start" is h sum_{k<K} v^k c.x(kh), "end" h sum_{k=1}^K v^k c.x(kh), "trapezoid" their
    mean, "continuous" the integral of (1 + r)^(-t) c.x(t), exact through Q.

    Parameters
    ----------
    intensities
        Q, (n, n), per year.
    start
        (n,) shares that sum to 1.
    cost
        (n,) per year in each state, of one price year.
    years
        Horizon, a whole number of cycles.
    discount
        Rate a year: 0.03 for 3 %.
    accounting
        "start", "end", "trapezoid" or "continuous".

    Raises
    ------
    InvalidInput
        `E-GRID`, `E-INIT-SUM`, `E-ACCOUNTING`, `E-DISCOUNT`, `E-SHAPE`, `E-NUM`.
    """
    return float(
        _core.cohort_cost(
            np.asarray(intensities, dtype=float),
            np.asarray(start, dtype=float),
            np.asarray(cost, dtype=float),
            years,
            discount,
            accounting,
            cycle_length,
            persons,
        )
    )
