"""The bootstrap: what other samples of the same kind would have said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core, _frames, _html, _text
from kohort.inference import (
    Clusters,
    Progress,
    check_seed,
    clusters_of,
    data_of,
    estimate_of,
    likelihood_alone,
    rate_text,
    read_only,
)
from kohort.model import Model
from kohort.observations import choice

if TYPE_CHECKING:
    from kohort.fitted_model import FittedModel

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
    """

    fitted: FittedModel
    coefficients: Array
    failures: int
    seed: int

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
        return f"Bootstrap: {len(self.coefficients)} replicates{failed}"

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
    data: Any,
    threads: int,
    progress: Progress | None,
) -> Bootstrap:
    check_seed(seed, "bootstrap")
    likelihood_alone(fitted, "bootstrap")
    seen = data_of(fitted, data, "bootstrap")
    found, failures = _core.bootstrap(
        estimate_of(fitted),
        seen,
        replicates,
        seed,
        clusters_of(seen, cluster, "bootstrap"),
        threads=threads,
        progress=progress,
    )
    return Bootstrap(fitted, read_only(found), failures, seed)
