"""Fitting intensities to what was seen of persons."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kohort import _core
from kohort.estimation.constraints import (
    Constraint,
    Penalty,
    Prior,
    flat,
    plain_constraints,
    plain_priors,
)
from kohort.estimation.fit_data import as_seen, observations_of
from kohort.estimation.fit_parts import Convergence, FitWarning, RateBound, SmoothCurve, Start
from kohort.estimation.fitted_model import FittedModel, rebuild
from kohort.estimation.yearly_tables import YearlyTable, table_rows
from kohort.model.formulas import written_out
from kohort.model.hidden import (
    HiddenStates,
    Misclassification,
    Phases,
    hidden_design,
    hidden_states,
)
from kohort.model.structure import Model
from kohort.model.terms import Covariates, Term, clock_ranges, core_model, design, with_ends


def fit(
    data: Any,
    model: Model,
    *,
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
    tables: Sequence[YearlyTable] = (),
    constraints: Sequence[Constraint | tuple[Constraint, ...]] = (),
    priors: Sequence[Prior | Penalty] = (),
    starts: int = 1,
    seed: int = 1,
    phases: Phases | Mapping[str, int] | None = None,
    misclassification: Misclassification | None = None,
    iterations: int = 200,
    threads: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> FittedModel:
    """Fit intensities by maximum likelihood, with nothing to tune.

    Parameters
    ----------
    data
        `Observations`, `Decisions`, a dict of arrays, or any table (pandas, polars, Arrow): one row
        per subject and time.
    model
        States and permitted transitions. A column of numbers may be used if the states' names are
        these numbers.
    subject, time, state
        Names of columns; not needed for `Observations`.
    covariates
        Columns (or `bands`, `yearly`, `gompertz`, `weibull`, `spline`) that act on every
        transition, or a dict from transitions ("light -> dead") to those that act on it. A value
        holds until the subject's next row, unless it is one of these clocks. A formula such as
        "~ age + C(sex)" may stand for columns (extra `formula`).
    kind
        Column that says how each row's state became known: "panel", "exact_transition",
        "exact_death", "window_death", "exact_stay" or "start".
    deaths
        Without `kind`: "exact" reads rows that enter the model's death state as deaths dated
        exactly, the state just before them unseen; "panel" reads them as seen at a visit. Or the
        names of the absorbing states whose rows are dated exactly.
    exact_times
        Without `kind`: every row is a move (or a stay) known throughout.
    time_unit
        "years" or "days" (365.25 a year). Rates are per year in both cases.
    weights
        Column with a weight for each subject.
    censored
        Codes in the column of states, each with the states that such a row may be in:
        `{"99": ("light", "moderate")}`. Of several absorbing states: the cause is unknown.
    earliest
        Column of times: a dated death is known to lie between this time and the row's own, such as
        a month.
    start
        What is known of a subject's first state. "condition": it is what it is. "uniform": the
        same, and of several states each is as likely. Or a dict from states to probabilities or
        columns of them, which become part of the likelihood.
    tables
        Published tables of other people (`YearlyTable`), whose likelihoods are added: one set of
        intensities for all. Without persons: `fit_tables`.
    constraints
        Conditions on coefficients: `equal`, `fixed`, `at_least`, `at_most`, `linear`.
    priors
        `normal_prior`, `gamma_prior`, `quadratic_penalty`: then the result is the mode of the
        posterior of the coefficients, and what had no finite estimate may have one.
    starts
        Searches from different starts: the usual one, then rates times exp(N(0, 1)). The highest
        maximum is reported, the others stand in `FittedModel.starts`; `D-LOCALMAX` says so if they
        differ by more than 0.01 in -2 log L.
    seed
        Of those starts.
    phases
        States that are left at a rate which depends on the time spent there: ``{"total": 2}``, or
        `Phases` with what is assumed of people found there. The fitted model's states are then the
        phases.
    misclassification
        Levels that may be misread at a visit: `Misclassification`.
    iterations
        Steps at most.
    threads
        0: all processors. The result is the same bytes for any number.
    progress
        Called with (steps taken, steps at most); may raise to stop.

    Returns
    -------
    FittedModel
        Also when the search ended early or a rate has no finite estimate: then with a `FitWarning`.

    Raises
    ------
    InvalidInput
        Data or design that cannot be used, before any work: `E-IMPOSSIBLE`, `E-TIME`,
        `E-STATE-UNKNOWN`, `E-COLUMN`, `E-CONSTRAINT`, `E-PRIOR`, `D-NONIDENT` and others; `.code`
        says which.

    Notes
    -----
    The likelihood is that of Kalbfleisch & Lawless (1985) for visits and of Kay (1986) for deaths.

    Examples
    --------
    >>> import kohort as kh
    >>> model = kh.Model(("well", "dead"), [("well", "dead")], death="dead")
    >>> rows = {"id": [1, 1, 2, 2], "t": [0, 2.0, 0, 3.0], "s": ["well", "dead", "well", "well"]}
    >>> fitted = kh.fit(rows, model, subject="id", time="t", state="s")
    >>> round(float(fitted.intensities()[0, 1]), 6)
    0.2
    """
    if iterations < 1:
        _core.reject(
            "E-SETTING", "fit", f"iterations is {iterations}", "it must be 1 or more", "Try 200"
        )
    covariates, data = written_out(covariates, data)
    hidden = hidden_states(model, phases, misclassification)
    model, terms, uses, core = hidden_design(model, hidden, covariates)
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
    if any(term.path == "spline" for term in terms):
        terms = with_ends(terms, seen)
        core = core_model(model, terms, uses)
        core = hidden.of(core) if hidden else core
    if tables and hidden:
        _core.reject(
            "E-SETTING",
            "fit",
            "tables are given, and states are hidden",
            "a published table says which states were seen, not which were true or in which phase",
            "Fit the persons alone, or without phases and misclassification",
        )
    if tables:
        names = tuple(seen.covariate_names)
        used = {term.column for term in terms}
        seen = _core.with_tables(seen, table_rows(tables, model, names, used))
    return _fitted(
        seen,
        model,
        terms,
        uses,
        core,
        conditions=flat(constraints),
        beliefs=tuple(priors),
        starts=starts,
        seed=seed,
        hidden=hidden,
        iterations=iterations,
        threads=threads,
        progress=progress,
    )


def fit_tables(
    tables: Sequence[YearlyTable],
    model: Model,
    *,
    covariates: Covariates = (),
    iterations: int = 200,
    threads: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> FittedModel:
    """Fit intensities to published tables alone, by maximum likelihood.

    Each row is a multinomial sample of its persons. Without covariates the search starts with a few
    steps of EM. A table that no constant intensities give is a diagnostic, `D-EMBED`, with the
    entries to blame and the likelihood ratio of the fit against the table; the fit then has rates
    of 0 with an upper bound. Nothing is mended in silence.

    Parameters
    ----------
    tables
        `YearlyTable`s, over any years, of transitions, among survivors or of marginals.
    model
        States and permitted transitions.
    covariates
        As in `fit`; each table must say their values at its start.
    iterations, threads, progress
        As in `fit`.

    Returns
    -------
    FittedModel

    Raises
    ------
    InvalidInput
        `E-TABLE`, `E-TIME`, `E-IMPOSSIBLE`, `D-NONIDENT`.

    References
    ----------
    Bladt & Sorensen (2005), JRSS B 67:395.
    """
    terms, uses, core = design(model, covariates)
    if not tables:
        _core.reject("E-TABLE", "fit_tables", "no table was given", "one is needed", "Give one")
    names = tuple(dict.fromkeys(term.column for term in terms))
    seen = _core.only_tables(table_rows(tables, model, names, set(names)), list(names))
    return _fitted(
        seen,
        model,
        terms,
        uses,
        core,
        iterations=iterations,
        threads=threads,
        progress=progress,
    )


def _fitted(
    seen: Any,
    model: Model,
    terms: Sequence[Term],
    uses: Any,
    core: Any,
    *,
    iterations: int,
    threads: int,
    progress: Callable[[int, int], None] | None,
    conditions: Sequence[Constraint] = (),
    beliefs: Sequence[Prior | Penalty] = (),
    starts: int = 1,
    seed: int = 1,
    hidden: HiddenStates | None = None,
) -> FittedModel:
    priors, penalties = plain_priors(beliefs)
    found = _core.fit(
        seen,
        core,
        constraints=plain_constraints(conditions),
        priors=priors,
        penalties=penalties,
        starts=starts,
        seed=seed,
        iterations=iterations,
        threads=threads,
        progress=progress,
    )
    search = Convergence(
        *(found.pop(name) for name in ("verdict", "iterations", "evaluations", "gap", "diverging"))
    )
    fitted = rebuild(
        {
            "model": model,
            "terms": terms,
            "uses": uses,
            **found,
            "has_error": tuple(found["has_error"]),
            "convergence": search,
            "constraints": conditions,
            "priors": beliefs,
            "starts": tuple(Start(*one) for one in found["starts"]),
            "curves": tuple(
                SmoothCurve(model.label(k), terms[term].column, *how)
                for k, term, *how in found["curves"]
            ),
            "bounds": tuple(RateBound(model.label(k), up, rate) for k, up, rate in found["bounds"]),
            "clock_ranges": clock_ranges(terms, seen),
            "_data": seen,
            "hidden": hidden,
        }
    )
    serious = {
        "D-DIVERGING",
        "D-SEPARATION",
        "D-NOT-CONVERGED",
        "D-HESS-ILL",
        "D-NONIDENT",
        "D-LOCALMAX",
    }
    for finding in fitted.diagnostics:
        if finding.code in serious:
            warnings.warn(f"{finding.code}: {finding.message}", FitWarning, stacklevel=3)
    return fitted
