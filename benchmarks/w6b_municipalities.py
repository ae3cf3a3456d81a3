"""290 synthetic municipalities x draws x scenarios, and the memory curve against draws.

python benchmarks/w6b_municipalities.py [--towns 290] [--draws 1000] [--scenarios 3] [--processes]
python benchmarks/w6b_municipalities.py --curve 1000 10000 100000

Floor: 5 minutes and 1 GB for 290 x 1,000 x 3. With less the seconds of all are told in proportion.
Municipalities are the synthetic example made larger or smaller. The curve runs one of them in a
fresh process for each number of draws.
"""

from __future__ import annotations

import argparse
import dataclasses
import resource
import subprocess
import sys
import time

import numpy as np
from floors import Measured, table

import kohort as kh

FLOOR_SECONDS, FLOOR_GB = 300.0, 1.0
WHOLE = 290 * 3 * 1000


def cases(towns: int, scenarios: int) -> list[kh.Case]:
    """As many as asked for, of one fit."""
    decisions = kh.read_decisions(
        kh.datasets.example_decisions(),
        level_rule=kh.SUPPORT_RULE,
        extraction_date="2024-12-31",
        observed_from="2015-01-01",
    )
    here = kh.Population.from_wpp(kh.datasets.columns("example/population"), years=10)
    fit = kh.fit(
        decisions, kh.DEPENDENCY_WITH_ENDED, covariates=("male", kh.yearly("age", origin=80))
    )
    entries = kh.fit_entries(decisions, here)
    living = [state for state in decisions.model.states if state != "dead"]
    ages = [int(age) for age in here.ages]
    stock = decisions.stock("2024-12-31").array([2024], ages, living)[0]
    costs = kh.Costs({"light": 20_000, "moderate": 80_000, "high": 240_000, "total": 800_000}, 2018)
    courses = [
        dataclasses.replace(fit, coefficients=fit.coefficients - 0.02 * i) for i in range(scenarios)
    ]
    sizes = np.random.default_rng(1).lognormal(-0.4, 0.9, towns)
    return [
        kh.Case(
            f"{town:03d}",
            course,
            kh.Population(here.ages, here.years, here.persons * size, here.mortality),
            entries,
            stock * size,
            f"scenario {i}",
            costs,
        )
        for town, size in enumerate(sizes)
        for i, course in enumerate(courses)
    ]


def run(towns: int, scenarios: int, draws: int, executor: str) -> dict[str, float]:
    """Seconds and peak memory."""
    made = cases(towns, scenarios)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start, cpu = time.perf_counter(), time.process_time()
    kh.run_many(made, draws=draws, executor=executor, reference="scenario 0")
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": time.perf_counter() - start,
        "cpu": time.process_time() - cpu + children.ru_utime + children.ru_stime,
        "before": before,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--towns", type=int, default=290)
    options.add_argument("--scenarios", type=int, default=3)
    options.add_argument("--draws", type=int, default=1000)
    options.add_argument("--processes", action="store_true")
    options.add_argument("--curve", type=int, nargs="+")
    asked = options.parse_args()
    if asked.curve:
        for draws in asked.curve:
            line = [sys.executable, __file__, "--towns", "1", "--scenarios", "1"]
            subprocess.run([*line, "--draws", str(draws)], check=True)
        return 0
    found = run(
        asked.towns, asked.scenarios, asked.draws, "processes" if asked.processes else "threads"
    )
    print(
        f"{asked.towns:4} towns x {asked.scenarios} scenarios x {asked.draws:7} draws: "
        f"{found['seconds']:7.1f} s ({found['cpu']:.1f} s CPU), "
        f"peak {found['peak']:.0f} MiB ({found['peak'] - found['before']:+.0f})",
        flush=True,
    )
    if asked.scenarios > 1:
        share = asked.towns * asked.scenarios * asked.draws / WHOLE
        print(
            table(
                [
                    Measured(
                        "W6b, 290 municipalities", FLOOR_SECONDS, FLOOR_GB, found["seconds"],
                        found["cpu"], found["peak"] / 1024, share,
                    )
                ]
            )
        )  # fmt: skip
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
