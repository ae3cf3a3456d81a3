"""Sick-Sicker, time-independent: four strategies over 75 yearly cycles.

Alarid-Escudero, Krijkamp, Enns et al. 2023, Med Decis Making 43:3, introductory tutorial, and its
program. The printed totals use Simpson weights whose inner 2/3 and 4/3 are exchanged (they sum to
74.667 instead of 75): `simpson_published` replicates them. With the rule as it is, here 1/3 and 3/8
since 75 is odd, QALYs come out about 0.3 higher; the order of the strategies does not change.
"""

from __future__ import annotations

import numpy as np
from _compare import compare

import kohort as kh

STATES = ("healthy", "sick", "sicker", "dead")
CYCLES = 75


def of_rate(rate: float) -> float:
    return float(-np.expm1(-rate))


def cohort(ratio: float = 1) -> kh.ClosedCohort:
    die = [of_rate(0.002 * hazard) for hazard in (1, 3, 10)]
    fall_ill, recover, worsen = of_rate(0.15), of_rate(0.5), of_rate(0.105 * ratio)
    alive = np.array([
        [1 - fall_ill, fall_ill, 0],
        [recover, 1 - recover - worsen, worsen],
        [0, 0, 1],
    ])  # fmt: skip
    p = np.eye(4)
    p[:3, :3] = (1 - np.array(die))[:, None] * alive
    p[:3, 3] = die
    return kh.follow([1, 0, 0, 0], probabilities=p, cycles=CYCLES, states=STATES)


COST, UTILITY = np.array([2000.0, 4000, 15000, 0]), np.array([1, 0.75, 0.5, 0])
TREATED = np.array([0.0, 1, 1, 0])
BETTER = np.array([1, 0.95, 0.5, 0])
STRATEGIES = {
    "standard of care": (1.0, COST, UTILITY),
    "A": (1.0, COST + 12000 * TREATED, BETTER),
    "B": (0.6, COST + 13000 * TREATED, UTILITY),
    "AB": (0.6, COST + 25000 * TREATED, BETTER),
}
PRINTED = {
    "standard of care": (151579.87, 20.711331),
    "A": (284804.51, 21.498663),
    "B": (259100.41, 22.184465),
    "AB": (378875.20, 23.136844),
}


def totals(accounting: str) -> dict[str, tuple[float, float]]:
    return {
        name: (
            cohort(ratio).value(cost, accounting=accounting, discount=0.03).total,
            cohort(ratio).value(utility, accounting=accounting, discount=0.03).total,
        )
        for name, (ratio, cost, utility) in STRATEGIES.items()
    }


def main() -> None:
    found = totals("simpson_published")
    table = kh.incremental(
        costs=[c for c, _ in found.values()],
        effects=[e for _, e in found.values()],
        names=list(found),
    )
    by_name = {row.name: row for row in table.rows}
    trace = cohort().occupancy[10]
    lines = [
        (f"{name}, {what}", PRINTED[name][i], found[name][i], (5e-3, 5e-7)[i])
        for name in found
        for i, what in enumerate(("cost", "QALYs"))
    ]
    compare(
        "Sick-Sicker (introductory tutorial, 2023)",
        [
            *lines,
            ("B over standard of care, cost per QALY", 72987.63606665, by_name["B"].icer, 5e-8),
            ("AB over B, cost per QALY", 125763.78575369, by_name["AB"].icer, 5e-8),
            *(
                (f"standard of care after 10 cycles: {s}", printed, trace[i], 5e-10)
                for i, (s, printed) in enumerate(
                    zip(STATES, (0.620192142, 0.183148667, 0.158706007, 0.037953185), strict=True)
                )
            ),
        ],
    )
    if by_name["A"].status != "dominated":
        raise SystemExit("Sick-Sicker: strategy A should be dominated")
    print("With Simpson's rule as it is:")
    for name, (cost, effect) in totals("simpson").items():
        print(f"  {name:20} cost {cost:12.2f}  QALYs {effect:.6f}")


if __name__ == "__main__":
    main()
