"""Checks of models whose states are not simply what is seen, and of rows in several states."""

import numpy as np
import pytest

import kohort as kh

MODEL = kh.Model(
    ("home", "care", "dead"),
    [("home", "care"), ("home", "dead"), ("care", "home"), ("care", "dead")],
    death="dead",
)
COLUMNS = {"subject": "subject", "time": "time", "state": "state", "kind": "kind"}
PHASES = kh.Phases({"care": 2}, found="entry")
ERRORS = kh.Misclassification({"home": "care", "care": "home"})
VISITS = [0, 0.25, 0.5, 1, 1.5, 2, 3, 4]


def phase_rates():
    """Stays in care: of those who come many die soon, the others stay for years."""
    q = np.zeros((4, 4))
    q[0, 1], q[0, 3], q[1, 0], q[2, 0], q[1, 3], q[2, 3], q[1, 2] = 0.5, 0.05, 0.1, 0.1, 3, 0.1, 2
    return q - np.diag(q.sum(axis=1))


@pytest.fixture(scope="module")
def phased():
    table = kh.simulate(
        MODEL, phases=PHASES, intensities=phase_rates(), start={"home": 0.6, "care": 0.4},
        persons=1500, visits=VISITS, seed=4,
    )  # fmt: skip
    return table, kh.fit(table, MODEL, phases=PHASES, **COLUMNS), kh.fit(table, MODEL, **COLUMNS)


@pytest.fixture(scope="module")
def misread():
    # rates; home read as care, care as home; first in care
    truth = np.array([-1.2, -3.0, -1.6, -1.3, -2.0, -2.2, -0.6])
    table = kh.simulate(
        MODEL, misclassification=ERRORS, coefficients=truth, persons=1500, visits=VISITS, seed=5
    )
    fit = kh.fit(table, MODEL, misclassification=ERRORS, **COLUMNS)
    return table, fit, kh.fit(table, MODEL, **COLUMNS)


@pytest.fixture(scope="module")
def in_sets():
    rates = MODEL.intensities([0.5, 0.05, 0.3, 0.4])
    table = kh.simulate(
        MODEL, intensities=rates, start={"home": 0.6, "care": 0.4}, persons=1500, visits=VISITS,
        deaths="panel", seed=6,
    )  # fmt: skip
    doubtful = (table["time"] == 3) & (table["state"] != "dead")
    table["state"] = np.where(doubtful, "alive", table["state"])
    return table, kh.fit(table, MODEL, censored={"alive": ("home", "care")}, **COLUMNS)


def worst(found):
    """The largest difference in units of the expected count's Poisson deviation."""
    return np.max(np.abs(found.observed - found.expected) / np.sqrt(found.expected + 1))


def test_expected_prevalence_of_phases_is_what_is_seen_of_them(phased):
    _, fit, plain = phased
    found = fit.prevalence([0, 0.5, 1, 2, 4], planned_end=4)
    assert found.states == MODEL.states
    np.testing.assert_allclose(found.expected.sum(axis=1), found.persons, rtol=1e-12)
    for t, row in zip(found.times, found.expected, strict=True):
        p = fit.seen_transition_probability(t, found="entry")
        np.testing.assert_allclose(row, found.expected[0] @ p, rtol=1e-9)
    assert worst(found) < 3.5
    bridged = fit.prevalence([0.1, 0.7, 2.5], planned_end=4, between="model")
    np.testing.assert_allclose(bridged.observed.sum(axis=1), bridged.persons, rtol=1e-9)
    assert worst(bridged) < 3.5
    # Without phases too few are expected to die at once.
    assert worst(plain.prevalence([0.1, 0.25], planned_end=4)) > worst(found)


def test_expected_readings_are_given_the_first_and_of_the_true_levels(misread):
    table, fit, _ = misread
    found = fit.prevalence([0, 0.5, 2, 4], planned_end=4)
    assert "what is read" in str(found)
    first = table["state"][table["time"] == 0]
    share = 1 / (1 + np.exp(-fit.coefficients[-1]))
    pi = np.array([1 - share, share, 0])
    e = fit.misclassification_probability()
    p = fit.transition_probability(2.0)
    expected = np.zeros(3)
    for o, name in enumerate(("home", "care")):
        given = pi * e[:, o]
        expected += np.sum(first == name) * (given / given.sum()) @ p @ e
    np.testing.assert_allclose(found.expected[2], expected, rtol=1e-9)
    counts = [np.sum(first == name) for name in MODEL.states]
    np.testing.assert_allclose(found.expected[0], counts)
    assert worst(found) < 3.5
    bridged = fit.prevalence([0.3, 2.4], planned_end=4, between="model")
    np.testing.assert_allclose(bridged.observed.sum(axis=1), bridged.persons, rtol=1e-9)


def test_rows_in_several_states_count_in_each_by_the_model(in_sets):
    table, fit = in_sets
    found = fit.prevalence([2, 3, 3.5], planned_end=4)
    alive = np.sum((table["time"] == 3) & (table["state"] == "alive"))
    np.testing.assert_array_equal(found.shared, [0, alive, alive])
    np.testing.assert_allclose(found.observed.sum(axis=1), found.persons, rtol=1e-12)
    assert f"up to {alive}" in str(found)
    assert worst(found) < 3.5
    dead = np.sum((table["time"] <= 3) & (table["state"] == "dead"))
    assert found.observed[1, 2] == dead  # what is known stays as it is


def test_the_pearson_test_speaks_of_what_is_seen(phased, misread, in_sets):
    for fit, more in ((phased[1], {}), (misread[1], {}), (in_sets[1], {})):
        right = fit.pearson_test(planned_end=4, replicates=0, **more)
        many = right.cells["observed"].sum()
        assert many == pytest.approx(right.intervals, rel=1e-9)
        assert right.cells["expected"].sum() == pytest.approx(right.intervals, rel=1e-9)
        assert set(right.states) == set(MODEL.states)
    # The models that lack phases or errors fit worse than those that have them.
    for right, wrong in (phased[1:], misread[1:]):
        asked = {"planned_end": 4, "replicates": 0, "groups": (3, 2, 1)}
        a, b = right.pearson_test(**asked), wrong.pearson_test(**asked)
        assert a.statistic < b.statistic


def test_replicates_of_hidden_models_tell_the_right_from_the_wrong(phased, misread, in_sets):
    asked = {"planned_end": 4, "replicates": 19, "refit": False, "groups": (3, 2, 1)}
    for right in (phased[1], misread[1], in_sets[1]):
        found = right.pearson_test(**asked)
        assert found.failures == 0
        assert found.p_value > 0.05
    for wrong in (phased[2], misread[2]):
        assert wrong.pearson_test(**asked).p_value == 0.05  # beyond all 19


def test_aalen_johansen_lies_on_the_model_with_phases_and_off_the_one_without():
    table = kh.simulate(
        MODEL, phases=PHASES, intensities=phase_rates(), start="care", persons=1500,
        visits=[0, 3], exact_times=True, seed=7,
    )  # fmt: skip
    asked = {k: v for k, v in COLUMNS.items() if k != "kind"} | {"exact_times": True}
    off = {}
    for phases in (PHASES, None):
        fit = kh.fit(table, MODEL, phases=phases, **asked)
        found = fit.aalen_johansen("care", until=2.5)
        assert found.states == MODEL.states
        at = [found.at(t) for t in found.model_times[3:]]
        share, error = np.array([a for a, _ in at]), np.array([e for _, e in at])
        off[phases] = np.max(np.abs(share - found.model[3:]) / (error + 1e-3))
    assert off[PHASES] < 3.5 < off[None]


def test_the_past_acts_no_more_once_phases_and_errors_are_in_the_model(phased, misread):
    for right, wrong in (phased[1:], misread[1:]):
        a, b = right.markov_test(), wrong.markov_test()
        assert a.p_value > 0.01 > b.p_value
        assert a.left_out == 0 < b.left_out
        assert "counts as none" in str(a)
    on = phased[1].markov_test(on=["care -> dead"], moved=False)  # from every phase
    both = phased[1].markov_test(
        on=["care (phase 1) -> dead", "care (phase 2) -> dead"], moved=False
    )
    assert on.statistic == both.statistic
    assert phased[1].markov_test(ever=["care"]).effects[-1][0] == "ever care"


def test_past_of_rows_in_several_states(in_sets):
    found = in_sets[1].markov_test()
    assert found.p_value > 0.005
    assert found.left_out == 0


def test_influence_and_held_out_likelihood_of_hidden_states(phased, misread):
    for table, right, wrong in (phased, misread):
        # A model of readings has probabilities of the first one, too; the other conditions on it.
        seen = table["state"][table["time"] == 0]
        counts = np.array([np.sum(seen == name) for name in ("home", "care")])
        first = counts @ np.log(counts / counts.sum()) if right is misread[1] else 0.0
        moved = right.influence()
        # Scores sum to 0 at the maximum, and so do the shifts that they cause.
        assert np.abs(moved.shifts.sum(axis=0)).max() < 1e-3
        assert moved.largest.max() < 1
        a, b = (fit.cross_validate(folds=3, seed=1) for fit in (right, wrong))
        assert a.total > b.total + first


def test_what_makes_no_sense_of_hidden_states_is_refused(misread):
    _, fit, _ = misread
    with pytest.raises(kh.InvalidInput, match="true state all the time") as caught:
        fit.aalen_johansen("home")
    assert caught.value.code == "E-MODEL"
