"""Answers against R's msm and its published numbers, from the very estimates that msm found."""

from __future__ import annotations

import numpy as np
import pytest
from test_answers import made
from test_msm import columns_of, r

import kohort as kh

CHAIN = kh.Model(("1", "2", "3", "4"), [("1", "2"), ("2", "3"), ("3", "4")])
FIT = (
    "q <- rbind(c(0,.1,0,0),c(0,0,.1,0),c(0,0,0,.1),rep(0,4));"
    "m <- msm(state ~ months, subject = ptnum, data = psor, qmatrix = q,"
    " covariates = ~ ollwsdrt + hieffusn,"
    " constraint = list(hieffusn = c(1,1,1), ollwsdrt = c(1,1,2)),"
    " control = list(reltol = 1e-16, maxit = 1000));"
    "say <- function(x) cat(format(as.vector(t(x)), digits = 17), '\\n');"
)


def numbers(script: str) -> list[np.ndarray]:
    printed = r(FIT + script)
    return [
        np.array([float(word) for word in line.split()])
        for line in printed.splitlines()
        if line.strip()
    ]


@pytest.fixture(scope="module")
def psor():
    """msm's fit of its psor data as one of ours, and the means at which msm answers by default."""
    estimates, covariance, means = numbers(
        "say(m$estimates); say(m$covmat); say(m$qcmodel$covmeans);"
    )
    # msm's baseline stands at the means and its order is by covariate; ours is by transition.
    ours = np.zeros((9, 9))
    for k in range(3):
        ours[3 * k, k] = 1
        for c in range(2):
            ours[3 * k, 3 + 3 * c + k] = -means[c]
            ours[3 * k + 1 + c, 3 + 3 * c + k] = 1
    cov = ours @ covariance.reshape(9, 9) @ ours.T
    fit = made(CHAIN, ours @ estimates, (cov + cov.T) / 2, ("ollwsdrt", "hieffusn"))
    return fit, {"ollwsdrt": means[0], "hieffusn": means[1]}


def test_published_rates_and_sojourns(psor):
    """X37, X39: at given covariates; the ratio of two rates with its limits."""
    fit, means = psor
    at = {"ollwsdrt": 0.1, "hieffusn": 0.4}
    q = fit.intensities(**at)
    np.testing.assert_allclose(
        [q[0, 1], q[1, 2], q[2, 3]], [0.1214306, 0.2079724, 0.2575353], rtol=2e-4
    )
    sojourn = fit.sojourn_time(**at)
    np.testing.assert_allclose(sojourn[:3], [8.235158, 4.808331, 3.882962], rtol=2e-4)
    np.testing.assert_allclose(sojourn.standard_error[:3], [1.09971, 0.616674, 0.549301], rtol=1e-3)
    ratio = fit.rate_ratio("1 -> 2", "2 -> 3", **means)
    assert ratio[0] == pytest.approx(0.583878, rel=2e-4)
    assert ratio.standard_error[0] == pytest.approx(0.099603, rel=1e-3)
    assert (ratio.lower[0], ratio.upper[0]) == pytest.approx((0.417943, 0.815695), rel=1e-3)


def test_published_hazard_ratios(psor):
    """X36: estimates and limits."""
    ratios = psor[0].hazard_ratios()
    names = list(ratios.labels[0])
    one = names.index("1 -> 2: ollwsdrt")
    assert (ratios[one], ratios.lower[one], ratios.upper[one]) == pytest.approx(
        (0.565190, 0.385345, 0.828971), rel=1e-3
    )
    one = names.index("2 -> 3: hieffusn")
    assert (ratios[one], ratios.lower[one], ratios.upper[one]) == pytest.approx(
        (1.645955, 1.148294, 2.359284), rel=1e-3
    )
    assert ratios[names.index("3 -> 4: ollwsdrt")] == pytest.approx(1.640765, rel=1e-3)


def test_published_probabilities_along_a_path(psor):
    """X38: at means, at given covariates, and with covariates that change at 5, 10 and 15."""
    fit, means = psor
    assert fit.transition_probability(10, **means)[0, 2] == pytest.approx(0.149287739, rel=2e-4)
    at = {"ollwsdrt": 0.1, "hieffusn": 0.2}
    assert fit.transition_probability(10, **at)[0, 2] == pytest.approx(0.181961603, rel=2e-4)
    path = [
        (5.0 * (2 * a + b), {"ollwsdrt": float(a), "hieffusn": float(b)})
        for a in (0, 1)
        for b in (0, 1)
    ]
    p7, p19 = (fit.transition_probability(t, path=path)[0, 2] for t in (7, 19))
    assert p7 == pytest.approx(0.172773088, rel=2e-4)
    assert p19 == pytest.approx(0.051087367, rel=2e-4)


def test_published_stays_and_passages(psor):
    """X40: for ever, between two times, from state 2; time until state 3."""
    fit, means = psor
    whole = fit.length_of_stay(**means)
    np.testing.assert_allclose(whole[0, :3], [10.42372, 6.08619, 3.93108], rtol=2e-4)
    assert whole[0, 3] == np.inf
    part = fit.length_of_stay(30, since=1, **means)
    np.testing.assert_allclose(part[0, :3], [8.88391824, 5.28131330, 3.18628093], rtol=2e-4)
    late = fit.length_of_stay(30, since=10, **means)
    assert late[1, 0] == 0
    np.testing.assert_allclose(late[1, 1:3], [1.13296808, 1.50674417], rtol=2e-4)
    passage = fit.first_passage_time("3", **means)
    np.testing.assert_allclose(passage[:2], [16.50991, 6.08619], rtol=2e-4)
    assert passage[2] == 0
    assert passage[3] == np.inf


def test_live_estimates_and_delta_intervals(psor):
    """What msm computes from the same estimates and covariance at this moment."""
    fit, means = psor
    p, stay, until, visits, reach, sojourn, following, ratio = numbers(
        "say(pmatrix.msm(m, 10)); say(totlos.msm(m, fromt = 1, tot = 30, discount = .05));"
        "say(efpt.msm(m, tostate = 3)[1:2]); say(envisits.msm(m, tot = 20));"
        "say(ppass.msm(m, tot = 8)); s <- sojourn.msm(m); say(as.matrix(s));"
        "n <- pnext.msm(m, ci = 'delta'); say(cbind(n$estimates[1,2], n$L[1,2], n$U[1,2]));"
        "say(qratio.msm(m, c(1,2), c(2,3)));"
    )
    np.testing.assert_allclose(
        fit.transition_probability(10, **means), p.reshape(4, 4), rtol=1e-9, atol=1e-14
    )
    found = fit.length_of_stay(30, since=1, **means)
    assert found.shape == (4, 4)
    # msm discounts at a force, e^(-.05 t)
    found = fit.length_of_stay(30, since=1, discount=np.expm1(0.05), **means)
    np.testing.assert_allclose(found[0], stay, rtol=1e-6)
    np.testing.assert_allclose(fit.first_passage_time("3", **means)[:2], until, rtol=1e-9)
    np.testing.assert_allclose(fit.expected_visits(20, **means)[0], visits, rtol=1e-6, atol=1e-12)
    by = [fit.first_passage(name, 8, **means)[0] for name in CHAIN.states]
    np.testing.assert_allclose(by, reach.reshape(4, 4)[0], rtol=1e-9)
    ours = fit.sojourn_time(**means)
    theirs = sojourn.reshape(3, 4)
    np.testing.assert_allclose(ours[:3], theirs[:, 0], rtol=1e-9)
    np.testing.assert_allclose(ours.standard_error[:3], theirs[:, 1], rtol=1e-6)
    np.testing.assert_allclose(ours.lower[:3], theirs[:, 2], rtol=1e-6)
    np.testing.assert_allclose(ours.upper[:3], theirs[:, 3], rtol=1e-6)
    assert following[0] == fit.next_state(**means)[0, 1] == 1
    one = fit.rate_ratio("1 -> 2", "2 -> 3", **means)
    np.testing.assert_allclose(
        [one[0], one.standard_error[0], one.lower[0], one.upper[0]], ratio, rtol=1e-6
    )


def test_live_intervals_by_simulation(psor):
    """msm draws sets of estimates; so do we, and our derivatives need none."""
    fit, means = psor
    stay, until, reach, p = numbers(
        "set.seed(1);"
        "say(totlos.msm(m, fromt = 0, tot = 30, ci = 'normal', B = 100)[2:3, 1:3]);"
        "say(efpt.msm(m, tostate = 3, ci = 'normal', B = 1000)[2:3, 1:2]);"
        "x <- ppass.msm(m, tot = 8, ci = 'normal', B = 1000); say(c(x$L[1, 2:3], x$U[1, 2:3]));"
        "x <- pmatrix.msm(m, 10, ci = 'normal', B = 1000);"
        "say(c(x$L[1, 1:4], x$U[1, 1:4]));"
    )
    drawn = kh.Interval(method="draws", draws=4000, seed=2)
    for theirs, ask in (
        (stay, lambda how: (fit.length_of_stay(30, interval=how, **means), (0, slice(0, 3)))),
        (until, lambda how: (fit.first_passage_time("3", interval=how, **means), slice(0, 2))),
        (p, lambda how: (fit.transition_probability(10, interval=how, **means), (0, slice(0, 4)))),
    ):
        limits = theirs.reshape(2, -1)
        # Quantiles of 100 and 1,000 draws are known to .27 and .09 standard errors.
        chance = 0.8 if theirs is stay else 0.27
        for how, slack in ((drawn, chance), (0.95, chance + 0.2)):
            answer, at = ask(how)
            error = answer.standard_error[at]
            assert (np.abs(answer.lower[at] - limits[0]) < slack * error).all()
            assert (np.abs(answer.upper[at] - limits[1]) < slack * error).all()
    limits = reach.reshape(2, 2)
    for column, name in enumerate(("2", "3")):
        answer = fit.first_passage(name, 8, interval=drawn, **means)
        assert abs(answer.lower[0] - limits[0, column]) < 0.27 * answer.standard_error[0]
        assert abs(answer.upper[0] - limits[1, column]) < 0.27 * answer.standard_error[0]


def test_published_exponential_rates_of_a_lung_transplant():
    """X51: three states from msm's bos, moves dated exactly; closed forms from the rates."""
    bos = columns_of(r("write.csv(bos, row.names = FALSE)"))
    model = kh.Model(("1", "2", "3"), [("1", "2"), ("1", "3"), ("2", "3")], death="3")
    # Its grades are one state there, and its months are of 30 days.
    data = {
        "id": bos["ptnum"],
        "days": bos["time"] * 30,
        "state": np.array([1, 2, 2, 2, 3])[bos["state"].astype(int) - 1],
    }
    fit = kh.fit(
        data, model, subject="id", time="days", state="state", exact_times=True, time_unit="days"
    )
    np.testing.assert_allclose(
        np.exp(fit.coefficients), [0.1898667, 0.0534576, 0.2639286], rtol=1e-6
    )
    assert fit.transition_probability(5)[0, 1] == pytest.approx(0.267219390, abs=1e-7)
    stay = fit.length_of_stay(5)
    np.testing.assert_allclose(stay[0], [2.892316, 1.068225, 1.039459], atol=2e-6)
    np.testing.assert_allclose(stay[1, 1:], [2.776392, 2.223608], atol=2e-6)
