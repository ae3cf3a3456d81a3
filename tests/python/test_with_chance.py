"""The limits of a study's figures count chance in single lives, and say what they count."""

import datetime as dt

import numpy as np
import pytest

import kohort as kh
from kohort.many_runs.with_chance import (
    LivesByChance,
    demand_with_chance,
    shares_of_variance,
    weights_of,
    with_chance,
)
from kohort.plots import _tables
from kohort.report.html import html
from kohort.study import study_model
from kohort.study.settings import shipped_study


@pytest.fixture(scope="module")
def small():
    study = shipped_study("kohort:small").replaced(draws=1000)
    return study, study.run()


@pytest.fixture(scope="module")
def parts(small):
    """The same projection without chance, the law of chance, and the costs."""
    study, result = small
    costs = kh.Costs(study.costs.by_level, study.costs.price_year)
    stock = study_model.stock_at(result.decisions, dt.date(study.base_year, 12, 31), result.fit)
    given = (result.fit, result.population, result.entries)
    closure = study.population.closure
    plain = kh.project(
        *given, stock=stock, years=study.years, costs=costs, draws=1000, seed=study.seed,
        closure=closure, fitted_ages=study_model.fitted_ages(result.decisions),
    )  # fmt: skip
    lives = LivesByChance.of(*given, stock, years=study.years, closure=closure, seed=study.seed)
    return plain, lives, costs.per_state(plain.states, ["none", "ended"]), stock, costs


def test_the_point_estimate_is_the_same_and_every_draw_fills_the_population(small, parts):
    _, result = small
    plain, *_ = parts
    shown = result.projection
    assert shown.chance
    assert not plain.chance
    np.testing.assert_array_equal(shown.persons, plain.persons)
    np.testing.assert_array_equal(shown.draws_persons[:, 0], plain.draws_persons[:, 0])
    forecast = plain.persons.sum(axis=(1, 2, 3))
    kept = (shown.draws_persons > 0).all(axis=2)
    sums = np.broadcast_to(forecast, kept.shape)
    np.testing.assert_allclose(shown.draws_persons.sum(axis=2)[kept], sums[kept], rtol=1e-9)


def test_variances_are_those_of_the_estimates_and_of_chance(small, parts):
    """Levels and their sum, newcomers and cost: within 4 Monte Carlo errors of 1000 draws."""
    _, result = small
    plain, lives, cost, *_ = parts
    table = shares_of_variance(plain, lives, cost)
    shown, levels = result.projection, list(result.projection.levels)
    place = [plain.states.index(level) for level in levels]
    drawn = {
        **{name: shown.draws_persons[:, 1:, i] for name, i in zip(levels, place, strict=True)},
        "users": shown.draws_persons[:, 1:, place].sum(axis=2),
        "new_users": shown.draws_new_users,
        "cost": shown.draws_cost,
    }
    for name, values in drawn.items():
        expected = table["sd"][table["measure"] == name]
        np.testing.assert_allclose(values.std(axis=0, ddof=1), expected, rtol=4 / np.sqrt(2000))
    np.testing.assert_allclose(table["parameters"] + table["chance"], 1)


def test_shares_are_those_of_the_sources_of_uncertainty(small, parts):
    """Two ways to one number; the expected draws are the same, and so is the law of chance."""
    study, result = small
    plain, lives, cost, stock, costs = parts
    found = kh.sources_of_uncertainty(
        result.fit, result.population, result.entries, stock=stock, years=study.years, costs=costs,
        closure=study.population.closure, draws=1000, seed=study.seed,
    )  # fmt: skip
    table = shares_of_variance(plain, lives, cost)
    for measure in ("users", "new_users", "cost"):
        here = (table["measure"] == measure) & (table["year"] == plain.years[-1])
        i = found.column(measure)
        assert table["sd"][here][0] == pytest.approx(np.sqrt(found.variance[i]), rel=1e-3)
        assert table["parameters"][here][0] == pytest.approx(found.shapley[i, 0], abs=2e-3)


def test_the_headline_is_wider_than_the_estimates_alone_and_says_what_it_counts(small, parts):
    _, result = small
    plain, *_ = parts
    shown = result.headline()
    users = plain.draws_persons[:, -1, [plain.states.index(x) for x in plain.levels]].sum(axis=1)
    low, high = np.quantile(users, [0.025, 0.975])
    assert shown["users"]["low_95"] < low < high < shown["users"]["high_95"]
    assert shown["intervals_of"] == ["parameters", "chance"]
    page = html(result, lang="en")
    assert "chance in single lives, the number lies between" in page
    assert "slumpen i enskilda liv ligger antalet" in page
    assert "Where the uncertainty comes from" in page
    assert "certainty" in result.tables


def test_without_chance_the_report_says_that_it_is_not_counted(small):
    _, result = small
    from dataclasses import replace

    plain = replace(result, projection=replace(result.projection, chance=False), variance=None)
    page = html(plain, lang="en")
    assert "Chance in single lives is not counted, so the number itself varies more" in page
    assert "with 95 percent probability" not in page
    assert plain.headline()["intervals_of"] == ["parameters"]
    assert "certainty" not in plain.tables


def test_a_run_gives_the_same_bytes_again(small):
    study, result = small
    again = study.run()
    for name in ("draws_persons", "draws_new_users", "draws_cost"):
        a, b = (getattr(r.projection, name) for r in (result, again))
        assert a.tobytes() == b.tobytes()


def test_without_draws_nothing_is_added(parts):
    plain, lives, cost, *_ = parts
    from dataclasses import replace

    assert not with_chance(replace(plain, draws=0), lives, cost).chance
    assert _tables.levels_of(plain) == plain.levels


def test_what_people_need_belongs_together_within_a_draw(parts):
    """Performed hours are a share of those granted and posts of places, by chance as well."""
    plain, lives, cost, *_ = parts
    hours = {"light": 8.0, "moderate": 25.0, "high": 60.0, "total": 5.0}
    rates = kh.DemandRates(
        hours=hours, performed=0.85, in_homes={"high": 0.2, "total": 1.0}, occupancy=0.98,
        hours_per_post=1350, posts_per_place=0.95,
    )  # fmt: skip
    asked = plain.demand(rates)
    drawn = demand_with_chance(asked, with_chance(plain, lives, cost), lives).draws
    whole = drawn["residents"] > 0
    ratios = {
        ("performed_hours", "granted_hours"): 0.85,
        ("posts_home", "performed_hours"): 1 / 1350,
        ("places", "residents"): 1 / 0.98,
        ("posts_homes", "places"): 0.95,
    }
    for (part, of), ratio in ratios.items():
        np.testing.assert_allclose(drawn[part][whole], ratio * drawn[of][whole], rtol=1e-9)
    # ... and each varies as its own exact variance says, within 4 Monte Carlo errors
    for name, weight in weights_of(rates, plain.levels).items():
        by_state = np.zeros(len(plain.states))
        by_state[[plain.states.index(level) for level in plain.levels]] = weight
        exact = lives.variance_of_years(by_state)
        noise = drawn[name] - asked.draws[name]
        seen = np.var(noise, axis=0, ddof=1)
        assert np.all(np.abs(seen - exact) <= 4 * exact * np.sqrt(2 / 999)), name
