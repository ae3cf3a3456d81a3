"""How pictures look: colours, lines, axes and labels that all of them share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kohort.plots._tables import Columns
from kohort.support._extras import require
from kohort.support._language import Language
from kohort.uncertainty.few_draws import told

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, SOFT, FAINT = "#1f2a30", "#5d6b73", "#dfe4e6"
BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"
COLOURS = ("#56B4E9", "#009E73", "#E69F00", "#D55E00", "#CC79A7", "#0072B2", "#000000", "#F0E442")
STYLES = ("-", (0, (5, 1.5)), (0, (5, 1.5, 1, 1.5)), (0, (1.5, 1)))


def axes_or_new(ax: Axes | None, size: tuple[float, float] = (7.2, 4.0)) -> Axes:
    if ax is not None:
        return ax
    pyplot = require("matplotlib.pyplot", "Pictures")
    axes: Axes = pyplot.subplots(figsize=size, layout="constrained")[1]
    return axes


def rows_where(table: Columns, rows: NDArray[np.bool_]) -> Columns:
    return {name: np.asarray(values)[rows] for name, values in table.items()}


def banded(ax: Axes, line: Columns, what: str, colour: str, style: Any) -> None:
    x = line["year"]
    ax.fill_between(x, line["low_95"], line["high_95"], color=colour, alpha=0.16, lw=0)
    ax.fill_between(x, line["low_80"], line["high_80"], color=colour, alpha=0.26, lw=0)
    ax.plot(x, line[what], color=colour, ls=style, lw=2.2)


def flow_and_constant(ax: Axes, data: Columns, what: str, words: Language) -> None:
    banded(ax, data, what, BLUE, "-")
    ax.plot(data["year"], data["constant_share"], color=INK, lw=1.8, ls=(0, (4, 2)))
    ax.set_ylim(bottom=0)  # before labels are kept apart
    label_ends(
        ax,
        data["year"][-1],
        [
            (data[what][-1], words.text("forecast.flow")),
            (data["constant_share"][-1], words.text("forecast.constant_share")),
        ],
    )


def finish(ax: Axes, words: Language, years: NDArray[Any], what: str) -> None:
    """Axes of a picture over years: from zero, few ticks, the unit above."""
    bare(ax, words, along="y", digits=0)
    ax.set_ylim(bottom=0)
    ax.set_xlim(float(years[0]) - 0.3, float(years[-1]) + 0.3)
    first, last = int(years[0]), int(years[-1])
    step = 1 if last - first <= 11 else 2
    ax.set_xticks(list(range(last, first - 1, -step))[::-1])
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    ax.set_title(what, loc="left", fontsize=9.5, color=SOFT)


def bare(ax: Axes, words: Language, *, along: str, digits: int | None) -> None:
    """No frame, light grid lines across the axis that carries numbers, numbers of the language."""
    for name, side in ax.spines.items():
        side.set_visible(name == "bottom" and along == "y")
        side.set_color(SOFT)
    ax.set_axisbelow(True)
    ax.grid(axis="y" if along == "y" else "x", color=FAINT, lw=0.8)
    ax.tick_params(length=0, labelcolor=INK, labelsize=9.5)
    axis = ax.yaxis if along == "y" else ax.xaxis
    if digits is not None:
        plain_numbers(axis, words, digits)
        return

    def written(value: float, _: float) -> str:
        return (
            words.number(value, max(0, -int(np.floor(np.log10(value) + 1e-9)))) if value > 0 else ""
        )

    formatter: Callable[[float, float], str] = written
    axis.set_major_formatter(formatter)
    ticker = require("matplotlib.ticker", "Pictures")
    axis.set_major_locator(ticker.LogLocator(subs=(1.0, 3.0)))
    axis.set_minor_formatter(ticker.NullFormatter())


def plain_numbers(axis: Any, words: Language, digits: int = 0, scale: float = 1.0) -> None:
    """Numbers of the language at the ticks, over a scale: with the decimals that tell them whole.

    Parameters
    ----------
    axis
        `ax.xaxis` or `ax.yaxis`.
    words
        Of the language.
    digits
        Decimals at least.
    scale
        What a tick's number is divided by.
    """

    def written(value: float, _: float) -> str:
        places = [float(place) / scale for place in axis.get_majorticklocs()]
        return words.number(value / scale, max(digits, decimals(places)))

    axis.set_major_formatter(written)


def decimals(values: Iterable[float]) -> int:
    """The fewest decimals, at most 6, that write evenly spaced numbers without rounding."""
    given = np.asarray(list(values), dtype=float)
    step = float(np.ptp(given)) / max(given.size - 1, 1) if given.size else 0.0
    for digits in range(6):
        if np.all(np.abs(np.round(given, digits) - given) <= 1e-6 * step):
            return digits
    return 6


def regime_lines(
    ax: Axes, words: Language, dates: Sequence[dt.date], *, flows: bool = False
) -> None:
    """A dashed line with its date where decisions begin to mean something else, if it is in sight.

    Years stand for their 31 December; with `flows` for the whole year around them.
    """
    first, last = ax.get_xlim()
    for date in dates:
        year = dt.date(date.year, 1, 1)
        share = (date - year) / (dt.date(date.year + 1, 1, 1) - year)
        at = date.year - (0.5 if flows else 1.0) + share
        if not first < at < last:
            continue
        ax.axvline(at, color=INK, lw=1.2, ls=(0, (2, 2)), zorder=2.5)
        left = at > (first + last) / 2
        ax.annotate(
            words.text("axis.regime", date=date.isoformat()), (at, 0),
            xycoords=("data", "axes fraction"), xytext=(-4 if left else 4, 5),
            textcoords="offset points", ha="right" if left else "left", va="bottom", fontsize=8.5,
            color=INK, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
        )  # fmt: skip


def label_ends(ax: Axes, x: float, ends: list[tuple[float, str]]) -> None:
    """Name each line at its right end, in order and without overlap."""
    low, high = ax.get_ylim()
    height = ax.bbox.height * 72 / float(ax.figure.dpi)  # points
    gap = max(0.062, 13 / height) * (high - low)
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


def few_draws(ax: Axes, words: Language, draws: int) -> None:
    """Say in the picture that there are too few draws for its limits, if that is so."""
    if told(draws):
        ax.text(
            0.01, 0.98, words.text("label.few_draws", draws=draws), transform=ax.transAxes,
            ha="left", va="top", color=VERMILION, fontsize=9,
        )  # fmt: skip


def note(ax: Axes, x: float, y: float, text: str) -> None:
    ax.annotate(
        text, (x, y), xytext=(0, -14), textcoords="offset points",
        ha="center", color=INK, fontsize=9.5,
    )  # fmt: skip
