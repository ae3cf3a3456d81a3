"""How sure a fit is, and which of two fits to prefer: profiles, clusters, comparison."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core, _frames, _html, _text
from kohort._arrays import frozen_copy
from kohort.constraints import Penalty, plain_constraints, plain_priors
from kohort.model import Model

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.fitted_model import FittedModel

Array = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]
Clusters = str | Mapping[Any, Any] | npt.ArrayLike | None


def estimate_of(fitted: FittedModel) -> Any:
    """The fit as the library knows it."""
    return _core.Estimate(
        fitted._core,
        fitted.coefficients,
        fitted.covariance,
        list(fitted.has_error),
        fitted.log_likelihood,
        [(fitted.transitions.index(b.transition), b.upper, b.rate) for b in fitted.bounds],
        list(fitted.diagnostics),
        fitted.subjects,
        fitted.intervals,
        fitted.person_years,
        fitted.substep,
        fitted.log_prior,
        *plain_priors((*fitted.priors, *curve_penalties(fitted))),
        plain_constraints(fitted.constraints),
    )


def curve_penalties(fitted: FittedModel) -> tuple[Penalty, ...]:
    """The penalties of smooth curves, whose weights a refit keeps as the fit found them."""
    found = []
    for curve in fitted.curves:
        start = f"{curve.transition}: {curve.column} bend "
        names = tuple(name for name in fitted.coefficient_names if name.startswith(start))
        if curve.smoothing > 0:
            weight = curve.smoothing * np.eye(len(names))
            found.append(Penalty(names, weight, np.zeros(len(names))))
    return tuple(found)


def data_of(fitted: FittedModel, data: Any, asked: str) -> Any:
    """The observations behind a fit, or those handed over."""
    data = getattr(data, "observations", data)  # of `Decisions`
    seen = fitted._data if data is None else getattr(data, "_core", data)
    if isinstance(seen, _core.Observations):
        return seen
    what = "it has none in memory" if seen is None else f"data= is a {type(seen).__name__}"
    _core.reject(
        "E-DATA",
        asked,
        f"the fit's observations are needed, and {what}",
        "a fit that was saved, copied to another process or sent leaves personal data behind",
        "Pass data=: kohort.Observations.from_table(...), the data that it was fitted to",
    )


def clusters_of(seen: Any, cluster: Clusters, asked: str) -> list[int]:
    """One number per subject; none where each subject is its own cluster."""
    if cluster is None:
        return []
    names = list(seen.subject_names)
    subjects = np.asarray(seen.subjects)
    starts = np.flatnonzero(np.diff(subjects, prepend=-1))
    if isinstance(cluster, str):
        covariates = list(seen.covariate_names)
        if cluster not in covariates:
            _core.reject(
                "E-CLUSTER",
                asked,
                f"there is no covariate {cluster!r}",
                f"those there are: {', '.join(covariates) or 'none'}",
                "Pass the table's column itself, cluster=table[...], or a dict by subject",
            )
        per_row = np.asarray(seen.covariates)[:, covariates.index(cluster)]
    elif isinstance(cluster, Mapping):
        by_name = {str(name): value for name, value in cluster.items()}
        missing = sum(name not in by_name for name in names)
        if missing:
            _core.reject(
                "E-CLUSTER",
                asked,
                f"{missing} subjects have no cluster",
                "each needs one",
                "Give all of them one, or leave these subjects out of the data",
            )
        per_row = np.array([str(by_name[name]) for name in names])[subjects]
    else:
        given = np.asarray(cluster)
        rows = np.asarray(seen.source_rows)
        if given.ndim == 1 and len(given) == len(names):
            per_row = given[subjects]
        elif given.ndim == 1 and len(given) > int(rows.max()):
            per_row = given[rows]
        else:
            _core.reject(
                "E-CLUSTER",
                asked,
                f"cluster= has the shape {given.shape}",
                f"there are {len(names)} subjects in {int(rows.max()) + 1} rows",
                "Give one value for each subject, or one for each row of the table",
            )
    per_subject = per_row[starts]
    differs = np.flatnonzero(per_row != per_subject[subjects])
    if differs.size:
        row = int(np.asarray(seen.source_rows)[differs[0]])
        _core.reject(
            "E-CLUSTER",
            asked,
            f"in row {row} a subject changes its cluster",
            "a subject belongs to one",
            "Take the cluster of the first row, or name the subject anew after a move",
        )
    numbers: list[int] = np.unique(per_subject, return_inverse=True)[1].tolist()
    return numbers


@dataclass(frozen=True, eq=False, repr=False)
class ProfileIntervals:
    """Intervals by profile likelihood, of coefficients on their own (logarithmic) scale.

    With priors the profile is that of the posterior density.

    Attributes
    ----------
    names
        Of the coefficients.
    level
        Of the intervals.
    estimates, lower, upper
        (p,); infinite where the data set no limit on that side.
    lower_kind, upper_kind
        "found", "none" (the likelihood never falls so far), "bound" (the one-sided 95 % bound of a
        rate estimated as 0 or infinity), "limit" (an inequality of the fit ends it here) or "not
        free" (the coefficient was not estimated).
    points
        Per coefficient (n, 2): values at which the profile was computed, and by how much
        2 log L fell there.
    higher
        By how much 2 log L rose above that of the estimate on the way: 0 unless the search for the
        estimate ended too early.
    """

    names: tuple[str, ...]
    level: float
    estimates: Array
    lower: Array
    upper: Array
    lower_kind: tuple[str, ...]
    upper_kind: tuple[str, ...]
    points: tuple[Array, ...]
    higher: float

    def to_frame(self, backend: str | None = None) -> Any:
        """One row per coefficient: estimate, limits and what each limit is.

        Parameters
        ----------
        backend
            "pandas", "polars" or "pyarrow"; by default the first installed.
        """
        return _frames.to_frame(
            {
                "coefficient": list(self.names),
                "estimate": self.estimates,
                "lower": self.lower,
                "upper": self.upper,
                "lower_kind": list(self.lower_kind),
                "upper_kind": list(self.upper_kind),
            },
            backend,
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """The profiles; see `kohort.plots_inference.profiles`."""
        from kohort import plots_inference

        return plots_inference.profiles(self, ax)

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        share = f"{100 * self.level:g} %"
        rows = []
        for i, name in enumerate(self.names):
            ends = [
                end_text(float(self.lower[i]), self.lower_kind[i]),
                end_text(float(self.upper[i]), self.upper_kind[i]),
            ]
            rows.append([name, rate_text(float(self.estimates[i])), *ends])
        return ["rate per year, or hazard ratio", "estimate", f"{share} from", "to"], rows

    def __str__(self) -> str:
        return f"{self._title()}\n{_text.table(*self._grid())}"

    def __repr__(self) -> str:
        return f"<ProfileIntervals: {len(self.names)} coefficients>"

    def _repr_html_(self) -> str:
        verdict = "" if self.higher == 0 else "a higher likelihood was seen on the way"
        parts = [_html.table(*self._grid())]
        return _html.block(self._title(), verdict=verdict, good=self.higher == 0, parts=parts)

    def _title(self) -> str:
        title = "Intervals by profile likelihood"
        if self.higher > 0:
            title += f"; 2 log L was {_text.number(self.higher)} higher on the way: fit again"
        return title


def rate_text(log_value: float) -> str:
    with np.errstate(over="ignore"):
        return _text.number(float(np.exp(log_value)))


def end_text(log_value: float, kind: str) -> str:
    if kind == "found":
        return rate_text(log_value)
    return f"{rate_text(log_value)} ({kind})" if kind in ("bound", "limit") else kind


def profile(
    fitted: FittedModel,
    coefficients: Sequence[str] | None,
    level: float,
    data: Any,
    threads: int,
    progress: Progress | None,
) -> ProfileIntervals:
    names = list(fitted.coefficient_names)
    chosen = names if coefficients is None else list(coefficients)
    for name in chosen:
        if name not in names:
            _core.reject(
                "E-COLUMN",
                "profile",
                f"there is no coefficient {name!r}",
                f"those there are: {', '.join(names)}",
                "Use one of these names",
            )
    seen = data_of(fitted, data, "profile")
    found = _core.profile(
        estimate_of(fitted),
        seen,
        [names.index(name) for name in chosen],
        level,
        threads=threads,
        progress=progress,
    )
    return ProfileIntervals(
        tuple(chosen),
        level,
        frozen_copy([fitted.coefficients[one[0]] for one in found]),
        frozen_copy([one[1] for one in found]),
        frozen_copy([one[3] for one in found]),
        tuple(one[2] for one in found),
        tuple(one[4] for one in found),
        tuple(frozen_copy(one[5]).reshape(-1, 2) for one in found),
        max((one[6] for one in found), default=0.0),
    )


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
        known = np.array(self.fitted.has_error, dtype=bool)
        errors = np.sqrt(np.where(known, np.diag(self.covariance), 0.0))
        return np.ma.masked_array(errors, mask=~known)

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


def check_seed(seed: int, asked: str) -> None:
    if seed < 0:
        _core.reject(
            "E-DRAWS", asked, f"the seed is {seed}", "it must not be negative", "Take 1, say"
        )
