"""A constructed municipality with two levels, small enough to be projected in no time."""

from __future__ import annotations

import numpy as np

import kohort as kh

MODEL = kh.Model(
    ("light", "high", "ended", "dead"),
    [
        ("light", "high"), ("light", "ended"), ("light", "dead"), ("high", "light"),
        ("high", "dead"), ("ended", "light"), ("ended", "dead"),
    ],
    death="dead",
)  # fmt: skip
RATES = np.array([0.2, 0.1, 0.08, 0.05, 0.25, 0.15, 0.06])
COSTS = kh.Costs({"light": 80_000, "high": 500_000}, 2024)
AGES = np.arange(80, 92)


def fit(spread=0.05, shift=0.0):
    """Coefficients from elsewhere, each with this standard error."""
    covariance = np.diag(np.full(RATES.size, spread**2)) + 0.25 * spread**2 * (spread > 0)
    return kh.from_coefficients(MODEL, np.log(RATES) + shift, covariance)


def population(scale=1.0, years=4):
    """1,300 persons of 80 and more, growing by 1 % a year."""
    at_base = 100 * scale * np.exp(-0.09 * np.arange(AGES.size))
    growth = 1.01 ** np.arange(years + 1)
    persons = growth[:, None, None] * np.stack([0.8 * at_base, at_base])
    mortality = np.broadcast_to(
        0.05 * np.exp(0.09 * np.arange(AGES.size)) * np.array([[1.2], [1.0]]), persons.shape
    )
    return kh.Population(AGES, np.arange(2024, 2025 + years), persons, mortality)


def entries():
    """A table without uncertainty."""
    incidence = np.tile(0.03 * np.exp(0.06 * np.arange(AGES.size)), (2, 1))
    return kh.Entries.from_table(incidence, [0.8, 0.2], ("light", "high"), first_age=80)


def stock(scale=1.0):
    """(2, ages, living states)."""
    people = population(scale).persons[0]
    return np.round(people[:, :, None] * np.array([0.15, 0.06, 0.03]))


def case(name="here", scenario="base", scale=1.0, **changes):
    """Ready to be run."""
    settings = {
        "fit": FIT, "population": population(scale), "entries": entries(), "stock": stock(scale),
        "costs": COSTS,
    }  # fmt: skip
    return kh.Case(name, scenario=scenario, **(settings | changes))


FIT = fit()
