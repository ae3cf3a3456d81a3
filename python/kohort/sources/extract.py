"""An extract of decisions in whatever form it comes: made ready for the one reader."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kohort import _core
from kohort._core import DataRefused, Finding
from kohort.sources.column_map import REGISTER_ROLES, ColumnMap
from kohort.sources.title_lines import refuse_title_lines
from kohort.support import _frames, _toml
from kohort.support._extras import require
from kohort.support._refusal import findings_of
from kohort.support._shown import plain, shown_file

_MOST_FAULTY = 1_000  # cells of a kind that a look through a workbook keeps
_SEVERAL = (list, tuple, dict, set, np.ndarray)
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
    first
        The number of its first column that holds something.
    """

    sheet: str
    letters: dict[str, str]
    number: int = 1
    first: int = 1

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
    faulty
        Of a workbook: cells that hold something else than they show, as findings with the numbers
        of the columns that they reach from and to. Those of columns that are read are faults.
    """

    file: str
    kind: str
    source: Any = field(repr=False)
    settings: dict[str, Any]
    columns: dict[str, str]
    cells: Cells | None = None
    faulty: tuple[tuple[Finding, int, int], ...] = ()

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
        """The level rule that its columns are for: level, support_type, hours or register."""
        keys = {_core.header_key(head) for head in self.peek(0)["header"]}
        if {_core.header_key(name) for name in ("PERIOD", "BOFORM", "HTJTIM")} <= keys:
            return "register"
        known = _core.decision_columns()
        for role, rule in (("level", "level"), ("support", "support_type"), ("hours", "hours")):
            names = (_core.header_key(name) for name in known[role])
            if role in self.columns or not keys.isdisjoint(names):
                return rule
        return "level"

    def peek(self, rows: int = 200, *, header_row: int | None = None) -> dict[str, Any]:
        """Header, first records, encoding, delimiter, and the findings on the way there.

        header_row: as if the map said so.

        The records are personal data: they stay in memory.
        """
        form = {k: v for k, v in self.settings.items() if k != "date_format"}
        if header_row is not None:
            form["header_row"] = header_row
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
        of_register = [role for role in self.columns if role in REGISTER_ROLES]
        if of_register:
            _toml.refuse(
                "E-SETTING",
                f"map: {', '.join(of_register)} are read by the national register's level rules "
                'alone. Leave them out, or choose level_rule = "register".',
            )
        faulty = self._faulty_where_read(settings["rule"].source) if self.faulty else []
        try:
            read = _core.read_decisions(self._opened(), self.file, **given)
            found: tuple[Finding, ...] = ()
        except DataRefused as refusal:
            told_of = findings_of(refusal)
            if any(f.code in ("E-HEADER", "E-HEADER-MISSING") for f in told_of):
                refuse_title_lines(self, frozenset(_used(self.columns.values())))
            if self.cells is None:
                raise
            found = self.placed(told_of)
        if not found and not faulty:
            return read
        # What the reader says of such a cell itself is told already.
        told = {f.cell for f in faulty}
        _core.refuse([*faulty, *(f for f in found if f.cell not in told)])
        raise AssertionError("refuse always raises")

    def _faulty_where_read(self, source: str) -> list[Finding]:
        """Faulty cells of the columns that a level rule of this kind reads, or of all if unclear.

        source: the column of the level: level, support or hours.
        """
        header = self.peek(0)["header"]
        beside = {"level", "support", "hours"} - {source}
        known = _core.decision_columns()
        names = {
            _core.header_key(name)
            for role in known
            if role not in beside
            for name in ([self.columns[role]] if role in self.columns else known[role])
        }
        first = self.cells.first if self.cells else 1
        used = {k for k, head in enumerate(header, first) if _core.header_key(head) in names}
        every = len(self.faulty) >= _MOST_FAULTY or not used  # there may be more; no header yet
        return [
            fault
            for fault, left, right in self.faulty
            if every or any(left <= k <= right for k in used)
        ]


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
        return _table(lambda: iter([data]), chosen, "", "table")
    path = Path(data)
    name = shown_file(path)
    head = _beginning(path)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")) or _is_markup(head):
        from kohort.sources import excel

        return excel.open_workbook(path, chosen)
    if head.startswith(b"PAR1"):
        return _table(lambda: _parquet_batches(path), chosen, name, "parquet")
    if head.startswith((b"ARROW1", b"\xff\xff\xff\xff")):  # a file, a stream
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
    declared = tuple(columns.values())
    return Extract(file, kind, lambda: _as_text(tables(), declared), settings, columns)


def _as_text(tables: Iterator[Any], declared: Iterable[str]) -> Iterator[bytes]:
    """Tables of the same columns as delimited text, the header once."""
    head = True
    for table in tables:
        names, frame = _writable(table, declared)
        if head:
            line = io.StringIO()
            csv.writer(line, lineterminator="\n").writerow(names)
            yield line.getvalue().encode("utf-8")
            head = False
        for at in range(0, len(frame), _SLICE):
            yield frame[at : at + _SLICE].write_csv().partition("\n")[2].encode("utf-8")


def _writable(table: Any, declared: Iterable[str]) -> tuple[list[str], Any]:
    """The columns' names, and the table as a frame whose columns are plain and numbered.

    So a name that stands twice comes to whoever looks for columns, as in a text.
    """
    import narwhals.stable.v2 as nw

    if isinstance(table, Mapping):
        table = _frames.to_frame({name: _frames.listed(v) for name, v in table.items()})
    names, table = _numbered(table)
    for name in names:
        if "\n" in name or "\r" in name:
            _toml.refuse("E-HEADER", "table: a column's name has a line end. Rename the column.")
    frame = _frames.opened(table)
    kept = []
    used = _used(declared)
    for name, column in zip(names, frame.columns, strict=True):
        kind = frame.schema[column]
        nested = isinstance(kind, nw.List | nw.Struct | nw.Array)
        if isinstance(kind, nw.Object):
            nested = any(isinstance(v, _SEVERAL) for v in frame.get_column(column).head(_SLICE))
        if not nested:
            kept.append(column)
        elif _core.header_key(name) in used:
            _toml.refuse(
                "E-HEADER",
                f"table: the column {_core.shown_header(name, int(column) + 1)} holds lists or "
                "structures, but one value a row is needed. Take them apart first.",
            )
    frame = frame.select(kept)
    exact = [
        nw.col(column).cast(nw.Int64)
        for column in kept
        if frame.schema[column].is_float() and _is_whole(frame.get_column(column))
    ]
    return [names[int(column)] for column in kept], frame.with_columns(exact)


def _used(declared: Iterable[str]) -> set[str]:
    """Headers, in the form in which they are compared, that may be read."""
    known = (name for names in _core.decision_columns().values() for name in names)
    return {_core.header_key(name) for name in (*known, *declared)}


def _is_whole(values: Any) -> bool:
    """Whether floating-point numbers are whole ones whose every digit is known; nan is missing."""
    array = values.drop_nulls().to_numpy()
    whole: bool = bool(np.all((array == np.floor(array)) & (np.abs(array) < 2**53)))
    return len(array) > 0 and whole


def _numbered(table: Any) -> tuple[list[str], Any]:
    """Names of the columns, and the table with "0", "1" ... instead of them, its texts plain."""
    if _is_arrow(table):
        arrow = require("pyarrow", "Arrow tables")

        def plain(kind: Any) -> Any:
            coded = arrow.types.is_dictionary(kind) or kind == arrow.string_view()
            return arrow.large_string() if coded else kind

        native = arrow.table(table)
        names = list(native.schema.names)
        native = native.rename_columns([str(i) for i in range(len(names))])
        fields = [field.with_type(plain(field.type)) for field in native.schema]
        return names, native.cast(arrow.schema(fields))
    if type(table).__module__.partition(".")[0] == "pandas":  # whose names may stand twice
        names = [str(name) for name in table.columns]
        return names, table.set_axis([str(i) for i in range(len(names))], axis=1)
    frame = _frames.opened(table)
    names = list(frame.columns)
    return names, frame.rename({name: str(i) for i, name in enumerate(names)}).to_native()


def _is_arrow(table: Any) -> bool:
    return type(table).__module__.partition(".")[0] == "pyarrow"


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
        with path.open("rb") as source:
            if source.read(6) == b"ARROW1":
                with ipc.open_file(path) as file:
                    for k in range(file.num_record_batches):
                        yield arrow.Table.from_batches([file.get_batch(k)])
                    yield file.schema.empty_table()
                return
            source.seek(0)
            with ipc.open_stream(source) as stream:
                for batch in stream:
                    yield arrow.Table.from_batches([batch])
                yield stream.schema.empty_table()
    except (arrow.ArrowException, OSError) as error:
        _damaged(path, error)


def _damaged(path: Path, error: Exception) -> None:
    _toml.refuse(
        "E-FILE",
        f"the file '{shown_file(path)}' is damaged ({type(error).__name__}). "
        "Copy or export it again.",
    )
