"""Arrays as results hold them: nobody writes to them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def frozen(values: Any) -> Array:
    """The array itself, read-only from now on."""
    array: Array = np.asarray(values)
    array.flags.writeable = False
    return array


def frozen_copy(values: Any, kind: type = float) -> Array:
    """A read-only copy, of floats unless another kind is asked for."""
    return frozen(np.array(values, dtype=kind))
