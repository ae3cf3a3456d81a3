"""Faults, each with the findings that must come of it: rule, physical row, rows that take part."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from planted_extract import (
    LEVELS,
    hours,
    many,
    of_person,
    support,
)

import kohort as kh

FAULTS: dict[str, Callable] = {}


def fault(case):
    """Add a case: a function that changes an extract and returns the findings that must come."""

    def add(plant):
        FAULTS[f"{case} {plant.__name__.replace('_', ' ')}"] = plant
        return plant

    return add


def cell_fault(case, name, code, head, value, i=10):
    """A single cell holds a value that it cannot have."""

    def plant(x):
        x.rows[i][head] = value
        return [(code, x.row(i), ())]

    FAULTS[f"{case} {name}"] = plant


@fault("R01")
def decision_after_death(x):
    mine = of_person(x, 0)
    x.rows.append(x.rows[mine[-1]] | {"from": "2024-03-01", "to": "", "decision": "new"})
    return [("E-AFTER-DEATH", x.row(len(x.rows) - 1), (x.row(mine[0]),))]


@fault("R01")
def two_decisions_after_death(x):
    mine = of_person(x, 0)
    for day in ("2024-03-01", "2024-05-01"):
        x.rows.append(x.rows[mine[-1]] | {"from": day, "to": day, "decision": day})
    last = len(x.rows) - 1
    return [("E-AFTER-DEATH", x.row(k), (x.row(mine[0]),)) for k in (last - 1, last)]


@fault("R01")
def decision_after_a_death_with_a_row_of_its_own(x):
    mine = of_person(x, 4)
    person = x.rows[mine[0]]
    x.rows.append(person | {"from": "2023-06-01", "to": "", "event": "död", "decision": ""})
    x.rows.append(person | {"from": "2023-06-02", "to": "", "decision": "late"})
    x.rows[mine[-1]]["to"] = "2023-05-31"
    last = len(x.rows) - 1
    return [("E-AFTER-DEATH", x.row(last), (x.row(last - 1),))]


@fault("R02")
def seven_rows_of_one_kind(x):
    places = list(range(1, 50, 8))[:7]
    for i in places:
        x.rows[i]["from"] = "2021-02-30"
    return [("E-DATE-INVALID", x.row(i), ()) for i in places]


@fault("R02")
def five_kinds_at_once(x):
    x.rows[3]["from"] = ""
    x.rows[11]["to"] = "1999-01-01"
    x.rows[20]["level"] = "??"
    x.rows[31]["person"] = ""
    x.rows[40]["sex"] = "x"
    return [
        ("E-DATE-MISSING", x.row(3), ()),
        ("E-INTERVAL-NEG", x.row(11), ()),
        ("E-STATE-UNKNOWN", x.row(20), ()),
        ("E-PERSON", x.row(31), ()),
        ("E-SEX", x.row(40), ()),
    ]


for name, value in {
    "code 777": "777", "code 888": "888", "code 999": "999", "more than a month has": "745",
    "negative": "-4", "no number": "många", "missing": "",
}.items():  # fmt: skip

    def _hours(x, value=value):
        hours(x, {10: value})
        return [("E-HOURS", x.row(10), ())]

    FAULTS[f"R05 hours: {name}"] = _hours


cell_fault("R11", "day before month, not declared", "E-DATE-FORMAT", "from", "31/12/2020")
cell_fault("R11", "month before day, not declared", "E-DATE-FORMAT", "from", "12/31/2020")
cell_fault("R11", "a date in words", "E-DATE-FORMAT", "from", "12 mars 2020")
cell_fault("R11", "a year of two digits", "E-DATE-FORMAT", "from", "20-03-12")
cell_fault("R11", "a time of day", "E-DATE-FORMAT", "from", "2020-03-12 14:30")
cell_fault("R11", "a month alone", "E-DATE-FORMAT", "from", "2020-03")
cell_fault("R11", "a placeholder", "E-DATE-FORMAT", "to", "okänt")
cell_fault("R11", "a birth date in another form", "E-DATE-FORMAT", "birth", "3/4 1940")
cell_fault("R11", "a declared form that one row breaks", "E-DATE-FORMAT", "from", "2020.03.12")


@fault("R11")
def serials_that_could_be_of_either_system(x):
    x.rows[10]["from"] = "43000"  # 2017-09-22, or 2021-09-23 in the system of 1904
    x.options["extraction_date"] = "2026-12-31"
    return [("E-DATE-FORMAT", x.row(10), ())]


@fault("R12")
def the_day_that_only_excel_has(x):
    x.options["date_format"] = "excel_1900"
    x.rows[10]["from"] = "60"
    return [("E-DATE-INVALID", x.row(10), ())]


cell_fault("R12", "29 February of a common year", "E-DATE-INVALID", "from", "2023-02-29")
cell_fault("R12", "30 February", "E-DATE-INVALID", "from", "2024-02-30")
cell_fault("R12", "29 February in compact form", "E-DATE-INVALID", "from", "20230229")
cell_fault("R12", "31 April", "E-DATE-INVALID", "to", "2020-04-31")
cell_fault("R12", "day 0", "E-DATE-INVALID", "from", "2020-04-00")
cell_fault("R12", "month 13", "E-DATE-INVALID", "from", "2020-13-01")
cell_fault("R12", "a birth on no day", "E-DATE-INVALID", "birth", "1939-02-29")
cell_fault("R13", "the end before the start", "E-INTERVAL-NEG", "to", "2001-01-01")
cell_fault("R13", "no start", "E-DATE-MISSING", "from", "")
cell_fault("R13", "a start before 1850", "E-DATE-RANGE", "from", "1820-01-01")


@fault("R13")
def an_open_decision_and_no_extraction_date(x):
    x.options["extraction_date"] = None
    return [("E-EXTRACTION-DATE", x.row(i), ()) for i, row in enumerate(x.rows) if row["to"] == ""]


@fault("R14")
def an_overlap(x):
    a, b = of_person(x, 10)[:2]
    x.rows[a]["to"] = str(dt.date.fromisoformat(x.rows[b]["from"]) + dt.timedelta(days=20))
    return [("E-OVERLAP", x.row(b), (x.row(a),))]


@fault("R14")
def an_overlap_of_a_single_day(x):
    a, b = of_person(x, 10)[:2]
    x.rows[a]["to"] = x.rows[b]["from"]
    return [("E-OVERLAP", x.row(b), (x.row(a),))]


@fault("R14")
def an_open_decision_under_a_later_one(x):
    a, *later = of_person(x, 10)
    x.rows[a]["to"] = ""
    other = [k for k in later if x.rows[k]["level"] != x.rows[a]["level"]]
    return [("E-OVERLAP", x.row(k), (x.row(a),)) for k in other]


@fault("N17")
def a_move_that_the_model_does_not_know(x):
    x.options["model"] = kh.DEPENDENCY_WITH_ENDED
    a, b = of_person(x, 10)[:2]
    for k, level in zip(of_person(x, 10), ("total", "light", "light"), strict=False):
        x.rows[k]["level"] = level
    return [("E-IMPOSSIBLE", x.row(b), (x.row(a),))]


@fault("R14")
def three_at_once(x):
    person = x.rows[-1] | {"person": "P900", "death": "", "to": "2020-12-31"}
    n = len(x.rows)
    for k, level in enumerate(LEVELS[:3]):
        x.rows.append(
            person | {"level": level, "from": f"2020-0{k + 1}-01", "decision": f"D900-{k}"}
        )
    return [
        ("E-OVERLAP", x.row(n + 1), (x.row(n),)),
        ("E-OVERLAP", x.row(n + 2), (x.row(n), x.row(n + 1))),
    ]


@fault("R16")
def a_row_twice(x):
    x.rows.insert(20, dict(x.rows[10]))
    return [("W-DUP-ROW", x.row(20), ())]


@fault("R16")
def a_row_three_times(x):
    x.rows += [dict(x.rows[10]), dict(x.rows[10])]
    n = len(x.rows)
    return [("W-DUP-ROW", x.row(n - 2), (x.row(n - 1),))]


@fault("R16")
def an_id_with_other_content(x):
    x.rows[30]["decision"] = x.rows[10]["decision"]
    return [("E-DUP-ID", x.row(30), (x.row(10),))]


@fault("R16")
def an_id_with_another_end(x):
    a = of_person(x, 10)[0]
    x.rows.append(x.rows[a] | {"to": x.rows[a]["from"]})
    return [("E-DUP-ID", x.row(len(x.rows) - 1), (x.row(a),))]


@fault("R17")
def two_death_dates(x):
    mine = of_person(x, 0)
    x.rows[mine[1]]["death"] = "2024-11-11"
    return [("E-DEATH-TWICE", x.row(mine[1]), (x.row(mine[0]),))]


@fault("R17")
def a_death_row_against_the_death_column(x):
    mine = of_person(x, 0)
    x.rows.append(x.rows[mine[0]] | {"event": "död", "from": "2024-11-11", "decision": ""})
    return [("E-DEATH-TWICE", x.row(len(x.rows) - 1), (x.row(mine[0]),))]


@fault("R17")
def a_death_after_the_extraction(x):
    mine = of_person(x, 4)
    for k in mine:
        x.rows[k]["death"] = "2025-02-01"
    return [("E-DATE-RANGE", x.row(mine[0]), ())]


cell_fault("R18", "no person", "E-PERSON", "person", "")
cell_fault("R18", "a person of spaces", "E-PERSON", "person", "   ")


@fault("R24")
def another_birth_date_in_another_row(x):
    mine = of_person(x, 10)
    x.rows[mine[1]]["birth"] = "1931-05-05"
    return [("E-BIRTH-DIFF", x.row(mine[1]), (x.row(mine[0]),))]


@fault("R24")
def a_birth_after_the_first_decision(x):
    mine = of_person(x, 10)
    for k in mine:
        x.rows[k]["birth"] = "2021-05-05"
    return [("E-DATE-RANGE", x.row(mine[0]), ())]


@fault("R24")
def no_birth_date_at_all(x):
    mine = of_person(x, 10)
    for k in mine:
        x.rows[k]["birth"] = ""
    return [("E-DATE-MISSING", x.row(mine[0]), ())]


@fault("R24")
def another_sex_in_another_row(x):
    mine = of_person(x, 10)
    x.rows[mine[1]]["sex"] = "kvinna" if x.rows[mine[0]]["sex"] == "man" else "man"
    return [("E-SEX-DIFF", x.row(mine[1]), (x.row(mine[0]),))]


@fault("R24")
def no_sex_at_all(x):
    mine = of_person(x, 10)
    for k in mine:
        x.rows[k]["sex"] = ""
    return [("E-SEX", x.row(mine[0]), ())]


cell_fault("R24", "a sex that there is none of", "E-SEX", "sex", "okänd")
cell_fault("R25", "an unknown level", "E-STATE-UNKNOWN", "level", "medel")
cell_fault("R25", "no level", "E-STATE-UNKNOWN", "level", "")
cell_fault("R25", "an unknown event", "E-EVENT", "event", "flyttat")


@fault("R25")
def a_level_that_many_have(x):
    places = [i for i, row in enumerate(x.rows) if row["level"] == "moderate"]
    for i in places:
        x.rows[i]["level"] = "medel"
    whole = ("E-STATE-UNKNOWN", None, ())
    return [whole, *(("E-STATE-UNKNOWN", x.row(i), ()) for i in places)]


@fault("R25")
def an_unknown_type_of_support(x):
    support(x)
    x.rows[10]["support"] = "yoga"
    return [("E-STATE-UNKNOWN", x.row(10), ())]


def with_exit(x):
    x.heads += ("exit",)
    mine = of_person(x, 4)
    for row in x.rows:
        row["exit"] = ""
    return mine


@fault("R13")
def a_decision_after_moving_away(x):
    mine = with_exit(x)
    for k in mine:
        x.rows[k]["exit"] = x.rows[mine[-1]]["from"]
    late = "2024-06-01"
    x.rows[mine[-1]]["to"] = x.rows[mine[-1]]["from"]
    x.rows.append(x.rows[mine[-1]] | {"from": late, "to": "", "decision": "late"})
    return [("E-AFTER-EXIT", x.row(len(x.rows) - 1), (x.row(mine[0]),))]


@fault("R13")
def two_days_of_moving_away(x):
    mine = with_exit(x)
    x.rows[mine[0]]["exit"] = "2024-06-01"
    x.rows[mine[1]]["exit"] = "2024-06-02"
    return [("E-EXIT-DIFF", x.row(mine[1]), (x.row(mine[0]),))]


@fault("R26")
def a_unit_silent_for_a_month(x):
    many(x)
    x.rows = [r for r in x.rows if not (r["unit"] == "Söder" and r["from"] > "2022-05"
                                        and r["from"] < "2022-06")]  # fmt: skip
    return [("W-REPORTING-GAP", None, ())]


@fault("R26")
def nobody_reports_for_two_months(x):
    many(x)
    x.rows = [r for r in x.rows if not "2022-05" < r["from"] < "2022-07"]
    return [("W-REPORTING-GAP", None, ())]


@fault("R27")
def data_that_cross_1_july_2025(x):
    many(x, "2025-12-31")
    return [("W-REGIME", None, ())]
