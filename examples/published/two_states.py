"""Three ways to count a cycle, on the two small models of heemod's own tests.

The first moves 1 in 10 out of state 1 a year; those in state 2 stay there with probability
1/(t + 1) in cycle t. (The test calls that number b; the second row of its matrix is 1 - b, b.)
"""

from __future__ import annotations

import numpy as np
from _compare import compare

import kohort as kh

COST = {"I": (234.0, 987.0), "II": (987.0, 456.0)}
EFFECT = {"I": (123.0, 1726.0), "II": (876.0, 1029.0)}


def drifting(cycles: int) -> kh.ClosedCohort:
    matrices = [[[0.9, 0.1], [1 - 1 / (t + 1), 1 / (t + 1)]] for t in range(1, cycles + 1)]
    return kh.follow([1, 0], probabilities=matrices, cycles=cycles, persons=1000)


def ratio(accounting: str) -> float:
    one = drifting(1)
    costs = [one.value(COST[s], accounting=accounting, discount=0).total for s in COST]
    effects = [one.value(EFFECT[s], accounting=accounting, discount=0).total for s in COST]
    return kh.incremental(costs=costs, effects=effects).rows[1].icer


def main() -> None:
    one = drifting(1)
    five = drifting(5).occupancy
    averaged = np.round((five[:-1, 0] + five[1:, 0]) / 2)
    compare(
        "Counting a cycle (heemod, run of a model)",
        [
            ("cost, I, counted at the end", 309300,
             one.value(COST["I"], accounting="end", discount=0).total, 1e-9),
            ("cost, II, counted at the end", 933900,
             one.value(COST["II"], accounting="end", discount=0).total, 1e-9),
            ("ratio, end", 1.0273, ratio("end"), 5e-5),
            ("ratio, start", 1.0000, ratio("start"), 5e-5),
            ("ratio, life table", 1.0122, ratio("life_table"), 5e-5),
            *((f"persons in 1, cycle {k + 1}, mean of both ends", printed, averaged[k], 1e-9)
              for k, printed in enumerate((950, 888, 879, 885, 890))),
        ],
    )  # fmt: skip

    matrices = [[[0.5, 0.5], [0.1, 0.9]], [[0.67, 0.33], [0.2, 0.8]]]
    x = kh.follow([1, 0], probabilities=matrices, persons=10).occupancy[:, 0]
    weights = {name: kh.accounting_weights(name, 2) for name in ("start", "end", "life_table")}
    counted = {name: w.first * x[:-1] + w.last * x[1:] for name, w in weights.items()}
    printed_counts = {"start": (10, 5), "end": (5, 4.35), "life_table": (7.5, 4.675)}
    compare(
        "Counts in state 1 (heemod, counting)",
        [
            (f"{name}, cycle {k + 1}", value, counted[name][k], 1e-12)
            for name, values in printed_counts.items()
            for k, value in enumerate(values)
        ],
    )


if __name__ == "__main__":
    main()
