"""Results with the fields of the real ones and made-up numbers, for testing what shows them.

Nothing here is shipped, and no number here means anything.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, make_dataclass
from types import SimpleNamespace

import numpy as np

from kohort.privacy import PUBLIC
from kohort.study.settings import ModelSettings
from kohort.study.sources_file import PopulationSettings
from kohort.study.study_money import study_money

STATES = ("none", "light", "moderate", "high", "total", "ended")
LEVELS = STATES[1:5]
AGE_GROUPS = ("65-69", "70-74", "75-79", "80-84", "85-89", "90-94", "95+")
CONVENTIONS = ("start", "end", "trapezoid", "continuous")
PARTS = ("unsettled_stock", "incidence_trend", "mix_drift", "mortality")
COST = np.array([0.0, 20_000, 80_000, 240_000, 800_000, 0.0])


@dataclass(frozen=True)
class StandInProjection:
    """Ten years, four levels, two sexes, seven age groups, 200 draws."""

    years: np.ndarray = field(default_factory=lambda: np.arange(2024, 2035))
    states: tuple[str, ...] = STATES
    levels: tuple[str, ...] = LEVELS
    sexes: tuple[str, ...] = ("men", "women")
    age_groups: tuple[str, ...] = AGE_GROUPS
    price_year: int = 2018
    price_levels: None = None
    discount: float = 0.0
    accounting: str = "continuous"
    draws: int = 200
    seed: int = 1
    chance: bool = False
    healthy_ageing: object = None
    findings: tuple = ()
    closure: dict = field(default_factory=lambda: {"share_of_draws_scaled": 0.0})

    def __post_init__(self):
        rng = np.random.default_rng(20)
        start = np.array([11_000, 820, 260, 330, 350, 240.0])
        growth = np.array([0.006, 0.021, 0.024, 0.027, 0.031, 0.02])
        steps = np.arange(11)
        totals = start * np.exp(np.outer(steps, growth))
        split = rng.dirichlet(np.full(14, 8.0), size=6).reshape(6, 2, 7)
        persons = totals[:, :, None, None] * split
        years = (persons[1:] + persons[:-1]) / 2
        noise = rng.normal(size=(200, 6)) * 0.006
        wobble = np.exp(noise[:, None, :] * steps[None, :, None])
        draws = totals * wobble
        held = start * np.exp(np.outer(steps, growth * 0.8))
        put = lambda name, value: object.__setattr__(self, name, value)  # noqa: E731
        put("persons", persons)
        put("person_years", years)
        put("draws_persons", draws)
        put("draws_person_years", (draws[:, 1:] + draws[:, :-1]) / 2)
        put("draws_cost", self.draws_person_years @ COST)
        cost = years.sum(axis=(2, 3)) * COST
        put(
            "costs",
            {name: cost * f for name, f in zip(CONVENTIONS, (0.99, 1.01, 1.0, 1.0), strict=True)},
        )
        put("new_users", totals[1:, 1:5] * 0.2)
        put("draws_new_users", draws[:, 1:, 1:5].sum(axis=2) * 0.2)
        put(
            "constant_share",
            SimpleNamespace(
                persons=held[:, :, None, None] * split,
                cost=(held[1:] + held[:-1]) / 2 * COST,
            ),
        )
        gap = totals[:, 1:5].sum(axis=1) - held[:, 1:5].sum(axis=1)
        money = np.concatenate([[0], cost.sum(axis=1) - self.constant_share.cost.sum(axis=1)])
        weights = {
            "unsettled_stock": 1.3,
            "incidence_trend": 0.1,
            "mix_drift": 0.2,
            "mortality": -0.6,
        }
        put(
            "difference_split",
            {
                "persons": {part: gap * w for part, w in weights.items()},
                "cost": {part: money * w for part, w in weights.items()},
            },
        )
        first, last = totals[0, 1:5].sum(), totals[-1, 1:5].sum()
        put(
            "growth_split",
            {
                "flow": {
                    "persons": {
                        "population": 0.7 * (last - first),
                        "share": 0.3 * (last - first),
                        "mix": 0.0,
                        "price": 0.0,
                    },
                    "cost": {"population": 60e6, "share": 31e6, "mix": 9e6, "price": 0.0},
                },
                "constant_share": {
                    "persons": {
                        "population": held[-1, 1:5].sum() - first,
                        "share": 0.0,
                        "mix": 0.0,
                        "price": 0.0,
                    },
                    "cost": {"population": 55e6, "share": 0.0, "mix": -2e6, "price": 0.0},
                },
            },
        )


def probabilities():
    """One year between the four levels and death."""
    return np.array([
        [0.58, 0.14, 0.12, 0.06, 0.10],
        [0.05, 0.50, 0.22, 0.10, 0.13],
        [0.03, 0.04, 0.62, 0.12, 0.19],
        [0.00, 0.00, 0.02, 0.70, 0.28],
        [0.00, 0.00, 0.00, 0.00, 1.00],
    ])  # fmt: skip


def result(**changes):
    """A finished study, as the report and the workbook see it."""
    projection = StandInProjection()
    rng = np.random.default_rng(5)
    seen = np.arange(2015, 2025)
    froms, to = LEVELS, (*LEVELS, "dead")
    pairs = [
        (a, b)
        for i, a in enumerate(froms)
        for b in to
        if a != b and probabilities()[i, to.index(b)] > 0
    ]
    p = np.tile(probabilities()[:4].ravel(), 2)
    rates = np.exp(rng.normal(size=2 * len(pairs)) * 0.8 - 2)
    spread = np.exp(rng.uniform(0.05, 0.5, size=len(rates)))
    data = SimpleNamespace(
        level_rule="support_type",
        overlap="rule",
        gap_days=14,
        extraction_date=dt.date(2024, 12, 31),
    )
    population = PopulationSettings(persons="population.csv")
    costs = dict(zip(LEVELS, (20_000.0, 80_000.0, 240_000.0, 800_000.0), strict=True))
    study = SimpleNamespace(
        name="Provkommun", synthetic=True, data=data, language="sv", profile=PUBLIC.name,
        disclosure=PUBLIC, population=population, model=ModelSettings(), money=None, prices=None,
        costs=SimpleNamespace(by_level=costs, price_year=projection.price_year),
    )  # fmt: skip
    moved = {
        "sex": np.repeat(["women", "men"], len(pairs)),
        "state": np.array([a for a, _ in pairs] * 2),
        "to": np.array([b for _, b in pairs] * 2),
        "moves": np.full(2 * len(pairs), 100),
    }
    finding = lambda code, severity, count, sv, en: SimpleNamespace(  # noqa: E731
        code=code, severity=severity, count=count, message_sv=sv, message=en, remedy="",
        remedy_sv="", file="decisions.csv", row=0, related=(), column="",
    )  # fmt: skip
    fields = {
        "study": study,
        "projection": projection,
        "decisions": SimpleNamespace(
            moves=lambda first, last: moved,
            policies={},
            observations=SimpleNamespace(covariate_names=("age", "male")),
        ),
        "fit": SimpleNamespace(
            model=SimpleNamespace(
                states=tuple(dict.fromkeys(state for pair in pairs for state in pair)),
                transitions=tuple(pairs),
            ),
            hidden=None,
        ),
        "unit_costs": costs,
        "money": study_money(study),
        "budget": None,
        "stock_history": {
            "year": np.repeat(seen, 4),
            "state": np.tile(np.array(LEVELS), 10),
            "persons": np.tile([800.0, 250, 320, 340], 10) + rng.integers(-20, 20, 40),
        },
        "entry_history": {"year": seen, "persons": rng.poisson(330, 10).astype(float)},
        "transitions": {
            "sex": np.repeat(["women", "men"], 20), "age": np.full(40, 80),
            "from": np.tile(np.repeat(froms, 5), 2), "to": np.tile(np.array(to), 8),
            "probability": p, "lower": 0.9 * p, "upper": 1.05 * p,
        },
        "intensities": {
            "sex": np.repeat(["women", "men"], len(pairs)), "age": np.full(2 * len(pairs), 80),
            "from": np.array([a for a, _ in pairs] * 2), "to": np.array([b for _, b in pairs] * 2),
            "rate": rates, "lower": rates / spread, "upper": rates * spread,
        },
        "first_year": {
            "mix": np.repeat(["published", "own"], 3),
            "course": np.tile(["stay", "women", "men"], 2),
            "cost": np.array([136_435.64, 180_000, 170_000, 140_000, 185_000, 175_000]),
        },
        "published_sum": 1.01,
        "counts": {"subjects": 3541, "observations": 21_007, "transitions": 9_876},
        "findings": (
            finding("W-DUP-ROW", "W", 14, "Samma rad två gånger", "Row given twice"),
            finding("I-GAP", "I", 203, "Glapp inom den tillåtna gränsen", "Gap within the limit"),
        ),
        "cost_source": "bildspel",
        "calibration": None,
        "variance": None,
        "demand": None,
        "attributions": (),
        "about": lambda lang: {"version": "0.1.0", "seed": "1", "data_hash": "ab" * 32},
    }  # fmt: skip
    return make_dataclass("StandInResult", fields)(**(fields | changes))
