"""A made file, written block by block: as delimited text, or as a workbook."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from kohort.support._extras import require
from kohort.synthetic.faults import BYTE, NUL, OPEN
from kohort.synthetic.layouts import ROLES, Row

KINDS = ("csv", "xlsx")
_NUMBERS = ("hours", "cost", "days", "housing")
_DATES = ("start", "end", "birth", "death")


def opened(file: Any, asked: Mapping[str, Any]) -> Text | Sheet:
    """What writes rows into an open file, of the kind and form that were asked for."""
    return Sheet(file, asked) if asked["file_format"] == "xlsx" else Text(file, asked)


class Text:
    """Delimited text; marks in cells become the bytes of their faults."""

    def __init__(self, file: Any, asked: Mapping[str, Any]) -> None:
        self.file, self.delimiter = file, asked["delimiter"]
        self.coder = codecs.getincrementalencoder(asked["encoding"])()

    def line(self, text: str) -> None:
        """A line as it is."""
        self.file.write(self.coder.encode(text + "\n"))

    def rows(self, rows: Sequence[Row]) -> None:
        """Rows, one a line."""
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=self.delimiter, lineterminator="\n").writerows(rows)
        text = out.getvalue()
        if NUL in text or OPEN in text:
            text = text.replace(NUL, "\0").replace(OPEN, '"')
        if BYTE not in text:
            self.file.write(self.coder.encode(text))
        else:
            self.file.write(b"\xe5".join(part.encode("utf-8") for part in text.split(BYTE)))

    def close(self) -> None:
        """Nothing is left to be written."""


class Sheet:
    """A workbook with one sheet: texts, and numbers where care systems write numbers."""

    def __init__(self, file: Any, asked: Mapping[str, Any]) -> None:
        writer = require("xlsxwriter", "Excel files")
        self.book = writer.Workbook(file, {"constant_memory": True})
        self.sheet = self.book.add_worksheet("Beslut")
        numeric = _NUMBERS + (_DATES if asked["date_format"] == "excel_1900" else ())
        roles = ROLES[asked["layout"]]
        self.numeric = {k for k, role in enumerate(roles) if role in numeric}
        self.decimal, self.at = asked["decimal"], 0

    def line(self, text: str) -> None:
        """A row with one cell."""
        self.sheet.write_string(self.at, 0, text)
        self.at += 1

    def rows(self, rows: Sequence[Row]) -> None:
        """Rows, one below the other."""
        for row in rows:
            for k, cell in enumerate(row):
                number = self._number(cell) if k in self.numeric else None
                if number is not None:
                    self.sheet.write_number(self.at, k, number)
                elif cell:
                    self.sheet.write_string(self.at, k, cell)
            self.at += 1

    def _number(self, cell: str) -> float | None:
        try:
            return float(cell.replace(self.decimal, "."))
        except ValueError:
            return None

    def close(self) -> None:
        """Write the workbook."""
        self.book.close()
