"""The steps of a study: read, fit, project, and what is kept of each."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kohort import _tables
from kohort.data import SUPPORT_RULE, Decisions, LevelRule, hours_rule, named_levels, read_decisions
from kohort.fitting import FittedModel, Term, bands, fit, yearly
from kohort.model import DEPENDENCY_WITH_ENDED

if TYPE_CHECKING:
    from kohort.study import DataSettings, ModelSettings, Study

SHOWN_AGE = 80  # at which tables of transitions are given


def level_rule(settings: DataSettings) -> LevelRule:
    """The rule that a study names."""
    if settings.level_rule == "hours":
        return hours_rule(settings.thresholds)
    return SUPPORT_RULE if settings.level_rule == "support_type" else named_levels()


def covariates(settings: ModelSettings) -> tuple[str | Term, ...]:
    """What the transitions depend on."""
    age = (
        bands("age", *settings.age_bands)
        if settings.age == "bands"
        else yearly("age", origin=settings.age_origin)
    )
    return ("male", age) if settings.sex else (age,)


def read(study: Study) -> Decisions:
    """The decisions that a study names."""
    data = study.data
    return read_decisions(
        study.path(data.decisions),
        level_rule=level_rule(data),
        extraction_date=data.extraction_date,
        observed_from=data.observed_from,
        overlap=data.overlap,
        gap_days=data.gap_days,
    )


def fitted(
    study: Study, progress: Callable[[int, int], None] | None = None
) -> tuple[Decisions, FittedModel]:
    """The first two steps."""
    decisions = read(study)
    model = DEPENDENCY_WITH_ENDED
    terms = covariates(study.model)
    return decisions, fit(decisions, model, covariates=terms, progress=progress)


def fitted_from_file(path: Path, settings: Mapping[str, Any]) -> tuple[Decisions, FittedModel]:
    """The same for a file of decisions, with the settings of a study's `data` table."""
    from kohort import _toml
    from kohort.study import DataSettings, ModelSettings

    dates = ("extraction_date", "observed_from")
    table = {name: _date(name, v) if name in dates else v for name, v in settings.items()}
    data = _toml.read(DataSettings, {"decisions": path.name, **table}, "fit")
    data.check("")
    decisions = read_decisions(
        path,
        level_rule=level_rule(data),
        extraction_date=data.extraction_date,
        observed_from=data.observed_from,
        overlap=data.overlap,
        gap_days=data.gap_days,
    )
    return decisions, fit(decisions, DEPENDENCY_WITH_ENDED, covariates=covariates(ModelSettings()))


def _date(name: str, text: str) -> dt.date:
    from kohort import _toml

    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        _toml.refuse("E-DATE-FORMAT", f"{name}: a date such as 2024-12-31 is needed.")


def stock_history(decisions: Decisions, study: Study) -> _tables.Columns:
    """Observed persons with support on 31 December of each year under observation."""
    last = study.data.extraction_date.year
    first = study.data.observed_from.year if study.data.observed_from else study.entries.first_year
    levels = [s for s in DEPENDENCY_WITH_ENDED.states if s not in ("ended", "dead")]
    rows = []
    for year in range(first, last + 1):
        date = min(dt.date(year, 12, 31), study.data.extraction_date)
        counts = decisions.stock(date)
        for level in levels:
            persons = counts["persons"][counts["state"] == level].sum()
            rows.append((year, level, float(persons)))
    years, states, persons = zip(*rows, strict=True)
    return {"year": np.array(years), "state": np.array(states), "persons": np.array(persons)}


def entry_history(decisions: Decisions, study: Study) -> _tables.Columns:
    """Observed first decisions a year."""
    years = np.arange(study.entries.first_year, study.entries.last_year + 1)
    counts = decisions.entries(int(years[0]), int(years[-1]))
    persons = [float(counts["persons"][counts["year"] == year].sum()) for year in years]
    return {"year": years, "persons": np.array(persons)}


def hashes(study: Study) -> dict[str, str]:
    """SHA-256 of every file that a study reads, the decisions first."""
    names = (study.data.decisions, study.population.persons)
    return {
        Path(name).name: hashlib.sha256(study.path(name).read_bytes()).hexdigest() for name in names
    }
