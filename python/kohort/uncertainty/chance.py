"""Chance, exactly: how numbers of persons and their cost vary, given all rates.

Persons are taken as independent of each other. `Sources` uses these laws for a whole projection;
here they are for a single matrix of intensities, death being one of its states.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core

Array = npt.NDArray[Any]


def closed_counts(q: npt.ArrayLike, persons: npt.ArrayLike, t: float) -> tuple[Array, Array]:
    """Mean and covariance of the numbers in each state of a closed group after t years.

    E N = n P and Cov(N_s, N_s') = sum_r n_r P_rs (1[s = s'] - P_rs').

    Parameters
    ----------
    q
        (n, n), intensities per year.
    persons
        (n,) at the start.
    t
        Years.
    """
    found: tuple[Array, Array] = _core.closed_counts(_matrix(q), _vector(persons), t)
    return found


def closed_counts_between(q: npt.ArrayLike, persons: npt.ArrayLike, t1: float, t2: float) -> Array:
    """Covariance of the numbers at t1 (rows) with those at t2 >= t1 (columns).

    Parameters
    ----------
    q, persons
        As for `closed_counts`.
    t1, t2
        Years.
    """
    found: Array = _core.closed_counts_between(_matrix(q), _vector(persons), t1, t2)
    return found


def inflow_counts(q: npt.ArrayLike, inflow: npt.ArrayLike, t: float) -> tuple[Array, Array]:
    """Mean and covariance after t years of a Poisson inflow into nothing.

    Parameters
    ----------
    q
        (n, n), intensities per year.
    inflow
        (n,) persons a year into each state.
    t
        Years.
    """
    found: tuple[Array, Array] = _core.inflow_counts(_matrix(q), _vector(inflow), t)
    return found


def inflow_counts_between(q: npt.ArrayLike, inflow: npt.ArrayLike, t1: float, t2: float) -> Array:
    """Covariance of the numbers of a Poisson inflow at t1 (rows) with those at t2 (columns).

    Parameters
    ----------
    q, inflow
        As for `inflow_counts`.
    t1, t2
        Years.
    """
    found: Array = _core.inflow_counts_between(_matrix(q), _vector(inflow), t1, t2)
    return found


def person_cost(
    q: npt.ArrayLike | Sequence[tuple[npt.ArrayLike, float]],
    cost: npt.ArrayLike,
    years: float | None = None,
    discount: float = 0.0,
) -> tuple[Array, Array]:
    """Mean and variance of what one person costs, by the state at the start.

    Parameters
    ----------
    q
        (n, n), intensities per year; or pieces of time, each intensities and years.
    cost
        (n,) per year in each state.
    years
        How long; not with pieces.
    discount
        Rate a year.

    Returns
    -------
    mean, variance
        (n,) each.

    Raises
    ------
    InvalidInput
        `E-SHAPE`, `E-TIME`, `E-NUM`.
    """
    pieces: list[tuple[Array, float]]
    if years is not None:
        pieces = [(_matrix(q), float(years))]
    else:
        pieces = [(_matrix(piece), float(length)) for piece, length in _pairs(q)]
    mean, second = _core.person_cost(pieces, _vector(cost), float(np.log1p(discount)))
    return mean, second - mean**2


def arrivals_cost_variance(
    q: npt.ArrayLike,
    cost: npt.ArrayLike,
    inflow: npt.ArrayLike,
    years: float,
    discount: float = 0.0,
) -> float:
    """Variance of the cost of persons who arrive by a Poisson process (Campbell's formula).

    Parameters
    ----------
    q, cost, years, discount
        As for `person_cost`.
    inflow
        (n,) persons a year into each state.
    """
    per_person = _core.arrivals_cost_variance(
        _matrix(q), _vector(cost), years, float(np.log1p(discount))
    )
    return float(_vector(inflow) @ per_person)


def _matrix(q: Any) -> Array:
    return np.asarray(q, dtype=float)


def _vector(values: Any) -> Array:
    return np.asarray(values, dtype=float)


def _pairs(q: Any) -> list[tuple[Any, float]]:
    try:
        return [(piece, float(length)) for piece, length in q]
    except (TypeError, ValueError):
        _core.reject(
            "E-TIME",
            "person_cost",
            "neither years nor pieces of time",
            "intensities hold for some time",
            "Give years=, or pairs of intensities and years",
        )
        return []
