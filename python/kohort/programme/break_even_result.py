"""What a break-even says: points, limits, thresholds, payback, and all of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from kohort import _core
from kohort.programme.break_even_numbers import document, tables
from kohort.programme.break_even_words import grid, sentences
from kohort.programme.enrolment import StockFlow
from kohort.programme.team import Programme
from kohort.support import _frames, _html, _text
from kohort.support._arrays import Array
from kohort.support._language import language, plain_english

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Points:
    """Where net a month reaches 0 as the number enrolled grows.

    Attributes
    ----------
    verdict
        "pays"; "no_saving": each enrolled costs more than is saved (s <= v); "beyond_capacity": not
        even a full team pays.
    net_saving
        s - v, kronor per enrolled person and month.
    enrolled, starts
        N* of one team and lambda* = N* / L; infinite if it never pays.
    rises, drops
        All numbers enrolled at which net turns positive, and after which one team more turns it
        negative.
    for_good
        From here on it stays positive; infinite if there is no such number.
    smallest_whole
        Of whole persons.
    goes_on
        Rises and drops repeat for ever.
    """

    verdict: str
    net_saving: float
    enrolled: float
    starts: float
    rises: tuple[float, ...]
    drops: tuple[float, ...]
    for_good: float
    smallest_whole: float
    goes_on: bool


@dataclass(frozen=True)
class Limits:
    """N* with its interval by draws; an infinite limit means that there is none.

    Attributes
    ----------
    low, high, median
        Of N*; s <= v counts as infinite.
    never, no_saving, beyond_capacity
        Share of draws in which it never pays, because s <= v, or because a full team is not enough.
    fieller
        The check: ("interval", low, high), ("outside", a, b) for N <= a or N >= b, or
        ("everywhere", ...).
    """

    low: float
    high: float
    median: float
    never: float
    no_saving: float
    beyond_capacity: float
    fieller: tuple[str, float, float]


@dataclass(frozen=True)
class Threshold:
    """The value of one input at which net a month is 0, the others as they are.

    Attributes
    ----------
    input, value
        Which, and as given.
    at
        That value; None if there is none between `low` and `high`.
    at_least
        Whether net is positive from `at` upwards, or up to it.
    low, high, net_low, net_high
        The range searched and net a month at its ends.
    """

    input: str
    value: float
    at: float | None
    at_least: bool
    low: float
    high: float
    net_low: float
    net_high: float


@dataclass(frozen=True, eq=False)
class Payback:
    """When the money comes: cash month by month, and the steady state's books beside it.

    Attributes
    ----------
    enrolled, discharged
        By month.
    cash, accrual, cash_so_far, accrual_so_far
        Kronor by month, and summed with start-up taken off.
    cash_month, accrual_month
        The first month at whose end the sum is not negative; None if not within the horizon.
    cash_for_good, accrual_for_good
        The month since when it has been so at the end of the horizon.
    deepest
        What must be financed at the most, kronor.
    """

    enrolled: Array
    discharged: Array
    cash: Array
    accrual: Array
    cash_so_far: Array
    accrual_so_far: Array
    cash_month: int | None
    cash_for_good: int | None
    accrual_month: int | None
    accrual_for_good: int | None
    deepest: float


@dataclass(frozen=True, eq=False)
class BreakEven:
    """What `break_even` found. Narrow: nothing is saved after discharge. Broad: all is counted.

    Attributes
    ----------
    programme, enrolment
        What it is about; the stay is that of the enrolment.
    narrow, broad
        Crossings of the point estimate.
    narrow_limits, broad_limits
        Intervals by draws; None if no input is uncertain.
    net, narrow_net
        Kronor a month at the number enrolled.
    net_limits, narrow_net_limits
        Their intervals.
    chance, narrow_chance
        P(net > 0) at the number enrolled; None if nothing is uncertain.
    thresholds, narrow_thresholds
        One for each input, at the number enrolled.
    payback
        When the money comes.
    with_average_cost
        N* if the average cost of an hour were saved; None if no average was given.
    by_double_work
        Share of double work to N* (broad).
    level, draws, seed
        Of the intervals.
    findings
        What a reader should know.
    """

    programme: Programme
    enrolment: StockFlow
    narrow: Points
    broad: Points
    narrow_limits: Limits | None
    broad_limits: Limits | None
    net: float
    narrow_net: float
    net_limits: tuple[float, float] | None
    narrow_net_limits: tuple[float, float] | None
    chance: float | None
    narrow_chance: float | None
    thresholds: tuple[Threshold, ...]
    narrow_thresholds: tuple[Threshold, ...]
    payback: Payback
    with_average_cost: float | None
    by_double_work: Mapping[float, float]
    level: float
    draws: int
    seed: int
    findings: tuple[Any, ...]
    _draws: Any = field(default=None, repr=False)

    def curve(
        self, enrolled: Sequence[float] | Array | None = None, *, narrow: bool = False
    ) -> dict[str, Array]:
        """Net a month by number enrolled: columns enrolled, net, low, median, high, chance.

        Parameters
        ----------
        enrolled
            Where; by default 0 to well beyond break-even and the present number.
        narrow
            Nothing is saved after discharge.
        """
        at = _span(self) if enrolled is None else np.asarray(enrolled, dtype=float)
        net = np.array([self.programme.net(n, narrow=narrow) for n in at])
        table = {"enrolled": at, "net": net}
        if self._draws is not None:
            tail = (1 - self.level) / 2
            bands = self._draws.net_by_enrolled(list(at), [tail, 0.5, 1 - tail], narrow)
            table |= {"low": bands[0], "median": bands[1], "high": bands[2]}
            table["chance"] = np.array(self._draws.chance_of_gain(list(at), narrow))
        return table

    def threshold(self, name: str, *, narrow: bool = False) -> Threshold:
        """The threshold of one input; KeyError if net does not depend on it."""
        for t in self.narrow_thresholds if narrow else self.thresholds:
            if t.input == name:
                return t
        raise KeyError(name)

    def to_frame(self, table: str = "summary", backend: str | None = None) -> Any:
        """One of the tables as a data frame: summary, thresholds, curve or payback."""
        found = tables(self)
        if table not in found:
            _core.reject(
                "E-SETTING", "to_frame", f"table={table!r}",
                f"it is one of {', '.join(found)}", "Ask for one of them",
            )  # fmt: skip
        return _frames.to_frame(found[table], backend)

    def plot(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """Net a month by number enrolled, with its interval and where it crosses 0."""
        from kohort.plots import programme as plots_programme

        return plots_programme.net_by_enrolled(self, ax, lang=lang)

    def plot_payback(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """Cash and accrual, summed month by month."""
        from kohort.plots import programme as plots_programme

        return plots_programme.payback(self, ax, lang=lang)

    def in_words(self, lang: str = "en") -> list[str]:
        """The answer in sentences, the most important first."""
        return sentences(self, language(lang))

    def document(self) -> dict[str, Any]:
        """Everything as plain numbers for JSON; what is infinite is None."""
        return document(self)

    def __str__(self) -> str:
        words = plain_english()
        lines = sentences(self, words)
        doubts = [str(f) for f in self.findings if f.code.startswith("W-")]
        return "\n".join([*lines, *doubts, "", _text.table(*grid(self, words))])

    def _repr_html_(self) -> str:
        plain = plain_english()
        doubts = [str(f) for f in self.findings if f.code.startswith("W-")]
        said = [*sentences(self, plain), *doubts]
        words = "".join(f"<p>{escape(line)}</p>" for line in said)
        good = self.net > 0
        return _html.block(
            self.programme.name or "Break-even",
            verdict="pays at the present number" if good else "does not pay at the present number",
            good=good,
            parts=[words, _html.table(*grid(self, plain))],
        )


def _span(found: BreakEven) -> Array:
    """Numbers enrolled worth showing, with a point on either side of each step."""
    marks = [found.enrolment.enrolled, *found.broad.rises[:4], *found.narrow.rises[:2]]
    most = 1.5 * max(x for x in marks if np.isfinite(x))
    K = found.programme.values().get("capacity", np.inf)
    steps = np.arange(1, 60) * K if np.isfinite(K) else np.zeros(0)
    steps = steps[steps < most]
    return np.unique(np.concatenate([np.linspace(0, most, 121), steps, steps * (1 + 1e-9)]))
