"""Strategies and presets: what each does to which intensity, and on what evidence."""

import math

import numpy as np
import pytest

import kohort as kh
from kohort import _core, effect, presets
from kohort.interventions.strategies import Evidence
from kohort.interventions.strategy_costs import StrategyCosts

AGES, FIRST = 6, 78
MODEL = kh.DEPENDENCY_WITH_ENDED


def rates():
    """Rates by sex and age that rise with age: constructed."""
    base = np.linspace(0.05, 0.4, len(MODEL.transitions))
    older = 1 + 0.04 * np.arange(AGES)[:, None]
    return np.stack([base * older, 0.9 * base * older])


def lowered(strategy, **settings):
    return strategy.lowered(MODEL, rates(), FIRST, **settings)


def ratios(effects, sex, age, month=0):
    """Log ratio of each move at one sex, age and month since the effect's own start."""
    found = {}
    for a, b, first, last, of_sex, _, starts, logs, step, _ in effects:
        at = math.floor((month / 12 - starts) / step + 1e-9)
        if of_sex in (-1, sex) and first <= age <= last and 0 <= at < len(logs):
            found[a, b] = found.get((a, b), 0) + logs[at]
    return found


def Q_with(sex, age, changes):
    q = np.zeros((len(MODEL.states),) * 2)
    for (a, b), rate in zip(MODEL.transitions, rates()[sex, age - FIRST], strict=True):
        i, j = MODEL.states.index(a), MODEL.states.index(b)
        living = [s for s in MODEL.states if s != MODEL.death]
        place = {s: k + 1 for k, s in enumerate(living)} | {MODEL.death: len(living) + 1}
        q[i, j] = rate * math.exp(changes.get((place[a], place[b]), 0))
    np.fill_diagonal(q, -q.sum(axis=1))
    return q


def test_the_null_trial_does_nothing():
    null = presets.none()
    assert lowered(null)["effects"] == []
    assert "no significant difference" in null.evidence.en
    assert "ingen signifikant" in null.evidence.sv


def test_recovery_is_multiplied_in_probability_not_in_rate():
    made = lowered(presets.recovery_1_4_year1())
    for sex, age in ((0, 78), (1, 83)):
        changes = ratios(made["effects"], sex, age)
        usual = kh.transition_probability(Q_with(sex, age, {}), 1.0)
        treated = kh.transition_probability(Q_with(sex, age, changes), 1.0)
        levels = ("light", "moderate", "high", "total")
        for a, b in MODEL.transitions:
            if a in levels and b in levels and levels.index(b) < levels.index(a):
                i, j = MODEL.states.index(a), MODEL.states.index(b)
                assert treated[i, j] == pytest.approx(1.4 * usual[i, j], rel=1e-9)
    assert all(len(e[7]) == 1 and e[8] == pytest.approx(1) for e in made["effects"])
    assert all(math.exp(e[7][0]) != pytest.approx(1.4, rel=1e-3) for e in made["effects"])


def test_lewin_meets_both_odds_ratios():
    made = lowered(presets.lewin_rct())
    sex, age = 1, 80
    inside = [MODEL.states.index(s) for s in ("moderate", "high", "total")]
    start = np.zeros(len(MODEL.states))
    start[inside[:2]] = 0.5
    x, usual = start, []
    for months, length in ((3, 3), (12, 9)):
        changes = ratios(made["effects"], sex, age, month=months - length)
        x = x @ kh.transition_probability(Q_with(sex, age, changes), length / 12)
        p0 = (start @ kh.transition_probability(Q_with(sex, age, {}), months / 12))[inside].sum()
        usual.append((x[inside].sum(), p0))
    odds = [p / (1 - p) / (p0 / (1 - p0)) for p, p0 in usual]
    assert odds == pytest.approx([0.18, 0.22], rel=1e-8)
    moved = {(a, b) for a, b, *_ in made["effects"]}
    assert moved == {(2, 1), (2, 5), (3, 5), (4, 5)}  # never to a higher level


def test_eskilstuna_by_cause():
    made = lowered(presets.eskilstuna())
    changes = ratios(made["effects"], 0, 80)
    living = ["none", *(s for s in MODEL.states if s != MODEL.death)]
    ended, total = living.index("ended"), living.index("total")
    to_ended = {round(math.exp(v), 3) for (_, b), v in changes.items() if b == ended}
    to_total = {round(math.exp(v), 3) for (_, b), v in changes.items() if b == total}
    assert to_ended == {2.457}
    assert to_total == {0.702}
    assert (total, ended) not in changes  # home help ends, not care homes
    assert presets.eskilstuna().evidence.grade == "follow_up"


def test_entry_presets_act_on_entry_alone():
    shower = presets.shower_ot_3m(uptake=0.6)
    made = lowered(shower)
    assert [(e[0], e[1]) for e in made["effects"]] == [(0, 2)]
    assert math.exp(made["effects"][0][7][0]) == pytest.approx(0.453, abs=5e-4)
    assert not made["effects"][0][5]  # the calendar's clock
    assert made["enrols_stock"] == [1, 0, 0, 0, 0, 0]
    assert made["uptake"] == 0.6
    (hours,) = shower.hours_effects()
    assert hours.settings["ratio"] == pytest.approx(0.23, abs=0.005)
    seven = lowered(presets.assessment_7_of_10())["effects"]
    assert {(e[0], e[1]) for e in seven} == {(0, 1), (0, 2), (0, 3), (0, 4)}
    assert {round(math.exp(e[7][0]), 12) for e in seven} == {0.3}
    assert "No control" in presets.assessment_7_of_10().evidence.en


def test_effects_have_windows_and_fade():
    made = effect.intensity_ratio(
        [("light", "moderate")], 0.5, months=(6, 18), fade=0.8, ages=(80, 89), sex="women"
    )
    strategy = kh.Strategy("x", (made,), enrols="users")
    ((a, b, first, last, sex, since, starts, logs, step, draws),) = lowered(strategy)["effects"]
    assert (a, b, first, last, sex, since, starts, len(logs)) == (1, 2, 80, 89, 1, True, 0.5, 12)
    assert draws == 1
    assert logs[0] > math.log(0.5)
    assert sum(math.exp(x) for x in logs) * 0.3 * step == pytest.approx(
        0.3 * np.mean(0.5 ** (0.8 ** np.linspace(0, 12, 200_001))), rel=1e-5
    )
    assert lowered(strategy)["enrols_newcomers"] == [0, 1, 1, 1, 1, 0]


def test_an_entry_mix_needs_its_rule():
    with pytest.raises(TypeError):
        effect.entry_mix({"moderate": 0.5})
    averted = kh.Strategy("x", (effect.entry_mix({"moderate": 0.5}, rule="to_none"),))
    assert len(lowered(averted)["effects"]) == 1
    moved = kh.Strategy("x", (effect.entry_mix({"moderate": 0.5}, rule="softmax"),))
    with pytest.raises(kh.InvalidInput, match="no entry mix"):
        lowered(moved)
    mix = np.broadcast_to([0.5, 0.2, 0.2, 0.1], (2, AGES, 4))
    changes = ratios(lowered(moved, mix=mix)["effects"], 0, 80)
    assert math.exp(changes[0, 1]) == pytest.approx(1 / 0.9)
    assert math.exp(changes[0, 2]) == pytest.approx(0.5 / 0.9)


def test_odds_on_entry_become_a_ratio_of_rates():
    made = effect.entry_odds_ratio(["light"], 0.18, probability=0.75)
    after = 0.18 * 0.75 / (0.25 + 0.18 * 0.75)
    assert made.settings["ratio"] == pytest.approx(math.log(1 - after) / math.log(0.25))


def test_an_optimistic_preset_is_never_alone():
    shown = presets.with_null([presets.recovery_1_4_year1(uptake=0.5)])
    assert [s.evidence.grade for s in shown] == ["model", "trial_null"]
    assert shown[1].uptake == 0.5
    assert presets.with_null(shown) == shown
    assert presets.with_null([]) == ()


@pytest.mark.parametrize("name", presets.ALL)
def test_every_preset_says_how_good_its_ground_is(name):
    made = presets.ALL[name](uptake=0.4)
    assert made.name == name
    assert made.uptake == 0.4
    assert isinstance(made.evidence, Evidence)
    assert made.evidence.grade != "none"
    assert made.evidence.text("sv") != made.evidence.text("en")
    assert made.evidence.en in str(made)
    lowered(made)


def test_a_year_that_begins_late_loses_nobody():
    costs = StrategyCosts(price_year=2024, per_enrolment=10.0)
    for begins, ends in ((0.0, np.inf), (0.5, np.inf), (0.25, 1.5)):
        found = costs.by_year(np.array([12.0, 24.0]), begins=begins, ends=ends)
        assert found == pytest.approx([120, 240])
    team = StrategyCosts(price_year=2024, team_per_month=1.0, stay=3)
    assert team.by_year(np.ones(3), begins=0.5, ends=1.5) == pytest.approx([6, 9, 0])


def test_those_who_start_together_are_paid_for_in_their_month():
    """The stock alone: all of it in one month, and the team leaves when they have."""
    each = StrategyCosts(price_year=2024, per_enrolment=10.0)
    assert each.by_year(np.array([5.0, 0]), begins=0, ends=0) == pytest.approx([50, 0])
    assert each.by_year(np.array([0, 5.0]), begins=1.5, ends=1.5) == pytest.approx([0, 50])
    team = StrategyCosts(price_year=2024, per_month=2.0, team_per_month=1.0, stay=3)
    found = team.by_month(np.array([5.0, 0]), begins=0.25, ends=0.25)
    assert found.nonzero()[0].tolist() == [3, 4, 5, 6]  # all start some time in the fourth month
    assert found.sum() == pytest.approx(5 * 3 * 2.0 + 4)
    assert kh.Strategy("s", enrols="stock", begins=0.25).enrols_until == 0.25
    assert kh.Strategy("s", enrols={"stock": {"high": 1.0}}, begins=2).enrols_until == 2
    assert kh.Strategy("s", enrols="users", begins=2, ends=5).enrols_until == 5
    assert kh.Strategy("s", enrols={"newcomers": {"high": 1.0}}, ends=5).enrols_until == 5


def test_costs_follow_the_caseload():
    costs = StrategyCosts(
        price_year=2024, per_enrolment=1_000, per_month=500, stay=3, team_per_month=200_000,
        capacity=40, start_up=50_000,
    )  # fmt: skip
    found = costs.of_starts(np.full((2, 24), 15.0))
    assert found["enrolled"][1, -1] == pytest.approx(45)
    # Who is enrolled varies by Poisson's law: a second team is there when more than 40 are.
    log_of = np.cumsum(np.log(np.arange(1, 200)))
    n = np.arange(1, 200)
    for month in (0, 2, -1):
        mean = found["enrolled"][0, month]
        more = (np.exp(n * np.log(mean) - mean - log_of) * (np.ceil(n / 40) - 1)).sum()
        teams = 1 + more  # the first is there while the strategy runs
        assert found["teams"][0, month] == pytest.approx(teams, rel=1e-6)
    assert found["cost"][0, -1] == pytest.approx(15_000 + 22_500 + 200_000 * teams)
    assert found["cost"][0, 0] - found["cost"][0, 1] > 0  # the start-up
    with pytest.raises(kh.InvalidInput):
        StrategyCosts(price_year=2024, per_month=-1)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: effect.intensity_ratio("recovery", 0), "E-EFFECT"),
        (lambda: effect.intensity_ratio("recovery", 1.4, months=(3, 3)), "E-EFFECT"),
        (lambda: effect.intensity_ratio("recovery", 1.4, clock="wall"), "E-EFFECT"),
        (lambda: kh.Strategy("x", uptake=1.2), "E-STRATEGY"),
        (lambda: kh.Strategy("x", enrols="some"), "E-STRATEGY"),
        (lambda: lowered(kh.Strategy("x", (effect.intensity_ratio("up", 2),))), "E-EFFECT"),
        (lambda: lowered(kh.Strategy("x", (effect.intensity_ratio([("light", "x")], 2),))),
         "E-EFFECT"),
        (lambda: lowered(kh.Strategy("x", enrols={"stock": {"mild": 1}})), "E-STATE-UNKNOWN"),
        (lambda: lowered(kh.Strategy("x", (effect.probability_multiplier("recovery", 50),))),
         "E-EFFECT-RANGE"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(make, code):
    with pytest.raises(kh.InvalidInput) as refusal:
        make()
    assert refusal.value.code == code


def test_worked_number_13():
    q = np.array([[math.log(0.9), -math.log(0.9)], [0, 0]])
    (ratio,) = _core.ratios_for_probabilities(q, [(0, 1, 1.4)], 1.0)
    assert ratio == pytest.approx(1.431493465962, abs=1e-12)


def test_worked_number_19():
    queue = kh.steady_queue(places=5, stay=3, arrivals=4 / 3)
    assert queue["chance_to_wait"] == pytest.approx(0.5541125541126, abs=1e-12)
    assert queue["queue"] == pytest.approx(2.216450216450, abs=1e-10)
    path = kh.fill_places(places=45, stay=3, leaving=0.25, arrivals=[20.0] * 240)
    assert path["waiting"][-1] == pytest.approx(20)
    assert path["starts"][-1] == pytest.approx(15)
    assert kh.reached_share(places=45, stay=3, leaving=0.25, arrivals=[20.0] * 240) < 1
    few = presets.none(uptake=0.5).limited(places=45, stay=3, leaving=0.25, arrivals=[20.0] * 240)
    assert few.uptake == pytest.approx(0.5 * 15 / 20, rel=0.02)
    assert kh.reached_share(places=90, stay=3, leaving=0.25, arrivals=[20.0] * 24) == 1


def test_discrete_chains_need_a_rule():
    P = np.array([[0.9, 0.08, 0.02], [0.1, 0.7, 0.2], [0, 0, 1]])
    kept = kh.redistributed(P, {(1, 0): 1.4}, rule="living", death=2)
    assert kept[1].tolist() == pytest.approx([0.14, 0.66, 0.2])
    with pytest.raises(TypeError):
        kh.redistributed(P, {(1, 0): 1.4})
    with pytest.warns(kh.EmbeddingWarning, match="D-EMBED"):
        kh.redistributed(
            np.array([[0.5, 0.45, 0.05], [0.45, 0.5, 0.05], [0, 0, 1]]), {(0, 1): 2.0, (1, 0): 2.0},
            rule="from_stay",
        )  # fmt: skip


def test_boosters_by_state():
    q = np.array([[-0.09, 0.05, 0.04], [0.02, -0.22, 0.2], [0, 0, 0]])
    plain = kh.boosted_trace(q, [1, 0, 0], moves=[(0, 1)], ratio=0.5, fade=0.9, months=24)
    again = kh.boosted_trace(
        q, [1, 0, 0], moves=[(0, 1)], ratio=0.5, fade=0.9, months=24, boosters=[12], eligible=[0]
    )
    assert again.shape == (25, 3)
    assert np.array_equal(again[:13], plain[:13])
    assert again[24, 1] < plain[24, 1]
