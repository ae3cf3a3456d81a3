"""Pictures of uncertainty: fans, their sources, and many municipalities side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kohort import _core
from kohort.plots._drawing import (
    BLUE,
    COLOURS,
    INK,
    SOFT,
    axes_or_new,
    bare,
    few_draws,
    finish,
    label_ends,
)
from kohort.plots._tables import Columns
from kohort.support._language import Language, language
from kohort.uncertainty.few_draws import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.many_runs.sources_of_uncertainty import Sources
    from kohort.many_runs.summary import ManyRuns

OF_STRATEGIES = ("enrolled", "programme", "net_cost")
_LEVELS = ((0.95, 0.14), (0.8, 0.18), (0.5, 0.26))


def fan_data(found: Sources, measure: str) -> Columns:
    """Per year: mean, median and limits, chance included."""
    at = [i for i, (name, _) in enumerate(found.columns) if name == measure]
    found.column(measure)  # refuses one that is not there
    values: Columns = {
        "year": np.array([found.columns[i][1] for i in at]),
        "mean": found.mean[at],
    }
    for level, _ in _LEVELS:
        low, high = shown(found.intervals(level)[:, at], found.draws, level)
        values[f"low_{level:.0%}"], values[f"high_{level:.0%}"] = low, high
    return values


def fan(found: Sources, measure: str, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """The mean with 50, 80 and 95 % of the draws about it.

    Parameters
    ----------
    found
        From `sources_of_uncertainty`.
    measure
        One of its measures.
    ax
        Where to draw; by default a new figure.
    lang
        ``"sv"`` or ``"en"``.
    """
    words, ax = language(lang), axes_or_new(ax)
    data = fan_data(found, measure)
    unit = words.unit([float(np.abs(data["mean"]).max())])
    scale = unit.divisor if measure == "cost" else 1.0
    for level, alpha in _LEVELS:
        low, high = data[f"low_{level:.0%}"] / scale, data[f"high_{level:.0%}"] / scale
        ax.fill_between(data["year"], low, high, color=BLUE, alpha=alpha, lw=0)
    ax.plot(data["year"], data["mean"] / scale, color=BLUE, lw=2.2)
    of = f", {unit.word}" if measure == "cost" else ""
    finish(ax, words, data["year"], _title(words, measure) + of)
    few_draws(ax, words, found.draws)
    ax.text(
        0.99, 0.03, words.text("uncertainty.bands"), transform=ax.transAxes, ha="right",
        color=SOFT, fontsize=9,
    )  # fmt: skip
    return ax


def sources_data(found: Sources, measure: str) -> Columns:
    """Per year and source: share of the variance (Shapley effect) and its Monte Carlo error."""
    found.column(measure)
    at = [i for i, (name, _) in enumerate(found.columns) if name == measure]
    k = len(found.groups)
    return {
        "year": np.repeat([found.columns[i][1] for i in at], k),
        "source": np.array(list(found.groups) * len(at)),
        "share": found.shapley[at].ravel(),
        "error": found.shapley_error[at].ravel(),
    }


def sources(found: Sources, measure: str, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Shares of the variance of a measure over the years, stacked to 100 %.

    Parameters
    ----------
    found
        From `sources_of_uncertainty`.
    measure
        One of its measures.
    ax
        Where to draw; by default a new figure.
    lang
        ``"sv"`` or ``"en"``.
    """
    words, ax = language(lang), axes_or_new(ax)
    data = sources_data(found, measure)
    years = np.unique(data["year"])
    below = np.zeros(years.size)
    ends = []
    for j, source in enumerate(found.groups):
        share = 100 * np.maximum(data["share"][data["source"] == source], 0)
        ax.fill_between(years, below, below + share, color=COLOURS[j], alpha=0.75, lw=0)
        ends.append((float(below[-1] + share[-1] / 2), words.text(f"uncertainty.{source}")))
        below = below + share
    finish(ax, words, years, f"{_title(words, measure)}: {words.text('uncertainty.shares')}")
    ax.set_ylim(0, 100)
    label_ends(ax, float(years[-1]), ends)
    return ax


def municipalities_data(found: ManyRuns, measure: str) -> Columns:
    """Per municipality: the measure's growth over the horizon in per cent, with 80 % limits.

    In the first scenario, of usual care. Growth is over the mean of the first year that is kept.

    Raises
    ------
    InvalidInput
        `E-SETTING`: a measure that was not kept, or one of strategies alone.
    """
    known = [name for name, _ in found.columns if name not in OF_STRATEGIES]
    if measure not in known:
        _core.reject(
            "E-SETTING", "plot", f"measure={measure!r}",
            f"growth is of usual care, in {', '.join(dict.fromkeys(known))}", "Ask for one of them",
        )  # fmt: skip
    at = [i for i, (name, _) in enumerate(found.columns) if name == measure]
    rows = []
    for town in found.municipalities:
        kept = found.of(town)
        low, high = shown(kept.quantiles([0.1, 0.9]), found.draws, 0.8)
        base = kept.mean[at[0]]
        rows.append([100 * (x[at[-1]] / base - 1) for x in (kept.mean, low, high)])
    mean, low, high = np.array(rows).T
    order = np.argsort(mean, kind="stable")
    return {
        "municipality": np.array(found.municipalities)[order],
        "growth": mean[order],
        "low_80": low[order],
        "high_80": high[order],
    }


def municipalities(
    found: ManyRuns, measure: str, ax: Axes | None = None, *, lang: str = "en"
) -> Axes:
    """Growth of every municipality with 80 % limits, in order.

    Parameters
    ----------
    found
        From `run_many`.
    measure
        One of its measures.
    ax
        Where to draw; by default a new figure.
    lang
        ``"sv"`` or ``"en"``.
    """
    words, ax = language(lang), axes_or_new(ax)
    data = municipalities_data(found, measure)
    place = np.arange(1, data["growth"].size + 1)
    ax.vlines(place, data["low_80"], data["high_80"], color=BLUE, alpha=0.35, lw=2)
    ax.plot(place, data["growth"], color=BLUE, ls="none", marker="o", ms=3.5)
    ax.axhline(0, color=INK, lw=0.8)
    bare(ax, words, along="y", digits=0)
    first = next(year for name, year in found.columns if name == measure)
    last = found.columns[-1][1]
    ax.set_title(
        f"{_title(words, measure)}: {words.text('uncertainty.growth', first=first, last=last)}",
        loc="left", fontsize=9.5, color=SOFT,
    )  # fmt: skip
    ax.set_xlabel(words.text("uncertainty.by_growth"), fontsize=9.5, color=INK)
    if place.size <= 12:
        ax.set_xticks(place, list(data["municipality"]), rotation=45, ha="right")
    return ax


def _title(words: Language, measure: str) -> str:
    if measure in ("cost", "new_users"):
        return words.text(f"uncertainty.{measure}")
    return f"{words.text('axis.persons')}: {words.state(measure)}"
