"""Pictures of an extract month by month: its breaks and silences are marked in all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort.data.series import month_of
from kohort.plots._drawing import (
    BLUE,
    COLOURS,
    FAINT,
    INK,
    SOFT,
    STYLES,
    VERMILION,
    axes_or_new,
    bare,
    label_ends,
)
from kohort.privacy.profile import PUBLIC
from kohort.support._language import WITHHELD, Language, language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.data.quality import Quality

Array = npt.NDArray[Any]

_MOST_UNITS = 14  # rows that a picture has room for; the other units are taken together


def stock(found: Quality, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Persons with support at each level on the first of each month."""
    words, ax = language(lang), axes_or_new(ax)
    ends = []
    for i, level in enumerate(found.levels):
        line = found.stock[:, i]
        ax.plot(_years(found), line, color=COLOURS[i % 8], ls=STYLES[i % 4], lw=2)
        shown = line[~np.isnan(line)]
        ends.append((float(shown[-1]) if len(shown) else 0.0, words.short(level)))
    _over_months(found, ax, words, words.text("dataquality.axis_persons"))
    if len(found.months):
        label_ends(ax, float(_years(found)[-1]), ends)
    return ax


def entries(found: Quality, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Persons whose first decision starts in each month."""
    words, ax = language(lang), axes_or_new(ax)
    x = _years(found) + 1 / 24
    hidden: Array = np.isnan(found.entries)
    ax.bar(x, np.where(hidden, 0, found.entries), width=0.9 / 12, color=BLUE, lw=0)
    ax.bar(
        x[hidden], np.full(hidden.sum(), PUBLIC.threshold - 1), width=0.9 / 12, color=FAINT,
        edgecolor=SOFT, hatch="////", lw=0,
    )  # fmt: skip
    title = words.text("dataquality.axis_entries")
    if hidden.any():
        title += f" ({words.text('dataquality.hatched', most=PUBLIC.threshold - 1)})"
    _over_months(found, ax, words, title)
    return ax


def mix(found: Quality, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Share of each level among those with support, on the first of each month."""
    words, ax = language(lang), axes_or_new(ax)
    shares = found.mix
    known: Array = np.all(~np.isnan(shares), axis=1)
    edges = np.cumsum(np.where(known[:, None], shares, 0), axis=1)
    below = np.zeros(len(shares))
    ends = []
    for i, level in enumerate(found.levels):
        ax.fill_between(
            _years(found), below, edges[:, i], where=known, color=COLOURS[i % 8], alpha=0.75,
            lw=0.6, edgecolor="white",
        )  # fmt: skip
        if known.any():
            last = int(np.flatnonzero(known)[-1])
            ends.append((float(below[last] + edges[last, i]) / 2, words.short(level)))
        below = edges[:, i]
    _over_months(found, ax, words, words.text("dataquality.axis_mix"))
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(lambda value, _: words.percent(value))
    if ends:
        label_ends(ax, float(_years(found)[-1]), ends)
    return ax


def started(found: Quality, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Decisions that start in each month, a row for each unit; months without reports are red."""
    words, ax = language(lang), axes_or_new(ax)
    units, table = _rows(found, words)
    x = np.r_[_years(found), _years(found)[-1:] + 1 / 12]
    for i, line in enumerate(table.T):
        values = np.nan_to_num(line, nan=PUBLIC.threshold / 2)
        top = max(float(values.max(initial=0)), 1.0)
        base = len(units) - 1 - i
        height = base + 0.86 * np.r_[values, values[-1:]] / top
        ax.fill_between(x, base, height, step="post", color=BLUE, alpha=0.8, lw=0)
        ax.axhline(base, color=FAINT, lw=0.8, zorder=0)
        for gap in found.reporting_gaps:
            if gap.unit in ("", units[i]):
                ax.axvspan(
                    gap.first / 12, (gap.last + 1) / 12, base / len(units),
                    (base + 0.86) / len(units), color=VERMILION, alpha=0.85, lw=0,
                )  # fmt: skip
    most = [int(np.nanmax(table[:, i], initial=0)) for i in range(len(units))]
    _over_months(found, ax, words, words.text("dataquality.axis_started"), shaded=False)
    ax.grid(visible=False)
    ax.set_ylim(0, max(len(units), 1))
    names = [
        words.text("dataquality.unit_most", unit=unit or words.text("dataquality.all"), most=n)
        for unit, n in zip(units, most, strict=True)
    ]
    ax.set_yticks([len(units) - 1 - i + 0.4 for i in range(len(units))], names)
    return ax


def gaps(found: Quality, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Gaps between two decisions of a person by their length."""
    words, ax = language(lang), axes_or_new(ax)
    at = np.arange(len(found.gap_classes))
    values = np.nan_to_num(found.gaps, nan=0.0)
    for i, (name, colour) in enumerate((("ended", COLOURS[2]), ("bridged", BLUE))):
        if i == 1 and not values[:, 1].any():
            continue
        ax.bar(
            at, values[:, i], 0.62, bottom=values[:, :i].sum(axis=1), color=colour, lw=0,
            label=words.text(f"dataquality.gap_{name}"),
        )  # fmt: skip
    for i, of_class in enumerate(np.isnan(found.gaps)):
        if of_class[: 1 + values[:, 1].any()].any():
            ax.annotate(WITHHELD, (i, values[i].sum()), ha="center", va="bottom", color=INK)
    bare(ax, words, along="y", digits=0)
    ax.set_ylim(bottom=0)
    ax.set_xticks(at, [gap_class(one, words) for one in found.gap_classes])
    ax.set_title(words.text("dataquality.axis_gaps"), loc="left", fontsize=9.5, color=SOFT)
    if values[:, 1].any():
        ax.legend(frameon=False, fontsize=9)
    return ax


def gap_class(ends: tuple[int, int | None], words: Language) -> str:
    """The class in words: from and to, or over so many days."""
    low, high = ends
    if high is None:
        return words.text("dataquality.days_over", low=words.number(low - 1))
    return words.text("dataquality.days", days=f"{low}\N{EN DASH}{high}")


def _rows(found: Quality, words: Language) -> tuple[list[str], Array]:
    """Units and their counts; the smallest are taken together if there are many."""
    if len(found.units) <= _MOST_UNITS:
        return list(found.units), found.started
    size = np.nansum(found.started, axis=0)
    kept = np.sort(np.argsort(-size, kind="stable")[: _MOST_UNITS - 1])
    rest = np.setdiff1d(np.arange(len(size)), kept)
    table = np.column_stack([found.started[:, kept], np.nansum(found.started[:, rest], axis=1)])
    return [found.units[i] for i in kept] + [words.text("dataquality.other_units")], table


def _years(found: Quality) -> Array:
    """The first of each month as a year with decimals."""
    years: Array = found.months / 12
    return years


def _over_months(
    found: Quality, ax: Axes, words: Language, what: str, *, shaded: bool = True
) -> None:
    """Axes of a picture over months: years below, the unit above, breaks and silences marked."""
    bare(ax, words, along="y", digits=0)
    ax.set_ylim(bottom=0)
    ax.set_title(what, loc="left", fontsize=9.5, color=SOFT)
    if not len(found.months):
        return
    first, last = int(found.months[0]), int(found.months[-1]) + 1
    ax.set_xlim(first / 12, last / 12)
    years = list(range(-(-first // 12), last // 12 + 1))
    ax.set_xticks(years[:: 1 if len(years) <= 12 else -(-len(years) // 12)])
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    if shaded:
        for gap in found.reporting_gaps:
            ax.axvspan(gap.first / 12, (gap.last + 1) / 12, color=VERMILION, alpha=0.18, lw=0)
    for regime in found.regimes:
        at = month_of(regime.date) / 12
        ax.axvline(at, color=INK, lw=1.4, ls=(0, (2, 2)), zorder=4)
        ax.annotate(
            regime.date.isoformat(), (at, 1), xycoords=("data", "axes fraction"), xytext=(0, 4),
            textcoords="offset points", ha="center", va="bottom", fontsize=8.5, color=INK,
        )  # fmt: skip
