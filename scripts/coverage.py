"""Do 95 % intervals hold the truth 95 times in 100? Simulated municipalities tell.

Each has 400 persons with support, seen every half-year over four years; deaths are dated. For every
rate with at least 30 moves expected in a municipality, the share of municipalities whose 95 % Wald
interval (on the log scale) holds the true rate must lie in the central 99.9 % of the binomial
distribution: 926 to 971 of 1,000.

    python scripts/coverage.py                     # the full check, a few minutes
    python scripts/coverage.py --replicates 100
"""

from __future__ import annotations

import argparse
import math
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

import kohort as kh

MODEL = kh.Model(
    ("light", "moderate", "high", "total", "dead"),
    [
        ("light", "moderate"),
        ("light", "dead"),
        ("moderate", "light"),
        ("moderate", "high"),
        ("moderate", "dead"),
        ("high", "moderate"),
        ("high", "total"),
        ("high", "dead"),
        ("total", "high"),
        ("total", "dead"),
    ],
    death="dead",
)
RATES = np.array([0.30, 0.06, 0.12, 0.30, 0.10, 0.10, 0.20, 0.18, 0.05, 0.35])
START = {"light": 0.53, "moderate": 0.17, "high": 0.24, "total": 0.06}
VISITS = np.arange(0, 4.5, 0.5)
PERSONS = 400
EVENTS = 30  # a rate is tested if at least so many of its moves are expected


@dataclass(frozen=True)
class Coverage:
    """How often each tested rate lay within its interval."""

    transitions: tuple[str, ...]
    events: np.ndarray  # expected in one municipality
    covered: np.ndarray  # of `replicates`
    without: np.ndarray  # municipalities in which the rate had no interval: counted as not covered
    replicates: int
    band: tuple[int, int]

    @property
    def holds(self) -> bool:
        return bool(np.all((self.covered >= self.band[0]) & (self.covered <= self.band[1])))


def binomial_band(n: int, p: float = 0.95, level: float = 0.999) -> tuple[int, int]:
    """The smallest and the largest count inside the central `level` of the binomial."""
    logs = [math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) for k in range(n + 1)]
    pmf = np.exp([c + k * math.log(p) + (n - k) * math.log1p(-p) for k, c in enumerate(logs)])
    below = np.cumsum(pmf)
    tail = (1 - level) / 2
    return int(np.searchsorted(below, tail)), int(np.searchsorted(below, 1 - tail))


def expected_events() -> np.ndarray:
    """Moves of each kind expected in a municipality: persons x years in the state x rate."""
    q = MODEL.intensities(RATES)
    start = np.array([START.get(state, 0) for state in MODEL.states])
    steps = 400  # Simpson's rule
    grid = np.linspace(0, VISITS[-1], steps + 1)
    weights = np.tile([2.0, 4.0], steps // 2 + 1)[: steps + 1]
    weights[[0, -1]] = 1
    occupied = np.array([start @ kh.transition_probability(q, t) for t in grid])
    years = (weights * VISITS[-1] / steps / 3) @ occupied
    return np.array(
        [PERSONS * years[a] * rate for (a, _), rate in zip(MODEL.moves, RATES, strict=True)]
    )


def municipality(seed: int, replicate: int) -> dict[str, np.ndarray]:
    """Persons of one municipality as they are seen: a table for `kohort.fit`."""
    return kh.simulate(
        MODEL, intensities=MODEL.intensities(RATES), start=START, persons=PERSONS, visits=VISITS,
        seed=seed + replicate, threads=1,
    )  # fmt: skip


def coverage(replicates: int, *, seed: int = 1, threads: int = 2) -> Coverage:
    """Simulate and fit `replicates` municipalities."""
    truth = np.log(RATES)

    def one(replicate: int) -> tuple[np.ndarray, np.ndarray]:
        table = municipality(seed, replicate)
        fit = kh.fit(
            table, MODEL, subject="subject", time="time", state="state", kind="kind", threads=1
        )
        limits = fit.confidence_intervals(0.95)
        known = np.array(fit.has_error) & fit.convergence.converged
        inside = (limits[:, 0].filled(np.inf) <= truth) & (truth <= limits[:, 1].filled(-np.inf))
        return inside & known, ~known

    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(one, range(replicates)))
    events = expected_events()
    tested = events >= EVENTS
    return Coverage(
        transitions=tuple(np.array(MODEL.labels)[tested].tolist()),
        events=events[tested],
        covered=np.sum([inside for inside, _ in found], axis=0)[tested],
        without=np.sum([none for _, none in found], axis=0)[tested],
        replicates=replicates,
        band=binomial_band(replicates),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kh.FitWarning)  # rare moves may be unseen: counted below
        found = coverage(asked.replicates, seed=asked.seed, threads=asked.threads)
    print(f"{found.replicates} municipalities in {time.perf_counter() - began:.0f} s; the 95 %")
    print(f"interval must hold the true rate {found.band[0]} to {found.band[1]} times\n")
    print(f"{'transition':20}{'expected moves':>16}{'covered':>10}{'no interval':>13}")
    for name, events, count, none in zip(
        found.transitions, found.events, found.covered, found.without, strict=True
    ):
        print(f"{name:20}{events:16.1f}{count:10d}{none:13d}")
    print("\nholds" if found.holds else "\nFAILS")
    return 0 if found.holds else 1


if __name__ == "__main__":
    sys.exit(main())
