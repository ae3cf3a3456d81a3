"""Against msm: levels read with error, and states with phases."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest

import kohort as kh

pytestmark = pytest.mark.skipif(shutil.which("Rscript") is None, reason="needs R")


def r(code: str) -> str:
    head = "options(warn = -1); suppressMessages(ok <- require(msm)); if (!ok) quit(status = 9);"
    done = subprocess.run(["Rscript", "-e", head + code], capture_output=True, text=True)
    if done.returncode == 9:
        pytest.skip("needs R's package msm")
    assert done.returncode == 0, done.stderr
    return done.stdout


def columns_of(text: str) -> dict[str, np.ndarray]:
    rows = [line.split(",") for line in text.strip().splitlines()]
    names = [name.strip('"') for name in rows[0]]
    table = list(zip(*rows[1:], strict=True))
    columns = {}
    for name, values in zip(names, table, strict=True):
        try:
            columns[name] = np.array([float(v) for v in values])
        except ValueError:
            columns[name] = np.array([v.strip('"') for v in values])
    return columns


@pytest.fixture(scope="module")
def cav() -> dict[str, np.ndarray]:
    return columns_of(r("write.csv(cav, row.names = FALSE)"))


@pytest.fixture(scope="module")
def psor() -> dict[str, np.ndarray]:
    return columns_of(r("write.csv(psor, row.names = FALSE)"))


ONE_WAY = kh.Model(
    ("1", "2", "3", "4"),
    [("1", "2"), ("1", "4"), ("2", "3"), ("2", "4"), ("3", "4")],
    death="4",
)
RATES = np.array([0.148, 0.0171, 0.202, 0.081, 0.126])
ERRORS = {"1": ("2",), "2": ("1", "3"), "3": ("2",)}
LOGITS = np.log([0.1 / 0.9, 0.1 / 0.8, 0.1 / 0.8, 0.1 / 0.9])
FIXED = np.concatenate([np.log(RATES), LOGITS])
COLUMNS = {"subject": "PTNUM", "time": "years", "state": "state"}
FIRST = {"1": 1.0}


def minus2(
    data, coefficients, *, errors=ERRORS, start=FIRST, misread=(), convention="refused", **more
) -> float:
    setting = kh.Misclassification(errors, covariates=misread, start=start, exact_times=convention)
    columns = COLUMNS | more
    return -2 * kh.log_likelihood(
        data, ONE_WAY, coefficients=coefficients, misclassification=setting, **columns
    )


def centred(data, names, rows) -> dict[str, np.ndarray]:
    return data | {name: data[name] - data[name][rows].mean() for name in names}


def test_misread_levels(cav):
    assert minus2(cav, FIXED) == pytest.approx(4296.9155995778, abs=1e-6)
    assert minus2(cav, FIXED, start="seen") == pytest.approx(4165.84711809003, abs=1e-6)
    first = {"1": 0.7, "2": 0.1, "3": 0.1, "4": 0.1}
    assert minus2(cav, FIXED, start=first) == pytest.approx(4725.9078185031, abs=1e-6)


def test_misread_levels_at_exact_times(cav):
    """A density and a probability are added, as msm does, if that is asked for by name."""
    with pytest.raises(kh.InvalidInput, match="E-KIND"):
        minus2(cav, FIXED, exact_times=True)
    found = minus2(cav, FIXED, exact_times=True, convention="as msm")
    assert found == pytest.approx(4864.14764195147, abs=1e-6)
    live = r(
        """
        q <- rbind(c(0, .148, 0, .0171), c(0, 0, .202, .081), c(0, 0, 0, .126), 0)
        e <- rbind(c(0, .1, 0, 0), c(.1, 0, .1, 0), c(0, .1, 0, 0), 0)
        cav$type <- ifelse(seq_len(nrow(cav)) %% 3 == 0, 1, 2)
        one <- msm(state ~ years, PTNUM, cav, q, ematrix = e, exacttimes = TRUE, fixedpars = TRUE)
        two <- msm(state ~ years, PTNUM, cav, q, ematrix = e, obstype = type, fixedpars = TRUE,
                   initprobs = c(.7, .1, .1, .1))
        cat(sprintf("%.12f %.12f", one$minus2loglik, two$minus2loglik))
        """
    ).split()
    assert found == pytest.approx(float(live[0]), abs=1e-8)
    kinds = np.where(np.arange(1, len(cav["state"]) + 1) % 3 == 0, "panel", "exact_transition")
    first = {"1": 0.7, "2": 0.1, "3": 0.1, "4": 0.1}
    mixed = minus2(cav | {"type": kinds}, FIXED, start=first, kind="type", convention="as msm")
    assert mixed == pytest.approx(float(live[1]), abs=1e-8)


def test_misread_levels_at_exact_times_stand_in_no_check(cav):
    setting = kh.Misclassification(ERRORS, start=FIRST, exact_times="as msm")
    columns = COLUMNS | {"misclassification": setting, "exact_times": True}
    fitted = kh.fit(cav, ONE_WAY, **columns)
    assert fitted.convergence.converged
    slope = kh.log_likelihood(cav, ONE_WAY, coefficients=fitted.coefficients, **columns)
    assert slope == pytest.approx(fitted.log_likelihood, abs=1e-9)
    with pytest.raises(kh.InvalidInput, match="msm's convention"):
        fitted.prevalence([1.0], planned_end=20.0)
    with pytest.raises(kh.InvalidInput, match="E-SETTING"):
        kh.Misclassification(ERRORS, exact_times="yes")
    with pytest.raises(kh.InvalidInput, match="phases"):
        kh.log_likelihood(cav, ONE_WAY, coefficients=np.zeros(12), phases={"1": 2}, **columns)


def test_misread_levels_with_effects(cav):
    begins = np.append(cav["PTNUM"][1:] == cav["PTNUM"][:-1], False)
    data = centred(cav, ["sex"], begins)
    given = np.concatenate([np.column_stack([np.log(RATES), np.full(5, 0.1)]).ravel(), LOGITS])
    assert minus2(data, given, covariates=("sex",)) == pytest.approx(4299.38058878142, abs=1e-6)

    data = centred(cav, ["dage", "sex"], begins)
    effects = [[0.01, -0.013], [0.02, -0.014], [0.03, -0.015], [0.04, -0.016]]
    given = np.concatenate([np.log(RATES), np.column_stack([LOGITS, effects]).ravel()])
    assert minus2(data, given, misread=("dage", "sex")) == pytest.approx(4306.3077053482, abs=1e-6)


def test_misread_levels_of_which_some_are_known_as_sets(cav):
    deaths = np.flatnonzero(cav["state"] == 4)
    data = cav | {"state": cav["state"].copy()}
    data["state"][deaths[:50]] = 99
    one = {99: ("1", "2", "3")}
    assert minus2(data, FIXED, censored=one) == pytest.approx(4025.42265024404, abs=1e-6)
    data["state"][deaths[50:100]] = 999
    two = one | {999: ("2", "3")}
    assert minus2(data, FIXED, censored=two) == pytest.approx(3811.69640533587, abs=1e-6)


def test_phases(psor):
    model = kh.Model(("1", "2", "3", "4"), [("1", "2"), ("2", "3"), ("3", "4")])
    columns = {"subject": "ptnum", "time": "months", "state": "state"}

    def value(phases, rates):
        found = kh.log_likelihood(
            psor,
            model,
            phases=kh.Phases(phases, found="entry"),
            coefficients=np.log(rates),
            **columns,
        )
        return -2 * found

    # The moves of the model phase by phase, then those to the next phase.
    one = [0.08, 0.12, 0.1, 0.1, 6.25]
    assert value({"1": 2}, one) == pytest.approx(1308.35590680014, abs=1e-6)
    two = [0.08, 0.12, 0.08, 0.12, 0.1, 6.25, 6.25]
    assert value({"1": 2, "2": 2}, two) == pytest.approx(1303.768173132893, abs=1e-6)
    given = [0.17404, 0.04809, 0.17404, 0.04809, 0.1, 0.42032, 0.42032]
    assert value({"1": 2, "2": 2}, given) == pytest.approx(1280.788860486683, abs=1e-6)


def test_phases_of_a_misread_level(cav):
    rates = [0.1184, 0.1776, 0.01368, 0.02052, 0.202, 0.081, 0.126, 3.785584]
    value = kh.log_likelihood(
        cav,
        ONE_WAY,
        phases=kh.Phases({"1": 2}, found="entry"),
        misclassification=kh.Misclassification(ERRORS, start=FIRST),
        coefficients=np.concatenate([np.log(rates), LOGITS]),
        **COLUMNS,
    )
    assert -2 * value == pytest.approx(4357.70908245511, abs=1e-6)


def test_fit_of_misread_levels(cav):
    setting = kh.Misclassification(ERRORS, start=FIRST)
    fitted = kh.fit(cav, ONE_WAY, misclassification=setting, **COLUMNS)
    assert fitted.convergence.converged
    assert -2 * fitted.log_likelihood <= 3951.82919869367 + 1e-6
    rates = [0.10135735, 0.0406838, 0.2267452, 0.0339388, 0.3084544]
    np.testing.assert_allclose(np.exp(fitted.coefficients[:5]), rates, rtol=2e-4)
    e = fitted.misclassification_probability()
    np.testing.assert_allclose(
        [e[0, 1], e[1, 0], e[1, 2], e[2, 1]], [0.00766165, 0.24503, 0.0510431, 0.124392], rtol=2e-4
    )
    # SE of e12 by the delta method, and its interval on the logit scale.
    error = fitted.standard_errors[5]
    assert e[0, 1] * e[0, 0] * error == pytest.approx(0.00334014, rel=1e-3)
    low, high = np.exp(fitted.confidence_intervals()[5])
    assert [low / (1 + low), high / (1 + high)] == pytest.approx([0.00325309, 0.01793714], rel=1e-3)


def test_effects_on_misreadings(cav):
    # In msm sex on the first and the last error is fixed at 0, so that the fit has a maximum.
    effects = {
        "1 seen as 2": ("dage",),
        "2 seen as 1": ("dage", "sex"),
        "2 seen as 3": ("dage", "sex"),
        "3 seen as 2": ("dage",),
    }
    setting = kh.Misclassification(ERRORS, covariates=effects, start=FIRST)
    fitted = kh.fit(cav, ONE_WAY, misclassification=setting, **COLUMNS)
    assert -2 * fitted.log_likelihood <= 3934.69056624596 + 1e-6


def test_effects_on_rates_and_misreadings(cav):
    known = cav["pdiag"] != "NA"  # msm leaves these rows out
    data = {name: values[known] for name, values in cav.items()}
    data["ihd"] = (data["pdiag"] == "IHD").astype(float)
    on_rates = {label: ("ihd",) for label in ONE_WAY.labels if label != "2 -> 4"}
    setting = kh.Misclassification(ERRORS, covariates=("dage",), start=FIRST)
    fitted = kh.fit(data, ONE_WAY, covariates=on_rates, misclassification=setting, **COLUMNS)
    assert -2 * fitted.log_likelihood <= 3894.49350137067 + 1e-6


def test_an_effect_on_a_misreading_without_a_finite_estimate_is_named(cav):
    setting = kh.Misclassification(ERRORS, covariates=("sex",), start="seen")
    with pytest.warns(kh.FitWarning, match="1 seen as 2: sex"):
        fitted = kh.fit(cav, ONE_WAY, misclassification=setting, **COLUMNS)
    assert -2 * fitted.log_likelihood <= 3923.6596 + 1e-6
    assert [f.code for f in fitted.diagnostics if f.severity == "D"] == ["D-SEPARATION"]
    assert "nan" not in str(fitted)


def test_the_likeliest_path_is_that_of_msm(cav):
    """Away from closing deaths, which msm's smoothed probabilities treat as visits."""
    setting = kh.Misclassification(ERRORS, start=FIRST)
    fitted = kh.fit(cav, ONE_WAY, misclassification=setting, **COLUMNS)
    path = fitted.likeliest_states()
    one = path[cav["PTNUM"] == 100063]
    assert (one + 1).tolist() == [1, 1, 1, 1, 2, 2, 2, 2, 2, 2]
    p = fitted.smoothed_states()
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-12)
