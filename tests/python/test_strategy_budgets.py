"""What a strategy costs itself, and fewer hours, reach demand, budget and budget impact."""

import datetime as dt
import math

import numpy as np
import pytest

import kohort as kh
from kohort.study.settings import shipped_study

HOURS = {"light": 4, "moderate": 15, "high": 50, "total": 0}
RATES = kh.DemandRates(hours=HOURS, performed=0.8, in_homes={"total": 1}, hours_per_post=1500)
PRICES = kh.Prices(2018, per_hour=500, per_place_day=2000)


def poisson_teams(mean, capacity):
    """E max(1, ceil(N / K)), term by term."""
    terms = [math.exp(n * math.log(mean) - mean - math.lgamma(n + 1)) for n in range(400)]
    return sum(p * max(1, math.ceil(n / capacity)) for n, p in enumerate(terms))


@pytest.fixture(scope="module")
def made():
    study = shipped_study("kohort:small").replaced(draws=40)
    run = study.run()
    fewer = kh.effect.hours_ratio(["moderate"], 0.23, months=(0, 3))
    strategies = [
        kh.presets.shower_ot_3m(costs=kh.presets.shower_costs(2018)),
        kh.Strategy("hours", (fewer,)),
    ]
    return kh.project(
        run.fit, run.population, run.entries, stock=run.decisions.stock(dt.date(2024, 12, 31)),
        years=2, costs=kh.Costs(study.costs.by_level, 2018), draws=20, closure="scale",
        strategies=strategies, price_index=[1, 1.5, 2],
    )  # fmt: skip


def test_fewer_hours_are_fewer_hours_of_demand(made):
    value, usual = made.of("hours").valued, made.demand(RATES)
    demand = made.of("hours").demand(RATES)
    j = made.levels.index("moderate")
    off = 12 * HOURS["moderate"] * value.time_off[:, j]
    assert (off > 0).all()
    for name, share in (("granted_hours", 1), ("performed_hours", 0.8), ("posts_home", 0.8 / 1500)):
        found = demand.point[name] - usual.point[name]
        np.testing.assert_allclose(found, -share * off, rtol=1e-9, err_msg=name)
        drawn = (demand.draws[name] - usual.draws[name]).mean(axis=0)
        np.testing.assert_allclose(
            drawn, -share * 12 * HOURS["moderate"] * value.time_off_draws[:, :, j].mean(axis=0),
            rtol=1e-9,
        )  # fmt: skip
    for name in ("persons", "person_years", "heavy_persons", "places", "new_users"):
        np.testing.assert_allclose(demand.point[name], usual.point[name])
    assert any(f.startswith("I-HOURS-EFFECT") for f in demand.findings)
    assert any(f.startswith("W-COST-MISSING") for f in demand.findings)


def test_a_budget_has_the_programme_in_prices_of_its_year_and_the_hours(made):
    other = made.of("shower_ot_3m")
    old, new = (kh.budget(p.demand(RATES), PRICES) for p in (made, other))
    value = other.valued
    real = value.programme / np.array([1.5, 2])
    np.testing.assert_allclose(new.real[:, new.lines.index("programme")], real, rtol=1e-12)
    impact = kh.budget_impact(new, old)
    np.testing.assert_allclose(impact.real, (new.real - old.real).sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(
        sum(impact.parts.values()), impact.real, rtol=1e-9, atol=1e-6 * np.abs(old.real).max()
    )
    hours = other.demand(RATES).point["performed_hours"]
    np.testing.assert_allclose(new.real[:, 0], 500 * hours, rtol=1e-12)
    np.testing.assert_allclose(
        new.real_draws.mean(axis=0) - old.real_draws.mean(axis=0), impact.real,
        rtol=0.3, atol=0.02 * np.abs(impact.real).max(),
    )  # fmt: skip
    no_hours = kh.budget(made.demand(RATES), PRICES)
    assert no_hours.real[:, no_hours.lines.index("programme")].tolist() == [0, 0]


def test_a_programme_in_other_prices_is_refused(made):
    with pytest.raises(kh.InvalidInput, match=r"prices of 2018.*\[E-COST\]"):
        kh.budget(made.of("shower_ot_3m").demand(RATES), kh.Prices(2020, 500, 2000))


@pytest.mark.parametrize(("mean", "capacity"), [(23.1, 10), (40, 45), (0.5, 7.5)])
def test_teams_of_expected_numbers_are_expected_teams(mean, capacity):
    costs = kh.StrategyCosts(2018, team_per_month=100, capacity=capacity, stay=1)
    found = costs.of_starts(np.full(6, mean))
    assert found["enrolled"][-1] == pytest.approx(mean)
    assert found["teams"][-1] == pytest.approx(poisson_teams(mean, capacity), rel=1e-9)
    assert found["cost"][-1] == pytest.approx(100 * poisson_teams(mean, capacity), rel=1e-9)
    whole = costs.of_starts(np.full(6, mean), counted=True)
    assert whole["teams"][-1] == max(1, math.ceil(mean / capacity))


def test_heads_that_disagree_are_told():
    team = kh.Programme(
        fixed_cost=300_000, variable_cost=2_000, otherwise_helped=0.8, double_work=0.25, hours=40,
        hour_cost=500, stay=3, price_year=2024,
    )  # fmt: skip
    found = kh.break_even(team, enrolled=30, starts=10, head_count=99)
    assert [f.code for f in found.findings] == ["W-LITTLE", "I-NO-SPREAD"]
    assert "99 persons some time in a month, but 30 enrolled" in str(found)
    assert "W-LITTLE" in str(kh.stock_and_flow(enrolled=30, starts=10, stay=3, head_count=60))
    assert "W-LITTLE" not in str(kh.stock_and_flow(enrolled=30, starts=10, stay=3, head_count=40))
    with pytest.raises(kh.InvalidInput, match="from a normal distribution of mean 20"):
        kh.break_even(team.replaced(hours=kh.uncertain(20, se=6, shape="normal")), enrolled=30)


@pytest.mark.parametrize(
    ("capacity", "said"),
    [
        (
            45,
            "keep is level with close or better at 30\N{EN DASH}45, from 60 enrolled, "
            "and nowhere else",
        ),
        (30, "keep is level with close or better only where the teams are full: at 30, 60, …"),
        (1000, "keep is level with close at 30 enrolled."),
    ],
)
def test_all_turning_points_of_ways_are_told(capacity, said):
    team = kh.Programme(
        fixed_cost=300_000, variable_cost=2_000, otherwise_helped=0.8, double_work=0.25, hours=40,
        hour_cost=500, stay=3, price_year=2024, capacity=capacity,
    )  # fmt: skip
    found = kh.compare_ways([kh.Way("keep", team, 50), kh.closing("close", price_year=2024)])
    assert any(line.startswith(said) for line in found.in_words())
