"""Workbooks: looked through before they are opened, and turned into rows of text."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kohort import _core
from kohort._core import Finding, SheetScan
from kohort.extracts._look_through import Book, look_through, refuse, refuse_limit
from kohort.extracts.column_map import ColumnMap
from kohort.extracts.extract import Cells, Extract
from kohort.support._extras import require
from kohort.support._shown import shown_file

MOST_COLUMNS = 1_024
MOST_CELLS = 32_000_000  # of the rectangle that holds all cells: an opened workbook keeps it whole
_FREE_CELLS = 1_000_000  # a rectangle of fewer may be as empty as it likes
_MOST_EMPTY = 50  # places in the rectangle to a cell that holds something


def open_workbook(path: Path, chosen: ColumnMap) -> Extract:
    """The rows of one sheet, after a look through the whole workbook.

    Raises
    ------
    DataRefused
        `E-XLSX-...`, with every fault that was found.
    MissingExtra
        If python-calamine is not installed.
    """
    with opened_sheet(path, chosen) as (name, sheet, book):
        number = 1 + list(book.sheets).index(name)
        faulty = _faulty_cells(path, Cells(name, {}, number), book.sheets[name], chosen)
        text, cells = _as_text(name, number, sheet, chosen.header_row, faulty)
    settings = {
        "date_format": "excel_1904" if book.since_1904 else "excel_1900",
        "delimiter": ";",
        "decimal": chosen.decimal or "",
        "encoding": "utf-8",
        "header_row": 0,
        "first_record": 1,  # rows are the sheet's, line ends within a cell do not count
    }
    if chosen.date_format in ("day_month_year", "month_day_year"):
        settings["date_format"] = chosen.date_format
    columns = dict(chosen.columns)
    return Extract(shown_file(path), "workbook", text, settings, columns, cells, faulty)


@contextmanager
def opened_sheet(
    path: Path, chosen: ColumnMap, most_cells: int = MOST_CELLS
) -> Iterator[tuple[str, Any, Book]]:
    """The name of the one sheet that is meant, the sheet itself, and what the look through found.

    Raises
    ------
    DataRefused
        `E-XLSX-...`: the workbook must not or cannot be opened, or no one sheet is meant.
    """
    book = look_through(path)
    calamine = require("python_calamine", "Excel files")
    try:
        workbook = calamine.CalamineWorkbook.from_path(os.fspath(path))
    except (calamine.CalamineError, OSError, ValueError):
        refuse(path, "E-XLSX-TRUNCATED")
    with workbook:
        name = _sheet_name(path, workbook, calamine, book, chosen)
        scan = book.sheets.get(name)
        if scan is None or scan.cells == 0:
            refuse(path, "E-EMPTY")
        reach = scan.last_row * scan.last_column
        empty = reach > max(_FREE_CELLS, _MOST_EMPTY * scan.cells)
        if scan.last_column > MOST_COLUMNS or reach > most_cells or empty:
            corner = f"{_core.column_letters(scan.last_column)}{scan.last_row}"
            refuse_limit(path, f"its cells reach to {corner}", f"dess celler når till {corner}")
        try:
            sheet = workbook.get_sheet_by_name(name)
        except (calamine.CalamineError, OSError, ValueError):
            refuse(path, "E-XLSX-TRUNCATED")
        yield name, sheet, book


def _sheet_name(path: Path, workbook: Any, calamine: Any, book: Book, chosen: ColumnMap) -> str:
    worksheets = [
        sheet for sheet in workbook.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet
    ]
    names = [sheet.name for sheet in worksheets]
    if chosen.sheet is not None:
        if chosen.sheet not in names:
            refuse(
                path,
                "E-XLSX-SHEET",
                f"there is none of the declared name among {len(names)}.",
                f"inget av {len(names)} blad har det angivna namnet.",
            )
        return chosen.sheet
    filled = [
        sheet for sheet in worksheets if sheet.name in book.sheets and book.sheets[sheet.name].cells
    ]
    visible = [s.name for s in filled if s.visible == calamine.SheetVisibleEnum.Visible]
    if len(visible) < len(filled):
        refuse(path, "E-XLSX-HIDDEN")
    if not filled:
        refuse(path, "E-EMPTY")
    if len(visible) > 1:
        refuse(
            path,
            "E-XLSX-SHEET",
            f"{len(visible)} sheets have something in them.",
            f"{len(visible)} blad har innehåll.",
        )
    return str(visible[0])


def _faulty_cells(
    path: Path, cells: Cells, scan: SheetScan, chosen: ColumnMap
) -> tuple[tuple[Finding, int, int], ...]:
    """Cells that would be read into something else than is meant, with their columns' numbers."""
    found: list[tuple[Finding, int, int]] = []

    def add(code: str, place: str) -> None:
        begin, _, end = place.partition(":")
        row, left = _core.cell_position(begin)
        right = _core.cell_position(end or begin)[1]
        if row >= max(chosen.header_row, 1):
            where = f"{cells.name(1, '').rpartition('!')[0]}!{place}"
            fault = _core.catalogued(code, row=row, file=shown_file(path), cell=where)
            found.append((fault, left, max(left, right)))

    for place in scan.formulas:
        add("E-XLSX-FORMULA", place)
    for place in scan.errors:
        add("E-XLSX-ERROR", place)
    for place in scan.merged:
        add("E-XLSX-MERGED", place)
    return tuple(found)


_NEEDS_QUOTES = re.compile(r'[;"\r\n]|^ | $')


def _text_of(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"' if _NEEDS_QUOTES.search(value) else value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time(0)
        return value.date().isoformat() if midnight else value.isoformat(" ")
    return "" if value is None else str(value)


def _lines(
    rows: Iterator[list[Any]], header_row: int, left: int, unread: dict[int, set[int]]
) -> Iterator[str]:
    for number, row in enumerate(rows, 1):
        if number < header_row:
            yield ""
            continue
        remark = _is_remark(row) and (number > header_row or header_row == 0)
        for column in unread.get(number, ()):  # never taken for an empty cell
            if 0 <= column - left - 1 < len(row):
                row[column - left - 1] = "#"
        yield "#" if remark else ";".join(map(_text_of, row))


def _is_remark(row: list[Any]) -> bool:
    """Alone in its row, a text that begins with #."""
    if len(row) < 2 or not isinstance(row[0], str) or not row[0].startswith("#"):
        return False
    return not any(str(value).strip() for value in row[1:])


def _as_text(
    name: str,
    number: int,
    sheet: Any,
    header_row: int,
    faulty: tuple[tuple[Finding, int, int], ...],
) -> tuple[bytes, Cells]:
    """The sheet as delimited text, row by row as it stands there."""
    text = bytearray()
    left = (sheet.start or (0, 0))[1]
    unread: dict[int, set[int]] = {}
    for fault, column, _ in faulty:
        if fault.code != "E-XLSX-MERGED" and fault.row is not None:
            unread.setdefault(fault.row, set()).add(column)
    for line in _lines(sheet.iter_rows(), header_row, left, unread):
        text += line.encode("utf-8")
        text += b"\n"
    heads = (
        row
        for n, row in enumerate(sheet.iter_rows(), 1)
        if n >= header_row and (header_row > 0 or not _is_remark(row))
    )
    header: list[Any] = next((row for row in heads if any(str(value).strip() for value in row)), [])
    letters: dict[str, str] = {}
    twice = set()
    for place, value in enumerate(header, 1):
        head = _core.shown_header(str(value).strip(), place)
        if head in letters:
            twice.add(head)
        letters[head] = _core.column_letters(left + place)
    once = {k: v for k, v in letters.items() if k not in twice}
    return bytes(text), Cells(name, once, number, left + 1)
