"""At which level people come to need support: shares that sum to 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class EntryMix:
    """Shares that sum to 1, and the sum that they were divided by to get there."""

    shares: Array
    factor: float


def entry_mix(shares: npt.ArrayLike, normalise: bool = False) -> EntryMix:
    """Check the shares of those who come in at each level.

    Parameters
    ----------
    shares
        One for each level.
    normalise
        Divide by their sum, which is kept as `factor`.

    Raises
    ------
    InvalidInput
        `E-INIT-SUM`, showing the sum, if it is not 1 and normalising was not asked for; `E-NUM`.
    """
    values, factor = _core.checked_shares(np.asarray(shares, dtype=float), "entry_mix", normalise)
    values.flags.writeable = False
    return EntryMix(values, factor)
