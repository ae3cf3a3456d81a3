"""`kh.fit` from Python: any table, any term, results that print, travel and never change."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import kohort as kh

MODEL = kh.Model(
    ("well", "ill", "dead"),
    [("well", "ill"), ("well", "dead"), ("ill", "well"), ("ill", "dead")],
    death="dead",
)
COLUMNS = {"subject": "id", "time": "t", "state": "s"}


def table(persons: int = 200, seed: int = 1) -> dict[str, np.ndarray]:
    """A made-up panel: age running on, a sex, exact deaths."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(persons):
        state, time, age, male = 0, 0.0, rng.uniform(70, 85), int(rng.random() < 0.4)
        rows.append((person, time, MODEL.states[state], age, male, 1.0))
        for _ in range(5):
            end = time + rng.uniform(0.5, 1.2)
            while state != 2:
                rates = [[0, 0.5, 0.06 * 1.8**male], [0.25, 0, 0.25 * 1.08 ** (age - 78)]][state]
                time += rng.exponential(1 / sum(rates))
                if time > end:
                    break
                state = int(rng.choice(len(rates), p=np.array(rates) / sum(rates)))
            time = time if state == 2 else end
            rows.append((person, time, MODEL.states[state], age + time, male, 1.0))
            if state == 2:
                break
    names = ("id", "t", "s", "age", "male", "w")
    return {
        name: np.array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)
    }


@pytest.fixture(scope="module")
def fitted() -> kh.FittedModel:
    return kh.fit(table(), MODEL, covariates=(kh.bands("age", 75, 80), "male"), **COLUMNS)


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_any_table_gives_the_same_bytes(make):
    plain = kh.fit(table(), MODEL, covariates=("male",), **COLUMNS)
    same = kh.fit(make(table()), MODEL, covariates=("male",), **COLUMNS)
    assert same.coefficients.tobytes() == plain.coefficients.tobytes()
    assert same.covariance.tobytes() == plain.covariance.tobytes()


def test_observations_are_taken_as_they_are():
    seen = kh.Observations.from_table(table(), MODEL, covariates=["male"], **COLUMNS)
    fitted = kh.fit(seen, MODEL, covariates=("male",))
    plain = kh.fit(table(), MODEL, covariates=("male",), **COLUMNS)
    assert fitted.log_likelihood == plain.log_likelihood


def test_rows_in_any_order():
    shuffled = np.random.default_rng(2).permutation(len(table()["t"]))
    mixed = {name: column[shuffled] for name, column in table().items()}
    assert kh.fit(mixed, MODEL, **COLUMNS).log_likelihood == pytest.approx(
        kh.fit(table(), MODEL, **COLUMNS).log_likelihood, abs=1e-9
    )


def test_names_follow_the_transitions(fitted):
    assert fitted.coefficient_names[:4] == (
        "well -> ill",
        "well -> ill: age 75-80",
        "well -> ill: age 80+",
        "well -> ill: male",
    )
    chosen = kh.fit(
        table(), MODEL, covariates={"ill -> dead": (kh.yearly("age", origin=78),)}, **COLUMNS
    )
    assert chosen.coefficient_names == (*MODEL.labels, "ill -> dead: age")


def test_the_log_likelihood_at_the_estimate_is_the_fit_s(fitted):
    value = kh.log_likelihood(
        table(),
        MODEL,
        coefficients=fitted.coefficients,
        covariates=(kh.bands("age", 75, 80), "male"),
        **COLUMNS,
    )
    assert value == fitted.log_likelihood
    assert fitted.convergence.gap < 1e-8


@pytest.mark.parametrize(
    "option",
    [
        {"deaths": "panel"},
        {"exact_times": True},
        {"time_unit": "days"},
        {"weights": "w2"},
        {"kind": "k"},
        {"covariates": ("male",)},
    ],
)
def test_every_option_changes_something(option):
    data = table()
    data["w2"] = 1.0 + data["id"] % 2
    data["k"] = np.where(data["t"] < 2, "panel", "exact_transition")
    plain = kh.fit(data, MODEL, **COLUMNS)
    assert kh.fit(data, MODEL, **COLUMNS, **option).log_likelihood != plain.log_likelihood


def test_rates_at_a_point(fitted):
    q = fitted.intensities(age=77, male=1)
    b = fitted.coefficients
    assert q[0, 1] == pytest.approx(np.exp(b[0] + b[1] + b[3]), rel=1e-13)
    assert np.allclose(q.sum(axis=1), 0, atol=1e-15)
    assert fitted.sojourn_time(age=77, male=1)[0] == pytest.approx(-1 / q[0, 0])
    assert fitted.sojourn_time(age=77, male=1)[2] == np.inf
    p = fitted.transition_probability(2.0, age=77, male=1)
    np.testing.assert_allclose(p, kh.transition_probability(q, 2.0))


def test_rates_by_sex_and_age_have_men_first(fitted):
    draws = fitted.draws(3, seed=5)
    rates = fitted.rates([74, 75, 90], draws=draws)
    assert rates.shape == (3, 2, 3, 4)
    point = fitted.rates([75])
    assert point[0, 0, 0, 0] == pytest.approx(fitted.intensities(age=75.5, male=1)[0, 1])
    assert point[0, 1, 0, 0] == pytest.approx(fitted.intensities(age=75.5, male=0)[0, 1])
    logs = fitted.log_intensities({"age": [75.5], "male": [0]}, draws)
    np.testing.assert_allclose(np.exp(logs[:, 0]), rates[:, 1, 1])


def test_draws_repeat_and_differ(fitted):
    assert np.array_equal(fitted.draws(10, seed=3)[:4], fitted.draws(4, seed=3))
    assert not np.array_equal(fitted.draws(4, seed=3), fitted.draws(4, seed=4))


def test_results_never_change(fitted):
    with pytest.raises(dataclasses.FrozenInstanceError):
        fitted.log_likelihood = 0
    with pytest.raises(ValueError, match="read-only"):
        fitted.coefficients[0] = 0


def test_results_travel(fitted):
    for other in (pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)):
        assert str(other) == str(fitted)
        assert np.array_equal(other.draws(2, 1), fitted.draws(2, 1))


def test_it_prints_itself(fitted):
    text = str(fitted)
    assert "well -> ill" in text
    assert "x male" in text
    assert "converged" in text
    assert "nan" not in text
    assert "<table" in fitted._repr_html_()
    frame = fitted.to_frame(backend="pandas")
    assert list(frame["estimate"]) == list(fitted.coefficients)
    assert frame["lower"].notna().all()


def test_a_move_never_seen_has_a_bound_and_no_error():
    rows = {"id": [], "t": [], "s": []}
    for person, (a, b) in enumerate(
        [("well", "well")] * 60
        + [("well", "ill")] * 25
        + [("ill", "ill")] * 30
        + [("ill", "dead")] * 9
    ):
        for t, s in ((0.0, a), (1.0, b)):
            rows["id"].append(person)
            rows["t"].append(t)
            rows["s"].append(s)
    model = kh.Model(
        ("well", "ill", "dead"), [("well", "ill"), ("well", "dead"), ("ill", "dead")], "dead"
    )
    fitted = kh.fit(rows, model, deaths="panel", **COLUMNS)
    assert [f.code for f in fitted.diagnostics] == ["D-BOUNDARY-ZERO"]
    assert fitted.bounds[0].transition == "well -> dead"
    assert fitted.bounds[0].rate == pytest.approx(0.041531304279614, rel=1e-6)
    assert fitted.intensities()[0, 2] == 0
    assert fitted.standard_errors.mask.tolist() == [False, True, False]
    assert "nan" not in str(fitted)
    assert "< 0.04153" in str(fitted)
    summary = fitted.summary(backend="pandas")
    assert summary["upper"][1] == fitted.bounds[0].rate
    assert summary["estimate"][1] == 0
    drawn = np.exp(fitted.draws(2000, 1)[:, 1])
    assert np.mean(drawn > fitted.bounds[0].rate) == pytest.approx(0.05, abs=0.025)
    assert pickle.loads(pickle.dumps(fitted)).diagnostics[0].code == "D-BOUNDARY-ZERO"


@pytest.mark.parametrize(
    ("change", "arguments", "code", "words"),
    [
        ({}, {"covariates": ("height",)}, "E-COLUMNS", "height"),
        ({}, {"covariates": {"well -> gone": ("male",)}}, "E-MODEL", "well -> gone"),
        ({}, {"deaths": "maybe"}, "E-SETTING", "maybe"),
        ({"male": np.ones(len(table()["t"]))}, {"covariates": ("male",)}, "D-NONIDENT", "'male'"),
        (
            {"s": np.where(table()["s"] == "ill", "sick", table()["s"])},
            {},
            "E-STATE-UNKNOWN",
            "E-STATE-UNKNOWN",
        ),
    ],
)
def test_what_cannot_be_is_refused(change, arguments, code, words):
    with pytest.raises(kh.InvalidInput, match=words) as refusal:
        kh.fit(table() | change, MODEL, **COLUMNS, **arguments)
    assert refusal.value.code == code


def test_names_of_states_and_covariates_may_hold_anything():
    states = ("care: none", "ill", "dead")
    model = kh.Model(
        states, [(states[a], states[b]) for a, b in ((0, 1), (0, 2), (1, 0), (1, 2))], death="dead"
    )
    plain = kh.fit(table(), MODEL, covariates=("male", kh.bands("age", 75)), **COLUMNS)
    renamed = table() | {"s": np.where(table()["s"] == "well", states[0], table()["s"])}
    renamed["sex: male"] = renamed.pop("male")
    odd = kh.fit(renamed, model, covariates=("sex: male", kh.bands("age", 75)), **COLUMNS)
    assert odd.coefficients.tobytes() == plain.coefficients.tobytes()
    frame, expected = odd.to_frame(backend="pandas"), plain.to_frame(backend="pandas")
    assert list(frame["transition"]) == [
        label.replace("well", states[0]) for label in expected["transition"]
    ]
    assert list(frame["covariate"]) == ["", "sex: male", "age 75+"] * 4
    assert len(str(odd).splitlines()) == len(str(plain).splitlines())
    assert "\ncare: none -> ill " in str(odd)


def test_the_summary_is_a_frame_of_rates_and_ratios(fitted):
    frame = fitted.summary(backend="pandas")
    assert list(frame["quantity"][:4]) == ["rate"] + 3 * ["hazard ratio"]
    assert np.allclose(frame["estimate"], np.exp(fitted.coefficients), rtol=1e-15)
    assert np.allclose(frame["upper"], np.exp(fitted.confidence_intervals()[:, 1]), rtol=1e-12)
    narrow = fitted.summary(level=0.5, backend="pandas")
    assert (narrow["lower"] > frame["lower"]).all()
    assert isinstance(fitted.summary(backend="polars"), pl.DataFrame)


def test_the_order_of_the_rows_says_nothing_about_copies_that_differ():
    rows = table(20)
    copied = {name: np.append(values, values[0]) for name, values in rows.items()}
    assert kh.fit(copied, MODEL, **COLUMNS).log_likelihood == pytest.approx(
        kh.fit(rows, MODEL, **COLUMNS).log_likelihood, abs=0
    )
    copied["male"][-1] = 1 - copied["male"][0]
    for order in (slice(None), slice(None, None, -1)):
        turned = {name: values[order] for name, values in copied.items()}
        with pytest.raises(kh.DataRefused, match="different covariates"):
            kh.fit(turned, MODEL, covariates=("male",), **COLUMNS)


@pytest.mark.parametrize(
    ("intensities", "words"),
    [
        (np.zeros((2, 2)), "the model has 3 states"),
        (np.full((3, 3), np.nan), "well -> ill is nan"),
        (-np.ones((3, 3)), "well -> ill is -1"),
        (np.array([[0, 1, 1], [1, 0, 1], [1, 0, 0]]), "dead -> well is 1"),
    ],
)
def test_intensities_that_the_model_cannot_have_are_refused(intensities, words):
    with pytest.raises(kh.InvalidInput, match=words):
        kh.log_likelihood(table(), MODEL, intensities=intensities, **COLUMNS)


def test_a_rate_of_0_is_one_that_the_model_can_have():
    by_illness = np.diag([0.2, 0.3], 1) + np.diag([0.1, 0], -1)
    assert np.isfinite(kh.log_likelihood(table(), MODEL, intensities=by_illness, **COLUMNS))


def test_coefficients_that_are_no_numbers_are_refused():
    with pytest.raises(kh.InvalidInput, match="not a number"):
        kh.log_likelihood(table(), MODEL, coefficients=[np.nan] * 4, **COLUMNS)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda fit: fit.intensities(age=[70, 80], male=1), "has 2 values"),
        (lambda fit: fit.transition_probability(1, age=70, male=[0, 1]), "has 2 values"),
        (lambda fit: fit.log_intensities({"age": [1, 2, 3], "male": [1, 0]}), "'male' has values"),
        (lambda fit: fit.draws(2, -1), "the seed is -1"),
        (lambda fit: kh.fit(table(), MODEL, iterations=0, **COLUMNS), "iterations is 0"),
    ],
)
def test_questions_without_an_answer_are_refused(fitted, ask, words):
    with pytest.raises(kh.InvalidInput, match=words):
        ask(fitted)


@pytest.mark.parametrize("weight", [1e-12, 1e9])
def test_weights_may_be_shares_or_counts(weight):
    plain = kh.fit(table(), MODEL, covariates=("male",), **COLUMNS)
    rows = table()
    rows["w"] = np.full(len(rows["t"]), weight)
    weighted = kh.fit(rows, MODEL, covariates=("male",), weights="w", **COLUMNS)
    assert np.allclose(weighted.coefficients, plain.coefficients, atol=1e-8)
    assert np.allclose(weighted.covariance * weight, plain.covariance, rtol=1e-5)
    rows["w"] *= 0
    with pytest.raises(kh.InvalidInput, match="weight of 0"):
        kh.fit(rows, MODEL, weights="w", **COLUMNS)


def test_limits_beyond_any_number_print_without_a_warning(fitted):
    vague = dataclasses.replace(fitted, covariance=1e8 * fitted.covariance)
    assert "inf" in str(vague)
    assert np.isinf(vague.summary(backend="pandas")["upper"]).any()


def test_a_progress_function_may_stop_it():
    def stop(done: int, total: int) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        kh.fit(table(), MODEL, progress=stop, **COLUMNS)


def test_threads_do_not_change_a_byte():
    one = kh.fit(table(), MODEL, threads=1, covariates=(kh.yearly("age"),), **COLUMNS)
    four = kh.fit(table(), MODEL, threads=4, covariates=(kh.yearly("age"),), **COLUMNS)
    assert one.coefficients.tobytes() == four.coefficients.tobytes()
