"""Discount factors at 5 % a year, by year and by month: 1.05^(-t), as in openqaly's tests."""

from __future__ import annotations

from _compare import compare

import kohort as kh


def main() -> None:
    yearly = kh.discount_factors(0.05, 10)
    monthly = kh.discount_factors(0.05, 24, cycle_length=1 / 12)
    compare(
        "Discount factors at 5 %",
        [
            *((f"year {k}", 1.05**-k, yearly[k], 1e-10) for k in (0, 1, 2, 10)),
            *((f"month {k}", 1.05 ** (-k / 12), monthly[k], 1e-10) for k in (1, 6, 12, 24)),
        ],
    )


if __name__ == "__main__":
    main()
