"""Intervals, clusters, resampling and comparison from Python; the numbers are tested in C++."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.stats import norm
from test_fitting import COLUMNS, MODEL, table

import kohort as kh
from kohort import plots_inference

TWO = kh.Model(("a", "b"), [("a", "b")])


@pytest.fixture(scope="module")
def rows() -> dict[str, np.ndarray]:
    return table(250)


@pytest.fixture(scope="module")
def fitted(rows) -> kh.FittedModel:
    return kh.fit(rows, MODEL, covariates=("male",), **COLUMNS)


def half_year(moved: int, stayed: int) -> dict[str, list]:
    count = moved + stayed
    return {
        "id": np.repeat(np.arange(count), 2),
        "t": np.tile([0, 0.5], count),
        "s": ["a", "b"] * moved + ["a", "a"] * stayed,
    }


def test_profile_ends_are_those_worked_out_elsewhere():
    found = kh.fit(half_year(37, 83), TWO, **COLUMNS).profile()
    np.testing.assert_allclose(np.exp(found.lower), 0.5236760135483, rtol=1e-8)
    np.testing.assert_allclose(np.exp(found.upper), 1.003081477057, rtol=1e-8)
    assert found.lower_kind == found.upper_kind == ("found",)
    assert "0.5237  1.003" in str(found)
    assert "1.003" in found._repr_html_()


def test_profiles_of_some_coefficients_and_a_picture_of_them(fitted):
    names = ("well -> dead", "well -> dead: male")
    found = fitted.profile(names, 0.9, threads=1)
    assert found.names == names
    frame = found.to_frame(backend="polars")
    assert frame["lower_kind"].to_list() == ["found", "found"]
    assert (frame["lower"] < frame["estimate"]).all()
    drawn = plots_inference.profiles_data(found)
    half = norm.ppf(0.95)
    for name, low in zip(names, found.lower, strict=True):
        mine = drawn["coefficient"] == name
        at = np.argmin(np.abs(drawn["value"][mine] - low))
        assert drawn["root"][mine][at] == pytest.approx(-half, rel=1e-6)
    ax = found.plot()
    assert [label.get_text() for label in ax.get_yticklabels()] == list(names)
    with pytest.raises(kh.InvalidInput, match="no coefficient 'nobody'"):
        fitted.profile(["nobody"])


def test_an_effect_without_limit_has_one_end():
    rows = half_year(12, 20)
    x = np.repeat(np.r_[np.ones(5), np.zeros(27)], 2)
    with pytest.warns(kh.FitWarning, match="D-SEPARATION"):
        fit = kh.fit({**rows, "x": x}, TWO, covariates=("x",), **COLUMNS)
    found = fit.profile(["a -> b: x"])
    assert found.upper_kind == ("none",)
    assert np.isposinf(found.upper[0])
    assert found.lower_kind == ("found",)
    assert str(found).endswith("none")
    found.plot()


def test_robust_errors_of_three_municipalities():
    counts, years = (3, 8, 1), (10, 12, 9)
    moved = np.concatenate([np.arange(y) < c for c, y in zip(counts, years, strict=True)])
    rows = {
        "id": np.repeat(np.arange(31), 2),
        "t": np.tile([0, 1.0], 31),
        "s": np.where(np.repeat(moved, 2) & (np.arange(62) % 2 == 1), "b", "a"),
        "kind": np.tile(["start", "exact_transition"], 31),
    }
    municipality = np.repeat(["K", "L", "M"], years)
    fit = kh.fit(rows, TWO, kind="kind", **COLUMNS)
    for cluster in (
        municipality,
        np.repeat(municipality, 2),
        dict(enumerate(municipality.tolist())),
    ):
        robust = fit.robust(cluster)
        assert robust.clusters == 3
        assert robust.covariance[0, 0] == pytest.approx(0.1894077349982657, rel=1e-8)
        assert [f.code for f in robust.diagnostics] == ["W-FEW-CLUSTERS"]
    assert "W-FEW-CLUSTERS" in str(robust)
    error = np.sqrt(0.1894077349982657)
    np.testing.assert_allclose(
        robust.confidence_intervals()[0], np.log(12 / 31) + np.array([-1, 1]) * 1.959964 * error
    )
    drawn = robust.draws(4000, seed=1)
    assert drawn.std() == pytest.approx(error, rel=0.04)
    assert robust.to_frame()["robust_error"][0] == pytest.approx(error, rel=1e-8)
    assert len(fit.robust().diagnostics) == 0
    with pytest.raises(kh.InvalidInput, match="in row 1 a subject changes its cluster"):
        fit.robust(np.arange(62))
    with pytest.raises(kh.InvalidInput, match="one for each row of the table"):
        fit.robust(np.arange(5))
    with pytest.raises(kh.InvalidInput, match="30 subjects have no cluster"):
        fit.robust({0: "K"})
    with pytest.raises(kh.InvalidInput, match="no covariate 'municipality'"):
        fit.robust("municipality")


def test_a_covariate_can_be_the_cluster(fitted):
    assert fitted.robust("male").clusters == 2


def test_bootstrap(fitted):
    found = fitted.bootstrap(60, seed=4)
    assert found.coefficients.shape == (60, 8)
    assert found.failures == 0
    errors = found.to_frame(backend="pandas")["bootstrap_error"]
    assert np.all(np.abs(np.log(errors / fitted.standard_errors)) < 0.6)
    again = fitted.bootstrap(20, seed=4, threads=2)
    assert again.coefficients.tobytes() == found.coefficients[:20].tobytes()
    limits, basic = found.intervals(0.9), found.intervals(0.9, kind="basic")
    np.testing.assert_allclose(limits + basic[:, ::-1], 2 * np.c_[fitted.coefficients].repeat(2, 1))
    estimate, low, high = found.interval_of(lambda c: np.exp(c[:, 0]))
    assert estimate == pytest.approx(np.exp(fitted.coefficients[0]))
    assert low < estimate < high
    draws = found.draws(500, seed=2)
    assert {tuple(row) for row in draws} <= {tuple(row) for row in found.coefficients}
    assert found.rates([80], draws=draws).shape == (500, 2, 1, 4)
    assert "60 replicates, none failed" in str(found)
    assert np.allclose(np.diag(found.covariance), errors**2)
    with pytest.raises(kh.InvalidInput, match="the seed is -1"):
        fitted.bootstrap(10, seed=-1)


def test_comparison(fitted, rows):
    smaller = kh.fit(rows, MODEL, **COLUMNS)
    test = fitted.likelihood_ratio(smaller)
    assert test.statistic == pytest.approx(
        2 * (fitted.log_likelihood - smaller.log_likelihood), abs=1e-9
    )
    assert test.degrees == 4
    assert not test.boundary
    assert fitted.aic == pytest.approx(-2 * fitted.log_likelihood + 16)
    assert smaller.bic == pytest.approx(-2 * smaller.log_likelihood + 4 * np.log(250))
    with pytest.raises(kh.InvalidInput) as refused:
        smaller.likelihood_ratio(fitted)
    assert refused.value.code == "E-NESTED"
    narrow = kh.Model(MODEL.states, [*MODEL.transitions[:2], MODEL.transitions[3]], death="dead")
    seen = {**rows, "kind": np.where(rows["t"] == 0, "start", "panel")}
    keep = rows["id"] < 0
    for person in np.unique(rows["id"]):  # those who were never seen to get well
        mine = rows["id"] == person
        states = rows["s"][mine].tolist()
        if "ill" not in states or "well" not in states[states.index("ill") :]:
            keep |= mine
    seen = {name: column[keep] for name, column in seen.items()}
    wide = kh.fit(seen, MODEL, **COLUMNS)
    boundary = wide.likelihood_ratio(kh.fit(seen, narrow, **COLUMNS))
    assert boundary.boundary
    assert "about twice the right one" in str(boundary)


def test_cross_validation_and_new_data(fitted, rows):
    held = fitted.cross_validate(5, seed=2)
    assert held.total < fitted.log_likelihood
    assert held.log_likelihoods.sum() == pytest.approx(held.total)
    assert "5 folds" in str(held)
    smaller = kh.fit(rows, MODEL, **COLUMNS).cross_validate(5, seed=2)
    gain, error = held.difference(smaller)
    assert gain == pytest.approx(held.total - smaller.total)
    assert 0 < error < held.standard_error
    new = kh.Observations.from_table(
        table(80, seed=9), MODEL, subject="id", time="t", state="s", covariates=["male"]
    )
    assert fitted.score(new) == pytest.approx(
        kh.log_likelihood(new, MODEL, coefficients=fitted.coefficients, covariates=("male",))
    )


def test_a_fit_that_was_saved_asks_for_its_data(fitted, rows):
    saved = pickle.loads(pickle.dumps(fitted))
    with pytest.raises(kh.InvalidInput, match="leaves personal data behind") as refused:
        saved.robust()
    assert refused.value.code == "E-DATA"
    seen = kh.Observations.from_table(
        rows, MODEL, subject="id", time="t", state="s", covariates=["male"]
    )
    np.testing.assert_array_equal(saved.robust(data=seen).covariance, fitted.robust().covariance)


def test_nothing_fits_again_as_if_there_had_been_no_priors(fitted):
    from types import SimpleNamespace

    from kohort.inference import likelihood_alone

    likelihood_alone(fitted, "profile")
    limits = (SimpleNamespace(relation="="), SimpleNamespace(relation=">="))
    for one, word in (
        (SimpleNamespace(priors=("a prior",)), "priors"),
        (SimpleNamespace(priors=(), constraints=limits), "inequalities"),
    ):
        with pytest.raises(kh.InvalidInput, match=f"the fit has {word}") as refused:
            likelihood_alone(one, "profile")
        assert refused.value.code == "E-PRIOR"
    likelihood_alone(SimpleNamespace(constraints=limits[:1]), "profile")


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("method", ["profile", "bootstrap", "cross_validate"])
def test_a_caller_can_stop_it(fitted, method, threads):
    class Enough(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise Enough

    with pytest.raises(Enough):
        getattr(fitted, method)(threads=threads, progress=stop)
