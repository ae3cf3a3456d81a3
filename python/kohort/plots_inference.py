"""Pictures of how sure a fit is. See `kohort.plots` for the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kohort._drawing import BLUE, FAINT, INK, SOFT, VERMILION, axes_or_new, bare
from kohort._language import language
from kohort._tables import Columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.inference import ProfileIntervals

__all__ = ["profiles", "profiles_data"]

FAR = 16.0
"""Logarithm beyond which an estimate is drawn at the edge."""


def profiles_data(intervals: ProfileIntervals) -> Columns:
    """Points of each profile: what `profiles` draws.

    Columns `coefficient`, `value` (on its own scale), `drop` (of 2 log L) and `root`, its signed
    square root, a straight line where the Wald interval is right.
    """
    names: list[str] = []
    values: list[float] = []
    drops: list[float] = []
    roots: list[float] = []
    for name, estimate, points in zip(
        intervals.names, intervals.estimates, intervals.points, strict=True
    ):
        for value, drop in points:
            names.append(name)
            values.append(float(value))
            drops.append(float(drop))
            roots.append(float(np.sign(value - estimate) * np.sqrt(max(drop, 0.0))))
    return {
        "coefficient": np.array(names, dtype=object),
        "value": np.array(values),
        "drop": np.array(drops),
        "root": np.array(roots),
    }


def profiles(intervals: ProfileIntervals, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Profile intervals, rates and hazard ratios on a logarithmic scale, one line each.

    Where the data set no limit on a side, an arrow stands in place of the end.

    Parameters
    ----------
    intervals
        As `FittedModel.profile` gives them.
    ax, lang
        As for `kohort.plots.levels`.
    """
    words, ax = language(lang), axes_or_new(ax, size=(7.2, 1.2 + 0.34 * len(intervals.names)))
    shown = np.isfinite(intervals.estimates)
    place = np.arange(len(intervals.names))[::-1]
    for i in range(len(intervals.names)):
        if not shown[i]:
            continue
        middle = float(np.clip(intervals.estimates[i], -FAR, FAR))
        low, high = float(intervals.lower[i]), float(intervals.upper[i])
        ends = (
            low if np.isfinite(low) else middle - FAR / 8,
            high if np.isfinite(high) else middle + FAR / 8,
        )
        ax.hlines(place[i], *np.exp(ends), color=BLUE, lw=1.8)
        for limit, end, arrow in ((low, ends[0], "<"), (high, ends[1], ">")):
            if not np.isfinite(limit):
                ax.plot(np.exp(end), place[i], arrow, color=VERMILION, ms=6)
        ax.plot(np.exp(middle), place[i], "o", color=BLUE, ms=5)
    ax.axvline(1, color=FAINT, lw=1)
    ax.set_xscale("log")
    ax.set_yticks(place, intervals.names)
    bare(ax, words, along="x", digits=None)
    ax.set_xlabel(words.text("axis.rate_or_ratio"), color=SOFT, fontsize=9.5)
    ax.tick_params(labelcolor=INK)
    return ax
