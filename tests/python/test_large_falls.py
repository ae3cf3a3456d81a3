"""A short stay lifts a person to total; afterwards the level is what it was before."""

from __future__ import annotations

import pytest

import kohort as kh

HEAD = "person;start;end;support\n"
# Home help all along, and three weeks of short-term care: light, total, light.
STAY = "a;2020-01-01;2021-12-31;städning\na;2020-06-01;2020-06-21;korttidsboende\n"
PLAIN = "b;2020-01-01;2020-12-31;dusch\nb;2021-01-01;2021-12-31;städning\n"


def read(tmp_path, rows, **options):
    path = tmp_path / "beslut.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    return kh.read_decisions(
        path, level_rule=kh.SUPPORT_RULE, extraction_date="2021-12-31", **options
    )


def states(found, person="a"):
    o = found.observations
    mine = o.subjects == o.subject_names.index(person)
    return [found.model.states[s] for s in o.states[mine]]


def test_a_fall_by_more_than_a_level_after_a_short_stay_is_read_and_told(tmp_path):
    found = read(tmp_path, STAY + PLAIN)
    assert states(found) == ["light", "total", "light", "light"]
    added = set(found.model.transitions) - set(kh.DEPENDENCY_WITH_ENDED.transitions)
    assert added == {("total", "light")}
    told = [f for f in found.findings if f.code == "I-LARGE-FALL"]
    assert [f.count for f in told] == [1]
    assert "total -> light" in told[0].message
    assert "total -> light" in told[0].message_sv


def test_the_rate_of_the_fall_is_events_by_person_time(tmp_path):
    found = read(tmp_path, STAY + PLAIN)
    rates = found.to_frame("pandas").set_index(["from", "to"])["moves_per_year"]
    assert rates["total", "light"] == pytest.approx(365.25 / 21)


def test_where_nobody_falls_so_far_the_model_is_the_preset(tmp_path):
    found = read(tmp_path, PLAIN)
    assert found.model == kh.DEPENDENCY_WITH_ENDED
    assert not [f for f in found.findings if f.code == "I-LARGE-FALL"]


def test_a_model_that_is_given_permits_what_it_says(tmp_path):
    with pytest.raises(kh.DataRefused) as refusal:
        read(tmp_path, STAY + PLAIN, model=kh.DEPENDENCY_WITH_ENDED)
    faults = [(f.code, f.row) for f in refusal.value.findings if f.severity == "E"]
    assert faults == [("E-IMPOSSIBLE", 3)]


def test_short_stays_may_give_no_level_of_their_own_instead(tmp_path):
    found = read(tmp_path, STAY + PLAIN, short_stay_days=30)
    assert states(found) == ["light", "light"]
    assert found.model == kh.DEPENDENCY_WITH_ENDED
