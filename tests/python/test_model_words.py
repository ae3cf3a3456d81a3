"""The report's method is that of the model fitted: a law for each setting, in both languages."""

import re
from types import SimpleNamespace

import pytest
import stand_in

from kohort.report import model_words
from kohort.report.exports import tables, workbook
from kohort.report.html import html
from kohort.report.parts import Writer
from kohort.study.settings import ModelSettings, shipped_study
from kohort.support._language import language


def said(lang, **model):
    study = SimpleNamespace(**(vars(stand_in.result().study) | {"model": ModelSettings(**model)}))
    writer = Writer(stand_in.result(study=study), language(lang))
    return model_words.covariates(writer), model_words.duration(writer), model_words.markov(writer)


@pytest.mark.parametrize(
    ("model", "age", "stays", "markov"),
    [
        ({}, "depend on age and sex. Age moves", "is not counted", "on level, age and sex,"),
        ({"sex": False}, "depend on age. Age moves", "is not counted", "on level and age,"),
        ({"age": "none"}, "depend on sex. Age counts for nothing", "is not", "on level and sex,"),
        ({"age": "none", "sex": False}, "the same for everybody", "is not", "depends on level,"),
        ({"age": "bands", "age_bands": (75.0, 85.0)}, "change at 75, 85 years", "is not", "age"),
        ({"two_phases": ("total",)}, "age and sex", "Short and long", "has been at the level"),
        ({"since_entry": (0.5, 2.0)}, "age and sex", "Time since entry", "time since entry"),
    ],
)
def test_the_method_is_that_of_the_model(model, age, stays, markov):
    covariates, duration, next_move = said("en", **model)
    assert age in covariates
    assert stays in duration[0]
    assert markov in next_move
    swedish = said("sv", **model)
    assert "{" not in " ".join((*duration, covariates, *swedish[1], swedish[0], swedish[2]))


def test_where_the_sexes_do_not_differ_one_table_is_of_both():
    result = shipped_study("kohort:small").replaced(draws=40, years=2).run()
    assert not result.study.model.sex
    assert set(result.transitions["sex"]) == set(result.intensities["sex"]) == {"both"}
    assert set(result.first_year["course"]) == {"stay", "both"}
    page = html(result, lang="en")
    assert "woman or man aged 80" in page
    assert not re.search(r"Transitions in one year, (woman|man) aged", page)
    assert "Transitions depend on age." in page


def test_todays_practice_and_its_variant_stand_beside_the_forecast():
    """In print, page, tables: the constant shares, and healthy ageing with fewer users."""
    result = shipped_study("kohort:small").replaced(draws=40, years=3).run()
    p = result.projection
    place = [p.states.index(level) for level in p.levels]
    held, healthy = (one.persons[-1, place].sum() for one in (p.constant_share, p.healthy_ageing))
    assert healthy < held
    heads, rows = p._grid()
    of = dict(zip(heads, rows[-1], strict=True))
    assert of["constant shares"] == f"{held:,.0f}"
    assert of["healthy ageing"] == f"{healthy:,.0f}"
    assert "constant shares" in str(p)
    table = tables(result)["comparison"]
    assert table["healthy_ageing"][-1] == pytest.approx(healthy)
    assert "healthy_ageing" in tables(result)["cost"]
    assert "Friskare åldrande" in html(result, lang="sv")
    assert len(workbook(result, lang="sv")) > 10_000
