"""Data in: decisions and tables become observations, with every fault of theirs as a finding."""

from kohort._core import DataRefused, Finding, LevelRule
from kohort.counts import Counts
from kohort.decisions import (
    SUPPORT_RULE,
    Decisions,
    hours_rule,
    named_levels,
    read_decisions,
)
from kohort.observations import KINDS, Observations, findings_json, findings_text

__all__ = [
    "KINDS",
    "SUPPORT_RULE",
    "Counts",
    "DataRefused",
    "Decisions",
    "Finding",
    "LevelRule",
    "Observations",
    "findings_json",
    "findings_text",
    "hours_rule",
    "named_levels",
    "read_decisions",
]
