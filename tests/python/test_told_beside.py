"""What is said beside figures: the null trial, too few draws, and inputs refused where given."""

import datetime as dt

import pytest

import kohort as kh
from kohort.study.settings import shipped_study


@pytest.fixture(scope="module")
def made():
    study = shipped_study("kohort:small").replaced(draws=40)
    run = study.run()

    def project(**changes):
        given = {
            "stock": run.decisions.stock(dt.date(2024, 12, 31)), "years": 2, "draws": 5,
            "costs": kh.Costs(study.costs.by_level, 2018), "closure": "scale",
            "strategies": [kh.presets.recovery_1_4_year1()],
        }  # fmt: skip
        return kh.project(run.fit, run.population, run.entries, **(given | changes))

    return project


def test_few_draws_have_no_limits_and_say_so(made):
    few, many = made(), made(draws=40)
    for p, told in ((few, True), (many, False)):
        for shown in (p, p.compare(), kh.strategy_outcomes(p)):
            assert ("W-FEW-DRAWS" in str(shown)) is told
    assert "(95 %)" not in str(few)
    assert "(95 %)" in str(many)


def test_the_null_trial_is_said_where_it_was_not_projected(made):
    alone = made(draws=0)
    both = made(draws=0, strategies=kh.with_null([kh.presets.recovery_1_4_year1()]))
    for p, told in ((alone, True), (both, False)):
        for shown in (p.compare(), kh.strategy_outcomes(p)):
            assert ("The null trial is not among these. Randomised trial" in str(shown)) is told


def test_settings_out_of_range_are_refused_where_they_are_given(made):
    with pytest.raises(kh.InvalidInput, match="E-SETTING"):
        made(seed=-1)
    with pytest.raises(kh.InvalidInput, match="E-SETTING"):
        made(threads=-3)
    with pytest.raises(kh.InvalidInput, match="wage_share"):
        kh.Prices(2018, 500, 2000, wage_share=1.5)
    with pytest.raises(kh.InvalidInput, match="per_hour is -5"):
        kh.Prices(2018, -5, 2000)
    with pytest.raises(kh.InvalidInput, match="price_year = None"):
        kh.Programme(fixed_cost=1, hours=1, hour_cost=1, price_year=None)
    with pytest.raises(kh.InvalidInput, match="share between 0 and 1"):
        kh.Target("prevalence", 2024, 1.3)
