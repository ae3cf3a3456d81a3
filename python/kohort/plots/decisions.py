"""Pictures for decisions: the plane, acceptability, loss, tornado, two-way tables, a cohort."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

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
    decimals,
    label_ends,
    plain_numbers,
)
from kohort.support._language import Language, language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.evaluation.incremental import IncrementalTable
    from kohort.evaluation.options import Evaluation
    from kohort.evaluation.probabilistic import CohortDraws
    from kohort.evaluation.sensitivity import GlobalSensitivity, Tornado, TwoWay
    from kohort.projection.closed_cohort import ClosedCohort


def plane(evaluation: Evaluation, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Added effect and cost of every option over the reference, a dot for each draw."""
    words, ax = language(lang), axes_or_new(ax)
    ax.axhline(0, color=SOFT, lw=0.9)
    ax.axvline(0, color=SOFT, lw=0.9)
    others = [name for name in evaluation.options if name != evaluation.reference]
    scale, unit = _scale(max(float(np.abs(evaluation.increments(o)[0]).max()) for o in others))
    for name in others:
        cost, effect = evaluation.increments(name)
        colour = COLOURS[evaluation.options.index(name) % 8]  # as in the curves
        ax.scatter(effect, cost / scale, s=7, color=colour, alpha=0.3, lw=0)
        ax.scatter(
            effect.mean(), cost.mean() / scale, s=60, color=colour, edgecolor="white", zorder=3,
            label=name,
        )  # fmt: skip
    bare(ax, words, along="y", digits=0)
    plain_numbers(ax.xaxis, words)
    ax.set_xlabel(words.text("decision.added_effect", effect=_effect(evaluation.effect, words)))
    ax.set_title(
        words.text("decision.added_cost", reference=evaluation.reference, unit=words.text(unit)),
        loc="left", fontsize=9.5, color=SOFT,
    )  # fmt: skip
    ax.xaxis.label.set_color(SOFT)
    if len(others) > 1:
        ax.legend(frameon=False, fontsize=9)
    return ax


def acceptability(evaluation: Evaluation, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """How often each option is best, by willingness to pay; the thick line follows the choice."""
    words, ax = language(lang), axes_or_new(ax)
    x, ends = evaluation.willingness_to_pay, []
    ax.plot(x, evaluation.frontier, color=FAINT, lw=9, solid_capstyle="butt", zorder=1)
    for i, name in enumerate(evaluation.options):
        ax.plot(x, evaluation.acceptable[:, i], color=COLOURS[i % 8], ls=STYLES[i % 4], lw=2)
        ends.append((float(evaluation.acceptable[-1, i]), name))
    ax.set_ylim(0, 1.02)
    _along_willingness(ax, evaluation, words, words.text("decision.acceptable"))
    ax.yaxis.set_major_formatter(lambda value, _: words.percent(value))
    label_ends(ax, float(x[-1]), ends)
    return ax


def expected_loss(evaluation: Evaluation, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """What choosing each option loses on average; the lowest is the choice, and EVPI."""
    words, ax = language(lang), axes_or_new(ax)
    x, ends = evaluation.willingness_to_pay, []
    scale, unit = _scale(float(evaluation.expected_loss.max()))
    ax.plot(x, evaluation.evpi / scale, color=FAINT, lw=9, solid_capstyle="butt", zorder=1)
    for i, name in enumerate(evaluation.options):
        loss = evaluation.expected_loss[:, i] / scale
        ax.plot(x, loss, color=COLOURS[i % 8], ls=STYLES[i % 4], lw=2)
        ends.append((float(loss[-1]), name))
    ax.set_ylim(bottom=0)
    _along_willingness(ax, evaluation, words, words.text("decision.loss", unit=words.text(unit)))
    label_ends(ax, float(x[-1]), ends)
    return ax


def evpi(evaluation: Evaluation, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Expected value of perfect information per decision, with its Monte Carlo error."""
    words, ax = language(lang), axes_or_new(ax)
    x = evaluation.willingness_to_pay
    scale, unit = _scale(float(evaluation.evpi.max()))
    value, half = evaluation.evpi / scale, 1.96 * evaluation.evpi_se / scale
    ax.fill_between(x, np.maximum(value - half, 0), value + half, color=BLUE, alpha=0.2, lw=0)
    ax.plot(x, value, color=BLUE, lw=2.2)
    ax.set_ylim(bottom=0)
    _along_willingness(ax, evaluation, words, words.text("decision.evpi", unit=words.text(unit)))
    return ax


def frontier(table: IncrementalTable, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Options by effect and cost, the efficient ones joined."""
    words, ax = language(lang), axes_or_new(ax)
    scale, unit = _scale(max(abs(r.cost) for r in table.rows))
    kept = [r for r in table.rows if r.status in ("reference", "efficient")]
    ax.plot([r.effect for r in kept], [r.cost / scale for r in kept], color=BLUE, lw=2, zorder=1)
    for row in table.rows:
        good = row in kept
        ax.scatter(
            row.effect, row.cost / scale, s=46, zorder=2, color=BLUE if good else "white",
            edgecolor=BLUE if good else VERMILION, lw=1.6,
        )  # fmt: skip
        ax.annotate(
            row.name, (row.effect, row.cost / scale), xytext=(-7, 6), ha="right",
            textcoords="offset points", fontsize=9.5, color=INK if good else SOFT,
        )  # fmt: skip
    ax.margins(x=0.14, y=0.12)
    bare(ax, words, along="y", digits=0)
    plain_numbers(ax.xaxis, words)
    ax.set_xlabel(_effect(table.effect, words), color=SOFT, fontsize=9.5)
    ax.set_title(
        words.text("decision.frontier", unit=words.text(unit)), loc="left", fontsize=9.5, color=SOFT
    )
    return ax


def tornado(analysis: Tornado, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """A bar for each input from its low to its high value, widest at the top."""
    words = language(lang)
    ax = axes_or_new(ax, (7.2, 1.2 + 0.42 * len(analysis.rows)))
    spots = np.arange(len(analysis.rows))[::-1]
    ends = [x for r in analysis.rows for x in (r.at_low, r.at_high)]
    digits = _digits((min(ends), max(ends)))
    scale, unit = _scale(max(map(abs, ends)))
    if scale > 1:
        digits = _digits((min(ends) / scale, max(ends) / scale))
    for y, row in zip(spots, analysis.rows, strict=True):
        for value, end, colour in (
            (row.low, row.at_low, "#56B4E9"),
            (row.high, row.at_high, BLUE),
        ):
            width = (end - analysis.base) / scale
            ax.barh(y, width, left=analysis.base / scale, height=0.6, color=colour)
            right = width > 0 or (width == 0 and value == row.high)
            ax.annotate(
                words.number(value, _written((row.low, row.high))), (end / scale, y),
                xytext=(4 if right else -4, 0), textcoords="offset points", va="center",
                ha="left" if right else "right", fontsize=8.5, color=SOFT,
            )  # fmt: skip
    ax.axvline(analysis.base / scale, color=INK, lw=0.9)
    ax.set_yticks(spots, [row.name for row in analysis.rows])
    ax.margins(x=0.14)
    bare(ax, words, along="x", digits=digits)
    title = analysis.outcome + (f", {words.text(unit)}" if scale > 1 else "")
    ax.set_title(title, loc="left", fontsize=9.5, color=SOFT)
    ax.set_xlabel(words.text("decision.tornado"), fontsize=8.5, color=SOFT)
    return ax


def two_way(table: TwoWay, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Where the outcome of two inputs is above and below zero, with lines of equal outcome."""
    words, ax = language(lang), axes_or_new(ax, (6.2, 4.4))
    x, y, z = table.second_values, table.first_values, table.values
    scale, unit = _scale(float(np.abs(z).max()))
    z = z / scale
    if z.min() < 0 < z.max():
        ax.contourf(x, y, z, levels=[z.min(), 0, z.max()], colors=["#f6d9c4", "#cfe3f1"])
        ax.contour(x, y, z, levels=[0], colors=[INK], linewidths=1.8)
    if z.max() > z.min():
        lines = ax.contour(x, y, z, levels=6, colors=[SOFT], linewidths=0.7)
        ax.clabel(lines, fontsize=8, fmt=lambda v: words.number(v, _digits((z.min(), z.max()))))
    bare(ax, words, along="y", digits=0)
    ax.grid(visible=False)
    plain_numbers(ax.xaxis, words)
    ax.set_xlabel(table.second, color=SOFT, fontsize=9.5)
    ax.set_ylabel(table.first, color=SOFT, fontsize=9.5)
    title = table.outcome + (f", {words.text(unit)}" if scale > 1 else "")
    ax.set_title(title, loc="left", fontsize=9.5, color=SOFT)
    return ax


def global_sensitivity(
    analysis: GlobalSensitivity, ax: Axes | None = None, *, lang: str = "en"
) -> Axes:
    """Total (light) and first-order (dark) share of the variance, largest at the top."""
    words = language(lang)
    ax = axes_or_new(ax, (7.2, 1.2 + 0.42 * len(analysis.inputs)))
    main = analysis.total if analysis.method == "sobol" else analysis.first
    order = np.argsort(main)
    spots = np.arange(len(order))
    ax.barh(spots, main[order], height=0.62, color="#56B4E9")
    if analysis.method == "sobol":
        ax.barh(spots, np.maximum(analysis.first[order], 0), height=0.3, color=BLUE)
        ax.errorbar(
            main[order], spots, xerr=analysis.total_interval[order], fmt="none", ecolor=INK, lw=1
        )
    ax.set_yticks(spots, [analysis.inputs[i] for i in order])
    ax.set_xlim(left=0)
    bare(ax, words, along="x", digits=0)
    key = "decision.sobol" if analysis.method == "sobol" else "decision.morris"
    ax.set_title(words.text(key), loc="left", fontsize=9.5, color=SOFT)
    return ax


def cohort(followed: ClosedCohort, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Persons in each state over time."""
    words, ax = language(lang), axes_or_new(ax)
    x = np.arange(len(followed.occupancy)) * followed.cycle_length
    ends = []
    for i, name in enumerate(followed.states):
        ax.plot(x, followed.occupancy[:, i], color=COLOURS[i % 8], ls=STYLES[i % 4], lw=2)
        ends.append((float(followed.occupancy[-1, i]), words.state(name)))
    ax.set_ylim(bottom=0)
    bare(ax, words, along="y", digits=0)
    ax.locator_params(axis="x", integer=x[-1] >= 5)
    plain_numbers(ax.xaxis, words)
    ax.set_xlabel(words.text("decision.years"), color=SOFT, fontsize=9.5)
    ax.set_title(words.text("decision.persons"), loc="left", fontsize=9.5, color=SOFT)
    label_ends(ax, float(x[-1]), ends)
    return ax


def cohort_draws(
    draws: CohortDraws, strategy: str, ax: Axes | None = None, *, lang: str = "en"
) -> Axes:
    """Share in each state over time under one strategy, with the limits of the draws."""
    words, ax = language(lang), axes_or_new(ax)
    at = draws.strategies.index(strategy)
    x, ends = np.arange(len(draws.mean)) * draws.cycle_length, []
    for i, name in enumerate(draws.states):
        colour = COLOURS[i % 8]
        ax.fill_between(x, draws.low[:, at, i], draws.high[:, at, i], color=colour, alpha=0.2, lw=0)
        ax.plot(x, draws.mean[:, at, i], color=colour, ls=STYLES[i % 4], lw=2)
        ends.append((float(draws.mean[-1, at, i]), words.state(name)))
    ax.set_ylim(0, 1)
    bare(ax, words, along="y", digits=0)
    ax.yaxis.set_major_formatter(lambda value, _: words.percent(value))
    ax.locator_params(axis="x", integer=x[-1] >= 5)
    plain_numbers(ax.xaxis, words)
    ax.set_xlabel(words.text("decision.years"), color=SOFT, fontsize=9.5)
    title = words.text("decision.shares", strategy=strategy, level=words.percent(draws.level))
    ax.set_title(title, loc="left", fontsize=9.5, color=SOFT)
    label_ends(ax, float(x[-1]), ends)
    return ax


def _along_willingness(ax: Axes, evaluation: Evaluation, words: Language, title: str) -> None:
    x = evaluation.willingness_to_pay
    scale, unit = _scale(float(x[-1]))
    bare(ax, words, along="y", digits=0)
    plain_numbers(ax.xaxis, words, scale=scale)
    ax.set_xlim(0, float(x[-1]) or 1)
    ax.set_xlabel(
        words.text(
            "decision.willingness", effect=_effect(evaluation.effect, words), unit=words.text(unit)
        ),
        color=SOFT, fontsize=9.5,
    )  # fmt: skip
    ax.set_title(title, loc="left", fontsize=9.5, color=SOFT)


def _effect(name: str, words: Language) -> str:
    key = f"decision.effect_{name.replace('-', '_').lower()}"
    return words.text(key) if words.has(key) else name


def _scale(largest: float) -> tuple[float, str]:
    if largest >= 2e9:
        return 1e9, "decision.milliard"
    if largest >= 2e6:
        return 1e6, "decision.million"
    return (1e3, "decision.thousand") if largest >= 2e4 else (1.0, "decision.kronor")


def _written(values: tuple[float, float]) -> int:
    """Decimals of an input that somebody gave: as it was written, but no more than 4."""
    return max(_digits(values), min(decimals(values), 4))


def _digits(limits: Any) -> int:
    span = abs(float(limits[1]) - float(limits[0]))
    return 0 if span == 0 else int(max(0, 1 - np.floor(np.log10(span))))
