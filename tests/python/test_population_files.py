"""Populations and life tables from CSV and Excel, long and wide, Swedish and English."""

from __future__ import annotations

import subprocess
import sys
import zipfile

import numpy as np
import pytest
import xlsxwriter
from loopback import Statistics, refused, serving

import kohort as kh
from kohort import datasets
from kohort.sources.files import read_life_table, read_population
from kohort.sources.populations import population_of
from kohort.sources.scb import Scb

AGES = [*map(str, range(65, 100)), "100+"]
YEARS = range(2020, 2025)


def persons(year, sex, age):
    return 1000 - 9 * int(age.rstrip("+")) + (sex == "women") + 10 * (year - 2020)


def long_rows():
    return [(y, s, a, persons(y, s, a)) for y in YEARS for s in ("men", "women") for a in AGES]


def english(rows):
    return "year,sex,age,persons\n" + "".join(f"{y},{s},{a},{n}\n" for y, s, a, n in rows)


def swedish(rows):
    words = {"men": "män", "women": "kvinnor"}
    head = "region;ålder;kön;år;Folkmängd\n"
    return head + "".join(f"2380 Östersund;{a} år;{words[s]};{y};{n:,}\n".replace(",", " ")
                          for y, s, a, n in rows)  # fmt: skip


def as_scb_exports_it():
    """A title, an empty row, quotes, a column for each year, and rows of totals."""
    head = ['"region"', '"ålder"', '"kön"', *(f'"Folkmängd {y}"' for y in YEARS)]
    lines = ['"Folkmängd efter region, ålder, kön och år"', "", ",".join(head)]
    for sex, word in (("men", "män"), ("women", "kvinnor")):
        for age in AGES:
            cells = ",".join(str(persons(y, sex, age)) for y in YEARS)
            lines.append(f'"2380 Östersund","{age} år","{word}",{cells}')
        lines.append(f'"2380 Östersund","totalt ålder","{word}",1,1,1,1,1')
    return "\n".join(lines)


def excel(path, change=lambda sheet: None, more=(), hidden=False):
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    change(sheet)
    for name in more:
        other = book.add_worksheet(name)
        other.write(0, 0, "something")
        if hidden:
            other.hide()
    sheet.write_row(0, 0, ["År", "Kön", "Ålder", "Antal"])
    for i, row in enumerate(long_rows(), start=1):
        sheet.write_row(i, 0, row)
    book.close()


@pytest.mark.parametrize(
    "content",
    [english(long_rows()).encode(), swedish(long_rows()).encode("cp1252"),
     swedish(long_rows()).encode("utf-16"), swedish(long_rows()).encode("utf-8-sig"),
     as_scb_exports_it().encode("cp1252"), english(long_rows()[::-1]).encode(),
     ("# made up\n" + english(long_rows()).replace(",", "\t")).encode()],
)  # fmt: skip
def test_one_table_in_many_spellings(tmp_path, content):
    (tmp_path / "x.csv").write_bytes(content)
    check(read_population(tmp_path / "x.csv"))


def test_the_same_from_excel(tmp_path):
    excel(tmp_path / "x.xlsx")
    check(read_population(tmp_path / "x.xlsx"))


FOOTNOTES = ["", "Fotnoter:", "Uppgifterna avser den 31 december.", "Källa: SCB", "", "2025-02-21"]


def test_footnotes_and_remarks_of_a_downloaded_file_are_passed_over(tmp_path):
    lines = ["# Källa: SCB, CC0", *as_scb_exports_it().split("\n"), *FOOTNOTES[:4]]
    (tmp_path / "x.csv").write_text("\n".join([*lines, "# slut"]), encoding="utf-8")
    check(read_population(tmp_path / "x.csv"))
    # A row that is cut short is none: it has an age or a number in it, or more than one cell.
    for cut in ("100+", "2024", '"2380 Östersund","100+ år"'):
        (tmp_path / "x.csv").write_text("\n".join([*lines[:-3], cut]), encoding="utf-8")
        with pytest.raises(kh.InvalidInput) as refusal:
            read_population(tmp_path / "x.csv")
        assert refusal.value.code in ("E-POP-VALUE", "E-SCB-REGIONS")
    table = "ålder;män;kvinnor\n" + "".join(f"{a};0,1;0,05\n" for a in range(65, 101))
    (tmp_path / "l.csv").write_text(table + "Källa: SCB\n", encoding="utf-8")
    assert len(read_life_table(tmp_path / "l.csv", year=2024).men) == 36


def test_footnotes_stand_in_workbooks_too(tmp_path):
    def add(sheet):
        for k, line in enumerate(FOOTNOTES[:4]):
            sheet.write(400 + k, 0, line)

    excel(tmp_path / "x.xlsx", add)
    check(read_population(tmp_path / "x.xlsx"))


def test_a_workbook_is_looked_through_before_it_is_opened(tmp_path):
    place = tmp_path / "x.xlsx"
    for prepare, code in (
        (lambda: place.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600)), "E-XLSX-LEGACY"),
        (lambda: excel(place, lambda s: s.write(2_000_000 // 4, 3, 1)), "E-XLSX-LIMIT"),
        (lambda: excel(place, more=("Blad2",)), "E-XLSX-SHEET"),
        (lambda: excel(place, more=("Blad2",), hidden=True), "E-XLSX-HIDDEN"),
    ):
        prepare()
        with pytest.raises(kh.DataRefused) as refusal:
            read_population(place)
        assert refusal.value.code == code
    excel(place, more=("Blad2",))
    check(read_population(place, sheet="Sheet1"))


MEASURE = """
import resource, sys, time, python_calamine
import kohort as kh
from kohort.extracts import excel
from kohort.sources.files import read_life_table, read_population
for path in sys.argv[2:]:
    try:
        read_population(path)
    except kh.InvalidInput as refusal:
        pass
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
for read in (read_population, lambda path: read_life_table(path, year=2024)):
    try:
        read(sys.argv[1])
    except kh.InvalidInput as refusal:
        seen = refusal.code
more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
print(seen, round(time.process_time() - start, 2), round(more))
"""


def hostile(folder):
    bomb = folder / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (300 << 20))
    yield bomb, "E-XLSX-LIMIT"
    many = folder / "many.xlsx"
    with zipfile.ZipFile(many, "w") as archive:
        for k in range(3000):
            archive.writestr(f"x{k}", b"")
    yield many, "E-XLSX-LIMIT"
    far = folder / "far.xlsx"
    excel(far, lambda sheet: sheet.write(1_048_575, 16_383, 1))
    yield far, "E-XLSX-LIMIT"
    for name, text, code in (
        ("large.csv", b"1;2\n" * (15 << 20), "E-TABLE-SIZE"),
        ("lines.csv", b"\n" * (15 << 20), "E-TABLE-SIZE"),
        ("rows.csv", b"1\n" * (7 << 20), "E-TABLE-SIZE"),
        ("cells.csv", b";".join([b"1"] * 1000) + b"\n" * 2 + b"1;" * (7 << 20), "E-TABLE-SIZE"),
        ("wide.csv", b"\xff\xfe" + "😀".encode("utf-16-le") * (3 << 20), "E-TABLE-SIZE"),
        ("quote.csv", b'a;"' + b"x;" * (7 << 20), "E-TABLE-SIZE"),
        ("nul.csv", b"a;b\n" + bytes(15 << 20), "E-ENCODING"),
    ):
        (folder / name).write_bytes(text)
        yield folder / name, code


def test_hostile_tables_are_refused_at_once_and_in_little_memory(tmp_path):
    warm = tmp_path / "warm.xlsx"
    excel(warm)
    for path, code in hostile(tmp_path):
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, str(path), str(warm)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (path.name, done.stderr)
        seen, seconds, megabytes = done.stdout.split()
        assert seen == code, path.name
        assert float(seconds) <= 4, (path.name, seconds)  # read twice
        assert int(megabytes) <= 64, (path.name, megabytes)


def check(found):
    assert found.years == tuple(YEARS)
    table = found.array(range(65, 101))
    assert table.shape == (5, 2, 36)
    assert table[3, 1, 10] == persons(2023, "women", "75")
    assert found["age"][35] == "100+"
    assert "2024" in str(found)
    assert "2024" in found._repr_html_()
    grown = kh.Population.from_wpp(dict(found.columns), years=2)
    assert grown.persons[0].sum() == table[-1].sum()


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (lambda t: t.replace("2022,women,83,274\n", ""), "E-POP-MISSING", "women 83 2022"),
        (lambda t: t.replace("100+", "100"), "E-POP-MISSING", "101+"),
        (
            lambda t: "\n".join(x for x in t.split("\n") if ",90," not in x),
            "E-POP-MISSING",
            "men 90",
        ),
        (lambda t: "\n".join(x for x in t.split("\n") if "2022" not in x), "E-POP-MISSING", "2022"),
        (lambda t: t.replace(",70,", ",70-74,"), "E-POP-GROUPS", "70-74"),
        (lambda t: t.replace("2020,men,66,406", "2020,men,66,.."), "E-POP-VALUE", "Row 3"),
        (lambda t: t + "2020,men,66,5\n", "E-POP-TWICE", "Row 362"),
        (lambda t: t.replace("persons", "weight"), "E-HEADER", "antal"),
        (lambda t: "", "E-EMPTY", "empty"),
        (lambda t: "a\0b", "E-ENCODING", "UTF-8"),
        (lambda t: "PK\x03\x04 no workbook", "E-XLSX-TRUNCATED", "x.csv"),
    ],
)
def test_a_file_without_an_age_group_or_with_a_fault_is_refused(tmp_path, change, code, words):
    (tmp_path / "x.csv").write_text(change(english(long_rows())), encoding="utf-8")
    seen, said = refused(lambda: read_population(tmp_path / "x.csv"))
    assert seen == code
    assert words in said


def test_all_faults_are_told_at_once(tmp_path):
    text = english(long_rows()).replace("2021,men", "2021,hen")
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    with pytest.raises(kh.InvalidInput) as refusal:
        read_population(tmp_path / "x.csv")
    assert len(refusal.value.findings) == 36
    assert refusal.value.findings[0].row == 2 + 72


def test_life_tables_in_their_units(tmp_path):
    own = kh.LifeTable.published()
    rows = list(zip(own.ages, own.men, own.women, strict=True))
    texts = {
        "wide": "ålder;män;kvinnor\n" + "".join(f"{a};{m};{w}\n" for a, m, w in rows),
        "per_mille": "age,men_qx_per_mille,women_qx_per_mille\n"
        + "".join(f"{a},{1000 * m},{1000 * w}\n" for a, m, w in rows),
        "long": "ålder;kön;dödsrisk\n"
        + "".join(f"{a};män;{m}\n{a};kvinnor;{w}\n" for a, m, w in rows).replace(".", ","),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        table = read_life_table(tmp_path / name, year=2016)
        np.testing.assert_allclose(table.men, own.men, rtol=1e-12)
        np.testing.assert_allclose(table.women, own.women, rtol=1e-12)
    assert "Life table of 2016" in str(table)
    assert "per 1,000" in table._repr_html_()
    counts = datasets.columns("example/population")
    same = kh.Population.from_wpp(counts, life_table=table)
    np.testing.assert_allclose(same.mortality, kh.Population.from_wpp(counts).mortality, rtol=1e-12)
    lighter = kh.LifeTable(65, 0.8 * own.men, 0.8 * own.women, 2016)
    assert np.all(kh.Population.from_wpp(counts, life_table=lighter).mortality < same.mortality)


def test_life_tables_with_faults_are_refused(tmp_path):
    (tmp_path / "x").write_text("ålder;män;kvinnor\n65;0,01;0,01\n67;0,01;0,01\n", encoding="utf-8")
    assert refused(lambda: read_life_table(tmp_path / "x", year=2016))[1].count("66") >= 2
    with pytest.raises(kh.InvalidInput, match="E-POP-MISSING"):
        kh.Population.from_wpp(life_table=kh.LifeTable(70, [0.1, 0.2], [0.1, 0.2], 2016))
    with pytest.raises(kh.InvalidInput, match="E-NUM"):
        kh.LifeTable(65, [0.1, 10.0], [0.1, 0.2], 2016)
    with pytest.raises(kh.InvalidInput, match="E-SHAPE"):
        kh.LifeTable(65, [0.1, 0.2], [0.1], 2016)


def test_a_population_comes_from_files_alone(tmp_path):
    (tmp_path / "now.csv").write_text(english(long_rows()), encoding="utf-8")
    later = [(y + 5, s, a, n + 7) for y, s, a, n in long_rows()]
    (tmp_path / "ahead.csv").write_text(swedish(later), encoding="cp1252")
    own = kh.LifeTable.published()
    rows = zip(own.ages, own.men, own.women, strict=True)
    table = "ålder;män;kvinnor\n" + "".join(f"{a};{m};{w}\n" for a, m, w in rows)
    (tmp_path / "risks.csv").write_text(table, encoding="utf-8")
    made = kh.Population.from_files(
        tmp_path / "now.csv", tmp_path / "ahead.csv", years=5,
        life_table=tmp_path / "risks.csv", life_table_year=2016,
    )  # fmt: skip
    assert made.years.tolist() == list(range(2024, 2030))
    assert made.persons[5, 1, 10] == persons(2024, "women", "75") + 7
    assert "risks.csv" in made.source
    with pytest.raises(kh.InvalidInput, match="E-SETTING"):
        kh.Population.from_files(tmp_path / "now.csv", life_table=tmp_path / "risks.csv")


def test_counts_and_projection_make_a_population():
    with serving(Statistics()) as service:
        scb = Scb(service.address + "/api/v2", cache=None)
        observed = scb.population("2380", range(2019, 2025))
        ahead = scb.projection("2380", range(2025, 2035))
    made = population_of(observed, ahead, years=10, source="SCB")
    assert made.base_year == 2024
    assert made.persons[0].sum() == observed.array(range(65, 101))[-1].sum()
    np.testing.assert_array_equal(made.persons[1:], ahead.array(range(65, 101)))
    assert made.observed_years.tolist() == list(range(2019, 2025))
    assert made.source.startswith("SCB; mortality: SCB life table 2016")
    assert "WPP 2019" not in made.source
    assert population_of(observed, years=3).years.tolist() == [2024, 2025, 2026, 2027]
    code, words = refused(lambda: population_of(observed, ahead, years=12))
    assert code == "E-POP-MISSING"
    assert "2035, 2036" in words


def test_a_point_that_may_stand_between_thousands_is_asked_about(tmp_path):
    ages = [*map(str, range(65, 100)), "100+"]
    path = tmp_path / "folk.csv"

    def written(old):
        rows = [
            f"2023;{sex};{age};{old if age != '100+' else 3}"
            for sex in ("män", "kvinnor")
            for age in ages
        ]
        path.write_text("\n".join(["år;kön;ålder;antal", *rows]) + "\n", encoding="utf-8")
        return path

    for old in ("1.000", "1,000"):
        with pytest.raises(kh.InvalidInput, match="E-DIALECT"):
            read_population(written(old))
    for old, men in (("1000", 35_003), ("1 000", 35_003), ("12.5", 35 * 12.5 + 3)):
        found = read_population(written(old))
        assert found["persons"][found["sex"] == "men"].sum() == men
    for mark, old, men in ((",", "1.000", 35_003), (".", "1,000", 35_003), (".", "1.000", 38)):
        found = read_population(written(old), decimal=mark)
        assert found["persons"][found["sex"] == "men"].sum() == men
    for old in ("1.00", "1.0000", "12.34,5"):  # with a decimal comma a point is for thousands alone
        with pytest.raises(kh.InvalidInput, match="E-POP-VALUE"):
            read_population(written(old), decimal=",")
    with pytest.raises(kh.InvalidInput, match="E-SETTING"):
        read_population(written("1000"), decimal=";")
    # One byte of Windows-1252 in a file of UTF-8 is damage, found by its row.
    path.write_bytes(written("1000").read_bytes() + b"2024;m\xe4n;70;3\n")
    with pytest.raises(kh.InvalidInput, match="E-ENCODING") as refused:
        read_population(path)
    assert refused.value.findings[0].row == 74
