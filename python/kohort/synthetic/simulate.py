"""The whole population 65+, person by person in continuous time, from each 65th birthday on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort.synthetic import truth as T
from kohort.synthetic.truth import Truth

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Persons:
    """Who reaches 65: birth in days since 1970-01-01 (fractions of a day are the hour)."""

    birth: Array
    sex: Array  # 0 women, 1 men


@dataclass(frozen=True)
class Histories:
    """Every change of state, sorted by person and time; everybody starts in NONE at 65."""

    person: Array
    time: Array  # days since 1970-01-01
    state: Array


def stream(seed: int, purpose: int) -> np.random.Generator:
    """Random numbers for one purpose. Only uniforms are drawn: their bits never change."""
    return np.random.Generator(np.random.Philox(key=[seed, purpose]))


def cohorts(population: dict[tuple[str, str, int], float], forces: Array) -> Array:
    """Persons who reached or will reach 65, by sex and age on 1 July 2015, ages 54-109, (2, 56).

    `population[sex, group, year]` are the groups of WPP. The numbers z at 65 are as smooth as can
    be, min sum (z_a - z_(a-1))^2, such that z_a times the survivors gives every group: 65-69 to
    100+ in 2015, and 65-69 in 2020 and 2025 for the cohorts to come.
    """
    ages = np.arange(54, 110)
    groups = [("100+", 2015, 100, 109)] + [
        (f"{a}-{a + 4}", 2015, a, a + 4) for a in range(95, 64, -5)
    ]
    groups += [("65-69", 2020, 60, 64), ("65-69", 2025, 55, 59)]
    out = np.empty((2, len(ages)))
    for sex, name in enumerate(T.SEXES):
        cumulative = np.concatenate(([0.0], np.cumsum(forces[sex])))
        # from exact age 65 to age a + 1/2, the mean of those of completed age a
        alive = np.exp(-np.interp(np.arange(65, 110) + 0.5, np.arange(65, 117), cumulative))
        differences = np.diff(np.eye(len(ages)), axis=0)
        constraints = np.zeros((len(groups), len(ages)))
        totals = np.empty(len(groups))
        for row, (group, year, first, last) in enumerate(groups):
            inside = (ages >= first) & (ages <= last)
            constraints[row, inside] = alive[ages[inside] + (year - 2015) - 65]
            totals[row] = population[name, group, year]
        n, m = len(ages), len(groups)
        kkt = np.block(
            [[2 * differences.T @ differences, constraints.T], [constraints, np.zeros((m, m))]]
        )
        out[sex] = np.linalg.solve(kkt, np.concatenate((np.zeros(n), totals)))[:n]
    return out


def draw_persons(numbers: Array, seed: int) -> Persons:
    """Whole persons (random rounding) with birth dates spread over the cohort's year."""
    generator = stream(seed, 1)
    birth, sexes = [], []
    mid_2015 = (np.datetime64("2015-07-01") - np.datetime64("1970-01-01")).astype(int)
    for sex in (0, 1):
        for age, expected in zip(range(54, 110), numbers[sex], strict=True):
            count = int(np.floor(expected + generator.random()))
            birth.append(mid_2015 - (age + generator.random(count)) * T.YEAR)
            sexes.append(np.full(count, sex))
    return Persons(np.concatenate(birth), np.concatenate(sexes))


def simulate(truth: Truth, forces: Array, persons: Persons, until: float, seed: int) -> Histories:
    """All changes of state before `until` (days since 1970-01-01).

    Rates are constant between birthdays, so time to the next event is exponential, drawn anew at
    each birthday. What ends a short stay or a stay in a care home is drawn when it begins.
    """
    generator = stream(seed, 2)
    table = T.intensity_table(truth, forces)
    n = len(persons.birth)
    time = persons.birth + 65 * T.YEAR
    age = np.full(n, 65)
    state = np.full(n, T.NONE)
    events: list[tuple[Array, Array, Array]] = []
    active = np.flatnonzero(time < until)

    def note(who: Array, when: Array, what: Array) -> None:
        events.append((who, when, what))

    while len(active):
        sex = persons.sex[active]
        rows = table[state[active], sex, np.minimum(age[active] - 65, len(T.AGES) - 1)]
        cumulative = np.cumsum(rows, axis=1)
        total = cumulative[:, -1]
        u = generator.random((5, len(active)))
        happens = time[active] - np.log1p(-u[0]) / total * T.YEAR
        birthday = persons.birth[active] + (age[active] + 1) * T.YEAR
        moved = (happens < birthday) & (happens < until)

        still = active[~moved]
        time[still] = birthday[~moved]
        age[still] += 1

        who, when, u = active[moved], happens[moved], u[:, moved]
        target = (u[1][:, None] * total[moved, None] >= cumulative[moved]).sum(axis=1)
        entering = target == T.NONE
        year = 1970 + when / T.YEAR
        mix = np.cumsum(T.entry_mix(truth, age[who], sex[moved], year), axis=1)
        level = 1 + np.minimum((u[2][:, None] >= mix).sum(axis=1), 3)
        target = np.where(entering, level, target)
        short_share = np.where(entering, truth.short_share_at_entry, truth.short_share)
        to_home = (target == T.TOTAL) & (u[3] >= short_share)
        target[to_home] = T.CARE_HOME
        note(who, when, target)

        short = target == T.SHORT_STAY
        home_from_short = np.zeros(0, dtype=int)
        if short.any():
            stayed = who[short]
            end = when[short] + 2 - np.log1p(-u[4][short]) * (truth.short_mean_days - 2)
            v = generator.random(len(stayed))
            limits = np.cumsum(truth.short_exit)
            kind = np.minimum((v[:, None] >= limits).sum(axis=1), 3)
            after = np.choose(kind, [T.HIGH, T.CARE_HOME, T.ENDED, T.DEAD])
            note(stayed, end, after)
            time[stayed], state[stayed] = end, after
            home_from_short = stayed[after == T.CARE_HOME]
        direct = ~short
        time[who[direct]], state[who[direct]] = when[direct], target[direct]

        moved_in = np.concatenate((who[to_home], home_from_short))
        if len(moved_in):
            exact_age = (time[moved_in] - persons.birth[moved_in]) / T.YEAR
            years = T.care_home_death_time(
                truth, exact_age, persons.sex[moved_in], generator.random(len(moved_in))
            )
            time[moved_in] += years * T.YEAR
            state[moved_in] = T.DEAD
            note(moved_in, time[moved_in], np.full(len(moved_in), T.DEAD))

        age[who] = np.floor((time[who] - persons.birth[who]) / T.YEAR).astype(int)
        active = active[(state[active] != T.DEAD) & (time[active] < until)]

    person = np.concatenate([e[0] for e in events])
    when = np.concatenate([e[1] for e in events])
    what = np.concatenate([e[2] for e in events])
    order = np.lexsort((np.arange(len(person)), when, person))
    keep = order[when[order] < until]
    return Histories(person[keep], when[keep], what[keep])


def state_on(histories: Histories, persons: Persons, day: float) -> Array:
    """State of every person at the start of a day; -1 before the 65th birthday."""
    out = np.where(persons.birth + 65 * T.YEAR <= day, T.NONE, -1)
    past = histories.time < day
    out[histories.person[past]] = histories.state[past]  # the last one written is the latest
    return out
