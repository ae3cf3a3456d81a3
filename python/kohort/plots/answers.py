"""Pictures of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kohort.plots._drawing import BLUE, COLOURS, INK, SOFT, STYLES, axes_or_new, bare, label_ends
from kohort.support._language import Language, language
from kohort.support._phrases import Phrase, said

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.estimation.answers import Answer


def answer(given: Answer, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Estimates as points with their intervals; by age as lines with bands.

    Parameters
    ----------
    given
        From a method of `FittedModel`.
    ax
        Where to draw; by default a new figure.
    lang
        Of all words: ``"sv"`` or ``"en"``.
    """
    words = language(lang)
    if given.axes[0] == "age" and given.estimate.ndim == 2:
        ax = axes_or_new(ax)
        at = np.array([float(age) for age in given.labels[0]])
        ends = []
        for i, name in enumerate(given.labels[1]):
            line, colour = given.estimate[:, i], COLOURS[i % 8]
            if given.certain:
                ax.fill_between(
                    at, given.lower[:, i], given.upper[:, i], color=colour, alpha=0.2, lw=0
                )
            ax.plot(at, line, color=colour, ls=STYLES[i % 4], lw=2.2)
            ends.append((float(line[-1]), _named(name, words)))
        bare(ax, words, along="y", digits=0)
        ax.set_ylim(bottom=0)
        label_ends(ax, float(at[-1]), ends)
        ax.set_title(said(given.title, lang), loc="left", fontsize=9.5, color=SOFT)
        return ax
    table = given.estimate.reshape(len(given.labels[0]), -1)
    keep = [(i, j) for i, j in np.ndindex(*table.shape) if np.isfinite(table[i, j])]
    keep = [(i, j) for i, j in keep if table[i, j] != 0 or table.shape[1] == 1]
    # Whoever is where nobody leaves has a single certain answer, which says nothing.
    alone = (
        {i for i, _ in keep if sum(a == i for a, _ in keep) == 1} if table.shape[1] > 1 else set()
    )
    keep = [(i, j) for i, j in keep if i not in alone or given.labels[0][i] != given.labels[1][j]]
    ax = axes_or_new(ax, (7.2, 0.9 + 0.27 * len(keep)))
    lower, upper = given.lower.reshape(table.shape), given.upper.reshape(table.shape)
    texts, last, y = [], -1, 0.0
    places = []
    for i, j in keep:
        y += 1.0 if i == last or table.shape[1] == 1 else 1.6
        last = i
        if given.certain:
            ax.plot([lower[i, j], upper[i, j]], [y, y], color=BLUE, lw=2, solid_capstyle="butt")
        ax.plot(table[i, j], y, "o", color=INK, ms=5)
        first = _named(given.labels[0][i], words)
        second = _named(given.labels[1][j], words) if table.shape[1] > 1 else ""
        key = f"answer.joined_{given.axes[-1]}"
        joined = words.text(key if words.has(key) else "answer.joined", first=first, second=second)
        texts.append(joined if second else first)
        places.append(y)
    bare(ax, words, along="x", digits=None if given.unit == "ratio" else 2)
    if given.unit == "ratio":
        ax.set_xscale("log")
    if given.unit == "probability":
        ax.xaxis.set_major_formatter(lambda value, _: words.percent(value, 0))
        ax.set_xlim(left=0)
    ax.set_yticks(places, texts)
    ax.invert_yaxis()
    title = f"{said(given.title, lang)} ({said(given.unit, lang)})"
    ax.set_title(title, loc="left", fontsize=9.5, color=SOFT)
    return ax


def _named(label: str, words: Language) -> str:
    if isinstance(label, Phrase) or " -> " in label:
        return said(label, words.code)
    return words.state(label)
