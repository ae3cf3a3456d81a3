"""Ways of doing it, compared: keep the team, close it, build rehabilitation into home help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.programme.break_even import check_draws, points_of
from kohort.programme.break_even_result import Points
from kohort.programme.break_even_words import kronor, percent, persons, spans
from kohort.programme.team import INPUTS, Programme, Uncertain
from kohort.support import _frames, _html, _text
from kohort.support._language import Language, language, plain_english

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Way:
    """One way of doing it.

    Attributes
    ----------
    name
        Shown.
    programme
        What it costs and saves against home help as usual, without any team. Its own `start_up` is
        not counted: a team that is there has paid it.
    enrolled
        On a day; may be `uncertain`.
    one_off
        Kronor once at the start: setting up, training, winding up.
    """

    name: str
    programme: Programme
    enrolled: float | Uncertain
    one_off: float = 0.0


def closing(
    name: str, *, price_year: int, one_off: float = 0.0, remaining_cost: float = 0.0
) -> Way:
    """The way of closing the team: home help as usual.

    Parameters
    ----------
    name
        Shown.
    price_year
        The year whose money it is.
    one_off
        Kronor for winding up.
    remaining_cost
        Kronor a month that go on: staff who stay on the payroll without replacing others.
    """
    idle = Programme(
        fixed_cost=remaining_cost, hours=0.0, hour_cost=0.0, stay=1.0, price_year=price_year,
        name=name,
    )  # fmt: skip
    return Way(name, idle, 0.0, one_off)


@dataclass(frozen=True, eq=False)
class WaysCompared:
    """What `compare_ways` found; arrays are by way, in the order given.

    Attributes
    ----------
    ways
        As given.
    net, low, high
        Kronor a month in steady state against home help as usual; limits NaN if nothing is
        uncertain.
    total
        Cash after `months`, one-off costs included.
    best
        Share of draws in which each has the largest net, ties split.
    better
        [i, j]: share of draws in which i is better than j.
    regret
        Kronor a month lost on average by choosing it, against the best way in each draw.
    turning_points
        (way, other way) to where the first reaches the net of the other as its enrolled grow.
    level, draws, seed, months
        Settings.
    """

    ways: tuple[Way, ...]
    net: Array
    low: Array
    high: Array
    total: Array
    best: Array
    better: Array
    regret: Array
    turning_points: dict[tuple[str, str], Points]
    level: float
    draws: int
    seed: int
    months: int
    _net_draws: Array = field(repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the ways."""
        return tuple(way.name for way in self.ways)

    def to_frame(self, backend: str | None = None) -> Any:
        """One row for each way as a data frame."""
        enrolled = [_number(way.enrolled) for way in self.ways]
        columns = {"way": list(self.names), "enrolled": enrolled}
        columns |= {
            name: getattr(self, name) for name in ("net", "low", "high", "total", "best", "regret")
        }
        return _frames.to_frame(columns, backend)

    def grid(self, words: Language) -> tuple[list[str], list[list[str]]]:
        """Heads and rows in one language."""
        uncertain = bool(np.isfinite(self.low).all())
        names = ["way", "enrolled", "net", *(["low", "high"] if uncertain else []), "total"]
        names += ["best", "regret"] if uncertain else []
        level = words.percent(self.level)
        heads = [
            words.text(f"programme.ways.head_{n}", level=level, months=self.months) for n in names
        ]
        rows = []
        for i, way in enumerate(self.ways):
            row = [way.name, persons(_number(way.enrolled), words), kronor(self.net[i], words)]
            row += [kronor(x[i], words) for x in (self.low, self.high)] if uncertain else []
            row += [kronor(self.total[i], words)]
            row += (
                [percent(self.best[i], words), kronor(self.regret[i], words)] if uncertain else []
            )
            rows.append(row)
        return heads, rows

    def in_words(self, lang: str = "en") -> list[str]:
        """Which way is best, how sure that is, and where the order turns."""
        return self._said(language(lang))

    def _said(self, words: Language) -> list[str]:
        top = int(np.argmax(self.net))
        uncertain = bool(np.isfinite(self.low).all())
        said = [
            words.text(
                "programme.ways.lead" if uncertain else "programme.ways.lead_point",
                best=self.names[top],
                net=kronor(self.net[top], words),
                chance=percent(self.best[top], words),
            )
        ]
        for (name, other), points in self.turning_points.items():
            if name != self.names[0]:
                continue
            at = points.enrolled
            if points.drops or points.goes_on:  # with step costs the first crossing is not all
                key = "turns_on" if points.goes_on else "turns_steps"
            elif at == 0:
                key = "always_turns"
            elif points.verdict == "no_saving":
                at = _ahead_until(self.ways[0].programme, self.net[self.names.index(other)])
                key = "never_turns" if at < 0 else "turns_down"
                key = "always_turns" if np.isinf(at) else key
            else:
                key = "turns" if np.isfinite(at) else "never_turns"
            shown = {
                "name": name, "other": other, "n": persons(at, words),
                "list": spans(points, words),
            }  # fmt: skip
            said.append(words.text(f"programme.ways.{key}", **shown))
        year = self.ways[0].programme.price_year
        return [*said, words.text("programme.ways.note", year=year)]

    def document(self) -> list[dict[str, Any]]:
        """Plain numbers for JSON."""
        finite = bool(np.isfinite(self.low).all())
        return [
            {
                "way": way.name,
                "enrolled": _number(way.enrolled),
                "net": float(self.net[i]),
                "limits": [float(self.low[i]), float(self.high[i])] if finite else None,
                "total": float(self.total[i]),
                "best": float(self.best[i]),
                "regret": float(self.regret[i]),
            }
            for i, way in enumerate(self.ways)
        ]

    def plot(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """Net a month of each way with its interval."""
        from kohort.plots import programme as plots_programme

        return plots_programme.ways(self, ax, lang=lang)

    def __str__(self) -> str:
        words = plain_english()
        return "\n".join([*self._said(words), "", _text.table(*self.grid(words))])

    def _repr_html_(self) -> str:
        plain = plain_english()
        words = "".join(f"<p>{escape(line)}</p>" for line in self._said(plain))
        return _html.block("Ways compared", parts=[words, _html.table(*self.grid(plain))])


def compare_ways(
    ways: Sequence[Way],
    *,
    draws: int = 10_000,
    seed: int = 1,
    level: float = 0.95,
    months: int = 60,
    housing_month: int = 12,
) -> WaysCompared:
    """Compare ways by what is left a month, on common draws.

    An input of the same name has the same quantile in every way within a draw: what an hour of home
    help costs is uncertain, but it is the same uncertainty whatever is chosen.

    Parameters
    ----------
    ways
        At least two, in prices of one year.
    draws, seed, level
        As in `break_even`.
    months
        Over which cash is summed, from full enrolment on.
    housing_month
        As in `break_even`.

    Raises
    ------
    InvalidInput
        `E-SETTING`: fewer than two ways, two of one name, or prices of different years.
    """
    if len(ways) < 2 or len({way.name for way in ways}) < len(ways):
        _core.reject(
            "E-SETTING", "compare_ways", f"{len(ways)} ways were given",
            "at least two of different names are needed", "Add `closing(...)`, say",
        )  # fmt: skip
    years = sorted({way.programme.price_year for way in ways})
    if len(years) > 1:
        _core.reject(
            "E-SETTING", "compare_ways", f"prices of {years} were given",
            "amounts are compared in prices of one year", "Convert them first",
        )  # fmt: skip
    nets, points, totals, uncertain = [], [], [], False
    for way in ways:
        p, n = way.programme, _number(way.enrolled)
        spread = [x._input(name, INPUTS[name][1]) for name, x in p.uncertainties().items()]
        if isinstance(way.enrolled, Uncertain):
            spread.append(way.enrolled._input("enrolled", "amount"))
        uncertain = uncertain or bool(spread)
        nets.append(np.asarray(p._core.draws(n, spread, max(draws, 1), seed).net(False)))
        points.append(p.net(n))
        stay = p.values().get("stay", 1.0)
        paid = p.replaced(start_up=way.one_off)._core.pay_back(
            *_core.full_at_once(n, stay, months), housing_month
        )
        totals.append(paid["cash_so_far"][-1])
    check_draws("compare_ways", draws if uncertain else 0, level)
    net_draws = np.column_stack(nets)
    best, better, regret = _core.compare_ways(net_draws)
    tail = (1 - level) / 2
    low, high = np.quantile(net_draws, [tail, 1 - tail], axis=0)
    if not uncertain:
        low = high = np.full(len(ways), np.nan)
    turning = {
        (way.name, other.name): points_of(way.programme._core, narrow=False, above=points[j])
        for way in ways
        for j, other in enumerate(ways)
        if other is not way and _number(way.enrolled) > 0
    }
    return WaysCompared(
        ways=tuple(ways),
        net=np.array(points),
        low=low,
        high=high,
        total=np.array(totals),
        best=np.array(best),
        better=np.asarray(better),
        regret=np.array(regret),
        turning_points=turning,
        level=level,
        draws=draws if uncertain else 0,
        seed=seed,
        months=months,
        _net_draws=net_draws,
    )


def _ahead_until(programme: Programme, above: float) -> float:
    """The most enrolled at which net is not below `above`, each enrolled costing more than it
    saves; -1 if it is below with nobody enrolled."""
    loss = -programme.net_saving()
    capacity = programme.values().get("capacity", np.inf)
    known = len(programme.team_costs) or 10_000
    for teams in range(1, known + 1):
        left = -programme._core.cost_of_teams(teams) - above
        if left < 0:
            return (teams - 1) * capacity if teams > 1 else -1.0
        until = left / loss if loss > 0 else np.inf
        if until <= teams * capacity:
            return float(max(until, (teams - 1) * capacity if teams > 1 else 0))
    return float(known * capacity)


def _number(x: float | Uncertain) -> float:
    return float(x.value if isinstance(x, Uncertain) else x)
