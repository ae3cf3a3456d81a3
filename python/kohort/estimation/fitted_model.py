"""What a fit can say."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.estimation.certainty import Certainty
from kohort.estimation.constraints import Constraint, Penalty, Prior, plain_constraints
from kohort.estimation.fit_checks import Checkable
from kohort.estimation.fit_parts import Convergence, FitWarning, RateBound, SmoothCurve, Start
from kohort.estimation.hidden_questions import HiddenQuestions
from kohort.estimation.questions import Questions
from kohort.estimation.rate_questions import RateQuestions
from kohort.model.hidden import HiddenStates
from kohort.model.structure import Model
from kohort.model.terms import Term, core_model
from kohort.support import _frames
from kohort.support._arrays import frozen_copy

if TYPE_CHECKING:
    from matplotlib.axes import Axes


Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class FittedModel(Questions, RateQuestions, HiddenQuestions, Certainty, Checkable):
    """What `fit` learned. It never changes: to vary an assumption, fit again.

    Coefficients are those of log intensities per year: for each transition its intercept (the log
    rate where every covariate is 0), then its effects (log hazard ratios).
    """

    model: Model
    terms: tuple[Term, ...]
    uses: tuple[tuple[bool, ...], ...]  # transition x term
    coefficient_names: tuple[str, ...]
    coefficients: Array  # (p,); -inf: a rate estimated as 0
    covariance: Array  # (p, p); rows of zeros where there is no standard error
    has_error: tuple[bool, ...]  # per coefficient
    log_likelihood: float
    convergence: Convergence
    bounds: tuple[RateBound, ...]
    diagnostics: tuple[Any, ...]  # of Finding: the data's own first, then the fit's
    subjects: int
    single_subjects: int  # seen only once: counted, but without information about moves
    intervals: int
    cells: int  # distinct intervals; intervals / cells is the compression ratio
    person_years: float
    substep: float  # longest sub-step over clocks that move, in years; 0: none moves
    substep_error: float  # what these may change in the log-likelihood, at most
    clock_ranges: tuple[tuple[str, float, float], ...]  # column, least and largest value observed
    log_prior: float = 0.0  # log density of the coefficients under the priors
    constraints: tuple[Constraint, ...] = ()
    active: tuple[bool, ...] = ()  # per constraint: it holds with equality
    priors: tuple[Prior | Penalty, ...] = ()
    starts: tuple[Start, ...] = ()  # one per search, the usual one first
    curves: tuple[SmoothCurve, ...] = ()  # penalised splines, transition by transition
    _core: Any = field(default=None, compare=False)
    _data: Any = field(default=None, compare=False)  # the library's observations, if still there
    hidden: HiddenStates | None = None  # phases and misreadings between `model` and what is seen

    def __reduce__(self) -> tuple[object, ...]:
        # Observations are personal data: they stay in memory and never reach a file.
        names = [name for name in self.__dataclass_fields__ if name not in ("_core", "_data")]
        return rebuild, ({name: getattr(self, name) for name in names},)

    @property
    def transitions(self) -> tuple[str, ...]:
        """ "light -> moderate" and so on: what the rates are of."""
        return self.model.labels

    @property
    def standard_errors(self) -> np.ma.MaskedArray[Any, Any]:
        """(p,), masked where a coefficient has none; `diagnostics` says why."""
        known = np.array(self.has_error, dtype=bool)
        errors = np.sqrt(np.where(known, np.diag(self.covariance), 0.0))
        return np.ma.masked_array(errors, mask=~known)

    def confidence_intervals(self, level: float = 0.95) -> np.ma.MaskedArray[Any, Any]:
        """Wald limits of the coefficients, (p, 2), masked where there is no standard error.

        Parameters
        ----------
        level
            Between 0 and 1.
        """
        limits = _core.wald_intervals(
            self._core, self.coefficients, self.covariance, list(self.has_error), level
        )[:, 1:]
        unknown = ~np.array(self.has_error, dtype=bool)
        return np.ma.masked_array(limits, mask=np.column_stack([unknown, unknown]))

    def log_intensities(
        self, x: Mapping[str, npt.ArrayLike] | None = None, draws: npt.ArrayLike | None = None
    ) -> Array:
        """Log rates per year at several points and for several parameter sets.

        Parameters
        ----------
        x
            One array per covariate, all of one length, the points; clocks in years.
        draws
            (draws, p) as `draws` gives them; by default the estimate alone.

        Returns
        -------
        (draws, points, transitions); -inf where a rate is 0.

        Raises
        ------
        InvalidInput
            `E-COLUMN` for a covariate that the model lacks or that is not given.
        """
        with np.errstate(divide="ignore"):
            return np.log(self._rates(self._points(x or {}), draws))

    def intensities(self, **x: float) -> Array:
        """Q at these covariates, (n, n), per year.

        Parameters
        ----------
        x
            One number per covariate, by name; clocks in years.
        """
        return self.model.intensities(self._rates(self._point(x), None)[0, 0])

    def rates(
        self,
        ages: npt.ArrayLike,
        males: npt.ArrayLike = (1, 0),
        draws: npt.ArrayLike | None = None,
        **x: float,
    ) -> Array:
        """Rates per year by sex and age, at completed age + 1/2.

        Parameters
        ----------
        ages
            Completed years.
        males
            The values of the covariate `male`, men first.
        draws
            (draws, p) as `draws` gives them; by default the estimate alone.
        x
            Values of any other covariate.

        Returns
        -------
        (draws, sexes, ages, transitions)
        """
        age = np.asarray(ages, dtype=float)
        male = np.asarray(males, dtype=float)
        grid: dict[str, Any] = {"age": np.tile(age + 0.5, male.size), "male": male.repeat(age.size)}
        points = {name: values for name, values in grid.items() if name in self._columns}
        points |= {name: np.full(age.size * male.size, float(value)) for name, value in x.items()}
        rates = self._rates(self._points(points, age.size * male.size), draws)
        return rates.reshape(len(rates), male.size, age.size, -1)

    def draws(self, n: int, seed: int) -> Array:
        """Coefficients drawn from the normal approximation at the maximum, (n, p).

        Row k depends on (seed, k) alone. A rate estimated as 0 is drawn from the exponential
        distribution whose 95 % quantile is its bound. Inequalities of the fit hold in every row.

        Raises
        ------
        InvalidInput
            `D-DIVERGING` if a rate has no finite estimate, `D-BOUNDARY-ZERO` if one estimated as 0
            has no bound, `E-DRAWS` for a negative number of draws or seed.
        """
        if seed < 0:
            _core.reject(
                "E-DRAWS", "draws", f"the seed is {seed}", "it must not be negative", "Take 1, say"
            )
        drawn: Array = _core.draws(
            self._core,
            self.coefficients,
            self.covariance,
            list(self.has_error),
            self.convergence.diverging,
            [(self.transitions.index(b.transition), b.upper, b.rate) for b in self.bounds],
            n,
            seed,
            [one for one in plain_constraints(self.constraints) if one[1] != "="],
        )
        return drawn

    def _draws_from(self, normals: Array, uniforms: Array) -> Array:
        """Coefficients from given random numbers: one normal for each that has an error."""
        rows: Array = _core.draws_from(
            self._core,
            self.coefficients,
            self.covariance,
            list(self.has_error),
            self.convergence.diverging,
            [(self.transitions.index(b.transition), b.upper, b.rate) for b in self.bounds],
            normals,
            uniforms,
        )
        return rows

    def summary(self, level: float = 0.95, backend: str | None = None) -> Any:
        """Rates per year and hazard ratios with their limits, as a data frame; `str` prints them.

        One row per coefficient; what has no standard error has null there. A rate estimated as 0
        has its one-sided 95 % bound as upper limit.

        Parameters
        ----------
        level
            Of the Wald intervals, between 0 and 1.
        backend
            "pandas", "polars" or "pyarrow"; by default the first installed.
        """
        with np.errstate(over="ignore"):  # a limit beyond any number is infinite
            limits = np.exp(self.confidence_intervals(level))
        lower, upper = limits[:, 0].tolist(), limits[:, 1].tolist()
        for bound in self.bounds:
            (upper if bound.upper else lower)[self._parts.index((bound.transition, ""))] = (
                bound.rate
            )
        return _frames.to_frame(
            {
                "transition": [transition for transition, _ in self._parts],
                "quantity": [self._quantity(*part) for part in self._parts],
                "covariate": [name for _, name in self._parts],
                "estimate": np.exp(self.coefficients),
                "lower": lower,
                "upper": upper,
            },
            backend,
        )

    def to_frame(self, level: float = 0.95, backend: str | None = None) -> Any:
        """One row per coefficient: transition, covariate, estimate, standard error, limits.

        Estimates of intercepts are log rates per year, those of covariates log hazard ratios; what
        has no standard error has null there.

        Parameters
        ----------
        level
            Of the Wald intervals.
        backend
            "pandas", "polars" or "pyarrow"; by default the first installed.
        """
        limits = self.confidence_intervals(level)
        return _frames.to_frame(
            {
                "transition": [transition for transition, _ in self._parts],
                "covariate": [covariate for _, covariate in self._parts],
                "estimate": self.coefficients,
                "exponentiated": np.exp(self.coefficients),
                "standard_error": self.standard_errors.tolist(),
                "lower": limits[:, 0].tolist(),
                "upper": limits[:, 1].tolist(),
            },
            backend,
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Rates with their intervals; see `kohort.plots.intensities`."""
        from kohort.plots import rates as plots_rates

        return plots_rates.intensities(self, ax)

    def plot_along(self, clock: str, ax: Axes | None = None, **x: float) -> Axes:
        """Rates along a clock with their bands, where it was observed; see `plots_clocks.along`.

        Parameters
        ----------
        clock
            Column of a clock that moves, such as "age".
        ax
            Axes to draw on; by default new ones.
        x
            One number for each other covariate.
        """
        from kohort.plots import clocks as plots_clocks

        return plots_clocks.along(self, clock, x, ax)

    def __str__(self) -> str:
        from kohort.estimation import fit_text

        return fit_text.written(self)

    def __repr__(self) -> str:
        from kohort.estimation import fit_text

        return f"<FittedModel: {fit_text.title(self)}>"

    def _repr_html_(self) -> str:
        from kohort.estimation import fit_text

        return fit_text.html(self)

    @property
    def _columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(term.column for term in self.terms))

    @property
    def _parts(self) -> list[tuple[str, str]]:
        """Per coefficient its transition and its covariate, "" for the intercept."""
        names = iter(self.coefficient_names)
        parts = []
        for label, used in zip(self.transitions, self.uses, strict=True):
            effects = sum(term.effects for term, on in zip(self.terms, used, strict=True) if on)
            parts += [(label, next(names).removeprefix(label).removeprefix(": "))]
            parts += [(label, next(names).removeprefix(f"{label}: ")) for _ in range(effects)]
        return parts + (self.hidden.parts(list(names)) if self.hidden else [])

    def _quantity(self, transition: str, covariate: str) -> str:
        if transition in self.transitions:
            return "hazard ratio" if covariate else "rate"
        return "odds ratio" if covariate else "odds"

    def _point(self, x: Mapping[str, float]) -> Array:
        point = self._points(x)
        if len(point) > 1:
            _core.reject(
                "E-COLUMN",
                "intensities",
                f"a covariate has {len(point)} values",
                "this is asked at one point",
                "Give one number for each, or ask log_intensities",
            )
        return point

    def _points(self, x: Mapping[str, npt.ArrayLike], count: int = 1) -> Array:
        unknown = [name for name in x if name not in self._columns]
        missing = [name for name in self._columns if name not in x]
        if unknown or missing:
            what = f"no covariate {unknown[0]!r}" if unknown else f"no value for {missing[0]!r}"
            names = ", ".join(self._columns) or "none"
            _core.reject(
                "E-COLUMN",
                "intensities",
                f"there is {what}",
                f"the model's covariates are: {names}",
                "Give one value, or one array, for each of them",
            )
        columns = {name: np.atleast_1d(np.asarray(x[name], dtype=float)) for name in self._columns}
        length = max([count, *(len(values) for values in columns.values())])
        for name, values in columns.items():
            if values.ndim != 1 or len(values) not in (1, length):
                _core.reject(
                    "E-COLUMN",
                    "intensities",
                    f"{name!r} has values of shape {values.shape}",
                    f"there are {length} points",
                    "Give one value, or one for each point",
                )
        self._warn_outside(columns)
        points = np.empty((length, len(self.terms)))
        for i, term in enumerate(self.terms):
            points[:, i] = columns[term.column]
        return points

    def _warn_outside(self, columns: Mapping[str, Array]) -> None:
        for name, low, high in self.clock_ranges:
            asked = columns[name]
            if asked.size == 0 or (asked.min() >= low and asked.max() <= high):
                continue
            warnings.warn(
                f"W-EXTRAPOLATE: {name} from {asked.min():g} to {asked.max():g} was asked for, but "
                f"observed only from {low:.4g} to {high:.4g}; beyond, the curve is an assumption.",
                FitWarning,
                stacklevel=4,
            )

    def _rates(self, points: Array, draws: npt.ArrayLike | None) -> Array:
        coefficients = self.coefficients if draws is None else np.asarray(draws, dtype=float)
        rates: Array = _core.rates(self._core, np.atleast_2d(coefficients), points)
        return rates


def rebuild(fields: dict[str, Any]) -> FittedModel:
    for name in ("coefficients", "covariance"):
        fields[name] = frozen_copy(fields[name])
    core = core_model(fields["model"], fields["terms"], fields["uses"])
    if fields.get("hidden") is not None:
        core = fields["hidden"].of(core)
    return FittedModel(**fields, _core=core)
