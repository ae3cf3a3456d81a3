"""Swedish and English: texts from the catalogues in `locale/`, numbers as the language writes them.

The process's own locale is neither read nor changed.
"""

from __future__ import annotations

import functools
import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any

from kohort._core import InvalidInput
from kohort.support._extras import require

LANGUAGES = ("sv", "en")
_BABEL_LOCALE = {"sv": "sv_SE", "en": "en"}
WITHHELD = ".."
"""What stands for a figure that is not told, as in official statistics."""


@dataclass(frozen=True)
class Language:
    """One language: `text` looks up and fills in, the rest write numbers."""

    code: str
    texts: Mapping[str, str]

    def text(self, key: str, **values: object) -> str:
        """The text under a dotted key with its ``{places}`` filled in; KeyError without one."""
        return self.texts[key].format(**values)

    def has(self, key: str) -> bool:
        """Whether the catalogue knows `key`."""
        return key in self.texts

    def state(self, name: str) -> str:
        """A state in the reader's words; a state of the user's own model keeps its name.

        A phase, "total (phase 2)", is one of the state's.
        """
        phase = re.fullmatch(r"(.+) \(phase (\d+)\)", name)
        if phase and f"state.{phase[1]}" in self.texts:
            return self.text("phase.of", state=self.state(phase[1]), number=phase[2])
        return self.texts.get(f"state.{name}", name)

    def short(self, name: str) -> str:
        """A state in one word, for the head of a narrow column."""
        return self.texts.get(f"short.{name}", name)

    def number(self, value: float, digits: int = 0) -> str:
        """With grouping and `digits` decimals, rounded half to even: ``1 234,5`` or ``1,234.5``."""
        if math.isnan(value):
            return WITHHELD
        numbers = require("babel.numbers", "Numbers in Swedish and English")
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        value = round(float(value), digits) + 0.0  # no minus before a zero
        shown = str(numbers.format_decimal(value, pattern, locale=_BABEL_LOCALE[self.code]))
        return shown.replace("-", "\N{MINUS SIGN}")

    def signed(self, value: float, digits: int = 0) -> str:
        """As `number`, with a plus before what is above zero."""
        shown = self.number(value, digits)
        return "+" + shown if shown != WITHHELD and round(float(value), digits) > 0 else shown

    def percent(self, share: float, digits: int = 0, *, signed: bool = False) -> str:
        """A share of 1 in percent: ``12,5 %`` or ``12.5%``."""
        write = self.signed if signed else self.number
        return write(100 * share, digits) + ("\N{NO-BREAK SPACE}%" if self.code == "sv" else "%")

    def millions(self, kronor: float, digits: int = 1) -> str:
        """Kronor in millions, without the unit."""
        return self.number(kronor / 1e6, digits)

    def unit(self, kronor: Iterable[float], *, signed: bool = False) -> Unit:
        """The unit for a table: of the largest amount, or so fine that none prints as zero."""
        sizes = [abs(x) for x in kronor if not math.isnan(x) and abs(x) >= 0.5]
        largest, least = max(sizes, default=0.0), min(sizes, default=0.0)
        for name, divisor, digits in (("mnkr", 1e6, 1), ("tkr", 1e3, 0)):
            if largest >= divisor and least > 0.5 * divisor * 10.0**-digits:
                return Unit(self, name, divisor, digits, signed)
        return Unit(self, "kr", 1.0, 0, signed)

    def span(self, low: float, high: float, digits: int = 0) -> str:
        """An interval with an en dash between; the word "to" beside a minus sign."""
        joint = "\N{EN DASH}" if min(low, high) >= 0 else f" {self.texts['word.to']} "
        return f"{self.number(low, digits)}{joint}{self.number(high, digits)}"


@dataclass(frozen=True)
class Unit:
    """Kronor in millions, thousands or as they are, one for a whole table."""

    words: Language
    name: str
    divisor: float
    digits: int
    signed: bool = False

    @property
    def word(self) -> str:
        """Its name for the head of a column or an axis."""
        return self.words.text(f"unit.{self.name}")

    @property
    def head(self) -> str:
        """The same at the beginning of an axis' title."""
        return self.word[:1].upper() + self.word[1:]

    def rounded(self) -> Unit:
        """The same without decimals, where nothing then prints as zero: for headlines."""
        return Unit(self.words, self.name, self.divisor, 0, self.signed)

    def number(self, kronor: float) -> str:
        """An amount, without the unit."""
        write = self.words.signed if self.signed else self.words.number
        return write(kronor / self.divisor, self.digits)

    def span(self, low: float, high: float) -> str:
        """An interval, without the unit."""
        return self.words.span(low / self.divisor, high / self.divisor, self.digits)


class _Plain(Language):
    """English whose numbers need no other package."""

    def number(self, value: float, digits: int = 0) -> str:
        if math.isnan(value):
            return WITHHELD
        shown = f"{round(float(value), digits) + 0.0:,.{digits}f}"
        return shown.replace("-", "\N{MINUS SIGN}")


@functools.cache
def plain_english() -> Language:
    """English for what prints with numpy alone."""
    return _Plain("en", language("en").texts)


@functools.cache
def language(code: str) -> Language:
    """The language with this code, ``"sv"`` or ``"en"``.

    Raises
    ------
    InvalidInput
        For any other code.
    """
    if code not in LANGUAGES:
        raise InvalidInput(
            f"lang: {code!r} was given, but texts exist in sv and en. Pass one of the two."
        )
    source = resources.files("kohort").joinpath(f"locale/{code}.toml").read_text(encoding="utf-8")
    return Language(code, MappingProxyType(dict(_flat(tomllib.loads(source)))))


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield prefix + key, value
        else:
            yield from _flat(value, f"{prefix}{key}.")


@functools.cache
def _codes() -> dict[str, dict[str, str]]:
    source = resources.files("kohort").joinpath("locale/codes.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)


def meaning(code: str, lang: str) -> str:
    """What a code of a finding or a refusal means, in a sentence; empty for one that is unknown."""
    return _codes().get(code, {}).get(lang, "")


def in_swedish(code: str, message: str) -> str:
    """A refusal whose details are in English alone, begun with what it is about in Swedish."""
    begun = meaning(code, "sv")
    return f"{begun} Närmare besked på engelska: {message}" if begun else message
