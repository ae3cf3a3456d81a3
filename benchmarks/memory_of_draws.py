"""Memory of `kohort.project` against the number of draws: flat.

python benchmarks/memory_of_draws.py [--draws 1000 10000 30000] [--keep 2000] [--threads 2]

The municipality of w6_projection.py with usual care and two strategies. Each number of draws is a
process of its own. Draws beyond `keep_draws` are counted in fixed bins and not kept; with
`--keep 0` all of them are kept, as a comparison.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

from w6_projection import projected


def measure(draws: int, keep: int, threads: int) -> dict[str, float]:
    """Peak memory of this process, before and after."""
    projected(20, threads, "calendar", "year", 4)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cpu = time.process_time()
    made = projected(draws, threads, "calendar", "year", 4, keep=keep or draws)
    low, high = made.intervals("cost")
    return {
        "draws": draws,
        "kept": made.draws,
        "cpu": time.process_time() - cpu,
        "before": before,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "low": float(low[-1]),
        "high": float(high[-1]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, nargs="+", default=[1_000, 10_000, 30_000])
    parser.add_argument("--keep", type=int, default=2_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one, given.keep, given.threads)))
        return
    print("   draws     kept   CPU s   peak MiB   of it this run's")
    for draws in given.draws:
        line = [sys.executable, __file__, "--one", str(draws), "--keep", str(given.keep)]
        line += ["--threads", str(given.threads)]
        done = subprocess.run(line, check=True, capture_output=True, text=True)
        found = json.loads(done.stdout)
        print(
            f"{found['draws']:8} {found['kept']:8} {found['cpu']:7.1f} {found['peak']:10.0f} "
            f"{found['peak'] - found['before']:18.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
