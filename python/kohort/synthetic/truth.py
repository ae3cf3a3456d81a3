"""What is true in the synthetic municipality: mortality, incidence, intensities, entry mix.

Rates are per year; `x = completed age + 1/2 - 80`. Every intensity between levels is log-linear in
x and sex, as in the models that kohort fits, and support goes down one level at a time. Three
things a fitted model does not know:

* the death rate of people without support is set so that all deaths together follow the life table;
* a care-home stay ends by a hazard that falls with time since moving in (`care_home_death_time`);
* the entry mix drifts: high dependency at entry becomes slowly more common from 2015 on.

The numbers marked *calibrated* were found by `scripts/make_example_municipality.py --calibrate`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

YEAR = 365.25  # days
FIRST_AGE, LAST_AGE = 65, 115
AGES = np.arange(FIRST_AGE, LAST_AGE + 1)
SEXES = ("women", "men")  # index 0, 1 in every array here

NONE, LIGHT, MODERATE, HIGH, SHORT_STAY, CARE_HOME, ENDED, DEAD = range(8)
TOTAL = SHORT_STAY  # a short stay and a care home are both the level "total"
LEVEL_OF_STATE = np.array([0, 1, 2, 3, 4, 4, 0, 0])  # 0: no support


@dataclass(frozen=True)
class Truth:
    """Everything that the simulation needs to know. Pairs are (women at x = 0, effect of men)."""

    # from -> to: rate at x = 0 for women, log effect per year of age, log effect of men
    rates: dict[tuple[int, int], tuple[float, float, float]] = field(
        default_factory=lambda: {
            (LIGHT, MODERATE): (0.34, 0.015, 0.05),
            (LIGHT, HIGH): (0.27, 0.030, 0.15),
            (LIGHT, TOTAL): (0.055, 0.045, 0.10),
            (LIGHT, ENDED): (0.12, -0.030, 0.10),
            (LIGHT, DEAD): (0.023, 0.090, 0.52),
            (MODERATE, LIGHT): (0.10, -0.015, 0.00),
            (MODERATE, HIGH): (0.56, 0.020, 0.10),
            (MODERATE, TOTAL): (0.090, 0.040, 0.05),
            (MODERATE, ENDED): (0.10, -0.030, 0.10),
            (MODERATE, DEAD): (0.032, 0.085, 0.52),
            (HIGH, MODERATE): (0.250, -0.020, 0.00),
            (HIGH, TOTAL): (0.145, 0.025, 0.05),
            (HIGH, ENDED): (0.110, -0.040, 0.05),
            (HIGH, DEAD): (0.068, 0.075, 0.52),
            (ENDED, DEAD): (0.032, 0.090, 0.40),
        }
    )
    reentry: tuple[float, float, float] = (0.15, 0.040, 0.0)
    # calibrated: on every move up from light and moderate; on high to total; on the end of support
    # and recovery from light and moderate
    up_factor: float = 0.98
    high_to_total_factor: float = 1.06
    relief_factor: float = 0.645

    # calibrated: first decisions per person-year without support, at the ages of INCIDENCE_AGES
    incidence: Array = field(
        default_factory=lambda: np.array(
            [
                [0.0156, 0.0160, 0.0460, 0.1200, 0.228, 0.38],
                [0.0160, 0.0128, 0.0385, 0.0750, 0.176, 0.48],
            ]
        )
    )
    # calibrated: death rate without support over that of the life table, at the ages of DEATH_AGES
    none_death: Array = field(
        default_factory=lambda: np.array(
            [[0.88, 0.75, 0.60, 0.38, 0.26, 0.70], [0.88, 0.77, 0.68, 0.58, 0.42, 0.32]]
        )
    )
    # calibrated: log odds against light at x = 0 for moderate, high, total
    entry_intercepts: Array = field(default_factory=lambda: np.array([-1.195, -0.875, -2.035]))
    entry_age: tuple[float, float, float] = (0.005, 0.012, 0.025)
    entry_men: tuple[float, float, float] = (0.00, 0.15, 0.15)
    entry_drift_high: float = 0.025  # log odds per year from 2015 on, centred on 2018.5

    # care homes: the Weibull through the quantiles of the entrants of 2012 has shape 0.44 and scale
    # 1,323 days. Here (at age 86, both sexes) a little longer, since a later hazard follows ...
    home_shape: float = 0.44
    home_scale_days: float = 1400.0
    home_age: float = 0.015  # ... log effect per year of age at moving in, and of men
    home_men: float = 0.35
    # ... until a hazard that rises with age is the larger one
    home_late: tuple[float, float, float] = (0.150, 0.055, 0.40)
    short_share: float = 0.45  # of moves to total that begin with a short stay ...
    short_share_at_entry: float = 0.25  # ... and of first decisions at total
    short_mean_days: float = 38.0
    # what follows a short stay: home again at high, care home, ended, dead
    short_exit: tuple[float, float, float, float] = (0.52, 0.36, 0.02, 0.10)


INCIDENCE_AGES = np.array([67.5, 72.5, 77.5, 82.5, 87.5, 93.0])
DEATH_AGES = np.array([67.5, 72.5, 77.5, 82.5, 87.5, 93.0])


def life_table(q_women: Array, q_men: Array) -> Array:
    """Forces of mortality by sex and completed age, (2, ages), from q at ages 65-100.

    Inside a year of age the force is -ln(1 - q). Above 100 Kannisto's logistic, fitted by least
    squares to the logits of the force over ages 80-100, continues it.
    """
    out = np.empty((2, len(AGES)))
    for sex, q in enumerate((q_women, q_men)):
        force = -np.log1p(-q)
        ages = np.arange(65, 101)
        old = ages >= 80
        slope, level = np.polyfit(
            ages[old] + 0.5, np.log(force[old]) - np.log1p(-force[old]), deg=1
        )
        z = level + slope * (AGES + 0.5)
        out[sex] = np.where(
            AGES <= 100, np.append(force, np.zeros(len(AGES) - 36)), 1 / (1 + np.exp(-z))
        )
    return out


def intensity_table(truth: Truth, forces: Array) -> Array:
    """Rates by state, sex, completed age and target, (8, 2, ages, 8).

    The column NONE means a first decision or a new one after support has ended; the entry mix then
    says at which level. Rows of short stays and care homes are zero: their ends are drawn at entry.
    """
    x = AGES + 0.5 - 80
    table = np.zeros((8, 2, len(AGES), 8))
    for (start, end), (base, by_age, men) in truth.rates.items():
        factor = 1.0
        if end == DEAD:
            factor = 1.0
        elif start in (LIGHT, MODERATE) and end in (MODERATE, HIGH, TOTAL) and end > start:
            factor = truth.up_factor
        elif (start, end) == (HIGH, TOTAL):
            factor = truth.high_to_total_factor
        elif start in (LIGHT, MODERATE):
            factor = truth.relief_factor
        for sex in (0, 1):
            table[start, sex, :, end] = factor * base * np.exp(by_age * x + men * sex)
    for sex in (0, 1):
        log_incidence = np.interp(AGES + 0.5, INCIDENCE_AGES, np.log(truth.incidence[sex]))
        table[NONE, sex, :, NONE] = np.exp(log_incidence)
        base, by_age, men = truth.reentry
        table[ENDED, sex, :, NONE] = base * np.exp(by_age * x + men * sex)
        share = np.interp(AGES + 0.5, DEATH_AGES, truth.none_death[sex])
        table[NONE, sex, :, DEAD] = share * forces[sex]
    return table


def entry_mix(truth: Truth, age: Array, sex: Array, year: Array) -> Array:
    """Probabilities of light, moderate, high and total at a first decision, (n, 4)."""
    x = age + 0.5 - 80
    logits = np.zeros((len(age), 4))
    for j in range(3):
        logits[:, j + 1] = (
            truth.entry_intercepts[j] + truth.entry_age[j] * x + truth.entry_men[j] * sex
        )
    logits[:, 2] += truth.entry_drift_high * (np.maximum(year, 2015.0) - 2018.5)
    odds = np.exp(logits)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def care_home_death_time(truth: Truth, age: Array, sex: Array, u: Array) -> Array:
    """Years from moving in to death, by inversion of u in (0, 1).

    The hazard is the larger of a Weibull's, w (k / lambda) (t / lambda)^(k - 1), which falls from
    infinity, and L e^(b t), which rises with age: w H(t) to the crossing t*, then
    (L / b)(e^(b t) - e^(b t*)) on top. So the first two years follow the published quantiles and
    a long stay still ends at the pace of the resident's age.
    """
    k, scale = truth.home_shape, truth.home_scale_days / YEAR
    w = np.exp(truth.home_age * (age - 86) + truth.home_men * (sex - 0.3))
    base, b, men = truth.home_late
    late = base * np.exp(b * (age - 80) + men * sex)
    cross = scale * (late * scale / (w * k)) ** (1 / (k - 1))
    at_cross = w * (cross / scale) ** k
    target = -np.log1p(-u)
    early = scale * (target / w) ** (1 / k)
    beyond = np.log(np.exp(b * cross) + b * np.maximum(target - at_cross, 0.0) / late) / b
    return np.where(target <= at_cross, early, beyond)


__all__ = [name for name in dir() if name.isupper()] + [
    "Truth",
    "care_home_death_time",
    "entry_mix",
    "intensity_table",
    "life_table",
    "replace",
]
