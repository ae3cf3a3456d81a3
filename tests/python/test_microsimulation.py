"""Persons one by one: the cohort where nothing is limited, queues where something is."""

from __future__ import annotations

import importlib.util
import itertools
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import small_town
from hypothesis import given, settings
from hypothesis import strategies as st

import kohort as kh
from kohort import datasets
from kohort.study import example_study

MODEL = kh.Model(
    ("light", "total", "dead"),
    [("light", "total"), ("light", "dead"), ("total", "light"), ("total", "dead")],
    death="dead",
)
Q = MODEL.intensities([0.3, 0.05, 0.1, 0.25])


@pytest.fixture(scope="module")
def example():
    """The example municipality, its rates fitted once."""
    from kohort.study import study_model, study_sources

    study = example_study()
    decisions, fit = study_model.fitted(study)
    population = kh.Population.from_wpp(
        study_sources.counted_population(study), base_year=study.base_year, years=10
    )
    entries = kh.fit_entries(
        decisions, population, first_year=2015, last_year=2024, trend=True, damping=0.9
    )
    import datetime as dt

    return fit, population, entries, decisions.stock(dt.date(2024, 12, 31))


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


def test_the_municipality_is_the_projection(example):
    fit, population, entries, stock = example
    made = kh.simulate_population(
        fit, population, entries, stock=stock, replicates=60, closure="scale"
    )
    projected = kh.project(
        fit, population, entries, stock=stock, draws=0, closure="scale"
    ).persons.sum(axis=3)
    for sex in range(2):
        mean = made.expected.means[sex].reshape(11, made.living)
        np.testing.assert_allclose(mean, projected[:, :, sex], rtol=1e-8)
    found = made.agreement()
    assert found.largest <= 4
    assert min(found.p_value) > 1e-3
    assert "Microsimulation over 10 years" in str(made)
    assert made.usual.occupancy[:, :, :, : made.living].sum(axis=(2, 3)).mean(axis=0)[
        -1
    ] == pytest.approx(population.persons[10].sum(), rel=0.01)


def test_one_strategy_in_the_projection_and_person_by_person(example):
    fit, population, entries, stock = example
    team = kh.Strategy(
        "team",
        (
            kh.effect.probability_multiplier("recovery", 1.6),
            kh.effect.intensity_ratio("deterioration", 0.6, months=(0, 36), fade=0.97),
            kh.effect.intensity_ratio("death", 0.9, sex="women", months=(0, 60)),
        ),
        uptake=0.7,
        enrols={
            "newcomers": dict.fromkeys(("light", "moderate", "high"), 1.0),
            "stock": {"light": 1.0},
        },
    )
    settings = {"stock": stock, "years": 4, "closure": "scale", "strategies": [team]}
    projected = kh.project(fit, population, entries, draws=0, **settings)
    made = kh.simulate_population(fit, population, entries, replicates=80, seed=3, **settings)
    gap = made.of("team").occupancy[..., : made.living] - made.usual.occupancy[..., : made.living]
    gap = gap.sum(axis=2)  # replicates x dates x states
    exact = (projected.of("team").persons - projected.persons).sum(axis=(2, 3))
    error = gap.std(axis=0, ddof=1) / np.sqrt(len(gap))
    assert np.abs(exact[-1]).max() > 20
    assert (np.abs(gap.mean(axis=0) - exact)[1:] <= 4.5 * error[1:] + 1e-9).all()
    enrolled = made.of("team").enrolled.sum(axis=1)
    assert enrolled.mean() == pytest.approx(projected.of("team").enrolled.sum(), rel=0.01)
    for other, words in (
        (team.replaced(effects=(kh.effect.hours_ratio(["light"], 0.5),)), "follows moves alone"),
    ):
        with pytest.raises(kh.InvalidInput, match=words):
            kh.simulate_population(
                fit, population, entries, stock=stock, years=1, replicates=1, closure="scale",
                strategies=[other],
            )  # fmt: skip


def test_who_has_no_support_is_asked_once_and_may_decline(example):
    fit, population, entries, stock = example
    offered = kh.Strategy(
        "offered to all",
        (
            kh.effect.entry_ratio(None, 0.6, months=(0, 48)),
            kh.effect.intensity_ratio("deterioration", 0.6, months=(0, 48)),
        ),
        uptake=0.4,
        enrols="everyone",
        begins=0.5,
    )
    settings = {"stock": stock, "years": 3, "closure": "scale", "strategies": [offered]}
    projected = kh.project(fit, population, entries, draws=0, **settings)
    made = kh.simulate_population(fit, population, entries, replicates=60, seed=5, **settings)
    gap = made.of(offered.name).occupancy - made.usual.occupancy
    gap = gap[:, :, :, : made.living].sum(axis=2)
    exact = (projected.of(offered.name).persons - projected.persons).sum(axis=(2, 3))
    error = gap.std(axis=0, ddof=1) / np.sqrt(len(gap))
    assert np.abs(exact[-1]).max() > 20
    assert (np.abs(gap.mean(axis=0) - exact)[1:] <= 4 * error[1:] + 1e-9).all()
    seen = made.of(offered.name).enrolled
    error = seen.std(axis=0, ddof=1) / np.sqrt(len(seen))
    wanted = projected.of(offered.name).enrolled.sum(axis=1)
    assert (np.abs(seen.mean(axis=0) - wanted) <= 4 * error).all()


@pytest.mark.parametrize("grid", ["year", "quarter"])
def test_what_a_strategy_costs_itself_is_that_of_the_projection(example, grid):
    fit, population, entries, stock = example
    priced = kh.StrategyCosts(
        2024, per_enrolment=9000, per_month=4000, stay=4, team_per_month=300_000, start_up=500_000
    )
    team = kh.Strategy(
        "team", (kh.effect.intensity_ratio("deterioration", 0.6, months=(0, 36)),), uptake=0.7,
        begins=0.5, ends=2.25, costs=priced,
    )  # fmt: skip
    averted = kh.presets.assessment_7_of_10(uptake=0.5).replaced(costs=priced)
    costs = kh.Costs({"light": 1e5, "moderate": 2e5, "high": 3e5, "total": 5e5}, 2024)
    settings = {
        "stock": stock, "years": 3, "closure": "scale", "costs": costs,
        "strategies": [team, averted],
    }  # fmt: skip
    projected = kh.project(fit, population, entries, draws=0, **settings)
    made = kh.simulate_population(
        fit, population, entries, replicates=60, seed=5, grid=grid, **settings
    )
    years = 4 if grid == "quarter" else 1
    for s in (team, averted):
        own = made.of(s.name).programme.reshape(60, 3, years).sum(axis=2)
        wanted = projected.of(s.name).valued.programme
        error = own.std(axis=0, ddof=1) / np.sqrt(60)
        # A quarter knows better than a year in which months people enrol: a part of a per cent.
        known = 0 if grid == "year" else 5e-3 * wanted
        assert (np.abs(own.mean(axis=0) - wanted) <= 4 * error + known).all(), s.name
        gap = made.compare(s.name, "net_cost")
        parts = [made.compare(s.name, what).mean for what in ("cost", "programme")]
        assert gap.mean == pytest.approx(sum(parts), rel=1e-9)
        support = (
            projected.of(s.name).costs["continuous"].sum() - projected.costs["continuous"].sum()
        )
        whole = support + wanted.sum()
        assert abs(gap.mean - whole) <= 4 * gap.se + (0 if grid == "year" else 5e-3 * wanted.sum())
    assert not made.usual.programme.any()
    assert "programme, million" in str(made)
    later = kh.simulate_population(
        fit, population, entries, replicates=2, seed=5, discount=0.03, **settings
    )
    first = made.of("team").programme[:2]
    if grid == "year":
        at = later.of("team").programme / first
        assert (at[:, 1:] < at[:, :-1]).all()
        assert at[:, 0] == pytest.approx(1.03**-0.75, rel=3e-3)  # from July of the first year
        with pytest.raises(kh.InvalidInput, match="E-COST"):
            kh.simulate_population(
                fit, population, entries, stock=stock, years=1, replicates=1, closure="scale",
                costs=kh.Costs(costs.by_level, 2019), strategies=[team],
            )  # fmt: skip


def test_entries_averted_in_the_projection_and_person_by_person(example):
    fit, population, entries, stock = example
    averted = kh.presets.assessment_7_of_10(uptake=0.5)
    settings = {"stock": stock, "years": 3, "closure": "scale", "strategies": [averted]}
    projected = kh.project(fit, population, entries, draws=0, **settings)
    made = kh.simulate_population(fit, population, entries, replicates=60, **settings)
    gap = made.of(averted.name).occupancy - made.usual.occupancy
    gap = gap[:, -1, :, : made.living].sum(axis=1)
    exact = (projected.of(averted.name).persons - projected.persons)[-1].sum(axis=(1, 2))
    error = gap.std(axis=0, ddof=1) / np.sqrt(len(gap))
    assert exact[1:5].sum() < -100
    assert (np.abs(gap.mean(axis=0) - exact) <= 4.5 * error).all()


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


def test_too_few_places_make_a_queue(example):
    fit, population, entries, stock = example
    level = "total"
    taken = int(0.8 * stock["persons"][stock["state"] == level].sum())
    few = kh.simulate_population(
        fit,
        population,
        entries,
        stock=stock,
        years=4,
        replicates=8,
        closure="scale",
        places=kh.Places(
            [(0, taken), (2, taken + 20)],
            asks={level: 0.8},
            vacancy=14 / 365.25,
            waiting={(level, "dead"): 1.3},
            waiting_cost={level: 900_000.0},
        ),
        costs=kh.Costs({"light": 2e4, "moderate": 8e4, "high": 2.4e5, "total": 8e5}, 2018),
    )
    use = few.usual.places
    assert use.queue[:, 2].mean() > 5
    assert np.all(use.occupied[:, :2] <= taken)
    np.testing.assert_allclose(use.available_years, [taken, taken, taken + 20, taken + 20])
    ended = use.placed + use.died_waiting + use.left_waiting
    np.testing.assert_array_equal(use.asked.sum(axis=1), ended.sum(axis=1) + use.queue[:, -1])
    assert use.waits.share_waiting(0.0) <= 1
    assert use.waits.share_waiting([0.02])[0] > use.waits.share_waiting([0.15])[0] > 0
    with pytest.raises(kh.InvalidInput, match="places are limited"):
        few.agreement()
    plt = pytest.importorskip("matplotlib.pyplot")
    few.plot_places()
    few.plot()
    plt.close("all")
    assert "waiting" in few._repr_html_()
    few.to_frame()


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
    assert datasets is not None


def test_who_moves_away_has_not_applied():
    """Of those without support, whom a strategy keeps away pay for it; who leave town do not."""
    team = kh.StrategyCosts(2024, per_enrolment=1000)
    fewer = kh.Strategy(
        "fewer", (kh.effect.entry_ratio(None, 0.5),), enrols="without_support", costs=team
    )
    settings = {
        "stock": small_town.stock(), "costs": small_town.COSTS, "strategies": [fewer], "years": 2
    }  # fmt: skip
    town = (small_town.FIT, small_town.population(), small_town.entries())
    made = kh.simulate_population(*town, replicates=100, seed=3, **settings)
    away = [k for k, move in enumerate(made.moves) if move == ("none", "moved away")]
    assert made.usual.moves[:, :, away].mean() > 20
    own = made.of("fewer").programme
    wanted = kh.project(*town, draws=0, **settings).of("fewer").valued.programme
    error = own.std(axis=0, ddof=1) / 10
    assert (np.abs(own.mean(axis=0) - wanted) <= 4 * error).all()
