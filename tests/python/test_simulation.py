"""Simulated persons: what comes out fits into `fit`, and says what went in."""

import numpy as np
import pytest

import kohort as kh

MODEL = kh.Model(
    ("light", "high", "dead"),
    [("light", "high"), ("light", "dead"), ("high", "light"), ("high", "dead")],
    death="dead",
)
RATES = MODEL.intensities([0.4, 0.05, 0.1, 0.3])
COLUMNS = {"subject": "subject", "time": "time", "state": "state", "kind": "kind"}
START = {"light": 0.7, "high": 0.3}


@pytest.mark.parametrize(
    "seen",
    [{"deaths": "exact"}, {"deaths": "panel"}, {"deaths": "month"}, {"exact_times": True}],
    ids=str,
)
def test_a_fit_finds_the_rates_that_were_simulated(seen):
    table = kh.simulate(
        MODEL, intensities=RATES, start=START, persons=4000, visits=[0, 0.5, 1, 2, 4], **seen
    )
    more = {"earliest": "earliest"} if "earliest" in table else {}
    fit = kh.fit(table, MODEL, **more, **COLUMNS)
    truth = np.log([RATES[a, b] for a, b in MODEL.moves])
    assert np.all(np.abs(fit.coefficients - truth) < 3.5 * fit.standard_errors)
    assert fit.subjects == 4000


def test_persons_do_not_depend_on_threads_or_visits_and_replicates_differ():
    def states(**more):
        asked = {"visits": [0, 1, 4], "threads": 1} | more
        return kh.simulate(MODEL, intensities=RATES, start=START, persons=3000, **asked)

    one = states()
    for name, column in states(threads=2).items():
        np.testing.assert_array_equal(column, one[name])
    often = states(visits=[0, 1, 2, 3, 4])
    assert (often["state"] == "dead").sum() == (one["state"] == "dead").sum()
    later = [t["state"][t["time"] == 4] for t in (one, often)]
    np.testing.assert_array_equal(*later)
    assert states(replicate=1)["time"].sum() != one["time"].sum()


def test_a_fit_is_simulated_with_its_covariates_and_its_clocks():
    rng = np.random.default_rng(1)
    ages = rng.uniform(65, 90, 3000)
    truth = np.array([-1.2, 0.04, 0.3, -3.2, 0.08, 0.1, -2.0, 0, -0.2, -1.4, 0.06, 0])
    terms = (kh.yearly("age", origin=80), "male")
    table = kh.simulate(
        MODEL, covariates=terms, coefficients=truth, start="light",
        visits=np.arange(0, 6.5, 0.5), x={"age": ages, "male": rng.integers(0, 2, 3000)},
    )  # fmt: skip
    fit = kh.fit(table, MODEL, covariates=terms, **COLUMNS)
    assert np.all(np.abs(fit.coefficients - truth) < 3.5 * fit.standard_errors)
    again = kh.simulate(
        fit, start="light", visits=[0, 3], x={"age": ages, "male": 1}, deaths="panel"
    )
    rows = np.flatnonzero(again["time"] > 0)
    np.testing.assert_allclose(again["age"][rows], again["age"][rows - 1] + 3)
    assert set(again["planned_end"]) == {3.0}
    # somebody of 87 dies rather than somebody of 68
    old, young = (again["age"][rows] > 87), (again["age"][rows] < 74)
    dead = again["state"][rows] == "dead"
    assert dead[old].mean() > dead[young].mean() + 0.1


@pytest.mark.parametrize(
    ("wrong", "code", "words"),
    [
        ({"intensities": None}, "E-MODEL", "one of them is needed"),
        ({"persons": None}, "E-MODEL", "Pass persons="),
        ({"start": ["light", "high"]}, "E-MODEL", "start: 2, persons: 5"),
        ({"start": {"light": 0.5}}, "E-SHARES", "the shares sum to 0.5"),
        ({"start": "ligth"}, "E-STATE-UNKNOWN", "ligth"),
        ({"visits": [0, 0]}, "E-TIME", "visits out of order"),
        ({"x": {"age": 3}}, "E-COLUMN", "x has a value for 'age'"),
        ({"intensities": -RATES}, "E-INTENSITY", "a rate is negative"),
        ({"deaths": "never"}, "E-SETTING", "deaths"),
        ({"covariates": ("age",)}, "E-MODEL", "Pass coefficients"),
    ],
)
def test_what_cannot_be_simulated_is_refused(wrong, code, words):
    asked = {"intensities": RATES, "start": "light", "persons": 5, "visits": [0, 1]} | wrong
    with pytest.raises(kh.InvalidInput) as refused:
        kh.simulate(MODEL, **asked)
    assert refused.value.code == code
    assert words in str(refused.value)


TWO = kh.Phases({"high": 2}, found="stationary")


def _phased(**more):
    return kh.simulate(
        MODEL, phases=TWO, intensities=_phase_rates(), start=START, persons=4000,
        visits=[0, 0.1, 0.3, 0.6, 1, 2, 4, 7], **more,
    )  # fmt: skip


def _phase_rates():
    """light -> high, dead; high 1, 2 -> light; high 1, 2 -> dead; high 1 -> high 2."""
    q = np.zeros((4, 4))
    q[0, 1], q[0, 3], q[1, 0], q[2, 0], q[1, 3], q[2, 3], q[1, 2] = 0.4, 0.05, 0.1, 0.1, 2, 0.1, 2
    return q - np.diag(q.sum(axis=1))


@pytest.mark.parametrize("seen", [{}, {"exact_times": True}, {"deaths": "month"}], ids=str)
def test_stays_in_phases_are_found_again_in_what_is_seen_of_them(seen):
    table = _phased(**seen)
    assert set(table["state"]) == {"light", "high", "dead"}  # never the phase
    fit = kh.fit(table, MODEL, phases=TWO, **COLUMNS,
                 **({"earliest": "earliest"} if "earliest" in table else {}))  # fmt: skip
    q = _phase_rates()
    truth = np.log([q[a, b] for a, b in fit.model.moves])
    assert np.all(np.abs(fit.coefficients - truth) < 3.5 * fit.standard_errors)
    again = kh.simulate(fit, start=START, persons=2000, visits=[0, 2])
    assert set(again["state"]) == {"light", "high", "dead"}


def test_misread_levels_are_simulated_with_their_readers_and_found_again():
    errors = kh.Misclassification(
        {"light": "high", "high": "light"}, covariates={"light seen as high": ["trainee"]}
    )
    # rates; light seen as high, of trainees; high seen as light; first in high
    truth = np.array([-0.9, -3.0, -2.3, -1.2, -2.5, 1.5, -1.8, -0.8])
    table = kh.simulate(
        MODEL, coefficients=truth, misclassification=errors, persons=5000,
        visits=np.arange(0, 4.5, 0.5), x={"trainee": np.arange(5000) % 2},
    )  # fmt: skip
    fit = kh.fit(table, MODEL, misclassification=errors, **COLUMNS)
    assert fit.coefficient_names[-1] == "first in high"
    assert np.all(np.abs(fit.coefficients - truth) < 3.5 * fit.standard_errors)
    # The truth of the same fit, given: started in light, some are read as high at once.
    first = kh.simulate(fit, start="light", persons=4000, visits=[0, 1], x={"trainee": 1})
    misread = np.mean(first["state"][first["time"] == 0] == "high")
    p = 1 / (1 + np.exp(-fit.coefficients[4:6].sum()))
    assert abs(misread - p) < 4 * np.sqrt(p * (1 - p) / 4000)


def test_estimates_scatter_round_the_truth_as_their_errors_say():
    """Truths drawn anew each time; (estimate - truth)' C^-1 (estimate - truth) is chi-square."""
    rng = np.random.default_rng(3)
    errors = kh.Misclassification({"light": "high"}, start="seen")
    sum_, degrees = 0.0, 0
    for replicate in range(25):
        truth = np.array([-0.9, -3.0, -2.0, -1.2, -2.0]) + 0.3 * rng.standard_normal(5)
        table = kh.simulate(
            MODEL, coefficients=truth, misclassification=errors, start=START, persons=1500,
            visits=np.arange(0, 4.5, 0.5), replicate=replicate,
        )  # fmt: skip
        fit = kh.fit(table, MODEL, misclassification=errors, **COLUMNS)
        off = fit.coefficients - truth
        sum_ += off @ np.linalg.solve(fit.covariance, off)
        degrees += 5
    assert 81.8 < sum_ < 179.6  # 0.1 % and 99.9 % of chi-square(125)
    assert degrees == 125


@pytest.mark.parametrize(
    ("wrong", "code", "words"),
    [
        ({"exact_times": True}, "E-MODEL", "nobody knows the state all the time"),
        ({"x": {}}, "E-COLUMN", "no covariate 'trainee'"),
        ({"intensities": RATES, "coefficients": None}, "E-MODEL", "misreadings"),
        ({"misclassification": None, "coefficients": np.zeros(4), "x": {}}, "E-START", "drawn"),
    ],
)
def test_what_cannot_be_simulated_of_hidden_states_is_refused(wrong, code, words):
    asked = {
        "coefficients": np.zeros(7),
        "misclassification": kh.Misclassification({"light": "high"}, covariates="trainee"),
        "persons": 5,
        "visits": [0, 1],
        "x": {"trainee": 0},
    } | wrong
    with pytest.raises(kh.InvalidInput, match=words) as caught:
        kh.simulate(MODEL, **asked)
    assert caught.value.code == code
