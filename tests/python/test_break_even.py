"""Break-even: the constructed vector, the memo's question, intervals that mean what they say."""

import json
import math
import pickle
from statistics import NormalDist

import numpy as np
import pytest

import kohort as kh
from kohort.programme.break_even_result import Points
from kohort.programme.break_even_words import interval, sentences
from kohort.report.break_even_page import always, page
from kohort.support._language import language


def constructed(**changes):
    """The vector of the field guide: constructed, not anybody's team."""
    values = {
        "fixed_cost": 300_000, "variable_cost": 2_000, "otherwise_helped": 0.8, "double_work": 0.25,
        "hours": 40, "hour_cost": 500, "stay": 3, "price_year": 2024,
    }  # fmt: skip
    return kh.Programme(**(values | changes))


def test_the_constructed_vector():
    found = kh.break_even(constructed(capacity=45), starts=15)
    assert found.broad.enrolled == 30
    assert found.programme.net(15) == -150_000
    assert found.programme.net(45) == 150_000
    assert found.enrolment.enrolled == 45
    assert found.net == 150_000
    at_30 = kh.break_even(constructed(double_work=0.3), starts=15).broad
    assert round(at_30.enrolled, 2) == 32.61
    assert found.broad.starts == 10


def test_the_plausibility_case():
    team = kh.Programme(fixed_cost=30 * 9_798, hours=23, hour_cost=426, stay=3, price_year=2019)
    assert kh.break_even(team, starts=10).broad.enrolled == 30
    with_double_work = kh.break_even(team.replaced(double_work=0.3), starts=10)
    assert round(with_double_work.broad.enrolled, 2) == 42.86


def test_thirty_a_month_is_asked_about():
    with pytest.raises(kh.InvalidInput, match="only 30 enrolled was given") as refusal:
        kh.break_even(constructed(stay=None), enrolled=30)
    assert refusal.value.code == "E-STOCK-FLOW"
    assert kh.read_three_ways(15, 3) == {"stock": 15, "flow": 45, "head_count": 11.25}
    known = kh.break_even(constructed(stay=None), enrolled=45, starts=15)
    assert known.programme.stay == 3


def test_figures_that_do_not_fit_together():
    found = kh.break_even(constructed(), enrolled=15, starts=15)
    assert [f.code for f in found.findings if f.code != "I-NO-SPREAD"] == ["W-LITTLE"]
    assert found.findings[0].message_sv
    assert math.isclose(found.enrolment.gap, math.log(1 / 3))


def test_step_costs_list_all_crossings():
    found = kh.break_even(constructed(capacity=40), starts=15)
    assert found.broad.rises == (30, 60, 90)
    assert found.broad.drops == (40, 80)
    assert found.broad.for_good == 90
    said = " ".join(found.in_words()).replace("\N{EN DASH}", "-")
    assert "30-40, 60-80, from 90" in said


def test_beyond_capacity_is_never():
    found = kh.break_even(constructed(capacity=25), starts=8)
    assert found.broad.verdict == "beyond_capacity"
    assert math.isinf(found.broad.enrolled)
    assert "room for 25 enrolled, but 30 would be needed" in " ".join(found.in_words())


def test_a_programme_that_saves_too_little_is_told_in_words_with_what_would_change_it():
    found = kh.break_even(constructed(variable_cost=13_000), starts=15)
    assert found.broad.verdict == "no_saving"
    said = " ".join(found.in_words())
    assert "It never pays for itself: an enrolled person saves 12,000" in said
    needed = found.threshold("hours").at
    assert f"hours a month: at least {needed:.1f}" in said
    better = constructed(variable_cost=13_000, hours=needed)
    assert abs(better.net(45)) < 1e-6
    sv = " ".join(found.in_words("sv"))
    assert "Ekonomin går aldrig ihop" in sv
    assert "minst" in sv


def test_thresholds_leave_nothing_over():
    team = constructed(capacity=50, hours_avoided=5, fade=0.95, staying=0.98, discount=0.03)
    found = kh.break_even(team, enrolled=12)
    crossing = [t for t in found.thresholds if t.at is not None and t.input != "capacity"]
    assert len(crossing) >= 5
    for t in crossing:
        assert abs(found.programme.replaced(**{t.input: t.at}).net(12)) < 1e-6
    narrow = found.threshold("hours", narrow=True)
    assert narrow.at > found.threshold("hours").at


def test_payback_goes_by_the_month_in_which_money_arrives():
    team = kh.Programme(
        fixed_cost=300_000, hours=8, hour_cost=500, hours_avoided=3, stay=3, price_year=2024
    )
    paid = kh.break_even(team, starts=15).payback
    assert (paid.cash_month, paid.accrual_month) == (12, 1)
    paid = kh.break_even(team.replaced(start_up=600_000), starts=15).payback
    assert (paid.cash_month, paid.accrual_month) == (16, 4)
    slow = kh.break_even(team, starts=15, growing=12).payback
    assert slow.cash_month > 16
    assert kh.break_even(team, starts=3).payback.cash_month is None


def uncertain_team(**changes):
    return constructed(
        fixed_cost=kh.uncertain(300_000, se=15_000),
        variable_cost=kh.uncertain(2_000, se=500),
        double_work=kh.uncertain(0.25, low=0.1, high=0.4),
        hours=kh.uncertain(40, low=32, high=48),
        **changes,
    )


def test_intervals_come_from_draws_and_agree_with_fieller():
    found = kh.break_even(uncertain_team(), enrolled=40, draws=20_000)
    limits = found.broad_limits
    assert limits.never < 0.001
    shape, low, high = limits.fieller
    assert shape == "interval"
    assert limits.low == pytest.approx(low, rel=0.03)
    assert limits.high == pytest.approx(high, rel=0.03)
    assert limits.median == pytest.approx(30, rel=0.02)
    assert 0.7 < found.chance < 1
    assert found.net_limits[0] < found.net < found.net_limits[1]
    again = kh.break_even(uncertain_team(), enrolled=40, draws=20_000)
    assert again.broad_limits == limits  # the same seed, the same bytes
    other = kh.break_even(uncertain_team(), enrolled=40, draws=20_000, seed=2)
    assert other.broad_limits != limits


def test_unbounded_intervals_are_words():
    team = constructed(hours=kh.uncertain(12, se=8), capacity=400)
    found = kh.break_even(team, enrolled=40)
    limits = found.broad_limits
    assert math.isinf(limits.high)
    assert limits.never > 0.025
    assert limits.never == pytest.approx(limits.no_saving + limits.beyond_capacity)
    said = interval(limits, 0.95, language("en"))
    assert "no upper limit: in" in said
    assert "of the draws it never pays" in said
    assert "utan övre gräns" in " ".join(found.in_words("sv"))
    assert "inf" not in str(found)
    assert "nan" not in str(found)
    json.dumps(found.document(), allow_nan=False)


def test_nothing_uncertain_is_said():
    found = kh.break_even(constructed(), starts=15)
    assert found.broad_limits is None
    assert [f.code for f in found.findings] == ["I-NO-SPREAD"]


@pytest.mark.parametrize("se", [1_500.0, 6_000.0])
def test_coverage_of_both_intervals(se):
    """Programmes estimated again and again about a truth of 30: a small version, through what users
    call, of scripts/break_even_coverage.py. Each person-month saves 120,000 less about 110,000."""
    rng = np.random.default_rng(4)
    repeats, by_draws, by_fieller, unbounded = 300, 0, 0, 0
    for _ in range(repeats):
        variable, fixed = rng.normal(110_000, se), rng.normal(300_000, 15_000)
        team = constructed(
            fixed_cost=kh.uncertain(fixed, se=15_000),
            variable_cost=kh.uncertain(variable, se=se), hours=400,
        )  # fmt: skip
        seed = int(rng.integers(2**31))
        limits = kh.break_even(team, enrolled=40, draws=400, seed=seed).broad_limits
        by_draws += limits.low <= 30 <= limits.high
        unbounded += math.isinf(limits.high)
        shape, low, high = limits.fieller
        by_fieller += shape == "everywhere" or (low <= 30 <= high) == (shape == "interval")

    def near(hits, share):  # within 4 binomial standard errors, and one repeat
        return abs(hits - repeats * share) < 4 * math.sqrt(repeats * share * (1 - share)) + 1

    assert near(by_draws, 0.95)
    assert near(by_fieller, 0.95)
    # No upper limit where the saving is not clearly above 0: draws that never pay are not dropped.
    assert near(unbounded, NormalDist().cdf(NormalDist().inv_cdf(0.975) - 10_000 / se))


def test_the_report_always_shows_what_it_rests_on():
    team = uncertain_team(hours_avoided=kh.uncertain(2, se=3), average_hour_cost=646)
    found = kh.break_even(team, starts=10)
    for code in ("en", "sv"):
        terms = always(found, language(code))
        assert len(terms) == 8
        assert all(text and "{" not in text for _, text in terms)
    text = dict(always(found, language("en")))
    assert "237 persons" in text["No effect afterwards"]
    assert "social services" in text["Who pays and who gains"]
    assert "a quarter" in text["Double work"]
    assert found.with_average_cost < found.broad.enrolled


def test_the_page_is_one_file_in_each_language():
    found = kh.break_even(uncertain_team(name="IHR <team>"), starts=10)
    for code in ("en", "sv"):
        made = page(found, language(code), name="IHR <team>", synthetic=True, figure=15)
        assert made.startswith("<!doctype html>")
        assert "IHR &lt;team&gt;" in made
        assert "<script" not in made
        assert "http://" not in made.replace("http://www.w3.org", "")
        assert language(code).text("programme.constructed") in made


def test_it_prints_pickles_and_becomes_a_frame():
    found = kh.break_even(uncertain_team(), starts=10)
    assert "Enrolled at break-even" in str(found)
    assert "<table" in found._repr_html_()
    for table in ("summary", "thresholds", "curve", "payback"):
        assert len(found.to_frame(table)) > 0
    with pytest.raises(kh.InvalidInput, match="one of summary"):
        found.to_frame("costs")
    team = pickle.loads(pickle.dumps(found.programme))
    assert team == found.programme
    assert team.net(33) == found.programme.net(33)
    assert "double work" in str(team)
    assert isinstance(found.narrow, Points)
    assert all(isinstance(line, str) for line in sentences(found, language("sv")))


def test_a_team_from_its_posts():
    team = kh.team(
        [("occupational therapist", 2, 38_000), ("assistant nurse", 2, 31_000)],
        on_cost=0.42, premises=12_000, other=8_000,
    )  # fmt: skip
    assert team.monthly_cost == pytest.approx(138_000 * 1.42 + 20_000)
    assert constructed(fixed_cost=team).values()["fixed_cost"] == team.monthly_cost
    assert "205,960" in str(
        kh.team([("a", 2, 38_000), ("b", 2, 31_000)], on_cost=0.42, premises=10_000)
    )


def test_deferred_housing_is_net_of_the_home_help_meanwhile():
    worth = kh.deferred_housing(months=2, after=12, place=70_000, home_help=30_000)
    assert worth == 80_000
    found = kh.break_even(constructed(deferred_housing=worth * 0.1), starts=5)
    assert found.broad.enrolled < found.narrow.enrolled == 30


def test_ways_are_compared_on_common_draws():
    keep = kh.Way("keep", uncertain_team(), 15)
    build = kh.Way(
        "build in", uncertain_team().replaced(fixed_cost=200_000, double_work=0.6), 40, 300_000
    )
    close = kh.closing("close", price_year=2024, one_off=100_000, remaining_cost=50_000)
    found = kh.compare_ways([keep, close, build], draws=4_000)
    assert found.net.tolist() == pytest.approx([-150_000, -50_000, -24_000])
    assert found.best.sum() == pytest.approx(1)
    assert found.total[1] == -100_000 - 60 * 50_000
    level = found.turning_points["keep", "close"].enrolled
    assert keep.programme.net(level) == pytest.approx(-50_000)
    assert "keep is level with close at 25 enrolled." in found.in_words()
    assert "build in" in str(found)
    assert found.to_frame().shape[0] == 3
    same = kh.compare_ways([keep, kh.Way("again", keep.programme, 15)], draws=500)
    assert same.best.tolist() == [0.5, 0.5]
    assert same.regret.tolist() == [0, 0]
    with pytest.raises(kh.InvalidInput, match="at least two"):
        kh.compare_ways([keep])
    with pytest.raises(kh.InvalidInput, match="one year"):
        kh.compare_ways([keep, kh.closing("close", price_year=2020)])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"fixed_cost": -1}, "E-COST"),
        ({"hour_cost": math.nan}, "E-NUM"),
        ({"double_work": 25}, "E-SETTING"),
        ({"price_year": 0}, "E-COST"),
        ({"average_hour_cost": -3}, "E-COST"),
        ({"stay": 0}, "E-SETTING"),
    ],
)
def test_what_cannot_be_is_refused(change, code):
    with pytest.raises(kh.InvalidInput) as refusal:
        constructed(**change)
    assert refusal.value.code == code


def test_uncertain_takes_an_error_or_limits():
    with pytest.raises(kh.InvalidInput, match="neither or both"):
        kh.uncertain(1)
    with pytest.raises(kh.InvalidInput, match="lower limit"):
        kh.uncertain(1, low=2, high=1)
    half = kh.uncertain(low=400, high=600, shape="uniform")
    assert half.value == 500
    team = constructed(hour_cost=half)
    drawn = team._core.draws(30.0, [half._input("hour_cost", "amount")], 5_000, 1).value(
        "hour_cost"
    )
    assert drawn.min() > 400
    assert drawn.max() < 600


def test_an_interval_knows_teams_of_different_cost():
    """N* of each draw by scanning its teams, where the second pays although the first does not."""
    team = constructed(
        fixed_cost=0, team_costs=(300_000, 400_000, 500_000), capacity=20,
        hours=kh.uncertain(40, se=4),
    )  # fmt: skip
    found = kh.break_even(team, enrolled=45)
    assert found.broad.enrolled == pytest.approx(40)
    slow = []
    for m in found._draws.net_saving(False):
        pays = [
            max(20 * j, cost / m)
            for j, cost in enumerate(team.team_costs)
            if m > 0 and cost / m <= 20 * (j + 1)
        ]
        slow.append(min(pays, default=math.inf))
    limits = found.broad_limits
    assert limits.never == pytest.approx(np.mean(np.isinf(slow)))
    assert 0 < limits.never < 0.2
    assert limits.median == pytest.approx(np.median(slow), rel=1e-3)
    assert limits.low == pytest.approx(np.quantile(slow, 0.025, method="nearest"), rel=1e-3)
    assert math.isinf(limits.high)


def test_money_that_goes_out_again_is_not_called_back():
    """Help that costs more after discharge: a gain in month 1, and a loss for ever after."""
    found = kh.break_even(constructed(hours_avoided=-30), enrolled=45)
    said = found.in_words()
    assert found.payback.cash_month == 1
    assert found.payback.cash_for_good is None
    assert "month 1 but goes out again: after 60 months 106,560,000 kronor are out" in said[-1]
    assert "month 1 but" not in " ".join(kh.break_even(constructed(), enrolled=45).in_words())
    assert said[0].startswith("Counting the time after discharge as well, which costs more")
    assert "raises the cost of support by 36,000" in said[0]
    assert "går ut igen" in found.in_words("sv")[-1]


def test_what_would_change_it_is_what_the_table_says():
    """No hour becomes money: no cost, hour or salary helps, but another share would."""
    team = constructed(released=0.0, variable_cost=0.0, fixed_cost=200_000)
    found = kh.break_even(team.replaced(variable_cost=1_000), enrolled=20)
    at = found.threshold("released").at
    assert at == pytest.approx((200_000 / 20 + 1_000) / (0.8 * 0.75 * 40 * 500))
    said = " ".join(found.in_words())
    assert "no single figure" not in said
    assert "freed hours that become money: at least 91.7%" in said


def test_fieller_says_that_it_knows_no_limit_of_a_team():
    assert "had a team no limit" in str(kh.break_even(uncertain_team(capacity=45), enrolled=40))
    assert "had a team no limit" not in str(kh.break_even(uncertain_team(), enrolled=40))


def test_a_way_that_is_ahead_from_the_start_or_only_at_first():
    idle = kh.closing("idle", price_year=2024, remaining_cost=400_000)

    def said(**changes):
        way = kh.Way("team", constructed(**changes), 45)
        return kh.compare_ways([way, idle]).in_words()[1]

    assert said() == "team is level with idle or better however many are enrolled."
    loss = constructed(variable_cost=50_000)
    at = 100_000 / -loss.net_saving()
    assert loss.net(at) == pytest.approx(-400_000)
    assert f"up to {at:.1f} enrolled, and nowhere above" in said(variable_cost=50_000)
    assert "never level" in said(variable_cost=50_000, fixed_cost=500_000)


def test_a_figure_lies_between_its_limits():
    shown = kh.uncertain(0.25, low=0.2, high=0.6, shape="uniform")
    assert (shown.value, shown.low, shown.high) == (0.25, 0.2, 0.6)
    for shape in ("uniform", None):
        with pytest.raises(kh.InvalidInput, match="between its limits"):
            kh.uncertain(0.1, low=0.2, high=0.6, shape=shape)


@pytest.mark.parametrize(("draws", "level"), [(1, 0.95), (39, 0.95), (9, 0.8)])
def test_an_interval_of_too_few_draws_is_refused(draws, level):
    """One draw gave limits from 27.7 to 27.7."""
    team = constructed(hours=kh.uncertain(40, se=4))
    with pytest.raises(kh.InvalidInput, match=r"draws on both sides.*\[E-SETTING\]"):
        kh.break_even(team, enrolled=30, draws=draws, level=level)
    with pytest.raises(kh.InvalidInput, match=r"compare_ways.*\[E-SETTING\]"):
        kh.compare_ways(
            [kh.Way("keep", team, 30), kh.closing("close", price_year=team.price_year)],
            draws=draws, level=level,
        )  # fmt: skip
    assert kh.break_even(team, enrolled=30, draws=40, level=level).broad_limits is not None
