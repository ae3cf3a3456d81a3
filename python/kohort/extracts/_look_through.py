"""A workbook is looked through, piece by piece, before anything opens it."""

from __future__ import annotations

import os
import struct
import xml.etree.ElementTree as ET  # only ever given XML without declarations
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from kohort import _core
from kohort._core import DataRefused, SheetScan
from kohort.support._shown import shown_file

MOST_ENTRIES = 2_000
MOST_BYTES = 1 << 30  # when unpacked
MOST_RATIO = 100  # unpacked to packed
_MOST_DIRECTORY = 1 << 20  # bytes of the list of entries
_FREE_RATIO = 1 << 20  # an entry that unpacks to less may be packed as tightly as it likes
_PIECE = 1 << 16


@dataclass(frozen=True)
class Book:
    """What the look through a workbook found."""

    sheets: dict[str, SheetScan]  # by the sheet's name
    since_1904: bool


def refuse(path: Path, code: str, detail: str = "", detail_sv: str = "") -> NoReturn:
    _core.refuse(
        [_core.catalogued(code, file=shown_file(path), detail=detail, detail_sv=detail_sv)]
    )
    raise AssertionError("refuse always raises")


def look_through(path: Path) -> Book:
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
            refuse(path, "E-XLSX-TRUNCATED")


def _refuse_compound(path: Path, file: Any) -> NoReturn:
    """Password-protected workbooks and those of the old format are both compound files."""
    wanted, found = "EncryptedPackage".encode("utf-16-le"), False
    tail = b""
    for piece in iter(lambda: file.read(1 << 20), b""):
        found = found or wanted in tail + piece
        tail = piece[-64:]
        if found or file.tell() > 1 << 28:
            break
    refuse(path, "E-XLSX-PASSWORD" if found else "E-XLSX-LEGACY")


def _refuse_markup(path: Path, head: bytes) -> NoReturn:
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        refuse(
            path, "E-XLSX-KIND", "it is an XML table of 2003.", "den är en XML-tabell från 2003."
        )
    if head.lstrip().lower().startswith(b"<?xml") and b"<html" not in head.lower():
        refuse(path, "E-XLSX-KIND", "it is XML.", "den är XML.")
    refuse(path, "E-XLSX-HTML")


def _check_directory(path: Path, file: Any) -> None:
    """The list of entries must be there and short, before anything reads it."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 65_557))
    end = file.read()
    at = end.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(end):
        refuse(path, "E-XLSX-TRUNCATED")
    entries, directory = struct.unpack_from("<HI", end, at + 10)
    if entries == 0xFFFF or directory == 0xFFFFFFFF:
        wide = end.rfind(b"PK\x06\x06", 0, at)
        if wide < 0 or wide + 56 > len(end):
            refuse(path, "E-XLSX-TRUNCATED")
        entries, directory = struct.unpack_from("<QQ", end, wide + 32)
    if entries > MOST_ENTRIES or directory > _MOST_DIRECTORY:
        refuse_limit(path, f"more than {MOST_ENTRIES} entries", f"fler än {MOST_ENTRIES} poster")


def refuse_limit(path: Path, what: str, what_sv: str) -> NoReturn:
    refuse(path, "E-XLSX-LIMIT", what + ".", what_sv + ".")


def _look_at_entries(path: Path, file: Any, archive: zipfile.ZipFile) -> Book:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        refuse_limit(path, f"more than {MOST_ENTRIES} entries", f"fler än {MOST_ENTRIES} poster")
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        refuse_limit(path, "more than 1 GiB unpacked", "mer än 1 GiB uppackad")
    for entry in entries:
        tight = entry.file_size > MOST_RATIO * max(entry.compress_size, 1)
        if tight and entry.file_size > _FREE_RATIO:
            refuse_limit(
                path, f"packed more than {MOST_RATIO} times", f"packad mer än {MOST_RATIO} gånger"
            )
        if entry.flag_bits & 1:
            refuse(path, "E-XLSX-PASSWORD")
    names = [entry.filename for entry in entries]
    if "xl/workbook.xml" not in names:
        if "xl/workbook.bin" in names:
            refuse(path, "E-XLSX-KIND", "it is .xlsb.", "den är .xlsb.")
        if "mimetype" in names or "content.xml" in names:
            refuse(path, "E-XLSX-KIND", "it is of OpenDocument.", "den är av OpenDocument.")
        refuse(path, "E-XLSX-KIND", "it is another archive.", "den är ett annat arkiv.")
    if len(set(names)) < len(names):
        refuse(path, "E-XLSX-TRUNCATED", "An entry is there twice.", "En post finns två gånger.")
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
            if scan.misnamed:
                refuse_limit(
                    path,
                    "a row or cell is named that no sheet has",
                    "en rad eller cell som inget blad har",
                )
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
                refuse(path, "E-XLSX-KIND", "its XML is not in UTF-8.", "dess XML är inte i UTF-8.")
            first = False
            scan.add(piece)
            if scan.declares:
                refuse(path, "E-XLSX-DTD")
        if kept is not None:
            kept.append(piece)
            if sum(map(len, kept)) > 1 << 22:
                refuse_limit(path, "its list of sheets", "dess lista över blad")

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
                refuse_limit(path, "larger than it says", "större än den uppger")
            watch(piece)


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _named(small: dict[str, bytes], scans: dict[str, SheetScan]) -> Book:
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
    return Book(sheets, since_1904)
