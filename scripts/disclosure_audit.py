"""Random tables of counts through the disclosure audit, and hidden cells beside the least possible.

The audit here is written apart from the library's: for every hidden cell two integer programmes,
one at a time, over what is shown and what adds up. The least possible number of hidden cells on
3 x 4 tables is found exactly, by an integer programme that may choose any cells (margins, zeros).

Linked tables, tables without margins and parts of others are attacked over all persons behind them.

    python scripts/disclosure_audit.py --tables 10000 --exact 200 --linked 300
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from kohort import InvalidInput
from kohort.privacy import PUBLIC, Table, protect
from kohort.privacy.tables import ProtectedTable

Array = Any


def random_table(rng: np.random.Generator) -> Array:
    """Two or three ways, small and large, sparse and full."""
    ways = 2 if rng.random() < 0.75 else 3
    shape = rng.integers(2, 7 if ways == 2 else 4, size=ways)
    mean = 10 ** rng.uniform(0, 1.6)
    counts = rng.poisson(rng.gamma(rng.uniform(0.3, 2.0), mean, size=shape))
    counts[rng.random(shape) < rng.uniform(0, 0.4)] = 0
    return counts


def extended(counts: Array) -> Array:
    """With margins, total last."""
    for axis in range(counts.ndim):
        counts = np.concatenate([counts, counts.sum(axis=axis, keepdims=True)], axis=axis)
    return counts


def equations(shape: tuple[int, ...]) -> Array:
    """What adds up in a table with margins of this shape; one row an equation."""
    index = np.arange(np.prod(shape)).reshape(shape)
    rows = []
    for axis in range(len(shape)):
        for line in np.moveaxis(index, axis, -1).reshape(-1, shape[axis]):
            row = np.zeros(index.size)
            row[line[:-1]], row[line[-1]] = 1, -1
            rows.append(row)
    return np.array(rows)


def told(values: Array, hidden: Array, sums: Array) -> int:
    """Hidden cells that integer programmes tell to within less than the threshold."""
    at = np.flatnonzero(hidden)
    x = values[at].astype(float)
    far = x.sum() + 100
    failures = 0
    for k in range(at.size):
        ends = []
        for sign in (1.0, -1.0):
            goal = np.zeros(at.size)
            goal[k] = sign
            found = milp(
                goal,
                constraints=LinearConstraint(sums[:, at], 0, 0),
                bounds=Bounds(-x, np.full(at.size, far)),
                integrality=np.ones(at.size),
            )
            ends.append(found.x[k])
        failures += int(ends[1] - ends[0] < PUBLIC.threshold - 1e-6)
    few = (values > 0) & (values < PUBLIC.threshold)
    return failures + int((few & ~hidden).sum())


AXES = {"age": 3, "sex": 2, "level": 3}
KINDS = ("apart", "linked", "part", "ring")


def random_linked(kind: str, rng: np.random.Generator) -> tuple[Array, Array, list[Table]]:
    """Persons by age, sex and level, those of them in a part, and tables of both.

    ``"apart"``: one table without its margins. ``"linked"``: two tables of the same persons, with
    their margins or without. ``"part"``: one of all persons and one of a part of them. ``"ring"``:
    three tables of two ways each.
    """
    mean = 10 ** rng.uniform(0.2, 1.6)
    whole = rng.poisson(rng.gamma(rng.uniform(0.4, 2.0), mean, size=tuple(AXES.values())))
    whole[rng.random(whole.shape) < rng.uniform(0, 0.3)] = 0
    part = rng.binomial(whole, rng.choice([0.5, 0.9, 0.98]))
    some = [c for k in (1, 2, 3) for c in itertools.combinations(range(3), k)]
    if kind == "ring":
        chosen = [((0, 1), whole, "all"), ((1, 2), whole, "all"), ((0, 2), whole, "all")]
    elif kind == "apart":
        chosen = [(some[rng.integers(3, 7)], whole, "all")]
    else:
        picked = [some[i] for i in rng.choice(7, size=2, replace=kind == "part")]
        second = part if kind == "part" else whole
        chosen = [
            (picked[0], whole, "all"),
            (picked[1], second, "some" if kind == "part" else "all"),
        ]
    tables = []
    for axes, persons, who in chosen:
        counts = persons.sum(axis=tuple(a for a in range(3) if a not in axes))
        ways = {list(AXES)[a]: [str(i) for i in range(counts.shape[j])] for j, a in enumerate(axes)}
        margins = kind != "apart" and bool(rng.random() < 0.5)
        tables.append(Table(counts, ways, population=who, margins=margins))
    return whole, part, tables


def attacked(
    whole: Array, part: Array, made: Sequence[ProtectedTable], of: Sequence[str]
) -> tuple[int, int]:
    """Cells that are told to within less than the threshold, and how many are hidden.

    Integer programmes over all persons by age, sex, level and whether they are in the part: a
    reader knows that they are whole numbers from 0, and what the tables show. Every hidden cell
    has to be in doubt, and every count of few persons that is a sum of cells of a table, or what is
    left of it without the part.
    """
    need, size = PUBLIC.threshold, whole.size
    rest = whole - part
    truth = np.concatenate([part.ravel(), rest.ravel()])
    index = np.arange(size).reshape(whole.shape)
    rows, targets, hidden_cells, sums_of = [], [], 0, {"all": set(), "some": set()}
    for table, who in zip(made, of, strict=True):
        axes = [list(AXES).index(way) for way in table.ways]
        for at in np.ndindex(*table.counts.shape):
            inside = [(a, i) for a, i, way in zip(axes, at, table.ways, strict=True)
                      if table.ways[way][i] != "sum"]  # fmt: skip
            row = indicator(index, inside, who)
            if np.isnan(table.counts[at]):
                hidden_cells += 1
                targets.append(row)
            else:
                assert row @ truth == table.counts[at]
                rows.append(row)
        for k in range(len(axes) + 1):
            sums_of[who] |= set(itertools.combinations(sorted(axes), k))
    for who, sets in (*sums_of.items(), ("rest", sums_of["all"] & sums_of["some"])):
        for axes in sets:
            for at in np.ndindex(*(whole.shape[a] for a in axes)):
                row = indicator(index, list(zip(axes, at, strict=True)), who)
                if 0 < row @ truth < need:
                    targets.append(row)
    failures = 0
    for row in {tuple(t): t for t in targets}.values():
        ends = []
        for sign in (1.0, -1.0):
            found = milp(
                sign * row,
                constraints=LinearConstraint(np.array(rows), np.array(rows) @ truth,
                                             np.array(rows) @ truth) if rows else (),
                bounds=Bounds(0, truth.sum() + 100),
                integrality=np.ones(2 * size),
            )  # fmt: skip
            ends.append(float(row @ found.x))
        failures += int(ends[1] - ends[0] < need - 1e-6)
    return failures, hidden_cells


def indicator(index: Array, inside: list[tuple[int, int]], who: str) -> Array:
    """Which persons a cell counts: those in the part first, the rest behind them."""
    at: list[Any] = [slice(None)] * index.ndim
    for axis, place in inside:
        at[axis] = place
    chosen = index[tuple(at)].ravel()
    row = np.zeros(2 * index.size)
    if who in ("all", "some"):
        row[chosen] = 1
    if who in ("all", "rest"):
        row[chosen + index.size] = 1
    return row


def run_linked(kind: str, tables: int, seed: int) -> dict[str, Any]:
    """The figures for tables of one kind."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    started = time.process_time()
    failures = hidden = refused = done = cells = 0
    while done < tables:
        whole, part, given = random_linked(kind, rng)
        done += 1
        try:
            made = protect(*given, part_of={"some": "all"} if kind == "part" else None)
        except InvalidInput:
            refused += 1
            continue
        shown = made if isinstance(made, tuple) else (made,)
        found, of_these = attacked(whole, part, shown, [t.population for t in given])
        failures += found
        hidden += of_these
        cells += sum(t.counts.size for t in shown)
    return {
        "kind": kind,
        "times": tables,
        "audit failures": failures,
        "refused": refused,
        "mean hidden cells": hidden / max(tables - refused, 1),
        "mean cells": cells / max(tables - refused, 1),
        "processor seconds": round(time.process_time() - started, 1),
        "seed": seed,
    }


def fewest(values: Array, sums: Array) -> int:
    """The least number of cells that have to be hidden: exact.

    Each hidden cell needs two tables that agree with what is shown and differ by the threshold in
    it. Conditions are added for cells as they come to be hidden; a solution that meets those left
    out as well is the best of all.
    """
    n = values.size
    need = PUBLIC.threshold
    primary = np.flatnonzero((values > 0) & (values < need))
    far = float(2 * need)
    wanted = [int(k) for k in primary]
    while True:
        blocks = len(wanted)
        size = n + 2 * n * blocks  # whether hidden; then two changes for each wanted cell
        goal = np.concatenate([np.ones(n), np.zeros(2 * n * blocks)])
        low = np.concatenate([np.zeros(n), np.tile(-np.minimum(values, far), 2 * blocks)])
        high = np.concatenate([np.ones(n), np.full(2 * n * blocks, far)])
        low[primary] = 1
        rows, least, most = [], [], []
        for b, k in enumerate(wanted):
            for part in (0, 1):
                first = n + (2 * b + part) * n
                for line in sums:
                    row = np.zeros(size)
                    row[first : first + n] = line
                    rows.append(row)
                    least.append(0.0)
                    most.append(0.0)
                for i in range(n):  # a cell that is shown does not change
                    for sign, limit in ((1.0, far), (-1.0, min(float(values[i]), far))):
                        row = np.zeros(size)
                        row[first + i], row[i] = sign, -limit
                        rows.append(row)
                        least.append(-np.inf)
                        most.append(0.0)
            row = np.zeros(size)
            row[n + 2 * b * n + k], row[n + (2 * b + 1) * n + k], row[k] = 1, -1, -need
            rows.append(row)
            least.append(0.0)
            most.append(np.inf)
        found = milp(
            goal,
            constraints=LinearConstraint(np.array(rows), least, most) if rows else (),
            bounds=Bounds(low, high),
            integrality=np.concatenate([np.ones(n), np.zeros(2 * n * blocks)]),
        )
        hidden = found.x[:n] > 0.5
        missing = [
            int(k)
            for k in np.flatnonzero(hidden)
            if k not in wanted and told_one(values, hidden, sums, int(k))
        ]
        if not missing:
            return int(hidden.sum())
        wanted += missing


def told_one(values: Array, hidden: Array, sums: Array, cell: int) -> bool:
    """Whether one hidden cell can be told to within less than the threshold."""
    at = np.flatnonzero(hidden)
    x = values[at].astype(float)
    k = int(np.flatnonzero(at == cell)[0])
    ends = []
    for sign in (1.0, -1.0):
        goal = np.zeros(at.size)
        goal[k] = sign
        found = milp(
            goal,
            constraints=LinearConstraint(sums[:, at], 0, 0),
            bounds=Bounds(-x, np.full(at.size, x.sum() + 100)),
        )
        ends.append(found.x[k])
    return bool(ends[1] - ends[0] < PUBLIC.threshold - 1e-6)


def small_table(rng: np.random.Generator) -> Array:
    """Three by four, with some small counts, as persons by level and age group."""
    return rng.poisson(rng.gamma(1.0, 12.0, size=(3, 4)))


def run(tables: int, exact: int, seed: int, first: int = 1) -> dict[str, Any]:
    """The figures of the report."""
    rng = np.random.default_rng(seed)
    started = time.process_time()
    failures = hidden_cells = with_hidden = refused = 0
    for done in range(1, tables + 1):
        counts = random_table(rng)
        if done < first:
            continue
        made = protect(counts)
        assert isinstance(made, ProtectedTable)
        full = extended(counts)
        failures += told(full.ravel(), made.hidden.ravel(), equations(full.shape))
        refused += made.audit.failures
        hidden_cells += int(made.hidden.sum())
        with_hidden += int(made.hidden.any())
        if done % 250 == 0:
            told_so_far = f"{done} tables, {hidden_cells} hidden cells, {failures} failures"
            print(told_so_far, file=sys.stderr, flush=True)
    ours, best = [], []
    while len(ours) < exact:
        counts = small_table(rng)
        full = extended(counts)
        if not ((full > 0) & (full < PUBLIC.threshold)).any():
            continue
        made = protect(counts)
        assert isinstance(made, ProtectedTable)
        ours.append(int(made.hidden.sum()))
        best.append(fewest(full.ravel(), equations(full.shape)))
    return {
        "tables": tables - first + 1,
        "tables with hidden cells": with_hidden,
        "hidden cells": hidden_cells,
        "audit failures": failures,
        "failures by the library's own audit": refused,
        "3 x 4 tables": exact,
        "mean hidden, kohort": float(np.mean(ours)) if ours else None,
        "mean hidden, optimum": float(np.mean(best)) if best else None,
        "ratio": float(np.sum(ours) / np.sum(best)) if best else None,
        "share at the optimum": float(np.mean(np.array(ours) == np.array(best))) if best else None,
        "processor seconds": round(time.process_time() - started, 1),
        "seed": seed,
    }


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Some versions of the solver write to standard output unasked."""
    sys.stdout.flush()
    kept = os.dup(1)
    with open(os.devnull, "w", encoding="ascii") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tables", type=int, default=10_000)
    parser.add_argument("--exact", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=1, help="go on with this table of the seed's")
    parser.add_argument("--linked", type=int, default=300, help="of each kind of linked tables")
    given = parser.parse_args()
    with quiet():
        found = run(given.tables, given.exact, given.seed, given.first)
        found["linked"] = [run_linked(kind, given.linked, given.seed) for kind in KINDS]
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
