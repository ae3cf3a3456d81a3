"""How time and memory of a fit grow with the number of persons, and what aggregation saves.

python benchmarks/scaling.py [--persons 1000 10000 100000 1000000] [--age yearly moving]

Three covariates, standard errors included. `ratio` is intervals per distinct interval.
"""

from __future__ import annotations

import argparse

from w8_continuous_age import run


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument(
        "--persons", type=int, nargs="+", default=[1000, 10_000, 100_000, 1_000_000]
    )
    options.add_argument("--age", nargs="+", default=["yearly", "moving"])
    options.add_argument("--threads", type=int, default=0)
    asked = options.parse_args()
    print("age     persons  intervals  distinct  ratio  seconds  GB for the fit  error in log L")
    for age in asked.age:
        for persons in asked.persons:
            one = run(persons, asked.threads, age)
            ratio = one["intervals"] / max(one["distinct"], 1)
            print(
                f"{age:7} {persons:8} {one['intervals']:9} {one['distinct']:9}  {ratio:5.1f}  "
                f"{one['seconds']:7.3f}  {one['gigabytes'] - one['before']:.3f}  "
                f"{one['substep_error']:.1g}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
