"""At how many enrolled does a team pay for itself, and how sure is that?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core, _frames, _html, _text
from kohort._arrays import frozen_copy
from kohort._language import language, plain_english
from kohort.enrolment import StockFlow, finding, stock_and_flow
from kohort.programme import INPUTS, Programme, Uncertain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[Any]


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
        tables = self._tables()
        if table not in tables:
            _core.reject(
                "E-SETTING", "to_frame", f"table={table!r}",
                f"it is one of {', '.join(tables)}", "Ask for one of them",
            )  # fmt: skip
        return _frames.to_frame(tables[table], backend)

    def _tables(self) -> dict[str, dict[str, Any]]:
        from kohort.report import break_even as page

        return page.tables(self)

    def plot(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """Net a month by number enrolled, with its interval and where it crosses 0."""
        from kohort import plots_programme

        return plots_programme.net_by_enrolled(self, ax, lang=lang)

    def plot_payback(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """Cash and accrual, summed month by month."""
        from kohort import plots_programme

        return plots_programme.payback(self, ax, lang=lang)

    def in_words(self, lang: str = "en") -> list[str]:
        """The answer in sentences, the most important first."""
        from kohort.report import break_even as page

        return page.sentences(self, language(lang))

    def document(self) -> dict[str, Any]:
        """Everything as plain numbers for JSON; what is infinite is None."""
        from kohort.report import break_even as page

        return page.document(self)

    def __str__(self) -> str:
        from kohort.report import break_even as page

        words = plain_english()
        lines = page.sentences(self, words)
        doubts = [str(f) for f in self.findings if f.code.startswith("W-")]
        return "\n".join([*lines, *doubts, "", _text.table(*page.grid(self, words))])

    def _repr_html_(self) -> str:
        from kohort.report import break_even as page

        plain = plain_english()
        doubts = [str(f) for f in self.findings if f.code.startswith("W-")]
        said = [*page.sentences(self, plain), *doubts]
        words = "".join(f"<p>{escape(line)}</p>" for line in said)
        good = self.net > 0
        return _html.block(
            self.programme.name or "Break-even",
            verdict="pays at the present number" if good else "does not pay at the present number",
            good=good,
            parts=[words, _html.table(*page.grid(self, plain))],
        )


def break_even(
    programme: Programme,
    *,
    enrolled: float | Uncertain | None = None,
    starts: float | None = None,
    head_count: float | None = None,
    draws: int = 10_000,
    seed: int = 1,
    level: float = 0.95,
    months: int = 60,
    growing: float = 0.0,
    housing_month: int = 12,
    enrolled_variance: float = 0.0,
    starts_counted: float = 0.0,
    stays_counted: float = 0.0,
    stay_cv: float = 1.0,
    window: float = 0.0,
) -> BreakEven:
    """At how many enrolled a team pays for itself, how sure that is, and what would change it.

    Asks for at least two of N (enrolled on a day), lambda (starts a month) and L (months' stay, in
    the programme), because "30 a month" alone can be a stock or a flow.

    Parameters
    ----------
    programme
        Its costs and effects; those given as `uncertain` are drawn.
    enrolled, starts, head_count
        Now: N on a day, lambda a month, or everyone enrolled some time in a month.
    draws, seed
        Draw k depends on (seed, k) alone, and of each input on its name.
    level
        Of the intervals.
    months, growing, housing_month
        Payback: horizon; months over which starts grow in a straight line; months after discharge
        at which a deferred move to housing is saved.
    enrolled_variance, starts_counted, stays_counted, stay_cv, window
        See `stock_and_flow`.

    Returns
    -------
    BreakEven

    Raises
    ------
    InvalidInput
        `E-STOCK-FLOW`, `E-SETTING`, `E-NUM`, `E-COST`.

    Notes
    -----
    N* = F / (s - v). Draws with s <= v count as infinite, so that the interval of the ratio comes
    from quantiles of (s - v) / F. Fieller (1954), J R Stat Soc B 16:175-185, is the check.

    Examples
    --------
    >>> import kohort as kh
    >>> team = kh.Programme(fixed_cost=300_000, variable_cost=2_000, otherwise_helped=0.8,
    ...                     double_work=0.25, hours=40, hour_cost=500, stay=3, price_year=2024)
    >>> kh.break_even(team, starts=15).broad.enrolled
    30.0
    """
    now = enrolled.value if isinstance(enrolled, Uncertain) else enrolled
    stay = programme.stay.value if isinstance(programme.stay, Uncertain) else programme.stay
    enrolment = stock_and_flow(
        enrolled=now, starts=starts, stay=stay, head_count=head_count,
        enrolled_variance=enrolled_variance, starts_counted=starts_counted,
        stays_counted=stays_counted, stay_cv=stay_cv, window=window,
    )  # fmt: skip
    if programme.stay is None:
        programme = programme.replaced(stay=enrolment.stay)
    core, N = programme._core, enrolment.enrolled
    spread = [x._input(name, INPUTS[name][1]) for name, x in programme.uncertainties().items()]
    if isinstance(enrolled, Uncertain):
        spread.append(enrolled._input("enrolled", "amount"))
    drawn = core.draws(N, spread, draws, seed) if spread and draws else None
    ramp = _core.fill_up(enrolment.enrolled / enrolment.stay, enrolment.stay, growing, months)
    if growing == 0:
        ramp = _core.full_at_once(enrolment.enrolled, enrolment.stay, months)
    findings = list(enrolment.findings)
    if drawn is None:
        findings.append(
            finding("I-NO-SPREAD", language("en").text("programme.finding_i_no_spread"))
        )
    return BreakEven(
        programme=programme,
        enrolment=enrolment,
        narrow=_points(core, narrow=True),
        broad=_points(core, narrow=False),
        narrow_limits=_limits(programme, drawn, level, narrow=True),
        broad_limits=_limits(programme, drawn, level, narrow=False),
        net=programme.net(N),
        narrow_net=programme.net(N, narrow=True),
        net_limits=_quantiles(drawn, level, narrow=False),
        narrow_net_limits=_quantiles(drawn, level, narrow=True),
        chance=None if drawn is None else float(np.mean(drawn.net(False) > 0)),
        narrow_chance=None if drawn is None else float(np.mean(drawn.net(True) > 0)),
        thresholds=_thresholds(core, N, narrow=False),
        narrow_thresholds=_thresholds(core, N, narrow=True),
        payback=_payback(core, ramp, housing_month),
        with_average_cost=_with_average(programme),
        by_double_work={
            share: _points(programme.replaced(double_work=share)._core, narrow=False).enrolled
            for share in (0.0, 0.25, 0.5)
        },
        level=level,
        draws=draws if drawn is not None else 0,
        seed=seed,
        findings=tuple(findings),
        _draws=drawn,
    )


def _points(core: Any, *, narrow: bool, above: float = 0.0) -> Points:
    found = core.break_even(narrow, above)
    for name in ("rises", "drops"):
        found[name] = tuple(found[name])
    return Points(**found)


def _limits(programme: Programme, drawn: Any, level: float, *, narrow: bool) -> Limits | None:
    if drawn is None:
        return None
    m, F = drawn.net_saving(narrow), _first_team(programme, drawn)
    found = _core.interval_of_break_even(list(m), list(F), list(drawn.value("capacity")), level)
    covariance = np.cov(m, F) if m.size > 1 else np.zeros((2, 2))
    point, cost = programme.net_saving(narrow=narrow), programme._core.cost_of_teams(1)
    check = _core.fieller(
        point, float(covariance[0, 0]), cost, float(covariance[1, 1]), float(covariance[0, 1]),
        level,
    )  # fmt: skip
    return Limits(**found, fieller=check)


def _first_team(programme: Programme, drawn: Any) -> Array:
    if programme.team_costs:
        return np.full(drawn.value("fixed_cost").size, programme.team_costs[0])
    values: Array = drawn.value("fixed_cost")
    return values


def _quantiles(drawn: Any, level: float, *, narrow: bool) -> tuple[float, float] | None:
    if drawn is None:
        return None
    low, high = np.quantile(drawn.net(narrow), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _thresholds(core: Any, enrolled: float, *, narrow: bool) -> tuple[Threshold, ...]:
    found = []
    for t in core.thresholds(enrolled, narrow, 0.0):
        crosses = t.pop("crosses")
        t["at"] = t["at"] if crosses else None
        found.append(Threshold(**t))
    return tuple(found)


def _payback(core: Any, ramp: tuple[list[float], list[float]], housing_month: int) -> Payback:
    found = core.pay_back(*ramp, housing_month)
    for name, value in found.items():
        if isinstance(value, list):
            found[name] = frozen_copy(value)
        elif name.endswith(("month", "for_good")):
            found[name] = value or None
    return Payback(enrolled=frozen_copy(ramp[0]), discharged=frozen_copy(ramp[1]), **found)


def _with_average(programme: Programme) -> float | None:
    if programme.average_hour_cost is None:
        return None
    other = programme.replaced(hour_cost=programme.average_hour_cost)
    return _points(other._core, narrow=False).enrolled


def _span(found: BreakEven) -> Array:
    """Numbers enrolled worth showing, with a point on either side of each step."""
    marks = [found.enrolment.enrolled, *found.broad.rises[:4], *found.narrow.rises[:2]]
    most = 1.5 * max(x for x in marks if np.isfinite(x))
    K = found.programme.values().get("capacity", np.inf)
    steps = np.arange(1, 60) * K if np.isfinite(K) else np.zeros(0)
    steps = steps[steps < most]
    return np.unique(np.concatenate([np.linspace(0, most, 121), steps, steps * (1 + 1e-9)]))
