"""Planted faults are found at the right row by the right rule; frightening but valid files pass.

Every case starts from the same synthetic extract, `town()`. A case of `FAULTS` changes it and says
which findings must come, all of them and no other: the rule, the physical row and the rows that
take part. A case of `VALID` changes it into something that looks wrong and is not: no error, no
warning. The numbers R01-R29 are the acceptance cases of the guide on reliability.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

import kohort as kh

HEADS = ("person", "decision", "from", "to", "level", "death", "sex", "birth", "event", "unit")
LEVELS = ("light", "moderate", "high", "total")


def town(people=30, seed=7):
    """Synthetic: nobody is described. Two or three decisions each, one after the other."""
    random = np.random.default_rng(seed)
    rows = []
    for i in range(people):
        start = dt.date(2018, 1, 1) + dt.timedelta(days=int(random.integers(900)))
        born = dt.date(1928, 1, 1) + dt.timedelta(days=int(random.integers(7000)))
        many = int(random.integers(2, 4))
        level = int(random.integers(2))
        dies = i % 3 == 0
        for k in range(many):
            end = start + dt.timedelta(days=int(random.integers(60, 300)))
            last = k == many - 1
            rows.append({
                "person": f"P{i:03d}",
                "decision": f"D{i:03d}-{k}",
                "from": str(start),
                "to": "" if last and not dies else str(end),
                "level": LEVELS[min(level + k, 3)],
                "death": "",
                "sex": "kvinna" if i % 2 else "man",
                "birth": str(born),
                "event": "beslut",
                "unit": "Norr" if i < people // 2 else "Söder",
            })  # fmt: skip
            if last and dies:
                for row in rows[-many:]:
                    row["death"] = str(end)
            start = end + dt.timedelta(days=1)
    return rows


@dataclass
class Extract:
    """A file in the making: rows, and how they are written and read."""

    rows: list[dict[str, str]] = field(default_factory=town)
    heads: tuple[str, ...] = HEADS
    delimiter: str = ";"
    newline: str = "\n"
    before: str = ""
    encoding: str = "utf-8"
    change_text: Callable[[str], str] = lambda text: text
    change_bytes: Callable[[bytes], bytes] = lambda data: data
    options: dict = field(default_factory=dict)
    rule: object = None
    first_row: int = 2  # physical row of the first record

    def row(self, i):
        """Physical row of a record, as long as none spans several lines."""
        return self.first_row + i

    def drop(self, *heads):
        self.heads = tuple(h for h in self.heads if h not in heads)

    def bytes(self):
        def cell(value):
            quoted = any(c in value for c in (self.delimiter, '"', "\n"))
            return '"' + value.replace('"', '""') + '"' if quoted else value

        lines = [self.delimiter.join(cell(h) for h in self.heads)]
        lines += [
            self.delimiter.join(cell(row.get(h.lower(), row.get(h, ""))) for h in self.heads)
            for row in self.rows
        ]
        text = self.before + self.newline.join(lines) + self.newline
        return self.change_bytes(self.change_text(text).encode(self.encoding))

    def read(self, path):
        path.write_bytes(self.bytes())
        rule = self.rule or kh.named_levels()
        options = {"extraction_date": "2024-12-31"} | self.options
        return kh.read_decisions(path, level_rule=rule, **options)


def findings_of(extract, path):
    """Errors and warnings as (code, row, related rows)."""
    try:
        found = extract.read(path).findings
    except kh.DataRefused as refusal:
        found = refusal.findings
    return sorted(((f.code, f.row, f.related) for f in found if f.severity in "EW"), key=repr)


# --- the faults -----------------------------------------------------------------------------------
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


def of_person(x, i):
    """Places of the records of the person of record i."""
    return [k for k, row in enumerate(x.rows) if row["person"] == x.rows[i]["person"]]


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


def damaged(i, change):
    """Change the bytes of one physical row."""

    def damage(data):
        lines = data.split(b"\n")
        lines[i - 1] = change(lines[i - 1])
        return b"\n".join(lines)

    return damage


@fault("R04")
def a_byte_of_windows_1252_in_utf_8(x):
    x.rows[0]["unit"] = "Österåker"
    x.change_bytes = damaged(x.row(25), lambda line: line + b"\xf6")
    return [("E-ENCODING", x.row(25), ())]


@fault("R04")
def half_a_letter_in_utf_8(x):
    x.rows[0]["unit"] = "Österåker"
    x.change_bytes = damaged(x.row(7), lambda line: line + b"\xc3")
    return [("E-ENCODING", x.row(7), ())]


@fault("R04")
def two_damaged_rows(x):
    x.rows[0]["unit"] = "Österåker"
    one, other = damaged(x.row(7), lambda s: s + b"\xe5"), damaged(x.row(9), lambda s: s + b"\xff")
    x.change_bytes = lambda data: other(one(data))
    return [("E-ENCODING", x.row(7), ()), ("E-ENCODING", x.row(9), ())]


def hours(x, values, **options):
    """Level by hours."""
    x.heads = tuple("hours" if h == "level" else h for h in x.heads)
    x.rule = kh.hours_rule()
    x.options |= options
    usual = {"light": "3", "moderate": "10", "high": "40", "total": "200"}
    for row in x.rows:
        row["hours"] = usual[row["level"]]
    for i, value in values.items():
        x.rows[i]["hours"] = value


@fault("R05")
def decimal_comma_and_decimal_point_in_one_column(x):
    hours(x, {3: "3,5", 8: "3.5"})
    return [("E-DIALECT", 1, ())]


for name, value in {
    "code 777": "777", "code 888": "888", "code 999": "999", "more than a month has": "745",
    "negative": "-4", "no number": "många", "missing": "",
}.items():  # fmt: skip

    def _hours(x, value=value):
        hours(x, {10: value})
        return [("E-HOURS", x.row(10), ())]

    FAULTS[f"R05 hours: {name}"] = _hours


for needed in ("person", "from", "to", "level"):

    def _missing(x, needed=needed):
        x.drop(needed)
        return [("E-HEADER", 1, ())]

    FAULTS[f"R07 no column {needed}"] = _missing


@fault("R07")
def two_columns_for_one_role(x):
    for row in x.rows:
        row["startdatum"] = row["from"]
    x.heads += ("startdatum",)
    return [("E-HEADER", 1, ())]


@fault("R07")
def a_declared_column_that_is_not_there(x):
    x.options["columns"] = {"exit": "Flyttade"}
    return [("E-HEADER", 1, ())]


@fault("R07")
def no_header_line(x):
    x.change_text = lambda text: text.split("\n", 1)[1]
    return [("E-HEADER", 1, ())] * 4


@fault("R08")
def a_fault_after_a_field_of_several_lines(x):
    x.rows[5]["unit"] = 'Norr; "nya"\nhuset\n3'
    x.rows[9]["from"] = "2021-13-01"
    return [("E-DATE-INVALID", x.row(9) + 2, ())]


@fault("R09")
def a_row_with_too_few_fields(x):
    x.change_bytes = damaged(x.row(12), lambda line: line.rsplit(b";", 1)[0])
    return [("E-FIELD-COUNT", x.row(12), ())]


@fault("R09")
def a_row_with_too_many_fields(x):
    x.change_bytes = damaged(x.row(12), lambda line: line + b";x")
    return [("E-FIELD-COUNT", x.row(12), ())]


@fault("R09")
def a_nul_byte(x):
    x.change_bytes = damaged(x.row(12), lambda line: line + b"\x00")
    return [("E-BYTE", x.row(12), ())]


@fault("R09")
def a_field_of_two_megabytes(x):
    x.rows[12]["unit"] = "N" * 2_000_000
    return [("E-FIELD-SIZE", x.row(12), ())]


@fault("R09")
def a_quote_that_is_never_closed(x):
    x.change_bytes = damaged(x.row(len(x.rows) - 1), lambda line: line[:-4] + b'"' + line[-4:])
    x.change_bytes = damaged(x.row(len(x.rows) - 1), lambda line: line.rsplit(b";", 1)[0] + b';"No')
    return [("E-QUOTE", x.row(len(x.rows) - 1), ())]


@fault("R09")
def text_after_a_closing_quote(x):
    x.change_bytes = damaged(x.row(12), lambda line: line.rsplit(b";", 1)[0] + b';"No"rr')
    return [("E-QUOTE", x.row(12), ())]


for name, text in {
    "empty file": "", "header only": ";".join(HEADS) + "\n", "blank lines only": "\n\n\n",
    "comments only": "# one\n# two\n",
}.items():  # fmt: skip

    def _empty(x, text=text):
        x.change_text = lambda _: text
        return [("E-EMPTY", None, ())]

    FAULTS[f"R10 {name}"] = _empty


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


def support(x):
    """Level by type of support."""
    x.heads = tuple("support" if h == "level" else h for h in x.heads)
    x.rule = kh.SUPPORT_RULE
    usual = {"light": "städ", "moderate": "dusch/bad", "high": "matning", "total": "säbo"}
    for row in x.rows:
        row["support"] = usual[row["level"]]


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


def many(x, last="2024-12-31"):
    """Twenty new people a month and unit for five years."""
    x.rows = []
    for month in range(12 * 2020, 12 * 2025 if last < "2025" else 12 * 2026):
        for unit in ("Norr", "Söder"):
            for k in range(20):
                day = str(dt.date(month // 12, month % 12 + 1, k + 1))
                x.rows.append({
                    "person": f"{unit}{month}{k}", "decision": f"{unit}-{month}-{k}", "from": day,
                    "to": "", "level": LEVELS[k % 4], "death": "", "sex": "man",
                    "birth": "1940-02-29", "event": "beslut", "unit": unit,
                })  # fmt: skip
    x.options["extraction_date"] = last


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


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_at_its_row_by_its_rule(name, tmp_path):
    extract = Extract()
    expected = FAULTS[name](extract)
    assert findings_of(extract, tmp_path / "beslut.csv") == sorted(expected, key=repr)


def test_there_are_at_least_sixty_faults_and_each_rule_is_met():
    assert len(FAULTS) >= 60
    rules = {name.split()[0] for name in FAULTS}
    assert rules >= {f"R{n:02d}" for n in (1, 2, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17)}
    assert rules >= {"R24", "R25", "R26", "R27"}


def test_the_town_itself_has_no_fault(tmp_path):
    assert findings_of(Extract(), tmp_path / "beslut.csv") == []


# --- what looks wrong and is not ------------------------------------------------------------------
VALID: dict[str, Callable] = {}


def valid(plant):
    VALID[plant.__name__.replace("_", " ")] = plant
    return plant


@valid
def a_byte_order_mark(x):
    x.encoding = "utf-8-sig"


@valid
def lines_as_windows_ends_them(x):
    x.newline = "\r\n"


@valid
def lines_as_old_macintoshes_ended_them(x):
    x.newline = "\r"


@valid
def no_end_of_the_last_line(x):
    x.change_text = lambda text: text.removesuffix("\n")


@valid
def notes_above_the_header(x):
    x.before = "# uttag 2025-01-07; gjort av systemförvaltningen\n#\n"


@valid
def blank_lines_between_rows(x):
    x.change_text = lambda text: text.replace("\n", "\n\n").replace("\n\nP01", "\n\n\n\nP01")


@valid
def tabs(x):
    x.delimiter = "\t"


@valid
def commas(x):
    x.delimiter = ","


@valid
def every_field_quoted(x):
    def quoted(text):
        lines = text.splitlines()
        return "".join(";".join(f'"{c}"' for c in line.split(";")) + "\n" for line in lines)

    x.change_text = quoted


@valid
def quotes_delimiters_and_line_ends_in_free_text(x):
    x.heads += ("anteckning",)
    texts = ['"Hej", sa hon; och gick', "två\nrader", "=1+1", "-12,5", "@x", '""', "å\u0301 NFD"]
    for i, row in enumerate(x.rows):
        row["anteckning"] = texts[i % len(texts)]


@valid
def a_very_long_note(x):
    x.heads += ("anteckning",)
    for row in x.rows:
        row["anteckning"] = ""
    x.rows[7]["anteckning"] = "ord " * 200_000


@valid
def columns_in_another_order_with_others_between(x):
    x.heads = ("x", *x.heads[::-1], "handläggare", "Ärende nr")


@valid
def heads_in_capitals_with_spaces_and_accents_apart(x):
    x.heads = tuple(
        {"from": "  FRA\u030aN ", "person": "Person_ID", "to": "Till och med", "sex": "KO\u0308N",
         "level": "Niva\u030a", "birth": "Fo\u0308delsedatum"}.get(h, h) for h in x.heads
    )  # fmt: skip
    names = dict(zip(HEADS, x.heads, strict=True))
    x.rows = [{names[h].lower(): row[h] for h in HEADS} for row in x.rows]


@valid
def compact_dates(x):
    for row in x.rows[::2]:
        for head in ("from", "to", "birth", "death"):
            row[head] = row[head].replace("-", "")


@valid
def midnights(x):
    for row in x.rows[::2]:
        for head in ("from", "to", "birth"):
            row[head] += " 00:00:00" if row[head] else ""


@valid
def dates_of_excel_in_the_system_of_1904(x):
    x.options["date_format"] = "excel_1904"
    for row in x.rows[::3]:
        day = dt.date.fromisoformat(row["from"])
        row["from"] = str((day - dt.date(1904, 1, 1)).days)


@valid
def days_before_months_declared(x):
    x.options["date_format"] = "day_month_year"
    for row in x.rows[::2]:
        day = dt.date.fromisoformat(row["from"])
        row["from"] = f"{day.day}/{day.month}/{day.year}"


@valid
def a_leap_day_at_both_ends(x):
    x.rows[-1] |= {"from": "2024-02-29", "to": "2024-02-29", "birth": "1936-02-29"}
    x.rows[-1] |= {"person": "P900", "death": ""}


@valid
def decisions_of_one_day(x):
    x.rows.append(
        x.rows[-1]
        | {"person": "P900", "from": "2020-03-01", "to": "2020-03-01", "death": "", "decision": "n"}
    )


@valid
def until_further_notice_as_the_year_9999(x):
    for row in x.rows:
        row["to"] = row["to"] or "9999-12-31"


@valid
def a_death_on_the_first_day_of_a_decision(x):
    mine = of_person(x, 0)
    for k in mine:
        x.rows[k]["death"] = x.rows[mine[-1]]["from"]


@valid
def decisions_that_outlive_the_person(x):
    for k in of_person(x, 0):
        x.rows[k]["to"] = x.rows[k]["to"] if k < of_person(x, 0)[-1] else ""


@valid
def the_same_death_told_in_two_ways(x):
    row = x.rows[of_person(x, 0)[0]]
    x.rows.append(row | {"event": "död", "from": row["death"], "to": "", "decision": ""})


@valid
def gaps_of_a_day_and_of_400_days(x):
    a, b, *_ = of_person(x, 10)
    x.rows[a]["to"] = str(dt.date.fromisoformat(x.rows[b]["from"]) - dt.timedelta(days=2))
    c = of_person(x, 20)[0]
    x.rows[c]["from"] = x.rows[c]["to"] = "2017-01-01"


@valid
def overlaps_at_the_same_level(x):
    row = x.rows[of_person(x, 10)[0]]
    x.rows.append(row | {"decision": "n", "to": row["from"]})


@valid
def many_types_of_support_at_once(x):
    support(x)
    for row in list(x.rows):
        x.rows.append(row | {"support": "trygghetslarm", "decision": row["decision"] + "b"})
        x.rows.append(row | {"support": "dagverksamhet", "decision": row["decision"] + "c"})


@valid
def a_decision_that_starts_after_the_extraction(x):
    x.rows.append(x.rows[-1] | {"person": "P900", "from": "2025-02-01", "to": "", "death": "",
                                "decision": "n"})  # fmt: skip


@valid
def ids_that_differ_in_zeros_only(x):
    rename = {"P001": "7", "P002": "07", "P004": "007", "P005": "7.0", "P007": "0x7"}
    for row in x.rows:
        row["person"] = rename.get(row["person"], row["person"])


@valid
def people_of_a_hundred_and_nine(x):
    for k in of_person(x, 10):
        x.rows[k]["birth"] = "1909-01-21"


@valid
def hours_with_a_decimal_comma_and_at_the_limits(x):
    first, *_, last = of_person(x, 10)
    hours(x, {first: "0", last: "744", of_person(x, 20)[0]: "0,5", of_person(x, 20)[-1]: "40,0"})


@valid
def hours_with_a_decimal_point_between_commas(x):
    hours(x, {0: "0.25", 1: "6.99"})
    x.delimiter = ","


@valid
def a_unit_that_seldom_decides_and_one_that_opens(x):
    many(x)
    for i, row in enumerate(x.rows):
        row["unit"] = "Öster" if row["unit"] == "Söder" and row["from"] > "2022-01" else row["unit"]
        row["unit"] = "Liten" if i % 97 == 0 else row["unit"]


@valid
def a_single_row(x):
    x.rows = x.rows[:1]
    x.rows[0] |= {"death": "", "to": ""}


@valid
def names_of_levels_in_swedish(x):
    swedish = {"light": "Lätt", "moderate": "MÅTTLIGT", "high": "mycket beroende", "total": "Helt"}
    for row in x.rows:
        row["level"] = swedish[row["level"]]


@pytest.mark.parametrize("name", VALID)
def test_what_looks_frightening_and_is_valid_raises_no_alarm(name, tmp_path):
    extract = Extract()
    VALID[name](extract)
    found = extract.read(tmp_path / "beslut.csv")
    assert [f for f in found.findings if f.severity in "EW"] == []
    assert found.counts["persons followed"] > 0


def test_there_are_at_least_twelve_of_them():
    assert len(VALID) >= 12


# --- the same file in another shape ---------------------------------------------------------------
def digest(found, names=None):
    """Of the observations, whoever the people are called and in whatever order they stand."""
    seen = found.observations
    order = np.argsort(seen.subjects, kind="stable")
    ends = np.flatnonzero(np.diff(seen.subjects[order])) + 1
    people = []
    for rows in np.split(order, ends):
        parts = (seen.times[rows], seen.states[rows], seen.kinds[rows], seen.covariates[rows])
        name = "" if names is None else names[seen.subject_names[seen.subjects[rows[0]]]]
        people.append(name.encode() + b"".join(np.ascontiguousarray(p).tobytes() for p in parts))
    return hashlib.sha256(b"|".join(sorted(people))).hexdigest()


def shuffled(x, random):
    order = random.permutation(len(x.rows))
    x.rows = [x.rows[i] for i in order]
    return {x.row(int(i)): x.row(k) for k, i in enumerate(order)}


def renamed(x, random):
    names = sorted({row["person"] for row in x.rows})
    new = dict(zip(names, (f"Ö{n}" for n in random.permutation(10_000)[: len(names)]), strict=True))
    for row in x.rows:
        row["person"] = new[row["person"]] if row["person"] else ""
    return {}


def reordered(x, random):
    x.heads = tuple(random.permutation(np.array(x.heads)).tolist())
    return {}


def rewritten(x, random):
    x.encoding = "utf-8-sig"
    x.newline = "\r\n"
    x.delimiter = "\t"
    return {}


CHANGES = [shuffled, renamed, reordered, rewritten]


def faulty():
    """An extract with a dozen faults of kinds that do not hide each other."""
    x = Extract()
    for name in (
        "R01 decision after death", "R12 30 February", "R13 no start", "R14 an overlap",
        "R16 an id with other content", "R17 two death dates", "R25 an unknown level",
        "R24 another sex in another row", "R16 a row three times",
    ):  # fmt: skip
        shift = Extract(rows=town(30, seed=len(name) + 100))
        FAULTS[name](shift)
        for row in shift.rows:
            x.rows.append(row | {"person": row["person"] + name[:8] if row["person"] else "",
                                 "decision": name + row["decision"]})  # fmt: skip
    return x


def found_in(x, path):
    try:
        return [f for f in x.read(path).findings if f.severity in "EW"]
    except kh.DataRefused as refusal:
        return [f for f in refusal.findings if f.severity in "EW"]


def issues(found, x, new_row):
    """What each finding says, with rows as rows of the changed file.

    A fact that several rows tell, such as a death, is shown at one of them: which one may differ
    with their order, so there the person and the values stand for the rows.
    """
    told = []
    for f in found:
        rows = [x.rows[r - x.first_row] for r in (f.row, *f.related)]
        who = {row["decision"][:-2] for row in rows}
        if f.code in ("E-DEATH-TWICE", "E-SEX-DIFF"):
            what = (sorted(who), sorted(row[f.column] for row in rows))
        elif f.code == "E-AFTER-DEATH":
            what = (new_row.get(f.row, f.row), sorted(who))
        else:
            what = sorted(new_row.get(r, r) for r in (f.row, *f.related))
        told.append((f.code, f.column, f.count, what))
    return sorted(told, key=repr)


@pytest.mark.parametrize("changes", [*([c] for c in CHANGES), CHANGES], ids=str)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_file_in_another_shape_gives_the_same_observations(changes, seed, tmp_path):
    as_it_was = Extract().read(tmp_path / "a.csv")
    x, random = Extract(), np.random.default_rng(seed)
    for change in changes:
        change(x, random)
    now = x.read(tmp_path / "b.csv")
    assert digest(now) == digest(as_it_was)
    assert dict(now.counts) == dict(as_it_was.counts)
    if changes != CHANGES and changes != [renamed]:
        names = {name: name for name in now.observations.subject_names}
        assert digest(now, names) == digest(as_it_was, names)


@pytest.mark.parametrize("changes", [*([c] for c in CHANGES), CHANGES], ids=str)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_faulty_file_in_another_shape_has_the_same_faults(changes, seed, tmp_path):
    as_it_was = found_in(faulty(), tmp_path / "a.csv")
    assert len({f.code for f in as_it_was}) == 9
    x, random = faulty(), np.random.default_rng(seed)
    copies = {i for i, row in enumerate(x.rows) if x.rows.count(row) > 1}
    new_row = {}
    for change in changes:
        new_row |= change(x, random)
    now = found_in(x, tmp_path / "b.csv")

    def without_copies(found):
        return [f for f in found if f.code != "W-DUP-ROW"]

    assert issues(without_copies(now), x, {}) == issues(
        without_copies(as_it_was), faulty(), new_row
    )
    (warned,) = [f for f in now if f.code == "W-DUP-ROW"]  # which copy is the first may differ
    assert warned.count == 2
    assert {warned.row, *warned.related} < {new_row.get(x.row(i), x.row(i)) for i in copies}


def test_nothing_of_a_person_is_repeated_in_a_finding(tmp_path):
    for name, plant in FAULTS.items():
        extract = Extract()
        plant(extract)
        for row in extract.rows:
            row["person"] = row["person"] and f"secret-{row['person']}"
        try:
            found = extract.read(tmp_path / "beslut.csv").findings
        except kh.DataRefused as refusal:
            found = refusal.findings
        told = kh.findings_text(found) + kh.findings_text(found, "sv") + kh.findings_json(found)
        assert "secret" not in told, name
