"""Two hip prostheses: Briggs, Claxton & Sculpher 2006, example 3.5. A woman of 60, 61 cycles.

The risk of revision has a Weibull clock, S(t) = exp(-lambda t^gamma), which the new prosthesis
multiplies by exp(ln RR). Costs are discounted at 6 % and QALYs at 1.5 %, both counted at the start.
"""

from __future__ import annotations

import numpy as np
from _compare import compare

import kohort as kh

STATES = ("operation", "success", "revision", "success after revision", "dead")
AGE, CYCLES = 60, 61
LAMBDA, GAMMA = np.exp(-5.490935 - 0.0367022 * AGE), np.exp(0.3740968)
NEW = np.exp(-1.344474)
OPERATIVE_DEATH, RE_REVISION = 0.02, 0.04
DEATHS = {35: 0.99, 45: 2.6, 55: 6.7, 65: 19.3, 75: 53.5, 85: 154.8}  # per 1,000 women, by age
UTILITY = {"success": 0.85, "revision": 0.3, "success after revision": 0.75}


def probabilities(cycle: int, ratio: float) -> np.ndarray:
    die = DEATHS[max(age for age in DEATHS if age <= AGE + cycle)] / 1000
    revise = 1 - np.exp(LAMBDA * ratio * ((cycle - 1) ** GAMMA - cycle**GAMMA))
    return np.array([
        [0, 1 - OPERATIVE_DEATH, 0, 0, OPERATIVE_DEATH],
        [0, 1 - revise - die, revise, 0, die],
        [0, 0, 0, 1 - OPERATIVE_DEATH - die, OPERATIVE_DEATH + die],
        [0, 0, RE_REVISION, 1 - RE_REVISION - die, die],
        [0, 0, 0, 0, 1],
    ])  # fmt: skip


def cohort(ratio: float) -> kh.ClosedCohort:
    return kh.follow(
        [1, 0, 0, 0, 0],
        probabilities=[probabilities(k, ratio) for k in range(1, CYCLES + 1)],
        states=STATES,
    )


def totals(followed: kh.ClosedCohort, prosthesis: float) -> tuple[float, float]:
    money = followed.value(
        {"revision": 5294}, once=[(0, prosthesis)], accounting="start", discount=0.06
    )
    return money.total, followed.value(UTILITY, accounting="start", discount=0.015).total


def main() -> None:
    standard, new = cohort(1), cohort(NEW)
    old, better = totals(standard, 394), totals(new, 579)
    table = kh.incremental(costs=[old[0], better[0]], effects=[old[1], better[1]])
    after_four = zip(STATES[1:], (0.95757109, 0.00115802, 0.00166964, 0.03960125), strict=True)
    compare(
        "Hip prostheses (Briggs et al. 2006, example 3.5)",
        [
            ("cost, standard", 512.434658, old[0], 5e-7),
            ("cost, new", 610.311818, better[0], 5e-7),
            ("QALYs, standard", 14.6531896, old[1], 5e-8),
            ("QALYs, new", 14.69770986, better[1], 5e-9),
            ("cost per QALY gained", 2198.486665, table.rows[1].icer, 5e-7),
            *(
                (f"standard, after cycle 4: {name}", printed,
                 standard.occupancy[4, STATES.index(name)], 5e-9)
                for name, printed in after_four
            ),
        ],
    )  # fmt: skip


if __name__ == "__main__":
    main()
