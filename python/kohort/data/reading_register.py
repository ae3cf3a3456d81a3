"""Reading an extract of the national register: its variables, persons told beside it, refusals."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort._core import Finding
from kohort.data.level_rules import RegisterRule, read_register_rule
from kohort.data.reading_decisions import breaks_of
from kohort.data.register import EPOCH, RegisterMonths, iso_day, register_months
from kohort.data.register_persons import FACTS, PersonFacts, facts_of, joined
from kohort.data.register_rows import (
    NEEDED,
    UNKNOWN,
    VARIABLES,
    RegisterRows,
    last_days,
    rule_states,
)
from kohort.data.register_stays import Months
from kohort.data.register_table import TextTable, text_table
from kohort.data.series import (
    gap_findings,
    month_text,
    regime_finding,
    reporting_gaps,
)
from kohort.extracts.column_map import ColumnMap
from kohort.model.structure import DEPENDENCY_WITH_ENDED, Model
from kohort.privacy.identity import read_numbers
from kohort.support._dates import day_number
from kohort.support._language import language
from kohort.support._refusal import refuse
from kohort.support._shown import shown

Array = npt.NDArray[Any]

_ROLES = {"person": "LopNr", "period": "PERIOD", "hours": "HTJTIM"}


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
    extraction = None if extraction_date is None else day_number(extraction_date, "extraction_date")
    rows.refuse_after(extraction)
    kept = np.ones(len(rows.month), dtype=bool)
    if observed_from is not None:
        kept = last_days(rows.month) >= day_number(observed_from, "observed_from")
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
        level: dt.date.fromordinal(day_number(date, "regime_breaks") + EPOCH)
        for level, date in breaks_of(regime_breaks, rule.levels).items()
    }
    made = register_months(seen, rule, model, breaks, counts)
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
    numbers = read_numbers(names.tolist(), extraction_date=iso_day(last))
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
            f"{iso_day(extraction)}.",
            message_sv=f"sista månaden är {month_text(last)}, men uttagsdatumet är "
            f"{iso_day(extraction)}.",
            remedy=f"Say that the extraction date is {iso_day(day)}, or take out the months "
            "after it.",
            remedy_sv=f"Ange {iso_day(day)} som uttagsdatum, eller ta ut månaderna därefter.",
        )
    ])  # fmt: skip


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
