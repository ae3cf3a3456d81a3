"""Pictures of checks: what was seen beside what the model expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kohort.plots._drawing import (
    BLUE,
    COLOURS,
    INK,
    SOFT,
    STYLES,
    VERMILION,
    axes_or_new,
    bare,
    label_ends,
)
from kohort.plots._tables import Columns
from kohort.support._language import Language, language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.estimation.check_results import (
        AalenJohansen,
        Influence,
        MarkovTest,
        PearsonTest,
        Prevalence,
    )

_Z = 1.959963984540054


def prevalence_data(check: Prevalence) -> Columns:
    """Per time and state: observed and expected share, 95 % limits of the observed one."""
    table = check.columns()
    persons = np.maximum(table["persons"], 1e-300)  # nobody: shares of 0
    share = table["observed"] / persons
    low, high = _wilson(share, table["persons"])
    return {
        "time": table["time"],
        "state": table["state"],
        "observed": share,
        "low_95": low,
        "high_95": high,
        "expected": table["expected"] / persons,
    }


def prevalence(check: Prevalence, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Observed shares as dots with 95 % limits (Wilson's), expected as lines.

    Parameters
    ----------
    check
        From `FittedModel.prevalence`.
    ax
        Where to draw; by default a new figure.
    lang
        ``"sv"`` or ``"en"``.
    """
    words, ax = language(lang), axes_or_new(ax, size=(7.6, 4.4))
    data = prevalence_data(check)
    ends = []
    step = np.min(np.diff(check.times)) if len(check.times) > 1 else 1.0
    for i, state in enumerate(check.states):
        mine = data["state"] == state
        time, colour = data["time"][mine], COLOURS[i % 8]
        ax.plot(time, data["expected"][mine], color=colour, ls=STYLES[i % 4], lw=2)
        spread = time + step * 0.06 * (i - (len(check.states) - 1) / 2)  # dots do not hide dots
        seen, low, high = (data[name][mine] for name in ("observed", "low_95", "high_95"))
        ax.vlines(spread, low, high, color=colour, lw=1.3)
        ax.plot(spread, seen, "o", ms=4.5, color=colour, mec="white", mew=0.6)
        ends.append((float(data["expected"][mine][-1]), words.state(state)))
    _shares(ax, words, float(np.max(data["high_95"])))
    ax.set_xlim(check.times[0] - step / 3, check.times[-1] + step / 3)
    ax.set_xlabel(words.text("check.years"), color=SOFT, fontsize=9.5)
    ax.set_title(words.text("check.prevalence"), loc="left", fontsize=9.5, color=SOFT)
    label_ends(ax, float(check.times[-1] + step / 3), ends)
    return ax


def pearson(check: PearsonTest, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """The statistic (a line) among those of the replicates (bars), which fit the model."""
    words, ax = language(lang), axes_or_new(ax)
    reach = np.append(check.replicated, check.statistic)
    if check.replicated.size:
        low, high = float(reach.min()), float(reach.max())
        bins = np.linspace(low, max(high, low + 1e-9), 31)
        ax.hist(check.replicated, bins=bins.tolist(), color=BLUE, alpha=0.55, ec="white", lw=0.6)
    ax.axvline(check.statistic, color=VERMILION, lw=2.2)
    bare(ax, words, along="y", digits=0)
    ax.locator_params(axis="y", integer=True)
    ax.set_ylim(0, 1.15 * ax.get_ylim()[1])  # room for the words
    ax.xaxis.set_major_formatter(lambda value, _: words.number(value, 0))
    text = f"T = {words.number(check.statistic, 1)}"
    if not np.isnan(check.p_value):
        text += f", p = {words.number(check.p_value, 3)}"
    left = check.statistic > (reach.min() + reach.max()) / 2
    ax.annotate(
        text, (check.statistic, 1), xycoords=("data", "axes fraction"),
        xytext=(-8 if left else 8, -10), textcoords="offset points", ha="right" if left else "left",
        va="top", color=INK, fontsize=9.5,
    )  # fmt: skip
    ax.set_xlabel(words.text("check.pearson_axis"), color=SOFT, fontsize=9.5)
    ax.set_title(words.text("check.pearson"), loc="left", fontsize=9.5, color=SOFT)
    return ax


def pearson_cells(check: PearsonTest, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Residuals (O - E) / sqrt E of all cells, a row for each move; a larger dot expects more."""
    words = language(lang)
    moves = [
        f"{words.state(a)} → {_either(b, words)}"
        for a, b in zip(check.cells["from"], check.cells["to"], strict=True)
    ]
    names = sorted(
        set(moves), key=lambda name: -sum(check.cells["expected"][np.array(moves) == name])
    )
    ax = axes_or_new(ax, size=(7.2, 1.4 + 0.28 * len(names)))
    y = np.array([len(names) - 1 - names.index(name) for name in moves])
    size = 12 + 80 * np.sqrt(check.cells["expected"] / check.cells["expected"].max())
    off = np.abs(check.cells["residual"]) > 2
    for far, colour in ((False, BLUE), (True, VERMILION)):
        mine = off == far
        ax.scatter(
            check.cells["residual"][mine], y[mine], s=size[mine], color=colour, alpha=0.6, lw=0
        )
    for edge, style in ((-2, (0, (4, 2))), (0, "-"), (2, (0, (4, 2)))):
        ax.axvline(edge, color=SOFT, lw=0.9, ls=style, zorder=0.9)
    reach = max(3.0, 1.1 * float(np.abs(check.cells["residual"]).max()))
    ax.set_xlim(-reach, reach)
    ax.set_ylim(-0.7, len(names) - 0.3)
    bare(ax, words, along="x", digits=0)
    ax.set_yticks(np.arange(len(names))[::-1], names)
    ax.set_xlabel(words.text("check.residual"), color=SOFT, fontsize=9.5)
    return ax


def aalen_johansen_data(check: AalenJohansen) -> Columns:
    """Per time and state: probability and its 95 % limits, on the log-log scale."""
    table = check.columns()
    low, high = _log_log(table["probability"], table["standard_error"])
    return {
        "time": table["time"],
        "state": table["state"],
        "probability": table["probability"],
        "low_95": low,
        "high_95": high,
    }


def aalen_johansen(check: AalenJohansen, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Aalen-Johansen as steps with 95 % bands, the model as dashed lines."""
    words, ax = language(lang), axes_or_new(ax, size=(7.6, 4.4))
    data = aalen_johansen_data(check)
    ends = []
    for i, state in enumerate(check.states):
        mine = data["state"] == state
        colour = COLOURS[i % 8]
        time = data["time"][mine]
        ax.fill_between(
            time, data["low_95"][mine], data["high_95"][mine], step="post", color=colour,
            alpha=0.18, lw=0,
        )  # fmt: skip
        ax.step(time, data["probability"][mine], where="post", color=colour, lw=1.6)
        ax.plot(check.model_times, check.model[:, i], color=INK, lw=1.3, ls=(0, (4, 2)))
        ends.append((float(check.model[-1, i]), words.state(state)))
    _shares(ax, words, float(np.nanmax(data["high_95"])))
    last = float(check.model_times[-1])
    ax.set_xlim(float(check.model_times[0]), last)
    ax.set_xlabel(words.text("check.years"), color=SOFT, fontsize=9.5)
    title = words.text("check.aalen_johansen", state=words.state(check.start))
    ax.set_title(title, loc="left", fontsize=9.5, color=SOFT)
    label_ends(ax, last, ends)
    return ax


def markov(check: MarkovTest, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Rate ratios of the past with 95 % limits; 1 is no effect."""
    words = language(lang)
    ax = axes_or_new(ax, size=(7.2, 1.5 + 0.45 * len(check.effects)))
    table = check.columns()
    y = np.arange(len(check.effects))[::-1]
    ax.axvline(1, color=SOFT, lw=1)
    ax.hlines(y, table["lower"], table["upper"], color=BLUE, lw=2)
    ax.plot(table["rate_ratio"], y, "o", color=BLUE, ms=7)
    low, high = min(float(table["lower"].min()), 0.9), max(float(table["upper"].max()), 1.1)
    ax.set_xscale("log")
    ax.set_xlim(low / 1.05, high * 1.05)
    bare(ax, words, along="x", digits=2)
    ticks = np.array([0.1, 0.2, 0.33, 0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 3, 5, 10])
    inside = ticks[(ticks >= low / 1.05) & (ticks <= high * 1.05)]
    ax.set_xticks(inside[:: 1 + len(inside) // 8])
    ax.minorticks_off()
    names = [_effect(name, words) for name, _, _ in check.effects]
    ax.set_yticks(y, names)
    ax.set_ylim(-0.6, len(y) - 0.4)
    p = words.number(check.p_value, 3)
    title = words.text("check.markov", p=f"= {p}" if check.p_value >= 0.0005 else "< 0.001")
    ax.set_title(title, loc="left", fontsize=9.5, color=SOFT)
    ax.set_xlabel(words.text("check.ratio"), color=SOFT, fontsize=9.5)
    return ax


def influence(check: Influence, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """The largest shift of any estimate that each subject causes, in standard errors."""
    words, ax = language(lang), axes_or_new(ax, size=(7.2, 3.4))
    far = check.largest
    where = np.arange(len(far))
    ax.vlines(where, 0, far, color=BLUE, lw=max(0.4, min(2.0, 400 / len(far))))
    for i in np.argsort(-far, kind="stable")[:3]:
        name = _move(check.coefficient_names[int(np.abs(check.shifts[i]).argmax())], words)
        right = i > 0.6 * len(far)
        ax.plot(i, far[i], "o", ms=5, color=VERMILION)
        ax.annotate(
            f"{i}: {name}", (i, far[i]), xytext=(-7 if right else 7, 2),
            textcoords="offset points", ha="right" if right else "left", color=INK, fontsize=9,
        )  # fmt: skip
    bare(ax, words, along="y", digits=2 if far.max() < 1 else 1)
    ax.set_ylim(0, 1.12 * float(far.max()))
    ax.set_xlim(-0.01 * len(far), 1.01 * len(far))
    ax.xaxis.set_major_formatter(lambda value, _: words.number(value, 0))
    ax.set_xlabel(words.text("check.influence_axis"), color=SOFT, fontsize=9.5)
    ax.set_title(words.text("check.influence"), loc="left", fontsize=9.5, color=SOFT)
    return ax


def _shares(ax: Axes, words: Language, high: float) -> None:
    bare(ax, words, along="y", digits=0)
    ax.yaxis.set_major_formatter(lambda value, _: words.percent(value, 0))
    ax.set_ylim(0, min(1.02, 1.08 * high))
    ax.xaxis.set_major_formatter(lambda value, _: words.number(value, 0 if value % 1 == 0 else 1))


def _either(names: str, words: Language) -> str:
    several = names.split(" or ")
    if len(several) > 2:
        return words.text("check.others", count=len(several))
    return " / ".join(words.state(name) for name in several)


def _move(name: str, words: Language) -> str:
    """A coefficient's name with its states in the reader's language: "light → high: male"."""
    move, colon, effect = name.partition(": ")
    for between, sign in ((" -> ", " → "), (" seen as ", " ≙ ")):
        if between in move:
            move = sign.join(words.state(state) for state in move.split(between))
    return f"{move}{colon}{effect}"


def _effect(name: str, words: Language) -> str:
    if name.startswith("ever "):
        return words.text("check.ever", state=words.state(name.removeprefix("ever ")))
    return words.text(f"check.{name.replace(' ', '_')}")


def _wilson(share: np.ndarray, persons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n = np.maximum(persons, 1e-9)
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z * np.sqrt(share * (1 - share) / n + (_Z / (2 * n)) ** 2) / (1 + _Z**2 / n)
    return middle - half, middle + half


def _log_log(p: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    inside = (p > 0) & (p < 1)
    safe = np.where(inside, p, 0.5)
    power = np.exp(_Z * error / (safe * np.abs(np.log(safe))))
    low = np.where(inside, safe**power, p)
    high = np.where(inside, safe ** (1 / power), p)
    return low, high
