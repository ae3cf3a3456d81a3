"""Costs by level, the entry mix of the slides, and a closed cohort's cost."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import kohort as kh

SLIDES = kh.Costs({"light": 20_000, "moderate": 80_000, "high": 240_000, "total": 800_000}, 2011)
square = st.integers(2, 6).flatmap(lambda n: arrays(float, (n, n), elements=st.floats(0, 2)))


def generator(rates):
    np.fill_diagonal(rates, 0)
    return rates - np.diag(rates.sum(axis=1))


def test_the_entry_mix_of_the_slides_is_refused_until_normalising_is_asked_for():
    shares = [0.53, 0.17, 0.24, 0.07]
    with pytest.raises(kh.InvalidInput, match=r"sum to 1\.01.*E-INIT-SUM"):
        kh.entry_mix(shares)
    mix = kh.entry_mix(shares, normalise=True)
    assert mix.factor == pytest.approx(1.01, abs=1e-15)
    assert SLIDES.of_mix(mix) == pytest.approx(136_435.64, abs=0.005)
    with pytest.raises(ValueError, match="read-only"):
        mix.shares[0] = 1


def test_costs_carry_their_price_year_and_never_change():
    assert "prices of 2011" in str(SLIDES)
    with pytest.raises(AttributeError):
        SLIDES.price_year = 2012
    assert pickle.loads(pickle.dumps(SLIDES)).by_level == SLIDES.by_level
    with pytest.raises(kh.InvalidInput, match="'total' has no cost"):
        kh.Costs({"light": 1}, 2020).per_state(["light", "total"])


def test_ore_add_up():
    parts = kh.round_to_ore([1 / 3, 1 / 3, 1 / 3])
    assert parts.tolist() == [34, 33, 33]


@settings(deadline=None, max_examples=30)
@given(rates=square, years=st.integers(1, 20), per_year=st.sampled_from([2, 4, 12]))
def test_shorter_cycles_tell_the_same_story(rates, years, per_year):
    q = generator(rates)
    start = np.eye(len(q))[0]
    yearly = kh.cohort_trace(q, start, cycles=years, cycle_length=1)
    finer = kh.cohort_trace(q, start, cycles=years * per_year, cycle_length=1 / per_year)
    np.testing.assert_allclose(finer[::per_year], yearly, atol=1e-9)


def test_four_conventions_give_four_documented_numbers():
    q = [[-0.2, 0.2], [0, 0]]
    values = {
        name: kh.cohort_cost(q, [1, 0], [100, 0], years=4, discount=0.03, accounting=name)
        for name in ("start", "end", "trapezoid", "continuous")
    }
    assert values == pytest.approx(
        {
            "start": 292.8965550820,
            "end": 232.8188515692,
            "trapezoid": 262.8577033256,
            "continuous": 261.7094309877,
        },
        abs=1e-9,
    )
    with pytest.raises(kh.InvalidInput, match="start, end, trapezoid and continuous"):
        kh.cohort_cost(q, [1, 0], [1, 0], years=1, discount=0, accounting="half-cycle")
    with pytest.raises(kh.InvalidInput, match=r"sum to 1\.001"):
        kh.cohort_trace(q, [1.001, 0], cycles=1)
