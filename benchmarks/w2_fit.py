"""W2: a whole fit of a municipal panel, ours with standard errors against R's msm, in one run.

python benchmarks/w2_fit.py [--persons 500 5000] [--covariates 0 3] [--no-peer]

msm runs at its best setting (L-BFGS-B). Its standard errors cost about as much as its fit: they
are asked for as well unless that would take longer than the limit, judged by the run without.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from w2_panel import MOVES, panel

import kohort as kh

HERE = Path(__file__).resolve().parent


def ours(table: dict, covariates: tuple[str, ...], threads: int) -> tuple[float, kh.FittedModel]:
    names = [str(s) for s in range(1, 6)]
    model = kh.Model(names, [(names[m[0]], names[m[1]]) for m in MOVES], death="5")
    best = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        fitted = kh.fit(
            table,
            model,
            subject="id",
            time="days",
            time_unit="days",
            state="state",
            covariates=covariates,
            threads=threads,
        )
        best = min(best, time.perf_counter() - began)
    assert fitted.convergence.converged
    assert all(fitted.has_error)
    return best, fitted


def peer(file: Path, covariates: int, hessian: bool) -> tuple[float, float, str]:
    command = ["Rscript", str(HERE / "w2_msm.R"), str(file), str(covariates), str(int(hessian))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, _, value, version = done.stdout.split()
    return float(seconds), float(value), version


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--persons", type=int, nargs="+", default=[500, 5000])
    options.add_argument("--covariates", type=int, nargs="+", default=[0, 3])
    options.add_argument("--hessian-limit", type=float, default=300, help="seconds")
    options.add_argument("--threads", type=int, default=0)
    options.add_argument("--no-peer", action="store_true")
    asked = options.parse_args()
    wrong = 0
    print("persons cov intervals distinct  ours+SE s  steps  msm s  msm+SE s  ratio  +SE  -2 log L")
    for persons in asked.persons:
        table = panel(persons)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "panel.csv"
            subprocess.run(
                [sys.executable, str(HERE / "w2_panel.py"), str(file), str(persons)], check=True
            )
            for count in asked.covariates:
                names = ("age10", "male", "alone")[:count]
                seconds, fitted = ours(table, names, asked.threads)
                value = -2 * fitted.log_likelihood
                line = (
                    f"{persons:7} {count:3} {fitted.intervals:9} {fitted.cells:8}  {seconds:9.4f}"
                )
                line += f"  {fitted.convergence.iterations:5}"
                if asked.no_peer:
                    print(f"{line}  {value:.6f}", flush=True)
                    continue
                point, theirs, version = peer(file, count, False)
                with_errors = "not run"
                ratio = "-"
                if 2.5 * point < asked.hessian_limit:
                    whole, theirs, version = peer(file, count, True)
                    with_errors, ratio = f"{whole:.2f}", f"{whole / seconds:.0f}"
                agree = value <= theirs + 1e-5
                wrong += not agree
                print(
                    f"{line}  {point:.2f}  {with_errors}  {point / seconds:.0f}  {ratio}  "
                    f"{value:.6f} against {theirs:.6f} (msm {version})"
                    + ("" if agree else "  DISAGREES"),
                    flush=True,
                )
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
