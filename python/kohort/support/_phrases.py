"""Words that know how they are said in Swedish and in English."""

from __future__ import annotations

from typing import Any

from kohort.support._language import Language, language


class Phrase(str):
    """A text of the catalogues with its places filled in: English as a string, Swedish by `said`.

    Values may be phrases, names of states or of transitions, lists of names, or numbers.
    """

    key: str
    values: dict[str, Any]

    def __new__(cls, key: str, **values: Any) -> Phrase:
        phrase = super().__new__(cls, _filled(key, values, "en"))
        phrase.key, phrase.values = key, values
        return phrase

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.key,), self.values

    def said(self, lang: str) -> str:
        """The text in ``"sv"`` or ``"en"``."""
        return _filled(self.key, self.values, lang)


def said(text: str, lang: str) -> str:
    """A phrase, or a name, in a language."""
    return text.said(lang) if isinstance(text, Phrase) else name(text, lang)


def name(text: str, lang: str) -> str:
    """A state, "from -> to" or "from -> to: effect" in the reader's words; English as it is."""
    if lang == "en":
        return text
    words = language(lang)
    move, colon, effect = text.partition(": ")
    states = [words.state(part) for part in move.split(" -> ")]
    return " → ".join(states) + colon + _effect(words, effect)


def _effect(words: Language, effect: str) -> str:
    first, space, rest = effect.partition(" ")
    key = f"answer.effect.{first}"
    return (words.text(key) if words.has(key) else first) + space + rest


def _filled(key: str, values: dict[str, Any], lang: str) -> str:
    words = language(lang)

    def one(key: str, value: Any) -> str:
        if isinstance(value, tuple | list):
            joint = ", " if key == "which" else words.text("answer.or")
            return joint.join(name(str(part), lang) for part in value)
        if isinstance(value, float):
            text = f"{value:g}"
            return text.replace(".", ",") if lang == "sv" else text
        return said(value, lang) if isinstance(value, str) else str(value)

    return words.text(f"answer.{key}", **{k: one(k, value) for k, value in values.items()})
