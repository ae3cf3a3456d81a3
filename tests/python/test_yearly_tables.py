"""Intensities from published tables: with the numbers of the formulas, and of a published table."""

import numpy as np
import pytest

import kohort as kh
from kohort import datasets

THREE = kh.Model(
    ("well", "ill", "dead"),
    [("well", "ill"), ("well", "dead"), ("ill", "well"), ("ill", "dead")],
    death="dead",
)
W21 = kh.YearlyTable.from_counts(
    [[300, 70, 30], [20, 160, 60]], ["well", "ill"], ["well", "ill", "dead"], source="Table 1"
)
RATES = [0.2497909519151204, 0.05210883708273081, 0.1189480723405335, 0.3018997889978513]


def test_a_table_gives_its_rates():  # W21
    fit = kh.fit_tables([W21], THREE)
    np.testing.assert_allclose(np.exp(fit.coefficients), RATES, rtol=1e-7)
    assert fit.log_likelihood == pytest.approx(-483.7707000132724, abs=1e-9)
    told = next(f for f in fit.diagnostics if f.code == "I-TABLE")
    assert told.message.startswith("Table 1: used as counts of persons.")
    assert "ratio" in told.message
    assert "Table 1" in str(W21)
    assert "<table" in W21._repr_html_()


def test_table_and_persons_share_one_set_of_intensities():
    rows = {"id": [], "t": [], "s": [], "w": []}
    subject = 0
    for start, counts in zip(("well", "ill"), W21.counts, strict=True):
        for end, count in zip(("well", "ill", "dead"), counts, strict=True):
            rows["id"] += [subject, subject]
            rows["t"] += [0.0, 1.0]
            rows["s"] += [start, end]
            rows["w"] += [count, count]
            subject += 1
    names = {"subject": "id", "time": "t", "state": "s", "weights": "w", "deaths": "panel"}
    alone = kh.fit(rows, THREE, **names)
    both = kh.fit(rows, THREE, **names, tables=[W21])
    np.testing.assert_allclose(both.coefficients, alone.coefficients, atol=1e-7)
    np.testing.assert_allclose(both.covariance, alone.covariance / 2, rtol=1e-4)
    assert both.log_likelihood == pytest.approx(2 * alone.log_likelihood, rel=1e-12)


def lagergren(n=300):
    """Women from 78 over three years (printed: dead, and where the survivors are)."""
    columns = datasets.published("lagergren2017_sweden_ltc_paths")
    rows = [
        i
        for i in range(len(columns["table"]))
        if columns["table"][i] == 4
        and columns["horizon_years"][i] == 3
        and columns["initial_state"][i] != "all"
    ]
    dead = np.array([columns["dead_pct"][i] for i in rows]) / 100
    living = np.array(
        [[columns[f"surv_{s}_pct"][i] for s in ("none", "home", "institution")] for i in rows]
    )
    living = living / living.sum(axis=1, keepdims=True)
    return kh.YearlyTable.from_shares(
        np.column_stack([living * (1 - dead)[:, None], dead]),
        ["none", "home", "institution"],
        ["none", "home", "institution", "dead"],
        n=n,
        years=3,
        source="Lagergren, Kurube & Saito 2017, Table 4, women from 78, 3 years",
    )


CARE = kh.Model(
    ("none", "home", "institution", "dead"),
    [(a, b) for a in ("none", "home") for b in ("none", "home", "institution", "dead") if a != b]
    + [("institution", "dead")],
    death="dead",
)


def test_a_published_three_year_table_has_the_rates_of_its_logarithm():
    table = lagergren()
    fit = kh.fit_tables([table], CARE)
    Q = fit.intensities()
    # Lagergren, Kurube & Saito 2017: principal logarithm of the rows divided by their sums, over 3
    expected = [
        [-0.07049, 0.05533, 0.00535, 0.00980],
        [0.02302, -0.22906, 0.13585, 0.07019],
        [0, 0, -0.32429, 0.32429],
    ]
    np.testing.assert_allclose(Q[:3], expected, atol=6e-6)
    assert not [f for f in fit.diagnostics if f.code == "D-EMBED"]
    # The same at any assumed number of persons, with errors that go with it.
    more = kh.fit_tables([lagergren(n=1200)], CARE)
    np.testing.assert_allclose(more.coefficients, fit.coefficients, atol=1e-6)
    np.testing.assert_allclose(more.covariance, fit.covariance / 4, rtol=1e-3)
    assert "assumed" in str(table)
    # Held constant, they miss the deaths printed at 15 years: 45 against 72 %.
    dead = fit.transition_probability(15)[0, 3]
    assert dead == pytest.approx(0.451, abs=0.002)


def test_several_tables_survivors_and_marginals_are_fitted_together():
    truth = np.array([[-0.4, 0.3, 0.1], [0.1, -0.5, 0.4], [0, 0, 0]])
    names = ["well", "ill", "dead"]
    one, two, four = (kh.transition_probability(truth, t) for t in (1.0, 2.0, 4.0))
    alive = two[:2, :2] / two[:2, :2].sum(axis=1, keepdims=True)
    tables = [
        kh.YearlyTable.from_counts(1000 * one[:1], ["well"], names),
        kh.YearlyTable.from_shares(
            alive, names[:2], names[:2], n=500, years=2, among=True, source="alive after two years"
        ),
        kh.YearlyTable.from_shares(
            [np.array([0.6, 0.4, 0]) @ four], [{"well": 0.6, "ill": 0.4}], names, n=700, years=4
        ),
    ]
    fit = kh.fit_tables(tables, THREE)
    np.testing.assert_allclose(fit.intensities(), truth, atol=1e-5)
    ratios = [f.message for f in fit.diagnostics if f.code == "I-TABLE"]
    assert len(ratios) == 3
    assert any(m.startswith("alive after two years") for m in ratios)


def test_effects_of_age_come_from_tables_that_say_the_age():
    model = kh.Model(("alive", "dead"), [("alive", "dead")], death="dead")
    tables = []
    for age in (70, 80, 90):
        rate = 0.05 * np.exp(0.1 * (age - 80))
        dead = 1 - np.exp(-rate)
        tables.append(
            kh.YearlyTable.from_counts(
                [[1e4 * (1 - dead), 1e4 * dead]],
                ["alive"],
                ["alive", "dead"],
                covariates={"age": age - 80},
            )
        )
    fit = kh.fit_tables(tables, model, covariates=("age",))
    np.testing.assert_allclose(fit.coefficients, [np.log(0.05), 0.1], atol=1e-7)
    with pytest.raises(kh.InvalidInput, match="does not say age of its people"):
        kh.fit_tables([kh.YearlyTable.from_counts([[9, 1]], ["alive"], ["alive", "dead"])],
                      model, covariates=("age",))  # fmt: skip


P22 = np.array([[0.9, 0.1, 0], [0.05, 0.85, 0.1], [0, 0.2, 0.8]])


def test_a_table_without_intensities_is_told_and_mended_only_when_asked():  # W22, N18
    found = kh.embeddability(P22, states=("a", "b", "c"))
    assert not found.embeddable
    assert found.decided
    negative = [r for r in found.reasons if r[0] == "negative_rate"]
    assert [(a, b) for _, a, b, _ in negative] == [("a", "c"), ("c", "a")]
    for *_, value in negative:
        assert value == pytest.approx(-0.0070591347785694, abs=1e-13)
    assert "D-EMBED" in str(found)
    assert "negative rate a -> c" in str(found)
    mended = kh.quasi_optimisation(P22)
    expected = [0.112153456456, 0.057841511922645, 0.12274215862386, 0.24195474985843]
    got = [mended.intensities[i, j] for i, j in ((0, 1), (1, 0), (1, 2), (2, 1))]
    np.testing.assert_allclose(got, expected, atol=1e-12)
    assert mended.residual == pytest.approx(0.010112295064065, abs=1e-13)
    model = kh.Model("abc", [(x, y) for x in "abc" for y in "abc" if x != y])
    table = kh.YearlyTable.from_counts(100 * P22, list("abc"), list("abc"), source="Printed")
    fit = kh.fit_tables([table], model)
    told = next(f for f in fit.diagnostics if f.code == "D-EMBED")
    assert told.severity == "D"
    assert "a -> c" in told.message
    assert "c -> a" in told.message
    assert "Likelihood ratio of the fit against the table" in told.message
    assert "Likelihoodkvot" in told.message_sv
    assert {b.transition for b in fit.bounds} >= {"a -> c"}


@pytest.mark.parametrize(
    ("P", "reason"),
    [
        ([[0.1, 0.8, 0.1], [0.8, 0.1, 0.1], [0.05, 0.05, 0.9]], "eigenvalue"),  # N19
        ([[0.5, 0.5, 0], [0.5, 0.5, 0], [0.1, 0.1, 0.8]], "determinant"),
        ([[0.45, 0.55], [0.55, 0.45]], "two_states"),
        ([[0.6, 0.4, 0], [0, 0.6, 0.4], [0.4, 0, 0.6]], "diagonal"),
    ],
)
def test_matrices_that_no_intensities_give(P, reason):
    found = kh.embeddability(P)
    assert not found.embeddable
    assert reason in [why for why, *_ in found.reasons]


def test_what_intensities_give_is_embeddable():
    Q = np.array([[-0.5, 0.4, 0.1], [0.2, -0.6, 0.4], [0, 0, 0]])
    found = kh.embeddability(kh.transition_probability(Q, 2.0), years=2)
    assert found.embeddable
    np.testing.assert_allclose(found.logarithm, Q, atol=1e-13)
    assert "Embeddable" in str(found)


def test_refusals():
    with pytest.raises(kh.InvalidInput, match=r"row 0 sums to 1.01"):
        kh.YearlyTable.from_shares([[0.53, 0.48]], ["well"], ["well", "ill"], n=10)
    kh.YearlyTable.from_shares([[0.53, 0.48]], ["well"], ["well", "ill"], n=10, unit=0.01)
    with pytest.raises(kh.InvalidInput, match="assumed number"):
        kh.YearlyTable.from_shares([[0.5, 0.5]], ["well"], ["well", "ill"], n=0)
    with pytest.raises(kh.InvalidInput, match="1 starts and 3 ends were named"):
        kh.YearlyTable.from_counts([[1, 2]], ["well"], ["well", "ill", "dead"])
    short = kh.YearlyTable.from_counts([[1, 2]], ["well"], ["well", "ill"], source="Table 9")
    with pytest.raises(kh.InvalidInput, match="Table 9: no column holds 'dead'"):
        kh.fit_tables([short], THREE)
    with pytest.raises(kh.InvalidInput, match="no table was given"):
        kh.fit_tables([], THREE)
    with pytest.raises(kh.InvalidInput, match="'gone'"):
        kh.fit_tables(
            [kh.YearlyTable.from_counts([[1, 2, 3]], ["gone"], ["well", "ill", "dead"])], THREE
        )
