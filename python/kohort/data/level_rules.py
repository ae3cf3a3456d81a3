"""Level rules as data: read from TOML, written to TOML, told by a digest in the manifest."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from kohort import _core
from kohort._core import LevelRule
from kohort.support import _toml
from kohort.support._refusal import refuse
from kohort.support._shown import shown_file

SHIPPED = "kohort:"
"""A rule that begins so comes with kohort: ``kohort:support_type``."""

SHIPPED_RULES = ("support_type", "hours", "level", "register")
"""Rules that come with kohort; `level_rule_source` gives their text, to copy and change."""


@dataclass(frozen=True)
class _RuleFile:
    """What stands in the file of a rule that reads decisions."""

    name: str
    reads: str
    levels: tuple[str, ...]
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    short_stays: tuple[str, ...] = ()
    thresholds: tuple[float, ...] = ()
    most_demanding: bool = False


@dataclass(frozen=True)
class RegisterRule:
    """The level of a person in a month, from the national register's variables.

    Attributes
    ----------
    name
        What results made under the rule call it.
    levels
        Least demanding first.
    thresholds
        Hours of home help a month (HTJTIM) from which the second, third ... level holds.
    round_the_clock, special_housing, alarm_or_meals, short_stay
        Level with HTJTIM 777; with BOFORM 2; with TRYGG or MATD 1 and no home help; with a short
        stay of at least `short_stay_days` days in the month (KORTMAN).
    missing_hours
        Of home help whose hours are missing (HTJTIM 999): "unknown" says that the person is at one
        of the levels that hours give, "refuse" lists the rows as faults.
    """

    name: str
    reads: str
    levels: tuple[str, ...]
    thresholds: tuple[float, ...]
    round_the_clock: str
    special_housing: str
    alarm_or_meals: str
    short_stay: str
    short_stay_days: int
    missing_hours: str = "unknown"

    def __post_init__(self) -> None:
        hourly = self.levels[: len(self.thresholds) + 1]
        _core.hours_rule(list(self.thresholds), list(hourly))
        for name in ("round_the_clock", "special_housing", "alarm_or_meals", "short_stay"):
            if getattr(self, name) not in self.levels:
                _refused(f"{name} is '{getattr(self, name)}'", self.levels)
        if self.missing_hours not in ("unknown", "refuse"):
            _refused(f"missing_hours is '{self.missing_hours}'", ("unknown", "refuse"))
        if not 1 <= self.short_stay_days <= 31:
            refuse(
                "E-LEVEL-RULE", "level rule", f"short_stay_days is {self.short_stay_days}",
                "a month has 1 to 31 days", "Say from how many days a short stay gives the level",
            )  # fmt: skip

    @property
    def hour_levels(self) -> tuple[str, ...]:
        """The levels that hours can give, one more than there are thresholds."""
        return self.levels[: len(self.thresholds) + 1]

    @property
    def digest(self) -> str:
        """SHA-256 of the rule, for the manifest."""
        return _sha256(_toml.write(self))


def level_rule_source(name: str) -> str:
    """The text of a rule that comes with kohort, to be copied and changed.

    Parameters
    ----------
    name
        One of `SHIPPED_RULES`, with or without ``kohort:`` before it.

    Raises
    ------
    InvalidInput
        `E-FILE` if there is none of this name.
    """
    short = name.removeprefix(SHIPPED)
    if short not in SHIPPED_RULES:
        refuse(
            "E-FILE", "level rule", f"no rule '{short}' comes with kohort",
            f"there are {', '.join(SHIPPED_RULES)}", "Use one of these, or name a file",
        )  # fmt: skip
    return resources.files("kohort").joinpath(f"rules/{short}.toml").read_text(encoding="utf-8")


def read_level_rule(path: str | os.PathLike[str]) -> LevelRule:
    """A level rule from a TOML file.

    Parameters
    ----------
    path
        The file, or the name of a rule that comes with kohort: ``"kohort:support_type"``,
        ``"kohort:hours"``, ``"kohort:level"``. Its keys: `name`; `reads` (support, hours or level);
        `levels`, least demanding first; `codes`, a table from level to the codes that give it;
        `left_out`, codes that give none; `short_stays`, codes of a place meant to be left again;
        `thresholds` of hours; `most_demanding`, whether of several levels in force together the
        highest is the person's.

    Raises
    ------
    InvalidInput
        `E-FILE`, `E-TOML`, `E-STUDY-KEY` and its kin for the file; `E-LEVEL-RULE` for a rule that
        cannot be, such as a code that is said to give two levels.
    """
    table, where = _table(path)
    if table.get("reads") == "register":
        refuse(
            "E-LEVEL-RULE", where, "it reads the national register's variables",
            "decisions are read by support, hours or level", "Use read_register_rule() for it",
        )  # fmt: skip
    rule = _toml.read(_RuleFile, table, where)
    if rule.reads not in ("support", "hours", "level"):
        _refused(f"reads is '{rule.reads}'", ("support", "hours", "level", "register"), where)
    pairs: list[tuple[str, str]] = []
    given: dict[str, str] = {}
    for level, codes in [*rule.codes.items(), ("", rule.left_out)]:
        if level and level not in rule.levels:
            _refused(f"there are codes for '{level}'", rule.levels, where)
        for code in codes:
            key = _core.header_key(code)
            if given.setdefault(key, level) != level:
                refuse(
                    "E-LEVEL-RULE", where, f"the code '{code}' gives two levels",
                    "case, spaces and accents do not tell codes apart", "Remove one of them",
                )  # fmt: skip
            pairs.append((code, level))
    found: LevelRule = _core.declared_rule(
        rule.name,
        rule.reads,
        list(rule.levels),
        pairs,
        list(rule.thresholds),
        rule.most_demanding,
        list(rule.short_stays),
    )
    return found


def read_register_rule(path: str | os.PathLike[str] = "kohort:register") -> RegisterRule:
    """A rule for the national register's variables from a TOML file; the shipped one by default.

    Raises
    ------
    InvalidInput
        As `read_level_rule`.
    """
    table, where = _table(path)
    rule = _toml.read(RegisterRule, table, where)
    if rule.reads != "register":
        _refused(f"reads is '{rule.reads}'", ("register",), where)
    return rule


def reads_register(path: str | os.PathLike[str]) -> bool:
    """Whether a rule's file is for the national register's variables."""
    return _table(path)[0].get("reads") == "register"


def read_codes(path: str | os.PathLike[str]) -> dict[str, str | None]:
    """What further codes mean, from a file of two columns: the code, and the level.

    Parameters
    ----------
    path
        CSV in UTF-8 with semicolons, commas or tabs, the first line being heads (``kod;niva``); no
        level leaves rows with that code out. Or a TOML file of lines ``"hemservice" = "light"``.

    Returns
    -------
    For `LevelRule.with_codes`.

    Raises
    ------
    InvalidInput
        `E-FILE` if it cannot be read; `E-LEVEL-RULE` for a line without exactly two fields, and for
        a code that stands there twice with different levels.
    """
    text, where = _text(path)
    if Path(path).suffix == ".toml":
        lines = [(str(code), str(level)) for code, level in _parsed(text, where).items()]
        return _told_once(lines, where)
    head = text.splitlines()[0] if text else ""
    mark = next((m for m in (";", "\t", ",") if m in head), ";")
    lines = []
    for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=mark), 1):
        if not any(cell.strip() for cell in cells) or number == 1:
            continue
        if len(cells) != 2:
            refuse(
                "E-LEVEL-RULE", where, f"line {number} has {len(cells)} fields",
                "every line says a code and its level", "Correct the line",
            )  # fmt: skip
        lines.append((cells[0].strip(), cells[1].strip()))
    return _told_once(lines, where)


def rule_digest(rule: LevelRule) -> str:
    """SHA-256 of everything that a rule says, for the manifest: another mapping is another rule."""
    said = _RuleFile(
        name=rule.name,
        reads=rule.source,
        levels=tuple(rule.levels),
        codes={
            level: tuple(sorted(code for code, at in rule.codes.items() if at == level))
            for level in rule.levels
        },
        left_out=tuple(sorted(code for code, at in rule.codes.items() if at is None)),
        short_stays=tuple(rule.short_stays),
        thresholds=tuple(rule.thresholds),
        most_demanding=rule.most_demanding,
    )
    return _sha256(_toml.write(said))


def _told_once(lines: list[tuple[str, str]], where: str) -> dict[str, str | None]:
    codes: dict[str, str | None] = {}
    seen: dict[str, str] = {}
    for code, level in lines:
        if seen.setdefault(_core.header_key(code), level) != level:
            refuse(
                "E-LEVEL-RULE", where, f"the code '{code}' gives two levels",
                "case, spaces and accents do not tell codes apart", "Remove one of the lines",
            )  # fmt: skip
        codes[code] = level or None
    return codes


def _table(path: str | os.PathLike[str]) -> tuple[dict[str, object], str]:
    if isinstance(path, str) and path.startswith(SHIPPED):
        return tomllib.loads(level_rule_source(path)), path
    text, where = _text(path)
    return _parsed(text, where), where


def _text(path: str | os.PathLike[str]) -> tuple[str, str]:
    name = shown_file(path)
    try:
        return Path(path).read_text(encoding="utf-8-sig"), name
    except OSError as error:
        refuse(
            "E-FILE", "level rule", f"the file '{name}' cannot be read ({error.strerror})",
            "it must exist and be readable", "Check its name and folder",
        )  # fmt: skip
    except UnicodeDecodeError:
        refuse(
            "E-ENCODING", "level rule", f"the file '{name}' is not valid UTF-8",
            "rules and codes are read as UTF-8", "Save it as UTF-8",
        )  # fmt: skip


def _parsed(text: str, where: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        refuse(
            "E-TOML", where, f"it is no TOML ({error})", "a rule is a TOML file",
            "Start from kohort.level_rule_source('support_type')",
        )  # fmt: skip


def _refused(seen: str, known: Mapping[str, object] | tuple[str, ...], where: str = "") -> None:
    refuse(
        "E-LEVEL-RULE", where or "level rule", seen, f"it must be one of {', '.join(known)}",
        "Use one of these",
    )  # fmt: skip


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
