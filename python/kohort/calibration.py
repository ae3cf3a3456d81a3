"""Making incidence, exits and mortality agree with published figures, in the open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from kohort import _core, _frames, _html, _text
from kohort.entries import Entries
from kohort.population import Population
from kohort.rates import Rates

if TYPE_CHECKING:
    from kohort.counts import Counts
    from kohort.model import Model

Array = npt.NDArray[Any]

_SEXES = {None: -1, "men": 0, "women": 1}


@dataclass(frozen=True)
class Target:
    """A published figure that the model is to reproduce.

    Parameters
    ----------
    kind
        "prevalence": users over the population on 31 December of the year; "new_users": persons
        who come from no support in the year; "turnover": entries of the year, re-entries included,
        over its mean stock; "mean_stay": person-years of the year over its exits, in years.
    year
        Calendar year.
    value
        The figure.
    error
        Standard error of its logarithm; by default from counts (binomial for a prevalence,
        Poisson for new users). A turnover or a stay needs one.
    ages
        First and last completed age (None: open), of a prevalence.
    sex
        "men" or "women", of a prevalence.
    levels
        Users who are counted; by default all.
    dispersion
        Variance of the counts over binomial or Poisson variance.
    name
        For the report; made of the other fields by default.
    """

    kind: Literal["prevalence", "new_users", "turnover", "mean_stay"]
    year: int
    value: float
    error: float | None = None
    ages: tuple[int, int | None] | None = None
    sex: Literal["men", "women"] | None = None
    levels: tuple[str, ...] = ()
    dispersion: float = 1.0
    name: str = ""

    @property
    def label(self) -> str:
        """What it is called in the report."""
        return self.name or _label(
            f"{self.kind.replace('_', ' ')} {self.year}", self.ages, self.sex, self.levels
        )


@dataclass(frozen=True)
class Multiplier:
    """What may be multiplied to meet the targets, by e^beta with beta ~ N(0, prior_sd^2).

    Parameters
    ----------
    kind
        "incidence", "exits" (moves to the state after support) or "mortality" (death from levels,
        relative to those without support).
    ages
        First and last completed age (None: open).
    sex
        "men" or "women"; both by default.
    levels
        That people leave; all by default. Not for incidence.
    prior_sd
        0.3 says that a factor of 1.35 is one standard deviation off; None: no prior.
    name
        For the report; made of the other fields by default.
    """

    kind: Literal["incidence", "exits", "mortality"]
    ages: tuple[int, int | None] | None = None
    sex: Literal["men", "women"] | None = None
    levels: tuple[str, ...] = ()
    prior_sd: float | None = 0.3
    name: str = ""

    @property
    def label(self) -> str:
        """What it is called in the report."""
        return self.name or _label(self.kind, self.ages, self.sex, self.levels)

    def _row(self) -> tuple[Any, ...]:
        prior = np.inf if self.prior_sd is None else float(self.prior_sd)
        return (
            self.label,
            self.kind,
            *_ages(self.ages),
            _SEXES[self.sex],
            list(self.levels),
            prior,
        )


def _label(
    what: str, ages: tuple[int, int | None] | None, sex: str | None, levels: Sequence[str]
) -> str:
    parts = [what]
    if ages is not None:
        parts.append(f"{ages[0]}+" if ages[1] is None else f"{ages[0]}-{ages[1]}")
    parts += [sex] if sex else []
    parts += [", ".join(levels)] if levels else []
    return " ".join(parts)


def _ages(ages: tuple[int, int | None] | None) -> tuple[int, int]:
    if ages is None:
        return 0, 1000
    return int(ages[0]), 1000 if ages[1] is None else int(ages[1])


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

    def rates(
        self, ages: npt.ArrayLike, males: npt.ArrayLike = (1, 0), draws: npt.ArrayLike | None = None
    ) -> Array:
        """(draws, sexes, ages, transitions), as `FittedModel.rates`."""
        loads = self.calibration._loads(np.asarray(ages, dtype=int))[0]
        size = self.calibration.beta.size
        if draws is None:
            rates, betas = self.base.rates(ages, males), self.calibration.beta[None]
        else:
            rows = np.asarray(draws, dtype=float)
            rates = self.base.rates(ages, males, rows[:, : rows.shape[1] - size])
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
        from kohort.drawing_rates import _rate_tables

        tables, coefficients = _rate_tables(self.base, ages, draws, seed)
        loads, root = self.calibration._loads(ages)[0], self.calibration._root
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
        from kohort.projecting import _broadcast

        many = max(draws, 1)
        if self.base.reference_year is None:
            table = _core.repeated_entries(_broadcast(self.base, ages, 0, seed), many)
        else:
            table = self.base._rates(ages, draws, seed)
        loads = self.calibration._loads(ages)[1]
        betas = self.calibration.draws(draws, seed) if draws else self.calibration.beta[None]
        return _core.with_log_incidence(table, np.ascontiguousarray(betas @ loads.T))

    @property
    def _shared(self) -> int:
        return int(self.calibration.beta.size)

    def _entry_tables(self, ages: Array) -> dict[str, Any]:
        from kohort.drawing_rates import _entry_tables

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
        `D-NONIDENT`, `D-NOT-CONVERGED`, `W-CALIBRATION-LARGE`.
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
            [multiplier._row() for multiplier in self.multipliers],
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
    closure, closure_floor, ended, threads
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
    from kohort.projecting import _broadcast, _check_settings

    _check_settings(0, closure, None)
    ages, model = population.ages, fit.model
    living = [name for name in model.states if name != model.death]
    start = stock
    if hasattr(stock, "array"):
        start = stock.array([population.base_year], list(map(int, ages)), living)[0]
    found = _core.calibrate_open_cohort(
        model._core,
        ended,
        int(ages[0]),
        population.base_year,
        population.persons,
        population.mortality,
        np.asarray(start, dtype=float),
        fit.rates(ages, (1, 0)),
        _broadcast(entries, ages, 0, 1),
        [
            (
                t.label,
                t.kind,
                int(t.year) - population.base_year,
                *_ages(t.ages),
                _SEXES[t.sex],
                list(t.levels),
                float(t.value),
                0.0 if t.error is None else float(t.error),
                float(t.dispersion),
            )
            for t in targets
        ],
        [m._row() for m in multipliers],
        settled,
        closure == "scale",
        closure_floor,
        threads,
    )
    return _made(found, targets, multipliers, settled, (fit, entries, ended))


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
