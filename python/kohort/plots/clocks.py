"""Pictures of rates along a clock. Each takes `ax=None, lang="en"` and returns the axes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from kohort import _core
from kohort.plots._drawing import COLOURS, INK, SOFT, STYLES, axes_or_new, bare
from kohort.support._language import language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.estimation.fitted_model import FittedModel


def along(
    fitted: FittedModel,
    clock: str,
    x: Mapping[str, float] | None = None,
    ax: Axes | None = None,
    *,
    lang: str = "en",
) -> Axes:
    """Rates a year along a clock that moves, with 95 % bands, where it was observed.

    Only transitions on which the clock acts are drawn.

    Parameters
    ----------
    fitted
        A fit with a clock that moves (`gompertz`, `weibull`, `spline`).
    clock
        Its column.
    x
        One number for each other covariate.
    ax, lang
        Axes to draw on; "en" or "sv".
    """
    words = language(lang)
    ranges = {name: (low, high) for name, low, high in fitted.clock_ranges}
    if clock not in ranges:
        _core.reject(
            "E-COLUMN",
            "along",
            f"no clock {clock!r} moves in this model",
            f"those that do: {', '.join(ranges) or 'none'}",
            "Name one of these",
        )
    ax = axes_or_new(ax, size=(7.2, 4.6))
    low, high = ranges[clock]
    z = np.linspace(low, high, 121)[(1 if low == 0 else 0) :]  # a Weibull clock at 0 has no rate
    points = {name: np.full(z.size, float(value)) for name, value in (x or {}).items()}
    points[clock] = z
    # Log rates are linear in the coefficients, so unit steps give the design.
    steps = np.eye(fitted.coefficients.size)
    logs = fitted.log_intensities(
        points, np.vstack([fitted.coefficients, fitted.coefficients + steps])
    )
    drawn = 0
    for k, label in enumerate(fitted.transitions):
        acts = any(
            used and term.column == clock
            for term, used in zip(fitted.terms, fitted.uses[k], strict=True)
        )
        middle = logs[0, :, k]
        if not acts or not np.isfinite(middle).all():
            continue
        design = (logs[1:, :, k] - middle).T
        half = 1.959964 * np.sqrt(np.einsum("ap,pq,aq->a", design, fitted.covariance, design))
        colour = COLOURS[(5 + 4 * drawn) % 8]
        ax.fill_between(
            z, np.exp(middle - half), np.exp(middle + half), color=colour, alpha=0.14, lw=0
        )
        ax.plot(
            z, np.exp(middle), color=colour, lw=2.2, ls=STYLES[drawn % len(STYLES)], label=label
        )
        drawn += 1
    ax.set_yscale("log")
    bare(ax, words, along="y", digits=None)
    ax.set_xlim(low, high)
    ax.legend(frameon=False, fontsize=9, loc="best", labelcolor=INK)
    ax.set_xlabel(clock, color=SOFT, fontsize=9.5)
    ax.set_title(words.text("axis.rate"), loc="left", color=SOFT, fontsize=9.5)
    return ax
