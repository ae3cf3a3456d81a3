"""What a new course costs a budget over the old one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.economics.prices import LINES
from kohort.evaluation.budgets import PARTS, Budget
from kohort.support import _frames, _text
from kohort.support._refusal import refuse

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class BudgetImpact:
    """What a new course costs a budget over the old one, year by year, undiscounted.

    It is no measure of welfare: effects on health are not in it. What a strategy costs itself and
    its effects on hours are; the latter in the part "service".

    Attributes
    ----------
    years
        (T,).
    real, nominal
        (T,) new minus old; nominal is None without an index.
    real_by_payer
        (T, payers).
    payers
        Names, the users last.
    parts
        volume, mix, service, wage, price: (T,) of the difference in real cost.
    real_draws
        (draws, T), draw by draw, if both were projected with the same draws.
    price_year
        Of the real amounts.
    findings
        Of the new course: what a reader should know.
    """

    years: Array
    real: Array
    nominal: Array | None
    real_by_payer: Array
    payers: tuple[str, ...]
    parts: Mapping[str, Array]
    real_draws: Array
    price_year: int
    findings: tuple[str, ...] = ()

    def intervals(self, level: float = 0.95) -> Array:
        """Limits of the yearly difference from paired draws, (2 [lower, upper], T)."""
        if not len(self.real_draws) or not 0 < level < 1:
            refuse(
                "E-SETTING", "intervals", f"{len(self.real_draws)} paired draws, level={level}",
                "there are draws, and the level lies between 0 and 1", "Project both with draws",
            )  # fmt: skip
        limits: Array = _core.column_quantiles(self.real_draws, [(1 - level) / 2, (1 + level) / 2])
        return limits

    def plot(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """The difference year by year, with limits where there are draws."""
        from kohort.plots import demand as plots_demand

        return plots_demand.impact(self, ax, lang=lang)

    def to_frame(self, backend: str | None = None) -> Any:
        """One row for each year: the difference, its parts and payers."""
        columns: dict[str, Any] = {"year": self.years, "real": self.real}
        if self.nominal is not None:
            columns["nominal"] = self.nominal
        columns |= {f"part_{name}": values for name, values in self.parts.items()}
        columns |= {f"payer_{n}": self.real_by_payer[:, i] for i, n in enumerate(self.payers)}
        return _frames.to_frame(columns, backend)

    def __str__(self) -> str:
        rows = [
            [str(y), f"{self.real[t]:,.0f}", *(f"{self.parts[p][t]:,.0f}" for p in PARTS[:3])]
            for t, y in enumerate(self.years)
        ]
        heads = ["year", f"new - old, prices of {self.price_year}", *PARTS[:3]]
        return "\n".join([_text.table(heads, rows), *self.findings])


def budget_impact(new: Budget, old: Budget) -> BudgetImpact:
    """New minus old, by year and payer, split into volume, mix and service by Shapley.

    Parameters
    ----------
    new, old
        Budgets of the same years, in the same price year.

    Raises
    ------
    InvalidInput
        `E-SHAPE`: other years, payers or price year.
    """
    same = (
        np.array_equal(new.years, old.years)
        and new.payers == old.payers
        and new.price_year == old.price_year
    )
    if not same:
        refuse(
            "E-SHAPE", "budget_impact", "two budgets of other years, payers or price years",
            "they are compared year by year in one money", "Make both from the same prices",
        )  # fmt: skip
    parts: dict[str, list[float]] = {part: [] for part in PARTS}
    no_wages = np.zeros(len(LINES))
    for before, after in zip(old._years[0], new._years[0], strict=True):
        for part, value in zip(
            PARTS, _core.split_change(before, after, no_wages, 0.0), strict=True
        ):
            parts[part].append(float(value))
    paired = len(new.real_draws) == len(old.real_draws)
    nominal = None
    if new.nominal is not None and old.nominal is not None:
        nominal = (new.nominal - old.nominal).sum(axis=1)
    return BudgetImpact(
        new.years,
        (new.real - old.real).sum(axis=1),
        nominal,
        (new.real_by_payer - old.real_by_payer).sum(axis=2),
        new.payers,
        {part: np.array(values) for part, values in parts.items()},
        new.real_draws - old.real_draws if paired else np.zeros((0, new.years.size)),
        new.price_year,
        new.findings,
    )
