"""Faults of the text that an extract is: its bytes, its header, its fields, and no rows at all."""

from __future__ import annotations

from planted_extract import HEADS, hours
from planted_faults import FAULTS, fault


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


@fault("R05")
def decimal_comma_and_decimal_point_in_one_column(x):
    hours(x, {3: "3,5", 8: "3.5"})
    return [("E-DIALECT", 1, ())]


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
    return [("E-HEADER-MISSING", 1, ())]


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
