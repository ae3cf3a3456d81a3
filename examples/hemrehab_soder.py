"""Hemrehab Söder: home-help cases in January against December under a rehabilitation programme.

The slide shows a picture without figures. All figures below are CONSTRUCTED: they show how such a
comparison is made, and why January against December is not the programme's effect.

    python examples/hemrehab_soder.py
"""

from __future__ import annotations

import numpy as np

import kohort as kh

RATES = {  # constructed, a year
    ("none", "light"): 0.030, ("none", "moderate"): 0.015, ("none", "dead"): 0.030,
    ("light", "moderate"): 0.25, ("light", "ended"): 0.12, ("light", "dead"): 0.10,
    ("moderate", "light"): 0.10, ("moderate", "ended"): 0.05, ("moderate", "dead"): 0.25,
    ("ended", "light"): 0.10, ("ended", "dead"): 0.08,
}  # fmt: skip
MODEL = kh.Model(("none", "light", "moderate", "ended", "dead"), list(RATES), death="dead")
JANUARY = {"none": 2_750, "light": 130, "moderate": 120}  # constructed, persons
PROGRAMME = kh.Strategy(  # constructed effects: fewer come in, more end
    "programme", (kh.effect.entry_ratio(None, 0.7), kh.effect.intensity_ratio("ending", 1.4))
)


def main() -> dict[str, float]:
    """Print January and December with and without the programme, and give the figures."""
    persons = np.array([JANUARY.get(s, 0) for s in MODEL.states], dtype=float)
    cases = [MODEL.states.index(s) for s in ("light", "moderate")]
    found = {"january": float(persons[cases].sum())}
    null = kh.presets.none()
    for name, strategy in (("usual", None), ("null", null), ("programme", PROGRAMME)):
        year = kh.follow(
            persons / persons.sum(),
            persons=float(persons.sum()),
            intensities=MODEL.intensities(list(RATES.values())),
            cycles=12,
            cycle_length=1 / 12,
            model=MODEL,
            strategy=strategy,
        )
        found[name] = float(year.occupancy[11, cases].sum())  # 1 December
    print("CONSTRUCTED FIGURES: the slide prints none.")
    print(f"Home-help cases on 1 January: {found['january']:.0f}. On 1 December:")
    print(f"  as usual                     {found['usual']:.0f}")
    print(f"  programme without effect     {found['null']:.0f}   (the Swedish trial, 2025)")
    print(f"  programme with its effects   {found['programme']:.0f}")
    change = found["programme"] - found["january"]
    effect = found["programme"] - found["usual"]
    print(f"January to December: {change:+.0f}. Against what would have been: {effect:+.0f}.")
    print("Only the second is the programme's doing; the slide's comparison is the first.")
    return found | {"change": change, "effect": effect}


if __name__ == "__main__":
    main()
