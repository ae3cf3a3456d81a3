"""Names of files, sheets and columns: what may be a person's is not repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kohort import _core
from kohort.support._shown import HIDDEN, plain, shown, shown_file, shown_value, told_apart


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("beslut.csv", "beslut.csv"),
        ("uttag_Sundsvall_2024-12-31 (2).xlsx", "uttag_Sundsvall_2024-12-31 (2).xlsx"),
        ("Anna Svensson 19460823-9986.csv", "….csv"),
        ("beslut Anna Svensson.csv", "beslut ….csv"),
        ("Anna beslut Svensson", "… beslut …"),
        ("uttag_hmtj_v2.csv", "uttag_…_v2.csv"),
        ("194608239986.csv", "….csv"),
        ("460823-9986", "…"),
        ("19460823", "…"),  # a birth date
        ("Blad1", "Blad1"),
        ("Иван.csv", "….csv"),
    ],
)
def test_words_that_tell_of_nobody_stay(name, expected):
    assert shown(name) == expected
    assert plain(name) == (name == expected)


@given(st.text(max_size=40))
def test_what_is_shown_is_plain_and_never_more_than_what_was_there(text):
    made = shown(text)
    assert shown(made) == made
    assert made.replace(HIDDEN, "") in text or HIDDEN in made
    assert sum(c.isdigit() for c in made) <= sum(c.isdigit() for c in text)


def test_files_that_look_the_same_are_told_apart():
    assert told_apart(["a/Anna.csv", "b/Berit.csv", "beslut.csv"]) == [
        "….csv", "….csv #2", "beslut.csv",
    ]  # fmt: skip
    assert shown_file("anna/beslut.csv") == "beslut.csv"
    assert shown_file("synthetic_decisions.csv") == "synthetic_decisions.csv"


def test_settings_are_repeated_only_if_their_words_are_known():
    assert shown_value("highest") == "'highest'"
    assert shown_value("Anna Svensson") == "'…'"
    assert shown_value(-1) == "-1"
    assert shown_value(["Anna", "Berit"]) == "a list of 2"


def test_a_header_is_shown_by_its_place_unless_its_words_are_known():
    assert _core.shown_header("Beslutets startdatum", 4) == "Beslutets startdatum"
    assert _core.shown_header("Anna Svensson", 4) == "4"
    assert all(_core.plain_words(n) for names in _core.decision_columns().values() for n in names)
    assert _core.looks_like_data("2024-01-31")
    assert not _core.looks_like_data("personnummer")
