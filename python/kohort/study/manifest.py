"""What the figures of a study depend on, for a reader and for a machine."""

from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from kohort._core import __version__, instruction_set
from kohort.study.headline import headline
from kohort.study.study_money import population_error_said
from kohort.support._language import language

if TYPE_CHECKING:
    from kohort.study.results import StudyResult
    from kohort.study.settings import Study

GENERATOR = "Philox4x32-10, keyed by seed, purpose and draw"


def about(result: StudyResult, lang: str) -> dict[str, str]:
    """What a reader needs to get the same figures again, in words, in order."""
    words, study = language(lang), result.study
    data, projection = study.data, result.projection
    said = {
        "version": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": f"{sys.platform} {platform.machine()}",
        "instructions": instruction_set,
        "generator": GENERATOR,
        "seed": str(study.seed),
        "draws": words.number(study.draws),
        "extraction_date": data.extraction_date.isoformat(),
        "observation_start": data.observed_from.isoformat() if data.observed_from else "",
        "level_rule": words.texts.get(f"rule.{data.level_rule}", data.level_rule),
        "overlap": words.text(f"overlap.{data.overlap}"),
        "gap_days": str(data.gap_days),
        "covariates": _model_in_words(study, lang),
        "log_likelihood": words.number(result.fit.log_likelihood, 3),
        "convergence": str(result.fit.convergence),
        "price_year": str(projection.price_year),
        "accounting": words.text(f"convention.{projection.accounting}"),
        "discount": result.money.discounted(words),
        "money": " ".join(result.money.notes(words)),
        "population_error": population_error_said(study, words),
        "study_hash": study.digest,
    }
    said = {name: value for name, value in said.items() if value}
    for name, digest in result.file_hashes.items():
        said.setdefault("data_file", name)
        said.setdefault("data_hash", digest)
    if result.attributions:
        said["sources"] = "; ".join(result.attributions) + ". " + words.text("source.own")
    return said


def manifest(result: StudyResult) -> dict[str, Any]:
    """Everything that the figures depend on, for a machine: no clock, no path, no person."""
    study = result.study
    return {
        "kohort": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": f"{sys.platform} {platform.machine()}",
        "instruction_set": instruction_set,
        "generator": GENERATOR,
        "synthetic": study.synthetic,
        "study_sha256": study.digest,
        "files_sha256": dict(result.file_hashes),
        "policies": dict(result.decisions.policies),
        "suppression": {"profile": study.profile, "threshold": study.disclosure.threshold},
        "seed": study.seed,
        "draws": study.draws,
        "counts": dict(result.counts),
        "log_likelihood": result.fit.log_likelihood,
        "convergence": str(result.fit.convergence),
        "headline": headline(result),
    } | _published(result)


def _published(result: StudyResult) -> dict[str, Any]:
    """What published figures the result rests on, if any."""
    told: dict[str, Any] = {}
    if result.attributions:
        told["attributions"] = list(result.attributions)
    if result.calibration is not None:
        told["calibration"] = {
            "settled": result.calibration.settled,
            "converged": result.calibration.converged,
            "multipliers": {
                multiplier.label: float(factor)
                for multiplier, factor in zip(
                    result.calibration.multipliers, result.calibration.factors, strict=True
                )
            },
        }
    return told


def _model_in_words(study: Study, lang: str) -> str:
    words, model = language(lang), study.model

    def listed(cuts: tuple[float, ...]) -> str:
        return ", ".join(words.number(cut, 0 if cut == int(cut) else 1) for cut in cuts)

    parts = []
    if model.age != "none":
        parts.append(words.text(f"manifest.age_{model.age}", cuts=listed(model.age_bands)))
    if model.sex:
        parts.append(words.text("manifest.sex"))
    if model.since_entry:
        parts.append(words.text("manifest.since_entry", cuts=listed(model.since_entry)))
    if model.two_phases:
        levels = ", ".join(words.state(level) for level in model.two_phases)
        parts.append(words.text("manifest.two_phases", levels=levels))
    return ", ".join(parts) or words.text("manifest.nothing")
