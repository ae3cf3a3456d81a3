"""What the checks of a fit say: tables and pictures of what it expects beside what was seen."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort.support import _frames, _html, _text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[Any]


class _Shown(ABC):
    """What all results here have in common: they print as a table under a title."""

    @abstractmethod
    def _title(self) -> str:
        """One line above the table."""

    @abstractmethod
    def _grid(self) -> tuple[list[str], list[list[str]]]:
        """Heads and rows."""

    def _notes(self) -> list[str]:
        return []

    def __str__(self) -> str:
        return "\n".join([self._title(), _text.table(*self._grid()), *self._notes()])

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._title()}>"

    def _repr_html_(self) -> str:
        parts = [_html.table(*self._grid())]
        if self._notes():
            parts.append(_html.table(["notes"], [[note] for note in self._notes()]))
        return _html.block(self._title(), parts=parts)


@dataclass(frozen=True, eq=False, repr=False)
class Prevalence(_Shown):
    """How many stood in each state, and how many the model expects of the same persons.

    At each time both counts are of those whose planned end of observation is not before it, dead or
    not.
    """

    states: tuple[str, ...]
    times: Array  # (T,), years since each subject's first row
    persons: Array  # (T,), the denominator
    observed: Array  # (T, states), persons
    unknown: Array  # (T,), persons last seen before the window
    expected: Array  # (T, states), persons
    shared: Array  # (T,), persons told to be in one of several states, counted in each by the model
    between: str  # how a state between visits was told: "last visit" or "model"
    window: float  # years
    readings: bool = False  # levels may be misread: both counts are of what is read

    def to_frame(self, backend: str | None = None) -> Any:
        """One row per time and state: persons, observed, expected, their difference, unknown."""
        return _frames.to_frame(self.columns(), backend)

    def columns(self) -> dict[str, Array]:
        """What `to_frame` holds, as arrays."""
        n = len(self.states)
        return {
            "time": self.times.repeat(n),
            "state": np.array(self.states * len(self.times)),
            "persons": self.persons.repeat(n),
            "observed": self.observed.ravel(),
            "expected": self.expected.ravel(),
            "difference": (self.observed - self.expected).ravel(),
            "unknown": self.unknown.repeat(n),
        }

    def plot(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """Observed shares as dots with 95 % limits, expected as lines."""
        from kohort.plots import checks as plots_checks

        return plots_checks.prevalence(self, ax, lang=lang)

    def _title(self) -> str:
        return "Prevalence: observed / expected, % of those whose observation was to last as long"

    def _notes(self) -> list[str]:
        notes = []
        if self.between == "model":
            notes = ["Between visits by the model's own probabilities, so this says less about it."]
        elif np.any(self.unknown > 0):
            notes = [f"Last seen more than {_text.number(self.window)} years before: unknown."]
        if np.any(self.shared > 0):
            most = f"{self.shared.max():.0f}"
            notes.append(f"Told in one of several states: up to {most}, counted by the model.")
        if self.readings:
            notes.append("Levels may be misread: observed and expected are what is read.")
        return notes

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        heads = ["years", "persons", *self.states]
        if np.any(self.unknown > 0):
            heads.append("unknown")
        rows = []
        for t, time in enumerate(self.times):
            many = max(self.persons[t], 1e-300)
            row = [_text.number(float(time)), f"{self.persons[t]:.0f}"]
            row += [
                f"{100 * o / many:.1f} / {100 * e / many:.1f}"
                for o, e in zip(self.observed[t], self.expected[t], strict=True)
            ]
            rows.append([*row, f"{100 * self.unknown[t] / many:.1f}"][: len(heads)])
        return heads, rows


@dataclass(frozen=True, eq=False, repr=False)
class PearsonTest(_Shown):
    """Intervals between visits by how they began and ended, beside what the model expects."""

    states: tuple[str, ...]
    statistic: float  # sum of (O - E)^2 / E over the cells
    p_value: float  # of the parametric bootstrap; NaN without replicates
    replicated: Array  # the statistic of each replicate that could be fitted
    failures: int  # replicates that could not, left out of the p-value
    refitted: bool  # every replicate fitted anew; False: one Newton step each
    cells: dict[str, Array]  # time, length, rate (groups from 1; 0 pooled), from, to, O, E
    time_cuts: Array  # years since the first row at which a further group begins
    length_cuts: Array  # years
    rate_cuts: Array  # sum of all rates, per year
    intervals: int
    imputed: int  # dated deaths, whose planned next visit was drawn

    def to_frame(self, backend: str | None = None) -> Any:
        """One row per cell: groups, from, to, observed, expected, residual (O - E) / sqrt E."""
        return _frames.to_frame(self.cells, backend)

    def plot(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """The statistic among those of the replicates."""
        from kohort.plots import checks as plots_checks

        return plots_checks.pearson(self, ax, lang=lang)

    def plot_cells(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """How far off each cell is, in units of its standard deviation."""
        from kohort.plots import checks as plots_checks

        return plots_checks.pearson_cells(self, ax, lang=lang)

    def _title(self) -> str:
        text = f"Pearson-type test: T = {_text.number(self.statistic)}"
        if np.isnan(self.p_value):
            return f"{text}, no p-value (replicates=0)"
        how = "refitted" if self.refitted else "one Newton step each"
        return (
            f"{text}, p = {_text.number(self.p_value, 3)} by {len(self.replicated)} simulated "
            f"replicates ({how})"
        )

    def _notes(self) -> list[str]:
        notes = [f"{self.intervals} intervals in {len(self.cells['observed'])} cells."]
        if self.imputed:
            notes.append(f"For {self.imputed} dated deaths the planned visit was drawn.")
        if self.failures:
            notes.append(f"{self.failures} replicates could not be fitted and are left out.")
        return notes

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        """The cells that are furthest off."""
        worst = np.argsort(-np.abs(self.cells["residual"]), kind="stable")[:8]
        rows = [
            [
                f"{self.cells['from'][i]} -> {self.cells['to'][i]}",
                *(str(self.cells[name][i] or "all") for name in ("time", "length", "rate")),
                f"{self.cells['observed'][i]:.0f}",
                f"{self.cells['expected'][i]:.1f}",
                f"{self.cells['residual'][i]:+.1f}",
            ]
            for i in worst
        ]
        heads = ["furthest off", "time", "length", "rates", "observed", "expected", "residual"]
        return heads, rows


@dataclass(frozen=True, eq=False, repr=False)
class AalenJohansen(_Shown):
    """Probabilities of the states without a model of the rates, and the model's beside them."""

    states: tuple[str, ...]
    start: str  # the state that the probabilities are from
    times: Array  # (T,), years: the start, then every move
    at_risk: Array  # (T, states), persons under observation just before
    probabilities: Array  # (T, states)
    covariance: Array  # (T, states, states)
    model_times: Array  # (G,)
    model: Array  # (G, states): the model's, for the same persons

    def at(self, time: float) -> tuple[Array, Array]:
        """Probabilities and their standard errors at one time, (states,) each."""
        i = int(np.searchsorted(self.times, time, side="right")) - 1
        return self.probabilities[i], np.sqrt(np.maximum(np.diag(self.covariance[i]), 0))

    def columns(self) -> dict[str, Array]:
        """What `to_frame` holds, as arrays."""
        n = len(self.states)
        error = np.sqrt(np.maximum(np.diagonal(self.covariance, axis1=1, axis2=2), 0)).ravel()
        return {
            "time": self.times.repeat(n),
            "state": np.array(self.states * len(self.times)),
            "probability": self.probabilities.ravel(),
            "standard_error": error,
            "at_risk": self.at_risk.ravel(),
        }

    def to_frame(self, backend: str | None = None) -> Any:
        """One row per time and state: probability, standard error, persons at risk."""
        return _frames.to_frame(self.columns(), backend)

    def plot(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """Steps with 95 % bands, the model as dashed lines."""
        from kohort.plots import checks as plots_checks

        return plots_checks.aalen_johansen(self, ax, lang=lang)

    def _title(self) -> str:
        return f"Aalen-Johansen from {self.start}: probability % (s.e.), model %"

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        rows = []
        for time in np.linspace(self.times[0], self.model_times[-1], 6)[1:]:
            share, error = self.at(float(time))
            model = [np.interp(time, self.model_times, column) for column in self.model.T]
            row = [_text.number(float(time))]
            for p, e, m in zip(share, error, model, strict=True):
                row.append(f"{100 * p:.1f} ({100 * e:.1f}) {100 * m:.1f}")
            rows.append(row)
        return ["years", *self.states], rows


@dataclass(frozen=True, eq=False, repr=False)
class MarkovTest(_Shown):
    """Does the past act on the rates although the present state is known?"""

    statistic: float
    degrees: int
    p_value: float  # chi-square with `degrees` degrees of freedom
    effects: tuple[tuple[str, float, float], ...]  # name, log rate ratio by one step, its error
    intervals: int
    left_out: int  # the first interval of each follow-up, which has no past

    def columns(self) -> dict[str, Array]:
        """What `to_frame` holds, as arrays."""
        estimate = np.array([e for _, e, _ in self.effects])
        half = 1.959963984540054 * np.array([s for _, _, s in self.effects])
        return {
            "effect": np.array([name for name, _, _ in self.effects]),
            "rate_ratio": np.exp(estimate),
            "lower": np.exp(estimate - half),
            "upper": np.exp(estimate + half),
        }

    def to_frame(self, backend: str | None = None) -> Any:
        """One row per effect: rate ratio by one scoring step, with 95 % limits."""
        return _frames.to_frame(self.columns(), backend)

    def plot(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """Rate ratios of the past, with 95 % limits; 1 is no effect."""
        from kohort.plots import checks as plots_checks

        return plots_checks.markov(self, ax, lang=lang)

    def _title(self) -> str:
        return (
            f"Test of the Markov assumption: chi-square {_text.number(self.statistic)} on "
            f"{self.degrees} degrees of freedom, p = {_text.number(self.p_value, 3)}"
        )

    def _notes(self) -> list[str]:
        first = "the past of the first of each follow-up counts as none."
        if self.left_out:
            first = f"the first of each follow-up ({self.left_out}) has no past."
        return [
            f"{self.intervals} intervals; {first}",
            "Also rejects if persons differ, if rates change with time in a way the model lacks, "
            "or if levels are read with error.",
        ]

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        table = self.columns()
        rows = [
            [str(name), *(_text.number(float(value), 3) for value in values)]
            for name, *values in zip(*table.values(), strict=True)
        ]
        return ["effect of the past", "rate ratio", "95 % from", "to"], rows


@dataclass(frozen=True, eq=False, repr=False)
class Influence(_Shown):
    """What single subjects do to the estimates: personal data, for computing with in memory."""

    coefficient_names: tuple[str, ...]
    residuals: Array  # (subjects,), score residuals U' C U (msm prints four times that)
    shifts: Array  # (subjects, p), C U in standard errors: about what leaving one out takes away

    @property
    def largest(self) -> Array:
        """(subjects,), the largest shift of any coefficient, in standard errors."""
        far: Array = np.abs(self.shifts).max(axis=1)
        return far

    def columns(self) -> dict[str, Array]:
        """What `to_frame` holds, as arrays."""
        far = np.abs(self.shifts)
        return {
            "coefficient": np.array(self.coefficient_names),
            "largest_shift": far.max(axis=0),
            "subject": far.argmax(axis=0),
        }

    def to_frame(self, backend: str | None = None) -> Any:
        """One row per coefficient: the largest shift, and the number of the subject behind it."""
        return _frames.to_frame(self.columns(), backend)

    def plot(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """The largest shift that each subject causes."""
        from kohort.plots import checks as plots_checks

        return plots_checks.influence(self, ax, lang=lang)

    def _title(self) -> str:
        return (
            f"Influence of {len(self.residuals)} subjects: one moves an estimate by at most "
            f"{_text.number(float(self.largest.max()), 3)} standard errors"
        )

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        table = self.columns()
        rows = [
            [str(name), _text.number(float(shift), 3), str(subject)]
            for name, shift, subject in zip(*table.values(), strict=True)
        ]
        return ["coefficient", "largest shift, s.e.", "subject no."], rows
