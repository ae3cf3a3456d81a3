"""A fitted model in words: what `str` prints and a notebook shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kohort.support import _html, _text

if TYPE_CHECKING:
    from kohort.estimation.fitted_model import FittedModel


def written(fit: FittedModel) -> str:
    """What `str` prints: the verdict, what was seen, the rates, and what must be known of them."""
    head = [title(fit), counts(fit), *conditions(fit)]
    return "\n".join([*head, _text.table(*grid(fit)), *_notes(fit)])


def html(fit: FittedModel) -> str:
    """The same for a notebook, with the verdict coloured."""
    parts = [_html.table(*grid(fit), caption=counts(fit))]
    if notes := _notes(fit):
        parts.append(_html.table(["diagnostics"], [[note] for note in notes]))
    good = fit.convergence.converged
    return _html.block(title(fit), verdict=str(fit.convergence), good=good, parts=parts)


def _notes(fit: FittedModel) -> list[str]:
    return [f"{f.code}: {f.message}" for f in fit.diagnostics if f.severity in "DW"]


def title(fit: FittedModel) -> str:
    if fit.convergence.verdict == "given":
        return f"Model with {fit.convergence}"
    return f"Fitted model: -2 log L = {-2 * fit.log_likelihood:.6f}, {fit.convergence}"


def counts(fit: FittedModel) -> str:
    if fit.convergence.verdict == "given":
        return f"{len(fit.coefficients)} coefficients"
    text = f"{fit.subjects} subjects, {fit.intervals} intervals"
    if fit.cells:  # exactly dated ones are added up and have no cells
        text += f" ({fit.cells} distinct)"
    text += f", {fit.person_years:.1f} person-years"
    if fit.substep:
        text += f"; sub-steps of {fit.substep:.3g} years, in log L {fit.substep_error:.1g}"
    if fit.single_subjects:
        text += f"; {fit.single_subjects} seen only once"
    return text


def conditions(fit: FittedModel) -> list[str]:
    marks = [
        " (met)" if on and c.relation != "=" else ""
        for c, on in zip(fit.constraints, fit.active, strict=True)
    ]
    lines = [f"constraint: {c}{mark}" for c, mark in zip(fit.constraints, marks, strict=True)]
    if fit.priors:
        lines += [f"prior: {prior}" for prior in fit.priors]
        lines += [f"mode of the posterior; log prior density {fit.log_prior:.6f}"]
    return lines + [str(curve) for curve in fit.curves]


def grid(fit: FittedModel, level: float = 0.95) -> tuple[list[str], list[list[str]]]:
    errors, limits = fit.standard_errors, fit.confidence_intervals(level)
    zero = {bound.transition: bound for bound in fit.bounds}
    rows = []
    curved = {(one.transition, one.column) for one in fit.curves}
    for i, (transition, covariate) in enumerate(fit._parts):
        if (transition, covariate.rpartition(" bend ")[0]) in curved:
            continue  # one by one they say nothing; `plot_along` shows the curve
        label = f"  x {covariate}" if covariate else transition
        if (transition, covariate) in curved:
            label += " (slope of its curve)"
        if not covariate and transition not in fit.transitions:
            label = f"odds: {transition}"
        bound = zero.get(transition)
        if bound is not None:
            if covariate:
                continue
            sign = "<" if bound.upper else ">"
            value = "0" if bound.upper else "-"
            known = 0 < bound.rate < np.inf
            limit = f"{sign} {_text.number(bound.rate)}" if known else "-"
            rows.append([label, value, "-", limit, "95 % bound" if known else "no bound"])
        elif not fit.has_error[i]:
            rows.append([label, _text.number(float(np.exp(fit.coefficients[i]))), "-", "-", "-"])
        else:
            with np.errstate(over="ignore"):
                shown = np.exp([fit.coefficients[i], limits[i, 0], limits[i, 1]])
            estimate, low, high = (_text.number(float(value)) for value in shown)
            rows.append([label, estimate, _text.number(float(errors[i])), low, high])
    share = f"{100 * level:g} %"
    heads = ["rate per year, x hazard ratio", "estimate", "s.e. of log", f"{share} from", "to"]
    return heads, rows
