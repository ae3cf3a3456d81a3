"""What the workbook and the CSV files hold reads back as what the projection holds."""

import csv
import io
from types import SimpleNamespace

import numpy as np
import pytest
import stand_in
from python_calamine import CalamineWorkbook

from kohort.report.exports import csv_files, tables, workbook

RESULT = stand_in.result()


def sheets(result, lang):
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook(result, lang=lang)))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


@pytest.fixture(scope="module")
def english():
    return sheets(RESULT, "en")


def body(sheet, first):
    """Rows under the row of heads that begins with `first`."""
    top = next(i for i, row in enumerate(sheet) if row[0] == first)
    return sheet[top], sheet[top + 1 :]


def test_one_sheet_a_table_and_one_about(english):
    assert list(english) == [
        "About", "Levels by year", "Persons", "New persons", "Cost", "Cost by level", "First year",
        "Comparison",
        "Parts of difference", "Parts of growth", "Transitions", "Intensities", "Findings",
    ]  # fmt: skip
    assert list(sheets(RESULT, "sv"))[1] == "Nivåer per år"


def test_levels_read_back_exactly(english):
    heads, rows = body(english["Levels by year"], "year")
    assert heads[:3] == ["year", "level", "persons"]
    projection = RESULT.projection
    assert len(rows) == 11 * 7
    assert rows[-1][1] == "all with support"
    assert rows[-1][2] == pytest.approx(projection.persons[-1, 1:5].sum(), rel=1e-14)
    assert rows[2][:2] == [2024, "moderate"]


def test_costs_name_price_year_convention_and_discounting(english):
    notes = " ".join(str(row[0]) for row in english["Cost"][:4])
    assert "2018 prices" in notes
    assert "continuously through the year" in notes
    assert "undiscounted" in notes
    _, rows = body(english["Cost"], "year")
    sums = RESULT.projection.costs["continuous"].sum(axis=1)
    np.testing.assert_allclose([row[1] for row in rows], sums, rtol=1e-14)


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("First year", "counted continuously through the year"),
        ("Parts of difference", "counted continuously through the year"),
        ("Parts of growth", "a year's cost of those who have support on 31 December"),
        ("Cost by level", "on each row"),
    ],
)
def test_every_sheet_with_amounts_says_which_money_and_how_it_is_counted(english, title, said):
    notes = " ".join(str(row[0]) for row in english[title][:4])
    assert "2018 prices" in notes
    assert said in notes


def test_every_sheet_of_a_synthetic_study_says_so(english):
    for sheet in english.values():
        assert any("SYNTHETIC" in str(row[0]) for row in sheet[:3])
    real = SimpleNamespace(**(vars(RESULT.study) | {"synthetic": False}))
    for sheet in sheets(stand_in.result(study=real), "en").values():
        assert not any("SYNTHETIC" in str(cell) for row in sheet for cell in row)


EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", " =1", "\uff1d1"]


@pytest.mark.parametrize("text", EVIL)
def test_text_never_becomes_a_formula(text):
    finding = SimpleNamespace(**(vars(RESULT.findings[0]) | {"message": text}))
    result = stand_in.result(findings=(finding,))
    _, rows = body(sheets(result, "en")["Findings"], "rule")
    assert str(rows[0][3]).strip("\r\t ") == text.strip("\r\t ")  # text as it was, typed as text
    (row,) = csv.DictReader(io.StringIO(csv_files(result)["findings.csv"].decode(), newline=""))
    assert row["message"] == "'" + text


def test_numbers_stay_numbers_when_negative():
    rows = list(csv.DictReader(io.StringIO(csv_files(RESULT)["difference.csv"].decode())))
    mortality = [float(row["persons"]) for row in rows if row["part"] == "mortality"]
    np.testing.assert_array_equal(
        mortality, RESULT.projection.difference_split["persons"]["mortality"]
    )
    assert mortality[-1] < 0


def test_csv_files_read_back_bit_for_bit():
    files, made = csv_files(RESULT), tables(RESULT)
    assert set(files) == {f"{name}.csv" for name in made}
    for name, table in made.items():
        text = files[f"{name}.csv"].decode("utf-8")
        heads, *rows = list(csv.reader(io.StringIO(text, newline="")))
        assert heads == list(table)
        for j, values in enumerate(table.values()):
            read = [row[j] for row in rows]
            if values.dtype.kind == "f":
                np.testing.assert_array_equal(np.array(read, dtype=float), values)
            else:
                assert read == [str(v) for v in values.tolist()]


def test_the_same_result_gives_the_same_bytes():
    assert workbook(RESULT, lang="sv") == workbook(RESULT, lang="sv")
    assert csv_files(RESULT) == csv_files(RESULT)
