"""Months in which persons are seen, as visits to be fitted and as stays to be counted.

At the end of each month a person's level is seen. It is taken to hold until the next month's end
that the register has, so stays of months begin and end on the days of the visits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort._core import Finding
from kohort.data.level_rules import RegisterRule
from kohort.data.observations import Observations
from kohort.data.register_persons import PersonFacts
from kohort.data.register_rows import UNKNOWN
from kohort.extracts.opening import open_extract
from kohort.model.structure import Model

Array = npt.NDArray[Any]
_GONE = "ended or dead"
_YEAR = 365.25


@dataclass(frozen=True, eq=False)
class Months:
    """What was in force at the end of each month, person by person.

    Attributes
    ----------
    names
        Of the persons.
    days
        Last day of each month that the register has, since 1970.
    grid
        (persons, months): the level; `UNKNOWN` if hours are missing, empty if nothing gives one.
    facts
        Sex, birth and death of the persons.
    deaths_known
        Whether those without a death are known to be alive.
    """

    names: Array
    days: Array
    grid: Array
    facts: PersonFacts
    deaths_known: bool

    @property
    def first(self) -> Array:
        """Place of the first month with a level that is known; -1 if there is none."""
        told = (self.grid != "") & (self.grid != UNKNOWN)
        found: Array = np.where(told.any(axis=1), np.argmax(told, axis=1), -1)
        return found

    @property
    def last(self) -> Array:
        """Place of the last month with support."""
        found: Array = self.grid.shape[1] - 1 - np.argmax((self.grid != "")[:, ::-1], axis=1)
        return found

    @property
    def died(self) -> Array:
        """Days of death since 1970, as numbers; infinite for those without one."""
        death = self.facts.death
        days: Array = np.where(np.isnat(death), np.inf, death.astype(np.int64))
        return days

    def until(self, day: int) -> Months:
        """What was known on a day: its months, and deaths by then."""
        seen = self.days <= day
        known = self.facts.death <= np.datetime64(day, "D")
        death = np.where(known, self.facts.death, np.datetime64("NaT"))
        facts = PersonFacts(self.facts.male, self.facts.birth, death, self.facts.told)
        return Months(self.names, self.days[seen], self.grid[:, seen], facts, self.deaths_known)

    def refuse_support_after_death(self) -> None:
        """Raise if somebody has support at the end of a month after their death."""
        late = np.flatnonzero((self.first >= 0) & (self.died < self.days[self.last]))
        if len(late):
            _core.refuse([
                Finding(
                    code="E-AFTER-DEATH", severity="E", column="PERIOD", count=len(late),
                    message="persons have support at the end of a month after their death.",
                    message_sv="personer har stöd i slutet av en månad efter att de har avlidit.",
                    remedy="Correct the deaths, or the register's months.",
                    remedy_sv="Rätta dödsdatumen eller registrets månader.",
                )
            ])  # fmt: skip


def visits(months: Months, rule: RegisterRule, model: Model) -> Observations:
    """Visits at the ends of months, from each person's first month with a level that is known."""
    ended = "ended" if "ended" in model.states else None
    dead = model.death
    grid, days, died = months.grid.copy(), months.days, months.died
    present = grid != ""
    followed = months.first >= 0
    at = np.arange(len(days))[None, :]
    inside = followed[:, None] & (at >= months.first[:, None])
    after = inside & (at > months.last[:, None])
    known_dead = days[None, :] >= died[:, None]
    if ended is not None:
        grid[inside & ~present & ~after] = ended
        grid[after & ~known_dead] = ended if months.deaths_known or dead is None else _GONE
    shown = inside & (grid != "") & ~known_dead
    who, when = np.nonzero(shown)
    times, states = days[when], grid[who, when]
    if dead is not None:
        gone = np.flatnonzero(followed & (died <= days[-1]))
        who = np.r_[who, gone]
        times = np.r_[times, died[gone].astype(np.int64)]
        states = np.r_[states, np.full(len(gone), dead, dtype=object)]
    censored = {UNKNOWN: rule.hour_levels}
    if ended is not None and dead is not None:
        censored[_GONE] = (ended, dead)
    table = {
        "person": months.names[who], "day": times.astype("datetime64[D]"), "state": states,
    }  # fmt: skip
    facts = months.facts
    covariates = []
    if "birth" in facts.told:
        born = np.where(np.isnat(facts.birth), np.nan, facts.birth.astype(np.int64))
        table["age"] = (times - born[who]) / _YEAR
        covariates.append("age")
    if "sex" in facts.told:
        male = np.where(facts.male < 0, np.nan, facts.male)
        table["male"] = male[who]
        covariates.append("male")
    return Observations.from_table(
        table, model, subject="person", time="day", state="state", censored=censored,
        covariates=covariates,
    )  # fmt: skip


def stays(months: Months, rule: RegisterRule, model: Model) -> Any:
    """The same as stays from month's end to month's end, for the core to count.

    Of a month with missing hours the level before it is counted. Those at a level in the first
    month came before the register begins.
    """
    grid, days, died = months.grid, months.days, months.died
    followed = months.first >= 0
    at = np.arange(len(days))[None, :]
    told = (grid != "") & (grid != UNKNOWN)
    before = np.maximum.accumulate(np.where(told, at, 0), axis=1)
    level = np.take_along_axis(grid, np.where(grid == UNKNOWN, before, at), axis=1)
    level[(at < months.first[:, None]) | ~followed[:, None]] = ""
    none = np.full((len(level), 1), "", dtype=object)
    who, begin = np.nonzero((level != np.hstack([none, level[:, :-1]])) & (level != ""))
    _, last = np.nonzero((level != np.hstack([level[:, 1:], none])) & (level != ""))
    start = days[begin] - (begin == 0)
    until = np.r_[days[1:] - 1, days[-1]][last].astype(float)
    end = np.minimum(until, died[who])
    table: dict[str, Array] = {
        "person": np.char.add("p", who.astype(str)),
        "start": start.astype("datetime64[D]").astype(str),
        "end": np.where(
            (last == len(days) - 1) & (died[who] > days[-1]),
            "", end.astype(np.int64).astype("datetime64[D]").astype(str),
        ),
        "level": level[who, begin].astype(str),
    }  # fmt: skip
    death = np.where(died <= days[-1], months.facts.death.astype(str), "")
    if (death != "").any():
        table["death"] = death[who]
    if {"sex", "birth"} <= months.facts.told:
        table["sex"] = np.array(["woman", "man", ""])[months.facts.male][who]
        table["birth"] = months.facts.birth.astype(str)[who]
    return open_extract(table).read(
        model=_any_move(model)._core,
        rule=_core.named_levels(list(rule.levels)),
        extraction=int(days[-1]),
        observed_from=int(days[0]),
        overlap="refuse",
        gap_days=0,
        short_stay_days=0,
        ended="ended" if "ended" in model.states else "",
        id="opaque",
    )


def _any_move(model: Model) -> Model:
    """The same states with every move: what happens within a month is not seen."""
    living = [state for state in model.states if state != model.death]
    return Model(
        model.states, [(a, b) for a in living for b in model.states if a != b], model.death
    )
