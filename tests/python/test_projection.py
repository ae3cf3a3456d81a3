"""The projection from Python: shapes, laws, refusals; the numerics are tested in C++."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import pytest

import kohort as kh
from kohort import datasets

LEVELS = ("light", "moderate", "high", "total")
COSTS = kh.Costs(dict(zip(LEVELS, (20_000, 80_000, 240_000, 800_000), strict=True)), 2018)


@dataclass(frozen=True)
class StandInFit:
    """Made-up rates with the methods of a fit: 5 % of noise on each transition."""

    model: kh.Model = kh.DEPENDENCY_WITH_ENDED

    def draws(self, n, seed):
        return 0.05 * np.random.default_rng(seed).normal(size=(n, len(self.model.transitions)))

    def rates(self, ages, males=(1, 0), draws=None):
        age = np.asarray(ages)[None, None, :, None]
        rate = np.array([
            0.04 * (1 + self.model.state(a)) if b == "dead" else 0.12
            for a, b in self.model.transitions
        ])  # fmt: skip
        slope = np.array([0.07 if b == "dead" else 0.01 for _, b in self.model.transitions])
        point = rate * np.exp(slope * (age - 85)) * np.ones((1, len(males), 1, 1))
        return point if draws is None else point * np.exp(draws[:, None, None, :])


@pytest.fixture(scope="module")
def decisions():
    return kh.read_decisions(
        datasets.example_decisions(),
        level_rule=kh.SUPPORT_RULE,
        extraction_date="2024-12-31",
        observed_from="2015-01-01",
    )


@pytest.fixture(scope="module")
def population():
    return kh.Population.from_wpp(datasets.columns("example/population"), years=10)


@pytest.fixture(scope="module")
def entries(decisions, population):
    return kh.fit_entries(decisions, population)


@pytest.fixture(scope="module")
def projected(decisions, population, entries):
    return project(decisions, population, entries, draws=40)


def project(decisions, population, entries, **changes):
    settings = {"costs": COSTS, "draws": 0, "closure": "scale", "fitted_ages": (65, 99)}
    stock = decisions.stock("2024-12-31")
    return kh.project(StandInFit(), population, entries, stock=stock, **(settings | changes))


def test_entries_are_reproduced_in_total(entries, decisions, population):
    ages, years = list(range(65, 101)), list(range(2015, 2025))
    living = [s for s in decisions.model.states if s != "dead"]
    came = decisions.entries(2015, 2024).array(years, ages, LEVELS).sum()
    assert entries.reference_year == 2024
    assert entries.levels == LEVELS
    there = (population.observed[1:] + population.observed[:-1]) / 2
    with_support = decisions.exposure(2015, 2024).array(years, ages, living).sum(axis=3)
    left = np.maximum(there - with_support, 0)
    expected = sum(
        (left[y] * entries.rates(ages, year).sum(axis=2)).sum() for y, year in enumerate(years)
    )
    assert expected == pytest.approx(came, rel=0.005)  # but for cells that were joined
    assert "First entries per 1,000 person-years" in str(entries)


def test_shapes_and_labels_are_as_said(projected):
    p = projected
    assert p.states == ("none", *LEVELS, "ended")
    assert p.levels == LEVELS
    assert p.age_groups == ("65-69", "70-74", "75-79", "80-84", "85-89", "90-94", "95+")
    assert p.persons.shape == (11, 6, 2, 7)
    assert p.person_years.shape == (10, 6, 2, 7)
    assert p.draws_persons.shape == (40, 11, 6)
    assert p.draws_cost.shape == (40, 10)
    assert p.draws_new_users.shape == (40, 10)
    assert p.new_users.shape == (10, 4)
    assert list(p.costs) == ["start", "end", "trapezoid", "continuous"]
    assert p.years.tolist() == list(range(2024, 2035))


def test_users_and_the_rest_are_the_population_in_every_draw(projected, population):
    total = population.persons.sum(axis=(1, 2))
    assert projected.persons.sum(axis=(1, 2, 3)) == pytest.approx(total, rel=1e-12)
    sums = projected.draws_persons.sum(axis=2)
    np.testing.assert_allclose(sums, np.broadcast_to(total, sums.shape), rtol=1e-12)


def test_it_starts_from_the_decisions_stock(projected, decisions):
    ages = list(range(65, 101))
    stock = decisions.stock("2024-12-31").array([2024], ages, LEVELS).sum(axis=(0, 1, 2))
    assert projected.persons[0, 1:5].sum(axis=(1, 2)) == pytest.approx(stock, rel=1e-12)
    assert projected.constant_share.persons[0] == pytest.approx(projected.persons[0], rel=1e-12)


def test_parts_add_up_to_what_they_split(projected):
    p = projected
    users = p.persons[:, 1:5].sum(axis=(1, 2, 3))
    held = p.constant_share.persons[:, 1:5].sum(axis=(1, 2, 3))
    assert sum(p.difference_split["persons"].values()) == pytest.approx(users - held, abs=1e-8)
    cost = p.costs["continuous"].sum(axis=1) - p.constant_share.cost.sum(axis=1)
    assert sum(p.difference_split["cost"].values())[1:] == pytest.approx(cost, abs=1e-2)
    flow = p.growth_split["flow"]["persons"]
    assert sum(flow.values()) == pytest.approx(users[-1] - users[0], abs=1e-8)
    assert p.growth_split["constant_share"]["persons"]["share"] == pytest.approx(0, abs=1e-8)


def test_intervals_come_from_draws_and_nest(projected):
    for what in ("persons", "users", "person_years", "new_users", "cost"):
        wide = projected.intervals(what, 0.95)
        narrow = projected.intervals(what, 0.80)
        assert np.all(wide[0] <= narrow[0])
        assert np.all(narrow[0] <= narrow[1])
        assert np.all(narrow[1] <= wide[1])
    low, high = projected.intervals("cost", 0.8)
    assert low == pytest.approx(np.quantile(projected.draws_cost, 0.1, axis=0), rel=1e-13)
    assert high[-1] > low[-1]
    with pytest.raises(kh.InvalidInput, match="persons, users"):
        projected.intervals("money")


def test_same_seed_same_bytes_on_any_threads(decisions, population, entries, projected):
    for threads in (1, 4):
        again = project(decisions, population, entries, draws=40, threads=threads)
        assert again.draws_cost.tobytes() == projected.draws_cost.tobytes()
        assert again.persons.tobytes() == projected.persons.tobytes()
    other = project(decisions, population, entries, draws=40, seed=2)
    assert other.draws_cost.tobytes() != projected.draws_cost.tobytes()
    assert other.persons.tobytes() == projected.persons.tobytes()


def test_a_shorter_horizon_is_the_beginning_of_a_longer_one(
    decisions, population, entries, projected
):
    short = project(decisions, population, entries, years=4)
    assert short.persons == pytest.approx(projected.persons[:5], rel=1e-14)


def test_costs_double_and_vanish(decisions, population, entries, projected):
    twice = {name: 2 * cost for name, cost in COSTS.by_level.items()}
    doubled = project(decisions, population, entries, costs=kh.Costs(twice, 2018))
    for convention, cost in doubled.costs.items():
        np.testing.assert_array_equal(cost, 2 * projected.costs[convention])
    without = project(decisions, population, entries, costs=None)
    assert without.price_year is None
    assert not without.costs["continuous"].any()


def test_published_rates_are_projected_without_data(population):
    entry = kh.Entries.from_table(0.05, [0.5, 0.2, 0.2, 0.1], LEVELS)
    model = kh.DEPENDENCY
    table = np.where([b == "dead" for _, b in model.transitions], 0.1, 0.2)
    published = kh.PublishedRates(model, table)
    stock = np.zeros((2, 36, 4))
    p = kh.project(
        published, population, entry, stock=stock, draws=3, closure="scale", fitted_ages=(65, 100)
    )
    assert p.states == ("none", *LEVELS)
    assert p.persons[0, 1:].sum() == 0
    assert p.persons[1, 1:].sum() > 100
    assert p.draws_cost[0].tobytes() == p.draws_cost[2].tobytes()
    with pytest.raises(kh.InvalidInput, match=r"sum to 1\.1"):
        kh.Entries.from_table(0.05, [0.5, 0.2, 0.2, 0.2], LEVELS)


def test_what_cannot_be_is_refused_with_its_code(decisions, population, entries):
    def code(**changes):
        with pytest.raises(kh.InvalidInput) as refusal:
            project(decisions, population, entries, **changes)
        return refusal.value.code

    assert code(years=11) == "E-POP-MISSING"
    assert code(closure="ignore") == "E-SETTING"
    assert code(costs=kh.Costs({"light": 1}, 2020)) == "E-COST-MISSING"
    assert code(costs=kh.Costs({"mild": 1}, 2020)) == "E-STATE-UNKNOWN"
    for floor in (-1.0, 0.0, 1.01, np.nan):
        assert code(closure_floor=floor) == "E-SETTING"
    for level in (0.0, -1.0, np.nan, np.inf):
        assert code(price_index=[1, level, *[1] * 9]) == "E-NUM"
    holed = np.array(population.persons)
    holed[3, 1, 7] = np.nan
    with pytest.raises(kh.InvalidInput, match="women of age 72 on 31 December 2027"):
        project(decisions, dataclasses.replace(population, persons=holed), entries)
    with pytest.raises(kh.InvalidInput, match="E-STOCK-POPULATION"):
        kh.project(StandInFit(), population, entries, stock=np.full((2, 36, 5), 1e5), draws=0)


def test_rates_per_1000_are_refused_at_once_and_not_computed_for_ever(
    decisions, population, entries
):
    per_1000 = dataclasses.replace(population, mortality=1000 * population.mortality)
    with pytest.raises(kh.InvalidInput, match="per 1,000"):
        project(decisions, per_1000, entries)


def test_a_price_index_may_be_an_array(decisions, population, entries):
    index = np.linspace(1, 2, 11)
    of_array = project(decisions, population, entries, price_index=index, draws=0)
    of_list = project(decisions, population, entries, price_index=list(index), draws=0)
    for name, cost in of_list.costs.items():
        assert np.array_equal(of_array.costs[name], cost)


def test_extrapolation_is_counted(decisions, population, entries, projected):
    codes = [finding.code for finding in projected.findings]
    assert "W-EXTRAPOLATE" in codes
    assert 0 < projected.extrapolated < 0.05
    inside = project(decisions, population, entries, fitted_ages=(60, 120))
    assert inside.extrapolated == 0


def test_it_prints_itself_and_becomes_tables(projected):
    text = str(projected)
    assert "prices of 2018, continuous accounting, undiscounted" in text
    assert text.count("\n") >= 12
    assert "<table" in projected._repr_html_()
    assert len(projected.to_frame("pandas")) == 11 * 6 * 2 * 7
    assert {"low_95", "high_80"} <= set(projected.summary("polars").columns)
    with pytest.raises(dataclasses.FrozenInstanceError):
        projected.seed = 2
    with pytest.raises(ValueError, match="read-only"):
        projected.persons[0] = 0


def test_progress_is_told_and_may_stop(decisions, population, entries):
    told = []
    project(decisions, population, entries, draws=100, progress=lambda d, n: told.append((d, n)))
    assert told
    assert told[-1][0] <= told[-1][1]

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        project(decisions, population, entries, draws=200, progress=stop)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"years": 1.5}, "years=1.5"),
        ({"years": 0}, "years=0"),
        ({"draws": 2.5}, "draws=2.5"),
        ({"draws": -1}, "draws=-1"),
        ({"closure": "loose"}, "closure='loose'"),
        ({"fitted_ages": (99, 65)}, "fitted_ages=(99, 65)"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(decisions, population, entries, setting, words):
    with pytest.raises(kh.InvalidInput, match="project") as refused:
        project(decisions, population, entries, **setting)
    assert refused.value.code == "E-SETTING"
    assert words in str(refused.value)


def test_a_horizon_beyond_the_population_is_refused(decisions, population, entries):
    with pytest.raises(kh.InvalidInput, match="reaches 10 years ahead") as refused:
        project(decisions, population, entries, years=11)
    assert refused.value.code == "E-POP-MISSING"


def test_a_point_estimate_alone_is_drawn_without_bands(decisions, population, entries):
    point = project(decisions, population, entries)
    axes = point.plot()
    assert len(axes.lines) >= len(LEVELS)
    assert np.isnan(point.summary(backend="pandas")["low_95"]).all()


@pytest.mark.parametrize("factor", [1e-6, 1e-9, 1e-12])
def test_a_population_in_which_hardly_anybody_dies_keeps_its_numbers(
    decisions, population, entries, factor
):
    hardly = dataclasses.replace(population, mortality=population.mortality * factor)
    found = project(decisions, hardly, entries)
    np.testing.assert_allclose(
        found.persons[1:].sum(axis=(1, 2, 3)), population.persons[1:].sum(axis=(1, 2)), rtol=1e-12
    )
    assert 0 < found.deaths.sum() < 6000 * factor
