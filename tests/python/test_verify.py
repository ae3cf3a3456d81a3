"""`kohort verify`: the checks pass on the shipped studies, and fail where something is wrong."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

import kohort as kh
from kohort import verify
from kohort.cli.app import run
from kohort.study.settings import shipped_study
from kohort.study.shipped import SHIPPED_STUDIES
from kohort.verify.cases import Cases


@pytest.fixture(scope="module")
def sparse():
    return verify.verify(shipped_study("kohort:sparse"))


def test_every_check_passes_on_the_smallest_study(sparse):
    assert [one.code for one in sparse.failures] == []
    assert sparse.passed
    for one in sparse.outcomes:
        assert one.words
        assert one.expectation
        assert one.tolerance
        assert math.isfinite(one.figure)
    assert f"{len(sparse.outcomes)} of {len(sparse.outcomes)}" in str(sparse)
    assert "V22" in sparse._repr_html_()


def test_the_list_is_that_of_the_guide_but_for_our_own_tests():
    codes = [item.code for item in verify.items()]
    wanted = {f"V{k:02d}" for k in range(1, 51)} - {"V47", "V49"}
    assert set(codes) == wanted
    assert codes == sorted(codes)


@pytest.mark.parametrize("name", SHIPPED_STUDIES)
def test_every_shipped_study_is_synthetic_and_says_so(name):
    study = shipped_study(f"kohort:{name}")
    assert study.synthetic
    first = study.path(study.data.decisions).read_text(encoding="utf-8").split("\n")[0]
    assert "SYNTHETIC" in first


def _failing(monkeypatch, spoil, *codes):
    cases = Cases(shipped_study("kohort:sparse"))
    spoil(cases, monkeypatch)
    known = {item.code: item for item in verify.items()}
    from kohort.verify.items import _outcome

    return {code: _outcome(known[code], cases).passed for code in codes}


def test_a_lost_person_is_seen(monkeypatch):
    def spoil(cases, patch):
        made = cases.base
        persons = made.persons.copy()
        persons[2, 1, 0, 0] += 1e-3
        cases.__dict__["base"] = dataclasses.replace(made, persons=persons)

    found = _failing(monkeypatch, spoil, "V08", "V43", "V22")
    assert found == {"V08": False, "V43": True, "V22": False}


def test_a_rate_that_is_not_used_is_seen(monkeypatch):
    def spoil(cases, patch):
        honest = cases.plain
        patch.setattr(
            cases,
            "plain",
            lambda **changes: honest(
                **{key: value for key, value in changes.items() if key != "stock"}
            ),
        )

    assert _failing(monkeypatch, spoil, "V02") == {"V02": False}


def test_draws_of_another_spread_are_seen(monkeypatch):
    def spoil(cases, patch):
        fit = cases.fit
        wide = dataclasses.replace(fit, covariance=fit.covariance * 1.3)
        patch.setattr(type(cases.fit), "draws", lambda self, n, seed: _draws(wide, n, seed))

    original = kh.FittedModel.draws
    _draws = original
    assert _failing(monkeypatch, spoil, "V05") == {"V05": False}


def test_a_check_that_is_refused_has_not_passed(monkeypatch):
    def spoil(cases, patch):
        cases.__dict__["start"] = np.full(cases.model.size, 0.5)

    found = _failing(monkeypatch, spoil, "V10")
    assert found == {"V10": False}


def test_the_command_says_one_line_each_and_its_exit_code(capsys, monkeypatch):
    assert run(["verify", "kohort:sparse", "--only", "V04", "--only", "V20"]) == 0
    text = capsys.readouterr().out
    assert text.count("\nV") == 2
    assert "2 of 2 checks passed" in text
    assert run(["verify", "kohort:sparse", "--only", "V14", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["ok"]
    assert document["checks"][0]["code"] == "V14"
    assert document["findings"] == []
    assert run(["verify", "kohort:sparse", "--only", "V99"]) == 2
    assert "V01 to V50" in capsys.readouterr().err
    assert run(["verify", "kohort:nowhere"]) == 2
    from kohort.verify import events

    monkeypatch.setattr(events, "transition_probability", lambda q, t: np.eye(len(q)) * 0.9)
    assert run(["verify", "kohort:sparse", "--only", "V14", "--json"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert not document["ok"]
    assert document["exit_code"] == 3
    assert document["findings"][0]["code"] == "D-VERIFY-V14"
