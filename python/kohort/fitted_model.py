"""What a fit can say."""

from __future__ import annotations

import copyreg
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core, _frames, _html, _text, hidden_answers
from kohort.constraints import Constraint, Penalty, Prior, plain_constraints
from kohort.hidden import HiddenStates
from kohort.model import Model
from kohort.questions import Questions
from kohort.terms import Term, core_model

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.bootstrap import Bootstrap, BootstrapRatio
    from kohort.hidden_answers import Stay
    from kohort.inference import (
        Clusters,
        CrossValidation,
        LikelihoodRatio,
        ProfileIntervals,
        Progress,
        RobustErrors,
    )

Array = npt.NDArray[np.float64]


class FitWarning(UserWarning):
    """A fit that ended early, or in which an estimate has no finite value."""


@dataclass(frozen=True)
class Convergence:
    """Why the search ended, and what it took."""

    verdict: str  # "converged", "iteration limit" or "no progress"; "given": nothing was searched
    iterations: int
    evaluations: int  # of the log-likelihood with its gradient
    gap: float  # what was left to gain in 2 log L before the last step
    diverging: bool  # a rate or an effect has no finite estimate: see the diagnostics

    @property
    def converged(self) -> bool:
        """Whether the estimates are those of a maximum."""
        return self.verdict in ("converged", "given") and not self.diverging

    def __str__(self) -> str:
        if self.verdict == "given":
            return "coefficients from elsewhere"
        text = f"{self.verdict} after {self.iterations} steps"
        return f"{text}; an estimate is not finite" if self.diverging else text


@dataclass(frozen=True, eq=False)
class Start:
    """Where one of several searches ended."""

    log_likelihood: float  # with priors: that of the posterior
    coefficients: Array  # (p,)
    verdict: str  # as in `Convergence`


@dataclass(frozen=True)
class RateBound:
    """A one-sided 95 % bound by profile likelihood, for a rate estimated as 0 or infinity."""

    transition: str
    upper: bool  # an upper bound, the estimate being 0; otherwise a lower one
    rate: float  # per year, its effects being 0; infinite, or 0 as a lower one: no bound


@dataclass(frozen=True)
class SmoothCurve:
    """A penalised spline on one transition, and how far its penalty let it bend."""

    transition: str
    column: str  # of its clock
    smoothing: float  # weight of the penalty
    chosen: bool  # found from the data; otherwise it was given
    effective: float  # effective number of effects; 1: a straight line

    def __str__(self) -> str:
        how = "found from the data" if self.chosen else "given"
        return (
            f"curve of {self.column} on {self.transition}: {self.effective:.1f} effects in effect, "
            f"penalty {self.smoothing:.3g} ({how})"
        )


@dataclass(frozen=True, eq=False, repr=False)
class FittedModel(Questions):
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

    def misclassification_probability(self, **x: float) -> Array:
        """E, (n, n): the probability of each reading (column) in each true state (row).

        Parameters
        ----------
        x
            One number per covariate of the misreadings, by name.
        """
        return hidden_answers.misclassification_probability(self, x)

    def smoothed_states(self, data: Any = None) -> Array:
        """What the whole history says of the true state at each row: (rows, states of `model`).

        Personal data, for computing with in memory: nothing of it is ever printed or written.
        Not a number in rows that nothing was learnt from.

        Parameters
        ----------
        data
            `Observations`; by default those of the fit, while they are in memory.
        """
        return hidden_answers.smoothed_states(self, data)

    def likeliest_states(self, data: Any = None) -> npt.NDArray[np.int32]:
        """The likeliest path of true states, (rows,), numbers of `model` (Viterbi).

        Personal data, as `smoothed_states`; -1 in rows that nothing was learnt from.

        Parameters
        ----------
        data
            `Observations`; by default those of the fit, while they are in memory.
        """
        return hidden_answers.likeliest_states(self, data)

    def stay(self, state: str, **x: float) -> Stay:
        """How long stays in a state last: survival, mean and quantiles.

        Parameters
        ----------
        state
            Its name as it is seen, whatever phases it has.
        x
            One number per covariate, by name, held throughout.
        """
        return hidden_answers.stay(self, state, x)

    def seen_transition_probability(
        self, t: float, *, found: str = "stationary", **x: float
    ) -> Array:
        """P(t) between the states as they are seen, phases taken together, (n, n).

        Parameters
        ----------
        t
            Years.
        found
            In which phase people stand at the beginning: "entry" or "stationary".
        x
            One number per covariate, by name, held throughout: clocks stand still here.
        """
        return hidden_answers.seen_transition_probability(self, t, found, x)

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

    def profile(
        self,
        coefficients: Sequence[str] | None = None,
        level: float = 0.95,
        *,
        data: Any = None,
        threads: int = 0,
        progress: Progress | None = None,
    ) -> ProfileIntervals:
        """Intervals by profile likelihood: not symmetric, and the same on any scale.

        Parameters
        ----------
        coefficients
            Names of them; by default all.
        level
            Between 0 and 1.
        data
            The observations, where the fit has none in memory.
        threads
            0: all processors. The result is the same bytes for any number.
        progress
            Called with (searches done, searches); may raise to stop.
        """
        from kohort import inference

        return inference.profile(self, coefficients, level, data, threads, progress)

    def robust(
        self,
        cluster: Clusters = None,
        *,
        data: Any = None,
        threads: int = 0,
        progress: Progress | None = None,
    ) -> RobustErrors:
        """Standard errors that hold although persons of one cluster resemble each other.

        Parameters
        ----------
        cluster
            By default each subject. Else the name of a covariate, a dict by subject, or one value
            for each subject or for each row of the table that was fitted.
        data, threads, progress
            As in `profile`.
        """
        from kohort import inference

        return inference.robust(self, cluster, data, threads, progress)

    def bootstrap(
        self,
        replicates: int = 1000,
        *,
        seed: int = 1,
        cluster: Clusters = None,
        parametric: bool = False,
        planned_end: Any = None,
        data: Any = None,
        threads: int = 0,
        progress: Progress | None = None,
    ) -> Bootstrap:
        """Draw subjects (or clusters) with replacement and fit again, each time.

        Priors stand beside every replicate, and constraints and inequalities hold in it.

        Parameters
        ----------
        replicates
            How often. Each depends on (seed, its number) alone.
        seed
            Of the draws.
        parametric
            Simulate persons at the estimate, under the visits of these, in place of drawing them.
        planned_end
            Of observation, for simulated persons, as in `pearson_test`; needed where moves are
            dated.
        cluster, data, threads, progress
            As in `robust`.
        """
        from kohort import bootstrap

        return bootstrap.bootstrap(
            self, replicates, seed, cluster, parametric, planned_end, data, threads, progress
        )

    def bootstrap_likelihood_ratio(
        self,
        smaller: FittedModel,
        replicates: int = 199,
        *,
        seed: int = 1,
        planned_end: Any = None,
        data: Any = None,
        threads: int = 0,
        progress: Progress | None = None,
    ) -> BootstrapRatio:
        """Test a model within this one where the chi-square distribution does not hold.

        One against two phases, a rate against 0, effects with inequalities: data are made by the
        smaller model, under the visits of these persons, and both models are fitted to each.

        Parameters
        ----------
        smaller
            Fitted to the same data; without phases or misreadings.
        replicates, seed, planned_end, data, threads, progress
            As in `bootstrap`.

        Raises
        ------
        InvalidInput
            `E-NESTED` if it is not within this one or speaks of other data, `E-PRIOR` if there are
            priors, `E-PLAN` and `E-MODEL` for what cannot be simulated.
        """
        from kohort import bootstrap

        return bootstrap.likelihood_ratio(
            self, smaller, replicates, seed, planned_end, data, threads, progress
        )

    def cross_validate(
        self,
        folds: int = 10,
        *,
        seed: int = 1,
        cluster: Clusters = None,
        data: Any = None,
        threads: int = 0,
        progress: Progress | None = None,
    ) -> CrossValidation:
        """The log-likelihood of each fold of subjects under the fit of the others.

        Parameters
        ----------
        folds
            How many, 2 or more.
        seed
            Deals subjects to folds.
        cluster, data, threads, progress
            As in `robust`; subjects of one cluster are left out together.
        """
        from kohort import inference

        return inference.cross_validate(self, folds, seed, cluster, data, threads, progress)

    def likelihood_ratio(self, smaller: FittedModel) -> LikelihoodRatio:
        """Test a model within this one, fitted to the same data.

        Parameters
        ----------
        smaller
            Its coefficients are some of this one's.

        Raises
        ------
        InvalidInput
            `E-NESTED` if it is not within this one, or speaks of other data; `E-PRIOR` if there are
            priors.
        """
        from kohort import inference

        return inference.LikelihoodRatio(
            *_core.likelihood_ratio(inference.estimate_of(smaller), inference.estimate_of(self))
        )

    @property
    def aic(self) -> float:
        """Akaike's criterion, -2 log L + 2 k. Smaller is better. `E-PRIOR` if there are priors."""
        from kohort import inference

        return float(inference.estimate_of(self).aic)

    @property
    def bic(self) -> float:
        """-2 log L + k log n, n being the subjects seen more than once. `E-PRIOR` with priors."""
        from kohort import inference

        return float(inference.estimate_of(self).bic(self.subjects - self.single_subjects))

    def score(self, data: Any, *, threads: int = 0) -> float:
        """The log-likelihood of other observations under this fit, its coefficients as they are.

        Parameters
        ----------
        data
            `Observations` with the covariates of the model.
        threads
            0: all processors.
        """
        from kohort import inference

        seen = inference.data_of(self, data, "score")
        return float(_core.log_likelihood(seen, self._core, self.coefficients, threads=threads))

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

    def _written(self, level: float = 0.95) -> str:
        notes = [f"{f.code}: {f.message}" for f in self.diagnostics if f.severity in "DW"]
        head = [self._title(), self._counts(), *self._conditions()]
        return "\n".join([*head, _text.table(*self._grid(level)), *notes])

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

    def prevalence(self, times: npt.ArrayLike, *, planned_end: Any = None, **more: Any) -> Any:
        """Observed and expected persons in each state, with one denominator for both.

        At each time both are counts of those whose *planned* end of observation is not before it,
        dead or not; the dead leave at their own planned end, like everybody else. With phases or
        misread levels both counts are of what is seen.

        Parameters
        ----------
        times
            Years since each subject's first row.
        planned_end
            When observation was to end, alive or not, on the clock of the data's times: one for
            all (a date, if times are days), one per subject, or a dict by subject. Needed if
            somebody reached an absorbing state.
        more
            `between`: "last visit", or "model" for the model's own probabilities between rows.
            `window`: years; who was last seen longer ago is unknown (default: no limit).
            `data`, `threads`, `progress`.

        Returns
        -------
        Prevalence
            `.observed` and `.expected`, (times, states); `.plot()`.

        Raises
        ------
        InvalidInput
            `E-PLAN`: no planned end, or one before the last row; `E-DATA`: no observations.
        """
        from kohort import checks

        return checks.prevalence(self, times, planned_end=planned_end, **more)

    def pearson_test(self, *, planned_end: Any = None, **more: Any) -> Any:
        """Pearson-type test of fit for panel data, its p-value by parametric bootstrap.

        Intervals are grouped by start, planned length, rates and states; a dated death stands at
        the visit that was planned (Aguirre-Hernandez & Farewell 2002; Titman & Sharples 2008). With
        phases or misread levels the next row is expected given all that was seen until then.

        Parameters
        ----------
        planned_end
            As in `prevalence`; without it, one further visit is planned after each death.
        more
            `groups`: how many of start, length and rates, (4, 3, 3). `smallest`: cells that expect
            less are pooled, 5. `replicates`: 199; 0 gives no p-value. `refit`: fit each replicate
            anew (True), or take one Newton step, which is faster. `seed`, `data`, `threads`,
            `progress`.

        Returns
        -------
        PearsonTest
            `.statistic`, `.p_value` = (1 + number as large) / (replicates + 1), `.plot()`,
            `.plot_cells()`.
        """
        from kohort import checks

        return checks.pearson_test(self, planned_end=planned_end, **more)

    def aalen_johansen(self, start: str, **more: Any) -> Any:
        """Probabilities of the states without a model of the rates, and the model's beside them.

        For exactly dated histories: Aalen-Johansen with its covariance, from the first row of each
        subject; the model's curve is for those who begin in `start`, along their own covariates.

        Parameters
        ----------
        start
            Name of the state at the beginning.
        more
            `until`: years; `data`; `progress`.

        Returns
        -------
        AalenJohansen
        """
        from kohort import checks

        return checks.aalen_johansen(self, start, **more)

    def influence(self, **more: Any) -> Any:
        """Score residuals of the subjects, and how far each moves the estimates.

        Parameters
        ----------
        more
            `data`, `threads`, `progress`.

        Returns
        -------
        Influence
            `.residuals`, (subjects,), U' C U (msm's are four times that); `.shifts`, (subjects, p),
            C U in standard errors: personal data, for computing with in memory.
        """
        from kohort import checks

        return checks.influence(self, **more)

    def markov_test(self, **more: Any) -> Any:
        """Test of the Markov assumption that holds for panel data, by its score.

        Does what was seen before the last visit act on the rates although the state at that visit
        is known? It rejects too if persons differ, if rates change with time in a way that the
        model lacks, and if levels are read with error.

        Parameters
        ----------
        more
            `moved`: whether the state just changed (True). `changes`: how many changes were seen
            (True). `ever`: names of states, whether each was seen before. `on`: transitions that
            the past may act on (all). `data`, `threads`, `progress`.

        Returns
        -------
        MarkovTest
            `.statistic`, `.degrees`, `.p_value`, `.plot()`.
        """
        from kohort import checks

        return checks.markov_test(self, **more)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Rates with their intervals; see `kohort.plots.intensities`."""
        from kohort import plots

        return plots.intensities(self, ax)

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
        from kohort import plots_clocks

        return plots_clocks.along(self, clock, x, ax)

    def __str__(self) -> str:
        return self._written()

    def __repr__(self) -> str:
        return f"<FittedModel: {self._title()}>"

    def _repr_html_(self) -> str:
        notes = [f"{f.code}: {f.message}" for f in self.diagnostics if f.severity in "DW"]
        parts = [_html.table(*self._grid(0.95), caption=self._counts())]
        if notes:
            parts.append(_html.table(["diagnostics"], [[note] for note in notes]))
        good = self.convergence.converged
        return _html.block(self._title(), verdict=str(self.convergence), good=good, parts=parts)

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

    def _title(self) -> str:
        if self.convergence.verdict == "given":
            return f"Model with {self.convergence}"
        return f"Fitted model: -2 log L = {-2 * self.log_likelihood:.6f}, {self.convergence}"

    def _counts(self) -> str:
        if self.convergence.verdict == "given":
            return f"{len(self.coefficients)} coefficients"
        text = f"{self.subjects} subjects, {self.intervals} intervals"
        if self.cells:  # exactly dated ones are added up and have no cells
            text += f" ({self.cells} distinct)"
        text += f", {self.person_years:.1f} person-years"
        if self.substep:
            text += f"; sub-steps of {self.substep:.3g} years, in log L {self.substep_error:.1g}"
        if self.single_subjects:
            text += f"; {self.single_subjects} seen only once"
        return text

    def _conditions(self) -> list[str]:
        marks = [
            " (met)" if on and c.relation != "=" else ""
            for c, on in zip(self.constraints, self.active, strict=True)
        ]
        lines = [f"constraint: {c}{mark}" for c, mark in zip(self.constraints, marks, strict=True)]
        if self.priors:
            lines += [f"prior: {prior}" for prior in self.priors]
            lines += [f"mode of the posterior; log prior density {self.log_prior:.6f}"]
        return lines + [str(curve) for curve in self.curves]

    def _grid(self, level: float) -> tuple[list[str], list[list[str]]]:
        errors, limits = self.standard_errors, self.confidence_intervals(level)
        zero = {bound.transition: bound for bound in self.bounds}
        rows = []
        curved = {(one.transition, one.column) for one in self.curves}
        for i, (transition, covariate) in enumerate(self._parts):
            if (transition, covariate.rpartition(" bend ")[0]) in curved:
                continue  # one by one they say nothing; `plot_along` shows the curve
            label = f"  x {covariate}" if covariate else transition
            if (transition, covariate) in curved:
                label += " (slope of its curve)"
            if not covariate and transition not in self.transitions:
                label = f"odds: {transition}"
            bound = zero.get(transition)
            if bound is not None:
                if covariate:
                    continue
                sign = "<" if bound.upper else ">"
                value = "0" if bound.upper else "-"
                known = 0 < bound.rate < np.inf
                limit = f"{sign} {_text.number(bound.rate)}" if known else "-"
                rows.append([label, value, "-", limit, "95 % bound" if known else "no bound"])
            elif not self.has_error[i]:
                rows.append(
                    [label, _text.number(float(np.exp(self.coefficients[i]))), "-", "-", "-"]
                )
            else:
                with np.errstate(over="ignore"):
                    shown = np.exp([self.coefficients[i], limits[i, 0], limits[i, 1]])
                estimate, low, high = (_text.number(float(value)) for value in shown)
                rows.append([label, estimate, _text.number(float(errors[i])), low, high])
        share = f"{100 * level:g} %"
        heads = ["rate per year, x hazard ratio", "estimate", "s.e. of log", f"{share} from", "to"]
        return heads, rows


def rebuild(fields: dict[str, Any]) -> FittedModel:
    for name in ("coefficients", "covariance"):
        array = np.array(fields[name], dtype=float)
        array.setflags(write=False)
        fields[name] = array
    core = core_model(fields["model"], fields["terms"], fields["uses"])
    if fields.get("hidden") is not None:
        core = fields["hidden"].of(core)
    return FittedModel(**fields, _core=core)


def _finding_state(finding: Any) -> tuple[Any, ...]:
    names = ("code", "severity", "message", "message_sv", "remedy", "remedy_sv", "file", "row")
    values = {name: getattr(finding, name) for name in (*names, "column", "count")}
    return _finding, ({**values, "related": list(finding.related)},)


def _finding(fields: dict[str, Any]) -> Any:
    return _core.Finding(**fields)


copyreg.pickle(_core.Finding, _finding_state)
