"""What strategies of a projection cost themselves, and what their effects on hours change."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.interventions.effect import Effect
from kohort.interventions.strategies import Strategy
from kohort.model.stays import length_of_stay
from kohort.projection.phased import places_of

if TYPE_CHECKING:
    from kohort.economics.costs import Costs
    from kohort.model.rates import Rates
    from kohort.projection.projection import Projection

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class StrategyValue:
    """Money of a strategy that is not in the costs of its projection. It never changes.

    Attributes
    ----------
    strategy
        As it was given.
    treated
        (T,) who are worked with from each year on: those who enrol. Where those without support
        are enrolled, the ones among them who apply: who would have come in, had nothing been done.
    treated_draws
        (draws, T): the same in each draw.
    programme, programme_draws
        (T,), (draws, T): what the strategy costs itself, in the money of the projection: kronor of
        its price year, or of each year where a price index was given.
    hours, hours_draws
        (T,), (draws, T): what its effects on hours within a level change in the cost of support, in
        the same money.
    time_off, time_off_draws
        (T, levels), (draws, T, levels): what the effects on hours take off, as years at the level
        with all its hours: those who come in, times the time in the window, times 1 - ratio.
    """

    strategy: Strategy
    treated: Array
    treated_draws: Array
    programme: Array
    programme_draws: Array
    hours: Array
    hours_draws: Array
    time_off: Array
    time_off_draws: Array

    @property
    def costed(self) -> bool:
        """Whether its own cost was given, or it does nothing."""
        return self.strategy.costs is not None or not self.strategy.effects


def valued(
    projection: Projection,
    strategies: Sequence[Strategy],
    fit: Rates,
    costs: Costs | None,
    design: str = "random",
    price_index: Sequence[float] | Array | None = None,
) -> Projection:
    """The projection, each of its strategies with its `StrategyValue`.

    Parameters
    ----------
    projection
        With these strategies.
    strategies
        The same.
    fit, costs
        Rates and costs behind it, for effects on hours.
    design
        Of its draws.
    price_index
        As `kohort.project` takes it: the amounts follow it as the cost of support does.

    Raises
    ------
    InvalidInput
        `E-COST`: a strategy in prices of another year; `E-EFFECT`: an effect on hours that cannot
        be valued, by name.

    Notes
    -----
    An effect on hours changes nobody's moves. It is valued on those treated who come in at the
    level: their number times the expected time at the level in the effect's window since they came,
    at rates averaged over the ages of those at the level, times the cost, times 1 - ratio; in the
    year in which they come.
    """
    courses = {}
    levels = None if price_index is None else np.array(price_index, dtype=float)[1:]
    index = 1.0 if levels is None else levels
    if levels is not None:
        levels.flags.writeable = False
    for s in strategies:
        other = projection.of(s.name)
        check_price_year(s, costs)
        treated, treated_draws = _treated(projection, other, s)
        less = np.zeros((*treated.shape, len(projection.levels)))
        less_draws = np.zeros((*treated_draws.shape, len(projection.levels)))
        for e in s.hours_effects():
            _check_hours(s, e)
            point, drawn = _time_off(projection, other, s, e, fit)
            less, less_draws = less + point, less_draws + drawn
        worth = np.zeros(len(projection.levels))
        if costs is not None:
            worth = np.array([costs.by_level[name] for name in projection.levels])
        hours, hours_draws = -index * (less @ worth), -index * (less_draws @ worth)

        def programme(starts: Array, s: Strategy = s) -> Array:
            if s.costs is None:
                return np.zeros(starts.shape)
            return np.asarray(index * s.costs.by_year(starts, begins=s.begins, ends=s.enrols_until))

        value = StrategyValue(
            s, treated, treated_draws, programme(treated), programme(treated_draws), hours,
            hours_draws, less, less_draws,
        )  # fmt: skip
        own = (value.programme, value.programme_draws, hours, hours_draws, less, less_draws)
        for array in (treated, treated_draws, *own):
            array.flags.writeable = False
        courses[s.name] = dataclasses.replace(
            other, valued=value, design=design, price_levels=levels
        )
    return dataclasses.replace(projection, _courses=courses, design=design, price_levels=levels)


def check_price_year(s: Strategy, costs: Costs | None, of: str = "the projection is in") -> None:
    """A strategy's own costs must be in the prices of those of support."""
    if s.costs is not None and costs is not None and s.costs.price_year != costs.price_year:
        _core.reject(
            "E-COST", f"strategy '{s.name}'", f"prices of {s.costs.price_year}",
            f"{of} prices of {costs.price_year}", "Convert one of them",
        )  # fmt: skip


def averts(s: Strategy) -> bool:
    """Whether those without support are offered it, before they come in."""
    return s.enrols == "without_support"


def applied_for(s: Strategy, levels: Sequence[str]) -> list[str]:
    """Levels at which those would come in whom a strategy is to keep away."""
    named: list[str] = []
    for e in s.effects:
        if e.kind == "entry_ratio":
            named += levels if e.settings["levels"] is None else e.settings["levels"]
        elif e.kind == "entry_mix":
            named += list(e.settings["factors"])
    return [level for level in levels if level in named or not named]


def open_share(s: Strategy, years: int) -> Array:
    """(years,): share of each year in which people enrol."""
    starts = np.arange(years)
    part: Array = np.clip(np.minimum(starts + 1, s.ends) - np.maximum(starts, s.begins), 0, 1)
    return part


def _treated(usual: Projection, other: Projection, s: Strategy) -> tuple[Array, Array]:
    """(T,), (draws, T): who are worked with."""
    if not averts(s):
        return other.enrolled.sum(axis=1), other.draws_enrolled.sum(axis=2)
    at = [usual.levels.index(level) for level in applied_for(s, usual.levels)]
    share = open_share(s, len(usual.years) - 1)
    accept: Any = s.uptake
    if s.delivery is not None and s.delivery.uptakes is not None:
        accept = np.asarray(s.delivery.uptakes, dtype=float).reshape(-1, 1)[: usual.draws]
    drawn = accept * share * usual.draws_new_users_by_level[:, :, at].sum(axis=2)
    return s.uptake * share * usual.new_users[:, at].sum(axis=1), drawn


def _check_hours(s: Strategy, e: Effect) -> None:
    w = e.window
    if w.clock != "enrolment" or w.ages != (0, 1000) or w.sex is not None:
        _core.reject(
            "E-EFFECT", f"strategy '{s.name}'", f"{e}, ages {w.ages}, sex {w.sex}",
            "hours are valued on all who are treated, since each came in",
            "Leave out clock, ages and sex",
        )  # fmt: skip


def _time_off(
    usual: Projection, other: Projection, s: Strategy, e: Effect, fit: Rates
) -> tuple[Array, Array]:
    """(T, levels), (draws, T, levels): years with all hours that fewer hours take off."""
    share = open_share(s, len(usual.years) - 1)
    total = np.zeros((share.size, len(usual.levels)))
    total_draws = np.zeros((other.draws, *total.shape))
    for name in e.settings["levels"]:
        j, place = usual.levels.index(name), usual.states.index(name)
        each = _time_saved(usual, fit, name, e)
        if averts(s):

            def came(now: Array, base: Array) -> Array:
                return share * np.maximum(now - (1 - s.uptake) * base, 0)

            total[:, j] += each * came(other.new_users[:, j], usual.new_users[:, j])
            drawn = (p.draws_new_users_by_level[:, :, j] for p in (other, usual))
            total_draws[:, :, j] += each * came(*drawn)
        else:
            total[:, j] += each * other.enrolled[:, place]
            total_draws[:, :, j] += each * other.draws_enrolled[:, :, place]
    return total, total_draws


def _time_saved(usual: Projection, fit: Rates, name: str, e: Effect) -> float:
    """Years at a level in a window since coming in at it, each times what its hours fall by; at
    rates averaged over the level's people."""
    model = fit.model
    starts = [int(label.split("-")[0].rstrip("+")) for label in usual.age_groups]
    ages = np.array([a + 2 for a in starts])
    weights = usual.person_years[:, usual.states.index(name)].sum(axis=0)
    table = np.asarray(fit.rates(ages, (1, 0)))[0]
    if not weights.any():
        return 0.0  # nobody is there, so nobody has fewer hours there
    rates = (table * weights[:, :, None]).sum(axis=(0, 1)) / weights.sum()
    n = len(model.states)
    q = np.zeros((n, n))
    for (a, b), rate in zip(model.transitions, rates, strict=True):
        q[model.states.index(a), model.states.index(b)] = rate
    np.fill_diagonal(q, -q.sum(axis=1))
    places = places_of(fit, name)  # its phases, if it has any; everybody comes in at the first
    first, last = e.window.months
    ratio = float(e.settings["ratio"])
    if e.window.fade == 1:
        cuts, fall = np.array([first, last]), np.array([1 - ratio])
    else:
        cuts = np.arange(first, last + 1)
        fall = 1 - np.exp(_core.fading_log_ratios(ratio, e.window.fade, int(last - first)))
    until = np.array([length_of_stay(q, month / 12)[places[0], places].sum() for month in cuts])
    return float(fall @ np.diff(until))
