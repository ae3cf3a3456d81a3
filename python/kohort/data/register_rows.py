"""Rows of the national register as numbers, with every fault of theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort._core import Finding
from kohort.data.level_rules import RegisterRule
from kohort.data.register_table import TextTable
from kohort.extracts.column_map import REGISTER_ROLES

Array = npt.NDArray[Any]

VARIABLES = REGISTER_ROLES
"""What is read. LopNr, PERIOD, BOFORM and HTJTIM are needed; of the others, what is there."""

NEEDED = ("LopNr", "PERIOD", "BOFORM", "HTJTIM")
MOST_HOURS = 744.0  # 24 x 31
UNKNOWN = "some level with home help"
_ROUND_THE_CLOCK, _NONE, _MISSING = 777.0, 888.0, 999.0


def rule_states(merged: Mapping[str, Array], rule: RegisterRule) -> Array:
    """The level of each person-month by the rule; empty where nothing in force gives one."""
    hours = merged["hours"]
    known = ~np.isnan(hours)
    by_hours = np.array(rule.hour_levels, dtype=object)[
        np.searchsorted(rule.thresholds, np.where(known, hours, 0), side="right")
    ]
    state: Array = np.full(len(hours), "", dtype=object)
    for holds, level in (  # the later ones go before
        (merged["alarm_or_meals"], rule.alarm_or_meals),
        (known, by_hours),
        (merged["hours_missing"], UNKNOWN),
        (merged["round_the_clock"], rule.round_the_clock),
        (merged["short_days"] >= rule.short_stay_days, rule.short_stay),
        (merged["special"], rule.special_housing),
    ):
        state = np.where(holds, level, state)
    return state


class RegisterRows:
    """The rows as numbers, with every fault of theirs."""

    def __init__(self, table: TextTable, rule: RegisterRule) -> None:
        cells = table.cells
        self.table = table
        self.faults: list[Finding] = []
        n = len(cells["LopNr"])
        self._look(cells, "LopNr", lambda text: bool(text), "E-PERSON", "a person", "en person")
        self.month = self._read(cells, "PERIOD", _period, "E-PERIOD", "a month such as 202401",
                                "en månad som 202401").astype(np.int64)  # fmt: skip
        self.boform = self._read(cells, "BOFORM", _code("1", "2", "3"), "E-REGISTER-CODE",
                                 "1, 2 or 3", "1, 2 eller 3")  # fmt: skip
        flags = {}
        for name in ("HTJ", "MATD", "TRYGG"):
            flags[name] = np.full(n, 9.0)
            if name in cells:
                flags[name] = self._read(cells, name, _code("0", "1", "9", ""), "E-REGISTER-CODE",
                                         "0, 1 or 9", "0, 1 eller 9")  # fmt: skip
        self.alarm_or_meals = (flags["MATD"] == 1) | (flags["TRYGG"] == 1)
        hours = self._read(cells, "HTJTIM", _hours, "E-HOURS", "0 to 744, 777, 888 or 999",
                           "0 till 744, 777, 888 eller 999")  # fmt: skip
        granted = flags["HTJ"] == 1
        empty = np.isnan(hours)
        hours = np.where(empty & granted, _MISSING, np.where(empty, _NONE, hours))
        hours = np.where(~granted & (hours == 0), _NONE, hours)  # none was granted
        self.hours = hours
        if rule.missing_hours == "refuse":
            for i in np.flatnonzero(hours == _MISSING).tolist():
                self._fault(i, "E-HOURS", "HTJTIM", "the hours are missing (999)",
                            "timmar saknas (999)")  # fmt: skip
        days = np.zeros(n)
        if "KORTMAN" in cells:
            days = self._read(cells, "KORTMAN", _short_days, "E-REGISTER-CODE", "days in a month",
                              "dagar i månaden")  # fmt: skip
        self.long_stays = int((days > 31).sum())
        self.short_days = np.minimum(days, 31)

    def merged(self, kept: Array, which: Array, n: int) -> dict[str, Array]:
        """One row for each person and month, of the rows that are kept."""
        hours = self.hours[kept]
        given = hours <= MOST_HOURS
        total = np.bincount(which, weights=np.where(given, hours, 0), minlength=n)
        some = np.bincount(which[given], minlength=n) > 0
        days = np.zeros(n)
        np.maximum.at(days, which, self.short_days[kept])

        def any_of(rows: Array) -> Array:
            return np.bincount(which[rows], minlength=n) > 0

        return {
            "hours": np.where(some, np.minimum(total, MOST_HOURS), np.nan),
            "capped": total > MOST_HOURS,
            "hours_missing": any_of(hours == _MISSING),
            "round_the_clock": any_of(hours == _ROUND_THE_CLOCK),
            "alarm_or_meals": any_of(self.alarm_or_meals[kept]),
            "short_days": days,
            "special": any_of(self.boform[kept] == 2),
        }

    def refuse_after(self, extraction: int | None) -> None:
        """Raise with all faults, if there are any; months that end after a day are among them."""
        if extraction is not None:
            for i in np.flatnonzero(last_days(self.month) > extraction).tolist():
                self._fault(i, "E-PERIOD", "PERIOD", "the month ends after the extraction date",
                            "månaden slutar efter uttagsdatumet")  # fmt: skip
        self.table.refuse_faults(self.faults)

    def _read(
        self, cells: Mapping[str, Array], name: str, parse: Callable[[str], float | None],
        code: str, needed: str, needed_sv: str,
    ) -> Array:  # fmt: skip
        """Numbers of a column; each different text is parsed once."""
        texts, place = np.unique(cells[name], return_inverse=True)
        values = [parse(text) for text in texts.tolist()]
        bad = np.array([value is None for value in values], dtype=bool)[place]
        for i in np.flatnonzero(bad).tolist():
            self._fault(i, code, name, f"the value is not {needed}", f"värdet är inte {needed_sv}")
        numbers: Array = np.array([0.0 if v is None else v for v in values])[place]
        return numbers

    def _look(
        self, cells: Mapping[str, Array], name: str, good: Callable[[str], bool], code: str,
        needed: str, needed_sv: str,
    ) -> None:  # fmt: skip
        self._read(cells, name, lambda t: 0.0 if good(t) else None, code, needed, needed_sv)

    def _fault(self, i: int, code: str, column: str, said: str, said_sv: str) -> None:
        self.faults.append(
            Finding(
                code=code, severity="E", file=self.table.file, column=column,
                row=self.table.places[i],
                message=f"{said}.", message_sv=f"{said_sv}.",
                remedy="Correct it, or leave the row out.",
                remedy_sv="Rätta det, eller ta bort raden.",
            )
        )  # fmt: skip


def _period(text: str) -> float | None:
    digits = text.replace("-", "")
    if len(digits) != 6 or not digits.isascii() or not digits.isdigit():
        return None
    year, month = int(digits[:4]), int(digits[4:])
    return 12 * year + month - 1 if year >= 1998 and 1 <= month <= 12 else None


def _code(*known: str) -> Callable[[str], float | None]:
    def parse(text: str) -> float | None:
        if text not in known:
            return None
        return float(text) if text else 9.0

    return parse


def _hours(text: str) -> float | None:
    if not text:
        return float("nan")
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    special = value in (_ROUND_THE_CLOCK, _NONE, _MISSING)
    return value if special or 0 <= value <= MOST_HOURS else None


def _short_days(text: str) -> float | None:
    if text in ("", ".", "88", "99"):
        return 0.0
    try:
        return max(float(int(text)), 0.0)
    except ValueError:
        return None


def last_days(months: Array) -> Array:
    """Last day of each month (years x 12 + month - 1), in days since 1970."""
    after = (months + 1 - 12 * 1970).astype("datetime64[M]").astype("datetime64[D]")
    days: Array = after.astype(np.int64) - 1
    return days
