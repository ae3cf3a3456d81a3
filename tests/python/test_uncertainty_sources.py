"""Where uncertainty comes from: parts that add up, with errors that are right."""

import numpy as np
import pytest
import small_town

import kohort as kh
from kohort import _core

PRICES = kh.PriceError({"wage": (0.0, 0.02), "other": (0.0, 0.01)}, {"wage": 0.8, "other": 0.2})


def sources(**changes):
    settings = {
        "stock": small_town.stock(), "costs": small_town.COSTS, "prices": PRICES, "draws": 400,
        "population_error": kh.PopulationError(0.01), "closure": "scale",
    }  # fmt: skip
    town = {"fit": small_town.FIT, "population": small_town.population()} | {
        name: changes.pop(name) for name in ("fit", "population") if name in changes
    }
    return kh.sources_of_uncertainty(**town, entries=small_town.entries(), **(settings | changes))


@pytest.fixture(scope="module")
def found():
    return sources()


def test_a_product_exactly():
    """Y = a product of means 10, 1, 2 with coefficients of variation .1, .05, .03."""
    cv = np.array([0.1, 0.05, 0.03])
    closed = [
        400 * (np.prod([1 + cv[i] ** 2 for i in range(3) if s >> i & 1]) - 1) for s in range(8)
    ]
    table = _core.closed_variance_by_group(["a", "b", "c"], np.array(closed), 0.0)
    assert table["variance"] == pytest.approx(5.374509, rel=1e-12)
    shapley = [part[5] * table["variance"] for part in table["parts"]]
    assert shapley == pytest.approx([4.006803, 1.005453, 0.362253], abs=5e-7)


def test_the_parts_add_up_to_all_of_it(found):
    assert found.groups == ("parameters", "population", "price", "chance")
    assert found.shapley.sum(axis=1) == pytest.approx(np.ones(len(found.columns)), abs=1e-12)
    users = found.column("users")
    assert found.shapley[users, 2] == pytest.approx(0, abs=1e-9)  # prices do not move people
    assert found.shapley[found.column("cost"), 2] > 0.05
    assert (found.shapley_error[users] < 0.05).all()


def test_population_alone_has_its_closed_variance():
    """With everything else known, users vary as the error model says, weighted by prevalence."""
    only = sources(
        fit=small_town.fit(0.0), prices=None, chance=False, measures=("users",), draws=3000
    )
    assert only.groups == ("population",)
    p = kh.project(
        small_town.fit(0.0), small_town.population(), small_town.entries(),
        stock=small_town.stock(), draws=0, closure="scale",
    )  # fmt: skip
    mean = only.mean[only.column("users")]
    assert mean == pytest.approx(p.persons[-1, 1:3].sum(), rel=0.005)
    sd = np.sqrt(only.variance[only.column("users")])
    people = kh.PopulationError(0.01).variance(small_town.population().persons[-1], 4)
    share = np.sqrt(people) / small_town.population().persons[-1].sum()
    assert sd / mean == pytest.approx(share, rel=0.1)  # users are older: a little more


def test_intervals_come_from_draws_and_nest(found):
    for chance in (True, False):
        low95, high95 = found.intervals(0.95, chance=chance)
        low80, high80 = found.intervals(0.8, chance=chance)
        assert (low95 <= low80).all()
        assert (high80 <= high95).all()
    with_chance = np.subtract(*found.intervals(0.95)[::-1])
    without = np.subtract(*found.intervals(0.95, chance=False)[::-1])
    assert (with_chance > without).mean() > 0.9
    total = found.draws_total.var(axis=0, ddof=1)
    assert total == pytest.approx(found.variance, rel=0.25)


def test_prices_alone_have_their_closed_variance():
    only = sources(fit=small_town.fit(0.0), population_error=None, chance=False, draws=4000)
    assert only.groups == ("price",)
    cost = only.column("cost")
    v = 4  # years ahead
    exact = 0.64 * np.expm1(v * 0.02**2) + 0.04 * np.expm1(v * 0.01**2)
    assert only.variance[cost] / only.mean[cost] ** 2 == pytest.approx(exact, rel=0.1)
    assert only.variance[only.column("users")] == pytest.approx(0, abs=1e-9)


def test_nothing_uncertain_leaves_chance_alone():
    only = sources(fit=small_town.fit(0.0), population_error=None, prices=None, draws=20)
    assert only.groups == ("chance",)
    assert only.shapley == pytest.approx(np.ones((len(only.columns), 1)))
    assert np.ptp(only.draws_expected, axis=0).max() < 1e-6  # every draw is the point estimate


def test_chance_doubles_with_the_town_and_the_rest_quadruples(found):
    twice = sources(population=small_town.population(2.0), stock=small_town.stock(2.0))
    i = found.column("users")
    chance = found.groups.index("chance")
    ratio = (twice.alone[i, chance] / found.alone[i, chance]) ** 2
    assert ratio == pytest.approx(2, rel=0.03)
    assert twice.alone[i, 0] / found.alone[i, 0] == pytest.approx(2, rel=0.02)


def test_variants_are_a_source_of_their_own():
    high = small_town.population()
    persons = high.persons * np.array([1, 1.01, 1.02, 1.03, 1.04])[:, None, None]
    wide = kh.Population(high.ages, high.years, persons, high.mortality)
    variants = kh.PopulationVariants({"main": high, "high": wide}, {"main": 0.5, "high": 0.5})
    only = sources(
        fit=small_town.fit(0.0), population=variants, population_error=None, prices=None,
        chance=False, measures=("users",), draws=600,
    )  # fmt: skip
    assert only.groups == ("population",)
    i = only.column("users")
    assert np.sqrt(only.variance[i]) / only.mean[i] == pytest.approx(0.02 / 1.02, rel=0.1)
    assert "main 0.5, high 0.5" in str(only)
    with pytest.raises(kh.InvalidInput, match="both variants"):
        sources(population=variants)


def test_the_same_seed_the_same_bytes(found):
    again = sources(threads=1)
    assert again.shapley.tobytes() == found.shapley.tobytes()
    assert again.draws_total.tobytes() == found.draws_total.tobytes()


def test_it_prints_and_refuses(found):
    assert "Population error: 1 % one year ahead" in str(found)
    assert "Shapley" in found._repr_html_()
    assert set(found.table()["source"]) == set(found.groups)
    assert len(found.to_frame()) == len(found.columns) * 4
    with pytest.raises(kh.InvalidInput, match="the measures are users, new_users, cost"):
        found.column("cats")
    with pytest.raises(kh.InvalidInput, match="E-COST-MISSING"):
        sources(costs=None, measures=("cost",))
    with pytest.raises(kh.InvalidInput, match="there are users, light, high, ended"):
        sources(measures=("cats",))
    with pytest.raises(kh.InvalidInput, match="E-SETTING"):
        sources(draws=1)
