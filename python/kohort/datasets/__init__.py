"""Small data sets that come with kohort: published figures, and a synthetic municipality.

Everything under ``example/`` and ``companion/`` is synthetic: drawn with random numbers, about
nobody. ``data/README.md`` gives origin, licence, columns and units of every file.
"""

from __future__ import annotations

import csv
import importlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from kohort.synthetic.making import (
        MadeMunicipality,
        Planted,
        make_municipality,
        planted_rules,
    )

__all__ = [
    "MadeMunicipality",
    "Planted",
    "columns",
    "example_decisions",
    "example_population",
    "make_municipality",
    "names",
    "path",
    "planted_rules",
    "published",
]

_FOLDERS = ("published", "example", "companion", "small", "sparse")
_INSTALLED = Path(__file__).parent
_REPOSITORY = Path(__file__).parents[3] / "data"


_MAKING = ("MadeMunicipality", "Planted", "make_municipality", "planted_rules")


def __getattr__(name: str) -> object:
    """The maker of municipalities, loaded at its first use."""
    if name in _MAKING:
        return getattr(importlib.import_module("kohort.synthetic.making"), name)
    raise AttributeError(f"module 'kohort.datasets' has no attribute {name!r}")


def _root() -> Path:
    """Folder that holds the files: beside this module once installed, else the repository's."""
    return _INSTALLED if (_INSTALLED / "published").is_dir() else _REPOSITORY


def names() -> tuple[str, ...]:
    """Names of all files, as `path` takes them, in alphabetical order.

    Returns
    -------
    tuple of str
        For example ``"published/unit_costs.csv"``.
    """
    root = _root()
    found = (file for folder in _FOLDERS for file in (root / folder).glob("*.csv"))
    return tuple(sorted(file.relative_to(root).as_posix() for file in found))


def path(name: str) -> Path:
    """Where a file lies, whether kohort is installed or used from its repository.

    Parameters
    ----------
    name : str
        One of `names`, with or without ``.csv``: ``"example/decisions"``.

    Returns
    -------
    pathlib.Path
        An existing file, to be read and never written.

    Raises
    ------
    ValueError
        If there is no such file; the message lists those there are.
    """
    wanted = name if name.endswith(".csv") else name + ".csv"
    known = names()
    if wanted not in known:
        raise ValueError(
            f"datasets.path: there is no data set {name!r}. There are: {', '.join(known)}."
        )
    return _root() / wanted


def columns(name: str) -> dict[str, NDArray[Any]]:
    """The columns of a file, numbers as numbers.

    Parameters
    ----------
    name : str
        As for `path`.

    Returns
    -------
    dict of str to numpy.ndarray
        One read-only array per column, in the file's order: ``int64`` if every value is a whole
        number, ``float64`` (with ``nan`` where the file is empty) if every value is a number,
        text otherwise. Comment lines at the top (``# ...``) are skipped. A file with semicolons
        has decimal commas.
    """
    with path(name).open(encoding="utf-8", newline="") as file:
        lines = [line for line in file if not line.startswith("#")]
    delimiter = ";" if ";" in lines[0] else ","
    header, *rows = csv.reader(lines, delimiter=delimiter)
    decimal = "," if delimiter == ";" else "."
    return {title: _column((row[i] for row in rows), decimal) for i, title in enumerate(header)}


def published(name: str) -> dict[str, NDArray[Any]]:
    """The columns of a published table, in the words of its source.

    Parameters
    ----------
    name : str
        File name under ``data/published``, without folder: ``"scb_lifetable_2016_qx"``.

    Returns
    -------
    dict of str to numpy.ndarray
        As `columns`. ``published("level_names")`` maps the sources' level names to ours.

    Raises
    ------
    ValueError
        If there is no such table.
    """
    return columns("published/" + name)


def example_decisions() -> Path:
    """The care decisions of the synthetic municipality, as its care system would export them.

    Returns
    -------
    pathlib.Path
        A file for `kohort.read_decisions` with ``extraction_date="2024-12-31"``.
    """
    return path("example/decisions")


def example_population() -> dict[str, NDArray[Any]]:
    """The population of the synthetic municipality, 65 years and older.

    Returns
    -------
    dict of str to numpy.ndarray
        Columns ``year`` (31 December of it), ``sex`` (``"men"``, ``"women"``), ``age`` (completed
        years; 100 stands for 100 and older) and ``persons``.
    """
    table = columns("example/population")
    age = np.array([int(str(a).removesuffix("+")) for a in table["age"]], dtype=np.int64)
    age.flags.writeable = False
    return {**table, "age": age}


def _column(values: Iterable[str], decimal: str) -> NDArray[Any]:
    texts = list(values)
    array: NDArray[Any]
    try:
        array = np.array([int(text) for text in texts], dtype=np.int64)
    except ValueError:
        try:
            array = np.array(
                [float(text.replace(decimal, ".")) if text else np.nan for text in texts]
            )
            if np.isnan(array).all():
                array = np.array(texts, dtype=str)
        except ValueError:
            array = np.array(texts, dtype=str)
    array.flags.writeable = False
    return array
