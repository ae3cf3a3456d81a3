"""A strategy on a closed cohort: its intensities cycle by cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort.interventions._single_rates import OnMove, effects_on
from kohort.interventions.delivery import refuse_delivery
from kohort.projection.strategy_setting import refuse_hours
from kohort.support._refusal import refuse

if TYPE_CHECKING:
    from kohort.interventions.strategies import Strategy
    from kohort.model.structure import Model

Array = npt.NDArray[Any]

_REMEDY = "Give effect.intensity_ratio, or project an open population"


def under_strategy(
    strategy: Strategy,
    model: Model | None,
    intensities: Array | None,
    cycles: int,
    cycle_length: float,
    age: float | None,
    sex: str | None,
) -> Array:
    """(cycles, n, n): intensities of those who enrol at the start.

    Raises
    ------
    InvalidInput
        `E-SETTING`, `E-EFFECT`, `E-GRID`, `E-SHAPE`, `E-MODEL`.
    """
    where = f"strategy '{strategy.name}'"
    if model is None or intensities is None:
        refuse(
            "E-SETTING", where, "no model" if intensities is not None else "probabilities",
            "effects act on the intensities of a model's moves", "Give intensities= and model=",
        )  # fmt: skip
    n = len(model.states)
    if intensities.shape[1:] != (n, n) or len(intensities) not in (1, cycles):
        refuse(
            "E-SHAPE", where, f"intensities are {intensities.shape}",
            f"the model has {n} states, and there are {cycles} cycles",
            "Give (states, states), or one for each cycle",
        )  # fmt: skip
    if strategy.uptake != 1 or strategy.begins != 0:
        refuse(
            "E-SETTING", where, f"uptake={strategy.uptake}, begins={strategy.begins}",
            "a closed cohort is of those who are enrolled, from the start",
            "Follow strategy.replaced(uptake=1, begins=0), and mix it with usual care yourself",
        )  # fmt: skip
    refuse_hours(strategy, where, "Project an open population with it: its costs know hours")
    refuse_delivery(strategy, where, "Project an open population with it")
    made = np.repeat(intensities, cycles if len(intensities) == 1 else 1, axis=0)
    diagonal = np.arange(n)
    made[:, diagonal, diagonal] = 0
    rates = None
    if len(intensities) == 1:
        rates = np.array([intensities[0][a, b] for a, b in model.moves])
    for effect in effects_on(strategy, model, rates, "ended", _REMEDY):
        if not _acts_on(effect, where, age, sex):
            continue
        for k in range(cycles):
            log_ratio = _in_cycle(effect, k * cycle_length, (k + 1) * cycle_length, where)
            if age is not None:
                now = int(age + (k + 0.5) * cycle_length)
                log_ratio *= float(effect.ages[0] <= now <= effect.ages[1])
            made[k][effect.move] *= np.exp(log_ratio)
    made[:, diagonal, diagonal] = -made.sum(axis=2)
    return made


def _acts_on(effect: OnMove, where: str, age: float | None, sex: str | None) -> bool:
    limited = effect.ages != (0, 1000)
    if (limited and age is None) or (effect.sex is not None and sex is None):
        refuse(
            "E-SETTING", where, f"an effect on ages {effect.ages}, sex {effect.sex}",
            "nobody knows who the cohort is", "Give age= and sex=",
        )  # fmt: skip
    return effect.sex in (None, sex)


def _in_cycle(effect: OnMove, begins: float, ends: float, where: str) -> float:
    """The logarithm of the ratio in one cycle, in which it may not change."""
    steps = len(effect.log_ratios)

    def ratio(time: float) -> float:
        i = int(np.floor((time - effect.starts) / effect.step))
        return effect.log_ratios[i] if 0 <= i < steps else 0.0

    tiny = 1e-9 * (ends - begins)
    cuts = effect.starts + effect.step * np.arange(steps + 1)
    inside = cuts[(cuts > begins + tiny) & (cuts < ends - tiny)]
    values = {ratio((begins + ends) / 2), *(ratio(c + tiny) for c in inside),
              *(ratio(c - tiny) for c in inside)}  # fmt: skip
    if len(values) > 1:
        refuse(
            "E-GRID", where, f"an effect that changes {inside[0]:.4g} years after the start",
            f"it is constant within each cycle of {ends - begins:.4g} years",
            "Use cycle_length=1/12",
        )  # fmt: skip
    return values.pop()
