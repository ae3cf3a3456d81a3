"""Persons one by one: the cohort that they make up, and what strategies change for each."""

from __future__ import annotations

import importlib.util
import itertools
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kohort as kh

MODEL = kh.Model(
    ("light", "total", "dead"),
    [("light", "total"), ("light", "dead"), ("total", "light"), ("total", "dead")],
    death="dead",
)
Q = MODEL.intensities([0.3, 0.05, 0.1, 0.25])


@settings(max_examples=12, deadline=None)
@given(
    rates=st.lists(st.floats(0, 2), min_size=4, max_size=4),
    grid=st.sampled_from(["year", "quarter", "month"]),
    seed=st.integers(0, 2**40),
)
def test_persons_are_kept_and_so_are_their_years(rates, grid, seed):
    seen = kh.simulate_lives(
        MODEL,
        intensities=MODEL.intensities(rates),
        start=["light"] * 300 + ["total"] * 200,
        years=3,
        grid=grid,
        seed=seed,
        replicates=2,
    ).usual
    assert np.all(seen.occupancy.sum(axis=(2, 3)) == 500)
    np.testing.assert_allclose(seen.person_years.sum(axis=(1, 2, 3)), 1500, rtol=1e-12)
    flow = np.zeros((2, seen.occupancy.shape[1] - 1, 3))
    for k, (a, b) in enumerate(MODEL.moves):
        flow[..., a] -= seen.moves[..., k]
        flow[..., b] += seen.moves[..., k]
    np.testing.assert_array_equal(np.diff(seen.occupancy[:, :, 0], axis=1), flow)


def test_the_mean_person_is_the_cohort():
    made = kh.simulate_lives(
        MODEL,
        intensities=Q,
        start=["light"] * 700 + ["total"] * 300,
        years=10,
        replicates=200,
        costs={"light": 10.0, "total": 100.0},
        discount=0.03,
    )
    found = made.agreement()
    assert found.largest <= 4
    assert found.p_value[0] > 1e-3
    assert found.degrees == (20,)
    start = np.array([0.7, 0.3, 0])
    trace = kh.cohort_trace(Q, start, cycles=10, cycle_length=1)
    np.testing.assert_allclose(made.expected.means[0].reshape(11, 3) / 1000, trace, atol=1e-12)
    cost = 1000 * kh.cohort_cost(
        Q, start, [10, 100, 0], years=10, discount=0.03, accounting="continuous"
    )
    total = made.usual.cost.sum(axis=1)
    assert abs(total.mean() - cost) < 4 * total.std(ddof=1) / np.sqrt(200)
    unlike = kh.simulate_lives(MODEL, intensities=Q, start=["light"], factors=[2.0])
    with pytest.raises(kh.InvalidInput, match="no exact expectation"):
        unlike.agreement()


def test_age_covariates_and_time_since_entry_act_as_in_the_fit():
    terms = ("male", kh.yearly("age", origin=80), kh.bands("since", 0.5, 2))
    names = 4 * (1 + 1 + 1 + 2)
    theta = np.tile([-1.5, 0.3, 0.05, -0.4, 0.6], 4)
    assert len(theta) == names
    fit = kh.from_coefficients(MODEL, theta, covariates=terms)
    n = 400
    made = kh.simulate_lives(
        fit,
        start=["light"] * n,
        years=4,
        x={"male": [0, 1] * (n // 2), "age": 81.25, "since": 0.0},
        since_entry="since",
        replicates=100,
    )
    found = made.agreement()
    assert found.largest <= 4
    assert found.p_value[0] > 1e-3
    # Exact, by hand: pieces end at birthdays and where the clock passes a cut.
    cuts = sorted({0, 0.5, 2, 4, *(0.75 + k for k in range(4)), 1, 3})
    dead = 0.0
    for male in (0, 1):
        row, _t = np.array([1.0, 0, 0]), 0.0
        for a, b in itertools.pairwise(cuts):
            mid = (a + b) / 2
            q = fit.intensities(male=male, age=81.25 + mid, since=mid)
            row, _t = row @ kh.transition_probability(q, b - a), b
        dead += row[2] / 2
    assert made.expected.means[0][-1] / n == pytest.approx(dead, rel=1e-10)
    seen = made.usual.occupancy[:, -1, 0, 2].mean() / n
    assert abs(seen - dead) < 4 * np.sqrt(dead * (1 - dead) / n / 100)


def test_same_bytes_on_any_number_of_threads_and_ctrl_c():
    def run(threads, places):
        return kh.simulate_lives(
            MODEL,
            intensities=Q,
            start=["light"] * 300,
            replicates=6,
            threads=threads,
            places=places,
            arrivals={"state": ["light"], "rate": [30.0]},
            years=4,
        ).usual

    for places in (None, kh.Places(20, asks={"total": 1.0})):
        one, eight = run(1, places), run(8, places)
        assert one.occupancy.tobytes() == eight.occupancy.tobytes()
        assert one.cost.tobytes() == eight.cost.tobytes()

    calls = []

    def stop(done, total):
        calls.append((done, total))
        raise KeyboardInterrupt

    began = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        kh.simulate_lives(
            MODEL, intensities=Q, start=["light"] * 20_000, replicates=5000, progress=stop
        )
    assert time.perf_counter() - began < 2
    assert calls
    assert threading.active_count() < 20


def worse(ratio, months):
    return kh.effect.intensity_ratio([("light", "total")], ratio, months=(0, months))


def test_common_numbers_and_what_a_strategy_changes():
    arms = [
        kh.Strategy("null", (worse(1.0, 24),), enrols={"stock": {"light": 1.0}}),
        kh.Strategy(
            "team",
            (worse(0.7, 120),),
            enrols={"newcomers": {"light": 1.0}, "stock": {"light": 1.0}},
        ),
    ]
    made = kh.simulate_lives(
        MODEL,
        intensities=Q,
        start=["light"] * 400,
        years=10,
        replicates=100,
        strategies=arms,
        costs={"light": 10.0, "total": 100.0},
        arrivals={"state": ["light"], "rate": [20.0]},
    )
    none = made.compare("null")
    assert none.mean == 0
    assert none.sd == 0
    assert none.correlation == pytest.approx(1)
    team = made.compare("team")
    assert team.mean < -5 * team.se
    assert 0.3 < team.correlation < 1
    alone = made.of("team").cost.sum(axis=1).std() * np.sqrt(2) / np.sqrt(100)
    assert team.se < alone  # paired draws are worth something
    assert made.of("team").enrolled.sum() > 100 * (400 + 150)
    q = np.array(Q)
    q[0, 1] *= 0.7
    q[0, 0] = -q[0, 1:].sum()
    start = np.array([1.0, 0, 0])
    cost = 400 * kh.cohort_cost(
        q, start, [10, 100, 0], years=10, discount=0, accounting="continuous"
    )
    inflow = (
        20
        * np.mean(  # each year's newcomers stay for what is left, times uniform
            [
                kh.cohort_cost(
                    q,
                    start,
                    [10, 100, 0],
                    years=u,
                    cycle_length=u,
                    discount=0,
                    accounting="continuous",
                )
                for u in 10 * (np.arange(200) + 0.5) / 200
            ]
        )
        * 10
    )
    total = made.of("team").cost.sum(axis=1)
    assert abs(total.mean() - cost - inflow) < 4 * total.std(ddof=1) / 10


def test_a_probability_is_multiplied_in_single_lives_too():
    more = kh.Strategy("more", (kh.effect.probability_multiplier("recovery", 1.5),), enrols="stock")
    made = kh.simulate_lives(
        MODEL, intensities=Q, start=["total"] * 4000, years=1, replicates=20, strategies=[more]
    )
    usual, with_it = (
        one.occupancy[:, 1, 0, 0].mean() / 4000 for one in (made.usual, made.of("more"))
    )
    p = kh.transition_probability(Q, 1)[1, 0]
    error = np.sqrt(p / 80_000)
    assert abs(usual - p) < 4 * error
    assert abs(with_it - 1.5 * p) < 5 * error
    aged = kh.from_coefficients(MODEL, np.tile([-1.5, 0.3], 4), covariates=("male",))
    with pytest.raises(kh.InvalidInput, match="rates differ by age or covariates"):
        kh.simulate_lives(aged, start=["total"] * 2, x={"male": [0, 1]}, years=1, strategies=[more])


def test_queues_have_their_closed_forms():
    assert kh.erlang_c(5, 4 / 3, 3).waits == pytest.approx(0.5541125541126, abs=1e-12)
    assert kh.queue_with_abandonment(45, 20, 3, 0.25).occupied == pytest.approx(
        44.97473881664, abs=1e-10
    )
    with pytest.raises(kh.InvalidInput, match="grows without end"):
        kh.erlang_c(5, 2, 3)


def strategy(*effects, name="s", **settings):
    return {"strategies": [kh.Strategy(name, effects, **settings)]}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"start": ["unknown"]}, "E-STATE-UNKNOWN"),
        ({"intensities": None}, "E-MODEL"),
        ({"x": {"age": 80}}, "E-MODEL"),
        ({"grid": "week"}, "E-SETTING"),
        ({"replicates": 0}, "E-SETTING"),
        ({"discount": -2}, "E-SETTING"),
        ({"factors": [-1.0, 1.0]}, "E-NUM"),
        ({"arrivals": {"state": ["light"]}}, "E-COLUMN"),
        ({"arrivals": {"state": ["light"], "rate": [-1.0]}}, "E-NUM"),
        ({"places": kh.Places(-1, asks={"total": 1})}, "E-PLACES"),
        ({"places": kh.Places(1, asks={"total": 2})}, "E-PLACES"),
        ({"places": kh.Places(1, asks={"total": 1}, waiting={("dead", "light"): 2})}, "E-PLACES"),
        ({"places": kh.Places(1, asks={"total": 1}, order="first")}, "E-PLACES"),
        (strategy(kh.effect.intensity_ratio([("dead", "light")], 2)), "E-EFFECT"),
        (strategy(enrols={"newcomers": {"light": 1.5}}), "E-SETTING"),
        (strategy(enrols={"newcomers": {"none": 0.5}}), "E-STATE-UNKNOWN"),
        (strategy(kh.effect.hours_ratio(["light"], 0.5)), "E-EFFECT"),
        (strategy(kh.effect.entry_ratio(["light"], 0.5)), "E-EFFECT"),
        (strategy(kh.effect.entry_mix({"light": 0.5}, rule="softmax")), "E-EFFECT"),
        (strategy(kh.effect.intensity_ratio("death", 0.5, sex="men")), "E-COLUMN"),
        (strategy(name="usual care"), "E-SETTING"),
    ],
)
def test_what_cannot_be_is_refused_by_name(change, code):
    asked = {"start": ["light"] * 2, "intensities": Q, "years": 2} | change
    with pytest.raises(kh.InvalidInput) as refused:
        kh.simulate_lives(MODEL, **asked)
    assert refused.value.code == code


def test_the_benchmark_is_right_in_small():
    path = Path(__file__).parents[2] / "benchmarks" / "w4_microsimulation.py"
    spec = importlib.util.spec_from_file_location("w4", path)
    w4 = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(w4)
    states, x = w4.population(20_000)
    cost, dead = w4.exact(states, x)
    for found in (w4.with_kohort(states, x, 2, "avx512"), w4.with_numpy(states, x)):
        assert abs(found[0] - cost) < 4 * 70_000 / np.sqrt(20_000)
        assert abs(found[1] - dead) < 4 * np.sqrt(dead * (1 - dead) / 20_000)
