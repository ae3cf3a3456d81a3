"""Do the tests of fit keep their size, and do they find what is wrong?

Simulated data that fit the model must be rejected at 5 % about 5 times in 100; data that do not,
more often: rates that fall to a quarter after a year (Pearson-type test), and persons of whom half
have rates of .08 of the others' (Markov test).

    python scripts/tests_of_fit.py                    # a few minutes
    python scripts/tests_of_fit.py --replicates 100
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import kohort as kh

sys.path.insert(0, str(__import__("pathlib").Path(__file__).parent))
from coverage import MODEL, RATES, START, VISITS, binomial_band

PERSONS = 250
COLUMNS = {"subject": "subject", "time": "time", "state": "state", "kind": "kind"}


def homogeneous(seed: int) -> kh.FittedModel:
    table = kh.simulate(
        MODEL, intensities=MODEL.intensities(RATES), start=START, persons=PERSONS, visits=VISITS,
        seed=seed, threads=1,
    )  # fmt: skip
    return kh.fit(table, MODEL, threads=1, **COLUMNS)


def falling(seed: int) -> kh.FittedModel:
    effects = np.column_stack([np.log(1.5 * RATES), np.full(len(RATES), np.log(0.25))])
    table = kh.simulate(
        MODEL, covariates=(kh.bands("t", 1.0),), coefficients=effects.ravel(), start=START,
        persons=PERSONS, visits=VISITS, x={"t": 0}, seed=seed, threads=1,
    )  # fmt: skip
    return kh.fit(table, MODEL, threads=1, **COLUMNS)


def mixed(seed: int) -> kh.FittedModel:
    effects = np.column_stack([np.log(1.5 * RATES), np.full(len(RATES), np.log(0.08))])
    table = kh.simulate(
        MODEL, covariates=("stayer",), coefficients=effects.ravel(), start=START, visits=VISITS,
        x={"stayer": np.arange(PERSONS) % 2}, seed=seed, threads=1,
    )  # fmt: skip
    return kh.fit(table, MODEL, threads=1, **COLUMNS)


def pearson(fit: kh.FittedModel) -> float:
    return fit.pearson_test(planned_end=VISITS[-1], replicates=99, refit=False, threads=1).p_value


def markov(fit: kh.FittedModel) -> float:
    return fit.markov_test(threads=1).p_value


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--replicates", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    low, high = binomial_band(asked.replicates, 0.05)
    good = True
    print(f"rejected at 5 %, of {asked.replicates}; under the model {low} to {high} are expected\n")
    for name, test, data in (
        ("Pearson, right model", pearson, homogeneous),
        ("Pearson, rates fall after a year", pearson, falling),
        ("Markov, right model", markov, homogeneous),
        ("Markov, half the persons stay", markov, mixed),
    ):
        began = time.perf_counter()
        with warnings.catch_warnings(), ThreadPoolExecutor(asked.threads) as pool:
            warnings.simplefilter("ignore", kh.FitWarning)
            seeds = range(asked.seed, asked.seed + asked.replicates)
            p_values = list(pool.map(lambda seed, test=test, data=data: test(data(seed)), seeds))
        rejected = int(np.sum(np.array(p_values) <= 0.05))
        good &= low <= rejected <= high if data is homogeneous else rejected > high
        print(f"{name:34}{rejected:6d}   ({time.perf_counter() - began:.0f} s)", flush=True)
    print("\nholds" if good else "\nFAILS")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
