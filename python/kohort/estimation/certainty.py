"""How sure a fit is: the methods of `FittedModel` that refit it or weigh it against another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kohort import _core
from kohort.estimation.asking import of_fit

if TYPE_CHECKING:
    from kohort.estimation.bootstrap import Bootstrap, BootstrapRatio
    from kohort.estimation.comparing_fits import CrossValidation, LikelihoodRatio
    from kohort.estimation.fitted_model import FittedModel
    from kohort.estimation.inference import Clusters, Progress
    from kohort.estimation.profile_intervals import ProfileIntervals
    from kohort.estimation.robust_errors import RobustErrors


class Certainty:
    """Profiles, clusters, bootstrap, cross-validation and comparison of a fit."""

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
        from kohort.estimation.profile_intervals import profile

        return profile(of_fit(self), coefficients, level, data, threads, progress)

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
        from kohort.estimation.robust_errors import robust

        return robust(of_fit(self), cluster, data, threads, progress)

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
        from kohort.estimation import bootstrap

        return bootstrap.bootstrap(
            of_fit(self),
            replicates,
            seed,
            cluster,
            parametric,
            planned_end,
            data,
            threads,
            progress,
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
        from kohort.estimation import bootstrap

        return bootstrap.likelihood_ratio(
            of_fit(self), smaller, replicates, seed, planned_end, data, threads, progress
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
        from kohort.estimation.comparing_fits import cross_validate

        return cross_validate(of_fit(self), folds, seed, cluster, data, threads, progress)

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
        from kohort.estimation import inference
        from kohort.estimation.comparing_fits import LikelihoodRatio

        return LikelihoodRatio(
            *_core.likelihood_ratio(
                inference.estimate_of(smaller), inference.estimate_of(of_fit(self))
            )
        )

    @property
    def aic(self) -> float:
        """Akaike's criterion, -2 log L + 2 k. Smaller is better. `E-PRIOR` if there are priors."""
        from kohort.estimation import inference

        return float(inference.estimate_of(of_fit(self)).aic)

    @property
    def bic(self) -> float:
        """-2 log L + k log n, n being the subjects seen more than once. `E-PRIOR` with priors."""
        from kohort.estimation import inference

        fit = of_fit(self)
        return float(inference.estimate_of(fit).bic(fit.subjects - fit.single_subjects))

    def score(self, data: Any, *, threads: int = 0) -> float:
        """The log-likelihood of other observations under this fit, its coefficients as they are.

        Parameters
        ----------
        data
            `Observations` with the covariates of the model.
        threads
            0: all processors.
        """
        from kohort.estimation import inference

        fit = of_fit(self)
        seen = inference.data_of(fit, data, "score")
        return float(_core.log_likelihood(seen, fit._core, fit.coefficients, threads=threads))
