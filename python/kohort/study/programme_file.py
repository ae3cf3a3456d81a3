"""A programme in a TOML file: in a study's `[programme]`, or in a file of its own."""

from __future__ import annotations

import dataclasses
import os
import tomllib
from dataclasses import dataclass, field
from typing import Any

from kohort.privacy.profile import INTERNAL, PUBLIC, Profile
from kohort.programme.break_even import break_even
from kohort.programme.break_even_result import BreakEven
from kohort.programme.team import INPUTS, Post, Programme, Team, Uncertain, uncertain
from kohort.programme.ways import Way, WaysCompared, closing, compare_ways
from kohort.study.money_file import MoneySettings
from kohort.study.shipped import study_file
from kohort.study.study_money import index_said
from kohort.support import _toml
from kohort.support._language import LANGUAGES, Language
from kohort.support._shown import shown_file, shown_value


@dataclass(frozen=True)
class PostSettings:
    """Posts of one kind."""

    name: str
    number: float
    monthly_salary: float


@dataclass(frozen=True)
class TeamSettings:
    """Posts x salary x (1 + on-cost) + premises + other, a month."""

    on_cost: float
    posts: tuple[PostSettings, ...]
    premises: float = 0.0
    other: float = 0.0

    def times(self, factor: float) -> TeamSettings:
        """In money of another year."""
        posts = tuple(
            dataclasses.replace(p, monthly_salary=factor * p.monthly_salary) for p in self.posts
        )
        return dataclasses.replace(
            self, posts=posts, premises=factor * self.premises, other=factor * self.other
        )

    def team(self) -> Team:
        """As `kohort.Team`."""
        posts = tuple(Post(p.name, p.number, p.monthly_salary) for p in self.posts)
        return Team(posts, self.on_cost, self.premises, self.other)


@dataclass(frozen=True)
class UncertainSettings:
    """How sure an input is: a standard error or limits; see `kohort.uncertain`."""

    se: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    shape: str | None = None

    def times(self, factor: float) -> UncertainSettings:
        """In money of another year."""
        limits = {name: getattr(self, name) for name in ("se", "low", "high")}
        return dataclasses.replace(
            self, **{name: factor * x for name, x in limits.items() if x is not None}
        )


_AMOUNTS = (
    "hour_cost", "fixed_cost", "variable_cost", "deferred_housing", "average_hour_cost", "start_up",
)  # fmt: skip
"""Inputs that are kronor."""


@dataclass(frozen=True)
class WaySettings:
    """Another way of doing it: what it changes of the programme.

    `closing = true`: the team is closed; then `remaining_cost` a month goes on and nothing is
    saved.
    """

    name: str
    enrolled: float = 0.0
    one_off: float = 0.0
    closing: bool = False
    remaining_cost: float = 0.0
    changes: dict[str, float] = field(default_factory=dict)
    team: TeamSettings | None = None

    def check(self) -> None:
        """Refuse a way that says what it would not use, or does not say whom it enrols."""
        if not self.closing and self.enrolled == 0:
            _toml.refuse(
                "E-STUDY-VALUE",
                f"programme.ways: {self.name!r} enrols nobody and closes nothing. Write enrolled, "
                "or closing = true.",
                f"programme.ways: {self.name!r} skriver inte in någon och lägger inte ned något. "
                "Ange enrolled, eller closing = true.",
            )
        unused = ("enrolled", "changes", "team") if self.closing else ("remaining_cost",)
        for key in unused:
            if getattr(self, key):
                only = "closing = false" if self.closing else "closing = true"
                _toml.refuse(
                    "E-STUDY-VALUE",
                    f"programme.ways: {self.name!r} has {key}, which only a way with {only} uses. "
                    "Leave it out.",
                    f"programme.ways: {self.name!r} har {key}, som bara ett sätt med {only} "
                    "använder. Ta bort den.",
                )

    def times(self, factor: float) -> WaySettings:
        """In money of another year."""
        return dataclasses.replace(
            self,
            one_off=factor * self.one_off,
            remaining_cost=factor * self.remaining_cost,
            changes={k: x * factor if k in _AMOUNTS else x for k, x in self.changes.items()},
            team=None if self.team is None else self.team.times(factor),
        )


@dataclass(frozen=True)
class ProgrammeSettings:
    """A programme; the inputs are those of `kohort.Programme`.

    At least two of `enrolled`, `starts` (or `head_count`) and `stay` are needed. `figure` is one of
    unclear meaning ("30 a month"), shown in its three readings.
    """

    price_year: int
    hours: float
    hour_cost: float
    fixed_cost: float | None = None
    team: TeamSettings | None = None
    variable_cost: float = 0.0
    stay: float | None = None
    capacity: float | None = None
    double_work: float = 0.0
    otherwise_helped: float = 1.0
    hours_avoided: float = 0.0
    months_avoided: float = 12.0
    fade: float = 1.0
    staying: float = 1.0
    deferred_housing: float = 0.0
    performed: float = 1.0
    released: float = 1.0
    average_hour_cost: float | None = None
    start_up: float = 0.0
    discount: float | None = None
    enrolled: float | None = None
    starts: float | None = None
    head_count: float | None = None
    figure: float | None = None
    months: int = 60
    growing: float = 0.0
    evidence: str = ""
    pays: str = ""
    gains: str = ""
    draws: int = 10_000
    uncertain: dict[str, UncertainSettings] | None = None
    ways: tuple[WaySettings, ...] | None = None

    def in_money(self, given: MoneySettings | None) -> ProgrammeSettings:
        """In prices of the index year, and with the discount, that a table `[money]` gives.

        Nominal amounts have no place here: a break-even is of one month, in one year's prices.
        """
        if given is None:
            return self
        made = self
        if self.discount is None:
            made = dataclasses.replace(made, discount=given.discount)
        if given.index is None or given.index_year is None:
            return made
        factor = given.index.index().convert(
            self.price_year, given.index_year, lag=given.index.lag
        ).factor  # fmt: skip
        amounts = {k: getattr(self, k) for k in _AMOUNTS}
        return dataclasses.replace(
            made,
            price_year=given.index_year,
            team=None if self.team is None else self.team.times(factor),
            uncertain=None if self.uncertain is None else {
                k: u.times(factor) if k in _AMOUNTS else u for k, u in self.uncertain.items()
            },
            ways=None if self.ways is None else tuple(way.times(factor) for way in self.ways),
            **{k: factor * x for k, x in amounts.items() if x is not None},
        )  # fmt: skip

    def programme(self, name: str = "") -> Programme:
        """As `kohort.Programme`.

        Raises
        ------
        InvalidInput
            `E-STUDY-VALUE` if there is no cost, or an uncertain input that there is not;
            `E-SETTING`, `E-COST`, `E-NUM`.
        """
        if (self.fixed_cost is None) == (self.team is None):
            _toml.refuse(
                "E-STUDY-VALUE",
                "programme: either fixed_cost (kronor a month) or [programme.team] is needed, and "
                "not both.",
            )
        values: dict[str, Any] = {
            key: getattr(self, key)
            for key in (*INPUTS, "average_hour_cost", "evidence", "pays", "gains")
            if getattr(self, key) is not None
        }
        if self.team is not None:
            values["fixed_cost"] = self.team.team()
        certain, drawn = Programme(price_year=self.price_year, name=name, **values), {}
        for key, given in (self.uncertain or {}).items():
            if key == "enrolled" and self.enrolled is not None:
                continue
            if key not in INPUTS or key not in values:
                _toml.refuse(
                    "E-STUDY-VALUE",
                    f"programme.uncertain.{key}: there is no such input, or it has no value. "
                    f"Known: {', '.join(INPUTS)}, enrolled.",
                )
            known = values[key]
            value = known.monthly_cost if isinstance(known, Team) else float(known)
            drawn[key] = _uncertain(key, value, given)
        return certain.replaced(**drawn)

    def run(self, name: str = "", seed: int = 1) -> BreakEven:
        """The break-even of this programme."""
        return break_even(
            self.programme(name), enrolled=self._enrolled(), starts=self.starts,
            head_count=self.head_count, draws=self.draws, seed=seed, months=self.months,
            growing=self.growing,
        )  # fmt: skip

    def _enrolled(self) -> float | Uncertain | None:
        given = (self.uncertain or {}).get("enrolled")
        if given is None or self.enrolled is None:
            return self.enrolled
        return _uncertain("enrolled", self.enrolled, given)

    def with_figures(self, **changes: float | None) -> ProgrammeSettings:
        """The same with other figures; each keeps its relative uncertainty, None takes it away."""
        spread = dict(self.uncertain or {})
        for key, value in changes.items():
            given, before = spread.pop(key, None), getattr(self, key)
            if given is not None and value:
                part = abs(value / before) if before else 1.0
                limits: dict[str, Any] = {
                    name: getattr(given, name) * part
                    for name in ("se", "low", "high")
                    if getattr(given, name) is not None
                }
                spread[key] = dataclasses.replace(given, **limits)
        changed: dict[str, Any] = {**changes, "uncertain": spread or None}
        return dataclasses.replace(self, **changed)

    def compared(self, found: BreakEven, name: str, seed: int = 1) -> WaysCompared | None:
        """This programme under a name, beside its other ways; None if it has none."""
        if not self.ways:
            return None
        kept = found.programme
        enrolled = self._enrolled()
        ways = [Way(name, kept, found.enrolment.enrolled if enrolled is None else enrolled)]
        for way in self.ways:
            way.check()
            if way.closing:
                ways.append(
                    closing(
                        way.name, price_year=self.price_year, one_off=way.one_off,
                        remaining_cost=way.remaining_cost,
                    )
                )  # fmt: skip
                continue
            changes: dict[str, Any] = dict(way.changes)
            unknown = [key for key in changes if key not in INPUTS]
            if unknown:
                _toml.refuse(
                    "E-STUDY-VALUE",
                    f"programme.ways: {unknown[0]!r} is no input. Known: {', '.join(INPUTS)}.",
                )
            if way.team is not None:
                changes["fixed_cost"] = way.team.team()
            for key, given in (self.uncertain or {}).items():
                if key in changes:
                    other = changes[key]
                    value = other.monthly_cost if isinstance(other, Team) else float(other)
                    changes[key] = _rescaled(value, getattr(kept, key), given)
            ways.append(
                Way(way.name, kept.replaced(name=way.name, **changes), way.enrolled, way.one_off)
            )
        return compare_ways(ways, draws=self.draws, seed=seed, months=self.months)


def _uncertain(key: str, value: float, given: UncertainSettings) -> Uncertain:
    low, high = given.low, given.high
    if low is not None and high is not None and low < high and (value < low or value > high):
        _toml.refuse(
            "E-STUDY-VALUE",
            f"programme.uncertain.{key}: {low:g} to {high:g} was given, but {key} is {value:g}. "
            "Write a figure between its limits, or other limits.",
        )
    return uncertain(value, se=given.se, low=low, high=high, level=given.level, shape=given.shape)


def _rescaled(value: float, before: Any, given: UncertainSettings) -> float | Uncertain:
    """An input that a way changes keeps its relative uncertainty."""
    if not isinstance(before, Uncertain) or before.value == 0 or value == 0:
        return value
    se = abs(before.se * value / before.value)
    if given.shape == "uniform":
        half = 3**0.5 * se
        return Uncertain(value, se, "uniform", value - half, value + half)
    return Uncertain(value, se, before.shape)


@dataclass(frozen=True)
class ProgrammeFile:
    """A programme in a file of its own."""

    name: str
    programme: ProgrammeSettings
    language: str = "sv"
    synthetic: bool = False
    seed: int = 1
    profile: str = PUBLIC.name
    money: MoneySettings | None = None

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> ProgrammeFile:
        """Read the programme of a study, or of a file that has nothing else.

        Raises
        ------
        InvalidInput
            `E-FILE`, `E-TOML`, `E-STUDY-KEY`, `E-STUDY-MISSING`, `E-STUDY-TYPE`, `E-STUDY-VALUE`.
        """
        path = study_file(path)
        name = shown_file(path)
        try:
            table = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
        except OSError as error:
            _toml.refuse(
                "E-FILE", f"{name}: cannot be read ({error.strerror}). Check its name and folder."
            )
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            _toml.refuse("E-TOML", f"{name}: not a TOML file in UTF-8{_toml.place_of(error)}.")
        if "data" in table:
            from kohort.study.settings import Study

            study = Study.from_toml(table, folder=path.absolute().parent)
            if study.programme is None:
                _toml.refuse(
                    "E-STUDY-MISSING",
                    f"{name}: the study has no table [programme], which this command is about. "
                    "Write one (docs/study.md has its keys), or name a file of the programme's "
                    "own.",
                    f"{name}: studien har ingen tabell [programme], som kommandot handlar om. "
                    "Skriv en (docs/study.sv.md har nycklarna), eller ange en egen fil för "
                    "insatsen.",
                )
            return cls(
                study.name, study.programme, study.language, study.synthetic, study.seed,
                study.profile, study.money,
            )  # fmt: skip
        read = _toml.read(cls, table, "programme file")
        read.check_profile()
        if read.money is not None:
            read.check_money(read.money)
        if read.language not in LANGUAGES:
            _toml.refuse(
                "E-STUDY-VALUE",
                f"language: {shown_value(read.language)} was given. Known: {', '.join(LANGUAGES)}.",
            )
        return read

    def check_profile(self) -> None:
        """Refuse a profile that there is none of."""
        if self.profile not in (PUBLIC.name, INTERNAL.name):
            _toml.refuse(
                "E-STUDY-VALUE",
                f"profile: {shown_value(self.profile)} was given. Known: public, internal.",
            )

    def check_money(self, given: MoneySettings) -> None:
        """Refuse money that a break-even by itself cannot be in."""
        year = self.programme.price_year
        given.check(year, year, 0)
        for key, used in (
            ("amounts", given.amounts == "nominal"), ("uncertain", given.uncertain is not None),
            ("dated", given.dated != "middle"),
        ):  # fmt: skip
            if used:
                _toml.refuse(
                    "E-STUDY-VALUE",
                    f"money.{key}: a break-even is of one month in one year's prices and does not "
                    "use it. Leave it out; an input's own uncertainty stands in "
                    "[programme.uncertain].",
                    f"money.{key}: en brytpunkt gäller en månad i ett års priser och använder den "
                    "inte. Ta bort den; en uppgifts egen osäkerhet står i [programme.uncertain].",
                )

    def money_notes(self, words: Language) -> list[str]:
        """What a reader must know of the money."""
        given, said = self.money, list[str]()
        if given is None:
            return said
        if given.index is not None and given.index_year is not None:
            made = given.index.index().convert(
                self.programme.price_year, given.index_year, lag=given.index.lag
            )
            said.append(index_said(made, words, nominal=False))
        if given.amounts == "nominal" or given.uncertain is not None:
            said.append(words.text("amounts.one_month", year=self.programme.price_year))
        rate = given.discount if self.programme.discount is None else self.programme.discount
        if rate:
            said.append(words.text("amounts.after", rate=words.percent(rate, 1)))
            if given.rate == "nominal":
                said.append(words.text("amounts.mixed_nominal"))
        return said

    @property
    def disclosure(self) -> Profile:
        """For whom what is written is."""
        return PUBLIC if self.profile == PUBLIC.name else INTERNAL
