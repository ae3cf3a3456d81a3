"""Pictures of simulated persons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kohort import _core
from kohort.plots._drawing import COLOURS, SOFT, STYLES, axes_or_new, bare, label_ends
from kohort.support._language import language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.simulation.simulated import Microsimulation


def lives(given: Microsimulation, name: str, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Mean number in each living state but `none`, with 80 % of the replicates around it.

    Parameters
    ----------
    given
        Result of a microsimulation.
    name
        Of the strategy.
    ax
        Where to draw; by default a new figure.
    lang
        Of the names of states: ``"sv"`` or ``"en"``.
    """
    words = language(lang)
    ax = axes_or_new(ax)
    at = given.times + given.base_year
    mean = given.of(name).occupancy.sum(axis=2).mean(axis=0)
    low, high = given.intervals(0.8, name=name)
    shown = [s for s in range(given.living) if given.states[s] not in ("none", given.death)]
    ends = []
    for i, s in enumerate(shown):
        colour = COLOURS[i % 8]
        ax.fill_between(at, low[:, s], high[:, s], color=colour, alpha=0.2, lw=0)
        ax.plot(at, mean[:, s], color=colour, ls=STYLES[i % 4], lw=2)
        ends.append((float(mean[-1, s]), words.state(given.states[s])))
    bare(ax, words, along="y", digits=0)
    ax.set_ylim(bottom=0)
    label_ends(ax, float(at[-1]), ends)
    ax.set_title(
        f"Persons, mean and middle 80 % of {given.replicates} replicates",
        loc="left",
        fontsize=9.5,
        color=SOFT,
    )
    return ax


def queue(given: Microsimulation, ax: Axes | None = None, *, lang: str = "en") -> Axes:
    """Mean number waiting under each strategy, with 80 % of the replicates around it.

    Parameters
    ----------
    given
        Result of a microsimulation with places.
    ax
        Where to draw; by default a new figure.
    lang
        Of the numbers: ``"sv"`` or ``"en"``.
    """
    if given.usual.places is None:
        _core.reject(
            "E-SETTING",
            "plot_places",
            "there are no places",
            "they are what is drawn",
            "Simulate with places",
        )
    words = language(lang)
    ax = axes_or_new(ax)
    at = given.times + given.base_year
    ends = []
    for i, one in enumerate(given.arms):
        if one.places is None:
            continue
        low, high = np.quantile(one.places.queue, [0.1, 0.9], axis=0)
        mean = one.places.queue.mean(axis=0)
        ax.fill_between(at, low, high, color=COLOURS[i % 8], alpha=0.2, lw=0)
        ax.plot(at, mean, color=COLOURS[i % 8], ls=STYLES[i % 4], lw=2)
        ends.append((float(mean[-1]), one.name))
    bare(ax, words, along="y", digits=0)
    ax.set_ylim(bottom=0)
    if len(ends) > 1:
        label_ends(ax, float(at[-1]), ends)
    ax.set_title(
        f"Waiting for a place, mean and middle 80 % of {given.replicates} replicates",
        loc="left",
        fontsize=9.5,
        color=SOFT,
    )
    return ax
