"""One forecast from what was known on a day in the past, beside what came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from kohort import _core
from kohort.population.entries import fit_entries
from kohort.population.entry_clock import entry_cuts, start_of
from kohort.population.population import Population
from kohort.projection.phased import phases_of
from kohort.projection.projecting import project
from kohort.projection.projection import Projection
from kohort.projection.settings import by_age, level_rates
from kohort.study.notices import notices
from kohort.study.study_model import stock_at
from kohort.support._arrays import Array

if TYPE_CHECKING:
    from kohort.data.decisions import Decisions
    from kohort.estimation.fitted_model import FittedModel
    from kohort.population.entries import Entries


def forecast_of(
    decisions: Decisions,
    known: Decisions,
    fitted: FittedModel,
    population: Population,
    origin: int,
    ahead: int,
    settings: Mapping[str, Any],
    step: Callable[[float], None],
) -> tuple[tuple[str, ...], list[tuple[Any, ...]], list[Array], tuple[Any, ...]]:
    """One origin's forecast: its rows without scores, their draws, and what was noticed."""
    model = decisions.model
    long = origin - settings["first_year"] >= 4
    entries = fit_entries(
        known, population, first_year=settings["first_year"], last_year=origin,
        trend=long and settings["trend"], mix_trend=long and settings["mix_trend"],
        damping=settings["damping"], ended=settings["ended"], returns=settings["returns"],
    )  # fmt: skip
    step(0.2)
    # Another origin's chance is another's: the seed says which.
    seed = int(settings["seed"]) * 10_000 + origin
    made = project(
        fitted, population, entries,
        stock=stock_at(known, dt.date(origin, 12, 31), fitted),
        years=ahead, draws=settings["draws"], seed=seed,
        threads=settings["threads"], closure=settings["closure"], ended=settings["ended"],
        progress=lambda done, total: step(0.2 + 0.6 * done / max(total, 1)),
    )  # fmt: skip
    drawn = _with_chance(made, fitted, known, population, origin, seed, settings, entries)
    living = [name for name in model.states if name != model.death]
    seen = np.stack([_stock(decisions, year, population, living) for year in made.years])
    share = made.constant_share.persons.sum(axis=(2, 3))
    rows: list[tuple[Any, ...]] = []
    samples: list[Array] = []
    for y in range(1, ahead + 1):
        for state in (*made.levels, "users"):
            of = [living.index(s) for s in (made.levels if state == "users" else (state,))]
            at = [made.states.index(living[i]) for i in of]
            rows.append(
                (origin, int(made.years[y]), y, state, seen[y, ..., of].sum(), share[y, at].sum())
            )
            samples.append(drawn[:, y, of].sum(axis=1))
    step(1.0)
    return made.levels, rows, samples, notices((*entries.findings, *made.findings))


def _stock(decisions: Decisions, year: int, population: Population, living: list[str]) -> Array:
    counts = decisions.stock(dt.date(int(year), 12, 31))
    found: Array = counts.array([int(year)], [int(a) for a in population.ages], living)[0]
    return found


def _with_chance(
    made: Projection,
    fitted: FittedModel,
    known: Decisions,
    population: Population,
    origin: int,
    seed: int,
    settings: Mapping[str, Any],
    entries: Entries,
) -> Array:
    """(draws, years + 1, living states as they are seen): whole persons.

    Expected numbers are the projection's.
    """
    phases = phases_of(fitted, settings["ended"])
    seen = fitted.model if phases is None else phases.seen
    living = [name for name in seen.states if name != seen.death]
    n, ages = settings["draws"], population.ages
    cuts = entry_cuts(fitted)
    rates = level_rates(
        fitted, entries, ages, settings["ended"], fitted.draws(n, seed),
        by_age(entries, ages, n, seed), cuts,
    )  # fmt: skip
    at = [made.states.index(name) for name in living]
    day = stock_at(known, dt.date(origin, 12, 31), fitted)
    ahead = len(made.years)
    others: dict[str, Any] = {
        "entry_cuts": list(cuts),
        "staying": _core.share_staying(
            population.persons[:ahead], population.mortality[:ahead],
            np.zeros(0) if population.moving_out is None else population.moving_out,
        ),
    }  # fmt: skip
    if phases is None:
        stock = start_of(day, cuts, 12, population, living)
    else:
        stock, fine = phases.settled(day, fitted, population, entries)
        others |= {"seen_of": phases.seen_of, "shares": phases.shares(stock, fine)}
    drawn: Array = _core.with_chance(
        fitted.model._core,
        stock,
        rates,
        made.draws_persons[:, :, at],
        max(1.0, entries.dispersion),
        seed,
        settings["threads"],
        **others,
    )
    return drawn
