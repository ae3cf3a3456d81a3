"""Persons who never were: histories drawn from a model, seen as a municipality would see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.data.observed_columns import KINDS
from kohort.estimation.fitted_model import FittedModel
from kohort.model.hidden import (
    HiddenStates,
    Misclassification,
    Phases,
    hidden_design,
    hidden_states,
)
from kohort.model.structure import Model
from kohort.model.terms import Covariates, Term
from kohort.support._refusal import choice

Array = npt.NDArray[Any]


def simulate(
    model: Model | FittedModel,
    *,
    start: npt.ArrayLike | Mapping[str, float] | None = None,
    visits: npt.ArrayLike,
    persons: int | None = None,
    intensities: npt.ArrayLike | None = None,
    covariates: Covariates = (),
    coefficients: npt.ArrayLike | None = None,
    phases: Phases | Mapping[str, int] | None = None,
    misclassification: Misclassification | None = None,
    x: Mapping[str, npt.ArrayLike] | None = None,
    deaths: str = "exact",
    exact_times: bool = False,
    seed: int = 1,
    replicate: int = 0,
    threads: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Array]:
    """Simulate histories and how they are seen: a table ready for `fit`.

    What a person does depends on the seed, the replicate, the person's place and the intensities,
    never on the visits or on the number of threads.

    Parameters
    ----------
    model
        A fit, or a model whose rates `intensities` or `coefficients` give.
    start
        True state at the first visit: a name, or one name (or number) per person, or shares by name
        that sum to 1. Left out: drawn from the probabilities of first states that a model with
        misread levels has.
    visits
        (visits,), years from the start, increasing; the first is the start, the last the planned
        end, which a person reaches alive or not.
    persons
        How many; not needed where `start` or `x` have one value per person.
    intensities
        Q, (n, n), per year, for a `Model` without covariates or misreadings; with phases, of the
        model that has them as states.
    covariates, coefficients
        For a `Model` with covariates: as in `fit`, and (p,) in the order of
        `FittedModel.coefficient_names`.
    phases, misclassification
        For a `Model`, as in `fit`. Phases are lived through, and the state is what is seen; a level
        read with error is drawn anew at each visit, from the probabilities of the true one.
    x
        Value of each covariate at the first visit, one or one per person. Clocks (`bands`,
        `yearly`, `Phases.since`) run on; the others stay.
    deaths
        "exact": dated, the state just before unseen. "month": known to the month (a twelfth of a
        year on the clock of `time`), which begins at `earliest`. "panel": seen at the next visit.
    exact_times
        Every move is dated, and nothing is unseen.
    seed, replicate
        Another replicate is other persons with the same seed.
    threads
        0: all processors.
    progress
        Called with (blocks done, blocks); may raise to stop.

    Returns
    -------
    dict
        Columns `subject` (from 1), `time` (years), `state`, `kind`, one for each covariate,
        `planned_end` (years) and, for deaths by month, `earliest`. Pass it on with
        `subject="subject", time="time", state="state", kind="kind"`.

    Raises
    ------
    InvalidInput
        `E-MODEL`, `E-COLUMN`, `E-TIME`, `E-COVARIATE`, `E-SHARES`, `E-START`, `E-STATE-UNKNOWN`:
        what cannot be simulated, before any work.

    Examples
    --------
    >>> import kohort as kh
    >>> model = kh.Model(("well", "dead"), [("well", "dead")], death="dead")
    >>> rates = model.intensities([0.1])
    >>> seen = kh.simulate(model, intensities=rates, start="well", persons=3, visits=[0, 1, 2])
    >>> sorted(seen)
    ['kind', 'planned_end', 'state', 'subject', 'time']
    """
    choice("deaths", deaths, ("exact", "panel", "month"))
    hidden, terms, core, theta = _parameters(
        model, intensities, covariates, coefficients, (phases, misclassification)
    )
    seen_model = hidden.seen if isinstance(hidden, HiddenStates) else hidden
    terms = (*terms, *(hidden.terms if isinstance(hidden, HiddenStates) else ()))
    since = hidden.columns[len(hidden.terms) :] if isinstance(hidden, HiddenStates) else []
    names = list(dict.fromkeys([*(term.column for term in terms), *since]))
    clocks = [
        name in since or any(t.column == name and t.path != "held" for t in terms) for name in names
    ]
    given = {name: np.atleast_1d(np.asarray(v, dtype=float)) for name, v in (x or {}).items()}
    for name in given:
        if name not in names:
            _core.reject(
                "E-COLUMN",
                "simulate",
                f"x has a value for {name!r}",
                f"the model's covariates are: {', '.join(names) or 'none'}",
                "Leave it out",
            )
    count = _persons(persons, start, given)
    states = _starts(seen_model, start, count, seed)
    values = np.empty((count, len(names)))
    for i, name in enumerate(names):
        if name not in given:
            _core.reject(
                "E-COLUMN",
                "simulate",
                f"the persons have no covariate '{name}'",
                "the intensities depend on it",
                "Give its values in x",
            )
        values[:, i] = given[name]
    times = np.atleast_1d(np.asarray(visits, dtype=float))
    subjects, when, where, kinds, seen, earliest = _core.simulate(
        core,
        theta.tolist(),
        states,
        times.tolist(),
        names,
        values,
        clocks,
        exact_times=exact_times,
        deaths=deaths,
        seed=seed,
        replicate=replicate,
        threads=threads,
        progress=progress,
    )
    table: dict[str, Array] = {
        "subject": subjects + 1,
        "time": when,
        "state": np.array(seen_model.states)[where],
        "kind": np.array(KINDS)[kinds],
    }
    if deaths == "month":
        table["earliest"] = earliest
    table |= {name: seen[:, i] for i, name in enumerate(names)}
    return table | {"planned_end": np.full(len(when), times[-1])}


def _parameters(
    model: Model | FittedModel,
    intensities: npt.ArrayLike | None,
    covariates: Covariates,
    coefficients: npt.ArrayLike | None,
    layers: tuple[Phases | Mapping[str, int] | None, Misclassification | None],
) -> tuple[Model | HiddenStates, tuple[Term, ...], Any, Array]:
    """The states and what is seen of them, the terms, the library's model and its parameters."""
    if isinstance(model, FittedModel):
        if intensities is not None or coefficients is not None or covariates or any(layers):
            _core.reject(
                "E-MODEL",
                "simulate",
                "a fit was given, and other parameters or phases or misreadings with it",
                "a fit has its own",
                "Leave them out, or pass fit.model and all of them",
            )
        return model.hidden or model.model, model.terms, model._core, model.coefficients
    if (intensities is None) == (coefficients is None):
        _core.reject(
            "E-MODEL",
            "simulate",
            "intensities and coefficients were both given or both left out",
            "one of them is needed",
            "Pass either",
        )
    hidden = hidden_states(model, *layers)
    fine, terms, _, core = hidden_design(model, hidden, covariates)
    if coefficients is not None:
        return hidden or model, terms, core, np.asarray(coefficients, dtype=float)
    if terms or (hidden and hidden.misclassification):
        _core.reject(
            "E-MODEL",
            "simulate",
            "intensities were given with covariates or misreadings",
            "Q says nothing of these",
            "Pass coefficients",
        )
    return hidden or model, terms, core, _log_rates(fine, np.asarray(intensities, dtype=float))


def _log_rates(model: Model, q: Array) -> Array:
    if q.shape != (model.size, model.size):
        _core.reject(
            "E-INTENSITY",
            "simulate",
            f"intensities have the shape {q.shape}",
            f"the model has {model.size} states",
            "Give one row and one column for each state",
        )
    rates = np.array([q[a, b] for a, b in model.moves])
    others = q - model.intensities(rates) if np.all(rates >= 0) else np.inf
    if not np.all(np.isfinite(q)) or np.any(np.abs(others) > 1e-9):
        _core.reject(
            "E-INTENSITY",
            "simulate",
            "a rate is negative, not finite, or of a move that the model does not permit",
            "permitted moves have rates of 0 or more, others none, and rows sum to 0",
            "Mend it: model.intensities(rates) makes such a matrix",
        )
    with np.errstate(divide="ignore"):
        logs: Array = np.log(rates)
    return logs


def _persons(persons: int | None, start: Any, given: Mapping[str, Array]) -> int:
    lengths = {name: len(values) for name, values in given.items() if len(values) > 1}
    if start is not None and not isinstance(start, str | Mapping) and np.ndim(start) == 1:
        lengths["start"] = len(start)
    if persons is not None:
        lengths["persons"] = persons
    if not lengths or len(set(lengths.values())) > 1 or min(lengths.values()) < 1:
        told = ", ".join(f"{name}: {n}" for name, n in lengths.items()) or "nothing"
        _core.reject(
            "E-MODEL",
            "simulate",
            f"of the number of persons is said: {told}",
            "it must be said, and the same everywhere",
            "Pass persons=",
        )
    return next(iter(lengths.values()))


def _starts(model: Model, start: Any, count: int, seed: int) -> Array:
    if start is None:
        return np.full(count, -1, dtype=np.int32)
    if isinstance(start, Mapping):
        shares = np.zeros(model.size)
        for name, share in start.items():
            shares[model.state(name)] = share
        drawn: Array = _core.draw_states(shares.tolist(), count, seed)
        return drawn
    values = np.broadcast_to(np.asarray(start), (count,))
    if values.dtype.kind in "iu" and not any(name.isdigit() for name in model.states):
        return values.astype(np.int32)
    names, places = np.unique(values.astype(str), return_inverse=True)
    return np.array([model.state(str(name)) for name in names], dtype=np.int32)[places]
