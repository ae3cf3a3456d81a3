"""What an average new person costs in the first year, by where they enter and how they move."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kohort import datasets
from kohort.data.decisions import Decisions
from kohort.estimation.fitted_model import FittedModel
from kohort.model.structure import transition_probability
from kohort.plots import _tables
from kohort.population.entry_clock import entry_cuts
from kohort.population.entry_mix import entry_mix
from kohort.projection.closed_cohort import cohort_cost
from kohort.study.study_money import study_money

if TYPE_CHECKING:
    from kohort.study.settings import Study


SHOWN_AGE = 80  # at which tables of transitions are given


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
