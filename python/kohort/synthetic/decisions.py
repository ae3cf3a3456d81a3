"""From histories to what a care system exports: decisions by support type, with reviews and mess.

A person at a level holds several decisions at once, and the most demanding sets the level. On every
day the most demanding decision in force is that of the simulated level, gaps apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort.synthetic import truth as T
from kohort.synthetic.simulate import Histories, Persons, stream

Array = npt.NDArray[Any]

# support type: level it sets (0: none), hours a month from and to (0: not given in hours), weight
SUPPORTS: dict[str, tuple[int, float, float, float]] = {
    "trygghetslarm": (1, 0.0, 0.0, 6.0),
    "städ": (1, 1.5, 3.5, 4.0),
    "tvätt": (1, 1.0, 2.0, 2.0),
    "matdistribution": (1, 0.5, 2.0, 2.0),
    "bäddning": (1, 0.5, 1.0, 0.5),
    "dusch/bad": (2, 3.0, 7.0, 4.0),
    "social tillsyn/samvaro": (2, 2.0, 8.0, 1.5),
    "trygghetssamtal": (2, 1.0, 2.0, 0.5),
    "tillsyn dag/natt": (2, 3.0, 12.0, 2.5),
    "ledsagning": (2, 2.0, 6.0, 0.7),
    "på-/avklädning": (3, 8.0, 22.0, 4.0),
    "förflyttning": (3, 6.0, 20.0, 2.0),
    "måltidshjälp": (3, 10.0, 28.0, 3.0),
    "matning": (3, 10.0, 30.0, 0.4),
    "korttidsboende": (4, 0.0, 0.0, 0.0),
    "särskilt boende": (4, 0.0, 0.0, 0.0),
    "dagverksamhet": (0, 0.0, 0.0, 0.0),
    "anhörigstöd": (0, 0.0, 0.0, 0.0),
}
UNTIL_FURTHER_NOTICE = ("trygghetslarm", "särskilt boende")
HOME_STATES = (T.LIGHT, T.MODERATE, T.HIGH)


@dataclass
class Decision:
    """One row; days since 1970-01-01, both inclusive; `end` is None while in force."""

    person: int
    start: int
    end: int | None
    support: str
    hours: float | None


def day_path(
    times: Array, states: Array, last_day: int
) -> tuple[list[tuple[int, int, int]], int | None]:
    """Whole days of a person's history: (first day, day after the last, state), and the death day.

    Every state is held for a day at least: what comes sooner counts on the next day. Nobody comes
    back within a month after support has ended: so soon, it would not have been ended.
    """
    spells: list[tuple[int, int, int]] = []
    day = -(10**9)
    for time, state in zip(times.tolist(), states.tolist(), strict=True):
        back = spells and spells[-1][2] == T.ENDED and state != T.DEAD
        day = max(int(np.floor(time)), day + (32 if back else 1))
        if day > last_day:
            break
        if spells:
            spells[-1] = (spells[-1][0], day, spells[-1][2])
        if state == T.DEAD:
            return spells, day
        spells.append((day, last_day + 1, state))
    return spells, None


def _pick(level: int, taken: set[str], uniform: Callable[[], float]) -> str:
    choices = [(s, v[3]) for s, v in SUPPORTS.items() if v[0] == level and s not in taken]
    u = uniform() * sum(weight for _, weight in choices)
    for name, weight in choices:
        u -= weight
        if u < 0:
            return name
    return choices[-1][0]


class _Episode:
    """Support without a break: which decisions run, and those that are over."""

    def __init__(self, uniform: Callable[[], float]) -> None:
        self.uniform = uniform
        self.running: dict[str, int] = {}
        self.threads: list[tuple[str, int, int | None]] = []

    def open(self, support: str, day: int) -> None:
        self.running.setdefault(support, day)

    def close(self, support: str, last: int) -> None:
        start = self.running.pop(support)
        if last >= start:
            self.threads.append((support, start, last))

    def close_all(self, last: int | None) -> None:
        for support in list(self.running):
            self.threads.append((support, self.running.pop(support), last))

    def at_home(self, level: int, day: int) -> None:
        """Make `level` the most demanding of what runs from this day on."""
        u = self.uniform
        fresh = not any(1 <= SUPPORTS[s][0] <= 3 for s in self.running)
        for support in list(self.running):
            its = SUPPORTS[support][0]
            if its > level or (its < level and its > 0 and not fresh and u() < 0.08):
                self.close(support, day - 1)
        if fresh:
            if u() < 0.8:
                self.open("trygghetslarm", day)
            if level > 1 and u() < 0.75:
                self.open(_pick(1, set(self.running), u), day)
            if level > 2 and u() < 0.6:
                self.open(_pick(2, set(self.running), u), day)
            if u() < 0.04:
                self.open("dagverksamhet", day)
            if u() < 0.02:
                self.open("anhörigstöd", day)
        at_level = [s for s in self.running if SUPPORTS[s][0] == level]
        wanted = 1 + (u() < 0.55)
        while len(at_level) < wanted:
            support = _pick(level, set(self.running), u)
            self.open(support, day)
            at_level.append(support)

    def into_care_home(self, day: int, until: int) -> None:
        """Home care ends the day before; now and then somebody closes it a little late."""
        for support in list(self.running):
            late = int(1 + 9 * self.uniform()) if self.uniform() < 0.12 else 0
            self.close(support, min(day - 1 + late, until - 1))
        self.open("särskilt boende", day)


def _reviewed(
    thread: tuple[str, int, int | None],
    reviews: list[int],
    gaps: dict[int, int],
    last_day: int,
    uniform: Callable[[], float],
) -> list[tuple[int, int | None]]:
    """The thread as consecutive decisions: cut at reviews, with a gap if a renewal came late."""
    support, start, end = thread
    pieces: list[tuple[int, int | None]] = []
    horizon = last_day if end is None else end
    for review in reviews:
        gap = gaps.get(review, 0)
        if review - start < 45 and not gap:
            continue
        if support in UNTIL_FURTHER_NOTICE and not gap:
            continue
        if review <= start or review + gap > horizon:
            continue
        overlap = (
            1 if not gap and uniform() < 0.03 else 0
        )  # the old one's last day is the new one's first
        pieces.append((start, review - 1 + overlap))
        start = review + gap
    pieces.append((start, end))
    return pieces


def decisions_of(
    person: int,
    spells: list[tuple[int, int, int]],
    death: int | None,
    last_day: int,
    uniform: Callable[[], float],
) -> list[Decision]:
    """All decisions of one person, earliest first."""
    episodes: list[list[tuple[int, int, int]]] = []
    for spell in spells:
        if T.LEVEL_OF_STATE[spell[2]] == 0:
            continue
        if episodes and episodes[-1][-1][1] == spell[0]:
            episodes[-1].append(spell)
        else:
            episodes.append([spell])

    # some need far more hours of personal care than others: a log-logistic factor with mean near 1
    chance = uniform()
    heavy = 0.72 * (chance / (1 - chance)) ** 0.44

    out: list[Decision] = []
    for spells_of_episode in episodes:
        episode = _Episode(uniform)
        for first, after, state in spells_of_episode:
            if state in HOME_STATES:
                episode.at_home(state, first)
            elif state == T.SHORT_STAY:
                episode.open("korttidsboende", first)
            else:
                episode.into_care_home(first, after)
        begun, ended = spells_of_episode[0][0], spells_of_episode[-1][1]
        if death is not None and ended >= death:
            episode.close_all(death)
        elif ended > last_day:
            episode.close_all(None)
        else:
            episode.close_all(ended - 1)

        reviews, gaps = [], {}
        review = begun
        while (review := review + 345 + int(40 * uniform())) <= min(ended, last_day):
            reviews.append(review)
            gap = 1 + int(20 * uniform()) if uniform() < 0.015 else 0
            if gap and any(
                s in HOME_STATES and first < review - 1 and review + gap + 1 < after
                for first, after, s in spells_of_episode
            ):
                gaps[review] = gap
        for thread in episode.threads:
            support = thread[0]
            _, low, high, _ = SUPPORTS[support]
            hours = low + (high - low) * uniform() if high else None
            if hours is not None and SUPPORTS[support][0] == T.HIGH:
                hours = min(max(hours * heavy, 4.0), 180.0)
            for start, end in _reviewed(thread, reviews, gaps, last_day, uniform):
                out.append(
                    Decision(
                        person, start, end, support, None if hours is None else round(2 * hours) / 2
                    )
                )
                if hours is not None:
                    hours *= 0.95 + 0.2 * uniform()
    out.sort(key=lambda d: (d.start, d.support))
    return out


def extract(
    histories: Histories, persons: Persons, first_day: int, last_day: int, seed: int
) -> tuple[list[Decision], dict[int, int]]:
    """Every decision in force on some day of first_day..last_day, and the deaths up to last_day.

    Persons come in the order of their numbers, which say nothing: they are drawn at random. One
    row in 500 stands twice, as after an export joined from two periods.
    """
    uniforms = stream(seed, 3)
    uniform = uniforms.random
    starts = np.searchsorted(histories.person, np.arange(len(persons.birth) + 1))
    supported = np.flatnonzero(np.diff(starts))
    rows: list[Decision] = []
    deaths: dict[int, int] = {}
    for person in supported.tolist():
        mine = slice(starts[person], starts[person + 1])
        if not (T.LEVEL_OF_STATE[histories.state[mine]] > 0).any():
            continue
        if histories.state[mine][-1] == T.DEAD and histories.time[mine][-1] < first_day:
            continue
        spells, death = day_path(histories.time[mine], histories.state[mine], last_day)
        if death is not None and death <= first_day:
            continue
        found = [
            d
            for d in decisions_of(person, spells, death, last_day, uniform)
            if (d.end is None or d.end >= first_day) and d.start <= last_day
        ]
        if found:
            rows.extend(found)
            if death is not None:
                deaths[person] = death
    return rows, deaths
