"""What every inference from a fit begins with: its estimate, its data and who belong together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.estimation.constraints import Penalty, plain_constraints, plain_priors
from kohort.support import _text

if TYPE_CHECKING:
    from kohort.estimation.fitted_model import FittedModel

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


def check_seed(seed: int, asked: str) -> None:
    if seed < 0:
        _core.reject(
            "E-DRAWS", asked, f"the seed is {seed}", "it must not be negative", "Take 1, say"
        )


def rate_text(log_value: float) -> str:
    with np.errstate(over="ignore"):
        return _text.number(float(np.exp(log_value)))
