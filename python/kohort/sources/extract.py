"""An extract of decisions in whatever form it comes: made ready for the one reader."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kohort import _core, _frames, _toml
from kohort._core import DataRefused, Finding
from kohort._extras import require
from kohort._refusal import findings_of
from kohort._shown import plain, shown_file
from kohort.sources.column_map import ColumnMap

_SLICE = 100_000  # rows of a table that are turned into text at a time


@dataclass(frozen=True)
class Cells:
    """Where the columns of a sheet stand, to name cells as the user sees them.

    Attributes
    ----------
    sheet
        Its name.
    letters
        Header to letters of the column, "B"; a header that stands twice is left out. A header that
        is not shown goes by its place in the file, "2".
    number
        Which sheet it is, the first being 1.
    """

    sheet: str
    letters: dict[str, str]
    number: int = 1

    @property
    def shown(self) -> str:
        """The sheet's name; its number, "#2", if the name may be a person's."""
        return self.sheet if plain(self.sheet) else f"#{self.number}"

    def name(self, row: int, column: str) -> str:
        """ "Blad1!B17", or "Blad1!17:17" for the whole row."""
        simple = self.shown.isidentifier() or self.shown.startswith("#")
        sheet = self.shown if simple else "'" + self.shown.replace("'", "''") + "'"
        letters = self.letters.get(column)
        return f"{sheet}!{letters}{row}" if letters else f"{sheet}!{row}:{row}"


@dataclass(frozen=True)
class Extract:
    """A text to be read, and what the reader must be told about it.

    Attributes
    ----------
    file
        Its name as it may be shown, for the findings; empty for a table handed over in memory.
    kind
        "text", "workbook", "parquet", "arrow" or "table".
    source
        The bytes, a path, or a function that gives pieces of bytes in UTF-8.
    settings
        Of the reader: delimiter, decimal, encoding, header_row, first_record, date_format.
    columns
        Role to header, as far as they are declared.
    cells
        Of a workbook: where its columns stand.
    """

    file: str
    kind: str
    source: Any = field(repr=False)
    settings: dict[str, Any]
    columns: dict[str, str]
    cells: Cells | None = None

    def placed(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings with their cells, if the extract is a workbook."""
        if self.cells is None:
            return tuple(findings)
        return tuple(
            f if f.row is None or f.cell else f.at_cell(self.cells.name(f.row, f.column))
            for f in findings
        )

    def _opened(self) -> Any:
        return self.source() if callable(self.source) else self.source

    def form(self, seen: tuple[str, str, str]) -> dict[str, str]:
        """How it was written, for the manifest: kind, and of a text what the reader saw."""
        if self.kind != "text":
            return {"kind": self.kind} | ({"sheet": self.cells.shown} if self.cells else {})
        names = ("encoding", "delimiter", "decimal")
        return {"kind": "text", **dict(zip(names, seen, strict=True))}

    def level_rule(self) -> str:
        """The level rule that its columns are for: "level", "support_type" or "hours"."""
        keys = {_core.header_key(head) for head in self.peek(0)["header"]}
        known = _core.decision_columns()
        for role, rule in (("level", "level"), ("support", "support_type"), ("hours", "hours")):
            names = (_core.header_key(name) for name in known[role])
            if role in self.columns or not keys.isdisjoint(names):
                return rule
        return "level"

    def peek(self, rows: int = 200) -> dict[str, Any]:
        """Header, first records, encoding, delimiter, and the findings on the way there.

        The records are personal data: they stay in memory.
        """
        form = {k: v for k, v in self.settings.items() if k != "date_format"}
        seen: dict[str, Any] = _core.peek(self._opened(), self.file, **form, rows=rows)
        return seen

    def columns_at(self, places: list[int]) -> dict[str, Any]:
        """Texts of the columns at these places (from 0), rows of the records, and findings.

        Personal data: they stay in memory.
        """
        form = {k: v for k, v in self.settings.items() if k != "date_format"}
        seen: dict[str, Any] = _core.text_columns(self._opened(), self.file, places, **form)
        return seen

    def read(self, **settings: Any) -> Any:
        """The decisions, by the reader in the core.

        Raises
        ------
        DataRefused
            With every fault of the extract.
        """
        given = {**self.settings, "columns": self.columns, **settings}
        try:
            return _core.read_decisions(self._opened(), self.file, **given)
        except DataRefused as refusal:
            if self.cells is None:
                raise
            found = self.placed(findings_of(refusal))
        _core.refuse(list(found))
        raise AssertionError("refuse always raises")


def open_extract(
    data: Any, column_map: ColumnMap | str | os.PathLike[str] | None = None
) -> Extract:
    """Make an extract ready to be read. What a file is, is seen from its beginning, not its name.

    Parameters
    ----------
    data
        A file: delimited text, an .xlsx workbook, Parquet or Arrow; or a table: a pandas or polars
        frame, an Arrow table, anything narwhals or the Arrow C stream interface can open.
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
        return _table(lambda: iter([data]), chosen, "", "table")
    path = Path(data)
    name = shown_file(path)
    head = _beginning(path)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")) or _is_markup(head):
        from kohort.sources import excel

        return excel.open_workbook(path, chosen)
    if head.startswith(b"PAR1"):
        return _table(lambda: _parquet_batches(path), chosen, name, "parquet")
    if head.startswith(b"ARROW1"):
        return _table(lambda: _arrow_batches(path), chosen, name, "arrow")
    source: Any = str(path) if path.is_file() else path.read_bytes()
    return Extract(name, "text", source, _text_settings(chosen), dict(chosen.columns))


def _text_settings(chosen: ColumnMap) -> dict[str, Any]:
    return {
        "date_format": chosen.date_format,
        "delimiter": chosen.delimiter or "",
        "decimal": chosen.decimal or "",
        "encoding": chosen.encoding or "",
        "header_row": chosen.header_row,
    }


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


def _table(tables: Callable[[], Iterator[Any]], chosen: ColumnMap, file: str, kind: str) -> Extract:
    settings = {
        **_text_settings(chosen),
        "delimiter": ",",
        "encoding": "",
        "header_row": 0,
        "first_record": -1,  # so that the first row of data is row 0
    }
    columns = dict(chosen.columns)
    return Extract(file, kind, lambda: _as_text(tables()), settings, columns)


def _as_text(tables: Iterator[Any]) -> Iterator[bytes]:
    """Tables of the same columns as delimited text, the header once."""
    head = True
    for table in tables:
        frame = _writable(table)
        for at in range(0, max(len(frame), 1), _SLICE):
            text = frame[at : at + _SLICE].write_csv()
            if not head:
                text = text.partition("\n")[2]
            head = False
            if text:
                yield text.encode("utf-8")


def _writable(table: Any) -> Any:
    """The table as a frame whose texts are plain and whose header is one line."""
    frame = _frames.opened(table)
    for name in frame.columns:
        if "\n" in name or "\r" in name:
            _toml.refuse("E-HEADER", "table: a column's name has a line end. Rename the column.")
    if not frame.implementation.is_pyarrow():
        return frame
    arrow = require("pyarrow", "Arrow tables")

    def plain(kind: Any) -> Any:
        coded = arrow.types.is_dictionary(kind) or kind == arrow.string_view()
        return arrow.large_string() if coded else kind

    native = frame.to_native()
    fields = [field.with_type(plain(field.type)) for field in native.schema]
    return _frames.opened(native.cast(arrow.schema(fields)))


def _parquet_batches(path: Path) -> Iterator[Any]:
    parquet = require("pyarrow.parquet", "Parquet files")
    arrow = require("pyarrow", "Parquet files")
    try:
        file = parquet.ParquetFile(path)
        schema = file.schema_arrow
        empty = True
        for batch in file.iter_batches(batch_size=_SLICE):
            empty = False
            yield arrow.Table.from_batches([batch])
        if empty:
            yield schema.empty_table()
    except (arrow.ArrowException, OSError) as error:
        _damaged(path, error)


def _arrow_batches(path: Path) -> Iterator[Any]:
    ipc = require("pyarrow.ipc", "Arrow files")
    arrow = require("pyarrow", "Arrow files")
    try:
        with ipc.open_file(path) as file:
            for k in range(file.num_record_batches):
                yield arrow.Table.from_batches([file.get_batch(k)])
            if file.num_record_batches == 0:
                yield file.schema.empty_table()
    except (arrow.ArrowException, OSError) as error:
        _damaged(path, error)


def _damaged(path: Path, error: Exception) -> None:
    _toml.refuse(
        "E-FILE",
        f"the file '{shown_file(path)}' is damaged ({type(error).__name__}). "
        "Copy or export it again.",
    )
