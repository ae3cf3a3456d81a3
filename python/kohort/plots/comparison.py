"""Pictures of a projection beside the forecast by constant shares, and why they differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kohort.plots import _tables
from kohort.plots._drawing import (
    BLUE,
    INK,
    SOFT,
    VERMILION,
    axes_or_new,
    bare,
    few_draws,
    finish,
    flow_and_constant,
    regime_lines,
    rows_where,
)
from kohort.plots._tables import Columns
from kohort.support._language import language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.projection.projection import Projection


def comparison_data(projection: Projection) -> Columns:
    """All users by year: the flow forecast with limits, and constant shares."""
    users = _tables.persons_by_state(projection)
    users = rows_where(users, users["state"] == "users")
    other = _tables.comparison(projection)
    constant = other["constant_share"][other["state"] == "users"]
    return {"year": users["year"], "users": users["persons"], "constant_share": constant} | {
        name: users[name] for name in _tables.BANDS
    }


def comparison(
    projection: Projection,
    ax: Axes | None = None,
    *,
    lang: str = "en",
    breaks: Sequence[dt.date] = (),
) -> Axes:
    """All persons with support: the flow forecast with bands beside the constant-share forecast."""
    words, ax = language(lang), axes_or_new(ax)
    data = comparison_data(projection)
    flow_and_constant(ax, data, "users", words)
    finish(ax, words, projection.years, words.text("axis.persons"))
    regime_lines(ax, words, breaks)
    few_draws(ax, words, len(projection.draws_persons))
    return ax


def difference_data(projection: Projection, *, year: int | None = None) -> Columns:
    """Parts of flow minus constant share in one year, by default the last: part, persons, cost."""
    table = _tables.difference_split(projection)
    wanted = int(projection.years[-1]) if year is None else year
    return rows_where(table, table["year"] == wanted)


def difference(
    projection: Projection,
    ax: Axes | None = None,
    *,
    measure: str = "persons",
    year: int | None = None,
    lang: str = "en",
) -> Axes:
    """Waterfall from the constant-share forecast (zero) to the flow forecast, part by part.

    Parameters
    ----------
    projection, ax, lang
        As for `levels`.
    measure
        ``"persons"`` or ``"cost"``.
    year
        By default the last.
    """
    words, ax = language(lang), axes_or_new(ax)
    data = difference_data(projection, year=year)
    unit = words.unit([float(np.max(np.abs(data[measure])))])
    scale, digits = (unit.divisor, unit.digits) if measure == "cost" else (1, 0)
    parts = data[measure] / scale
    starts = np.concatenate([[0], np.cumsum(parts)[:-1]])
    widths = np.append(parts, parts.sum())
    names = [words.text(f"part.{name}") for name in data["part"]] + [words.text("part.all")]
    spots = np.arange(len(names))[::-1]
    for y, left, width, last in zip(
        spots, np.append(starts, 0), widths, spots == spots[-1], strict=True
    ):
        colour = INK if last else (BLUE if width >= 0 else VERMILION)
        hatch = None if last or width >= 0 else "////"
        ax.barh(y, width, left=left, height=0.58, color=colour, hatch=hatch, edgecolor="white")
    reach = np.concatenate([starts + parts, [0.0]])
    low, high = min(reach.min(), 0.0), max(reach.max(), 0.0)
    room = 0.16 * max(high - low, 1e-9)
    for y, left, width in zip(spots, np.append(starts, 0), widths, strict=True):
        right = max(left, left + width)
        ax.text(
            right + room / 10, y, words.signed(width, digits), va="center", color=INK, fontsize=9.5
        )
    for upper, lower, at in zip(spots[:-1], spots[1:], np.cumsum(parts), strict=True):
        ax.plot([at, at], [upper - 0.29, lower + 0.29], color=SOFT, lw=0.8)
    ax.axvline(0, color=INK, lw=0.9)
    ax.set_yticks(spots, names)
    ax.set_xlim(low - room / 3, high + room)
    wording = "axis.difference_cost" if measure == "cost" else "axis.difference_persons"
    bare(ax, words, along="x", digits=digits if high - low < 20 else 0)
    ax.set_xlabel(
        words.text(wording, unit=unit.head, year=int(data["year"][0])), color=SOFT, fontsize=9.5
    )
    return ax


def growth_data(projection: Projection) -> Columns:
    """Parts of each forecast's growth, first to last year: forecast, measure, part, value."""
    return _tables.growth_split(projection)


def growth(
    projection: Projection, ax: Axes | None = None, *, measure: str = "persons", lang: str = "en"
) -> Axes:
    """What each forecast's growth consists of: population, share with support, mix, price."""
    words, ax = language(lang), axes_or_new(ax)
    data = growth_data(projection)
    data = rows_where(data, data["measure"] == measure)
    unit = words.unit([float(np.max(np.abs(data["value"])))])
    scale, digits = (unit.divisor, unit.digits) if measure == "cost" else (1, 0)
    parts = list(dict.fromkeys(data["part"].tolist()))
    looks = {"flow": (BLUE, None, 0.19), "constant_share": ("#9aa7ae", "////", -0.19)}
    extent = max(float(np.abs(data["value"]).max()) / scale, 1e-9)
    for forecast, (colour, hatch, shift) in looks.items():
        mine = rows_where(data, data["forecast"] == forecast)
        values = dict(zip(mine["part"].tolist(), mine["value"] / scale, strict=True))
        for i, part in enumerate(parts):
            y, value = len(parts) - 1 - i + shift, values.get(part, 0.0)
            ax.barh(
                y, value, height=0.34, color=colour, hatch=hatch, edgecolor="white",
                label=words.text(f"forecast.{forecast}") if i == 0 else None,
            )  # fmt: skip
            ax.text(
                max(value, 0) + extent / 60, y, words.signed(value, digits),
                va="center", color=INK, fontsize=9,
            )  # fmt: skip
    ax.axvline(0, color=INK, lw=0.9)
    ax.set_yticks(np.arange(len(parts))[::-1], [words.text(f"growth.{part}") for part in parts])
    lowest = min(float(data["value"].min()) / scale, 0.0)
    ax.set_xlim(lowest - extent * 0.06, extent * 1.2)
    bare(ax, words, along="x", digits=0)
    wording = "axis.growth_cost" if measure == "cost" else "axis.growth_persons"
    years = {"first": int(projection.years[0]), "last": int(projection.years[-1])}
    ax.set_xlabel(words.text(wording, unit=unit.head, **years), color=SOFT, fontsize=9.5)
    ax.legend(frameon=False, fontsize=9, loc="lower right", labelcolor=INK)
    return ax
