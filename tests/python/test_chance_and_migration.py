"""Chance in single lives where people move in and out: against persons, one by one."""

import dataclasses

import numpy as np
import pytest
import small_town
from test_chance_of_lives import law, without_migration

import kohort as kh
from kohort.study import study_sources
from kohort.study.settings import shipped_study

FIT = small_town.fit(0.0)
AGES = small_town.AGES.size
NOBODY_ENTERS = kh.Entries.from_table(
    np.full((2, AGES), 1e-9), [0.8, 0.2], ("light", "high"), first_age=80
)


def moving(net):
    """The population whose cohorts change by their deaths, and by `net` a year, by age."""
    still = without_migration()
    persons = still.persons.copy()
    m = still.mortality[0]
    stay = np.exp(-(m[:, :-1] + m[:, 1:]) / 2 + net[:-1])
    for y in range(persons.shape[0] - 1):
        persons[y + 1, :, 1:] = persons[y, :, :-1] * stay
        persons[y + 1, :, -1] += persons[y, :, -1] * np.exp(net[-1] - m[:, -1])
    return kh.Population(still.ages, still.years, persons, still.mortality)


def stock_of(population):
    return np.round(population.persons[0][:, :, None] * np.array([0.15, 0.06, 0.03]))


def exact(population, entries):
    """(years, states, states): the microsimulation's covariance of the numbers, both sexes."""
    lives = kh.simulate_population(
        FIT, population, entries, stock=stock_of(population), replicates=1, closure="scale"
    )
    assert lives.expected is not None
    cells = (5, 4) * 2
    both = sum(np.asarray(sex).reshape(cells) for sex in lives.expected.covariances)
    return np.stack([both[y, 1:, y, 1:] for y in range(1, 5)])


@pytest.mark.parametrize(
    "net",
    [
        np.full(AGES, -0.1),
        np.full(AGES, 0.05),
        0.05 * (-1.0) ** np.arange(AGES),
        np.where(np.arange(AGES) < 6, 0.05, -0.05),
    ],
    ids=["out", "in", "by turns", "young in, old out"],
)
def test_who_moves_varies_as_persons_simulated_one_by_one_do(net):
    """The two laws differ in the mortality of the levels alone. A net over all ages, or over those
    who move out and those who get support, took away up to a third."""
    population = moving(net)
    given = {"population": population, "stock": stock_of(population)}
    for entries in (NOBODY_ENTERS, small_town.entries()):
        found, right = law(FIT, entries, **given).persons[1:], exact(population, entries)
        sd = np.sqrt(np.diagonal(right, axis1=1, axis2=2))
        assert np.max(np.abs(found - right) / (sd[:, :, None] * sd[:, None, :])) < 0.012


def test_those_who_move_in_for_those_who_move_out_vary_as_simulated():
    """Step by step: 200 women of 85, of whom 8 % a year move out and as many in, at 10,000 places.

    The forecast knows nothing of either, since the net is 0."""
    rng = np.random.default_rng(1)
    out, steps, years, places = 0.08, 40, 2, 10_000
    still = without_migration()
    population = dataclasses.replace(still, persons=30 * still.persons)
    stock = np.zeros((2, AGES, 3))
    stock[1, 5, :2] = 120, 80
    step = kh.transition_probability(FIT.intensities(), 1 / steps)[:3, :3]
    numbers = np.tile([120, 80, 0], (places, 1))
    mean, variances = numbers[0].astype(float), []
    for _ in range(years):
        for _ in range(steps):
            stays = step * np.exp(-out / steps)
            gone = 1 - stays.sum(axis=1)
            moved = sum(
                rng.multinomial(numbers[:, s], [*stays[s], gone[s]])[:, :3] for s in range(3)
            )
            mean = mean @ step
            numbers = moved + rng.poisson(mean * -np.expm1(-out / steps), size=moved.shape)
        variances.append(np.cov(numbers.T))
    given = {"population": population, "stock": stock, "years": years}
    net = law(FIT, NOBODY_ENTERS, **given).persons[1:]
    given["population"] = dataclasses.replace(population, moving_out=out)
    found = law(FIT, NOBODY_ENTERS, **given).persons[1:]
    for y in range(years):
        scale = np.sqrt(np.outer(np.diag(found[y]), np.diag(found[y])))
        off = np.abs(variances[y] - found[y]) / scale
        assert np.all(off < 4 * np.sqrt(2 / places) + 0.01)  # .01: deaths of the closure
    assert net[0, 0, 0] < 0.8 * found[0, 0, 0]


def test_the_cost_varies_as_that_of_persons_simulated_one_by_one():
    """In the first year too, when some move in, or turn 80, within it: they were left out."""
    weight, replicates = np.array([0, 80, 500, 0.0]), 1500
    population = moving(0.1 * (-1.0) ** np.arange(AGES))
    population = dataclasses.replace(population, persons=population.persons / 4)
    given = {"population": population, "stock": stock_of(population)}
    lives = kh.simulate_population(
        FIT, population, NOBODY_ENTERS, stock=given["stock"], replicates=replicates,
        closure="scale", costs=kh.Costs({"light": 80.0, "high": 500.0}, 2024),
    )  # fmt: skip
    seen = lives.usual.cost.var(axis=0, ddof=1)
    found = law(FIT, NOBODY_ENTERS, **given).variance_of_years(weight)
    assert seen == pytest.approx(found, rel=4 * np.sqrt(2 / replicates))
    more = dataclasses.replace(population, moving_out=0.2)
    wider = law(FIT, NOBODY_ENTERS, **given | {"population": more}).variance_of_years(weight)
    assert np.all(wider > found)


def test_rates_of_moving_out_are_checked():
    still = without_migration()
    known = dataclasses.replace(still, moving_out=0.02)
    assert known.moving_out.shape == (2, AGES)
    assert dataclasses.replace(still, moving_out=np.full(AGES, 0.02)).moving_out[1, 3] == 0.02
    with pytest.raises(kh.InvalidInput, match=r"moving_out is \(3,\)"):
        dataclasses.replace(still, moving_out=[0.1, 0.2, 0.3])
    with pytest.raises(kh.InvalidInput, match="negative or no number"):
        dataclasses.replace(still, moving_out=-0.1)


def test_a_study_says_how_many_move_out():
    study = shipped_study("kohort:small")
    asked = dataclasses.replace(study.population, moving_out=0.02)
    made, _ = study_sources.population(study.replaced(population=asked))
    assert np.all(made.moving_out == 0.02)
    assert study_sources.population(study)[0].moving_out is None
    with pytest.raises(kh.InvalidInput, match="moving_out"):
        dataclasses.replace(asked, moving_out=1.5).check()


def test_sources_of_uncertainty_count_and_tell_who_moves_out():
    population = small_town.population()
    told = {}
    for out in (None, 0.1):
        told[out] = kh.sources_of_uncertainty(
            small_town.fit(), dataclasses.replace(population, moving_out=out),
            small_town.entries(), stock=small_town.stock(), draws=64, closure="scale",
            measures=("users",),
        )  # fmt: skip
    np.testing.assert_array_equal(told[None].draws_expected, told[0.1].draws_expected)
    assert np.all(told[0.1].variance > 1.01 * told[None].variance)
    assert "as few move in or out" in told[None].assumptions[-1]
    assert told[0.1].assumptions[-1].endswith("10.00% a year move out")
