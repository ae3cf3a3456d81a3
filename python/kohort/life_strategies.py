"""What a strategy does to simulated persons, and to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kohort import _core
from kohort.model import Model


@dataclass(frozen=True)
class LifeEffect:
    """A ratio on one intensity of those who are enrolled. Outside its time it is exactly 1.

    Attributes
    ----------
    start, end
        Names of the states that the move leaves and enters.
    ratio
        One number, or one for each step of time.
    years
        How long one number acts.
    starts, step
        Years before the first ratio acts, and years for each.
    since_enrolment
        Whether time counts from each person's enrolment, or from the start of the simulation.
    first_age, last_age, sex
        Whom it acts on: completed ages, both inclusive; "men", "women" or None for both.
    """

    start: str
    end: str
    ratio: float | Sequence[float]
    years: float = 1.0
    starts: float = 0.0
    step: float = 1 / 12
    since_enrolment: bool = True
    first_age: int = 0
    last_age: int = 1000
    sex: str | None = None


@dataclass(frozen=True)
class LifeStrategy:
    """Effects on intensities, and who is offered them.

    Attributes
    ----------
    name
        How results call it.
    effects
        They multiply where they meet.
    newcomers
        State to the share of those who enter it from outside (or from `none`) that enrol.
    stock
        State to the share of those in it that enrol when the strategy begins.
    begins, ends
        Years after the start between which newcomers enrol; the stock does when it begins.
    """

    name: str
    effects: tuple[LifeEffect, ...] = ()
    newcomers: Mapping[str, float] = field(default_factory=dict)
    stock: Mapping[str, float] = field(default_factory=dict)
    begins: float = 0.0
    ends: float = float("inf")


def no_move(where: str, start: str, end: str) -> None:
    """Refuse a move that the model lacks."""
    _core.reject(
        "E-MODEL",
        where,
        f"{start} -> {end} was given",
        "the model permits no such move",
        "Name a move of the model",
    )


def translated(strategy: LifeStrategy, model: Model, men: Sequence[bool] | None) -> Any:
    """The strategy on the transitions of this model; `men` tells each pattern\'s sex."""
    shares: list[list[float]] = []
    for given in (strategy.newcomers, strategy.stock):
        values = [0.0] * model.size
        for name, share in given.items():
            values[model.state(name)] = float(share)
        shares.append(values if given else [])
    made = _core.LifeStrategy(strategy.name, shares[0], shares[1], strategy.begins, strategy.ends)
    for effect in strategy.effects:
        move = (model.state(effect.start), model.state(effect.end))
        if move not in model.moves:
            no_move(f"strategy {strategy.name!r}", effect.start, effect.end)
        ratios = np.atleast_1d(np.asarray(effect.ratio, dtype=float))
        step = effect.step
        if np.ndim(effect.ratio) == 0:
            step = effect.years
        if not np.all(ratios >= 0) or effect.sex not in (None, "men", "women"):
            _core.reject(
                "E-NUM",
                f"strategy {strategy.name!r}",
                f"ratio {effect.ratio}, sex {effect.sex!r}",
                "ratios are 0 or more, and sex is men, women or None",
                "Mend the effect",
            )
        patterns: list[bool] = []
        if effect.sex is not None:
            if men is None:
                _core.reject(
                    "E-COLUMN",
                    f"strategy {strategy.name!r}",
                    f"an effect acts on {effect.sex}",
                    "the persons have no covariate male",
                    "Leave out sex",
                )
            patterns = [is_man == (effect.sex == "men") for is_man in men or ()]
        with np.errstate(divide="ignore"):
            logs = np.log(ratios).tolist()
        made.add(
            model.moves.index(move),
            effect.first_age,
            effect.last_age,
            patterns,
            effect.since_enrolment,
            effect.starts,
            logs,
            step,
        )
    return made
