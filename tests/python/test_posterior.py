"""Draws from the posterior: with nutpie and without, against laws and against each other."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.stats import gamma
from test_fitting import COLUMNS, MODEL, table

import kohort as kh

TWO = kh.Model(("a", "b"), [("a", "b")])


def dated(moved: int, stayed: int) -> dict[str, list]:
    count = moved + stayed
    return {
        "id": np.repeat(np.arange(count), 2),
        "t": np.tile([0, 1.0], count),
        "s": ["a", "b"] * moved + ["a", "a"] * stayed,
        "kind": ["start", "exact_transition"] * count,
    }


@pytest.fixture(scope="module")
def fitted() -> kh.FittedModel:
    return kh.fit(table(300), MODEL, covariates=("male",), **COLUMNS)


@pytest.fixture(scope="module")
def posterior(fitted) -> kh.Posterior:
    return kh.sample(fitted, draws=8000, seed=1, method="laplace")


def test_medians_are_within_a_tenth_of_a_standard_error(fitted, posterior):
    assert posterior.method == "importance"
    assert posterior.pareto_k < 0.7
    assert posterior.trustworthy
    shift = (np.median(posterior.flat, axis=0) - fitted.coefficients) / fitted.standard_errors
    # Deaths from "well" are few and never seen as such: a skewed posterior, its median beside its
    # mode and its spread wider than a normal one's.
    rare = np.array([name.startswith("well -> dead") for name in fitted.coefficient_names])
    assert np.abs(shift[~rare]).max() < 0.1
    assert np.abs(shift[rare]).max() < 0.25
    spread = posterior.flat.std(axis=0) / fitted.standard_errors
    np.testing.assert_allclose(spread[~rare], 1, atol=0.08)
    assert np.all((spread[rare] > 1.05) & (spread[rare] < 1.5))


def test_the_posterior_of_events_in_known_time_is_a_gamma():
    found = kh.sample(
        dated(7, 21), TWO, kind="kind", draws=20000, seed=2, method="laplace", **COLUMNS
    )
    q = np.sort(np.exp(found.flat[:, 0]))
    law = gamma(7, scale=1 / 28)
    at = law.ppf([0.025, 0.25, 0.5, 0.75, 0.975])
    np.testing.assert_allclose(np.searchsorted(q, at) / q.size, law.cdf(at), atol=0.012)


def test_draws_serve_a_projection(posterior):
    draws = posterior.draws(50, seed=3)
    rows = {tuple(row) for row in posterior.flat}
    assert all(tuple(row) in rows for row in draws)
    np.testing.assert_array_equal(posterior.draws(20, seed=3), draws[:20])
    assert posterior.rates([70, 80], draws=draws).shape == (50, 2, 2, 4)
    assert posterior.model is MODEL
    middle, low, high = posterior.interval_of(lambda c: np.exp(c[:, 0]))
    assert low < middle < high
    np.testing.assert_allclose(np.log([low, high]), posterior.intervals()[0])
    frame = posterior.to_frame(backend="polars")
    assert frame["coefficient"].to_list() == list(posterior.fitted.coefficient_names)
    assert "weighted draws, Pareto k" in str(posterior)
    assert "the chains agree" in posterior._repr_html_()


def test_the_same_draws_on_any_number_of_threads(fitted):
    one = kh.sample(fitted, draws=1200, seed=5, method="laplace", threads=1)
    two = kh.sample(fitted, draws=1200, seed=5, method="laplace", threads=2)
    assert one.coefficients.tobytes() == two.coefficients.tobytes()


def test_few_draws_are_not_to_be_trusted_and_say_so(fitted):
    with pytest.warns(kh.FitWarning, match="D-MCMC"):
        found = kh.sample(fitted, draws=100, seed=1, method="laplace")
    assert not found.trustworthy
    assert found.diagnostics[0].code == "D-MCMC"
    assert "D-MCMC" in str(found)
    assert "#9a3a00" in found._repr_html_()


def test_refusals(fitted):
    with pytest.raises(kh.InvalidInput, match="each chain needs 4 or more"):
        kh.sample(fitted, draws=8, chains=4, method="laplace")
    with pytest.raises(kh.InvalidInput, match="must be one of nuts, laplace"):
        kh.sample(fitted, method="gibbs")
    with pytest.raises(kh.InvalidInput, match="deaths was given beside a fit"):
        kh.sample(fitted, deaths="panel", method="laplace")
    nobody = kh.Model(("a", "b", "c"), [("a", "b"), ("a", "c")])
    with pytest.raises(kh.InvalidInput) as refused:
        kh.sample(dated(7, 21), nobody, kind="kind", method="laplace", **COLUMNS)
    assert refused.value.code == "D-BOUNDARY-ZERO"


def test_a_caller_can_stop_it(fitted):
    class Enough(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise Enough

    with pytest.raises(Enough):
        kh.sample(fitted, method="laplace", progress=stop)


def test_nutpie_draws_from_the_same_posterior(fitted, posterior):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("nutpie")
    found = kh.sample(fitted, draws=2000, chains=2, seed=1, method="nuts", tune=300)
    assert found.method == "nuts"
    assert found.coefficients.shape == (2, 1000, 8)
    assert found.divergences == 0
    assert np.all(found.r_hat < 1.02)
    error = posterior.flat.std(axis=0)
    shift = (np.median(found.flat, axis=0) - np.median(posterior.flat, axis=0)) / error
    assert np.abs(shift).max() < 0.12
    np.testing.assert_allclose(found.flat.std(axis=0), error, rtol=0.12)
    assert found.to_arviz().posterior["coefficients"].shape == (2, 1000, 8)
    assert "2 chains of 1000 draws" in str(found)
