"""Tables in memory, of Parquet and of Arrow, as the delimited text that the one reader takes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kohort import _core
from kohort.extracts.column_map import ColumnMap
from kohort.extracts.extract import Extract, headers_read, settings_of
from kohort.support import _frames, _toml
from kohort.support._extras import require
from kohort.support._shown import shown_file

_SEVERAL = (list, tuple, dict, set, np.ndarray)
_SLICE = 100_000  # rows of a table that are turned into text at a time


def table_extract(
    tables: Callable[[], Iterator[Any]], chosen: ColumnMap, file: str = "", kind: str = "table"
) -> Extract:
    """Tables of the same columns, which `tables` gives one after the other, ready to be read."""
    settings = {
        **settings_of(chosen),
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
    used = headers_read(declared)
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


def parquet_batches(path: Path) -> Iterator[Any]:
    """The tables of a Parquet file, a part at a time."""
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


def arrow_batches(path: Path) -> Iterator[Any]:
    """The tables of an Arrow file or stream, a part at a time."""
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
