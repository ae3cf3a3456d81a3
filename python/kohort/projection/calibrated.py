"""Rates and entries after a calibration, with its errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.model.rates import Rates
from kohort.population.entries import Entries

if TYPE_CHECKING:
    from kohort.model.structure import Model
    from kohort.projection.calibration import Calibration

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class CalibratedRates:
    """A fit whose exits and mortality carry the multipliers of a calibration, and their spread."""

    base: Rates
    calibration: Calibration

    @property
    def model(self) -> Model:
        """The structure."""
        return self.base.model

    def draws(self, n: int, seed: int) -> Array:
        """Coefficients of the fit, then the betas, (n, p + multipliers)."""
        return np.hstack([self.base.draws(n, seed), self.calibration.draws(n, seed)])

    @property
    def terms(self) -> tuple[Any, ...]:
        """Those of the fit, time since entry among them."""
        return tuple(getattr(self.base, "terms", ()))

    @property
    def hidden(self) -> Any:
        """The fit's phases, if its states have any."""
        return getattr(self.base, "hidden", None)

    def rates(
        self,
        ages: npt.ArrayLike,
        males: npt.ArrayLike = (1, 0),
        draws: npt.ArrayLike | None = None,
        **x: float,
    ) -> Array:
        """(draws, sexes, ages, transitions), as `FittedModel.rates`."""
        loads = self.calibration._loads(np.asarray(ages, dtype=int))[0]
        size = self.calibration.beta.size
        if draws is None:
            rates, betas = self.base.rates(ages, males, **x), self.calibration.beta[None]
        else:
            rows = np.asarray(draws, dtype=float)
            rates = self.base.rates(ages, males, rows[:, : rows.shape[1] - size], **x)
            betas = rows[:, rows.shape[1] - size :]
        factors = np.exp(betas @ loads.T).reshape(len(betas), 2, -1, rates.shape[-1])
        sexes = [0 if male else 1 for male in np.asarray(males)]
        return np.asarray(rates * factors[:, sexes])

    @property
    def _shared(self) -> int:
        return int(self.calibration.beta.size)

    def _rate_tables(
        self, ages: Array, draws: int, seed: int
    ) -> tuple[dict[str, Any], Array | None]:
        from kohort.projection.drawing_rates import _rate_tables

        tables, coefficients = _rate_tables(self.base, ages, draws, seed)
        loads, root = self.calibration._loads(ages)[0], self.calibration._root
        moves = int(tables["transitions"])
        by_cell = loads.reshape(-1, 1, moves, loads.shape[1])  # every band of a rate alike
        loads = np.repeat(by_cell, tables["bands"], axis=1).reshape(-1, loads.shape[1])
        tables["log_rates"] = tables["log_rates"] + loads @ self.calibration.beta
        tables["log_rates_slopes"] = np.hstack([tables["log_rates_slopes"], loads @ root])
        if coefficients is not None:
            betas = self.calibration._normals(draws, seed)
            coefficients = np.hstack([coefficients, betas])
        return tables, coefficients


@dataclass(frozen=True, eq=False)
class CalibratedEntries:
    """Entries whose incidence carries the multipliers of a calibration, and their spread."""

    base: Entries
    calibration: Calibration

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "base":
            raise AttributeError(name)
        return getattr(self.base, name)

    @property
    def reference_year(self) -> int:
        """Where trends are zero; a table has none, but its calibration varies, so 0 then."""
        return 0 if self.base.reference_year is None else self.base.reference_year

    def rates(self, ages: npt.ArrayLike, year: int | None = None) -> Array:
        """Entries per person-year without support: (2 [men, women], ages, levels)."""
        asked = np.asarray(ages, dtype=int)
        loads = self.calibration._loads(asked)[1]
        factor = np.exp(loads @ self.calibration.beta).reshape(2, -1, 1)
        return np.asarray(self.base.rates(asked, year) * factor)

    def _rates(self, ages: Array, draws: int, seed: int) -> Any:
        from kohort.projection.settings import by_age

        many = max(draws, 1)
        if self.base.reference_year is None:
            table = _core.repeated_entries(by_age(self.base, ages, 0, seed), many)
        else:
            table = self.base._rates(ages, draws, seed)
        loads = self.calibration._loads(ages)[1]
        betas = self.calibration.draws(draws, seed) if draws else self.calibration.beta[None]
        return _core.with_log_incidence(table, np.ascontiguousarray(betas @ loads.T))

    @property
    def _shared(self) -> int:
        return int(self.calibration.beta.size)

    def _entry_tables(self, ages: Array) -> dict[str, Any]:
        from kohort.projection.drawing_rates import _entry_tables

        tables = _entry_tables(self.base, ages)
        loads, root = self.calibration._loads(ages)[1], self.calibration._root
        tables["log_incidence"] = tables["log_incidence"] + loads @ self.calibration.beta
        for name in ("log_incidence", "log_odds", "incidence_trend", "mix_trend"):
            slopes = tables[f"{name}_slopes"]
            more = (
                loads @ root if name == "log_incidence" else np.zeros((len(slopes), root.shape[1]))
            )
            tables[f"{name}_slopes"] = np.hstack([slopes, more])
        return tables
