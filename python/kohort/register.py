"""The national register of social services for older people: person-months become observations.

Every social board reports each month the decisions in force on the last day of the month before
(HSLF-FS 2016:86, annex 1). So a person is seen at the ends of months, not continuously: the rows
are read as visits. The register does not tell deaths.
"""

from __future__ import annotations

import calendar
import datetime as dt
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core, _frames, _html, _text
from kohort._core import Finding
from kohort._refusal import refuse
from kohort.level_rules import RegisterRule, read_register_rule
from kohort.model import DEPENDENCY_WITH_ENDED, Model
from kohort.observations import Observations, found_lines
from kohort.series import gap_findings, month_text, reporting_gaps
from kohort.sources.extract import Extract, open_extract

Array = npt.NDArray[Any]

VARIABLES = ("LopNr", "PERIOD", "BOFORM", "HTJ", "HTJTIM", "MATD", "TRYGG", "KORTMAN")
"""What is read. LopNr, PERIOD, BOFORM and HTJTIM are needed; of the others, what is there."""

MOST_HOURS = 744.0  # 24 x 31
_NEEDED = ("LopNr", "PERIOD", "BOFORM", "HTJTIM")
_ROUND_THE_CLOCK, _NONE, _MISSING = 777.0, 888.0, 999.0
_UNKNOWN, _GONE = "some level with home help", "ended or dead"


@dataclass(frozen=True, eq=False)
class RegisterMonths:
    """Person-months of the national register, as observations.

    Attributes
    ----------
    observations
        Visits on the last day of each month. A month without support that gives a level is `ended`,
        if the model has it; after the last month with support a person is `ended` or dead, unless
        deaths were given. Home help with missing hours is any level that hours can give; nobody is
        followed from such a month.
    findings
        Warnings and information.
    counts
        What was read, merged, capped and left out.
    policies
        The rule and its digest, for the manifest.
    """

    observations: Observations
    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    policies: Mapping[str, Any]

    def to_frame(self, backend: str | None = None) -> Any:
        """What was read, left out and resolved, as a data frame."""
        return _frames.to_frame(
            {"what": list(self.counts), "number": list(self.counts.values())}, backend
        )

    def _rows(self) -> list[list[str]]:
        return [[name, str(n)] for name, n in self.counts.items() if n]

    def _title(self) -> str:
        return f"Register: {self.counts['persons']} persons, level by {self.policies['level_rule']}"

    def __str__(self) -> str:
        lines = [self._title(), _text.table(["read", "number"], self._rows())]
        return "\n".join([*lines, *found_lines(self.findings)])

    def _repr_html_(self) -> str:
        return _html.block(self._title(), parts=[_html.table(["read", "number"], self._rows())])


def read_register(
    data: Any,
    *,
    rule: RegisterRule | None = None,
    model: Model = DEPENDENCY_WITH_ENDED,
    deaths: Mapping[str, str | dt.date] | None = None,
    columns: Mapping[str, str] | None = None,
) -> RegisterMonths:
    """Read person-months of the national register.

    Parameters
    ----------
    data
        A file as `kohort.sources.open_extract` takes them (delimited text, in which lines that
        begin with # are remarks; a workbook, Parquet or Arrow), or a dict of arrays or any frame,
        with the columns `VARIABLES`; case does not matter.
    rule
        From `read_register_rule`; the shipped one by default.
    model
        A model that has the rule's levels.
    deaths
        Person to day of death, from another register: these are known to the day.
    columns
        Variable to header, where headers are unusual.

    Raises
    ------
    DataRefused
        With every fault: those of the text or workbook, `E-HEADER`, `E-PERSON`, `E-PERIOD`,
        `E-REGISTER-CODE`, `E-HOURS`, `E-AFTER-DEATH`.
    InvalidInput
        `E-FILE` if it cannot be read.

    Notes
    -----
    Cleaning, as public research scripts do it: of several rows of a person in a month, special
    housing holds, and hours are summed, at most 744; of short-stay days the most hold, at most 31,
    and 88, 99, a full stop, negative numbers and blanks are missing.
    """
    rule = rule or read_register_rule()
    told: list[Finding] = []
    extract, places, file = None, None, ""
    if isinstance(data, str | os.PathLike):
        extract, table, places, told = _from_file(data, columns or {})
        file = extract.file
    else:
        table = _as_text(_frames.read_columns(data))
    cells = _columns(table, columns or {}, file)
    rows = _Rows(cells, file, places, rule)
    rows.refuse_faults(extract)
    persons, person = np.unique(cells["LopNr"], return_inverse=True)
    months, place = np.unique(rows.month, return_inverse=True)
    key, which = np.unique(person.astype(np.int64) * len(months) + place, return_inverse=True)
    merged = rows.merged(which, len(key))
    state = rule_states(merged, rule)
    counts = {
        "rows": len(person),
        "persons": len(persons),
        "months": len(months),
        "rows merged with another of the same person and month": len(person) - len(key),
        "person-months with more than 744 hours, capped": int(merged["capped"].sum()),
        "rows with more than 31 short-stay days, capped": rows.long_stays,
        "person-months without support that gives a level": int((state == "").sum()),
        "person-months of home help with missing hours": int((state == _UNKNOWN).sum()),
    }
    died = None if deaths is None else {str(name): _date(day) for name, day in deaths.items()}
    observations = _observed(
        persons, months, key // len(months), key % len(months), state, rule, model, died
    )
    calendar_months = np.arange(months[0], months[-1] + 1)
    reported = np.bincount(rows.month - months[0], minlength=len(calendar_months))
    silent = reporting_gaps([""], reported[None, :], int(months[0]), needed=1)
    findings = [*gap_findings(silent, "PERIOD"), *told, *_informed(counts)]
    return RegisterMonths(
        observations=observations,
        findings=tuple(findings),
        counts=counts,
        policies={
            "level_rule": rule.name,
            "level_rule_sha256": rule.digest,
            "first_month": month_text(int(months[0])),
            "last_month": month_text(int(months[-1])),
            "deaths": "given" if deaths is not None else "not known",
        },
    )


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
        (merged["hours_missing"], _UNKNOWN),
        (merged["round_the_clock"], rule.round_the_clock),
        (merged["short_days"] >= rule.short_stay_days, rule.short_stay),
        (merged["special"], rule.special_housing),
    ):
        state = np.where(holds, level, state)
    return state


class _Rows:
    """The rows as numbers, with every fault of theirs."""

    def __init__(
        self, cells: Mapping[str, Array], file: str, places: list[int] | None, rule: RegisterRule
    ) -> None:
        self.file, self.places = file, places
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

    def merged(self, which: Array, n: int) -> dict[str, Array]:
        """One row for each person and month."""
        given = self.hours <= MOST_HOURS
        total = np.bincount(which, weights=np.where(given, self.hours, 0), minlength=n)
        some = np.bincount(which[given], minlength=n) > 0
        days = np.zeros(n)
        np.maximum.at(days, which, self.short_days)

        def any_of(rows: Array) -> Array:
            return np.bincount(which[rows], minlength=n) > 0

        return {
            "hours": np.where(some, np.minimum(total, MOST_HOURS), np.nan),
            "capped": total > MOST_HOURS,
            "hours_missing": any_of(self.hours == _MISSING),
            "round_the_clock": any_of(self.hours == _ROUND_THE_CLOCK),
            "alarm_or_meals": any_of(self.alarm_or_meals),
            "short_days": days,
            "special": any_of(self.boform == 2),
        }

    def refuse_faults(self, extract: Extract | None) -> None:
        """Raise with all of them, if there are any; those of a workbook with their cells."""
        found = sorted(self.faults, key=lambda f: (f.row or 0, f.code, f.column))
        if found:
            _core.refuse(list(extract.placed(found)) if extract else found)

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
                code=code, severity="E", file=self.file, column=column,
                row=self.places[i] if self.places else i,
                message=f"{said}.", message_sv=f"{said_sv}.",
                remedy="Correct it, or leave the row out.",
                remedy_sv="Rätta det, eller ta bort raden.",
            )
        )  # fmt: skip


def _observed(
    persons: Array, months: Array, person: Array, place: Array, state: Array, rule: RegisterRule,
    model: Model, deaths: Mapping[str, dt.date] | None,
) -> Observations:  # fmt: skip
    """Visits at the ends of months, from each person's first month with a level that is known."""
    ended = "ended" if "ended" in model.states else None
    dead = model.death
    days = np.array([_last_day(m) for m in months.tolist()], dtype="datetime64[D]")
    grid: Array = np.full((len(persons), len(months)), "", dtype=object)
    grid[person, place] = state
    present = grid != ""
    told = present & (grid != _UNKNOWN)
    any_month = told.any(axis=1)
    first = np.argmax(told, axis=1)
    last = len(months) - 1 - np.argmax(present[:, ::-1], axis=1)
    known = deaths or {}
    died = np.array(
        [np.datetime64(known.get(p, "NaT"), "D") for p in persons.tolist()], dtype="datetime64[D]"
    )
    late = np.flatnonzero(any_month & (died < days[last]) & ~np.isnat(died))
    if len(late):
        _core.refuse([
            Finding(
                code="E-AFTER-DEATH", severity="E", column="PERIOD", count=len(late),
                message="persons have support at the end of a month after their death.",
                message_sv="personer har stöd i slutet av en månad efter att de har avlidit.",
                remedy="Correct the deaths, or the register's months.",
                remedy_sv="Rätta dödsdatumen eller registrets månader.",
            )
        ])  # fmt: skip
    at = np.arange(len(months))[None, :]
    inside = any_month[:, None] & (at >= first[:, None])
    after = inside & (at > last[:, None])
    known_dead = ~np.isnat(died)[:, None] & (days[None, :] >= died[:, None])
    if ended is not None:
        grid[inside & ~present & ~after] = ended
        grid[after & ~known_dead] = ended if deaths is not None or dead is None else _GONE
    shown = inside & (grid != "") & ~known_dead
    who, when = np.nonzero(shown)
    times, states = days[when], grid[who, when]
    if dead is not None:
        gone = np.flatnonzero(any_month & ~np.isnat(died) & (died <= days[-1]))
        who = np.r_[who, gone]
        times = np.r_[times, died[gone]]
        states = np.r_[states, np.full(len(gone), dead, dtype=object)]
    censored = {_UNKNOWN: rule.hour_levels}
    if ended is not None and dead is not None:
        censored[_GONE] = (ended, dead)
    return Observations.from_table(
        {"person": persons[who], "day": times, "state": states},
        model, subject="person", time="day", state="state", censored=censored,
    )  # fmt: skip


def _informed(counts: Mapping[str, int]) -> list[Finding]:
    said = {
        "rows merged with another of the same person and month": (
            "I-REGISTER-MERGED",
            "rows were merged with another one of the same person and month.",
            "rader har slagits ihop med en annan rad för samma person och månad.",
        ),
        "person-months with more than 744 hours, capped": (
            "I-HOURS-CAPPED",
            "person-months had more hours than a month has; 744 hold.",
            "personmånader hade fler timmar än månaden har; 744 räknas.",
        ),
        "person-months of home help with missing hours": (
            "I-HOURS-MISSING",
            "person-months of home help have no hours: any level that hours give is possible.",
            "personmånader med hemtjänst saknar timmar: alla nivåer som timmar ger är möjliga.",
        ),
        "person-months without support that gives a level": (
            "I-EXCLUDED",
            "person-months have only support that the level rule leaves out.",
            "personmånader har bara insatser som nivåregeln utelämnar.",
        ),
    }
    return [
        Finding(code=code, severity="I", count=counts[name], message=text, message_sv=text_sv)
        for name, (code, text, text_sv) in said.items()
        if counts[name]
    ]


def _from_file(
    path: str | os.PathLike[str], given: Mapping[str, str]
) -> tuple[Extract, dict[str, Array], list[int], list[Finding]]:
    """The file, its columns as text, the physical row of each record, and what there is to tell."""
    extract = open_extract(path)
    if extract.faulty:
        _core.refuse([fault for fault, _, _ in extract.faulty])
    header = [head.strip() for head in extract.peek(0)["header"]]
    names = {given.get(variable, variable).lower() for variable in VARIABLES}
    wanted = [k for k, head in enumerate(header) if head.lower() in names]
    read = extract.columns_at(wanted)
    if any(found.severity == "E" for found in read["findings"]):
        _core.refuse(list(extract.placed(read["findings"])))
    cells = [np.array(column, dtype=str) for column in read["columns"]]
    table = dict(zip((header[k] for k in wanted), cells, strict=True))
    return extract, table, read["rows"].tolist(), list(extract.placed(read["findings"]))


def _as_text(table: Mapping[str, Array]) -> dict[str, Array]:
    def text(value: Any) -> str:
        if value is None or value != value:
            return ""
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return str(value).strip()

    return {
        str(name).strip(): np.array([text(v) for v in np.asarray(values).tolist()], dtype=str)
        for name, values in table.items()
    }


def _columns(table: Mapping[str, Array], given: Mapping[str, str], file: str) -> dict[str, Array]:
    heads = {name.lower(): name for name in table}
    found = {}
    for variable in VARIABLES:
        name = heads.get(given.get(variable, variable).lower())
        if name is not None:
            found[variable] = table[name]
        elif variable in _NEEDED or variable in given:
            _core.refuse([
                Finding(
                    code="E-HEADER", severity="E", file=file, column=variable,
                    message=f"a column that is needed is missing: {variable}.",
                    message_sv=f"en kolumn som behövs saknas: {variable}.",
                    remedy="Rename the column, or say which it is with `columns`.",
                    remedy_sv="Byt namn på kolumnen, eller ange vilken det är med `columns`.",
                )
            ])  # fmt: skip
    if not len(found["LopNr"]):
        _core.refuse([
            Finding(
                code="E-EMPTY", severity="E", file=file, message="the file has no rows of data.",
                message_sv="filen har inga datarader.",
                remedy="Check that the right file was exported.",
                remedy_sv="Kontrollera att rätt fil har tagits ut.",
            )
        ])  # fmt: skip
    return found


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


def _last_day(month: int) -> dt.date:
    year, m = month // 12, month % 12 + 1
    return dt.date(year, m, calendar.monthrange(year, m)[1])


def _date(day: str | dt.date) -> dt.date:
    try:
        return dt.date.fromisoformat(day) if isinstance(day, str) else day
    except ValueError:
        refuse(
            "E-DATE-FORMAT", "deaths", "a day of death is no date",
            "a datetime.date or a text like 2024-12-31 is needed", "Write it so",
        )  # fmt: skip
