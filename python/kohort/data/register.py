"""The national register of social services for older people: person-months become observations.

Every social board reports each month the decisions in force on the last day of the month before
(HSLF-FS 2016:86, annex 1). So a person is seen at the ends of months, not continuously: the rows
are read as visits. The register does not tell deaths; a file of persons may.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort._core import Finding
from kohort.data.decisions import Decisions, _day
from kohort.data.level_rules import RegisterRule, read_register_rule
from kohort.data.observations import found_lines
from kohort.data.reading_decisions import _breaks
from kohort.data.register_persons import FACTS, PersonFacts, facts_of, joined
from kohort.data.register_rows import (
    NEEDED,
    UNKNOWN,
    VARIABLES,
    RegisterRows,
    last_days,
    rule_states,
)
from kohort.data.register_stays import Months, stays, visits
from kohort.data.register_table import TextTable, text_table
from kohort.data.series import (
    gap_findings,
    month_text,
    observed_breaks,
    regime_finding,
    reporting_gaps,
)
from kohort.model.structure import DEPENDENCY_WITH_ENDED, Model
from kohort.privacy.identity import read_numbers
from kohort.sources.column_map import ColumnMap
from kohort.support import _html, _text
from kohort.support._language import language
from kohort.support._refusal import refuse
from kohort.support._shown import shown

Array = npt.NDArray[Any]

_ROLES = {"person": "LopNr", "period": "PERIOD", "hours": "HTJTIM"}
_EPOCH = dt.date(1970, 1, 1).toordinal()


@dataclass(frozen=True, eq=False)
class RegisterMonths(Decisions):
    """Person-months of the national register, as observations and as stays to be counted.

    Attributes
    ----------
    observations
        Visits on the last day of each month. A month without support that gives a level is `ended`,
        if the model has it; after the last month with support a person is `ended` or dead, unless
        deaths were given. Home help with missing hours is any level that hours can give; nobody is
        followed from such a month. With the covariates `age` and `male`, if birth and sex are told.
    model
        Whose states these are.
    findings
        Warnings and information.
    counts
        What was read, merged, capped and left out.
    policies
        The rule and its digest, for the manifest.
    reporting_gaps
        Months in which nobody reported.
    regimes
        Days crossed from which decisions mean something else, with counts before and after.

    Notes
    -----
    Stock, entries, exposure and moves take a level to hold from the month's end at which it is seen
    until the next one. Who has support in the first month came before it and is no entry.
    """

    _months: Months | None = field(default=None, repr=False)
    _rule: RegisterRule | None = field(default=None, repr=False)

    @property
    def told(self) -> frozenset[str]:
        """Which of sex, birth and death are told of the persons."""
        assert self._months is not None
        alive = {"death"} if self._months.deaths_known else set()
        return self._months.facts.told | alive

    def as_known_on(self, date: str | dt.date) -> RegisterMonths:
        """The same as a register of an earlier day would show it: months and deaths until then.

        Raises
        ------
        InvalidInput
            `E-SETTING`: a day before the first month's end, or after the last.
        """
        day = _day(date, "date")
        assert self._months is not None
        assert self._rule is not None
        first, last = int(self._months.days[0]), int(self._months.days[-1])
        if not first <= day <= last:
            refuse(
                "E-SETTING", "as_known_on", f"the register goes from {_iso(first)} to {_iso(last)}",
                "a day between is needed", "Choose one",
            )  # fmt: skip
        made = _made(self._months.until(day), self._rule, self.model, {}, self.counts)
        policies = dict(self.policies) | {"extraction_date": made.policies["extraction_date"]}
        return dataclasses.replace(made, policies=policies)

    def to_frame(self, backend: str | None = None) -> Any:
        """What was read, left out and resolved, as a data frame."""
        return self.summary(backend)

    def _title(self) -> str:
        persons = self.counts["persons followed"]
        return f"Register: {persons} persons, level by {self.policies['level_rule']}"

    def _rows(self) -> list[list[str]]:
        return [[name, str(n)] for name, n in self.counts.items() if n]

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
    persons: Any = None,
    deaths: Mapping[str, str | dt.date] | None = None,
    extraction_date: str | dt.date | None = None,
    observed_from: str | dt.date | None = None,
    regime_breaks: Mapping[str, str | dt.date] | None = None,
    columns: Mapping[str, str] | None = None,
    column_map: ColumnMap | str | os.PathLike[str] | None = None,
) -> RegisterMonths:
    """Read person-months of the national register.

    Parameters
    ----------
    data
        A file as `kohort.sources.open_extract` takes them (delimited text, in which lines that
        begin with # are remarks; a workbook, Parquet or Arrow), or a dict of arrays or any frame,
        with the columns `VARIABLES`; case does not matter. Columns of sex, birth and death are read
        if they are there.
    rule
        From `read_register_rule`; the shipped one by default.
    model
        A model that has the rule's levels.
    persons
        A file or table with a row for each person: LopNr and any of sex, birth (a day, a month or a
        year) and death, under their usual headers. What it tells goes before the register's own.
        If it has a column of deaths, those without one are known to live.
    deaths
        Person to day of death, from another register: these are known to the day.
    extraction_date
        The day until which deaths are known; the last month must be the last whole one before it.
        By default the end of the last month.
    observed_from
        Months that end before this day are passed over.
    regime_breaks
        As in `read_decisions`.
    columns
        Variable, or sex, birth and death, to header, where headers are unusual.
    column_map
        The same and how the file is written, as data; see `kohort.sources.ColumnMap`. Its roles
        person, period and hours are LopNr, PERIOD and HTJTIM.

    Raises
    ------
    DataRefused
        With every fault: those of the text or workbook, `E-HEADER`, `E-PERSON`, `E-PERIOD`,
        `E-REGISTER-CODE`, `E-HOURS`, `E-SEX`, `E-DATE-FORMAT`, `E-SEX-DIFF`, `E-BIRTH-DIFF`,
        `E-DEATH-TWICE`, `E-PERSON-UNKNOWN`, `E-AFTER-DEATH`, `E-REGISTER-ENDS`.
    InvalidInput
        `E-FILE` if it cannot be read; `E-SETTING` for a role that the register has not.

    Notes
    -----
    Cleaning, as public research scripts do it: of several rows of a person in a month, special
    housing holds, and hours are summed, at most 744; of short-stay days the most hold, at most 31,
    and 88, 99, a full stop, negative numbers and blanks are missing.

    If LopNr holds personal numbers, they tell birth and sex where no column does, and persons get
    numbers that mean nothing.
    """
    rule = rule or read_register_rule()
    chosen = _map_of(column_map, columns or {})
    table = text_table(data, _known_headers(), chosen, NEEDED)
    rows = RegisterRows(table, rule)
    extraction = None if extraction_date is None else _day(extraction_date, "extraction_date")
    rows.refuse_after(extraction)
    kept = np.ones(len(rows.month), dtype=bool)
    if observed_from is not None:
        kept = last_days(rows.month) >= _day(observed_from, "observed_from")
    if not kept.any():
        refuse(
            "E-SETTING", "observed_from", "no month ends on or after it",
            "a day within the register's months is needed", "Choose an earlier day",
        )  # fmt: skip
    names, person = np.unique(table.cells["LopNr"][kept], return_inverse=True)
    months, place = np.unique(rows.month[kept], return_inverse=True)
    _refuse_early_end(table.file, int(months[-1]), extraction)
    key, which = np.unique(person.astype(np.int64) * len(months) + place, return_inverse=True)
    merged = rows.merged(kept, which, len(key))
    state = rule_states(merged, rule)
    counts = {
        "records in the file": len(kept),
        "records before the observation starts": int((~kept).sum()),
        "persons in the file": len(names),
        "months": len(months),
        "rows merged with another of the same person and month": len(person) - len(key),
        "person-months with more than 744 hours, capped": int(merged["capped"].sum()),
        "rows with more than 31 short-stay days, capped": rows.long_stays,
        "person-months without support that gives a level": int((state == "").sum()),
        "person-months of home help with missing hours": int((state == UNKNOWN).sum()),
    }
    last = int(last_days(months[-1:])[0])
    facts, shown_names, ids = _facts(table, persons, names, deaths, chosen, last)
    grid: Array = np.full((len(names), len(months)), "", dtype=object)
    grid[key // len(months), key % len(months)] = state
    known = deaths is not None or "death" in facts.told
    seen = Months(shown_names, last_days(months), grid, facts, known)
    seen.refuse_support_after_death()
    breaks = {
        level: dt.date.fromordinal(_day(date, "regime_breaks") + _EPOCH)
        for level, date in _breaks(regime_breaks, rule.levels).items()
    }
    made = _made(seen, rule, model, breaks, counts)
    calendar_months = np.arange(months[0], months[-1] + 1)
    reported = np.bincount(rows.month[kept] - months[0], minlength=len(calendar_months))
    silent = reporting_gaps([""], reported[None, :], int(months[0]), needed=1)
    policies = {
        "level_rule": rule.name,
        "level_rule_sha256": rule.digest,
        "thresholds": tuple(rule.thresholds),
        **made.policies,
        "first_month": month_text(int(months[0])),
        "last_month": month_text(int(months[-1])),
        "deaths": "given" if known else "not known",
        "regime_breaks": {level: date.isoformat() for level, date in breaks.items()},
        "ended": "ended" if "ended" in model.states else None,
        "columns": {role: shown(head) for role, head in chosen.columns.items()},
        "column_map": shown(chosen.name),
        "id": ids,
    }
    findings = [
        *gap_findings(silent, "PERIOD"),
        *(regime_finding(one, language("sv").texts) for one in made.regimes),
        *table.findings,
        *_informed(counts),
    ]
    return dataclasses.replace(
        made, findings=tuple(findings), policies=policies, reporting_gaps=silent
    )


def _made(
    months: Months, rule: RegisterRule, model: Model, breaks: Mapping[str, dt.date],
    counts: Mapping[str, int],
) -> RegisterMonths:  # fmt: skip
    """Months as visits and as stays."""
    core = stays(months, rule, model)
    first = dt.date.fromordinal(int(months.days[0]) + _EPOCH)
    _, crossed = observed_breaks(core, model, first, breaks)
    return RegisterMonths(
        observations=visits(months, rule, model),
        model=model,
        findings=(),
        counts=dict(counts) | {"persons followed": int((months.first >= 0).sum())},
        policies={"extraction_date": core.extraction, "observed_from": first.isoformat()},
        regimes=crossed,
        _core=core,
        _months=months,
        _rule=rule,
    )


def _map_of(
    given: ColumnMap | str | os.PathLike[str] | None, columns: Mapping[str, str]
) -> ColumnMap:
    """A map from the register's variables, whatever a map for decisions calls them."""
    chosen = ColumnMap.of(given)
    named = {
        _ROLES.get(role, role): head for role, head in (chosen.columns | dict(columns)).items()
    }
    for role in named:
        if role not in (*VARIABLES, *FACTS):
            known = ", ".join((*_ROLES, *VARIABLES, *FACTS))
            refuse(
                "E-SETTING", "map", f"the role {shown(role)} is none of the register's",
                f"it has {known}", "Leave it out, or choose a level rule for decisions",
            )  # fmt: skip
    return dataclasses.replace(chosen, columns=named)


def _known_headers() -> dict[str, Sequence[str]]:
    usual = _core.decision_columns()
    return {variable: (variable,) for variable in VARIABLES} | {name: usual[name] for name in FACTS}


def _facts(
    table: TextTable, persons: Any, names: Array, deaths: Mapping[str, str | dt.date] | None,
    chosen: ColumnMap, last: int,
) -> tuple[PersonFacts, Array, str]:  # fmt: skip
    """Sex, birth and death; the names that persons go by from now on; and what LopNr holds."""
    facts = facts_of(table, names, chosen.date_format)
    numbers = read_numbers(names.tolist(), extraction_date=_iso(last))
    ids = "opaque"
    called: Array = names
    if 2 * numbers.good.sum() >= len(names):  # personal numbers never stay
        ids, called = "personnummer", np.array([str(i + 1) for i in range(len(names))])
        if numbers.good.all():
            alone = PersonFacts(
                numbers.male.astype(int), numbers.birth, facts.death, frozenset(("sex", "birth"))
            )
            facts = joined(alone, facts)
    if persons is not None:
        usual = _known_headers()
        who = (*_core.decision_columns()["person"], "LopNr")
        other = text_table(
            persons, {"LopNr": who, **{name: usual[name] for name in FACTS}},
            ColumnMap(date_format=chosen.date_format), ("LopNr",),
        )  # fmt: skip
        facts = joined(facts, facts_of(other, names, chosen.date_format, everybody=True))
    if deaths is not None:
        days = {str(name): _date(day) for name, day in deaths.items()}
        died = [np.datetime64(days.get(name, "NaT"), "D") for name in names.tolist()]
        facts = dataclasses.replace(facts, death=np.array(died, dtype="datetime64[D]"))
    return facts, called, ids


def _refuse_early_end(file: str, last: int, extraction: int | None) -> None:
    """Whoever is in the register's last month would else be counted on days it does not have."""
    day, after = (int(last_days(np.array([month]))[0]) for month in (last, last + 1))
    if extraction is None or extraction < after:
        return
    _core.refuse([
        Finding(
            code="E-REGISTER-ENDS", severity="E", file=file, column="PERIOD",
            message=f"the last month is {month_text(last)}, but the extraction date is "
            f"{_iso(extraction)}.",
            message_sv=f"sista månaden är {month_text(last)}, men uttagsdatumet är "
            f"{_iso(extraction)}.",
            remedy=f"Say that the extraction date is {_iso(day)}, or take out the months after it.",
            remedy_sv=f"Ange {_iso(day)} som uttagsdatum, eller ta ut månaderna därefter.",
        )
    ])  # fmt: skip


def _iso(day: int) -> str:
    return dt.date.fromordinal(day + _EPOCH).isoformat()


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


def _date(day: str | dt.date) -> dt.date:
    try:
        return dt.date.fromisoformat(day) if isinstance(day, str) else day
    except ValueError:
        refuse(
            "E-DATE-FORMAT", "deaths", "a day of death is no date",
            "a datetime.date or a text like 2024-12-31 is needed", "Write it so",
        )  # fmt: skip
