"""What was observed before the forecast begins: the stock and first decisions, year by year."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from kohort.data.decisions import Decisions
from kohort.model.structure import DEPENDENCY_WITH_ENDED
from kohort.plots import _tables

if TYPE_CHECKING:
    from kohort.study.settings import Study


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
