"""Pictures of how long stays last. Each takes `ax=None, lang="en"` and returns the axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kohort.plots._drawing import BLUE, GREEN, INK, SOFT, STYLES, VERMILION, axes_or_new, bare
from kohort.support._language import language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.estimation.hidden_answers import Stay

DAYS = 365.25
LINES = (BLUE, GREEN, VERMILION, INK)


def survival(
    stays: Stay | Mapping[str, Stay],
    ax: Axes | None = None,
    *,
    points: Sequence[tuple[float, float]] = (),
    years: float | None = None,
    lang: str = "en",
) -> Axes:
    """The share of stays that go on, against days on a square-root scale.

    The scale gives the first weeks as much room as the years after them.

    Parameters
    ----------
    stays
        One stay, or several by the names to write beside them.
    points
        (years, share that has ended by then), marked: what was printed elsewhere.
    years
        How far; by default until one stay in eight goes on.
    ax, lang
        Axes to draw on; "en" or "sv".
    """
    words, ax = language(lang), axes_or_new(ax, size=(7.2, 4.2))
    named = stays if isinstance(stays, Mapping) else {"": stays}
    if years is None:
        years = max(float(stay.quantile(0.875)) for stay in named.values())
    t = np.linspace(0, np.sqrt(years), 241) ** 2
    lines = []
    for k, stay in enumerate(named.values()):
        still = stay.survival(t)
        ax.plot(
            np.sqrt(t * DAYS), still, color=LINES[k % len(LINES)], lw=2.2,
            ls=STYLES[k % len(STYLES)],
        )  # fmt: skip
        lines.append(still)
    for at, ended in points:
        ax.plot(np.sqrt(at * DAYS), 1 - ended, "o", ms=7, mfc="white", mec=INK, mew=1.6, zorder=5)
        ax.annotate(
            words.text("stay.day", day=words.number(at * DAYS, 0)),
            (np.sqrt(at * DAYS), 1 - ended), xytext=(-6, -15), textcoords="offset points",
            ha="right" if at > 0.1 * years else "center", color=INK, fontsize=9.5, zorder=6,
            bbox={"fc": "white", "ec": "none", "pad": 0.8, "alpha": 0.85},
        )  # fmt: skip
    bare(ax, words, along="y", digits=0)
    ax.yaxis.set_major_formatter(lambda value, _: words.percent(value, 0))
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
    ax.set_ylim(0, 1.02)
    last = years * DAYS
    ticks = [d for d in (0, 30, 120, 365, 730, 1095, 1461, 2191, 2922, 3652) if d <= last]
    ax.set_xticks(np.sqrt(ticks), [words.number(float(d), 0) for d in ticks])
    ax.set_xlim(0, np.sqrt(last))
    ax.set_xlabel(words.text("axis.days_since_entry"), color=SOFT, fontsize=9.5)
    ax.set_title(words.text("stay.still"), loc="left", fontsize=9.5, color=SOFT)
    if len(named) > 1:
        _name_lines(ax, t, np.array(lines), list(named))
    return ax


def _name_lines(
    ax: Axes, t: NDArray[np.float64], lines: NDArray[np.float64], names: list[str]
) -> None:
    """Names beside the lines where these are furthest from each other."""
    ordered = np.sort(lines, axis=0)
    apart = np.diff(ordered, axis=0).min(axis=0)
    inside = (t > 0.05 * t[-1]) & (t < 0.7 * t[-1])
    at = int(np.argmax(np.where(inside, apart, -1.0)))
    lowest = int(np.argmin(lines[:, at]))
    for k, name in enumerate(names):
        ax.annotate(
            name, (float(np.sqrt(t[at] * DAYS)), float(lines[k, at])),
            xytext=(30, -27) if k == lowest else (7, 6), textcoords="offset points",
            color=LINES[k % len(LINES)], fontsize=9.5, weight="bold", zorder=6,
        )  # fmt: skip
