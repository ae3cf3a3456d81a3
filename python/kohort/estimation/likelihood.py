"""The log-likelihood of data at parameters of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.estimation.fit_data import as_seen, observations_of
from kohort.model.hidden import Misclassification, Phases, hidden_design, hidden_states
from kohort.model.structure import Model
from kohort.model.terms import Covariates


def log_likelihood(
    data: Any,
    model: Model,
    *,
    intensities: npt.ArrayLike | None = None,
    coefficients: npt.ArrayLike | None = None,
    subject: str | None = None,
    time: str | None = None,
    state: str | None = None,
    covariates: Covariates = (),
    kind: str | None = None,
    deaths: str | Sequence[str] = "exact",
    exact_times: bool = False,
    time_unit: str = "years",
    weights: str | None = None,
    censored: Mapping[Any, Sequence[str]] | None = None,
    earliest: str | None = None,
    start: str | Mapping[str, float | str] = "condition",
    phases: Phases | Mapping[str, int] | None = None,
    misclassification: Misclassification | None = None,
    threads: int = 0,
) -> float:
    """The log-likelihood at given parameters; the data as in `fit`.

    Parameters
    ----------
    data, model, subject, time, state, covariates, kind, deaths, exact_times, time_unit, weights
        As in `fit`, and so are censored, earliest, start, phases and misclassification.
    intensities
        Q, (n, n), per year: the rates where every covariate is 0, effects being 0.
    coefficients
        (p,) in the order of `FittedModel.coefficient_names`; in place of `intensities`.
    threads
        0: all processors. The result is the same bytes for any number.

    Returns
    -------
    float
        Exact moves and deaths count as densities per year.
    """
    hidden = hidden_states(model, phases, misclassification)
    model, terms, _, core = hidden_design(model, hidden, covariates)
    if (intensities is None) == (coefficients is None):
        _core.reject(
            "E-MODEL",
            "log_likelihood",
            "intensities and coefficients were both given or both left out",
            "one of them is needed",
            "Pass either",
        )
    if intensities is not None:
        given = _coefficients(intensities, model, core)
    else:
        given = np.asarray(coefficients, dtype=float)
    seen = observations_of(
        data,
        *as_seen(model, terms, hidden, core),
        {"subject": subject, "time": time, "state": state},
        {"censored": censored, "earliest": earliest, "start": start},
        kind=kind,
        weights=weights,
        deaths=deaths,
        exact_times=exact_times,
        time_unit=time_unit,
    )
    return float(_core.log_likelihood(seen, core, given, threads=threads))


def _coefficients(intensities: npt.ArrayLike, model: Model, core: Any) -> npt.NDArray[Any]:
    """Logarithms of the rates, every effect being 0."""
    q = np.asarray(intensities, dtype=float)
    given = np.zeros(len(core.coefficient_names))
    if q.shape != (model.size, model.size):
        _core.reject(
            "E-INTENSITY",
            "log_likelihood",
            f"intensities have the shape {q.shape}",
            f"the model has {model.size} states",
            "Give one row and one column for each state",
        )
    for a, b in np.argwhere(~np.eye(model.size, dtype=bool)):
        if (a, b) in model.moves and 0 <= q[a, b] < np.inf:
            continue
        if (a, b) not in model.moves and q[a, b] == 0:
            continue
        move = f"{model.states[a]} -> {model.states[b]}"
        _core.reject(
            "E-INTENSITY",
            "log_likelihood",
            f"the rate of {move} is {q[a, b]:g}",
            "permitted moves have rates of 0 or more, others have none",
            "Mend that rate, or permit the move in the model",
        )
    for k, (a, b) in enumerate(model.moves):
        name = core.coefficient_names.index(model.label(k))
        with np.errstate(divide="ignore"):
            given[name] = np.log(q[a, b])
    return given
