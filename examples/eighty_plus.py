"""From 500,000 to 750,000 people aged 80 and over: what will it cost?

The slides multiply: 500,000 (2018) and 750,000 (2028) times 250,000 kronor for each, that is 125
and 187.5 billion. This program sets a flow model's answer beside it, and says why they differ.

What is assumed, and where it comes from:

- persons by age and sex: UN WPP 2019 for Sweden 2018-2028, all ages 80+ scaled each year to the
  slides' totals (500,000 growing by 4.138 % a year);
- mortality: SCB 2016 and UN WPP 2024;
- who has support at the start, how they move, who comes in: the SYNTHETIC example municipality;
- cost by level: the slides' 20,000, 80,000, 240,000 and 800,000, all scaled by one factor, so that
  the first year costs the same 125 billion.

The figures show how the two ways of counting differ. They are no forecast for Sweden.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace

import numpy as np

import kohort as kh
from kohort import datasets

FIRST, LAST, YEARS = 500_000, 750_000, 10
PER_PERSON = 250_000
LEVELS = ("light", "moderate", "high", "total")


@dataclass(frozen=True)
class Answer:
    """Both answers, in kronor."""

    growth: float  # of persons 80+, a year
    constant: tuple[float, float]  # first and last year at 250,000 for each person 80+
    projection: kh.Projection
    flow: tuple[float, float]  # yearly cost of those with support on 31 December
    flow_interval: tuple[float, float]
    constant_shares: float  # the last year at constant shares by age and sex
    parts: dict[str, float]  # of the flow answer's growth
    difference: dict[str, float]  # users in the last year, flow minus constant shares
    scale: float  # of the slides' costs by level


def population() -> kh.Population:
    """Sweden 2018-2028 with the slides' totals of 80 and over."""
    sweden = kh.Population.from_wpp(base_year=2018, years=YEARS)
    old = sweden.ages >= 80
    persons = sweden.persons.copy()
    wanted = FIRST * (LAST / FIRST) ** (np.arange(YEARS + 1) / YEARS)
    persons[:, :, old] *= (wanted / persons[:, :, old].sum(axis=(1, 2)))[:, None, None]
    return replace(
        sweden, persons=persons, source=sweden.source + "; 80+ scaled to the slides' totals"
    )


def answer(draws: int = 200) -> Answer:
    """Compute both answers."""
    people = population()
    model = kh.DEPENDENCY_WITH_ENDED
    decisions = kh.read_decisions(
        datasets.example_decisions(), level_rule=kh.SUPPORT_RULE,
        extraction_date="2024-12-31", observed_from="2015-01-01",
    )  # fmt: skip
    local = kh.Population.from_wpp(datasets.columns("example/population"), years=1)
    fit = kh.fit(decisions.observations, model, covariates=[kh.yearly("age", origin=80), "male"])
    entries = kh.fit_entries(decisions, local)

    # Shares with support by five-year age and sex, from the municipality to the nation.
    living = [name for name in model.states if name != model.death]
    ages = people.ages
    held = decisions.stock("2024-12-31").array([2024], list(map(int, ages)), living)[0]
    there = np.zeros((2, ages.size))
    there[:, : local.ages.size] = local.persons[0]
    stock = np.zeros_like(held)
    for group in np.unique(np.minimum(ages // 5, 19)):
        inside = np.minimum(ages // 5, 19) == group
        share = held[:, inside].sum(axis=1) / there[:, inside].sum(axis=1)[:, None]
        stock[:, inside] = people.persons[0][:, inside, None] * share[:, None]

    first = FIRST * PER_PERSON
    slides = dict(zip(LEVELS, (20_000, 80_000, 240_000, 800_000), strict=True))
    by_level = stock.sum(axis=(0, 1))
    at_start = sum(by_level[living.index(level)] * cost for level, cost in slides.items())
    scale = first / at_start
    costs = kh.Costs({level: scale * cost for level, cost in slides.items()}, 2018)
    projected = kh.project(
        fit, people, entries, stock=stock, costs=costs, draws=draws, seed=1, closure="scale",
        fitted_ages=(65, 100),
    )  # fmt: skip

    place = [projected.states.index(level) for level in LEVELS]
    yearly = scale * np.array(list(slides.values()))
    last = float(projected.persons[-1].sum(axis=(1, 2))[place] @ yearly)
    shares = float(projected.constant_share.persons[-1].sum(axis=(1, 2))[place] @ yearly)
    drawn = projected.draws_persons[:, -1][:, place] @ yearly
    low, high = np.quantile(drawn, [0.025, 0.975]) if draws else (np.nan, np.nan)
    return Answer(
        growth=(LAST / FIRST) ** (1 / YEARS) - 1,
        constant=(float(first), float(LAST * PER_PERSON)),
        projection=projected,
        flow=(float(projected.persons[0].sum(axis=(1, 2))[place] @ yearly), last),
        flow_interval=(float(low), float(high)),
        constant_shares=shares,
        parts=dict(projected.growth_split["flow"]["cost"]),
        difference={k: float(v[-1]) for k, v in projected.difference_split["persons"].items()},
        scale=scale,
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--draws", type=int, default=200)
    found = answer(options.parse_args().draws)
    milliard = 1e9
    print(f"80 and over: {FIRST:,} (2018) to {LAST:,} (2028), {100 * found.growth:.4f} % a year")
    print(f"{'billion kronor':42} {'2018':>8} {'2028':>8}")
    print(f"{'250,000 for each person 80+':42} {found.constant[0] / milliard:8.1f} "
          f"{found.constant[1] / milliard:8.1f}")  # fmt: skip
    print(f"{'constant shares by age and sex':42} {found.flow[0] / milliard:8.1f} "
          f"{found.constant_shares / milliard:8.1f}")  # fmt: skip
    low, high = (x / milliard for x in found.flow_interval)
    print(f"{'flow model (95 % of the draws)':42} {found.flow[0] / milliard:8.1f} "
          f"{found.flow[1] / milliard:8.1f}  ({low:.1f} to {high:.1f})")  # fmt: skip
    print("Growth of the flow answer, billion:")
    for part, value in found.parts.items():
        print(f"  {part:40} {value / milliard:8.1f}")
    print(f"  {'in all':40} {sum(found.parts.values()) / milliard:8.1f}")
    print("Users, flow minus constant shares, 31 December 2028:")
    for part, persons in found.difference.items():
        print(f"  {part:40} {persons:10,.0f}")
    moved = float(np.abs(found.projection.migration.sum(axis=1)).max())
    print(
        f"Net migration that the slides' totals imply: up to {moved:,.0f} persons a year. "
        "Rates: synthetic."
    )


if __name__ == "__main__":
    main()
