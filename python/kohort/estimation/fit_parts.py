"""What a fit is made of beside its coefficients: how the search ended, bounds, curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class FitWarning(UserWarning):
    """A fit that ended early, or in which an estimate has no finite value."""


@dataclass(frozen=True)
class Convergence:
    """Why the search ended, and what it took."""

    verdict: str  # "converged", "iteration limit" or "no progress"; "given": nothing was searched
    iterations: int
    evaluations: int  # of the log-likelihood with its gradient
    gap: float  # what was left to gain in 2 log L before the last step
    diverging: bool  # a rate or an effect has no finite estimate: see the diagnostics

    @property
    def converged(self) -> bool:
        """Whether the estimates are those of a maximum."""
        return self.verdict in ("converged", "given") and not self.diverging

    def __str__(self) -> str:
        if self.verdict == "given":
            return "coefficients from elsewhere"
        text = f"{self.verdict} after {self.iterations} steps"
        return f"{text}; an estimate is not finite" if self.diverging else text


@dataclass(frozen=True, eq=False)
class Start:
    """Where one of several searches ended."""

    log_likelihood: float  # with priors: that of the posterior
    coefficients: Array  # (p,)
    verdict: str  # as in `Convergence`


@dataclass(frozen=True)
class RateBound:
    """A one-sided 95 % bound by profile likelihood, for a rate estimated as 0 or infinity."""

    transition: str
    upper: bool  # an upper bound, the estimate being 0; otherwise a lower one
    rate: float  # per year, its effects being 0; infinite, or 0 as a lower one: no bound


@dataclass(frozen=True)
class SmoothCurve:
    """A penalised spline on one transition, and how far its penalty let it bend."""

    transition: str
    column: str  # of its clock
    smoothing: float  # weight of the penalty
    chosen: bool  # found from the data; otherwise it was given
    effective: float  # effective number of effects; 1: a straight line

    def __str__(self) -> str:
        how = "found from the data" if self.chosen else "given"
        return (
            f"curve of {self.column} on {self.transition}: {self.effective:.1f} effects in effect, "
            f"penalty {self.smoothing:.3g} ({how})"
        )
