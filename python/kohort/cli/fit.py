"""`kohort fit`: decisions or a study file in, the estimated transitions out."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from kohort import _toml
from kohort.cli import answers, options

typer = options.typer


def fit(
    source: Path = typer.Argument(help="A study file (TOML) or a file of decisions (CSV)."),
    extraction_date: str = typer.Option(
        None, help="Decisions only: the day the extract was made, such as 2024-12-31."
    ),
    level_rule: str = typer.Option(None, help="Decisions only: support_type, hours or level."),
    observed_from: str = typer.Option(None, help="Decisions only: follow nobody before this day."),
    overlap: str = typer.Option(None, help="Decisions only: rule, refuse or highest."),
    gap_days: int = typer.Option(
        None, help="Decisions only: gaps of at most so many days are bridged."
    ),
    id: str = typer.Option(
        None, help="Decisions only: what tells persons apart: personnummer or opaque."
    ),
    century: str = typer.Option(
        None, help="Decisions only: century of ten digits, by separator or older for minors."
    ),
    json: bool = options.AS_JSON,
) -> None:
    """How people move between levels: transitions per person-year by age and sex.

    A study file says everything itself. For a file of decisions say at least how levels are decided
    and when the extract was made; transitions then depend on age in a straight line and on sex.

    Example: kohort fit decisions.csv --level-rule support_type --extraction-date 2024-12-31
    """
    given = {
        "extraction_date": extraction_date,
        "level_rule": level_rule,
        "observed_from": observed_from,
        "overlap": overlap,
        "gap_days": gap_days,
        "id": id,
        "century": century,
    }
    settings = {name: value for name, value in given.items() if value is not None}
    from kohort import _run

    with answers.progress({}, quiet=json):
        if source.suffix.lower() == ".toml":
            if settings:
                names = ", ".join(f"--{name.replace('_', '-')}" for name in settings)
                _toml.refuse(
                    "E-USAGE",
                    f"a study file says this itself: {names}. Leave it out, or change the study.",
                )
            from kohort.study import Study

            decisions, fitted = _run.fitted(Study.read(source))
        else:
            for needed in ("level_rule", "extraction_date"):
                if needed not in settings:
                    option = f"--{needed.replace('_', '-')}"
                    _toml.refuse(
                        "E-USAGE",
                        f"{option} is needed with a file of decisions. See: kohort fit --help",
                    )
            decisions, fitted = _run.fitted_from_file(source, settings)
    findings = _once((*decisions.findings, *fitted.diagnostics))
    answers.say(_document(fitted, findings), _text(fitted, findings), json)
    if not _answered(fitted):
        raise typer.Exit(3)


def _answered(fitted: Any) -> bool:
    """Whether the data have an answer: a maximum, and every direction from it told apart."""
    unsure = {"D-HESS-ILL", "D-NONIDENT"} & {finding.code for finding in fitted.diagnostics}
    return bool(fitted.convergence.converged) and not unsure


def _once(findings: Any) -> list[Any]:
    """Each finding once: a fit repeats those of its data."""
    return list({(f.code, f.file, f.row, f.column, f.message): f for f in findings}.values())


def _finite(values: Any) -> list[float | None]:
    return [float(x) if math.isfinite(x) else None for x in values]


def _document(fitted: Any, findings: Any) -> dict[str, Any]:
    return {
        "command": "fit",
        "ok": _answered(fitted),
        "exit_code": 0 if _answered(fitted) else 3,
        "log_likelihood": fitted.log_likelihood,
        # null: a rate of 0, whose logarithm is no number; `bounds` has what is known of it
        "coefficients": dict(
            zip(fitted.coefficient_names, _finite(fitted.coefficients), strict=True)
        ),
        "covariance": [_finite(row) for row in fitted.covariance],
        "bounds": [
            {"transition": b.transition, "upper": b.upper, "rate": _finite([b.rate])[0]}
            for b in fitted.bounds
        ],
        "convergence": str(fitted.convergence),
        "findings": answers.findings_document(findings),
    }


def _text(fitted: Any, findings: Any) -> str:
    found = answers.findings_text([f for f in findings if f.severity in "WD"])
    return f"{fitted}\n{found}".rstrip()
