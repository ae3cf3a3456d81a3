"""The pages of a study's keys hold every key, and those that there are alone."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import study_page


def test_every_key_is_told_in_both_languages_and_no_other():
    told = study_page.texts()["key"]
    there = {key.path for key in study_page.schema()}
    shared = {path for path in there if path.startswith("programme.ways[].team.")}
    assert there - shared - set(told) == set()
    assert set(told) - there == set()
    assert all(set(text) == {"en", "sv"} and all(text.values()) for text in told.values())
    tables = {key.table for key in study_page.schema()} - {""}
    assert set(study_page.texts()["table"]) == tables


def test_the_pages_are_those_of_the_code():
    for lang, file in study_page.PAGES.items():
        assert file.read_text(encoding="utf-8") == study_page.page(lang), (
            "write them again: python scripts/study_page.py"
        )


def test_a_page_shows_type_and_default_of_a_key():
    page = study_page.page("en")
    assert "| `discount` | number | `0.0` | Rate a year; gives the present value" in page
    assert "| `sigma` | number | **needed** |" in page
    assert "## `[money.uncertain.…]`" in page
    assert "## `[[strategies.effects]]`" in page
