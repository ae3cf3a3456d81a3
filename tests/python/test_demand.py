"""Demand, prices, budgets and their payers, from a projection; a cohort in many draws."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from test_projection import COSTS, LEVELS, StandInFit

import kohort as kh
from kohort import datasets

RATES = kh.DemandRates(
    hours={"light": 8, "moderate": 25, "high": 60, "total": 130},
    performed=0.85,
    in_homes={"high": 0.2, "total": 0.6},
    heavy={"high": 0.1, "total": 1},
    heavy_hours={"high": 125},
    vacancy_days=21,
    occupancy=0.98,
    hours_per_post=1350,
    posts_per_place=0.95,
)
PRICES = kh.Prices(
    2024,
    per_hour=646,
    per_place_day=2566,
    per_level={"light": 3000},
    per_new_user=12_000,
    per_move={("light", "moderate"): 4000},
    once={2027: 2_000_000},
    wage_share={"home_help": 0.85, "care_homes": 0.7, "new_users": 0.9},
    fee_home=9000,
    fee_resident=60_000,
    payers={"new_users": {"municipality": 0.5, "region": 0.5}},
)


@pytest.fixture(scope="module")
def projected():
    decisions = kh.read_decisions(
        datasets.example_decisions(),
        level_rule=kh.SUPPORT_RULE,
        extraction_date="2024-12-31",
        observed_from="2015-01-01",
    )
    population = kh.Population.from_wpp(datasets.columns("example/population"), years=5)
    return kh.project(
        StandInFit(), population, kh.fit_entries(decisions, population),
        stock=decisions.stock("2024-12-31"), costs=COSTS, draws=40, closure="scale",
    )  # fmt: skip


@pytest.fixture(scope="module")
def demanded(projected):
    return kh.demand(projected, RATES)


# --- demand ---------------------------------------------------------------------------------------
def test_demand_is_persons_times_what_each_needs(projected, demanded):
    place = [projected.states.index(level) for level in LEVELS]
    years = projected.person_years.sum(axis=(2, 3))[:, place]
    np.testing.assert_array_equal(demanded.level_years, years)
    np.testing.assert_array_equal(projected.demand(RATES).level_years, years)
    home = years * [1, 1, 0.8, 0.4]
    hours = [8, 25, 0.9 * 60 + 0.1 * 125, 130]
    np.testing.assert_allclose(demanded.point["granted_hours"], 12 * home @ hours, rtol=1e-13)
    np.testing.assert_allclose(
        demanded.point["performed_hours"], 0.85 * demanded.point["granted_hours"], rtol=1e-13
    )
    np.testing.assert_allclose(demanded.point["heavy_persons"], home @ [0, 0, 0.1, 1], rtol=1e-13)
    residents = years @ [0, 0, 0.2, 0.6]
    np.testing.assert_allclose(demanded.point["residents"], residents, rtol=1e-13)
    places = (residents + demanded.exits * 21 / 365.25) / 0.98
    np.testing.assert_allclose(demanded.point["places"], places, rtol=1e-13)
    np.testing.assert_allclose(
        demanded.point["posts_home"], demanded.point["performed_hours"] / 1350, rtol=1e-13
    )


def test_who_leaves_a_care_home(projected, demanded):
    deaths = projected.deaths @ [
        {"high": 0.2, "total": 0.6}.get(state, 0) for state in projected.states
    ]
    share = {"high": 0.2, "total": 0.6}
    better = sum(
        projected.moved[:, i] * max(share.get(a, 0) - share.get(b, 0), 0)
        for i, (a, b) in enumerate(projected.moves)
    )
    np.testing.assert_allclose(demanded.exits, deaths + better, rtol=1e-13)


def test_intervals_hold_each_other_and_come_from_draws(demanded):
    for measure in ("persons", "places", "performed_hours", "new_users", "posts_home"):
        inner, outer = demanded.intervals(measure, 0.8), demanded.intervals(measure)
        assert np.all(outer[0] <= inner[0])
        assert np.all(inner[1] <= outer[1])
        assert demanded.draws[measure].shape == (40, 5)
    with pytest.raises(kh.InvalidInput, match="the measures are"):
        demanded.intervals("beds")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hours": {"light": 8}}, "no hours for 'moderate'"),
        ({"in_homes": {"huge": 0.5}}, "in_homes of 'huge'"),
        ({"performed": 1.2}, "share performed of level 0 is 1.2"),
        ({"heavy_hours": {"high": 90}}, "fewer than 120 hours"),
        ({"occupancy": 0}, "occupancy is 0"),
    ],
)
def test_rates_that_cannot_be_are_refused(projected, changes, words):
    from dataclasses import replace

    with pytest.raises(kh.InvalidInput, match=words):
        kh.demand(projected, replace(RATES, **changes))


# --- price indices --------------------------------------------------------------------------------
PKV = kh.PriceIndex(
    "PKV", "2017-09-28", {2015: 2.4, 2016: 2.7, 2017: 2.8, 2018: 3.0}, forecast=[2017, 2018]
)


def test_an_index_by_edition_and_index_year():
    ahead = PKV.convert(2015, 2018)
    assert ahead.factor == pytest.approx(1.027 * 1.028 * 1.03, rel=1e-14)
    assert ahead.forecast_years == (2017, 2018)
    assert "edition 2017-09-28; forecast for 2017, 2018" in str(ahead)
    assert PKV.convert(2017, 2018, lag=2).factor == pytest.approx(1.027, rel=1e-14)
    with pytest.raises(kh.InvalidInput, match="no change for 2019"):
        PKV.convert(2015, 2019)
    assert pickle.loads(pickle.dumps(PKV)).percent == PKV.percent
    with pytest.raises(AttributeError):
        PKV.edition = "2018"


# --- the budget -----------------------------------------------------------------------------------
def test_lines_of_the_budget(projected, demanded):
    found = kh.budget(demanded, PRICES)
    point = demanded.point
    lines = dict(zip(found.lines, found.real.T, strict=True))
    np.testing.assert_allclose(lines["home_help"], point["performed_hours"] * 646, rtol=1e-12)
    np.testing.assert_allclose(lines["care_homes"], point["places"] * 365.25 * 2566, rtol=1e-12)
    np.testing.assert_allclose(lines["new_users"], point["new_users"] * 12_000, rtol=1e-12)
    moved = demanded.moves["light", "moderate"]
    np.testing.assert_allclose(lines["moves"], moved * 4000, rtol=1e-12)
    np.testing.assert_allclose(lines["once"], [0, 0, 2e6, 0, 0], rtol=1e-12)
    assert found.nominal is None
    assert found.real_draws.shape == (40, 5)
    # Draws scatter around the point estimate; the point lies inside their limits.
    low, high = found.intervals(0.99)
    assert np.all((low < found.real.sum(axis=1)) & (found.real.sum(axis=1) < high))


def test_parts_of_each_years_change_add_up_in_the_money_of_the_year(demanded):
    wages, others = 1.03 ** np.arange(1, 6), 1.01 ** np.arange(1, 6)
    found = kh.budget(demanded, PRICES, wages=wages, others=others)
    parts = sum(found.change.values())
    np.testing.assert_allclose(parts, np.diff(found.nominal.sum(axis=1)), rtol=1e-10)
    assert np.all(found.change["wage"] > found.change["price"])
    # In fixed prices there is no part of prices.
    plain = kh.budget(demanded, PRICES)
    np.testing.assert_allclose(plain.change["wage"] + plain.change["price"], 0, atol=1e-6)
    np.testing.assert_allclose(
        sum(plain.change.values()), np.diff(plain.real.sum(axis=1)), rtol=1e-8
    )


def test_wages_alone_raise_the_cost_by_their_share(demanded):
    found = kh.budget(demanded, PRICES, wages=[1, 1.04, 1.04, 1.04, 1.04])
    share = found.nominal[1].sum() / found.real[1].sum() - 1
    assert 0.04 * 0.7 < share < 0.04 * 0.85
    np.testing.assert_allclose(found.change["price"], 0, atol=1e-6)
    np.testing.assert_allclose(found.change["wage"][1:], 0, atol=1e-6)


def test_one_index_for_all_prices_is_named_with_its_forecasts(demanded):
    index = kh.PriceIndex(
        "PKV", "2026-10", {y: 3.0 for y in range(2025, 2030)}, forecast=range(2027, 2030)
    )
    found = kh.budget(demanded, PRICES, index=index)
    np.testing.assert_allclose(
        found.nominal.sum(axis=1), found.real.sum(axis=1) * 1.03 ** np.arange(1, 6), rtol=1e-12
    )
    assert "PKV, edition 2026-10; forecast for 2027, 2028, 2029" in found.index
    assert any("I-INDEX-FORECAST" in finding for finding in found.findings)
    with pytest.raises(kh.InvalidInput, match="E-INDEX-MISSING"):
        kh.budget(demanded, PRICES, index=PKV)


def test_payers_and_ore_add_up_at_every_level(demanded):
    found = kh.budget(demanded, PRICES, wages=1.03 ** np.arange(1, 6))
    assert found.payers == ("municipality", "region", "users")
    np.testing.assert_allclose(found.real_by_payer.sum(axis=1), found.real, rtol=1e-12)
    region = found.real_by_payer[:, 1].sum(axis=1)
    np.testing.assert_allclose(region, found.real[:, 3] / 2, rtol=1e-12)
    residents = demanded.point["residents"]
    np.testing.assert_allclose(found.real_by_payer[:, 2, 1], residents * 60_000, rtol=1e-12)
    ore = found.ore()
    assert ore.dtype == np.int64
    assert ore.sum() == round(100 * found.nominal.sum())
    exact = 100 * found.nominal_by_payer
    assert np.max(np.abs(ore - exact)) < 1
    assert np.max(np.abs(ore.sum(axis=2) - exact.sum(axis=2))) < 1
    assert np.max(np.abs(ore.sum(axis=(1, 2)) - exact.sum(axis=(1, 2)))) < 1
    with pytest.raises(kh.InvalidInput, match=r"home help\D*costs.*Lower fee_home.*E-FEE"):
        kh.budget(demanded, kh.Prices(2024, per_hour=1, per_place_day=1, fee_home=1e6))
    late = kh.Prices(2024, per_hour=500, per_place_day=2000, once={int(demanded.years[-1]) + 1: 1})
    assert any(f.startswith("W-ONCE-OUTSIDE") for f in kh.budget(demanded, late).findings)


def test_real_and_nominal_rates_are_kept_apart(demanded):
    found = kh.budget(
        demanded, PRICES, wages=1.02 ** np.arange(1, 6), others=1.02 ** np.arange(1, 6)
    )
    real = found.present_value(0.03, rate="real", dated="end")
    nominal = found.present_value(
        kh.nominal_rate(0.03, 0.02), rate="nominal", prices="nominal", dated="end"
    )
    assert nominal.value == pytest.approx(real.value, rel=1e-12)
    assert real.findings == nominal.findings == ()
    mixed = found.present_value(0.03, rate="real", prices="nominal")
    assert "W-DISCOUNT-NOMINAL" in mixed.findings[0]
    yearly = found.real.sum(axis=1)
    middle = found.present_value(0.03, rate="real").value
    assert middle == pytest.approx(yearly @ 1.03 ** -(np.arange(5) + 0.5), rel=1e-13)


def test_budget_impact_of_fewer_hours_is_all_service(demanded, projected):
    from dataclasses import replace

    old = kh.budget(demanded, PRICES)
    fewer = replace(RATES, hours={name: 0.9 * h for name, h in RATES.hours.items()}, heavy_from=110)
    new = kh.budget(kh.demand(projected, fewer), PRICES)
    found = kh.budget_impact(new, old)
    np.testing.assert_allclose(found.real, (new.real - old.real).sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(found.parts["service"], found.real, rtol=1e-9)
    assert np.all(found.real < 0)
    assert found.real_draws.shape == (40, 5)
    nothing = kh.budget_impact(old, old)
    assert not np.any(nothing.real)
    assert not np.any(nothing.real_draws)
    with pytest.raises(kh.InvalidInput, match="E-SHAPE"):
        kh.budget_impact(old, kh.budget(demanded, kh.Prices(2023, 600, 2400)))


def test_prices_need_a_year_and_known_lines():
    with pytest.raises(kh.InvalidInput, match="price year is 0"):
        kh.Prices(0, 1, 1)
    with pytest.raises(kh.InvalidInput, match="'food' is no line"):
        kh.Prices(2024, 1, 1, payers={"food": {"region": 1}})


# --- evaluation of projections --------------------------------------------------------------------
def test_a_projection_against_itself_has_no_increment(projected):
    found = kh.evaluate({"usual": projected, "same": projected}, discount=0.03)
    cost, effect = found.increments()
    assert not np.any(cost)
    assert not np.any(effect)
    assert found.effect == "life-years"
    assert f"prices of {COSTS.price_year}" in found.basis
    alive = projected.draws_person_years.sum(axis=2)
    worth = alive @ 1.03 ** -(np.arange(5) + 0.5)
    np.testing.assert_allclose(found.effects[:, 0], worth, rtol=1e-12)


def test_what_an_option_costs_itself_is_discounted_and_added(projected):
    pair = {"usual": projected, "team": projected}
    found = kh.evaluate(pair, discount=0.03, own_costs={"team": [5e6, 4e6, 4e6, 4e6, 4e6]})
    own = np.array([5e6, 4e6, 4e6, 4e6, 4e6]) @ 1.03 ** -(np.arange(5) + 0.5)
    np.testing.assert_allclose(found.increments()[0], own, rtol=1e-6)
    with pytest.raises(kh.InvalidInput, match="own costs of 'club'"):
        kh.evaluate(pair, discount=0.03, own_costs={"club": 1})
    with pytest.raises(kh.InvalidInput, match=r"own costs of 'team' are \(3,\)"):
        kh.evaluate(pair, discount=0.03, own_costs={"team": [1, 2, 3]})


def test_qalys_are_worth_times_years(projected):
    worth = dict.fromkeys(projected.states, 0.5)
    half = kh.evaluate({"a": projected, "b": projected}, utilities=worth, discount=0)
    whole = kh.evaluate({"a": projected, "b": projected}, discount=0)
    np.testing.assert_allclose(half.effects, whole.effects / 2, rtol=1e-13)
    with pytest.raises(kh.InvalidInput, match="no utility for"):
        kh.evaluate({"a": projected, "b": projected}, utilities={"none": 1}, discount=0)
    with pytest.raises(kh.InvalidInput, match="no discount rate"):
        kh.evaluate({"a": projected, "b": projected})
    with pytest.raises(kh.InvalidInput, match="at least two options"):
        kh.evaluate(projected, discount=0)


# --- a cohort in many draws -----------------------------------------------------------------------
def test_many_draws_are_each_draw_by_itself():
    rng = np.random.default_rng(1)
    p = rng.dirichlet([5, 1, 1], size=(50, 2, 3))
    p[:, :, 2] = [0, 0, 1]
    costs, worth = rng.uniform(size=(50, 2, 3)), [1, 0.5, 0]
    found = kh.probabilistic_cohort(
        [1, 0, 0], probabilities=p, costs=costs, utilities=worth, cycles=7, cycle_length=0.5,
        accounting="trapezoid", discount=0.03, discount_effects=0.01, strategies=("a", "b"),
    )  # fmt: skip
    for d, s in ((0, 0), (31, 1), (49, 0)):
        one = kh.follow([1, 0, 0], probabilities=p[d, s], cycles=7, cycle_length=0.5)
        money = one.value(costs[d, s], accounting="trapezoid", discount=0.03).total
        years = one.value(worth, accounting="trapezoid", discount=0.01).total
        assert found.costs[d, s] == pytest.approx(money, rel=1e-13)
        assert found.effects[d, s] == pytest.approx(years, rel=1e-13)
    assert found.mean.shape == (8, 2, 3)
    np.testing.assert_allclose(found.mean.sum(axis=2), 1, rtol=1e-13)
    assert np.all(found.low <= found.high)
    compared = found.evaluate()
    np.testing.assert_array_equal(compared.costs, found.costs)
    assert len(found.to_frame("polars")) == 48
    lived = kh.probabilistic_cohort(
        [1, 0, 0], probabilities=p, costs=0, cycles=3, accounting="start", discount=0
    )
    assert lived.effect == "life-years"
    assert np.all(lived.effects <= 3)
    with pytest.raises(kh.InvalidInput, match="E-PROBABILITY"):
        kh.probabilistic_cohort(
            [1, 0, 0], probabilities=p * 0.9, costs=0, cycles=3, accounting="start", discount=0
        )


# --- pictures -------------------------------------------------------------------------------------
@pytest.mark.parametrize("lang", ["sv", "en"])
def test_every_picture_of_demand_and_money_can_be_drawn(demanded, lang):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    for measure in demanded.point:
        demanded.plot(measure, lang=lang)
    found = kh.budget(demanded, PRICES, wages=1.03 ** np.arange(1, 6))
    found.plot("lines", lang=lang)
    found.plot("change", lang=lang)
    kh.budget_impact(found, found).plot(lang=lang)
    pyplot.close("all")


@pytest.mark.parametrize(("times", "unit"), [(5e-7, "kronor"), (5e-5, "tkr"), (0.5, "mnkr")])
def test_pictures_of_money_choose_their_unit(demanded, times, unit):
    pytest.importorskip("matplotlib")
    prices = kh.Prices(2024, 400 * times, 2_600 * times)
    found = kh.budget(demanded, prices, wages=1.03 ** np.arange(1, 6))
    dearer = kh.budget(demanded, kh.Prices(2024, 500 * times, 2_600 * times))
    impact = kh.budget_impact(dearer, kh.budget(demanded, prices))
    for ax in (found.plot("lines", lang="sv"), impact.plot(lang="sv")):
        assert f", {unit} i 2024 års priser" in ax.get_title(loc="left")
        highest = max(bar.get_y() + bar.get_height() for bar in ax.patches)
        assert 1 < highest < 1000
    of_change = found.plot("change", lang="sv").get_title(loc="left")
    assert of_change.startswith("Förändring från året före, ")


def test_demand_and_budget_print(demanded):
    assert "care-home places" in str(demanded)
    assert "<table" in demanded._repr_html_()
    assert len(demanded.to_frame("pandas")) == 5 * len(demanded.point)
    found = kh.budget(demanded, PRICES)
    assert "prices of 2024" in str(found)
    assert set(found.to_frame("pandas").columns) == {"year", "payer", "line", "real"}
