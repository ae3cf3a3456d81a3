"""Calibration to published figures: laws, a published search, and what joins the draws."""

import numpy as np
import pytest
import small_town

import kohort as kh

TARGETS = (
    kh.Target("prevalence", 2026, 0.25, error=0.02, ages=(80, 89)),
    kh.Target("prevalence", 2026, 0.4, error=0.02, ages=(90, None)),
    kh.Target("new_users", 2025, 150, error=0.05),
    kh.Target("turnover", 2026, 0.35, error=0.05),
)
MULTIPLIERS = (
    kh.Multiplier("incidence", ages=(80, 89), prior_sd=None),
    kh.Multiplier("incidence", ages=(90, None), prior_sd=None),
    kh.Multiplier("exits", prior_sd=None),
)


def calibrate(targets=TARGETS, multipliers=MULTIPLIERS, **changes):
    settings = {"stock": small_town.stock(), "closure": "scale"}
    town = (small_town.FIT, small_town.population(), small_town.entries())
    return kh.calibrate(*town, targets=targets, multipliers=multipliers, **(settings | changes))


@pytest.fixture(scope="module")
def found():
    return calibrate()


def test_what_comes_out_meets_the_targets_when_projected(found):
    """The discrepancy report is that of the projection itself."""
    p = kh.project(
        found.fit, small_town.population(), found.entries, stock=small_town.stock(), draws=0,
        closure="scale",
    )  # fmt: skip
    young = [i for i, label in enumerate(p.age_groups) if label in ("80-84", "85-89")]
    people = small_town.population().persons[2, :, :10].sum()
    users = p.persons[2, 1:3][:, :, young].sum()
    assert found.after[0] == pytest.approx(users / people, rel=1e-9)
    assert found.after[2] == pytest.approx(p.new_users[0].sum(), rel=1e-9)


def test_targets_made_by_the_model_return_its_multipliers(found):
    made = [
        kh.Target(t.kind, t.year, float(value), error=t.error, ages=t.ages)
        for t, value in zip(TARGETS, found.after, strict=True)
    ]
    again = calibrate(made)
    assert again.beta == pytest.approx(found.beta, abs=1e-8)
    assert np.abs(again.residuals).max() < 1e-5
    same = [
        kh.Target(t.kind, t.year, float(value), error=t.error, ages=t.ages)
        for t, value in zip(TARGETS, found.before, strict=True)
    ]
    assert np.abs(calibrate(same).beta).max() < 1e-8


def test_it_is_never_silent(found):
    text = str(found)
    assert "prevalence 2026 80-89" in text
    assert "incidence 90+" in text
    assert "from the prior" in text
    assert found.converged
    assert found.identified
    table = found.to_frame()
    assert list(table.columns)[:3] == ["target", "observed", "error"]
    assert "Calibration" in found._repr_html_()
    low, high = found.intervals()
    assert (low < found.factors).all()
    assert (found.factors < high).all()


def test_its_covariance_joins_the_draws(found):
    towns = {"stock": small_town.stock(), "draws": 400, "closure": "scale"}
    sharp = small_town.fit(spread=0.0)
    known = kh.calibrate(
        sharp, small_town.population(), small_town.entries(), stock=small_town.stock(),
        closure="scale", targets=TARGETS, multipliers=MULTIPLIERS,
    )  # fmt: skip
    p = kh.project(known.fit, small_town.population(), known.entries, **towns)
    spread = p.draws_new_users[:, 0].std(ddof=1) / p.draws_new_users[:, 0].mean()
    assert 0.005 < spread < 0.06  # nothing else varies; the target's error is 5 %
    # 400 draws of the same law, elsewhere: what travels to workers varies as this does.
    case = small_town.case(fit=known.fit, entries=known.entries)
    many = kh.run_many([case], draws=400, measures=("new_users", "users"))
    at = many.columns.index(("new_users", 2025))
    assert many.of("here").mean[at] == pytest.approx(p.draws_new_users[:, 0].mean(), rel=1e-9)
    assert many.of("here").sd[at] == pytest.approx(p.draws_new_users[:, 0].std(ddof=1), rel=1e-6)
    with pytest.raises(kh.InvalidInput, match="the rates alone, or to the entries alone"):
        kh.run_many([small_town.case(fit=known.fit)], draws=4)


def test_prevalence_alone_is_not_enough():
    stock = [kh.Target("prevalence", 2024, 0.3, error=0.02)]
    pair = (kh.Multiplier("incidence", prior_sd=None), kh.Multiplier("exits", prior_sd=None))
    with pytest.raises(kh.InvalidInput, match="D-NONIDENT") as refusal:
        calibrate(stock, pair, settled=True)
    assert "incidence x e^(" in str(refusal.value)
    held = calibrate(stock, (kh.Multiplier("incidence"), kh.Multiplier("exits")), settled=True)
    assert not held.identified
    assert "D-NONIDENT" in str(held)
    # One target settles one direction at most; of two multipliers the prior settles the other.
    assert 1 <= held.prior_part.sum() < 1.2


def test_large_multipliers_are_named():
    far = [kh.Target("new_users", 2025, 400, error=0.05)]
    found = calibrate(far, (kh.Multiplier("incidence", prior_sd=None),))
    assert [f.code for f in found.findings] == ["W-CALIBRATION-LARGE"]


def test_figures_that_contradict_one_another_are_named():
    one = [kh.Multiplier("incidence", prior_sd=None)]
    found = calibrate(
        [
            kh.Target("prevalence", 2026, 0.15, error=0.02),
            kh.Target("prevalence", 2026, 0.30, error=0.02, name="another register"),
        ],
        one,
    )
    assert [f.code for f in found.findings] == ["W-TARGET-MISSED"] * 2
    assert "another register is missed by 17.3 of its standard errors" in str(found)
    close = [kh.Target("prevalence", 2026, value, error=0.1) for value in (0.22, 0.24)]
    assert not calibrate(close, one).findings


def test_a_published_calibration():
    """heemod's test: 1,000 people stay put with a chance of .8, nine times."""

    def stay(beta):
        return 1000 * (0.8 * np.exp(beta)) ** 9

    assert stay(0.0) == pytest.approx(134.217728, rel=1e-12)
    found = kh.solve_multipliers(stay, [("left", 130.0, 0.1)], [("stay", None)])
    assert 0.8 * np.exp(found["beta"][0]) == pytest.approx(0.13 ** (1 / 9), rel=1e-10)
    assert 0.8 * np.exp(found["beta"][0]) == pytest.approx(0.797167, abs=1e-6)
    assert 0.8 * np.exp(found["beta"][0]) == pytest.approx(0.79715293, abs=2e-5)


def test_figures_without_an_answer_are_refused():
    def code(*targets, multipliers=MULTIPLIERS, **changes):
        with pytest.raises(kh.InvalidInput) as refusal:
            calibrate(targets, multipliers, **changes)
        return refusal.value.code

    assert code(kh.Target("new_users", 2024, 100)) == "E-TARGET"
    assert code(kh.Target("turnover", 2026, 0.3)) == "E-TARGET"
    assert code(kh.Target("prevalence", 2040, 0.3)) == "E-TARGET"
    assert code(kh.Target("prevalence", 2026, 0.3, levels=("tall",))) == "E-TARGET"
    assert code(kh.Target("waiting", 2026, 0.3)) == "E-TARGET"
    assert code(TARGETS[0], multipliers=(kh.Multiplier("exits", ages=(20, 30)),)) == "E-TARGET"
    assert code() == "E-SHAPE"
    assert code(TARGETS[0], closure="ignore") == "E-SETTING"
