"""A column map proposed from an extract's own header, for its owner to look over."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from dataclasses import dataclass, field
from typing import Any

from kohort import _core
from kohort.extracts.column_map import REGISTER_ROLES, ROLES, ColumnMap
from kohort.extracts.opening import open_extract
from kohort.extracts.title_lines import refuse_title_lines
from kohort.support._shown import plain

_KNOWN: dict[str, tuple[str, ...]] = {
    role: tuple(_core.header_key(name) for name in names)
    for role, names in _core.decision_columns().items()
}
_ISO = re.compile(r"\d{4}-?\d\d-?\d\d( .*|T.*)?")
_PARTS = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")  # a remark may not hold them
_OF_REGISTER = [
    '# the national register: level_rule = "register"; sex, birth and death: data.persons',
    '# nationella registret: level_rule = "register"; kön, födelse och död: data.persons',
]
_LEVEL_RULES = {"level": "level", "support": "support_type", "hours": "hours"}


@dataclass(frozen=True)
class ProposedMap:
    """A column map as the header suggests it, and what each suggestion rests on.

    Attributes
    ----------
    column_map
        Ready to be used, or written and changed.
    reasons
        Role to "header" (a usual name), "like" (a similar name) or "values".
    unused
        Headers that no role was found for; "column 5" for one that may be somebody's name.
    missing
        Roles that are needed and for which nothing was found.
    level_rule
        "level", "support_type" or "hours", by the columns; "register" if they are the national
        register's; empty if none of them is there.
    dates
        "iso", "day_month_year", "month_day_year", or "ambiguous": then `date_format` must be said.
    unnamed
        Roles (and "sheet") whose name is not written, and the column's place.
    """

    column_map: ColumnMap = field(repr=False)
    reasons: dict[str, str]
    unused: tuple[str, ...]
    missing: tuple[str, ...]
    level_rule: str
    dates: str
    unnamed: dict[str, int] = field(default_factory=dict)

    def to_toml(self) -> str:
        """The map as a file, with a remark beside each line that rests on less than a name.

        A header whose words kohort does not know may be somebody's name: it is not written.
        """
        words = {"like": "  # a similar name: look", "values": "  # by its values: look"}
        lines = []
        for line in self.column_map.to_toml().splitlines():
            role = line.partition(" = ")[0]
            if role in self.unnamed:
                place = f"column {self.unnamed[role]}" if self.unnamed[role] else "the sheet"
                lines.append(f"# {role}: {place}, whose name is not repeated here. Write it here.")
                continue
            lines.append(line + words.get(self.reasons.get(role, ""), ""))
        if self.dates == "ambiguous":
            lines.insert(1, '# date_format = "day_month_year" or "month_day_year": dates fit both')
        if self.level_rule == "register":
            lines[1:1] = _OF_REGISTER
        lines += [f"# needed, and not found: {role}" for role in self.missing]
        lines += [f"# not used: {_CONTROL.sub(' ', head)}" for head in self.unused]
        return "\n".join(lines) + "\n"

    def __str__(self) -> str:
        return self.to_toml().rstrip()


def propose_map(data: Any, *, sheet: str | None = None) -> ProposedMap:
    """A column map from an extract's header and first rows.

    Nothing of the rows is shown: they only tell dates from other columns.

    Parameters
    ----------
    data
        What `open_extract` takes.
    sheet
        Of a workbook: which sheet.

    Raises
    ------
    DataRefused
        `E-HEADER` if no header is like a known one, so that the first line may be a person's; and
        what `open_extract` and the reader refuse.
    """
    extract = open_extract(data, ColumnMap(sheet=sheet))
    seen = extract.peek()
    header, records = seen["header"], seen["records"]
    faults = [f for f in seen["findings"] if f.severity == "E" and f.code != "E-FIELD-COUNT"]
    if not header and faults:
        _core.refuse(list(extract.placed(faults)))
    register = extract.level_rule() == "register"
    columns, reasons = _of_register(header) if register else _by_name(header)
    data_like = sum(map(_core.looks_like_data, header))
    if 2 * len(columns) >= len(header) and not any(
        sum(c.isdigit() for c in head) >= 6 for head in header
    ):
        data_like = 0  # a column may be called 2024
    if not columns or data_like:
        every = {name for names in _KNOWN.values() for name in names}
        refuse_title_lines(extract, frozenset(every))
        many = len(header)
        code = "E-HEADER-MISSING" if data_like else "E-HEADER"
        detail = f"{data_like} of its {many} cells are dates or numbers."
        detail_sv = f"{data_like} av dess {many} celler är datum eller tal."
        if not data_like:
            detail = f"Of the {many} columns none is known; is there a header line?"
            detail_sv = f"Av de {many} kolumnerna känns ingen igen; finns det en rubrikrad?"
        _core.refuse(
            [_core.catalogued(code, row=1, file=extract.file, detail=detail, detail_sv=detail_sv)]
        )
    if not register:
        _by_values(header, records, columns, reasons)
    at = {head: k for k, head in enumerate(header)}
    dated = [columns[role] for role in ("start", "end", "death", "birth") if role in columns]
    dates = _date_format([row[at[head]] for row in records for head in dated])
    text = extract.kind == "text"
    proposed = ColumnMap(
        name="sol-register" if register else "proposed for this extract",
        columns={role: columns[role] for role in ROLES if role in columns},
        date_format="iso" if dates == "ambiguous" else dates,
        delimiter=seen["delimiter"] or None if text else None,
        encoding=_encoding(seen["encoding"]) if text else None,
        sheet=extract.cells.sheet if extract.cells else None,
    )
    needed = {"person"} if "period" in columns else {"person", "start", "end"}
    missing = sorted(needed - columns.keys())
    source = next((role for role in _LEVEL_RULES if role in columns), "")
    if not source:
        missing.append("level, support or hours")
    used = set(columns.values())
    if register:
        read = {_core.header_key(name) for name in REGISTER_ROLES}
        used |= {head for head in header if _core.header_key(head) in read}
    return ProposedMap(
        proposed,
        reasons,
        tuple(
            head if plain(head) else f"column {place}"
            for place, head in enumerate(header, 1)
            if head not in used
        ),
        tuple(missing),
        "register" if register else _LEVEL_RULES.get(source, ""),
        dates,
        {role: header.index(head) + 1 for role, head in columns.items() if not plain(head)}
        | ({"sheet": 0} if extract.cells and not plain(extract.cells.sheet) else {}),
    )


def _encoding(name: str) -> str | None:
    short = {"UTF-8": "utf-8", "UTF-16LE": "utf-16-le", "UTF-16BE": "utf-16-be"}
    return short.get(name, "windows-1252")


def _by_name(header: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Columns whose header is a known one, and then those whose header is like one."""
    keys = {head: _core.header_key(head) for head in header}
    columns: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for role, names in _KNOWN.items():
        heads = [head for head in header if keys[head] in names]
        if len(heads) == 1:
            columns[role], reasons[role] = heads[0], "header"
    for role, names in _KNOWN.items():
        if role in columns:
            continue
        free = [head for head in header if head not in columns.values() and keys[head]]
        scored = [(max(_likeness(keys[head], name) for name in names), head) for head in free]
        if scored:
            best, head = max(scored, key=lambda pair: pair[0])
            rivals = [other for score, other in scored if score == best]
            if best >= 0.8 and len(rivals) == 1:
                columns[role], reasons[role] = head, "like"
    return columns, reasons


def _of_register(header: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """The roles of the national register's columns; its other variables go by their own names."""
    own = {"person": ("LopNr",), "period": ("PERIOD",), "hours": ("HTJTIM",)}
    columns = {}
    for role in ("person", "period", "hours", "sex", "birth", "death"):
        for names in (own.get(role, ()), _KNOWN[role]):
            known = {_core.header_key(name) for name in names}
            heads = [head for head in header if _core.header_key(head) in known]
            if len(heads) == 1:
                columns[role] = heads[0]
                break
    return columns, dict.fromkeys(columns, "header")


def _bare(key: str) -> str:
    """Without "the decision's" before and "date" after it."""
    for word in ("beslutets", "besluts", "beslut", "insatsens", "insats", "decision"):
        key = key.removeprefix(word)
    return key.removesuffix("datum").removesuffix("date")


def _likeness(key: str, name: str) -> float:
    """1 for the same but for words that say nothing, less the more letters differ."""
    if _bare(key) == name:
        return 1.0
    if len(name) >= 5 and (key.startswith(name) or key.endswith(name)):
        return 0.9
    return difflib.SequenceMatcher(None, key, name).ratio() if len(name) >= 4 else 0.0


def _by_values(
    header: list[str],
    records: list[list[str]],
    columns: dict[str, str],
    reasons: dict[str, str],
) -> None:
    """Start and end from two columns of dates of which one is never after the other."""
    if "period" in columns or ("start" in columns and "end" in columns):
        return
    dated: dict[str, list[dt.date | None]] = {}
    for k, head in enumerate(header):
        if head in columns.values() and head not in (columns.get("start"), columns.get("end")):
            continue
        cells = [row[k] for row in records]
        days = [_day(cell) for cell in cells]
        filled = [day for day, cell in zip(days, cells, strict=True) if cell]
        if filled and all(day is not None for day in filled):
            dated[head] = days
    if len(dated) != 2:
        return
    first, second = dated
    pairs = [(a, b) for a, b in zip(dated[first], dated[second], strict=True) if a and b and a != b]
    if pairs and all(a < b for a, b in pairs):
        start, end = first, second
    elif pairs and all(a > b for a, b in pairs):
        start, end = second, first
    else:
        return
    for role, head in (("start", start), ("end", end)):
        if columns.get(role) != head:
            columns[role], reasons[role] = head, "values"


def _day(cell: str) -> dt.date | None:
    if _ISO.fullmatch(cell):
        digits = re.sub(r"\D", "", cell[:10])[:8]
        parts = digits[:4], digits[4:6], digits[6:]
    elif found := _PARTS.fullmatch(cell):
        first, _, second, year = found.groups()
        parts = (year, second, first) if int(second) <= 12 else (year, first, second)
    else:
        return None
    try:
        return dt.date(*map(int, parts))
    except ValueError:
        return None


def _date_format(cells: list[str]) -> str:
    found = [m for cell in cells if (m := _PARTS.fullmatch(cell))]
    if not found:
        return "iso"
    day_first = any(int(m[1]) > 12 for m in found)
    month_first = any(int(m[3]) > 12 for m in found)
    if day_first == month_first:
        return "ambiguous"
    return "day_month_year" if day_first else "month_day_year"
