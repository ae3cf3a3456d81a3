"""What it is worth to know some parameters, or a study's data, as a bracket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.support import _text

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class ValueOfKnowing:
    """Expected value of partial perfect information (EVPPI), or of a study (EVSI), as a bracket.

    Attributes
    ----------
    parameters
        Whose value it is: parameters, or a study's summaries.
    willingness_to_pay
        Per unit of effect.
    in_sample, cross_fit
        Per decision: the regression's own value, biased upwards, and that of its rule in draws it
        was not fitted to, biased downwards.
    se
        Standard error of `in_sample`.
    evpi
        Of all parameters together, in the same draws: no EVPPI exceeds it.
    degrees_of_freedom
        Of the regression of each increment.
    pattern
        Of each increment: probability, if the regression is right, of residuals as uneven along
        the fit, or as alike in draws of neighbouring parameters, as these. Below 0.001 it misses
        something.
    sampled
        Whether it is a study's data that would be known.
    """

    parameters: tuple[str, ...]
    willingness_to_pay: float
    in_sample: float
    cross_fit: float
    se: float
    evpi: float
    degrees_of_freedom: tuple[float, ...]
    pattern: tuple[float, ...]
    sampled: bool = False

    def net(
        self, decisions: npt.ArrayLike, *, discount: float, cost: float = 0.0
    ) -> tuple[float, float]:
        """What knowing is worth in all decisions that it serves, less what it costs to find out.

        Parameters
        ----------
        decisions
            Number of decisions in each year for which it holds, the first year first.
        discount
            Rate a year.
        cost
            Of the study, now.

        Returns
        -------
        from, to
            By `cross_fit` and by `in_sample`.
        """
        each = _core.discounted_decisions(np.asarray(decisions, dtype=float).ravel(), discount)
        return self.cross_fit * each - cost, self.in_sample * each - cost

    @property
    def findings(self) -> tuple[str, ...]:
        """What a reader should know."""
        found = []
        missed = self.evpi - self.in_sample  # at the most; residuals of nothing are rounding
        if min(self.pattern, default=1.0) < 0.001 and missed > 1e-9 * self.evpi:
            found.append(
                "W-EVPPI-PATTERN: the residuals follow a pattern (probability "
                f"{min(self.pattern):.2g}): the regression misses part of the relation, what three "
                "parameters do together perhaps, and the value is rather too low"
            )
        if self.in_sample > self.evpi:
            found.append(
                f"W-EVPPI-CHANCE: the estimate exceeds EVPI ({_text.amount(self.evpi)}), which it "
                "cannot: take more draws"
            )
        return tuple(found)

    def __str__(self) -> str:
        what = "a study of" if self.sampled else "knowing"
        low, high, error, evpi = (
            _text.amount(x) for x in (self.cross_fit, self.in_sample, self.se, self.evpi)
        )
        head = (
            f"Value of {what} {', '.join(self.parameters)} at "
            f"{_text.amount(self.willingness_to_pay)} per unit: {low} (cross-fit) to {high} "
            f"(in-sample, standard error {error}) a decision; EVPI {evpi}"
        )
        return "\n".join([head, *self.findings])
