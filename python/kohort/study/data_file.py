"""The table `data` of a study: where the decisions are, and how they are to be read."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass

from kohort.extracts.column_map import ColumnMap
from kohort.privacy.identity import CENTURIES, ID_KINDS
from kohort.support import _said
from kohort.support._limits import among, at_least, at_most

LEVEL_RULES = ("support_type", "hours", "level", "register")
_NOT_OF_REGISTER = (
    "overlap", "gap_days", "thresholds", "id", "century", "key", "short_stay_days", "codes_file",
    "codes",
)  # fmt: skip


@dataclass(frozen=True)
class DataSettings:
    """Where the decisions are and how they are to be read; see `kohort.read_decisions`.

    `level_rule` is support_type, hours, level, register or a file of a rule (``"our_rule.toml"``,
    see `kohort.read_level_rule` and `kohort.read_register_rule`). What further codes mean stands in
    `codes_file` (see `kohort.read_codes`) or in the table `codes`, which has the last word. `map`
    says which column is what: the table itself, a file beside the study, or one that comes with
    kohort; see `kohort.sources.ColumnMap`.
    `key` is a key file for pseudonyms, in a folder of its own; see `kohort.privacy.create_key`.

    With the level rule register, or a file of a rule that reads the register, `decisions` are
    person-months of the national register and `persons` is a file of sex, birth and death; see
    `kohort.read_register`.
    """

    decisions: str
    level_rule: str
    extraction_date: dt.date
    observed_from: dt.date | None = None
    overlap: str = "rule"
    gap_days: int = 0
    thresholds: tuple[float, ...] = (7.0, 23.0, 120.0)
    id: str = "by header"
    century: str = "separator"
    key: str | None = None
    short_stay_days: int = 0
    codes_file: str | None = None
    codes: dict[str, str] | None = None
    regime_breaks: dict[str, dt.date] | None = None
    map: str | ColumnMap | None = None
    persons: str | None = None

    def check(self, where: str) -> None:
        """Refuse choices that there are none of."""
        if not self.level_rule.endswith(".toml"):
            among(f"{where}level_rule", self.level_rule, LEVEL_RULES)
        at_least(f"{where}short_stay_days", self.short_stay_days, 0)
        at_most(f"{where}short_stay_days", self.short_stay_days, 36_525)
        among(f"{where}overlap", self.overlap, ("rule", "refuse", "highest"))
        among(f"{where}id", self.id, ID_KINDS)
        among(f"{where}century", self.century, CENTURIES)
        at_least(f"{where}gap_days", self.gap_days, 0)
        at_most(f"{where}gap_days", self.gap_days, 36_525)

    def check_use(self, *, register: bool) -> None:
        """Refuse settings that the level rule has no use for."""
        defaults = {f.name: f.default for f in dataclasses.fields(self)}
        keys = _NOT_OF_REGISTER if register else ("persons",)
        for key in keys:
            if getattr(self, key) != defaults[key]:
                _said.refuse("study", "E-STUDY-UNUSED", setting=key)
