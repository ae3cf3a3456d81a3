"""Lines above the header, such as a title: one finding says so, instead of one for each role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kohort import _core
from kohort._core import Finding
from kohort.extracts.column_map import REGISTER_ROLES

if TYPE_CHECKING:
    from kohort.extracts.extract import Extract

_LOOKED_AT = 20  # rows from the first
_LEAST = 3  # known headers that make a row one


def refuse_title_lines(extract: Extract, known: frozenset[str]) -> None:
    """Raise if the first row is no header, but one of the next is.

    Parameters
    ----------
    known
        Headers, in the form in which they are compared.

    Raises
    ------
    DataRefused
        `E-HEADER-BELOW` with the header's row.
    """
    register = (_core.header_key(name) for name in REGISTER_ROLES)
    row = _row_of_header(extract, known.union(register))
    if row is not None:
        found = Finding(
            code="E-HEADER-BELOW", severity="E", file=extract.file, row=row,
            message=f"the header is row {row}; other lines stand above it.",
            message_sv=f"rubrikraden är rad {row}; det står andra rader ovanför den.",
            remedy=f"Take those lines out, or say header_row = {row} in the column map (a study's "
            f"[data.map], or kohort check --header-row {row}).",
            remedy_sv=f"Ta bort de raderna, eller ange header_row = {row} i kolumnkartan (studiens "
            f"[data.map], eller kohort check --header-row {row}).",
        )  # fmt: skip
        _core.refuse(list(extract.placed([found])))


def _row_of_header(extract: Extract, known: frozenset[str]) -> int | None:
    if extract.settings["header_row"] or extract.kind not in ("text", "workbook"):
        return None  # somebody said which row it is, or there are no rows above

    def header(row: int) -> list[str]:
        keys = [_core.header_key(head) for head in extract.peek(0, header_row=row)["header"]]
        return [key for key in keys if key]

    first = header(0)
    if len(known & set(first)) >= _LEAST:
        return None
    for row in range(2, _LOOKED_AT + 1):
        heads = header(row)
        if len(known & set(heads)) >= _LEAST and 2 * len(known & set(heads)) >= len(heads):
            while header(row + 1) == heads:  # blank rows are passed over to it
                row += 1
            return row
    return None
