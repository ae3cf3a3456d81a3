"""W7: a municipal extract to observations, beside polars merely reading the same file.

    python benchmarks/w7_read_decisions.py [--rows 1000000] [--cost] [--workbook]

`--cost` adds a column of costs with thousands in groups and decimal commas; `--workbook` writes the
same rows as .xlsx instead (at most 1,000,000), beside calamine merely reading them.
Each reader has a process of its own, so that its memory is its own. Synthetic rows, a fixed seed.
Figures, never pass or fail.
"""

from __future__ import annotations

import argparse
import datetime as dt
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

SUPPORT = ("trygghetslarm", "dusch/bad", "matning", "särskilt boende")
HEAD = "person;birth_date;sex;decision;from;to;support;hours_per_month;death_date"

OURS = """
import resource, sys, time
import kohort as kh
start, cpu = time.perf_counter(), time.process_time()
found = kh.read_decisions(
    sys.argv[1], level_rule=kh.SUPPORT_RULE, extraction_date="2026-12-31", gap_days=30
)
used = time.perf_counter() - start, time.process_time() - cpu
print(*used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, len(found.observations))
"""
THEIRS = """
import resource, sys, time
import polars as pl
from python_calamine import CalamineWorkbook
start, cpu = time.perf_counter(), time.process_time()
if sys.argv[1].endswith(".xlsx"):
    read = CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()
else:
    read = pl.read_csv(sys.argv[1], separator=";", try_parse_dates=True)
used = time.perf_counter() - start, time.process_time() - cpu
print(*used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, len(read))
"""


def rows_of(rows: int, cost: bool) -> Iterator[str]:
    """Four decisions a person, each of the level before or the next, end to end or overlapping."""
    random = np.random.default_rng(1)
    first = dt.date(2015, 1, 1)
    days = [(first + dt.timedelta(d)).isoformat() for d in range(4000)]
    for person in range(rows // 4):
        start, level = int(random.integers(0, 2000)), 0
        who = f"P{person:07d};{1925 + person % 30}-05-{1 + person % 28:02d};{'mk'[person % 2]}"
        for k, length, step in zip(
            range(4), random.integers(30, 300, 4), random.integers(0, 2, 4), strict=True
        ):
            end = start + int(length)
            money = f";{10 + person % 80} {100 + k:03d},5" if cost else ""
            yield (
                f"{who};B{4 * person + k};{days[start]};{days[end]};{SUPPORT[level]};12,5;{money}"
            )
            start, level = end + 1, min(3, level + int(step))


def write(path: Path, rows: int, cost: bool) -> None:
    """The rows as text, or as a workbook with dates that are dates."""
    head = HEAD + (";cost" if cost else "")
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8") as file:
            file.write(head + "\n")
            file.writelines(row + "\n" for row in rows_of(rows, cost))
        return
    import xlsxwriter

    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet("Beslut")
        sheet.write_row(0, 0, head.split(";"))
        for r, row in enumerate(rows_of(rows, cost), 1):
            for c, cell in enumerate(row.split(";")):
                if c in (1, 4, 5):
                    sheet.write_datetime(r, c, dt.datetime.fromisoformat(cell))
                elif cell:
                    sheet.write_string(r, c, cell)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--cost", action="store_true")
    parser.add_argument("--workbook", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"decisions.{'xlsx' if given.workbook else 'csv'}"
        write(path, given.rows, given.cost)
        print(f"rows {given.rows:,}, file of {path.stat().st_size / 1e6:,.0f} MB")
        for name, program in (
            ("kohort, to observations", OURS),
            ("calamine, merely reading" if given.workbook else "polars, merely reading", THEIRS),
        ):
            done = subprocess.run(
                [sys.executable, "-c", program, path], capture_output=True, text=True, check=True
            )
            wall, cpu, memory, count = map(float, done.stdout.split())
            print(
                f"{name:<26}{wall:>8.2f} s, {cpu:>7.2f} s of processor, {memory:>7,.0f} MB, "
                f"{int(count):,} rows out"
            )


if __name__ == "__main__":
    main()
