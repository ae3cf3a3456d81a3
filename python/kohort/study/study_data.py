"""What a study reads: its decisions, by its level rule and with its key, and the files it names."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kohort._core import LevelRule
from kohort.data.decisions import Decisions
from kohort.data.level_rules import (
    RegisterRule,
    read_codes,
    read_level_rule,
    read_register_rule,
    reads_register,
)
from kohort.data.reading_decisions import SUPPORT_RULE, hours_rule, named_levels, read_decisions
from kohort.data.reading_register import read_register
from kohort.data.register import RegisterMonths
from kohort.extracts.column_map import SHIPPED_MAPS
from kohort.privacy.identity import Key, read_key
from kohort.study import register_study
from kohort.study.sources_file import FETCH
from kohort.support import _toml
from kohort.support._shown import told_apart

if TYPE_CHECKING:
    from kohort.extracts.column_map import ColumnMap
    from kohort.study.data_file import DataSettings
    from kohort.study.settings import Study


def level_rule(settings: DataSettings, place: Callable[[str], Path] = Path) -> LevelRule:
    """The rule that a study names, with its codes; `place` tells where a file of the study lies."""
    if settings.level_rule.endswith(".toml"):
        rule = read_level_rule(place(settings.level_rule))
    elif settings.level_rule == "hours":
        rule = hours_rule(settings.thresholds)
    else:
        rule = SUPPORT_RULE if settings.level_rule == "support_type" else named_levels()
    codes = read_codes(place(settings.codes_file)) if settings.codes_file else {}
    codes |= {code: level or None for code, level in (settings.codes or {}).items()}
    return rule.with_codes(codes) if codes else rule


def register_rule(
    settings: DataSettings, place: Callable[[str], Path] = Path
) -> RegisterRule | None:
    """The rule that a study names, if it reads the national register."""
    if settings.level_rule == "register":
        return read_register_rule()
    if settings.level_rule.endswith(".toml") and reads_register(place(settings.level_rule)):
        return read_register_rule(place(settings.level_rule))
    return None


def read(study: Study) -> Decisions:
    """The decisions that a study names."""
    found = read_data(
        study.data, study.path(study.data.decisions), study.column_map, study_key(study), study.path
    )
    if isinstance(found, RegisterMonths):
        register_study.check(study, found)
    return found


def read_data(
    data: DataSettings,
    source: Any,
    column_map: ColumnMap | None = None,
    key: Key | None = None,
    place: Callable[[str], Path] = Path,
) -> Decisions:
    """Decisions, or person-months of the national register, as settings say."""
    register = register_rule(data, place)
    data.check_use(register=register is not None)
    if register is not None:
        return read_register(
            source,
            rule=register,
            persons=place(data.persons) if data.persons else None,
            extraction_date=data.extraction_date,
            observed_from=data.observed_from,
            regime_breaks=data.regime_breaks,
            column_map=column_map,
        )
    return read_decisions(
        source,
        level_rule=level_rule(data, place),
        extraction_date=data.extraction_date,
        observed_from=data.observed_from,
        overlap=data.overlap,
        gap_days=data.gap_days,
        column_map=column_map,
        id=data.id,
        century=data.century,
        key=key,
        short_stay_days=data.short_stay_days,
        regime_breaks=data.regime_breaks,
    )


def study_key(study: Study, *apart_from: Path) -> Key | None:
    """The key that a study names; neither the data nor these folders may hold it."""
    if study.data.key is None:
        return None
    folder = study.path(study.data.decisions).parent
    return read_key(study.path(study.data.key), apart_from=(folder, *apart_from))


def date_of(name: str, text: str) -> dt.date:
    """A date that an option gives."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        _toml.refuse("E-DATE-FORMAT", f"{name}: a date such as 2024-12-31 is needed.")


def files_read(study: Study) -> list[str]:
    """Names of the files that a study reads, as it writes them, the decisions first."""
    data = study.data
    rule = data.level_rule if data.level_rule.endswith(".toml") else None
    own_map = isinstance(data.map, str) and data.map not in SHIPPED_MAPS
    map_file = str(data.map) if own_map else None
    read_too = (name for name in (data.persons, rule, data.codes_file, map_file) if name)
    return [data.decisions, *_of_sources(study), *read_too]


def _of_sources(study: Study) -> list[str]:
    """Names of the files of published figures that a study reads, as it writes them."""
    asked, prevalence = study.population, study.prevalence
    listed = [
        asked.persons, asked.projection, asked.life_table,
        *(one.projection for one in (asked.variants or {}).values()),
        prevalence and prevalence.file,
    ]  # fmt: skip
    return [
        name.strip()
        for names in listed
        if names and names != FETCH
        for name in names.split(",")
        if name.strip()
    ]


def hashes(study: Study) -> dict[str, str]:
    """SHA-256 of every file that a study reads, the decisions first."""
    names = files_read(study)
    return {
        shown: hashlib.sha256(study.path(name).read_bytes()).hexdigest()
        for name, shown in zip(names, told_apart(names), strict=True)
    }
