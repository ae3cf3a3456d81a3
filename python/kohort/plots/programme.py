"""Pictures of a programme: net by number enrolled, and when the money comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kohort.plots._drawing import BLUE, INK, SOFT, VERMILION, axes_or_new, bare, few_draws
from kohort.support._language import Language, language
from kohort.uncertainty.few_draws import enough

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.evaluation.outcomes import Outcomes
    from kohort.programme.break_even_result import BreakEven
    from kohort.programme.ways import WaysCompared


def net_by_enrolled(found: BreakEven, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Net a month by number enrolled: with what is saved after discharge, and without it.

    The band is the interval by draws. Dots mark where net turns positive, the vertical line the
    present number enrolled.
    """
    words, ax = language(lang), axes_or_new(ax)
    has_after = found.broad.net_saving != found.narrow.net_saving
    table = found.curve()
    x, thousand = table["enrolled"], 1e-3
    if "low" in table:
        ax.fill_between(
            x, table["low"] * thousand, table["high"] * thousand, color=BLUE, alpha=0.18, lw=0
        )
    name = words.text("programme.broad" if has_after else "programme.narrow")
    ax.plot(x, table["net"] * thousand, color=BLUE, lw=2.2, label=name)
    if has_after:
        narrow, name = found.curve(narrow=True), words.text("programme.narrow")
        ax.plot(x, narrow["net"] * thousand, color=VERMILION, lw=1.8, ls=(0, (4, 2)), label=name)
        _mark(ax, found.narrow.rises, float(x[-1]), VERMILION, words)
    _mark(ax, found.broad.rises, float(x[-1]), BLUE, words)
    bare(ax, words, along="y", digits=0)
    ax.axhline(0, color=INK, lw=1)
    ax.axvline(found.enrolment.enrolled, color=SOFT, lw=1, ls=(0, (2, 2)))
    ax.annotate(
        words.text("programme.now", n=_short(found.enrolment.enrolled, words)),
        (found.enrolment.enrolled, 0), xycoords=("data", "axes fraction"), xytext=(4, 3),
        textcoords="offset points", va="bottom", color=SOFT, fontsize=9.5,
    )  # fmt: skip
    _legend(ax)
    ax.set_xlim(0, float(x[-1]))
    ax.set_xlabel(words.text("programme.axis_enrolled"), color=INK, fontsize=9.5)
    ax.set_title(words.text("programme.axis_net"), loc="left", fontsize=9.5, color=SOFT)
    return ax


def _legend(ax: Axes) -> None:
    """Where the lines leave room, on white where a mark passes behind it."""
    ax.legend(
        loc="best", frameon=True, facecolor="white", edgecolor="none", framealpha=0.9,
        fontsize=9.5, labelcolor=INK, handlelength=2.4,
    )  # fmt: skip


def _mark(ax: Axes, at: tuple[float, ...], most: float, colour: str, words: Language) -> None:
    for i, n in enumerate(x for x in at if x <= most):
        ax.plot([n], [0], marker="o", ms=7, color=colour, zorder=4, clip_on=False)
        if i == 0:
            ax.annotate(
                _short(n, words), (n, 0), xytext=(0, -8), textcoords="offset points",
                ha="center", va="top", color=colour, fontsize=9.5, weight="bold",
                bbox={"boxstyle": "square,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.8},
            )  # fmt: skip


def _short(n: float, words: Language) -> str:
    return words.number(n, 0 if abs(n - round(n)) < 0.05 else 1)


def payback(found: BreakEven, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Kronor so far by month: cash, and the books that count future savings at once."""
    words, ax = language(lang), axes_or_new(ax)
    start = -found.programme.values().get("start_up", 0.0)
    paid = found.payback
    lines: list[tuple[Any, int | None, str, Any, str]] = [
        (paid.accrual_so_far, paid.accrual_month, VERMILION, (0, (4, 2)), "programme.accrual"),
        (paid.cash_so_far, paid.cash_month, BLUE, "-", "programme.cash"),
    ]
    months = np.arange(paid.cash.size + 1)
    bare(ax, words, along="y", digits=0)
    ax.axhline(0, color=INK, lw=1)
    for values, month, colour, style, name in lines:
        so_far = np.concatenate([[start], values]) / 1e3
        ax.plot(months, so_far, color=colour, ls=style, lw=2, label=words.text(name))
        if month is not None:
            at, cash = values[month - 1] / 1e3, colour == BLUE
            ax.plot([month], [at], marker="o", ms=7, color=colour, zorder=4)
            ax.annotate(
                str(month), (month, at), xytext=(5, -4) if cash else (-5, 4), va="top" if cash
                else "bottom", textcoords="offset points", ha="left" if cash else "right",
                color=colour, fontsize=9.5, weight="bold",
            )  # fmt: skip
    _legend(ax)
    ax.set_xlim(0, months[-1])
    step = 12 if months[-1] > 30 else 6
    ax.set_xticks(list(range(0, int(months[-1]) + 1, step)))
    ax.set_xlabel(words.text("programme.axis_months"), color=INK, fontsize=9.5)
    ax.set_title(words.text("programme.axis_so_far"), loc="left", fontsize=9.5, color=SOFT)
    return ax


def ways(
    found: WaysCompared, ax: Axes | None = None, *, lang: str = "en", titled: bool = True
) -> Axes:
    """Net a month of each way, with its interval and its chance of being best.

    Without a title for a page that has it above.
    """
    words, ax = language(lang), axes_or_new(ax, (7.2, 0.9 + 0.6 * len(found.ways)))
    places = np.arange(len(found.ways))[::-1]
    uncertain = bool(np.isfinite(found.low).all())
    bare(ax, words, along="x", digits=0)
    ax.axvline(0, color=INK, lw=1)
    for i, y in enumerate(places):
        if uncertain:
            ax.plot([found.low[i] / 1e3, found.high[i] / 1e3], [y, y], color=BLUE, lw=6, alpha=0.3,
                    solid_capstyle="butt")  # fmt: skip
        ax.plot([found.net[i] / 1e3], [y], marker="o", ms=8, color=BLUE)
    names = [
        f"{name}\n{words.text('programme.ways.head_best')} {words.percent(found.best[i])}"
        if uncertain
        else name
        for i, name in enumerate(found.names)
    ]
    ax.set_yticks(places, names)
    ax.set_ylim(-0.6, len(found.ways) - 0.3)
    if titled:
        ax.set_title(words.text("programme.axis_net"), loc="left", fontsize=9.5, color=SOFT)
    return ax


def outcomes(
    found: Outcomes, ax: Axes | None = None, *, lang: str = "en", titled: bool = True
) -> Axes:
    """Cost of each strategy against usual care, with its interval: left of zero it costs less.

    Without a title the unit stands at the axis, for a page that has the title itself.
    """
    words, ax = language(lang), axes_or_new(ax, (7.2, 1.0 + 0.7 * len(found.outcomes)))
    places = np.arange(len(found.outcomes))[::-1]
    bare(ax, words, along="x", digits=0)
    ax.axvline(0, color=INK, lw=1)
    limits = enough(found.draws)
    reach = [x for o in found.outcomes for x in (*(o.interval(found.level) if limits else ()),
                                                 o.total)]  # fmt: skip
    unit = words.unit([max((abs(x) for x in reach), default=0.0)])
    for o, y in zip(found.outcomes, places, strict=True):
        if limits:
            low, high = (x / unit.divisor for x in o.interval(found.level))
            ax.plot([low, high], [y, y], color=BLUE, lw=6, alpha=0.3, solid_capstyle="butt")
        ax.plot([o.total / unit.divisor], [y], marker="o", ms=8, color=BLUE)
    ax.set_yticks(places, [o.label(words) for o in found.outcomes])
    ax.set_ylim(-0.6, len(found.outcomes) - 0.4)
    ax.set_xlabel(unit.word, color=SOFT, fontsize=9.5)
    few_draws(ax, words, found.draws)
    if titled:
        ax.set_title(words.text("compare.picture"), loc="left", fontsize=9.5, color=SOFT)
    return ax
