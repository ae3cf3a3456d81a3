"""Columns of a table of observations, as the library wants them; faults are told by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from kohort import _core
from kohort._core import Finding
from kohort.model.structure import Model
from kohort.support._arrays import Array
from kohort.support._refusal import choice

KINDS = ("start", "panel", "exact_transition", "exact_death", "window_death", "exact_stay")
"""How a row's state became known: the names of the numbers in `Observations.kinds`."""


def _refuse(rows: Iterable[int], **texts: Any) -> None:
    found = [Finding(severity="E", row=int(row), **texts) for row in rows]
    if found:
        _core.refuse(found)


def subject_numbers(values: Array) -> tuple[list[str], Array]:
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


def times_of(values: Array, unit: str) -> tuple[Array, float]:
    if values.dtype.kind == "M":
        days = values.astype("datetime64[s]").astype(float) / 86400
        days[np.isnat(values)] = np.nan
        return days, 365.25
    return numbers_of(values, "time"), 365.25 if unit == "days" else 1.0


def sets_of(censored: Mapping[Any, Sequence[str]], model: Model) -> dict[str, list[int]]:
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


def states_of(values: Array, model: Model, codes: Sequence[str]) -> Array:
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


def dated_states(deaths: str | Sequence[str], model: Model, codes: Sequence[str]) -> list[int]:
    """The states whose rows give the very time when they were entered."""
    if isinstance(deaths, str):
        choice("deaths", deaths, ("exact", "panel"))
        return [model.state(model.death)] if deaths == "exact" and model.death is not None else []
    found = []
    for name in deaths:
        code = name in codes
        found.append(model.size + list(codes).index(name) if code else model.state(name))
    return found


def start_columns(start: str | Mapping[str, float | str]) -> list[str]:
    if isinstance(start, str):
        choice("start", start, ("condition", "uniform"))
        return []
    return [value for value in start.values() if isinstance(value, str)]


def start_of(
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
    by_column = bool(start_columns(start))
    first = np.zeros(count, dtype=np.int64)  # each subject's earliest row
    order = np.lexsort((times, subjects))[::-1]
    first[subjects[order]] = order
    given = np.zeros((count if by_column else 1, model.size))
    for name, value in start.items():
        if isinstance(value, str):
            given[:, model.state(str(name))] = numbers_of(columns[value], value)[first]
        else:
            given[:, model.state(str(name))] = value
    return "given", given.ravel()


def kinds_of(values: Array) -> Array:
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


def numbers_of(values: Array, name: str) -> Array:
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


def weights_of(
    columns: Mapping[str, Array], name: str | None, subjects: Array, count: int
) -> Array:
    if name is None:
        return np.empty(0)
    values = numbers_of(columns[name], name)
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
