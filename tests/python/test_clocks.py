"""Clocks that move inside an interval: age, calendar time, time since entry."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import kohort as kh

MODEL = kh.Model(
    ("a", "b", "dead"), [("a", "b"), ("b", "a"), ("a", "dead"), ("b", "dead")], death="dead"
)
TRUE = {  # log rate at 80 of a woman, effect of a year of age, of a man
    "a -> b": (np.log(0.4), 0.05, 0.3),
    "b -> a": (np.log(0.2), -0.03, 0.0),
    "a -> dead": (np.log(0.05), 0.10, 0.4),
    "b -> dead": (np.log(0.15), 0.07, 0.3),
}


def panel(persons: int, seed: int) -> dict[str, np.ndarray]:
    """Made-up persons, half-yearly visits and exact deaths, the rates moving with exact age."""
    rng = np.random.default_rng(seed)
    moves = {0: (("a -> b", 1), ("a -> dead", 2)), 1: (("b -> a", 0), ("b -> dead", 2))}
    rows = []
    for who in range(persons):
        age, male, state, time = rng.uniform(66, 95), float(rng.random() < 0.4), 0, 0.0
        rows.append((who, 0.0, state, age, male))
        for _ in range(6):
            visit, now = time + rng.integers(100, 400) / 365.25, time
            while state != 2:
                ages = np.array([age + now, age + visit])

                def rate(name: str, at: float, male: float = male) -> float:
                    base, gamma, man = TRUE[name]
                    return float(np.exp(base + gamma * (at - 80) + man * male))

                bound = sum(max(rate(n, ages[0]), rate(n, ages[1])) for n, _ in moves[state])
                now += rng.exponential(1 / bound)
                if now >= visit:
                    break
                chance = rng.random() * bound
                for name, to in moves[state]:
                    chance -= rate(name, age + now)
                    if chance < 0:
                        state = to
                        break
            time = now if state == 2 else visit
            rows.append((who, time, state, age + time, male))
            if state == 2:
                break
    table = np.array(rows)
    return {
        "id": table[:, 0].astype(int),
        "time": table[:, 1],
        "state": np.array(MODEL.states)[table[:, 2].astype(int)],
        "age": table[:, 3],
        "male": table[:, 4],
    }


def fit(table: dict[str, np.ndarray], *covariates: object, **more: object) -> kh.FittedModel:
    return kh.fit(
        table, MODEL, subject="id", time="time", state="state", covariates=covariates, **more
    )


@pytest.fixture(scope="module")
def fitted() -> kh.FittedModel:
    return fit(panel(4000, 5), kh.gompertz("age", origin=80), "male")


def test_simulated_gompertz_rates_are_found_again(fitted: kh.FittedModel) -> None:
    assert fitted.convergence.converged
    truth = np.concatenate([TRUE[name] for name in MODEL.labels])
    away = (fitted.coefficients - truth) / np.asarray(fitted.standard_errors)
    assert np.abs(away).max() < 3.2
    assert np.mean(away**2) < 2.2


def test_the_error_by_sub_steps_is_stated(fitted: kh.FittedModel) -> None:
    assert 0 < fitted.substep_error <= 1e-4
    assert "sub-steps of" in str(fitted)
    assert pickle.loads(pickle.dumps(fitted)).substep_error == fitted.substep_error


def test_age_that_moves_is_told_from_age_frozen_at_the_visit() -> None:
    table = panel(1500, 6)
    moving = fit(table, kh.gompertz("age", origin=80))
    yearly = fit(table, kh.yearly("age", origin=80))
    shifted = table | {"age80": table["age"] - 80}
    frozen = fit(shifted, kh.frozen("age80"))
    assert fit(shifted, "age80").log_likelihood == frozen.log_likelihood
    # Whole years come close, age at the last visit does not: its intercepts are too high.
    assert np.abs(moving.coefficients - yearly.coefficients).max() < 0.01
    assert frozen.coefficients[0] - moving.coefficients[0] > 0.01
    assert moving.substep > 0
    assert yearly.substep == frozen.substep == 0


def test_calendar_time_and_any_origin(fitted: kh.FittedModel) -> None:
    table = panel(4000, 5)
    other = fit(table, kh.gompertz("age", origin=0), "male")
    assert other.log_likelihood == pytest.approx(fitted.log_likelihood, abs=1e-4)
    np.testing.assert_allclose(
        other.intensities(age=77.7, male=1), fitted.intensities(age=77.7, male=1), rtol=1e-5
    )
    dated = table | {"year": 2015.3 + table["time"]}
    calendar = fit(dated, kh.gompertz("year", origin=2017), "male")
    assert "a -> b: year" in calendar.coefficient_names


def test_exactly_dated_moves_along_age_are_a_poisson_regression() -> None:
    """Closed integrals: the maximum is where events and integrated hazards agree."""
    rng = np.random.default_rng(3)
    start, gamma = rng.uniform(65, 90, 3000), 0.08
    # Inverse of the integrated hazard .1 (e^{g t} - 1) e^{g (start - 80)} / g.
    waiting = (
        np.log1p(rng.exponential(size=3000) * gamma / (0.1 * np.exp(gamma * (start - 80)))) / gamma
    )
    seen = np.minimum(waiting, 4.0)
    table = {
        "id": np.repeat(np.arange(3000), 2),
        "time": np.column_stack([np.zeros(3000), seen]).ravel(),
        "state": np.column_stack([np.full(3000, "a"), np.where(waiting < 4, "dead", "a")]).ravel(),
        "age": np.column_stack([start, start + seen]).ravel(),
    }
    model = kh.Model(("a", "dead"), [("a", "dead")], death="dead")
    fitted = kh.fit(
        table,
        model,
        subject="id",
        time="time",
        state="state",
        exact_times=True,
        covariates=(kh.gompertz("age", origin=80),),
    )
    b, g = fitted.coefficients
    assert fitted.substep_error == 0
    hazard = np.exp(b + g * (start - 80)) * np.expm1(g * seen) / g
    events = waiting < 4
    assert hazard.sum() == pytest.approx(events.sum(), rel=1e-9)
    assert np.sum(events * (b + g * (start + seen - 80))) - hazard.sum() == pytest.approx(
        fitted.log_likelihood, rel=1e-12
    )
    assert abs(g - gamma) < 3 * fitted.standard_errors[1]


def test_time_since_entry_as_a_weibull_hazard() -> None:
    rng = np.random.default_rng(4)
    shape, scale, count = 0.6, 2.0, 2000
    waiting = scale * rng.weibull(shape, count)
    visits = [0.25, 0.75, 1.5, 3.0]
    rows = []
    for who, out in enumerate(waiting):
        for visit in [0.0, *visits]:
            rows.append((who, visit, "dead" if out <= visit else "a", visit))
            if out <= visit:
                break
    ids, times, states, since = map(np.array, zip(*rows, strict=True))
    model = kh.Model(("a", "dead"), [("a", "dead")])
    fitted = kh.fit(
        {"id": ids, "time": times, "state": states, "since": since},
        model,
        subject="id",
        time="time",
        state="state",
        deaths="panel",
        covariates=(kh.weibull("since"),),
    )
    assert fitted.coefficient_names[1] == "a -> dead: log since"
    assert fitted.substep_error <= 1e-4
    b, g = fitted.coefficients
    k = g + 1
    # The likelihood of the visits from the closed survival exp(-(e^b / k) z^k).
    survival = np.exp(-np.exp(b) / k * np.array([0.0, *visits]) ** k)
    out_between = np.histogram(waiting, [0.0, *visits])[0]
    value = out_between @ np.log(survival[:-1] - survival[1:]) + np.sum(waiting > 3) * np.log(
        survival[-1]
    )
    assert fitted.log_likelihood == pytest.approx(value, abs=1e-3)
    assert abs(k - shape) < 3 * fitted.standard_errors[1]


def test_one_thread_and_two_give_the_same_bytes() -> None:
    table = panel(600, 8)
    one = fit(table, kh.gompertz("age", origin=80), "male", threads=1)
    two = fit(table, kh.gompertz("age", origin=80), "male", threads=2)
    assert one.coefficients.tobytes() == two.coefficients.tobytes()
    assert one.covariance.tobytes() == two.covariance.tobytes()
    assert one.substep_error == two.substep_error


def test_rates_outside_the_observed_ages_come_with_a_warning(fitted: kh.FittedModel) -> None:
    inside = fitted.rates([70, 80], males=(1, 0))
    assert inside.shape == (1, 2, 2, 4)
    q = fitted.intensities(age=80.5, male=0)
    np.testing.assert_allclose(inside[0, 1, 1, 0], q[0, 1])
    with pytest.warns(kh.FitWarning, match="W-EXTRAPOLATE: age from 110 to 110"):
        fitted.intensities(age=110, male=0)


def test_rows_in_doubt_beside_a_clock_that_moves() -> None:
    """Some levels seen as one of two, some deaths known to a window, some of unknown cause."""
    table = panel(3000, 7)
    rng = np.random.default_rng(1)
    state, time = table["state"].astype("<U8"), table["time"].copy()
    first = np.diff(table["id"], prepend=-1) > 0
    doubt = ~first & (state != "dead") & (rng.random(len(state)) < 0.2)
    window = (state == "dead") & (table["id"] % 3 == 0)
    earliest = np.full(len(time), np.nan)
    earliest[window] = time[window] - rng.uniform(0.02, 0.08, window.sum())
    time[window] += 0.02
    state[doubt] = "?"
    seen = table | {"state": state, "time": time, "earliest": earliest}
    fitted = fit(
        seen,
        kh.gompertz("age", origin=80),
        "male",
        censored={"?": ("a", "b")},
        earliest="earliest",
    )
    whole = fit(table, kh.gompertz("age", origin=80), "male")
    assert fitted.convergence.converged
    assert 0 < fitted.substep_error <= 1e-4
    away = (fitted.coefficients - whole.coefficients) / np.asarray(whole.standard_errors)
    assert np.abs(away).max() < 1
    # Doubt costs something, and not much.
    wider = np.asarray(fitted.standard_errors / whole.standard_errors)
    assert wider.min() > 0.999
    assert wider.max() < 1.3
    assert np.mean(wider) > 1.01


def test_what_cannot_move_is_refused() -> None:
    table = panel(50, 9)
    with pytest.raises(kh.InvalidInput, match="'age' is below 0") as refused:
        fit(table | {"age": table["age"] - 90}, kh.weibull("age"))
    assert refused.value.code == "E-COVARIATE"
