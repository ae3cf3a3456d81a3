"""Answers say in Swedish what they say in English."""

from __future__ import annotations

import pickle
import tomllib
from importlib import resources

import numpy as np
import pytest
from test_answers import made

import kohort as kh
from kohort.support._phrases import Phrase, said

MODEL = kh.Model(
    ("light", "total", "dead"),
    [("light", "total"), ("light", "dead"), ("total", "dead")],
    death="dead",
)


@pytest.fixture(scope="module")
def fit() -> kh.FittedModel:
    return made(MODEL, np.log([0.2, 0.1, 0.3]), 0.01 * np.eye(3))


def catalogue(lang: str) -> dict:
    text = resources.files("kohort").joinpath(f"locale/{lang}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["answer"]


def test_both_languages_know_the_same_phrases_with_the_same_places():
    en, sv = catalogue("en"), catalogue("sv")
    assert list(en) == list(sv)
    for key, text in en.items():
        if isinstance(text, str):
            places = {part.split("}")[0] for part in text.split("{")[1:]}
            assert places == {part.split("}")[0] for part in sv[key].split("{")[1:]}, key


def test_a_phrase_is_english_text_that_knows_its_swedish():
    phrase = Phrase("reaching", to=("total", "dead"), span=Phrase("within", years=2.5))
    assert phrase == "Probability of reaching total or dead within 2.5 years"
    assert phrase.said("sv") == "Sannolikhet att nå tillståndet helt beroende eller död inom 2,5 år"
    again = pickle.loads(pickle.dumps(phrase))
    assert again == phrase
    assert again.said("sv") == phrase.said("sv")
    assert said("light -> dead: male", "sv") == "lätt beroende → död: man"
    assert said("of my own", "sv") == "of my own"


def test_answers_in_swedish(fit):
    stay = fit.length_of_stay(10).in_language("sv")
    text = str(stay)
    assert text.startswith("Förväntade år i varje tillstånd inom 10 år\n")
    assert "år, med 95-procentiga intervall enligt deltametoden" in text
    assert "lätt beroende" in text
    assert "från \\ i" in text
    assert "0." not in text
    np.testing.assert_array_equal(stay, fit.length_of_stay(10))
    assert "för alltid" in str(fit.length_of_stay().in_language("sv"))
    assert "Hasardkvoter" in fit.hazard_ratios().in_language("sv")._repr_html_()
    cost = fit.lifetime_cost({"light": 20_000.5, "total": 800_000}, "light", discount=0.035)
    assert "diskonterad med 3,5 % per år" in str(cost.in_language("sv"))
    assert "summa" in str(cost.in_language("sv"))
    drawn = fit.sojourn_time(interval=kh.Interval(method="draws", draws=50))
    assert "50 dragningar (frö 1)" in str(drawn.in_language("sv"))
    silent = fit.sojourn_time(interval=kh.Interval(method="none")).in_language("sv")
    assert "intervall efterfrågades inte" in str(silent)
    with pytest.raises(kh.InvalidInput, match="texts exist in sv and en"):
        stay.in_language("no")


def test_pictures_follow(fit):
    ax = fit.length_of_stay(10).in_language("sv").plot()
    assert ax.get_title(loc="left") == "Förväntade år i varje tillstånd inom 10 år (år)"
    assert "lätt beroende: helt beroende" in [t.get_text() for t in ax.get_yticklabels()]
    plain = fit.length_of_stay(10).plot()
    assert any(" in " in label.get_text() for label in plain.get_yticklabels())
