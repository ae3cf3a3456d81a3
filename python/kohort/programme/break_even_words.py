"""What a break-even says, in one language: sentences and tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kohort.programme.team import INPUTS
from kohort.support._language import Language

if TYPE_CHECKING:
    from kohort.programme.break_even_result import BreakEven, Limits, Points, Threshold


def sentences(found: BreakEven, words: Language) -> list[str]:
    """The answer in sentences, the most important first."""
    said = []
    after = found.programme.saving_after_discharge
    if after:
        which = "broad" if after > 0 else "broad_loss"
        said.append(_crossing(found, found.broad, found.broad_limits, which, words))
        said.append(_crossing(found, found.narrow, found.narrow_limits, "narrow", words))
    else:
        said.append(_crossing(found, found.broad, found.broad_limits, "only", words))
    said.append(_net(found, words))
    said.append(
        words.text(
            "programme.enrolment",
            enrolled=persons(found.enrolment.enrolled, words),
            starts=persons(found.enrolment.starts, words),
            stay=_plain(found.enrolment.stay, words),
            heads=persons(found.enrolment.head_count, words),
        )
    )
    said += _steps(found, words)
    if found.broad.verdict != "pays" or found.net < 0:
        said.append(would_take(found, words))
    said.append(_payback(found, words))
    if found.with_average_cost is not None:
        said.append(_average(found, words))
    return said


def persons(n: float, words: Language) -> str:
    """A number of persons: one decimal, unless it is whole or large; or "never"."""
    if math.isinf(n):
        return words.text("programme.never")
    return words.number(n, 0 if n >= 1000 or abs(n - round(n)) < 0.05 else 1)


def kronor(amount: float, words: Language) -> str:
    """Kronor with a precision that a reader can use: hundreds from ten thousand on."""
    return words.number(round(amount, -2) if abs(amount) >= 10_000 else amount)


def percent(share: float, words: Language) -> str:
    """A share in per cent; small and near-certain ones are told as such."""
    if 0 < share < 0.001:
        return "< " + words.percent(0.001, 1)
    if 0.999 < share < 1:
        return "> " + words.percent(0.999, 1)
    return words.percent(share, 1 if share < 0.1 or share > 0.9 else 0)


def _plain(x: float, words: Language) -> str:
    return words.number(x, 0 if abs(x - round(x)) < 1e-9 else 1)


def interval(limits: Limits | None, level: float, words: Language) -> str:
    """The interval of N*, with what is unbounded in words."""
    if limits is None:
        return ""
    shown = {"level": words.percent(level), "never": percent(limits.never, words)}
    if math.isinf(limits.low):
        return words.text("programme.no_limits", **shown)
    if math.isinf(limits.high):
        return words.text("programme.no_upper", low=persons(limits.low, words), **shown)
    span = f"{persons(limits.low, words)}\N{EN DASH}{persons(limits.high, words)}"
    return words.text("programme.limits", span=span, **shown)


def _crossing(
    found: BreakEven, points: Points, limits: Limits | None, which: str, words: Language
) -> str:
    p = found.programme
    if points.verdict == "pays":
        return words.text(
            f"programme.{which}_pays",
            n=persons(points.enrolled, words),
            limits=interval(limits, found.level, words),
        )
    what = words.text(f"programme.{which}_never")
    variable = p.values().get("variable_cost", 0.0)
    if points.verdict == "no_saving":
        saved = points.net_saving + variable
        return words.text(
            "programme.no_saving" if saved >= 0 else "programme.no_saving_loss",
            what=what,
            saved=kronor(abs(saved), words),
            cost=kronor(variable, words),
        )
    one_team = p._core.cost_of_teams(1) / points.net_saving
    return words.text(
        "programme.beyond_capacity",
        what=what,
        capacity=persons(p.values()["capacity"], words),
        n=persons(one_team, words),
    )


def _steps(found: BreakEven, words: Language) -> list[str]:
    points, p = found.broad, found.programme
    if points.verdict != "pays" or "capacity" not in p.values():
        return []
    capacity = persons(p.values()["capacity"], words)
    if points.goes_on:
        return [words.text("programme.only_full", capacity=capacity)]
    if not points.drops:
        return []
    return [words.text("programme.crossings", capacity=capacity, list=spans(points, words))]


def spans(points: Points, words: Language, shown: int = 6) -> str:
    """All numbers enrolled at which net is not negative: "30-45, from 60"."""
    parts = [
        persons(low, words)
        if low == high
        else f"{persons(low, words)}\N{EN DASH}{persons(high, words)}"
        for low, high in zip(points.rises, points.drops, strict=False)
    ]
    if points.goes_on:
        parts = [*parts, persons(points.rises[-1], words)][:shown]
        return ", ".join([*parts, "\N{HORIZONTAL ELLIPSIS}"])
    if len(parts) > shown:
        parts = [*parts[:shown], "\N{HORIZONTAL ELLIPSIS}"]
    if len(points.rises) > len(points.drops):
        parts.append(words.text("programme.crossing_from", low=persons(points.rises[-1], words)))
    return ", ".join(parts)


def _net(found: BreakEven, words: Language) -> str:
    limits = ""
    if found.net_limits is not None:
        low, high = (kronor(x, words) for x in found.net_limits)
        joint = "\N{EN DASH}" if found.net_limits[0] >= 0 else f" {words.text('word.to')} "
        limits = words.text(
            "programme.limits", level=words.percent(found.level), span=f"{low}{joint}{high}"
        )
    return words.text(
        "programme.net",
        enrolled=persons(found.enrolment.enrolled, words),
        net=kronor(found.net, words),
        limits=limits,
        chance=_chance(found.chance, words),
    )


def _chance(chance: float | None, words: Language) -> str:
    return "" if chance is None else words.text("programme.chance", chance=percent(chance, words))


def input_value(name: str, value: float, words: Language) -> str:
    """The value of an input as a reader writes it: shares in per cent."""
    if math.isinf(value):
        return words.text("programme.none")
    if INPUTS[name][1] == "share" or name == "discount":
        return words.percent(value, 0 if abs(100 * value - round(100 * value)) < 0.05 else 1)
    if name == "capacity":
        return persons(value, words)
    return kronor(value, words) if abs(value) >= 100 else words.number(value, 1)


def needed(t: Threshold, words: Language) -> str:
    """What it takes of one input, in a few words."""
    if t.at is None:
        return words.text(
            "programme.no_threshold_pays" if t.net_low >= 0 else "programme.no_threshold_never"
        )
    side = words.text("programme.at_least" if t.at_least else "programme.at_most")
    return f"{side} {input_value(t.input, t.at, words)}"


def would_take(found: BreakEven, words: Language) -> str:
    """Which figures, each alone, would bring net to 0 at the present number enrolled."""
    enrolled = persons(found.enrolment.enrolled, words)
    names = ("fixed_cost", "hours", "hour_cost", "double_work", "hours_avoided", "variable_cost")
    crossed = [t for t in found.thresholds if t.at is not None]
    parts = [
        f"{words.text(f'programme.input.{t.input}').lower()}: {needed(t, words)}"
        for t in [t for t in crossed if t.input in names] or crossed
    ]
    if not parts:
        return words.text("programme.nothing_would", enrolled=enrolled)
    return words.text("programme.would_take", enrolled=enrolled, list="; ".join(parts))


def _payback(found: BreakEven, words: Language) -> str:
    paid = found.payback
    deepest = kronor(paid.deepest, words)
    if paid.cash_month is None:
        said = words.text("programme.payback_never", months=paid.cash.size, deepest=deepest)
        if paid.accrual_month is not None:
            said += words.text("programme.payback_books", accrual=paid.accrual_month)
        return said
    if paid.cash_for_good != paid.cash_month:
        return words.text(
            "programme.payback_lost" if paid.cash_for_good is None else "programme.payback_again",
            cash=paid.cash_month,
            good=paid.cash_for_good,
            months=paid.cash.size,
            missing=kronor(-paid.cash_so_far[-1], words),
            deepest=deepest,
        )
    if paid.cash_month == 1:
        soon = paid.accrual_month == 1
        key = "programme.payback_soon" if soon else "programme.payback_first"
        return words.text(key, months=paid.cash.size)
    if paid.accrual_month is None:
        return words.text(
            "programme.payback_cash", cash=paid.cash_month, months=paid.cash.size, deepest=deepest
        )
    return words.text(
        "programme.payback",
        cash=paid.cash_month,
        accrual=paid.accrual_month,
        deepest=deepest,
    )


def _average(found: BreakEven, words: Language) -> str:
    p, n = found.programme, found.with_average_cost
    assert n is not None
    shown = {
        "average": kronor(p.average_hour_cost or 0.0, words),
        "marginal": kronor(p.values()["hour_cost"], words),
    }
    if math.isinf(n):
        return words.text("programme.average_never", **shown)
    return words.text("programme.average", n=persons(n, words), **shown)


def _fieller(limits: Limits, words: Language) -> str:
    shape, low, high = limits.fieller
    if shape == "everywhere":
        return words.text("programme.everywhere")
    if shape == "interval":
        return f"{persons(max(low, 0), words)}\N{EN DASH}{persons(high, words)}"
    if low <= 0:  # nobody enrols a negative number of people
        return words.text("programme.outside_upper", high=persons(max(high, 0), words))
    return words.text("programme.outside", low=persons(low, words), high=persons(high, words))


def grid(found: BreakEven, words: Language) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of the main table: narrow and broad side by side."""
    level = {"level": words.percent(found.level)}
    n = persons(found.enrolment.enrolled, words)
    sides = (
        (found.narrow, found.narrow_limits, found.narrow_net, found.narrow_net_limits,
         found.narrow_chance),
        (found.broad, found.broad_limits, found.net, found.net_limits, found.chance),
    )  # fmt: skip
    variable = found.programme.values().get("variable_cost", 0.0)
    rows = [
        ["row_enrolled", *(persons(s[0].enrolled, words) for s in sides)],
        ["row_starts", *(persons(s[0].starts, words) for s in sides)],
        ["row_saving", *(kronor(s[0].net_saving + variable, words) for s in sides)],
        ["row_net_saving", *(kronor(s[0].net_saving, words) for s in sides)],
        ["row_net", *(kronor(s[2], words) for s in sides)],
    ]
    if found.broad_limits is not None:
        bound = [s[1] for s in sides if s[1] is not None]
        nets = [s[3] for s in sides if s[3] is not None]
        none = words.text("programme.none")
        shown = [[persons(x.low, words), none if math.isinf(x.high) else persons(x.high, words)]
                 for x in bound]  # fmt: skip
        limited = "capacity" in found.programme.values()
        rows[1:1] = [
            ["row_low", *(x[0] for x in shown)],
            ["row_high", *(x[1] for x in shown)],
            [f"row_fieller{'_room' * limited}", *(_fieller(x, words) for x in bound)],
            ["row_never", *(percent(x.never, words) for x in bound)],
        ]
        rows += [
            ["row_net_low", *(kronor(x[0], words) for x in nets)],
            ["row_net_high", *(kronor(x[1], words) for x in nets)],
            ["row_chance", *(percent(s[4] or 0.0, words) for s in sides)],
        ]
    heads = [words.text(f"programme.head_{h}") for h in ("figure", "narrow", "broad")]
    return heads, [[words.text(f"programme.{row[0]}", n=n, **level), *row[1:]] for row in rows]


def threshold_grid(found: BreakEven, words: Language) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of the thresholds at the present number enrolled."""
    heads = [words.text(f"programme.head_{h}") for h in ("input", "value", "direction")]
    rows = [
        [
            words.text(f"programme.input.{t.input}"),
            input_value(t.input, t.value, words),
            needed(t, words),
        ]
        for t in found.thresholds
    ]
    return heads, rows
