"""A table of money has one unit, in which no amount prints as zero."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kohort.support._language import language, plain_english


@given(st.lists(st.floats(-1e12, 1e12, allow_nan=False), min_size=1, max_size=8))
def test_no_amount_prints_as_zero(amounts):
    unit = plain_english().unit(amounts)
    for amount in amounts:
        if abs(amount) > 0.5:
            assert unit.number(amount).strip("\N{MINUS SIGN}0.,") != "", (unit.name, amount)


@pytest.mark.parametrize(
    ("amounts", "name", "shown"),
    [
        ([914e6, 667e6], "mnkr", "914,0"),
        ([914e6, 3_000.0], "tkr", "914\N{NO-BREAK SPACE}000"),
        ([929_400.0], "tkr", "929"),
        ([893.0], "kr", "893"),
        ([2e6, 120.0], "kr", "2\N{NO-BREAK SPACE}000\N{NO-BREAK SPACE}000"),
        ([5e6, 0.0, float("nan")], "mnkr", "5,0"),
        ([0.0], "kr", "0"),
    ],
)
def test_the_largest_chooses_and_the_smallest_may_ask_for_a_finer_one(amounts, name, shown):
    unit = language("sv").unit(amounts)
    assert (unit.name, unit.number(amounts[0])) == (name, shown)
    assert unit.word == language("sv").text(f"unit.{name}")
