"""Faults planted one at a time are found at their row by their rule; what only looks bad is read.

All people here are made up.
"""

from __future__ import annotations

import pytest

import kohort as kh

HEAD = "person;start;end;level;death;sex;birth;hours;decision;event;exit;cost"
COLUMNS = HEAD.split(";")
LEVELS = kh.named_levels()
UNTIL = "2022-12-31"


def row(**cells: str) -> str:
    """A row that is good but for what is said."""
    good = {
        "person": "p",
        "start": "2020-01-01",
        "end": "2020-12-31",
        "level": "light",
        "sex": "k",
        "birth": "1940-05-05",
        "hours": "12,5",
    }
    return ";".join((good | cells).get(column, "") for column in COLUMNS)


def people(count: int, first: int = 0) -> list[str]:
    return [row(person=f"q{k}", decision=f"d{k}") for k in range(first, first + count)]


def text_of(*lines: str) -> bytes:
    return "\n".join([HEAD, *people(3), *lines, *people(3, 90), ""]).encode("utf-8")


# Every file has rows 2 to 4 that are good, what is planted from row 5 on, and three good rows.
ONE = [
    # dates
    ("no such day", [row(start="2020-02-30")], [("E-DATE-INVALID", 5)]),
    ("29 February in a common year", [row(end="2023-02-29")], [("E-DATE-INVALID", 5)]),
    ("month 13", [row(start="20201301")], [("E-DATE-INVALID", 5)]),
    ("day 0", [row(start="2020-01-00")], [("E-DATE-INVALID", 5)]),
    ("two ways to read it", [row(start="03/04/2020")], [("E-DATE-FORMAT", 5)]),
    ("American", [row(start="12/31/2019")], [("E-DATE-FORMAT", 5)]),
    ("two digits of the year", [row(start="20-01-01")], [("E-DATE-FORMAT", 5)]),
    ("a time of day", [row(start="2020-01-01 14:30:00")], [("E-DATE-FORMAT", 5)]),
    ("words", [row(start="igår")], [("E-DATE-FORMAT", 5)]),
    ("half a date", [row(start="2020-01")], [("E-DATE-FORMAT", 5)]),
    ("spaces inside", [row(start="2020 01 01")], [("E-DATE-FORMAT", 5)]),
    ("the leap day that never was", [row(start="60")], [("E-DATE-INVALID", 5)]),
    ("before 1850", [row(start="1020-01-01")], [("E-DATE-RANGE", 5)]),
    ("no start", [row(start="")], [("E-DATE-MISSING", 5)]),
    ("no birth", [row(birth="")], [("E-DATE-MISSING", 5)]),
    ("born after the decision", [row(birth="2021-01-01")], [("E-DATE-RANGE", 5)]),
    ("dead after the extraction", [row(death="2023-01-01")], [("E-DATE-RANGE", 5)]),
    ("ends before it starts", [row(end="2019-12-31")], [("E-INTERVAL-NEG", 5)]),
    # persons
    ("nobody", [row(person="")], [("E-PERSON", 5)]),
    ("only spaces for a person", [row(person="   ")], [("E-PERSON", 5)]),
    ("an unknown sex", [row(sex="x")], [("E-SEX", 5)]),
    ("no sex", [row(sex="")], [("E-SEX", 5)]),
    ("two sexes", [row(), row(start="2021-01-01", end="2021-02-01", sex="m")], [("E-SEX-DIFF", 6)]),
    (
        "two births",
        [row(), row(start="2021-01-01", end="2021-02-01", birth="1940-05-06")],
        [("E-BIRTH-DIFF", 6)],
    ),
    (
        "two deaths",
        [row(death="2021-05-05"), row(start="2021-01-01", end="2021-02-01", death="2021-05-06")],
        [("E-DEATH-TWICE", 6)],
    ),
    (
        "two exits",
        [row(exit="2021-05-05"), row(start="2021-01-01", end="2021-02-01", exit="2021-05-06")],
        [("E-EXIT-DIFF", 6)],
    ),
    # what a decision says
    ("an unknown level", [row(level="medel")], [("E-STATE-UNKNOWN", 5)]),
    ("no level", [row(level="")], [("E-STATE-UNKNOWN", 5)]),
    ("an unknown event", [row(event="flytt")], [("E-EVENT", 5)]),
    ("a cost in words", [row(cost="dyrt")], [("E-COST", 5)]),
    ("a negative cost", [row(cost="-1")], [("E-COST", 5)]),
    ("an exponent for a cost", [row(cost="1e6")], [("E-COST", 5)]),
    ("thousands with a point and a comma", [row(cost="12.345,67")], [("E-COST", 5)]),
    ("groups of two", [row(cost="12 34 567")], [("E-COST", 5)]),
    # decisions together
    (
        "overlap",
        [row(), row(start="2020-06-01", end="2020-07-01", level="high")],
        [("E-OVERLAP", 6)],
    ),
    (
        "overlap of a day",
        [row(), row(start="2020-12-31", end="2021-07-01", level="high")],
        [("E-OVERLAP", 6)],
    ),
    (
        "a decision after the death",
        [row(death="2021-01-01"), row(start="2021-06-01", end="2021-07-01")],
        [("E-AFTER-DEATH", 6)],
    ),
    (
        "a death row, and a decision after it",
        [row(event="död", start="2021-01-01"), row(start="2021-06-01", end="2021-07-01")],
        [("E-AFTER-DEATH", 6)],
    ),
    (
        "a decision after the exit",
        [row(exit="2021-01-01"), row(start="2021-06-01", end="2021-07-01")],
        [("E-AFTER-EXIT", 6)],
    ),
    (
        "an id twice",
        [row(decision="x"), row(decision="x", start="2021-06-01", end="2021-07-01")],
        [("E-DUP-ID", 6)],
    ),
    # the text
    ("a field too many", [row() + ";"], [("E-FIELD-COUNT", 5)]),
    ("a field too few", [row().rpartition(";")[0]], [("E-FIELD-COUNT", 5)]),
    ("one word", ["summa"], [("E-FIELD-COUNT", 5)]),
    ("an open quote", [row().replace(";light", ';"light')], [("E-QUOTE", 5)]),
    ("text after a quote", [row().replace(";light", ';"light" x')], [("E-QUOTE", 5)]),
    ("a NUL", [row(level="li\0ght")], [("E-BYTE", 5)]),
    ("a field of 2 MB", [row(level="x" * (2 << 20))], [("E-FIELD-SIZE", 5)]),
    # several at once
    (
        "seven of a kind",
        [row(person=f"z{k}", start="2020-02-30") for k in range(7)],
        [("E-DATE-INVALID", 5 + k) for k in range(7)],
    ),
    (
        "of many kinds",
        [row(person=""), row(person="b", sex="?"), "x", row(person="c", start="1/2/2020")],
        [("E-PERSON", 5), ("E-SEX", 6), ("E-FIELD-COUNT", 7), ("E-DATE-FORMAT", 8)],
    ),
    (
        "three in one row",
        [row(start="2020-02-30", end="x", level="y")],
        [("E-DATE-INVALID", 5), ("E-DATE-FORMAT", 5), ("E-STATE-UNKNOWN", 5)],
    ),
]

P = b"person;start;end;level\n"
WHOLE = [
    ("nothing", b"", [("E-EMPTY", None)]),
    ("blank lines", b"\n\n \n", [("E-EMPTY", None)]),
    ("a header alone", P, [("E-EMPTY", None)]),
    ("a mark and nothing", b"\xef\xbb\xbf", [("E-EMPTY", None)]),
    ("no level", b"person;start;end\na;2020-01-01;2020-02-01\n", [("E-HEADER", 1)]),
    ("no header", b"a;2020-01-01;2020-02-01;light\n" * 2, [("E-HEADER-MISSING", 1)]),
    (
        "two starts",
        b"person;start;startdatum;end;level\na;2020-01-01;2020-01-01;2020-02-01;light\n",
        [("E-HEADER", 1)],
    ),
    (
        "one byte of Windows-1252 among UTF-8",
        P + "a;2020-01-01;2020-02-01;lätt\n".encode() * 2 + b"b;2020-01-01;2020-02-01;l\xe4tt\n",
        [("E-ENCODING", 4)],
    ),
    (
        "one row of UTF-8 among Windows-1252",
        P + b"a;2020-01-01;2020-02-01;l\xe4tt\n" * 2 + "b;2020-01-01;2020-02-01;lätt\n".encode(),
        [("E-ENCODING", 4)],
    ),
    (
        "a byte that no encoding has",
        P + b"a;2020-01-01;2020-02-01;l\xe4tt\nb\x81;2020-01-01;2020-02-01;light\n",
        [("E-ENCODING", 3)],
    ),
    (
        "UTF-16 cut in the middle of a letter",
        ("﻿" + (P + b"a;2020-01-01;2020-02-01;light\nb;2").decode()).encode("utf-16-le")[:-1],
        [("E-ENCODING", 3)],
    ),
    (
        "commas for everything",
        b"person,start,end,level,cost\na,2020-01-01,2020-02-01,light,12,5\n"
        b"b,2020-01-01,2020-02-01,light,1,5\n",
        [("E-DIALECT", 1)],
    ),
    (
        "numbers in both ways",
        b"person;start;end;level;cost\na;2020-01-01;2020-02-01;light;12,5\n"
        b"b;2020-01-01;2020-02-01;light;12.5\n",
        [("E-DIALECT", 1)],
    ),
    (
        "serials of two systems",
        P + b"a;35000;35100;light\nb;35010;35020;light\n",
        [("E-DATE-FORMAT", 2)],
    ),
    (
        "a month that is none",
        b"person;period;level\na;202013;light\n",
        [("E-PERIOD", 2)],
    ),
]


def found_in(folder, content: bytes, **options):
    path = folder / "uttag.csv"
    path.write_bytes(content)
    try:
        found = kh.read_decisions(
            path, **{"level_rule": LEVELS, "extraction_date": UNTIL} | options
        ).findings
    except kh.DataRefused as refusal:
        found = refusal.findings
    return found


@pytest.mark.parametrize(("lines", "expected"), [c[1:] for c in ONE], ids=[c[0] for c in ONE])
def test_a_planted_fault_is_found_at_its_row(tmp_path, lines, expected):
    found = found_in(tmp_path, text_of(*lines))
    assert [(f.code, f.row) for f in found if f.severity == "E"] == sorted(
        expected, key=lambda fault: (fault[1], fault[0])
    )
    for f in found:
        assert f.message
        assert f.message_sv
        assert f.severity != "E" or (f.remedy and f.remedy_sv)


@pytest.mark.parametrize(("content", "expected"), [c[1:] for c in WHOLE], ids=[c[0] for c in WHOLE])
def test_a_fault_of_the_whole_file_is_found(tmp_path, content, expected):
    found = found_in(tmp_path, content)
    assert [(f.code, f.row) for f in found if f.severity == "E"] == expected


def test_at_least_sixty_faults_are_planted():
    assert len(ONE) + len(WHOLE) >= 60


D = b"a;2020-01-01;2020-02-01;light\n"
NOTED = P.replace(b"\n", b";note\n") + D.rstrip()
SCARY = [
    ("a remark with a semicolon above the header", b"# a;b\n" + P + D),
    ("an ended file without a last line end", P + D.rstrip()),
    ("old Macintosh line ends", (P + D).replace(b"\n", b"\r")),
    ("trailing rows of delimiters", P + D + b";;;\n;;;\n\n  \n"),
    ("blank lines between", P + b"\n\n" + D + b"\n \n"),
    ("a quoted field of four lines", NOTED + b';"a;\n\n""b""\n"\n'),
    ("a quote inside a word", NOTED + b';5" rullstol\n'),
    (
        "spaces round everything",
        b" person ; start;end ;level\n a ; 2020-01-01 ;2020-02-01; light \n",
    ),
    ("headers in capitals, decomposed", "PERSON;FRÅN;TILL;NIVÅ\n".encode() + D),
    ("a mark of UTF-8", b"\xef\xbb\xbf" + P + D),
    ("one Windows-1252 letter in the last row", P + D + b"b;2020-01-01;2020-02-01;l\xe4tt\n"),
    ("a leap day", P + b"a;2020-02-29;2024-02-29;light\n"),
    ("open to the end of time", P + b"a;2020-01-01;9999-12-31;light\nb;2020-01-01;;light\n"),
    (
        "a decision on the day of death",
        b"person;start;end;level;death\na;2020-01-01;;light;2020-01-01\n",
    ),
    ("one day", P + b"a;2020-01-01;2020-01-01;light\n"),
    ("midnight in every cell", P + b"a;2020-01-01 00:00:00;2020-02-01T00:00;light\n"),
    ("a copy of a row", P + D + D),
    ("the word nan for a person", P + D.replace(b"a;", b"nan;", 1)),
    ("a person called NULL", P + D.replace(b"a;", b"NULL;", 1)),
    ("a formula for a person", P + D.replace(b"a;", b"=1+1;", 1)),
    (
        "thousands with three kinds of spaces",
        P.replace(b"\n", b";cost\n")
        + b"".join(
            f"p{k};2020-01-01;2020-02-01;light;12{space}345,67\n".encode()
            for k, space in enumerate(" \u00a0\u202f")
        ),
    ),
    ("months", b"LopNr;PERIOD;niva\na;202001;light\na;202002;light\n"),
]


@pytest.mark.parametrize("content", [c[1] for c in SCARY], ids=[c[0] for c in SCARY])
def test_what_only_looks_bad_is_read(tmp_path, content):
    assert [f for f in found_in(tmp_path, content) if f.severity == "E"] == []


def test_at_least_twelve_files_look_bad():
    assert len(SCARY) >= 12
