"""Finds the constants of `truth.Truth` that are marked calibrated, on a large municipality.

A fixed point: simulate sixty municipalities in one, compare with the targets, move each constant by
what it chiefly governs, repeat. Common random numbers make the steps settle.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kohort.synthetic import simulate as S
from kohort.synthetic import truth as T
from kohort.synthetic.truth import Truth

from . import measure as M

TARGETS = {"up_low": 0.40, "up_high": 0.067, "end_low": 0.75}
MIX = np.array([53, 16, 24, 7.7]) / 100.7
# Stockholm's shares, lowered from age 80 on to what the life table allows (README, prevalence)
PREVALENCE = np.array(
    [[0.032, 0.076, 0.150, 0.312, 0.535, 0.74], [0.031, 0.065, 0.118, 0.223, 0.400, 0.64]]
)


def calibrate(truth: Truth, forces: np.ndarray, numbers: np.ndarray, rounds: int = 10) -> Truth:
    """Truth with its calibrated constants moved to the targets."""
    until = M.day("2025-01-01")
    group = np.minimum(np.arange(len(T.AGES)) // 5, 5)
    for _ in range(rounds):
        persons = S.draw_persons(numbers * 60, seed=100)
        histories = S.simulate(truth, forces, persons, until, seed=100)
        seen = M.flow(histories, persons)
        shares, _, _ = M.prevalence(
            histories, persons, [M.day(f"{year}-01-01") for year in (2016, 2017, 2018)]
        )
        deaths, deaths_none, years, years_none = M.deaths_and_exposure(
            histories, persons, M.day("2005-01-01"), until
        )
        wanted, base = np.empty((2, 6)), np.empty((2, 6))
        for g in range(6):
            mine = group == g
            others = (deaths - deaths_none)[:, mine].sum(axis=1)
            wanted[:, g] = (forces * years)[:, mine].sum(axis=1) - others
            base[:, g] = (forces * years_none)[:, mine].sum(axis=1)
        mix = np.array([seen["share_" + name] for name in ("light", "moderate", "high", "total")])
        shift = np.log(MIX / mix)
        truth = replace(
            truth,
            incidence=truth.incidence
            * (PREVALENCE / (1 - PREVALENCE) * (1 - shares) / shares) ** 0.6,
            none_death=0.4 * truth.none_death + 0.6 * np.clip(wanted / base, 0.25, 1.0),
            entry_intercepts=truth.entry_intercepts + shift[1:] - shift[0],
            up_factor=truth.up_factor * (TARGETS["up_low"] / seen["up_low"]) ** 1.3,
            high_to_total_factor=truth.high_to_total_factor * TARGETS["up_high"] / seen["up_high"],
            relief_factor=truth.relief_factor
            * ((1 - TARGETS["end_low"]) / (1 - seen["end_low"])) ** 1.5,
        )
    return truth


def constants(truth: Truth) -> str:
    """The calibrated constants, to be copied into truth.py."""
    names = [
        "up_factor",
        "high_to_total_factor",
        "relief_factor",
        "incidence",
        "none_death",
        "entry_intercepts",
    ]
    return "\n".join(f"{name} = {np.round(getattr(truth, name), 4).tolist()}" for name in names)
