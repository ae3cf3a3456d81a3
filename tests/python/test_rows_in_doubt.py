"""Rows that name several states, deaths known to a month, and what is known of the first state."""

from __future__ import annotations

import numpy as np
import pytest
from test_msm import COLUMNS, RATES, TWO_WAY, cav, r  # noqa: F401

import kohort as kh

SUBJECTS = {"subject": "id", "time": "t", "state": "s"}
EXITS = kh.Model(
    ("well", "ill", "ended", "dead"),
    [
        ("well", "ill"),
        ("well", "ended"),
        ("well", "dead"),
        ("ill", "well"),
        ("ill", "ended"),
        ("ill", "dead"),
    ],
    death="dead",
)
EXIT_RATES = EXITS.intensities([0.3, 0.1, 0.05, 0.2, 0.02, 0.25])


def value(table, model=EXITS, rates=EXIT_RATES, **said):
    return kh.log_likelihood(table, model, intensities=rates, **(SUBJECTS | said))


@pytest.fixture(scope="module")
def recoded(cav):  # noqa: F811
    """msm's test data with censored rows, as its own tests make them from `cav`."""
    state = cav["state"]
    dead = np.flatnonzero(state == 4)
    before_death = np.flatnonzero(np.append(state[1:], 0) == 4)

    def table(*changes):
        changed = state.copy()
        for rows, code in changes:
            changed[rows] = code
        return cav | {"state": changed}

    return {
        "last": table((dead[:50], 99)),
        "two codes": table((dead[:50], 99), (dead[50:100], 999)),
        "in between": table((dead[:50], 99), (before_death[:50], 999)),
        "first": table(([0, 7, 11, 21], 99)),
    }


@pytest.mark.parametrize(
    ("which", "censored", "expected"),
    [
        ("last", {99: "123"}, 4724.26606344485),
        ("two codes", {"99": "123", "999": "23"}, 4678.23348518727),
        # msm gives each state that a first row may mean the weight 1; uniform probabilities are
        # 1/3 for the one such row here, and 1/2 for four rows in the last case.
        ("in between", {"99": "23", "999": "123"}, 4680.66073438518 + 2 * np.log(3)),
        ("first", {"99": "23"}, 4846.06045097812 + 2 * 4 * np.log(2)),
    ],
)
def test_censored_rows_of_msm(recoded, which, censored, expected):
    censored = {code: tuple(states) for code, states in censored.items()}
    said = COLUMNS | {"censored": censored, "deaths": "panel", "start": "uniform"}
    found = value(recoded[which], TWO_WAY, RATES, **said)
    assert -2 * found == pytest.approx(expected, abs=1e-6)


def test_a_fresh_panel_with_censored_rows_fitted_by_both(tmp_path):
    rng = np.random.default_rng(20261123)
    model = kh.Model(("1", "2", "3"), [("1", "2"), ("1", "3"), ("2", "1"), ("2", "3")], death="3")
    rates = {1: {2: 0.5, 3: 0.1}, 2: {1: 0.3, 3: 0.4}}
    rows = []
    for subject in range(150):
        state, time = 1, 0.0
        rows.append((subject, time, state))
        for _ in range(5):
            end = time + rng.uniform(0.5, 1.5)
            while state != 3:
                out = rates[state]
                time += rng.exponential(1 / sum(out.values()))
                if time > end:
                    break
                state = int(
                    rng.choice(list(out), p=np.array(list(out.values())) / sum(out.values()))
                )
            time = time if state == 3 else end
            rows.append((subject, time, 99 if state < 3 and rng.random() < 0.3 else state))
            if state == 3:
                break
    table = np.array(rows)
    file = tmp_path / "panel.csv"
    np.savetxt(file, table, fmt="%.17g", delimiter=",", header="id,time,state", comments="")
    printed = r(
        f"d <- read.csv('{file}'); q <- rbind(c(0,.5,.1), c(.3,0,.3), rep(0,3));"
        "m <- msm(state ~ time, id, data = d, qmatrix = q, deathexact = 3, censor = 99,"
        " censor.states = c(1, 2), method = 'BFGS', control = list(fnscale = 1000,"
        " reltol = 1e-14, maxit = 1000)); cat(format(c(m$minus2loglik, m$estimates,"
        " sqrt(diag(m$covmat))), digits = 15))"
    )
    theirs = [float(word) for word in printed.split()]
    columns = dict(zip(("id", "time", "state"), table.T, strict=True))
    fitted = kh.fit(
        columns,
        model,
        subject="id",
        time="time",
        state="state",
        censored={"99": ("1", "2")},
    )
    assert fitted.convergence.converged
    assert -2 * fitted.log_likelihood <= theirs[0] + 1e-6
    np.testing.assert_allclose(fitted.coefficients, theirs[1:5], rtol=2e-4, atol=2e-4)
    np.testing.assert_allclose(fitted.standard_errors, theirs[5:9], rtol=1e-3)


def test_two_ways_out_dated_exactly_or_of_unknown_cause():
    table = {"id": [1, 1], "t": [0, 2.0], "s": ["well", "dead"]}
    assert np.exp(value(table)) == pytest.approx(0.08498600889560543, rel=1e-12)
    ended = table | {"s": ["well", "ended"]}
    assert np.exp(value(ended, deaths=("ended", "dead"))) == pytest.approx(
        0.05054435053452924, rel=1e-12
    )
    either = table | {"s": ["well", "gone"]}
    said = {"censored": {"gone": ("ended", "dead")}, "deaths": ("gone",)}
    assert np.exp(value(either, **said)) == pytest.approx(0.13553035943013467, rel=1e-12)
    alive = table | {"s": ["well", "?"]}
    assert np.exp(value(alive, censored={"?": ("well", "ill")})) == pytest.approx(
        0.7044896174397617, rel=1e-12
    )


def test_a_death_known_to_a_month_by_dates():
    days = np.array(["2020-01-01", "2020-03-31"], dtype="datetime64[D]")
    opens = np.array(["NaT", "2020-03-01"], dtype="datetime64[D]")
    table = {"id": [1, 1], "t": days, "s": ["well", "dead"], "from": opens}
    P = kh.transition_probability(EXIT_RATES, np.array([60, 90]) / 365.25)
    expected = P[1][0, 3] - P[0][0, 3]
    assert np.exp(value(table, earliest="from")) == pytest.approx(expected, rel=1e-12)
    # Opened before the last visit, or not known at all: dead by then, or dated exactly.
    early = table | {"from": np.array(["NaT", "2019-12-01"], dtype="datetime64[D]")}
    assert np.exp(value(early, earliest="from")) == pytest.approx(P[1][0, 3], rel=1e-12)
    for earliest in ("NaT", "2020-03-31"):
        exact = table | {"from": np.array(["NaT", earliest], dtype="datetime64[D]")}
        assert value(exact, earliest="from") == value(table)
    kinds = {"kind": "how", "earliest": "from"}
    assert value(table | {"how": ["start", "window_death"]}, **kinds) == value(
        table, earliest="from"
    )
    with pytest.raises(kh.DataRefused) as refused:
        value(table | {"how": ["start", "panel"]}, **kinds)
    assert [f.code for f in refused.value.findings] == ["E-KIND"]


def test_a_month_for_every_death_hardly_changes_the_rates():
    rng = np.random.default_rng(7)
    rows = {"id": [], "t": [], "s": [], "from": []}
    for subject in range(1500):
        lived = int(rng.exponential(1 / 0.3) * 365.25) + 1
        end = min(lived, 1461)
        month = (end - 1) // 30 * 30
        dead = lived <= 1461
        rows["id"] += [subject, subject]
        rows["t"] += [0.0, month + 30.0 if dead else 1461.0]
        rows["s"] += ["well", "dead" if dead else "well"]
        rows["from"] += [np.nan, float(month) if dead else np.nan]
    model = kh.Model(("well", "dead"), [("well", "dead")], death="dead")
    fitted = kh.fit(rows, model, earliest="from", time_unit="days", **SUBJECTS)
    assert fitted.convergence.converged
    assert fitted.intensities()[0, 1] == pytest.approx(0.3, rel=0.06)
    middles = np.array(rows["t"]) - np.where(np.isnan(rows["from"]), 0, 15.0)
    exact = kh.fit(rows | {"t": middles}, model, time_unit="days", **SUBJECTS)
    np.testing.assert_allclose(fitted.coefficients, exact.coefficients, atol=1e-3)
    np.testing.assert_allclose(fitted.standard_errors, exact.standard_errors, rtol=1e-3)


def test_what_is_known_of_the_first_state():
    table = {"id": [1, 1, 2, 2], "t": [0, 1.0, 0, 1.0], "s": ["well", "ill", "?", "ill"]}
    several = {"censored": {"?": ("well", "ill")}}
    P = kh.transition_probability(EXIT_RATES, 1.0)
    with pytest.raises(kh.DataRefused) as refused:
        value(table, **several)
    assert [(f.code, f.row) for f in refused.value.findings] == [("E-START", 2)]
    half = np.log((P[0, 1] + P[1, 1]) / 2)
    assert value(table, start="uniform", **several) == pytest.approx(np.log(P[0, 1]) + half)
    chances = {"well": 0.75, "ill": 0.25}
    given = np.log(0.75 * P[0, 1]) + np.log(0.75 * P[0, 1] + 0.25 * P[1, 1])
    assert value(table, start=chances, **several) == pytest.approx(given)
    columns = table | {"p": [1.0, 0, 0.2, 0], "q": [0, 0, 0.8, 0]}
    own = np.log(P[0, 1]) + np.log(0.2 * P[0, 1] + 0.8 * P[1, 1])
    assert value(columns, start={"well": "p", "ill": "q"}, **several) == pytest.approx(own)
    with pytest.raises(kh.InvalidInput, match=r"sum to 0\.85"):
        value(table, start={"well": 0.6, "ill": 0.25}, **several)


def test_what_is_refused_names_the_row_and_nobody():
    secret = "19460823-9986"

    def findings(states, kinds, **said):
        table = {"id": [secret] * len(states), "t": np.arange(len(states)), "s": states}
        with pytest.raises(kh.DataRefused) as refused:
            kh.Observations.from_table(
                table | {"how": kinds}, EXITS, kind="how", **(SUBJECTS | said)
            )
        assert secret not in str(refused.value)
        return [(f.code, f.row) for f in refused.value.findings]

    several = {"censored": {"?": ("well", "ill"), "gone": ("ended", "dead")}}
    moved = ["start", "panel", "exact_transition"]
    assert findings(["well", "?", "ill"], moved, **several) == [("E-KIND", 2)]
    assert findings(["well", "??", "ill"], ["start", "panel", "panel"], **several) == [
        ("E-STATE-UNKNOWN", 1)
    ]
    assert findings(["well", "gone", "ill"], ["start", "panel", "panel"], **several) == [
        ("E-IMPOSSIBLE", 2)
    ]
    assert findings(["well", "dead"], ["start", "window_death"]) == [("E-TIME", 1)]
    assert findings(["well", "ill"], ["start", "exact_stay"]) == [("E-IMPOSSIBLE", 1)]
    with pytest.raises(kh.InvalidInput, match="is a state of the model"):
        kh.Observations.from_table(
            {"id": [1], "t": [0], "s": ["well"]}, EXITS, censored={"ill": ("well",)}, **SUBJECTS
        )


def test_numbers_as_codes_and_what_prints():
    table = {"id": [1, 1, 1], "t": [0, 1, 2], "s": [0, 7, 1]}
    seen = kh.Observations.from_table(table, EXITS, censored={7: ("well", "ill")}, **SUBJECTS)
    assert seen.states.tolist() == [0, 4, 1]
    assert seen.sets == (("well", "ill"),)
    assert "well -> well or ill" in str(seen)
    with pytest.raises(kh.DataRefused):  # 4 is no state, whatever sets there are
        kh.Observations.from_table(
            table | {"s": [0, 7, 4]}, EXITS, censored={7: ("well", "ill")}, **SUBJECTS
        )
    with pytest.raises(kh.InvalidInput, match=r"Observations\.from_table"):
        kh.fit(seen, EXITS, start="uniform")
