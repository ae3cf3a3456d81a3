"""What it is worth to know some parameters, as a bracket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class ValueOfKnowing:
    """Expected value of partial perfect information (EVPPI), as a bracket.

    Attributes
    ----------
    parameters
        Whose value it is.
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
    """

    parameters: tuple[str, ...]
    willingness_to_pay: float
    in_sample: float
    cross_fit: float
    se: float
    evpi: float
    degrees_of_freedom: tuple[float, ...]
    pattern: tuple[float, ...]

    @property
    def findings(self) -> tuple[str, ...]:
        """What a reader should know."""
        found = []
        if min(self.pattern, default=1.0) < 0.001:
            found.append(
                "W-EVPPI-PATTERN: the residuals follow a pattern (probability "
                f"{min(self.pattern):.2g}): the regression misses part of the relation, what three "
                "parameters do together perhaps, and the value is rather too low"
            )
        if self.in_sample > self.evpi:
            found.append(
                f"W-EVPPI-CHANCE: the estimate exceeds EVPI ({self.evpi:,.2f}), which it cannot: "
                "take more draws"
            )
        return tuple(found)

    def __str__(self) -> str:
        head = (
            f"Value of knowing {', '.join(self.parameters)} at {self.willingness_to_pay:,.0f} per "
            f"unit: {self.cross_fit:,.2f} (cross-fit) to {self.in_sample:,.2f} (in-sample, "
            f"standard error {self.se:,.2f}) a decision; EVPI {self.evpi:,.2f}"
        )
        return "\n".join([head, *self.findings])
