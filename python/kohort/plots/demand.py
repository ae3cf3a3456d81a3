"""Pictures of demand and money: a measure over the years, budget lines, parts of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kohort.plots._drawing import BLUE, COLOURS, INK, SOFT, axes_or_new, bare, few_draws, finish
from kohort.support._language import language
from kohort.uncertainty.few_draws import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.evaluation.budget_impact import BudgetImpact
    from kohort.evaluation.budgets import Budget
    from kohort.projection.demands import Demand


def demand(
    found: Demand, measure: str, ax: Axes | None = None, *, lang: str = "en", titled: bool = True
) -> Axes:
    """One measure over the years, with 80 % (darker) and 95 % bands.

    Without a title for a page that has it above.
    """
    words, ax = language(lang), axes_or_new(ax)
    if measure in found.draws:
        for level, alpha in ((0.95, 0.16), (0.8, 0.26)):
            low, high = shown(found.intervals(measure, level), len(found.draws[measure]), level)
            ax.fill_between(found.years, low, high, color=BLUE, alpha=alpha, lw=0)
    ax.plot(found.years, found.point[measure], color=BLUE, lw=2.2)
    finish(ax, words, found.years, words.text(f"demand.{measure}") if titled else "")
    few_draws(ax, words, len(found.draws.get(measure, ())))
    return ax


def budget(found: Budget, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Yearly cost by line in fixed prices, with the total of each year's prices as a line."""
    words, ax = language(lang), axes_or_new(ax)
    unit = words.unit([float(found.real.sum(axis=1).max())])
    below = np.zeros(found.years.size)
    for j, line in enumerate(found.lines):
        if not np.any(found.real[:, j]):
            continue
        height = found.real[:, j] / unit.divisor
        ax.bar(
            found.years, height, bottom=below, width=0.66, color=COLOURS[j],
            label=words.text(f"line.{line}"),
        )  # fmt: skip
        below = below + height
    if found.nominal is not None:
        ax.plot(
            found.years, found.nominal.sum(axis=1) / unit.divisor, color=INK, lw=1.8,
            ls=(0, (4, 2)), label=words.text("line.nominal"),
        )  # fmt: skip
    finish(ax, words, found.years, words.text("line.title", unit=unit.word, year=found.price_year))
    ax.set_xlim(float(found.years[0]) - 0.6, float(found.years[-1]) + 0.6)
    _legend(ax)
    return ax


def change(found: Budget, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """What each year's change of cost consists of: bars up and down, a dot for the sum."""
    words, ax = language(lang), axes_or_new(ax)
    years = found.years[1:]
    unit = words.unit([float(max(np.abs(v).max(initial=0.0) for v in found.change.values()))])
    up, down = np.zeros(years.size), np.zeros(years.size)
    total = np.zeros(years.size)
    for i, (part, values) in enumerate(found.change.items()):
        if not np.any(np.abs(values) > 1e-9 * np.abs(found.real).max()):
            continue
        height = values / unit.divisor
        bottom = np.where(height >= 0, up, down)
        ax.bar(
            years, height, bottom=bottom, width=0.66, color=COLOURS[i],
            label=words.text(f"change.{part}"),
        )  # fmt: skip
        up, down = up + np.maximum(height, 0), down + np.minimum(height, 0)
        total = total + height
    ax.plot(years, total, "o", color=INK, ms=4, label=words.text("change.all"))
    ax.axhline(0, color=INK, lw=0.9)
    bare(ax, words, along="y", digits=0 if (up - down).max() > 5 else 1)
    ax.set_xticks(years, [str(y) for y in years])
    ax.set_title(words.text("change.title", unit=unit.word), loc="left", fontsize=9.5, color=SOFT)
    _legend(ax)
    return ax


def impact(found: BudgetImpact, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """New minus old, year by year."""
    words, ax = language(lang), axes_or_new(ax)
    unit = words.unit([float(np.abs(found.real).max())])
    ax.bar(found.years, found.real / unit.divisor, width=0.6, color=BLUE)
    if len(found.real_draws):
        low, high = found.intervals() / unit.divisor
        ax.vlines(found.years, low, high, color=INK, lw=1.2)
    ax.axhline(0, color=INK, lw=0.9)
    spread = np.ptp(np.append(found.real / unit.divisor, 0.0))
    bare(ax, words, along="y", digits=0 if spread > 5 else (1 if spread > 0.5 else 2))
    ax.set_xticks(found.years, [str(y) for y in found.years])
    title = words.text("change.impact", unit=unit.word, year=found.price_year)
    ax.set_title(title, loc="left", fontsize=9.5, color=SOFT)
    return ax


def _legend(ax: Any) -> None:
    ax.legend(
        frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0
    )
