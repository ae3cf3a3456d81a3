"""Limited places: who asks, who waits and for how long, and the formulas for a steady queue."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kohort import _core
from kohort.model.structure import Model


@dataclass(frozen=True)
class QueueMeans:
    """The steady state of persons who queue for a limited number of places.

    Attributes
    ----------
    waits
        Share of those who ask that find no place free.
    queue, occupied
        Mean number waiting, and of places taken.
    wait
        Mean time from asking until leaving the queue, placed or not, of all who ask.
    gives_up
        Share of those who ask that leave the queue without a place.
    """

    waits: float
    queue: float
    occupied: float
    wait: float
    gives_up: float


def erlang_c(places: int, arrivals: float, stay: float) -> QueueMeans:
    """Erlang's C formula: everybody waits for as long as it takes.

    Parameters
    ----------
    places
        How many there are.
    arrivals
        Persons who ask, per unit of time, at a steady rate.
    stay
        Mean stay in that unit; stays are exponential.

    Raises
    ------
    InvalidInput
        `E-QUEUE`: also for a load of a person a place or more, whose queue grows without end.

    Examples
    --------
    >>> round(erlang_c(5, 4 / 3, 3).wait, 12)
    1.662337662338
    """
    return QueueMeans(*_core.erlang_c(int(places), float(arrivals), float(stay)))


def queue_with_abandonment(
    places: int, arrivals: float, stay: float, gives_up: float
) -> QueueMeans:
    """The same where those who wait give up at a rate each (die, recover, move away): Palm's.

    Parameters
    ----------
    places, arrivals, stay
        As in `erlang_c`; any load has a steady state.
    gives_up
        Rate per unit of time and person waiting, above 0.

    Raises
    ------
    InvalidInput
        `E-QUEUE`.

    Examples
    --------
    >>> round(queue_with_abandonment(45, 20, 3, 0.25).queue, 11)
    20.03368157781
    """
    return QueueMeans(
        *_core.queue_with_abandonment(int(places), float(arrivals), float(stay), float(gives_up))
    )


@dataclass(frozen=True)
class Places:
    """A limited number of places, and what waiting for one and having one mean.

    Who comes into a state where places are asked for asks with that state's chance, and takes a
    free place or waits. Death, recovery and moving away end the wait or give the place back.

    Attributes
    ----------
    count
        How many there are; or pairs (years after the start, how many from then on), the first at 0;
        or None for no limit.
    asks
        State to the chance of asking on coming into it.
    asks_at_start
        The same for those in the state at the start; by default `asks`.
    holds
        States in which one waits and keeps a place; by default those of `asks`.
    order
        "by_request", or the names of states from the least to the most urgent: the most urgent
        first, then who asked first.
    vacancy
        Years from one's leaving until the next may come.
    waiting, placed
        (from, to) to the ratio that multiplies this intensity while waiting, or in a place.
    waiting_cost, placed_cost
        State to its cost per year while waiting (heavy home help), or in a place; states that are
        left out cost what they cost otherwise.
    """

    count: int | Sequence[tuple[float, int]] | None
    asks: Mapping[str, float]
    asks_at_start: Mapping[str, float] | None = None
    holds: Sequence[str] | None = None
    order: str | Sequence[str] = "by_request"
    vacancy: float = 0.0
    waiting: Mapping[tuple[str, str], float] = field(default_factory=dict)
    placed: Mapping[tuple[str, str], float] = field(default_factory=dict)
    waiting_cost: Mapping[str, float] = field(default_factory=dict)
    placed_cost: Mapping[str, float] = field(default_factory=dict)

    def _rules(self, model: Model, cost: Sequence[float]) -> dict[str, Any]:
        n = model.size

        def by_state(given: Mapping[str, float], otherwise: Sequence[float]) -> list[float]:
            values = list(otherwise)
            for name, value in given.items():
                values[model.state(name)] = float(value)
            return values

        def by_move(given: Mapping[tuple[str, str], float]) -> list[float]:
            values = [1.0] * len(model.transitions)
            for (start, end), ratio in given.items():
                move = (model.state(start), model.state(end))
                if move not in model.moves:
                    _core.reject(
                        "E-PLACES",
                        "Places",
                        f"a ratio is given for {start} -> {end}",
                        "the model permits no such move",
                        "Give it for a move of the model",
                    )
                values[model.moves.index(move)] = float(ratio)
            return values

        steps: Sequence[tuple[float, int | None]]
        if self.count is None or isinstance(self.count, int):
            steps = [(0.0, self.count)]
        else:
            steps = self.count
        held = self.asks if self.holds is None else self.holds
        rules: dict[str, Any] = {
            "from": [float(time) for time, _ in steps],
            "places": [-1 if count is None else _whole(count) for _, count in steps],
            "asks": by_state(self.asks, [0.0] * n),
            "holds": [value > 0 for value in by_state(dict.fromkeys(held, 1.0), [0.0] * n)],
            "vacancy": float(self.vacancy),
            "waiting_ratio": by_move(self.waiting),
            "placed_ratio": by_move(self.placed),
            "waiting_cost": by_state(self.waiting_cost, cost),
            "placed_cost": by_state(self.placed_cost, cost),
        }
        if self.asks_at_start is not None:
            rules["asks_at_start"] = by_state(self.asks_at_start, [0.0] * n)
        if not isinstance(self.order, str):
            rules["rank"] = [
                self.order.index(name) if name in self.order else -1 for name in model.states
            ]
        elif self.order != "by_request":
            _core.reject(
                "E-PLACES",
                "Places",
                f"order is {self.order!r}",
                "it is by_request, or the states from the least to the most urgent",
                "Mend it",
            )
        return rules


def _whole(count: float) -> int:
    if not math.isfinite(count) or count != int(count) or count < 0:
        _core.reject(
            "E-PLACES",
            "Places",
            f"there are {count} places",
            "places are whole, 0 or more",
            "Give a whole number, or None for no limit",
        )
    return int(count)
