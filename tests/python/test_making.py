"""The maker of synthetic municipalities: same bytes, every dialect, faults where it says."""

from __future__ import annotations

import csv
import re

import numpy as np
import pytest

import kohort as kh
from kohort import datasets
from kohort.synthetic.faults import FAULTS
from kohort.synthetic.making import LAYOUTS, make_municipality, planted_rules

DAY = "2024-12-31"


def read(made, **options):
    return kh.read_decisions(
        made.decisions, level_rule=kh.SUPPORT_RULE, extraction_date=DAY, observed_from="2015-01-01",
        **options,
    )  # fmt: skip


def test_the_same_settings_give_the_same_bytes(tmp_path):
    first = make_municipality(tmp_path / "a", persons=500, faults={"W-DUP-ROW": 2})
    again = make_municipality(tmp_path / "b", persons=500, faults={"W-DUP-ROW": 2})
    other = make_municipality(tmp_path / "c", persons=500, seed=2)
    assert first.decisions.read_bytes() == again.decisions.read_bytes()
    assert first.population.read_bytes() == again.population.read_bytes()
    assert first.planted == again.planted
    assert first.decisions.read_bytes() != other.decisions.read_bytes()
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == [
        "synthetic_decisions.csv", "synthetic_planted.csv", "synthetic_population.csv"
    ]  # fmt: skip


def test_what_is_made_reads_without_a_fault_and_looks_like_the_example(tmp_path):
    steps = []
    made = make_municipality(
        tmp_path, persons=12_400, progress=lambda done, total: steps.append((done, total))
    )
    assert steps[-1] == (12_400, 12_400)
    found = read(made)
    assert found.counts["records in the file"] == made.rows
    assert found.counts["persons in the file"] == made.persons  # ids of two blocks never meet
    example = read_example()
    for state in ("light", "moderate", "high", "total"):
        share = [np.mean(d.entries(2016, 2024)["state"] == state) for d in (found, example)]
        assert share[0] == pytest.approx(share[1], abs=0.05)
    people = datasets_population(made)
    population = kh.Population.from_wpp(people, years=2)
    assert 0.9 < population.persons[0].sum() / 12_400 / (12_900 / 12_000) < 1.1
    entries = kh.fit_entries(found, population, first_year=2016, last_year=2024)
    assert not [f for f in entries.findings if f.code.startswith("E-")]
    assert str(made).startswith("SYNTHETIC: ")


def read_example():
    return kh.read_decisions(
        datasets.example_decisions(), level_rule=kh.SUPPORT_RULE, extraction_date=DAY,
        observed_from="2015-01-01",
    )  # fmt: skip


def datasets_population(made):
    lines = made.population.read_text(encoding="utf-8").splitlines()
    assert "SYNTHETIC" in lines[0]
    rows = list(csv.DictReader(lines[1:]))
    return {name: [row[name] for row in rows] for name in rows[0]}


@pytest.mark.parametrize(
    "dialect",
    [
        {"delimiter": ",", "decimal": "."},
        {"delimiter": ",", "decimal": ","},
        {"delimiter": "\t"},
        {"encoding": "utf-8-sig", "label": False},
        {"date_format": "compact"},
        {"date_format": "day_month_year"},
        {"date_format": "excel_1900"},
    ],
    ids=str,
)
def test_dialects_tell_the_same(tmp_path, dialect):
    plain = read(make_municipality(tmp_path / "plain", persons=300))
    made = make_municipality(tmp_path / "other", persons=300, **dialect)
    form = dialect.get("date_format", "iso")
    options = {"date_format": "iso" if form == "compact" else form}
    found = read(
        made, delimiter=dialect.get("delimiter"), decimal=dialect.get("decimal"), **options
    )
    assert dict(found.counts) == dict(plain.counts)
    assert str(found) == str(plain)


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_other_encodings_hold_the_same_text(tmp_path, encoding):
    plain = make_municipality(tmp_path / "plain", persons=300)
    made = make_municipality(tmp_path / "other", persons=300, encoding=encoding)
    assert made.decisions.read_text(encoding=encoding) == plain.decisions.read_text("utf-8")


STOPS = ("E-QUOTE", "E-FIELD-SIZE", "E-ENCODING", "E-BYTE")
WHOLE = ("W-REPORTING-GAP",)  # of no row: see below
OF_ITS_OWN = ("E-DIALECT", "E-EMPTY", "E-HEADER", "E-IMPOSSIBLE", "W-CENTURY", "W-BIRTH-DIFF")
SEEN = [c for c in planted_rules() if c not in (*STOPS, *WHOLE, *OF_ITS_OWN, "E-HOURS")]


def test_every_planted_fault_is_found_at_its_row_and_nothing_else(tmp_path):
    faults = dict.fromkeys(SEEN, 3)
    made = make_municipality(tmp_path, persons=1500, faults=faults)
    assert len(made.planted) == 3 * len(SEEN)
    with pytest.raises(kh.DataRefused) as refusal:
        read(made)
    found = {(f.code, f.row) for f in refusal.value.findings if f.severity == "E"}
    planted = {(f.code, f.row) for f in made.planted if f.code.startswith("E-")}
    assert found == planted
    repeated = [f for f in refusal.value.findings if f.code == "W-DUP-ROW"]
    assert sum(f.count for f in repeated) == 3
    assert len(made.to_frame("pandas")) == len(made.planted)
    listed = (tmp_path / "synthetic_planted.csv").read_text(encoding="utf-8").splitlines()
    assert len(listed) == 1 + len(made.planted)
    assert "30 February" in str(made)


@pytest.mark.parametrize("code", STOPS)
def test_faults_that_stop_the_reading(tmp_path, code):
    made = make_municipality(tmp_path, persons=300, faults={code: 1})
    with pytest.raises(kh.DataRefused) as refusal:
        read(made)
    assert (code, made.planted[0].row) in {(f.code, f.row) for f in refusal.value.findings}


def test_hours_are_looked_at_where_they_make_the_level(tmp_path):
    made = make_municipality(tmp_path, persons=600, faults={"E-HOURS": 3})
    with pytest.raises(kh.DataRefused) as refusal:
        kh.read_decisions(
            made.decisions, level_rule=kh.hours_rule((7, 23, 120)), extraction_date=DAY,
            overlap="highest", observed_from="2015-01-01",
        )  # fmt: skip
    found = {(f.code, f.row) for f in refusal.value.findings}
    assert {(fault.code, fault.row) for fault in made.planted} <= found


OLDER = {"century": "older"}
GOES_DOWN = {"model": kh.DEPENDENCY_WITH_ENDED}


@pytest.mark.parametrize(
    ("code", "layout", "options"),
    [
        ("E-HEADER", "care_system", {}),
        ("E-HEADER", "swedish", {}),
        ("E-EMPTY", "care_system", {}),
        ("E-EMPTY", "english", {}),
        ("E-DIALECT", "swedish", {}),
        ("E-IMPOSSIBLE", "swedish", GOES_DOWN),
        ("W-BIRTH-DIFF", "care_system", {}),
        ("W-CENTURY", "care_system", OLDER),
        ("W-CENTURY", "swedish", OLDER),
    ],
)
def test_faults_of_the_file_and_of_personal_numbers_are_found(tmp_path, code, layout, options):
    many = 1 if code in ("E-HEADER", "E-EMPTY", "E-DIALECT") else 2
    ids = "test_numbers" if code.startswith("W-") or layout == "swedish" else None
    made = make_municipality(tmp_path, persons=2000, layout=layout, ids=ids, faults={code: many})
    assert [fault.code for fault in made.planted] == [code] * many
    rule = kh.SUPPORT_RULE if layout == "care_system" else kh.named_levels()
    try:
        found = kh.read_decisions(
            made.decisions, level_rule=rule, extraction_date=DAY, observed_from="2015-01-01",
            **options,
        ).findings  # fmt: skip
        assert code.startswith("W-")
    except kh.DataRefused as refusal:
        found = refusal.findings
        assert code.startswith("E-")
    told = [f for f in found if f.code == code]
    rows = {row for f in told for row in (f.row or 0, *(f.related if code[0] == "W" else ()))}
    assert {fault.row for fault in made.planted} == rows
    errors = {f.code for f in found if f.severity == "E"}
    assert errors <= {code}


def test_opaque_ids_stand_under_what_they_are(tmp_path):
    made = make_municipality(tmp_path, persons=300, layout="swedish", ids="opaque")
    head, first = made.decisions.read_text(encoding="utf-8").splitlines()[1:3]
    assert head.split(";")[0] == "löpnummer"
    assert first.startswith("S0")
    read_ = kh.read_decisions(
        made.decisions, level_rule=kh.named_levels(), extraction_date=DAY,
        observed_from="2015-01-01",
    )  # fmt: skip
    assert read_.policies["id"] == "opaque"
    assert read_.counts["persons in the file"] == made.persons


@pytest.mark.parametrize("layout", ["swedish", "english"])
def test_levels_are_written_out_and_a_death_is_a_row(tmp_path, layout):
    made = make_municipality(tmp_path, persons=1500, layout=layout, faults={"E-OVERLAP": 2})
    lines = made.decisions.read_text(encoding="utf-8").splitlines()
    head = lines[1].split(";")
    rows = [dict(zip(head, line.split(";"), strict=True)) for line in lines[2:]]
    level, event = head[4], head[5]
    words = {
        "swedish": ({"lätt", "måttligt", "mycket", "helt", ""}, {"beslut", "död"}),
        "english": ({"light", "moderate", "high", "total", ""}, {"decision", "death"}),
    }[layout]
    assert {row[level] for row in rows} == words[0]
    assert {row[event] for row in rows} == words[1]
    for fault in made.planted:  # both rows of an overlap are named, and they do overlap
        later, (earlier,) = lines[fault.row - 1].split(";"), fault.related
        before = lines[earlier - 1].split(";")
        assert before[0] == later[0]
        assert before[2] <= later[2] <= before[3]
        assert before[4] != later[4]


COLUMNS = {
    "swedish": {"person": "personnummer", "decision": "beslut_id", "start": "fran", "end": "till",
                "level": "niva", "event": "handelse", "cost": "kostnad"},
    "english": {"person": "person_id", "decision": "decision_id", "start": "from", "end": "to",
                "level": "level", "event": "event", "cost": "cost"},
}  # fmt: skip


@pytest.mark.parametrize("layout", COLUMNS)
def test_the_level_layouts_read_and_their_faults_are_found(tmp_path, layout):
    def reading(**options):
        made = make_municipality(tmp_path, persons=1500, layout=layout, **options)
        return made, lambda: kh.read_decisions(
            made.decisions, level_rule=kh.read_level_rule("kohort:level"), extraction_date=DAY,
            observed_from="2015-01-01", columns=COLUMNS[layout],
        )  # fmt: skip

    made, read_it = reading(ids="test_numbers")
    assert read_it().counts["persons in the file"] == made.persons
    rules = [c for c in planted_rules(layout) if c not in (*STOPS, *WHOLE, *OF_ITS_OWN)]
    made, read_it = reading(ids="test_numbers", faults=dict.fromkeys(rules, 2))
    with pytest.raises(kh.DataRefused) as refusal:
        read_it()
    found = {(f.code, f.row) for f in refusal.value.findings if f.severity == "E"}
    assert found == {(f.code, f.row) for f in made.planted if f.code.startswith("E-")}


def test_the_register_counts_months(tmp_path):
    made = make_municipality(
        tmp_path, persons=600, layout="register", first_day="2023-01-01", label=False
    )
    lines = made.decisions.read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(lines, delimiter=";"))
    assert len(rows) == made.rows
    assert {row["PERIOD"] for row in rows} == {
        f"{y}{m:02d}" for y in (2023, 2024) for m in range(1, 13)
    }
    assert len({(row["LopNr"], row["PERIOD"]) for row in rows}) == len(rows)
    hours = {row["HTJTIM"] for row in rows if row["HTJ"] == "1"}
    assert all(0 <= int(h) <= 744 for h in hours)
    assert {row["BOFORM"] for row in rows} == {"1", "2"}
    assert all(row["HTJTIM"] == "888" for row in rows if row["BOFORM"] == "2")
    assert "persons" in str(kh.read_register(made.decisions))


def test_personal_numbers_are_of_the_scheme_for_tests(tmp_path):
    made = make_municipality(tmp_path, persons=2000, layout="swedish", ids="test_numbers")
    numbers = {line.split(";")[0] for line in made.decisions.read_text("utf-8").splitlines()[2:]}
    assert len(numbers) == made.persons
    for number in numbers:
        assert re.fullmatch(r"(18|19)\d{6}-(98|99)\d\d", number)
        digits = number.replace("-", "")[2:]
        doubled = [int(d) * (2 - i % 2) for i, d in enumerate(digits)]
        assert sum(d // 10 + d % 10 for d in doubled) % 10 == 0


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_rule_on_offer_can_be_planted(tmp_path, layout):
    ids = "test_numbers" if layout == "swedish" else "opaque"
    rules = planted_rules(layout, ids=ids)
    plain = {code: 1 for code in rules if code not in ("E-FIELD-SIZE", "E-EMPTY")}
    options = {"first_day": "2022-01-01"} if layout == "register" else {}
    made = make_municipality(
        tmp_path, persons=1500, layout=layout, ids=ids, faults=plain, **options
    )
    assert {fault.code for fault in made.planted} == set(plain)
    assert set(rules) <= set(FAULTS)


def test_more_persons_are_more_blocks(tmp_path):
    """Memory is that of a block, so any size can be made."""
    made = make_municipality(
        tmp_path, persons=12_100, first_day="2024-07-01", faults={"E-SEX": 9, "E-QUOTE": 1}
    )
    last = max(made.planted, key=lambda fault: fault.row)
    assert last.code == "E-QUOTE"
    assert made.rows == last.row - 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"layout": "excel"}, "care_system"),
        ({"encoding": "latin-1"}, "cp1252"),
        ({"persons": 0}, "from 1"),
        ({"first_day": "2024-02-30"}, "2024-12-31"),
        ({"first_day": "2025-01-01"}, "in order"),
        ({"faults": {"E-GHOST": 1}}, "E-AFTER-DEATH"),
        ({"faults": {"E-QUOTE": 2}}, "up to 1"),
        ({"faults": {"E-EMPTY": 1, "E-SEX": 1}}, "E-EMPTY alone"),
        ({"faults": {"W-CENTURY": 1}}, "cannot be planted here"),
        ({"faults": {"E-OVERLAP": 1}}, "cannot be planted here"),
        ({"faults": {"E-PNR-CHECK": 1}}, "cannot be planted here"),
        ({"persons": 5, "faults": {"E-SEX": 50}}, "no person is left"),
    ],
)
def test_what_cannot_be_made_is_refused(tmp_path, wrong, words):
    with pytest.raises(kh.InvalidInput, match=words) as refusal:
        make_municipality(tmp_path / "x", **({"persons": 50} | wrong))
    assert refusal.value.code == "E-SETTING"
    assert not list(tmp_path.rglob("*.csv"))


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "x").write_text("")
    with pytest.raises(kh.InvalidInput) as refusal:
        make_municipality(tmp_path / "x", persons=10)
    assert refusal.value.code == "E-FILE"


@pytest.mark.parametrize("layout", ["care_system", "swedish"])
@pytest.mark.parametrize("date_format", ["iso", "excel_1900"])
def test_a_workbook_says_what_the_text_says(tmp_path, layout, date_format):
    pytest.importorskip("xlsxwriter")
    asked = {"persons": 400, "layout": layout, "faults": {"W-DUP-ROW": 2}}
    rule = kh.SUPPORT_RULE if layout == "care_system" else kh.named_levels()
    found = {}
    for kind, form in (("csv", "iso"), ("xlsx", date_format)):
        made = make_municipality(tmp_path / kind, file_format=kind, date_format=form, **asked)
        assert made.decisions.name == f"synthetic_decisions.{kind}"
        read_ = kh.read_decisions(
            made.decisions, level_rule=rule, extraction_date=DAY, id="opaque",
            observed_from="2015-01-01",
        )  # fmt: skip
        twice = [f.row for f in read_.findings if f.code == "W-DUP-ROW"]
        assert twice
        found[kind] = (made.planted, twice, dict(read_.counts), read_.observations.times.tolist())
    assert found["csv"] == found["xlsx"]


def test_a_month_of_silence_is_planted_and_found(tmp_path):
    made = make_municipality(tmp_path, persons=6_000, faults={"W-REPORTING-GAP": 1})
    assert [(p.code, p.row) for p in made.planted] == [("W-REPORTING-GAP", 0)]
    found = read(made)
    assert [f.code for f in found.findings if f.code == "W-REPORTING-GAP"] == ["W-REPORTING-GAP"]
    assert not [f for f in found.findings if f.severity == "E"]
    assert not [f for f in read(make_municipality(tmp_path / "b", persons=6_000)).findings
                if f.code == "W-REPORTING-GAP"]  # fmt: skip


def test_a_workbook_holds_no_faults_of_bytes(tmp_path):
    rules = planted_rules(file_format="xlsx")
    assert "E-DATE-INVALID" in rules
    assert not {"E-BYTE", "E-ENCODING", "E-QUOTE", "E-FIELD-COUNT", "E-FIELD-SIZE"} & set(rules)
    with pytest.raises(kh.InvalidInput) as refusal:
        make_municipality(tmp_path, file_format="xlsx", faults={"E-QUOTE": 1})
    assert refusal.value.code == "E-SETTING"
