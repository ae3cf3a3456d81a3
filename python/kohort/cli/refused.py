"""A refusal in the reader's language, taken apart: what is wrong, and how to mend it."""

from __future__ import annotations

import re

from kohort.support._language import in_swedish, language
from kohort.support._shown import shown_file

# What `kohort.support._toml` and `kohort.study.settings` say, with the key of its Swedish words.
_KNOWN = (
    ("key", r"(?P<where>.+?): there is no key '(?P<seen>.+?)'\."
            r"(?: Did you mean (?P<near>\S+)\?)? Known here: (?P<known>.+)\."),
    ("missing", r"(?P<where>.+?): the (?:table|key) '(?P<seen>.+?)' is needed and is not there\."),
    ("type", r"(?P<where>.+?): (?P<seen>.+) was given, but (?P<known>.+) is needed\."),
    ("among", r"(?P<where>.+?): (?P<seen>.+) was given\. Known: (?P<known>.+)\."),
    ("least", r"(?P<where>.+?): (?P<seen>.+) was given; at least (?P<known>.+) is needed\."),
    ("most", r"(?P<where>.+?): (?P<seen>.+) was given; at most (?P<known>.+) is possible\."),
    ("between", r"(?P<where>.+?): (?P<seen>.+) was given\. Write a number from (?P<near>.+) "
                r"to (?P<known>.+)\."),
    ("file", r"(?P<where>.+?): the file '(?P<seen>.+?)' cannot be read .*"),
    ("cost", r"costs: '(?P<seen>.+?)' has no cost, but .*"),
    ("toml", r"(?P<seen>.+?): not a TOML file in UTF-8 \((?P<known>.+)\)\."),
)  # fmt: skip
_KINDS = {
    "text in quotes": "text", "a whole number": "whole", "a number": "number",
    "true or false": "truth", "a date such as 2024-12-31, without quotes": "date",
    "a list in square brackets": "list", "a table": "table",
}  # fmt: skip


def worded(code: str, message: str, lang: str) -> tuple[str, str]:
    """What is wrong and the remedy: of a refusal of a study in the language, else as it came."""
    plain = message.removesuffix(f" [{code}]")
    if lang != "en" and code.startswith(
        ("E-STUDY-", "E-TOML", "E-FILE", "E-POP-", "E-COST-MISSING")
    ):
        words = language(lang)
        for name, pattern in _KNOWN:
            found = re.fullmatch(pattern, plain, flags=re.DOTALL)
            if found is None:
                continue
            told = {"where": "", "near": "", "known": ""} | {
                key: value or "" for key, value in found.groupdict().items()
            }
            if name == "type":
                kinds = [_KINDS.get(kind, "") for kind in told["known"].split(" or ")]
                either = f" {words.text('refused.or')} "
                named = [words.text(f"refused.kind_{kind}") for kind in kinds if kind]
                told["known"] = either.join(named) or told["known"]
            return words.text(f"refused.{name}", **told), words.text(
                f"refused.{name}_remedy" + ("_near" if name == "key" and told["near"] else ""),
                **told,
            )
    if lang == "sv":
        return in_swedish(code, plain), ""
    return parted(plain)


def parted(plain: str) -> tuple[str, str]:
    """The first sentence, which says what is wrong, and the rest, which says what to do."""
    first, _, rest = plain.partition(". ")
    return (f"{first}." if rest else first), rest


def file_of(arguments: list[str]) -> str:
    """Name of the file that the command was given, without its folder."""
    given = [word for word in arguments[1:] if not word.startswith("-")]
    return shown_file(given[0]) if given else ""
