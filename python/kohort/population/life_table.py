"""A life table: the risk to die before the next birthday."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core, datasets
from kohort.support import _html, _text
from kohort.support._arrays import frozen_copy

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class LifeTable:
    """Death risks by single year of age.

    Parameters
    ----------
    first_age
        Completed age of the first risk.
    men, women
        q(x), the probability at age x to die before the next birthday, from `first_age` on.
    year
        The calendar year it is of; the middle of the years of a table of several.
    source
        For the report.

    Raises
    ------
    InvalidInput
        `E-NUM` for what is no probability; `E-SHAPE` if the sexes differ in length.
    """

    first_age: int
    men: Array
    women: Array
    year: float
    source: str = "given by the user"

    def __post_init__(self) -> None:
        for name in ("men", "women"):
            values = frozen_copy(getattr(self, name))
            object.__setattr__(self, name, values)
            wrong = np.flatnonzero(~((values >= 0) & (values < 1)))
            if wrong.size:
                _core.reject(
                    "E-NUM",
                    "LifeTable",
                    f"the risk of {name} at age {self.first_age + int(wrong[0])} is "
                    f"{values[wrong[0]]:g}",
                    "a probability from 0 to below 1 is needed",
                    "Divide what is given per 1,000 or per 100,000",
                )
        if self.men.shape != self.women.shape or self.men.ndim != 1 or self.men.size < 2:
            _core.reject(
                "E-SHAPE",
                "LifeTable",
                f"men have {self.men.size} ages and women {self.women.size}",
                "the same ages are needed, two at least",
                "Complete the table",
            )

    @classmethod
    def published(cls) -> LifeTable:
        """The table of Sweden 2016, ages 65-100 (SCB)."""
        table = datasets.published("scb_lifetable_2016_qx")
        men, women = (table[f"{sex}_qx_per_mille"] / 1000 for sex in ("men", "women"))
        return cls(int(table["age"][0]), men, women, 2016, "SCB life table 2016")

    @property
    def ages(self) -> Array:
        """Completed ages."""
        return np.arange(self.first_age, self.first_age + self.men.size)

    def from_age(self, age: int) -> LifeTable:
        """The part from an age on.

        Raises
        ------
        InvalidInput
            `E-POP-MISSING`: the table begins later.
        """
        if age < self.first_age:
            _core.reject(
                "E-POP-MISSING",
                "LifeTable",
                f"the table begins at age {self.first_age}",
                f"risks from age {age} on are needed",
                "Complete the table; nothing is extrapolated downwards",
            )
        cut = age - self.first_age
        return LifeTable(age, self.men[cut:], self.women[cut:], self.year, self.source)

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        shown = [i for i, age in enumerate(self.ages) if age % 5 == 0]
        rows = [
            [str(self.ages[i]), f"{1000 * self.men[i]:.2f}", f"{1000 * self.women[i]:.2f}"]
            for i in shown
        ]
        return ["age", "men, per 1,000", "women, per 1,000"], rows

    def __str__(self) -> str:
        return f"Life table of {self.year:g}, {self.source}\n{_text.table(*self._grid())}"

    def _repr_html_(self) -> str:
        title = f"Life table of {self.year:g}"
        return _html.block(title, parts=[_html.table(*self._grid(), caption=self.source)])
