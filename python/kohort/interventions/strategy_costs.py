"""What a strategy costs besides the support itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class StrategyCosts:
    """What a strategy costs besides the support itself. Kronor of `price_year`.

    Attributes
    ----------
    price_year
        The year whose money it is.
    per_enrolment
        Once for each who is enrolled; where those without support are, for each of them who
        applies: who would have come in.
    per_month
        For each enrolled and month, during `stay` months.
    stay
        Months that a person is worked with.
    team_per_month, capacity
        A team's cost a month, and how many enrolled it can have; one team more for each begun
        `capacity`, and one even if nobody is enrolled. The enrolled of a projection are expected
        numbers: persons come by chance, so teams are the expected number of them, 1 plus the sum
        over j of P(N > j capacity) with N Poisson, and not those of the expected number.
    start_up
        Once, when enrolment begins.
    pays, gains
        Who bears it, and in whose budget support is saved; shown.
    """

    price_year: int
    per_enrolment: float = 0.0
    per_month: float = 0.0
    stay: float = 3.0
    team_per_month: float = 0.0
    capacity: float | None = None
    start_up: float = 0.0
    pays: str = ""
    gains: str = ""

    def __post_init__(self) -> None:
        amounts = (self.per_enrolment, self.per_month, self.team_per_month, self.start_up)
        if any(not 0 <= x < float("inf") for x in amounts):
            _core.reject(
                "E-COST", "strategy costs", f"{amounts}", "amounts are numbers, not negative",
                "Mend them",
            )  # fmt: skip
        if not self.stay > 0 or (self.capacity is not None and not self.capacity > 0):
            _core.reject(
                "E-SETTING", "strategy costs", f"stay={self.stay}, capacity={self.capacity}",
                "both are above 0", "Leave capacity out if there is no limit",
            )  # fmt: skip

    def of_starts(self, starts: Array, *, counted: bool = False) -> dict[str, Array]:
        """Month by month from the numbers who start in each.

        Parameters
        ----------
        starts
            (..., months).
        counted
            They are persons who were counted, in one replicate of a microsimulation say: teams are
            then whole. Otherwise they are expected numbers, and so are the teams.

        Returns
        -------
        enrolled (on a day), teams, cost.
        """
        starts = np.asarray(starts, dtype=float)
        flat = starts.reshape(-1, starts.shape[-1])
        rows = [_core.caseload(list(row), self.stay) for row in flat]
        enrolled = np.array(rows).reshape(starts.shape)
        capacity = np.inf if self.capacity is None else self.capacity
        if counted:
            teams = np.maximum(1.0, np.ceil(enrolled / capacity * (1 - 1e-12)))
        else:
            teams = _core.expected_teams(capacity, enrolled.ravel()).reshape(enrolled.shape)
        cost = self.per_enrolment * starts + self.per_month * enrolled + self.team_per_month * teams
        cost[..., 0] += self.start_up
        return {"enrolled": enrolled, "teams": teams, "cost": cost}

    def by_year(self, enrolled: Array, *, begins: float = 0.0, ends: float = float("inf")) -> Array:
        """Cost of each year, its enrolment spread evenly over the months in which people enrol.

        The team is there from the start of enrolment until the last have left. Who enrols where
        `begins` and `ends` are the same time starts in its month.

        Parameters
        ----------
        enrolled
            (..., years): how many enrol in each.
        begins, ends
            Years after the base date between which people enrol.

        Returns
        -------
        (..., years)
        """
        cost = self.by_month(enrolled, begins=begins, ends=ends)
        return np.asarray(cost.reshape(*np.shape(enrolled), 12).sum(axis=-1))

    def by_month(
        self,
        enrolled: Array,
        *,
        begins: float = 0.0,
        ends: float = float("inf"),
        months_a_period: int = 12,
        counted: bool = False,
    ) -> Array:
        """The same, the cost of each month.

        Parameters
        ----------
        enrolled
            (..., periods): how many enrol in each.
        begins, ends
            As in `by_year`.
        months_a_period
            12 for years, 3 for quarters, 1 for months.
        counted
            As in `of_starts`.

        Returns
        -------
        (..., periods * months_a_period)
        """
        enrolled = np.asarray(enrolled, dtype=float)
        months = months_a_period * enrolled.shape[-1]
        first, closes = int(12 * begins), 12 * ends
        if enrolled.any():
            closes = max(closes, first + 1)
        last = int(min(np.ceil(closes + self.stay), months))
        at = np.arange(months)
        open_months = (at >= first) & (at < np.ceil(closes))
        open_months = open_months.reshape(-1, months_a_period)
        part = open_months / np.maximum(open_months.sum(axis=1, keepdims=True), 1)
        starts = (enrolled[..., None] * part).reshape(*enrolled.shape[:-1], months)
        cost = np.zeros(starts.shape)
        if first < last:
            cost[..., first:last] = self.of_starts(
                starts[..., first:last], counted=counted or self.team_per_month == 0
            )["cost"]
        return cost
