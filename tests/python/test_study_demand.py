"""A study's hours, places and staff: those of `kohort.demand`, with chance; what is refused."""

import json
import re
import tomllib

import numpy as np
import pytest

import kohort as kh
from kohort.cli.app import run
from kohort.many_runs.with_chance import weights_of
from kohort.projection.demands import demand
from kohort.report.exports import tables, workbook
from kohort.report.html import html
from kohort.study.settings import Study, example_study, shipped_study

TABLE = example_study().to_toml().split("[demand]")[1]
SMALL = shipped_study("kohort:small").to_toml()


def edited(old, new):
    text = f"{SMALL}\n[demand]{TABLE}"
    assert text.count(old) == 1
    return Study.from_toml(tomllib.loads(text.replace(old, new)))


@pytest.fixture(scope="module")
def done():
    return edited("seed = 2", "seed = 3").replaced(draws=200).run()


def test_the_figures_are_those_of_demand(done):
    rates = done.study.demand.rates()
    assert isinstance(rates, kh.DemandRates)
    expected = demand(done.projection, rates)
    for name, values in expected.point.items():
        np.testing.assert_array_equal(done.demand.point[name], values)


def test_weights_rebuild_what_is_linear_in_person_years(done):
    found = done.demand
    for name, weight in weights_of(found.rates, found.levels).items():
        if name in ("places", "posts_homes"):  # turnover empties places besides
            assert np.all(found.level_years @ weight <= found.point[name])
        else:
            np.testing.assert_allclose(found.level_years @ weight, found.point[name], rtol=1e-12)


def test_limits_count_chance_and_moves_have_none(done):
    plain = demand(done.projection, done.study.demand.rates())
    for name in ("granted_hours", "residents", "places", "posts_home"):
        wider = np.ptp(done.demand.intervals(name), axis=0)
        assert np.all(wider > np.ptp(plain.intervals(name), axis=0))
    assert "moves" not in done.demand.draws


def test_page_workbook_tables_and_headline_have_them(done):
    page = html(done, lang="en")
    assert "Hours, places and staff" in page
    assert "Timmar, platser och personal" in page
    assert "Care-home places" in page
    assert "antaganden för den påhittade kommunen" in page
    table = tables(done)["demand"]
    here = (table["measure"] == "places") & (table["year"] == 2034)
    head = done.headline()["demand"]["places"]
    assert table["value"][here][0] == head["last"] == done.demand.point["places"][-1]
    assert table["low_95"][here][0] == pytest.approx(head["low_95"])
    assert len(workbook(done, lang="sv")) > 10_000


def test_without_the_table_nothing_is_said_of_it():
    study = shipped_study("kohort:small").replaced(draws=40)
    found = study.run()
    assert found.demand is None
    assert "demand" not in found.headline()
    assert "Care-home places" not in html(found, lang="en")


def test_the_command_says_them(tmp_path, capsys):
    path = tmp_path / "study.toml"
    path.write_text(f"{SMALL}\n[demand]{TABLE}".replace("draws = 500", "draws = 40"), "utf-8")
    assert run(["project", str(path), "--lang", "sv"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"Platser i särskilt boende\s+\d+ → \d+  \(95 %-intervall", said)
    assert "i 2018 års priser, räknat löpande under året; årsbeloppen är inte diskonterade" in said
    assert run(["project", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["headline"]["demand"]["places"]["last"] > 0


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("vacancy_days = 14", "vacancy_day = 14", "E-STUDY-KEY", "vacancy_days"),
        ("moderate = 25.0", "modest = 25.0", "E-STUDY-VALUE", "demand.hours.modest"),
        ("moderate = 25.0", "", "E-STUDY-VALUE", "demand.hours.moderate"),
        ("moderate = 25.0", "moderate = -1.0", "E-STUDY-VALUE", "demand.hours.moderate"),
        ("moderate = 25.0", "moderate = nan", "E-STUDY-VALUE", "demand.hours.moderate"),
        ("moderate = 25.0", 'moderate = "25"', "E-STUDY-TYPE", "demand.hours.moderate"),
        ("performed = 0.85", "performed = 85", "E-STUDY-VALUE", "demand.performed"),
        ("performed = 0.85", "", "E-STUDY-MISSING", "performed"),
        ("occupancy = 0.98", "occupancy = 0.0", "E-STUDY-VALUE", "demand.occupancy"),
        ("high = 130.0", "high = 100.0", "E-STUDY-VALUE", "heavy_hours.high"),
        ("total = 1.0", "total = 1.5", "E-STUDY-VALUE", "demand.in_homes.total"),
    ],
)
def test_what_cannot_be_is_refused_by_its_key(old, new, code, says):
    with pytest.raises(kh.InvalidInput) as caught:
        edited(old, new)
    assert caught.value.code == code
    assert says in str(caught.value)


def test_one_share_performed_or_one_a_level():
    study = edited(
        "performed = 0.85", "performed = {light = 1, moderate = 0.9, high = 0.8, total = 1}"
    )
    assert study.demand.performed["moderate"] == 0.9
    assert Study.from_toml(tomllib.loads(study.to_toml())) == study
