"""What a strategy becomes in a projection: effects on single intensities, by number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.interventions.delivery import delivered
from kohort.model.structure import Model
from kohort.projection.phased import Phased

if TYPE_CHECKING:
    from kohort.interventions.strategies import Strategy

Array = npt.NDArray[Any]


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
        are found in a state. Rates that depend on time since entry are their mean over the year
        after it.
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


def lowered(strategy: Strategy, setting: Setting) -> tuple[Any, Any]:
    """A strategy as C++ takes it: for the point estimate, and for the draws.

    Multipliers on probabilities and odds are solved at the point estimate's rates
    (`Setting.rates`); the ratios are the same in every draw and in every band of time since entry.

    Raises
    ------
    InvalidInput
        As `Strategy.lowered`; `E-STRATEGY`: ratios for another number of draws.
    """
    total = setting.entries.sum(axis=2, keepdims=True)
    mix = np.divide(setting.entries, total, out=np.zeros_like(setting.entries), where=total > 0)
    ended = [s for s in setting.states if s != "none" and s not in setting.levels]
    made = strategy.lowered(
        setting.model, setting.rates, int(setting.ages[0]),
        ended=ended[0] if ended else "ended", mix=mix,
    )  # fmt: skip
    point, drawn = [], []
    for a, b, *who, logs, step, draws in made["effects"]:
        if draws not in (1, setting.draws) and setting.draws > 0:
            _core.reject(
                "E-STRATEGY", f"strategy '{strategy.name}'", f"effects for {draws} draws",
                f"the projection has {setting.draws}", "Give one series, or one for each draw",
            )  # fmt: skip
        moves = [(a, b)] if setting.phases is None else setting.phases.moves(a, b)
        middle = np.reshape(logs, (draws, -1)).mean(axis=0).tolist()
        for move in moves:
            point.append((*move, *who, middle, step, 1))
            drawn.append((*move, *who, logs, step, draws))
    uptakes, (*queue, boosted) = delivered(strategy, setting.states, setting.draws)
    shares = [made["enrols_newcomers"], made["enrols_stock"], boosted]
    if setting.phases is not None:
        shares = [[given[i] for i in setting.phases.groups] if given else [] for given in shares]
    rest = (made["uptake"], *shares[:2], made["enrols_from"], made["enrols_until"])
    limits = (*queue, shares[2])
    return (
        (strategy.name, point, *rest, [], *limits),
        (strategy.name, drawn, *rest, uptakes, *limits),
    )


def refuse_hours(strategy: Strategy, where: str, remedy: str) -> None:
    """Refuse effects on hours, where nothing knows what an hour costs.

    Raises
    ------
    InvalidInput
        `E-EFFECT`
    """
    for effect in strategy.hours_effects():
        _core.reject(
            "E-EFFECT", where, f"strategy '{strategy.name}' has {effect}",
            "an effect on hours changes nobody's moves, and this follows moves alone", remedy,
        )  # fmt: skip
