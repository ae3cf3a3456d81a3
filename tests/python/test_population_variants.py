"""A study's own variants of the forecast of people: `[population.variants]`."""

import dataclasses
import json
import tomllib
from html import unescape

import numpy as np
import pytest
import small_town

import kohort as kh
from kohort import datasets
from kohort.cli.app import run
from kohort.study import Study, study_sources
from kohort.study.settings import shipped_study
from kohort.study.study_money import population_error_said
from kohort.support._language import language

YEARS = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three forecasts of one municipality: its own, one of more people and one of fewer."""
    folder = tmp_path_factory.mktemp("variants")
    own = kh.Population.from_wpp(datasets.columns("small/population"), years=YEARS)
    for name, growth in (("own", 0.0), ("high", 0.02), ("low", -0.01)):
        rows = ["year,sex,age,persons"]
        for t, year in enumerate(own.years[1:], start=1):
            for s, sex in enumerate(("men", "women")):
                for a, age in enumerate(own.ages):
                    open_one = "+" if a + 1 == own.ages.size else ""
                    persons = own.persons[t, s, a] * (1 + growth) ** t
                    rows.append(f"{year},{sex},{age}{open_one},{persons:.6f}")
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def toml(projection="own.csv", **variants):
    text = shipped_study("kohort:small").replaced(draws=60, years=YEARS, language="en").to_toml()
    at = text.index("closure = ")
    text = f'{text[:at]}projection = "{projection}"\n{text[at:]}'
    for name, (file, probability) in variants.items():
        text += f'\n[population.variants.{name}]\nprojection = "{file}"\n'
        text += "" if probability is None else f"probability = {probability}\n"
    return text


def study(folder, *given, more="", **variants):
    (folder / "study.toml").write_text(toml(*given, **variants) + more, encoding="utf-8")
    return Study.read(folder / "study.toml")


def test_a_variant_that_is_certain_is_the_forecast():
    own = small_town.population()
    growth = np.where(own.years < 2026, 1.0, 1.05)[:, None, None]
    high = dataclasses.replace(own, persons=own.persons * growth)
    asked = {"stock": small_town.stock(), "draws": 60, "closure": "scale"}
    variants = kh.PopulationVariants({"own": own, "high": high}, {"own": 0.0, "high": 1.0})
    certain = kh.project(
        small_town.FIT, own, small_town.entries(), population_paths=variants.paths(60, 1), **asked
    )
    usual, other = (
        kh.project(small_town.FIT, people, small_town.entries(), **asked) for people in (own, high)
    )
    np.testing.assert_array_equal(certain.persons, usual.persons)
    np.testing.assert_allclose(certain.draws_persons, other.draws_persons, rtol=1e-9)
    assert np.all(other.draws_persons[:, 3, 0] > usual.draws_persons[:, 3, 0])


def test_draws_take_variants_as_often_as_they_are_probable(folder):
    of = study(folder, high=("high.csv", 0.3), low=("low.csv", 0.5))
    population, _ = study_sources.population(of)
    made = study_sources.variants(of, population)
    assert made.weights == {"forecast": pytest.approx(0.2), "high": 0.3, "low": 0.5}
    drawn = made.paths(20_000, 1)[:, -1, 0, 0]
    for growth, share in ((0.0, 0.2), (0.02, 0.3), (-0.01, 0.5)):
        seen = np.isclose(drawn, YEARS * np.log1p(growth), atol=1e-5).mean()
        assert seen == pytest.approx(share, abs=4 * (share * (1 - share) / 20_000) ** 0.5)
    equal = study(folder, high=("high.csv", None), low=("low.csv", None))
    assert list(equal.population.weights().values()) == pytest.approx([1 / 3] * 3)


def test_what_is_uncertain_is_said_and_counted(folder, capsys):
    of = study(folder, high=("high.csv", 0.25), low=("low.csv", 0.25))
    made = of.run()
    assert "population" in made.variance
    assert np.all(made.variance["population"][made.variance["measure"] == "users"] > 0)
    said = population_error_said(of, language("en"))
    assert "50%" in said
    assert "high (25%), low (25%)" in said
    made.write(folder / "out")
    page = unescape((folder / "out" / "report.html").read_text(encoding="utf-8"))
    assert said in page
    assert "of the variants of the population forecast" in page
    assert {path.name for path in of.inputs()} >= {"high.csv", "low.csv"}
    assert run(["compare", str(folder / "study.toml"), "--draws", "40", "--lang", "sv"]) == 0
    out = capsys.readouterr().out
    assert "varianterna high (25" in out
    assert "tas som känd" not in out
    assert run(["verify", str(folder / "study.toml"), "--only", "V02", "--json"]) == 0
    (check,) = json.loads(capsys.readouterr().out)["checks"]
    assert check["passed"]


@pytest.mark.parametrize(
    ("variants", "more", "words"),
    [
        ({"high": ("high.csv", 0.7), "low": ("low.csv", 0.7)}, "", "sum to 1.4"),
        ({"high": ("high.csv", 0.7), "low": ("low.csv", None)}, "", "low.probability"),
        ({"forecast": ("high.csv", 0.7)}, "", "own forecast"),
        ({"high": ("fetch", 0.7)}, "", "a variant is a file"),
        ({"high": ("high.csv", 1.7)}, "", "high.probability"),
        ({"high": ("high.csv", 0.7)}, "\n[population.error]\nsigma = 0.01\n", "population.error"),
    ],
)
def test_variants_that_cannot_be_are_refused_by_their_key(folder, variants, more, words):
    with pytest.raises(kh.InvalidInput, match=words) as refusal:
        study(folder, more=more, **variants)
    assert refusal.value.code.startswith("E-STUDY-")
    assert "population." in str(refusal.value)


def test_a_variant_that_ends_before_the_forecast_is_refused_by_its_name(folder):
    rows = (folder / "high.csv").read_text(encoding="utf-8").splitlines()
    short = [row for row in rows if not row.startswith("2027")]
    (folder / "short.csv").write_text("\n".join(short) + "\n", encoding="utf-8")
    with pytest.raises(kh.InvalidInput, match="2027 is not in brief") as refusal:
        study(folder, brief=("short.csv", 0.5)).run()
    assert refusal.value.code == "E-POP-MISSING"


def test_people_where_the_forecast_has_none_are_refused():
    own = kh.Population.from_wpp(datasets.columns("small/population"), years=1)
    none = own.persons.copy()
    none[1, 0, 3] = 0
    variants = {"own": dataclasses.replace(own, persons=none), "other": own}
    with pytest.raises(kh.InvalidInput, match="'other' has people"):
        kh.PopulationVariants(variants).paths(4, 1)


def test_variants_survive_being_written_and_read(folder):
    of = study(folder, high=("high.csv", 0.25), low=("low.csv", 0.25))
    assert Study.from_toml(tomllib.loads(of.to_toml())) == of
