"""Refusals that begin in Python, worded and coded as everywhere."""

from __future__ import annotations

import copyreg
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from kohort import _core
from kohort._core import DataRefused, Finding


def refuse(code: str, where: str, seen: str, needed: str, remedy: str) -> NoReturn:
    """Raise `InvalidInput`: where, what was seen, what is needed, and how to mend it."""
    _core.reject(code, where, seen, needed, remedy)
    raise AssertionError("reject always raises")


def counted(findings: Iterable[Finding]) -> dict[str, int]:
    """How many errors, warnings and notes there are, by severity: rows, persons or days, not kinds.

    The one number that commands and pages say.
    """
    found = dict.fromkeys("EWID", 0)
    for f in findings:
        found[f.severity] += f.count
    return found


def findings_of(refusal: DataRefused) -> list[Finding]:
    """What a refusal of data found."""
    # The core sets it on every such refusal; pybind11's exceptions cannot declare attributes.
    return list(refusal.findings)  # type: ignore[attr-defined]


def choice(what: str, value: str, known: Sequence[str]) -> None:
    """Refuses a value that is none of those known."""
    if value not in known:
        refuse(
            "E-SETTING",
            what,
            f"it is {value!r}",
            f"it must be one of {', '.join(known)}",
            "Choose one of them",
        )


def _finding_state(finding: Finding) -> tuple[Any, ...]:
    names = ("code", "severity", "message", "message_sv", "remedy", "remedy_sv", "file", "row")
    values = {name: getattr(finding, name) for name in (*names, "column", "count")}
    return _finding, ({**values, "related": list(finding.related)},)


def _finding(fields: dict[str, Any]) -> Any:
    return Finding(**fields)


copyreg.pickle(Finding, _finding_state)
