"""Pictures of a forecast: levels, cost, entries, moves, and what it is compared with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kohort.plots import _tables
from kohort.plots._drawing import (
    BLUE,
    COLOURS,
    INK,
    SOFT,
    STYLES,
    axes_or_new,
    banded,
    few_draws,
    finish,
    flow_and_constant,
    label_ends,
    note,
    regime_lines,
    rows_where,
)
from kohort.plots._tables import Columns
from kohort.plots.comparison import (
    comparison,
    comparison_data,
    difference,
    difference_data,
    growth,
    growth_data,
)
from kohort.plots.rates import intensities, intensities_data, transitions, transitions_data
from kohort.support._language import Unit, language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.projection.projection import Projection

__all__ = [
    "comparison",
    "comparison_data",
    "cost",
    "cost_data",
    "difference",
    "difference_data",
    "entry_mix",
    "entry_mix_data",
    "growth",
    "growth_data",
    "history",
    "history_data",
    "intensities",
    "intensities_data",
    "levels",
    "levels_data",
    "new_users",
    "new_users_data",
    "transitions",
    "transitions_data",
]


# --- levels ---------------------------------------------------------------------------------------
def levels_data(projection: Projection) -> Columns:
    """Persons by year and level with 80 and 95 % limits: what `levels` draws."""
    table = _tables.persons_by_state(projection)
    return rows_where(table, np.isin(table["state"], _tables.levels_of(projection)))


def levels(
    projection: Projection,
    ax: Axes | None = None,
    *,
    lang: str = "en",
    breaks: Sequence[dt.date] = (),
) -> Axes:
    """Persons at each level on 31 December, with 80 % (darker) and 95 % bands.

    Parameters
    ----------
    projection
        From `kohort.project`.
    ax
        Where to draw; by default a new figure.
    lang
        ``"sv"`` or ``"en"``.
    breaks
        Days from which decisions mean something else, drawn where they are in sight.
    """
    words, ax = language(lang), axes_or_new(ax)
    data = levels_data(projection)
    ends = []
    for i, level in enumerate(_tables.levels_of(projection)):
        line = rows_where(data, data["state"] == level)
        banded(ax, line, "persons", COLOURS[i % 8], STYLES[i % 4])
        ends.append((line["persons"][-1], words.state(level)))
    finish(ax, words, projection.years, words.text("axis.persons"))
    regime_lines(ax, words, breaks)
    few_draws(ax, words, len(projection.draws_persons))
    label_ends(ax, projection.years[-1], ends)
    return ax


# --- cost -----------------------------------------------------------------------------------------
def cost_data(projection: Projection) -> Columns:
    """Cost by year with 80 and 95 % limits and the constant-share cost: what `cost` draws."""
    return _tables.cost(projection)


def _money_axis(projection: Projection, unit: Unit) -> str:
    key = "axis.cost" if projection.price_levels is None else "axis.cost_nominal"
    return unit.words.text(key, unit=unit.head, year=projection.price_year)


def cost(
    projection: Projection,
    ax: Axes | None = None,
    *,
    lang: str = "en",
    breaks: Sequence[dt.date] = (),
) -> Axes:
    """Cost a year with 80 % (darker) and 95 % bands, and the constant-share cost."""
    words, ax = language(lang), axes_or_new(ax)
    given = cost_data(projection)
    unit = words.unit([float(np.max(np.abs(given["cost"])))])
    data = {name: v if name == "year" else v / unit.divisor for name, v in given.items()}
    flow_and_constant(ax, data, "cost", words)
    finish(ax, words, data["year"], _money_axis(projection, unit))
    regime_lines(ax, words, breaks, flows=True)
    few_draws(ax, words, len(projection.draws_persons))
    return ax


# --- entries and stock ----------------------------------------------------------------------------
def new_users_data(projection: Projection, entries: Columns | None = None) -> Columns:
    """New users: observed (if `entries` has year and persons) and projected, with limits."""
    ahead = _tables.new_users(projection)
    if entries is None:
        return ahead
    seen = np.asarray(entries["persons"], dtype=float)
    return {"year": np.concatenate([entries["year"], ahead["year"]])} | {
        name: np.concatenate([seen, values]) for name, values in ahead.items() if name != "year"
    }


def new_users(
    projection: Projection,
    ax: Axes | None = None,
    *,
    entries: Columns | None = None,
    lang: str = "en",
    breaks: Sequence[dt.date] = (),
) -> Axes:
    """New users a year: observed as dots if `entries` are given, projected as a line with bands."""
    words, ax = language(lang), axes_or_new(ax)
    ahead = _tables.new_users(projection)
    years = ahead["year"]
    banded(ax, ahead, "new_users", BLUE, "-")
    if entries is not None:
        years = np.concatenate([entries["year"], years])
        ax.plot(entries["year"], entries["persons"], "o", color=INK, ms=4.5)
        middle = float(np.mean(entries["year"]))
        note(ax, middle, float(np.min(entries["persons"])), words.text("label.observed"))
    finish(ax, words, years, words.text("axis.new_users"))
    regime_lines(ax, words, breaks, flows=True)
    few_draws(ax, words, len(projection.draws_persons))
    label_ends(ax, years[-1], [(ahead["new_users"][-1], words.text("label.projected"))])
    return ax


def entry_mix_data(years: Any, counts: Any, levels: Sequence[str]) -> Columns:
    """Share of each level among the first decisions of each year: year, level, persons, share."""
    table = np.asarray(counts, dtype=float)
    shares = table / table.sum(axis=1, keepdims=True)
    return {
        "year": np.repeat(np.asarray(years), len(levels)),
        "level": np.tile(np.array(levels), len(table)),
        "persons": table.ravel(),
        "share": shares.ravel(),
    }


def entry_mix(
    years: Any, counts: Any, levels: Sequence[str], ax: Axes | None = None, *, lang: str = "en"
) -> Axes:
    """At which level people come in: shares of each year's first decisions.

    Parameters
    ----------
    years
        (years,)
    counts
        First decisions, (years, levels).
    levels
        Names, in the order of the columns.
    ax, lang
        As for `levels`.
    """
    words, ax = language(lang), axes_or_new(ax)
    data = entry_mix_data(years, counts, levels)
    ends = []
    for i, level in enumerate(levels):
        line = rows_where(data, data["level"] == level)
        colour, style = COLOURS[i % 8], STYLES[i % 4]
        ax.plot(line["year"], line["share"], color=colour, ls=style, lw=2.2, marker="o", ms=4)
        ends.append((line["share"][-1], words.state(level)))
    finish(ax, words, np.asarray(years), words.text("axis.entry_mix"))
    ax.yaxis.set_major_formatter(lambda value, _: words.percent(value))
    label_ends(ax, float(np.max(years)), ends)
    return ax


def history_data(projection: Projection, stock: Columns) -> Columns:
    """Users on 31 December by level, observed (`stock`: year, state, persons) and projected."""
    ahead = levels_data(projection)
    ahead = rows_where(ahead, ahead["year"] > np.max(stock["year"]))
    parts = {
        name: np.concatenate([stock[name], ahead[name]]) for name in ("year", "state", "persons")
    }
    parts["observed"] = np.repeat([True, False], [len(stock["year"]), len(ahead["year"])])
    return parts


def history(
    projection: Projection,
    stock: Columns,
    ax: Axes | None = None,
    *,
    lang: str = "en",
    breaks: Sequence[dt.date] = (),
) -> Axes:
    """Users at each level over the years behind (dots) and ahead (lines with bands)."""
    words, ax = language(lang), axes_or_new(ax)
    ahead = levels_data(projection)
    ends = []
    for i, level in enumerate(_tables.levels_of(projection)):
        line = rows_where(ahead, ahead["state"] == level)
        banded(ax, line, "persons", COLOURS[i % 8], STYLES[i % 4])
        seen = rows_where(stock, stock["state"] == level)
        ax.plot(seen["year"], seen["persons"], "o", color=COLOURS[i % 8], ms=4.5)
        ends.append((line["persons"][-1], words.state(level)))
    years = np.unique(np.concatenate([stock["year"], projection.years]))
    finish(ax, words, years, words.text("axis.persons"))
    regime_lines(ax, words, breaks)
    few_draws(ax, words, len(projection.draws_persons))
    ax.axvline(float(projection.years[0]), color=SOFT, lw=0.8, ls=(0, (2, 2)))
    label_ends(ax, years[-1], ends)
    return ax
