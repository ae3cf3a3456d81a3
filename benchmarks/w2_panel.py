"""W2's data: a made-up municipal panel with exact deaths. `python w2_panel.py FILE PERSONS [SEED]`.

Five levels, ten transitions, log-linear effects of age, sex and living alone. Visits come yearly or
half-yearly in whole days; the age in force between two visits is the completed age at the first.
"""

from __future__ import annotations

import sys

import numpy as np

LEVELS = ("light", "moderate", "high", "total", "dead")
MOVES = [  # from, to, rate per year of a woman of 80 in company; effects of 10 years, man, alone
    (0, 1, 0.55, 0.35, 0.05, 0.15),
    (0, 4, 0.06, 0.60, 0.35, 0.05),
    (1, 0, 0.14, -0.25, -0.05, -0.10),
    (1, 2, 0.52, 0.30, 0.08, 0.20),
    (1, 4, 0.11, 0.50, 0.30, 0.05),
    (2, 1, 0.12, -0.25, -0.08, -0.10),
    (2, 3, 0.36, 0.25, 0.10, 0.10),
    (2, 4, 0.18, 0.45, 0.28, 0.05),
    (3, 2, 0.08, -0.20, -0.05, -0.05),
    (3, 4, 0.34, 0.35, 0.20, 0.05),
]
YEAR = 365.25


def life(rng: np.random.Generator) -> list[tuple[int, int, int, int, int]]:
    """Rows (day, level, age, male, alone) of one person."""
    age = float(np.clip(np.round(rng.normal(81.5, 7.5)), 65, 101))
    male = int(rng.random() < 0.36)
    alone = int(rng.random() < (0.42 if male else 0.66))
    level = int(rng.choice(4, p=np.array([53, 17, 24, 7]) / 101))
    gap = (365, 40) if rng.random() < 0.6 else (183, 25)
    end, day = round(rng.uniform(4, 6) * YEAR), 0
    rows = [(0, level, int(age), male, alone)]
    while day < end:
        completed = int(age + day / YEAR)
        following = min(day + max(round(rng.normal(*gap)), 30), end)
        x = ((completed - 80) / 10, male, alone)
        now = float(day)
        while level < 4:
            ways = [m for m in MOVES if m[0] == level]
            rates = [m[2] * np.exp(np.dot(m[3:], x)) for m in ways]
            now += rng.exponential(YEAR / sum(rates))
            if now >= following:
                break
            level = ways[int(rng.choice(len(ways), p=np.array(rates) / sum(rates)))][1]
        day = following if level < 4 else int(np.clip(np.ceil(now), day + 1, following))
        rows.append((day, level, int(age + day / YEAR), male, alone))
        if level == 4:
            break
    return rows


def panel(persons: int, seed: int = 20240117) -> dict[str, np.ndarray]:
    """Columns id, days, time, state (1 to 5), age10, male, alone."""
    rng = np.random.default_rng(seed)
    rows = np.array([(i, *row) for i in range(persons) for row in life(rng)], dtype=float)
    return {
        "id": rows[:, 0].astype(int),
        "days": rows[:, 1],
        "time": rows[:, 1] / YEAR,
        "state": rows[:, 2].astype(int) + 1,
        "age10": (rows[:, 3] - 80) / 10,
        "male": rows[:, 4],
        "alone": rows[:, 5],
    }


if __name__ == "__main__":
    table = panel(int(sys.argv[2]), *(int(seed) for seed in sys.argv[3:4]))
    np.savetxt(
        sys.argv[1],
        np.column_stack(list(table.values())),
        fmt="%.17g",
        delimiter=",",
        header=",".join(table),
        comments="",
    )
