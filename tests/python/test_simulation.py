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
