"""`scripts/coverage.py` and `scripts/sbc.py` in small: intervals and posteriors are honest."""

import importlib.util
import math
import pathlib
import sys
import warnings

import numpy as np
import pytest

import kohort as kh

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"


def script(name):
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def coverage():
    return script("coverage")


def test_intervals_hold_the_truth_as_often_as_they_say(coverage):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kh.FitWarning)
        found = coverage.coverage(200, seed=3)
    assert "light -> moderate" in found.transitions
    assert len(found.transitions) == 8
    assert found.events.min() >= 30
    assert found.holds, dict(zip(found.transitions, found.covered.tolist(), strict=True))


def test_the_band_is_the_central_part_of_the_binomial(coverage):
    assert coverage.binomial_band(1000) == (926, 971)
    low, high = coverage.binomial_band(60)
    pmf = [math.comb(60, k) * 0.95**k * 0.05 ** (60 - k) for k in range(61)]
    assert sum(pmf[:low]) < 0.0005 <= sum(pmf[: low + 1])
    assert sum(pmf[:high]) < 0.9995 <= sum(pmf[: high + 1])


def test_a_simulated_municipality_holds_the_moves_that_are_expected(coverage):
    model, expected = coverage.MODEL, coverage.expected_events()
    table = kh.simulate(
        model, intensities=model.intensities(coverage.RATES), start=coverage.START,
        persons=400 * 50, visits=[0, 4], exact_times=True, seed=9,
    )  # fmt: skip
    frame = kh.Observations.from_table(
        table, model, subject="subject", time="time", state="state", kind="kind"
    ).to_frame("pandas")
    counts = {
        f"{a} -> {b}": n for a, b, n in zip(frame["from"], frame["to"], frame["count"], strict=True)
    }
    seen = np.array([counts[label] for label in model.labels])
    assert np.all(np.abs(seen - 50 * expected) < 4 * np.sqrt(50 * expected))


@pytest.fixture(scope="module")
def sbc(coverage):
    return script("sbc")


def test_ranks_of_the_truth_among_posterior_draws_are_uniform(sbc):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kh.FitWarning)
        found = sbc.calibration(30, seed=5)
    assert found.names[-2:] == ("log-likelihood", "ten-year cost")
    assert found.ranks.shape == (30, 12)
    assert found.smallest_ess > 100
    assert found.holds, dict(zip(found.names, found.p_values.tolist(), strict=True))


def test_ranks_that_are_not_uniform_are_found(sbc):
    rng = np.random.default_rng(1)
    ranks = rng.integers(0, 100, (400, 3))
    ranks[:, 1] = np.clip(ranks[:, 1] + 15, 0, 99)  # a posterior that lies too low
    ranks[:, 2] = 50 + (ranks[:, 2] - 50) // 2  # and one that is too wide
    p_values, farthest = sbc.uniformity(ranks)
    assert p_values[0] > 0.001
    assert farthest[0] < sbc.band(400)
    assert np.all(p_values[1:] < 1e-6)
    assert np.all(farthest[1:] > sbc.band(400))


def test_the_tail_of_the_chi_square_distribution(sbc):
    scipy_stats = pytest.importorskip("scipy.stats")
    for value in (1.0, 19.0, 43.8, 80.0):
        expected = scipy_stats.chi2.sf(value, 19)
        assert sbc.chi_square_tail(value, 19) == pytest.approx(expected, rel=1e-10)


def test_ten_year_forecasts_hold_what_came_as_often_as_they_say():  # M15 in small
    """80 municipalities; the full 400 must lie within 75 to 85 %, see the script."""
    truth = script("backtest_truth")
    found = truth.coverage(80, seed=5, draws=300)
    low, high = script("coverage").binomial_band(80, 0.8)
    held = np.round(found.held * 80)
    assert (low, high) == (51, 75)
    assert np.all((held >= low) & (held <= high)), dict(zip(found.names, held, strict=True))
    # in the middle as well, not only at the ends: the mean of a uniform, by its standard error
    assert np.all(np.abs(found.pit.mean(axis=0) - 0.5) < 4 / np.sqrt(12 * 80))
    people = truth.lives(5, 0)
    assert np.all(people.at(-truth.BEFORE) == -1)
    state = people.at(0.0)
    stock = np.sum((state >= 0) & (state < 4))
    assert 100 < stock < 400
