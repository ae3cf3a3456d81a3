from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kohort as kh
import kohort.datasets

# All people here are made up.
HEADER = "person;start;end;level;death;sex;birth\n"
THREE = (
    HEADER + "a;2021-12-01;2022-01-31;lätt;2022-03-01;k;1941-12-15\n"
    "a;2022-02-01;;mycket;2022-03-01;k;1941-12-15\n"
    "b;2019-05-01;;måttligt;;m;1940-02-29\n"
    "c;2022-12-31;;lätt;;m;1950-01-01\n"
)
LEVELS = kh.named_levels()


@pytest.fixture
def read(tmp_path):
    def read(text, **options):
        path = tmp_path / "beslut åäö.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        options = {"level_rule": LEVELS, "extraction_date": "2022-12-31"} | options
        return kh.read_decisions(path, **options)

    return read


@pytest.fixture
def refused(read):
    def refused(text, **options):
        with pytest.raises(kh.DataRefused) as caught:
            read(text, **options)
        return [(f.code, f.row, f.related) for f in caught.value.findings if f.severity == "E"]

    return refused


def test_decisions_become_observations_in_days(read):
    found = read(THREE)
    seen = found.observations
    assert seen.subject_names == ("a", "b", "c")
    assert seen.units_per_year == 365.25
    assert [found.model.states[s] for s in seen.states] == [
        *("light", "high", "dead", "moderate", "moderate", "light", "light")
    ]
    assert seen.kinds.tolist() == [0, 2, 2, 0, 2, 0, 2]
    epoch = dt.date(1970, 1, 1).toordinal()
    assert seen.times[0] == dt.date(2021, 12, 1).toordinal() - epoch
    assert seen.times[-1] == dt.date(2023, 1, 1).toordinal() - epoch
    assert seen.covariate_names == ("age", "male", "since_entry")
    born = dt.date(1941, 12, 15).toordinal() - epoch
    np.testing.assert_array_equal(seen.covariates[:3, 0], (seen.times[:3] - born) / 365.25)
    assert seen.covariates[:, 1].tolist() == [0, 0, 0, 1, 1, 1, 1]
    assert seen.covariates[0, 2] == 0
    assert seen.source_rows.tolist() == [2, 3, 2, 4, 4, 5, 5]


def test_results_cannot_be_changed(read):
    found = read(THREE)
    seen = found.observations
    for array in (seen.subjects, seen.times, seen.states, seen.kinds, seen.covariates):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(AttributeError):
        found.model = None
    with pytest.raises(ValueError, match="read-only"):
        found.stock("2022-12-31")["persons"][0] = 9


def test_arrays_outlive_what_they_came_from(read):
    times = read(THREE).observations.times
    assert times.sum() > 0


def test_tables_by_year_sex_age_and_state(read):
    found = read(THREE, observed_from="2020-01-01")
    entries = found.entries(2020, 2022)
    assert list(zip(*entries.columns.values(), strict=True)) == [
        (2021, "women", 79, "light", 1),
        (2022, "men", 72, "light", 1),
    ]
    stock = found.stock(dt.date(2022, 1, 31))
    assert list(zip(*stock.columns.values(), strict=True)) == [
        (2022, "women", 80, "light", 1),
        (2022, "men", 81, "moderate", 1),
    ]
    exposure = found.exposure(2020, 2022)
    days = {
        (year, sex, age, level): round(t * 365.25)
        for year, sex, age, level, t in zip(*exposure.columns.values(), strict=True)
    }
    assert days[2022, "men", 81, "moderate"] == 59
    assert days[2022, "men", 82, "moderate"] == 306
    assert days[2021, "women", 79, "light"] == 14
    moves = found.moves(2020, 2022)
    assert moves["state"].tolist() == ["light", "high"]
    assert moves["to"].tolist() == ["high", "dead"]
    followed = np.diff(found.observations.times)[found.observations.kinds[1:] != 0].sum()
    assert exposure.total == pytest.approx(followed / 365.25, rel=1e-14)


def test_a_full_array_keeps_the_total_and_opens_the_last_age(read):
    found = read(THREE, observed_from="2020-01-01").exposure(2020, 2022)
    full = found.array(range(2020, 2023), range(65, 82))
    assert full.shape == (3, 2, 17, 6)
    assert full.sum() == pytest.approx(found.total, rel=1e-14)
    assert full[2, 0, -1, 1] * 365.25 == pytest.approx(365)  # 81 and older, all of 2022
    assert found.array([2021], range(80, 90), ["light"]).sum() * 365.25 == pytest.approx(17)


def test_every_fault_in_one_run_with_row_and_both_languages(refused, read):
    text = (
        HEADER + "a;2020-01-01;2019-12-31;light;;m;1940-01-01\n"
        "b;31/12/2020;;light;;m;1940-01-01\n"
        "c;2023-02-29;;light;;m;1940-01-01\n"
        "d;2020-01-01;;medel;;m;1940-01-01\n"
        "e;2020-01-01;;light;;m\n"
        "f;2020-01-01;2020-12-31;light;;m;1940-01-01\n"
        "f;2020-12-31;;high;;m;1940-01-01\n"
        "g;2020-01-01;2020-12-31;light;2021-01-01;m;1940-01-01\n"
        "g;2021-02-01;;light;2021-01-01;m;1940-01-01\n"
    )
    assert refused(text) == [
        ("E-INTERVAL-NEG", 2, ()),
        ("E-DATE-FORMAT", 3, ()),
        ("E-DATE-INVALID", 4, ()),
        ("E-STATE-UNKNOWN", 5, ()),
        ("E-FIELD-COUNT", 6, ()),
        ("E-OVERLAP", 8, (7,)),
        ("E-AFTER-DEATH", 10, (9,)),
    ]
    with pytest.raises(kh.InvalidInput) as caught:
        read(text)
    assert caught.value.code == "E-INTERVAL-NEG"
    assert "7 faults" in str(caught.value)
    found = caught.value.findings
    assert all(f.file == "beslut åäö.csv" and f.remedy and f.remedy_sv for f in found)
    assert "beslutet slutar innan det börjar" in kh.findings_text(found, "sv")
    assert "medel" not in kh.findings_json(found) + kh.findings_text(found)
    lines = [json.loads(line) for line in kh.findings_json(found).splitlines()]
    assert [line["row"] for line in lines] == [2, 3, 4, 5, 6, 8, 10]
    assert set(lines[0]) >= {
        *("code", "severity", "file", "row", "related", "column", "message", "remedy")
    }
    assert lines[0]["column"] == "end"


def test_a_level_mapping_settles_unknown_levels(read, refused):
    text = HEADER + "d;2020-01-01;;medel;;m;1940-01-01\n"
    assert refused(text) == [("E-STATE-UNKNOWN", 2, ())]
    mapped = read(text, level_rule=kh.named_levels(codes={"Medel": "moderate"}))
    assert mapped.model.states[mapped.observations.states[0]] == "moderate"
    assert mapped.policies["level_rule"] != read(THREE).policies["level_rule"]
    assert (
        len(
            read(
                THREE + "d;2020-01-01;;medel;;m;1940-01-01\n",
                level_rule=LEVELS.with_codes({"medel": None}),
            ).observations.subject_names
        )
        == 3
    )


def test_every_setting_changes_the_result(read, refused):
    gap = HEADER + "a;2020-01-01;2020-01-31;light;;m;1940-01-01\na;2020-02-03;;high;;m;1940-01-01\n"
    assert len(read(gap).observations) == 4
    assert len(read(gap, gap_days=2).observations) == 3
    assert len(read(gap, gap_days=1).observations) == 4
    assert len(read(gap, model=kh.DEPENDENCY).observations) == 4
    assert read(gap, model=kh.DEPENDENCY).observations.kinds.tolist() == [0, 2, 0, 2]
    assert (
        read(gap, observed_from="2020-02-01").observations.times[0]
        > read(gap).observations.times[0]
    )
    assert (
        read(gap, extraction_date="2021-12-31").observations.times[-1]
        < read(gap).observations.times[-1]
    )
    overlap = gap.replace("2020-01-31", "2020-02-05")
    assert refused(overlap)[0][0] == "E-OVERLAP"
    high = read(overlap, overlap="highest")
    assert [f.code for f in high.findings] == ["W-OVERLAP"]
    assert (
        refused(gap.replace(";;high", ";;high"), extraction_date=None)[0][0] == "E-EXTRACTION-DATE"
    )
    dates = "person;start;end;level\na;1/2/2020;;light\n"
    assert refused(dates)[0][0] == "E-DATE-FORMAT"
    day_first = read(dates, date_format="day_month_year").observations.times[0]
    assert read(dates, date_format="month_day_year").observations.times[0] < day_first
    named = "vem;start;end;level\na;2020-01-01;;light\n"
    assert refused(named)[0][0] == "E-HEADER"
    headless = "CANARY-19121212;1930-01-02;Stina Kanariefågel;light\nb;2020-01-01;;light\n"
    with pytest.raises(kh.DataRefused) as caught:
        read(headless)
    said = str(caught.value) + "".join(map(repr, caught.value.findings))
    assert "E-HEADER" in said
    assert "CANARY" not in said
    assert "Kanarie" not in said
    assert "1930" not in said
    assert len(read(named, columns={"person": "vem"}).observations) == 2
    puzzle = "person;start;end;level,note\na;2020-01-01;;light,x\n"
    assert ("E-DIALECT", 1, ()) in refused(puzzle)
    assert {code for code, _, _ in refused(puzzle, delimiter=";")} == {"E-HEADER"}
    hours = 'person,start,end,hours\na,2020-01-01,,"7,5"\n'
    assert refused(hours, level_rule=kh.hours_rule())[0][0] == "E-DIALECT"
    assert read(hours, level_rule=kh.hours_rule(), decimal=",").observations.states[0] == 1
    other = kh.Model(
        ("light", "moderate", "high", "total", "over"),
        [("light", "over"), ("over", "high"), ("high", "over")],
    )
    assert len(read(gap, model=other, ended="over").observations) == 4
    assert read(gap, model=other, ended="over").observations.states[1] == 4
    assert read(gap, model=other).observations.kinds.tolist() == [0, 2, 0, 2]


def test_hours_and_support_types_are_levels_too(read):
    text = (
        "# SYNTHETIC\nperson;birth_date;sex;decision;from;to;support;hours_per_month;death_date\n"
        "a;1940-01-01;kvinna;1;2020-01-01;2020-12-31;trygghetslarm;2,5;\n"
        "a;1940-01-01;kvinna;2;2020-06-01;2020-12-31;dusch/bad;12,0;\n"
        "a;1940-01-01;kvinna;3;2021-01-01;;särskilt boende;;2022-05-01\n"
        "a;1940-01-01;kvinna;3;2021-01-01;;särskilt boende;;2022-05-01\n"
        "a;1940-01-01;kvinna;4;2020-01-01;;dagverksamhet;;2022-05-01\n"
    )
    found = read(text, level_rule=kh.SUPPORT_RULE)
    assert [found.model.states[s] for s in found.observations.states] == [
        *("light", "moderate", "total", "dead")
    ]
    assert [(f.code, f.count) for f in found.findings] == [
        ("W-DUP-ROW", 1),
        ("I-CONCURRENT", 1),
        ("I-EXCLUDED", 1),
    ]
    assert found.observations.source_rows.tolist() == [3, 4, 5, 5]
    hours = text.replace("särskilt boende;;", "särskilt boende;600;").replace(
        "dagverksamhet;;", "x;0;"
    )
    by_hours = read(hours, level_rule=kh.hours_rule(), overlap="highest")
    assert [found.model.states[s] for s in by_hours.observations.states] == [
        *("light", "moderate", "total", "dead")
    ]
    assert kh.hours_rule([50], ["little", "much"]).thresholds == (50,)
    assert kh.SUPPORT_RULE.codes["dagverksamhet"] is None


def test_a_reader_that_knows_three_dialects(read):
    expected = read(THREE).observations
    for text in (
        THREE.replace(";", "\t"),
        THREE.replace(";", ","),
        b"\xef\xbb\xbf" + THREE.replace("\n", "\r\n").encode(),
        THREE.replace("-", ""),
    ):
        seen = read(text).observations
        np.testing.assert_array_equal(seen.times, expected.times)
        np.testing.assert_array_equal(seen.covariates, expected.covariates)


def test_the_example_municipality_reads_without_a_fault():
    found = kh.read_decisions(
        kh.datasets.path("example/decisions.csv"),
        level_rule=kh.SUPPORT_RULE,
        extraction_date="2024-12-31",
        observed_from="2015-01-01",
        gap_days=30,
    )
    codes = {f.code for f in found.findings}
    planted = {"W-DUP-ROW", "I-CONCURRENT", "I-EXCLUDED", "I-GAP", "I-GAP-ENDED"}
    assert planted | {"I-LEFT-TRUNCATED"} <= codes
    assert codes <= planted | {"I-LEFT-TRUNCATED", "I-BEFORE-START", "I-GAP-OPEN"}
    exposure = found.exposure(2015, 2024)
    assert exposure.total * 365.25 == pytest.approx(found.counts["days followed"], rel=1e-12)
    entries = found.entries(2015, 2024)
    assert entries.total == found.counts["first entries seen"]
    assert found.moves(2015, 2025).total == found.to_frame("pandas")["moves"].sum()
    # Exact transitions: moves over time at risk, the same from the table by age and from the rows.
    light = exposure["years"][exposure["state"] == "light"].sum()
    rates = found.to_frame("pandas").set_index(["from", "to"])
    assert rates.loc[("light", "high"), "years"] == pytest.approx(light, rel=1e-12)
    # Whoever was followed has died, is there on the last day, or is out of sight in a gap.
    gone = found.counts["deaths seen"] + sum(
        f.count for f in found.findings if f.code == "I-GAP-OPEN"
    )
    assert found.stock("2024-12-31").total == found.counts["persons followed"] - gone
    # The entrants that the data set was matched with have the published mix.
    mix = found.entries(2016, 2021)
    shares = [mix["persons"][mix["state"] == s].sum() / mix.total for s in found.model.states[:4]]
    np.testing.assert_allclose(shares, [0.53, 0.16, 0.24, 0.077], atol=0.03)


def test_the_plain_swedish_layout_is_known(read, refused):
    text = (
        "personnummer;beslut_id;fran;till;niva;handelse;kostnad\n"
        "x;1;2020-01-01;2020-06-30;Lätt beroende;beslut;100,0\n"
        "x;2;2020-07-01;;Helt beroende;beslut;100,0\n"
        "x;;2021-02-03;;;död;\n"
    )
    found = read(text, id="opaque")
    assert [found.model.states[s] for s in found.observations.states] == ["light", "total", "dead"]
    assert found.observations.covariate_names == ("since_entry",)
    with pytest.raises(kh.InvalidInput, match="E-COLUMNS"):
        found.stock("2020-01-01")
    later = text + "x;3;2021-02-04;;Helt beroende;beslut;\ny;4;2020-01-01;;helt;flytt;\n"
    assert refused(later, id="opaque") == [("E-AFTER-DEATH", 5, (4,)), ("E-EVENT", 6, ())]
    twice = text + "x;;2021-02-05;;;död;\n"
    assert refused(twice, id="opaque") == [("E-DEATH-TWICE", 5, (4,))]


def test_reading_can_be_stopped_and_followed(read):
    seen = []
    read(THREE, progress=lambda done, total: seen.append((done, total)))
    assert seen
    assert all(0 <= done <= total for done, total in seen)

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(THREE, progress=stop)


def test_bytes_that_are_no_text_are_refused_by_row(refused):
    mixed = THREE.encode() + "d;2020-01-01;;lätt;;m;1940-01-01\n".encode("cp1252")
    assert refused(mixed) == [("E-ENCODING", 6, ())]
    assert refused(b"") == [("E-EMPTY", None, ())]


@settings(max_examples=30, deadline=None)
@given(order=st.permutations(THREE.splitlines(keepends=True)[1:]))
def test_shuffled_rows_are_the_same_data(order, tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "a.csv"
    seen = []
    for text in (THREE, HEADER + "".join(order)):
        path.write_text(text, encoding="utf-8")
        seen.append(kh.read_decisions(path, level_rule=LEVELS, extraction_date="2022-12-31"))
    first, second = (s.observations for s in seen)
    np.testing.assert_array_equal(first.times, second.times)
    np.testing.assert_array_equal(first.states, second.states)
    np.testing.assert_array_equal(first.covariates, second.covariates)
    assert seen[0].counts == seen[1].counts


def test_the_same_stays_as_visits(read):
    found = read(THREE)
    visits = found.as_panel(every_months=1)
    assert visits.kinds.tolist().count(3) == 1
    assert set(visits.kinds.tolist()) == {0, 1, 3}
    dated = found.as_panel(visits=["2022-01-01", dt.date(2022, 2, 1), "2022-12-01"], deaths="panel")
    assert [found.model.states[s] for s in dated.states] == [
        *("light", "high", "dead", "moderate", "moderate", "moderate")
    ]
    assert [f.code for f in dated.findings] == ["I-UNSEEN"]
    for wrong in ({}, {"every_months": 1, "visits": ["2022-01-01"]}):
        with pytest.raises(kh.InvalidInput, match="E-SETTING"):
            found.as_panel(**wrong)
    with pytest.raises(kh.InvalidInput, match="E-SETTING"):
        found.as_panel(every_months=1, deaths="never")


def test_results_print_and_make_frames_of_aggregates_alone(read):
    found = read(THREE)
    for shown in (
        str(found),
        found._repr_html_(),
        str(found.observations),
        found.observations._repr_html_(),
        str(found.exposure(2020, 2022)),
    ):
        assert "1941" not in shown
    assert "light -&gt; high" in found._repr_html_()
    assert "Decisions are not needs" in str(found)
    frame = found.to_frame("pandas")
    assert isinstance(frame, pd.DataFrame)
    assert frame["moves"].sum() == 2
    assert isinstance(found.exposure(2020, 2022).to_frame("polars"), pl.DataFrame)
    counts = found.summary("pandas").set_index("what")["number"]
    assert counts["persons followed"] == 3
    assert counts["deaths seen"] == 1
    assert found.observations.to_frame("pandas")["count"].sum() == 4
    assert found.observations.summary("pandas")["number"].iloc[0] == 3


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(kh.InvalidInput, match=r"'none\.csv'.*E-FILE") as caught:
        kh.read_decisions(tmp_path / "none.csv", level_rule=LEVELS, extraction_date=None)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"overlap": "lowest"},
        {"date_format": "american"},
        {"delimiter": "|"},
        {"decimal": ";"},
        {"gap_days": -1},
        {"observed_from": "2023-06-01"},
        {"columns": {"pesron": "a"}},
    ],
)
def test_unknown_settings_are_refused(read, wrong):
    with pytest.raises(kh.InvalidInput, match="E-SETTING"):
        read(THREE, **wrong)
    with pytest.raises(kh.InvalidInput, match="E-DATE-FORMAT"):
        read(THREE, extraction_date="2022-13-01")


def test_findings_can_be_made_and_compared():
    finding = kh.Finding(code="D-X", severity="D", message="m", row=3, related=[1])
    assert finding == kh.Finding(code="D-X", severity="D", message="m", row=3, related=[1])
    assert finding != kh.Finding(code="D-X", severity="D", message="m", row=4, related=[1])
    assert str(finding) == "D-X row 3 (see row 1): m"
    assert repr(finding) == "<Finding D-X row 3>"
    with pytest.raises(AttributeError):
        finding.row = 4
    with pytest.raises(ValueError, match="severity"):
        kh.Finding(code="D-X", severity="fatal", message="m")
