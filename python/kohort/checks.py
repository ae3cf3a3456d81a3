"""Is the model right? What it expects beside what was seen, and tests that hold for panel data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core, _frames, _html, _text
from kohort.inference import data_of, estimate_of, likelihood_alone

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.fitted_model import FittedModel

Array = npt.NDArray[Any]
Progress = Callable[[int, int], None]
PlannedEnd = float | str | dt.date | npt.ArrayLike | Mapping[str, float] | None


class _Shown:
    """What all results here have in common: they print as a table under a title."""

    def _title(self) -> str:
        raise NotImplementedError

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        raise NotImplementedError

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
    between: str  # how a state between visits was told: "last visit" or "model"
    window: float  # years

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
        from kohort import plots_checks

        return plots_checks.prevalence(self, ax, lang=lang)

    def _title(self) -> str:
        return "Prevalence: observed / expected, % of those whose observation was to last as long"

    def _notes(self) -> list[str]:
        if self.between == "model":
            return ["Between visits by the model's own probabilities, so this says less about it."]
        if np.any(self.unknown > 0):
            return [f"Last seen more than {_text.number(self.window)} years before: unknown."]
        return []

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
        from kohort import plots_checks

        return plots_checks.pearson(self, ax, lang=lang)

    def plot_cells(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """How far off each cell is, in units of its standard deviation."""
        from kohort import plots_checks

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
        from kohort import plots_checks

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
        from kohort import plots_checks

        return plots_checks.markov(self, ax, lang=lang)

    def _title(self) -> str:
        return (
            f"Test of the Markov assumption: chi-square {_text.number(self.statistic)} on "
            f"{self.degrees} degrees of freedom, p = {_text.number(self.p_value, 3)}"
        )

    def _notes(self) -> list[str]:
        return [
            f"{self.intervals} intervals; the first of each follow-up ({self.left_out}) has no "
            "past.",
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
        from kohort import plots_checks

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


def influence(
    fitted: FittedModel, *, data: Any = None, threads: int = 0, progress: Progress | None = None
) -> Influence:
    """Score residuals and influence; see `FittedModel.influence`."""
    seen = data_of(fitted, data, "influence")
    estimate = estimate_of(fitted)
    _, scores = _core.subject_scores(estimate, seen, threads=threads, progress=progress)
    known = np.array(fitted.has_error, dtype=bool)
    scores = np.where(known, scores, 0.0)
    moved = _core.influence(estimate, scores)
    errors = np.sqrt(np.where(known, np.diag(fitted.covariance), 1.0))
    return Influence(
        tuple(np.array(fitted.coefficient_names)[known].tolist()),
        *_frozen(np.einsum("ij,ij->i", moved, scores), (moved / errors)[:, known]),
    )


def prevalence(
    fitted: FittedModel,
    times: npt.ArrayLike,
    *,
    planned_end: PlannedEnd = None,
    between: str = "last visit",
    window: float = np.inf,
    data: Any = None,
    threads: int = 0,
    progress: Progress | None = None,
) -> Prevalence:
    """Observed and expected prevalence; see `FittedModel.prevalence`."""
    seen = data_of(fitted, data, "prevalence")
    if between not in ("last visit", "model") or not window >= 0:
        _core.reject(
            "E-SETTING",
            "prevalence",
            f"between is {between!r} and window is {window}",
            "between is 'last visit' or 'model', and window 0 or more years",
            "Choose one of them",
        )
    ends = planned_ends(fitted, seen, planned_end, "prevalence")
    assert ends is not None
    starts, _ = _follow_up(seen)
    when, persons, observed, unknown, expected = _core.prevalence(
        fitted._core,
        fitted.coefficients.tolist(),
        seen,
        np.atleast_1d(np.asarray(times, dtype=float)).tolist(),
        ((ends - starts) / seen.units_per_year).tolist(),
        window=float(window),
        bridge=between == "model",
        threads=threads,
        progress=progress,
    )
    return Prevalence(
        fitted.model.states,
        *_five(when, persons, observed, unknown, expected),
        between,
        float(window),
    )


def pearson_test(
    fitted: FittedModel,
    *,
    planned_end: PlannedEnd = None,
    groups: tuple[int, int, int] = (4, 3, 3),
    smallest: float = 5,
    replicates: int = 199,
    refit: bool = True,
    seed: int = 1,
    data: Any = None,
    threads: int = 0,
    progress: Progress | None = None,
) -> PearsonTest:
    """Pearson-type test of fit; see `FittedModel.pearson_test`."""
    seen = data_of(fitted, data, "pearson_test")
    if replicates:
        likelihood_alone(fitted, "pearson_test")
        if getattr(fitted, "constraints", ()):
            _core.reject(
                "E-CONSTRAINT",
                "pearson_test",
                "the fit has constraints",
                "its replicates would be fitted without them",
                "Ask for the statistic alone with replicates=0",
            )
    ends = (
        []
        if planned_end is None
        else planned_ends(fitted, seen, planned_end, "pearson_test").tolist()
    )
    found = _core.pearson(
        fitted._core,
        fitted.coefficients,
        seen,
        ends,
        groups=groups,
        smallest=smallest,
        replicates=replicates,
        refit=refit,
        seed=seed,
        threads=threads,
        progress=progress,
    )
    raw = found["cells"]
    names = fitted.model.states
    observed, expected = (np.array([cell[i] for cell in raw], dtype=float) for i in (5, 6))
    with np.errstate(divide="ignore", invalid="ignore"):
        residual = np.where(expected > 0, (observed - expected) / np.sqrt(expected), 0.0)
    cells = {
        "time": np.array([cell[0] + 1 for cell in raw]),
        "length": np.array([cell[1] + 1 for cell in raw]),
        "rate": np.array([cell[2] + 1 for cell in raw]),
        "from": np.array([names[cell[3]] for cell in raw]),
        "to": np.array([" or ".join(names[s] for s in cell[4]) for cell in raw]),
        "observed": observed,
        "expected": expected,
        "residual": residual,
    }
    for column in cells.values():
        column.setflags(write=False)
    replicated, time_cuts, length_cuts, rate_cuts = _frozen(
        *(found[name] for name in ("replicated", "time_cuts", "length_cuts", "rate_cuts"))
    )
    return PearsonTest(
        names,
        found["statistic"],
        found["p_value"],
        replicated,
        found["failures"],
        refit,
        cells,
        time_cuts,
        length_cuts,
        rate_cuts,
        found["intervals"],
        found["imputed"],
    )


def aalen_johansen(
    fitted: FittedModel,
    start: str,
    *,
    until: float | None = None,
    data: Any = None,
    progress: Progress | None = None,
) -> AalenJohansen:
    """Aalen-Johansen beside the model; see `FittedModel.aalen_johansen`."""
    seen = data_of(fitted, data, "aalen_johansen")
    state = fitted.model.state(start)
    times, at_risk, probabilities, covariances = _core.aalen_johansen(
        seen, fitted.model._core, progress=progress
    )
    last = float(times[-1]) if until is None else float(until)
    kept = np.asarray(times) <= last
    grid = np.linspace(0, last, 61)
    # The model for the same persons: those who begin in the state, along their own covariates.
    starts, ends = _follow_up(seen)
    first = np.flatnonzero(np.diff(np.asarray(seen.subjects), prepend=-1))
    chosen = np.flatnonzero(np.asarray(seen.states)[first] == state)
    if not chosen.size:
        _core.reject(
            "E-EMPTY",
            "aalen_johansen",
            f"nobody begins in {start}",
            "the model's curve is for those who begin there",
            "Name a state in which somebody begins",
        )
    if fitted.terms:
        some = _core.select(seen, chosen.tolist())
        far = np.maximum((ends - starts)[chosen] / seen.units_per_year, last)
        expected = _core.prevalence(
            fitted._core, fitted.coefficients.tolist(), some, grid.tolist(), far.tolist(),
            window=np.inf, bridge=False,
        )[4]  # fmt: skip
        model = expected / expected[0].sum()
    else:
        model = np.array([fitted.transition_probability(t)[state] for t in grid])
    return AalenJohansen(
        fitted.model.states,
        start,
        *_frozen(
            np.asarray(times)[kept],
            at_risk[kept],
            probabilities[kept, state],
            covariances[kept, state],
            grid,
            model,
        ),
    )


def markov_test(
    fitted: FittedModel,
    *,
    moved: bool = True,
    changes: bool = True,
    ever: Sequence[str] = (),
    on: Sequence[str] | None = None,
    data: Any = None,
    threads: int = 0,
    progress: Progress | None = None,
) -> MarkovTest:
    """Test of the Markov assumption; see `FittedModel.markov_test`."""
    seen = data_of(fitted, data, "markov_test")
    for label in on or ():
        if label not in fitted.transitions:
            _core.reject(
                "E-SETTING",
                "markov_test",
                f"there is no transition {label!r}",
                f"the model's transitions are: {', '.join(fitted.transitions)}",
                "Use one of these",
            )
    found = _core.markov_test(
        fitted._core,
        fitted.coefficients,
        seen,
        moved=moved,
        changes=changes,
        ever=[fitted.model.state(name) for name in ever],
        on=[] if on is None else [label in on for label in fitted.transitions],
        threads=threads,
        progress=progress,
    )
    return MarkovTest(
        found["statistic"],
        found["degrees"],
        found["p_value"],
        tuple(tuple(effect) for effect in found["effects"]),
        found["intervals"],
        found["left_out"],
    )


def _follow_up(seen: Any) -> tuple[Array, Array]:
    """Time of each subject's first and last row."""
    subjects, times = np.asarray(seen.subjects), np.asarray(seen.times)
    first = np.flatnonzero(np.diff(subjects, prepend=-1))
    last = np.append(first[1:], len(subjects)) - 1
    return times[first], times[last]


def planned_ends(fitted: FittedModel, seen: Any, planned_end: PlannedEnd, asked: str) -> Array:
    """Per subject, on the clock of the times."""
    _, last = _follow_up(seen)
    names = list(seen.subject_names)
    if planned_end is None:
        rows = np.flatnonzero(np.diff(np.asarray(seen.subjects), append=-1))
        ended = np.array([fitted.model.absorbing(name) for name in fitted.model.states])
        if np.any(ended[np.asarray(seen.states)[rows]]):
            _core.reject(
                "E-PLAN",
                asked,
                "somebody reached an absorbing state, and planned_end= is missing",
                "the dead count until observation of them was to end, had they lived",
                "Say when: a time for all (the day of extraction), or one per subject",
            )
        return last
    if isinstance(planned_end, Mapping):
        missing = [i for i, name in enumerate(names) if name not in planned_end]
        if missing:
            _core.reject(
                "E-PLAN",
                asked,
                f"planned_end lacks {len(missing)} of {len(names)} subjects",
                "each has one",
                "Use the subjects' names as keys",
            )
        values: Any = [planned_end[name] for name in names]
    else:
        values = planned_end
    if isinstance(values, str | dt.date):
        values = np.datetime64(values, "D")
    array = np.asarray(values)
    if array.dtype.kind in "MU":
        array = array.astype("datetime64[s]").astype(float) / 86400
    ends = np.asarray(array, dtype=float)
    if ends.ndim > 1 or (ends.ndim == 1 and len(ends) != len(names)):
        _core.reject(
            "E-PLAN",
            asked,
            f"planned_end has the shape {ends.shape}",
            f"there are {len(names)} subjects",
            "Give one time for all, or one per subject in the order of Observations.subject_names",
        )
    return np.broadcast_to(ends, (len(names),)).astype(float)


def _five(*arrays: npt.ArrayLike) -> tuple[Array, Array, Array, Array, Array]:
    a, b, c, d, e = _frozen(*arrays)
    return a, b, c, d, e


def _frozen(*arrays: npt.ArrayLike) -> Iterator[Array]:
    for values in arrays:
        array = np.array(values, dtype=float)
        array.setflags(write=False)
        yield array
