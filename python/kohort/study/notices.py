"""What steps of a study noticed, as findings in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kohort._core import Finding
from kohort.study.study_money import StudyMoney
from kohort.support._language import language


def notices(found: Iterable[Any]) -> tuple[Finding, ...]:
    """What entries and projection noticed, as findings in both languages."""
    return tuple(
        Finding(
            code=notice.code,
            severity=notice.code[0],
            message=_noticed(notice, "en"),
            message_sv=_noticed(notice, "sv"),
        )
        for notice in found
    )


def _noticed(notice: Any, lang: str) -> str:
    words = language(lang)
    key = f"notice.{notice.code.lower().replace('-', '_')}"
    if notice.message.startswith("in the point estimate"):
        key += "_point"  # the amount is a number of cells, not a share of the draws
    if not words.has(key):
        return str(notice.message)
    digits = 0 if notice.amount == int(notice.amount) else 1
    amount, share = (
        words.number(notice.amount, digits),
        words.percent(notice.amount, int(notice.amount < 1)),
    )
    return words.text(key, amount=amount, share=share)


def of_money(money: StudyMoney) -> tuple[Finding, ...]:
    """What is odd about the money."""
    if not money.mixed_rate():
        return ()
    key = f"amounts.mixed_{money.settings.rate}"
    return (
        Finding(
            code="W-DISCOUNT-NOMINAL", severity="W",
            message=language("en").text(key), message_sv=language("sv").text(key),
        ),
    )  # fmt: skip
