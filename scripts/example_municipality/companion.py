"""The companion set: histories from a model of exactly the class that is fitted.

Every intensity is exp(a + b x + c male), x = completed age + 1/2 - 80, between the states of the
preset with `ended`; nothing else is going on. So a fit must find a, b and c again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from kohort.synthetic.simulate import stream

SEED = 4000
SUBJECTS = 4000
YEARS = 6.0  # of follow-up
STATES = ("light", "moderate", "high", "total", "ended", "dead")
# from -> to: rate at x = 0 for women, log effect per year of age, log effect of men
TRUE = {
    ("light", "moderate"): (0.30, 0.015, 0.05),
    ("light", "high"): (0.20, 0.030, 0.15),
    ("light", "total"): (0.06, 0.045, 0.10),
    ("light", "ended"): (0.10, -0.030, 0.10),
    ("light", "dead"): (0.05, 0.080, 0.40),
    ("moderate", "light"): (0.12, -0.020, -0.10),
    ("moderate", "high"): (0.40, 0.020, 0.10),
    ("moderate", "total"): (0.10, 0.040, 0.05),
    ("moderate", "ended"): (0.09, -0.030, 0.10),
    ("moderate", "dead"): (0.07, 0.070, 0.40),
    ("high", "moderate"): (0.18, -0.020, -0.05),
    ("high", "total"): (0.18, 0.025, 0.05),
    ("high", "ended"): (0.06, -0.040, 0.05),
    ("high", "dead"): (0.13, 0.060, 0.35),
    ("total", "high"): (0.15, -0.030, -0.10),
    ("total", "ended"): (0.04, -0.020, 0.00),
    ("total", "dead"): (0.30, 0.040, 0.30),
    ("ended", "light"): (0.16, 0.020, -0.10),
    ("ended", "moderate"): (0.08, 0.020, 0.00),
    ("ended", "high"): (0.09, 0.030, 0.10),
    ("ended", "total"): (0.05, 0.040, 0.10),
    ("ended", "dead"): (0.05, 0.070, 0.40),
}


def make(folder: Path, write: Callable[[Path, int, str, list[str]], None]) -> None:
    """Write histories.csv (subject, time, state, age, male) and true_coefficients.csv."""
    uniform = stream(SEED, 5).random
    dead = STATES.index("dead")
    moves = {
        s: [(STATES.index(to), *TRUE[a, to]) for a, to in TRUE if a == name]
        for s, name in enumerate(STATES)
    }
    lines = ["subject,time,state,age,male"]
    for subject in range(1, SUBJECTS + 1):
        born = 65 + 30 * float(uniform())  # age at time 0
        male = int(uniform() < 0.4)
        state = int(np.searchsorted(np.cumsum([0.50, 0.20, 0.20]), uniform()))
        time = 0.0
        rows = [(time, state)]
        while state != dead:
            birthday = np.floor(born + time) + 1 - born
            if birthday <= time:  # rounding at the birthday itself
                birthday += 1
            x = round(born + birthday) - 1 + 0.5 - 80
            rates = [
                np.exp(np.log(base) + age * x + men * male) for _, base, age, men in moves[state]
            ]
            total = sum(rates)
            happens = time - np.log1p(-float(uniform())) / total
            if happens > min(birthday, YEARS):
                if birthday >= YEARS:
                    break
                time = birthday
                continue
            at = np.searchsorted(np.cumsum(rates), float(uniform()) * total, side="right")
            time, state = happens, moves[state][min(int(at), len(rates) - 1)][0]
            rows.append((time, state))
        if state != dead:
            rows.append((YEARS, state))
        lines += [f"C{subject:04d},{t:.9f},{STATES[s]},{born + t:.9f},{male}" for t, s in rows]
    write(
        folder / "histories.csv",
        SEED,
        "Companion set: every change of state is dated exactly; time in years; "
        "the last row is the end of follow-up or death.",
        lines,
    )
    write(
        folder / "true_coefficients.csv",
        SEED,
        "The model behind histories.csv: log intensity per year = intercept "
        "+ age x (completed years + 1/2 - 80) + male.",
        ["from,to,intercept,age,male"]
        + [f"{a},{b},{np.log(v[0]):.12f},{v[1]},{v[2]}" for (a, b), v in TRUE.items()],
    )
