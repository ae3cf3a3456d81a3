"""First decisions, what a year at each level costs, and how needs move (slides).

The slides print the levels of first decisions, 53, 17, 24 and 7 per cent, a price for a year at
each, and that needs had risen for 29 per cent after one year. The shares sum to 101. A year at the
level of entry is no first year: within it people move, die and need no more support. How they do
is fitted to a SYNTHETIC municipality, whose rates are nobody's.

    python examples/first_decisions.py
"""

from __future__ import annotations

import numpy as np

import kohort as kh
from kohort import datasets

SHARES = {"light": 0.53, "moderate": 0.17, "high": 0.24, "total": 0.07}
COSTS = {"light": 20_000, "moderate": 80_000, "high": 240_000, "total": 800_000}  # a year
AGE = 80


def main() -> dict[str, float]:
    """Print the yearly cost three ways, and the share with risen need; give the figures."""
    costs = kh.Costs(COSTS, price_year=2018)  # assumed: the slides print no price year
    as_printed = sum(SHARES[level] * COSTS[level] for level in SHARES)
    try:
        kh.entry_mix(list(SHARES.values()))
    except kh.InvalidInput as refusal:
        print(refusal)
    mix = kh.entry_mix(list(SHARES.values()), normalise=True)
    figures = {"as_printed": as_printed, "normalised": costs.of_mix(mix)}
    print(f"A year at the level of entry: {as_printed:,.0f} kronor with the shares as printed,")
    print(f"{figures['normalised']:,.2f} with the shares divided by {mix.factor:.2f}.")

    decisions = kh.read_decisions(
        datasets.path("small/decisions.csv"), level_rule=kh.SUPPORT_RULE,
        extraction_date="2024-12-31", observed_from="2015-01-01",
    )  # fmt: skip
    fit = kh.fit(
        decisions, kh.DEPENDENCY_WITH_ENDED, covariates=("male", kh.yearly("age", origin=AGE))
    )
    states = fit.model.states
    start = np.zeros(len(states))
    start[[states.index(level) for level in SHARES]] = mix.shares
    price = [COSTS.get(state, 0) for state in states]
    print(f"With a synthetic municipality's moves, of those aged {AGE} at entry:")
    for sex, male in (("women", 0), ("men", 1)):
        first_year = kh.cohort_cost(
            fit.intensities(age=AGE, male=male), start, price, years=1, discount=0,
            accounting="continuous",
        )  # fmt: skip
        after = fit.transition_probability(1, age=AGE, male=male)
        risen = sum(start[i] * after[i, i + 1 : len(SHARES)].sum() for i in range(len(SHARES) - 1))
        figures |= {f"first_year_{sex}": first_year, f"risen_{sex}": risen}
        print(
            f"  {sex:<6} the first year costs {first_year:,.0f}; needs have risen for {risen:.0%}"
        )
    print("The slides say 29 % risen, of people followed elsewhere.")
    return figures


if __name__ == "__main__":
    main()
