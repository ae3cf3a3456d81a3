"""Home rehabilitation and reablement: what each preset does to the same cohort, and on what ground.

People who begin with moderate dependency at 80, women, over two years; the rates are CONSTRUCTED,
the effects are those of the literature with their evidence grade, the null trial among them.

    python examples/reable_presets.py
"""

from __future__ import annotations

import math

import numpy as np

import kohort as kh

MODEL = kh.DEPENDENCY_WITH_ENDED
COSTS = {"light": 20_000, "moderate": 80_000, "high": 240_000, "total": 800_000}  # slides, a year
AGE, SEX, MONTHS = 80, 1, 24


def rates() -> np.ndarray:
    """Constructed rates, the same for both sexes and one age: (2, 1, transitions)."""
    up, down, end, death = 0.25, 0.12, 0.10, 0.12
    made = []
    for a, b in MODEL.transitions:
        if b == MODEL.death:
            made.append(death)
        elif "ended" in (a, b):
            made.append(end)
        else:
            higher = MODEL.states.index(b) > MODEL.states.index(a)
            made.append(up / 2 if higher else down)
    return np.tile(np.array(made), (2, 1, 1))


def two_years(strategy: kh.Strategy) -> tuple[float, float]:
    """Cost of support and share with support after two years, of one enrolled person."""
    effects = strategy.lowered(MODEL, rates(), AGE)["effects"]
    living = ["none", *(s for s in MODEL.states if s != MODEL.death)]
    place = {s: i for i, s in enumerate(living)} | {MODEL.death: len(living)}
    x, cost = np.zeros(len(MODEL.states)), 0.0
    x[MODEL.states.index("moderate")] = 1
    price = np.array([COSTS.get(s, 0) for s in MODEL.states])
    for month in range(MONTHS):
        q = np.zeros((len(MODEL.states),) * 2)
        for (a, b), rate in zip(MODEL.transitions, rates()[SEX, 0], strict=True):
            log_ratio = 0.0
            for from_, to, first, last, sex, _, starts, logs, step in effects:
                at = round((month / 12 - starts) / step)
                mine = (from_, to) == (place[a], place[b]) and sex in (-1, SEX)
                if mine and first <= AGE <= last and 0 <= at < len(logs):
                    log_ratio += logs[at]
            q[MODEL.states.index(a), MODEL.states.index(b)] = rate * math.exp(log_ratio)
        np.fill_diagonal(q, -q.sum(axis=1))
        cost += float(x @ kh.length_of_stay(q, 1 / 12) @ price)
        x = x @ kh.transition_probability(q, 1 / 12)
    levels = [MODEL.states.index(s) for s in COSTS]
    return cost, float(x[levels].sum())


def main() -> dict[str, tuple[float, float]]:
    """Print each preset's effect and evidence, and give the figures."""
    print("CONSTRUCTED RATES. Two years of a woman of 80 who begins with moderate dependency:")
    found = {"usual": two_years(kh.Strategy("usual"))}
    print(f"{'usual care':<22}{found['usual'][0]:10,.0f} kronor, {found['usual'][1]:.0%} supported")
    for name in ("none", "recovery_1_4_year1", "lewin_rct", "eskilstuna"):
        preset = kh.presets.ALL[name]()
        found[name] = two_years(preset)
        change = found[name][0] - found["usual"][0]
        print(f"{name:<22}{found[name][0]:10,.0f} kronor ({change:+,.0f}),", end=" ")
        print(f"{found[name][1]:.0%} supported\n    {preset.evidence.en}")
    return found


if __name__ == "__main__":
    main()
