"""Cohorts cycle by cycle, incremental analysis, acceptability, worth of knowing, sensitivity."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import kohort as kh

Q = np.array([[-0.2, 0.2], [0, 0]])


# --- a closed cohort ------------------------------------------------------------------------------
def test_a_cohort_at_intensities_is_valued_like_cohort_cost():
    followed = kh.follow([1, 0], intensities=Q, cycles=4, states=("in", "out"), persons=50)
    for convention in ("start", "end", "trapezoid", "continuous", "life_table", "simpson"):
        worth = followed.value({"in": 100}, accounting=convention, discount=0.03)
        expected = kh.cohort_cost(
            Q, [1, 0], [100, 0], years=4, discount=0.03, accounting=convention, persons=50
        )
        assert worth.total == pytest.approx(expected, rel=1e-13)
        assert convention in worth.accounting
    assert followed.moves == (("in", "out"),)
    assert followed.moved.sum() == pytest.approx(50 * (1 - np.exp(-0.8)), rel=1e-13)


def test_parts_of_a_total_and_its_words():
    followed = kh.follow([1, 0], intensities=Q, cycles=4, states=("in", "out"))
    worth = followed.value(
        {"in": 100}, per_move={("in", "out"): 1}, once=[(0, 7)], entry=40, newcomers=0.5,
        accounting="simpson", discount=0.03,
    )  # fmt: skip
    assert worth.states == pytest.approx(261.7134433915, abs=1e-9)
    assert worth.moves == pytest.approx(0.5231993692744, abs=1e-12)  # dated as the trapezoid
    assert (worth.once, worth.entry) == (7, 20)
    assert float(worth) == worth.total == worth.states + worth.moves + worth.once + worth.entry
    assert "simpson, discounted at 3 % a year" in str(worth)


def test_costs_that_change_from_cycle_to_cycle():
    followed = kh.follow([1, 0], probabilities=[[[0.5, 0.5], [0, 1]]] * 3)
    costs = [[1, 0], [10, 0], [100, 0]]
    assert followed.value(costs, accounting="start", discount=0).total == 1 + 5 + 25
    assert followed.value(costs, accounting="end", discount=0).total == 0.5 + 2.5 + 12.5


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: kh.follow([1, 0]), "E-SETTING"),
        (lambda: kh.follow([1, 0], probabilities=np.eye(2)), "E-GRID"),
        (lambda: kh.follow([1, 0], probabilities=[np.eye(2)] * 3, cycles=4), "E-SHAPE"),
        (lambda: kh.follow([1, 0.1], probabilities=np.eye(2), cycles=1), "E-INIT-SUM"),
        (lambda: kh.follow([1, 0], probabilities=[[0.5, 0.6], [0, 1]], cycles=1), "E-PROBABILITY"),
        (lambda: kh.accounting_weights("simpson", 5, strict=True), "E-SIMPSON-ODD"),
        (lambda: kh.accounting_weights("half-cycle", 5), "E-ACCOUNTING"),
        (
            lambda: kh.follow([1, 0], probabilities=np.eye(2), cycles=1).value(
                {"3": 1}, accounting="start", discount=0
            ),
            "E-STATE-UNKNOWN",
        ),
    ],
)
def test_what_cannot_be_is_refused(call, code):
    with pytest.raises(kh.InvalidInput) as refused:
        call()
    assert refused.value.code == code


# --- options --------------------------------------------------------------------------------------
def test_worked_number_18():
    table = kh.incremental(
        [0, 10_000, 30_000, 35_000, 60_000, 62_000, 90_000],
        [0, 0.10, 0.15, 0.30, 0.35, 0.33, 0.42],
        "ABCDEFG",
        effect="QALYs",
    )
    by_name = {row.name: row for row in table.rows}
    assert by_name["B"].icer == pytest.approx(100_000)
    assert by_name["D"].icer == pytest.approx(125_000)
    assert by_name["G"].icer == pytest.approx(458_333.3333333)
    assert by_name["C"].reason == "extendedly dominated by B and D"
    assert by_name["E"].reason == "extendedly dominated by D and G"
    assert by_name["F"].reason == "dominated by E"
    assert "458,333.33 per unit over D (north-east)" in str(table)


def normal_choice(n=20_000, seed=3):
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=n)
    benefit = 2000 + 3000 * theta + 4000 * rng.normal(size=n)
    zero = np.zeros(n)
    return kh.evaluate(
        costs=np.column_stack([zero, -benefit]),
        effects=np.zeros((n, 2)),
        names=("usual", "new"),
        willingness_to_pay=[0, 1],
        parameters={"theta": theta, "idle": rng.normal(size=n)},
    )


def test_worked_number_17():
    chosen = normal_choice()
    assert chosen.choice == ("new", "new")
    assert abs(chosen.evpi[1] - 1152.194184737) < 4 * chosen.evpi_se[1]
    assert chosen.evpi[1] == chosen.expected_loss[1].min()
    share = stats.norm.cdf(0.4)
    assert abs(chosen.acceptable[1, 1] - share) < 4 * np.sqrt(share * (1 - share) / 20_000)
    known = chosen.value_of_knowing("theta", willingness_to_pay=1)
    assert abs(known.in_sample - 453.3589414732) < 4 * known.se
    assert abs(known.cross_fit - 453.3589414732) < 4 * known.se
    assert known.findings == ()
    idle = chosen.value_of_knowing("idle", willingness_to_pay=1)
    assert idle.in_sample < 4 * idle.se + 5
    assert chosen.population_evpi(1, [100, 100], discount=0.03) == pytest.approx(
        chosen.evpi[1] * (100 + 100 / 1.03)
    )


def test_the_value_of_a_study_of_a_normal_mean_is_its_closed_form():
    """inb = 2000 + 3000 theta + 4000 noise, theta ~ N(0, 1), n persons of variance 4 seen: the mean
    of theta given theirs is normal, with variance 1 / (1 + 4 / n). Worth nearly all of EVPPI."""
    rng = np.random.default_rng(5)
    theta, noise = rng.normal(size=(2, 40_000))
    benefit = 2000 + 3000 * theta + 4000 * noise
    found = kh.evaluate(
        costs=np.column_stack([np.zeros(theta.size), -benefit]), effects=np.zeros((theta.size, 2)),
        parameters={"theta": theta},
    )  # fmt: skip
    values = []
    for n in (2, 10, 10_000):
        seen = theta + rng.normal(size=theta.size) * np.sqrt(4 / n)
        study = found.value_of_sampling({"mean": seen}, willingness_to_pay=0, repeats=60)
        sd = 3000 / np.sqrt(1 + 4 / n)
        exact = sd * stats.norm.pdf(2000 / sd) - 2000 * stats.norm.cdf(-2000 / sd)
        assert abs(study.in_sample - exact) < 4 * study.se
        assert abs(study.cross_fit - exact) < 4 * study.se
        assert study.se < 15
        assert str(study).startswith("Value of a study of mean")
        values.append(study.in_sample)
    known = found.value_of_knowing("theta", willingness_to_pay=0, repeats=60)
    assert values[0] < values[1] < values[2] < known.in_sample * 1.01
    assert values[2] == pytest.approx(known.in_sample, rel=0.01)
    low, high = study.net([100, 100], discount=0.03, cost=50_000)
    assert high == pytest.approx(study.in_sample * (100 + 100 / 1.03) - 50_000)
    assert low == pytest.approx(study.cross_fit * (100 + 100 / 1.03) - 50_000)


def test_the_value_of_a_study_of_two_shares_sums_over_what_it_may_find():
    """Two beta shares, each seen in 20 persons: the exact value is a sum over all 21 x 21 findings,
    whose benefit is a product of posterior means."""
    rng = np.random.default_rng(6)
    n, N = 20, 30_000
    first, second = rng.beta(3, 7, N), rng.beta(6, 6, N)
    benefit = 100_000 * first * second - 17_000 + 5_000 * rng.normal(size=N)
    found = kh.evaluate(
        costs=np.column_stack([np.zeros(N), -benefit]), effects=np.zeros((N, 2))
    )  # fmt: skip
    counts = np.arange(n + 1)
    chance = np.outer(stats.betabinom.pmf(counts, n, 3, 7), stats.betabinom.pmf(counts, n, 6, 6))
    after = np.outer((3 + counts) / (10 + n), (6 + counts) / (12 + n)) * 100_000 - 17_000
    exact = np.sum(chance * np.maximum(after, 0)) - max(0, np.sum(chance * after))
    study = found.value_of_sampling(
        {"first": rng.binomial(n, first), "second": rng.binomial(n, second)}, willingness_to_pay=0
    )
    assert abs(study.in_sample - exact) < 4 * study.se
    assert abs(study.cross_fit - exact) < 4 * study.se
    assert study.se < 0.02 * exact
    assert study.findings == ()
    with pytest.raises(kh.InvalidInput, match="'first' is not one number for each draw"):
        found.value_of_sampling({"first": [1, 2]}, willingness_to_pay=0)
    with pytest.raises(kh.InvalidInput, match="a study of nothing"):
        found.value_of_sampling({}, willingness_to_pay=0)


def test_the_reference_may_be_any_option_and_swapping_flips_signs():
    rng = np.random.default_rng(1)
    costs, effects = rng.normal(size=(300, 2)) * 1000, rng.normal(size=(300, 2))
    one = kh.evaluate(costs=costs, effects=effects, names=("a", "b"), reference="a")
    other = kh.evaluate(costs=costs, effects=effects, names=("a", "b"), reference="b")
    for first, second in zip(one.increments(), other.increments(), strict=True):
        np.testing.assert_array_equal(first, -second)
    assert sum(one.quadrants().values()) == pytest.approx(1)
    assert one.quadrants()["north-east"] == other.quadrants()["south-west"]
    same = kh.evaluate(costs=costs[:, [0, 0]], effects=effects[:, [0, 0]])
    assert not np.any(same.increments()[0])
    assert not np.any(same.evpi)


def test_draws_that_do_not_belong_together_are_refused():
    with pytest.raises(kh.InvalidInput, match="E-SHAPE"):
        kh.evaluate(costs=np.zeros((3, 2)), effects=np.zeros((3, 3)))
    with pytest.raises(kh.InvalidInput, match="'x' has 2 draws"):
        kh.evaluate(costs=np.zeros((3, 2)), effects=np.zeros((3, 2)), parameters={"x": [1, 2]})
    with pytest.raises(kh.InvalidInput, match="no draws of y"):
        normal_choice(200).value_of_knowing("y", willingness_to_pay=1)
    with pytest.raises(kh.InvalidInput, match="either projections"):
        kh.evaluate()


# --- sensitivity ----------------------------------------------------------------------------------
def net(enrolled=35.0, hours=40.0, price=500.0):
    return enrolled * (0.8 * 0.5 * hours * price + 2000) / 1e3 - 300


def test_tornado_two_way_and_threshold():
    inputs = {"enrolled": (35, 20, 50), "hours": (40, 30, 45), "price": (500, 500, 500)}
    found = kh.tornado(net, inputs)
    assert [row.name for row in found.rows] == ["enrolled", "hours", "price"]
    assert found.base == net()
    assert found.rows[2].at_low == found.base
    grid = kh.two_way(net, ("enrolled", [20, 30]), ("hours", [10, 40]), base={"price": 400})
    assert grid.values[1, 0] == net(30, 10, 400)
    where = kh.threshold(lambda n: net(n), low=0, high=100, name="enrolled")
    assert where.crossings[0].at == pytest.approx(30, rel=1e-15)
    assert "crosses the target at 30 (upwards)" in str(where)
    never = kh.threshold(lambda n: net(n), low=50, high=100)
    assert "stays above the target from 50" in str(never)


def test_global_sensitivity_of_a_known_function():
    pytest.importorskip("SALib")
    # Ishigami's function: first order 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437.
    bounds = (-np.pi, np.pi)

    def ishigami(a, b, c):
        return np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)

    found = kh.global_sensitivity(ishigami, {"a": bounds, "b": bounds, "c": bounds}, samples=2048)
    np.testing.assert_allclose(found.first, [0.3139, 0.4424, 0], atol=0.04)
    np.testing.assert_allclose(found.total, [0.5576, 0.4424, 0.2437], atol=0.04)
    again = kh.global_sensitivity(ishigami, {"a": bounds, "b": bounds, "c": bounds}, samples=2048)
    np.testing.assert_array_equal(found.total, again.total)
    screened = kh.global_sensitivity(
        ishigami, {"a": bounds, "b": bounds, "c": bounds}, method="morris", samples=50
    )
    assert screened.runs == 200


def test_sampling_that_is_not_offered_is_refused():
    with pytest.raises(kh.InvalidInput, match="power of 2"):
        kh.global_sensitivity(net, {"hours": (1, 2)}, samples=1000)
    with pytest.raises(kh.InvalidInput, match="without a range"):
        kh.global_sensitivity(net, {"hours": (2, 2)})


# --- pictures and pages ---------------------------------------------------------------------------
@pytest.mark.parametrize("lang", ["sv", "en"])
def test_every_picture_can_be_drawn(lang):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    rng = np.random.default_rng(1)
    draws = kh.evaluate(
        costs=rng.normal(size=(200, 3)) * 5e3 + [0, 1e4, 3e4],
        effects=rng.normal(size=(200, 3)) * 0.1 + [1, 1.2, 1.25],
        names=("usual", "a", "b"),
        effect="QALYs",
    )
    for what in ("plane", "acceptability", "expected_loss", "evpi", "frontier"):
        draws.plot(what, lang=lang)
    kh.tornado(net, {"enrolled": (35, 20, 50), "hours": (40, 30, 45)}).plot(lang=lang)
    kh.two_way(net, ("enrolled", [20, 30, 40]), ("hours", [10, 40, 50])).plot(lang=lang)
    kh.follow([1, 0], intensities=Q, cycles=4).plot(lang=lang)
    pyplot.close("all")


def test_results_print_and_turn_into_frames():
    chosen = normal_choice(200)
    assert "P(new best)" in str(chosen)
    assert "<table" in chosen._repr_html_()
    assert list(chosen.to_frame("pandas").columns)[:2] == ["willingness_to_pay", "option"]
    assert len(kh.follow([1, 0], intensities=Q, cycles=4).to_frame("polars")) == 10
    with pytest.raises(ValueError, match="read-only"):
        chosen.costs[0, 0] = 1


def test_small_units_are_not_printed_as_nothing():
    """Costs in million kronor, effects in days: no ratio, price or value may read 0.00."""
    rng = np.random.default_rng(1)
    gain = rng.normal(2e-4, 1e-3, (500, 1)) * [0, 1]
    found = kh.evaluate(
        costs=gain + np.array([0.001, 0.0012]), effects=np.tile([0, 4.0], (500, 1)),
        names=("now", "new"),
        willingness_to_pay=np.linspace(0, 4e-4, 6), parameters={"gain": gain[:, 1]},
    )  # fmt: skip
    rows = str(found.table).splitlines()
    assert rows[1].split()[:3] == ["now", "0.0010000", "0.00000"]
    assert float(rows[2].split()[3]) == pytest.approx(found.table.rows[1].icer, rel=1e-2)
    prices = [line.split()[0] for line in str(found).splitlines()[-6:]]
    assert [float(x) for x in prices] == pytest.approx(np.linspace(0, 4e-4, 6), rel=1e-2)
    value = found.value_of_knowing("gain", willingness_to_pay=8e-5)
    assert f"{value.in_sample:.3g}" in str(value)
    assert "at 8.00e-05 per unit" in str(value)
    assert value.findings == ()  # one parameter tells all: what is left is rounding
