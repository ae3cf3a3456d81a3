"""A table of observations is sorted, checked row by row, and refused with every fault."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kohort as kh

ILLNESS = kh.Model(
    ("well", "ill", "dead"), [("well", "ill"), ("ill", "well"), ("ill", "dead")], "dead"
)
TABLE = {
    "who": np.array(["b", "a", "a", "b", "a"]),
    "when": np.array([0.0, 2.0, 0.0, 1.5, 1.0]),
    "what": np.array(["well", "dead", "well", "ill", "ill"]),
    "x": np.array([1.0, 0.0, 0.0, 1.0, 0.0]),
}
ROLES = {"subject": "who", "time": "when", "state": "what"}


def test_a_table_is_sorted_and_its_rows_remembered():
    seen = kh.Observations.from_table(TABLE, ILLNESS, **ROLES, covariates=["x"])
    assert seen.subject_names == ("a", "b")
    assert seen.times.tolist() == [0, 1, 2, 0, 1.5]
    assert seen.states.tolist() == [0, 1, 2, 0, 1]
    assert seen.kinds.tolist() == [0, 1, 3, 0, 1]
    assert seen.source_rows.tolist() == [2, 4, 1, 0, 3]
    assert seen.covariates[:, 0].tolist() == [0, 0, 0, 1, 1]
    assert [f.code for f in seen.findings] == ["I-SORTED"]


def test_any_table_will_do():
    expected = kh.Observations.from_table(TABLE, ILLNESS, **ROLES)
    for table in (pd.DataFrame(TABLE), pl.DataFrame(TABLE), pl.DataFrame(TABLE).to_arrow()):
        seen = kh.Observations.from_table(table, ILLNESS, **ROLES)
        np.testing.assert_array_equal(seen.times, expected.times)
        np.testing.assert_array_equal(seen.states, expected.states)
    numbered = TABLE | {"what": np.array([0, 2, 0, 1, 1]), "who": np.array([9, 7, 7, 9, 7])}
    seen = kh.Observations.from_table(numbered, ILLNESS, **ROLES)
    np.testing.assert_array_equal(seen.states, expected.states)
    assert seen.subject_names == ("7", "9")


def test_states_called_by_numbers_are_names():
    numbered = kh.Model(("1", "2", "3"), [("1", "2"), ("2", "3")], "3")
    for column in ([1, 3, 1, 2, 2], [1.0, 3.0, 1.0, 2.0, 2.0], ["1", "3", "1", "2", "2"]):
        seen = kh.Observations.from_table(TABLE | {"what": np.array(column)}, numbered, **ROLES)
        assert seen.states.tolist() == [0, 1, 2, 0, 1]
    with pytest.raises(kh.DataRefused, match="E-STATE-UNKNOWN row 0"):
        kh.Observations.from_table(TABLE | {"what": [0, 2, 1, 2, 1]}, numbered, **ROLES)


def test_how_rows_became_known_can_be_said_in_three_ways():
    def kinds(**options):
        return kh.Observations.from_table(TABLE, ILLNESS, **ROLES, **options).kinds.tolist()

    assert kinds(deaths="panel") == [0, 1, 1, 0, 1]
    assert kinds(exact_times=True) == [0, 2, 2, 0, 2]
    table = TABLE | {"how": ["start", "exact_death", "start", "panel", "exact_transition"]}
    seen = kh.Observations.from_table(table, ILLNESS, **ROLES, kind="how")
    assert seen.kinds.tolist() == [0, 2, 3, 0, 1]


def test_time_may_be_days_or_dates():
    days = TABLE | {"when": TABLE["when"] * 365}
    dates = TABLE | {"when": np.datetime64("2020-01-01") + (TABLE["when"] * 365).astype("m8[D]")}
    a = kh.Observations.from_table(days, ILLNESS, **ROLES, time_unit="days")
    b = kh.Observations.from_table(dates, ILLNESS, **ROLES)
    assert a.units_per_year == b.units_per_year == 365.25
    np.testing.assert_array_equal(np.diff(a.times[:3]), np.diff(b.times[:3]))


def test_faults_of_a_table_name_its_rows():
    def faults(**changes):
        with pytest.raises(kh.DataRefused) as caught:
            kh.Observations.from_table(TABLE | changes, ILLNESS, **ROLES | changes.pop("roles", {}))
        return [(f.code, f.row, f.related) for f in caught.value.findings if f.severity == "E"]

    assert faults(what=["well", "dead", "well", "sick", None]) == [
        ("E-STATE-UNKNOWN", 3, ()),
        ("E-STATE-UNKNOWN", 4, ()),
    ]
    assert faults(what=np.array([0, 2, 0, 1.5, np.nan])) == [
        ("E-STATE-UNKNOWN", 3, ()),
        ("E-STATE-UNKNOWN", 4, ()),
    ]
    assert faults(when=np.array([0, np.inf, 0, np.nan, 1])) == [
        ("E-TIME", 1, ()),
        ("E-TIME", 3, ()),
    ]
    assert faults(what=["well", "well", "well", "ill", "dead"]) == [("E-IMPOSSIBLE", 1, (4,))]
    assert faults(who=["b", None, "a", "b", "a"]) == [("E-PERSON", 1, ())]
    with pytest.raises(kh.DataRefused) as caught:
        kh.Observations.from_table(TABLE | {"w": [1, 1, 1, 2, 1]}, ILLNESS, **ROLES, weights="w")
    assert [f.code for f in caught.value.findings] == ["E-WEIGHT"]
    with pytest.raises(kh.DataRefused) as caught:
        kh.Observations.from_table(TABLE | {"k": ["seen"] * 5}, ILLNESS, **ROLES, kind="k")
    assert [f.row for f in caught.value.findings] == [0, 1, 2, 3, 4]
    with pytest.raises(kh.DataRefused) as caught:
        kh.Observations.from_table(
            TABLE | {"x": [1, 2, np.nan, 4, np.nan]}, ILLNESS, **ROLES, covariates=["x"]
        )
    assert [(f.code, f.row, f.column) for f in caught.value.findings if f.severity == "E"] == [
        ("E-COVARIATE", 2, "x"),
        ("E-COVARIATE", 4, "x"),
    ]


def test_wrong_columns_and_choices_are_refused():
    for options, code in (
        ({"subject": "nobody"}, "E-COLUMNS"),
        ({"time": "who"}, "E-COLUMNS"),
        ({"covariates": ["what"]}, "E-COLUMNS"),
        ({"deaths": "known"}, "E-SETTING"),
        ({"time_unit": "months"}, "E-SETTING"),
    ):
        with pytest.raises(kh.InvalidInput, match=code):
            kh.Observations.from_table(TABLE, ILLNESS, **ROLES | options)


def test_weights_belong_to_subjects():
    seen = kh.Observations.from_table(TABLE | {"w": [2, 1, 1, 2, 1]}, ILLNESS, **ROLES, weights="w")
    assert seen.weights.tolist() == [1, 2]


def test_rows_after_death_are_dropped_and_counted():
    more = {name: np.append(values, values[1]) for name, values in TABLE.items()}
    more["when"] = np.append(TABLE["when"], 3.0)
    seen = kh.Observations.from_table(more, ILLNESS, **ROLES)
    assert len(seen) == 5
    assert ("W-AFTER-ABSORB", 1) in [(f.code, f.count) for f in seen.findings]
