"""An extract of decisions: a text to be read, whatever it was before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from kohort import _core
from kohort._core import DataRefused, Finding
from kohort.extracts.column_map import REGISTER_ROLES, ColumnMap
from kohort.extracts.title_lines import refuse_title_lines
from kohort.support import _toml
from kohort.support._refusal import findings_of
from kohort.support._shown import plain

_MOST_FAULTY = 1_000  # cells of a kind that a look through a workbook keeps


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
                refuse_title_lines(self, frozenset(headers_read(self.columns.values())))
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


def settings_of(chosen: ColumnMap) -> dict[str, Any]:
    """What a column map tells the reader of a text."""
    return {
        "date_format": chosen.date_format,
        "delimiter": chosen.delimiter or "",
        "decimal": chosen.decimal or "",
        "encoding": chosen.encoding or "",
        "header_row": chosen.header_row,
    }


def headers_read(declared: Iterable[str]) -> set[str]:
    """Headers, in the form in which they are compared, that may be read."""
    known = (name for names in _core.decision_columns().values() for name in names)
    return {_core.header_key(name) for name in (*known, *declared)}
