"""Pictures of how sure a fit is. See `kohort.plots` for the rules."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from kohort.plots._drawing import BLUE, FAINT, INK, SOFT, VERMILION, axes_or_new, bare
from kohort.plots._tables import Columns
from kohort.support._language import language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.estimation.bootstrap import BootstrapRatio
    from kohort.estimation.pooled import PooledFit
    from kohort.estimation.profile_intervals import ProfileIntervals

__all__ = [
    "pooling",
    "pooling_data",
    "profiles",
    "profiles_data",
    "replicated_ratios",
    "replicated_ratios_data",
]

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


def pooling_data(pooled: PooledFit, transition: str | None = None) -> Columns:
    """Rates of each municipality in one transition: what `pooling` draws, lowest first.

    `alone` is about what the municipality's own data say, the pooled effect with its shrinkage
    undone; NaN where more than 95 % was given up.
    """
    name = pooled.transitions[0] if transition is None else transition
    i = pooled.transitions.index(name)
    common = float(pooled.fitted.coefficients[pooled.fitted.coefficient_names.index(name)])
    effect, error, shrunk = (
        part[:, i] for part in (pooled.effects, pooled.effect_errors, pooled.shrinkage)
    )
    kept = np.where(shrunk < 0.95, 1 - shrunk, np.nan)
    order = np.argsort(effect, kind="stable")
    half = NormalDist().inv_cdf(0.975) * error
    return {
        "municipality": np.array(pooled.municipalities, dtype=object)[order],
        "rate": np.exp(common + effect)[order],
        "lower": np.exp(common + effect - half)[order],
        "upper": np.exp(common + effect + half)[order],
        "alone": np.exp(common + effect / kept)[order],
        "common": np.full(len(order), np.exp(common)),
        "shrinkage": shrunk[order],
    }


def pooling(
    pooled: PooledFit, transition: str | None = None, ax: Axes | None = None, *, lang: str = "en"
) -> Axes:
    """Each municipality between its own rate (ring) and the common one (line).

    Parameters
    ----------
    pooled
        As `fit_pooled` gives it.
    transition
        One of its transitions; by default the first.
    ax, lang
        As for `kohort.plots.levels`.
    """
    table = pooling_data(pooled, transition)
    count = len(table["rate"])
    words, ax = language(lang), axes_or_new(ax, size=(7.2, 1.4 + 0.22 * min(count, 60)))
    place = np.arange(count)
    ax.axvline(table["common"][0], color=SOFT, lw=1.2)
    ax.hlines(place, table["lower"], table["upper"], color=BLUE, lw=1.4)
    ax.plot(table["alone"], place, "o", mfc="none", mec=VERMILION, ms=5)
    ax.plot(table["rate"], place, "o", color=BLUE, ms=4)
    ax.set_xscale("log")
    if count <= 60:
        ax.set_yticks(place, table["municipality"].tolist())
    else:
        ax.set_yticks([])
    bare(ax, words, along="x", digits=None)
    ax.set_xlabel(words.text("axis.pooling"), color=SOFT, fontsize=9.5)
    return ax


def replicated_ratios_data(test: BootstrapRatio) -> Columns:
    """Likelihood ratios of data made by the smaller model: what `replicated_ratios` draws."""
    return {"statistic": np.sort(np.asarray(test.replicated, dtype=float))}


def replicated_ratios(test: BootstrapRatio, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Likelihood ratios if the smaller model were true, and the one that the data have.

    Parameters
    ----------
    test
        As `FittedModel.bootstrap_likelihood_ratio` gives it.
    ax, lang
        As for `kohort.plots.levels`.
    """
    words, ax = language(lang), axes_or_new(ax, size=(6.4, 3.2))
    values = replicated_ratios_data(test)["statistic"]
    end = max(float(values.max(initial=0.0)), test.statistic) * 1.05 + 1e-9
    ax.hist(values, bins=np.linspace(0, end, 31).tolist(), color=BLUE, alpha=0.75)
    ax.axvline(test.statistic, color=VERMILION, lw=2)
    bare(ax, words, along="y", digits=0)
    ax.xaxis.set_major_formatter(lambda value, _: words.number(value, 1))
    ax.set_xlabel(words.text("axis.likelihood_ratio"), color=SOFT, fontsize=9.5)
    ax.set_ylabel(words.text("axis.replicates"), color=SOFT, fontsize=9.5)
    ax.tick_params(labelcolor=INK)
    return ax
