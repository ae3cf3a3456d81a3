"""A town with too few moves for so many effects is told so, and gets no forecast of noise."""

import dataclasses

import pytest

import kohort as kh
from kohort.estimation.fit_parts import FitWarning
from kohort.study import Study, few_moves, study_data, study_model
from kohort.study.settings import shipped_study

pytestmark = pytest.mark.filterwarnings(f"ignore::{FitWarning.__module__}.FitWarning")


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """Some fifty persons with support, of a few hundred of 65 and more."""
    folder = tmp_path_factory.mktemp("town")
    kh.datasets.make_municipality(folder, persons=250, seed=7)
    text = shipped_study("kohort:small").to_toml()
    for name in ("decisions", "population"):
        text = text.replace(f"kohort:small/{name}.csv", f"synthetic_{name}.csv")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return Study.read(folder / "study.toml").replaced(draws=60)


def of(study, **changes):
    return study.replaced(model=dataclasses.replace(study.model, **changes))


def refused(run):
    with pytest.raises(kh.InvalidInput) as refusal:
        run()
    return refusal.value


def test_effects_of_age_from_too_few_moves_are_told_so_with_what_to_do(town):
    refusal = refused(town.replaced(draws=500).run)
    assert refusal.code == few_moves.CODE
    moves = int(study_data.read(town).moves(1900, 2200).total)
    assert f"{moves} moves were seen" in str(refusal)
    assert 'age = "none"' in str(refusal)
    assert "fit_pooled" in str(refusal)
    assert f"{moves} övergångar" in refusal.swedish


def test_estimates_without_a_maximum_are_told_so_in_both_languages(town):
    refusal = refused(of(town, sex=True).run)
    assert refusal.code == "D-NOT-CONVERGED"
    assert "numbers are to be estimated" in str(refusal)
    assert 'age = "none"' in refusal.swedish


def test_what_it_advises_gives_a_forecast(town):
    users = of(town, age="none").run().headline()["users"]
    assert 0 < users["low_95"] < users["high_95"] < 250


def test_a_backtest_leaves_such_origins_out(monkeypatch):
    made = kh.study.backtesting.forecast_of

    def too_fast(*arguments):
        if arguments[4] == 2021:
            kh._core.reject("E-NUM", "project", "a rate is 4e7", "it is at most 1000", "Look at it")
        return made(*arguments)

    monkeypatch.setattr(kh.study.backtesting, "forecast_of", too_fast)
    sparse = shipped_study("kohort:sparse")
    asked = {"horizon": 1, "draws": 40}
    with pytest.raises(kh.InvalidInput, match="a rate is 4e7"):  # no fault of the estimates
        kh.backtest(sparse, "actual", origins=[2021, 2022], **asked)
    monkeypatch.setattr(few_moves, "_beyond", lambda fit, ages: 0.2)
    found = kh.backtest(sparse, "actual", origins=[2021, 2022], **asked)
    assert found.origins == (2022,)
    assert [f.column for f in found.findings if f.code == "W-ORIGIN-LEFT-OUT"] == ["2021"]
    with pytest.raises(kh.InvalidInput, match=r"20\.0%") as refusal:
        kh.backtest(sparse, "actual", origins=[2021], **asked)
    assert refusal.value.code == few_moves.CODE


def test_other_faults_of_a_rate_keep_their_own_words(town):
    decisions, fitted = study_model.fitted(shipped_study("kohort:small"))

    def elsewhere():
        with few_moves.told_if_few(fitted, decisions, kh.Population.from_wpp(years=1).ages):
            kh.Costs({"light": float("nan")}, 2024)

    assert refused(elsewhere).code != few_moves.CODE
