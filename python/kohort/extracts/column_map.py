"""Which column of an extract is what, and how it is written: data, no code for any vendor."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from kohort import _core
from kohort.support import _toml
from kohort.support._shown import shown_file, shown_value

ROLES: tuple[str, ...] = tuple(_core.decision_columns())
"""What a column of an extract can be."""

REGISTER_ROLES = ("LopNr", "PERIOD", "BOFORM", "HTJ", "HTJTIM", "MATD", "TRYGG", "KORTMAN")
"""Variables of the national register, which a map may name as well; see `read_register`."""

SHIPPED_MAPS = ("plain-sv", "plain-en", "sol-register")
"""Maps that come with kohort: the plain Swedish layout, its English twin, the national register."""

DATE_FORMATS = ("iso", "excel_1900", "excel_1904", "day_month_year", "month_day_year")
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "windows-1252")


@dataclass(frozen=True)
class ColumnMap:
    """Which column of an extract is what, and how it is written.

    A map is a small TOML file, or the table `data.map` of a study. Whatever it leaves out is seen
    from the file: columns by their usual English and Swedish headers, the rest by looking.

    Attributes
    ----------
    name
        Shown in the manifest.
    columns
        Role to header. Roles: person, decision, start, end, period, level, support, hours, event,
        death, exit, sex, birth, unit, cost; and the national register's variables (BOFORM ...),
        for its level rules alone. A column named here must be in the file.
    date_format
        "iso", "excel_1900", "excel_1904", "day_month_year" or "month_day_year".
    decimal, delimiter, encoding
        "," or "."; ";", "," or tab; "utf-8", "utf-16-le", "utf-16-be" or "windows-1252".
    header_row
        The row of the header, where lines stand above it; 0: the first that is not blank.
    sheet
        Of a workbook: the sheet's name.
    """

    name: str = "own map"
    columns: dict[str, str] = field(default_factory=dict)
    date_format: str = "iso"
    decimal: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    header_row: int = 0
    sheet: str | None = None

    def __post_init__(self) -> None:
        choices = {
            "date_format": DATE_FORMATS,
            "decimal": (None, ",", "."),
            "delimiter": (None, ";", ",", "\t"),
            "encoding": (None, *ENCODINGS),
        }
        for key, known in choices.items():
            value = getattr(self, key)
            if value not in known:
                words = ", ".join(repr(word) for word in known if word is not None)
                _toml.refuse(
                    "E-SETTING", f"map: {key} is {shown_value(value)}; it must be one of {words}."
                )
        roles = (*ROLES, *REGISTER_ROLES)
        for role, header in self.columns.items():
            if role not in roles:
                _toml.refuse(
                    "E-SETTING",
                    f"map: there is no role {shown_value(role)}. The roles are {', '.join(roles)}.",
                )
            if not header.strip():
                _toml.refuse("E-SETTING", f"map: the column of {role!r} has no name. Name it.")
        if not 0 <= self.header_row <= 1_048_576:
            _toml.refuse("E-SETTING", "map: header_row must be a row of the file, or 0.")

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> ColumnMap:
        """A shipped map by its name, or one from a TOML file.

        Raises
        ------
        InvalidInput
            `E-FILE` if it cannot be read, `E-TOML` if it is no TOML, `E-SETTING` and `E-STUDY-*`
            for what stands in it.
        """
        shown = shown_file(path)
        if os.fspath(path) in SHIPPED_MAPS:
            own = f"extracts/maps/{os.fspath(path)}.toml"
            text = resources.files("kohort").joinpath(own).read_bytes()
        else:
            try:
                text = Path(path).read_bytes()
            except OSError as error:
                known = ", ".join(SHIPPED_MAPS)
                _toml.refuse(
                    "E-FILE",
                    f"map: the file '{shown}' cannot be read ({error.strerror}). Check its name "
                    f"and folder, or take one of kohort's own: {known}.",
                )
        try:
            table = tomllib.loads(text.decode("utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
            _toml.refuse("E-TOML", f"map: {shown} is no TOML file in UTF-8.")
        return cls.from_toml(table)

    @classmethod
    def from_toml(cls, table: Mapping[str, Any]) -> ColumnMap:
        """A map from the tables of its file."""
        return _toml.read(cls, table, "map")

    @classmethod
    def of(cls, given: ColumnMap | str | os.PathLike[str] | None) -> ColumnMap:
        """What a caller named: a map, a shipped map's name, a file, or nothing."""
        if given is None:
            return cls(name="headers as they are")
        return given if isinstance(given, ColumnMap) else cls.read(given)

    def to_toml(self) -> str:
        """The file that `read` turns into this map again."""
        return _toml.write(self)

    def __str__(self) -> str:
        return self.to_toml().rstrip()
