"""Rates that change with time since entry, projected: newcomers and stock pass their bands."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
import small_town as town

import kohort as kh
from kohort import datasets, effect
from kohort.population.entry_clock import entry_cuts, first_year_rates, rates_by_band
from kohort.study.study_model import stock_at

CUTS = (0.5, 2.0)


def banded(*effects: float, spread: float = 0.05) -> kh.FittedModel:
    """The small town's rates, those of each later band times exp(effect)."""
    coefficients = np.array([[np.log(rate), *effects] for rate in town.RATES]).ravel()
    covariance = np.diag(np.tile([spread**2, 0.0, 0.0], town.RATES.size))
    return kh.from_coefficients(
        town.MODEL, coefficients, covariance, covariates=(kh.bands("since_entry", *CUTS),)
    )


def by_entry(parts: int = 25, recent: float = 0.5) -> np.ndarray:
    share = np.full(parts, recent / (parts - 1))
    share[-1] = 1 - recent
    return town.stock()[:, :, None, :] * share[:, None]


def project(fit, stock, **changes):
    settings = {"costs": town.COSTS, "draws": 4, "closure": "scale"}
    return kh.project(fit, town.population(), town.entries(), stock=stock, **(settings | changes))


PREVENTION = kh.Strategy(
    "prevention",
    [kh.effect.intensity_ratio([("light", "high")], np.repeat([0.5, 0.7, 0.9], 6), months=(0, 18))],
    enrols={"newcomers": {"light": 0.6}, "stock": {"light": 0.3}},
)


@pytest.mark.parametrize(("alike", "off"), [(True, 1e-9), (False, 1e-3)])
def test_bands_alike_are_no_bands(alike, off):
    # Where everybody dies alike nothing is left of the pieces in which mortality is solved; else
    # there are more and shorter ones with a clock.
    people = town.population()
    dying = [b == "dead" for _, b in town.MODEL.transitions]
    rates = np.where(dying, 0.08, town.RATES) if alike else town.RATES
    if alike:
        level = np.full(people.persons.shape, 0.08)
        people = kh.Population(people.ages, people.years, people.persons, level)
    fits = [
        kh.from_coefficients(town.MODEL, np.log(rates)),
        kh.from_coefficients(
            town.MODEL,
            np.array([[np.log(rate), 0.0, 0.0] for rate in rates]).ravel(),
            covariates=(kh.bands("since_entry", *CUTS),),
        ),
    ]
    plain, fine = (
        kh.project(
            fit, people, town.entries(), stock=stock, draws=0, closure="scale", grid="quarter",
            strategies=[PREVENTION], costs=town.COSTS,
        )
        for fit, stock in zip(fits, (town.stock(), by_entry()), strict=True)
    )  # fmt: skip
    assert fine.states == plain.states
    for name in ("persons", "person_years", "new_users", "moved"):
        assert getattr(fine, name) == pytest.approx(getattr(plain, name), rel=off), name
        a, b = (getattr(p.of("prevention"), name) for p in (fine, plain))
        assert a == pytest.approx(b, rel=off), name
    assert fine.by_period.persons == pytest.approx(plain.by_period.persons, rel=off)


def test_draws_are_of_the_same_rates_and_everybody_is_the_forecast():
    p = project(banded(-0.5, -1.0), by_entry(), strategies=[PREVENTION])
    assert p.draws_persons.shape[0] == 4
    assert np.ptp(p.draws_cost[:, -1]) > 0
    forecast = town.population().persons.sum(axis=(1, 2))
    assert p.persons.sum(axis=(1, 2, 3)) == pytest.approx(forecast, rel=1e-12)
    assert p.draws_persons.sum(axis=2) == pytest.approx(np.tile(forecast, (4, 1)), rel=1e-12)
    same = project(banded(-0.5, -1.0, spread=0.0), by_entry(), draws=2)
    assert same.draws_persons[1] == pytest.approx(same.persons.sum(axis=(2, 3)), rel=1e-9)


def test_a_microsimulation_that_knows_every_history_agrees():
    # Nobody dies, and those without support are so many that newcomers come at a steady pace: the
    # same persons, one by one, by another program.
    model = kh.Model(
        ("light", "high", "ended", "dead"),
        [("light", "high"), ("light", "ended"), ("high", "light"), ("ended", "light"),
         ("light", "dead"), ("high", "dead"), ("ended", "dead")],
        death="dead",
    )  # fmt: skip
    never = [np.log(1e-7), 0.0, 0.0]
    fit = kh.from_coefficients(
        model,
        np.array([[np.log(1.2), -1.5, -2.5], [np.log(0.9), -1.0, -1.0], [np.log(0.3), 0.0, 0.7],
                  [np.log(0.2), 1.0, 0.0], never, never, never]).ravel(),
        covariates=(kh.bands("since_entry", *CUTS),),
    )  # fmt: skip
    years, a_year = 4, 100.0
    persons = np.full((years + 1, 2, 12), 1e7)
    population = kh.Population(
        town.AGES, np.arange(2024, 2025 + years), persons, np.full(persons.shape, 1e-7)
    )
    incidence = np.zeros((2, 12))
    incidence[0, :5] = a_year / 5 / 1e7  # nobody reaches the open age, which many leave
    incidence[incidence == 0] = 1e-15
    entries = kh.Entries.from_table(incidence, [0.7, 0.3], ("light", "high"), first_age=80)
    stock = np.zeros((2, 12, 25, 3))
    stock[0, 4, [0, 3, 5, 11, 20, 24]] = [30, 20, 10]
    projected = kh.project(fit, population, entries, stock=stock, draws=0, closure="scale")

    since = np.array([0.5, 3.5, 5.5, 11.5, 20.5, 60.0]) / 12
    start = [s for s, n in zip(model.states, (30, 20, 10), strict=False) for _ in range(n)]
    lived = kh.simulate_lives(
        fit,
        start=start * len(since),
        x={"since_entry": np.repeat(since, 60)},
        since_entry="since_entry",
        years=years,
        arrivals={"state": ["light", "high"], "rate": [0.7 * a_year, 0.3 * a_year],
                  "since_entry": [0.0, 0.0]},
        replicates=2000,
        seed=3,
    )  # fmt: skip
    seen = lived.usual.occupancy[:, :, 0, :].astype(float)  # replicates, years, states
    mean, error = seen.mean(axis=0), seen.std(axis=0) / np.sqrt(len(seen))
    for y in range(1, years + 1):
        for s, state in enumerate(model.states[:3]):
            there = projected.persons[y, projected.states.index(state)].sum()
            # A tenth of a per cent is what passing a band with one's month may make.
            assert abs(mean[y, s] - there) < 4 * error[y, s] + 1e-3 * there, (y, state)
    # Without the clock, at the first band's rates, it would be quite another number.
    plain = kh.from_coefficients(model, fit.coefficients.reshape(7, 3)[:, 0])
    without = kh.project(
        plain, population, entries, stock=stock.sum(axis=2), draws=0, closure="scale"
    )
    place = projected.states.index("light")
    assert without.persons[years, place].sum() < 0.8 * projected.persons[years, place].sum()


def test_a_fit_to_dated_records_is_projected_with_its_clock():
    decisions = kh.read_decisions(
        datasets.example_decisions(),
        level_rule=kh.SUPPORT_RULE,
        extraction_date="2024-12-31",
        observed_from="2015-01-01",
    )
    date = dt.date(2024, 12, 31)
    fit = kh.fit(
        decisions,
        kh.DEPENDENCY_WITH_ENDED,
        covariates=("male", kh.yearly("age", origin=80), kh.bands("since_entry", 2.0)),
    )
    assert entry_cuts(fit) == (2.0,)
    population = kh.Population.from_wpp(datasets.columns("example/population"), years=5)
    bands = rates_by_band(fit, (2.0,), population.ages)
    assert bands.shape[-2:] == (2, len(fit.model.transitions))
    assert bands[0, :, :, 1] == pytest.approx(
        fit.rates(population.ages, since_entry=4.0)[0], rel=1e-14
    )
    known = decisions.stock(date, by_entry=12)
    assert known.total == decisions.stock(date).total
    living = [s for s in fit.model.states if s != "dead"]
    ages = [int(a) for a in population.ages]
    by_part = known.array_by_entry([2024], ages, living, parts=25)
    assert by_part.sum(axis=3) == pytest.approx(decisions.stock(date).array([2024], ages, living))
    # Of those who entered last year, counted elsewhere, the stock has at most as many.
    came = decisions.entries(2024, 2024).total
    assert 0 < by_part[:, :, :, :12].sum() <= came + 1e-9

    entries = kh.fit_entries(decisions, population, returns="as new")
    stock = stock_at(decisions, date, fit)
    p = kh.project(fit, population, entries, stock=stock, draws=3, closure="scale")
    total = population.persons.sum(axis=(1, 2))
    assert p.persons.sum(axis=(1, 2, 3)) == pytest.approx(total, rel=1e-12)
    with pytest.raises(kh.InvalidInput, match=r"decisions\.stock\(date, by_entry=12\)"):
        kh.project(fit, population, entries, stock=decisions.stock(date), draws=0)
    with pytest.raises(kh.InvalidInput, match="by 12 parts of a year"):
        kh.project(fit, population, entries, stock=stock, draws=0, enrolments_a_year=4)


def test_what_does_not_follow_the_clock_says_so():
    smooth = kh.from_coefficients(
        town.MODEL,
        np.tile([-2.0, 0.1], town.RATES.size),
        covariates=(kh.gompertz("since_entry"),),
    )
    with pytest.raises(kh.InvalidInput, match=r"kh\.bands"):
        project(smooth, town.stock())
    with pytest.raises(kh.InvalidInput, match=r"\(2, 12, 25, 3\)"):
        project(banded(0.0, 0.0), town.stock())


def test_a_multiplier_of_probabilities_is_solved_at_the_year_after_entry():
    # Half of that year lies in the first band and half in the second.
    fewer = kh.Strategy("team", [effect.probability_multiplier([("light", "high")], 0.8)])
    fit = banded(-0.5, -1.0)
    p = project(fit, by_entry(), draws=0, strategies=[fewer])
    bands = rates_by_band(fit, CUTS, town.AGES)[0]
    mean = (bands[..., 0, :] + bands[..., 1, :]) / 2
    made = fewer.lowered(town.MODEL, mean, int(town.AGES[0]))["effects"]
    ratio = float(np.exp(made[0][7][0]))
    same = kh.Strategy("ratio", [effect.intensity_ratio([("light", "high")], ratio)])
    if np.ptp([np.exp(one[7][0]) for one in made]) < 1e-9:
        q = project(fit, by_entry(), draws=0, strategies=[same])
        assert p.of("team").persons == pytest.approx(q.of("ratio").persons, rel=1e-9)
    gap = (p.of("team").persons - p.persons).sum(axis=(2, 3))
    assert gap[-1, p.states.index("high")] < -1
    assert first_year_rates(bands, CUTS) == pytest.approx(mean)
    assert first_year_rates(bands, (2.0, 3.0)) == pytest.approx(bands[..., 0, :])


def test_a_simulated_municipality_follows_the_clock():
    fit = banded(-0.5, -1.0, spread=0.0)
    p = project(fit, by_entry(), draws=0)
    seen = kh.simulate_population(
        fit, town.population(), town.entries(), stock=by_entry(), replicates=300, seed=4,
        closure="scale", costs=town.COSTS,
    )  # fmt: skip
    numbers = seen.usual.occupancy.sum(axis=2)[:, :, : seen.living]
    error = numbers.std(axis=0, ddof=1) / np.sqrt(seen.replicates)
    off = numbers.mean(axis=0) - p.persons.sum(axis=(2, 3))
    assert (np.abs(off) <= 4 * error + 5e-4 * p.persons.sum(axis=(2, 3)))[1:].all()
    cost = seen.usual.cost
    spread = 4 * cost.std(axis=0, ddof=1) / np.sqrt(seen.replicates)
    assert (np.abs(cost.mean(axis=0) - p.costs["continuous"].sum(axis=1)) <= spread).all()
    held = seen.agreement()
    assert held.largest <= 4
    assert min(held.p_value) > 1e-3
    # It is not what the first band, or the last, would give for ever.
    plain = kh.from_coefficients(town.MODEL, np.log(town.RATES))
    without = project(plain, town.stock(), draws=0).persons[-1].sum(axis=(1, 2))
    assert (np.abs(without - numbers.mean(axis=0)[-1]) > 20 * error[-1]).any()
