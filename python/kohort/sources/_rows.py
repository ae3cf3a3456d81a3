"""Small tables in files: rows of text with their physical numbers, from CSV or from Excel."""

from __future__ import annotations

import codecs
import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from kohort.extracts.column_map import ColumnMap
from kohort.extracts.excel import opened_sheet
from kohort.sources._saved import content_of
from kohort.support import _said
from kohort.support._shown import shown_file

MOST_BYTES = 16 * 2**20  # of a file of text
MOST_ROWS = 100_000
MOST_CELLS = 1_000_000  # of the rectangle of a sheet, and of all rows with something in them
_MOST_LINES = 4 * MOST_ROWS  # blank ones and remarks among them
_LONGEST = 1 << 16  # letters in a line
_WORKBOOKS = (b"PK", b"\xd0\xcf\x11\xe0")


def rows_of(
    path: str | os.PathLike[str], where: str, sheet: str | None = None
) -> tuple[str, list[tuple[int, list[str]]]]:
    """Name of a file, and those of its rows that have something in them.

    A workbook goes through the same look as an extract before it is opened. Lines of text that
    begin with # are passed over.

    Raises
    ------
    InvalidInput
        `E-FILE`, `E-EMPTY`, `E-ENCODING`, `E-TABLE-SIZE`.
    DataRefused
        `E-XLSX-...`
    """
    name = shown_file(path)
    found: list[tuple[int, list[str]]] = []
    cells = 0
    for number, row in _each(Path(path), name, where, sheet):
        if not any(cell.strip() for cell in row):
            continue
        found.append((number, row))
        cells += len(row)
        if len(found) > MOST_ROWS or cells > MOST_CELLS:
            _too_large(where, name)
    if not found:
        _said.refuse(where, "E-EMPTY", file=name, name=name)
    return name, found


def _each(path: Path, name: str, where: str, sheet: str | None) -> Iterator[tuple[int, list[str]]]:
    try:
        with path.open("rb") as file:
            head = file.read(8)
            large = os.fstat(file.fileno()).st_size > MOST_BYTES
    except OSError as error:
        _said.refuse(where, "E-FILE", file=name, name=name, why=error.strerror or "")
    if head.startswith(_WORKBOOKS):
        return _sheet_rows(path, sheet)
    if large:
        _too_large(where, name)
    return _text_rows(content_of(path, where, MOST_BYTES)[1], where, name)


def _too_large(where: str, name: str) -> NoReturn:
    _said.refuse(
        where, "E-TABLE-SIZE", file=name, name=name, rows=f"{MOST_ROWS:,}".replace(",", "\u00a0"),
        letters=f"{_LONGEST:,}".replace(",", "\u00a0"), limit=MOST_BYTES // 2**20,
    )  # fmt: skip


def _sheet_rows(path: Path, sheet: str | None) -> Iterator[tuple[int, list[str]]]:
    with opened_sheet(path, ColumnMap(sheet=sheet), MOST_CELLS) as (_, table, _book):
        for number, row in enumerate(table.iter_rows(), start=1):
            yield number, [_shown(cell) for cell in row]


def _shown(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


def _text_rows(content: bytes, where: str, name: str) -> Iterator[tuple[int, list[str]]]:
    coding = _coding(content)
    if coding is None or (coding == "cp1252" and _mostly_utf8(content)):
        _said.refuse(where, "E-ENCODING", file=name, row=_row_in_doubt(content), name=name)
    lines = 0
    counts = dict.fromkeys((";", "\t", ","), 0)
    for _, line in _lines(content, coding, where, name):
        lines += 1
        for mark in counts:
            counts[mark] += line.count(mark)
    delimiter = next((d for d in (";", "\t") if counts[d] >= lines), ",")
    for number, line in _lines(content, coding, where, name):
        yield number, next(csv.reader([line], delimiter=delimiter), [])


def _coding(content: bytes) -> str | None:
    """What the whole text can be read as, tried piece by piece; a NUL is in no text."""
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for coding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        decoder = codecs.getincrementaldecoder(coding)()
        try:
            pieces = (content[at : at + (1 << 16)] for at in range(0, len(content), 1 << 16))
            if any("\0" in decoder.decode(piece) for piece in pieces):
                return None
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return coding
    return None


def _mostly_utf8(content: bytes) -> bool:
    """Whether letters beyond ASCII are UTF-8 but for a few bytes: then those are damaged."""
    text = content.decode("utf-8", errors="surrogateescape")
    beyond = [c for c in text if c > "\x7f"]
    wrong = sum("\udc80" <= c <= "\udcff" for c in beyond)
    return len(beyond) - wrong > wrong


def _row_in_doubt(content: bytes) -> int | None:
    """The line of the first byte that is no UTF-8."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return content.count(b"\n", 0, error.start) + 1
    return None


def _lines(content: bytes, coding: str, where: str, name: str) -> Iterator[tuple[int, str]]:
    """Lines that are neither blank nor remarks, numbered from 1."""
    text = io.TextIOWrapper(io.BytesIO(content), encoding=coding)
    number = 0
    while line := text.readline(_LONGEST + 1):
        number += 1
        if len(line) > _LONGEST:
            _too_large(where, name)
        if number > _MOST_LINES:
            _too_large(where, name)
        if line.strip() and not line.startswith("#"):
            yield number, line.rstrip("\n")
