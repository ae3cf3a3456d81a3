"""The model of a study, fitted to its decisions, and what a projection of the fit starts from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kohort.data.decisions import Decisions
from kohort.estimation.fitted_model import FittedModel
from kohort.estimation.fitting import fit
from kohort.extracts.column_map import ColumnMap
from kohort.model.hidden import Phases
from kohort.model.terms import Term, bands, gompertz, yearly
from kohort.population.entry_clock import entry_cuts
from kohort.study.data_file import DataSettings
from kohort.study.settings import ModelSettings, Study
from kohort.study.study_data import date_of, read, read_data
from kohort.support import _toml

if TYPE_CHECKING:
    from kohort.data.counts import Counts


def covariates(settings: ModelSettings) -> tuple[str | Term, ...]:
    """What the transitions depend on."""
    terms: list[str | Term] = ["male"] if settings.sex else []
    if settings.age == "bands":
        terms.append(bands("age", *settings.age_bands))
    elif settings.age == "continuous":
        terms.append(gompertz("age", origin=settings.age_origin))
    elif settings.age == "yearly":
        terms.append(yearly("age", origin=settings.age_origin))
    if settings.since_entry:
        terms.append(bands("since_entry", *settings.since_entry))
    return tuple(terms)


def phases(settings: ModelSettings) -> Phases | None:
    """Levels with short and long stays.

    Who begins support with their first decision in the extract begins in the first phase; of others
    found at a level it is assumed that people came to it at a steady pace.
    """
    if not settings.two_phases:
        return None
    return Phases(dict.fromkeys(settings.two_phases, 2), since="since_entry")


def fitted_to(
    decisions: Decisions,
    settings: ModelSettings,
    progress: Callable[[int, int], None] | None = None,
) -> FittedModel:
    """The model that settings describe."""
    return fit(
        decisions,
        decisions.model,
        covariates=covariates(settings),
        phases=phases(settings),
        progress=progress,
    )


def fitted(
    study: Study, progress: Callable[[int, int], None] | None = None
) -> tuple[Decisions, FittedModel]:
    """The decisions of a study, and its model fitted to them."""
    decisions = read(study)
    return decisions, fitted_to(decisions, study.model, progress)


def fitted_from_file(path: Path, settings: Mapping[str, Any]) -> tuple[Decisions, FittedModel]:
    """The same for a file of decisions, with the settings of a study's `data` table.

    A map's path is not relative to the decisions' folder: it is as it was typed.
    """
    dates = ("extraction_date", "observed_from")
    named = settings.get("map")
    table = {
        name: date_of(name, v) if name in dates else v
        for name, v in settings.items()
        if name != "map"
    }
    data = _toml.read(DataSettings, {"decisions": path.name, **table}, "fit")
    data.check("")
    column_map = None if named is None else ColumnMap.read(named)
    decisions = read_data(data, path, column_map, place=path.parent.joinpath)
    return decisions, fitted_to(decisions, ModelSettings())


def stock_at(
    decisions: Decisions, date: dt.date, fit_: FittedModel, parts_a_year: int = 12
) -> Counts:
    """The stock as a projection of this fit asks for it: by time since entry if need be."""
    return decisions.stock(date, by_entry=parts_a_year if entry_cuts(fit_) else None)


def fitted_ages(decisions: Decisions) -> tuple[int, int]:
    """First and last completed age under observation."""
    seen = decisions.observations
    ages = np.asarray(seen.covariates)[:, seen.covariate_names.index("age")]
    return int(np.floor(ages.min())), int(np.floor(ages.max()))
