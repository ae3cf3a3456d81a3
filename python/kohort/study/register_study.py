"""What a study may ask of the national register."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from kohort.data.register import RegisterMonths
from kohort.data.register_persons import FACTS
from kohort.support import _said

if TYPE_CHECKING:
    from kohort.data.decisions import Decisions
    from kohort.study.settings import Study


def check(study: Study, found: RegisterMonths) -> None:
    """Refuse what the register cannot answer: time since entry, and years begun before it."""
    if study.model.since_entry or study.model.two_phases:
        _said.refuse("study", "E-REGISTER-ENTRY")
    asked = {"sex"} if study.model.sex else set()
    if study.model.age != "none":
        asked.add("birth")
    if not found.told.issuperset(asked):
        _said.refuse("study", "E-REGISTER-PERSONS")
    begin = dt.date.fromisoformat(str(found.policies["observed_from"]))
    whole = begin.year + 1  # the stock on 31 December, or entries from January on, come first
    if study.entries.first_year < whole:
        seen = study.entries.first_year
        _said.refuse("study", "E-REGISTER-YEARS", seen=seen, begin=begin, whole=whole)


def check_forecast(decisions: Decisions) -> None:
    """Refuse a register without deaths, sex or birth: a forecast needs them of everybody."""
    if not isinstance(decisions, RegisterMonths):
        return
    if not decisions.told.issuperset(FACTS):
        _said.refuse("study", "E-REGISTER-PERSONS")
