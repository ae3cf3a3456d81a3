"""The bootstrap: what other samples of the same kind would have said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.estimation.inference import (
    Clusters,
    Progress,
    check_seed,
    clusters_of,
    data_of,
    estimate_of,
    rate_text,
)
from kohort.model.structure import Model
from kohort.support import _frames, _html, _text
from kohort.support._arrays import frozen_copy
from kohort.support._refusal import choice

if TYPE_CHECKING:
    from kohort.estimation.fitted_model import FittedModel

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Bootstrap:
    """Estimates from resampled data; usable wherever a fit's draws are.

    Attributes
    ----------
    fitted
        The fit that was resampled.
    coefficients
        (replicates, p), row r depending on (seed, r) alone; NaN where the search failed.
    failures
        Replicates whose search did not converge; they are left out of every interval.
    seed
        Of the resampling.
    parametric
        Persons were simulated by the fit, not drawn from the data.
    """

    fitted: FittedModel
    coefficients: Array
    failures: int
    seed: int
    parametric: bool = False

    @property
    def model(self) -> Model:
        return self.fitted.model

    @property
    def covariance(self) -> Array:
        """(p, p), of the replicates that did not fail."""
        found: Array = _core.bootstrap_covariance(self.coefficients)
        return found

    def intervals(self, level: float = 0.95, *, kind: str = "percentile") -> Array:
        """Limits of the coefficients, (p, 2); NaN for those that have no standard error.

        Parameters
        ----------
        level
            Between 0 and 1.
        kind
            "percentile", or "basic": 2 estimate - the opposite percentile.
        """
        choice("kind", kind, ("percentile", "basic"))
        first = 0 if kind == "percentile" else 2
        limits = self._limits(self.coefficients, self.fitted.coefficients, level)
        limits[~np.array(self.fitted.has_error, dtype=bool)] = np.nan
        return limits[:, first : first + 2]

    def interval_of(
        self,
        quantity: Callable[[Array], npt.ArrayLike],
        level: float = 0.95,
        *,
        kind: str = "percentile",
    ) -> tuple[float, float, float]:
        """An interval for anything that coefficients imply: (estimate, lower, upper).

        Parameters
        ----------
        quantity
            Called with (n, p) coefficients, returns (n,) numbers.
        level, kind
            As in `intervals`.
        """
        choice("kind", kind, ("percentile", "basic"))
        good = self.coefficients[~np.isnan(self.coefficients).any(axis=1)]
        estimate = np.asarray(quantity(self.fitted.coefficients[None]), dtype=float)
        values = np.asarray(quantity(good), dtype=float)
        limits = self._limits(values[:, None], estimate, level)[0]
        first = 0 if kind == "percentile" else 2
        return float(estimate[0]), float(limits[first]), float(limits[first + 1])

    def draws(self, n: int, seed: int) -> Array:
        """n of the replicates that did not fail, picked with replacement; (n, p).

        Row k depends on (seed, k) and the replicates alone.
        """
        check_seed(seed, "draws")
        good = self.coefficients[~np.isnan(self.coefficients).any(axis=1)]
        return good[_core.pick_rows(n, len(good), seed)]

    def rates(
        self, ages: npt.ArrayLike, males: npt.ArrayLike = (1, 0), draws: npt.ArrayLike | None = None
    ) -> Array:
        """Rates by sex and age; see `FittedModel.rates`."""
        return self.fitted.rates(ages, males, draws)

    def to_frame(self, level: float = 0.95, backend: str | None = None) -> Any:
        """One row per coefficient: estimate, errors, percentile and basic limits.

        `lower_monte_carlo` and `upper_monte_carlo` are the standard errors of the percentile
        limits: what another seed would change.

        Parameters
        ----------
        level
            Of the limits.
        backend
            "pandas", "polars" or "pyarrow"; by default the first installed.
        """
        limits = self._limits(self.coefficients, self.fitted.coefficients, level)
        limits[~np.array(self.fitted.has_error, dtype=bool)] = np.nan
        return _frames.to_frame(
            {
                "coefficient": list(self.fitted.coefficient_names),
                "estimate": self.fitted.coefficients,
                "standard_error": self.fitted.standard_errors.tolist(),
                "bootstrap_error": limits[:, 4],
                "lower": limits[:, 0],
                "upper": limits[:, 1],
                "basic_lower": limits[:, 2],
                "basic_upper": limits[:, 3],
                "lower_monte_carlo": limits[:, 5],
                "upper_monte_carlo": limits[:, 6],
            },
            backend,
        )

    def _limits(self, replicates: Array, estimates: Array, level: float) -> Array:
        limits: Array = _core.bootstrap_intervals(replicates, estimates, level)
        return limits

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        limits = self._limits(self.coefficients, self.fitted.coefficients, 0.95)
        rows = []
        for i, name in enumerate(self.fitted.coefficient_names):
            cells = ["-", "-", "-"]
            if self.fitted.has_error[i]:
                cells = [_text.number(float(limits[i, 4]))]
                cells += [rate_text(float(limits[i, side])) for side in (0, 1)]
            rows.append([name, rate_text(float(self.fitted.coefficients[i])), *cells])
        heads = ["rate per year, or hazard ratio", "estimate", "s.d. of log", "95 % from", "to"]
        return heads, rows

    def _title(self) -> str:
        failed = f", {self.failures} of them failed" if self.failures else ", none failed"
        kind = "Parametric bootstrap" if self.parametric else "Bootstrap"
        return f"{kind}: {len(self.coefficients)} replicates{failed}"

    def __str__(self) -> str:
        return f"{self._title()}\n{_text.table(*self._grid())}"

    def __repr__(self) -> str:
        return f"<{self._title()}>"

    def _repr_html_(self) -> str:
        verdict = f"{self.failures} replicates failed" if self.failures else ""
        parts = [_html.table(*self._grid())]
        return _html.block(self._title(), verdict=verdict, good=not self.failures, parts=parts)


def bootstrap(
    fitted: FittedModel,
    replicates: int,
    seed: int,
    cluster: Clusters,
    parametric: bool,
    planned_end: Any,
    data: Any,
    threads: int,
    progress: Progress | None,
) -> Bootstrap:
    check_seed(seed, "bootstrap")
    seen = data_of(fitted, data, "bootstrap")
    if not parametric:
        if planned_end is not None:
            _core.reject(
                "E-SETTING",
                "bootstrap",
                "planned_end= was given, and subjects are drawn",
                "it says how long simulated persons are followed",
                "Ask for parametric=True, or leave it out",
            )
        found, failures = _core.bootstrap(
            estimate_of(fitted),
            seen,
            replicates,
            seed,
            clusters_of(seen, cluster, "bootstrap"),
            threads=threads,
            progress=progress,
        )
        return Bootstrap(fitted, frozen_copy(found), failures, seed)
    if cluster is not None:
        _core.reject(
            "E-SETTING",
            "bootstrap",
            "cluster= was given, and persons are simulated",
            "simulated persons resemble nobody more than others",
            "Draw clusters with parametric=False",
        )
    found, failures = _core.parametric_bootstrap(
        estimate_of(fitted),
        seen,
        ends_of(fitted, seen, planned_end, "bootstrap"),
        replicates,
        seed,
        threads=threads,
        progress=progress,
    )
    return Bootstrap(fitted, frozen_copy(found), failures, seed, parametric=True)


def ends_of(fitted: FittedModel, seen: Any, planned_end: Any, asked: str) -> list[float]:
    """Planned ends per subject; none where they are not known."""
    from kohort.estimation.checks import planned_ends

    if planned_end is None:
        return []
    ends: list[float] = planned_ends(fitted, seen, planned_end, asked).tolist()
    return ends


@dataclass(frozen=True, eq=False, repr=False)
class BootstrapRatio:
    """A likelihood-ratio test judged by data that the smaller model made.

    Attributes
    ----------
    statistic
        2 (log L of the larger - log L of the smaller).
    p_value
        (1 + replicates at least as large) / (1 + replicates).
    replicated
        The statistic in each replicate whose searches converged.
    failures
        Replicates in which one did not.
    seed
        Of the simulation.
    """

    statistic: float
    p_value: float
    replicated: Array
    failures: int
    seed: int

    def to_frame(self, backend: str | None = None) -> Any:
        """The replicated statistics, one row each.

        Parameters
        ----------
        backend
            "pandas", "polars" or "pyarrow"; by default the first installed.
        """
        return _frames.to_frame({"statistic": self.replicated}, backend)

    def plot(self, ax: Any = None) -> Any:
        """The replicates, and where the data stand; see `plots_inference.replicated_ratios`."""
        from kohort.plots import inference as plots_inference

        return plots_inference.replicated_ratios(self, ax)

    def __str__(self) -> str:
        failed = f", {self.failures} more failed" if self.failures else ""
        return (
            f"Likelihood ratio {self.statistic:.4f}, p = {_text.number(self.p_value, 3)} by "
            f"{len(self.replicated)} data sets made by the smaller model{failed}"
        )

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        verdict = f"{self.failures} replicates failed" if self.failures else ""
        parts = [
            _html.table(["statistic", "p"], [[f"{self.statistic:.4f}", f"{self.p_value:.3g}"]])
        ]
        return _html.block(str(self), verdict=verdict, good=not self.failures, parts=parts)


def likelihood_ratio(
    larger: FittedModel,
    smaller: FittedModel,
    replicates: int,
    seed: int,
    planned_end: Any,
    data: Any,
    threads: int,
    progress: Progress | None,
) -> BootstrapRatio:
    check_seed(seed, "bootstrap_likelihood_ratio")
    seen = data_of(larger, data, "bootstrap_likelihood_ratio")
    statistic, replicated, p_value, failures = _core.bootstrap_likelihood_ratio(
        estimate_of(smaller),
        estimate_of(larger),
        seen,
        ends_of(smaller, seen, planned_end, "bootstrap_likelihood_ratio"),
        replicates,
        seed,
        threads=threads,
        progress=progress,
    )
    return BootstrapRatio(statistic, p_value, frozen_copy(replicated), failures, seed)
