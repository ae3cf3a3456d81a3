"""Joint assessment: "7 of 10 did not need home help" (slides).

An occupational therapist and a care manager assess together those who apply. There is no control
group: that all ten would otherwise have been granted help is an assumption, and the preset says so.

    python examples/seven_of_ten.py
"""

from __future__ import annotations

import numpy as np

import kohort as kh

MIX = {"light": 53, "moderate": 17, "high": 24, "total": 7}  # slides, per cent: they sum to 101
COSTS = {"light": 20_000, "moderate": 80_000, "high": 240_000, "total": 800_000}  # slides, a year
APPLICANTS = 100


def main() -> dict[str, float]:
    """Print what 100 applicants become, and give the figures."""
    preset = kh.presets.assessment_7_of_10()
    mix = kh.entry_mix([share / 100 for share in MIX.values()], normalise=True)
    first_year = kh.Costs(COSTS, price_year=2018).of_mix(mix)  # price year assumed: none is printed
    ratio = preset.effects[0].settings["ratio"]
    figures = {"ratio": ratio, "first_year": first_year}
    print(f"{preset.evidence.en}")
    print(f"A year at the level of entry costs {first_year:,.2f} kronor by the slides' mix,")
    print("if nobody moves, dies or does without support in it (see first_decisions.py).")
    for uptake in (0.0, 0.6, 1.0):  # 0: the null, always beside the optimistic
        entries = APPLICANTS * (1 - uptake * (1 - ratio))
        saved = (APPLICANTS - entries) * first_year
        print(f"  {uptake:4.0%} assessed jointly: {entries:5.1f} of {APPLICANTS} come in,", end=" ")
        print(f"{saved / 1e6:5.2f} million kronor less in such a year")
        figures[f"entries_{uptake:.0%}"] = entries
    figures["worth_an_assessment"] = (1 - ratio) * first_year
    print(f"An assessment may cost {figures['worth_an_assessment']:,.0f} kronor before it loses:")
    print("if all would have been granted, and if none of the seven comes back within the year.")
    effects = preset.lowered(kh.DEPENDENCY, np.ones((2, 1, len(kh.DEPENDENCY.transitions))), 80)
    print(f"As a strategy it acts on {len(effects['effects'])} entry rates, x {ratio}.")
    return figures


if __name__ == "__main__":
    main()
