"""What a study says a person at each level needs: its table `[demand]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kohort.projection.demand_rates import DemandRates
from kohort.support import _toml
from kohort.support._limits import within


@dataclass(frozen=True)
class DemandSettings:
    """Hours, places and staff by level: see `kohort.DemandRates`, whose names these are.

    Attributes
    ----------
    hours
        Level to granted home help, hours a month, of those who live at home.
    performed
        Share of granted hours that is performed, one for all levels or by level.
    in_homes
        Level to the share who live in a care home.
    heavy_from
        Hours a month from which home help is heavy.
    heavy, heavy_hours
        Level to the share of those at home with heavy home help, and to their hours a month.
    vacancy_days, occupancy
        How long a place stands empty after each who leaves it, and the share that can be in use.
    hours_per_post, posts_per_place
        Performed hours a year of a full-time post, and full-time posts of a place; 0 leaves staff
        out.
    source
        Where the figures come from: shown with them.
    """

    hours: dict[str, float]
    performed: float | dict[str, float]
    source: str = ""
    in_homes: dict[str, float] = field(default_factory=dict)
    heavy_from: float = 120.0
    heavy: dict[str, float] = field(default_factory=dict)
    heavy_hours: dict[str, float] = field(default_factory=dict)
    vacancy_days: float = 0.0
    occupancy: float = 1.0
    hours_per_post: float = 0.0
    posts_per_place: float = 0.0

    def rates(self) -> DemandRates:
        """As `kohort.demand` takes them."""
        return DemandRates(
            self.hours, self.performed, self.in_homes, self.heavy_from, self.heavy,
            self.heavy_hours, self.vacancy_days, self.occupancy, self.hours_per_post,
            self.posts_per_place,
        )  # fmt: skip

    def check(self, levels: tuple[str, ...]) -> None:
        """Refuse levels that there are none of, and figures that cannot be, each by its key."""
        tables: dict[str, Mapping[str, float]] = {
            "hours": self.hours, "in_homes": self.in_homes, "heavy": self.heavy,
            "heavy_hours": self.heavy_hours,
        }  # fmt: skip
        every = ["hours"]
        if isinstance(self.performed, dict):
            tables["performed"] = self.performed
            every.append("performed")
        else:
            _within("performed", self.performed, 0, 1)
        for key, table in tables.items():
            for level, value in table.items():
                if level not in levels:
                    _refuse(f"{key}.{level}", f"there is no such level. Known: {', '.join(levels)}")
                hours = key in ("hours", "heavy_hours")
                _within(f"{key}.{level}", value, 0, 744 if hours else 1)
        for key in every:
            for level in levels:
                if level not in tables[key]:
                    _refuse(f"{key}.{level}", "a figure is needed for every level; 0 if nobody's")
        _within("heavy_from", self.heavy_from, 0, 744)
        _within("vacancy_days", self.vacancy_days, 0, 366)
        _within("occupancy", self.occupancy, 0.01, 1)
        _within("hours_per_post", self.hours_per_post, 0, 3000)
        _within("posts_per_place", self.posts_per_place, 0, 10)
        for level in levels:
            share = self.heavy.get(level, float(self.hours[level] >= self.heavy_from))
            most = self.heavy_hours.get(level, self.hours[level])
            if share > 0 and most < self.heavy_from:
                _refuse(
                    f"heavy.{level}",
                    f"heavy home help reaches {self.heavy_from:g} hours a month, and {most:g} were "
                    f"given. Write heavy_hours.{level} too",
                )


def _within(key: str, value: float, least: float, most: float) -> None:
    within(f"demand.{key}", value, least, most)


def _refuse(key: str, why: str) -> None:
    _toml.refuse("E-STUDY-VALUE", f"demand.{key}: {why}.")
