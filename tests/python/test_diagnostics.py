"""What the data cannot answer is named: forty of forty, and nothing is said of the rest."""

from __future__ import annotations

import warnings

import ill_posed
import numpy as np
import pytest

import kohort as kh

CASES = ill_posed.cases()


def named(case: ill_posed.Case) -> list[tuple[str, str]]:
    """Code and words of everything that fitting says."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kh.FitWarning)
        try:
            fitted = kh.fit(
                case.table, case.model, subject="id", time="t", state="s", **case.options
            )
        except kh.InvalidInput as refusal:
            return [(refusal.code, str(refusal))]
    for text in (str(fitted), fitted._repr_html_()):
        assert "nan" not in text.lower()
    assert np.isfinite(fitted.standard_errors.compressed()).all()
    assert fitted.standard_errors.compressed().min(initial=1) > 0
    return [(f.code, f"{f.column} {f.message}") for f in fitted.diagnostics if f.severity == "D"]


def test_there_are_forty():
    assert len(CASES) == len({case.name for case in CASES}) == 40


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_culprit_is_named_and_nothing_else(case):
    found = named(case)
    assert sorted(code for code, _ in found) == sorted(code for code, _ in case.expected), found
    for code, words in case.expected:
        assert any(
            code == other and all(word in text for word in words) for other, text in found
        ), (code, words, found)


@pytest.mark.parametrize("case", ill_posed.well_posed(24), ids=lambda case: case.name)
def test_nothing_is_said_of_data_that_answer(case):
    assert named(case) == []
