"""Effects in words to effects on single intensities; the numerics are in C++."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.interventions.effect import KINDS, Effect, Moves
from kohort.model.structure import Model

Array = npt.NDArray[Any]


class Places:
    """Numbers of states: in the model, and in a strategy (0 is none)."""

    def __init__(self, model: Model, ended: str) -> None:
        self.model = model
        self.ended = ended if ended in model.states else None
        self.names = list(model.states)
        own = [name for name in self.names if name != model.death]
        self.living = own if "none" in own else ["none", *own]
        self.levels = [name for name in own if name not in (ended, "none")]

    def of_model(self, name: str) -> int:
        if name not in self.names:
            _core.reject(
                "E-STATE-UNKNOWN", "strategy", f"there is no state {name!r}",
                f"the states are {', '.join(self.names)}", "Name one of them",
            )  # fmt: skip
        return self.names.index(name)

    def of_strategy(self, name: str) -> int:
        if name == "none":
            return 0
        return int(_core.strategy_state(self.model._core, self.of_model(name)))

    def moves(self, given: Moves) -> list[tuple[str, str]]:
        permitted = [(str(a), str(b)) for a, b in self.model.transitions]
        if not isinstance(given, str):
            missing = [m for m in given if tuple(m) not in permitted]
            if missing:
                _core.reject(
                    "E-EFFECT", "strategy", f"the move {missing[0][0]} -> {missing[0][1]}",
                    "the model has no such move", "Name moves of the model",
                )  # fmt: skip
            return [(a, b) for a, b in given]
        if given.startswith("into "):
            goal = given.removeprefix("into ")
            self.of_model(goal)
            return [(a, b) for a, b in permitted if b == goal]
        if given not in KINDS:
            _core.reject(
                "E-EFFECT", "strategy", f"moves={given!r}",
                f"known are {', '.join(KINDS)} and 'into' with a level", "Or give pairs of names",
            )  # fmt: skip
        rank = {name: i for i, name in enumerate(self.levels)}

        def is_meant(a: str, b: str) -> bool:
            if given == "death":
                return b == self.model.death
            if given == "ending":
                return b == self.ended and a in rank
            if a not in rank or b not in rank:
                return False
            return rank[b] < rank[a] if given == "recovery" else rank[b] > rank[a]

        return [(a, b) for a, b in permitted if is_meant(a, b)]


def _intensity(e: Effect, p: Places, rates: Array, age: int, mix: Array | None) -> list[Any]:
    pairs = [(p.of_strategy(a), p.of_strategy(b)) for a, b in p.moves(e.settings["moves"])]
    return _ratios(e, pairs)


def _entry(e: Effect, p: Places, rates: Array, age: int, mix: Array | None) -> list[Any]:
    levels = e.settings["levels"] or p.levels
    return _ratios(e, [(0, p.of_strategy(name)) for name in levels])


def _ratios(e: Effect, pairs: list[tuple[int, int]]) -> list[Any]:
    """One ratio, or a series of its own, on each of these moves."""
    given = e.settings["ratio"]
    if not isinstance(given, np.ndarray):
        return list(_core.ratio_effects(pairs, given, e.window._arguments()))
    since, first, months, fade, youngest, oldest, sex = e.window._arguments()
    rows = np.atleast_2d(given)
    if rows.shape[1] == 1 and fade != 1:
        rows = np.exp([_core.fading_log_ratios(float(r), fade, months) for r in rows[:, 0]])
    logs = np.log(rows).ravel().tolist()
    step = months / 12 / rows.shape[1]
    return [
        (a, b, youngest, oldest, sex, since, first / 12, logs, step, len(rows)) for a, b in pairs
    ]


def joined(effects: list[Any]) -> list[Any]:
    """Each with the number of its draws; months that are alike in all of them are one step."""
    made = []
    for a, b, youngest, oldest, sex, since, starts, logs, step, *draws in effects:
        rows = np.reshape(logs, (draws[0] if draws else 1, -1))
        kept, length = logs, step
        if rows.shape[1] > 1 and (rows == rows[:, :1]).all():
            kept, length = rows[:, 0].tolist(), step * rows.shape[1]
        made.append((a, b, youngest, oldest, sex, since, starts, kept, length, len(rows)))
    return made


def _probability(e: Effect, p: Places, rates: Array, age: int, mix: Array | None) -> list[Any]:
    k = e.settings["multiplier"]
    targets = [(p.of_model(a), p.of_model(b), k) for a, b in p.moves(e.settings["moves"])]
    return list(
        _core.probability_effects(
            p.model._core, age, rates, targets, e.settings["over"], e.window._arguments()
        )
    )


def _odds(e: Effect, p: Places, rates: Array, age: int, mix: Array | None) -> list[Any]:
    s = e.settings
    start = np.zeros(len(p.names))
    for name, share in s["start"].items():
        start[p.of_model(name)] = share
    inside = [p.of_model(name) for name in s["inside"]]
    if s["moves"] == "leaving":
        lowest = min(p.levels.index(name) for name in s["inside"] if name in p.levels)
        away = [*p.levels[:lowest], *([p.ended] if p.ended else [])]
        pairs = [(a, b) for a, b in p.model.transitions if a in s["inside"] and b in away]
    else:
        pairs = p.moves(s["moves"])
    moves = [(p.of_model(a), p.of_model(b)) for a, b in pairs]
    return list(
        _core.odds_effects(
            p.model._core, age, rates, inside, moves, [float(m) for m in s["months"]],
            list(s["odds_ratios"]), start, True,
        )
    )  # fmt: skip


def _mix(e: Effect, p: Places, rates: Array, age: int, mix: Array | None) -> list[Any]:
    factors = [float(e.settings["factors"].get(name, 1.0)) for name in p.levels]
    for name in e.settings["factors"]:
        p.of_model(name)
    softmax = e.settings["rule"] == "softmax"
    if softmax and mix is None:
        _core.reject(
            "E-SHAPE", "strategy", "no entry mix was given", "the rule softmax needs it",
            "Pass mix=, or use the rule to_none",
        )  # fmt: skip
    shares = np.zeros((2, rates.shape[1], len(p.levels))) if mix is None else np.asarray(mix, float)
    places = [p.of_strategy(name) for name in p.levels]
    return list(
        _core.mix_effects(
            [float(x) for x in shares.ravel()], age, rates.shape[1], places, factors, softmax,
            e.window._arguments(),
        )
    )  # fmt: skip


def _none(e: Effect, p: Places, rates: Array, age: int, mix: Array | None) -> list[Any]:
    for name in e.settings["levels"]:
        p.of_model(name)
    return []


LOWERED = {
    "intensity_ratio": _intensity,
    "entry_ratio": _entry,
    "probability_multiplier": _probability,
    "odds_ratio": _odds,
    "entry_mix": _mix,
    "hours_ratio": _none,
}
