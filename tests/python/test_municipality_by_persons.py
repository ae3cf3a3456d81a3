"""A municipality person by person: its projection without limits, queues where places are few."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
import small_town

import kohort as kh
from kohort.study import example_study, study_model, study_sources


@pytest.fixture(scope="module")
def example():
    """The example municipality, its rates fitted once."""
    study = example_study()
    decisions, fit = study_model.fitted(study)
    population = kh.Population.from_wpp(
        study_sources.counted_population(study), base_year=study.base_year, years=10
    )
    entries = kh.fit_entries(
        decisions, population, first_year=2015, last_year=2024, trend=True, damping=0.9
    )
    return fit, population, entries, decisions.stock(dt.date(2024, 12, 31))


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
