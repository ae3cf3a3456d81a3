"""What a file or a table is, seen from how it begins: made ready for the one reader."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from kohort.extracts.column_map import ColumnMap
from kohort.extracts.excel import open_workbook
from kohort.extracts.extract import Extract, settings_of
from kohort.extracts.tables import arrow_batches, parquet_batches, table_extract
from kohort.support import _toml
from kohort.support._shown import shown_file


def open_extract(
    data: Any, column_map: ColumnMap | str | os.PathLike[str] | None = None
) -> Extract:
    """Make an extract ready to be read. What a file is, is seen from its beginning, not its name.

    Parameters
    ----------
    data
        A file: delimited text, an .xlsx workbook, Parquet or Arrow; or a table: a dict of arrays, a
        pandas or polars frame, an Arrow table, anything narwhals or the Arrow C stream interface
        can open.
    column_map
        Which column is what; a `ColumnMap`, the name of a shipped one, or a TOML file.

    Raises
    ------
    InvalidInput
        `E-FILE`: it cannot be read.
    DataRefused
        `E-XLSX-...`: a workbook that cannot be, or must not be, opened.
    MissingExtra
        If what opens such files is not installed.
    """
    if isinstance(data, Extract):
        return data
    chosen = ColumnMap.of(column_map)
    if not isinstance(data, str | os.PathLike):
        return table_extract(lambda: iter([data]), chosen)
    path = Path(data)
    name = shown_file(path)
    head = _beginning(path)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")) or _is_markup(head):
        return open_workbook(path, chosen)
    if head.startswith(b"PAR1"):
        return table_extract(lambda: parquet_batches(path), chosen, name, "parquet")
    if head.startswith((b"ARROW1", b"\xff\xff\xff\xff")):  # a file, a stream
        return table_extract(lambda: arrow_batches(path), chosen, name, "arrow")
    source: Any = str(path) if path.is_file() else path.read_bytes()
    return Extract(name, "text", source, settings_of(chosen), dict(chosen.columns))


def _beginning(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            return b""  # a pipe: what is taken from it is gone
        with path.open("rb") as file:
            return file.read(512)
    except OSError as error:
        _toml.refuse(
            "E-FILE",
            f"the file '{shown_file(path)}' cannot be read ({error.strerror}). "
            "Check its name and folder.",
        )


def _is_markup(head: bytes) -> bool:
    """HTML or XML saved under another name."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
    return start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<head", b"<meta"))
