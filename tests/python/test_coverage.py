"""`scripts/coverage.py` in small: 95 % intervals hold the truth about 95 times in 100."""

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
