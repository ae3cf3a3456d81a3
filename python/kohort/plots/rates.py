"""Pictures of a fitted model: its rates, and where they lead within a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kohort.plots._drawing import BLUE, GREEN, INK, SOFT, VERMILION, axes_or_new, bare, rows_where
from kohort.plots._tables import Columns
from kohort.support._language import language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.estimation.fitted_model import FittedModel


def transitions_data(probabilities: Any, states: Sequence[str]) -> Columns:
    """A matrix of probabilities as from, to, probability."""
    matrix = np.asarray(probabilities, dtype=float)
    return {
        "from": np.repeat(np.array(states), len(states)),
        "to": np.tile(np.array(states), len(states)),
        "probability": matrix.ravel(),
    }


def transitions(
    probabilities: Any, states: Sequence[str], ax: Axes | None = None, *, lang: str = "en"
) -> Axes:
    """Transition probabilities as a map with its numbers: from each row's state to each column's.

    Parameters
    ----------
    probabilities
        Square, rows sum to 1: for example ``fit.transition_probability(1, age=80)``.
    states
        Their names, in the same order.
    ax, lang
        As for `levels`.
    """
    words, ax = language(lang), axes_or_new(ax, size=(5.6, 4.3))
    matrix = np.asarray(probabilities, dtype=float)
    rows = [i for i in range(len(matrix)) if matrix[i, i] != 1]  # nobody leaves an absorbing state
    ax.pcolormesh(np.sqrt(matrix[rows]), cmap="Blues", vmin=0, vmax=1.15, edgecolors="white", lw=2)
    for y, i in enumerate(rows):
        for j in range(len(states)):
            p = matrix[i, j]
            shown = words.percent(p, 0 if p >= 0.0995 else 1)
            dark = np.sqrt(p) > 0.66
            ax.text(
                j + 0.5, y + 0.5, shown, ha="center", va="center", fontsize=10,
                color="white" if dark else INK, fontweight="bold" if i == j else "normal",
            )  # fmt: skip
    names = [words.state(state) for state in states]
    ax.set_xticks(np.arange(len(states)) + 0.5, [words.short(state) for state in states])
    ax.set_yticks(np.arange(len(rows)) + 0.5, [names[i] for i in rows])
    ax.invert_yaxis()
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.set_xlabel(words.text("axis.to"), color=SOFT, fontsize=9.5)
    ax.set_ylabel(words.text("axis.from"), color=SOFT, fontsize=9.5)
    ax.tick_params(length=0, labelcolor=INK, labelsize=9.5)
    for side in ax.spines.values():
        side.set_visible(False)
    return ax


def intensities_data(rates: FittedModel | Columns, *, level: float = 0.95) -> Columns:
    """What `intensities` draws: group, transition, rate, lower, upper.

    Of a fitted model: the rates where every covariate is 0, with Wald limits; those without a
    standard error are left out.
    """
    if isinstance(rates, Mapping):
        return {name: np.array(values) for name, values in rates.items()}
    limits = rates.confidence_intervals(level)
    rows = [
        (name, *np.exp([rates.coefficients[i], limits[i, 0], limits[i, 1]]))
        for i, name in enumerate(rates.coefficient_names)
        if name in rates.transitions and rates.has_error[i]
    ]
    names = ("transition", "rate", "lower", "upper")
    table = {name: np.array([row[j] for row in rows]) for j, name in enumerate(names)}
    return {"group": np.full(len(rows), ""), **table}


def intensities(rates: FittedModel | Columns, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Rates a year with their intervals, on a logarithmic scale.

    Parameters
    ----------
    rates
        A fitted model, or columns `group` (one marker each), `transition`, `rate`, `lower`,
        `upper`.
    ax, lang
        As for `levels`.
    """
    rates = intensities_data(rates)
    words, ax = language(lang), axes_or_new(ax, size=(7.2, 5.2))
    names = list(dict.fromkeys(rates["transition"].tolist()))
    groups = list(dict.fromkeys(rates["group"].tolist()))
    looks = ((VERMILION, "o"), (BLUE, "s"), (GREEN, "D"))
    for g, group in enumerate(groups):
        mine = rows_where(rates, rates["group"] == group)
        colour, marker = looks[g % 3]
        shift = 0.16 * (len(groups) - 1) / 2 - 0.16 * g
        y = np.array([len(names) - 1 - names.index(name) for name in mine["transition"]]) + shift
        ax.hlines(y, mine["lower"], mine["upper"], color=colour, lw=1.6)
        ax.plot(mine["rate"], y, marker, color=colour, ms=5, label=group)
    ax.set_xscale("log")
    ax.set_yticks(np.arange(len(names))[::-1], names)
    bare(ax, words, along="x", digits=None)
    ax.set_xlabel(words.text("axis.rate"), color=SOFT, fontsize=9.5)
    if len(groups) > 1:
        ax.legend(frameon=False, fontsize=9, loc="best", labelcolor=INK)
    return ax
