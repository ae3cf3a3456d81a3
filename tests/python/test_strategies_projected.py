"""Strategies from Python: pairs, pictures, words; the numerics are tested in C++."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from test_projection import COSTS, LEVELS, StandInFit

import kohort as kh
from kohort import _core, datasets
from kohort.evaluation.comparison import MEASURES
from kohort.plots import strategies as plots_strategies
from kohort.support._language import language

MONTHS = 0.5 ** (0.9 ** np.arange(12))  # ratios that fade


@pytest.fixture(scope="module")
def population():
    return kh.Population.from_wpp(datasets.columns("example/population"), years=4)


@pytest.fixture(scope="module")
def stock(population):
    shares = np.array([0.06, 0.03, 0.02, 0.01, 0.02])
    return population.persons[0][:, :, None] * shares


@pytest.fixture(scope="module")
def entries():
    return kh.Entries.from_table(0.05, [0.53, 0.17, 0.23, 0.07], LEVELS)


EVERYWHERE = ("none", *LEVELS, "ended")
TEAM = kh.Strategy(
    "team",
    (kh.effect.intensity_ratio([("light", "moderate"), ("moderate", "high")], MONTHS),),
    uptake=0.6,
    enrols={"newcomers": {"light": 1.0, "moderate": 1.0}, "stock": {"light": 0.3}},
    begins=1.0,
)
LIVES = kh.Strategy(
    "fewer deaths",
    (
        kh.effect.intensity_ratio(
            [(level, "dead") for level in LEVELS], 0.8, months=(0, 1200), clock="calendar"
        ),
    ),
    enrols="everyone",
)
NOTHING = kh.Strategy(
    "null trial",
    (kh.effect.intensity_ratio([("light", "moderate")], np.ones(12), clock="calendar"),),
    enrols={"newcomers": dict.fromkeys(EVERYWHERE, 1.0)},
)


def project(population, entries, stock, **changes):
    settings = {
        "costs": COSTS,
        "draws": 30,
        "closure": "scale",
        "fitted_ages": (65, 110),
        "strategies": [TEAM, LIVES, NOTHING],
        "enrolments_a_year": 4,
    }
    return kh.project(StandInFit(), population, entries, stock=stock, **(settings | changes))


@pytest.fixture(scope="module")
def projected(population, entries, stock):
    return project(population, entries, stock)


def test_each_strategy_is_a_projection_of_its_own(projected):
    assert projected.name == "usual care"
    assert projected.strategies == ("team", "fewer deaths", "null trial")
    team = projected.of("team")
    assert team.name == "team"
    assert team.strategies == ()
    assert team.persons.shape == projected.persons.shape
    assert team.draws_moved.shape == (30, 4, len(projected.moves))
    assert team.draws_persons_by_sex.shape == (30, 5, 6, 2)
    assert team.draws_persons == pytest.approx(team.draws_persons_by_sex.sum(axis=3))
    assert projected.of("usual care") is projected
    assert "under 'team'" in str(team)
    assert "Strategies: team" in str(projected)
    with pytest.raises(kh.InvalidInput, match="there are usual care, team"):
        projected.of("teams")


def test_usual_care_does_not_know_of_strategies(projected, population, entries, stock):
    alone = project(population, entries, stock, strategies=())
    assert alone.draws_cost.tobytes() == projected.draws_cost.tobytes()
    assert alone.persons.tobytes() == projected.persons.tobytes()
    assert alone.strategies == ()


def test_nothing_happens_before_it_starts_and_in_a_null_trial(projected):
    team, null = projected.of("team"), projected.of("null trial")
    assert np.array_equal(team.persons[:2], projected.persons[:2])
    assert np.array_equal(team.draws_cost[:, 0], projected.draws_cost[:, 0])
    assert np.all(team.draws_cost[:, 1:] < projected.draws_cost[:, 1:])
    assert null.draws_persons.tobytes() == projected.draws_persons.tobytes()
    assert null.enrolled.sum() > 100
    assert team.enrolled[0].sum() == 0
    assert projected.enrolled.sum() == 0


def test_four_occasions_a_year_to_enrol_are_enough(population, entries, stock):
    def added(occasions):
        p = project(population, entries, stock, draws=0, enrolments_a_year=occasions)
        return (p.of("team").costs["continuous"] - p.costs["continuous"]).sum()

    assert added(4) == pytest.approx(added(24), rel=5e-3)
    assert added(12) == pytest.approx(added(24), rel=1e-3)


def test_enrolled_are_the_share_of_new_users(projected):
    offered = 0.6 * projected.new_users[2, :2]
    turned = 0.6 * projected.reached[2, 1:3]
    assert projected.of("team").enrolled[2, 1:3] == pytest.approx(offered + turned, rel=1e-12)


def test_differences_are_paired_and_say_how_sure_they_are(projected):
    comparison = projected.compare()
    assert comparison.strategies == ("team", "fewer deaths", "null trial")
    cost = comparison["team", "cost"]
    assert cost.draws == pytest.approx(projected.of("team").draws_cost - projected.draws_cost)
    assert cost.mean == pytest.approx(cost.draws.mean(axis=0))
    assert cost.monte_carlo_error == pytest.approx(cost.draws.std(axis=0, ddof=1) / np.sqrt(30))
    # Pairs are what makes it sharp: the same draws, unpaired, are much wider.
    unpaired = np.sqrt(
        (projected.of("team").draws_cost.var(axis=0) + projected.draws_cost.var(axis=0)) / 30
    )
    assert np.all(cost.monte_carlo_error[1:] < unpaired[1:] / 5)
    assert cost.monte_carlo_error[0] == 0
    low, high = cost.interval()
    assert np.all(low <= high)
    assert cost.total().draws[:, 0] == pytest.approx(cost.draws.sum(axis=1))
    users = comparison["team", "users"]
    assert users.total().point[0] == users.point[-1]
    assert not comparison["null trial", "life_years"].draws.any()
    assert len(comparison.to_frame(backend="pandas")) == 3 * (2 * 5 + 8 * 4)
    assert set(comparison.summary(backend="polars")["measure"]) == set(MEASURES)
    with pytest.raises(kh.InvalidInput, match="measures users"):
        comparison["team", "money"]


def test_swapping_the_arms_flips_the_signs(projected):
    there = projected.compare("team", reference="fewer deaths")
    back = projected.compare("fewer deaths", reference="team")
    for measure in MEASURES:
        one, other = there["team", measure], back["fewer deaths", measure]
        assert np.array_equal(one.draws, -other.draws)
        assert np.array_equal(one.point, -other.point)


def test_no_saving_is_spoken_of_where_the_total_rises(projected):
    text = str(projected.compare("fewer deaths"))
    assert "the cost of support rises by" in text
    assert "life-years more" in text
    assert "before the strategy's own cost" in text
    assert "saving" not in text
    assert "saving" not in str(projected.compare())
    assert "unchanged" in str(projected.compare("null trial"))
    html = projected.compare()._repr_html_()
    assert "<table" in html
    assert "rises by" in html


def test_lives_saved_exceed_the_forecast_and_are_seen(projected, population):
    lives = projected.of("fewer deaths")
    forecast = population.persons.sum(axis=(1, 2))
    assert projected.persons.sum(axis=(1, 2, 3)) == pytest.approx(forecast, rel=1e-12)
    assert np.all(lives.persons[1:].sum(axis=(1, 2, 3)) > forecast[1:] + 1)
    assert lives.difference_split["persons"]["strategy"][-1] > 0
    users = lives.persons[:, 1:5].sum(axis=(1, 2, 3))
    held = lives.constant_share.persons[:, 1:5].sum(axis=(1, 2, 3))
    assert sum(lives.difference_split["persons"].values()) == pytest.approx(users - held, abs=1e-8)


@pytest.mark.parametrize("grid", ["month", "quarter"])
def test_a_finer_grid_has_the_same_years(projected, population, entries, stock, grid):
    finer = project(population, entries, stock, grid=grid)
    per_year = {"month": 12, "quarter": 4}[grid]
    assert finer.persons == pytest.approx(projected.persons, rel=1e-12)
    assert finer.of("team").costs["continuous"] == pytest.approx(
        projected.of("team").costs["continuous"], rel=1e-12
    )
    by = finer.of("team").by_period
    assert by.persons.shape == (4 * per_year + 1, 6, 2, 7)
    assert by.person_years.reshape(4, per_year, 6, 2, 7).sum(axis=1) == pytest.approx(
        projected.of("team").person_years, rel=1e-11
    )
    assert by.labels[:2] == ("2024-12-31", "2025-01" if grid == "month" else "2025 Q1")
    assert np.array_equal(by.persons[::per_year], finer.of("team").persons)
    assert "By " + grid in str(by)
    assert len(by.to_frame("pandas")) == by.persons.size
    assert projected.by_period is None
    assert len(by.plot().lines) == 4


def test_healthy_ageing_stands_between_nothing_and_constant_shares(
    projected, population, entries, stock
):
    def users(share):
        return share.persons[:, 1:5].sum(axis=(1, 2, 3))

    # Shares alike at all ages but rising with age in the stock's own shape: put off, they fall.
    tilted = stock * np.linspace(0.5, 2, 36)[None, :, None]
    p = project(population, entries, tilted, draws=0, strategies=())
    assert users(p.healthy_ageing)[0] == pytest.approx(users(p.constant_share)[0], rel=1e-12)
    assert users(p.healthy_ageing)[-1] < users(p.constant_share)[-1]
    off = project(population, entries, tilted, draws=0, strategies=(), healthy_share=0.0)
    assert users(off.healthy_ageing) == pytest.approx(users(off.constant_share), rel=1e-12)


def test_paths_of_the_population_reach_each_draw(population, entries, stock):
    paths = np.zeros((6, 5, 2, population.ages.size))
    paths[3:] = np.log(1.1)
    p = project(population, entries, stock, draws=6, strategies=(), population_paths=paths)
    total = population.persons.sum(axis=(1, 2))
    np.testing.assert_allclose(p.draws_persons[0].sum(axis=1), total, rtol=1e-12)
    np.testing.assert_allclose(p.draws_persons[5].sum(axis=1), 1.1 * total, rtol=1e-12)
    with pytest.raises(kh.InvalidInput, match="draws, year-ends"):
        project(population, entries, stock, draws=5, strategies=(), population_paths=paths)


def test_effects_may_be_drawn(population, entries, stock):
    drawn = MONTHS ** np.linspace(0, 2, 8)[:, None]
    strategy = TEAM.replaced(effects=(kh.effect.intensity_ratio([("light", "moderate")], drawn),))
    p = project(population, entries, stock, draws=8, strategies=[strategy])
    difference = p.compare()["team", "user_years"]
    moderate = p.of("team").draws_persons[:, -1, 2] - p.draws_persons[:, -1, 2]
    assert moderate[0] == 0
    assert np.all(np.diff(moderate) < 0)
    assert difference.draws.shape == (8, 4)
    with pytest.raises(kh.InvalidInput, match="effects for 8 draws"):
        project(population, entries, stock, draws=9, strategies=[strategy])


def test_a_series_a_fading_effect_and_one_for_each_draw_are_the_same(population, entries, stock):
    def users(ratio, **window):
        effect = kh.effect.intensity_ratio([("light", "moderate")], ratio, **window)
        made = TEAM.replaced(effects=(effect,))
        return project(population, entries, stock, draws=3, strategies=[made]).of("team")

    fading = users(0.5, fade=0.9)
    series = np.exp(_core.fading_log_ratios(0.5, 0.9, 12))
    for same in (users(series), users(np.full((3, 1), 0.5), fade=0.9), users([series] * 3)):
        assert same.draws_persons == pytest.approx(fading.draws_persons, rel=1e-13)
        assert same.persons == pytest.approx(fading.persons, rel=1e-13)
    # A constant ratio is one step, however many months it is given for.
    once = users(0.5)
    assert users(np.full(12, 0.5)).persons == pytest.approx(once.persons, rel=1e-12)


def of_light(name="a", ratio=0.9, **changes):
    effect = kh.effect.intensity_ratio([("light", "moderate")], ratio)
    return kh.Strategy(name, (effect,), **({"enrols": "stock"} | changes))


@pytest.mark.parametrize(
    ("strategy", "code", "words"),
    [
        (
            kh.Strategy("a", (kh.effect.intensity_ratio([("light", "mild")], 0.9),)),
            "E-EFFECT",
            "light -> mild",
        ),
        (
            kh.Strategy("a", (kh.effect.intensity_ratio([("total", "light")], 0.9),)),
            "E-EFFECT",
            "no such",
        ),
        (of_light(enrols={"stock": {"mild": 1.0}}), "E-STATE-UNKNOWN", "enrols 'mild'"),
        (of_light("usual care"), "E-STRATEGY", "a name of its own"),
        (of_light(ratio=np.full(12, 9e3)), "E-EFFECT-RANGE", "log ratio 9"),
        (of_light(ratio=9e3), "E-EFFECT-RANGE", "a first ratio of 9000"),
    ],
)
def test_a_strategy_that_cannot_be_is_refused(population, entries, stock, strategy, code, words):
    with pytest.raises(kh.InvalidInput) as refused:
        project(population, entries, stock, draws=0, strategies=[strategy])
    assert refused.value.code == code
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("ratio", "window", "words"),
    [
        (np.ones(6), {}, "one for each of the window's 12 months"),
        (np.ones((2, 2, 12)), {}, "one for each of the window's 12 months"),
        (np.ones(12), {"fade": 0.9}, "says itself how the effect fades"),
        ([0.9, -1.0], {"months": (0, 2)}, "a ratio of -1"),
        (0.9, {"clock": "own"}, "enrolment or calendar"),
        (0.9, {"sex": "f"}, "men, women"),
    ],
)
def test_an_effect_that_cannot_be_is_refused(ratio, window, words):
    with pytest.raises(kh.InvalidInput, match=words) as refused:
        kh.effect.intensity_ratio([("light", "moderate")], ratio, **window)
    assert refused.value.code == "E-EFFECT"


def test_a_grid_that_is_none_is_refused(population, entries, stock):
    with pytest.raises(kh.InvalidInput, match="year, quarter, month"):
        project(population, entries, stock, draws=0, strategies=(), grid="week")


def test_pictures_in_both_languages(projected):
    comparison = projected.compare("team", "fewer deaths")
    for lang, word in (("en", "against usual care"), ("sv", "dagens arbetssätt")):
        axes = comparison.plot("users", lang=lang)
        assert word in axes.get_title(loc="left")
    data = plots_strategies.differences_data(comparison, "cost")
    unit = language("sv").unit([float(np.abs(data["difference"]).max())])
    axes = comparison.plot("cost", lang="sv")
    assert f", {unit.word} per år" in axes.get_title(loc="left")
    assert 1 <= max(np.abs(line.get_ydata()).max() for line in axes.lines) < 1000
    assert data["difference"].shape == (8,)
    assert np.all(data["low_80"] <= data["high_80"])
    assert np.isnan(data["low_95"]).all()  # of 30 draws
    point = dataclasses.replace(comparison, draws=0)
    assert point.plot("life_years") is not None


def test_a_strategy_for_the_stock_costs_what_its_people_cost(population, entries, stock):
    """Whether enrolment is closed when it begins or never closed, they are the same people."""
    costs = kh.StrategyCosts(COSTS.price_year, per_enrolment=1000, team_per_month=1e5)
    helped = (kh.effect.intensity_ratio("recovery", 1.5),)
    given = [
        kh.Strategy(f"ends {ends}", helped, enrols="stock", begins=1, ends=ends, costs=costs)
        for ends in (1.0, 1.01, float("inf"))
    ]
    found = kh.project(
        StandInFit(), population, entries, stock=stock, costs=COSTS, draws=2, strategies=given,
        closure="scale",
    )  # fmt: skip
    values = [found.of(s.name).valued for s in given]
    for value in values:
        assert value.treated[1] > 0
        # All start in one month and have a stay of three: the team is there for four.
        expected = 1000 * value.treated + np.array([0, 4e5, 0, 0])
        np.testing.assert_allclose(value.programme, expected, rtol=1e-12)
        np.testing.assert_allclose(
            value.programme_draws[:, 1] - 4e5, 1000 * value.treated_draws[:, 1]
        )


def test_fewer_hours_at_a_level_where_nobody_is_are_none(population, entries, stock):
    empty = np.zeros_like(stock)
    incidence = np.zeros((2, population.ages.size))
    nobody = kh.Entries.from_table(
        incidence, [0.53, 0.17, 0.23, 0.07], LEVELS, first_age=int(population.ages[0])
    )
    fewer = kh.Strategy("fewer", (kh.effect.hours_ratio(["light"], 0.5),))
    found = kh.project(
        StandInFit(), population, nobody, stock=empty, costs=COSTS, draws=2, strategies=[fewer]
    )
    assert not found.of("fewer").valued.hours.any()
    assert not found.of("fewer").valued.hours_draws.any()


def test_a_small_strategys_money_is_not_printed_as_nothing(population, entries, stock):
    slight = kh.Strategy(
        "slight", (kh.effect.intensity_ratio("recovery", 1.001, months=(0, 6)),), uptake=0.01,
        costs=kh.StrategyCosts(COSTS.price_year, per_enrolment=10),
    )  # fmt: skip
    found = kh.project(
        StandInFit(), population, entries, stock=stock, costs=COSTS, draws=0, strategies=[slight],
        closure="scale",
    ).compare()  # fmt: skip
    total = found["slight", "total"].total().point[0]
    assert 1 < abs(total) < 50_000
    unit = "thousand kronor" if "thousand" in str(found) else "kronor"
    size = abs(total) / (1000 if unit.startswith("thousand") else 1)
    assert f"in all, {unit}" in str(found)
    assert f"{size:,.0f}" in str(found).splitlines()[2]
    assert "by 0.0" not in str(found)


def test_an_uptake_of_each_draw_is_that_of_those_who_apply(population, entries, stock):
    """Of those without support, as many are paid for in a draw as accept in it."""
    uptakes = np.array([0.0, 0.2, 1.0])
    fewer = kh.Strategy(
        "fewer", (kh.effect.entry_ratio(None, 0.5),), uptake=0.4, enrols="without_support",
        costs=kh.StrategyCosts(COSTS.price_year, per_enrolment=1000),
        delivery=kh.Delivery(uptakes=uptakes),
    )  # fmt: skip
    found = kh.project(
        StandInFit(), population, entries, stock=stock, costs=COSTS, draws=3, strategies=[fewer],
        closure="scale",
    )  # fmt: skip
    value = found.of("fewer").valued
    applied = found.draws_new_users_by_level.sum(axis=2)
    np.testing.assert_allclose(value.treated_draws, uptakes[:, None] * applied)
    np.testing.assert_allclose(value.programme_draws, 1000 * value.treated_draws)
    np.testing.assert_allclose(value.treated, 0.4 * found.new_users.sum(axis=1))
