"""What follows from an intensity matrix alone: stays, visits, passages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.support._arrays import frozen

Array = npt.NDArray[np.float64]


def length_of_stay(Q: npt.ArrayLike, years: float = np.inf, *, discount: float = 0.0) -> Array:
    """Expected years in each state, (n, n): by row the state at the start.

    Parameters
    ----------
    Q
        Intensities per year, (n, n); rows sum to 0.
    years
        The horizon; infinite for the whole life. States never left then have infinitely many.
    discount
        A year, 0.03 for 3 %.

    Raises
    ------
    InvalidInput
        `E-INTENSITY`, `E-TIME`, `E-DISCOUNT`.

    Notes
    -----
    Every term is non-negative: short stays keep their relative accuracy. Whole lives by the
    elimination of Grassmann, Taksar & Heyman (1985).

    Examples
    --------
    >>> float(length_of_stay([[-0.25, 0.25], [0.0, 0.0]])[0, 0])
    4.0
    """
    if not discount > -1:
        _core.reject(
            "E-DISCOUNT", "length_of_stay", f"the discount rate is {discount:g}",
            "it must be finite and not negative", "Write 0.03 for 3 % a year",
        )  # fmt: skip
    return frozen(_core.length_of_stay(_matrix(Q), float(years), float(np.log1p(discount))))


def expected_visits(Q: npt.ArrayLike, years: float = np.inf) -> Array:
    """Expected number of moves into each state, (n, n); being there at the start is none.

    Parameters
    ----------
    Q, years
        As in `length_of_stay`.
    """
    return frozen(_core.expected_visits(_matrix(Q), float(years)))


def first_passage(Q: npt.ArrayLike, to: int | Sequence[int], years: float = np.inf) -> Array:
    """The probability of having been in a state, or any of several, (n,) by the state at the start.

    Parameters
    ----------
    Q
        Intensities per year, (n, n).
    to
        Number of the state, from 0, or numbers.
    years
        By then; infinite: ever.

    Raises
    ------
    InvalidInput
        `E-INTENSITY`, `E-TIME`, `E-STATE-UNKNOWN`.
    """
    if np.isinf(years) and years > 0:
        return frozen(_core.first_passage_ever(_matrix(Q), _states(to))[0])
    return frozen(_core.first_passage_probability(_matrix(Q), _states(to), float(years)))


def first_passage_time(Q: npt.ArrayLike, to: int | Sequence[int]) -> Array:
    """Mean years until a state, or any of several, given that it is reached, (n,); else infinite.

    Parameters
    ----------
    Q, to
        As in `first_passage`.
    """
    return frozen(_core.first_passage_ever(_matrix(Q), _states(to))[1])


def sojourn_time(Q: npt.ArrayLike) -> Array:
    """Mean years of one stay in each state, (n,); infinite where nobody leaves.

    Parameters
    ----------
    Q
        Intensities per year, (n, n).
    """
    return frozen(_core.sojourn_time(_matrix(Q)))


def next_state(Q: npt.ArrayLike) -> Array:
    """The probability that the next move leads to each state, (n, n); rows sum to 1.

    Parameters
    ----------
    Q
        Intensities per year, (n, n).
    """
    return frozen(_core.next_state(_matrix(Q)))


def _matrix(Q: npt.ArrayLike) -> Array:
    matrix = np.asarray(Q, dtype=float)
    if matrix.ndim != 2:
        _core.reject(
            "E-SHAPE", "stays", f"Q has the shape {matrix.shape}", "it must be (n, n)",
            "Pass one row and one column for each state",
        )  # fmt: skip
    return matrix


def _states(to: int | Sequence[int]) -> list[int]:
    return [int(s) for s in np.atleast_1d(np.asarray(to))]
