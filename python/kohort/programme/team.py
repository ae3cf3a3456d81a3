"""A rehabilitation team as a set of figures: what it costs, what it saves, and how sure each is."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

from kohort import _core
from kohort.support import _html, _text

INPUTS: dict[str, tuple[float, str]] = {
    name: (default, kind) for name, default, kind in _core.programme_inputs()
}
"""Name of every input to its default and its range (amount, positive, share, effect)."""

_SHAPES = {"amount": "gamma", "positive": "gamma", "share": "beta", "effect": "normal"}


@dataclass(frozen=True)
class Uncertain:
    """A figure that is not known exactly; see `uncertain`."""

    value: float
    se: float
    shape: str | None = None
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        if self.shape == "uniform":
            return f"{self.low:g} to {self.high:g}"
        return f"{self.value:g} (se {self.se:g})"

    def _input(self, name: str, kind: str) -> tuple[str, str, float, float]:
        shape = self.shape or _SHAPES[kind]
        if shape == "uniform":
            return name, shape, float(self.low or 0), float(self.high or 0)
        return name, shape, self.value, self.se


def uncertain(
    value: float | None = None,
    *,
    se: float | None = None,
    low: float | None = None,
    high: float | None = None,
    level: float = 0.95,
    shape: str | None = None,
) -> Uncertain:
    """A figure with its uncertainty.

    Parameters
    ----------
    value
        Its mean; of a uniform range the figure that is shown, by default its middle.
    se
        Its standard error; or give `low` and `high`.
    low, high
        Limits of an interval of `level`: the standard error is taken from their distance. With
        ``shape="uniform"`` the whole range, all of it equally likely.
    level
        0.95 unless the limits are of another interval.
    shape
        ``"normal"``, ``"gamma"`` (above 0), ``"beta"`` (0 to 1) or ``"uniform"``; by default gamma
        for amounts, beta for shares and normal for effects, which may have either sign.

    Raises
    ------
    InvalidInput
        `E-SETTING`: neither or both of se and limits, limits in the wrong order, or a value that
        is not between them.

    Examples
    --------
    >>> import kohort as kh
    >>> print(kh.uncertain(0.25, low=0.1, high=0.4))
    0.25 (se 0.076532)
    """
    limits = low is not None and high is not None
    if (se is not None) == limits or (low is None) != (high is None):
        _refuse("uncertain", "neither or both were given", "a standard error or two limits are")
    if limits:
        assert low is not None
        assert high is not None
        if not low < high:
            _refuse(
                "uncertain", f"low={low:g}, high={high:g}", "the lower limit comes first; it is"
            )
        value = (low + high) / 2 if value is None else float(value)
        if not low <= value <= high:
            _refuse(
                "uncertain", f"{value:g} with limits {low:g} and {high:g}",
                "a value between its limits is",
            )  # fmt: skip
        if shape == "uniform":
            return Uncertain(value, (high - low) / 12**0.5, shape, low, high)
        se = (high - low) / (2 * NormalDist().inv_cdf((1 + level) / 2))
    if value is None or shape == "uniform":
        _refuse("uncertain", "no value was given", "a mean, or a uniform range's limits, are")
    assert se is not None
    assert value is not None
    return Uncertain(float(value), float(se), shape)


def _refuse(where: str, seen: str, needed: str) -> Any:
    _core.reject("E-SETTING", where, seen, f"{needed} needed", "Look at its help")


@dataclass(frozen=True)
class Post:
    """Posts of one kind: how many full-time, and the monthly salary of one."""

    name: str
    number: float
    monthly_salary: float


@dataclass(frozen=True)
class Team:
    """What a team costs a month: posts x salary x (1 + on-cost) + premises + other.

    Attributes
    ----------
    posts
        Of the team.
    on_cost
        Employer's contributions, pensions and the like as a share of salaries.
    premises, other
        Kronor a month; other is cars, telephones, systems.
    """

    posts: tuple[Post, ...]
    on_cost: float
    premises: float = 0
    other: float = 0

    @property
    def monthly_cost(self) -> float:
        """Kronor a month."""
        posts = [(p.name, float(p.number), float(p.monthly_salary)) for p in self.posts]
        return _core.team_cost(posts, self.on_cost, self.premises, self.other)

    def __str__(self) -> str:
        rows = [[p.name, f"{p.number:g}", f"{p.monthly_salary:,.0f}"] for p in self.posts]
        rows += [["on-cost", "", f"{100 * self.on_cost:g} %"]]
        rows += [["premises and other", "", f"{self.premises + self.other:,.0f}"]]
        rows += [["a month", "", f"{self.monthly_cost:,.0f}"]]
        return _text.table(["", "posts", "kronor"], rows)


def deferred_housing(
    *, months: float, after: float, place: float, home_help: float, discount: float = 0.0
) -> float:
    """What putting off a move to special housing is worth per finished person.

    The home help that is given meanwhile is taken off, and the amount is discounted.

    Parameters
    ----------
    months
        How long the move is put off, on average over all who finish.
    after
        Months after discharge at which the move would have been.
    place, home_help
        Kronor a month for the place, and for the home help given meanwhile.
    discount
        A year.

    Raises
    ------
    InvalidInput
        `E-NUM`, `E-COST`.
    """
    return _core.deferred_housing_value(months, after, place, home_help, discount)


@dataclass(frozen=True, kw_only=True)
class Programme:
    """A team that works with people for a while so that less home help is needed afterwards.

    Every figure may be a number or `uncertain(...)`. Money is in kronor of `price_year`, times are
    in months, shares are between 0 and 1. Each enrolled person and month saves s0 = alpha (1 - phi)
    h0 w while enrolled, and each finished person B = alpha sum dh(t) S(t) delta^t w (1 + r)^(-t/12)
    + A afterwards, booked as B / L a month; w is what an hour is worth.

    Attributes
    ----------
    fixed_cost
        F, of one team a month: kronor, or a `Team`.
    hours
        h0: home help a month that there would have been without the programme.
    hour_cost
        c: what an hour costs that is no longer needed, the marginal cost and not the average.
    price_year
        The year whose money it is.
    variable_cost
        v: per enrolled person and month (aids, travel).
    stay
        L: months enrolled; None if it is to follow from the number enrolled and the starts.
    capacity
        K: enrolled that one team can have; None without limit.
    double_work
        phi: share of the hours that home help still gives during enrolment.
    otherwise_helped
        alpha: share of the enrolled who would have had home help.
    hours_avoided
        dh: hours a month less after discharge, *against people like them without the programme*.
    months_avoided, fade, staying
        For how long; what is left of the effect from month to month; share still alive and in
        ordinary housing from month to month.
    course
        Instead of `months_avoided`: hours avoided in month 1, 2, ... as multiples of
        `hours_avoided`.
    deferred_housing
        A: kronor per finished person, see `kohort.deferred_housing`.
    performed
        Share of `hours` and `hours_avoided` that is performed, if they are granted hours.
    released
        Share of the freed hours that becomes money; the rest is room for others.
    average_hour_cost
        The average cost of an hour, shown beside `hour_cost`.
    start_up
        Once, before the first month.
    discount
        A year, of what comes after discharge.
    team_costs
        Cost a month of one team, two, ...; by default each costs `fixed_cost`.
    evidence
        Where the effect comes from and how good that is, in words; shown with every result.
    pays, gains
        Who bears the team's cost, and in whose budget the hours are saved.
    name
        Shown.
    """

    fixed_cost: float | Uncertain | Team
    hours: float | Uncertain
    hour_cost: float | Uncertain
    price_year: int
    variable_cost: float | Uncertain = 0.0
    stay: float | Uncertain | None = None
    capacity: float | Uncertain | None = None
    double_work: float | Uncertain = 0.0
    otherwise_helped: float | Uncertain = 1.0
    hours_avoided: float | Uncertain = 0.0
    months_avoided: float | Uncertain = 12.0
    fade: float | Uncertain = 1.0
    staying: float | Uncertain = 1.0
    course: tuple[float, ...] = ()
    deferred_housing: float | Uncertain = 0.0
    performed: float | Uncertain = 1.0
    released: float | Uncertain = 1.0
    average_hour_cost: float | None = None
    start_up: float | Uncertain = 0.0
    discount: float = 0.0
    team_costs: tuple[float, ...] = ()
    evidence: str = ""
    pays: str = ""
    gains: str = ""
    name: str = ""
    _core: Any = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        values = self.values()
        object.__setattr__(self, "course", tuple(float(x) for x in self.course))
        object.__setattr__(self, "team_costs", tuple(float(x) for x in self.team_costs))
        made = _core.Programme(values, list(self.course), list(self.team_costs))
        object.__setattr__(self, "_core", made)
        if self.average_hour_cost is not None and not self.average_hour_cost >= 0:
            _core.reject(
                "E-COST", "programme", f"average_hour_cost = {self.average_hour_cost}",
                "it must not be negative", "Mend it",
            )  # fmt: skip
        whole = (
            isinstance(self.price_year, (int, float)) and self.price_year == self.price_year // 1
        )
        if not whole or not 1900 <= self.price_year <= 2200:
            _core.reject(
                "E-COST", "programme", f"price_year = {self.price_year}",
                "every cost has a price year", "Give the year whose money it is",
            )  # fmt: skip

    def values(self) -> dict[str, float]:
        """Every input as one number; what is not given is left out."""
        found = {}
        for name in INPUTS:
            given = getattr(self, name)
            if given is None:
                continue
            if isinstance(given, Team):
                given = given.monthly_cost
            found[name] = float(given.value if isinstance(given, Uncertain) else given)
        return found

    def uncertainties(self) -> dict[str, Uncertain]:
        """The inputs that are not known exactly."""
        found = {name: getattr(self, name) for name in INPUTS}
        return {name: x for name, x in found.items() if isinstance(x, Uncertain)}

    def replaced(self, **changes: Any) -> Programme:
        """The same programme with some of its figures changed."""
        return dataclasses.replace(self, **changes)

    @property
    def saving_while_enrolled(self) -> float:
        """s0: kronor per enrolled person and month."""
        return float(self._core.saving_while_enrolled())

    @property
    def saving_after_discharge(self) -> float:
        """B: kronor per finished person."""
        return float(self._core.saving_after_discharge())

    def net_saving(self, *, narrow: bool = False) -> float:
        """s - v, kronor per enrolled person and month; narrow: nothing is saved after discharge."""
        return float(self._core.net_saving(narrow))

    def net(self, enrolled: float, *, narrow: bool = False) -> float:
        """Net a month with so many enrolled: N (s - v) - F max(1, ceil(N / K))."""
        return float(self._core.net(float(enrolled), narrow))

    def expected_net(self, mean_enrolled: float) -> float:
        """The same if the number enrolled is Poisson about its mean: more teams are then needed."""
        return float(self._core.expected_net(float(mean_enrolled)))

    def teams(self, enrolled: float) -> int:
        """Teams needed; an idle team is still one."""
        return int(self._core.teams(float(enrolled)))

    def _rows(self) -> list[list[str]]:
        rows = []
        for name in INPUTS:
            given = getattr(self, name)
            if given is None or (given == INPUTS[name][0] and name != "stay"):
                continue
            shown = f"{given.monthly_cost:,.0f}" if isinstance(given, Team) else _shown(given)
            rows.append([name.replace("_", " "), shown])
        return rows

    def __str__(self) -> str:
        title = f"{self.name or 'Programme'}, prices of {self.price_year}"
        return f"{title}\n{_text.table(['', ''], self._rows())}"

    def _repr_html_(self) -> str:
        title = f"{self.name or 'Programme'}, prices of {self.price_year}"
        return _html.block(title, parts=[_html.table(["", ""], self._rows())])

    def __reduce__(self) -> tuple[Any, ...]:
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.init}
        return _remade, (fields,)


def _remade(fields: Mapping[str, Any]) -> Programme:
    return Programme(**fields)


def _shown(given: float | Uncertain) -> str:
    return str(given) if isinstance(given, Uncertain) else f"{given:,.6g}"


def team(
    posts: Sequence[tuple[str, float, float]],
    *,
    on_cost: float,
    premises: float = 0.0,
    other: float = 0.0,
) -> Team:
    """A team from its posts: name, number of full-time posts, monthly salary.

    Examples
    --------
    >>> import kohort as kh
    >>> t = kh.team([("OT", 2, 38_000), ("nurse", 2, 31_000)], on_cost=0.4, premises=12_000)
    >>> round(t.monthly_cost)
    205200
    """
    return Team(tuple(Post(*p) for p in posts), on_cost, premises, other)
