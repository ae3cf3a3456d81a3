"""Standard errors of a fit whose persons come in groups, or whose model is not quite right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.estimation.inference import (
    Array,
    Clusters,
    Progress,
    clusters_of,
    data_of,
    estimate_of,
    rate_text,
)
from kohort.model.structure import Model
from kohort.support import _frames, _html, _text
from kohort.support._arrays import frozen_copy

if TYPE_CHECKING:
    from kohort.estimation.fitted_model import FittedModel


@dataclass(frozen=True, eq=False, repr=False)
class RobustErrors:
    """Standard errors that allow for resemblance within clusters; usable wherever a fit's are.

    Attributes
    ----------
    fitted
        The fit; its estimates are not changed.
    covariance
        (p, p), the clustered sandwich; rows of zeros where there is no standard error.
    clusters
        How many add information.
    diagnostics
        `W-FEW-CLUSTERS` below 20.
    """

    fitted: FittedModel
    covariance: Array
    clusters: int
    diagnostics: tuple[Any, ...]

    @property
    def model(self) -> Model:
        return self.fitted.model

    @property
    def standard_errors(self) -> np.ma.MaskedArray[Any, Any]:
        """(p,), masked where a coefficient has none."""
        return self._replaced().standard_errors

    def confidence_intervals(self, level: float = 0.95) -> np.ma.MaskedArray[Any, Any]:
        """Wald limits of the coefficients, (p, 2), masked where there is no standard error.

        Parameters
        ----------
        level
            Between 0 and 1.
        """
        return self._replaced().confidence_intervals(level)

    def draws(self, n: int, seed: int) -> Array:
        """Coefficients drawn with these errors, (n, p); see `FittedModel.draws`."""
        return self._replaced().draws(n, seed)

    def rates(
        self, ages: npt.ArrayLike, males: npt.ArrayLike = (1, 0), draws: npt.ArrayLike | None = None
    ) -> Array:
        """Rates by sex and age; see `FittedModel.rates`."""
        return self.fitted.rates(ages, males, draws)

    def to_frame(self, level: float = 0.95, backend: str | None = None) -> Any:
        """One row per coefficient: estimate, error from the model, robust error, robust limits.

        Parameters
        ----------
        level
            Of the limits.
        backend
            "pandas", "polars" or "pyarrow"; by default the first installed.
        """
        limits = self.confidence_intervals(level)
        return _frames.to_frame(
            {
                "coefficient": list(self.fitted.coefficient_names),
                "estimate": self.fitted.coefficients,
                "standard_error": self.fitted.standard_errors.tolist(),
                "robust_error": self.standard_errors.tolist(),
                "lower": limits[:, 0].tolist(),
                "upper": limits[:, 1].tolist(),
            },
            backend,
        )

    def _replaced(self) -> FittedModel:
        from dataclasses import replace

        return replace(self.fitted, covariance=self.covariance)

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        limits = self.confidence_intervals()
        rows = []
        for i, name in enumerate(self.fitted.coefficient_names):
            cells = ["-", "-", "-", "-"]
            if self.fitted.has_error[i]:
                errors = (self.fitted.standard_errors[i], self.standard_errors[i])
                cells = [_text.number(float(error)) for error in errors]
                cells += [rate_text(float(limits[i, side])) for side in (0, 1)]
            rows.append([name, rate_text(float(self.fitted.coefficients[i])), *cells])
        heads = ["rate per year, or hazard ratio", "estimate", "s.e. of log", "robust"]
        return [*heads, "95 % from", "to"], rows

    def _title(self) -> str:
        return f"Standard errors robust to resemblance within {self.clusters} clusters"

    def __str__(self) -> str:
        notes = [f"{f.code}: {f.message}" for f in self.diagnostics]
        return "\n".join([self._title(), _text.table(*self._grid()), *notes])

    def __repr__(self) -> str:
        return f"<RobustErrors: {self.clusters} clusters>"

    def _repr_html_(self) -> str:
        verdict = "; ".join(f"{f.code}: {f.message}" for f in self.diagnostics)
        return _html.block(
            self._title(), verdict=verdict, good=False, parts=[_html.table(*self._grid())]
        )


def robust(
    fitted: FittedModel, cluster: Clusters, data: Any, threads: int, progress: Progress | None
) -> RobustErrors:
    seen = data_of(fitted, data, "robust")
    numbers = clusters_of(seen, cluster, "robust")
    estimate = estimate_of(fitted)
    _, scores = _core.subject_scores(estimate, seen, threads=threads, progress=progress)
    covariance, clusters, diagnostics = _core.sandwich(estimate, scores, numbers)
    return RobustErrors(fitted, frozen_copy(covariance), clusters, diagnostics)
