"""`kohort fit`: decisions or a study file in, the estimated transitions out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kohort.cli import answers, options
from kohort.estimation import fit_text
from kohort.extracts.column_map import SHIPPED_MAPS
from kohort.privacy.profile import INTERNAL, PUBLIC, Profile
from kohort.report.disclosed_fit import told, withheld_transitions
from kohort.study import audit_log
from kohort.support import _output, _toml
from kohort.support import _text as plain
from kohort.support._language import Language, language
from kohort.support._limits import among
from kohort.support._shown import told_apart

if TYPE_CHECKING:
    from kohort._core import Finding
    from kohort.data.decisions import Decisions
    from kohort.estimation.fitted_model import FittedModel
    from kohort.study.settings import Study

typer = options.typer


def fit(
    source: Path = typer.Argument(
        help="A study (TOML, or kohort:example) or a file of decisions (CSV)."
    ),
    map: str = typer.Option(
        None,
        "--map",
        help="Decisions only: which column is what: a TOML file (kohort check --map proposes one), "
        "or plain-sv, plain-en.",
    ),
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
    profile: str = options.PROFILE,
    log: Path = options.LOG,
    lang: str = options.LANG,
    json: bool = options.AS_JSON,
) -> None:
    """How people move between levels: transitions per person-year by age and sex.

    A study file says everything itself. For a file of decisions say at least how levels are decided
    and when the extract was made; transitions then depend on age in a straight line and on sex.
    Transitions that few made are withheld, unless --profile internal asks for them.

    Example: kohort fit decisions.csv --level-rule support_type --extraction-date 2024-12-31
    """
    given = {
        "map": map,
        "extraction_date": extraction_date,
        "level_rule": level_rule,
        "observed_from": observed_from,
        "overlap": overlap,
        "gap_days": gap_days,
        "id": id,
        "century": century,
    }
    settings = {name: value for name, value in given.items() if value is not None}
    from kohort.study import study_data, study_model
    from kohort.study.settings import Study
    from kohort.study.shipped import study_file

    source = study_file(source)
    chosen = _profile(profile)
    outputs = [log and log / audit_log.NAME]
    with answers.progress({}, quiet=json):
        study, own_map = None, None
        if source.suffix.lower() == ".toml":
            if settings:
                names = ", ".join(f"--{name.replace('_', '-')}" for name in settings)
                _toml.refuse(
                    "E-USAGE",
                    f"a study file says this itself: {names}. Leave it out, or change the study.",
                )
            study = Study.read(source)
            if profile is not None:
                study = study.replaced(profile=profile)
            chosen = study.disclosure
            _output.check_places(outputs, study.inputs())
            if log is not None:
                # Before any work: the key must not lie where this goes.
                study_data.study_key(study, log)
            decisions, fitted = study_model.fitted(study)
        else:
            for needed in ("level_rule", "extraction_date"):
                if needed not in settings:
                    option = f"--{needed.replace('_', '-')}"
                    _toml.refuse(
                        "E-USAGE",
                        f"{option} is needed with a file of decisions. See: kohort fit --help",
                    )
            own_map = None if map is None or map in SHIPPED_MAPS else Path(map)
            _output.check_places(outputs, [source, own_map])
            decisions, fitted = study_model.fitted_from_file(source, settings)
    words = language(lang or "en")
    withheld = withheld_transitions(decisions, fitted, chosen)
    found = told(_once((*decisions.findings, *fitted.diagnostics)), withheld, chosen.threshold)
    if log is not None:
        read = [source] if own_map is None else [source, own_map]
        _write_log(log, read, study, chosen, decisions, found)
    document = _document(fitted, found, withheld, words) | {
        "synthetic": bool(study and study.synthetic), "profile": chosen.name,
    }  # fmt: skip
    heads = answers.heads(words, bool(study and study.synthetic), chosen)
    answers.say(document, _text(fitted, found, withheld, words, heads), json)
    if not _answered(fitted):
        raise typer.Exit(3)


def _profile(name: str | None) -> Profile:
    among("--profile", name or PUBLIC.name, (PUBLIC.name, INTERNAL.name))
    return INTERNAL if name == INTERNAL.name else PUBLIC


def _write_log(
    folder: Path, read: Sequence[Path], study: Study | None, profile: Profile, decisions: Decisions,
    found: Sequence[Finding],
) -> None:  # fmt: skip
    beside = {
        "policies": dict(decisions.policies), "rules": audit_log.rules(found),
        "counts": audit_log.counted(decisions.counts),
    }  # fmt: skip
    if study is not None:
        entry = audit_log.of_study("fit", study, **beside)
    else:
        entry = {
            "command": "fit",
            "read_sha256": dict(
                zip(told_apart(map(str, read)), map(audit_log.digest_of, read), strict=True)
            ),
            "suppression": {"profile": profile.name, "threshold": profile.threshold},
            **beside,
        }
    _output.write_files(folder, audit_log.with_log(folder, {}, entry))


def _answered(fitted: Any) -> bool:
    """Whether the data have an answer: a maximum, and every direction from it told apart."""
    unsure = {"D-HESS-ILL", "D-NONIDENT"} & {finding.code for finding in fitted.diagnostics}
    return bool(fitted.convergence.converged) and not unsure


def _once(findings: Any) -> list[Any]:
    """Each finding once: a fit repeats those of its data."""
    return list({(f.code, f.file, f.row, f.column, f.message): f for f in findings}.values())


def _finite(values: Any) -> list[float | None]:
    return [float(x) if math.isfinite(x) else None for x in values]


def _document(
    fitted: FittedModel, found: Sequence[Finding], withheld: frozenset[str], words: Language
) -> dict[str, Any]:
    kept = [i for i, (label, _) in enumerate(fitted._parts) if label not in withheld]
    names = [fitted.coefficient_names[i] for i in kept]
    return {
        "command": "fit",
        "ok": _answered(fitted),
        "exit_code": 0 if _answered(fitted) else 3,
        "log_likelihood": fitted.log_likelihood,
        # null: a rate of 0, whose logarithm is no number; `bounds` has what is known of it
        "coefficients": dict(zip(names, _finite(fitted.coefficients[kept]), strict=True)),
        "covariance": [_finite(row) for row in fitted.covariance[np.ix_(kept, kept)]],
        "withheld": sorted(withheld),
        "bounds": [
            {"transition": b.transition, "upper": b.upper, "rate": _finite([b.rate])[0]}
            for b in fitted.bounds
            if b.transition not in withheld
        ],
        "convergence": str(fitted.convergence),
        "findings": answers.findings_document(found, words.code),
    }


def _text(
    fitted: FittedModel, found: Sequence[Finding], withheld: frozenset[str], words: Language,
    heads: list[str],
) -> str:  # fmt: skip
    columns, rows = fit_text.grid(fitted)
    shown, transition = [], ""
    for row in rows:
        beginning = not row[0].startswith("  ")
        transition = row[0] if beginning else transition
        if transition not in withheld:
            shown.append(row)
        elif beginning:
            shown.append([transition, words.text("flow.few"), "", "", ""])
    lines = [*heads, fit_text.title(fitted), fit_text.counts(fitted), *fit_text.conditions(fitted)]
    lines.append(plain.table(columns, shown))
    said = answers.findings_text([f for f in found if f.severity in "WD" or f.code == "I-WITHHELD"],
                                 words.code)  # fmt: skip
    return "\n".join([*lines, said]).rstrip()
