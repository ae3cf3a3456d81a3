"""The steps of a study: read, fit, project, and what is kept of each."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kohort import datasets
from kohort._core import Finding, LevelRule
from kohort.data.decisions import Decisions
from kohort.data.level_rules import (
    RegisterRule,
    read_codes,
    read_level_rule,
    read_register_rule,
    reads_register,
)
from kohort.data.reading_decisions import SUPPORT_RULE, hours_rule, named_levels, read_decisions
from kohort.data.register import RegisterMonths, read_register
from kohort.estimation.fitted_model import FittedModel
from kohort.estimation.fitting import fit
from kohort.evaluation.budgets import budget
from kohort.many_runs.sources_of_uncertainty import sources_of_uncertainty
from kohort.many_runs.with_chance import (
    LivesByChance,
    demand_with_chance,
    shares_of_variance,
    with_chance,
)
from kohort.model.hidden import Phases
from kohort.model.structure import DEPENDENCY_WITH_ENDED, transition_probability
from kohort.model.terms import Term, bands, gompertz, yearly
from kohort.plots import _tables
from kohort.population.entries import entry_mix, fit_entries
from kohort.population.entry_clock import entry_cuts
from kohort.privacy.identity import Key, read_key
from kohort.projection.closed_cohort import cohort_cost
from kohort.projection.demands import demand
from kohort.projection.projecting import project
from kohort.sources import in_study
from kohort.sources.column_map import SHIPPED_MAPS
from kohort.study import register_study
from kohort.study.few_moves import refuse_unconverged, told_if_few
from kohort.study.results import StudyResult
from kohort.study.study_money import StudyMoney, population_paths, study_money, with_price_error
from kohort.support import _toml
from kohort.support._language import language
from kohort.support._shown import told_apart

if TYPE_CHECKING:
    from kohort.data.counts import Counts
    from kohort.sources.column_map import ColumnMap
    from kohort.study.data_file import DataSettings
    from kohort.study.settings import ModelSettings, Study

SHOWN_AGE = 80  # at which tables of transitions are given


def level_rule(settings: DataSettings, place: Callable[[str], Path] = Path) -> LevelRule:
    """The rule that a study names, with its codes; `place` tells where a file of the study lies."""
    if settings.level_rule.endswith(".toml"):
        rule = read_level_rule(place(settings.level_rule))
    elif settings.level_rule == "hours":
        rule = hours_rule(settings.thresholds)
    else:
        rule = SUPPORT_RULE if settings.level_rule == "support_type" else named_levels()
    codes = read_codes(place(settings.codes_file)) if settings.codes_file else {}
    codes |= {code: level or None for code, level in (settings.codes or {}).items()}
    return rule.with_codes(codes) if codes else rule


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


def register_rule(
    settings: DataSettings, place: Callable[[str], Path] = Path
) -> RegisterRule | None:
    """The rule that a study names, if it reads the national register."""
    if settings.level_rule == "register":
        return read_register_rule()
    if settings.level_rule.endswith(".toml") and reads_register(place(settings.level_rule)):
        return read_register_rule(place(settings.level_rule))
    return None


def read(study: Study) -> Decisions:
    """The decisions that a study names."""
    found = read_data(
        study.data, study.path(study.data.decisions), study.column_map, study_key(study), study.path
    )
    if isinstance(found, RegisterMonths):
        register_study.check(study, found)
    return found


def read_data(
    data: DataSettings,
    source: Any,
    column_map: ColumnMap | None = None,
    key: Key | None = None,
    place: Callable[[str], Path] = Path,
) -> Decisions:
    """Decisions, or person-months of the national register, as settings say."""
    register = register_rule(data, place)
    data.check_use(register=register is not None)
    if register is not None:
        return read_register(
            source,
            rule=register,
            persons=place(data.persons) if data.persons else None,
            extraction_date=data.extraction_date,
            observed_from=data.observed_from,
            regime_breaks=data.regime_breaks,
            column_map=column_map,
        )
    return read_decisions(
        source,
        level_rule=level_rule(data, place),
        extraction_date=data.extraction_date,
        observed_from=data.observed_from,
        overlap=data.overlap,
        gap_days=data.gap_days,
        column_map=column_map,
        id=data.id,
        century=data.century,
        key=key,
        short_stay_days=data.short_stay_days,
        regime_breaks=data.regime_breaks,
    )


def study_key(study: Study, *apart_from: Path) -> Key | None:
    """The key that a study names; neither the data nor these folders may hold it."""
    if study.data.key is None:
        return None
    folder = study.path(study.data.decisions).parent
    return read_key(study.path(study.data.key), apart_from=(folder, *apart_from))


def fitted(
    study: Study, progress: Callable[[int, int], None] | None = None
) -> tuple[Decisions, FittedModel]:
    """The first two steps."""
    decisions = read(study)
    terms, stays = covariates(study.model), phases(study.model)
    return decisions, fit(
        decisions, decisions.model, covariates=terms, phases=stays, progress=progress
    )


def fitted_from_file(path: Path, settings: Mapping[str, Any]) -> tuple[Decisions, FittedModel]:
    """The same for a file of decisions, with the settings of a study's `data` table."""
    from kohort.study.data_file import DataSettings
    from kohort.study.settings import ModelSettings

    dates = ("extraction_date", "observed_from")
    table = {name: date_of(name, v) if name in dates else v for name, v in settings.items()}
    data = _toml.read(DataSettings, {"decisions": path.name, **table}, "fit")
    data.check("")
    decisions = read_data(data, path, place=path.parent.joinpath)
    return decisions, fit(decisions, decisions.model, covariates=covariates(ModelSettings()))


def date_of(name: str, text: str) -> dt.date:
    """A date that an option gives."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        _toml.refuse("E-DATE-FORMAT", f"{name}: a date such as 2024-12-31 is needed.")


def stock_at(
    decisions: Decisions, date: dt.date, fit_: FittedModel, parts_a_year: int = 12
) -> Counts:
    """The stock as a projection of this fit asks for it: by time since entry if need be."""
    return decisions.stock(date, by_entry=parts_a_year if entry_cuts(fit_) else None)


def stock_history(decisions: Decisions, study: Study) -> _tables.Columns:
    """Observed persons with support on 31 December of each year under observation."""
    last = study.base_year
    first = study.data.observed_from.year if study.data.observed_from else study.entries.first_year
    levels = [s for s in DEPENDENCY_WITH_ENDED.states if s not in ("ended", "dead")]
    rows = []
    for year in range(first, last + 1):
        counts = decisions.stock(dt.date(year, 12, 31))
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


def first_year_cost(
    fit_: FittedModel, decisions: Decisions, study: Study
) -> tuple[_tables.Columns, float]:
    """Cost of an average new person's first year, and the sum of the published shares.

    For the published entry mix (normalised) and the municipality's own: if everybody stayed at the
    level of entry, and as the fitted model lets them move, women and men aged `SHOWN_AGE`.
    """
    model, seen_of = fit_.model, _tables.seen_of(fit_)
    seen = fit_.hidden.seen if fit_.hidden else model
    slide = datasets.published("seed_level_shares_and_costs")
    names = datasets.published("level_names")
    ours = dict(zip(names["source_name"].tolist(), names["level"].tolist(), strict=True))
    share = {
        ours[name]: float(percent) / 100
        for name, percent in zip(slide["level"].tolist(), slide["share_percent"], strict=True)
    }
    levels = tuple(level for level in study.costs.by_level if level in share)
    published = entry_mix([share[level] for level in levels], normalise=True)
    counts = decisions.entries(study.entries.first_year, study.entries.last_year)
    own = np.array([float(counts["persons"][counts["state"] == level].sum()) for level in levels])
    costs = study_money(study).costs
    cost = costs.per_state(seen.states, ["ended", "dead"])[seen_of]
    rows = []
    for mix, entered in (("published", published), ("own", entry_mix(own / own.sum()))):
        start = np.zeros(len(model.states))  # everybody enters a level in its first phase
        start[[seen_of.index(seen.state(level)) for level in levels]] = entered.shares
        rows.append((mix, "stay", costs.of_mix(entered)))
        for sex, male in _tables.sexes_of(study.model.sex):
            rows.append((mix, sex, _first_year(fit_, male, start, cost)))
    columns = zip(("mix", "course", "cost"), zip(*rows, strict=True), strict=True)
    return {name: np.array(values) for name, values in columns}, published.factor


def _first_year(fit_: FittedModel, male: float, start: NDArray[Any], cost: NDArray[Any]) -> float:
    """Expected cost of the year after entry, through the bands of time since entry in it."""
    times = [0.0, *(cut for cut in entry_cuts(fit_) if cut < 1), 1.0]
    spent, where = 0.0, start
    for since, until in itertools.pairwise(times):
        q = _tables.model_intensities(fit_, SHOWN_AGE, male, None, (since + until) / 2)[0]
        years = until - since
        spent += cohort_cost(
            q, where, cost, years=years, discount=0, accounting="continuous", cycle_length=years
        )
        where = where @ transition_probability(q, years)
    return spent


def files_read(study: Study) -> list[str]:
    """Names of the files that a study reads, as it writes them, the decisions first."""
    data = study.data
    rule = data.level_rule if data.level_rule.endswith(".toml") else None
    own_map = isinstance(data.map, str) and data.map not in SHIPPED_MAPS
    map_file = str(data.map) if own_map else None
    read_too = (name for name in (data.persons, rule, data.codes_file, map_file) if name)
    return [data.decisions, *in_study.files(study), *read_too]


def hashes(study: Study) -> dict[str, str]:
    """SHA-256 of every file that a study reads, the decisions first."""
    names = files_read(study)
    return {
        shown: hashlib.sha256(study.path(name).read_bytes()).hexdigest()
        for name, shown in zip(names, told_apart(names), strict=True)
    }


def counted_population(study: Study) -> dict[str, Any]:
    """The municipality's own counts: columns year, sex, age and persons."""
    return dict(in_study.observed(study).columns)


def _sources(
    study: Study, money: StudyMoney, rates: Any, population: Any, entering: Any, stock: Any
) -> _tables.Columns:
    """What estimates, forecast of people, prices and chance stand for, as Shapley effects."""
    error = study.population.error
    found = sources_of_uncertainty(
        rates, population, entering, stock=stock, years=study.years, costs=money.costs,
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


def _of_money(money: StudyMoney) -> tuple[Finding, ...]:
    """What is odd about the money."""
    if not money.mixed_rate():
        return ()
    key = f"amounts.mixed_{money.settings.rate}"
    return (
        Finding(
            code="W-DISCOUNT-NOMINAL", severity="W",
            message=language("en").text(key), message_sv=language("sv").text(key),
        ),
    )  # fmt: skip


def notices(found: Iterable[Any]) -> tuple[Finding, ...]:
    """What entries and projection noticed, as findings in both languages."""
    return tuple(
        Finding(
            code=notice.code,
            severity=notice.code[0],
            message=_noticed(notice, "en"),
            message_sv=_noticed(notice, "sv"),
        )
        for notice in found
    )


def _noticed(notice: Any, lang: str) -> str:
    words = language(lang)
    key = f"notice.{notice.code.lower().replace('-', '_')}"
    if notice.message.startswith("in the point estimate"):
        key += "_point"  # the amount is a number of cells, not a share of the draws
    if not words.has(key):
        return str(notice.message)
    digits = 0 if notice.amount == int(notice.amount) else 1
    amount, share = (
        words.number(notice.amount, digits),
        words.percent(notice.amount, int(notice.amount < 1)),
    )
    return words.text(key, amount=amount, share=share)


def fitted_ages(decisions: Decisions) -> tuple[int, int]:
    """First and last completed age under observation."""
    seen = decisions.observations
    ages = np.asarray(seen.covariates)[:, seen.covariate_names.index("age")]
    return int(np.floor(ages.min())), int(np.floor(ages.max()))


def run(study: Study, progress: Callable[[str, float], None]) -> StudyResult:
    """All steps, and what is shown of them."""

    def within(step: str) -> Callable[[int, int], None]:
        return lambda done, total: progress(step, done / max(total, 1))

    study.model.check_projectable()
    progress("reading", 0.0)
    decisions = read(study)
    register_study.check_forecast(decisions)
    population, sources = in_study.population(study, within("reading"))
    progress("reading", 1.0)
    fit_ = fit(
        decisions,
        decisions.model,
        covariates=covariates(study.model),
        phases=phases(study.model),
        progress=within("fitting"),
    )
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
    calibration, published = None, in_study.Sources()
    rates: Any = fit_
    entering: Any = entries
    if study.prevalence is not None:
        calibration, published = in_study.calibrated(study, fit_, population, entries, stock)
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
            population_paths=population_paths(study, len(population.ages), study.draws),
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
        if study.population.error is None and money.error is None:
            variance = shares_of_variance(projection, lives, by_state, levels)
        else:
            variance = _sources(study, money, rates, population, entering, stock)
        projection = with_chance(projection, lives, by_state, levels)
        if asked is not None:
            asked = demand_with_chance(asked, projection, lives)
    projection = with_price_error(projection, money.error)
    spent = None
    if asked is not None and money.prices is not None:
        lag = money.settings.index.lag if money.settings.index else 0
        ahead = money.index if levels is not None else None
        spent = budget(asked, money.prices, index=ahead, lag=lag)
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
            *_of_money(money),
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
