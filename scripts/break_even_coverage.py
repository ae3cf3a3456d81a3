"""How often do the intervals of break-even hold the true number? Both ways, several precisions.

    python scripts/break_even_coverage.py [repeats]

True net saving 10,000 a person and month, true cost 300,000 a month: N* = 30. Estimates of both are
normal about the truth; each repeat makes an interval by 2,000 draws and by Fieller's theorem.
"""

from __future__ import annotations

import math
import sys

import numpy as np

from kohort import _core

TRUE_SAVING, TRUE_COST = 10_000.0, 300_000.0


def coverage(se_saving: float, se_cost: float, repeats: int, seed: int = 1) -> dict[str, float]:
    """Shares of repeats whose interval holds 30, and of those whose interval has no upper limit."""
    rng = np.random.default_rng(seed)
    hits = {"draws": 0, "fieller": 0, "unbounded": 0}
    for _ in range(repeats):
        m, cost = rng.normal(TRUE_SAVING, se_saving), rng.normal(TRUE_COST, se_cost)
        drawn_m, drawn_cost = rng.normal(m, se_saving, 2_000), rng.normal(cost, se_cost, 2_000)
        found = _core.interval_of_break_even(
            list(drawn_m), list(np.abs(drawn_cost)), [math.inf], 0.95
        )
        hits["draws"] += found["low"] <= 30 <= found["high"]
        hits["unbounded"] += math.isinf(found["high"])
        shape, low, high = _core.fieller(m, se_saving**2, cost, se_cost**2, 0.0, 0.95)
        inside = low <= 30 <= high
        hits["fieller"] += shape == "everywhere" or inside == (shape == "interval")
    return {name: count / repeats for name, count in hits.items()}


def main() -> None:
    """Print a table."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    error = math.sqrt(0.95 * 0.05 / repeats)
    print(f"{repeats} repeats; 95 % has a Monte Carlo error of {100 * error:.2f} points")
    print(f"{'se of saving':>14}{'se of cost':>12}{'draws':>9}{'Fieller':>9}{'no upper limit':>16}")
    for se_saving in (500.0, 1_500.0, 3_000.0, 6_000.0):
        for se_cost in (0.0, 15_000.0):
            c = coverage(se_saving, se_cost, repeats)
            print(
                f"{se_saving:14,.0f}{se_cost:12,.0f}{100 * c['draws']:8.1f}%"
                f"{100 * c['fieller']:8.1f}%{100 * c['unbounded']:15.1f}%"
            )


if __name__ == "__main__":
    main()
