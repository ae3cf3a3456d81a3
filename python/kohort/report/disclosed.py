"""A study's result as its profile lets it be written: what few persons stand behind is withheld."""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from kohort.plots import _tables
from kohort.privacy.disclosure import protect
from kohort.privacy.moves import states_told_by, without
from kohort.privacy.profile import Profile, small
from kohort.privacy.tables import ProtectedTable, Table
from kohort.report.disclosed_fit import withheld_moves
from kohort.study.too_few import check_start, refuse_few

if TYPE_CHECKING:
    from kohort.evaluation.outcomes import Outcomes
    from kohort.study.backtest_result import Backtest
    from kohort.study.results import StudyResult

Array = np.ndarray[Any, Any]


def disclosed(result: StudyResult) -> StudyResult:
    """The same result, NaN where a figure would tell of few persons (S04 to S06).

    Observed persons by year and level, observed entries, the rates of moves that few made, with
    their intervals, and the one-year probabilities that such moves enter.

    Raises
    ------
    InvalidInput
        `E-DISCLOSURE`: a level has few persons when the forecast starts, or few are followed at
        all; then everything in the report would tell of them.
    """
    if not result.study.disclosure.hides:
        return result
    check_start(result)
    probabilities, rates = _moves(result)
    return dataclasses.replace(
        result,
        stock_history=_stock(result),
        entry_history=_entries(result),
        transitions=probabilities,
        intensities=rates,
    )


def disclosed_enrolled(enrolled: float, profile: Profile) -> None:
    """Refuse a public break-even of a team that works with fewer persons than the profile shows.

    Raises
    ------
    InvalidInput
        `E-DISCLOSURE`
    """
    if small([enrolled], profile).any():
        refuse_few(
            f"fewer than {profile.threshold} persons are enrolled",
            "Make it for internal use: --profile internal",
        )


def disclosed_outcomes(made: Outcomes, profile: Profile) -> Outcomes:
    """Strategies compared, without the figures of those that few persons are enrolled in (S05).

    They are left out whole: the cost of a strategy over a cost per person would tell their number.
    """
    few = small([o.enrolled for o in made.outcomes], profile)
    if few.all():
        refuse_few(
            f"every strategy works with fewer than {profile.threshold} persons",
            "Make it for internal use: --profile internal",
        )
    shown = tuple(o for o, hide in zip(made.outcomes, few.tolist(), strict=True) if not hide)
    return dataclasses.replace(made, outcomes=shown)


def disclosed_backtest(test: Backtest, profile: Profile) -> Backtest:
    """A backtest without the forecasts that begin or end at few persons.

    What was seen at a year's end is a table by level with its sum, and so are the constant-share
    forecasts of an origin, which are all but the persons that it began with. A forecast of which
    either is hidden is left out, from the scores as well: a mean over few rows would tell it.

    Raises
    ------
    InvalidInput
        `E-DISCLOSURE`: so few have support that nothing could be shown.
    """
    if not profile.hides:
        return test
    kept = np.ones(len(test["year"]), dtype=bool)
    for origin in test.origins:
        of_origin = test["origin"] == origin
        first = of_origin & (test["horizon"] == test["horizon"][of_origin].min())
        hidden = _hidden_states(test, first, test["constant_share"], profile)
        kept &= ~(of_origin & np.isin(test["state"], hidden))
    for year in np.unique(test["year"]):
        of_year = test["year"] == year
        one = of_year & (test["origin"] == test["origin"][of_year].max())
        kept &= ~(
            of_year & np.isin(test["state"], _hidden_states(test, one, test["seen"], profile))
        )
    levels = tuple(s for s in test.levels if (kept & (test["state"] == s)).any())
    if not levels or not kept[test["state"] == "users"].any():
        refuse_few(
            f"there are years with fewer than {profile.threshold} persons at so many levels that "
            "nothing is left to show",
            "Merge levels or municipalities, or make it for internal use: --profile internal",
        )
    columns = {name: values[kept] for name, values in test.columns.items()}
    return dataclasses.replace(
        test, columns=MappingProxyType(columns), draws=test.draws[kept], levels=levels
    )


def _hidden_states(test: Backtest, rows: Array, values: Array, profile: Profile) -> list[str]:
    """Levels, and "users", whose number in these rows may not be told."""
    states = [s for s in test.levels if (rows & (test["state"] == s)).any()]
    persons = [float(values[rows & (test["state"] == s)][0]) for s in states]
    made = protect(Table.of(np.rint(persons)), profile=profile)
    assert isinstance(made, ProtectedTable)
    return [s for s, hidden in zip([*states, "users"], made.hidden.tolist(), strict=True) if hidden]


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


def _moves(result: StudyResult) -> tuple[_tables.Columns, _tables.Columns]:
    """One-year probabilities and intensities, by the one rule of `kohort.privacy.moves`."""
    layer = result.fit.hidden
    fine, seen_of = layer.fine() if layer else (result.fit.model, [])
    seen = layer.seen if layer else fine
    as_seen = {
        name: seen.states[seen_of[i] if seen_of else i] for i, name in enumerate(fine.states)
    }
    probabilities, rates = result.transitions, result.intensities
    untold = np.zeros(len(probabilities["from"]), dtype=bool)
    hidden = np.zeros(len(rates["from"]), dtype=bool)
    for sex in dict.fromkeys(rates["sex"].tolist()):
        withheld = withheld_moves(
            result.decisions,
            seen.transitions,
            sex if result.study.model.sex else None,
            result.study.disclosure,
        )
        told = sorted(states_told_by(withheld, seen.transitions))
        untold |= np.isin(probabilities["sex"], [sex, "both"]) & np.isin(
            probabilities["from"], told
        )
        # Between the phases of a state nobody is seen to move, but their rates tell how it is left.
        withheld |= {(start, start) for start, _ in withheld}
        hidden |= (rates["sex"] == sex) & np.array([
            (as_seen[a], as_seen[b]) in withheld
            for a, b in zip(rates["from"].tolist(), rates["to"].tolist(), strict=True)
        ])  # fmt: skip
    return without(probabilities, untold), without(rates, hidden)


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
