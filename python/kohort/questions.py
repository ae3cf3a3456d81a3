"""What can be asked of a fit: the methods of `FittedModel` that answer with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from kohort import _core
from kohort._phrases import Phrase
from kohort.answers import Answer, Array, Interval, Path, ask, how, whom
from kohort.economics import Costs
from kohort.entries import EntryMix

if TYPE_CHECKING:
    from kohort.fitted_model import FittedModel


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
        return _square(
            self, "transition_probability", Phrase("transition_probability", years=float(t)),
            Phrase("probability"), ("from", "to"), (path, hold, over, weights, x), interval,
            years=t,
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
        title = Phrase("stay_discounted" if discount else "stay", span=_span(years))
        return _square(
            self, "stay", title, Phrase("years"), ("from", "in"), (path, hold, over, weights, x),
            interval, years=years, since=since, discount=discount, last_age=last_age,
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
        return _square(
            self, "visits", Phrase("visits", span=_span(years)), Phrase("entries"),
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
        return _passage(
            self, "passage_probability", Phrase("reaching", to=_names(to), span=_span(years)),
            Phrase("probability"), to, years, last_age, (path, hold, over, weights, x), interval,
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
        return _passage(
            self, "passage_time", Phrase("until", to=_names(to), span=_span(years)),
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
        fit = _fit(self)
        alive = _living(fit)
        names = tuple(fit.model.states[s] for s in alive)
        n = fit.model.size
        each = np.zeros((n, len(alive) + 1))
        for column, s in enumerate(alive):
            each[s, [column, len(alive)]] = 1.0
        starts = np.eye(n)[list(alive)]
        common: dict[str, Any] = {"years": years, "last_age": last_age, "starts": starts}
        title = Phrase("life", span=_span(years))
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
        fit = _fit(self)
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
            fit, "stay", title=Phrase("cost", span=_span(years), rate=rate),
            unit=prices, axes=("in",),
            labels=((*(fit.model.states[s] for s in paid), Phrase("all")),),
            interval=interval, about=whom(fit, x, path, hold, over, weights), years=years,
            last_age=last_age, discount=discount, rewards=rewards,
            starts=_mix(fit, entry_mix, costs),
        )  # fmt: skip

    def sojourn_time(
        self,
        *,
        over: Any = None,
        weights: str | None = None,
        interval: Interval | float = 0.95,
        **x: float,
    ) -> Answer:
        """Mean years of one stay in each state, (n,), at these covariates; infinite if never left.

        Parameters
        ----------
        x, over, weights, interval
            As in `Questions`; clocks stand still.
        """
        fit = _fit(self)
        return ask(
            fit, "sojourn", title=Phrase("sojourn"), unit=Phrase("years"), axes=("state",),
            labels=(fit.model.states,), interval=interval,
            about=whom(fit, x, None, True, over, weights),
        )  # fmt: skip

    def next_state(
        self,
        *,
        over: Any = None,
        weights: str | None = None,
        interval: Interval | float = 0.95,
        **x: float,
    ) -> Answer:
        """The probability that the next move leads to each state, (n, n), at these covariates.

        Parameters
        ----------
        x, over, weights, interval
            As in `Questions`; clocks stand still.
        """
        return _square(
            self, "next_state", Phrase("next"), Phrase("probability"), ("from", "to"),
            (None, True, over, weights, x), interval,
        )  # fmt: skip

    def rate_ratio(
        self, first: str, second: str, *, interval: Interval | float = 0.95, **x: float
    ) -> Answer:
        """The rate of one transition over that of another, (1,).

        Parameters
        ----------
        first, second
            "light -> moderate" and the like.
        x, interval
            As in `Questions`.
        """
        fit = _fit(self)
        for label in (first, second):
            if label not in fit.transitions:
                _core.reject(
                    "E-MODEL",
                    "rate_ratio",
                    f"there is no transition {label!r}",
                    f"the model's transitions are: {', '.join(fit.transitions)}",
                    "Use two of these",
                )
        targets = [fit.transitions.index(first), fit.transitions.index(second)]
        return ask(
            fit, "rate_ratio", title=Phrase("rate_ratio", first=first, second=second),
            unit=Phrase("ratio"), axes=("ratio",), labels=((f"{first} / {second}",),),
            interval=interval, targets=targets, about=whom(fit, x, None, True, None, None),
        )  # fmt: skip

    def hazard_ratios(
        self,
        per: Mapping[str, float] | None = None,
        *,
        interval: Interval | float = 0.95,
    ) -> Answer:
        """By what the rate of each transition is multiplied when a covariate is one unit higher.

        Parameters
        ----------
        per
            Units other than 1: `{"age": 10}` for ten years. For `bands` it is each band against the
            first, whatever the unit.
        interval
            As in `Questions`.

        Returns
        -------
        Answer
            One for each transition and effect.
        """
        fit = _fit(self)
        units = dict(per or {})
        effects = [i for i, (_, name) in enumerate(fit._parts) if name]
        known = {fit._parts[i][1] for i in effects}
        for name in units:
            if name not in known:
                _core.reject(
                    "E-COLUMN",
                    "hazard_ratios",
                    f"there is no effect {name!r}",
                    f"the effects are: {', '.join(sorted(known)) or 'none'}",
                    "Name one of these",
                )
        asked, draws, method, notes = how(fit, interval)
        scale = np.array([units.get(fit._parts[i][1], 1.0) for i in effects])
        beta = fit.coefficients[effects] * scale
        with np.errstate(over="ignore"):
            ratio = np.exp(beta)
        error = ratio * np.abs(scale) * np.sqrt(np.diag(fit.covariance)[effects])
        if len(draws):
            low, high = np.quantile(
                draws[:, effects] * scale, [(1 - asked.level) / 2, (1 + asked.level) / 2], axis=0
            )
            limits = np.exp(np.column_stack([low, high]))
        else:
            limits = np.array(
                [
                    _core.delta_interval(float(r), float(e), "logarithm", asked.level)
                    for r, e in zip(ratio, error, strict=True)
                ]
            ).reshape(-1, 2)
        without = ~np.array(fit.has_error, dtype=bool)[effects]
        limits[without] = np.nan
        if method.startswith("no interval"):
            limits[:] = np.nan
        names = tuple(
            f"{label}: {name}" + (f" +{units[name]:g}" if name in units else "")
            for label, name in (fit._parts[i] for i in effects)
        )
        return Answer(
            Phrase("hazard_ratios"), Phrase("ratio"), ("effect",), (names,), ratio,
            limits[:, 0], limits[:, 1], error, asked.level, method, tuple(notes),
        )  # fmt: skip


def _fit(questions: Questions) -> FittedModel:
    return cast("FittedModel", questions)


def _square(
    questions: Questions,
    what: str,
    title: str,
    unit: str,
    axes: tuple[str, str],
    about: tuple[Path | None, bool, Any, str | None, Mapping[str, float]],
    interval: Interval | float,
    **options: Any,
) -> Answer:
    fit = _fit(questions)
    path, hold, over, weights, x = about
    return ask(
        fit, what, title=title, unit=unit, axes=axes,
        labels=(fit.model.states, fit.model.states), interval=interval,
        about=whom(fit, x, path, hold, over, weights), **options,
    )  # fmt: skip


def _passage(
    questions: Questions,
    what: str,
    title: str,
    unit: str,
    to: str | Sequence[str],
    years: float,
    last_age: float,
    about: tuple[Path | None, bool, Any, str | None, Mapping[str, float]],
    interval: Interval | float,
) -> Answer:
    fit = _fit(questions)
    path, hold, over, weights, x = about
    targets = [fit.model.state(name) for name in ([to] if isinstance(to, str) else to)]
    return ask(
        fit, what, title=title, unit=unit, axes=("from",), labels=(fit.model.states,),
        interval=interval, about=whom(fit, x, path, hold, over, weights), years=years,
        last_age=last_age, targets=targets,
    )  # fmt: skip


def _names(to: str | Sequence[str]) -> tuple[str, ...]:
    return (to,) if isinstance(to, str) else tuple(to)


def _span(years: float) -> str:
    return "" if np.isinf(years) else Phrase("within", years=float(years))


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
