"""Pictures. Each function takes and returns an `Axes`, and has a `*_data` twin: the plotted table.

Colours are those of Okabe and Ito, told apart also by line style and by a label beside each line.
Text and numbers are Swedish or English by `lang`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kohort import _tables
from kohort._drawing import (
    BLUE,
    COLOURS,
    GREEN,
    INK,
    SOFT,
    STYLES,
    VERMILION,
    axes_or_new,
    banded,
    bare,
    finish,
    flow_and_constant,
    label_ends,
    note,
    regime_lines,
    rows_where,
)
from kohort._language import Language, language
from kohort._tables import Columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.fitted_model import FittedModel
    from kohort.projection import Projection

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
    label_ends(ax, projection.years[-1], ends)
    return ax


# --- cost -----------------------------------------------------------------------------------------
def cost_data(projection: Projection) -> Columns:
    """Cost by year with 80 and 95 % limits and the constant-share cost: what `cost` draws."""
    return _tables.cost(projection)


def _money_axis(projection: Projection, words: Language) -> str:
    key = "axis.cost" if projection.price_levels is None else "axis.cost_nominal"
    return words.text(key, year=projection.price_year)


def cost(
    projection: Projection,
    ax: Axes | None = None,
    *,
    lang: str = "en",
    breaks: Sequence[dt.date] = (),
) -> Axes:
    """Cost a year in millions with 80 % (darker) and 95 % bands, and the constant-share cost."""
    words, ax = language(lang), axes_or_new(ax)
    data = {name: v if name == "year" else v / 1e6 for name, v in cost_data(projection).items()}
    flow_and_constant(ax, data, "cost", words)
    finish(ax, words, data["year"], _money_axis(projection, words))
    regime_lines(ax, words, breaks, flows=True)
    return ax


# --- the comparison with constant shares ----------------------------------------------------------
def comparison_data(projection: Projection) -> Columns:
    """All users by year: the flow forecast with limits, and constant shares."""
    users = _tables.persons_by_state(projection)
    users = rows_where(users, users["state"] == "users")
    other = _tables.comparison(projection)
    constant = other["constant_share"][other["state"] == "users"]
    return {"year": users["year"], "users": users["persons"], "constant_share": constant} | {
        name: users[name] for name in _tables.BANDS
    }


def comparison(
    projection: Projection,
    ax: Axes | None = None,
    *,
    lang: str = "en",
    breaks: Sequence[dt.date] = (),
) -> Axes:
    """All persons with support: the flow forecast with bands beside the constant-share forecast."""
    words, ax = language(lang), axes_or_new(ax)
    data = comparison_data(projection)
    flow_and_constant(ax, data, "users", words)
    finish(ax, words, projection.years, words.text("axis.persons"))
    regime_lines(ax, words, breaks)
    return ax


def difference_data(projection: Projection, *, year: int | None = None) -> Columns:
    """Parts of flow minus constant share in one year, by default the last: part, persons, cost."""
    table = _tables.difference_split(projection)
    wanted = int(projection.years[-1]) if year is None else year
    return rows_where(table, table["year"] == wanted)


def difference(
    projection: Projection,
    ax: Axes | None = None,
    *,
    measure: str = "persons",
    year: int | None = None,
    lang: str = "en",
) -> Axes:
    """Waterfall from the constant-share forecast (zero) to the flow forecast, part by part.

    Parameters
    ----------
    projection, ax, lang
        As for `levels`.
    measure
        ``"persons"`` or ``"cost"`` (millions).
    year
        By default the last.
    """
    words, ax = language(lang), axes_or_new(ax)
    data = difference_data(projection, year=year)
    scale, digits = (1e6, 1) if measure == "cost" else (1, 0)
    parts = data[measure] / scale
    starts = np.concatenate([[0], np.cumsum(parts)[:-1]])
    widths = np.append(parts, parts.sum())
    names = [words.text(f"part.{name}") for name in data["part"]] + [words.text("part.all")]
    spots = np.arange(len(names))[::-1]
    for y, left, width, last in zip(
        spots, np.append(starts, 0), widths, spots == spots[-1], strict=True
    ):
        colour = INK if last else (BLUE if width >= 0 else VERMILION)
        hatch = None if last or width >= 0 else "////"
        ax.barh(y, width, left=left, height=0.58, color=colour, hatch=hatch, edgecolor="white")
    reach = np.concatenate([starts + parts, [0.0]])
    low, high = min(reach.min(), 0.0), max(reach.max(), 0.0)
    room = 0.16 * max(high - low, 1e-9)
    for y, left, width in zip(spots, np.append(starts, 0), widths, strict=True):
        right = max(left, left + width)
        ax.text(
            right + room / 10, y, words.signed(width, digits), va="center", color=INK, fontsize=9.5
        )
    for upper, lower, at in zip(spots[:-1], spots[1:], np.cumsum(parts), strict=True):
        ax.plot([at, at], [upper - 0.29, lower + 0.29], color=SOFT, lw=0.8)
    ax.axvline(0, color=INK, lw=0.9)
    ax.set_yticks(spots, names)
    ax.set_xlim(low - room / 3, high + room)
    wording = "axis.difference_cost" if measure == "cost" else "axis.difference_persons"
    bare(ax, words, along="x", digits=digits if high - low < 20 else 0)
    ax.set_xlabel(words.text(wording, year=int(data["year"][0])), color=SOFT, fontsize=9.5)
    return ax


def growth_data(projection: Projection) -> Columns:
    """Parts of each forecast's growth, first to last year: forecast, measure, part, value."""
    return _tables.growth_split(projection)


def growth(
    projection: Projection, ax: Axes | None = None, *, measure: str = "persons", lang: str = "en"
) -> Axes:
    """What each forecast's growth consists of: population, share with support, mix, price."""
    words, ax = language(lang), axes_or_new(ax)
    data = growth_data(projection)
    data = rows_where(data, data["measure"] == measure)
    scale, digits = (1e6, 1) if measure == "cost" else (1, 0)
    parts = list(dict.fromkeys(data["part"].tolist()))
    looks = {"flow": (BLUE, None, 0.19), "constant_share": ("#9aa7ae", "////", -0.19)}
    extent = max(float(np.abs(data["value"]).max()) / scale, 1e-9)
    for forecast, (colour, hatch, shift) in looks.items():
        mine = rows_where(data, data["forecast"] == forecast)
        values = dict(zip(mine["part"].tolist(), mine["value"] / scale, strict=True))
        for i, part in enumerate(parts):
            y, value = len(parts) - 1 - i + shift, values.get(part, 0.0)
            ax.barh(
                y, value, height=0.34, color=colour, hatch=hatch, edgecolor="white",
                label=words.text(f"forecast.{forecast}") if i == 0 else None,
            )  # fmt: skip
            ax.text(
                max(value, 0) + extent / 60, y, words.signed(value, digits),
                va="center", color=INK, fontsize=9,
            )  # fmt: skip
    ax.axvline(0, color=INK, lw=0.9)
    ax.set_yticks(np.arange(len(parts))[::-1], [words.text(f"growth.{part}") for part in parts])
    lowest = min(float(data["value"].min()) / scale, 0.0)
    ax.set_xlim(lowest - extent * 0.06, extent * 1.2)
    bare(ax, words, along="x", digits=0)
    wording = "axis.growth_cost" if measure == "cost" else "axis.growth_persons"
    years = {"first": int(projection.years[0]), "last": int(projection.years[-1])}
    ax.set_xlabel(words.text(wording, **years), color=SOFT, fontsize=9.5)
    ax.legend(frameon=False, fontsize=9, loc="lower right", labelcolor=INK)
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
    ax.axvline(float(projection.years[0]), color=SOFT, lw=0.8, ls=(0, (2, 2)))
    label_ends(ax, years[-1], ends)
    return ax


# --- the fitted model -----------------------------------------------------------------------------
def transitions_data(probabilities: Any, states: Sequence[str]) -> Columns:
    """A matrix of probabilities as from, to, probability."""
    matrix = np.asarray(probabilities, dtype=float)
    return {
        "from": np.repeat(np.array(states), len(states)),
        "to": np.tile(np.array(states), len(states)),
        "probability": matrix.ravel(),
    }


def transitions(
    probabilities: Any, states: Sequence[str], ax: Axes | None = None, *, lang: str = "en"
) -> Axes:
    """Transition probabilities as a map with its numbers: from each row's state to each column's.

    Parameters
    ----------
    probabilities
        Square, rows sum to 1: for example ``fit.transition_probability(1, age=80)``.
    states
        Their names, in the same order.
    ax, lang
        As for `levels`.
    """
    words, ax = language(lang), axes_or_new(ax, size=(5.6, 4.3))
    matrix = np.asarray(probabilities, dtype=float)
    rows = [i for i in range(len(matrix)) if matrix[i, i] != 1]  # nobody leaves an absorbing state
    ax.pcolormesh(np.sqrt(matrix[rows]), cmap="Blues", vmin=0, vmax=1.15, edgecolors="white", lw=2)
    for y, i in enumerate(rows):
        for j in range(len(states)):
            p = matrix[i, j]
            shown = words.percent(p, 0 if p >= 0.0995 else 1)
            dark = np.sqrt(p) > 0.66
            ax.text(
                j + 0.5, y + 0.5, shown, ha="center", va="center", fontsize=10,
                color="white" if dark else INK, fontweight="bold" if i == j else "normal",
            )  # fmt: skip
    names = [words.state(state) for state in states]
    ax.set_xticks(np.arange(len(states)) + 0.5, [words.short(state) for state in states])
    ax.set_yticks(np.arange(len(rows)) + 0.5, [names[i] for i in rows])
    ax.invert_yaxis()
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.set_xlabel(words.text("axis.to"), color=SOFT, fontsize=9.5)
    ax.set_ylabel(words.text("axis.from"), color=SOFT, fontsize=9.5)
    ax.tick_params(length=0, labelcolor=INK, labelsize=9.5)
    for side in ax.spines.values():
        side.set_visible(False)
    return ax


def intensities_data(rates: FittedModel | Columns, *, level: float = 0.95) -> Columns:
    """What `intensities` draws: group, transition, rate, lower, upper.

    Of a fitted model: the rates where every covariate is 0, with Wald limits; those without a
    standard error are left out.
    """
    if isinstance(rates, Mapping):
        return {name: np.array(values) for name, values in rates.items()}
    limits = rates.confidence_intervals(level)
    rows = [
        (name, *np.exp([rates.coefficients[i], limits[i, 0], limits[i, 1]]))
        for i, name in enumerate(rates.coefficient_names)
        if name in rates.transitions and rates.has_error[i]
    ]
    names = ("transition", "rate", "lower", "upper")
    table = {name: np.array([row[j] for row in rows]) for j, name in enumerate(names)}
    return {"group": np.full(len(rows), ""), **table}


def intensities(rates: FittedModel | Columns, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Rates a year with their intervals, on a logarithmic scale.

    Parameters
    ----------
    rates
        A fitted model, or columns `group` (one marker each), `transition`, `rate`, `lower`,
        `upper`.
    ax, lang
        As for `levels`.
    """
    rates = intensities_data(rates)
    words, ax = language(lang), axes_or_new(ax, size=(7.2, 5.2))
    names = list(dict.fromkeys(rates["transition"].tolist()))
    groups = list(dict.fromkeys(rates["group"].tolist()))
    looks = ((VERMILION, "o"), (BLUE, "s"), (GREEN, "D"))
    for g, group in enumerate(groups):
        mine = rows_where(rates, rates["group"] == group)
        colour, marker = looks[g % 3]
        shift = 0.16 * (len(groups) - 1) / 2 - 0.16 * g
        y = np.array([len(names) - 1 - names.index(name) for name in mine["transition"]]) + shift
        ax.hlines(y, mine["lower"], mine["upper"], color=colour, lw=1.6)
        ax.plot(mine["rate"], y, marker, color=colour, ms=5, label=group)
    ax.set_xscale("log")
    ax.set_yticks(np.arange(len(names))[::-1], names)
    bare(ax, words, along="x", digits=None)
    ax.set_xlabel(words.text("axis.rate"), color=SOFT, fontsize=9.5)
    if len(groups) > 1:
        ax.legend(frameon=False, fontsize=9, loc="best", labelcolor=INK)
    return ax
