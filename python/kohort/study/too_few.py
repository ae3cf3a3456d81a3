"""Refusals of a public report of so few that everything in it would tell of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import numpy as np

from kohort.plots import _tables
from kohort.privacy.profile import small
from kohort.support._refusal import refuse

if TYPE_CHECKING:
    from kohort.study.results import StudyResult


def check_start(result: StudyResult) -> None:
    """Refuse a public report of so few that everything in it would tell of them.

    Raises
    ------
    InvalidInput
        `E-DISCLOSURE`
    """
    profile = result.study.disclosure
    users = _tables.of_levels(result.projection)
    start = np.rint(result.projection.persons[0].sum(axis=(1, 2)))[users]
    if small([*start, start.sum(), result.counts["subjects"]], profile).any():
        refuse_few(
            f"a level has fewer than {profile.threshold} persons when the forecast starts",
            "Merge levels or municipalities, or make it for internal use: --profile internal",
        )


def refuse_few(seen: str, remedy: str) -> NoReturn:
    """Raise `InvalidInput` with `E-DISCLOSURE`."""
    refuse("E-DISCLOSURE", "report", seen, "a public report tells of no so small group", remedy)
