"""The steps of a study: read, fit, project, and what is kept of each."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kohort import _tables, _toml, datasets
from kohort._language import language
from kohort.closed_cohort import cohort_cost
from kohort.data import (
    SUPPORT_RULE,
    Decisions,
    Finding,
    LevelRule,
    hours_rule,
    named_levels,
    read_decisions,
)
from kohort.economics import Costs
from kohort.entries import entry_mix, fit_entries
from kohort.fitted_model import FittedModel
from kohort.fitting import fit
from kohort.hidden import Phases
from kohort.model import DEPENDENCY_WITH_ENDED
from kohort.population import Population
from kohort.projecting import project
from kohort.results import StudyResult
from kohort.terms import Term, bands, gompertz, yearly

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
    terms, stays = covariates(study.model), phases(study.model)
    return decisions, fit(decisions, model, covariates=terms, phases=stays, progress=progress)


def fitted_from_file(path: Path, settings: Mapping[str, Any]) -> tuple[Decisions, FittedModel]:
    """The same for a file of decisions, with the settings of a study's `data` table."""
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
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        _toml.refuse("E-DATE-FORMAT", f"{name}: a date such as 2024-12-31 is needed.")


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
    costs = Costs(study.costs.by_level, study.costs.price_year)
    cost = costs.per_state(seen.states, ["ended", "dead"])[seen_of]
    rows = []
    for mix, entered in (("published", published), ("own", entry_mix(own / own.sum()))):
        start = np.zeros(len(model.states))  # everybody enters a level in its first phase
        start[[seen_of.index(seen.state(level)) for level in levels]] = entered.shares
        rows.append((mix, "stay", costs.of_mix(entered)))
        for sex, male in _tables.SEXES:
            q = _tables.model_intensities(fit_, SHOWN_AGE, male, None)[0]
            spent = cohort_cost(q, start, cost, years=1, discount=0, accounting="continuous")
            rows.append((mix, sex, spent))
    columns = zip(("mix", "course", "cost"), zip(*rows, strict=True), strict=True)
    return {name: np.array(values) for name, values in columns}, published.factor


def hashes(study: Study) -> dict[str, str]:
    """SHA-256 of every file that a study reads, the decisions first."""
    names = (study.data.decisions, study.population.persons)
    return {
        Path(name).name: hashlib.sha256(study.path(name).read_bytes()).hexdigest() for name in names
    }


def counted_population(study: Study) -> dict[str, list[str]]:
    """The municipality's own counts: columns of a CSV file, as text."""
    name = Path(study.population.persons).name
    try:
        text = study.path(study.population.persons).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        _toml.refuse(
            "E-FILE",
            f"population: the file '{name}' cannot be read ({why}), but it is needed. "
            "Check its name and folder.",
        )
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    if not lines:
        _toml.refuse("E-EMPTY", f"population: the file '{name}' is empty.")
    rows = list(csv.DictReader(lines, delimiter=";" if ";" in lines[0] else ","))
    heads = list(rows[0]) if rows else lines[0].split(",")
    return {head: [row[head] for row in rows] for head in heads}


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
    counted = counted_population(study)
    population = Population.from_wpp(counted, base_year=study.base_year, years=study.years)
    progress("reading", 1.0)
    fit_ = fit(
        decisions,
        DEPENDENCY_WITH_ENDED,
        covariates=covariates(study.model),
        phases=phases(study.model),
        progress=within("fitting"),
    )
    if not fit_.convergence.converged:
        _toml.refuse(
            "D-NOT-CONVERGED",
            f"fit: {fit_.convergence}, but a projection needs estimates at a maximum. "
            "Run kohort fit with the same study to see which transition is to blame.",
        )
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
    progress("fitting", 1.0)
    projection = project(
        fit_,
        population,
        entries,
        stock=decisions.stock(dt.date(study.base_year, 12, 31)),
        years=study.years,
        costs=Costs(study.costs.by_level, study.costs.price_year),
        draws=study.draws,
        seed=study.seed,
        closure=study.population.closure,
        fitted_ages=fitted_ages(decisions),
        progress=within("projecting"),
    )
    progress("projecting", 1.0)
    draws = fit_.draws(study.draws, study.seed)
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
            *fit_.diagnostics,  # the data's own come first in them
            *notices((*entries.findings, *projection.findings)),
        ),
        stock_history=stock_history(decisions, study),
        entry_history=entry_history(decisions, study),
        transitions=_tables.transitions(fit_, SHOWN_AGE, draws),
        intensities=_tables.intensities(fit_, SHOWN_AGE, draws),
        first_year=first_year,
        published_sum=published_sum,
        counts={
            "subjects": fit_.subjects,
            "observations": len(followed),
            "transitions": int(decisions.moves(1900, 2200).total),
        },
        file_hashes=hashes(study),
    )
