"""One strategy on a closed cohort: what `follow` makes of it, and what it refuses by name."""

import numpy as np
import pytest

import kohort as kh
from kohort import effect

MODEL = kh.Model(
    ("light", "total", "dead"),
    [("light", "total"), ("light", "dead"), ("total", "light"), ("total", "dead")],
    death="dead",
)
Q = MODEL.intensities([0.3, 0.05, 0.1, 0.25])
START = [0.7, 0.3, 0.0]
MONTHLY = {"model": MODEL, "intensities": Q, "cycle_length": 1 / 12}


def under(*effects, cycles=24, **settings):
    strategy = kh.Strategy("s", effects)
    return kh.follow(START, **(MONTHLY | {"cycles": cycles, "strategy": strategy} | settings))


def test_a_ratio_of_one_is_usual_care():
    usual = kh.follow(START, intensities=Q, cycles=24, cycle_length=1 / 12)
    same = under(effect.intensity_ratio("recovery", 1.0))
    assert np.array_equal(usual.occupancy, same.occupancy)
    assert same.states == MODEL.states


def test_a_ratio_acts_in_its_window_alone():
    q = MODEL.intensities([0.15, 0.05, 0.1, 0.25])
    found = under(effect.intensity_ratio([("light", "total")], 0.5, months=(6, 12))).occupancy
    row = np.array(START)
    for k in range(24):
        assert found[k] == pytest.approx(row, rel=1e-12, abs=1e-15)
        row = row @ kh.transition_probability(q if 6 <= k < 12 else Q, 1 / 12)


def test_a_multiplied_probability_is_just_that():
    more = effect.probability_multiplier([("total", "light")], 1.4, months=(0, 12))
    after = kh.follow([0, 1, 0], cycles=12, strategy=kh.Strategy("s", (more,)), **MONTHLY)
    assert after.occupancy[12, 0] == pytest.approx(1.4 * kh.transition_probability(Q, 1)[1, 0])


def test_a_fading_effect_is_that_of_the_projection():
    """Worked number of a fade-out: the same persons in a stock that nobody joins."""
    worse = effect.intensity_ratio("deterioration", 0.5, months=(0, 12), fade=0.9)
    found = under(worse, cycles=12)
    once = kh.boosted_trace(Q, START, moves=[(0, 1)], ratio=0.5, months=12, fade=0.9, lasts=12)
    assert found.occupancy == pytest.approx(once, rel=2e-3)
    aged = under(
        effect.intensity_ratio("deterioration", 0.5, ages=(81, 90), sex="women"),
        age=80.0, sex="women", cycles=24,
    )  # fmt: skip
    first = kh.follow(START, intensities=Q, cycles=24, cycle_length=1 / 12)
    assert np.array_equal(aged.occupancy[:13], first.occupancy[:13])
    men = under(effect.intensity_ratio("deterioration", 0.5, sex="women"), sex="men")
    assert np.array_equal(men.occupancy, first.occupancy)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"strategy": kh.Strategy("s", uptake=0.6)}, "uptake=0.6"),
        ({"strategy": kh.Strategy("s", begins=1.0)}, "begins=1.0"),
        ({"strategy": kh.presets.shower_ot_3m("light")}, "hours_ratio"),
        ({"strategy": kh.presets.assessment_7_of_10()}, "entry_ratio"),
        ({"model": None}, "no model"),
        ({"intensities": None, "probabilities": np.eye(3)}, "probabilities"),
        ({"cycle_length": 1.0, "cycles": 2}, "changes 0.5 years after the start"),
        ({"strategy": kh.Strategy("s", (effect.intensity_ratio("death", 2, sex="men"),))},
         "Give age= and sex="),
        ({"strategy": kh.Strategy("s", (effect.intensity_ratio([("light", "x")], 2),))},
         "light -> x"),
    ],
)  # fmt: skip
def test_what_a_closed_cohort_cannot_have_is_refused_by_name(given, words):
    half = kh.Strategy("s", (effect.intensity_ratio("death", 0.5, months=(6, 18)),))
    with pytest.raises(kh.InvalidInput, match=words):
        kh.follow(START, **(MONTHLY | {"cycles": 24, "strategy": half} | given))
