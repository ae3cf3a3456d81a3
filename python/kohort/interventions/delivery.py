"""How a strategy reaches people: limited places with a queue, boosters, an uptake of each draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core

if TYPE_CHECKING:
    from kohort.interventions.strategies import Strategy


@dataclass(frozen=True, eq=False)
class Delivery:
    """What `kohort.project` follows of how a strategy is carried out.

    Attributes
    ----------
    uptakes
        (draws,): the share of those offered who accept, in each draw; the point estimate has the
        strategy's `uptake`.
    room, waits
        Of newcomers by the month in which they come, counted from the base date (the last entry
        holds for all later months): the share of those who accept that gets a place, and the years
        that those wait for it who come in the middle of the month, whatever `enrolments_a_year` of
        `kohort.project` is. See `Strategy.in_places`. Who waits fares as usual, and starts if still
        in a state that it is offered in. Newcomers enrol in the middle of their part of a year: an
        error of second order in its length. Those who turn the lowest age where it is offered come
        on three birthdays a year, up to half a part from that middle: of first order, and most of
        the error where they are many. Take 24 or 48 for `enrolments_a_year` then, or a lowest age
        at which few have support.
    boosters, boosted
        Years after the base date at which the clock since enrolment begins anew, and by state the
        share of the enrolled for whom it does.
    """

    uptakes: npt.ArrayLike | None = None
    room: npt.ArrayLike = ()
    waits: npt.ArrayLike = ()
    boosters: Sequence[float] = ()
    boosted: Mapping[str, float] = field(default_factory=dict)


def delivered(strategy: Strategy, states: Sequence[str], draws: int) -> tuple[list[float], Any]:
    """Uptakes by draw, and room, waits, boosters and shares boosted, as C++ takes them."""
    of = strategy.delivery
    if of is None:
        return [], ([], [], [], [])
    where = f"strategy '{strategy.name}'"
    uptakes = [] if of.uptakes is None else np.asarray(of.uptakes, dtype=float).ravel().tolist()
    if of.uptakes is not None and len(uptakes) != draws and draws > 0:
        _core.reject(
            "E-STRATEGY",
            where,
            f"{len(uptakes)} uptakes",
            f"one for each of the {draws} draws is needed",
            "Give as many as there are draws",
        )
    if uptakes and strategy.enrols == "without_support" and strategy.hours_effects():
        _core.reject(
            "E-EFFECT",
            where,
            "an uptake of each draw and effects on hours of those without support",
            "who of them is worked with is told from one uptake",
            "Give one uptake, or enrol newcomers",
        )
    unknown = [name for name in of.boosted if name not in states]
    if unknown:
        _core.reject(
            "E-STATE-UNKNOWN",
            where,
            f"boosters for {unknown[0]!r}",
            f"the states are {', '.join(states)}",
            "Name one of them",
        )
    lists = [np.atleast_1d(np.asarray(x, dtype=float)).tolist() for x in (of.room, of.waits)]
    boosted = [float(of.boosted.get(name, 0.0)) for name in states] if len(of.boosters) else []
    return uptakes, (*lists, [float(t) for t in of.boosters], boosted)


def refuse_delivery(strategy: Strategy, where: str, remedy: str) -> None:
    """Refuse limited places, boosters and drawn uptake where they are not followed.

    Raises
    ------
    InvalidInput
        `E-STRATEGY`
    """
    if strategy.delivery is not None:
        _core.reject(
            "E-STRATEGY",
            where,
            f"strategy '{strategy.name}' has limited places, boosters or an uptake of each draw",
            "kohort.project alone follows them",
            remedy,
        )
