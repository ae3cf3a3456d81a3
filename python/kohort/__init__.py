"""How older people move between levels of dependency, and what that asks of a municipality."""

from kohort._core import InvalidInput, __version__
from kohort.data import (
    SUPPORT_RULE,
    Counts,
    DataRefused,
    Decisions,
    Finding,
    LevelRule,
    Observations,
    findings_json,
    findings_text,
    hours_rule,
    named_levels,
    read_decisions,
)
from kohort.model import (
    DEPENDENCY,
    DEPENDENCY_WITH_ENDED,
    Model,
    is_stiff,
    log_transition_probability,
    transition_probability,
)

__all__ = [
    "DEPENDENCY",
    "DEPENDENCY_WITH_ENDED",
    "SUPPORT_RULE",
    "Counts",
    "DataRefused",
    "Decisions",
    "Finding",
    "InvalidInput",
    "LevelRule",
    "Model",
    "Observations",
    "__version__",
    "findings_json",
    "findings_text",
    "hours_rule",
    "is_stiff",
    "log_transition_probability",
    "named_levels",
    "read_decisions",
    "transition_probability",
]
