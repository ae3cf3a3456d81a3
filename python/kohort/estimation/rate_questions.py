"""What can be asked of the rates of a fit, here and now: stays, next moves and ratios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kohort import _core
from kohort.estimation.answers import Answer, Interval
from kohort.estimation.asking import ask, how, of_fit, square, whom
from kohort.support._phrases import Phrase


class RateQuestions:
    """Questions about rates at given covariates; clocks stand still."""

    def sojourn_time(
        self,
        *,
        over: Any = None,
        weights: str | None = None,
        interval: Interval | float = 0.95,
        **x: float,
    ) -> Answer:
        """Mean years of one stay in each state, (n,), at these covariates; infinite if never left.

        Parameters
        ----------
        x, over, weights, interval
            As in `Questions`; clocks stand still.
        """
        fit = of_fit(self)
        return ask(
            fit, "sojourn", title=Phrase("sojourn"), unit=Phrase("years"), axes=("state",),
            labels=(fit.model.states,), interval=interval,
            about=whom(fit, x, None, True, over, weights),
        )  # fmt: skip

    def next_state(
        self,
        *,
        over: Any = None,
        weights: str | None = None,
        interval: Interval | float = 0.95,
        **x: float,
    ) -> Answer:
        """The probability that the next move leads to each state, (n, n), at these covariates.

        Parameters
        ----------
        x, over, weights, interval
            As in `Questions`; clocks stand still.
        """
        return square(
            of_fit(self), "next_state", Phrase("next"), Phrase("probability"), ("from", "to"),
            (None, True, over, weights, x), interval,
        )  # fmt: skip

    def rate_ratio(
        self, first: str, second: str, *, interval: Interval | float = 0.95, **x: float
    ) -> Answer:
        """The rate of one transition over that of another, (1,).

        Parameters
        ----------
        first, second
            "light -> moderate" and the like.
        x, interval
            As in `Questions`.
        """
        fit = of_fit(self)
        for label in (first, second):
            if label not in fit.transitions:
                _core.reject(
                    "E-MODEL",
                    "rate_ratio",
                    f"there is no transition {label!r}",
                    f"the model's transitions are: {', '.join(fit.transitions)}",
                    "Use two of these",
                )
        targets = [fit.transitions.index(first), fit.transitions.index(second)]
        return ask(
            fit, "rate_ratio", title=Phrase("rate_ratio", first=first, second=second),
            unit=Phrase("ratio"), axes=("ratio",), labels=((f"{first} / {second}",),),
            interval=interval, targets=targets, about=whom(fit, x, None, True, None, None),
        )  # fmt: skip

    def hazard_ratios(
        self,
        per: Mapping[str, float] | None = None,
        *,
        interval: Interval | float = 0.95,
    ) -> Answer:
        """By what the rate of each transition is multiplied when a covariate is one unit higher.

        Parameters
        ----------
        per
            Units other than 1: `{"age": 10}` for ten years. For `bands` it is each band against the
            first, whatever the unit.
        interval
            As in `Questions`.

        Returns
        -------
        Answer
            One for each transition and effect.
        """
        fit = of_fit(self)
        units = dict(per or {})
        effects = [i for i, (_, name) in enumerate(fit._parts) if name]
        known = {fit._parts[i][1] for i in effects}
        for name in units:
            if name not in known:
                _core.reject(
                    "E-COLUMN",
                    "hazard_ratios",
                    f"there is no effect {name!r}",
                    f"the effects are: {', '.join(sorted(known)) or 'none'}",
                    "Name one of these",
                )
        asked, draws, method, notes = how(fit, interval)
        scale = np.array([units.get(fit._parts[i][1], 1.0) for i in effects])
        beta = fit.coefficients[effects] * scale
        with np.errstate(over="ignore"):
            ratio = np.exp(beta)
        error = ratio * np.abs(scale) * np.sqrt(np.diag(fit.covariance)[effects])
        if len(draws):
            low, high = np.quantile(
                draws[:, effects] * scale, [(1 - asked.level) / 2, (1 + asked.level) / 2], axis=0
            )
            limits = np.exp(np.column_stack([low, high]))
        else:
            limits = np.array(
                [
                    _core.delta_interval(float(r), float(e), "logarithm", asked.level)
                    for r, e in zip(ratio, error, strict=True)
                ]
            ).reshape(-1, 2)
        without = ~np.array(fit.has_error, dtype=bool)[effects]
        limits[without] = np.nan
        if method.startswith("no interval"):
            limits[:] = np.nan
        names = tuple(
            f"{label}: {name}" + (f" +{units[name]:g}" if name in units else "")
            for label, name in (fit._parts[i] for i in effects)
        )
        return Answer(
            Phrase("hazard_ratios"), Phrase("ratio"), ("effect",), (names,), ratio,
            limits[:, 0], limits[:, 1], error, asked.level, method, tuple(notes),
        )  # fmt: skip
