"""Answers in files: saved by a browser, or by kohort for a computer without a connection."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kohort.support import _output, _said
from kohort.support._shown import shown_file

_LIMIT = 256 * 2**20


def content_of(path: str | os.PathLike[str], where: str, most: int) -> tuple[str, bytes]:
    """Name of a file as it may be shown, and what is in it: at most so many bytes."""
    name = shown_file(path)
    try:
        with Path(path).open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        _said.refuse(where, "E-FILE", file=name, name=name, why=error.strerror or "")
    if len(content) > most:
        _said.refuse(where, "E-WEB-SIZE", file=name, host=name, limit=most // 2**20)
    return name, content


def answers(path: str | os.PathLike[str], where: str, source: str) -> list[Any]:
    """The answers in a file: one, a list of them, or those that `save` wrote."""
    name, content = content_of(path, where, _LIMIT)
    try:
        held = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        _said.refuse(where, "E-WEB-CUT", file=name, host=name)
    if isinstance(held, dict) and "kohort_saved" in held:
        if held["kohort_saved"] != source or not isinstance(held.get("answers"), list):
            _said.refuse(where, "E-WEB-FORM", file=name, form=source)
        return list(held["answers"])
    return held if isinstance(held, list) else [held]


def save(
    path: str | os.PathLike[str], source: str, attribution: str, kept: Sequence[Mapping[str, Any]]
) -> None:
    """Write answers so that `answers` reads them again; the file appears whole or not at all."""
    document = {"kohort_saved": source, "attribution": attribution, "answers": list(kept)}
    content = json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8")
    _output.write_files(Path(path).parent, {Path(path).name: content})
