"""Limits at 95 % need at least 40 draws: with fewer, the outermost draw lies inside of them."""

from __future__ import annotations

FEWEST = 40


def enough(draws: int) -> bool:
    """Whether 95 % limits can be printed from so many draws.

    Parameters
    ----------
    draws
        How many.
    """
    return draws >= FEWEST


def told(draws: int) -> list[str]:
    """A finding if there are draws, but too few for limits.

    Parameters
    ----------
    draws
        How many.
    """
    if draws == 0 or enough(draws):
        return []
    return [
        f"W-FEW-DRAWS: {draws} draws have no 2.5 % limit, so no interval is printed: "
        f"ask for {FEWEST} or more, 1000 say"
    ]
