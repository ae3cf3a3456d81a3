"""Fitting several municipalities together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kohort import _core
from kohort.estimation.fit_parts import Convergence
from kohort.estimation.fitted_model import rebuild
from kohort.estimation.fitting import fit
from kohort.estimation.inference import clusters_of, data_of, estimate_of
from kohort.estimation.pooled import PooledFit
from kohort.model.structure import Model
from kohort.support import _frames
from kohort.support._arrays import frozen_copy


def fit_pooled(
    data: Any,
    model: Model,
    municipality: Any,
    *,
    transitions: Sequence[str] | None = None,
    iterations: int = 100,
    threads: int = 0,
    progress: Callable[[int, int], None] | None = None,
    **fitting: Any,
) -> PooledFit:
    """Fit intensities to many municipalities that differ, by random effects on their log rates.

    A municipality of few persons is drawn towards the common rate, one of many keeps its own.

    Parameters
    ----------
    data, model
        As in `fit`.
    municipality
        Name of a column of the table; or one value for each subject or row, or a dict by subject.
    transitions
        Those in which municipalities may differ, "light -> dead"; by default all.
    iterations
        Steps at most.
    threads
        0: all processors. The result is the same bytes for any number.
    progress
        Called with (steps taken, steps at most); may raise to stop.
    fitting
        Everything else that `fit` takes.

    Returns
    -------
    PooledFit

    Raises
    ------
    InvalidInput
        `E-CLUSTER` for fewer than two municipalities, or a person in two; what `fit` refuses;
        `D-BOUNDARY-ZERO` and others if a rate has no finite estimate in all together.

    Notes
    -----
    The effects are integrated out by Laplace's method, with the gradient of its determinant. They
    are independent between transitions. Priors and inequalities are those of the common
    coefficients.
    """
    column = municipality
    if isinstance(municipality, str) and not hasattr(data, "_core"):
        columns = _frames.read_columns(data)
        if municipality not in columns:
            _core.reject(
                "E-COLUMNS",
                "fit_pooled",
                f"there is no column '{municipality}'",
                f"the table has {', '.join(columns)}",
                "Use one of these names, or pass the values themselves",
            )
        column = columns[municipality]
    start = fit(data, model, threads=threads, **fitting)
    seen = data_of(start, None, "fit_pooled")
    numbers = clusters_of(seen, column, "fit_pooled")
    names = _names(seen, column, numbers)
    labels = list(start.transitions)
    for name in transitions or ():
        if name not in labels:
            _core.reject(
                "E-MODEL",
                "fit_pooled",
                f"there is no transition {name!r}",
                f"those there are: {', '.join(labels)}",
                "Use one of these",
            )
    chosen = [labels.index(name) for name in transitions or labels]
    found = _core.fit_pooled(
        estimate_of(start),
        seen,
        numbers,
        chosen,
        iterations=iterations,
        threads=threads,
        progress=progress,
    )
    verdict = "converged" if found["converged"] else "no progress"
    if found["stopped"]:
        verdict = "iteration limit"
    search = Convergence(verdict, found["iterations"], found["evaluations"], found["gap"], False)
    fields = {name: getattr(start, name) for name in start.__dataclass_fields__ if name != "_core"}
    fitted = rebuild(
        fields
        | {
            "coefficients": found["coefficients"],
            "covariance": found["covariance"],
            "has_error": tuple(found["has_error"]),
            "log_likelihood": found["log_likelihood"],
            "log_prior": found["log_prior"],
            "active": found["active"],
            "convergence": search,
            "diagnostics": found["diagnostics"],
        }
    )
    size = len(found["effects"])
    variances = frozen_copy(found["variances"]).reshape(len(names), size, size)
    variance = np.einsum("mii->mi", variances)
    sd = frozen_copy(found["sd"])
    return PooledFit(
        fitted,
        names,
        tuple(labels[k] for k in found["effects"]),
        sd,
        frozen_copy(found["sd_error"]),
        frozen_copy(found["modes"]).reshape(len(names), size),
        frozen_copy(np.sqrt(variance)),
        frozen_copy(variance / sd**2),
        found["quadrature_gap"],
        list(found["effects"]),
        variances,
        frozen_copy(found["follows"]).reshape(len(names), size, len(fitted.coefficients)),
        start,
        numbers,
    )


def _names(seen: Any, column: Any, numbers: list[int]) -> tuple[str, ...]:
    """The clusters' own names, in the order of their numbers."""
    subjects, rows = np.asarray(seen.subjects), np.asarray(seen.source_rows)
    first = np.unique(subjects, return_index=True)[1]
    if isinstance(column, str):  # a covariate of the observations
        column = np.asarray(seen.covariates)[first, list(seen.covariate_names).index(column)]
    if hasattr(column, "items"):
        by_name = {str(name): str(value) for name, value in column.items()}
        values = [by_name[name] for name in seen.subject_names]
    else:
        given = np.asarray(column)
        picked = given if len(given) == len(first) else given[rows[first]]
        values = [str(value) for value in picked.tolist()]
    return tuple(dict(sorted(zip(numbers, values, strict=True))).values())
