"""For whom something is made, and which counts of persons are hidden from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from kohort.support._arrays import Array
from kohort.support._refusal import refuse


@dataclass(frozen=True)
class Profile:
    """For whom something is made.

    Attributes
    ----------
    name
        ``"public"``: small counts are hidden. ``"internal"``: the municipality's own eyes; nothing
        is hidden, and everything says that it must not be passed on.
    threshold
        Counts of persons from 1 to one less are hidden.
    """

    name: str
    threshold: int = 5

    def __post_init__(self) -> None:
        if self.name not in ("public", "internal") or self.threshold < 2:
            refuse(
                "E-SETTING",
                "profile",
                f"name {self.name!r} and threshold {self.threshold}",
                "the profiles are public and internal, the threshold at least 2",
                "Use kohort.privacy.PUBLIC",
            )

    @property
    def hides(self) -> bool:
        """Whether small counts are hidden."""
        return self.name == "public"


PUBLIC = Profile("public")


INTERNAL = Profile("internal")


def small(counts: Any, profile: Profile = PUBLIC) -> Array:
    """Which counts the profile hides by themselves: those of 1 to one below its threshold."""
    values = np.asarray(counts, dtype=float)
    few: Array = profile.hides & (values > 0) & (values < profile.threshold)
    return few


def withheld(counts: Any, profile: Profile = PUBLIC, *, total_is_known: bool = False) -> Array:
    """Counts that stand by themselves, NaN where the profile hides them.

    Parameters
    ----------
    counts
        (rows,) or (rows, parts).
    profile
        For whom.
    total_is_known
        Whether each row's sum stands elsewhere: then so many of its next smallest counts are hidden
        with it that each can be any of a range as wide as the threshold, as `protect` has it.
    """
    values = np.array(counts, dtype=float)
    hidden = small(values, profile)
    if total_is_known:
        for row, of in zip(np.atleast_2d(values), np.atleast_2d(hidden), strict=True):
            while of.any() and (of.sum() < 2 or row[of].sum() < profile.threshold):
                others = np.where(of | (row == 0), np.inf, row)
                if not np.isfinite(others).any():
                    of[:] = True
                    break
                of[int(np.argmin(others))] = True
    values[hidden] = np.nan
    return values


def written_few(count: float, profile: Profile = PUBLIC) -> str:
    """A count, or ``<5`` for one that is withheld."""
    few = bool(small(count, profile)) or count != count
    return f"<{profile.threshold}" if few else str(int(count))


def refuse_disclosure(where: str, seen: str) -> NoReturn:
    refuse(
        "E-DISCLOSURE",
        where,
        seen,
        "no count of few persons, and nobody's own value, may be told from what is shown",
        "Merge groups, leave the table out, or make it for internal use (profile internal)",
    )
