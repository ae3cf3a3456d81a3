"""Answers of a fit with their intervals: laws, and numbers worked out elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import kohort as kh

LEVELS = ("light", "moderate", "high", "total", "dead")
RATES = {
    (0, 1): 0.35, (0, 4): 0.04, (1, 0): 0.15, (1, 2): 0.28, (1, 4): 0.08, (2, 1): 0.12,
    (2, 3): 0.25, (2, 4): 0.16, (3, 2): 0.06, (3, 4): 0.40,
}  # fmt: skip


def made(model, coefficients, covariance, covariates=(), **fields):
    """A fit with these estimates, as if data had given them."""
    fit = kh.from_coefficients(model, coefficients, covariance, covariates=covariates)
    known = {"convergence": kh.Convergence("converged", 1, 1, 0.0, False), "log_likelihood": 0.0}
    return replace(fit, **known, **fields)


@pytest.fixture(scope="module")
def five():
    model = kh.Model(LEVELS, [(LEVELS[a], LEVELS[b]) for a, b in RATES], death="dead")
    rng = np.random.default_rng(3)
    root = rng.normal(size=(10, 10)) * 0.03
    return made(model, np.log(list(RATES.values())), root @ root.T)


@pytest.fixture(scope="module")
def by_age():
    model = kh.Model(
        ("light", "total", "dead"),
        [("light", "total"), ("light", "dead"), ("total", "light"), ("total", "dead")],
        death="dead",
    )
    b = [np.log(0.2), 0.05, 0.1, np.log(0.05), 0.09, 0.2, np.log(0.1), -0.04, 0.0,
         np.log(0.3), 0.03, 0.1]  # fmt: skip
    return made(model, np.array(b), np.eye(12) * 4e-4, (kh.yearly("age", origin=80), "male"))


def test_published_numbers(five):
    """W17 of the reference results: from light, rates exact decimals."""
    ten = five.length_of_stay(10)
    whole = five.length_of_stay()
    np.testing.assert_allclose(
        ten[0, :4], [3.18728248301464, 2.196119972389373, 1.033801611967414, 0.4309101786044808],
        rtol=1e-13,
    )  # fmt: skip
    np.testing.assert_allclose(
        five.length_of_stay(10, discount=0.03)[0, :4],
        [2.917675293751267, 1.922730449252675, 0.8768451691386183, 0.3562253084409402],
        rtol=1e-13,
    )
    np.testing.assert_allclose(
        whole[0, :4], [3.685387760808024, 2.915341511434197, 1.641153787905265, 0.8919314064702524],
        rtol=1e-13,
    )  # fmt: skip
    np.testing.assert_allclose(
        five.length_of_stay(discount=0.03)[0, :4],
        [3.233396262018205, 2.377332419097634, 1.258516173932839, 0.6426787590022217],
        rtol=1e-13,
    )
    np.testing.assert_allclose(
        five.expected_visits(10)[0],
        [0.3294179958584059, 1.239605062491214, 0.6407682029852932, 0.2584504029918535,
         0.640953226468314],
        rtol=1e-13,
    )  # fmt: skip
    life = five.life_expectancy()
    assert life[0, 4] == pytest.approx(9.133814466617738, rel=1e-13)
    assert five.first_passage("total", 5)[0] == pytest.approx(0.1053569202571968, rel=1e-13)
    assert five.first_passage("total")[0] == pytest.approx(0.3799156432204441, rel=1e-13)
    assert five.first_passage_time("total")[0] == pytest.approx(9.145887606996651, rel=1e-13)
    slope = life.gradient.reshape(4, 5, 10)[0, 4]
    at = list(RATES)
    assert slope[at.index((2, 3))] == pytest.approx(-0.8452977300266954, rel=1e-12)
    assert slope[at.index((3, 4))] == pytest.approx(-1.002187632125908, rel=1e-12)


def test_life_expectancy_is_the_sum_of_stays(five, by_age):
    np.testing.assert_allclose(
        five.life_expectancy()[:, -1], five.length_of_stay()[:4, :4].sum(axis=1), rtol=1e-13
    )
    life = by_age.life_expectancy(age=78.3, male=1)
    stay = by_age.length_of_stay(age=78.3, male=1)
    np.testing.assert_allclose(life[:, -1], stay[:2, :2].sum(axis=1), rtol=1e-13)
    ages = by_age.life_expectancy(ages=(70, 78.3, 95), male=1)
    np.testing.assert_allclose(ages[1], life[:, -1], rtol=1e-13)
    assert (np.diff(ages, axis=0) < 0).all()


def test_a_cost_of_one_a_year_is_life_expectancy_and_discount_tends_to_none(five):
    price = dict.fromkeys(LEVELS[:4], 1.0)
    life = five.life_expectancy()
    for i, level in enumerate(LEVELS[:4]):
        cost = five.lifetime_cost(price, level, discount=0.0)
        assert cost[-1] == pytest.approx(life[i, -1], rel=1e-12)
        assert cost.lower[-1] == pytest.approx(life.lower[i, -1], rel=1e-12)
    hardly = five.lifetime_cost(price, "light", discount=1e-10)
    assert hardly[-1] == pytest.approx(life[0, -1], rel=1e-8)
    mix = {"light": 0.53, "moderate": 0.17, "high": 0.24, "total": 0.06}
    mixed = five.lifetime_cost(price, mix, discount=0.03)
    parts = [five.lifetime_cost(price, level, discount=0.03)[-1] for level in mix]
    assert mixed[-1] == pytest.approx(np.dot(list(mix.values()), parts), rel=1e-12)
    same = five.lifetime_cost(
        kh.Costs(price, 2024), kh.entry_mix(list(mix.values())), discount=0.03
    )
    np.testing.assert_array_equal(same, mixed)
    assert "prices of 2024" in str(same)


def test_clocks_run_on_and_stand_still_when_held(by_age):
    year_by_year = np.eye(3)
    for age in (80.25, 81.0, 82.0, 83.0):
        q = by_age.intensities(age=age, male=0)
        year_by_year = year_by_year @ kh.transition_probability(q, 0.75 if age < 81 else 1.0)
    moved = by_age.transition_probability(3.75, age=80.25, male=0)
    np.testing.assert_allclose(moved, year_by_year, rtol=1e-13)
    held = by_age.transition_probability(3.75, hold=True, age=80.25, male=0)
    q = by_age.intensities(age=80.25, male=0)
    np.testing.assert_allclose(held, kh.transition_probability(q, 3.75), rtol=1e-13)


def test_published_numbers_of_clocks_that_move_all_the_time():
    """W08 and W18: Gompertz rates, from light at 80."""
    model = kh.Model(
        ("light", "total", "dead"),
        [("light", "total"), ("light", "dead"), ("total", "light"), ("total", "dead")],
        death="dead",
    )
    rates, slopes = [0.2, 0.05, 0.1, 0.3], [0.05, 0.09, -0.04, 0.03]
    b = np.column_stack([np.log(rates), slopes]).ravel()
    fit = made(model, b, np.eye(8) * 1e-4, (kh.gompertz("age", origin=80),))
    five = fit.transition_probability(5, age=80)
    np.testing.assert_allclose(five[0], [0.2821813878804, 0.2230389525893, 0.4947796595303],
                               rtol=1e-10)  # fmt: skip
    np.testing.assert_allclose(five[1], [0.0849662530843, 0.1717028165007, 0.7433309304150],
                               rtol=1e-10)  # fmt: skip
    np.testing.assert_allclose(
        fit.transition_probability(1, age=80)[0],
        [0.7803677262206687, 0.1482756283144647, 0.07135664546486658], rtol=1e-11,
    )  # fmt: skip
    held = fit.transition_probability(5, hold=True, age=80)
    assert held[0, 2] == pytest.approx(0.4359727646530355, rel=1e-13)
    life = fit.life_expectancy(age=80)
    np.testing.assert_allclose(life[0, :2], [3.751229501806, 2.041949759513], rtol=1e-10)
    # Half a life and the rest of it, from where the first half ended.
    half = fit.length_of_stay(4.3, age=80)
    then = fit.transition_probability(4.3, age=80) @ fit.length_of_stay(age=84.3)[:, :2]
    np.testing.assert_allclose(half[:, :2] + then, fit.length_of_stay(age=80)[:, :2], atol=1e-10)
    # Exact derivatives along the slopes too.
    step = np.zeros(8)
    step[3] = 1e-4
    up, down = (
        made(model, b + s * step, np.eye(8), (kh.gompertz("age", origin=80),)).length_of_stay(
            age=80
        )[0, 0]
        for s in (1, -1)
    )
    slope = fit.length_of_stay(age=80).gradient[0, 3]
    assert slope == pytest.approx((up - down) / 2e-4, rel=1e-5)


def test_a_weibull_clock_from_its_zero():
    """Rates without limit at entry: the survivor is exp(-rate t^(b + 1) / (b + 1))."""
    model = kh.Model(("in", "dead"), [("in", "dead")], death="dead")
    for b in (-0.5, 0.8):
        fit = made(model, [np.log(0.3), b], np.eye(2), (kh.weibull("since_entry"),))
        found = fit.transition_probability(4.0, since_entry=0.0)[0, 0]
        assert found == pytest.approx(np.exp(-0.3 * 4 ** (b + 1) / (b + 1)), rel=2e-6)


def test_a_path_of_covariates(by_age):
    path = [(0, {"age": 80.0, "male": 0}), (1.5, {"male": 1})]
    found = by_age.transition_probability(4, path=path)
    first = by_age.transition_probability(1.5, age=80.0, male=0)
    then = by_age.transition_probability(2.5, age=81.5, male=1)
    np.testing.assert_allclose(found, first @ then, rtol=1e-13)
    stay = by_age.length_of_stay(4, path=path)
    early = by_age.length_of_stay(1.5, age=80.0, male=0)
    late = by_age.length_of_stay(2.5, age=81.5, male=1)
    np.testing.assert_allclose(stay, early + first @ late, rtol=1e-13)
    since = by_age.length_of_stay(4, since=1.5, path=path)
    np.testing.assert_allclose(since, first @ late, rtol=1e-13)


def test_a_population_is_its_average(by_age):
    table = {"age": [75.0, 82.0, 82.0], "male": [0, 1, 1], "persons": [3.0, 1.0, 1.0]}
    both = by_age.length_of_stay(5, over=table, weights="persons")
    each = [by_age.length_of_stay(5, age=a, male=m) for a, m in ((75.0, 0), (82.0, 1))]
    np.testing.assert_allclose(both, 0.6 * each[0] + 0.4 * each[1], rtol=1e-13)
    gradient = 0.6 * each[0].gradient + 0.4 * each[1].gradient
    np.testing.assert_allclose(both.gradient, gradient, atol=1e-13)
    # A passage time is averaged over those to whom it happens.
    time = by_age.first_passage_time("total", over=table, weights="persons")[0]
    ever = [by_age.first_passage("total", age=a, male=m)[0] for a, m in ((75.0, 0), (82.0, 1))]
    mean = [by_age.first_passage_time("total", age=a, male=m)[0] for a, m in ((75.0, 0), (82.0, 1))]
    weight = np.array(ever) * [0.6, 0.4]
    assert time == pytest.approx(weight @ mean / weight.sum(), rel=1e-12)


def test_delta_and_draws_agree(five):
    drawn = kh.Interval(method="draws", draws=4000, seed=5)
    for ask in (
        lambda how: five.length_of_stay(10, interval=how),
        lambda how: five.first_passage("total", 5, interval=how),
        lambda how: five.sojourn_time(interval=how),
        lambda how: five.lifetime_cost({"total": 7e5}, "light", discount=0.03, interval=how),
    ):
        delta, draws = ask(0.95), ask(drawn)
        assert "delta" in delta.method
        assert "4000 draws" in draws.method
        np.testing.assert_array_equal(delta.estimate, draws.estimate)
        sure = np.isfinite(delta.estimate) & (delta.standard_error > 1e-9 * delta.estimate)
        np.testing.assert_allclose(draws.standard_error[sure], delta.standard_error[sure], rtol=0.1)
        for side in ("lower", "upper"):
            gap = getattr(draws, side)[sure] - getattr(delta, side)[sure]
            assert (np.abs(gap) < 0.25 * delta.standard_error[sure]).all()


def test_draws_are_those_of_the_seed(five):
    one = five.length_of_stay(10, interval=kh.Interval(method="draws", draws=50, seed=5, threads=1))
    two = five.length_of_stay(10, interval=kh.Interval(method="draws", draws=50, seed=5, threads=2))
    other = five.length_of_stay(10, interval=kh.Interval(method="draws", draws=50, seed=6))
    np.testing.assert_array_equal(one.lower, two.lower)
    assert not np.array_equal(one.lower, other.lower)


def test_an_estimate_at_its_boundary_is_drawn_below_its_bound():
    """No event in 250 years: the rate's 95 % bound is 2.9957/250, and so is the answer's."""
    model = kh.Model(("home", "institution", "dead"),
                     [("home", "institution"), ("home", "dead"), ("institution", "dead")],
                     death="dead")  # fmt: skip
    bound = kh.RateBound("home -> institution", True, 2.995732273553991 / 250)
    fit = made(
        model, np.array([-np.inf, np.log(0.1), np.log(0.3)]), np.diag([0.0, 1e-8, 1e-8]),
        bounds=(bound,), has_error=(False, True, True),
    )  # fmt: skip
    passage = fit.first_passage("institution", 1, interval=kh.Interval(level=0.9, draws=4000))
    assert passage.estimate[0] == 0
    assert "draws" in passage.method
    # The 95 % quantile of the rate over one year, death being the rival.
    rate = bound.rate
    expected = rate / (rate + 0.1) * -np.expm1(-(rate + 0.1))
    assert passage.upper[0] == pytest.approx(expected, rel=0.05)
    told = fit.first_passage("institution", 1, interval=kh.Interval(method="delta"))
    assert told.upper[0] == 0
    assert "for known: home -> institution" in str(told)


def test_hazard_ratios_and_the_ratio_of_rates(by_age):
    ratios = by_age.hazard_ratios(per={"age": 10})
    at = ratios.labels[0].index("light -> dead: age +10")
    assert ratios[at] == pytest.approx(np.exp(0.9))
    assert ratios.upper[at] == pytest.approx(np.exp(0.9 + 1.959963984540054 * 10 * 0.02))
    one = by_age.rate_ratio("light -> dead", "total -> dead", age=90.2, male=1)
    q = by_age.intensities(age=90.2, male=1)
    assert float(one) == pytest.approx(q[0, 2] / q[1, 2], rel=1e-13)
    # log ratio = difference of two rows of three independent coefficients
    error = 0.02 * np.sqrt(2 * (1 + 10.5**2 + 1))
    assert one.standard_error[0] == pytest.approx(float(one) * error, rel=1e-12)
    drawn = by_age.hazard_ratios(interval=kh.Interval(method="draws", draws=2000))
    np.testing.assert_allclose(drawn.upper, by_age.hazard_ratios().upper, rtol=0.01)


def test_an_answer_is_an_array_and_prints_itself(five):
    answer = five.sojourn_time()
    assert answer[0] == pytest.approx(1 / 0.39)
    assert len(answer) == 5
    assert list(answer)[4] == np.inf
    assert np.asarray(answer).shape == answer.shape == (5,)
    assert (answer[:4] @ np.ones(4)).shape == ()
    assert "for ever" in str(answer)
    assert "95 % intervals by the delta method" in str(answer)
    assert "<table" in answer._repr_html_()
    frame = five.length_of_stay(10).to_frame("pandas")
    assert list(frame.columns) == ["from", "in", "estimate", "lower", "upper", "level", "method"]
    assert len(frame) == 25
    with pytest.raises(ValueError, match="read-only"):
        answer.estimate[0] = 1
    plain = five.sojourn_time(interval=kh.Interval(method="none"))
    assert not plain.certain
    assert "nan" not in str(plain)
    assert plain.to_frame("polars")["lower"].null_count() == 5


def test_coefficients_from_elsewhere(five):
    model = five.model
    given = kh.from_coefficients(model, five.coefficients, five.covariance)
    np.testing.assert_array_equal(given.length_of_stay().lower, five.length_of_stay().lower)
    assert "coefficients from elsewhere" in str(given)
    assert "nan" not in str(given) + given._repr_html_()
    alone = kh.from_coefficients(model, five.coefficients)
    assert alone.length_of_stay().method.startswith("no interval: the coefficients have no")
    assert "nan" not in str(alone) + str(alone.length_of_stay())
    never = kh.from_coefficients(model, [-np.inf, *five.coefficients[1:]])
    assert never.first_passage("total")[0] == 0
    for coefficients, covariance, said in (
        (five.coefficients[1:], None, "has 10 coefficients"),
        ([np.nan] * 10, None, "not a finite number"),
        (five.coefficients, np.ones((9, 9)), "has 10 coefficients"),
        (five.coefficients, np.arange(100.0).reshape(10, 10), "not symmetric"),
        (five.coefficients, -np.eye(10), "variance is negative"),
    ):
        with pytest.raises(kh.InvalidInput, match=said):
            kh.from_coefficients(model, coefficients, covariance)


def test_pictures(five, by_age):
    for answer in (
        five.sojourn_time(),
        five.next_state(),
        five.life_expectancy(),
        by_age.hazard_ratios(),
        by_age.life_expectancy(ages=(70, 80, 90), male=0),
    ):
        ax = answer.plot()
        assert ax.get_title(loc="left")
        ax.figure.clear()


def test_pictures_of_answers_speak_swedish(five, by_age):
    """Every answer has a title in both languages, in English the one it prints."""
    from matplotlib.figure import Figure

    for answer in (
        five.transition_probability(2.0),
        five.length_of_stay(5),
        five.length_of_stay(discount=0.03),
        five.expected_visits(5),
        five.first_passage("total", 5),
        five.first_passage_time(("high", "total")),
        five.sojourn_time(),
        five.next_state(),
        five.life_expectancy(),
        by_age.hazard_ratios(),
    ):
        said = {}
        for lang in ("en", "sv"):
            ax = answer.plot(Figure().subplots(), lang=lang)
            said[lang] = ax.get_title(loc="left"), [y.get_text() for y in ax.get_yticklabels()]
        assert said["en"][0].startswith(answer.title)
        assert said["sv"][0] != said["en"][0], answer.title
        assert not any(name.startswith("dead") for name in said["en"][1][:-1])
    names = said["sv"][1]
    assert names


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda f: f.length_of_stay(age=80), "no value for 'male'"),
        (lambda f: f.length_of_stay(age=80, male=1, wealth=1), "no covariate 'wealth'"),
        (lambda f: f.length_of_stay(age=[70, 80], male=1), "has 2 values"),
        (lambda f: f.length_of_stay(-1, age=80, male=1), "horizon is -1"),
        (lambda f: f.length_of_stay(2, since=3, age=80, male=1), "begins at 3 and ends at 2"),
        (lambda f: f.length_of_stay(discount=-1, age=80, male=1), "discount rate is -1"),
        (lambda f: f.transition_probability(np.inf, age=80, male=1), "time is infinite"),
        (lambda f: f.transition_probability(1, age=np.nan, male=1), "must be finite"),
        (lambda f: f.transition_probability(1, path=[(1, {"age": 80, "male": 1})]), "no value for"),
        (
            lambda f: f.transition_probability(1, path=[(2, {"age": 1}), (1, {})], age=80, male=1),
            "begins after",
        ),
        (
            lambda f: f.transition_probability(1, path=[(0, {}), (1, {"x": 1})], age=80, male=1),
            "no covariate 'x'",
        ),
        (lambda f: f.first_passage("heaven", age=80, male=1), "heaven"),
        (lambda f: f.rate_ratio("a -> b", "light -> dead", age=80, male=1), "a -> b"),
        (lambda f: f.hazard_ratios(per={"wealth": 1}), "no effect 'wealth'"),
        (lambda f: f.sojourn_time(interval=2, age=80, male=1), "level is 2"),
        (lambda f: f.sojourn_time(weights="n", age=80, male=1), "without a table"),
        (lambda f: f.sojourn_time(over={"age": [80.0]}, weights="n", male=1), "no column 'n'"),
        (lambda f: f.sojourn_time(over={"age": [], "male": []}), "table is empty"),
        (
            lambda f: f.sojourn_time(over={"age": [80.0], "n": [-1.0]}, weights="n", male=1),
            "not weights",
        ),
        (
            lambda f: f.lifetime_cost({"total": 1.0}, {"light": 0.5}, discount=0, age=80, male=1),
            r"sum.* 0\.5",
        ),
        (
            lambda f: f.lifetime_cost({"total": np.inf}, "light", discount=0, age=80, male=1),
            "not finite",
        ),
        (lambda f: kh.Interval(method="guess"), "guess"),
        (lambda f: kh.Interval(draws=1), "1 draws"),
    ],
)
def test_questions_without_an_answer_are_refused(by_age, ask, said):
    with pytest.raises(kh.InvalidInput, match=said):
        ask(by_age)
