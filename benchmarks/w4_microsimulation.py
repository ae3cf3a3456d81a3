"""W4: a million persons over ten years with covariates of their own, beside numpy.

    python benchmarks/w4_microsimulation.py [--persons 1000000] [--repetitions 5] [--threads 1]

The workload: states light, moderate, high, total and dead; ten intensities, each log-linear in age
(in tens of years over 80), sex and living alone; occupancy at whole years and cost discounted
continuously at 3 % a year. The rival keeps the persons still alive in arrays and moves them all by
one event at a time, in chunks that fit the cache; both start from the same arrays. Also the exact
expectation, by matrix exponentials. CPU seconds. Synthetic persons, a fixed seed. Figures, never
pass or fail.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # before numpy looks

import numpy as np

import kohort as kh
from kohort import _core

STATES = ("light", "moderate", "high", "total", "dead")
MOVES = {  # rate a year, then effects of age, male and alone
    ("light", "moderate"): (0.55, 0.35, 0.05, 0.15),
    ("light", "dead"): (0.06, 0.60, 0.35, 0.05),
    ("moderate", "light"): (0.14, -0.25, -0.05, -0.10),
    ("moderate", "high"): (0.52, 0.30, 0.08, 0.20),
    ("moderate", "dead"): (0.11, 0.50, 0.30, 0.05),
    ("high", "moderate"): (0.12, -0.25, -0.08, -0.10),
    ("high", "total"): (0.36, 0.25, 0.10, 0.10),
    ("high", "dead"): (0.18, 0.45, 0.28, 0.05),
    ("total", "high"): (0.08, -0.20, -0.05, -0.05),
    ("total", "dead"): (0.34, 0.35, 0.20, 0.05),
}
COST = np.array([6000.0, 14000.0, 26000.0, 38000.0, 0.0])
FORCE, YEARS = 0.03, 10
MODEL = kh.Model(STATES, list(MOVES), death="dead")
BASE = np.array([row[0] for row in MOVES.values()])
EFFECTS = np.array([row[1:] for row in MOVES.values()])


def population(n: int) -> tuple[Any, Any]:
    """States, and (n, 3) covariates."""
    random = np.random.default_rng(20240119)
    age = np.clip(np.round(random.normal(81.5, 7.5, n)), 65, 101)
    male = random.random(n) < 0.36
    alone = random.random(n) < np.where(male, 0.42, 0.66)
    mix = np.array([53.0, 17.0, 24.0, 7.0]) / 101
    states = random.choice(4, n, p=mix).astype(np.int32)
    return states, np.column_stack([(age - 80) / 10, male, alone]).astype(float)


def exact(states: Any, x: Any) -> tuple[float, float]:
    """Mean discounted cost and share dead after ten years."""
    of_row, patterns = _core.find_patterns(x)
    rates = BASE * np.exp(patterns @ EFFECTS.T)
    counts = np.zeros((len(patterns), 5))
    np.add.at(counts, (of_row, states), 1)
    cost = dead = 0.0
    for q, row in zip(map(MODEL.intensities, rates), counts, strict=True):
        n = row.sum()
        cost += n * kh.cohort_cost(
            q, row / n, COST, years=YEARS, discount=np.expm1(FORCE), accounting="continuous"
        )
        dead += row @ kh.transition_probability(q, float(YEARS))[:, 4]
    return cost / len(states), dead / len(states)


def with_kohort(states: Any, x: Any, threads: int, isa: str) -> tuple[float, float]:
    """Ours, from the arrays: patterns, rates, lives and sums."""
    of_row, patterns = _core.find_patterns(x)
    rates = BASE * np.exp(patterns @ EFFECTS.T)
    settings = {
        "periods": YEARS,
        "step": 1.0,
        "cost": COST.tolist(),
        "discount": float(np.expm1(FORCE)),
        "seed": 7,
        "replicates": 1,
        "threads": threads,
        "instruction_set": isa,
    }
    found = _core.simulate_lives(
        MODEL._core,
        {"patterns": len(patterns), "rates": rates.ravel()},
        {"states": states, "patterns": of_row},
        None,
        [],
        None,
        settings,
        None,
    )[0]
    return found["cost"].sum() / len(states), found["occupancy"][0, -1, 0, 4] / len(states)


def with_numpy(states: Any, x: Any, chunk: int = 16384) -> tuple[float, float]:
    """The rival: arrays of those still alive, one event for all of them at a time."""
    random = np.random.Generator(np.random.SFC64(7))
    leaving = [[k for k, move in enumerate(MOVES) if move[0] == s] for s in STATES[:4]]
    ways = np.array([([*row, -1])[:3] for row in leaving])  # -1: a column of zeros
    to = np.array([[STATES.index(list(MOVES)[k][1]) for k in row] for row in ways])
    total = np.zeros((YEARS + 1) * 5)
    cost = 0.0
    for first in range(0, len(states), chunk):
        here = states[first : first + chunk].astype(np.intp)
        rates = BASE * np.exp(x[first : first + chunk] @ EFFECTS.T)
        rates = np.append(rates, np.zeros((len(here), 1)), axis=1)
        steps = np.cumsum(rates[:, ways], axis=2)  # persons, states, ways
        now, who = np.zeros(len(here)), np.arange(len(here))
        change = np.zeros((YEARS + 1) * 5)
        while who.size:
            state, began = here[who], now[who]
            row = steps[who, state]
            ends = began + random.standard_exponential(who.size) / row[:, 2]
            drawn = random.random(who.size) * row[:, 2]
            way = (drawn >= row[:, 0]).astype(np.intp) + (drawn >= row[:, 1])
            stopped = np.minimum(ends, YEARS)
            cost += COST[state] @ (np.exp(-FORCE * began) - np.exp(-FORCE * stopped)) / FORCE
            goes = ends < YEARS
            who, state, ends = who[goes], state[goes], ends[goes]
            after = to[state, way[goes]]
            year = np.ceil(ends).astype(np.intp) * 5
            change += np.bincount(year + after, minlength=change.size)
            change -= np.bincount(year + state, minlength=change.size)
            here[who], now[who] = after, ends
            who = who[after < 4]
        total += change
    occupancy = np.bincount(states, minlength=5) + np.cumsum(total.reshape(-1, 5), axis=0)
    dead = occupancy[-1, 4]
    return cost / len(states), dead / len(states)


def timed(work: Callable[[], tuple[float, float]], repetitions: int) -> tuple[float, float, Any]:
    """Median wall and CPU seconds, and what came out."""
    walls, cpus = [], []
    for _ in range(repetitions):
        wall, cpu = time.perf_counter(), time.process_time()
        found = work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return float(np.median(walls)), float(np.median(cpus)), found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    given = parser.parse_args()
    states, x = population(given.persons)
    cost, dead = exact(states, x)
    print(f"exact expectation            cost {cost:12,.2f}  dead {dead:.6f}")
    wall, cpu, found = timed(lambda: with_numpy(states, x), max(1, given.repetitions // 2))
    print(
        f"numpy, one core     {wall * 1e3:7.1f} ms wall {cpu * 1e3:7.1f} CPU"
        f"  cost {found[0]:12,.2f}  dead {found[1]:.6f}"
    )
    rival = cpu
    for isa in ("avx512", "avx2", "baseline"):
        for threads in given.threads:
            wall, cpu, found = timed(
                lambda t=threads, i=isa: with_kohort(states, x, t, i), given.repetitions
            )
            print(
                f"kohort {isa:8} {threads} thr {wall * 1e3:7.1f} ms wall {cpu * 1e3:7.1f} CPU"
                f"  cost {found[0]:12,.2f}  dead {found[1]:.6f}  {rival / cpu:5.1f} x numpy"
            )


if __name__ == "__main__":
    main()
