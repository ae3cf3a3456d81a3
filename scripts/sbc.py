"""Simulation-based calibration: are posterior probabilities true probabilities?

Rates are drawn from a prior, a small municipality is simulated with them, and its posterior is
computed from the likelihood that `kohort.fit` uses. If simulation, likelihood and posterior agree,
the rank of the true value among 99 posterior draws is uniform on 0 to 99: for every rate, for the
log-likelihood of the data, and for the cost of ten years.

    python scripts/sbc.py                      # 1,000 municipalities
    python scripts/sbc.py --replicates 100

For each quantity the ranks in 20 bins must pass a chi-square test (p > 0.001), and their
distribution function must stay within a band that holds 99 % of uniform ones as a whole.

See Talts, Betancourt, Simpson, Vehtari & Gelman (2018), arXiv:1804.06788; Sailynoja, Burkner &
Vehtari (2022), Stat Comput 32:32, for the band.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

import kohort as kh
from kohort import _core
from kohort.model.terms import design

sys.path.insert(0, str(__import__("pathlib").Path(__file__).parent))
from coverage import MODEL, RATES, START, VISITS

PERSONS = 150
SPREAD = 0.5  # standard deviation of the prior of a log rate
DRAWS = 99  # posterior draws: ranks 0 to 99
PROPOSALS = 1000
COSTS = (20_000, 80_000, 240_000, 800_000, 0)  # kronor a year, by state
BINS = 20


@dataclass(frozen=True)
class Calibration:
    """Ranks of the truth among posterior draws, and whether they are uniform."""

    names: tuple[str, ...]
    ranks: np.ndarray  # (replicates, quantities), 0 to DRAWS
    p_values: np.ndarray  # (quantities,), chi-square over BINS bins
    farthest: np.ndarray  # (quantities,), of the distribution function, in standard deviations
    band: float  # what 99 % of uniform ones stay within
    smallest_ess: float  # of the importance weights

    @property
    def holds(self) -> bool:
        return bool(np.all(self.p_values > 0.001) and np.all(self.farthest <= self.band))


def posterior(seen: Any, core: Any, seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """DRAWS draws of the log rates with their log-likelihoods, by importance sampling.

    Proposals come from a t distribution with 5 degrees of freedom about the mode; the weights make
    the draws exact.
    """
    rng = np.random.default_rng(seed)
    prior = np.log(RATES)
    k = len(prior)

    def log_likelihood(theta: np.ndarray) -> float:
        return float(_core.log_likelihood(seen, core, theta, threads=1))

    def log_posterior(theta: np.ndarray, value: float) -> float:
        return value - float(np.sum((theta - prior) ** 2)) / (2 * SPREAD**2)

    def climb(mode: np.ndarray, h: float = 1e-3) -> tuple[np.ndarray, np.ndarray]:
        """The mode, and minus the second derivative there, by Newton's rule and differences."""
        e = h * np.eye(k)
        for _ in range(20):

            def at(change: np.ndarray, mode: np.ndarray = mode) -> float:
                return log_posterior(mode + change, log_likelihood(mode + change))

            middle = at(np.zeros(k))
            ahead, behind = [at(e[i]) for i in range(k)], [at(-e[i]) for i in range(k)]
            gradient = (np.array(ahead) - np.array(behind)) / (2 * h)
            precision = np.empty((k, k))
            for i in range(k):
                precision[i, i] = -(ahead[i] - 2 * middle + behind[i]) / h**2
                for j in range(i):
                    mixed = at(e[i] + e[j]) - ahead[i] - ahead[j] + middle
                    precision[i, j] = precision[j, i] = -mixed / h**2
            values, axes = np.linalg.eigh(precision)
            step = axes @ ((axes.T @ gradient) / np.maximum(np.abs(values), 1 / SPREAD**2))
            if step @ gradient < 1e-3:
                break
            while at(step) < middle:
                step = step / 2
            mode = mode + step
        return mode, axes @ np.diag(np.maximum(values, 1 / SPREAD**2)) @ axes.T

    mode, precision = climb(prior)
    factor = np.linalg.cholesky(np.linalg.inv(precision))
    scale = np.sqrt(5 / rng.chisquare(5, PROPOSALS))
    z = rng.standard_normal((PROPOSALS, k)) * scale[:, None]
    proposals = mode + z @ factor.T
    values = np.array([log_likelihood(theta) for theta in proposals])
    target = [log_posterior(theta, value) for theta, value in zip(proposals, values, strict=True)]
    log_proposal = -(5 + k) / 2 * np.log1p(np.sum(z**2, axis=1) / 5)
    weights = np.exp(np.array(target) - log_proposal - np.max(np.array(target) - log_proposal))
    weights /= weights.sum()
    chosen = rng.choice(PROPOSALS, DRAWS, p=weights)
    return proposals[chosen], values[chosen], 1 / float(np.sum(weights**2))


def ten_year_cost(log_rates: np.ndarray) -> float:
    """Kronor over ten years for a person at the entry mix."""
    start = np.array([START.get(state, 0.0) for state in MODEL.states])
    cost = kh.cohort_cost(
        MODEL.intensities(np.exp(log_rates)), start, COSTS, years=10, discount=0.03,
        accounting="continuous",
    )  # fmt: skip
    return float(np.sum(cost))


def one_replicate(replicate: int, seed: int) -> tuple[np.ndarray, float]:
    """Ranks of the rates, of the log-likelihood and of the cost; and the effective sample size."""
    rng = np.random.default_rng([seed, replicate])
    truth = np.log(RATES) + SPREAD * rng.standard_normal(len(RATES))
    table = kh.simulate(
        MODEL, intensities=MODEL.intensities(np.exp(truth)), start=START, persons=PERSONS,
        visits=VISITS, seed=1_000_003 * seed + replicate, threads=1,
    )  # fmt: skip
    seen = kh.Observations.from_table(
        table, MODEL, subject="subject", time="time", state="state", kind="kind"
    )._core
    core = design(MODEL, ())[2]
    draws, values, ess = posterior(seen, core, 7_000_003 * seed + replicate)
    ranks = [*np.sum(draws < truth, axis=0)]
    ranks.append(np.sum(values < _core.log_likelihood(seen, core, truth, threads=1)))
    ranks.append(sum(ten_year_cost(draw) < ten_year_cost(truth) for draw in draws))
    return np.array(ranks, dtype=int), ess


def uniformity(ranks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """p-value of the chi-square test over BINS bins, and the farthest standardised deviation."""
    n = len(ranks)
    counts = np.array(
        [np.bincount(column * BINS // (DRAWS + 1), minlength=BINS) for column in ranks.T]
    )
    statistic = np.sum((counts - n / BINS) ** 2, axis=1) / (n / BINS)
    edges = np.arange(1, BINS) / BINS
    off = np.cumsum(counts, axis=1)[:, :-1] / n - edges
    farthest = np.max(np.abs(off) / np.sqrt(edges * (1 - edges) / n), axis=1)
    return np.array([chi_square_tail(value, BINS - 1) for value in statistic]), farthest


def chi_square_tail(value: float, degrees: int) -> float:
    """P(chi-square > value) for an odd number of degrees, by its finite sum."""
    root = math.sqrt(value / 2)
    total, term = math.erfc(root), math.exp(-value / 2) * root / (math.sqrt(math.pi) / 2)
    for i in range(1, degrees // 2 + 1):
        total += term
        term *= value / (2 * i + 1)
    return total


def band(n: int, *, level: float = 0.99, trials: int = 4000) -> float:
    """What the farthest deviation of n uniform ranks stays within with this probability."""
    rng = np.random.default_rng(0)
    farthest = np.concatenate(
        [uniformity(rng.integers(0, DRAWS + 1, (n, 500)))[1] for _ in range(trials // 500)]
    )
    return float(np.quantile(farthest, level))


def calibration(replicates: int, *, seed: int = 1, threads: int = 2) -> Calibration:
    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(lambda r: one_replicate(r, seed), range(replicates)))
    ranks = np.array([ranks for ranks, _ in found])
    p_values, farthest = uniformity(ranks)
    names = (*MODEL.labels, "log-likelihood", "ten-year cost")
    ess = min(ess for _, ess in found)
    return Calibration(names, ranks, p_values, farthest, band(replicates), ess)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kh.FitWarning)
        found = calibration(asked.replicates, seed=asked.seed, threads=asked.threads)
    print(f"{len(found.ranks)} municipalities in {time.perf_counter() - began:.0f} s; ", end="")
    print(f"smallest effective sample size {found.smallest_ess:.0f} of {PROPOSALS}\n")
    print(f"{'quantity':20}{'p, 20 bins':>12}{'farthest':>10}   (band {found.band:.2f})")
    for name, p, far in zip(found.names, found.p_values, found.farthest, strict=True):
        print(f"{name:20}{p:12.3f}{far:10.2f}")
    print("\nholds" if found.holds else "\nFAILS")
    return 0 if found.holds else 1


if __name__ == "__main__":
    sys.exit(main())
