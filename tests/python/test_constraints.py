"""Constraints, priors and several starts, beside what msm prints for the same models."""

from __future__ import annotations

import pickle
import warnings

import ill_posed
import numpy as np
import pytest
from test_msm import COLUMNS, TWO_WAY, columns_of, r

import kohort as kh

CHAIN = kh.Model(("1", "2", "3", "4"), [("1", "2"), ("2", "3"), ("3", "4")])
PSOR = {"subject": "ptnum", "time": "months", "state": "state", "deaths": "panel"}


def ties(column: str, groups: list[list[str]]) -> list[object]:
    return [kh.equal(*[f"{move}: {column}" for move in group]) for group in groups]


PSOR_TIES = [
    *ties("hieffusn", [["1 -> 2", "2 -> 3", "3 -> 4"]]),
    *ties("ollwsdrt", [["1 -> 2", "2 -> 3"]]),
]


@pytest.fixture(scope="module")
def cav() -> dict[str, np.ndarray]:
    return columns_of(r("write.csv(cav, row.names = FALSE)"))


@pytest.fixture(scope="module")
def psor() -> dict[str, np.ndarray]:
    """With covariates about their mean over the rows that begin an interval, as msm has them."""
    table = columns_of(r("write.csv(psor, row.names = FALSE)"))
    last = np.append(table["ptnum"][1:] != table["ptnum"][:-1], True)
    known = ~np.isnan(table["ollwsdrt"]) | last  # msm leaves out the others
    table = {name: values[known] for name, values in table.items()}
    begins = np.append(table["ptnum"][1:] == table["ptnum"][:-1], False)
    means = {name: table[name][begins].mean() for name in ("ollwsdrt", "hieffusn")}
    return table | {name: table[name] - mean for name, mean in means.items()}


def minus_two(fitted: kh.FittedModel) -> float:
    assert fitted.convergence.converged
    assert "nan" not in str(fitted)
    return -2 * fitted.log_likelihood


def test_x22_as_good_as_the_true_optimum(cav):
    assert minus_two(kh.fit(cav, TWO_WAY, **COLUMNS)) <= 3968.797882


@pytest.mark.parametrize(
    ("cuts", "at_most"), [((5,), 3919.99601396194 + 1e-6), ((5, 10), 3882.08834017773 + 1e-6)]
)
def test_x31_rates_that_change_after_some_years(cav, cuts, at_most):
    table = cav | {"since": cav["years"]}
    with warnings.catch_warnings():  # few are left in state 3 after ten years
        warnings.simplefilter("ignore", kh.FitWarning)
        fitted = kh.fit(table, TWO_WAY, covariates=(kh.bands("since", *cuts),), **COLUMNS)
    assert -2 * fitted.log_likelihood <= at_most


def test_x32_rates_held_equal(cav):
    fitted = kh.fit(
        cav, TWO_WAY, **COLUMNS,
        constraints=[
            kh.equal("1 -> 2", "1 -> 4"),
            kh.equal("2 -> 1", "2 -> 3", "2 -> 4"),
            kh.equal("3 -> 2", "3 -> 4"),
        ],
    )  # fmt: skip
    assert minus_two(fitted) <= 4116.22686367935 + 1e-6
    assert fitted.intensities()[1, 0] == pytest.approx(0.171691686850913, rel=2e-4)
    assert fitted.sojourn_time()[2] == pytest.approx(2.96494230954565, rel=2e-4)
    assert len(set(fitted.coefficients)) == 3
    assert fitted.standard_errors.count() == 7
    drawn = fitted.draws(20, 1)
    assert np.allclose(drawn[:, 0], drawn[:, 1], rtol=0, atol=1e-12)
    assert np.ptp(drawn[:, 0]) > 0.01
    assert pickle.loads(pickle.dumps(fitted)).constraints == fitted.constraints


def test_x33_effects_held_equal(cav):
    fitted = kh.fit(
        cav, TWO_WAY, covariates=("sex",), **COLUMNS,
        constraints=ties(
            "sex", [["1 -> 2", "2 -> 3"], ["1 -> 4", "2 -> 4", "3 -> 4"], ["2 -> 1", "3 -> 2"]]
        ),
    )  # fmt: skip
    assert minus_two(fitted) <= 3959.35551766943 + 1e-6


def test_x41_score_residuals_and_what_can_be_had_of_the_pearson_value(psor):
    """msm's residuals are of -2 log L, four times ours. Its grouped Pearson values (4027 and so on)
    rest on its own quantile groups, and on imputed visits where deaths are dated; without groups
    the statistic is msm's."""
    fitted = kh.fit(psor, CHAIN, covariates=("ollwsdrt", "hieffusn"), constraints=PSOR_TIES, **PSOR)
    printed = [0.0608163, 0.1879988, 0.0143302]
    np.testing.assert_allclose(4 * fitted.influence().residuals[:3], printed, rtol=2e-4)
    theirs = r(
        "q <- rbind(c(0,.1,0,0),c(0,0,.1,0),c(0,0,0,.1),rep(0,4));"
        "m <- msm(state ~ months, subject = ptnum, data = psor, qmatrix = q,"
        " covariates = ~ ollwsdrt + hieffusn,"
        " constraint = list(hieffusn = c(1,1,1), ollwsdrt = c(1,1,2)));"
        "p <- pearson.msm(m, timegroups = 1, intervalgroups = 1, covgroups = 1);"
        "cat(format(p$test$stat, digits = 10))"
    )
    ours = fitted.pearson_test(groups=(1, 1, 1), replicates=0)
    assert ours.statistic == pytest.approx(float(theirs), rel=2e-4)


def test_x36_and_x39_a_published_model_with_its_errors(psor):
    fitted = kh.fit(psor, CHAIN, covariates=("ollwsdrt", "hieffusn"), constraints=PSOR_TIES, **PSOR)
    assert minus_two(fitted) <= 1114.89946121717 + 1e-6
    names = list(fitted.coefficient_names)
    rates = [names.index(move) for move in ("1 -> 2", "2 -> 3", "3 -> 4")]
    q = np.exp(fitted.coefficients[rates])
    assert q == pytest.approx([0.09593500, 0.16430651, 0.25438281], rel=2e-4)
    errors = q * fitted.standard_errors[rates]
    assert np.asarray(errors) == pytest.approx([0.01159427, 0.01961700, 0.03750661], rel=1e-3)
    limits = np.asarray(fitted.confidence_intervals())
    ratios = np.exp(np.column_stack([fitted.coefficients, limits]))
    for name, expected in (
        ("1 -> 2: ollwsdrt", (0.565190, 0.385345, 0.828971)),
        ("1 -> 2: hieffusn", (1.645955, 1.148294, 2.359284)),
    ):
        assert ratios[names.index(name)] == pytest.approx(expected, rel=1e-3)
    assert ratios[names.index("3 -> 4: ollwsdrt"), 0] == pytest.approx(1.640765, rel=2e-4)
    # the ratio of two rates, by the delta method on its logarithm
    pick = np.zeros(len(names))
    pick[rates[:2]] = 1, -1
    error = np.sqrt(pick @ fitted.covariance @ pick)
    ratio = q[0] / q[1]
    assert ratio == pytest.approx(0.583878, rel=2e-4)
    assert ratio * error == pytest.approx(0.099603, rel=1e-3)
    limits = ratio * np.exp(1.959964 * error * np.array([-1, 1]))
    assert limits == pytest.approx([0.417943, 0.815695], rel=1e-3)


@pytest.mark.parametrize(
    ("constraints", "at_most"),
    [
        ([*PSOR_TIES, kh.equal("2 -> 3", "3 -> 4")], 1120.04586677803 + 1e-6),
        ([*PSOR_TIES, kh.fixed("3 -> 4: ollwsdrt", 0)], 1121.71012633891 + 1e-6),
        (
            [
                kh.linear({"1 -> 2: hieffusn": 1, "2 -> 3: hieffusn": 1}),
                kh.equal("1 -> 2: hieffusn", "3 -> 4: hieffusn"),
                kh.linear({"1 -> 2: ollwsdrt": 1, "2 -> 3: ollwsdrt": 1}),
            ],
            1129.5385,
        ),
    ],
    ids=["rates and effects", "one fixed", "sign reversed"],
)
def test_x42(psor, constraints, at_most):
    fitted = kh.fit(
        psor, CHAIN, covariates=("ollwsdrt", "hieffusn"), constraints=constraints, **PSOR
    )
    assert minus_two(fitted) <= at_most


def test_constraints_beside_msm_on_fresh_data(tmp_path):
    """Estimates to 2e-4, standard errors to 1e-3, on a panel that nobody has seen before."""
    rates = {"1 -> 2": 0.5, "1 -> 3": 0.1, "2 -> 1": 0.3, "2 -> 3": 0.3}
    words = {f"{a} -> {b}": q for (a, b), q in {
        ("well", "ill"): 0.5, ("well", "dead"): 0.1, ("ill", "well"): 0.3, ("ill", "dead"): 0.3
    }.items()}  # fmt: skip
    table = ill_posed.simulated(
        words, "deaths", seed=20261122, x=lambda rng: {"x": float(rng.normal())},
        effect=lambda x: {"well -> ill": 0.4 * x["x"], "ill -> dead": 0.4 * x["x"]},
    ).table  # fmt: skip
    code = {"well": "1", "ill": "2", "dead": "3"}
    states = np.array([int(code[state]) for state in table["s"]])
    rows = np.column_stack([table["id"], table["t"], states, table["x"]])
    file = tmp_path / "panel.csv"
    np.savetxt(file, rows, fmt="%.17g", delimiter=",", header="id,t,s,x", comments="")
    printed = r(
        f"d <- read.csv('{file}'); q <- rbind(c(0,.5,.1), c(.3,0,.3), rep(0,3));"
        "m <- msm(s ~ t, id, data = d, qmatrix = q, deathexact = 3, covariates = ~ x,"
        " constraint = list(x = c(1, 2, 2, 1)), qconstraint = c(1, 2, 3, 3), center = FALSE,"
        " method = 'BFGS', control = list(fnscale = 1000, reltol = 1e-15, maxit = 1000));"
        "cat(format(c(m$minus2loglik, m$estimates, sqrt(diag(m$covmat))), digits = 15))"
    )
    theirs = [float(word) for word in printed.split()]
    model = kh.Model(("1", "2", "3"), [tuple(move.split(" -> ")) for move in rates], death="3")
    fitted = kh.fit(
        {"id": table["id"], "t": table["t"], "s": states, "x": table["x"]}, model,
        subject="id", time="t", state="s", covariates=("x",),
        constraints=[
            *ties("x", [["1 -> 2", "2 -> 3"], ["1 -> 3", "2 -> 1"]]), kh.equal("2 -> 1", "2 -> 3")
        ],
    )  # fmt: skip
    assert minus_two(fitted) <= theirs[0] + 1e-6
    ours = [*fitted.coefficients[0::2], *fitted.coefficients[1::2]]
    errors = [*fitted.standard_errors[0::2], *fitted.standard_errors[1::2]]
    np.testing.assert_allclose(ours, theirs[1:9], rtol=2e-4, atol=2e-4)
    np.testing.assert_allclose(errors, theirs[9:], rtol=1e-3)


def sick_persons() -> ill_posed.Case:
    return ill_posed.well_posed(7)[6]


def fit(case: ill_posed.Case, **options: object) -> kh.FittedModel:
    options = case.options | options
    return kh.fit(case.table, case.model, subject="id", time="t", state="s", **options)


def test_an_effect_may_have_a_sign():
    case = sick_persons()
    free = fit(case, covariates=("x",))
    name = min(
        (one for one in free.coefficient_names if ": x" in one),
        key=lambda one: free.coefficients[free.coefficient_names.index(one)],
    )
    fitted = fit(case, covariates=("x",), constraints=[kh.at_least(name, 0)])
    place = fitted.coefficient_names.index(name)
    assert fitted.coefficients[place] == 0
    assert fitted.active == (True,)
    assert fitted.standard_errors.mask[place]
    assert fitted.log_likelihood < free.log_likelihood
    assert "(met)" in str(fitted)
    assert [f.code for f in fitted.diagnostics if f.severity != "W"] == ["I-LIMIT"]
    loose = fit(case, covariates=("x",), constraints=[kh.at_least(name, -5)])
    assert loose.log_likelihood == pytest.approx(free.log_likelihood, abs=1e-8)


def test_the_unit_of_time_and_of_covariates_does_not_matter():
    """N16: days and kronor instead of years and millions."""
    case = sick_persons()
    names = {"covariates": ("x",), "constraints": [kh.equal("well -> ill: x", "ill -> dead: x")]}
    plain = fit(case, **names)
    table = case.table | {"t": 365.25 * case.table["t"], "x": 1e7 * case.table["x"] + 3e7}
    turned = kh.fit(
        table, case.model, subject="id", time="t", state="s", kind="kind", time_unit="days", **names
    )
    assert turned.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-8)
    effects = np.array([": x" in name for name in plain.coefficient_names])
    ours = 1e7 * turned.coefficients[effects]
    np.testing.assert_allclose(ours, plain.coefficients[effects], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(
        1e7 * turned.standard_errors[effects], plain.standard_errors[effects], rtol=1e-6
    )
    rates = [one.log_intensities({"x": [x]})[0, 0] for one, x in ((plain, 0.7), (turned, 3.7e7))]
    np.testing.assert_allclose(*rates, rtol=1e-8)


@pytest.mark.parametrize("seed", range(10))
def test_twenty_starts_end_at_one_maximum(seed):
    case = ill_posed.well_posed(10)[seed]
    fitted = fit(case, starts=20, seed=seed + 1)
    values = [-2 * start.log_likelihood for start in fitted.starts]
    assert len(values) == 20
    assert {start.verdict for start in fitted.starts} == {"converged"}
    assert np.ptp(values) <= 1e-6
    assert [f.code for f in fitted.diagnostics if f.severity == "D"] == []


def test_a_prior_turns_a_bound_into_an_estimate():
    case = next(case for case in ill_posed.cases() if case.name.startswith("M1 "))
    fitted = fit(case, priors=[kh.gamma_prior("well -> dead", shape=1, rate=20)])
    assert fitted.convergence.converged
    assert fitted.bounds == ()
    assert fitted.standard_errors.count() == 3
    assert 0 < fitted.intensities()[0, 2] < 0.05
    assert "gamma on the rate, shape 1, rate 20" in str(fitted)
    again = pickle.loads(pickle.dumps(fitted))
    assert again.priors == fitted.priors
    assert again.log_prior == fitted.log_prior != 0


@pytest.mark.parametrize("name", ["N13 panel 5", "N13 exact 3", "M8 "])
def test_a_prior_turns_separation_into_an_estimate(name):
    case = next(case for case in ill_posed.cases() if case.name.startswith(name))
    effect = next(f"{move}: {columns[0]}" for move, columns in case.options["covariates"].items())
    with warnings.catch_warnings():
        warnings.simplefilter("error", kh.FitWarning)
        fitted = fit(case, priors=[kh.normal_prior(effect, sd=2)])
    assert fitted.convergence.converged
    assert not np.ma.is_masked(fitted.standard_errors)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: kh.equal("a"), "fewer than two"),
        (lambda: kh.fixed("a"), "0 of value, rate and ratio"),
        (lambda: kh.fixed("a", 1, rate=2), "2 of value, rate and ratio"),
        (lambda: kh.at_least("a", rate=0), "must be above 0"),
        (lambda: kh.linear({"a": 1}, equals=1, at_most=2), "several of"),
        (lambda: fit(sick_persons(), constraints=["x > 0"]), "a constraint is a str"),
        (lambda: fit(sick_persons(), constraints=[kh.fixed("b", 1)]), "no coefficient 'b'"),
        (lambda: fit(sick_persons(), starts=0), "starts is 0"),
    ],
)
def test_what_makes_no_sense_is_refused(ask, words):
    with pytest.raises(kh.InvalidInput, match=words):
        ask()
