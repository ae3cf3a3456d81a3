"""JSON-stat 2, the format of PxWeb's answers: https://json-stat.org/full."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort.support import _frames, _said

Array = npt.NDArray[Any]
_MOST = 20_000_000  # cells: no table asked for here has as many
_MISSING = ("..", "...", ".", ":", "x", "X")  # "-" is a zero


@dataclass(frozen=True, eq=False)
class JsonStat:
    """A cube of figures with named axes.

    Attributes
    ----------
    label, source, updated
        Of the whole table, as its publisher words them.
    codes
        Axis to the codes along it, in order.
    labels
        Axis to the label of each code.
    values
        One axis each, in the order of `codes`; nan where the publisher shows no figure.
    notes
        The publisher's footnotes.
    """

    label: str
    source: str
    updated: str
    codes: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, Mapping[str, str]]
    values: Array
    notes: tuple[str, ...] = ()
    extension: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def columns(self) -> dict[str, Array]:
        """A long table: one column of codes for each axis, and `value`."""
        places = np.indices(self.values.shape).reshape(len(self.codes), -1)
        table: dict[str, Array] = {
            axis: np.array(codes)[at]
            for (axis, codes), at in zip(self.codes.items(), places, strict=True)
        }
        return table | {"value": self.values.ravel()}

    def to_frame(self, backend: str | None = None) -> Any:
        """The long table as a data frame."""
        return _frames.to_frame(self.columns(), backend)

    def __str__(self) -> str:
        axes = ", ".join(f"{axis} ({len(codes)})" for axis, codes in self.codes.items())
        return f"{self.label}\n{axes}; {self.source}, {self.updated}"


def read(answer: Any, where: str = "json_stat", *, values: bool = True) -> JsonStat:
    """Read an answer, and see to it that every cell is there.

    Parameters
    ----------
    answer
        As `json.load` gives it.
    where
        With what a refusal begins.
    values
        False for metadata, which have axes alone.

    Raises
    ------
    InvalidInput
        `E-WEB-FORM` if it is no JSON-stat 2; `E-TRUNCATED` if cells are missing.
    """
    try:
        if answer.get("class", "dataset") != "dataset":
            raise ValueError("class")
        axes, sizes = list(answer["id"]), [int(n) for n in answer["size"]]
        codes, labels = {}, {}
        for axis, size in zip(axes, sizes, strict=True):
            category = answer["dimension"][axis]["category"]
            codes[axis] = _codes(category)
            labels[axis] = {
                code: str(category.get("label", {}).get(code, code)) for code in codes[axis]
            }
            if len(codes[axis]) != size or size == 0:
                raise ValueError(axis)
        cells = math.prod(sizes)
        if cells > _MOST:
            raise ValueError(cells)
        figures = _values(answer["value"], cells) if values else None
        if figures is not None and figures.size == cells:
            figures[_not_shown(answer.get("status"), cells)] = np.nan
    except (KeyError, TypeError, ValueError, AttributeError):
        _said.refuse(where, "E-WEB-FORM", form="JSON-stat 2")
    if figures is not None and figures.size != cells:
        _said.refuse(where, "E-TRUNCATED", rows=figures.size, expected=cells)
    cube = np.full(sizes, np.nan) if figures is None else figures.reshape(sizes)
    cube.flags.writeable = False
    notes = answer.get("note") or []
    return JsonStat(
        label=str(answer.get("label", "")),
        source=str(answer.get("source", "")),
        updated=str(answer.get("updated", "")),
        codes=codes,
        labels=labels,
        values=cube,
        notes=tuple(str(note) for note in notes) if isinstance(notes, list) else (str(notes),),
        extension={axis: answer["dimension"][axis].get("extension") or {} for axis in axes},
    )


def _codes(category: Mapping[str, Any]) -> tuple[str, ...]:
    index = category.get("index")
    if isinstance(index, list):
        return tuple(map(str, index))
    if index is None:  # an axis of one category may leave its index out
        (only,) = category["label"]
        return (str(only),)
    return tuple(code for code, _ in sorted(index.items(), key=lambda pair: int(pair[1])))


def _values(given: Any, cells: int) -> Array:
    """A list, or the cells that are not empty by their number."""
    if isinstance(given, Mapping):
        figures = np.full(cells, np.nan)
        for place, value in given.items():
            if not 0 <= int(place) < cells:
                raise ValueError(place)
            figures[int(place)] = _figure(value)
        return figures
    return np.array([_figure(value) for value in given], dtype=float)


def _not_shown(status: Any, cells: int) -> list[int]:
    """Cells that the publisher marks as not known or not shown, whatever stands in them."""
    if status is None:
        return []
    if isinstance(status, str):  # of all of them
        return list(range(cells)) if status.strip() in _MISSING else []
    pairs = status.items() if isinstance(status, Mapping) else enumerate(status)
    places = [int(place) for place, mark in pairs if str(mark).strip() in _MISSING]
    if any(not 0 <= place < cells for place in places):
        raise ValueError(status)
    return places


def _figure(value: Any) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    return float(value)
