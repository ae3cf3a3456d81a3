"""What services cost, in money of one price year, and who pays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort.support._refusal import refuse

if TYPE_CHECKING:
    pass

Array = npt.NDArray[Any]

LINES = ("home_help", "care_homes", "other", "new_users", "moves", "once", "programme")


@dataclass(frozen=True)
class Prices:
    """What services cost, in money of one price year, and who pays.

    Parameters
    ----------
    price_year
        The year whose money it is: always required.
    per_hour
        A performed hour of home help.
    per_place_day
        A care-home place and day, empty or not.
    per_level
        Level to other support per person and year: alarms, day activity, aids.
    per_new_user
        Once for each who comes in: assessment, first visit.
    per_move
        (from, to) to what one move between levels costs.
    once
        Calendar year to what falls in that year alone.
    wage_share
        Share of wages in each line's price, or one for all.
    fee_home, fee_resident
        What users themselves pay, per person and year at home and in a care home.
    payers
        Line to payer to share of what fees leave; a line that is not named is the municipality's.
        The line "programme" is what a strategy costs itself (`StrategyCosts`).
    """

    price_year: int
    per_hour: float
    per_place_day: float
    per_level: Mapping[str, float] = field(default_factory=dict)
    per_new_user: float = 0
    per_move: Mapping[tuple[str, str], float] = field(default_factory=dict)
    once: Mapping[int, float] = field(default_factory=dict)
    wage_share: Mapping[str, float] | float = 0
    fee_home: float = 0
    fee_resident: float = 0
    payers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 1900 <= int(self.price_year) <= 2200:
            refuse(
                "E-COST", "Prices", f"the price year is {self.price_year}",
                "it must be a calendar year", "Say in which year's prices the costs are",
            )  # fmt: skip
        amounts = [
            self.per_hour, self.per_place_day, self.per_new_user, self.fee_home, self.fee_resident,
            *self.per_level.values(), *self.per_move.values(), *self.once.values(),
        ]  # fmt: skip
        if not np.all(np.isfinite(amounts)):
            refuse("E-NUM", "Prices", "a price is not finite", "every price is a number", "Mend it")
        below = [
            name for name in ("per_hour", "per_place_day", "per_new_user", "fee_home",
                              "fee_resident") if getattr(self, name) < 0
        ]  # fmt: skip
        if below:
            refuse(
                "E-COST", "Prices", f"{below[0]} is {getattr(self, below[0])}",
                "a price is not negative", "Mend it; a saving of a year belongs in once=",
            )  # fmt: skip
        given = self.wage_share
        parts = list(given.values()) if isinstance(given, Mapping) else [given]
        if not all(0 <= part <= 1 for part in parts):
            refuse(
                "E-SETTING", "Prices", f"wage_share={given}", "it is a share between 0 and 1",
                "Give 0.8 for 80 %",
            )  # fmt: skip
        named = [*self.payers, *(self.wage_share if isinstance(self.wage_share, Mapping) else ())]
        unknown = [name for name in named if name not in LINES]
        if unknown:
            refuse(
                "E-SETTING", "Prices", f"'{unknown[0]}' is no line of the budget",
                f"the lines are {', '.join(LINES)}", "Use these names",
            )  # fmt: skip

    def wages(self) -> Array:
        """Share of wages in each line's price, (lines,)."""
        if isinstance(self.wage_share, Mapping):
            return np.array([float(self.wage_share.get(line, 0)) for line in LINES])
        return np.full(len(LINES), float(self.wage_share))

    def shares(self) -> tuple[tuple[str, ...], Array]:
        """Payers, the municipality first, and (lines, payers)."""
        names = ["municipality"]
        for table in self.payers.values():
            names += [name for name in table if name not in names]
        rows = [self.payers.get(line, {"municipality": 1.0}) for line in LINES]
        return tuple(names), np.array([[float(r.get(n, 0)) for n in names] for r in rows])
