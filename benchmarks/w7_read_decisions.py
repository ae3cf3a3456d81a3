"""W7: a municipal extract to observations, beside polars merely reading the same file.

    python benchmarks/w7_read_decisions.py [--rows 1000000]

Synthetic rows, a fixed seed. Figures, never pass or fail.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

import kohort as kh

SUPPORT = ("trygghetslarm", "dusch/bad", "matning", "särskilt boende")


def write(path: Path, rows: int) -> None:
    """Four decisions a person, each of the level before or the next, end to end or overlapping."""
    random = np.random.default_rng(1)
    first = dt.date(2015, 1, 1)
    days = [(first + dt.timedelta(d)).isoformat() for d in range(4000)]
    with path.open("w", encoding="utf-8") as file:
        file.write("person;birth_date;sex;decision;from;to;support;hours_per_month;death_date\n")
        for person in range(rows // 4):
            start, level = int(random.integers(0, 2000)), 0
            who = f"P{person:07d};{1925 + person % 30}-05-{1 + person % 28:02d};{'mk'[person % 2]}"
            for k, length, step in zip(
                range(4), random.integers(30, 300, 4), random.integers(0, 2, 4), strict=True
            ):
                end = start + int(length)
                file.write(
                    f"{who};B{4 * person + k};{days[start]};{days[end]};{SUPPORT[level]};12,5;\n"
                )
                start, level = end + 1, min(3, level + int(step))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "decisions.csv"
        write(path, rows)
        start = time.perf_counter()
        found = kh.read_decisions(
            path, level_rule=kh.SUPPORT_RULE, extraction_date="2025-12-31", gap_days=30
        )
        ours = time.perf_counter() - start
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        start = time.perf_counter()
        read = pl.read_csv(path, separator=";", try_parse_dates=True)
        theirs = time.perf_counter() - start
    megabytes = "MB at most"
    print(f"rows                        {len(read):>12,}")
    print(f"kohort, to observations     {ours:>12.2f} s, {memory:,.0f} {megabytes}")
    print(f"polars, merely reading      {theirs:>12.2f} s")
    print(f"observations                {len(found.observations):>12,}")


if __name__ == "__main__":
    main()
