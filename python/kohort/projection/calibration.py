"""Making incidence, exits and mortality agree with published figures, in the open."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.model.rates import Rates
from kohort.population.entries import Entries
from kohort.population.entry_clock import entry_cuts, start_of
from kohort.population.population import Population
from kohort.projection.calibrated import CalibratedEntries, CalibratedRates
from kohort.projection.calibration_targets import SEXES, Multiplier, Target, age_range
from kohort.projection.phased import phases_of
from kohort.support import _frames, _html, _text

if TYPE_CHECKING:
    from kohort.data.counts import Counts

Array = npt.NDArray[Any]

_SPLITS = 8  # of a stock over phases, each at the rates that the last calibration found


@dataclass(frozen=True, eq=False)
class Calibration:
    """How a model was made to agree with what was observed: nothing of it is silent.

    Attributes
    ----------
    targets, multipliers
        As given.
    beta, covariance
        Logarithms of the multipliers, and their covariance, which joins the draws.
    before, after
        The model's figures at beta = 0, and now.
    errors, residuals
        Standard errors of the observed figures' logarithms, and (ln observed - ln after) / error.
    prior_part
        Share of each estimate's information that is its prior's: 1 says that the targets know
        nothing of it.
    singular_values, direction
        Of the weighted Jacobian, priors aside, and its least known direction.
    identified, converged, iterations
        Whether the targets settle the multipliers, and how the search ended.
    settled
        Whether a single year was taken as lasting.
    findings
        `D-NONIDENT`, `D-NOT-CONVERGED`, `W-TARGET-MISSED`, `W-CALIBRATION-LARGE`.
    fit, entries
        What to project with: both, together.
    """

    targets: tuple[Target, ...]
    multipliers: tuple[Multiplier, ...]
    beta: Array
    covariance: Array
    before: Array
    after: Array
    errors: Array
    residuals: Array
    prior_part: Array
    singular_values: Array
    direction: Array
    identified: bool
    converged: bool
    iterations: int
    settled: bool
    findings: tuple[Any, ...]
    _given: tuple[Rates, Entries, str] = field(repr=False)

    @property
    def fit(self) -> CalibratedRates:
        """The rates, calibrated; use `entries` with them."""
        return CalibratedRates(self._given[0], self)

    @property
    def entries(self) -> CalibratedEntries:
        """The entries, calibrated; use `fit` with them."""
        return CalibratedEntries(self._given[1], self)

    @property
    def factors(self) -> Array:
        """The multipliers e^beta."""
        return np.asarray(np.exp(self.beta))

    def intervals(self, level: float = 0.95) -> Array:
        """Limits of the multipliers, (2, multipliers).

        Parameters
        ----------
        level
            Between 0 and 1.
        """
        half = NormalDist().inv_cdf((1 + level) / 2) * np.sqrt(np.diag(self.covariance))
        return np.asarray(np.exp(np.array([self.beta - half, self.beta + half])))

    def draws(self, n: int, seed: int) -> Array:
        """Betas drawn from their normal distribution, (n, multipliers)."""
        return np.asarray(self.beta + self._normals(n, seed) @ self._root.T)

    def to_frame(self, backend: str | None = None) -> Any:
        """One row for each target: observed, before, after, standardised residual."""
        return _frames.to_frame(
            {
                "target": [target.label for target in self.targets],
                "observed": np.array([target.value for target in self.targets]),
                "error": self.errors,
                "before": self.before,
                "after": self.after,
                "residual": self.residuals,
            },
            backend,
        )

    def _normals(self, n: int, seed: int) -> Array:
        found: Array = _core.calibration_normals(n, self.beta.size, seed)
        return found

    @property
    def _root(self) -> Array:
        """Lower triangle, or the symmetric root where there is none."""
        try:
            return np.linalg.cholesky(self.covariance)
        except np.linalg.LinAlgError:
            values, vectors = np.linalg.eigh(self.covariance)
            return np.asarray(vectors * np.sqrt(np.maximum(values, 0)))

    def _loads(self, ages: Array) -> tuple[Array, Array]:
        fit, _, ended = self._given
        found: tuple[Array, Array] = _core.multiplier_loads(
            [multiplier._row(phases_of(fit, ended)) for multiplier in self.multipliers],
            fit.model._core,
            ended,
            int(ages[0]),
            int(ages.size),
        )
        return found

    def _grids(self) -> list[tuple[list[str], list[list[str]]]]:
        rows = [
            [target.label, *(_text.number(float(x)) for x in values)]
            for target, *values in zip(
                self.targets, [t.value for t in self.targets], self.before, self.after,
                self.residuals, strict=True,
            )
        ]  # fmt: skip
        low, high = self.intervals()
        scaled = []
        for j, multiplier in enumerate(self.multipliers):
            limits = f"{_text.number(float(low[j]))} to {_text.number(float(high[j]))}"
            factor, prior = (
                _text.number(float(self.factors[j])),
                f"{100 * self.prior_part[j]:.0f} %",
            )
            scaled.append([multiplier.label, factor, limits, prior])
        return [
            (["target", "observed", "before", "after", "residual"], rows),
            (["multiplied", "by", "95 %", "from the prior"], scaled),
        ]

    def _caption(self) -> str:
        how = "a single year taken as lasting" if self.settled else "from the stock at the start"
        ended = "converged" if self.converged else "not converged"
        return f"Calibration, {how}: {ended} after {self.iterations} steps"

    def __str__(self) -> str:
        parts = [self._caption(), *(_text.table(*grid) for grid in self._grids())]
        return "\n".join([*parts, *(f"{f.code}: {f.message}" for f in self.findings)])

    def _repr_html_(self) -> str:
        parts = [_html.table(*grid) for grid in self._grids()]
        good = self.converged and self.identified
        verdict = "; ".join(f"{f.code}: {f.message}" for f in self.findings)
        return _html.block(self._caption(), verdict=verdict or "agrees", good=good, parts=parts)


def calibrate(
    fit: Rates,
    population: Population,
    entries: Entries,
    *,
    stock: Counts | npt.ArrayLike,
    targets: Sequence[Target],
    multipliers: Sequence[Multiplier],
    settled: bool = False,
    closure: str = "strict",
    closure_floor: float = 0.2,
    ended: str = "ended",
    enrolments_a_year: int = 12,
    threads: int = 0,
) -> Calibration:
    """Multiply incidence, exits and mortality by level so that published figures are met.

    Minimises sum ((ln observed - ln model) / error)^2 + sum (beta / prior_sd)^2 by Gauss-Newton
    steps in a trust region; every evaluation projects the open population, mortality closed against
    the life table inside. A figure of 0 counts by its Poisson deviance. Prevalence alone fixes only
    a ratio of incidence to exits: give a stock and a flow.

    Never score a forecast against figures that it was calibrated to.

    Parameters
    ----------
    fit, population, entries, stock
        As `project` takes them. The population begins where the stock is from, and reaches the
        years of the targets.
    targets, multipliers
        What was observed, and what may be changed.
    settled
        Start from the prevalence that base-year rates settle at: then one year's figures are taken
        as lasting, and the stock only serves the closure.
    closure, closure_floor, ended, enrolments_a_year, threads
        As in `project`.

    Returns
    -------
    Calibration
        With `fit` and `entries` to project with.

    Raises
    ------
    InvalidInput
        `E-TARGET`; `D-NONIDENT`, naming the direction, if neither targets nor priors settle it; and
        as `project`.

    References
    ----------
    Vanni et al. (2011), Pharmacoeconomics 29:35-49.
    """
    from kohort.projection.settings import by_age, check_settings, level_rates

    check_settings(0, closure, None, "year")
    ages = population.ages
    cuts, phases = entry_cuts(fit), phases_of(fit, ended)
    seen = fit.model if phases is None else phases.seen
    living = [name for name in seen.states if name != seen.death]
    start = start_of(stock, cuts, enrolments_a_year, population, living)
    rates = level_rates(fit, entries, ages, ended, cuts=cuts)
    table = by_age(entries, ages, 0, 1)

    def run(start: Array, entering: Any) -> dict[str, Any]:
        found: dict[str, Any] = _core.calibrate_open_cohort(
            fit.model._core,
            ended,
            int(ages[0]),
            population.base_year,
            population.persons,
            population.mortality,
            start,
            rates,
            entering,
            [
                (
                    t.label,
                    t.kind,
                    int(t.year) - population.base_year,
                    *age_range(t.ages),
                    SEXES[t.sex],
                    list(t.levels) if phases is None else phases.names(t.levels),
                    float(t.value),
                    0.0 if t.error is None else float(t.error),
                    float(t.dispersion),
                )
                for t in targets
            ],
            [m._row(phases) for m in multipliers],
            settled,
            closure == "scale",
            closure_floor,
            list(cuts),
            int(enrolments_a_year),
            threads,
        )
        return found

    given = (fit, entries, ended)
    if phases is None:
        return _made(run(start, table), targets, multipliers, settled, given)
    # The stock is split over the phases as rates and entries would settle: those calibrated.
    fine, _ = phases.split(start, population, rates, phases.entries(table), ended)
    made = _made(run(fine, phases.entries(table)), targets, multipliers, settled, given)
    before = made.before
    for _ in range(_SPLITS):
        last = made.beta
        entered: Any = made.entries
        own = level_rates(made.fit, entered, ages, ended)
        entering = phases.entries(by_age(entered, ages, 0, 1))
        fine, _ = phases.split(start, population, own, entering, ended)
        made = _made(run(fine, phases.entries(table)), targets, multipliers, settled, given)
        if np.abs(made.beta - last).max() < 1e-7:
            break
    return dataclasses.replace(made, before=before)


def _made(
    found: dict[str, Any],
    targets: Sequence[Target],
    multipliers: Sequence[Multiplier],
    settled: bool,
    given: tuple[Rates, Entries, str],
) -> Calibration:
    arrays = {
        name: np.array(found[name])
        for name in ("beta", "covariance", "before", "after", "errors", "residuals", "prior_part",
                     "singular_values", "direction")
    }  # fmt: skip
    for values in arrays.values():
        values.flags.writeable = False
    return Calibration(
        targets=tuple(targets),
        multipliers=tuple(multipliers),
        **arrays,
        identified=found["identified"],
        converged=found["converged"],
        iterations=found["iterations"],
        settled=settled,
        findings=tuple(found["notices"]),
        _given=given,
    )


def solve_multipliers(
    function: Callable[[Array], npt.ArrayLike],
    targets: Sequence[tuple[str, float, float]],
    multipliers: Sequence[tuple[str, float | None]],
) -> dict[str, Any]:
    """The same search for any function: a published model, a chain in discrete time.

    Parameters
    ----------
    function
        Betas (multipliers,) to the targets' values.
    targets
        Name, observed value and standard error of its logarithm, of each.
    multipliers
        Name and prior standard deviation (None: no prior) of each.

    Returns
    -------
    dict
        beta, covariance, before, after, residuals, prior_part, singular_values, direction,
        identified, converged, iterations, notices.

    Raises
    ------
    InvalidInput
        As `calibrate`.
    """
    result: dict[str, Any] = _core.calibrate(
        [(name, float(value), float(error)) for name, value, error in targets],
        [(name, np.inf if sd is None else float(sd)) for name, sd in multipliers],
        lambda beta: np.atleast_1d(np.asarray(function(beta), dtype=float)),
    )
    return result
