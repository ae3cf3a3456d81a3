"""Observations: what was seen of whom and when, every row checked, every fault a finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort._core import Finding
from kohort.data.observed_columns import (
    KINDS,
    dated_states,
    kinds_of,
    numbers_of,
    sets_of,
    start_columns,
    start_of,
    states_of,
    subject_numbers,
    times_of,
    weights_of,
)
from kohort.model.structure import Model
from kohort.support import _frames, _html, _text
from kohort.support._refusal import choice

Array = npt.NDArray[Any]


def findings_text(findings: Iterable[Finding], language: str = "en", *, cap: int = 1000) -> str:
    """Findings for people, one a line, in English ("en") or Swedish ("sv"), at most `cap`."""
    text: str = _core.findings_text(list(findings), language, cap)
    return text


def findings_json(findings: Iterable[Finding]) -> str:
    """Findings as JSON lines, all of them: one object a line.

    Its keys are `code, severity, file, row, cell, related, column, message, message_sv, remedy,
    remedy_sv, count`.
    """
    text: str = _core.findings_json(list(findings))
    return text


@dataclass(frozen=True, eq=False)
class Observations:
    """What was seen of whom, and when: sorted by subject and time, every row checked.

    Arrays are read-only, one value per row, and personal data: they are for computing with. What
    prints and what `to_frame` gives are aggregates.

    Attributes
    ----------
    model
        Whose states the rows speak of.
    subjects
        (rows,), number of the subject.
    times
        (rows,), `units_per_year` of them make a year.
    states
        (rows,), number of the state in `model`; n + c, for n states, in a row that says of one of
        the states in `sets[c]`.
    sets
        Names of the states that a row may be in, for each set.
    kinds
        (rows,), numbers of `KINDS`: 0 start (conditioned on; the time before it says nothing),
        1 panel (seen at a visit), 2 exact_transition (known ever since the row before, entered at
        this time or still there), 3 exact_death (an absorbing state entered at this time, the state
        just before it unseen), 4 window_death (entered between `earliest` and this time),
        5 exact_stay (no move since the row before).
    earliest
        (rows,) or empty: where a window opens, in the unit of `times`; NaN in other rows.
    covariates
        (rows, names); a value holds until the subject's next row.
    weights
        (subjects,), or empty if all are 1.
    source_rows
        (rows,), physical row of the file, or position in the table.
    findings
        What was found and done on the way.
    """

    model: Model
    _core: Any = field(repr=False)

    @classmethod
    def from_table(
        cls,
        data: Any,
        model: Model,
        *,
        subject: str,
        time: str,
        state: str,
        kind: str | None = None,
        covariates: Sequence[str] = (),
        weights: str | None = None,
        deaths: str | Sequence[str] = "exact",
        exact_times: bool = False,
        time_unit: str = "years",
        censored: Mapping[Any, Sequence[str]] | None = None,
        earliest: str | None = None,
        start: str | Mapping[str, float | str] = "condition",
    ) -> Observations:
        """Check a table of observations and sort it.

        Parameters
        ----------
        data
            A dict of arrays, or any pandas, polars or Arrow table; rows in any order.
        model
            Whose states are meant.
        subject, time, state, kind, weights
            Names of columns. States are names, or their places from 0 if no name is a number.
            Times are numbers or dates (numpy datetime64). A weight must be the same in all rows
            of a subject. Kinds are names of `KINDS` or their numbers.
        covariates
            Names of columns of numbers; a value holds until the subject's next row.
        deaths
            Without `kind`: "exact" if rows in the model's death state give the day of death,
            "panel" if they only say that the subject was dead by then. Or the names of absorbing
            states, and of codes in `censored`, whose rows give the day.
        exact_times
            Without `kind`: whether all states were known all the time.
        time_unit
            "years" or "days", for times that are numbers.
        censored
            Codes in the column of states, each with the states that such a row may be in:
            `{"99": ("light", "moderate")}`. Of several absorbing states: the cause is unknown.
        earliest
            A column of times: a death dated by `deaths` or `kind` is known to lie between this time
            and the row's own, such as a month. Without `kind`, a death whose earliest time is
            missing or its own is dated exactly.
        start
            What is known of a subject's first state. "condition": it is what it is. "uniform": the
            same, and of several states each is as likely. Or a dict from states to probabilities
            (others have 0), or to columns of them: these become part of the likelihood.

        Raises
        ------
        DataRefused
            With every fault found: `E-STATE-UNKNOWN`, `E-TIME`, `E-IMPOSSIBLE`, `E-COVARIATE`,
            `E-WEIGHT`, `E-PERSON`, `E-KIND`, `E-START`. Rows are counted from 0.
        InvalidInput
            `E-COLUMNS`: a column that the table lacks; `E-SETTING`: an unknown choice.
        """
        columns = _frames.read_columns(data)
        choice("time_unit", time_unit, ("years", "days"))
        needed = (subject, time, state, kind, weights, earliest)
        for name in (*needed, *start_columns(start), *covariates):
            if name is not None and name not in columns:
                _core.reject(
                    "E-COLUMNS",
                    "observations",
                    f"there is no column '{name}'",
                    f"the table has {', '.join(columns)}",
                    "Use one of these names",
                )
        names, subjects = subject_numbers(columns[subject])
        times, units = times_of(columns[time], time_unit)
        sets = sets_of(censored or {}, model)
        states = states_of(columns[state], model, list(sets))
        opens = times_of(columns[earliest], time_unit)[0] if earliest is not None else np.empty(0)
        if kind is not None:
            kinds = kinds_of(columns[kind])
        else:
            kinds = np.full(len(states), 2 if exact_times else 1, dtype=np.uint8)
            dated = np.isin(states, dated_states(deaths, model, list(sets)))
            kinds[dated] = 2 if exact_times else 3
            if len(opens) == len(times):
                kinds[dated & (opens < times)] = 4
                opens = np.where(dated & (opens >= times), np.nan, opens)
        how, probabilities = start_of(start, model, columns, subjects, times, len(names))
        values = [numbers_of(columns[name], name) for name in covariates]
        return cls(
            model,
            _core.validate(
                model._core,
                subject_names=names,
                subjects=subjects,
                times=times,
                units_per_year=units,
                states=states,
                kinds=kinds,
                covariate_names=list(covariates),
                covariates=np.column_stack(values).ravel() if values else np.empty(0),
                weights=weights_of(columns, weights, subjects, len(names)),
                source_rows=np.arange(len(states)),
                sets=list(sets.values()),
                earliest=opens,
                start=how,
                start_probabilities=probabilities,
            ),
        )

    @property
    def subject_names(self) -> tuple[str, ...]:
        return tuple(self._core.subject_names)

    @property
    def subjects(self) -> Array:
        return np.asarray(self._core.subjects)

    @property
    def times(self) -> Array:
        return np.asarray(self._core.times)

    @property
    def units_per_year(self) -> float:
        return float(self._core.units_per_year)

    @property
    def states(self) -> Array:
        return np.asarray(self._core.states)

    @property
    def sets(self) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(self.model.states[s] for s in one) for one in self._core.sets)

    @property
    def earliest(self) -> Array:
        return np.asarray(self._core.earliest)

    @property
    def kinds(self) -> Array:
        return np.asarray(self._core.kinds)

    @property
    def covariate_names(self) -> tuple[str, ...]:
        return tuple(self._core.covariate_names)

    @property
    def covariates(self) -> Array:
        return np.asarray(self._core.covariates)

    @property
    def weights(self) -> Array:
        return np.asarray(self._core.weights)

    @property
    def source_rows(self) -> Array:
        return np.asarray(self._core.source_rows)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(self._core.findings)

    def __len__(self) -> int:
        return len(self.times)

    def _pairs(self) -> dict[str, Array]:
        """Pairs of neighbouring rows of a subject: how often, and over how many years."""
        later = np.flatnonzero(self.kinds != 0)
        states = self.states.astype(np.int64)
        labels = np.array([*self.model.states, *map(_either, self.sets)], dtype=object)
        n = len(labels)
        pair = states[later - 1] * n + states[later]
        elapsed = (self.times[later] - self.times[later - 1]) / self.units_per_year
        counts = np.bincount(pair, minlength=n * n)
        years = np.bincount(pair, weights=elapsed, minlength=n * n)
        seen = np.flatnonzero(counts)
        return {
            "from": labels[seen // n],
            "to": labels[seen % n],
            "count": counts[seen],
            "years": years[seen],
        }

    def to_frame(self, backend: str | None = None) -> Any:
        """Aggregates: how often each state followed each, and over how many years in all.

        Parameters
        ----------
        backend
            "pandas", "polars" or "pyarrow"; by default the first installed.
        """
        return _frames.to_frame(self._pairs(), backend)

    def summary(self, backend: str | None = None) -> Any:
        """Subjects, rows, years of follow-up and rows of each kind, as a data frame."""
        facts = self._facts()
        return _frames.to_frame(
            {"what": [a for a, _ in facts], "number": [b for _, b in facts]}, backend
        )

    def _facts(self) -> list[tuple[str, float]]:
        kinds = np.bincount(self.kinds, minlength=len(KINDS))
        years = float(self._pairs()["years"].sum())
        facts = [("subjects", float(len(self.subject_names))), ("rows", float(len(self)))]
        facts += [(f"rows: {name}", float(k)) for name, k in zip(KINDS, kinds, strict=True)]
        return [*facts, ("years of follow-up", years)]

    def _table(self) -> tuple[list[str], list[list[str]]]:
        return _pair_table(self._pairs(), "times")

    def __str__(self) -> str:
        return "\n".join([self._title(), _text.table(*self._table()), *found_lines(self.findings)])

    def _title(self) -> str:
        years = float(self._pairs()["years"].sum())
        return (
            f"Observations: {len(self.subject_names)} subjects, {len(self)} rows, "
            f"{_text.number(years)} years"
        )

    def _repr_html_(self) -> str:
        return _html.block(self._title(), parts=[_html.table(*self._table())])


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _pair_table(pairs: Mapping[str, Array], what: str) -> tuple[list[str], list[list[str]]]:
    rows = [
        [f"{a} -> {b}", str(k), _text.number(float(y))]
        for a, b, k, y in zip(*pairs.values(), strict=True)
    ]
    return ["seen next", what, "years"], rows


def found_lines(findings: Sequence[Finding]) -> list[str]:
    return [findings_text(findings, cap=20).rstrip()] if findings else []
