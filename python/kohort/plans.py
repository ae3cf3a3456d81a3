"""Strategies as the engine takes them: which intensities change, for whom, and from when.

`kohort.Strategy` is what a planner writes; its `plan` method turns it into a `Plan` once the model,
the ages and the rates of a projection are known. A `Plan` may also be written by hand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.model import Model
from kohort.phased import Phased

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Effect:
    """One intensity of the enrolled, multiplied by exp(log_ratio[i]) in step i, by 1 otherwise.

    Parameters
    ----------
    move
        Names of the states, ("light", "moderate"); from "none" it is an effect on entry, to the
        model's death one on mortality.
    log_ratio
        (steps,) for all draws, or (draws, steps).
    starts, step
        Years on the clock at which it starts, and years for each step.
    clock
        "calendar": years after the base date; "since_enrolment": after each person's enrolment.
    ages
        First and last completed age.
    sex
        "men", "women", or None for both.
    """

    move: tuple[str, str]
    log_ratio: npt.ArrayLike
    starts: float = 0.0
    step: float = 1 / 12
    clock: str = "calendar"
    ages: tuple[int, int] = (0, 1000)
    sex: str | None = None


@dataclass(frozen=True, eq=False)
class Plan:
    """What is done, to whom and from when: `kohort::strategy` of C++ with names.

    Parameters
    ----------
    name
        As it is called in results.
    effects
        On the enrolled alone.
    uptake
        Share of those offered who accept.
    newcomers, stock
        State to the share offered: of those who come to it from "none" (or turn the lowest age in
        it) between `enrols_from` and `enrols_until`, and of those in it at `enrols_from`. A number
        is for all states, "none" included.
    enrols_from, enrols_until
        Years after the base date.
    """

    name: str
    effects: Sequence[Effect] = ()
    uptake: float = 1.0
    newcomers: dict[str, float] | float = field(default_factory=dict)
    stock: dict[str, float] | float = field(default_factory=dict)
    enrols_from: float = 0.0
    enrols_until: float = math.inf

    def plan(self, setting: Setting) -> Plan:
        """Itself: it asks for nothing that a projection knows."""
        return self


@dataclass(frozen=True, eq=False)
class Setting:
    """What a projection knows before it is run, for strategies whose effects depend on it.

    Attributes
    ----------
    model
        The structure, with death.
    states
        "none", then the living states of the model in its order.
    levels
        States in which a person has support.
    ages
        Completed ages, the last one open.
    rates
        (2 [men, women], ages, transitions of the model) per year, the point estimate.
    entries
        (2, ages, levels): first entries per person-year without support in the base year.
    base_year, years
        Of the base date, 31 December, and how many years are projected.
    draws, seed
        As asked for.
    phases
        Of a fit whose states are split: `rates` are then averages over the phases in which people
        are found in a state.
    """

    model: Model
    states: tuple[str, ...]
    levels: tuple[str, ...]
    ages: Array
    rates: Array
    entries: Array
    base_year: int
    years: int
    draws: int
    seed: int
    phases: Phased | None = None


@runtime_checkable
class StrategyLike(Protocol):
    """What `kohort.project` asks of a strategy."""

    @property
    def name(self) -> str:
        """As it is called in results."""

    def plan(self, setting: Setting) -> Plan:
        """What is done, once the projection is known."""


def lowered(plan: Plan, setting: Setting) -> tuple[Any, Any]:
    """The plan as C++ takes it: for the point estimate, and for the draws."""
    place = {name: i for i, name in enumerate(setting.states)}
    if setting.model.death is not None:
        place[setting.model.death] = len(setting.states)
    point, drawn = [], []
    for effect in plan.effects:
        for name in effect.move:
            if name not in place:
                _refuse(plan, f"an effect on {effect.move[0]} -> {effect.move[1]}", setting)
        if effect.clock not in ("calendar", "since_enrolment"):
            _core.reject(
                "E-STRATEGY",
                f"strategy '{plan.name}'",
                f"the clock {effect.clock!r}",
                "it is calendar or since_enrolment",
                "Choose one of them",
            )
        if effect.sex not in (None, "men", "women"):
            _core.reject(
                "E-STRATEGY",
                f"strategy '{plan.name}'",
                f"an effect for {effect.sex!r}",
                "it is for men, women or None, both",
                "Choose one of them",
            )
        series = np.asarray(effect.log_ratio, dtype=float)
        rows = series.shape[0] if series.ndim == 2 else 1
        if series.ndim == 2 and rows not in (1, setting.draws):
            _core.reject(
                "E-STRATEGY",
                f"strategy '{plan.name}'",
                f"effects for {rows} draws",
                f"the projection has {setting.draws}",
                "Give one series, or one for each draw",
            )
        moves = [(place[effect.move[0]], place[effect.move[1]])]
        if setting.phases is not None:
            moves = setting.phases.moves(*moves[0])
        rest = (
            int(effect.ages[0]),
            int(effect.ages[1]),
            -1 if effect.sex is None else ("men", "women").index(effect.sex),
            effect.clock == "since_enrolment",
            float(effect.starts),
        )
        middle = series if series.ndim < 2 else _middle(series)
        for move in moves:
            point.append((*move, *rest, np.atleast_1d(middle).tolist(), float(effect.step), 1))
            drawn.append((*move, *rest, series.ravel().tolist(), float(effect.step), rows))
    shares = [_shares(plan, given, setting) for given in (plan.newcomers, plan.stock)]
    if setting.phases is not None:
        shares = [[given[i] for i in setting.phases.groups] for given in shares]
    who = (float(plan.uptake), *shares, float(plan.enrols_from), float(plan.enrols_until))
    return (plan.name, point, *who), (plan.name, drawn, *who)


def _middle(series: Array) -> Array:
    """The point estimate of drawn ratios: their mean logarithm."""
    never = np.isneginf(series).any(axis=0)
    middle: Array = np.where(never, -np.inf, np.where(np.isneginf(series), 0, series).mean(axis=0))
    return middle


def _shares(plan: Plan, given: dict[str, float] | float, setting: Setting) -> list[float]:
    if not isinstance(given, dict):
        return [float(given)] * len(setting.states)
    for name in given:
        if name not in setting.states:
            _refuse(plan, f"a share of {name!r}", setting)
    return [float(given.get(name, 0.0)) for name in setting.states]


def _refuse(plan: Plan, seen: str, setting: Setting) -> None:
    _core.reject(
        "E-STATE-UNKNOWN",
        f"strategy '{plan.name}'",
        seen,
        f"the states are {', '.join(setting.states)} and {setting.model.death}",
        "Name one of them",
    )
