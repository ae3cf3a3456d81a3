"""Personal numbers: faults and frightening but valid ones. All are made here from the rule.

A number is a date, a serial number and a check digit (Luhn). Serial numbers 980 to 999 are those
that the tax agency gives out for tests: nobody has them.
"""

from __future__ import annotations

import datetime as dt

from planted_extract import of_person
from planted_faults import fault
from planted_valid import valid


def check_digit(nine):
    """Luhn over the nine digits before it."""
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(nine)]
    return str(-sum(d // 10 + d % 10 for d in doubled) % 10)


def number(born, serial, *, coordination=False):
    """Twelve digits; the last digit of the serial number is odd for men."""
    day = born.day + 60 * coordination
    nine = f"{born:%y%m}{day:02d}{serial:03d}"
    return f"{born:%Y}"[:2] + nine + check_digit(nine)


def numbered(x, spelling=lambda text, i: text):
    """The extract with personal numbers for ids, and neither birth date nor sex beside them."""
    people = sorted({row["person"] for row in x.rows})
    for k, person in enumerate(people):
        mine = [row for row in x.rows if row["person"] == person]
        born = dt.date.fromisoformat(mine[0]["birth"])
        text = number(born, 980 + 2 * (k % 10) + (mine[0]["sex"] == "man"))
        for i, row in enumerate(mine):
            row["person"] = spelling(text, i)
    x.heads = tuple("personnummer" if h == "person" else h for h in x.heads)
    for row in x.rows:
        row["personnummer"] = row["person"]
    x.drop("birth", "sex")


def number_fault(case, name, code, change):
    """One person's numbers are spoilt; every row of theirs is named."""

    def plant(x):
        numbered(x)
        mine = of_person(x, 10)
        for k in mine:
            x.rows[k]["personnummer"] = change(x.rows[k]["personnummer"])
        return [(code, x.row(k), ()) for k in mine]

    plant.__name__ = name.replace(" ", "_")
    fault(case)(plant)


def digits(text, at, new):
    """Other digits in a number, with the check digit that goes with them."""
    nine = text[2:11]
    nine = nine[:at] + new + nine[at + len(new) :]
    return text[:2] + nine + check_digit(nine)


number_fault("R21", "a wrong check digit", "E-PNR-CHECK",
             lambda t: t[:-1] + str((int(t[-1]) + 1) % 10))  # fmt: skip
number_fault("R21", "two digits swapped", "E-PNR-CHECK",
             lambda t: digits(t, 6, "981")[:-1] + digits(t, 6, "918")[-1])  # fmt: skip
number_fault("R21", "day 00", "E-PNR-DATE", lambda t: digits(t, 4, "00"))
number_fault("R21", "day 32", "E-PNR-DATE", lambda t: digits(t, 4, "32"))
number_fault("R21", "day 60", "E-PNR-DATE", lambda t: digits(t, 4, "60"))
number_fault("R21", "day 92", "E-PNR-DATE", lambda t: digits(t, 4, "92"))
number_fault("R21", "month 13", "E-PNR-DATE", lambda t: digits(t, 2, "13"))
number_fault("R22", "an interim number", "E-PNR-INTERIM", lambda t: t[:8] + "T" + t[9:])
number_fault("R23", "a leading zero lost", "E-PNR-LENGTH", lambda t: t[3:])
number_fault("R23", "eleven digits", "E-PNR-LENGTH", lambda t: t[1:])
number_fault("R23", "rounded by Excel", "E-PNR-SCI",
             lambda t: f"{t[0]},{t[1:3]}E+11")  # fmt: skip


@fault("R19")
def ten_digits_that_would_be_those_of_a_minor(x):
    numbered(x)
    text = number(dt.date(1909, 1, 21), 984)
    first, *others = of_person(x, 10)
    for k in (first, *others):
        x.rows[k]["personnummer"] = f"{text[2:8]}-{text[8:]}"
    return [("W-CENTURY", x.row(first), tuple(x.row(k) for k in others))]


@fault("R24")
def a_birth_date_that_is_not_the_number_s(x):
    numbered(x)
    x.heads += ("birth",)
    mine = of_person(x, 10)
    for k, row in enumerate(x.rows):
        born = row["personnummer"]
        row["birth"] = "1930-01-02" if k in mine else f"{born[:4]}-{born[4:6]}-{born[6:8]}"
    return [("W-BIRTH-DIFF", x.row(mine[0]), ())]


@valid
def personal_numbers_of_twelve_digits(x):
    numbered(x)


@valid
def personal_numbers_in_four_spellings_of_one_person(x):
    def spelling(text, i):
        return (text, f"{text[:8]}-{text[8:]}", f"{text[2:8]}-{text[8:]}", text[2:])[i % 4]

    numbered(x, spelling)


@valid
def coordination_numbers(x):
    numbered(x)
    for k in of_person(x, 10):
        text = x.rows[k]["personnummer"]
        born = dt.date(int(text[:4]), int(text[4:6]), int(text[6:8]))
        x.rows[k]["personnummer"] = number(born, 982, coordination=True)


@valid
def somebody_of_a_hundred_and_nine_with_a_plus(x):
    numbered(x)
    text = number(dt.date(1909, 1, 21), 984)
    for k in of_person(x, 10):
        x.rows[k]["personnummer"] = f"{text[2:8]}+{text[8:]}"


@valid
def interim_numbers_as_opaque_ids(x):
    numbered(x)
    x.heads += ("birth", "sex")
    for k in of_person(x, 10):
        x.rows[k]["personnummer"] = x.rows[k]["personnummer"][:8] + "T982"
    x.options["id"] = "opaque"
