"""Whether a fit is right: the methods of `FittedModel` that hold it against data."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from kohort.estimation.asking import of_fit


class Checkable:
    """Prevalence, tests of fit, Aalen-Johansen and influence: see `kohort.estimation.checks`."""

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
        from kohort.estimation import checks

        return checks.prevalence(of_fit(self), times, planned_end=planned_end, **more)

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
        from kohort.estimation import checks

        return checks.pearson_test(of_fit(self), planned_end=planned_end, **more)

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
        from kohort.estimation import checks

        return checks.aalen_johansen(of_fit(self), start, **more)

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
        from kohort.estimation import checks

        return checks.influence(of_fit(self), **more)

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
        from kohort.estimation import checks

        return checks.markov_test(of_fit(self), **more)
