"""When those who come in each month find a place, where there are too few."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.interventions.limited import fill_places

if TYPE_CHECKING:
    from kohort.interventions.strategies import Strategy
    from kohort.projection.projection import Projection

Array = npt.NDArray[Any]

NEVER = 150.0  # years: beyond every horizon


def room_and_waits(
    strategy: Strategy, usual: Projection, places: float, stay: float, gives_up: float
) -> tuple[Array, Array]:
    """Share of each month's newcomers who do not give up first, and years until they start."""
    months = usual.by_period
    if months is None or months.grid != "month":
        _core.reject(
            "E-GRID",
            f"strategy '{strategy.name}'",
            "a projection by year or quarter",
            "the queue is told month by month",
            'Project usual care with grid="month"',
        )
        raise AssertionError  # reject never returns
    if not gives_up >= 0:
        _core.reject(
            "E-SETTING",
            f"strategy '{strategy.name}'",
            f"gives_up={gives_up}",
            "a rate a month is not negative",
            "Give 0 if nobody gives up",
        )
    offered = _offered(strategy, usual)
    uptake = strategy.uptake
    to = {state: share for state, share in offered.items() if state != "none"}
    arrivals = np.zeros(len(months.labels) - 1)
    out = np.zeros(len(arrivals))
    for k, (a, b) in enumerate(usual.moves):
        if a == "none":
            arrivals += uptake * to.get(b, 0.0) * months.moved[:, k]
        elif to.get(a, 0.0) > 0 and to.get(b, 0.0) == 0:
            out += months.moved[:, k]
    for state, share in to.items():  # those who turn the lowest age there, evenly over the year
        of_year = usual.reached[:, usual.states.index(state)]
        arrivals += uptake * share * np.repeat(of_year, 12) / 12
    at = [usual.states.index(state) for state in to]
    middles = (months.times[1:] + months.times[:-1]) / 2
    arrivals *= (middles >= strategy.begins) & (middles < strategy.ends)
    lived = months.person_years[:, at].sum(axis=(1, 2, 3))
    leaving = (out + months.deaths[:, at].sum(axis=1)) / np.maximum(lived, 1e-300) / 12
    theta = float(leaving.mean()) + gives_up
    queue = fill_places(places=places, stay=stay, arrivals=arrivals, leaving=theta)
    ends = np.concatenate([[0.0], queue["waiting"]])
    waits = np.array(
        [
            _wait((ends[k] + ends[k + 1]) / 2, k, queue["starts"], theta)
            for k in range(len(arrivals))
        ]
    )
    room = np.exp(-gives_up * np.minimum(waits, 12 * NEVER))
    return room, np.minimum(waits / 12, NEVER)


def _wait(ahead: float, month: int, starts: Array, theta: float) -> float:
    """Months until those ahead of the middle of a month have started or left."""
    waited, length = 0.0, 0.5
    for pace in starts[month:]:
        if ahead <= 1e-9:
            return waited
        needed = ahead / pace if pace > 0 else np.inf
        if theta > 0:
            needed = np.log1p(ahead * theta / pace) / theta if pace > 0 else np.inf
        if needed <= length:
            return waited + float(needed)
        fade = np.exp(-theta * length)
        ahead = ahead * fade - pace * (-np.expm1(-theta * length) / theta if theta > 0 else length)
        waited, length = waited + length, 1.0
    return 12 * NEVER


def _offered(strategy: Strategy, usual: Projection) -> dict[str, float]:
    found: dict[str, float] = {}
    if isinstance(strategy.enrols, str):
        if strategy.enrols in ("newcomers", "users"):
            found = dict.fromkeys(usual.levels, 1.0)
    else:
        shares = strategy.enrols.get("newcomers", {})
        found = {state: float(share) for state, share in shares.items() if share > 0}
    if not any(share > 0 for state, share in found.items() if state in usual.levels):
        _core.reject(
            "E-STRATEGY",
            f"strategy '{strategy.name}'",
            "no newcomers are offered it",
            "those who come wait for a place",
            "Enrol newcomers at some level",
        )
    return found
