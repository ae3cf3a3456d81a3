"""Rates by age and sex, fitted or published: what a projection asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.model.structure import Model

Array = npt.NDArray[Any]


class Rates(Protocol):
    """What `project` asks of a fit: `FittedModel` has it, and anything else may."""

    @property
    def model(self) -> Model:
        """The structure, with death."""

    def rates(
        self, ages: npt.ArrayLike, males: npt.ArrayLike = ..., draws: npt.ArrayLike | None = ...
    ) -> Array:
        """(draws, sexes, ages, transitions) per year at completed age + 1/2."""

    def draws(self, n: int, seed: int) -> Array:
        """Coefficients, (n, p); row k depends on (seed, k) alone."""


@dataclass(frozen=True, eq=False)
class PublishedRates:
    """Rates by age and sex that nobody fitted here: published or assumed, without uncertainty.

    Parameters
    ----------
    model
        The structure, with death.
    table
        (transitions,), (ages, transitions) or (2 [men, women], ages, transitions) per year.
    first_age
        Age of the first row.
    """

    model: Model
    table: Array
    first_age: int = 65

    def rates(
        self,
        ages: npt.ArrayLike,
        males: npt.ArrayLike = (1, 0),
        draws: npt.ArrayLike | None = None,
    ) -> Array:
        """The table at these ages, once; the last row serves all higher ages."""
        wanted = np.asarray(ages, dtype=int) - self.first_age
        count = len(self.model.transitions)
        table = np.asarray(self.table, dtype=float)
        if table.ndim == 1:
            table = table[None, :]
        table = np.broadcast_to(table, (2, *table.shape[-2:]))
        if table.shape[2] != count or wanted.min() < 0:
            _core.reject(
                "E-SHAPE",
                "PublishedRates",
                f"the table is {np.shape(self.table)} from age {self.first_age}",
                f"{count} transitions from age {int(np.min(np.asarray(ages)))} are needed",
                "Give one rate for each transition, in the model's order",
            )
        sexes = [0 if male else 1 for male in np.asarray(males)]
        found: Array = table[sexes][:, np.minimum(wanted, table.shape[1] - 1)]
        return found[None]

    def draws(self, n: int, seed: int) -> Array:
        """No uncertainty: n times nothing."""
        return np.zeros((n, 0))
