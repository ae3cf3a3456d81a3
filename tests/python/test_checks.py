"""Checks of a fit: laws, msm live, refusals, and pictures that draw their tables."""

import numpy as np
import pytest
from test_msm import columns_of, r

import kohort as kh
from kohort.plots import checks as plots_checks

MODEL = kh.Model(
    ("light", "high", "dead"),
    [("light", "high"), ("light", "dead"), ("high", "light"), ("high", "dead")],
    death="dead",
)
RATES = MODEL.intensities([0.4, 0.05, 0.1, 0.3])
COLUMNS = {"subject": "subject", "time": "time", "state": "state", "kind": "kind"}
VISITS = np.arange(0, 4.5, 0.5)


def fitted(persons=500, seed=1, **more):
    asked = {"intensities": RATES, "start": {"light": 0.7, "high": 0.3}, "visits": VISITS} | more
    table = kh.simulate(MODEL, persons=persons, seed=seed, **asked)
    return kh.fit(table, MODEL, **COLUMNS)


@pytest.fixture(scope="module")
def fit():
    return fitted()


def test_prevalence_has_one_denominator_for_observed_and_expected(fit):
    check = fit.prevalence([0, 1, 2, 3, 4], planned_end=4)
    np.testing.assert_allclose(check.persons, 500)
    np.testing.assert_allclose(check.observed.sum(axis=1), 500)
    np.testing.assert_allclose(check.expected.sum(axis=1), 500)
    start = check.observed[0] / 500
    for t, row in zip(check.times, check.expected, strict=True):
        np.testing.assert_allclose(row / 500, start @ fit.transition_probability(t), atol=1e-12)
    assert np.abs(check.observed - check.expected).max() < 4 * np.sqrt(500 * 0.25)
    assert list(check.to_frame("pandas").columns)[:4] == ["time", "state", "persons", "observed"]
    assert "light" in str(check)
    assert "<table" in check._repr_html_()


def test_prevalence_between_visits_is_unknown_outside_the_window(fit):
    strict = fit.prevalence([0.25], planned_end=4, window=0.2)
    dead = strict.observed[0, 2]
    assert strict.unknown[0] == 500 - dead
    assert "unknown" in str(strict)
    bridged = fit.prevalence([0.25], planned_end=4, between="model")
    assert bridged.unknown[0] == 0
    assert bridged.observed.sum() == pytest.approx(500)


def test_planned_ends_by_subject_by_name_and_by_date(fit):
    whole = fit.prevalence([1, 3], planned_end=4)
    each = fit.prevalence([1, 3], planned_end=np.full(500, 4.0))
    named = fit.prevalence([1, 3], planned_end={str(i): 4.0 for i in range(1, 501)})
    for one in (each, named):
        np.testing.assert_array_equal(one.expected, whole.expected)
    model = kh.Model(("alive", "dead"), [("alive", "dead")], death="dead")
    days = np.array(["2020-01-01", "2021-01-01", "2020-01-01", "2020-07-01"], "datetime64[D]")
    table = {"s": [1, 1, 2, 2], "t": days, "st": ["alive", "alive", "alive", "dead"]}
    dated = kh.fit(table, model, subject="s", time="t", state="st")
    check = dated.prevalence([0.9, 1.5], planned_end="2021-01-01")
    assert check.persons.tolist() == [2, 0]


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        ({}, "E-PLAN", "planned_end= is missing"),
        ({"planned_end": 3}, "E-PLAN", "the planned end is not before the last row"),
        ({"planned_end": [4, 4]}, "E-PLAN", "there are 500 subjects"),
        ({"planned_end": {"1": 4}}, "E-PLAN", "lacks 499 of 500"),
        ({"planned_end": 4, "between": "hope"}, "E-SETTING", "between is 'hope'"),
        ({"planned_end": 4, "data": 3}, "E-DATA", "data= is a int"),
    ],
)
def test_prevalence_refuses_what_would_mislead(fit, asked, code, words):
    with pytest.raises(kh.InvalidInput) as refused:
        fit.prevalence([1], **asked)
    assert refused.value.code == code
    assert words in str(refused.value)


def test_the_pearson_test_passes_a_right_model_and_not_a_wrong_one(fit):
    check = fit.pearson_test(planned_end=4, replicates=49)
    assert check.p_value > 0.02
    assert check.p_value == (1 + (check.replicated >= check.statistic).sum()) / 50
    quick = fit.pearson_test(planned_end=4, replicates=49, refit=False)
    assert quick.statistic == check.statistic
    assert np.corrcoef(quick.replicated, check.replicated)[0, 1] > 0.97
    assert "one Newton step" in str(quick)
    table = check.to_frame("pandas")
    assert (table["residual"] ** 2).sum() == pytest.approx(check.statistic)
    assert table["observed"].sum() == pytest.approx(check.intervals)
    assert np.isnan(fit.pearson_test(replicates=0).p_value)

    terms = (kh.bands("t", 1.0),)
    effects = np.column_stack([np.log([0.8, 0.1, 0.2, 0.6]), np.full(4, -1.4)]).ravel()
    changing = kh.simulate(
        MODEL, covariates=terms, coefficients=effects, start="light", persons=500, visits=VISITS,
        x={"t": 0},
    )  # fmt: skip
    wrong = kh.fit(changing, MODEL, **COLUMNS)
    assert wrong.pearson_test(planned_end=4, replicates=49).p_value == 0.02
    right = kh.fit(changing, MODEL, covariates=terms, **COLUMNS)
    assert right.pearson_test(planned_end=4, replicates=49).p_value > 0.02


def test_the_markov_test_finds_movers_and_stayers(fit):
    assert fit.markov_test().p_value > 0.01
    effects = np.column_stack([np.log([0.8, 0.05, 0.4, 0.1]), np.full(4, np.log(0.08))]).ravel()
    table = kh.simulate(
        MODEL, covariates=("x",), coefficients=effects, start="light", visits=np.arange(7),
        x={"x": np.arange(500) % 2},
    )  # fmt: skip
    mixed = kh.fit(table, MODEL, **COLUMNS)
    check = mixed.markov_test()
    assert check.p_value < 0.001
    assert check.degrees == 2
    assert [name for name, _, _ in check.effects] == ["just moved", "changes seen"]
    assert check.to_frame("pandas")["rate_ratio"].to_numpy()[0] > 1
    some = mixed.markov_test(changes=False, ever=["high"], on=["light -> high"])
    assert [name for name, _, _ in some.effects] == ["just moved", "ever high"]
    with pytest.raises(kh.InvalidInput, match=r"there is no transition 'light -> heigh'"):
        mixed.markov_test(on=["light -> heigh"])


def test_aalen_johansen_beside_the_model():
    fit = fitted(exact_times=True, visits=[0, 4])
    check = fit.aalen_johansen("light")
    for time in (1, 2, 3.5):
        seen, error = check.at(time)
        model = fit.transition_probability(time)[0]
        assert np.all(np.abs(seen - model) < 4 * error)
    np.testing.assert_allclose(check.probabilities.sum(axis=1), 1)
    np.testing.assert_allclose(
        check.model, [fit.transition_probability(t)[0] for t in check.model_times], atol=1e-12
    )
    assert "light" in str(check)

    rng = np.random.default_rng(2)
    table = kh.simulate(
        MODEL, covariates=("x",), coefficients=[-1, 0.5, -3, 0.2, -2, 0, -1, 0.1], start="light",
        visits=[0, 4], exact_times=True, x={"x": rng.integers(0, 2, 400)},
    )  # fmt: skip
    with_x = kh.fit(table, MODEL, covariates=("x",), **COLUMNS)
    check = with_x.aalen_johansen("light")
    share = table["x"][table["time"] == 0].mean()
    middle = int(np.argmin(np.abs(check.model_times - 2)))
    at = check.model_times[middle]
    expected = sum(
        w * with_x.transition_probability(at, x=x)[0] for x, w in ((0, 1 - share), (1, share))
    )
    np.testing.assert_allclose(check.model[middle], expected, atol=1e-12)
    with pytest.raises(kh.InvalidInput, match="known at visits alone"):
        fitted(50).aalen_johansen("light")


def test_influence_is_what_leaving_a_subject_out_takes_away(fit):
    check = fit.influence()
    assert check.shifts.shape == (500, 4)
    # the scores add up to the gradient, which is 0 at the maximum
    np.testing.assert_allclose(check.shifts.sum(axis=0), 0, atol=1e-3)
    seen = kh.Observations(MODEL, fit._data)
    worst = int(np.argmax(check.largest))
    keep = seen.subjects != worst
    table = {
        "subject": seen.subjects[keep], "time": seen.times[keep],
        "state": np.array(MODEL.states)[seen.states[keep]], "kind": seen.kinds[keep],
    }  # fmt: skip
    without = kh.fit(table, MODEL, **COLUMNS)
    moved = (fit.coefficients - without.coefficients) / fit.standard_errors
    np.testing.assert_allclose(moved, check.shifts[worst], rtol=0.25, atol=0.02)
    assert f"{worst}" in str(check)


CHAIN = kh.Model(("1", "2", "3", "4"), [("1", "2"), ("2", "3"), ("3", "4")])
MSM = (
    "q <- rbind(c(0,.1,0,0), c(0,0,.1,0), c(0,0,0,.1), rep(0,4));"
    "m <- msm(state ~ months, ptnum, data = psor, qmatrix = q, center = FALSE,"
    " control = list(reltol = 1e-15, fnscale = 1000, maxit = 1000));"
)


@pytest.fixture(scope="module")
def psor():
    table = columns_of(r("write.csv(psor, row.names = FALSE)"))
    return kh.fit(table, CHAIN, subject="ptnum", time="months", state="state")


def test_score_residuals_are_those_of_msm(psor):
    printed = r(MSM + "s <- scoreresid.msm(m); cat(names(s), s)").split()
    subjects, residuals = printed[: len(printed) // 2], printed[len(printed) // 2 :]
    theirs = {
        str(float(name)): float(value) for name, value in zip(subjects, residuals, strict=True)
    }
    names = [str(float(name)) for name in psor._data.subject_names]
    ours = dict(zip(names, psor.influence().residuals, strict=True))
    assert len(ours) == len(theirs) == 305
    for name, value in theirs.items():  # msm's are of -2 log L: four times as large
        assert 4 * ours[name] == pytest.approx(value, rel=2e-3, abs=1e-5)


def test_the_pearson_statistic_of_one_group_is_that_of_msm(psor):
    """Without groups and pooling the cells are the transitions, as there; its groups differ."""
    printed = r(
        MSM + "p <- pearson.msm(m, timegroups = 1, intervalgroups = 1, covgroups = 1);"
        "cat(format(p$test$stat, digits = 12))"
    )
    ours = psor.pearson_test(groups=(1, 1, 1), smallest=1e-9, replicates=0)
    assert ours.statistic == pytest.approx(float(printed.split()[-1]), rel=1e-4)


def drawn(fit):
    exact = fitted(120, exact_times=True, visits=[0, 4])
    test = fit.pearson_test(planned_end=4, replicates=19, refit=False)
    return {
        "prevalence": fit.prevalence(VISITS, planned_end=4).plot,
        "pearson": test.plot,
        "pearson_cells": test.plot_cells,
        "markov": fit.markov_test(ever=["high"]).plot,
        "influence": fit.influence().plot,
        "aalen_johansen": exact.aalen_johansen("light").plot,
    }


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_every_check_has_a_picture_in_both_languages(fit, lang):
    from matplotlib.figure import Figure

    for name, plot in drawn(fit).items():
        ax = Figure(figsize=(7.2, 4)).add_subplot()
        assert plot(ax, lang=lang) is ax, name
        ax.figure.canvas.draw()
        words = " ".join(text.get_text() for text in [ax.title, ax._left_title, ax.xaxis.label])
        assert len(words) > 20, name
        assert ("tandard" in words or "the " in words or "Rate" in words or "expected" in words
                or "Share" in words) == (lang == "en"), name  # fmt: skip


def test_limits_of_shares_stay_between_0_and_1(fit):
    data = plots_checks.prevalence_data(fit.prevalence([0, 0.5, 4], planned_end=4))
    assert data["low_95"].min() > -1e-12
    assert data["high_95"].max() < 1 + 1e-12
    assert np.all(data["low_95"] <= data["observed"] + 1e-12)
