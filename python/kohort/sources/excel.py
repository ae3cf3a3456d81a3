"""Workbooks: looked through before they are opened, and turned into rows of text."""

from __future__ import annotations

import datetime as dt
import os
import re
import struct
import xml.etree.ElementTree as ET  # only ever given XML without declarations
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from kohort import _core
from kohort._core import DataRefused, Finding, SheetScan
from kohort._extras import require
from kohort.sources.column_map import ColumnMap
from kohort.sources.extract import Cells, Extract

MOST_ENTRIES = 2_000
MOST_BYTES = 1 << 30  # when unpacked
MOST_RATIO = 100  # unpacked to packed
MOST_COLUMNS = 1_024
MOST_CELLS = 32_000_000  # of the rectangle that holds all cells: an opened workbook keeps it whole
_MOST_DIRECTORY = 1 << 20  # bytes of the list of entries
_FREE_RATIO = 1 << 20  # an entry that unpacks to less may be packed as tightly as it likes
_PIECE = 1 << 16


def open_workbook(path: Path, chosen: ColumnMap) -> Extract:
    """The rows of one sheet, after a look through the whole workbook.

    Raises
    ------
    DataRefused
        `E-XLSX-...`, with every fault that was found.
    MissingExtra
        If python-calamine is not installed.
    """
    book = _look_through(path)
    calamine = require("python_calamine", "Excel files")
    try:
        workbook = calamine.CalamineWorkbook.from_path(os.fspath(path))
    except (calamine.CalamineError, OSError, ValueError):
        _refuse(path, "E-XLSX-TRUNCATED")
    with workbook:
        name = _sheet_name(path, workbook, calamine, book, chosen)
        _check_sheet(path, name, book.sheets.get(name), chosen)
        sheet = workbook.get_sheet_by_name(name)
        text, cells = _as_text(name, sheet, chosen.header_row)
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
    return Extract(path.name, "workbook", text, settings, dict(chosen.columns), cells)


@dataclass(frozen=True)
class _Book:
    """What the look through a workbook found."""

    sheets: dict[str, SheetScan]  # by the sheet's name
    since_1904: bool


def _refuse(path: Path, code: str, detail: str = "", detail_sv: str = "") -> NoReturn:
    _core.refuse([_core.catalogued(code, file=path.name, detail=detail, detail_sv=detail_sv)])
    raise AssertionError("refuse always raises")


def _look_through(path: Path) -> _Book:
    with path.open("rb") as file:
        head = file.read(8)
        if head.startswith(b"\xd0\xcf\x11\xe0"):
            _refuse_compound(path, file)
        if not head.startswith(b"PK"):
            file.seek(0)
            _refuse_markup(path, file.read(4096))
        _check_directory(path, file)
        file.seek(0)
        try:
            with zipfile.ZipFile(file) as archive:
                return _look_at_entries(path, file, archive)
        except DataRefused:
            raise
        # What zipfile raises for archives that are cut, damaged or packed in a way it cannot undo
        # (NotImplementedError), and what the parser raises for parts that are no XML.
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            struct.error,
            NotImplementedError,
            ET.ParseError,
            UnicodeDecodeError,
            ValueError,
            RecursionError,
        ):
            _refuse(path, "E-XLSX-TRUNCATED")


def _refuse_compound(path: Path, file: Any) -> NoReturn:
    """Password-protected workbooks and those of the old format are both compound files."""
    wanted, found = "EncryptedPackage".encode("utf-16-le"), False
    tail = b""
    for piece in iter(lambda: file.read(1 << 20), b""):
        found = found or wanted in tail + piece
        tail = piece[-64:]
        if found or file.tell() > 1 << 28:
            break
    _refuse(path, "E-XLSX-PASSWORD" if found else "E-XLSX-LEGACY")


def _refuse_markup(path: Path, head: bytes) -> NoReturn:
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        _refuse(
            path, "E-XLSX-KIND", "it is an XML table of 2003.", "den är en XML-tabell från 2003."
        )
    if head.lstrip().lower().startswith(b"<?xml") and b"<html" not in head.lower():
        _refuse(path, "E-XLSX-KIND", "it is XML.", "den är XML.")
    _refuse(path, "E-XLSX-HTML")


def _check_directory(path: Path, file: Any) -> None:
    """The list of entries must be there and short, before anything reads it."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 65_557))
    end = file.read()
    at = end.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(end):
        _refuse(path, "E-XLSX-TRUNCATED")
    entries, directory = struct.unpack_from("<HI", end, at + 10)
    if entries == 0xFFFF or directory == 0xFFFFFFFF:
        wide = end.rfind(b"PK\x06\x06", 0, at)
        if wide < 0 or wide + 56 > len(end):
            _refuse(path, "E-XLSX-TRUNCATED")
        entries, directory = struct.unpack_from("<QQ", end, wide + 32)
    if entries > MOST_ENTRIES or directory > _MOST_DIRECTORY:
        _refuse_limit(path, f"more than {MOST_ENTRIES} entries", f"fler än {MOST_ENTRIES} poster")


def _refuse_limit(path: Path, what: str, what_sv: str) -> NoReturn:
    _refuse(path, "E-XLSX-LIMIT", what + ".", what_sv + ".")


def _look_at_entries(path: Path, file: Any, archive: zipfile.ZipFile) -> _Book:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        _refuse_limit(path, f"more than {MOST_ENTRIES} entries", f"fler än {MOST_ENTRIES} poster")
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        _refuse_limit(path, "more than 1 GiB unpacked", "mer än 1 GiB uppackad")
    for entry in entries:
        tight = entry.file_size > MOST_RATIO * max(entry.compress_size, 1)
        if tight and entry.file_size > _FREE_RATIO:
            _refuse_limit(
                path, f"packed more than {MOST_RATIO} times", f"packad mer än {MOST_RATIO} gånger"
            )
        if entry.flag_bits & 1:
            _refuse(path, "E-XLSX-PASSWORD")
    names = [entry.filename for entry in entries]
    if "xl/workbook.xml" not in names:
        if "xl/workbook.bin" in names:
            _refuse(path, "E-XLSX-KIND", "it is .xlsb.", "den är .xlsb.")
        if "mimetype" in names or "content.xml" in names:
            _refuse(path, "E-XLSX-KIND", "it is of OpenDocument.", "den är av OpenDocument.")
        _refuse(path, "E-XLSX-KIND", "it is another archive.", "den är ett annat arkiv.")
    if len(set(names)) < len(names):
        _refuse(path, "E-XLSX-TRUNCATED", "An entry is there twice.", "En post finns två gånger.")
    scans: dict[str, SheetScan] = {}
    small: dict[str, bytes] = {}
    for entry in entries:
        kept: list[bytes] | None = (
            [] if entry.filename in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels") else None
        )
        is_text = entry.filename.endswith((".xml", ".rels", ".vml"))
        scan = SheetScan() if is_text else None
        _unpack(path, archive, entry, _watching(path, scan, kept))
        if scan is not None and entry.filename.startswith("xl/worksheets/"):
            scans[entry.filename] = scan
        if kept is not None:
            small[entry.filename] = b"".join(kept)
    return _named(small, scans)


def _watching(
    path: Path, scan: SheetScan | None, kept: list[bytes] | None
) -> Callable[[bytes], None]:
    first = True

    def watch(piece: bytes) -> None:
        nonlocal first
        if scan is not None:
            if first and (piece[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in piece[:4]):
                _refuse(
                    path, "E-XLSX-KIND", "its XML is not in UTF-8.", "dess XML är inte i UTF-8."
                )
            first = False
            scan.add(piece)
            if scan.declares:
                _refuse(path, "E-XLSX-DTD")
        if kept is not None:
            kept.append(piece)
            if sum(map(len, kept)) > 1 << 22:
                _refuse_limit(path, "its list of sheets", "dess lista över blad")

    return watch


def _unpack(
    path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, watch: Callable[[bytes], None]
) -> None:
    """Unpack an entry piece by piece; it may not be larger than it says."""
    unpacked = 0
    with archive.open(entry) as stream:
        while piece := stream.read(_PIECE):
            unpacked += len(piece)
            if unpacked > entry.file_size:
                _refuse_limit(path, "larger than it says", "större än den uppger")
            watch(piece)


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _named(small: dict[str, bytes], scans: dict[str, SheetScan]) -> _Book:
    """Scans by the names that the workbook gives its sheets."""
    targets: dict[str, str] = {}
    if rels := small.get("xl/_rels/workbook.xml.rels"):
        for link in ET.fromstring(rels):
            target = link.get("Target", "")
            full = target.lstrip("/") if target.startswith("/") else "xl/" + target
            targets[link.get("Id", "")] = os.path.normpath(full).replace("\\", "/")
    since_1904 = False
    sheets: dict[str, SheetScan] = {}
    for element in ET.fromstring(small["xl/workbook.xml"]).iter():
        if _local(element.tag) == "workbookPr":
            since_1904 = element.get("date1904", "0") in ("1", "true")
        if _local(element.tag) == "sheet":
            part = next((v for k, v in element.attrib.items() if _local(k) == "id"), "")
            scan = scans.get(targets.get(part, ""))
            if scan is not None:
                sheets[element.get("name", "")] = scan
    return _Book(sheets, since_1904)


def _sheet_name(path: Path, workbook: Any, calamine: Any, book: _Book, chosen: ColumnMap) -> str:
    worksheets = [
        sheet for sheet in workbook.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet
    ]
    names = [sheet.name for sheet in worksheets]
    if chosen.sheet is not None:
        if chosen.sheet not in names:
            _refuse(
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
        _refuse(path, "E-XLSX-HIDDEN")
    if not filled:
        _refuse(path, "E-EMPTY")
    if len(visible) > 1:
        _refuse(
            path,
            "E-XLSX-SHEET",
            f"{len(visible)} sheets have something in them.",
            f"{len(visible)} blad har innehåll.",
        )
    return str(visible[0])


def _check_sheet(path: Path, name: str, scan: SheetScan | None, chosen: ColumnMap) -> None:
    """Refuse what would be opened into too much, or read into something else than is meant."""
    if scan is None or scan.cells == 0:
        _refuse(path, "E-EMPTY")
    if scan.last_column > MOST_COLUMNS or scan.last_row * scan.last_column > MOST_CELLS:
        corner = f"{_core.column_letters(scan.last_column)}{scan.last_row}"
        _refuse_limit(path, f"its cells reach to {corner}", f"dess celler når till {corner}")
    cells = Cells(name, {})
    found: list[Finding] = []

    def add(code: str, place: str) -> None:
        row, _ = _core.cell_position(place.partition(":")[0])
        if row >= max(chosen.header_row, 1):
            where = f"{cells.name(1, '').rpartition('!')[0]}!{place}"
            found.append(_core.catalogued(code, row=row, file=path.name, cell=where))

    for place in scan.formulas:
        add("E-XLSX-FORMULA", place)
    for place in scan.errors:
        add("E-XLSX-ERROR", place)
    for place in scan.merged:
        add("E-XLSX-MERGED", place)
    if found:
        _core.refuse(found)


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


def _lines(rows: Iterator[list[Any]], header_row: int) -> Iterator[str]:
    for number, row in enumerate(rows, 1):
        yield "" if number < header_row else ";".join(map(_text_of, row))


def _as_text(name: str, sheet: Any, header_row: int) -> tuple[bytes, Cells]:
    """The sheet as delimited text, row by row as it stands there."""
    text = bytearray()
    for line in _lines(sheet.iter_rows(), header_row):
        text += line.encode("utf-8")
        text += b"\n"
    left = (sheet.start or (0, 0))[1]
    heads = (row for n, row in enumerate(sheet.iter_rows(), 1) if n >= header_row)
    header: list[Any] = next((row for row in heads if any(str(value).strip() for value in row)), [])
    letters: dict[str, str] = {}
    twice = set()
    for k, value in enumerate(header, left + 1):
        head = str(value).strip()
        if head in letters:
            twice.add(head)
        letters[head] = _core.column_letters(k)
    return bytes(text), Cells(name, {k: v for k, v in letters.items() if k not in twice})
