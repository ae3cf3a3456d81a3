"""Do ten-year forecasts hold what came as often as they say, where the model is right?

A made-up municipality that never was: people come at a steady pace, enter at a level, move and die
by known rates. Its last six years are seen as half-yearly counts of persons with dated deaths and
entries. From these alone the rates, the number of entries a year and the entry mix are estimated,
and the number of persons at each level is forecast ten years ahead: parameter uncertainty by
draws, and in each draw the chance of single lives. In 400 such municipalities 80 % intervals must
hold what came in 75 to 85 % (reliability case M15); counts being whole numbers, an end is held by
chance in proportion, which is exact where plain quantiles hold too much.

It is a test of fit, draws, probabilities and chance. The population, incidence by age and mortality
of a projection are no part of it.

    python scripts/backtest_truth.py                     # the full check, under a minute
    python scripts/backtest_truth.py --replicates 50
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from dataclasses import dataclass

import numpy as np
from coverage import MODEL, RATES, START

import kohort as kh

ENTRIES = 60.0  # a year
BEFORE = 30.0  # years of entries before the first forecast year: the stock is in balance
SEEN = 6.0  # years under observation
AHEAD = 10.0
LEVELS = MODEL.states[:-1]
DRAWS = 400


@dataclass(frozen=True)
class Lives:
    """Everybody who ever enters, with time of entry (0: the forecast is made) and every move."""

    entry: np.ndarray  # (persons,)
    subject: np.ndarray  # per row, ascending
    since: np.ndarray  # per row: years since entry
    state: np.ndarray  # per row

    def at(self, time: float) -> np.ndarray:
        """(persons,) state at a time; -1: not there yet."""
        keys = self.subject * 1000.0 + self.since
        wanted = np.arange(len(self.entry)) * 1000.0 + np.maximum(time - self.entry, 0)
        found = self.state[np.searchsorted(keys, wanted, side="right") - 1]
        return np.where(self.entry <= time, found, -1)

    @property
    def deaths(self) -> np.ndarray:
        """(persons,) time of death; infinite: later than anybody looks."""
        dead = self.state == len(LEVELS)
        times = np.full(len(self.entry), np.inf)
        times[self.subject[dead]] = self.entry[self.subject[dead]] + self.since[dead]
        return times


def lives(seed: int, replicate: int) -> Lives:
    """A municipality's people."""
    rng = np.random.default_rng([seed, replicate])
    persons = rng.poisson(ENTRIES * (BEFORE + AHEAD))
    table = kh.simulate(
        MODEL,
        intensities=MODEL.intensities(RATES),
        start=rng.choice(list(START), size=persons, p=list(START.values())),
        visits=[0, BEFORE + AHEAD + 1],
        exact_times=True,
        seed=seed,
        replicate=replicate,
        threads=1,
    )
    names = {name: i for i, name in enumerate(MODEL.states)}
    return Lives(
        rng.uniform(-BEFORE, AHEAD, persons),
        table["subject"].astype(int) - 1,
        table["time"],
        np.array([names[name] for name in table["state"]]),
    )


def seen_rows(people: Lives) -> dict[str, np.ndarray]:
    """What is known on the day of the forecast: visits, dated deaths and entries."""
    columns: dict[str, list[np.ndarray]] = {"id": [], "t": [], "s": []}

    def add(who: np.ndarray, when: np.ndarray, where: np.ndarray) -> None:
        for name, values in zip(columns, (who, when, where), strict=True):
            columns[name].append(values)

    number = np.arange(len(people.entry))
    for visit in np.arange(-SEEN, 0.25, 0.5):
        state = people.at(visit)
        there = (state >= 0) & (state < len(LEVELS))
        add(number[there], np.full(there.sum(), visit), state[there])
    entered = (people.entry > -SEEN) & (people.entry <= 0)
    first = people.state[np.searchsorted(people.subject, number[entered])]
    add(number[entered], people.entry[entered], first)
    died = (people.deaths > np.maximum(-SEEN, people.entry)) & (people.deaths <= 0)
    add(number[died], people.deaths[died], np.full(died.sum(), len(LEVELS)))
    table = {name: np.concatenate(parts) for name, parts in columns.items()}
    order = np.lexsort((table["t"], table["id"]))
    table = {name: values[order] for name, values in table.items()}
    return table | {"s": np.array(MODEL.states)[table["s"]]}


def forecast(people: Lives, seed: int, draws: int = DRAWS) -> np.ndarray:
    """(draws, levels) persons at each level ten years ahead."""
    table = seen_rows(people)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kh.FitWarning)
        fitted = kh.fit(table, MODEL, subject="id", time="t", state="s", threads=1)
    rng = np.random.default_rng([seed, 1])
    entered = (people.entry > -SEEN) & (people.entry <= 0)
    number = np.flatnonzero(entered)
    first = people.state[np.searchsorted(people.subject, number)]
    counts = np.bincount(first, minlength=len(LEVELS))
    pace = rng.gamma(entered.sum() + 0.5, 1 / SEEN, draws)
    mix = rng.dirichlet(counts + 0.5, draws)
    now = people.at(0.0)
    stock = np.bincount(now[(now >= 0) & (now < len(LEVELS))], minlength=len(LEVELS))
    found = np.zeros((draws, len(LEVELS)))
    steps, weights = np.polynomial.legendre.leggauss(8)  # over the time since entry
    for d, b in enumerate(fitted.draws(draws, seed)):
        q = MODEL.intensities(np.exp(b))
        p = np.asarray(kh.transition_probability(q, AHEAD))
        for level, persons in enumerate(stock):
            found[d] += rng.multinomial(persons, p[level] / p[level].sum())[:-1]
        spent = sum(
            w * AHEAD / 2 * np.asarray(kh.transition_probability(q, AHEAD / 2 * (1 + x)))
            for x, w in zip(steps, weights, strict=True)
        )
        found[d] += rng.poisson(pace[d] * (mix[d] @ spent[:-1, :-1]))
    return found


@dataclass(frozen=True)
class Coverage:
    """How often 80 % intervals held what came."""

    names: tuple[str, ...]
    held: np.ndarray  # shares, one per level and one for all users
    pit: np.ndarray  # (replicates, names): where in the forecast what came lay, randomised
    replicates: int

    @property
    def holds(self) -> bool:
        return bool(np.all((self.held >= 0.75) & (self.held <= 0.85)))


def coverage(replicates: int, seed: int = 1, draws: int = DRAWS) -> Coverage:
    """Forecasts for so many municipalities."""
    inside, pits = [], []
    for r in range(replicates):
        people = lives(seed, r)
        drawn = forecast(people, seed * 100_003 + r, draws)
        drawn = np.column_stack([drawn, drawn.sum(axis=1)])
        state = people.at(AHEAD)
        came = np.bincount(state[(state >= 0) & (state < len(LEVELS))], minlength=len(LEVELS))
        came = np.append(came, came.sum())
        u = np.random.default_rng([seed, r, 2]).random(len(came))
        below, upto = (drawn < came).mean(axis=0), (drawn <= came).mean(axis=0)
        pit = below + u * (upto - below)
        pits.append(pit)
        inside.append((pit >= 0.1) & (pit <= 0.9))
    return Coverage((*LEVELS, "users"), np.mean(inside, axis=0), np.array(pits), replicates)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--replicates", type=int, default=400)
    words.add_argument("--seed", type=int, default=1)
    asked = words.parse_args()
    begun = time.process_time()
    found = coverage(asked.replicates, asked.seed)
    print(f"{found.replicates} municipalities, ten years ahead, seed {asked.seed}")
    for name, share in zip(found.names, found.held, strict=True):
        print(f"{name:10} 80 % intervals held what came in {100 * share:.1f} %")
    print(f"{time.process_time() - begun:.0f} CPU seconds")
    if not found.holds:
        print("outside 75-85 %")
    return 0 if found.holds else 1


if __name__ == "__main__":
    sys.exit(main())
