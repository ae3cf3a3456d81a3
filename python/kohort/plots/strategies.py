"""Pictures of strategies against a reference, and of a projection by quarter or month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kohort.evaluation.comparison import MONEY
from kohort.plots import _tables
from kohort.plots._drawing import (
    COLOURS,
    INK,
    SOFT,
    STYLES,
    axes_or_new,
    banded,
    bare,
    few_draws,
    label_ends,
)
from kohort.plots._tables import Columns
from kohort.projection.projection import USUAL_CARE
from kohort.support._language import Language, language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.evaluation.comparison import Comparison
    from kohort.projection.projection import ByPeriod


def differences_data(comparison: Comparison, measure: str = "users") -> Columns:
    """One measure by strategy and year with 80 and 95 % limits: what `differences` draws."""
    columns: dict[str, list[object]] = {
        name: [] for name in ("strategy", "year", "difference", *_tables.BANDS)
    }
    for strategy in comparison.strategies:
        found = comparison[strategy, measure]
        columns["strategy"] += [strategy] * found.years.size
        columns["year"] += found.years.tolist()
        columns["difference"] += found.point.tolist()
        for name, limits in _tables.bands(found.draws).items():
            columns[name] += limits.tolist()
    return {name: np.array(values) for name, values in columns.items()}


def _course(name: str, words: Language) -> str:
    return words.text("strategy.usual") if name == USUAL_CARE else name


def differences(
    comparison: Comparison, measure: str = "users", ax: Axes | None = None, *, lang: str = "en"
) -> Axes:
    """What strategies change in one measure, with 80 % (darker) and 95 % bands.

    Parameters
    ----------
    comparison
        From `Projection.compare`.
    measure
        One of its measures.
    ax
        Where to draw; by default a new figure.
    lang
        ``"sv"`` or ``"en"``.
    """
    words, ax = language(lang), axes_or_new(ax)
    data = differences_data(comparison, measure)
    unit = words.unit([float(np.abs(data["difference"]).max())])
    scale = unit.divisor if measure in MONEY else 1.0
    ends = []
    for i, strategy in enumerate(comparison.strategies):
        rows = data["strategy"] == strategy
        line = {
            name: values[rows] if name in ("strategy", "year") else values[rows] / scale
            for name, values in data.items()
        }
        banded(ax, line, "difference", COLOURS[i % 8], STYLES[i % 4])
        ends.append((line["difference"][-1], _course(strategy, words)))
    ax.axhline(0, color=INK, lw=1)
    low, high = ax.get_ylim()
    digits = 0 if max(abs(low), abs(high)) >= 5 else 1
    bare(ax, words, along="y", digits=digits)
    years = data["year"]
    step = 1 if years.max() - years.min() <= 11 else 2
    ax.set_xticks(list(range(int(years.max()), int(years.min()) - 1, -step))[::-1])
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    title = words.text(
        f"strategy.{measure}",
        unit=unit.word,
        reference=_course(comparison.reference, words),
        money=words.text(
            "strategy.nominal" if comparison.nominal else "strategy.real",
            year=comparison.price_year,
        ),
    )
    ax.set_title(title, loc="left", fontsize=9.5, color=SOFT)
    few_draws(ax, words, comparison.draws)
    label_ends(ax, years.max(), ends)
    return ax


def periods(by_period: ByPeriod, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Persons in each state with support at the end of each period, with 80 and 95 % bands."""
    words, ax = language(lang), axes_or_new(ax)
    base = int(by_period.labels[0][:4])
    ends = []
    levels = [name for name in by_period.states if name not in _tables.WITHOUT_SUPPORT]
    for i, level in enumerate(levels):
        place = by_period.states.index(level)
        line: Columns = {
            "year": base + by_period.times,
            "persons": by_period.persons[:, place].sum(axis=(1, 2)),
            **_tables.bands(by_period.draws_persons[:, :, place]),
        }
        banded(ax, line, "persons", COLOURS[i % 8], STYLES[i % 4])
        ends.append((line["persons"][-1], words.state(level)))
    bare(ax, words, along="y", digits=0)
    ax.set_ylim(bottom=0)
    last = base + by_period.times[-1]
    step = 1 if last - base <= 11 else 2
    ax.set_xticks(list(range(int(last), base - 1, -step))[::-1])
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    title = words.text("strategy.periods", grid=words.text(f"strategy.{by_period.grid}"))
    ax.set_title(title, loc="left", fontsize=9.5, color=SOFT)
    label_ends(ax, float(last), ends)
    return ax
