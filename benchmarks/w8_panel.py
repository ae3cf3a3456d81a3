"""W8's data: a made-up municipal panel in which the rates move with exact age, made vector-wise.

Five levels, ten transitions, log-linear effects of age, sex and living alone, yearly or half-yearly
visits in whole days, deaths dated exactly. `panel(persons)` gives a dict of arrays.
"""

from __future__ import annotations

import numpy as np
from w2_panel import MOVES, YEAR

GAMMA = np.array([move[3] for move in MOVES]) / 10  # a year of age


def panel(persons: int, seed: int = 20240117) -> dict[str, np.ndarray]:
    """Columns id, days, state (1 to 5), age (exact, in years), male, alone."""
    rng = np.random.default_rng(seed)
    age = np.clip(rng.normal(81.5, 7.5, persons), 65, 101)
    age = np.round(age * YEAR) / YEAR  # birthdays are whole days
    male = (rng.random(persons) < 0.36).astype(float)
    alone = (rng.random(persons) < np.where(male > 0, 0.42, 0.66)).astype(float)
    state = rng.choice(4, size=persons, p=np.array([53, 17, 24, 7]) / 101)
    half_yearly = rng.random(persons) < 0.4
    end = np.round(rng.uniform(4, 6, persons) * YEAR)
    day = np.zeros(persons)
    who = np.arange(persons)
    rows = [np.column_stack([who, day, state, age, male, alone])]
    while who.size:
        gap = np.where(
            half_yearly[who], rng.normal(183, 25, who.size), rng.normal(365, 40, who.size)
        )
        visit = np.minimum(day[who] + np.maximum(np.round(gap), 30), end[who])
        now, level = day[who].copy(), state[who].copy()
        moving = np.arange(who.size)
        while moving.size:  # thinning: rates at either end of the interval are a bound
            people = who[moving]
            rate = np.zeros((moving.size, len(MOVES)))
            bound = np.zeros(moving.size)
            proposal = now[moving].copy()
            base = np.zeros((moving.size, len(MOVES)))
            for k, (origin, _, q, _, man, single) in enumerate(MOVES):
                here = level[moving] == origin
                base[:, k] = np.where(
                    here, q * np.exp(man * male[people] + single * alone[people]), 0
                )
                first = np.exp(GAMMA[k] * (age[people] + proposal / YEAR - 80))
                last = np.exp(GAMMA[k] * (age[people] + visit[moving] / YEAR - 80))
                bound += base[:, k] * np.maximum(first, last)
            proposal += rng.exponential(size=moving.size) / bound * YEAR
            inside = proposal < visit[moving]
            now[moving] = np.where(inside, proposal, visit[moving])
            for k in range(len(MOVES)):
                rate[:, k] = base[:, k] * np.exp(GAMMA[k] * (age[people] + proposal / YEAR - 80))
            pick = (rng.random(moving.size) * bound)[:, None] < np.cumsum(rate, axis=1)
            move = np.where(pick.any(axis=1), pick.argmax(axis=1), -1)
            happens = inside & (move >= 0)
            targets = np.array([m[1] for m in MOVES])
            level[moving] = np.where(happens, targets[np.maximum(move, 0)], level[moving])
            moving = moving[inside & (level[moving] < 4)]
        died = level == 4
        day[who] = np.where(died, np.clip(np.ceil(now), day[who] + 1, visit), visit)
        state[who] = level
        rows.append(
            np.column_stack(
                [who, day[who], level, age[who] + day[who] / YEAR, male[who], alone[who]]
            )
        )
        who = who[~died & (day[who] < end[who])]
    table = np.concatenate(rows)
    table = table[np.lexsort((table[:, 1], table[:, 0]))]
    return {
        "id": table[:, 0].astype(int),
        "days": table[:, 1],
        "state": table[:, 2].astype(int) + 1,
        "age": table[:, 3],
        "male": table[:, 4],
        "alone": table[:, 5],
    }
