"""What the latent histories say about the published summaries; used to calibrate the truth."""

from __future__ import annotations

import numpy as np

from kohort.synthetic import truth as T
from kohort.synthetic.simulate import Histories, Persons, state_on


def day(text: str) -> int:
    return int((np.datetime64(text) - np.datetime64("1970-01-01")).astype(int))


def state_at(histories: Histories, who: np.ndarray, when: np.ndarray) -> np.ndarray:
    """State of persons `who` just before the moments `when`."""
    span = 1e6
    keys = histories.person * span + histories.time
    position = np.searchsorted(keys, who * span + when) - 1
    found = (position >= 0) & (histories.person[position] == who)
    return np.where(found, histories.state[position], T.NONE)


def first_decisions(histories: Histories, persons: Persons, since: int) -> tuple[np.ndarray, ...]:
    """First entries to support since then, of those without support that day: who, when, level."""
    in_support = T.LEVEL_OF_STATE[state_on(histories, persons, since)] > 0
    entry = (
        (histories.time >= since)
        & (T.LEVEL_OF_STATE[histories.state] > 0)
        & ~in_support[histories.person]
    )
    rows = np.flatnonzero(entry)
    rows = rows[np.unique(histories.person[rows], return_index=True)[1]]
    return (
        histories.person[rows],
        histories.time[rows],
        T.LEVEL_OF_STATE[histories.state[rows]],
    )


def flow(
    histories: Histories, persons: Persons, first: int = 2016, last: int = 2021
) -> dict[str, float]:
    """The quantities of the constraint set, from first decisions of the years first..last."""
    who, when, level = first_decisions(histories, persons, day("2015-01-01"))
    year = (
        np.array([np.datetime64(int(w), "D") for w in when]).astype("datetime64[Y]").astype(int)
        + 1970
    )
    keep = (year >= first) & (year <= last)
    who, when, level, year = who[keep], when[keep], level[keep], year[keep]
    end = np.array([day(f"{y + 3}-12-31") for y in year]) + 1.0
    at_year = state_at(histories, who, when + 365)
    at_end = state_at(histories, who, end)
    level_year, level_end = T.LEVEL_OF_STATE[at_year], T.LEVEL_OF_STATE[at_end]
    low = level <= 2
    result: dict[str, float] = {"n": len(who)}
    for j, name in enumerate(("light", "moderate", "high", "total"), start=1):
        mine = level == j
        result[f"share_{name}"] = mine.mean()
        result[f"stay_{name}"] = (level_year[mine] == j).mean()
        result[f"dead12_{name}"] = (at_year[mine] == T.DEAD).mean()
        result[f"ended12_{name}"] = (at_year[mine] == T.ENDED).mean()
        result[f"up12_{name}"] = (level_year[mine] > j).mean()
        result[f"end_dead_{name}"] = (at_end[mine] == T.DEAD).mean()
        result[f"end_ended_{name}"] = (at_end[mine] == T.ENDED).mean()
        result[f"end_same_{name}"] = (level_end[mine] == j).mean()
    result["up_low"] = (level_year[low] > level[low]).mean()
    result["up_high"] = (level_year[level == 3] == 4).mean()
    result["up_all"] = (level_year > level).mean()
    result["end_low"] = ((level_end[low] > level[low]) | (at_end[low] == T.DEAD)).mean()
    moved = np.flatnonzero(
        (histories.state == T.CARE_HOME)
        & (histories.time >= day("2015-01-01"))
        & (histories.time < day("2022-01-01"))
    )
    stay = histories.time[moved + 1] - histories.time[moved] if len(moved) else np.zeros(0)
    same = histories.person[moved + 1] == histories.person[moved]
    for days in (8, 119, 595):
        result[f"home_dead_{days}"] = (same & (stay <= days)).mean()
    result["home_n"] = len(moved)
    return result


AGE_GROUPS = ("65-69", "70-74", "75-79", "80-84", "85-89", "90+")


def prevalence(histories: Histories, persons: Persons, days: list[int]) -> tuple[np.ndarray, ...]:
    """Share with support by sex and age group, and by level in all, mean over dates."""
    counts = np.zeros((2, 6, 5))
    everyone = np.zeros((2, 6))
    for at in days:
        state = state_on(histories, persons, at)
        alive = (state >= 0) & (state != T.DEAD)
        age = np.floor((at - persons.birth) / T.YEAR)
        group = np.clip((age - 65) // 5, 0, 5).astype(int)
        np.add.at(everyone, (persons.sex[alive], group[alive]), 1)
        np.add.at(counts, (persons.sex[alive], group[alive], T.LEVEL_OF_STATE[state[alive]]), 1)
    return (
        counts[:, :, 1:].sum(axis=2) / everyone,
        counts.sum(axis=(0, 1)) / counts.sum(),
        everyone / len(days),
    )


def deaths_and_exposure(
    histories: Histories, persons: Persons, since: int, until: int
) -> tuple[np.ndarray, ...]:
    """Deaths, those without support, person-years, those without support; (2, completed ages)."""
    n_ages = len(T.AGES)
    deaths, deaths_none, years, years_none = (np.zeros((2, n_ages)) for _ in range(4))
    start = np.concatenate((persons.birth + 65 * T.YEAR, histories.time))
    who = np.concatenate((np.arange(len(persons.birth)), histories.person))
    state = np.concatenate((np.zeros(len(persons.birth), dtype=int), histories.state))
    order = np.lexsort((np.arange(len(who)), start, who))
    start, who, state = start[order], who[order], state[order]
    end = np.append(start[1:], until)
    end[np.append(who[1:] != who[:-1], True)] = until
    dead = state == T.DEAD
    fatal = np.append(dead[1:] & (who[1:] == who[:-1]), False)
    age_at_end = np.floor((end - persons.birth[who]) / T.YEAR).astype(int) - 65
    inside = fatal & (end >= since) & (end < until)
    np.add.at(deaths, (persons.sex[who[inside]], np.minimum(age_at_end[inside], n_ages - 1)), 1)
    none = inside & (state == T.NONE)
    np.add.at(deaths_none, (persons.sex[who[none]], np.minimum(age_at_end[none], n_ages - 1)), 1)
    for i in range(n_ages):
        birthday = persons.birth[who] + (65 + i) * T.YEAR
        low = np.maximum(np.maximum(start, birthday), since)
        high = np.minimum(np.minimum(end, birthday + T.YEAR), until)
        spent = np.where(dead, 0.0, np.maximum(high - low, 0.0)) / T.YEAR
        for sex in (0, 1):
            mine = persons.sex[who] == sex
            years[sex, i] = spent[mine].sum()
            years_none[sex, i] = spent[mine & (state == T.NONE)].sum()
    return deaths, deaths_none, years, years_none
