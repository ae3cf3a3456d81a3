"""A table of the national register as texts by variable, from a file or from memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort._core import Finding
from kohort.extracts.column_map import ColumnMap
from kohort.extracts.extract import Extract
from kohort.extracts.opening import open_extract
from kohort.extracts.title_lines import refuse_title_lines
from kohort.support import _frames

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class TextTable:
    """Columns as texts, and where their rows stand.

    Attributes
    ----------
    cells
        Variable to the texts of its column.
    file
        Its name as it may be shown; empty for a table in memory.
    places
        The physical row of each record; places from 0 in memory.
    findings
        What there is to tell of the file as a text.
    header_of
        Variable to its header, to name columns as the user sees them.
    """

    cells: Mapping[str, Array]
    file: str
    places: Sequence[int]
    findings: tuple[Finding, ...]
    header_of: Mapping[str, str]
    _extract: Extract | None = None

    def refuse_faults(self, faults: Iterable[Finding]) -> None:
        """Raise with all of them, if there are any; those of a workbook with their cells."""
        found = sorted(faults, key=lambda f: (f.row or 0, f.code, f.column))
        if found:
            _core.refuse(list(self._extract.placed(found)) if self._extract else found)


def text_table(
    data: Any, known: Mapping[str, Sequence[str]], given: ColumnMap, needed: Sequence[str]
) -> TextTable:
    """The columns of these variables.

    Parameters
    ----------
    data
        A file or a table.
    known
        Variable to its usual headers; case, spaces and accents do not matter.
    given
        Variable to header where headers are unusual, and how the file is written.
    needed
        Variables without which nothing can be read.
    """
    if not isinstance(data, str | os.PathLike | Extract):
        table = _as_text(_frames.read_columns(data))
        places = _places(list(table), known, given, needed, "")
        columns = list(table.values())
        cells = {variable: columns[at] for variable, at in places.items()}
        rows: Sequence[int] = range(len(columns[0]) if columns else 0)
        heads = {variable: list(table)[at] for variable, at in places.items()}
        return _filled(TextTable(cells, "", rows, (), heads))
    extract = open_extract(data, replace(given, columns={}))
    if extract.faulty:
        _core.refuse([fault for fault, _, _ in extract.faulty])
    peeked = extract.peek(0)
    header = [head.strip() for head in peeked["header"]]
    if not header:
        faults = [f for f in peeked["findings"] if f.severity == "E"]
        _core.refuse(list(extract.placed(faults)) or [_empty(extract.file)])
    names = [given.columns[variable] for variable in known if variable in given.columns]
    names += [name for usual in known.values() for name in usual]
    refuse_title_lines(extract, frozenset(map(_core.header_key, names)))
    places = _places(header, known, given, needed, extract.file)
    read = extract.columns_at(list(places.values()))
    if any(found.severity == "E" for found in read["findings"]):
        _core.refuse(list(extract.placed(read["findings"])))
    cells = {
        variable: np.array(column, dtype=str)
        for variable, column in zip(places, read["columns"], strict=True)
    }
    heads = {variable: header[at] for variable, at in places.items()}
    told = extract.placed(read["findings"])
    return _filled(
        TextTable(cells, extract.file, read["rows"].tolist(), told, heads, _extract=extract)
    )


def _places(
    header: list[str], known: Mapping[str, Sequence[str]], given: ColumnMap, needed: Sequence[str],
    file: str,
) -> dict[str, int]:  # fmt: skip
    """Variable to the place of its column."""
    keys = [_core.header_key(head) for head in header]
    found, faults = {}, []
    for variable, usual in known.items():
        declared = given.columns.get(variable)
        names = {_core.header_key(name) for name in ([declared] if declared else usual)}
        at = [place for place, key in enumerate(keys) if key in names]
        if len(at) == 1:
            found[variable] = at[0]
        elif len(at) > 1:
            faults.append(_header_fault(
                variable, file, "a column that is read stands twice",
                "en kolumn som läses finns två gånger",
            ))  # fmt: skip
        elif declared or variable in needed:
            faults.append(_header_fault(
                variable, file, "a column that is needed is missing", "en kolumn som behövs saknas"
            ))  # fmt: skip
    if faults:
        _core.refuse(faults)
    return found


def _header_fault(variable: str, file: str, said: str, said_sv: str) -> Finding:
    return Finding(
        code="E-HEADER", severity="E", file=file, column=variable,
        message=f"{said}: {variable}.", message_sv=f"{said_sv}: {variable}.",
        remedy="Rename the column, or say which it is with a column map.",
        remedy_sv="Byt namn på kolumnen, eller ange vilken det är med en kolumnkarta.",
    )  # fmt: skip


def _filled(table: TextTable) -> TextTable:
    if not len(table.places):
        _core.refuse([_empty(table.file)])
    return table


def _empty(file: str) -> Finding:
    return Finding(
        code="E-EMPTY", severity="E", file=file, message="the file has no rows of data.",
        message_sv="filen har inga datarader.",
        remedy="Check that the right file was exported.",
        remedy_sv="Kontrollera att rätt fil har tagits ut.",
    )  # fmt: skip


def _as_text(table: Mapping[str, Array]) -> dict[str, Array]:
    def text(value: Any) -> str:
        if value is None or value != value:
            return ""
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return str(value).strip()

    return {
        str(name).strip(): np.array([text(v) for v in np.asarray(values).tolist()], dtype=str)
        for name, values in table.items()
    }
