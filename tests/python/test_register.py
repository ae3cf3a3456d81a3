"""Person-months of the national register: codes, several rows a month, and what is not known."""

import numpy as np
import pytest

import kohort as kh

HEADER = "LopNr;PERIOD;BOFORM;HTJ;HTJTIM;MATD;TRYGG;KORTMAN\n"


def read(tmp_path, rows, **options):
    path = tmp_path / "register.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return kh.read_register(path, **options)


def seen(found, person):
    """(day, state) of a person."""
    o = found.observations
    labels = [*o.model.states, *(" or ".join(s) for s in o.sets)]
    mine = o.subjects == o.subject_names.index(person)
    days = np.datetime64("1970-01-01") + o.times[mine].astype("timedelta64[D]")
    return [(str(d), labels[s]) for d, s in zip(days, o.states[mine], strict=True)]


@pytest.mark.parametrize(
    ("row", "level"),
    [
        ("1;1;5;0;0;", "light"),
        ("1;1;7;0;0;0", "moderate"),
        ("1;1;22,9;0;0;0", "moderate"),
        ("1;1;23;1;1;0", "high"),
        ("1;1;744;0;0;0", "high"),
        ("1;1;777;0;0;0", "total"),
        ("2;0;888;0;0;0", "total"),
        ("2;1;5;0;0;0", "total"),
        ("3;1;5;0;0;0", "light"),
        ("1;0;888;0;1;0", "light"),
        ("1;0;888;1;0;.", "light"),
        ("1;0;888;9;1;88", "light"),
        ("1;1;5;0;0;16", "total"),
        ("1;1;5;0;0;15", "light"),
        ("1;1;5;0;0;99", "light"),
        ("1;1;5;0;0;-9", "light"),
        ("1;1;0;0;0;0", "light"),
        ("1;0;0;0;0;0", None),
        ("1;0;888;0;0;3", None),
        ("1;1;999;0;0;0", "light or moderate or high"),
        ("1;1;;0;0;0", "light or moderate or high"),
        ("2;1;999;0;0;0", "total"),
    ],
)
def test_variables_give_a_level(row, level, tmp_path):
    found = read(tmp_path, [f"a;202401;{row}", "b;202401;2;0;888;0;0;0"])
    if level is None or " or " in level:  # nobody is followed from a month without a known level
        assert "a" not in found.observations.subject_names
        what = "of home help with missing hours" if level else "without support that gives a level"
        assert found.counts[f"person-months {what}"] == 1
    else:
        assert seen(found, "a") == [("2024-01-31", level)]


def test_of_several_rows_in_a_month_special_housing_holds_and_hours_are_summed(tmp_path):
    found = read(
        tmp_path,
        ["a;202401;1;1;4;0;0;0", "a;202401;1;1;4,5;0;0;0",
         "b;202401;1;1;4;0;0;0", "b;202401;2;0;888;0;0;0",
         "c;202401;1;1;500;0;0;0", "c;202401;1;1;400;0;0;45"],
    )  # fmt: skip
    assert seen(found, "a") == [("2024-01-31", "moderate")]
    assert seen(found, "b") == [("2024-01-31", "total")]
    assert seen(found, "c") == [("2024-01-31", "total")]  # 31 short-stay days
    assert found.counts["rows merged with another of the same person and month"] == 3
    assert found.counts["person-months with more than 744 hours, capped"] == 1
    assert found.counts["rows with more than 31 short-stay days, capped"] == 1
    assert {f.code for f in found.findings} == {"I-REGISTER-MERGED", "I-HOURS-CAPPED"}


def test_months_without_a_row_are_ended_and_after_the_last_ended_or_dead(tmp_path):
    always = [f"x;2024{m:02d};2;0;888;0;0;0" for m in (1, 2, 3, 4)]
    rows = [*always, "a;202401;1;1;5;0;0;0", "a;202403;1;1;50;0;0;0"]
    either = "ended or dead"
    assert seen(read(tmp_path, rows), "a") == [
        ("2024-01-31", "light"), ("2024-02-29", "ended"), ("2024-03-31", "high"),
        ("2024-04-30", either),
    ]  # fmt: skip
    assert seen(read(tmp_path, rows, deaths={}), "a")[-1] == ("2024-04-30", "ended")
    known = read(tmp_path, rows, deaths={"a": "2024-04-12"})
    assert seen(known, "a")[2:] == [("2024-03-31", "high"), ("2024-04-12", "dead")]
    assert known.observations.kinds.max() == 3
    with pytest.raises(kh.DataRefused) as caught:
        read(tmp_path, rows, deaths={"a": "2024-03-12"})
    assert [f.code for f in caught.value.findings] == ["E-AFTER-DEATH"]


def test_missing_hours_are_any_level_that_hours_give(tmp_path):
    rows = ["a;202401;1;1;5;0;0;0", "a;202402;1;1;999;0;0;0", "a;202403;1;1;50;0;0;0"]
    assert [state for _, state in seen(read(tmp_path, rows), "a")] == [
        "light", "light or moderate or high", "high",
    ]  # fmt: skip


def test_a_month_that_nobody_reported_says_nothing_of_anybody(tmp_path):
    rows = [f"p{i};2024{m:02d};1;1;5;0;0;0" for i in range(40) for m in (1, 2, 4, 5)]
    found = read(tmp_path, rows)
    assert [day for day, _ in seen(found, "p0")] == [
        "2024-01-31", "2024-02-29", "2024-04-30", "2024-05-31",
    ]  # fmt: skip
    (warned,) = found.findings
    assert warned.code == "W-REPORTING-GAP"
    assert "2024-03" in warned.message


def test_every_fault_with_its_row(tmp_path):
    rows = [
        ";202401;1;1;5;0;0;0", "a;202413;1;1;5;0;0;0", "b;202401;4;1;5;0;0;0",
        "c;202401;1;1;745;0;0;0", "d;202401;1;1;x;0;0;0", "e;202401;1;7;5;0;0;0",
        "f;202401;1;1;5;0;0;x", "g;202401;1;1;5;0;0;0",
    ]  # fmt: skip
    with pytest.raises(kh.DataRefused) as caught:
        read(tmp_path, rows)
    assert [(f.code, f.row, f.column) for f in caught.value.findings] == [
        ("E-PERSON", 2, "LopNr"), ("E-PERIOD", 3, "PERIOD"), ("E-REGISTER-CODE", 4, "BOFORM"),
        ("E-HOURS", 5, "HTJTIM"), ("E-HOURS", 6, "HTJTIM"), ("E-REGISTER-CODE", 7, "HTJ"),
        ("E-REGISTER-CODE", 8, "KORTMAN"),
    ]  # fmt: skip
    strict = kh.RegisterRule(**{**vars(kh.read_register_rule()), "missing_hours": "refuse"})
    with pytest.raises(kh.DataRefused) as caught:
        read(tmp_path, ["a;202401;1;1;999;0;0;0"], rule=strict)
    assert [(f.code, f.row) for f in caught.value.findings] == [("E-HOURS", 2)]
    for text in ("LopNr;PERIOD;BOFORM\n", HEADER, ""):
        (tmp_path / "r.csv").write_text(text, encoding="utf-8")
        with pytest.raises(kh.DataRefused):
            kh.read_register(tmp_path / "r.csv")


def test_a_frame_reads_as_the_file_does_and_is_fitted(tmp_path):
    random = np.random.default_rng(5)
    rows = []
    for i in range(120):
        level = 0
        for month in range(24):
            level = min(3, level + int(random.random() < 0.05))
            if level == 0 and random.random() < 0.02:
                continue
            hours = (5, 15, 60, 888)[level]
            rows.append(f"p{i:03d};{2022 + month // 12}{month % 12 + 1:02d};{1 + (level == 3)};"
                        f"{int(level < 3)};{hours};0;0;0")  # fmt: skip
    found = read(tmp_path, rows)
    heads = HEADER.strip().split(";")
    cells = zip(*(row.split(";") for row in rows), strict=True)
    table = {head.lower(): np.array(column) for head, column in zip(heads, cells, strict=True)}
    again = kh.read_register(table)
    np.testing.assert_array_equal(again.observations.times, found.observations.times)
    np.testing.assert_array_equal(again.observations.states, found.observations.states)
    assert "120 persons" in str(found)
    assert "<table" in found._repr_html_()
    assert len(found.to_frame("pandas")) == len(found.counts)
    assert found.policies["level_rule_sha256"] == kh.read_register_rule().digest
    fit = kh.fit(found.observations, kh.DEPENDENCY_WITH_ENDED)
    assert np.isfinite(fit.log_likelihood)


def test_a_rule_of_one_s_own(tmp_path):
    source = kh.level_rule_source("register")
    path = tmp_path / "register.toml"
    path.write_text(source.replace("[7.0, 23.0]", "[50.0]"), encoding="utf-8")
    rule = kh.read_register_rule(path)
    assert rule.hour_levels == ("light", "moderate")
    assert rule.digest != kh.read_register_rule().digest
    for old, new in (
        ('special_housing = "total"', 'special_housing = "säbo"'),
        ("[7.0, 23.0]", "[23.0, 7.0]"),
        ("short_stay_days = 16", "short_stay_days = 40"),
        ('missing_hours = "unknown"', 'missing_hours = "guess"'),
    ):
        assert old in source
        path.write_text(source.replace(old, new), encoding="utf-8")
        with pytest.raises(kh.InvalidInput) as caught:
            kh.read_register_rule(path)
        assert caught.value.code == "E-LEVEL-RULE"


def test_remarks_in_a_downloaded_register_are_passed_over_and_told(tmp_path):
    rows = ["a;202401;1;1;5;0;0;0", "b;202401;1;1;30;0;0;0"]
    plain = read(tmp_path, rows)
    path = tmp_path / "remarks.csv"
    text = (
        "# Källa: Socialstyrelsen\n\n"
        + HEADER
        + rows[0]
        + "\n# sida 2; av 2\n"
        + rows[1]
        + "\n# slut"
    )
    path.write_text(text, encoding="utf-8-sig")
    found = kh.read_register(path)
    assert found.counts == plain.counts
    assert [(f.code, f.count) for f in found.findings if f.code == "I-REMARK"] == [("I-REMARK", 2)]
    path.write_text(text.replace("202401;1;1;30", "202413;1;1;30"), encoding="utf-8")
    with pytest.raises(kh.DataRefused) as refusal:
        kh.read_register(path)
    assert [(f.code, f.row) for f in refusal.value.findings] == [("E-PERIOD", 6)]


def test_a_register_may_come_as_a_workbook(tmp_path):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    book = xlsxwriter.Workbook(tmp_path / "register.xlsx")
    sheet = book.add_worksheet("Register")
    sheet.write_row(0, 0, HEADER.strip().split(";"))
    sheet.write_row(1, 0, ["a", 202401, 1, 1, 5, 0, 0, 0])
    sheet.write_row(2, 0, ["b", 202401, 1, 1, 22.5, 0, 0, 0])
    book.close()
    found = kh.read_register(tmp_path / "register.xlsx")
    assert seen(found, "a") == [("2024-01-31", "light")]
    assert seen(found, "b") == [("2024-01-31", "moderate")]
    book = xlsxwriter.Workbook(tmp_path / "fault.xlsx")
    sheet = book.add_worksheet("Register")
    sheet.write_row(0, 0, HEADER.strip().split(";"))
    sheet.write_row(1, 0, ["a", 202401, 7, 1, 5, 0, 0, 0])
    book.close()
    with pytest.raises(kh.DataRefused) as refusal:
        kh.read_register(tmp_path / "fault.xlsx")
    assert [f.cell.rpartition("!")[2] for f in refusal.value.findings] == ["C2"]
