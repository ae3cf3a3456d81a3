"""Data in: decisions and tables become observations, with every fault of theirs as a finding."""

from kohort._core import DataRefused, Finding, LevelRule
from kohort.counts import Counts
from kohort.decisions import Decisions
from kohort.level_rules import (
    RegisterRule,
    level_rule_source,
    read_codes,
    read_level_rule,
    read_register_rule,
)
from kohort.observations import Observations, findings_json, findings_text
from kohort.observed_columns import KINDS
from kohort.quality import Quality
from kohort.reading_decisions import SUPPORT_RULE, hours_rule, named_levels, read_decisions
from kohort.register import RegisterMonths, read_register
from kohort.series import Regime, ReportingGap

__all__ = [
    "KINDS",
    "SUPPORT_RULE",
    "Counts",
    "DataRefused",
    "Decisions",
    "Finding",
    "LevelRule",
    "Observations",
    "Quality",
    "Regime",
    "RegisterMonths",
    "RegisterRule",
    "ReportingGap",
    "findings_json",
    "findings_text",
    "hours_rule",
    "level_rule_source",
    "named_levels",
    "read_codes",
    "read_decisions",
    "read_level_rule",
    "read_register",
    "read_register_rule",
]
