"""How many, by calendar year, sex, completed age and state: what decisions are counted into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort.model.structure import Model
from kohort.support import _frames, _html, _text
from kohort.support._arrays import frozen

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Counts:
    """How many, by year, sex, completed age and state: a long table without empty cells.

    Small cells point at persons: they are for computing with, not for showing.

    Attributes
    ----------
    unit
        What is counted, and the name of that column: "persons", "years" or "moves".
    columns
        Read-only arrays of one length: `year`, `sex` ("men" or "women"), `age` (completed),
        `state` (its name; of a move the one left), `to` (of moves only), `part` (of a stock by
        time since entry only: whole parts of a year since the first decision), and the counts.
    parts_a_year
        Of the column `part`.
    """

    unit: str
    columns: Mapping[str, Array]
    model: Model = field(repr=False)
    parts_a_year: int | None = None

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.columns["year"])

    @property
    def total(self) -> float:
        """The sum over all cells."""
        return float(self.columns[self.unit].sum())

    def array(
        self,
        years: Sequence[int],
        ages: Sequence[int],
        states: Sequence[str] | None = None,
    ) -> Array:
        """The same counts as a full array, zeros included.

        Parameters
        ----------
        years, ages
            Those wanted, increasing by one. The last age is open: it holds all who are older.
            Younger persons and other years are left out.
        states
            Names wanted; by default all of the model. Of moves, the state left.

        Returns
        -------
        (years, 2 [men, women], ages, states), read-only.
        """
        return frozen(self._array(years, ages, states, 1)[:, :, :, 0])

    def array_by_entry(
        self,
        years: Sequence[int],
        ages: Sequence[int],
        states: Sequence[str] | None = None,
        *,
        parts: int,
    ) -> Array:
        """The same by time since entry: (years, 2 [men, women], ages, parts, states), read-only.

        Parameters
        ----------
        years, ages, states
            As for `array`.
        parts
            Parts of a year since entry, the last of them and all before together.
        """
        return frozen(self._array(years, ages, states, parts))

    def _array(
        self, years: Sequence[int], ages: Sequence[int], states: Sequence[str] | None, parts: int
    ) -> Array:
        names = list(self.model.states if states is None else states)
        found = np.zeros((len(years), 2, len(ages), parts, len(names)))
        part = self.columns["part"] if parts > 1 else np.zeros(len(self), dtype=int)
        part = np.minimum(part, parts - 1)
        year = self.columns["year"] - years[0]
        age = np.minimum(self.columns["age"] - ages[0], len(ages) - 1)
        place = {name: k for k, name in enumerate(names)}
        state = np.array([place.get(name, -1) for name in self.columns["state"]], dtype=int)
        sex = (self.columns["sex"] == "women").astype(int)
        inside = (year >= 0) & (year < len(years)) & (age >= 0) & (state >= 0)
        at = tuple(index[inside] for index in (year, sex, age, part, state))
        np.add.at(found, at, self.columns[self.unit][inside])
        return found

    def to_frame(self, backend: str | None = None) -> Any:
        """The long table as a data frame of the library that you have."""
        return _frames.to_frame(self.columns, backend)

    def _table(self) -> tuple[list[str], list[list[str]]]:
        present = set(self.columns["state"].tolist())
        states = [name for name in self.model.states if name in present]
        years = sorted(set(self.columns["year"].tolist()))
        rows = []
        for y in years:
            here = self.columns["year"] == y
            cells = [
                self.columns[self.unit][here & (self.columns["state"] == s)].sum() for s in states
            ]
            rows.append([str(y), *(_text.number(float(c)) for c in cells)])
        return ["year", *states], rows

    def __str__(self) -> str:
        return f"{self.unit} by year and state\n{_text.table(*self._table())}"

    def _repr_html_(self) -> str:
        return _html.block(f"{self.unit} by year and state", parts=[_html.table(*self._table())])
