"""Moves between states, and what is worked out of them: withheld where few persons moved.

One rule for all: of moves that fewer persons made than the profile shows, nothing is told. Rates,
their intervals and person-time tell a count as well as the count itself does, and "none" and "few"
are not told apart. So many of the next smallest go with them that those withheld are together as
many as the profile shows: the number of all moves is in every report. Probabilities over a time
come from all the rates together, so of a state from which a withheld move can come none is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort.privacy.profile import PUBLIC, Profile

Array = npt.NDArray[Any]
Move = tuple[str, str]


def few_moves(moves: Any, profile: Profile = PUBLIC) -> Array:
    """Of which moves nothing may be told.

    Parameters
    ----------
    moves
        (moves,), how many persons made each.

    Returns
    -------
    array
        (moves,) of booleans.
    """
    made = np.asarray(moves, dtype=float)
    hidden: Array = np.zeros(made.shape, dtype=bool)
    if profile.hides:
        hidden = made < profile.threshold
        while hidden.any() and not hidden.all():
            if hidden.sum() > 1 and made[hidden].sum() >= profile.threshold:
                break
            hidden[int(np.argmin(np.where(hidden, np.inf, made)))] = True
    return hidden


def protect_moves(columns: Mapping[str, Any], *, profile: Profile = PUBLIC) -> dict[str, Array]:
    """A table of moves without the figures of those of which nothing may be told.

    Parameters
    ----------
    columns
        ``"moves"``, (rows,) of whole numbers; every other column of numbers (rates, limits,
        person-time) is withheld with it.

    Returns
    -------
    dict
        The same columns, NaN where they are withheld, and ``"withheld"``, whether they are.
    """
    hidden = few_moves(columns["moves"], profile)
    return without(columns, hidden) | {"withheld": hidden}


def states_told_by(withheld: Iterable[Move], moves: Iterable[Move]) -> set[str]:
    """States whose probabilities over a time are withheld: a withheld move can come from them.

    The whole row of each: it sums to 1, and the share that stays is worked out of the others.

    Parameters
    ----------
    withheld
        Moves of which nothing may be told.
    moves
        All that there are.
    """
    every = list(moves)
    telling = {start for start, _ in withheld}
    while more := {start for start, end in every if end in telling} - telling:
        telling |= more
    return telling


def without(columns: Mapping[str, Any], hidden: Any) -> dict[str, Array]:
    """The columns, NaN in place of their numbers in rows that are hidden; years and ages stay."""
    shown: dict[str, Array] = {}
    for name, values in columns.items():
        column = np.asarray(values)
        if column.dtype.kind in "iuf" and name not in ("age", "year"):
            column = np.where(hidden, np.nan, column.astype(float))
            column.flags.writeable = False
        shown[name] = column
    return shown
