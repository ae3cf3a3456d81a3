"""What a person at each level needs, and what it takes to give it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kohort.support._arrays import Array
from kohort.support._refusal import refuse

ByLevel = Mapping[str, float]


@dataclass(frozen=True)
class DemandRates:
    """What a person at each level needs, and what it takes to give it.

    Parameters
    ----------
    hours
        Level to granted home help, hours a month, of those who live at home. Required for every
        level: statistics follow granted time.
    performed
        Share of granted hours that is performed, by level or one for all: costs follow performed
        time.
    in_homes
        Level to the share who live in a care home; levels not named: nobody.
    heavy_from
        Hours a month from which home help is heavy: 120 in Kolada (N21706), 80 in Socialstyrelsen's
        fact sheet. A level at or above it is heavy throughout.
    heavy, heavy_hours
        Where only some of a level are: level to the share of those at home with heavy home help,
        and to their granted hours a month.
    vacancy_days
        How long a care-home place stands empty after each who leaves it.
    occupancy
        Share of the places that can be in use, for other reasons.
    hours_per_post
        Performed hours a year of a full-time post, after travel, meetings and absence; 0 leaves
        staff out.
    posts_per_place
        Full-time posts of a care-home place; 0 leaves them out.
    """

    hours: ByLevel
    performed: ByLevel | float
    in_homes: ByLevel = field(default_factory=dict)
    heavy_from: float = 120
    heavy: ByLevel = field(default_factory=dict)
    heavy_hours: ByLevel = field(default_factory=dict)
    vacancy_days: float = 0
    occupancy: float = 1
    hours_per_post: float = 0
    posts_per_place: float = 0

    def by_level(self, levels: tuple[str, ...]) -> dict[str, Array]:
        """Each rate as (levels,), refused if a level lacks hours or one is unknown."""
        tables = {
            "hours": self.hours, "in_homes": self.in_homes, "heavy": self.heavy,
            "heavy_hours": self.heavy_hours,
        }  # fmt: skip
        if isinstance(self.performed, Mapping):
            tables["performed"] = self.performed
        for what, table in tables.items():
            unknown = [name for name in table if name not in levels]
            if unknown:
                refuse(
                    "E-STATE-UNKNOWN", "demand", f"{what} of '{unknown[0]}'",
                    f"the levels are {', '.join(levels)}", "Use the projection's names",
                )  # fmt: skip
        missing = [name for name in levels if name not in self.hours]
        if missing:
            refuse(
                "E-COST-MISSING", "demand", f"no hours for '{missing[0]}'",
                "every level has hours, 0 if nobody there has home help", "Add it",
            )  # fmt: skip
        hours = np.array([float(self.hours[name]) for name in levels])
        wholly = hours >= self.heavy_from
        heavy = np.array([
            float(self.heavy.get(name, float(all_of_it)))
            for name, all_of_it in zip(levels, wholly, strict=True)
        ])  # fmt: skip
        of_heavy = np.array([
            float(self.heavy_hours.get(name, h)) for name, h in zip(levels, hours, strict=True)
        ])  # fmt: skip
        too_light = [
            name for name, share, h in zip(levels, heavy, of_heavy, strict=True)
            if share > 0 and h < self.heavy_from
        ]  # fmt: skip
        if too_light:
            refuse(
                "E-SETTING", "demand",
                f"heavy home help at '{too_light[0]}' of fewer than {self.heavy_from:g} hours",
                "heavy home help reaches heavy_from", "Give heavy_hours for that level",
            )  # fmt: skip
        if isinstance(self.performed, Mapping):
            table = self.performed
            lacking = [name for name in levels if name not in table]
            if lacking:
                refuse(
                    "E-COST-MISSING", "demand", f"no share performed for '{lacking[0]}'",
                    "every level has one", "Add it, or give one share for all",
                )  # fmt: skip
            performed = np.array([float(table[name]) for name in levels])
        else:
            performed = np.full(len(levels), float(self.performed))
        return {
            "hours": hours,
            "performed": performed,
            "in_homes": np.array([float(self.in_homes.get(name, 0)) for name in levels]),
            "heavy": heavy,
            "heavy_hours": of_heavy,
        }
