"""W8: 500,000 persons, three covariates, age moving inside the intervals; fit with standard errors.

python benchmarks/w8_continuous_age.py [--persons 500000] [--threads 1 2]

The floor is 120 seconds and 4 GB on two cores, with sub-steps that may change the log-likelihood
by 1e-4 at most. Each number of threads runs in a process of its own, so that memory is that run's.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import time

from w2_panel import MOVES
from w8_panel import panel

import kohort as kh

FLOOR = (120.0, 4.0)  # seconds, GB


def model() -> kh.Model:
    names = [str(s) for s in range(1, 6)]
    return kh.Model(names, [(names[m[0]], names[m[1]]) for m in MOVES], death="5")


def age_term(kind: str) -> object:
    if kind == "yearly":
        return kh.yearly("age", origin=80)
    return kh.gompertz("age", origin=80)


def measure(persons: int, threads: int, age: str) -> dict[str, object]:
    table = panel(persons)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    used = time.process_time()
    began = time.perf_counter()
    fitted = kh.fit(
        table,
        model(),
        subject="id",
        time="days",
        time_unit="days",
        state="state",
        covariates=(age_term(age), "male", "alone"),
        threads=threads,
    )
    seconds = time.perf_counter() - began
    answer = hashlib.sha256(fitted.coefficients.tobytes() + fitted.covariance.tobytes())
    return {
        "persons": persons,
        "threads": threads,
        "age": age,
        "seconds": seconds,
        "cpu": time.process_time() - used,
        "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "before": before,
        "intervals": fitted.intervals,
        "distinct": fitted.cells,
        "evaluations": fitted.convergence.evaluations,
        "substep": fitted.substep,
        "substep_error": fitted.substep_error,
        "converged": fitted.convergence.converged and all(fitted.has_error),
        "minus_twice": -2 * fitted.log_likelihood,
        "answer": answer.hexdigest()[:16],
    }


def run(persons: int, threads: int, age: str = "moving") -> dict[str, object]:
    command = [sys.executable, __file__, "--measure", str(persons), str(threads), age]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> int:
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])))
        return 0
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--persons", type=int, default=500_000)
    options.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    asked = options.parse_args()
    print(
        "persons threads intervals distinct  seconds  cpu s  GB  (GB before)  step  error  -2 log L"
    )
    found = []
    for threads in asked.threads:
        one = run(asked.persons, threads)
        found.append(one)
        print(
            f"{one['persons']} {one['threads']} {one['intervals']} {one['distinct']}  "
            f"{one['seconds']:.1f}  {one['cpu']:.1f}  {one['gigabytes']:.2f} "
            f"({one['before']:.2f})  "
            f"{one['substep']:.4f}  {one['substep_error']:.2g}  {one['minus_twice']:.6f}",
            flush=True,
        )
    last = found[-1]
    good = bool(last["converged"]) and last["substep_error"] <= 1e-4
    if len(found) > 1:
        share = found[0]["seconds"] / last["seconds"] / (last["threads"] / found[0]["threads"])
        same = all(one["answer"] == found[0]["answer"] for one in found)
        print(f"thread efficiency {share:.2f}; same bytes: {same}")
        good = good and same
    within = last["seconds"] <= FLOOR[0] and last["gigabytes"] <= FLOOR[1]
    print(f"floor of {FLOOR[0]:g} s and {FLOOR[1]:g} GB: {'met' if within else 'MISSED'}")
    return 0 if good and within else 1


if __name__ == "__main__":
    raise SystemExit(main())
