"""Dated decisions in, under a level rule that is declared."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kohort import _core
from kohort._core import Finding, LevelRule
from kohort.data.decisions import Decisions
from kohort.data.level_rules import rule_digest
from kohort.data.observations import Observations
from kohort.data.series import ACT_OF_2025, gap_findings, observed_breaks, regime_finding
from kohort.extracts.column_map import ColumnMap
from kohort.extracts.opening import open_extract
from kohort.model.structure import DEPENDENCY_WITH_ENDED, Model
from kohort.privacy import identity
from kohort.privacy.identity import Key
from kohort.support._dates import day_number
from kohort.support._language import language
from kohort.support._refusal import choice
from kohort.support._shown import shown

SUPPORT_RULE: LevelRule = _core.support_type_rule()
"""A person's level is that of the most demanding type of support granted.

light: safety alarm, food distribution, cleaning, laundry, bed making. moderate: bathing, social
visits, safety calls and visits, escort. high: dressing, transferring, meals, feeding. total: short
or long stay in special housing. Support to informal carers, daily-living support (psychiatric) and
day centres are left out. Source: Zingmark & Norström (2021), BMC Geriatrics 21:342, Table 1.
English and Swedish names are known; `SUPPORT_RULE.with_codes({...})` adds your own.
"""

_LEVELS = ("light", "moderate", "high", "total")


def hours_rule(
    thresholds: Sequence[float] = (7, 23, 120), levels: Sequence[str] = _LEVELS
) -> LevelRule:
    """A person's level by granted hours of home help a month.

    The default boundaries are conventions, no published rule: 7 and 23 hours stand between the
    yearly costs by level of the source (geometric means at 500 kronor an hour), and 120 is where
    Kolada's N21706 lets extensive home help begin.

    Parameters
    ----------
    thresholds
        Hours a month from which the second, third ... level holds, increasing, up to 744.
    levels
        Least demanding first, one more than there are thresholds.

    Raises
    ------
    InvalidInput
        `E-LEVEL-RULE`: thresholds that do not increase, or a wrong number of them.
    """
    rule: LevelRule = _core.hours_rule([float(t) for t in thresholds], list(levels))
    return rule


def named_levels(
    levels: Sequence[str] = _LEVELS, codes: Mapping[str, str | None] | None = None
) -> LevelRule:
    """The file says the level itself.

    For the four levels of dependency the papers' words (mild, severe) and the Swedish ones (lätt,
    måttligt, mycket, helt beroende) are known as well; case, spaces and accents do not matter.

    Parameters
    ----------
    levels
        Least demanding first.
    codes
        Further codes of the file and the level they mean; None leaves such rows out.

    Raises
    ------
    InvalidInput
        `E-LEVEL-RULE`: a level twice, or a code for a level that is none of `levels`.
    """
    rule: LevelRule = _core.named_levels(list(levels)).with_codes(dict(codes or {}))
    return rule


def read_decisions(
    path: Any,
    *,
    level_rule: LevelRule,
    extraction_date: str | dt.date | None,
    model: Model | None = None,
    observed_from: str | dt.date | None = None,
    overlap: str = "rule",
    gap_days: int = 0,
    short_stay_days: int = 0,
    regime_breaks: Mapping[str, str | dt.date] | None = None,
    columns: Mapping[str, str] | None = None,
    column_map: ColumnMap | str | os.PathLike[str] | None = None,
    date_format: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    ended: str = "ended",
    id: str = "by header",
    century: str = "separator",
    key: Key | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Decisions:
    """Read dated decisions from an extract and turn them into observations.

    Dates are from and to, both included. An empty end, or one from 2099 on, means until further
    notice, that is to the extraction date, which counts in full. A death ends the time at its
    date; a decision that starts on that very day lasts that day. Between decisions a person is in
    `ended`, if the model has that state; otherwise that time is not observed.

    Parameters
    ----------
    path
        A file: text separated by semicolons, commas or tabs (UTF-8, UTF-16 or Windows-1252, seen
        from the bytes), an .xlsx workbook, Parquet or Arrow; or a table: a pandas or polars frame,
        an Arrow table. Lines above the header of a text that begin with # are passed over. It needs
        the columns person, start, end (or period, a month such as 202401), and the one that the
        level rule reads (level, support or hours); decision (an id), event (decision or death),
        death, exit, sex, birth and cost may be there. Usual English and Swedish headers are known.
    level_rule
        `SUPPORT_RULE`, `hours_rule(...)` or `named_levels(...)`.
    extraction_date
        The day on which the extract was made. None is an error if a decision is open-ended;
        otherwise it stands for the last date in the file.
    model
        A model that has the rule's levels. By default `DEPENDENCY_WITH_ENDED`, with those falls by
        more than one level that the file holds (`I-LARGE-FALL`): after a short stay people go back
        to the level that they had. A model that is given permits what it says (`E-IMPOSSIBLE`).
    observed_from
        Follow nobody before this day, and start there with the state that the decisions tell.
        Needed if the file holds only decisions in force from some day on: those people's earlier
        time would be immortal.
    overlap
        Decisions of different levels in force together: "rule" (types of support under a rule that
        takes the most demanding one: that; else refused), "refuse" (`E-OVERLAP` with both rows) or
        "highest" (counted as `W-OVERLAP`).
    gap_days
        Gaps between decisions of at most so many days are bridged by the level before them.
    short_stay_days
        Short stays (the rule's `short_stays`) of at most so many days give no level of their own:
        what else is in force then holds.
    regime_breaks
        Level to the day from which decisions at it mean something else. By default every level has
        1 July 2025, when the new Social Services Act let support be given without a decision; {}
        names none. Data that cross such a day are warned about (`W-REGIME`), nothing more.
    columns
        Where headers are unusual: role to header, {"person": "Vem", "start": "Beslut 1"}.
    column_map
        The same and how the file is written, as data: a `kohort.sources.ColumnMap`, its TOML file,
        or one that comes with kohort ("plain-sv", "plain-en", "sol-register"). What is given here
        beside it goes before it.
    date_format
        "iso" (2024-12-31 or 20241231; Excel serials only if they can be told apart), "excel_1900",
        "excel_1904", "day_month_year" or "month_day_year".
    delimiter, decimal, encoding
        ";", "," or tab, "," or ".", and "utf-8", "utf-16-le", "utf-16-be" or "windows-1252", where
        the file does not show them.
    sheet
        Name of the sheet of a workbook, where more than one has something in it.
    ended
        Name of the model's state for those whose support has ended.
    id
        "personnummer": the person column holds personal or coordination numbers, in any spelling,
        which are checked and tell birth and sex where no column does. "opaque": texts that only say
        who is who. "by header": the former if the column is called personnummer, personnr or pnr.
    century
        How personal numbers of ten digits get their century: "separator" or "older"; see
        `kohort.privacy.read_numbers`.
    key
        A key from `kohort.privacy.read_key`: persons are then known by pseudonyms. Without one,
        persons with personal numbers get numbers that mean nothing; opaque ids stay.
    progress
        Called as `progress(done, total)`, in bytes, while a large file is read.

    Returns
    -------
    Decisions

    Raises
    ------
    DataRefused
        With every fault of the file in `.findings`, each with row, rule and remedy.
    InvalidInput
        `E-FILE`: it cannot be read; `E-SETTING`: a choice that there is none of;
        `E-STATE-UNKNOWN`: a level that the model lacks.

    Notes
    -----
    Level by type of support: Zingmark & Norström (2021), BMC Geriatrics 21:342, Table 1.
    """
    chosen = ColumnMap.of(column_map)
    given = {
        "date_format": date_format,
        "delimiter": delimiter,
        "decimal": decimal,
        "encoding": encoding,
        "sheet": sheet,
    }
    stated = {name: value for name, value in given.items() if value is not None}
    chosen = dataclasses.replace(
        chosen,
        columns=chosen.columns | dict(columns or {}),
        # A dict of texts cannot be told to leave out other fields than texts; `given` has none.
        **stated,  # type: ignore[arg-type]
    )
    extract = open_extract(path, chosen)
    core = extract.read(
        model=(model or _ANY_FALL)._core,
        rule=level_rule,
        extraction=None
        if extraction_date is None
        else day_number(extraction_date, "extraction_date"),
        observed_from=None if observed_from is None else day_number(observed_from, "observed_from"),
        overlap=overlap,
        gap_days=gap_days,
        short_stay_days=short_stay_days,
        ended=ended,
        id=id,
        century=century,
        progress=progress,
    )
    identity.named(core, key)
    falls: list[Finding] = []
    if model is None:
        model, falls = _as_the_file_has_it(Observations(_ANY_FALL, core.observations))
    levels = core.rule.levels
    breaks = {
        level: dt.date.fromordinal(day_number(date, "regime_breaks") + 719163)
        for level, date in breaks_of(regime_breaks, levels).items()
    }
    begin = None if observed_from is None else day_number(observed_from, "observed_from") + 719163
    gaps, crossed = observed_breaks(
        core, model, None if begin is None else dt.date.fromordinal(begin), breaks
    )
    policies = {
        "level_rule": core.rule.name,
        "level_rule_sha256": rule_digest(core.rule),
        "thresholds": core.rule.thresholds,
        "extraction_date": core.extraction,
        "observed_from": None if observed_from is None else str(observed_from),
        "overlap": overlap,
        "gap_days": gap_days,
        "short_stay_days": short_stay_days,
        "regime_breaks": {level: date.isoformat() for level, date in breaks.items()},
        "date_format": chosen.date_format,
        "ended": ended if ended in model.states else None,
        "columns": {role: shown(head) for role, head in chosen.columns.items()},
        "column_map": shown(chosen.name),
        "read_as": extract.form(core.form),
        "id": "personnummer" if _core.personal_ids(core) else "opaque",
        "century": century,
        "key_generation": key.generations if key else None,
    }
    return Decisions(
        observations=Observations(model, core.observations),
        model=model,
        findings=_in_order(
            [
                *extract.placed(core.findings),
                *falls,
                *gap_findings(gaps, core.unit_column),
                *(regime_finding(one, language("sv").texts) for one in crossed),
            ]
        ),
        counts=dict(core.counts),
        policies=policies,
        reporting_gaps=gaps,
        regimes=crossed,
        _core=core,
    )


def _with_any_fall(model: Model) -> Model:
    """The same with moves from every level down to every lower one."""
    levels = [state for state in model.states if state not in ("ended", model.death)]
    permitted = set(model.transitions)
    permitted |= {(a, b) for k, a in enumerate(levels) for b in levels[:k]}
    ordered = [(a, b) for a in model.states for b in model.states if (a, b) in permitted]
    return Model(model.states, ordered, model.death)


_ANY_FALL = _with_any_fall(DEPENDENCY_WITH_ENDED)


def _as_the_file_has_it(read: Observations) -> tuple[Model, list[Finding]]:
    """The preset, with the larger falls that were read, and what there is to tell of them."""
    pairs = read._pairs()
    preset = set(DEPENDENCY_WITH_ENDED.transitions)
    extra = set(_ANY_FALL.transitions) - preset
    seen = {
        (a, b): int(n)
        for a, b, n in zip(pairs["from"], pairs["to"], pairs["count"], strict=True)
        if (a, b) in extra
    }
    if not seen:
        return DEPENDENCY_WITH_ENDED, []
    added = [move for move in _ANY_FALL.transitions if move in seen]
    ordered = [move for move in _ANY_FALL.transitions if move in seen or move in preset]
    listed = ", ".join(f"{a} -> {b}" for a, b in added)
    told = Finding(
        code="I-LARGE-FALL",
        severity="I",
        count=sum(seen.values()),
        message="moves fall by more than one level, as they do after a short stay; the model "
        f"permits these: {listed}.",
        message_sv="förflyttningar går mer än en nivå nedåt, som efter en korttidsvistelse; "
        f"modellen tillåter dessa: {listed}.",
    )
    return Model(read.model.states, ordered, read.model.death), [told]


def breaks_of(
    given: Mapping[str, str | dt.date] | None, levels: Sequence[str]
) -> Mapping[str, str | dt.date]:
    if given is None:
        return dict.fromkeys(levels, ACT_OF_2025)
    for level in given:
        choice("regime_breaks", level, levels)
    return given


def _in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Errors, warnings, information, diagnostics; each as they were."""
    return tuple(sorted(findings, key=lambda found: "EWID".index(found.severity)))
