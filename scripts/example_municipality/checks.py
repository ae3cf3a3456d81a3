"""What the emitted decisions say, beside what has been published: the constraint set.

Levels are read from the decisions as a care planner would: on every day the most demanding support
in force, a break of at most 30 days bridged with the level before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kohort.synthetic import truth as T
from kohort.synthetic.decisions import SUPPORTS, Decision
from kohort.synthetic.simulate import Histories, Persons

from . import measure as M

BRIDGED_DAYS = 30
LEVELS = ("light", "moderate", "high", "total")
COHORTS = range(2016, 2022)  # entry years, each followed to 31 December three years later


@dataclass(frozen=True)
class Check:
    """One figure beside its target; `low` and `high` are what is accepted."""

    name: str
    value: float
    target: float
    low: float
    high: float
    n: float
    source: str

    @property
    def holds(self) -> bool:
        return self.low <= self.value <= self.high


def level_spells(rows: list[Decision], last_day: int) -> dict[int, list[tuple[int, int, int]]]:
    """Per person, spells of one level: (first day, last day, level), both inclusive, bridged."""
    by_person: dict[int, list[Decision]] = {}
    for row in rows:
        if SUPPORTS[row.support][0] > 0:
            by_person.setdefault(row.person, []).append(row)
    out: dict[int, list[tuple[int, int, int]]] = {}
    for person, mine in by_person.items():
        ends = [last_day if row.end is None else row.end for row in mine]
        cuts = sorted({row.start for row in mine} | {end + 1 for end in ends})
        spells: list[tuple[int, int, int]] = []
        for first, after in pairwise(cuts):
            level = max(
                (
                    SUPPORTS[row.support][0]
                    for row, end in zip(mine, ends, strict=True)
                    if row.start <= first and end >= after - 1
                ),
                default=0,
            )
            if level == 0:
                if after - first > BRIDGED_DAYS:
                    continue
                level = spells[-1][2]
            if spells and spells[-1][2] == level and spells[-1][1] == first - 1:
                spells[-1] = (spells[-1][0], after - 1, level)
            else:
                spells.append((first, after - 1, level))
        out[person] = spells
    return out


def level_on(spells: list[tuple[int, int, int]], day: int) -> int:
    return next((level for first, last, level in spells if first <= day <= last), 0)


def flow_checks(
    rows: list[Decision], deaths: dict[int, int], first_day: int, last_day: int
) -> list[Check]:
    """Entry mix, first year, end of follow-up, and how care homes are left."""
    never = 10**9
    spells = level_spells(rows, last_day)
    entry, level, year_later, at_end, dead_end = [], [], [], [], []
    for person, mine in spells.items():
        first = mine[0][0]
        year = int(str(np.datetime64(first, "D"))[:4])
        if first < first_day or year not in COHORTS:
            continue
        end = M.day(f"{year + 3}-12-31")
        death = deaths.get(person, never)
        entry.append(first)
        level.append(mine[0][2])
        year_later.append(0 if death <= first + 365 else level_on(mine, first + 365))
        at_end.append(0 if death <= end else level_on(mine, end))
        dead_end.append(death <= end)
    start, later, final, dead = map(np.array, (level, year_later, at_end, dead_end))
    zingmark = "Zingmark & Norström 2021"
    out = []
    for j, (name, share) in enumerate(zip(LEVELS, (53, 16, 24, 7.7), strict=True), start=1):
        mine = 100 * (start == j)
        out.append(
            Check(
                f"entry mix, {name}, %",
                mine.mean(),
                share,
                share - 1.5,
                share + 1.5,
                len(start),
                zingmark,
            )
        )
    for j, name in enumerate(LEVELS, start=1):
        mine = later[start == j] == j
        out.append(
            Check(
                f"at the initial level after 12 months, {name}, %",
                100 * mine.mean(),
                51.5,
                40,
                63,
                len(mine),
                zingmark,
            )
        )
    low, severe = start <= 2, start == 3
    up = 100 * (later > start)
    out.append(
        Check(
            "higher level after 12 months, light and moderate, %",
            up[low].mean(),
            40,
            38,
            42,
            low.sum(),
            zingmark,
        )
    )
    out.append(
        Check(
            "total after 12 months, high, %",
            up[severe].mean(),
            6.7,
            4.7,
            8.7,
            severe.sum(),
            "derived from 40 and 29 %",
        )
    )
    out.append(
        Check(
            "higher level after 12 months, everyone, %", up.mean(), 29, 27, 31, len(start), "slides"
        )
    )
    worse = 100 * ((final > start) | dead)
    out.append(
        Check(
            "higher level or dead at the end of follow-up, light and moderate, %",
            worse[low].mean(),
            75,
            73,
            77,
            low.sum(),
            zingmark,
        )
    )

    moved_in: dict[int, int] = {}
    for row in rows:
        if row.support == "särskilt boende":
            moved_in[row.person] = min(row.start, moved_in.get(row.person, never))
    stays = np.array(
        [
            deaths.get(p, never) - d
            for p, d in moved_in.items()
            if first_day <= d <= M.day("2021-12-31")
        ]
    )
    for days, target, tolerance in ((8, 10, 2.5), (119, 30, 4), (595, 50, 4)):
        out.append(
            Check(
                f"dead within {days} days of moving into a care home, %",
                100 * (stays <= days).mean(),
                target,
                target - tolerance,
                target + tolerance,
                len(stays),
                "Schön et al. 2016, entrants of 2012",
            )
        )
    median = float(np.median(stays))
    memoryless = 100 * (1 - 0.5 ** (8 / median))
    out.append(
        Check(
            "the same within 8 days if the hazard were constant with this median, %",
            memoryless,
            1,
            0,
            3,
            len(stays),
            "derived, for contrast",
        )
    )
    return out


def population_checks(
    histories: Histories,
    persons: Persons,
    forces: np.ndarray,
    stockholm: np.ndarray,
    scale: float,
    national: dict[int, float],
    first_day: int,
    last_day: int,
) -> list[Check]:
    """Size against the nation, deaths against the life table, prevalence against Stockholm."""
    out = []
    for year, thousands in national.items():
        state = M.state_at(
            histories,
            np.arange(len(persons.birth)),
            np.full(len(persons.birth), float(M.day(f"{year}-07-01"))),
        )
        reached = persons.birth + 65 * T.YEAR <= M.day(f"{year}-07-01")
        alive = int((reached & (state != T.DEAD)).sum())
        expected = thousands * scale
        out.append(
            Check(
                f"persons 65+ on 1 July {year}",
                alive,
                expected,
                0.97 * expected,
                1.03 * expected,
                alive,
                "WPP 2019, scaled",
            )
        )
    deaths, _, years, _ = M.deaths_and_exposure(histories, persons, first_day, last_day + 1)
    expected_deaths = forces * years
    bands = [
        ("65+", 0, 99, 0.04),
        ("65-79", 0, 15, 0.10),
        ("80-89", 15, 25, 0.10),
        ("90+", 25, 99, 0.10),
    ]
    for sex, who in enumerate(T.SEXES):
        for band, first, after, tolerance in bands:
            seen, expected = deaths[sex, first:after].sum(), expected_deaths[sex, first:after].sum()
            out.append(
                Check(
                    f"deaths over those of the life table, {who} {band}",
                    seen / expected,
                    1,
                    1 - tolerance,
                    1 + tolerance,
                    seen,
                    "SCB life table 2016",
                )
            )
    shares, _, persons_in = M.prevalence(
        histories, persons, [M.day(f"{y}-01-01") for y in (2016, 2017, 2018)]
    )
    for sex, who in enumerate(T.SEXES):
        for g, group in enumerate(M.AGE_GROUPS):
            target = 100 * stockholm[sex, g]
            tolerance = 1 + 0.1 * target
            # at 90 and older Stockholm's share leaves hardly any deaths to those without support
            below = 1 + 0.2 * target if group == "90+" else tolerance
            out.append(
                Check(
                    f"share with support, {who} {group}, %",
                    100 * shares[sex, g],
                    target,
                    target - below,
                    target + tolerance,
                    persons_in[sex, g],
                    "Stockholm, January 2016-2018",
                )
            )
    return out
