"""Limits need draws outside of them: 40 at 95 %; with fewer the outermost draw lies inside."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

FEWEST = 40


def enough(draws: int, level: float = 0.95) -> bool:
    """Whether limits can be told from so many draws.

    Parameters
    ----------
    draws
        How many.
    level
        Of the limits: 40 draws at 95 %, 10 at 80 %.
    """
    return draws * (1 - level) >= 2 * (1 - 1e-9)


def shown(limits: npt.ArrayLike, draws: int, level: float = 0.95) -> npt.NDArray[Any]:
    """The limits, or NaN in their place if there are too few draws for them.

    Parameters
    ----------
    limits
        From the draws.
    draws, level
        How many, and of the limits.
    """
    given = np.asarray(limits, dtype=float)
    return given if enough(draws, level) else np.full(given.shape, np.nan)


def told(draws: int) -> list[str]:
    """A finding if there are draws, but too few for limits.

    Parameters
    ----------
    draws
        How many.
    """
    if draws == 0 or enough(draws):
        return []
    return [
        f"W-FEW-DRAWS: {draws} draws have no 2.5 % limit, so no interval is printed: "
        f"ask for {FEWEST} or more, 1000 say"
    ]
