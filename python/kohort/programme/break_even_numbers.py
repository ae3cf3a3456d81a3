"""What a break-even comes to, in plain numbers: tables for data frames, a document for machines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from kohort.programme.team import Uncertain

if TYPE_CHECKING:
    from kohort.programme.break_even_result import BreakEven, Limits, Points

Columns = dict[str, Any]


def tables(found: BreakEven) -> dict[str, Columns]:
    """Tables for data frames, numbers in full."""
    sides = {"narrow": found.narrow, "broad": found.broad}
    limits = {"narrow": found.narrow_limits, "broad": found.broad_limits}
    summary: Columns = {
        "counted": list(sides),
        "enrolled": [s.enrolled for s in sides.values()],
        "low": [x.low if x else math.nan for x in limits.values()],
        "high": [x.high if x else math.nan for x in limits.values()],
        "never": [x.never if x else math.nan for x in limits.values()],
        "starts": [s.starts for s in sides.values()],
        "net_saving": [s.net_saving for s in sides.values()],
        "net": [found.narrow_net, found.net],
        "chance": [math.nan if c is None else c for c in (found.narrow_chance, found.chance)],
    }
    thresholds = {
        name: [getattr(t, name) for t in found.thresholds]
        for name in ("input", "value", "at_least", "low", "high", "net_low", "net_high")
    }
    thresholds["at"] = [math.nan if t.at is None else t.at for t in found.thresholds]
    paid = found.payback
    months = {
        "month": np.arange(1, paid.cash.size + 1),
        "enrolled": paid.enrolled,
        "discharged": paid.discharged,
        "cash": paid.cash,
        "accrual": paid.accrual,
        "cash_so_far": paid.cash_so_far,
        "accrual_so_far": paid.accrual_so_far,
    }
    return {
        "summary": summary,
        "thresholds": thresholds,
        "curve": found.curve(),
        "payback": months,
    }


def _number(x: float | None) -> float | None:
    return None if x is None or not math.isfinite(x) else float(x)


def _points(points: Points, limits: Limits | None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "verdict": points.verdict,
        "enrolled": _number(points.enrolled),
        "starts": _number(points.starts),
        "smallest_whole": _number(points.smallest_whole),
        "net_saving": points.net_saving,
        "rises": list(points.rises),
        "drops": list(points.drops),
        "for_good": _number(points.for_good),
    }
    if limits is not None:
        made["interval"] = {
            "low": _number(limits.low),
            "high": _number(limits.high),
            "never": limits.never,
            "no_saving": limits.no_saving,
            "beyond_capacity": limits.beyond_capacity,
            "fieller": [limits.fieller[0], *(_number(x) for x in limits.fieller[1:])],
        }
    return made


def document(found: BreakEven) -> dict[str, Any]:
    """Everything as plain numbers for JSON; what is infinite is None."""
    e, p, paid = found.enrolment, found.programme, found.payback
    given = {
        name: {"value": _number(value)}
        | (
            {"se": x.se, "shape": x.shape or ""}
            if isinstance(x := getattr(p, name), Uncertain)
            else {}
        )
        for name, value in p.values().items()
    }
    return {
        "price_year": p.price_year,
        "evidence": p.evidence,
        "inputs": given,
        "enrolment": {
            "enrolled": e.enrolled,
            "starts": e.starts,
            "stay": e.stay,
            "head_count": e.head_count,
            "gap": _number(e.gap) if e.checked else None,
        },
        "narrow": _points(found.narrow, found.narrow_limits),
        "broad": _points(found.broad, found.broad_limits),
        "net": {
            "broad": found.net,
            "broad_limits": found.net_limits,
            "chance": found.chance,
            "narrow": found.narrow_net,
            "narrow_limits": found.narrow_net_limits,
            "narrow_chance": found.narrow_chance,
        },
        "thresholds": [
            {
                "input": t.input, "value": _number(t.value), "at": t.at,
                "direction": "at_least" if t.at_least else "at_most",
                "range": [t.low, t.high], "net_at_range": [_number(t.net_low), _number(t.net_high)],
            }
            for t in found.thresholds
        ],
        "payback": {
            "cash_month": paid.cash_month,
            "cash_for_good": paid.cash_for_good,
            "accrual_month": paid.accrual_month,
            "deepest": paid.deepest,
            "horizon": int(paid.cash.size),
        },
        "enrolled_with_average_cost": _number(found.with_average_cost),
        "level": found.level,
        "draws": found.draws,
        "seed": found.seed,
    }  # fmt: skip
