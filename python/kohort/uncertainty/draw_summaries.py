"""Draws counted into bins: moments and quantiles that add up in any order, the draws not kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Rule:
    """Logarithmic bins, whose quantiles are within a share of the draws' own."""

    relative_error: float = 1e-3

    def core(self) -> _core.BinRule:
        """The C++ object."""
        return _core.BinRule(True, self.relative_error, 1e-6, 1e15)


@dataclass(frozen=True, eq=False)
class Summaries:
    """Counts and moments of some quantities; the draws themselves are gone.

    Attributes
    ----------
    state
        C++'s arrays: bins, moments, counts.
    rule
        The bins.
    repetitions
        (repetitions, 1 + levels, quantities): mean and quantiles of each repetition of a Sobol or
        Latin hypercube design; None for random draws.
    """

    state: Mapping[str, Array]
    rule: Rule
    repetitions: Array | None = None

    LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)

    def _core(self) -> _core.DrawSummary:
        return _core.DrawSummary(**self.state, rule=self.rule.core())

    @property
    def draws(self) -> int:
        """How many were counted."""
        return int(self.state["bins"][0, 4])

    @property
    def mean(self) -> Array:
        """(quantities,)"""
        mean: Array = self.state["moments"][:, 0]
        return mean

    @property
    def sd(self) -> Array:
        """(quantities,)"""
        sd: Array = np.sqrt(self.state["moments"][:, 1] / max(self.draws - 1, 1))
        return sd

    @property
    def mean_error(self) -> Array:
        """(quantities,): Monte Carlo standard error of the mean."""
        if self.repetitions is not None:
            several: Array = self.repetitions[:, 0].std(axis=0, ddof=1)
            return np.asarray(several / np.sqrt(len(self.repetitions)))
        return np.asarray(self.sd / np.sqrt(self.draws))

    def quantiles(self, probabilities: list[float]) -> Array:
        """(probabilities, quantities); NaN where one lies beyond the bins.

        Parameters
        ----------
        probabilities
            Each in [0, 1].
        """
        found: Array = self._core().quantiles(probabilities)
        return found

    def quantile_limits(self, probability: float, level: float = 0.95) -> Array:
        """Monte Carlo limits of a quantile, (2 [lower, upper], quantities).

        Of random draws, between order statistics by the binomial law; of a design, from the spread
        over its repetitions (2.5, 10, 50, 90 and 97.5 % only).

        Parameters
        ----------
        probability
            Of the quantile.
        level
            Of the limits.

        Raises
        ------
        InvalidInput
            `E-LEVEL`
        """
        if self.repetitions is None:
            return self.quantiles(list(self._core().limits(probability, level)))
        if probability not in self.LEVELS:
            _core.reject(
                "E-LEVEL",
                "quantile_limits",
                f"probability={probability}",
                f"repetitions were kept of {', '.join(map(str, self.LEVELS))}",
                "Take one of these, or random draws",
            )
        several = self.repetitions[:, 1 + self.LEVELS.index(probability)]
        half = NormalDist().inv_cdf((1 + level) / 2) * several.std(axis=0, ddof=1)
        half /= np.sqrt(len(several))
        middle = self.quantiles([probability])[0]
        return np.array([middle - half, middle + half])
