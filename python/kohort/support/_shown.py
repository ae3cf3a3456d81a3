"""Names as they may be shown: words that tell of nobody stay, the rest becomes three dots.

The name of a file, of a sheet or of a column is somebody's choice, and now and then somebody's name
or personal number. Whoever has the file knows it again from what is left; nobody else learns more.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable
from typing import Any

from kohort import _core, datasets
from kohort.support._language import LANGUAGES, language

HIDDEN = "\N{HORIZONTAL ELLIPSIS}"
"""What stands for words that may be a person's."""

_PIECES = re.compile(r"\d+(?:[-+ _.,]*\d+)*|[^\W\d_]+|[\W_]+")
_BESIDE = re.compile(rf"{HIDDEN}(?:[\W_]*{HIDDEN})+")
_MARKS = frozenset(" _-.,:;()[]<>#&+=!'/\\" + HIDDEN)
_YEAR = r"(?:199\d|20\d\d|2100)"
_NUMBERS = re.compile(
    rf"{_YEAR}[-_.]?\d\d(?:[-_.]?\d\d)?|{_YEAR}[-_]{_YEAR}|\d{{1,2}}(?:\.\d{{1,2}}){{1,2}}"
)
"""A month, a day or years that nobody in need of care was born in; a version."""

_WORDS_OF_FILES = """
annex are arrow as avidentifierad befolkning beslutslista bilaga bra broken byte case cases
check clean codes config copy csv deaths demo doc dold draft dummy en entries example exempel
export extract fake fel final folk for forecast fynd gammal gap gaps good halv headers html
import insatser io ipc jmf json jsonl karta key koder koderna kolada kopia kort kpi last life
lifetable log londsv lopnr lön main mall manifest missing my nyckel observed old one original
our output own page parquet part personer persons plain planted pop prognos programme project
projected proposed pseudonym quality rates raw regel register regler resultat results risk risks
rubriker rule rules samman saved scb short sida skada slutlig small sol sparse stdin stock
studie study sv syntetisk synthetic table tables tbl test they this tidigare tillbaka tmp toml
town tsv two txt untitled urn urval ut utan utdata utf utfall utkast vard vår vård wide wrong
xls xlsx xml zip åäö
"""


def plain(text: str) -> bool:
    """Whether a text may be shown as it is."""
    return shown(text) == text


def shown(text: str) -> str:
    """A text without the words and numbers that may be a person's: ``"beslut ….csv"``."""
    if _core.plain_words(text):
        return text
    kept = "".join(piece if _known(piece) else HIDDEN for piece in _PIECES.findall(text))
    return _BESIDE.sub(
        HIDDEN, kept
    )  # of hidden words beside each other not even the number is told


def shown_file(path: str | os.PathLike[str]) -> str:
    """The name of a file, without its folder."""
    return shown(os.path.basename(os.fspath(path)))


def shown_value(value: Any) -> str:
    """A setting as it was given: a text only if its words are known."""
    if isinstance(value, str):
        return repr(shown(value))
    if isinstance(value, list | tuple | dict):
        return f"a {type(value).__name__} of {len(value)}"
    return shown(repr(value))


def told_apart(names: Iterable[str]) -> list[str]:
    """Names of files as they may be shown, numbered where two would look the same."""
    found: list[str] = []
    for name in map(shown_file, names):
        again = sum(name == other.rpartition(" #")[0] or name == other for other in found)
        found.append(f"{name} #{again + 1}" if again and HIDDEN in name else name)
    return found


def _known(piece: str) -> bool:
    if piece[0].isdigit():
        few = sum(c.isdigit() for c in piece) <= 4
        return few or _NUMBERS.fullmatch(piece) is not None
    if not any(c.isalpha() for c in piece):
        return _MARKS.issuperset(piece)
    return len(piece) == 1 or _core.plain_words(piece) or _core.header_key(piece) in _vocabulary()


@functools.cache
def _vocabulary() -> frozenset[str]:
    """The small words of the catalogues, codes of support, municipalities, and names of files."""
    found = set(_WORDS_OF_FILES.split())
    for code in LANGUAGES:
        for text in language(code).texts.values():
            found.update(re.findall(r"(?<!\w)[a-zåäöé]{2,}(?!\w)", text))
    for text in _core.support_type_rule().codes:
        found.update(text.split("_"))
    for name in datasets.published("kolada_municipalities")["title"].tolist():
        found.update(re.findall(r"\w+", str(name)))
    return frozenset(_core.header_key(word) for word in found)
