"""A study's result as its profile lets it be written: what few persons stand behind is withheld."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from kohort import _tables
from kohort._refusal import refuse
from kohort.privacy.disclosure import ProtectedTable, Table, protect, small

if TYPE_CHECKING:
    from kohort.results import StudyResult

Array = np.ndarray[Any, Any]


def disclosed(result: StudyResult) -> StudyResult:
    """The same result, NaN where a figure would tell of few persons (S04 to S06).

    Observed persons by year and level, observed entries, and the rates and one-year probabilities
    of moves that few made, with their intervals.

    Raises
    ------
    InvalidInput
        `E-DISCLOSURE`: a level has few persons when the forecast starts, or few are followed at
        all; then everything in the report would tell of them.
    """
    profile = result.study.disclosure
    if not profile.hides:
        return result
    users = _tables.of_levels(result.projection)
    start = np.rint(result.projection.persons[0].sum(axis=(1, 2)))[users]
    if small([*start, start.sum(), result.counts["subjects"]], profile).any():
        refuse(
            "E-DISCLOSURE",
            "report",
            f"a level has fewer than {profile.threshold} persons when the forecast starts",
            "a public report tells of no so small group",
            "Merge levels or municipalities, or make it for internal use: --profile internal",
        )
    return dataclasses.replace(
        result,
        stock_history=_stock(result),
        entry_history=_entries(result),
        transitions=_moves(result, result.transitions),
        intensities=_moves(result, result.intensities),
    )


def _stock(result: StudyResult) -> _tables.Columns:
    shown = dict(result.stock_history)
    persons = shown["persons"].astype(float)
    for year in np.unique(shown["year"]):
        of_year = shown["year"] == year
        made = protect(Table.of(np.rint(persons[of_year])), profile=result.study.disclosure)
        assert isinstance(made, ProtectedTable)
        persons[of_year] = made.inner
    return shown | {"persons": persons}


def _entries(result: StudyResult) -> _tables.Columns:
    shown = dict(result.entry_history)
    few = small(np.rint(shown["persons"]), result.study.disclosure)
    return shown | {"persons": np.where(few, np.nan, shown["persons"])}


def _moves(result: StudyResult, table: _tables.Columns) -> _tables.Columns:
    """Without the figures of moves that fewer persons made than the profile shows, nobody too."""
    counts = result.decisions.moves(1900, 2200)
    pairs = set(result.fit.model.transitions)
    hidden = np.zeros(len(table["from"]), dtype=bool)
    for i, (sex, start, end) in enumerate(
        zip(table["sex"].tolist(), table["from"].tolist(), table["to"].tolist(), strict=True)
    ):
        if (start, end) not in pairs:
            continue
        mine = (counts["state"] == start) & (counts["to"] == end)
        if result.study.model.sex:
            mine &= counts["sex"] == sex
        hidden[i] = counts["moves"][mine].sum() < result.study.disclosure.threshold
    return {
        name: np.where(hidden, np.nan, values) if values.dtype.kind == "f" else values
        for name, values in table.items()
    }


def persons_shown(result: StudyResult) -> _tables.Columns:
    """Persons by state, sex and age group: observed small counts and all that tells them withheld.

    The first year is what was observed. A cell withheld there is so in every year, and so is every
    later cell with fewer persons expected than the profile shows: it follows from the first year.
    """
    projection, profile = result.projection, result.study.disclosure
    table = _tables.persons(projection)
    if not profile.hides:
        return table
    persons = projection.persons
    seen = [i for i, state in enumerate(projection.states) if state != "none"]
    names = {
        "state": [projection.states[i] for i in seen],
        "sex": list(projection.sexes),
        "age_group": [str(group) for group in projection.age_groups],
    }
    observed = Table(np.rint(persons[0][seen]), names)
    few = small(observed.counts.sum(axis=(1, 2)), profile)
    known = [{"state": state} for state in np.array(names["state"])[~few]]  # in another table
    made = protect(observed, profile=profile, known=known)
    assert isinstance(made, ProtectedTable)
    shown = persons.copy()
    shown[:, seen] = np.where(np.isnan(made.inner), np.nan, shown[:, seen])
    later = shown[1:, seen]
    shown[1:, seen] = np.where((later > 0) & (later < profile.threshold), np.nan, later)
    return table | {"persons": shown.ravel()}
