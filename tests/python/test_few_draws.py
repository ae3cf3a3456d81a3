"""Limits that too few draws cannot tell are told nowhere: frames, pictures, pages, many runs."""

import numpy as np
import pytest
from test_compare import settings, strategies  # noqa: F401  # settings is a fixture
from test_projection import COSTS, StandInFit

import kohort as kh
from kohort import plots
from kohort.plots import demand as plots_demand
from kohort.plots import programme as plots_programme
from kohort.uncertainty import few_draws


@pytest.fixture(scope="module")
def few(settings):  # noqa: F811
    return projected(settings, 20)


def projected(settings, draws):  # noqa: F811
    population, entries, stock = settings
    return kh.project(
        StandInFit(), population, entries, stock=stock, years=2, costs=COSTS, draws=draws,
        strategies=strategies(), closure="scale",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("draws", "level", "enough"),
    [(39, 0.95, False), (40, 0.95, True), (9, 0.8, False), (10, 0.8, True), (4, 0.5, True)],
)
def test_a_limit_needs_a_draw_outside_on_either_side(draws, level, enough):
    assert few_draws.enough(draws, level) == enough
    assert np.isnan(few_draws.shown([1.0, 2.0], draws, level)).all() != enough


def test_frames_leave_their_places_empty(few):
    table = kh.plots._tables.cost(few)
    assert np.isnan(table["low_95"]).all()
    assert np.isfinite(table["low_80"]).all()
    assert few.summary()["low_95"].isna().all()
    assert few.compare().to_frame()["lower"].isna().all()
    assert few.compare().to_frame(level=0.8)["lower"].notna().all()
    made = kh.strategy_outcomes(few)
    assert made.to_frame()["low"].isna().all()
    assert made.document()[0]["limits"] == [None, None]
    assert np.isfinite(made.to_frame()["total"]).all()


def test_pictures_and_pages_say_why(few):
    plt = pytest.importorskip("matplotlib.pyplot")
    drawn = [
        plots.levels(few, lang="sv"), plots.cost(few, lang="sv"), few.compare().plot(lang="sv"),
        plots_programme.outcomes(kh.strategy_outcomes(few), lang="sv"),
    ]  # fmt: skip
    for ax in drawn:
        said = [t.get_text() for t in ax.texts]
        assert "W-FEW-DRAWS: 20 dragningar räcker inte till 95 %-gränser" in said
    for page in (few, few.compare(), kh.strategy_outcomes(few)):
        assert "W-FEW-DRAWS" in page._repr_html_()
    plt.close("all")


def test_enough_draws_say_nothing(settings):  # noqa: F811
    plt = pytest.importorskip("matplotlib.pyplot")
    many = projected(settings, 40)
    assert np.isfinite(kh.plots._tables.cost(many)["low_95"]).all()
    assert "W-FEW-DRAWS" not in many._repr_html_()
    assert not any("W-FEW" in t.get_text() for t in plots.levels(many).texts)
    plt.close("all")


def test_many_runs_say_it_too(settings):  # noqa: F811
    population, entries, stock = settings
    case = kh.Case("here", StandInFit(), population, entries, stock, costs=COSTS, closure="scale")
    found = kh.run_many([case], years=2, draws=20)
    assert any(f.startswith("W-FEW-DRAWS: 20") for f in found.findings)
    assert "W-FEW-DRAWS" in str(found)
    assert np.isnan(found.table()["lower"]).all()
    assert np.isfinite(found.table()["median"]).all()
    assert np.isfinite(found.table(level=0.8)["lower"]).all()


def test_a_demand_draws_no_band(few):
    pytest.importorskip("matplotlib.pyplot")
    rates = kh.DemandRates(dict.fromkeys(few.levels, 10.0), 0.8)
    asked = few.demand(rates)
    assert asked.to_frame()["low_95"].isna().all()
    ax = plots_demand.demand(asked, "performed_hours")
    assert any("W-FEW-DRAWS" in t.get_text() for t in ax.texts)
