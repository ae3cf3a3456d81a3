"""Pictures. Each function takes and returns an `Axes`, and has a `*_data` twin: the plotted table.

Colours are those of Okabe and Ito, told apart also by line style and by a label beside each line.
Text and numbers are Swedish or English by `lang`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kohort import _tables
from kohort._extras import require
from kohort._language import Language, language
from kohort._tables import Columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.projection import Projection

__all__ = [
    "comparison",
    "comparison_data",
    "cost",
    "cost_data",
    "difference",
    "difference_data",
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

INK, SOFT, FAINT = "#1f2a30", "#5d6b73", "#dfe4e6"
BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"
_COLOURS = ("#56B4E9", "#009E73", "#E69F00", "#D55E00", "#CC79A7", "#0072B2", "#000000", "#F0E442")
_STYLES = ("-", (0, (5, 1.5)), (0, (5, 1.5, 1, 1.5)), (0, (1.5, 1)))


# --- levels ---------------------------------------------------------------------------------------
def levels_data(projection: Projection) -> Columns:
    """Persons by year and level with 80 and 95 % limits: what `levels` draws."""
    table = _tables.persons_by_state(projection)
    return _where(table, np.isin(table["state"], _tables.levels_of(projection)))


def levels(projection: Projection, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Persons at each level on 31 December, with 80 % (darker) and 95 % bands.

    Parameters
    ----------
    projection
        From `kohort.project`.
    ax
        Where to draw; by default a new figure.
    lang
        ``"sv"`` or ``"en"``.
    """
    words, ax = language(lang), _axes(ax)
    data = levels_data(projection)
    ends = []
    for i, level in enumerate(_tables.levels_of(projection)):
        line = _where(data, data["state"] == level)
        _banded(ax, line, "persons", _COLOURS[i % 8], _STYLES[i % 4])
        ends.append((line["persons"][-1], words.state(level)))
    _finish(ax, words, projection.years, words.text("axis.persons"))
    _label_ends(ax, projection.years[-1], ends)
    return ax


# --- cost -----------------------------------------------------------------------------------------
def cost_data(projection: Projection) -> Columns:
    """Cost by year with 80 and 95 % limits and the constant-share cost: what `cost` draws."""
    return _tables.cost(projection)


def cost(projection: Projection, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Cost a year in millions with 80 % (darker) and 95 % bands, and the constant-share cost."""
    words, ax = language(lang), _axes(ax)
    data = {name: v if name == "year" else v / 1e6 for name, v in cost_data(projection).items()}
    _flow_and_constant(ax, data, "cost", words)
    _finish(ax, words, data["year"], words.text("axis.cost", year=projection.price_year))
    return ax


# --- the comparison with constant shares ----------------------------------------------------------
def comparison_data(projection: Projection) -> Columns:
    """All users by year: the flow forecast with limits, and constant shares."""
    users = _tables.persons_by_state(projection)
    users = _where(users, users["state"] == "users")
    other = _tables.comparison(projection)
    constant = other["constant_share"][other["state"] == "users"]
    return {"year": users["year"], "users": users["persons"], "constant_share": constant} | {
        name: users[name] for name in _tables.BANDS
    }


def comparison(projection: Projection, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """All persons with support: the flow forecast with bands beside the constant-share forecast."""
    words, ax = language(lang), _axes(ax)
    data = comparison_data(projection)
    _flow_and_constant(ax, data, "users", words)
    _finish(ax, words, projection.years, words.text("axis.persons"))
    return ax


def difference_data(projection: Projection, *, year: int | None = None) -> Columns:
    """Parts of flow minus constant share in one year, by default the last: part, persons, cost."""
    table = _tables.difference_split(projection)
    wanted = int(projection.years[-1]) if year is None else year
    return _where(table, table["year"] == wanted)


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
    words, ax = language(lang), _axes(ax)
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
    _bare(ax, words, along="x", digits=digits if high - low < 20 else 0)
    ax.set_xlabel(words.text(wording, year=int(data["year"][0])), color=SOFT, fontsize=9.5)
    return ax


def growth_data(projection: Projection) -> Columns:
    """Parts of each forecast's growth, first to last year: forecast, measure, part, value."""
    return _tables.growth_split(projection)


def growth(
    projection: Projection, ax: Axes | None = None, *, measure: str = "persons", lang: str = "en"
) -> Axes:
    """What each forecast's growth consists of: population, share with support, mix, price."""
    words, ax = language(lang), _axes(ax)
    data = growth_data(projection)
    data = _where(data, data["measure"] == measure)
    scale, digits = (1e6, 1) if measure == "cost" else (1, 0)
    parts = list(dict.fromkeys(data["part"].tolist()))
    looks = {"flow": (BLUE, None, 0.19), "constant_share": ("#9aa7ae", "////", -0.19)}
    extent = max(float(np.abs(data["value"]).max()) / scale, 1e-9)
    for forecast, (colour, hatch, shift) in looks.items():
        mine = _where(data, data["forecast"] == forecast)
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
    _bare(ax, words, along="x", digits=0)
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
) -> Axes:
    """New users a year: observed as dots if `entries` are given, projected as a line with bands."""
    words, ax = language(lang), _axes(ax)
    ahead = _tables.new_users(projection)
    years = ahead["year"]
    _banded(ax, ahead, "new_users", BLUE, "-")
    if entries is not None:
        years = np.concatenate([entries["year"], years])
        ax.plot(entries["year"], entries["persons"], "o", color=INK, ms=4.5)
        middle = float(np.mean(entries["year"]))
        _note(ax, middle, float(np.min(entries["persons"])), words.text("label.observed"))
    _finish(ax, words, years, words.text("axis.new_users"))
    _label_ends(ax, years[-1], [(ahead["new_users"][-1], words.text("label.projected"))])
    return ax


def history_data(projection: Projection, stock: Columns) -> Columns:
    """Users on 31 December by level, observed (`stock`: year, state, persons) and projected."""
    ahead = levels_data(projection)
    ahead = _where(ahead, ahead["year"] > np.max(stock["year"]))
    parts = {
        name: np.concatenate([stock[name], ahead[name]]) for name in ("year", "state", "persons")
    }
    parts["observed"] = np.repeat([True, False], [len(stock["year"]), len(ahead["year"])])
    return parts


def history(
    projection: Projection, stock: Columns, ax: Axes | None = None, *, lang: str = "en"
) -> Axes:
    """Users at each level over the years behind (dots) and ahead (lines with bands)."""
    words, ax = language(lang), _axes(ax)
    ahead = levels_data(projection)
    ends = []
    for i, level in enumerate(_tables.levels_of(projection)):
        line = _where(ahead, ahead["state"] == level)
        _banded(ax, line, "persons", _COLOURS[i % 8], _STYLES[i % 4])
        seen = _where(stock, stock["state"] == level)
        ax.plot(seen["year"], seen["persons"], "o", color=_COLOURS[i % 8], ms=4.5)
        ends.append((line["persons"][-1], words.state(level)))
    years = np.unique(np.concatenate([stock["year"], projection.years]))
    _finish(ax, words, years, words.text("axis.persons"))
    ax.axvline(float(projection.years[0]), color=SOFT, lw=0.8, ls=(0, (2, 2)))
    _label_ends(ax, years[-1], ends)
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
    words, ax = language(lang), _axes(ax, size=(5.6, 4.3))
    matrix = np.asarray(probabilities, dtype=float)
    rows = [i for i in range(len(matrix)) if matrix[i, i] < 1]  # nobody leaves an absorbing state
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
    ax.set_xticks(np.arange(len(states)) + 0.5, [name.replace(" ", "\n") for name in names])
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


def intensities_data(rates: Columns) -> Columns:
    """What `intensities` draws: group, transition, rate, lower, upper (a copy)."""
    return {name: np.array(values) for name, values in rates.items()}


def intensities(rates: Columns, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Rates a year with their intervals, on a logarithmic scale.

    Parameters
    ----------
    rates
        Columns `group` (one marker each), `transition`, `rate`, `lower`, `upper`.
    ax, lang
        As for `levels`.
    """
    words, ax = language(lang), _axes(ax, size=(7.2, 5.2))
    names = list(dict.fromkeys(rates["transition"].tolist()))
    groups = list(dict.fromkeys(rates["group"].tolist()))
    looks = ((VERMILION, "o"), (BLUE, "s"), (GREEN, "D"))
    for g, group in enumerate(groups):
        mine = _where(rates, rates["group"] == group)
        colour, marker = looks[g % 3]
        shift = 0.16 * (len(groups) - 1) / 2 - 0.16 * g
        y = np.array([len(names) - 1 - names.index(name) for name in mine["transition"]]) + shift
        ax.hlines(y, mine["lower"], mine["upper"], color=colour, lw=1.6)
        ax.plot(mine["rate"], y, marker, color=colour, ms=5, label=group)
    ax.set_xscale("log")
    ax.set_yticks(np.arange(len(names))[::-1], names)
    _bare(ax, words, along="x", digits=None)
    ax.set_xlabel(words.text("axis.rate"), color=SOFT, fontsize=9.5)
    if len(groups) > 1:
        ax.legend(frameon=False, fontsize=9, loc="best", labelcolor=INK)
    return ax


# --- the look -------------------------------------------------------------------------------------
def _axes(ax: Axes | None, size: tuple[float, float] = (7.2, 4.0)) -> Axes:
    if ax is not None:
        return ax
    pyplot = require("matplotlib.pyplot", "Pictures")
    axes: Axes = pyplot.subplots(figsize=size, layout="constrained")[1]
    return axes


def _where(table: Columns, rows: NDArray[np.bool_]) -> Columns:
    return {name: np.asarray(values)[rows] for name, values in table.items()}


def _banded(ax: Axes, line: Columns, what: str, colour: str, style: Any) -> None:
    x = line["year"]
    ax.fill_between(x, line["low_95"], line["high_95"], color=colour, alpha=0.16, lw=0)
    ax.fill_between(x, line["low_80"], line["high_80"], color=colour, alpha=0.26, lw=0)
    ax.plot(x, line[what], color=colour, ls=style, lw=2.2)


def _flow_and_constant(ax: Axes, data: Columns, what: str, words: Language) -> None:
    _banded(ax, data, what, BLUE, "-")
    ax.plot(data["year"], data["constant_share"], color=INK, lw=1.8, ls=(0, (4, 2)))
    _label_ends(
        ax,
        data["year"][-1],
        [
            (data[what][-1], words.text("forecast.flow")),
            (data["constant_share"][-1], words.text("forecast.constant_share")),
        ],
    )


def _finish(ax: Axes, words: Language, years: NDArray[Any], what: str) -> None:
    """Axes of a picture over years: from zero, few ticks, the unit above."""
    _bare(ax, words, along="y", digits=0)
    ax.set_ylim(bottom=0)
    ax.set_xlim(float(years[0]) - 0.3, float(years[-1]) + 0.3)
    first, last = int(years[0]), int(years[-1])
    step = 1 if last - first <= 11 else 2
    ax.set_xticks(list(range(last, first - 1, -step))[::-1])
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    ax.set_title(what, loc="left", fontsize=9.5, color=SOFT)


def _bare(ax: Axes, words: Language, *, along: str, digits: int | None) -> None:
    """No frame, light grid lines across the axis that carries numbers, numbers of the language."""
    for name, side in ax.spines.items():
        side.set_visible(name == "bottom" and along == "y")
        side.set_color(SOFT)
    ax.set_axisbelow(True)
    ax.grid(axis="y" if along == "y" else "x", color=FAINT, lw=0.8)
    ax.tick_params(length=0, labelcolor=INK, labelsize=9.5)
    axis = ax.yaxis if along == "y" else ax.xaxis

    def written(value: float, _: float) -> str:
        if digits is not None:
            return words.number(value, digits)
        return (
            words.number(value, max(0, -int(np.floor(np.log10(value) + 1e-9)))) if value > 0 else ""
        )

    formatter: Callable[[float, float], str] = written
    axis.set_major_formatter(formatter)
    if digits is None:
        ticker = require("matplotlib.ticker", "Pictures")
        axis.set_major_locator(ticker.LogLocator(subs=(1.0, 3.0)))
        axis.set_minor_formatter(ticker.NullFormatter())


def _label_ends(ax: Axes, x: float, ends: list[tuple[float, str]]) -> None:
    """Name each line at its right end, in order and without overlap."""
    low, high = ax.get_ylim()
    gap = 0.062 * (high - min(low, 0))
    places = sorted(range(len(ends)), key=lambda i: ends[i][0])
    at = [ends[i][0] for i in places]
    for k in range(1, len(at)):
        at[k] = max(at[k], at[k - 1] + gap)
    excess = at[-1] - max(ends[places[-1]][0], at[0])
    at = [value - min(excess, gap) / 2 if excess > 0 else value for value in at]
    for value, i in zip(at, places, strict=True):
        ax.annotate(
            ends[i][1], (float(x), value), xytext=(8, 0), textcoords="offset points",
            va="center", ha="left", color=INK, fontsize=9.5, annotation_clip=False,
        )  # fmt: skip


def _note(ax: Axes, x: float, y: float, text: str) -> None:
    ax.annotate(
        text, (x, y), xytext=(0, -14), textcoords="offset points",
        ha="center", color=INK, fontsize=9.5,
    )  # fmt: skip
