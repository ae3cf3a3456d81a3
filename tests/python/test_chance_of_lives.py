"""The law of chance in single lives for returns counted as new and for states with phases."""

import dataclasses

import numpy as np
import pytest
import small_town
from test_phased_projection import LEVELS, WithPhases
from test_projection import StandInFit

import kohort as kh
from kohort import datasets
from kohort.many_runs.with_chance import LivesByChance, with_chance

MODEL = kh.Model(
    small_town.MODEL.states, [*small_town.MODEL.transitions, ("ended", "high")], death="dead"
)


def returning(spread=0.0):
    """A fit from which those whose support has ended come back, and entries that count them."""
    rates = np.append(small_town.RATES, 0.02)
    fit = kh.from_coefficients(MODEL, np.log(rates), np.diag(np.full(rates.size, spread**2)))
    plain = small_town.entries()
    return fit, dataclasses.replace(plain, settings={**plain.settings, "returns": "as new"}), plain


def law(fit, entries, **changes):
    given = {"stock": small_town.stock(), "years": 4, "closure": "scale"} | changes
    population = given.pop("population", small_town.population())
    return LivesByChance.of(fit, population, entries, given.pop("stock"), **given)


def without_migration():
    """A population whose ages follow each other by their deaths alone, the same every year."""
    mortality = small_town.population().mortality
    step = np.exp(-(mortality[0, :, :-1] + mortality[0, :, 1:]) / 2)
    persons = 400 * np.cumprod(np.column_stack([np.ones(2), step]), axis=1)
    persons[:, -1] /= 1 - np.exp(-mortality[0, :, -1])
    every = np.broadcast_to(persons, mortality.shape).copy()
    return kh.Population(small_town.AGES, small_town.population().years, every, mortality)


def test_returns_as_new_vary_as_persons_simulated_one_by_one_do():
    """The microsimulation's covariance is exact."""
    fit, as_new, apart = returning()
    population = without_migration()
    stock = np.round(population.persons[0][:, :, None] * np.array([0.15, 0.06, 0.03]))
    found = law(fit, as_new, population=population, stock=stock)
    lives = kh.simulate_population(
        fit, population, as_new, stock=stock, replicates=2, closure="scale"
    )
    assert lives.expected is not None
    cells = (5, len(found.states) + 1) * 2
    both = sum(np.asarray(sex).reshape(cells) for sex in lives.expected.covariances)
    exact = np.stack([both[y, 1:, y, 1:] for y in range(5)])
    ratio = (
        np.diagonal(found.persons - exact, axis1=1, axis2=2)[1:]
        / np.diagonal(exact, axis1=1, axis2=2)[1:]
    )
    assert np.all(np.abs(ratio) < 0.015)
    # Counted apart they come back by the fit's rates: another law.
    other = law(fit, apart, population=population, stock=stock).persons[-1]
    assert np.abs(np.diag(other) / np.diag(found.persons[-1]) - 1).max() > 0.06


def test_returns_as_new_are_drawn_everywhere_as_project_draws_them():
    fit, as_new, apart = returning(spread=0.05)
    given = {"stock": small_town.stock(), "costs": small_town.COSTS, "closure": "scale", "seed": 3}
    made = kh.project(fit, small_town.population(), as_new, draws=64, **given)
    users = made.draws_persons[:, 1:, 1:3].sum(axis=2)
    many = kh.run_many([small_town.case(fit=fit, entries=as_new)], draws=64, seed=3).of("here")
    every = np.hstack([made.draws_persons[:, :, 1:3].sum(axis=2), made.draws_new_users,
                       made.draws_cost])  # fmt: skip
    assert many.mean == pytest.approx(every.mean(axis=0), rel=1e-10)
    told = kh.sources_of_uncertainty(
        fit, small_town.population(), as_new, draws=64, **given, measures=("users",)
    )
    np.testing.assert_allclose(told.draws_expected, users, rtol=1e-10)
    other = kh.project(fit, small_town.population(), apart, draws=64, **given)
    assert np.abs(other.draws_persons[:, -1, 1:3].sum(axis=1) / users[:, -1] - 1).min() > 0.01


@pytest.fixture(scope="module")
def town():
    """Stock, population and entries for the stand-in's fit."""
    population = kh.Population.from_wpp(datasets.columns("example/population"), years=3)
    stock = np.round(population.persons[0][:, :, None] * np.array([0.06, 0.03, 0.02, 0.01, 0.02]))
    entries = kh.Entries.from_table(0.05, [0.53, 0.17, 0.23, 0.07], LEVELS)
    return {"entries": entries, "population": population, "stock": stock, "years": 3}


def test_phases_that_leave_alike_change_no_law(town):
    plain, fine = law(StandInFit(), **town), law(WithPhases(), **town)
    assert fine.states == plain.states
    scale = np.sqrt(np.einsum("yaa,ybb->yab", plain.persons, plain.persons)) + 1e-6
    assert np.abs((fine.persons - plain.persons) / scale).max() < 1e-8
    cost = np.array([0, 20, 80, 240, 800, 5.0])
    np.testing.assert_allclose(
        fine.variance_of_years(cost), plain.variance_of_years(cost), rtol=1e-8
    )
    # Whom a slow second phase holds varies less in number of those who leave, and otherwise.
    slow = law(WithPhases(leaves=(1.0, 0.3)), **town)
    place = slow.states.index("total")
    assert abs(slow.persons[-1, place, place] / plain.persons[-1, place, place] - 1) > 0.02


def test_chance_is_added_to_a_projection_with_phases(town):
    fit = WithPhases(leaves=(1.0, 0.3))
    costs = kh.Costs(dict(zip(LEVELS, (20, 80, 240, 800), strict=True)), 2024)
    made = kh.project(
        fit, town["population"], town["entries"], stock=town["stock"], years=3, costs=costs,
        draws=800, closure="scale", fitted_ages=(65, 110),
    )  # fmt: skip
    lives = law(fit, **town)
    weight = costs.per_state(made.states, ["none", "ended"])
    wide = with_chance(made, lives, weight)
    added = (wide.draws_persons - made.draws_persons)[:, 1:, 1:]
    np.testing.assert_allclose(
        added.var(axis=0), np.diagonal(lives.persons[1:], axis1=1, axis2=2), rtol=4 / np.sqrt(400)
    )
    spent = (wide.draws_cost - made.draws_cost).var(axis=0)
    np.testing.assert_allclose(spent, lives.variance_of_years(weight), rtol=4 / np.sqrt(400))
