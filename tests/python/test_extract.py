"""Extracts in every dress are one extract: encodings, dialects, workbooks, Parquet, tables.

All people here are made up.
"""

from __future__ import annotations

import datetime as dt
import io
import struct
import subprocess
import sys
import tomllib
import unicodedata
import zipfile

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

import kohort as kh
from kohort.sources import ColumnMap, open_extract
from kohort.sources.proposing import propose_map

LEVELS = kh.named_levels()
HEAD = ("brukare", "beslut_id", "fran", "till", "niva", "handelse", "kostnad")
ROWS = [
    ("p1", "b1", "2021-01-01", "2021-06-30", "lätt", "beslut", 12345.67),
    ("p1", "b2", "2021-07-01", "", "mycket", "beslut", 1200.0),
    ("p1", "", "2022-03-05", "", "", "död", None),
    ("p2", "b3", "2020-02-29", "2022-12-31", "helt beroende", "beslut", None),
    ("p3", "b4", "2022-12-31", "", "måttligt", "beslut", 0.5),
]


def swedish(number: float | None, space: str = "") -> str:
    if number is None:
        return ""
    return f"{number:,.2f}".replace(",", space).replace(".", ",")


def plain(space: str = "", end: str = "\n") -> str:
    lines = [";".join(HEAD)]
    lines += [";".join((*row[:-1], swedish(row[-1], space))) for row in ROWS]
    return end.join(lines) + end


def read(data, **options):
    return kh.read_decisions(
        data, **{"level_rule": LEVELS, "extraction_date": "2022-12-31"} | options
    )


def fingerprint(found):
    seen = found.observations
    parts = (seen.subject_names, seen.times.tolist(), seen.states.tolist(), seen.kinds.tolist())
    return (*parts, seen.covariates.tolist(), tuple(f.code for f in found.findings))


def cost_of(found):
    return found.costs("polars").rows()


@pytest.fixture
def written(tmp_path):
    def written(content: str | bytes, name: str = "uttag.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


@pytest.fixture
def base(written):
    return read(written(plain()))


@pytest.mark.parametrize(
    ("coding", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16LE"),
        ("utf-16-le", "UTF-16LE"),
        ("utf-16-be", "UTF-16BE"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_every_encoding_gives_the_same_observations(written, base, coding, name):
    found = read(written(plain().encode(coding)))
    assert fingerprint(found) == fingerprint(base)
    assert cost_of(found) == cost_of(base)
    assert found.policies["read_as"] == {
        "kind": "text",
        "encoding": name,
        "delimiter": ";",
        "decimal": ",",
    }


def test_every_dialect_gives_the_same_numbers(written, base):
    assert cost_of(base) == [("light", 1, 12345.67), ("moderate", 1, 0.5), ("high", 1, 1200.0)]
    for space in (" ", "\u00a0", "\u202f"):
        assert cost_of(read(written(plain(space)))) == cost_of(base)
    point = plain().replace(",", ".")
    for text in (point, point.replace(";", ","), point.replace(";", "\t"), plain(end="\r\n")):
        found = read(written(text))
        assert cost_of(found) == cost_of(base)
        assert fingerprint(found) == fingerprint(base)


def test_headers_may_be_decomposed_and_in_capitals(written, base):
    names = (
        plain()
        .replace("fran;till;niva;handelse", "Från och med;TILL;Nivå ;Händelse")
        .replace("niva", "nivå")
    )
    found = read(written(unicodedata.normalize("NFD", names)))
    # The words of the cells are decomposed, too.
    assert fingerprint(found) == fingerprint(base)


def test_rows_shuffled_ids_renamed_columns_reordered(written, base):
    order = [3, 6, 0, 5, 1, 4, 2]
    lines = [line.split(";") for line in plain().splitlines()]
    mixed = [lines[0], *reversed(lines[1:])]
    text = "\n".join(";".join(line[k] for k in order) for line in mixed) + "\n"
    assert fingerprint(read(written(text))) == fingerprint(base)
    renamed = read(
        written(plain().replace("p1;", "x1;").replace("p2;", "x2;").replace("p3;", "x3;"))
    )
    assert fingerprint(renamed)[1:] == fingerprint(base)[1:]


def test_a_file_gives_what_its_bytes_in_memory_gave(written, base):
    piped = kh._core.peek(plain().encode(), "x")
    assert piped["header"] == list(HEAD)
    assert len(piped["records"]) == len(ROWS)


# --- column maps ----------------------------------------------------------------------------------
def test_shipped_maps_read_their_layouts(written, base):
    own = plain().replace("brukare", "personnummer")
    assert fingerprint(read(written(own), column_map="plain-sv", id="opaque")) == fingerprint(base)
    english = (
        plain()
        .replace(";".join(HEAD), "person_id;decision_id;from;to;level;event;cost")
        .replace(",", ".")
        .replace(";", ",")
        .replace("beslut", "decision")
        .replace("död", "death")
    )
    found = read(written(english), column_map="plain-en")
    assert fingerprint(found) == fingerprint(base)
    assert found.policies["column_map"] == "plain-en"
    for name in kh.sources.SHIPPED_MAPS:
        shipped = ColumnMap.read(name)
        assert shipped.name == name
        assert ColumnMap.from_toml(tomllib.loads(shipped.to_toml())) == shipped


def test_a_month_a_row_is_a_stay_as_long_as_the_months_join(written):
    text = "LopNr;PERIOD;HTJTIM\na;202201;5\na;202202;5\na;202203;30\nb;202112;3\n"
    found = read(written(text), level_rule=kh.hours_rule(), column_map="sol-register")
    people, _states, first, last = found._core.stays()
    days = [dt.date(1970, 1, 1) + dt.timedelta(int(d)) for d in (*first, *last)]
    assert people.tolist() == [0, 0, 0, 1, 1]
    assert days[0] == dt.date(2022, 1, 1)
    assert days[1] == days[5] == dt.date(2022, 3, 1)
    assert days[6] == dt.date(2022, 4, 1)
    assert days[3] == dt.date(2021, 12, 1)


def test_a_map_from_a_file_and_what_it_must_not_say(tmp_path, written, base):
    map_file = tmp_path / "karta.toml"
    map_file.write_text(
        'name = "vårt system"\ndate_format = "day_month_year"\nencoding = "windows-1252"\n'
        '[columns]\nperson = "Vem"\nstart = "Datum 1"\nend = "Datum 2"\nlevel = "Grad"\n',
        encoding="utf-8",
    )
    text = "Vem;Datum 1;Datum 2;Grad\np1;03.04.2021;05.06.2021;lätt\n".encode("cp1252")
    found = read(written(text), column_map=map_file)
    assert found.observations.times[0] == (dt.date(2021, 4, 3) - dt.date(1970, 1, 1)).days
    assert found.policies["column_map"] == "vårt system"
    for wrong in (
        'date_format = "us"',
        'decimal = ";"',
        'delimiter = "|"',
        'encoding = "latin-9"',
        "header_row = -1",
        '[columns]\npesron = "a"',
        '[columns]\nperson = " "',
        'colums = "x"',
        "[columns]\nperson = 3",
    ):
        map_file.write_text(wrong + "\n", encoding="utf-8")
        with pytest.raises(kh.InvalidInput, match=r"E-SETTING|E-STUDY"):
            ColumnMap.read(map_file)
    map_file.write_bytes(b"\xff\xfe")
    with pytest.raises(kh.InvalidInput, match="E-TOML"):
        ColumnMap.read(map_file)
    with pytest.raises(kh.InvalidInput, match=r"E-FILE.*|plain-sv"):
        ColumnMap.read("plain-no")
    with pytest.raises(kh.DataRefused, match="E-HEADER"):
        read(written(plain()), column_map=ColumnMap(columns={"person": "Vem"}))


def test_a_map_is_proposed_from_the_header_and_reads_the_file(written):
    text = (
        "Uttag 2024\nPersonnr;Beslutsnummer;Beslut fr.o.m;Beslut t.o.m;Insatstyp;Handläggare\n"
        "p1;1;31/12/2021;30/06/2022;dusch;X Y\np2;2;01/02/2022;;trygghetslarm;X Y\n"
    )
    path = written(text.partition("\n")[2])
    proposed = propose_map(path)
    assert proposed.column_map.columns == {
        "person": "Personnr",
        "decision": "Beslutsnummer",
        "start": "Beslut fr.o.m",
        "end": "Beslut t.o.m",
        "support": "Insatstyp",
    }
    assert proposed.level_rule == "support_type"
    assert proposed.dates == "day_month_year"
    assert proposed.unused == ("Handläggare",)
    assert proposed.missing == ()
    found = read(path, level_rule=kh.SUPPORT_RULE, column_map=proposed.column_map, id="opaque")
    assert found.counts["persons followed"] == 2
    assert "p1" not in str(proposed)
    assert "X Y" not in str(proposed)


def test_a_proposed_map_is_toml_whatever_the_header_holds(written):
    odd = "person;start;end;level\x7f;note\x01;" + "\x7f" + "rest\n"
    proposed = propose_map(written(odd + "a;2021-01-01;2021-02-01;light;x;y\n"))
    assert proposed.column_map.columns["level"] == "level\x7f"
    again = ColumnMap.from_toml(tomllib.loads(proposed.to_toml()))
    assert again.columns == proposed.column_map.columns
    assert len(proposed.unused) == 2


def test_nothing_is_proposed_where_the_first_line_may_be_a_person(written):
    with pytest.raises(kh.DataRefused, match="E-HEADER") as caught:
        propose_map(written("Anna Andersson;2021-01-01;2021-02-01\nBo B;2021-01-01;2021-02-01\n"))
    assert "Anna" not in str(caught.value)


def test_dates_that_fit_both_orders_are_not_decided(written):
    proposed = propose_map(written("person;start;end;level\na;03/04/2021;05/06/2021;light\n"))
    assert proposed.dates == "ambiguous"
    assert "# date_format" in proposed.to_toml()


# --- tables ---------------------------------------------------------------------------------------
def columns():
    table = {name: [row[k] for row in ROWS] for k, name in enumerate(HEAD)}
    for name in ("fran", "till"):
        table[name] = [dt.date.fromisoformat(day) if day else None for day in table[name]]
    return table


@pytest.mark.parametrize("make", [pl.DataFrame, pd.DataFrame, lambda t: pl.DataFrame(t).to_arrow()])
def test_a_table_in_memory_gives_the_same(base, make):
    found = read(make(columns()))
    assert fingerprint(found) == fingerprint(base)
    assert cost_of(found) == cost_of(base)
    assert found.policies["read_as"] == {"kind": "table"}


def test_faults_of_a_table_have_rows_from_0():
    table = columns() | {"niva": ["lätt", "vet ej", "", "helt", "lätt"]}
    with pytest.raises(kh.DataRefused) as caught:
        read(pl.DataFrame(table))
    assert [(f.code, f.row, f.file) for f in caught.value.findings] == [("E-STATE-UNKNOWN", 1, "")]


def test_parquet_and_arrow_files_give_the_same(tmp_path, base):
    frame = pl.DataFrame(columns())
    frame.write_parquet(tmp_path / "uttag.parquet")
    frame.write_ipc(tmp_path / "uttag.arrow")
    for name, kind in (("uttag.parquet", "parquet"), ("uttag.arrow", "arrow")):
        found = read(tmp_path / name)
        assert fingerprint(found) == fingerprint(base)
        assert found.policies["read_as"] == {"kind": kind}
    frame.clear().write_parquet(tmp_path / "tom.parquet")
    with pytest.raises(kh.DataRefused, match="E-EMPTY"):
        read(tmp_path / "tom.parquet")
    whole = (tmp_path / "uttag.parquet").read_bytes()
    (tmp_path / "halv.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(kh.InvalidInput, match=r"halv\.parquet.*E-FILE"):
        read(tmp_path / "halv.parquet")


def test_a_large_table_comes_in_slices():
    n = 250_000
    k = np.arange(n)
    frame = pl.DataFrame(
        {"person": k, "start": "2021-01-01", "end": "2021-12-31", "level": "light"}
    )
    assert read(frame).counts["records in the file"] == n
    bad = frame.with_columns(
        level=pl.when(pl.col("person") == 230_123).then(pl.lit("x")).otherwise("level")
    )
    with pytest.raises(kh.DataRefused) as caught:
        read(bad)
    assert [f.row for f in caught.value.findings] == [230_123]


# --- workbooks ------------------------------------------------------------------------------------
def workbook(path, rows=None, *, sheets=("Blad1",), book=None, touch=None, top=0, left=0):
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd", **(book or {})}) as made:
        for name in sheets:
            sheet = made.add_worksheet(name)
            for r, row in enumerate(rows or [HEAD, *cells()], top):
                for c, value in enumerate(row, left):
                    if value is not None and value != "":
                        sheet.write(r, c, value)
            if touch:
                touch(made, sheet)
    return path


def cells():
    table = columns()
    return [[table[name][k] for name in HEAD] for k in range(len(ROWS))]


@pytest.mark.parametrize("since_1904", [False, True])
def test_a_workbook_gives_the_same(tmp_path, base, since_1904):
    found = read(workbook(tmp_path / "u.xlsx", book={"date_1904": since_1904}))
    assert fingerprint(found) == fingerprint(base)
    assert cost_of(found) == cost_of(base)
    assert found.policies["read_as"] == {"kind": "workbook", "sheet": "Blad1"}


@pytest.mark.parametrize("since_1904", [False, True])
def test_serials_of_a_workbook_are_of_its_own_system(tmp_path, base, since_1904):
    zero = dt.date(1904, 1, 1) if since_1904 else dt.date(1899, 12, 30)
    rows = [[(v - zero).days if isinstance(v, dt.date) else v for v in row] for row in cells()]
    found = read(workbook(tmp_path / "u.xlsx", [HEAD, *rows], book={"date_1904": since_1904}))
    assert fingerprint(found) == fingerprint(base)


def test_faults_of_a_workbook_name_sheet_and_cell(tmp_path):
    rows = cells()
    rows[1][4] = "vet\nej"
    rows[3][2] = "2020-02-30"
    path = workbook(tmp_path / "u.xlsx", [HEAD, *rows], sheets=("Vård 2022",), top=3, left=2)
    with pytest.raises(kh.DataRefused) as caught:
        read(path)
    assert [(f.code, f.row, f.cell) for f in caught.value.findings] == [
        ("E-STATE-UNKNOWN", 6, "'Vård 2022'!G6"),
        ("E-DATE-INVALID", 8, "'Vård 2022'!E8"),
    ]
    assert "'Vård 2022'!G6" in str(caught.value.findings[0])
    text = kh.data.findings_text(caught.value.findings, "sv")
    assert "u.xlsx 'Vård 2022'!G6 kolumn niva: " in text
    assert '"cell": "\'Vård 2022\'!E8"' in kh.data.findings_json(caught.value.findings)


def test_a_header_further_down_and_a_sheet_among_many(tmp_path, base):
    path = workbook(
        tmp_path / "u.xlsx", [["Uttag ur systemet"], [], HEAD, *cells()], sheets=("A", "B")
    )
    with pytest.raises(kh.DataRefused, match="E-XLSX-SHEET"):
        read(path)
    chosen = ColumnMap(sheet="B", header_row=3)
    assert fingerprint(read(path, column_map=chosen)) == fingerprint(base)
    with pytest.raises(kh.DataRefused, match="E-XLSX-SHEET"):
        read(path, sheet="C")


def code_of(path, **options):
    with pytest.raises(kh.DataRefused) as caught:
        read(path, **options)
    assert all(f.file == path.name and f.remedy_sv for f in caught.value.findings)
    return caught.value.findings[0].code


def test_workbooks_that_are_refused_by_name(tmp_path):
    def with_formula(made, sheet):
        sheet.write_formula("B3", "=A1", None, "")

    def merged(made, sheet):
        sheet.merge_range("A1:B1", "brukare")

    def error(made, sheet):
        sheet.write_formula("E3", "=1/0", None, "#DIV/0!")

    good = workbook(tmp_path / "bra.xlsx")
    whole = good.read_bytes()

    def file(name, content):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    assert code_of(file("kort.xlsx", whole[: len(whole) // 2])) == "E-XLSX-TRUNCATED"
    assert (
        code_of(file("skada.xlsx", whole[:300] + b"\0" * 400 + whole[700:])) == "E-XLSX-TRUNCATED"
    )
    compound = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    locked = compound + "EncryptedPackage".encode("utf-16-le") + bytes(480)
    assert code_of(file("last.xlsx", locked)) == "E-XLSX-PASSWORD"
    assert code_of(file("gammal.xls", compound + bytes(512))) == "E-XLSX-LEGACY"
    assert code_of(file("sida.xls", b"\n<html><body><table>")) == "E-XLSX-HTML"
    old_xml = (
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
    )
    assert code_of(file("xml.xls", old_xml)) == "E-XLSX-KIND"
    assert code_of(workbook(tmp_path / "samman.xlsx", touch=merged)) == "E-XLSX-MERGED"
    assert code_of(workbook(tmp_path / "fel.xlsx", touch=error)) == "E-XLSX-ERROR"
    formula = rewritten(
        workbook(tmp_path / "f.xlsx", touch=with_formula),
        lambda name, xml: xml.replace(b"<v></v>", b""),
    )
    assert code_of(formula) == "E-XLSX-FORMULA"
    with pytest.raises(kh.DataRefused) as caught:
        read(formula)
    assert [f.cell for f in caught.value.findings] == ["Blad1!B3"]

    hidden = workbook(
        tmp_path / "dold.xlsx",
        sheets=("A", "B"),
        touch=lambda made, sheet: sheet.hide() if sheet.name == "B" else None,
    )
    assert code_of(hidden) == "E-XLSX-HIDDEN"
    assert read(hidden, sheet="A").counts["persons followed"] == 3
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("hej.txt", "hej")
    assert code_of(file("annat.xlsx", other.getvalue())) == "E-XLSX-KIND"


def rewritten(path, change):
    """The same workbook with its parts changed."""
    parts = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            parts[name] = change(name, archive.read(name))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def sheet_part(change):
    return lambda name, xml: change(xml) if name == "xl/worksheets/sheet1.xml" else xml


def hostile(folder):
    """Files that would fill the memory of whoever opened them unseen, and their codes."""
    made = []

    def add(name, code, path):
        made.append((path, code))

    def book(name):
        return workbook(folder / name)

    bomb = folder / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (300 << 20))
    add("ratio", "E-XLSX-LIMIT", bomb)
    many = folder / "many.xlsx"
    with zipfile.ZipFile(many, "w") as archive:
        for k in range(3000):
            archive.writestr(f"x{k}", b"")
    add("entries", "E-XLSX-LIMIT", many)
    # An archive that says it holds a million entries, and one that hides how much it holds.
    content = bytearray(many.read_bytes())
    at = content.rfind(b"PK\x05\x06")
    struct.pack_into("<HH", content, at + 8, 10, 10)
    liar = folder / "liar.xlsx"
    liar.write_bytes(content)
    add("lies about entries", "E-XLSX-", liar)
    small = bytearray(bomb.read_bytes())
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        found = small.rfind(mark)
        struct.pack_into("<I", small, found + offset, 1000)
    shrunk = folder / "shrunk.xlsx"
    shrunk.write_bytes(small)
    add("lies about size", "E-XLSX-", shrunk)
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    path = rewritten(book("far.xlsx"), sheet_part(lambda xml: xml.replace(b"</sheetData>", far)))
    add("far cell", "E-XLSX-LIMIT", path)
    for name, cell in (
        ("name.xlsx", b'<row r="9"><c r="ooooooC9" t="inlineStr"><is><t>x</t></is></c></row>'),
        ("empty.xlsx", b'<row r="9"><c r="XFD1048576" t="inlineStr"><is><t></t></is></c></row>'),
        ("row.xlsx", b'<row r="4000000000"><c><v>1</v></c></row>'),
        ("thin.xlsx", b'<row r="1048576"><c r="Z1048576"><v>1</v></c></row>'),
        ("aside.xlsx", b"<?x ' ?>" + far.partition(b"</sheetData>")[0] + b"<?x ' ?>"),
    ):
        xml = cell + b"</sheetData>"
        path = rewritten(book(name), sheet_part(lambda s, x=xml: s.replace(b"</sheetData>", x)))
        add(name, "E-XLSX-LIMIT", path)
    for name, declaration in (
        ("dtd.xlsx", b'<!DOCTYPE a [<!ENTITY b "c">]>'),
        ("entity.xlsx", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>'),
    ):
        path = rewritten(
            book(name),
            sheet_part(lambda xml, d=declaration: xml.replace(b"<worksheet", d + b"<worksheet", 1)),
        )
        add(name, "E-XLSX-DTD", path)
    nested = folder / "nested.xlsx"
    with zipfile.ZipFile(nested, "w") as archive:
        archive.write(bomb, "xl/inner.zip")
    add("nested", "E-XLSX-KIND", nested)
    for name, text, code in (
        ("field.csv", b"person;start;end;level\na;" + b"x" * (10 << 20) + b"\n", "E-FIELD-SIZE"),
        ("quote.csv", b'person;start;end;level\na;"' + b"x\n" * (5 << 20), "E-QUOTE"),
        ("ragged.csv", b"person;start;end;level\n" + b"1\n" * (2 << 20), "E-FIELD-COUNT"),
        ("wide.csv", b";" * (10 << 20) + b"\n", "E-"),
        ("quotes.csv", b"a;b\n" + b'1;"""\n' * (1 << 20), "E-"),
        ("nul.csv", b"person;start;end;level\n" + b"\0" * (10 << 20), "E-"),
        ("bytes.csv", b"person;start;end;level\n" + b"\x81;\n" * (3 << 20), "E-"),
    ):
        (folder / name).write_bytes(text)
        add(name, code, folder / name)
    return made


MEASURE = """
import resource, sys, time
import kohort as kh, zipfile, python_calamine, pyarrow
from kohort.sources import excel
rule = kh.named_levels()
path, code = sys.argv[1:3]
try:
    kh.read_decisions(sys.argv[3], level_rule=rule, extraction_date="2022-12-31")
except kh.InvalidInput:
    pass
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
try:
    kh.read_decisions(path, level_rule=rule, extraction_date="2022-12-31")
except kh.DataRefused as refusal:
    seen = refusal.findings[0].code
seconds = time.process_time() - start
more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
print(seen, round(seconds, 2), round(more))
"""


def test_hostile_files_are_refused_at_once_and_in_little_memory(tmp_path):
    warm = workbook(tmp_path / "warm.xlsx")
    seen = {}
    for path, code in hostile(tmp_path):
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, path, code, warm],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (path.name, done.stderr)
        found, seconds, megabytes = done.stdout.split()
        seen[path.name] = (found, float(seconds), int(megabytes))
        assert found.startswith(code), seen
    assert all(s <= 2 and mb <= 64 for _, s, mb in seen.values()), seen


def test_no_message_repeats_a_cell(written, tmp_path):
    canary = "Kanarie Fågelsson Storgatan"
    text = plain().replace("2021-06-30", canary).replace("mycket", canary)
    with pytest.raises(kh.DataRefused) as caught:
        read(written(text.replace("p1;b2", f'"p1 {canary};b2', 1)))
    everything = str(caught.value) + kh.data.findings_json(caught.value.findings)
    assert "Kanarie" not in everything
    assert "Storgatan" not in everything
    rows = cells()
    rows[0][2] = canary
    with pytest.raises(kh.DataRefused) as caught:
        read(workbook(tmp_path / "k.xlsx", [HEAD, *rows]))
    assert "Kanarie" not in str(caught.value)


def test_remarks_in_a_workbook_are_passed_over_as_in_a_text(tmp_path):
    plain = read(workbook(tmp_path / "plain.xlsx", [HEAD, *cells()]))
    label, note = ["# made up; no such persons"], ["# page 1"]
    found = read(workbook(tmp_path / "x.xlsx", [label, HEAD, *cells(), note]))
    assert found.counts == plain.counts
    assert [f.count for f in found.findings if f.code == "I-REMARK"] == [1]


def test_an_opened_extract_can_be_read_again(base):
    extract = open_extract(pl.DataFrame(columns()))
    assert extract.level_rule() == "level"
    assert fingerprint(read(extract)) == fingerprint(read(extract)) == fingerprint(base)


def test_columns_that_are_not_read_may_hold_anything(tmp_path):
    base = pa.table(
        {"person": ["A", "B"], "start": ["2020-01-01"] * 2, "end": ["", ""], "level": ["light"] * 2}
    )
    nested = base.append_column("more", pa.array([[1, 2], [3]]))
    nested = nested.append_column("part", pa.array([{"a": 1}, {"a": 2}]))
    options = {"level_rule": kh.named_levels(), "extraction_date": "2024-12-31"}
    pq.write_table(nested, tmp_path / "a.parquet")
    with (
        pa.OSFile(str(tmp_path / "a.arrow"), "wb") as file,
        pa.ipc.new_stream(file, base.schema) as s,
    ):
        s.write_table(base)
    for source in (nested, tmp_path / "a.parquet", tmp_path / "a.arrow", base.to_pydict()):
        assert kh.read_decisions(source, **options).counts["decisions used"] == 2
    twice = base.append_column("level", pa.array(["high", "high"]))
    with pytest.raises(kh.DataRefused) as refused:
        kh.read_decisions(twice, **options)
    assert [f.code for f in refused.value.findings] == ["E-HEADER"]
    used = base.set_column(3, "level", pa.array([["light"], ["high"]]))
    with pytest.raises(kh.InvalidInput, match="E-HEADER"):
        kh.read_decisions(used, **options)
    numbers = pa.table({**base.select([1, 2, 3]).to_pydict(), "pnr": [194608239986.0] * 2})
    assert kh.read_decisions(numbers, **options).counts["persons followed"] == 1


def test_a_faulty_cell_hides_no_other_and_counts_only_where_it_is_read(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Blad1")
        rows = [
            ["person", "start", "end", "level", "note"],
            ["A", "2020-01-01", "", "medel", "x"],
            ["B", "2020-13-01", "", "light", "x"],
            ["C", "2020-01-01", "", "light", "x"],
        ]
        for r, row in enumerate(rows):
            sheet.write_row(r, 0, row)
        sheet.write_formula("E3", "=NA()", None, "#N/A")
        sheet.write_formula("C4", "=NA()", None, "#N/A")
    with pytest.raises(kh.DataRefused) as refused:
        kh.read_decisions(path, level_rule=kh.named_levels(), extraction_date="2024-12-31")
    assert sorted((f.code, f.cell) for f in refused.value.findings) == [
        ("E-DATE-INVALID", "Blad1!B3"),
        ("E-STATE-UNKNOWN", "Blad1!D2"),
        ("E-XLSX-ERROR", "Blad1!C4"),
    ]
