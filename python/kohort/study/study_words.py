"""Words of a study that end in titles and texts: a personal number among them is refused.

A study's name, the source of its costs and the names of its strategies are its author's own words,
and they are printed as they are: a title of dots would serve nobody. Whether a word is a person's
name only the author can tell; that digits are a personal number can be told, and is.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kohort.privacy.identity import read_numbers
from kohort.support import _said

if TYPE_CHECKING:
    from kohort.study.settings import Study

_NUMBER = re.compile(r"(?<!\d)(?:\d{8}|\d{6})[-+ \u2013\u2212]?\d{4}(?!\d)")


def refuse_personal_numbers(study: Study) -> None:
    """Raise if words that will be printed hold a personal number.

    Raises
    ------
    InvalidInput
        `E-STUDY-PERSON` with the key; the number is not repeated.
    """
    day = study.data.extraction_date.isoformat()
    for key, text in _printed(study):
        numbers = [re.sub("[\u2013\u2212]", "-", found) for found in _NUMBER.findall(text)]
        if numbers and read_numbers(numbers, extraction_date=day).good.any():
            _said.refuse("study", "E-STUDY-PERSON", setting=key)


def _printed(study: Study) -> Iterator[tuple[str, str]]:
    """Keys and texts of what is printed: paths are not."""
    yield "name", study.name
    for name in study.population.variants or {}:
        yield "population.variants", name
    for part in ("costs", "demand", "programme", "strategies"):
        yield from _texts(part, getattr(study, part))


def _texts(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield key, value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _texts(f"{key}.{field.name}", getattr(value, field.name))
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield key, str(name)
            yield from _texts(key, inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _texts(key, inner)
