"""Tables in and out: a dict of columns here, whatever frame library the user has outside."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from kohort._core import InvalidInput

_BACKENDS = ("pandas", "polars", "pyarrow")


def to_frame(columns: Mapping[str, Any], backend: str | None = None) -> Any:
    """Make a data frame of named columns.

    Parameters
    ----------
    columns
        Name to one-dimensional array or sequence, all of one length, in the order wanted.
    backend
        ``"pandas"``, ``"polars"`` or ``"pyarrow"``; by default the first installed.

    Returns
    -------
    pandas.DataFrame, polars.DataFrame or pyarrow.Table

    Raises
    ------
    InvalidInput
        If `backend` is none of the three.
    ImportError
        If `backend`, or with none named all of the three, is not installed.
    """
    if backend is None:
        installed = [name for name in _BACKENDS if _installed(name)]
        if not installed:
            raise ImportError(
                "to_frame() makes a table of pandas, polars or pyarrow, and none of them is "
                "installed. Install one (pip install pandas), or print the object itself."
            )
        backend = installed[0]
    if backend not in _BACKENDS:
        raise InvalidInput(
            f"to_frame: backend is {backend!r}, but it must be one of {', '.join(_BACKENDS)}."
        )
    if not _installed(backend):
        raise ImportError(f"{backend} is not installed. Install it with: pip install {backend}")
    import narwhals.stable.v2 as nw

    plain = {name: _plain(values) for name, values in columns.items()}
    return nw.to_native(nw.from_dict(plain, backend=cast(Any, backend)))


def read_columns(data: Any) -> dict[str, np.ndarray[Any, Any]]:
    """Columns of any table as arrays, by name.

    Takes a dict of arrays, a pandas or polars frame, an Arrow table, or anything else that narwhals
    or the Arrow C stream interface can open. The order of the columns is kept.

    Raises
    ------
    InvalidInput
        If `data` is no table, or its columns differ in length.
    """
    if isinstance(data, Mapping):
        columns = {str(name): np.asarray(values) for name, values in data.items()}
    else:
        frame = opened(data)
        columns = {name: frame.get_column(name).to_numpy() for name in frame.columns}
    lengths = {name: len(values) if values.ndim == 1 else -1 for name, values in columns.items()}
    if len(set(lengths.values())) > 1 or -1 in lengths.values():
        shown = ", ".join(
            f"{name}: {'not a column' if n < 0 else n}" for name, n in lengths.items()
        )
        raise InvalidInput(
            f"table: the columns have different lengths ({shown}), but each must have one value "
            "a row. Pass one-dimensional arrays of one length."
        )
    return columns


def listed(values: Any) -> Any:
    """A column for `to_frame`: numbers as they are, all else as texts or nothing."""
    array = np.asarray(values)
    if array.dtype.kind in "biuf":
        return array
    if array.dtype.kind == "M":
        return [None if np.isnat(v) else str(v) for v in array]
    return [None if v is None or v != v else str(v) for v in array.tolist()]


def opened(data: Any) -> Any:
    """Any table as a narwhals frame.

    Raises
    ------
    InvalidInput
        If `data` is no table.
    """
    import narwhals.stable.v2 as nw

    try:
        frame = nw.from_native(data, eager_only=True)
    except TypeError:
        if not hasattr(data, "__arrow_c_stream__"):
            raise InvalidInput(
                f"table: a {type(data).__name__} was given, but a table is needed. Pass a dict of "
                "arrays, a pandas or polars data frame, or an Arrow table."
            ) from None
        backend = next(name for name in _BACKENDS[::-1] if _installed(name))
        frame = nw.from_arrow(data, backend=cast(Any, backend))
    return frame


def _plain(values: Any) -> Any:
    array = np.asarray(values)
    if array.dtype.kind in "OU" or isinstance(values, Sequence):
        return array.tolist()
    return np.array(array)  # a copy that may be written to: results themselves are read-only


def _installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ValueError:  # named in sys.modules as absent
        return False
