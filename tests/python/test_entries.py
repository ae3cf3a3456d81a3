"""Incidence by age and sex: against a second implementation, and against the example's counts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import BSpline

import kohort as kh
from kohort import _core, datasets

YEARS, AGES, FIRST_AGE, OLDEST = 6, 36, 65, 100


def counts(seed: int, people: float = 400):
    """Poisson entries around an incidence that bends, more so for men: synthetic."""
    ages = np.arange(FIRST_AGE, FIRST_AGE + AGES)
    z = (ages - 80) / 10
    log_rate = np.array([-3 + z + 0.3 * np.sin(3 * z) * man - 0.3 * z**2 for man in (1, 0)])
    exposure = people * np.exp(-0.06 * np.arange(AGES)) * np.ones((YEARS, 2, 1))
    trend = 0.02 * np.arange(1 - YEARS, 1)[:, None, None]
    drawn = np.random.default_rng(seed).poisson(exposure * np.exp(log_rate + trend))
    return exposure, drawn.astype(float)


def fitted(exposure, entries):
    year_ends = np.concatenate([exposure[:1], exposure])  # the same every year: its own mean
    return _core.fit_entries(
        2019, YEARS, FIRST_AGE, AGES, 1, entries[..., None], year_ends, np.zeros_like(exposure),
        True, False, 0.9, 0.9,
    )  # fmt: skip


class Second:
    """The same model with B-spline coefficients for unknowns, by plain penalised IRLS."""

    def __init__(self, exposure, entries, age_weight: float, sex_weight: float) -> None:
        knots = 65 + 5.0 * np.arange(-3, 11)
        basis = BSpline.design_matrix(np.arange(65.0, 101), knots, 3).toarray()
        k = basis.shape[1]
        bend = np.diff(np.eye(k), 2, axis=0)
        self.penalty = np.zeros((2 * k + 1, 2 * k + 1))
        self.penalty[:k, :k] = age_weight * bend.T @ bend
        self.penalty[k:-1, k:-1] = sex_weight * bend.T @ bend
        since = np.arange(1 - YEARS, 1)
        self.rows = np.array(
            [
                [
                    np.r_[basis[a], half * basis[a], year]
                    for half in (0.5, -0.5)
                    for a in range(AGES)
                ]
                for year in since
            ]
        ).reshape(-1, 2 * k + 1)
        n, d = exposure.ravel(), entries.ravel()
        b = np.zeros(2 * k + 1)
        b[:k] = np.log(d.sum() / n.sum())
        for _ in range(30):
            mean = n * np.exp(self.rows @ b)
            self.information = (self.rows.T * mean) @ self.rows + self.penalty
            b = b + np.linalg.solve(self.information, self.rows.T @ (d - mean) - self.penalty @ b)
        self.b, self.mean = b, n * np.exp(self.rows @ b)
        value = d @ (self.rows @ b) - self.mean.sum() - b @ self.penalty @ b / 2
        rank = k - 2
        self.restricted = (
            value
            + rank / 2 * np.log(age_weight * sex_weight)
            - np.linalg.slogdet(self.information)[1] / 2
        )

    def log_incidence(self):
        at = self.rows[-2 * AGES :]  # the last year is the reference year
        inverse = np.linalg.inv(self.information)
        se = np.sqrt(np.einsum("ij,jk,ik->i", at, inverse, at))
        return (at @ self.b).reshape(2, AGES), se.reshape(2, AGES)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_second_implementation_agrees_at_the_same_weights(seed):
    exposure, entries = counts(seed)
    model = fitted(exposure, entries)
    assert 0 < model.age_weight < np.inf
    sex_weight = model.sex_weight if np.isfinite(model.sex_weight) else 1e9
    second = Second(exposure, entries, model.age_weight, sex_weight)
    close = 1e-8 if np.isfinite(model.sex_weight) else 1e-6
    estimate, error = model.log_incidence(list(range(65, 101)))
    expected, expected_error = second.log_incidence()
    np.testing.assert_allclose(estimate, expected, atol=close)
    scale = np.sqrt(max(1.0, model.dispersion))
    np.testing.assert_allclose(error, scale * expected_error, rtol=1e-6)
    for factor in (0.5, 0.9, 1.1, 2.0):  # and finds no better weights near by
        for tried in ((factor, 1.0), (1.0, factor)):
            other = Second(exposure, entries, tried[0] * model.age_weight, tried[1] * sex_weight)
            assert other.restricted < second.restricted + 1e-5


@pytest.mark.parametrize("people", [15, 400])
def test_fitted_entries_equal_those_seen_in_total_and_by_sex(people):
    exposure, entries = counts(4, people)
    model = fitted(exposure, entries)
    groups = model.check
    for men in (True, False):
        seen = sum(g[3] for g in groups if g[0] == men)
        expected = sum(g[4] for g in groups if g[0] == men)
        assert seen == entries[:, 0 if men else 1].sum()
        assert expected == pytest.approx(seen, rel=1e-8)


def test_draws_have_the_mean_and_spread_of_the_fit():
    model = fitted(*counts(5))
    estimate, error = model.log_incidence(list(range(65, 101)))
    rates = model.rates(65, 36, 4000, 7)
    drawn = np.log([rates.table(d, 0)[:, :, 0] for d in range(4000)])
    assert np.all(np.abs(drawn.mean(axis=0) - estimate) < 5 * error / np.sqrt(4000))
    np.testing.assert_allclose(drawn.std(axis=0), error, rtol=0.06)
    correlation = np.corrcoef(drawn[:, 0, 10], drawn[:, 0, 11])[0, 1]
    assert correlation > 0.8  # neighbouring ages move together


@pytest.fixture(scope="module")
def example():
    decisions = kh.read_decisions(
        datasets.example_decisions(),
        level_rule=kh.SUPPORT_RULE,
        extraction_date="2024-12-31",
        observed_from="2015-01-01",
    )
    population = kh.Population.from_wpp(datasets.columns("example/population"))
    return kh.fit_entries(decisions, population)


def test_the_example_is_followed_in_every_age_group(example):
    check = example.check
    assert check["age_group"].tolist() == [
        "65-69", "70-74", "75-79", "80-84", "85-89", "90-94", "95+",
    ] * 2  # fmt: skip
    assert check["sex"].tolist() == ["men"] * 7 + ["women"] * 7
    miss = check["seen"] - check["expected"]
    chance = np.sqrt(check["expected"] * max(1.0, example.dispersion))
    np.testing.assert_allclose(check["deviations"], miss / chance, rtol=1e-12)
    assert np.sum(check["seen"] >= 30) == 13
    assert np.all(np.abs(check["deviations"]) < 3)
    for sex in ("men", "women"):
        assert miss[check["sex"] == sex].sum() == pytest.approx(0, abs=1e-6)
    assert "W-INCIDENCE-FIT" not in [found.code for found in example.findings]
    assert example.dispersion < 1.3
    assert not check.flags.writeable


def test_the_summary_is_incidence_with_its_interval(example):
    table = example.summary(backend="pandas")
    assert table["sex"].tolist() == ["men"] * 6 + ["women"] * 6
    assert table["age"].tolist() == [70, 75, 80, 85, 90, 95] * 2
    rates = 1000 * example.rates(np.arange(65, 101)).sum(axis=2)
    np.testing.assert_allclose(table["incidence"], rates[:, 5:31:5].ravel(), rtol=1e-12)
    assert (table["lower"] < table["incidence"]).all()
    narrow = example.summary(level=0.5, backend="pandas")
    ratio = np.log(table["upper"] / table["incidence"]) / np.log(
        narrow["upper"] / narrow["incidence"]
    )
    np.testing.assert_allclose(ratio, 1.959963984540054 / 0.6744897501960817, rtol=1e-9)
    assert "lower 95 %" in str(example)
    assert "per 1,000 person-years" in example._repr_html_()
    terms = example.to_frame(backend="pandas")["term"].tolist()
    assert terms[:5] == [
        f"incidence: {t}" for t in ("intercept", "age", "male", "male x age", "year")
    ]


def test_a_table_has_a_summary_but_no_check():
    table = kh.Entries.from_table([[0.1, 0.0], [0.2, 0.3]], [1.0], ["light"], first_age=74)
    shown = table.summary(backend="pandas")
    assert shown["age"].tolist() == [75, 75]
    assert shown["incidence"].tolist() == pytest.approx([0, 300])
    assert shown["upper"].tolist() == pytest.approx([0, 300])
    assert table.check.size == 0


@pytest.mark.parametrize("incidence", [0.05, 0.0])
def test_one_incidence_is_for_all_ages_whichever_is_the_first(incidence):
    mix = [0.8, 0.2]
    one = kh.Entries.from_table(incidence, mix, ("light", "high"))
    for ages in (np.arange(80, 92), np.array([80]), np.arange(65, 110)):
        each = kh.Entries.from_table(
            np.full((2, ages.size), incidence), mix, ("light", "high"), first_age=int(ages[0])
        )
        np.testing.assert_allclose(one.rates(ages), each.rates(ages), rtol=1e-15)
        assert one.rates(ages).shape == (2, ages.size, 2)


def test_a_year_of_which_the_extract_knows_a_part_is_no_year():
    """Half a year's entries against a whole year's people made incidence a fifth too low."""
    decisions = kh.read_decisions(
        datasets.path("small/decisions.csv"), level_rule=kh.SUPPORT_RULE,
        extraction_date="2024-12-31", observed_from="2015-01-01",
    )  # fmt: skip
    people = kh.Population.from_wpp(datasets.columns("small/population"), years=2)
    cut = decisions.as_known_on("2024-06-30")
    assert kh.fit_entries(decisions, people).settings["last_year"] == 2024
    shorter = kh.fit_entries(cut, people)
    assert shorter.settings["last_year"] == 2023
    known = kh.fit_entries(decisions, people, last_year=2023)
    rates = [fitted.rates([75, 85], 2023).sum(axis=2) for fitted in (shorter, known)]
    np.testing.assert_allclose(*rates, rtol=0.02)  # decisions that end later are the same entries
    with pytest.raises(kh.InvalidInput, match="of 2024 the extract knows a part"):
        kh.fit_entries(cut, people, last_year=2024)
    late = kh.read_decisions(
        datasets.path("small/decisions.csv"), level_rule=kh.SUPPORT_RULE,
        extraction_date="2024-12-31", observed_from="2015-07-01",
    )  # fmt: skip
    assert kh.fit_entries(late, people).settings["first_year"] == 2016
    with pytest.raises(kh.InvalidInput, match="of 2015 the extract knows a part"):
        kh.fit_entries(late, people, first_year=2015)
    for day in ("2024-07-01", "2014-12-31"):
        with pytest.raises(kh.InvalidInput, match="the extract knows the days from 2015-01-01"):
            cut.stock(day)
    assert cut.stock("2024-06-30")["persons"].sum() > 0
