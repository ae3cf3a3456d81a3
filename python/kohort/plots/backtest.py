"""Pictures of a backtest: forecasts and what came, where it lay in them, and the scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kohort.plots._drawing import (
    BLUE,
    INK,
    SOFT,
    VERMILION,
    axes_or_new,
    bare,
    finish,
    label_ends,
    regime_lines,
    rows_where,
)
from kohort.plots._tables import Columns
from kohort.support._language import language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.study.backtest_result import Backtest

BINS = 10


def forecasts_data(test: Backtest, *, state: str = "users") -> Columns:
    """The rows of one state: what `forecasts` draws."""
    return rows_where(dict(test.columns), test["state"] == state)


def forecasts(
    test: Backtest, ax: Axes | None = None, *, state: str = "users", lang: str = "en"
) -> Axes:
    """Forecasts from every origin with their 80 % bands, and what came as dots.

    Each forecast is named after the year at whose end it was made; later ones are darker. The
    dashed lines are the constant-share forecasts from the same origins.
    """
    words, ax = language(lang), axes_or_new(ax)
    data = forecasts_data(test, state=state)
    ends: dict[float, list[tuple[float, str]]] = {}
    for i, origin in enumerate(test.origins):
        line = rows_where(data, data["origin"] == origin)
        shade = 0.25 + 0.75 * (i + 1) / len(test.origins)
        x, low, high = line["year"], line["low_80"], line["high_80"]
        ax.fill_between(x, low, high, color=BLUE, alpha=0.14, lw=0)
        ax.plot(x, line["predicted"], color=BLUE, alpha=shade, lw=2.2)
        ax.plot(line["year"], line["constant_share"], color=VERMILION, lw=1.4, ls=(0, (4, 2)))
        ends.setdefault(float(x[-1]), []).append((float(line["predicted"][-1]), str(origin)))
        if x.size == 1:
            ax.errorbar(x, line["predicted"], [line["predicted"] - low, high - line["predicted"]],
                        color=BLUE, marker="_", ms=12, lw=1.4)  # fmt: skip
    years, first = np.unique(data["year"], return_index=True)
    ax.plot(years, data["seen"][first], color=INK, ls="none", marker="o", ms=6, zorder=3)
    finish(ax, words, years, f"{words.text('axis.persons')}: {words.state(state)}")
    regime_lines(ax, words, test.breaks)
    least = float(min(data["low_80"].min(), data["seen"].min()))
    most = float(max(data["high_80"].max(), data["seen"].max()))
    if least > (most - least) / 2:  # far from zero: what matters is how far off
        ax.set_ylim(least - 0.1 * (most - least), most + 0.1 * (most - least))
    for name, colour, style, mark in (
        ("seen", INK, "none", "o"),
        ("flow_made", BLUE, "-", ""),
        ("constant_share", VERMILION, (0, (4, 2)), ""),
    ):
        ax.plot([], [], color=colour, ls=style, marker=mark, label=words.text(f"backtest.{name}"))
    ax.legend(frameon=False, fontsize=9, loc="upper left", labelcolor=INK)
    bottom, top = ax.get_ylim()
    ax.set_ylim(bottom, top + 0.22 * (top - bottom))  # room for the legend
    latest = max(ends)
    label_ends(ax, latest + 0.06, ends.pop(latest))
    for at, names in ends.items():  # forecasts whose horizon ended earlier
        for value, name in names:
            ax.annotate(
                name, (at, value), xytext=(0, 4), textcoords="offset points", ha="center",
                color=INK, fontsize=9.5,
            )  # fmt: skip
    return ax


def pit_data(test: Backtest) -> Columns:
    """Forecasts of a level by where what came lay in them: `from`, `to`, `share`."""
    counts, edges = np.histogram(test["pit"][test["state"] != "users"], BINS, (0, 1))
    return {"from": edges[:-1], "to": edges[1:], "share": counts / counts.sum()}


def pit(test: Backtest, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Randomised probability integral transforms: flat, at the dashed line, if all is right."""
    words, ax = language(lang), axes_or_new(ax)
    data = pit_data(test)
    ax.bar(data["from"], data["share"], width=1 / BINS, align="edge", color=BLUE, ec="white")
    ax.axhline(1 / BINS, color=INK, lw=1.4, ls=(0, (4, 2)))
    bare(ax, words, along="y", digits=2)
    ax.yaxis.set_major_formatter(lambda value, _: words.percent(value, 0))
    ax.set_xlim(0, 1)
    ax.set_xticks([])
    ax.set_yticks(
        np.arange(0, data["share"].max() + 0.01, 0.05 if data["share"].max() < 0.4 else 0.1)
    )
    for at, name, side in ((0, "low", "left"), (0.5, "middle", "center"), (1, "high", "right")):
        ax.annotate(
            words.text(f"backtest.pit_{name}"), (at, 0), xytext=(0, -14),
            textcoords="offset points", ha=side, color=INK, fontsize=9.5, annotation_clip=False,
        )  # fmt: skip
    ax.set_title(words.text("backtest.pit_axis"), loc="left", fontsize=9.5, color=SOFT)
    return ax


def scores_data(test: Backtest) -> Columns:
    """Mean scores by years ahead: what `scores` draws."""
    return test.scores("horizon")


def scores(test: Backtest, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Mean CRPS of a level by years ahead; less is better."""
    words, ax = language(lang), axes_or_new(ax)
    data = scores_data(test)
    ends = []
    for column, name, colour, style in (
        ("crps", "flow", BLUE, "-"),
        ("constant_share_crps", "constant_share", VERMILION, (0, (4, 2))),
        ("naive_crps", "naive", SOFT, (0, (1, 1))),
    ):
        ax.plot(data["horizon"], data[column], color=colour, ls=style, marker="o", ms=5, lw=2)
        ends.append((float(data[column][-1]), words.text(f"backtest.{name}")))
    bare(ax, words, along="y", digits=0)
    ax.set_ylim(bottom=0)
    ax.set_xticks(data["horizon"])
    ax.set_xlabel(words.text("backtest.ahead"), fontsize=9.5, color=SOFT)
    ax.set_title(words.text("backtest.crps_axis"), loc="left", fontsize=9.5, color=SOFT)
    label_ends(ax, float(data["horizon"][-1]), ends)
    return ax
