"""The yearly probability of staying that leaves 130 of 1,000 after nine steps (heemod's test).

An optimiser stored .79715293; the exact answer is .13^(1/9), which the threshold solver finds.
"""

from __future__ import annotations

from _compare import compare

import kohort as kh


def left(stay: float) -> float:
    matrix = [[stay, 1 - stay], [0, 1]]
    return float(kh.follow([1, 0], probabilities=matrix, cycles=9, persons=1000).occupancy[-1, 0])


def main() -> None:
    found = kh.threshold(left, low=0.5, high=0.95, target=130)
    compare(
        "Calibration (heemod)",
        [
            ("left after nine steps at .8", 134.217728, left(0.8), 5e-7),
            ("probability for 130, as stored", 0.79715293, found.crossings[0].at, 2e-5),
            ("probability for 130, exact", 0.13 ** (1 / 9), found.crossings[0].at, 1e-14),
        ],
    )


if __name__ == "__main__":
    main()
