"""A closed cohort in many draws of its parameters, under several strategies, at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.evaluation.incremental import option_names
from kohort.evaluation.options import Evaluation, evaluated, reference_of
from kohort.support import _frames, _text
from kohort.support._refusal import refuse

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class CohortDraws:
    """Costs and effects by draw, and where the cohort is cycle by cycle. It never changes.

    Attributes
    ----------
    strategies, states
        Names.
    cycle_length
        Years.
    costs, effects
        (draws, strategies).
    mean, low, high
        (cycles + 1, strategies, states): share in each state, mean and limits over the draws.
    level
        Of the limits.
    basis
        Accounting and discounting, in words.
    """

    strategies: tuple[str, ...]
    states: tuple[str, ...]
    cycle_length: float
    costs: Array
    effects: Array
    effect: str
    mean: Array
    low: Array
    high: Array
    level: float
    basis: str

    def evaluate(
        self, *, willingness_to_pay: npt.ArrayLike = (), reference: str | None = None
    ) -> Evaluation:
        """Compare the strategies: see `kohort.evaluate`."""
        return evaluated(
            self.strategies,
            np.array(self.costs),
            np.array(self.effects),
            self.effect,
            reference_of(reference, self.strategies),
            np.asarray(willingness_to_pay, dtype=float).ravel(),
            self.basis,
            {},
        )

    def to_frame(self, backend: str | None = None) -> Any:
        """One row for each cycle, strategy and state."""
        K, S, n = self.mean.shape
        return _frames.to_frame(
            {
                "years": np.repeat(np.arange(K) * self.cycle_length, S * n),
                "strategy": np.tile(np.repeat(np.array(self.strategies), n), K),
                "state": np.tile(np.array(self.states), K * S),
                "mean": self.mean.ravel(),
                "low": self.low.ravel(),
                "high": self.high.ravel(),
            },
            backend,
        )

    def plot(
        self, strategy: str | None = None, ax: Axes | None = None, *, lang: str = "en"
    ) -> Axes:
        """Share in each state over time under one strategy, with limits."""
        from kohort.plots import decisions as plots_decisions

        chosen = self.strategies[0] if strategy is None else strategy
        if chosen not in self.strategies:
            refuse(
                "E-SETTING", "plot", f"strategy={strategy!r}",
                f"the strategies are {', '.join(self.strategies)}", "Name one of them",
            )  # fmt: skip
        return plots_decisions.cohort_draws(self, chosen, ax, lang=lang)

    def __str__(self) -> str:
        rows = [
            [name, f"{self.costs[:, i].mean():,.2f}", f"{self.effects[:, i].mean():,.6g}"]
            for i, name in enumerate(self.strategies)
        ]
        return "\n".join(
            [f"{len(self.costs)} draws; {self.basis}", _text.table(["", "cost", self.effect], rows)]
        )


def probabilistic_cohort(
    start: npt.ArrayLike,
    *,
    probabilities: npt.ArrayLike,
    costs: npt.ArrayLike,
    cycles: int,
    accounting: str,
    discount: float,
    utilities: npt.ArrayLike | None = None,
    alive: Sequence[bool] | None = None,
    discount_effects: float | None = None,
    cycle_length: float = 1,
    counted_at: float = 0,
    strict: bool = False,
    level: float = 0.95,
    strategies: Sequence[str] | None = None,
    states: Sequence[str] | None = None,
    threads: int = 0,
) -> CohortDraws:
    """Follow a cohort in every draw under every strategy, and add up costs and effects.

    The trace is never stored: ten thousand draws of six states over ten years of months take some
    hundredths of a second. Limits are exact order statistics. The same bytes on any number of
    threads.

    Parameters
    ----------
    start
        (n,) shares that sum to 1.
    probabilities
        (draws, strategies, n, n), of one cycle.
    costs
        (draws, strategies, n) or anything that broadcasts to it, per year in each state.
    cycles, cycle_length
        How many, and their length in years.
    accounting, counted_at, strict
        See `accounting_weights`; probabilities know nothing of the time inside a cycle.
    discount, discount_effects
        Rates a year, of costs and, unless it is the same, of effects.
    utilities
        As `costs`: worth of a year in each state. Without it effects are life-years.
    alive
        Without utilities: whose time counts; by default all states but the last.
    level
        Of the limits.
    strategies, states
        Names.
    threads
        0 means all processors.

    Raises
    ------
    InvalidInput
        `E-SHAPE`, `E-PROBABILITY` naming draw, strategy and row; `E-INIT-SUM`, `E-NUM`,
        `E-SETTING`, `E-ACCOUNTING`, `E-DISCOUNT`, `E-SIMPSON-ODD`.
    """
    p = np.asarray(probabilities, dtype=float)
    if p.ndim != 4 or p.shape[2] != p.shape[3]:
        refuse(
            "E-SHAPE", "probabilistic_cohort", f"probabilities are {p.shape}",
            "they are (draws, strategies, n, n)", "Add the axis that is missing",
        )  # fmt: skip
    D, S, n, _ = p.shape

    def spread(given: npt.ArrayLike, what: str) -> Array:
        values = np.asarray(given, dtype=float)
        try:
            full: Array = np.ascontiguousarray(np.broadcast_to(values, (D, S, n)))
        except ValueError:
            refuse(
                "E-SHAPE", "probabilistic_cohort", f"{what} are {values.shape}",
                f"they broadcast to ({D} draws, {S} strategies, {n} states)", "Mend the shape",
            )  # fmt: skip
        return full

    counted = [True] * (n - 1) + [False] if alive is None else [bool(a) for a in alive]
    effect_rate = discount if discount_effects is None else discount_effects
    found = _core.probabilistic_cohort(
        p,
        np.asarray(start, dtype=float),
        spread(costs, "costs"),
        np.zeros(0) if utilities is None else spread(utilities, "utilities"),
        [int(a) for a in counted],
        cycles,
        accounting,
        float(discount),
        float(effect_rate),
        float(cycle_length),
        float(counted_at),
        strict,
        float(level),
        threads,
    )
    for array in found.values():
        array.flags.writeable = False
    rule = _core.accounting_weights(
        accounting, cycles, 0.0, float(cycle_length), float(counted_at), strict
    )[3]
    return CohortDraws(
        option_names(strategies, S, "probabilistic_cohort"),
        option_names(states, n, "probabilistic_cohort"),
        float(cycle_length),
        found["costs"],
        found["effects"],
        "life-years" if utilities is None else "QALYs",
        found["mean"],
        found["low"],
        found["high"],
        float(level),
        f"{rule}, discounted at {100 * discount:g} % (costs) and {100 * effect_rate:g} % (effects)",
    )
