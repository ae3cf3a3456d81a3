"""Chains of discrete time, boosters and limited places: what intensities alone do not say."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.estimation.yearly_tables import embeddability

Array = npt.NDArray[Any]


class EmbeddingWarning(UserWarning):
    """A table of probabilities has no intensities behind it (`D-EMBED`)."""


def redistributed(
    P: npt.ArrayLike,
    multipliers: Mapping[tuple[int, int], float],
    *,
    rule: str,
    death: int = -1,
    years: float = 1.0,
) -> Array:
    """A table with some of its probabilities multiplied; the rule says what pays for it.

    Parameters
    ----------
    P
        (n, n), rows summing to 1.
    multipliers
        (from, to) to k.
    rule
        "from_stay": the probability of staying; "proportional": all others; "living": all others
        but death. There is no default, because the result depends on it.
    death
        Position of the state that "living" keeps.
    years
        Time of the table, for the check that intensities lie behind it.

    Warns
    -----
    EmbeddingWarning
        `D-EMBED`: the result has no intensities, so it holds for whole steps only.

    Raises
    ------
    InvalidInput
        `E-EFFECT-RANGE` with the largest possible multiplier; `E-EFFECT`; `E-PROBABILITY`.
    """
    effects = [(a, b, float(k)) for (a, b), k in multipliers.items()]
    made: Array = _core.redistributed(np.asarray(P, dtype=float), effects, rule, death)
    if not embeddability(made, years).embeddable:
        warnings.warn(
            "D-EMBED: no intensities lie behind the redistributed table; it holds for whole steps "
            "only. Multiply intensities instead.",
            EmbeddingWarning,
            stacklevel=2,
        )
    return made


def boosted_trace(
    Q: npt.ArrayLike,
    start: npt.ArrayLike,
    *,
    moves: Sequence[tuple[int, int]],
    ratio: float,
    months: int,
    fade: float = 1.0,
    lasts: float = 1e9,
    boosters: Sequence[float] = (),
    eligible: Sequence[int] = (),
) -> Array:
    """A treated cohort with boosters: where it is at the end of each month.

    Parameters
    ----------
    Q
        (n, n), per year.
    start
        (n,).
    moves, ratio
        Moves whose rates are multiplied by `ratio` when the effect is full.
    months
        How many.
    fade
        What is left of ln R from month to month.
    lasts
        Months after which the ratio is 1, until a booster.
    boosters, eligible
        Months of boosters; who is in an eligible state then starts anew, others go on fading.

    Returns
    -------
    (months + 1, n)
    """
    trace: Array = _core.boosted_trace(
        np.asarray(Q, dtype=float), np.asarray(start, dtype=float), list(moves), ratio, fade,
        lasts, [float(b) for b in boosters], list(eligible), months,
    )  # fmt: skip
    return trace


def fill_places(
    *,
    places: float,
    stay: float,
    arrivals: Sequence[float] | Array,
    leaving: float = 0.0,
    enrolled: float = 0.0,
    waiting: float = 0.0,
) -> dict[str, Array]:
    """A queue for limited places as a fluid, month by month.

    Parameters
    ----------
    places, stay
        c, and the mean stay L in months: at most c / L can start in a month.
    arrivals
        Who come, by month.
    leaving
        Rate a month at which those waiting give up, move or die.
    enrolled, waiting
        At the start.

    Returns
    -------
    enrolled and waiting at the end of each month; starts and left in it.

    Notes
    -----
    Right for many places and overload. Near load 1, or with fewer than some 20 places, the real
    queue is longer: `steady_queue`, or microsimulation.
    """
    names = ("enrolled", "waiting", "starts", "left")
    found = _core.fill_places(
        places, stay, leaving, [float(a) for a in arrivals], enrolled, waiting
    )
    return {name: np.array(values) for name, values in zip(names, found, strict=True)}


def reached_share(
    *, places: float, stay: float, arrivals: Sequence[float] | Array, leaving: float = 0.0
) -> float:
    """Share of those who come that can start within the months given: what capacity leaves of
    uptake."""
    found = fill_places(places=places, stay=stay, arrivals=arrivals, leaving=leaving)
    came = float(np.sum(np.asarray(arrivals, dtype=float)))
    return 1.0 if came == 0 else min(1.0, float(found["starts"].sum()) / came)


def steady_queue(
    *, places: int, stay: float, arrivals: float, leaving: float = 0.0
) -> dict[str, float]:
    """A queue in its steady state, with random arrivals, stays and patience.

    Returns
    -------
    chance_to_wait, queue, occupied, wait (months, over all who come), gives_up (share), and
    fluid_queue, what the fluid says.

    Raises
    ------
    InvalidInput
        `E-QUEUE`: nobody gives up and more come than can start.

    Notes
    -----
    Garnett, Mandelbaum & Reiman (2002), Manuf Serv Oper Manag 4:208-227.
    """
    return dict(_core.steady_queue(float(places), stay, leaving, arrivals))


def split_difference(
    *, before: tuple[float, float, float], after: tuple[float, float, float]
) -> dict[str, float]:
    """A difference in the cost of support split into fewer users and less for each.

    Parameters
    ----------
    before, after
        (persons, share with support, cost of support in kronor) of the two groups.

    Returns
    -------
    share_ratio, share_difference, needed_to_treat; each_before, each_after, each_ratio (cost of
    each who has support); cost_ratio (a person); log_part_of_users (ln share_ratio / ln
    cost_ratio); saved_by_fewer, saved_by_less_each (kronor a person, by Shapley).

    Raises
    ------
    InvalidInput
        `E-EFFECT`: a group that cannot be.
    """
    return dict(_core.split_difference(before, after))
