"""Discounting from the middle of each month or quarter that a projection has."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import small_town

import kohort as kh
from kohort.evaluation.option_values import present_worth, worth_within_years

EARLY = kh.Strategy(
    "early", (kh.effect.intensity_ratio([("high", "dead")], 0.5, months=(0, 3), clock="calendar"),),
    enrols="users",
)  # fmt: skip


def project(grid):
    return kh.project(
        small_town.FIT, small_town.population(), small_town.entries(), stock=small_town.stock(),
        costs=small_town.COSTS, closure="scale", seed=1, draws=8, strategies=[EARLY], grid=grid,
    )  # fmt: skip


@pytest.fixture(scope="module")
def by_grid():
    return {grid: project(grid) for grid in ("year", "quarter", "month")}


@pytest.mark.parametrize("leaves", [0.05, 0.5, 3.0])
def test_a_group_that_leaves_at_a_rate_is_worth_its_closed_form(leaves):
    """100 persons leave at `leaves` a year: their discounted years are
    100 (1 - exp(-(leaves + force) T)) / (leaves + force)."""
    T, discount = 4, 0.04
    times = np.arange(12 * T + 1) / 12
    months = 100 * -np.diff(np.exp(-leaves * times)) / leaves
    run = SimpleNamespace(
        draws=0, by_period=SimpleNamespace(times=times, person_years=months[:, None, None, None])
    )
    yearly = months.reshape(1, T, 12).sum(axis=2)
    total = leaves + np.log1p(discount)
    exact = 100 * -np.expm1(-total * T) / total
    plain = present_worth(yearly, discount)
    found = plain + worth_within_years(run, np.ones((1, 1, 1)), discount)
    error = abs(found[0] / exact - 1)
    assert error < 1e-4 * leaves
    assert error < abs(plain[0] / exact - 1) / 20
    assert worth_within_years(run, np.ones((1, 1, 1)), 0.0) == 0


def test_finer_periods_come_nearer(by_grid):
    """By the square of their length where numbers are smooth; here people turn the lowest age on
    three days of a year. The effect ends with a quarter."""
    worth = {grid: kh.evaluate(run, discount=0.05) for grid, run in by_grid.items()}
    for what in ("costs", "effects"):
        of = {grid: getattr(one, what) for grid, one in worth.items()}
        off = [np.abs(of[grid] - of["month"])[:, 0] for grid in ("year", "quarter")]
        assert np.all(off[0] > 5 * off[1])
        gained = {grid: values[:, 1] - values[:, 0] for grid, values in of.items()}
        assert np.all(np.abs(gained["quarter"] / gained["month"] - 1) < 1e-3)
    assert "from the middle of each month" in worth["month"].basis
    assert "from the middle of each year" in worth["year"].basis


def test_undiscounted_totals_do_not_know_of_periods(by_grid):
    plain, fine = (kh.evaluate(by_grid[grid], discount=0.0) for grid in ("year", "month"))
    np.testing.assert_allclose(fine.costs, plain.costs, rtol=1e-12)
    np.testing.assert_allclose(fine.effects, plain.effects, rtol=1e-12)


def test_utilities_by_draw_and_a_point_estimate_are_discounted_by_period_too(by_grid):
    run = by_grid["month"]
    utilities = np.random.default_rng(1).uniform(0.2, 0.9, (8, len(run.states)))
    every = kh.evaluate(run, discount=0.03, utilities=utilities).effects
    weights = 1.03 ** -((run.by_period.times[1:] + run.by_period.times[:-1]) / 2)
    by_hand = np.einsum("p,kps,ks->k", weights, run.by_period.draws_person_years, utilities)
    np.testing.assert_allclose(every[:, 0], by_hand, rtol=1e-10)
    point = dataclasses.replace(run, draws=0)
    alone = {"a": point, "b": point}
    years = run.by_period.person_years.sum(axis=(1, 2, 3))
    assert kh.evaluate(alone, discount=0.03).effects[0, 0] == pytest.approx(weights @ years)


def test_options_by_different_periods_are_not_compared(by_grid):
    with pytest.raises(kh.InvalidInput, match="other draws, seed, states, years or periods"):
        kh.evaluate({"a": by_grid["year"], "b": by_grid["month"]}, discount=0.03)
