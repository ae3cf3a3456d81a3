"""Strategies on persons of any model: effects on its moves by name, where nobody counts entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.interventions._lowering import Places
from kohort.interventions.effect import Effect
from kohort.interventions.strategies import Strategy
from kohort.model.structure import Model

Array = npt.NDArray[np.float64]


class OnMove(NamedTuple):
    """One move's ratio, step by step, on one of the clocks."""

    move: tuple[int, int]
    ages: tuple[int, int]
    sex: str | None
    since_enrolment: bool
    starts: float
    log_ratios: list[float]
    step: float


def effects_on(
    strategy: Strategy, model: Model, rates: Array | None, ended: str, remedy: str
) -> Iterator[OnMove]:
    """Effects of a strategy on a model's moves.

    Parameters
    ----------
    rates
        (transitions,) if everybody has the same at every age; needed for what is solved from them.
    remedy
        What to do instead of what is refused.

    Raises
    ------
    InvalidInput
        `E-EFFECT`: an effect that cannot be told here, by name; `E-MODEL`: on a move that the
        model lacks.
    """
    names = {Places(model, ended).of_strategy(name): name for name in model.states}
    known = np.zeros(len(model.transitions)) if rates is None else rates
    for effect in strategy.effects:
        _check(strategy, effect, model, rates, remedy)
        alone = Strategy(strategy.name, (effect,), enrols={})
        table = np.repeat(np.reshape(known, (1, 1, -1)), 2, axis=0)
        solved = effect.kind in ("probability_multiplier", "odds_ratio")
        for a, b, first, last, sex, since, starts, logs, step, draws in alone.lowered(
            model, table, 0, ended=ended
        )["effects"]:
            if solved and sex == 1:
                continue  # solved for both sexes alike: once is enough
            move = (names.get(a, "none"), names[b])
            if move not in model.transitions:
                no_move(f"strategy {strategy.name!r}", *move)
            middle = np.reshape(logs, (draws, -1)).mean(axis=0).tolist()
            yield OnMove(
                (model.state(move[0]), model.state(move[1])),
                effect.window.ages if solved else (first, last),
                effect.window.sex, since, starts, middle, step,
            )  # fmt: skip


def no_move(where: str, start: str, end: str) -> None:
    """Refuse a move that the model lacks."""
    _core.reject(
        "E-MODEL", where, f"{start} -> {end} was given", "the model permits no such move",
        "Name a move of the model",
    )  # fmt: skip


def _check(
    strategy: Strategy, effect: Effect, model: Model, rates: Array | None, remedy: str
) -> None:
    seen, needed = "", ""
    if effect.kind in ("probability_multiplier", "odds_ratio") and rates is None:
        seen = "the rates differ by age or covariates"
        needed = "it is solved from one set of rates"
    elif effect.kind in ("entry_ratio", "entry_mix") and "none" not in model.states:
        seen, needed = "the model has no state 'none' to come from", "it acts on coming in"
    elif effect.kind == "entry_mix" and effect.settings["rule"] == "softmax":
        seen, needed = "nobody counts the entry mix here", "softmax divides by the shares' new sum"
    if seen:
        _core.reject(
            "E-EFFECT", f"strategy '{strategy.name}'", f"{effect.kind}, but {seen}", needed, remedy
        )
