"""Data quality of an extract as counts by month: whether it is whole, and where it breaks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort._core import Finding
from kohort.data.series import Regime, ReportingGap, month_of, month_text
from kohort.privacy.profile import withheld, written_few
from kohort.support import _frames, _html, _text
from kohort.support._refusal import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.data.decisions import Decisions

Array = npt.NDArray[Any]

GAP_CLASSES = (7, 30, 90, 365)
"""Days up to which a gap between two decisions belongs to a class; the last class is open."""

PICTURES = ("stock", "entries", "mix", "started", "gaps")
_EPOCH = 719163


@dataclass(frozen=True, eq=False)
class Quality:
    """Counts by month of what an extract holds; counts of few people are withheld (NaN).

    Attributes
    ----------
    months
        (months,), 12 x year + month - 1: those that are under observation from end to end.
    levels
        Names of the levels, least demanding first.
    stock
        (months, levels), persons with support at each level on the first of the month.
    entries
        (months,), persons whose first decision starts in the month.
    units
        Who reports; a single one without a name if the file does not say.
    started
        (months, units), decisions that start.
    gap_classes
        Heads of the rows of `gaps`: days from and to, the last one open.
    gaps
        (classes, 2), gaps between two decisions of a person: those after which support counts as
        ended in between, and those that the gap policy bridged.
    reporting_gaps, regimes
        Months without reports; days from which decisions mean something else.
    findings, counts, policies
        As in `Decisions`.
    """

    months: Array
    levels: tuple[str, ...]
    stock: Array
    entries: Array
    units: tuple[str, ...]
    started: Array
    gap_classes: tuple[tuple[int, int | None], ...]
    gaps: Array
    reporting_gaps: tuple[ReportingGap, ...]
    regimes: tuple[Regime, ...]
    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    policies: Mapping[str, Any]

    @property
    def mix(self) -> Array:
        """(months, levels), shares of those with support; NaN where a count is withheld."""
        total = self.stock.sum(axis=1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            shares: Array = np.where(total > 0, self.stock / total, np.nan)
        return shares

    def table(self) -> dict[str, Array]:
        """The columns of `to_frame`: one row for each month."""
        columns: dict[str, Array] = {
            "month": np.array([month_text(m) for m in self.months.tolist()], dtype=object)
        }
        for i, level in enumerate(self.levels):
            columns[level] = self.stock[:, i]
        columns["entries"] = self.entries
        for i, unit in enumerate(self.units):
            columns[f"decisions {unit}".strip()] = self.started[:, i]
        return columns

    def to_frame(self, backend: str | None = None) -> Any:
        """One row for each month: persons at each level, entries, decisions of each unit."""
        return _frames.to_frame(self.table(), backend)

    def plot(self, ax: Axes | None = None, *, what: str = "stock", lang: str = "en") -> Axes:
        """One picture.

        Parameters
        ----------
        ax
            Where to draw; by default a new figure.
        what
            "stock" (persons by level and month), "entries", "mix" (shares of the levels), "started"
            (decisions by month and unit) or "gaps".
        lang
            ``"sv"`` or ``"en"``.
        """
        from kohort.plots import quality as plots_quality
        from kohort.support._refusal import choice

        choice("what", what, PICTURES)
        axes: Axes = getattr(plots_quality, what)(self, ax, lang=lang)
        return axes

    def html(self, *, lang: str = "sv", file: str = "", synthetic: bool = False) -> str:
        """The data-quality page: one file with both languages, aggregates only.

        Parameters
        ----------
        lang
            The language that is shown first.
        file
            The extract's name, for the heading.
        synthetic
            Whether the data are made up; then the page says so.
        """
        from kohort.report.quality import quality_page

        return quality_page(self, self.findings, file=file, lang=lang, synthetic=synthetic)

    def _rows(self) -> tuple[list[str], list[list[str]]]:
        """The Januaries, and the last month."""
        at = [i for i, m in enumerate(self.months.tolist()) if m % 12 == 0]
        if len(self.months) and len(self.months) - 1 not in at:
            at.append(len(self.months) - 1)
        rows = [
            [month_text(int(self.months[i])), *map(written_few, (*self.stock[i], self.entries[i]))]
            for i in at
        ]
        return ["month", *self.levels, "entries"], rows

    def _title(self) -> str:
        found = counted(self.findings)
        return (
            f"Data quality: {self.counts.get('persons followed', 0)} persons, "
            f"{len(self.months)} months, {found['W']} warnings"
        )

    def __str__(self) -> str:
        return "\n".join([self._title(), _text.table(*self._rows())])

    def _repr_html_(self) -> str:
        return _html.block(self._title(), parts=[_html.table(*self._rows())])


def quality(decisions: Decisions) -> Quality:
    """Count what an extract holds, month by month.

    Parameters
    ----------
    decisions
        From `kohort.read_decisions`.
    """
    core = decisions._core
    stays = tuple(np.asarray(column) for column in core.stays())
    levels = tuple(core.rule.levels)
    months = _months(decisions, stays[2])
    days = np.array(
        [dt.date(m // 12, m % 12 + 1, 1).toordinal() - _EPOCH for m in months.tolist()],
        dtype=np.int64,
    )
    classes = tuple(zip((1, *(d + 1 for d in GAP_CLASSES)), (*GAP_CLASSES, None), strict=True))
    return Quality(
        months=months,
        levels=levels,
        stock=withheld(_stock(stays, [decisions.model.state(x) for x in levels], days)),
        entries=withheld(_entries(stays, np.asarray(core.entered, dtype=bool), days)),
        units=tuple(core.units),
        started=withheld(_started(core, months)),
        gap_classes=classes,
        gaps=withheld(_gap_table(decisions, stays).T, total_is_known=True).T,
        reporting_gaps=decisions.reporting_gaps,
        regimes=decisions.regimes,
        findings=decisions.findings,
        counts=decisions.counts,
        policies=decisions.policies,
    )


def _months(decisions: Decisions, starts: Array) -> Array:
    """Whole months under observation."""
    extraction = decisions._core.extraction
    if not len(starts) or not extraction:
        return np.zeros(0, dtype=np.int64)
    given = decisions.policies.get("observed_from")
    first = dt.date.fromisoformat(given) if given else _date(int(starts.min()))
    last = dt.date.fromisoformat(extraction)
    return np.arange(
        month_of(first) + (first.day > 1), month_of(last + dt.timedelta(days=1)), dtype=np.int64
    )


def _stock(stays: tuple[Array, ...], states: list[int], days: Array) -> Array:
    _, at, start, end = stays
    counts = []
    for state in states:
        here = at == state
        begun = np.searchsorted(np.sort(start[here]), days, side="right")
        counts.append(begun - np.searchsorted(np.sort(end[here]), days, side="right"))
    return np.array(counts).reshape(len(states), len(days)).T


def _entries(stays: tuple[Array, ...], entered: Array, days: Array) -> Array:
    persons, _, start, _ = stays
    first = np.r_[True, persons[1:] != persons[:-1]] if len(persons) else np.zeros(0, dtype=bool)
    begun = np.sort(start[first & entered[persons]])
    after = np.searchsorted(begun, days)
    return np.diff(np.r_[after, len(begun)]) if len(days) else np.zeros(0)


def _started(core: Any, months: Array) -> Array:
    units, at, counts = core.started()
    table = np.zeros((len(months), len(core.units)))
    if len(months):
        inside = (at >= months[0]) & (at <= months[-1])
        table[at[inside] - months[0], units[inside]] = counts[inside]
    return table


def _gap_table(decisions: Decisions, stays: tuple[Array, ...]) -> Array:
    """Gaps between two decisions of a person by length: ended in between, and bridged."""
    persons, at, start, end = stays
    states = decisions.model.states
    name = decisions.policies.get("ended")
    if name in states:
        gap = at == states.index(name)
        gap &= np.r_[persons[1:] == persons[:-1], False] if len(persons) else gap
        lengths = (end - start)[gap]
    else:
        same = persons[1:] == persons[:-1]
        between = start[1:] - end[:-1]
        lengths = between[same & (between > 0)]
    begun, closed = (np.asarray(column) for column in decisions._core.bridged())
    return np.column_stack([_classed(lengths), _classed(closed - begun)])


def _classed(lengths: Array) -> Array:
    place = np.searchsorted(GAP_CLASSES, lengths, side="left")
    return np.bincount(place, minlength=len(GAP_CLASSES) + 1)


def _date(day: int) -> dt.date:
    return dt.date.fromordinal(day + _EPOCH)
