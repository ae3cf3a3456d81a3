"""Observations: what was seen of whom and when, every row checked, every fault a finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core, _frames, _html, _text
from kohort._core import Finding
from kohort.model import Model

Array = npt.NDArray[Any]

KINDS = ("start", "panel", "exact_transition", "exact_death", "window_death", "exact_stay")
"""How a row's state became known: the names of the numbers in `Observations.kinds`."""


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
        chances = [name for name in _start_columns(start)]
        for name in (subject, time, state, kind, weights, earliest, *chances, *covariates):
            if name is not None and name not in columns:
                _core.reject(
                    "E-COLUMNS",
                    "observations",
                    f"there is no column '{name}'",
                    f"the table has {', '.join(columns)}",
                    "Use one of these names",
                )
        names, subjects = _subjects(columns[subject])
        times, units = _times(columns[time], time_unit)
        sets = _sets(censored or {}, model)
        states = _states(columns[state], model, list(sets))
        opens = _times(columns[earliest], time_unit)[0] if earliest is not None else np.empty(0)
        if kind is not None:
            kinds = _kinds(columns[kind])
        else:
            kinds = np.full(len(states), 2 if exact_times else 1, dtype=np.uint8)
            dated = np.isin(states, _dated(deaths, model, list(sets)))
            kinds[dated] = 2 if exact_times else 3
            if len(opens) == len(times):
                kinds[dated & (opens < times)] = 4
                opens = np.where(dated & (opens >= times), np.nan, opens)
        how, probabilities = _start(start, model, columns, subjects, times, len(names))
        values = [_numbers(columns[name], name) for name in covariates]
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
                weights=_weights(columns, weights, subjects, len(names)),
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


def choice(what: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        _core.reject(
            "E-SETTING",
            what,
            f"it is {value!r}",
            f"it must be one of {', '.join(known)}",
            "Choose one of them",
        )


def _refuse(rows: Iterable[int], **texts: Any) -> None:
    found = [Finding(severity="E", row=int(row), **texts) for row in rows]
    if found:
        _core.refuse(found)


def _subjects(values: Array) -> tuple[list[str], Array]:
    missing = (
        np.array([value is None or value != value for value in values.tolist()], dtype=bool)
        if values.dtype.kind == "O"
        else values != values
    )
    _refuse(
        np.flatnonzero(missing),
        code="E-PERSON",
        message="the row says of no subject.",
        message_sv="raden saknar person.",
        remedy="Fill it in, or leave the row out.",
        remedy_sv="Fyll i den, eller ta bort raden.",
    )
    if values.dtype.kind == "O":
        values = np.array([str(value) for value in values.tolist()])
    names, subjects = np.unique(values, return_inverse=True)
    return [str(name) for name in names.tolist()], subjects.astype(np.int32)


def _times(values: Array, unit: str) -> tuple[Array, float]:
    if values.dtype.kind == "M":
        days = values.astype("datetime64[s]").astype(float) / 86400
        days[np.isnat(values)] = np.nan
        return days, 365.25
    return _numbers(values, "time"), 365.25 if unit == "days" else 1.0


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _sets(censored: Mapping[Any, Sequence[str]], model: Model) -> dict[str, list[int]]:
    """The states that each code in the column of states stands for."""
    sets: dict[str, list[int]] = {}
    for code, names in censored.items():
        if str(code) in model.states:
            _core.reject(
                "E-SETTING",
                "censored",
                f"the code '{code}' is a state of the model",
                "a code for several states needs a name of its own",
                "Use another code",
            )
        several = (names,) if isinstance(names, str) else names
        sets[str(code)] = sorted({model.state(str(name)) for name in several})
    return sets


def _states(values: Array, model: Model, codes: Sequence[str]) -> Array:
    """Numbers of states; n + c for the c-th code; -1 where there is none such, which validation
    reports by row.

    A value is a state's name or a code; numbers stand for themselves as text if a name is a number,
    and otherwise for the state's place from 0, or for a code.
    """
    place: dict[str, int] = {name: k for k, name in enumerate([*model.states, *codes])}
    if values.dtype.kind in "iufb":
        numbers = values.astype(float)
        whole = np.isfinite(numbers) & (numbers == np.floor(numbers)) & (np.abs(numbers) < 1e6)
        if not any(name.lstrip("-").isdigit() for name in model.states):
            known = whole & (numbers >= 0) & (numbers < model.size)
            found = np.where(known, numbers, -1).astype(np.int32)
            for code in codes:
                if code.lstrip("-").isdigit():
                    found[whole & (numbers == int(code))] = place[code]
            return found
        values = np.where(whole, numbers, 1e9).astype(np.int64)
    if values.dtype.kind == "O":  # of mixed types, perhaps: these have no order
        return np.array([place.get(str(value), -1) for value in values.tolist()], dtype=np.int32)
    distinct, which = np.unique(values, return_inverse=True)
    numbers_of = np.array([place.get(str(value), -1) for value in distinct.tolist()], np.int32)
    return numbers_of[which]


def _dated(deaths: str | Sequence[str], model: Model, codes: Sequence[str]) -> list[int]:
    """The states whose rows give the very time when they were entered."""
    if isinstance(deaths, str):
        choice("deaths", deaths, ("exact", "panel"))
        return [model.state(model.death)] if deaths == "exact" and model.death is not None else []
    found = []
    for name in deaths:
        code = name in codes
        found.append(model.size + list(codes).index(name) if code else model.state(name))
    return found


def _start_columns(start: str | Mapping[str, float | str]) -> list[str]:
    if isinstance(start, str):
        choice("start", start, ("condition", "uniform"))
        return []
    return [value for value in start.values() if isinstance(value, str)]


def _start(
    start: str | Mapping[str, float | str],
    model: Model,
    columns: Mapping[str, Array],
    subjects: Array,
    times: Array,
    count: int,
) -> tuple[str, Array]:
    """How the first state is known, and its probabilities: (states,) or (subjects x states,)."""
    if isinstance(start, str):
        return start, np.empty(0)
    by_column = bool(_start_columns(start))
    first = np.zeros(count, dtype=np.int64)  # each subject's earliest row
    order = np.lexsort((times, subjects))[::-1]
    first[subjects[order]] = order
    given = np.zeros((count if by_column else 1, model.size))
    for name, value in start.items():
        if isinstance(value, str):
            given[:, model.state(str(name))] = _numbers(columns[value], value)[first]
        else:
            given[:, model.state(str(name))] = value
    return "given", given.ravel()


def _kinds(values: Array) -> Array:
    place: dict[Any, int] = {name: k for k, name in enumerate(KINDS)}
    place |= {k: k for k in range(len(KINDS))}
    kinds = [place.get(value, -1) for value in values.tolist()]
    _refuse(
        [row for row, kind in enumerate(kinds) if kind < 0],
        code="E-KIND",
        message=f"the kind is none of {', '.join(KINDS)}.",
        message_sv=f"radens slag är inget av {', '.join(KINDS)}.",
        remedy="Correct it.",
        remedy_sv="Rätta det.",
    )
    return np.array(kinds, dtype=np.uint8)


def _numbers(values: Array, name: str) -> Array:
    try:
        return np.ascontiguousarray(values, dtype=float)
    except (TypeError, ValueError):
        _core.reject(
            "E-COLUMNS",
            "observations",
            f"the column '{name}' holds texts",
            "it must hold numbers",
            "Turn it into numbers, for example 0 and 1",
        )
        raise


def _weights(columns: Mapping[str, Array], name: str | None, subjects: Array, count: int) -> Array:
    if name is None:
        return np.empty(0)
    values = _numbers(columns[name], name)
    weights = np.full(count, np.nan)
    weights[subjects] = values
    _refuse(
        np.flatnonzero(weights[subjects] != values),
        code="E-WEIGHT",
        column=name,
        message="the subject has another weight in another row, or none.",
        message_sv="personen har en annan vikt på en annan rad, eller ingen.",
        remedy="Give each subject one weight.",
        remedy_sv="Ge varje person en enda vikt.",
    )
    return weights


def _pair_table(pairs: Mapping[str, Array], what: str) -> tuple[list[str], list[list[str]]]:
    rows = [
        [f"{a} -> {b}", str(k), _text.number(float(y))]
        for a, b, k, y in zip(*pairs.values(), strict=True)
    ]
    return ["seen next", what, "years"], rows


def found_lines(findings: Sequence[Finding]) -> list[str]:
    return [findings_text(findings, cap=20).rstrip()] if findings else []
