"""What looks wrong in an extract and is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from planted_extract import (
    HEADS,
    hours,
    many,
    of_person,
    support,
)

VALID: dict[str, Callable] = {}


def valid(plant):
    VALID[plant.__name__.replace("_", " ")] = plant
    return plant


@valid
def a_byte_order_mark(x):
    x.encoding = "utf-8-sig"


@valid
def utf_16_as_excel_writes_unicode_text(x):
    x.encoding = "utf-16"
    x.delimiter = "\t"


@valid
def windows_1252(x):
    x.encoding = "cp1252"


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
def a_fall_of_three_levels_after_a_stay_in_special_housing(x):
    for k, level in zip(of_person(x, 10), ("total", "light", "light"), strict=False):
        x.rows[k]["level"] = level


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
