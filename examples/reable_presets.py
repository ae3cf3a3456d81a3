"""Home rehabilitation and reablement: what each preset does to the same cohort, and on what ground.

A person who begins with moderate dependency, over two years; the rates are CONSTRUCTED,
the effects are those of the literature with their evidence grade, the null trial among them.

    python examples/reable_presets.py
"""

from __future__ import annotations

import numpy as np

import kohort as kh

MODEL = kh.DEPENDENCY_WITH_ENDED
COSTS = {"light": 20_000, "moderate": 80_000, "high": 240_000, "total": 800_000}  # slides, a year
MONTHS = 24


def intensities() -> np.ndarray:
    """Constructed, the same for both sexes and all ages: Q."""
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
    return MODEL.intensities(made)


def two_years(strategy: kh.Strategy) -> tuple[float, float]:
    """Cost of support and share with support after two years, of one enrolled person."""
    start = [float(state == "moderate") for state in MODEL.states]
    cohort = kh.follow(
        start, intensities=intensities(), cycles=MONTHS, cycle_length=1 / 12, model=MODEL,
        strategy=strategy,
    )  # fmt: skip
    cost = cohort.value(COSTS, accounting="continuous", discount=0.0)
    levels = [MODEL.states.index(level) for level in COSTS]
    return cost.total, float(cohort.occupancy[-1, levels].sum())


def main() -> dict[str, tuple[float, float]]:
    """Print each preset's effect and evidence, and give the figures."""
    print("CONSTRUCTED RATES. Two years of a person who begins with moderate dependency:")
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
