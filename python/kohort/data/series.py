"""Where a series breaks: months without reports, and days on which the law changed what is decided.

Both are seen in counts of decisions alone. Nothing is repaired: they are found, counted and shown.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort._core import Finding
from kohort.privacy.profile import written_few

if TYPE_CHECKING:
    from kohort.model.structure import Model

Array = npt.NDArray[Any]

ACT_OF_2025 = dt.date(2025, 7, 1)
"""Since then support may be given without an individual decision (prop. 2024/25:89): people with
little support can vanish from the decisions though they have it still."""

_NEIGHBOURS = 12  # months on either side that say how much a unit reports
_NEEDED = 3  # of them at least
_QUIET = 0.7  # a quiet month, such as July, has as little as this of a usual one
_CHANCE = 0.01  # of naming any gap at all in a file without one


@dataclass(frozen=True)
class ReportingGap:
    """Months in which a unit started no decision though it did before and after.

    Attributes
    ----------
    unit
        As in the file; empty if nobody reported.
    first, last
        Months, 12 x year + month - 1.
    expected
        Decisions that its neighbouring months would have let one expect, at least.
    """

    unit: str
    first: int
    last: int
    expected: float

    @property
    def months(self) -> int:
        return self.last - self.first + 1


def break_dates(policies: Mapping[str, Any]) -> tuple[dt.date, ...]:
    """The days of a reading's `regime_breaks`, in order."""
    days = policies.get("regime_breaks") or {}
    return tuple(sorted({dt.date.fromisoformat(day) for day in days.values()}))


def month_of(day: dt.date) -> int:
    """12 x year + month - 1."""
    return 12 * day.year + day.month - 1


def month_text(month: int) -> str:
    """``2023-04``"""
    return f"{month // 12}-{month % 12 + 1:02d}"


def reporting_gaps(
    units: Sequence[str], counts: Array, first: int, *, needed: int = _NEEDED
) -> tuple[ReportingGap, ...]:
    """Months with no decisions from one unit while others report, or from nobody.

    A run of empty months is a gap if so long a silence is less than one chance in a hundred over
    the whole table, given what the unit starts in a quiet month: 70 % of the lower quartile of the
    twelve months on either side, whichever is less. Units that seldom start a decision, and those
    that open or close, have no gaps.

    Parameters
    ----------
    units
        Names.
    counts
        (units, months), decisions that start.
    first
        The first of the months.
    needed
        Months on either side of a run without which it is the series' own end.
    """
    counts = np.asarray(counts)
    limit = math.log(max(counts.size, 1) / _CHANCE)
    everybody = counts.sum(axis=0)
    whole = _runs(everybody, limit, needed)
    found = [ReportingGap("", first + a, first + b, e) for a, b, e in whole]
    if len(units) > 1:
        for unit, mine in zip(units, counts, strict=True):
            others = everybody - mine
            for a, b, expected in _runs(mine, limit, needed):
                around = np.r_[others[max(a - _NEIGHBOURS, 0) : a], others[b + 1 :][:_NEIGHBOURS]]
                if others[a : b + 1].mean() >= 0.5 * np.median(around):
                    found.append(ReportingGap(unit, first + a, first + b, expected))
    return tuple(sorted(found, key=lambda gap: (gap.first, gap.unit)))


def _runs(counts: Array, limit: float, needed: int) -> list[tuple[int, int, float]]:
    """First and last place of each run of zeros that is too long for chance, and what to expect."""
    empty = np.r_[False, counts == 0, False].astype(np.int8)
    starts, ends = (np.flatnonzero(np.diff(empty) == step) for step in (1, -1))
    runs = []
    for a, b in zip(starts.tolist(), (ends - 1).tolist(), strict=True):
        before, after = counts[max(a - _NEIGHBOURS, 0) : a], counts[b + 1 :][:_NEIGHBOURS]
        if min(len(before), len(after)) < needed:
            continue
        usual = min(float(np.quantile(side, 0.25)) for side in (before, after))
        expected = _QUIET * usual * (b - a + 1)
        if expected > limit:
            runs.append((a, b, expected))
    return runs


def gap_findings(gaps: Sequence[ReportingGap], column: str) -> list[Finding]:
    """`W-REPORTING-GAP`, one for each gap, counting its months."""
    return [_gap_finding(gap, column) for gap in gaps]


def _gap_finding(gap: ReportingGap, column: str) -> Finding:
    alone = gap.first == gap.last
    when = month_text(gap.first) if alone else f"{month_text(gap.first)}--{month_text(gap.last)}"
    when = when.replace("--", "\N{EN DASH}")
    expected = math.floor(gap.expected)
    if gap.unit:
        seen = f"the unit '{gap.unit}' starts no decision in {when} while others do"
        seen_sv = f'enheten "{gap.unit}" har inga nya beslut {when} medan andra har det'
    else:
        seen, seen_sv = f"no decision starts in {when}", f"inga beslut börjar {when}"
    months, months_sv = ("month", "månad") if alone else ("months", "månader")
    return Finding(
        code="W-REPORTING-GAP",
        severity="W",
        column=column if gap.unit else "",
        count=gap.months,
        message=f"{months} without reports: {seen}; at least {expected} were to be expected.",
        message_sv=f"{months_sv} utan uppgifter: {seen_sv}; minst {expected} var att vänta.",
        remedy="Ask whether the extract is complete, for example after a change of system; if not, "
        "start the observation after it.",
        remedy_sv="Fråga om uttaget är fullständigt, till exempel efter ett systembyte; om inte, "
        "låt uppföljningen börja efter luckan.",
    )


@dataclass(frozen=True)
class Regime:
    """A day from which decisions at some levels mean something else, and what was seen around it.

    Attributes
    ----------
    date
        The first day of the new order.
    levels
        Whose decisions it changes.
    months
        Months compared on either side.
    entries_before, entries_after
        Persons who entered at each of `levels` in those months.
    stock_before, stock_after
        Persons at each of `levels` on the day before, and as many months later.
    """

    date: dt.date
    levels: tuple[str, ...]
    months: int
    entries_before: tuple[int, ...]
    entries_after: tuple[int, ...]
    stock_before: tuple[int, ...]
    stock_after: tuple[int, ...]


def regime_finding(regime: Regime, names: Mapping[str, str]) -> Finding:
    """`W-REGIME` with the counts before and after; small ones are withheld.

    Parameters
    ----------
    names
        The Swedish catalogue, for the levels' names.
    """
    parts, parts_sv = [], []
    for level, *counts in zip(
        regime.levels,
        regime.entries_before,
        regime.entries_after,
        regime.stock_before,
        regime.stock_after,
        strict=True,
    ):
        a, b, c, d = (written_few(n) for n in counts)
        parts.append(f"{level}: entries {a} before, {b} after; persons {c} before, {d} after")
        named = names.get(f"state.{level}", level)
        parts_sv.append(f"{named}: nya {a} före, {b} efter; personer {c} före, {d} efter")
    when = regime.date.isoformat()
    act = regime.date == ACT_OF_2025
    law = " (new Social Services Act: support may be given without a decision)" if act else ""
    law_sv = " (ny socialtjänstlag: stöd kan ges utan beslut)" if act else ""
    return Finding(
        code="W-REGIME",
        severity="W",
        count=1,
        message=f"the data cross {when}{law}. Within {regime.months} months of it: "
        + ". ".join(parts)
        + ". A fall there need not be a fall in need.",
        message_sv=f"uppgifterna sträcker sig över {when}{law_sv}. Inom {regime.months} månader: "
        + ". ".join(parts_sv)
        + ". En nedgång där behöver inte betyda att behoven minskat.",
        remedy="Compare with decisions.as_known_on() of the day before, or end the extract there.",
        remedy_sv="Jämför med uttaget som det såg ut dagen innan (as_known_on), eller låt "
        "underlaget sluta där.",
    )


def regimes(
    breaks: Mapping[str, dt.date],
    stays: tuple[Array, Array, Array, Array],
    entered: Array,
    states: Sequence[str],
    first: dt.date,
    last: dt.date,
) -> tuple[Regime, ...]:
    """What was seen around each day of `breaks` that the observation crosses.

    Parameters
    ----------
    breaks
        Level to the first day of its new order.
    stays
        Person, state, first day and the day after the last, of each stay, by person and time; days
        since 1 January 1970.
    entered
        (persons,), whether the person's first stay is an entry that was seen.
    states
        Names of the model's states.
    first, last
        Days of the observation, both included.
    """
    persons, at, start, end = (np.asarray(column) for column in stays)
    new = np.r_[True, persons[1:] != persons[:-1]] if len(persons) else np.zeros(0, dtype=bool)
    new &= np.asarray(entered, dtype=bool)[persons] if len(persons) else new
    found = []
    for date in sorted(set(breaks.values())):
        if not first < date <= last:
            continue
        room = min(month_of(date) - month_of(first), month_of(last) - month_of(date) + 1)
        months = max(1, min(12, room))
        low, day, high = (_day(_moved(date, m)) for m in (-months, 0, months))
        later = min(high, _day(last))
        levels = tuple(s for s in states if breaks.get(s) == date)
        counts = []
        for level in levels:
            here = at == states.index(level)
            begun = start[here & new]
            counts.append((
                int(((low <= begun) & (begun < day)).sum()),
                int(((day <= begun) & (begun < high)).sum()),
                int((here & (start < day) & (end >= day)).sum()),
                int((here & (start <= later) & (end > later)).sum()),
            ))  # fmt: skip
        found.append(Regime(date, levels, months, *(tuple(c) for c in zip(*counts, strict=True))))
    return tuple(found)


def observed_breaks(
    core: Any,
    model: Model,
    observed_from: dt.date | None,
    breaks: Mapping[str, dt.date],
) -> tuple[tuple[ReportingGap, ...], tuple[Regime, ...]]:
    """Reporting gaps and crossed days of decisions that have been read."""
    stays = core.stays()
    units, months, counts = core.started()
    if not len(stays[0]) or not core.extraction:
        return (), ()
    last = dt.date.fromisoformat(core.extraction)
    first = observed_from or dt.date.fromordinal(int(stays[2].min()) + 719163)
    begin = month_of(first) + (first.day > 1)
    end = month_of(last + dt.timedelta(days=1))  # the first month that is not complete
    gaps: tuple[ReportingGap, ...] = ()
    if len(units) and end > begin:
        table = np.zeros((len(core.units), end - begin), dtype=np.int64)
        inside = (months >= begin) & (months < end)
        table[units[inside], months[inside] - begin] = counts[inside]
        gaps = reporting_gaps(core.units, table, begin)
    return gaps, regimes(breaks, stays, core.entered, model.states, first, last)


def _moved(day: dt.date, months: int) -> dt.date:
    month = month_of(day) + months
    return dt.date(month // 12, month % 12 + 1, min(day.day, 28))


def _day(date: dt.date) -> int:
    return date.toordinal() - 719163
