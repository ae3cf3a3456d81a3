"""One rule for a price index: support, what a strategy costs itself, and fewer hours."""

import datetime as dt

import numpy as np
import pytest

import kohort as kh
from kohort.study.settings import shipped_study

INDEX = (1.0, 1.5, 2.0)


@pytest.fixture(scope="module")
def given():
    study = shipped_study("kohort:small").replaced(draws=40)
    run = study.run()
    costs = kh.Costs(study.costs.by_level, 2018)
    dressed = kh.StrategyCosts(2018, per_enrolment=10_000, team_per_month=50_000, capacity=30)
    hours = kh.effect.hours_ratio(["moderate"], 0.23, months=(0, 3))
    better = kh.presets.recovery_1_4_year1(costs=dressed)
    strategies = [better, kh.Strategy("hours", (hours,), costs=dressed)]
    stock = run.decisions.stock(dt.date(2024, 12, 31))
    return run, {
        "stock": stock, "years": 2, "costs": costs, "draws": 20, "closure": "scale",
        "strategies": strategies,
    }  # fmt: skip


@pytest.fixture(scope="module")
def both(given):
    run, k = given
    parts = (run.fit, run.population, run.entries)
    return kh.project(*parts, **k), kh.project(*parts, **k, price_index=INDEX)


@pytest.mark.parametrize("name", ["recovery_1_4_year1", "hours"])
def test_an_index_moves_every_amount_alike(both, name):
    real, nominal = (p.of(name) for p in both)
    levels = np.array(INDEX[1:])
    for attribute in ("programme", "hours", "programme_draws", "hours_draws"):
        a, b = (getattr(p.valued, attribute) for p in (real, nominal))
        np.testing.assert_allclose(b, a * levels, rtol=1e-12, err_msg=attribute)
    np.testing.assert_allclose(nominal.draws_cost, real.draws_cost * levels, rtol=1e-12)
    a, b = (kh.strategy_outcomes(p)[name] for p in both)
    assert b.programme == pytest.approx((real.valued.programme * levels).sum(), rel=1e-12)
    assert b.total != pytest.approx(a.total)
    differences = [p.compare()[name, "total"].point for p in both]
    np.testing.assert_allclose(differences[1], differences[0] * levels, rtol=1e-9)


def test_the_labels_say_which_money_it_is(both):
    real, nominal = both
    assert real.money == "prices of 2018"
    for shown in (real, real.compare(), kh.strategy_outcomes(real)):
        assert "in prices of 2018" in str(shown)
        assert "nominal" not in str(shown)
    for shown in (nominal, nominal.of("hours"), nominal.compare(), kh.strategy_outcomes(nominal)):
        assert "each year's prices (nominal" in str(shown)
        assert "in prices of 2018" not in str(shown)


def test_a_real_rate_on_nominal_money_is_said(both):
    real, nominal = both
    assert kh.evaluate(real, discount=0.03).findings == ()
    mixed = kh.evaluate(nominal, discount=0.03)
    assert [f[:18] for f in mixed.findings] == ["W-DISCOUNT-NOMINAL"]
    assert "W-DISCOUNT-NOMINAL" in str(mixed.at(500_000))
    assert "each year's prices" in mixed.basis
    right = kh.evaluate(nominal, discount=0.05, rate="nominal", discount_effects=0.03)
    assert right.findings == ()
    assert "5 % nominal" in right.basis
    assert kh.evaluate(nominal, discount=0).findings == ()
    with pytest.raises(kh.InvalidInput, match="E-DISCOUNT"):
        kh.evaluate(nominal, discount=0.05, rate="nominal")
    with pytest.raises(kh.InvalidInput, match="E-COST"):
        kh.evaluate({"a": real, "b": nominal}, discount=0.03)


def test_a_nominal_rate_and_an_index_of_the_same_inflation_give_the_real_value(given):
    run, k = given
    parts = (run.fit, run.population, run.entries)
    grown = [1.02**t for t in (0.5, 1.5, 2.5)]  # from the middle of each year, the price year's end
    nominal = kh.project(*parts, **k, price_index=[1.0, *grown[:2]])
    real = kh.evaluate(kh.project(*parts, **k), discount=0.03)
    same = kh.evaluate(
        nominal, discount=kh.nominal_rate(0.03, 0.02), rate="nominal", discount_effects=0.03
    )
    np.testing.assert_allclose(same.costs, real.costs, rtol=1e-12)


def test_one_projection_and_many_agree_on_nominal_programme(given, both):
    run, k = given
    case = kh.Case(
        municipality="A", fit=run.fit, population=run.population, entries=run.entries,
        stock=k["stock"], costs=k["costs"], strategies=k["strategies"][:1], price_index=INDEX,
    )  # fmt: skip
    many = kh.run_many(
        [case], draws=20, years=2, measures=("cost", "programme"), executor="threads", workers=1
    )
    mean = many.of("A", strategy="recovery_1_4_year1").mean
    other = both[1].of("recovery_1_4_year1")
    np.testing.assert_allclose(
        mean, [*other.draws_cost.mean(axis=0), *other.valued.programme_draws.mean(axis=0)],
        rtol=0.05,
    )  # fmt: skip
    assert "each year's prices (nominal" in str(many)


def test_own_costs_given_to_evaluate_follow_the_index(given):
    run, k = given
    parts = (run.fit, run.population, run.entries)
    bare = k | {"strategies": [kh.presets.recovery_1_4_year1()]}
    own = {"recovery_1_4_year1": [1e6, 1e6]}
    nominal = kh.project(*parts, **bare, price_index=INDEX)
    plain = kh.evaluate(nominal, discount=0)
    with_own = kh.evaluate(nominal, discount=0, own_costs=own)
    added = with_own.increments()[0] - plain.increments()[0]
    np.testing.assert_allclose(added, 3.5e6, rtol=1e-9)
