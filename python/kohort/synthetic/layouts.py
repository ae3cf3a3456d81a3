"""How a municipality's decisions look in a file: columns, dates and ids of each layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort.synthetic import simulate as S
from kohort.synthetic import truth as T
from kohort.synthetic.decisions import SUPPORTS, Decision, day_path, extract

Array = npt.NDArray[Any]
Row = list[str]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "care_system": (
        "person", "birth_date", "sex", "decision", "from", "to", "support", "hours_per_month",
        "death_date",
    ),
    "swedish": ("personnummer", "beslut_id", "fran", "till", "niva", "handelse", "kostnad"),
    "english": ("person_id", "decision_id", "from", "to", "level", "event", "cost"),
    "register": (
        "LopNr", "PERIOD", "BOFORM", "HTJ", "HTJTIM", "MATD", "TRYGG", "DAGV", "BOSTO", "KORTTID",
        "KORTMAN",
    ),
}  # fmt: skip
"""Layout to its header."""

ABOUT_PERSONS = ("LopNr", "kön", "födelsedatum", "dödsdatum")
"""Header of what the register does not tell, in a file beside it."""

ROLES: Mapping[str, tuple[str, ...]] = {
    "care_system": (  # the last one is there if a fault needs it
        "person", "birth", "sex", "decision", "start", "end", "support", "hours", "death", "exit",
    ),
    "swedish": ("person", "decision", "start", "end", "level", "event", "cost"),
    "english": ("person", "decision", "start", "end", "level", "event", "cost"),
    "register": (
        "person", "period", "housing", "", "hours", "", "", "", "", "", "days",
    ),
}  # fmt: skip
EXIT = "exit_date"
OPAQUE = "löpnummer"  # what ids that are no personal numbers are called instead


def header(layout: str, ids: str, *, with_exit: bool) -> list[str]:
    """The columns' names, which say what the ids are."""
    heads = list(COLUMNS[layout])
    if ids == "opaque" and heads[0] == "personnummer":
        heads[0] = OPAQUE
    return [*heads, EXIT] if with_exit else heads


LEVELS = {
    "swedish": ("", "lätt", "måttligt", "mycket", "helt"),
    "english": ("", "light", "moderate", "high", "total"),
}
EVENTS = {"swedish": ("beslut", "död"), "english": ("decision", "death")}
COST_PER_YEAR = (0, 20_000, 80_000, 240_000, 800_000)  # as on the slides, by level
FORMATS = ("iso", "compact", "day_month_year", "month_day_year", "excel_1900")


@dataclass
class Block:
    """Rows of some persons, with what planting faults needs to know of them."""

    layout: str
    rows: list[Row] = field(default_factory=list)
    person: list[int] = field(default_factory=list)  # of each row, within the block
    deaths: dict[int, int] = field(default_factory=dict)
    days: list[tuple[int, int | None]] = field(default_factory=list)  # first and last, of each row
    about: list[Row] = field(default_factory=list)  # of the register's persons


@dataclass(frozen=True)
class Writing:
    """How values become text."""

    date: Callable[[int | None], str]
    decimal: str
    person: Callable[[int, int, int], str]  # number, birth in days, sex (1 men): the id


def dates(form: str) -> Callable[[int | None], str]:
    """Days since 1970-01-01 to text; looked up, since there are millions of them."""
    first, last = -45_000, 30_000  # 1846 to 2052
    listed = np.arange(first, last).astype("datetime64[D]")
    iso = np.datetime_as_string(listed).tolist()
    if form == "compact":
        known = [text.replace("-", "") for text in iso]
    elif form == "day_month_year":
        known = [f"{text[8:]}/{text[5:7]}/{text[:4]}" for text in iso]
    elif form == "month_day_year":
        known = [f"{text[5:7]}/{text[8:]}/{text[:4]}" for text in iso]
    elif form == "excel_1900":
        known = [str(day + 25_569) for day in range(first, last)]
    else:
        known = iso
    return lambda day: "" if day is None else known[day - first]


def block(
    layout: str,
    people: tuple[S.Persons, S.Histories],
    window: tuple[int, int],
    seed: int,
    numbers: tuple[int, int],
    writing: Writing,
) -> Block:
    """The rows of simulated people; `numbers` are of the persons and rows before them."""
    persons, histories = people
    decisions, deaths = extract(histories, persons, *window, seed)
    made = Block(layout, deaths=deaths)
    shown = np.unique([row.person for row in decisions])
    shuffled = shown[np.argsort(S.stream(seed, 4).random(len(shown)), kind="stable")]
    birth = np.floor(persons.birth).astype(int)
    names = {
        int(p): writing.person(numbers[0] + i, int(birth[p]), int(persons.sex[p]))
        for i, p in enumerate(shuffled, start=1)
    }
    of_person: dict[int, list[Decision]] = {}
    for row in decisions:
        of_person.setdefault(row.person, []).append(row)
    if layout == "care_system":
        _care_system(made, of_person, shuffled, names, persons, birth, numbers[1], writing)
    elif layout == "register":
        _register(made, of_person, shuffled, names, window)
        made.about = [
            [names[p], ("kvinna", "man")[persons.sex[p]], writing.date(int(birth[p])),
             writing.date(made.deaths.get(p))]
            for p in dict.fromkeys(made.person)
        ]  # fmt: skip
    else:
        _levels(made, people, shuffled, names, window, numbers[1], writing)
    return made


def _care_system(
    made: Block,
    of_person: Mapping[int, list[Decision]],
    order: Array,
    names: Mapping[int, str],
    persons: S.Persons,
    birth: Array,
    number: int,
    writing: Writing,
) -> None:
    for p in order.tolist():
        death = made.deaths.get(p)
        head = [names[p], writing.date(int(birth[p])), ("kvinna", "man")[persons.sex[p]]]
        died = writing.date(death)
        for d in of_person[p]:
            number += 1
            hours = "" if d.hours is None else f"{d.hours:.1f}".replace(".", writing.decimal)
            made.rows.append(
                [*head, f"B{number:07d}", writing.date(d.start), writing.date(d.end), d.support,
                 hours, died]
            )  # fmt: skip
            made.person.append(p)
            made.days.append((d.start, d.end))


def _levels(
    made: Block,
    people: tuple[S.Persons, S.Histories],
    order: Array,
    names: Mapping[int, str],
    window: tuple[int, int],
    number: int,
    writing: Writing,
) -> None:
    """One decision for each stay at a level, and a row for a death."""
    persons, histories = people
    levels, events = LEVELS[made.layout], EVENTS[made.layout]
    starts = np.searchsorted(histories.person, np.arange(len(persons.birth) + 1))
    for p in order.tolist():
        mine = slice(starts[p], starts[p + 1])
        spells, death = day_path(histories.time[mine], histories.state[mine], window[1])
        for first, last, level in _stays(spells, death, window):
            number += 1
            end = None if last > window[1] else last
            cost = str(COST_PER_YEAR[level])
            made.rows.append(
                [names[p], f"B{number:07d}", writing.date(first), writing.date(end), levels[level],
                 events[0], cost]
            )  # fmt: skip
            made.person.append(p)
            made.days.append((first, end))
        if death is not None:
            made.rows.append([names[p], "", writing.date(death), "", "", events[1], ""])
            made.person.append(p)
            made.days.append((death, death))


def _stays(
    spells: list[tuple[int, int, int]], death: int | None, window: tuple[int, int]
) -> Iterator[tuple[int, int, int]]:
    """(first day, last day, level) of stays in the window; short stay and care home are one."""
    joined: list[tuple[int, int, int]] = []
    for first, after, state in spells:
        level = int(T.LEVEL_OF_STATE[state])
        if joined and joined[-1][2] == level and joined[-1][1] == first - 1:
            joined[-1] = (joined[-1][0], after - 1, level)
        else:
            joined.append((first, after - 1, level))
    for first, last, level in joined:
        if level and last >= window[0]:
            yield first, (death if death is not None and last == death - 1 else last), level


def _register(
    made: Block,
    of_person: Mapping[int, list[Decision]],
    order: Array,
    names: Mapping[int, str],
    window: tuple[int, int],
) -> None:
    """What was in force on the last day of each month, as the national register counts it."""
    months = np.arange(
        np.datetime64(window[0], "D").astype("datetime64[M]"),
        np.datetime64(window[1], "D").astype("datetime64[M]") + 1,
    )
    ends = ((months + 1).astype("datetime64[D]").astype(int) - 1).tolist()
    periods = [str(month).replace("-", "") for month in months]
    for p in order.tolist():
        died = made.deaths.get(p, 10**9)
        for period, end in zip(periods, ends, strict=True):
            if end > window[1] or end >= died:
                break
            now = [d for d in of_person[p] if d.start <= end and (d.end is None or d.end >= end)]
            if not now:
                continue
            kinds = {d.support for d in now}
            home = "särskilt boende" in kinds
            hours = 0 if home else min(744, round(sum(d.hours or 0.0 for d in now)))
            helped = not home and any(SUPPORTS[d.support][0] in (1, 2, 3) and d.hours for d in now)
            short = [d for d in now if d.support == "korttidsboende"]
            days = min(31, end - short[0].start + 1) if short else 0
            made.rows.append(
                [names[p], period, "2" if home else "1", str(int(helped)),
                 str(hours) if helped else "888", str(int("matdistribution" in kinds)),
                 str(int("trygghetslarm" in kinds)), str(int("dagverksamhet" in kinds)), "0",
                 str(int(bool(short))), str(days)]
            )  # fmt: skip
            made.person.append(p)
            made.days.append((end, end))
