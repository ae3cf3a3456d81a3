"""Is the model right? What it expects beside what was seen, and tests that hold for panel data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.estimation.check_results import (
    AalenJohansen,
    Influence,
    MarkovTest,
    PearsonTest,
    Prevalence,
)
from kohort.estimation.inference import data_of, estimate_of
from kohort.model.structure import Model
from kohort.support._arrays import frozen, frozen_copy

if TYPE_CHECKING:
    from kohort.estimation.fitted_model import FittedModel

Array = npt.NDArray[Any]
Progress = Callable[[int, int], None]
PlannedEnd = float | str | dt.date | npt.ArrayLike | Mapping[str, float] | None


def influence(
    fitted: FittedModel, *, data: Any = None, threads: int = 0, progress: Progress | None = None
) -> Influence:
    """Score residuals and influence; see `FittedModel.influence`."""
    seen = data_of(fitted, data, "influence")
    estimate = estimate_of(fitted)
    _, scores = _core.subject_scores(estimate, seen, threads=threads, progress=progress)
    known = np.array(fitted.has_error, dtype=bool)
    scores = np.where(known, scores, 0.0)
    moved = _core.influence(estimate, scores)
    errors = np.sqrt(np.where(known, np.diag(fitted.covariance), 1.0))
    return Influence(
        tuple(np.array(fitted.coefficient_names)[known].tolist()),
        frozen(np.einsum("ij,ij->i", moved, scores)),
        frozen((moved / errors)[:, known]),
    )


def prevalence(
    fitted: FittedModel,
    times: npt.ArrayLike,
    *,
    planned_end: PlannedEnd = None,
    between: str = "last visit",
    window: float = np.inf,
    data: Any = None,
    threads: int = 0,
    progress: Progress | None = None,
) -> Prevalence:
    """Observed and expected prevalence; see `FittedModel.prevalence`."""
    seen = data_of(fitted, data, "prevalence")
    if between not in ("last visit", "model") or not window >= 0:
        _core.reject(
            "E-SETTING",
            "prevalence",
            f"between is {between!r} and window is {window}",
            "between is 'last visit' or 'model', and window 0 or more years",
            "Choose one of them",
        )
    ends = planned_ends(fitted, seen, planned_end, "prevalence")
    assert ends is not None
    starts, _ = _follow_up(seen)
    found = _core.prevalence(
        fitted._core,
        fitted.coefficients.tolist(),
        seen,
        np.atleast_1d(np.asarray(times, dtype=float)).tolist(),
        ((ends - starts) / seen.units_per_year).tolist(),
        window=float(window),
        bridge=between == "model",
        threads=threads,
        progress=progress,
    )
    when, persons, observed, unknown, expected, shared = map(frozen_copy, found)
    return Prevalence(
        seen_model(fitted).states,
        times=when,
        persons=persons,
        observed=observed,
        unknown=unknown,
        expected=expected,
        shared=shared,
        between=between,
        window=float(window),
        readings=fitted.hidden is not None and fitted.hidden.misclassification is not None,
    )


def pearson_test(
    fitted: FittedModel,
    *,
    planned_end: PlannedEnd = None,
    groups: tuple[int, int, int] = (4, 3, 3),
    smallest: float = 5,
    replicates: int = 199,
    refit: bool = True,
    seed: int = 1,
    data: Any = None,
    threads: int = 0,
    progress: Progress | None = None,
) -> PearsonTest:
    """Pearson-type test of fit; see `FittedModel.pearson_test`."""
    seen = data_of(fitted, data, "pearson_test")
    if replicates:
        _likelihood_alone(fitted)
    ends = (
        []
        if planned_end is None
        else planned_ends(fitted, seen, planned_end, "pearson_test").tolist()
    )
    found = _core.pearson(
        fitted._core,
        fitted.coefficients,
        seen,
        ends,
        groups=groups,
        smallest=smallest,
        replicates=replicates,
        refit=refit,
        seed=seed,
        threads=threads,
        progress=progress,
    )
    raw = found["cells"]
    names = seen_model(fitted).states
    observed, expected = (np.array([cell[i] for cell in raw], dtype=float) for i in (5, 6))
    with np.errstate(divide="ignore", invalid="ignore"):
        residual = np.where(expected > 0, (observed - expected) / np.sqrt(expected), 0.0)
    cells = {
        "time": np.array([cell[0] + 1 for cell in raw]),
        "length": np.array([cell[1] + 1 for cell in raw]),
        "rate": np.array([cell[2] + 1 for cell in raw]),
        "from": np.array([names[cell[3]] for cell in raw]),
        "to": np.array([" or ".join(names[s] for s in cell[4]) for cell in raw]),
        "observed": observed,
        "expected": expected,
        "residual": residual,
    }
    for column in cells.values():
        column.setflags(write=False)
    replicated, time_cuts, length_cuts, rate_cuts = (
        frozen_copy(found[name]) for name in ("replicated", "time_cuts", "length_cuts", "rate_cuts")
    )
    return PearsonTest(
        names,
        found["statistic"],
        found["p_value"],
        replicated,
        found["failures"],
        refit,
        cells,
        time_cuts,
        length_cuts,
        rate_cuts,
        found["intervals"],
        found["imputed"],
    )


def _likelihood_alone(fitted: FittedModel) -> None:
    """Refuse what fits replicates by the likelihood alone: a fit with more than a likelihood."""
    priors = fitted.priors
    limits = [one for one in fitted.constraints if one.relation != "="]
    curves = [one for one in fitted.curves if one.smoothing > 0]
    if not priors and not limits and not curves:
        if fitted.constraints:
            _core.reject(
                "E-CONSTRAINT",
                "pearson_test",
                "the fit has constraints",
                "its replicates would be fitted without them",
                "Ask for the statistic alone with replicates=0",
            )
        return
    what = "priors" if priors else "inequalities" if limits else "penalised curves"
    _core.reject(
        "E-PRIOR",
        "pearson_test",
        f"the fit has {what}",
        "its replicates are fitted by the likelihood alone",
        "Ask for the statistic alone with replicates=0",
    )


def aalen_johansen(
    fitted: FittedModel,
    start: str,
    *,
    until: float | None = None,
    data: Any = None,
    progress: Progress | None = None,
) -> AalenJohansen:
    """Aalen-Johansen beside the model; see `FittedModel.aalen_johansen`."""
    seen = data_of(fitted, data, "aalen_johansen")
    structure = seen_model(fitted)
    if fitted.hidden is not None and fitted.hidden.misclassification is not None:
        _core.reject(
            "E-MODEL",
            "aalen_johansen",
            "levels may be misread",
            "this estimator needs to know everybody's true state all the time",
            "Compare prevalence, which puts expected readings beside those that were made",
        )
    state = structure.state(start)
    times, at_risk, probabilities, covariances = _core.aalen_johansen(
        seen, structure._core, progress=progress
    )
    last = float(times[-1]) if until is None else float(until)
    kept = np.asarray(times) <= last
    grid = np.linspace(0, last, 61)
    # The model for the same persons: those who begin in the state, along their own covariates.
    starts, ends = _follow_up(seen)
    first = np.flatnonzero(np.diff(np.asarray(seen.subjects), prepend=-1))
    chosen = np.flatnonzero(np.asarray(seen.states)[first] == state)
    if not chosen.size:
        _core.reject(
            "E-EMPTY",
            "aalen_johansen",
            f"nobody begins in {start}",
            "the model's curve is for those who begin there",
            "Name a state in which somebody begins",
        )
    if fitted.terms or fitted.hidden is not None:
        some = _core.select(seen, chosen.tolist())
        far = np.maximum((ends - starts)[chosen] / seen.units_per_year, last)
        expected = _core.prevalence(
            fitted._core, fitted.coefficients.tolist(), some, grid.tolist(), far.tolist(),
            window=np.inf, bridge=False,
        )[4]  # fmt: skip
        model = expected / expected[0].sum()
    else:
        model = np.array([fitted.transition_probability(t)[state] for t in grid])
    return AalenJohansen(
        structure.states,
        start,
        frozen_copy(np.asarray(times)[kept]),
        frozen_copy(at_risk[kept]),
        frozen_copy(probabilities[kept, state]),
        frozen_copy(covariances[kept, state]),
        frozen_copy(grid),
        frozen_copy(model),
    )


def markov_test(
    fitted: FittedModel,
    *,
    moved: bool = True,
    changes: bool = True,
    ever: Sequence[str] = (),
    on: Sequence[str] | None = None,
    data: Any = None,
    threads: int = 0,
    progress: Progress | None = None,
) -> MarkovTest:
    """Test of the Markov assumption; see `FittedModel.markov_test`."""
    seen = data_of(fitted, data, "markov_test")
    labels = _seen_transitions(fitted)
    for label in on or ():
        if label not in {*fitted.transitions, *labels}:
            _core.reject(
                "E-SETTING",
                "markov_test",
                f"there is no transition {label!r}",
                f"the model's transitions are: {', '.join(dict.fromkeys(labels))}",
                "Use one of these",
            )
    found = _core.markov_test(
        fitted._core,
        fitted.coefficients,
        seen,
        moved=moved,
        changes=changes,
        ever=[seen_model(fitted).state(name) for name in ever],
        on=[]
        if on is None
        else [
            fine in on or label in on
            for fine, label in zip(fitted.transitions, labels, strict=True)
        ],
        threads=threads,
        progress=progress,
    )
    return MarkovTest(
        found["statistic"],
        found["degrees"],
        found["p_value"],
        tuple(tuple(effect) for effect in found["effects"]),
        found["intervals"],
        found["left_out"],
    )


def seen_model(fitted: FittedModel) -> Model:
    """The states as they are seen: without their phases."""
    return fitted.hidden.seen if fitted.hidden is not None else fitted.model


def _seen_transitions(fitted: FittedModel) -> list[str]:
    """Per transition its label with the states as they are seen."""
    if fitted.hidden is None or fitted.hidden.phases is None:
        return list(fitted.transitions)
    _, seen_of = fitted.hidden.fine()
    names = fitted.hidden.seen.states
    return [f"{names[seen_of[a]]} -> {names[seen_of[b]]}" for a, b in fitted.model.moves]


def _follow_up(seen: Any) -> tuple[Array, Array]:
    """Time of each subject's first and last row."""
    subjects, times = np.asarray(seen.subjects), np.asarray(seen.times)
    first = np.flatnonzero(np.diff(subjects, prepend=-1))
    last = np.append(first[1:], len(subjects)) - 1
    return times[first], times[last]


def planned_ends(fitted: FittedModel, seen: Any, planned_end: PlannedEnd, asked: str) -> Array:
    """Per subject, on the clock of the times."""
    _, last = _follow_up(seen)
    names = list(seen.subject_names)
    if planned_end is None:
        rows = np.flatnonzero(np.diff(np.asarray(seen.subjects), append=-1))
        structure = seen_model(fitted)
        ended = [structure.absorbing(name) for name in structure.states]
        ended += [all(ended[s] for s in one) for one in seen.sets]
        if np.any(np.array(ended)[np.asarray(seen.states)[rows]]):
            _core.reject(
                "E-PLAN",
                asked,
                "somebody reached an absorbing state, and planned_end= is missing",
                "the dead count until observation of them was to end, had they lived",
                "Say when: a time for all (the day of extraction), or one per subject",
            )
        return last
    if isinstance(planned_end, Mapping):
        missing = [i for i, name in enumerate(names) if name not in planned_end]
        if missing:
            _core.reject(
                "E-PLAN",
                asked,
                f"planned_end lacks {len(missing)} of {len(names)} subjects",
                "each has one",
                "Use the subjects' names as keys",
            )
        values: Any = [planned_end[name] for name in names]
    else:
        values = planned_end
    if isinstance(values, str | dt.date):
        values = np.datetime64(values, "D")
    array = np.asarray(values)
    if array.dtype.kind in "MU":
        array = array.astype("datetime64[s]").astype(float) / 86400
    ends = np.asarray(array, dtype=float)
    if ends.ndim > 1 or (ends.ndim == 1 and len(ends) != len(names)):
        _core.reject(
            "E-PLAN",
            asked,
            f"planned_end has the shape {ends.shape}",
            f"there are {len(names)} subjects",
            "Give one time for all, or one per subject in the order of Observations.subject_names",
        )
    return np.broadcast_to(ends, (len(names),)).astype(float)
