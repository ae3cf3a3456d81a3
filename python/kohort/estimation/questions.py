"""What can be asked of a fit about the time ahead: methods that answer with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kohort import _core
from kohort.economics.costs import Costs
from kohort.estimation.answers import Answer, Array, Interval
from kohort.estimation.asking import Path, ask, names_of, of_fit, passage, span, square, whom
from kohort.population.entry_mix import EntryMix
from kohort.support._phrases import Phrase

if TYPE_CHECKING:
    from kohort.estimation.fitted_model import FittedModel


class Questions:
    """Questions to a fit. All of them take:

    Parameters
    ----------
    x
        One number per covariate, by name. Clocks (`bands`, `yearly` and the like) run on from it.
    path
        Covariates that change: pairs (years from the start, dict of the values from then on), the
        first at 0 if it replaces `x`. A clock that is not named runs on.
    hold
        Whether clocks stand still at their value.
    over
        A table of persons, one column per covariate: the answer is the average over its rows
        (standardised to that population). The time until a passage is averaged over those to whom
        it happens.
    weights
        Column of `over` that says how many persons a row stands for.
    interval
        A level, or an `Interval`.

    Raises
    ------
    InvalidInput
        `E-COLUMN` for a covariate that the model lacks or that is not given, `E-TIME`, `E-LEVEL`,
        `E-DISCOUNT`, `E-STATE-UNKNOWN`, `E-WEIGHT`; `D-DIVERGING` and `D-BOUNDARY-ZERO` if draws
        are asked for where there are none.

    Notes
    -----
    Continuous clocks are followed by the commutator-free method of order 4 (Blanes & Moan 2006) in
    steps of a quarter and an eighth of a year, extrapolated; all else is exact. Whole lives end at
    `last_age` where a clock `age` moves the rates at every age.
    """

    def transition_probability(
        self,
        t: float,
        *,
        path: Path | None = None,
        hold: bool = False,
        over: Any = None,
        weights: str | None = None,
        interval: Interval | float = 0.95,
        **x: float,
    ) -> Answer:
        """P(t), (n, n): where those are after t years who began in each state.

        Parameters
        ----------
        t
            Years.
        x, path, hold, over, weights, interval
            As in `Questions`: `age=80` begins at 80 and ends at 80 + t.
        """
        return square(
            of_fit(self), "transition_probability",
            Phrase("transition_probability", years=float(t)), Phrase("probability"),
            ("from", "to"), (path, hold, over, weights, x), interval, years=t,
        )  # fmt: skip

    def length_of_stay(
        self,
        years: float = np.inf,
        *,
        since: float = 0.0,
        discount: float = 0.0,
        last_age: float = 125.0,
        path: Path | None = None,
        hold: bool = False,
        over: Any = None,
        weights: str | None = None,
        interval: Interval | float = 0.95,
        **x: float,
    ) -> Answer:
        """Expected years in each state, (n, n), by the state at the start.

        Parameters
        ----------
        years, since
            Counted from `since` to `years` ahead; infinite for the whole life.
        discount
            A year, 0.03 for 3 %; back to the start.
        last_age
            Where a whole life ends, see `Questions`.
        x, path, hold, over, weights, interval
            As in `Questions`.
        """
        title = Phrase("stay_discounted" if discount else "stay", span=span(years))
        return square(
            of_fit(self), "stay", title, Phrase("years"), ("from", "in"),
            (path, hold, over, weights, x), interval, years=years, since=since, discount=discount,
            last_age=last_age,
        )  # fmt: skip

    def expected_visits(
        self,
        years: float = np.inf,
        *,
        since: float = 0.0,
        last_age: float = 125.0,
        path: Path | None = None,
        hold: bool = False,
        over: Any = None,
        weights: str | None = None,
        interval: Interval | float = 0.95,
        **x: float,
    ) -> Answer:
        """Expected number of moves into each state, (n, n); being there at the start is no move.

        Parameters
        ----------
        years, since, last_age
            As in `length_of_stay`.
        x, path, hold, over, weights, interval
            As in `Questions`.
        """
        return square(
            of_fit(self), "visits", Phrase("visits", span=span(years)), Phrase("entries"),
            ("from", "into"), (path, hold, over, weights, x), interval,
            years=years, since=since, last_age=last_age,
        )  # fmt: skip

    def first_passage(
        self,
        to: str | Sequence[str],
        years: float = np.inf,
        *,
        last_age: float = 125.0,
        path: Path | None = None,
        hold: bool = False,
        over: Any = None,
        weights: str | None = None,
        interval: Interval | float = 0.95,
        **x: float,
    ) -> Answer:
        """The probability of ever having been in a state (or any of several), (n,).

        Parameters
        ----------
        to
            Name of the state, or names.
        years
            By then; infinite: ever.
        last_age, x, path, hold, over, weights, interval
            As in `length_of_stay`.
        """
        return passage(
            of_fit(self), "passage_probability",
            Phrase("reaching", to=names_of(to), span=span(years)), Phrase("probability"), to,
            years, last_age, (path, hold, over, weights, x), interval,
        )  # fmt: skip

    def first_passage_time(
        self,
        to: str | Sequence[str],
        years: float = np.inf,
        *,
        last_age: float = 125.0,
        path: Path | None = None,
        hold: bool = False,
        over: Any = None,
        weights: str | None = None,
        interval: Interval | float = 0.95,
        **x: float,
    ) -> Answer:
        """Mean years until a state (or any of several) is first entered, given that it is, (n,).

        Parameters
        ----------
        to, years, last_age, x, path, hold, over, weights, interval
            As in `first_passage`: given that it happens within these years.
        """
        return passage(
            of_fit(self), "passage_time", Phrase("until", to=names_of(to), span=span(years)),
            Phrase("years"), to, years, last_age, (path, hold, over, weights, x), interval,
        )  # fmt: skip

    def life_expectancy(
        self,
        *,
        ages: Sequence[float] | None = None,
        years: float = np.inf,
        last_age: float = 125.0,
        path: Path | None = None,
        hold: bool = False,
        over: Any = None,
        weights: str | None = None,
        interval: Interval | float = 0.95,
        **x: float,
    ) -> Answer:
        """Years left to live, in each living state and in all, by the state at the start.

        Parameters
        ----------
        ages
            Ages at the start, in place of `age=`: then the answer is (ages, living states), the
            total alone.
        years
            At most; infinite for the whole life.
        last_age, x, path, hold, over, weights, interval
            As in `length_of_stay`.

        Returns
        -------
        Answer
            (living, living + 1), the last column being the total; or (ages, living).
        """
        fit = of_fit(self)
        alive = _living(fit)
        names = tuple(fit.model.states[s] for s in alive)
        n = fit.model.size
        each = np.zeros((n, len(alive) + 1))
        for column, s in enumerate(alive):
            each[s, [column, len(alive)]] = 1.0
        starts = np.eye(n)[list(alive)]
        common: dict[str, Any] = {"years": years, "last_age": last_age, "starts": starts}
        title = Phrase("life", span=span(years))
        if ages is None:
            return ask(
                fit, "stay", title=title, unit=Phrase("years"), axes=("from", "in"),
                labels=(names, (*names, Phrase("all"))), interval=interval, rewards=each,
                about=whom(fit, x, path, hold, over, weights), **common,
            )  # fmt: skip
        rows = [
            ask(
                fit, "stay", title=title, unit=Phrase("years"), axes=("from", "in"),
                labels=(names, (Phrase("all"),)), interval=interval, rewards=each[:, -1:],
                about=whom(fit, {**x, "age": float(age)}, path, hold, over, weights), **common,
            )
            for age in ages
        ]  # fmt: skip
        estimate, lower, upper, error = (
            np.array([getattr(row, part)[:, 0] for row in rows])
            for part in ("estimate", "lower", "upper", "standard_error")
        )
        return Answer(
            Phrase("life_by_age"), Phrase("years"), ("age", "from"),
            (tuple(f"{age:g}" for age in ages), names), estimate, lower, upper, error,
            rows[0].level, rows[0].method, rows[0].notes,
        )  # fmt: skip

    def lifetime_cost(
        self,
        costs: Costs | Mapping[str, float],
        entry_mix: EntryMix | Mapping[str, float] | str,
        *,
        discount: float,
        years: float = np.inf,
        last_age: float = 125.0,
        path: Path | None = None,
        hold: bool = False,
        over: Any = None,
        weights: str | None = None,
        interval: Interval | float = 0.95,
        **x: float,
    ) -> Answer:
        """What a new user will cost, in all and in each state, for the rest of life.

        The accounting is continuous: money falls when the time passes.

        Parameters
        ----------
        costs
            Per person and year in each state; states without one cost nothing.
        entry_mix
            Shares of the states at entry, by name or in the order of the costs' levels; or the
            name of one state.
        discount
            A year, 0.03 for 3 %; back to the entry. 0 must be said.
        years, last_age, x, path, hold, over, weights, interval
            As in `length_of_stay`.

        Returns
        -------
        Answer
            One for each state that costs something, and "all"; in money of the costs' price year.
        """
        fit = of_fit(self)
        per_state, year = _costs(fit, costs)
        paid = [s for s in range(fit.model.size) if per_state[s] != 0]
        rewards = np.zeros((fit.model.size, len(paid) + 1))
        for column, s in enumerate(paid):
            rewards[s, [column, len(paid)]] = per_state[s]
        prices = Phrase("prices", year=year) if year else Phrase("money")
        rate = (
            Phrase("discounted", percent=float(100 * discount))
            if discount
            else Phrase("not_discounted")
        )
        return ask(
            fit, "stay", title=Phrase("cost", span=span(years), rate=rate),
            unit=prices, axes=("in",),
            labels=((*(fit.model.states[s] for s in paid), Phrase("all")),),
            interval=interval, about=whom(fit, x, path, hold, over, weights), years=years,
            last_age=last_age, discount=discount, rewards=rewards,
            starts=_mix(fit, entry_mix, costs),
        )  # fmt: skip


def _living(fit: FittedModel) -> tuple[int, ...]:
    if fit.model.death is not None:
        return tuple(s for s, name in enumerate(fit.model.states) if name != fit.model.death)
    return tuple(s for s, name in enumerate(fit.model.states) if not fit.model.absorbing(name))


def _costs(fit: FittedModel, costs: Costs | Mapping[str, float]) -> tuple[Array, int | None]:
    by_level = costs.by_level if isinstance(costs, Costs) else dict(costs)
    year = costs.price_year if isinstance(costs, Costs) else None
    per_state = np.zeros(fit.model.size)
    for name, cost in by_level.items():
        per_state[fit.model.state(name)] = float(cost)
    if not np.isfinite(per_state).all():
        _core.reject("E-COST", "lifetime_cost", "a cost is not finite", "all must be", "Mend it")
    return per_state, year


def _mix(
    fit: FittedModel,
    mix: EntryMix | Mapping[str, float] | str,
    costs: Costs | Mapping[str, float],
) -> Array:
    if isinstance(mix, str):
        shares = {mix: 1.0}
    elif isinstance(mix, EntryMix):
        levels = list(costs.by_level if isinstance(costs, Costs) else costs)
        if len(levels) != len(mix.shares):
            _core.reject(
                "E-SHAPE",
                "lifetime_cost",
                f"the entry mix has {len(mix.shares)} shares",
                f"there are costs of {len(levels)} levels",
                "Give a share for each level that has a cost, or a dict by name",
            )
        shares = dict(zip(levels, mix.shares.tolist(), strict=True))
    else:
        shares = {name: float(share) for name, share in mix.items()}
    start = np.zeros(fit.model.size)
    for name, share in shares.items():
        start[fit.model.state(name)] = share
    checked: Array = _core.checked_shares(start, "lifetime_cost", False)[0]
    return checked
