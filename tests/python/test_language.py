"""Both catalogues say the same things, and numbers look as each language writes them."""

import re
import string
from pathlib import Path

import pytest

import kohort
from kohort.support._language import language

SOURCE = Path(kohort.__file__).parent


def places(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_exists_in_both_languages_with_the_same_places():
    sv, en = language("sv").texts, language("en").texts
    assert set(sv) == set(en)
    for key in sv:
        assert places(sv[key]) == places(en[key]), key
        assert sv[key].strip(), key


def test_every_text_that_is_asked_for_exists_and_every_text_is_asked_for():
    asked, starts = set(), set()
    for file in [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.j2")]:
        source = file.read_text(encoding="utf-8")
        for key in re.findall(r"""["']([a-z_]+\.[a-zA-Z0-9_]+)["']""", source):
            asked.add(key)
        for start in re.findall(r"""f["']([a-z]+\.[a-z_0-9.]*)\{""", source):
            starts.add(start)
        starts.update(f"{table}." for table in re.findall(r"""texts\[.([a-z]+)\.""", source))
    known = set(language("sv").texts)
    tables = {key.split(".")[0] for key in known}
    missing = {key for key in asked if key.split(".")[0] in tables and key not in known}
    assert not {key for key in missing if not _is_file_or_module(key)}
    unused = {key for key in known - asked if not any(key.startswith(start) for start in starts)}
    unused -= {
        key
        for key in known
        if key.startswith(("quality.", "state.", "growth.", "part.", "measure."))
    }
    assert not unused


def _is_file_or_module(key):
    return key.endswith((".py", ".html", ".xlsx", ".csv", ".css", ".toml", ".json", ".html_j2"))


@pytest.mark.parametrize(
    ("lang", "value", "digits", "shown"),
    [
        ("sv", 1234.56, 1, "1\u00a0234,6"),
        ("en", 1234.56, 1, "1,234.6"),
        ("sv", -1234.0, 0, "\u22121\u00a0234"),
        ("en", -0.04, 1, "0.0"),
        ("sv", 0.5, 0, "0"),
        ("sv", 1e6, 0, "1\u00a0000\u00a0000"),
    ],
)
def test_numbers_look_as_the_language_writes_them(lang, value, digits, shown):
    assert language(lang).number(value, digits) == shown


def test_shares_signs_and_intervals():
    sv, en = language("sv"), language("en")
    assert sv.percent(0.125, 1) == "12,5\u00a0%"
    assert en.percent(0.125, 1) == "12.5%"
    assert sv.signed(3) == "+3"
    assert sv.signed(0.2) == "0"
    assert sv.span(395, 428) == "395\u2013428"
    assert sv.span(-5, 4) == "\u22125 till 4"


def test_an_unknown_language_is_refused():
    with pytest.raises(kohort.InvalidInput, match="'fi' was given, but texts exist in sv and en"):
        language("fi")
