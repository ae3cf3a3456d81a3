"""At how many enrolled does a team pay for itself, and how sure is that?"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.programme.break_even_result import BreakEven, Limits, Payback, Points, Threshold
from kohort.programme.enrolment import finding, stock_and_flow
from kohort.programme.team import INPUTS, Programme, Uncertain
from kohort.support._arrays import frozen_copy
from kohort.support._language import language
from kohort.support._refusal import refuse
from kohort.uncertainty.few_draws import enough

Array = npt.NDArray[Any]


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
    check_draws("break_even", draws if spread else 0, level)
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
        narrow=points_of(core, narrow=True),
        broad=points_of(core, narrow=False),
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
            share: points_of(programme.replaced(double_work=share)._core, narrow=False).enrolled
            for share in (0.0, 0.25, 0.5)
        },
        level=level,
        draws=draws if drawn is not None else 0,
        seed=seed,
        findings=tuple(findings),
        _draws=drawn,
    )


def check_draws(where: str, draws: int, level: float) -> None:
    """Refuse so few draws that an interval would lie between the outermost two of them."""
    if draws > 0 and 0 < level < 1 and not enough(draws, level):
        refuse(
            "E-SETTING", where, f"draws={draws} with level={level:g}",
            "an interval has draws on both sides of it", "Take 1000 or more, or 0 for no interval",
        )  # fmt: skip


def points_of(core: Any, *, narrow: bool, above: float = 0.0) -> Points:
    found = core.break_even(narrow, above)
    for name in ("rises", "drops"):
        found[name] = tuple(found[name])
    return Points(**found)


def _limits(programme: Programme, drawn: Any, level: float, *, narrow: bool) -> Limits | None:
    if drawn is None:
        return None
    m, point = drawn.net_saving(narrow), programme.net_saving(narrow=narrow)
    if programme.team_costs:
        F, K = _crossed_costs(programme, m, drawn.value("capacity"))
        room = np.array([programme.values().get("capacity", np.inf)])
        cost = float(_crossed_costs(programme, np.array([point]), room)[0][0])
    else:
        F, K = drawn.value("fixed_cost"), drawn.value("capacity")
        cost = programme._core.cost_of_teams(1)
    found = _core.interval_of_break_even(list(m), list(F), list(K), level)
    covariance = np.cov(m, F) if m.size > 1 else np.zeros((2, 2))
    check = _core.fieller(
        point, float(covariance[0, 0]), cost, float(covariance[1, 1]), float(covariance[0, 1]),
        level,
    )  # fmt: skip
    return Limits(**found, fieller=check)


def _crossed_costs(programme: Programme, m: Array, capacity: Array) -> tuple[Array, Array]:
    """Of each draw N* x m at the first number of teams that is enough, and the room it must fit in.

    With a cost for each number of teams a second team may pay where the first does not.
    """
    costs = np.asarray(programme.team_costs)
    teams = np.arange(1, costs.size + 1)
    need = np.divide(
        costs, m[:, None], out=np.full((m.size, costs.size), np.inf), where=m[:, None] > 0
    )
    pays = need <= teams * capacity[:, None] * (1 + 1e-12)
    first = np.argmax(pays, axis=1)
    begins = first * np.where(first > 0, capacity, 0)
    crossed = np.maximum(costs[first], m * begins)
    return crossed, np.where(pays.any(axis=1), np.inf, np.finfo(float).tiny)


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
    return points_of(other._core, narrow=False).enrolled
