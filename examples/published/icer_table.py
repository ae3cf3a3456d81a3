"""Six options with both kinds of dominance: the table of dampack's own test."""

from __future__ import annotations

from _compare import compare

import kohort as kh

COSTS = [55e3, 35e3, 25e3, 10e3, 12e3, 5e3]
EFFECTS = [5, 4, 3, 2, 1.5, 1]


def main() -> None:
    table = kh.incremental(costs=COSTS, effects=EFFECTS, names=[str(i) for i in range(1, 7)])
    print(table)
    frontier = [row for row in table.rows if row.status == "efficient"]
    compare(
        "ICER table (dampack)",
        [
            (f"ratio of option {row.name}", printed, row.icer, 1e-9)
            for row, printed in zip(frontier, (5000, 12500, 20000), strict=True)
        ],
    )
    status = {row.name: row.status for row in table.rows}
    if (status["3"], status["5"]) != ("extendedly dominated", "dominated"):
        raise SystemExit(f"ICER table: {status}")


if __name__ == "__main__":
    main()
