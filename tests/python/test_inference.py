"""Intervals, clusters, resampling and comparison from Python; the numbers are tested in C++."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.stats import norm
from test_fitting import COLUMNS, MODEL, table

import kohort as kh
from kohort.plots import inference as plots_inference

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


def test_priors_and_limits_stand_wherever_one_fits_again(rows):
    """One rate of dated moves: everything has a closed form."""
    data = {"id": np.repeat(np.arange(18), 2), "t": [0, 1] * 6 + [0, 2] * 12, "s": ["a", "b"] * 6}
    data["s"] = data["s"] + ["a", "a"] * 12
    prior = kh.gamma_prior("a -> b", shape=4, rate=10)
    found = kh.fit(data, TWO, exact_times=True, priors=[prior], **COLUMNS)
    assert np.exp(found.coefficients[0]) == pytest.approx(10 / 40, rel=1e-9)
    ends = found.profile()
    for end in (ends.lower[0], ends.upper[0]):
        q = np.exp(end)
        drop = 2 * (10 * np.log(10 / 40 / q) - (10 - 40 * q))
        assert drop == pytest.approx(3.841458820694124, abs=1e-6)
    moved = np.round((46 * (q := np.exp(found.bootstrap(50).coefficients[:, 0])) - 4) / (1 + q), 3)
    np.testing.assert_allclose(moved, np.round(moved), atol=2e-3)
    drawn = kh.sample(found, draws=8000, chains=4, method="laplace").coefficients.ravel()
    assert np.exp(drawn).mean() == pytest.approx(10 / 40, rel=0.03)  # Gamma(10, 40)
    assert found.cross_validate(3).failures == 0
    for name in ("aic", "bic"):
        with pytest.raises(kh.InvalidInput, match="fitted with priors") as no:
            getattr(found, name)
        assert no.value.code == "E-PRIOR"

    limited = kh.fit(
        data, TWO, exact_times=True, constraints=[kh.at_most("a -> b", rate=0.15)], **COLUMNS
    )
    ends = limited.profile()
    assert ends.upper_kind == ("limit",)
    assert np.exp(ends.upper[0]) == pytest.approx(0.15, rel=1e-12)
    assert "(limit)" in str(ends)
    assert (limited.bootstrap(50).coefficients <= np.log(0.15) + 1e-9).all()
    drawn = kh.sample(limited, draws=4000).coefficients
    assert drawn.max() <= np.log(0.15) + 1e-9
    assert drawn.min() < np.log(0.12)
    with pytest.raises(kh.InvalidInput, match="has inequalities, and the method is 'nuts'"):
        kh.sample(limited, method="nuts")


def test_persons_may_be_simulated_in_place_of_being_drawn(fitted):
    found = fitted.bootstrap(20, parametric=True, seed=3)
    assert found.parametric
    assert "Parametric bootstrap" in str(found)
    again = fitted.bootstrap(5, parametric=True, seed=3, threads=1)
    np.testing.assert_array_equal(again.coefficients, found.coefficients[:5])
    with pytest.raises(kh.InvalidInput, match="cluster= was given") as no:
        fitted.bootstrap(5, parametric=True, cluster="male")
    assert no.value.code == "E-SETTING"
    with pytest.raises(kh.InvalidInput, match="planned_end= was given"):
        fitted.bootstrap(5, planned_end=3.0)


def test_a_likelihood_ratio_judged_by_simulation(rows, fitted):
    smaller = kh.fit(rows, MODEL, **COLUMNS)
    test = fitted.bootstrap_likelihood_ratio(smaller, 60, seed=4)
    plain = fitted.likelihood_ratio(smaller)
    assert test.statistic == pytest.approx(plain.statistic, abs=1e-6)
    assert test.failures + len(test.replicated) == 60
    assert abs(test.p_value - plain.p_value) < 4 * np.sqrt(plain.p_value / 60) + 0.05
    assert "data sets made by the smaller model" in str(test)
    assert f"{test.statistic:.4f}" in test._repr_html_()
    assert len(test.to_frame("pandas")) == len(test.replicated)
    assert test.plot().get_xlabel() == "Twice the difference in log-likelihood"
    with pytest.raises(kh.InvalidInput, match="special case") as no:
        smaller.bootstrap_likelihood_ratio(fitted, 5)
    assert no.value.code == "E-NESTED"


def test_a_quadratic_penalty_is_a_prior_on_several_coefficients(rows, fitted):
    names = ["well -> ill: male", "well -> dead: male"]
    difference = np.array([[1.0, -1.0], [-1.0, 1.0]])
    tied = kh.fit(
        rows, MODEL, covariates=("male",), **COLUMNS,
        priors=[kh.quadratic_penalty(names, 1e6 * difference)],
    )  # fmt: skip
    at = [tied.coefficient_names.index(name) for name in names]
    assert tied.coefficients[at[0]] == pytest.approx(tied.coefficients[at[1]], abs=1e-4)
    equal = kh.fit(rows, MODEL, covariates=("male",), constraints=[kh.equal(*names)], **COLUMNS)
    np.testing.assert_allclose(tied.coefficients, equal.coefficients, atol=1e-4)
    # the same as two normal priors where the matrix is diagonal, up to a constant
    alone = [kh.normal_prior(name, mean=0.1, sd=0.5) for name in names]
    both = kh.quadratic_penalty(names, 4 * np.eye(2), centre=[0.1, 0.1])
    one, two = (
        kh.fit(rows, MODEL, covariates=("male",), priors=p, **COLUMNS) for p in (alone, [both])
    )
    np.testing.assert_allclose(one.coefficients, two.coefficients, atol=1e-8)
    np.testing.assert_allclose(one.covariance, two.covariance, rtol=1e-6)
    np.testing.assert_allclose(one.profile(names).lower, two.profile(names).lower, rtol=1e-6)
    assert "quadratic penalty of rank 2" in str(two)
    saved = pickle.loads(pickle.dumps(two))
    np.testing.assert_array_equal(saved.priors[0].precision, both.precision)
    with pytest.raises(kh.InvalidInput, match="need") as no:
        kh.quadratic_penalty(names, np.eye(3))
    assert no.value.code == "E-PRIOR"
    with pytest.raises(kh.InvalidInput, match="a prior is a str"):
        kh.fit(rows, MODEL, priors=["flat"], **COLUMNS)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("method", ["profile", "bootstrap", "cross_validate"])
def test_a_caller_can_stop_it(fitted, method, threads):
    class Enough(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise Enough

    with pytest.raises(Enough):
        getattr(fitted, method)(threads=threads, progress=stop)
