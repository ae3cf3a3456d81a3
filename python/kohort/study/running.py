"""The steps of a study: read, fit, project, and what is kept of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from kohort.many_runs.sources_of_uncertainty import sources_of_uncertainty
from kohort.many_runs.with_chance import (
    LivesByChance,
    demand_with_chance,
    shares_of_variance,
    with_chance,
)
from kohort.plots import _tables
from kohort.population.entries import fit_entries
from kohort.projection.demands import demand
from kohort.projection.projecting import project
from kohort.study import register_study, study_sources
from kohort.study.few_moves import refuse_unconverged, told_if_few
from kohort.study.first_year import SHOWN_AGE, first_year_cost
from kohort.study.history import entry_history, stock_history
from kohort.study.notices import notices, of_money
from kohort.study.results import StudyResult
from kohort.study.study_data import hashes, read
from kohort.study.study_model import fitted_ages, fitted_to, stock_at
from kohort.study.study_money import StudyMoney, population_paths, study_money, with_price_error

if TYPE_CHECKING:
    from kohort.study.settings import Study


def _sources(
    study: Study, money: StudyMoney, rates: Any, population: Any, entering: Any, stock: Any
) -> _tables.Columns:
    """What estimates, forecast of people, prices and chance stand for, as Shapley effects."""
    error = study.population.error
    found = sources_of_uncertainty(
        rates, study_sources.variants(study, population) or population, entering,
        stock=stock, years=study.years, costs=money.costs,
        population_error=None if error is None else error.error(), prices=money.error,
        measures=[*money.costs.by_level, "users", "new_users", "cost"],
        draws=min(study.draws, 1000), seed=study.seed, closure=study.population.closure,
        price_index=money.price_index,
    )  # fmt: skip
    columns: dict[str, Any] = {
        "measure": np.array([measure for measure, _ in found.columns]),
        "year": np.array([year for _, year in found.columns]),
        "sd": np.sqrt(found.variance),
    }
    return columns | {name: found.shapley[:, i] for i, name in enumerate(found.groups)}


def run(study: Study, progress: Callable[[str, float], None]) -> StudyResult:
    """All steps, and what is shown of them."""

    def within(step: str) -> Callable[[int, int], None]:
        return lambda done, total: progress(step, done / max(total, 1))

    study.model.check_projectable()
    progress("reading", 0.0)
    decisions = read(study)
    register_study.check_forecast(decisions)
    population, sources = study_sources.population(study, within("reading"))
    progress("reading", 1.0)
    fit_ = fitted_to(decisions, study.model, within("fitting"))
    refuse_unconverged(fit_, decisions)
    entries = fit_entries(
        decisions,
        population,
        first_year=study.entries.first_year,
        last_year=study.entries.last_year,
        trend=study.entries.trend,
        mix_trend=study.entries.mix_trend,
        damping=study.entries.damping,
        returns=study.entries.returns,
    )
    stock = stock_at(decisions, dt.date(study.base_year, 12, 31), fit_)
    calibration, published = None, study_sources.Sources()
    rates: Any = fit_
    entering: Any = entries
    if study.prevalence is not None:
        calibration, published = study_sources.calibrated(study, fit_, population, entries, stock)
        rates, entering = calibration.fit, calibration.entries
    progress("fitting", 1.0)
    money = study_money(study)
    costs = money.costs
    levels = None if money.price_index is None else np.array(money.price_index)
    with told_if_few(fit_, decisions, population.ages):
        projection = project(
            rates,
            population,
            entering,
            stock=stock,
            years=study.years,
            costs=costs,
            draws=study.draws,
            seed=study.seed,
            closure=study.population.closure,
            fitted_ages=fitted_ages(decisions),
            price_index=levels,
            population_paths=population_paths(study, population, study.draws),
            progress=within("projecting"),
        )
        lives = LivesByChance.of(
            rates,
            population,
            entering,
            stock,
            years=study.years,
            closure=study.population.closure,
            seed=study.seed,
        )
        asked = None if study.demand is None else demand(projection, study.demand.rates())
        by_state = costs.per_state(projection.states, ["none", "ended"])
        if study.population.certain and money.error is None:
            variance = shares_of_variance(projection, lives, by_state, levels)
        else:
            variance = _sources(study, money, rates, population, entering, stock)
        projection = with_chance(projection, lives, by_state, levels)
        if asked is not None:
            asked = demand_with_chance(asked, projection, lives)
    projection = with_price_error(projection, money.error)
    spent = None
    if asked is not None and money.prices is not None:
        spent = money.budget(asked, money.prices)
    progress("projecting", 1.0)
    draws = fit_.draws(study.draws, study.seed)
    sexes = _tables.sexes_of(study.model.sex)
    first_year, published_sum = first_year_cost(fit_, decisions, study)
    followed = decisions.observations
    return StudyResult(
        study=study,
        decisions=decisions,
        fit=fit_,
        entries=entries,
        population=population,
        projection=projection,
        findings=(
            *(f for f in decisions.findings if f not in fit_.diagnostics),  # of the whole series
            *fit_.diagnostics,  # the data's own come first in them
            *notices((*entries.findings, *projection.findings)),
            *sources.findings,
            *published.findings,
            *(() if calibration is None else notices(calibration.findings)),
            *of_money(money),
        ),
        stock_history=stock_history(decisions, study),
        entry_history=entry_history(decisions, study),
        transitions=_tables.transitions(fit_, SHOWN_AGE, draws, sexes=sexes),
        intensities=_tables.intensities(fit_, SHOWN_AGE, draws, sexes=sexes),
        first_year=first_year,
        published_sum=published_sum,
        counts={
            "subjects": fit_.subjects,
            "observations": len(followed),
            "transitions": int(decisions.moves(1900, 2200).total),
        },
        file_hashes=hashes(study) | sources.hashes | published.hashes,
        calibration=calibration,
        variance=variance,
        demand=asked,
        budget=spent,
        money=money,
        attributions=tuple(dict.fromkeys([*sources.attributions, *published.attributions])),
    )
