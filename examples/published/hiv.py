"""Zidovudine alone against lamivudine and zidovudine: Briggs, Claxton & Sculpher 2006, example 2.5.

Three states of growing severity and death; a year's probabilities from counts of patients. The
second drug multiplies the probabilities of getting worse by 0.509, for two years. Costs are
discounted at 6 %, counted at the end of each of 20 cycles; life-years are not discounted.
"""

from __future__ import annotations

import numpy as np
from _compare import compare

import kohort as kh

COUNTS = np.array([
    [1251, 350, 116, 17],
    [0, 731, 512, 15],
    [0, 0, 1312, 437],
    [0, 0, 0, 1.0],
])  # fmt: skip
STATES = ("A", "B", "C", "dead")
CARE = np.array([2756.0, 3052, 9007, 0])
ZIDOVUDINE, LAMIVUDINE = 2278.0, 2086.5


def probabilities(ratio: float) -> np.ndarray:
    p = COUNTS / COUNTS.sum(axis=1, keepdims=True)
    worse = np.triu(p, 1) * ratio
    return worse + np.diag(1 - worse.sum(axis=1))


def evaluate(ratios: list[float], drugs: list[float]) -> tuple[float, float]:
    cohort = kh.follow(
        [1, 0, 0, 0], probabilities=[probabilities(r) for r in ratios], states=STATES
    )
    alive = np.array([1.0, 1, 1, 0])
    cost = [CARE + drug * alive for drug in drugs]
    return (
        cohort.value(cost, accounting="end", discount=0.06).total,
        cohort.value(alive, accounting="end", discount=0).total,
    )


def main() -> None:
    mono = evaluate([1.0] * 20, [ZIDOVUDINE] * 20)
    both = evaluate([0.509] * 2 + [1.0] * 18, [ZIDOVUDINE + LAMIVUDINE] * 2 + [ZIDOVUDINE] * 18)
    table = kh.incremental(costs=[mono[0], both[0]], effects=[mono[1], both[1]])
    compare(
        "HIV (Briggs et al. 2006, example 2.5)",
        [
            ("cost, zidovudine", 44663.4535637, mono[0], 5e-8),
            ("cost, both drugs", 50601.6513312, both[0], 5e-8),
            ("life-years, zidovudine", 7.9912066, mono[1], 5e-8),
            ("life-years, both drugs", 8.9373889, both[1], 5e-8),
            ("cost per life-year gained", 6275.95560, table.rows[1].icer, 5e-6),
        ],
    )


if __name__ == "__main__":
    main()
