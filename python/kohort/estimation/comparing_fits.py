"""Which of two fits to prefer: a likelihood ratio, or what each says of persons left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from kohort import _core
from kohort.estimation.inference import (
    Array,
    Clusters,
    Progress,
    check_seed,
    clusters_of,
    data_of,
    estimate_of,
)
from kohort.support import _text
from kohort.support._arrays import frozen_copy

if TYPE_CHECKING:
    from kohort.estimation.fitted_model import FittedModel


@dataclass(frozen=True)
class LikelihoodRatio:
    """A likelihood-ratio test of a model within a larger one."""

    statistic: float  # 2 (log L of the larger - log L of the smaller)
    degrees: int
    p_value: float  # from the chi-square distribution
    boundary: bool  # the smaller model puts a rate at 0, or there are inequalities

    def __str__(self) -> str:
        text = (
            f"Likelihood ratio {self.statistic:.4f} on {self.degrees} degrees of freedom, "
            f"p = {_text.number(self.p_value, 3)}"
        )
        if self.boundary:
            text += (
                ". The smaller model leaves a transition out, which puts its rate at the end of "
                "its range, or inequalities hold: the p-value is too large, about twice the right "
                "one for one rate or limit; bootstrap_likelihood_ratio has the right one"
            )
        return text


@dataclass(frozen=True, eq=False, repr=False)
class CrossValidation:
    """The log-likelihood of subjects that the coefficients were not fitted to.

    Attributes
    ----------
    total
        Its sum over all subjects; larger is better. -inf if something that was seen is impossible
        under the fit of the others.
    standard_error
        Of the total, from the spread between subjects (or clusters).
    folds
        How many.
    impossible
        Subjects whose history is impossible under the fit of the others.
    failures
        Folds whose search did not converge.
    log_likelihoods
        (subjects,), personal data, for comparing models subject by subject.
    """

    total: float
    standard_error: float
    folds: int
    impossible: int
    failures: int
    log_likelihoods: Array = field(repr=False)

    def difference(self, other: CrossValidation) -> tuple[float, float]:
        """By how much this one's total is larger, and the standard error of that difference.

        Parameters
        ----------
        other
            Of another model on the same subjects.
        """
        if len(other.log_likelihoods) != len(self.log_likelihoods):
            _core.reject(
                "E-NESTED",
                "difference",
                f"there are {len(self.log_likelihoods)} and {len(other.log_likelihoods)} subjects",
                "both must speak of the same",
                "Fit both models to the same data",
            )
        each = self.log_likelihoods - other.log_likelihoods
        return float(each.sum()), float(np.sqrt(len(each)) * each.std(ddof=1))

    def __str__(self) -> str:
        text = (
            f"Log-likelihood of those left out, {self.folds} folds: {self.total:.4f} "
            f"(standard error {_text.number(self.standard_error, 3)})"
        )
        if self.impossible:
            text += f"; {self.impossible} subjects are impossible under the fit of the others"
        if self.failures:
            text += f"; the search failed in {self.failures} folds"
        return text

    def __repr__(self) -> str:
        return f"<CrossValidation: {self}>"


def cross_validate(
    fitted: FittedModel,
    folds: int,
    seed: int,
    cluster: Clusters,
    data: Any,
    threads: int,
    progress: Progress | None,
) -> CrossValidation:
    check_seed(seed, "cross_validate")
    seen = data_of(fitted, data, "cross_validate")
    each, _, total, error, impossible, failures = _core.cross_validate(
        estimate_of(fitted),
        seen,
        folds,
        seed,
        clusters_of(seen, cluster, "cross_validate"),
        threads=threads,
        progress=progress,
    )
    return CrossValidation(total, error, folds, impossible, failures, frozen_copy(each))
