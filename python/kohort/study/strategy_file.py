"""Strategies in a study file: `[[strategies]]`, a preset or effects of one's own."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from kohort.interventions import effect, presets
from kohort.interventions.strategies import ENROLS, Evidence, Strategy
from kohort.interventions.strategy_costs import StrategyCosts
from kohort.support import _toml


@dataclass(frozen=True)
class EffectSettings:
    """One effect; `kind` is a function of `kohort.effect`, the rest what it takes.

    `moves` are "recovery", "deterioration", "ending", "death", "into total", or written out as
    "light -> moderate".
    """

    kind: str
    moves: tuple[str, ...] | None = None
    levels: tuple[str, ...] | None = None
    ratio: float | None = None
    multiplier: float | None = None
    over: float | None = None
    odds_ratio: float | None = None
    probability: float | None = None
    inside: tuple[str, ...] | None = None
    odds_ratios: tuple[float, ...] | None = None
    factors: dict[str, float] | None = None
    rule: str | None = None
    months: tuple[float, ...] | None = None
    clock: str | None = None
    fade: float | None = None
    ages: tuple[int, ...] | None = None
    sex: str | None = None

    def effect(self) -> effect.Effect:
        """As `kohort.effect` makes it.

        Raises
        ------
        InvalidInput
            `E-STUDY-VALUE`, `E-EFFECT`.
        """
        kinds = (
            "intensity_ratio", "probability_multiplier", "entry_ratio", "entry_odds_ratio",
            "entry_mix", "odds_ratio", "hours_ratio",
        )  # fmt: skip
        if self.kind not in kinds:
            _toml.refuse(
                "E-STUDY-VALUE",
                f"strategies.effects: kind = {self.kind!r}. Known: {', '.join(kinds)}.",
            )
        make = getattr(effect, self.kind)
        given = {
            name: value
            for name in self.__dataclass_fields__
            if name != "kind" and (value := getattr(self, name)) is not None
        }
        if self.moves is not None:
            given["moves"] = self._moves()
        takes = inspect.signature(make).parameters
        window = {"clock", "fade", "ages", "sex", "months"} if "window" in takes else set()
        unknown = [name for name in given if name not in takes and name not in window]
        missing = [
            name
            for name, p in takes.items()
            if p.default is p.empty and p.kind is not p.VAR_KEYWORD and name not in given
            and (name != "levels" or self.kind == "hours_ratio")
        ]  # fmt: skip
        if unknown or missing:
            what = f"{unknown[0]} is not for it" if unknown else f"{missing[0]} is needed"
            _toml.refuse("E-STUDY-VALUE", f"strategies.effects: {self.kind}: {what}.")
        if "levels" in takes:
            given.setdefault("levels", None)
        made: effect.Effect = make(**given)
        return made

    def _moves(self) -> Any:
        moves = self.moves or ()
        if len(moves) == 1 and "->" not in moves[0]:
            return moves[0]
        pairs = [tuple(part.strip() for part in move.split("->")) for move in moves]
        if any(len(pair) != 2 for pair in pairs):
            _toml.refuse(
                "E-STUDY-VALUE",
                f'strategies.effects: moves = {list(moves)}. Write ["light -> moderate"].',
            )
        return pairs


@dataclass(frozen=True)
class StrategyCostSettings:
    """What a strategy costs; see `kohort.StrategyCosts`. The price year is that of the study."""

    per_enrolment: float = 0.0
    per_month: float = 0.0
    stay: float = 3.0
    team_per_month: float = 0.0
    capacity: float | None = None
    start_up: float = 0.0
    pays: str = ""
    gains: str = ""


@dataclass(frozen=True)
class StrategySettings:
    """A strategy: a preset (see `kohort.presets`), or effects with a word on their evidence."""

    preset: str | None = None
    name: str | None = None
    effects: tuple[EffectSettings, ...] | None = None
    uptake: float = 1.0
    enrols: str | None = None
    begins: float = 0.0
    ends: float | None = None
    evidence: str = ""
    costs: StrategyCostSettings | None = None

    def strategy(self, price_year: int, factor: float = 1.0) -> Strategy:
        """As `kohort.Strategy`, its amounts times a factor into the money of `price_year`.

        Raises
        ------
        InvalidInput
            `E-STUDY-VALUE`, `E-STRATEGY`, `E-EFFECT`, `E-COST`.
        """
        if (self.preset is None) == (self.effects is None):
            _toml.refuse(
                "E-STUDY-VALUE", "strategies: either a preset or effects are needed, not both."
            )
        if self.preset is not None and self.evidence:
            _toml.refuse(
                "E-STUDY-VALUE",
                "strategies.evidence: a preset has its own evidence. Leave it out, or write the "
                "preset's effects as your own.",
                "strategies.evidence: ett färdigt alternativ har sitt eget underlag. Ta bort "
                "nyckeln, eller skriv alternativets effekter som egna.",
            )
        settings: dict[str, Any] = {"uptake": self.uptake, "begins": self.begins}
        if self.ends is not None:
            settings["ends"] = self.ends
        if self.name is not None:
            settings["name"] = self.name
        if self.enrols is not None:
            if self.enrols not in ENROLS:
                _toml.refuse(
                    "E-STUDY-VALUE",
                    f"strategies.enrols = {self.enrols!r}. Known: {', '.join(ENROLS)}.",
                )
            settings["enrols"] = self.enrols
        if self.costs is not None:
            given = {name: getattr(self.costs, name) for name in self.costs.__dataclass_fields__}
            for name in ("per_enrolment", "per_month", "team_per_month", "start_up"):
                given[name] *= factor
            settings["costs"] = StrategyCosts(price_year=price_year, **given)
        if self.preset is not None:
            if self.preset not in presets.ALL:
                _toml.refuse(
                    "E-STUDY-VALUE",
                    f"strategies.preset = {self.preset!r}. Known: {', '.join(presets.ALL)}.",
                )
            return presets.ALL[self.preset](**settings)
        if self.name is None:
            _toml.refuse("E-STUDY-VALUE", "strategies: effects of one's own need a name.")
        if self.evidence:
            settings["evidence"] = Evidence("own", self.evidence, self.evidence)
        effects = tuple(e.effect() for e in self.effects or ())
        return Strategy(effects=effects, **settings)
