"""Against R's msm, run here and now: its example data never enter this repository."""

from __future__ import annotations

import io
import shutil
import subprocess

import numpy as np
import pytest

import kohort as kh

TWO_WAY = kh.Model(
    ("1", "2", "3", "4"),
    [("1", "2"), ("1", "4"), ("2", "1"), ("2", "3"), ("2", "4"), ("3", "2"), ("3", "4")],
    death="4",
)
RATES = TWO_WAY.intensities([0.25, 0.25, 0.166, 0.166, 0.166, 0.25, 0.25])
COLUMNS = {"subject": "PTNUM", "time": "years", "state": "state"}


def r(script: str) -> str:
    if shutil.which("Rscript") is None:
        pytest.fail("Rscript is missing. Install it with: apt-get install r-base-core r-cran-msm")
    done = subprocess.run(
        ["Rscript", "-e", f"suppressMessages(library(msm)); {script}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(
            "R could not run msm. Install it with: apt-get install r-cran-msm\n" + done.stderr
        )
    return done.stdout


def columns_of(csv: str) -> dict[str, np.ndarray]:
    table = np.genfromtxt(io.StringIO(csv.replace('"', "")), delimiter=",", names=True)
    return {name: table[name] for name in table.dtype.names}


@pytest.fixture(scope="module")
def cav() -> dict[str, np.ndarray]:
    return columns_of(r("write.csv(cav, row.names = FALSE)"))


@pytest.mark.parametrize(
    ("deaths", "expected"), [("exact", 4908.81676837903), ("panel", 4833.00640639644)]
)
def test_log_likelihood_at_fixed_rates(cav, deaths, expected):
    value = kh.log_likelihood(cav, TWO_WAY, intensities=RATES, deaths=deaths, **COLUMNS)
    assert -2 * value == pytest.approx(expected, abs=1e-6)


def test_log_likelihood_with_a_centred_covariate(cav):
    # msm centres on the mean over the rows that begin an interval.
    begins = np.append(cav["PTNUM"][1:] == cav["PTNUM"][:-1], False)
    centred = cav | {"sex": cav["sex"] - cav["sex"][begins].mean()}
    coefficients = np.column_stack(
        [[np.log(RATES[a, b]) for a, b in TWO_WAY.moves], np.full(7, 0.01)]
    ).ravel()
    value = kh.log_likelihood(
        centred, TWO_WAY, coefficients=coefficients, covariates=("sex",), **COLUMNS
    )
    assert -2 * value == pytest.approx(4909.17147259115, abs=1e-6)


def test_log_likelihood_at_crude_rates(cav):
    begins = np.flatnonzero(cav["PTNUM"][1:] == cav["PTNUM"][:-1])
    years = cav["years"][begins + 1] - cav["years"][begins]
    rates = []
    for a, b in TWO_WAY.moves:
        at_a = cav["state"][begins] == a + 1
        moved = at_a & (cav["state"][begins + 1] == b + 1)
        rates.append(moved.sum() / years[at_a].sum())
    expected = [0.067989320398981, 0.049325585387496, 0.116817878212849, 0.137134030945518]
    assert rates[:4] == pytest.approx(expected, rel=1e-9)
    value = kh.log_likelihood(
        cav, TWO_WAY, intensities=TWO_WAY.intensities(rates), deaths="panel", **COLUMNS
    )
    assert -2 * value == pytest.approx(4119.9736299032, abs=1e-6)


def test_the_state_table(cav):
    frame = kh.Observations.from_table(cav, TWO_WAY, **COLUMNS).to_frame("pandas")
    counts = {
        (a, b): int(n) for a, b, n in zip(frame["from"], frame["to"], frame["count"], strict=True)
    }
    expected = [[1367, 204, 44, 148], [46, 134, 54, 48], [4, 13, 107, 55]]
    for a, row in enumerate(expected, 1):
        for b, count in enumerate(row, 1):
            assert counts[str(a), str(b)] == count


def test_two_way_model_with_exact_deaths(cav):
    fitted = kh.fit(cav, TWO_WAY, **COLUMNS)
    assert fitted.convergence.converged
    assert -2 * fitted.log_likelihood <= 3968.797882
    errors = [0.0705594, 0.1121187, 0.1506946, 0.1155405, 0.6470758, 0.2532505, 0.1285314]
    np.testing.assert_allclose(fitted.standard_errors, errors, rtol=1e-3)


@pytest.mark.parametrize(("deaths", "at_most"), [("panel", 3945.16740), ("exact", 3933.08835)])
def test_age_on_every_rate_needs_no_tuning(cav, deaths, at_most):
    fitted = kh.fit(cav, TWO_WAY, covariates=("age",), deaths=deaths, **COLUMNS)
    assert fitted.convergence.converged
    assert -2 * fitted.log_likelihood <= at_most


def test_an_effect_without_a_finite_estimate_is_named(cav):
    with pytest.warns(kh.FitWarning, match=r"2 -> 4: sex"):
        fitted = kh.fit(cav, TWO_WAY, covariates=("sex",), **COLUMNS)
    assert -2 * fitted.log_likelihood <= 3954.7767
    assert [f.code for f in fitted.diagnostics if f.severity == "D"] == ["D-SEPARATION"]
    assert "nan" not in str(fitted)


def test_a_fresh_panel_fitted_by_both(tmp_path):
    """A panel that nobody has seen before: estimates to 2e-4, standard errors to 1e-3."""
    rng = np.random.default_rng(20261122)
    model = kh.Model(("1", "2", "3"), [("1", "2"), ("1", "3"), ("2", "1"), ("2", "3")], death="3")
    rows = []
    for subject in range(300):
        state, time, x = 1, 0.0, int(rng.random() < 0.5)
        rows.append((subject, time, state, x))
        for _ in range(6):
            end = time + rng.uniform(0.5, 1.5)
            while state != 3:
                rates = {1: {2: 0.5 * 1.5**x, 3: 0.08}, 2: {1: 0.3, 3: 0.3}}[state]
                time += rng.exponential(1 / sum(rates.values()))
                if time > end:
                    break
                state = int(
                    rng.choice(list(rates), p=np.array(list(rates.values())) / sum(rates.values()))
                )
            time = time if state == 3 else end
            rows.append((subject, time, state, x))
            if state == 3:
                break
    table = np.array(rows)
    file = tmp_path / "panel.csv"
    np.savetxt(file, table, fmt="%.17g", delimiter=",", header="id,time,state,x", comments="")
    printed = r(
        f"d <- read.csv('{file}'); q <- rbind(c(0,.5,.1), c(.3,0,.3), rep(0,3));"
        "m <- msm(state ~ time, id, data = d, qmatrix = q, deathexact = 3, covariates = ~ x,"
        " center = FALSE, method = 'BFGS', control = list(fnscale = 1000, reltol = 1e-15,"
        " maxit = 1000)); cat(format(c(m$minus2loglik, m$estimates, sqrt(diag(m$covmat))),"
        " digits = 15))"
    )
    theirs = [float(word) for word in printed.split()]
    columns = dict(zip(("id", "time", "state", "x"), table.T, strict=True))
    fitted = kh.fit(columns, model, subject="id", time="time", state="state", covariates=("x",))
    assert -2 * fitted.log_likelihood <= theirs[0] + 1e-6
    ours = np.concatenate([fitted.coefficients[0::2], fitted.coefficients[1::2]])
    errors = np.concatenate([fitted.standard_errors[0::2], fitted.standard_errors[1::2]])
    np.testing.assert_allclose(ours, theirs[1:9], rtol=2e-4, atol=2e-4)
    np.testing.assert_allclose(errors, theirs[9:], rtol=1e-3)


@pytest.mark.parametrize(
    ("cuts", "expected"), [((5,), 4906.01423796805), ((5, 10), 4905.61646158639)]
)
def test_log_likelihood_with_periods_of_time(cav, cuts, expected):  # X09
    """msm centres the periods' indicators on their means over rows cut where a period begins."""
    effect = 0.01
    begins = cav["PTNUM"][1:] == cav["PTNUM"][:-1]
    since, until = cav["years"][:-1][begins], cav["years"][1:][begins]
    cut = [np.full(np.sum((since < c) & (c < until)), float(c)) for c in cuts]
    later = np.mean(np.concatenate([since, *cut]) >= cuts[0])
    rates = [0.25, 0.25, 0.166, 0.166, 0.166, 0.25, 0.25]
    given = [[np.log(rate) - effect * later, *[effect] * len(cuts)] for rate in rates]
    value = kh.log_likelihood(
        cav | {"clock": cav["years"]},
        TWO_WAY,
        coefficients=np.ravel(given),
        covariates=(kh.bands("clock", *cuts),),
        **COLUMNS,
    )
    assert -2 * value == pytest.approx(expected, abs=1e-6)


def test_log_likelihood_of_moves_dated_exactly():  # X10
    bos = columns_of(r("write.csv(bos, row.names = FALSE)"))
    moves = [("1", "2"), ("1", "5"), ("2", "3"), ("2", "5"), ("3", "4"), ("3", "5"), ("4", "5")]
    model = kh.Model(("1", "2", "3", "4", "5"), moves, death="5")
    value = kh.log_likelihood(
        bos,
        model,
        intensities=model.intensities([0.01, 0.002, 0.07, 0.01, 0.07, 0.02, 0.03]),
        subject="ptnum",
        time="time",
        state="state",
        exact_times=True,
    )
    assert -2 * value == pytest.approx(3057.85781916437, abs=1e-6)


@pytest.mark.parametrize(
    ("effects", "expected"),
    [
        ((0, 0, 0, 0, 0), 4793.30238295565),
        ((0.1, 0, 0, 0, 0), 4793.20440566637),
        # msm's tests store 4793.13036885505 and compare to a millionth; run, it prints this:
        ((0.1, 0.1, 0.1, 0.1, 0.1), 4793.13035886505),
    ],
)
def test_log_likelihood_with_a_factor(effects, expected):  # X05
    """Levels of a factor as indicators about their means; rows without it are left out."""
    table = columns_of(
        r("cav$pdiag <- as.integer(factor(cav$pdiag)); write.csv(cav, row.names = FALSE)")
    )
    known = ~np.isnan(table["pdiag"])
    data = {name: values[known] for name, values in table.items()}
    begins = np.append(data["PTNUM"][1:] == data["PTNUM"][:-1], False)
    levels = {f"level{k}": (data["pdiag"] == k).astype(float) for k in range(2, 7)}
    levels = {name: values - values[begins].mean() for name, values in levels.items()}
    given = [[np.log(RATES[a, b]), *effects] for a, b in TWO_WAY.moves]
    value = kh.log_likelihood(
        data | levels,
        TWO_WAY,
        coefficients=np.ravel(given),
        covariates=tuple(levels),
        deaths="panel",
        **COLUMNS,
    )
    assert -2 * value == pytest.approx(expected, abs=1e-6)


def test_log_likelihood_at_crude_rates_of_rows_with_gaps():  # X19
    """msm's starting rates come from all rows whose state, time and subject are known, its
    likelihood from those that know the covariates too (but for a subject's last)."""
    psor = columns_of(r("write.csv(psor, row.names = FALSE)"))
    known = np.ones(len(psor["ptnum"]), dtype=bool)
    known[[6, 7, 12, 13]] = False
    rows = {name: values[known] for name, values in psor.items()}
    begins = np.flatnonzero(rows["ptnum"][1:] == rows["ptnum"][:-1])
    years = rows["months"][begins + 1] - rows["months"][begins]
    crude = []
    for state in (1, 2, 3):
        here = rows["state"][begins] == state
        crude.append((here & (rows["state"][begins + 1] == state + 1)).sum() / years[here].sum())
    last = np.append(rows["ptnum"][1:] != rows["ptnum"][:-1], True)
    complete = last | ~(np.isnan(rows["ollwsdrt"]) | np.isnan(rows["hieffusn"]))
    chain = kh.Model(("1", "2", "3", "4"), [("1", "2"), ("2", "3"), ("3", "4")])
    value = kh.log_likelihood(
        {name: values[complete] for name, values in rows.items()},
        chain,
        intensities=chain.intensities(crude),
        deaths="panel",
        subject="ptnum",
        time="months",
        state="state",
    )
    assert -2 * value == pytest.approx(1179.95441284169, abs=1e-6)
