"""Counts of few people are withheld: the one place that says from how many on they are shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kohort.privacy.disclosure import PUBLIC, small

Array = npt.NDArray[Any]

SHOWN_FROM = PUBLIC.threshold
"""Fewer people than this, but for nobody, are not told apart."""


def protected(counts: Any, *, total_is_known: bool = False) -> Array:
    """The counts, with NaN where they are withheld: those of 1 to `SHOWN_FROM` - 1.

    Parameters
    ----------
    counts
        (rows,) or (rows, parts).
    total_is_known
        Whether each row's sum can be learnt elsewhere. Then a row in which a single part would be
        withheld loses its next smallest one too, so that no difference gives it away.
    """
    values = np.array(counts, dtype=float)
    hidden = small(values)
    if total_is_known and values.ndim == 2:
        for i in np.flatnonzero(hidden.sum(axis=1) == 1):
            others = np.where(hidden[i] | (values[i] == 0), np.inf, values[i])
            if np.isfinite(others).any():
                hidden[i, int(np.argmin(others))] = True
            else:
                hidden[i] = True
    values[hidden] = np.nan
    return values


def written(count: float) -> str:
    """The count, or ``<5`` for one that is withheld."""
    return f"<{SHOWN_FROM}" if 0 < count < SHOWN_FROM or count != count else str(int(count))
