"""A finished study: the same numbers wherever they are asked for, and none of it changes."""

import dataclasses

import numpy as np
import pytest

from kohort.study import example_study


@pytest.fixture(scope="module")
def result():
    steps = []
    study = example_study().replaced(draws=40)
    done = study.run(progress=lambda step, share: steps.append((step, share)))
    assert [step for step, share in steps if share == 1.0][-1] == "projecting"
    assert list(dict.fromkeys(step for step, _ in steps)) == ["reading", "fitting", "projecting"]
    return done


def test_the_forecast_starts_where_the_records_end(result):
    stock, projection = result.stock_history, result.projection
    for level in projection.levels:
        seen = stock["persons"][(stock["state"] == level) & (stock["year"] == 2024)]
        start = projection.persons[0, projection.states.index(level)].sum()
        assert start == pytest.approx(seen.sum(), abs=1e-9)


def test_everybody_is_somewhere_in_every_year(result):
    np.testing.assert_allclose(
        result.projection.persons.sum(axis=(1, 2, 3)),
        result.population.persons.sum(axis=(1, 2)),
        rtol=1e-12,
    )


def test_one_year_probabilities_lie_within_their_limits_and_rows_sum_to_one(result):
    table = result.transitions
    assert (table["lower"] <= table["upper"]).all()
    for sex in ("women", "men"):
        for start in result.fit.model.states[:-1]:
            row = (table["sex"] == sex) & (table["from"] == start)
            assert table["probability"][row].sum() == pytest.approx(1, abs=1e-12)
    point = result.fit.transition_probability(1, hold=True, age=80.5, male=1)
    row = (table["sex"] == "men") & (table["from"] == "high")
    np.testing.assert_allclose(table["probability"][row], point[2], rtol=1e-12)


def test_intensities_are_those_of_the_fit_at_that_age(result):
    table = result.intensities
    women = table["sex"] == "women"
    q = result.fit.intensities(age=80.5, male=0)
    np.testing.assert_allclose(
        table["rate"][women], [q[a, b] for a, b in result.fit.model.moves], rtol=1e-12
    )
    assert ((table["lower"] < table["rate"]) & (table["rate"] < table["upper"])).mean() > 0.9


def test_it_prints_without_a_frame_library_and_says_synthetic(result):
    assert "SYNTHETIC DATA" in str(result)
    assert "SYNTHETIC DATA" in repr(result)
    assert "<table" in result._repr_html_()
    users = result.headline()["users"]
    assert f"{users['last']:,.0f}" in str(result)


def test_every_table_is_a_frame(result):
    for name in result.tables:
        frame = result.to_frame(name, "polars")
        assert frame.width > 1
    assert result.summary("pandas").shape[0] == 11 * 7


def test_it_never_changes(result):
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.study = None
    with pytest.raises(ValueError, match="read-only"):
        result.projection.persons[0, 0, 0, 0] = 1


def test_findings_come_in_both_languages_and_name_no_person(result):
    for finding in result.findings:
        assert finding.message
        assert finding.message_sv
        assert finding.message != finding.message_sv
    codes = {finding.code for finding in result.findings}
    assert {"W-DUP-ROW", "D-CLOSURE-NEGATIVE"} <= codes
