"""W1: whole fits of msm's `cav`, ours with standard errors against R's msm, in one run.

python benchmarks/w1_cav.py [--models a b c d] [--runs 3] [--threads 1] [--no-peer]

msm runs at its best settings (L-BFGS-B and nlm), with and without its Hessian; the best of each
counts. Ours is the whole call of `kohort.fit` from arrays in memory, standard errors included.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np

import kohort as kh

HERE = Path(__file__).resolve().parent
STATES = ("1", "2", "3", "4")
TWO_WAY = kh.Model(
    STATES,
    [("1", "2"), ("1", "4"), ("2", "1"), ("2", "3"), ("2", "4"), ("3", "2"), ("3", "4")],
    death="4",
)
ONE_WAY = kh.Model(STATES, [("1", "2"), ("1", "4"), ("2", "3"), ("2", "4"), ("3", "4")], death="4")
ERRORS = {"1": ("2",), "2": ("1", "3"), "3": ("2",)}
MODELS = {
    "a": ("no covariates", TWO_WAY, (), None),
    "b": ("sex on every rate", TWO_WAY, ("sex",), None),
    "c": ("misread levels", ONE_WAY, (), kh.Misclassification(ERRORS, start="seen")),
    "d": (
        "sex on misreadings",
        ONE_WAY,
        (),
        kh.Misclassification(ERRORS, covariates=("sex",), start="seen"),
    ),
}
FLOOR = {"a": 0.2 * 400, "c": 0.2 * 260}  # a fifth of the moonshot's ratio, point estimates


def cav() -> dict[str, np.ndarray]:
    columns = "'PTNUM', 'years', 'sex', 'state'"
    done = subprocess.run(
        ["Rscript", "-e", f"write.csv(msm::cav[, c({columns})], row.names = FALSE)"],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.split(",") for line in done.stdout.strip().splitlines()]
    names = [name.strip('"') for name in lines[0]]
    return dict(zip(names, np.array(lines[1:], dtype=float).T, strict=True))


def ours(table: dict, which: str, runs: int, threads: int) -> tuple[float, kh.FittedModel]:
    _, model, covariates, misread = MODELS[which]
    best = float("inf")
    for _ in range(runs):
        began = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", kh.FitWarning)  # b and d have an effect without maximum
            fitted = kh.fit(
                table,
                model,
                subject="PTNUM",
                time="years",
                state="state",
                covariates=covariates,
                misclassification=misread,
                threads=threads,
            )
        best = min(best, time.perf_counter() - began)
    return best, fitted


def peer(which: str, how: str, hessian: bool, runs: int) -> tuple[float, float, str]:
    command = ["Rscript", str(HERE / "w1_msm.R"), which, how, str(int(hessian)), str(runs)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, value, version = done.stdout.split()
    return float(seconds), float(value), version


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--models", nargs="+", default=list(MODELS))
    options.add_argument("--runs", type=int, default=3, help="of msm; ours runs ten times as often")
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--no-peer", action="store_true")
    asked = options.parse_args()
    table = cav()
    met = True
    print(
        "model                   ours ms  steps  -2 log L       msm fit s  +Hessian s  ratio  +SE"
    )
    for which in asked.models:
        seconds, fitted = ours(table, which, 10 * asked.runs, asked.threads)
        name = f"W1{which} {MODELS[which][0]}"
        line = f"{name:<23} {1e3 * seconds:7.2f}  {fitted.convergence.evaluations:5d}  "
        line += f"{-2 * fitted.log_likelihood:.6f}"
        if not asked.no_peer:
            plain = [peer(which, how, False, asked.runs) for how in ("lbfgsb", "nlm")]
            errors = [peer(which, how, True, asked.runs) for how in ("lbfgsb", "nlm")]
            best, with_errors = min(p[0] for p in plain), min(p[0] for p in errors)
            reached = min(p[1] for p in (*plain, *errors))
            ratio = best / seconds
            line += (
                f"  {best:10.2f}  {with_errors:10.2f}  {ratio:5.0f}  {with_errors / seconds:.0f}"
            )
            line += f"   (msm {plain[0][2]} reached {reached:.6f})"
            met &= ratio >= FLOOR.get(which, 0)
            met &= -2 * fitted.log_likelihood <= reached + 1e-6
        print(line, flush=True)
    if not asked.no_peer:
        floors = ", ".join(f"W1{k} {v:.0f}" for k, v in FLOOR.items())
        print(f"floors ({floors} times): {'met' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
