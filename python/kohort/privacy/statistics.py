"""Figures of persons that are no counts: shares, means and quantiles that give nobody away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kohort.privacy.disclosure import protect
from kohort.privacy.profile import PUBLIC, Profile, refuse_disclosure
from kohort.privacy.tables import ProtectedTable, Table
from kohort.support._arrays import Array, frozen
from kohort.support._refusal import refuse


def protect_shares(persons: Any, of: Any, *, profile: Profile = PUBLIC) -> tuple[Array, Array]:
    """Shares with their bases: hidden where the share and the base would give a small count away.

    Parameters
    ----------
    persons, of
        (n,), how many of how many. Those who are not among them are protected as well.

    Returns
    -------
    tuple of arrays
        Shares and bases, NaN where they are hidden. No two of the same persons are assumed.
    """
    some, base = np.asarray(persons), np.asarray(of)
    made = protect(Table.of(np.column_stack([some, base - some])), profile=profile)
    assert isinstance(made, ProtectedTable)
    bases = made.counts[:-1, -1]
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(np.isnan(made.counts[:-1, 0]), np.nan, some / base)
    return frozen(np.where(np.isnan(bases), np.nan, shares)), frozen(bases.copy())


def protect_means(means: Any, persons: Any, *, profile: Profile = PUBLIC) -> tuple[Array, Array]:
    """Means of groups with their sizes: hidden for small groups and where others give them away.

    Returns
    -------
    tuple of arrays
        Means and persons, NaN where they are hidden.
    """
    made = protect(Table.of(np.asarray(persons)), profile=profile)
    assert isinstance(made, ProtectedTable)
    counts = made.counts[:-1]
    return frozen(np.where(np.isnan(counts), np.nan, np.asarray(means, dtype=float))), counts


def describe(
    values: Any, *, quantiles: Sequence[float] = (0.1, 0.25, 0.5, 0.75, 0.9),
    profile: Profile = PUBLIC,
) -> dict[str, float]:  # fmt: skip
    """Number, mean and quantiles of a value of persons, none of which is anybody's own.

    A quantile is the mean of at least `threshold` neighbours in order, and is given only if as many
    persons lie on either side of it.

    Raises
    ------
    InvalidInput
        `E-DISCLOSURE` (exit code 4): the least or the greatest value was asked for, which is one
        person's own; or there are fewer persons than the threshold.
    """
    ordered = np.sort(np.asarray(values, dtype=float))
    n, k = ordered.size, profile.threshold
    if profile.hides and n < k:
        refuse_disclosure("describe", f"fewer than {k} persons")
    found = {"persons": float(n), "mean": float(ordered.mean()) if n else np.nan}
    for q in quantiles:
        if not 0 <= q <= 1:
            refuse("E-SETTING", "describe", f"quantile {q}", "0 to 1 is needed", "Check it")
        if not profile.hides:
            found[f"q{q:g}"] = float(np.quantile(ordered, q)) if n else np.nan
            continue
        if q in (0, 1):
            refuse_disclosure("describe", "the least or greatest value was asked for")
        first = round(q * (n - 1)) - k // 2
        enough = first >= k and first + 2 * k <= n
        found[f"q{q:g}"] = float(ordered[first : first + k].mean()) if enough else np.nan
    return found
