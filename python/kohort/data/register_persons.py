"""Who the persons of the national register are: sex, birth and death, where a file tells them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort._core import Finding
from kohort.data.register_table import TextTable

Array = npt.NDArray[Any]

FACTS = ("sex", "birth", "death")
_MEN, _WOMEN = ("1", "m", "man", "male", "men", "män"), ("2", "k", "f", "kvinna", "female", "women")
_DIFFER = {"sex": "E-SEX-DIFF", "birth": "E-BIRTH-DIFF", "death": "E-DEATH-TWICE"}
_UNREAD = {"sex": "E-SEX", "birth": "E-DATE-FORMAT", "death": "E-DATE-FORMAT"}
_ISO = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[ T]00:00(?::00)?)?")
_PARTS = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})")
_MONTH = re.compile(r"(\d{4})-?(\d\d)")


@dataclass(frozen=True, eq=False)
class PersonFacts:
    """Sex, birth and death of persons, in the order in which they were asked for.

    Attributes
    ----------
    male
        1, 0, or -1 where it is not known.
    birth, death
        Days; not a time where there is none.
    told
        Which of `FACTS` there is a column for.
    """

    male: Array
    birth: Array
    death: Array
    told: frozenset[str]


def facts_of(
    table: TextTable, persons: Array, date_format: str = "iso", *, everybody: bool = False
) -> PersonFacts:
    """What a table says of these persons; its other persons are passed over.

    A birth date may be a year (then 1 July is taken) or a month (the 15th).

    Raises
    ------
    DataRefused
        `E-SEX`, `E-DATE-FORMAT`, `E-SEX-DIFF`, `E-BIRTH-DIFF`, `E-DEATH-TWICE` with their rows;
        `E-PERSON-UNKNOWN`: persons who are not in a table that must have everybody.
    """
    names = table.cells["LopNr"]
    at = np.minimum(np.searchsorted(persons, names), len(persons) - 1)
    rows = np.flatnonzero(persons[at] == names)
    faults: list[Finding] = []
    lacking = len(persons) - len(np.unique(at[rows]))
    if everybody and lacking:
        faults.append(_unknown(table.file, lacking))
    found = {}
    for name in FACTS:
        values = np.full(len(persons), np.nan)
        if name in table.cells:
            values = _of_column(table, name, rows, at, len(persons), date_format, faults)
        found[name] = values
    table.refuse_faults(faults)
    male = np.where(np.isnan(found["sex"]), -1, found["sex"]).astype(int)
    birth, death = (_days(found[name]) for name in ("birth", "death"))
    return PersonFacts(male, birth, death, frozenset(FACTS) & table.cells.keys())


def joined(first: PersonFacts, second: PersonFacts) -> PersonFacts:
    """The same persons' facts from two tables: what the second has a column for holds."""
    of = {name: second if name in second.told else first for name in FACTS}
    told = first.told | second.told
    return PersonFacts(of["sex"].male, of["birth"].birth, of["death"].death, told)


def _of_column(
    table: TextTable, name: str, rows: Array, at: Array, n: int, form: str, faults: list[Finding]
) -> Array:
    """A number for each person; rows that cannot be read, or that differ, become faults."""
    parse: Callable[[str], float | None] = _sex
    if name != "sex":
        parse = lambda text: _date(text, form, name == "birth")  # noqa: E731
    texts, place = np.unique(table.cells[name][rows], return_inverse=True)
    parsed = [parse(text) if text else float("nan") for text in texts.tolist()]
    column = table.header_of[name]
    for i in np.flatnonzero(np.array([v is None for v in parsed], dtype=bool)[place]).tolist():
        faults.append(_fault(table, _UNREAD[name], int(rows[i]), column))
    values = np.array([np.nan if v is None else v for v in parsed])[place]
    known = ~np.isnan(values)
    person, number, row = at[rows][known], values[known], rows[known]
    order = np.argsort(person, kind="stable")
    person, number, row = person[order], number[order], row[order]
    first = np.r_[True, person[1:] != person[:-1]] if len(person) else np.zeros(0, dtype=bool)
    lead = np.maximum.accumulate(np.where(first, np.arange(len(person)), 0))
    for i in np.flatnonzero(number != number[lead]).tolist():
        faults.append(_fault(table, _DIFFER[name], int(row[i]), column, (int(row[lead[i]]),)))
    found = np.full(n, np.nan)
    found[person[first]] = number[first]
    return found


def _fault(
    table: TextTable, code: str, row: int, column: str, related: tuple[int, ...] = ()
) -> Finding:
    return _core.catalogued(
        code, row=table.places[row], column=column, file=table.file,
        related=[table.places[r] for r in related],
    )  # fmt: skip


def _unknown(file: str, lacking: int) -> Finding:
    return Finding(
        code="E-PERSON-UNKNOWN", severity="E", file=file, column="LopNr", count=lacking,
        message="persons of the register are not in the file of persons.",
        message_sv="personer i registret finns inte i filen över personer.",
        remedy="Take out both files with the same serial numbers, from the same delivery.",
        remedy_sv="Ta ut båda filerna med samma löpnummer, ur samma leverans.",
    )  # fmt: skip


def _sex(text: str) -> float | None:
    word = text.casefold()
    return 1.0 if word in _MEN else 0.0 if word in _WOMEN else None


def _date(text: str, form: str, coarse: bool) -> float | None:
    """Days since 1970; a birth may be known to the year or the month only."""
    parts: Mapping[str, tuple[int, int]] = {"day_month_year": (3, 1), "month_day_year": (1, 3)}
    try:
        if found := _ISO.fullmatch(text):
            day = dt.date(*map(int, found.groups()))
        elif form in parts and (found := _PARTS.fullmatch(text)):
            month, date = parts[form]
            day = dt.date(int(found[4]), int(found[month]), int(found[date]))
        elif form.startswith("excel_") and re.fullmatch(r"\d{4,5}", text):
            origin = dt.date(1899, 12, 30) if form == "excel_1900" else dt.date(1904, 1, 1)
            day = origin + dt.timedelta(days=int(text))
        elif coarse and re.fullmatch(r"\d{4}", text):
            day = dt.date(int(text), 7, 1)
        elif coarse and (found := _MONTH.fullmatch(text)):
            day = dt.date(int(found[1]), int(found[2]), 15)
        else:
            return None
    except ValueError:
        return None
    return float(day.toordinal() - 719163)


def _days(numbers: Array) -> Array:
    days = np.full(len(numbers), np.datetime64("NaT"), dtype="datetime64[D]")
    known = ~np.isnan(numbers)
    days[known] = numbers[known].astype(np.int64).astype("datetime64[D]")
    return days
