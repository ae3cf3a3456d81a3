"""What was done to the data, a line for each time: appended, never changed, and chained by digests.

Beside what a command writes stands `log.jsonl`. Each line holds the digest of the line before it,
and its own, so a line that was changed, moved or taken out is noticed; and the digests of the files
that were written, so a file that was changed afterwards is noticed, too. There is no clock, no path
and no person in it: which files were read (by digest), with which rules, how often each rule spoke,
by which versions, with which settings and seed.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from kohort._core import Finding, __version__, instruction_set
from kohort.privacy.profile import PUBLIC, small, written_few
from kohort.study import study_data
from kohort.support._refusal import refuse
from kohort.support._shown import shown_file

if TYPE_CHECKING:
    from kohort.study.settings import Study

NAME = "log.jsonl"
_FIRST = "0" * 64


@dataclass(frozen=True)
class Checked:
    """A record that is whole.

    Attributes
    ----------
    entries
        What each line says, oldest first.
    head
        Digest of the last line: whoever keeps it elsewhere notices if lines are cut off the end.
    files
        How many of the files that the last entries wrote are there, as they were written.
    """

    entries: tuple[Mapping[str, Any], ...]
    head: str
    files: int

    def __str__(self) -> str:
        return f"{len(self.entries)} entries, {self.files} files as written, head {self.head}"


def rules(findings: Iterable[Finding]) -> dict[str, int | str]:
    """How often each rule spoke; what only informs may be about few persons and is then "<5"."""
    found: dict[str, int] = {}
    for f in findings:
        found[f.code] = found.get(f.code, 0) + f.count
    return {
        code: written_few(n) if code.startswith("I-") and small(n) else n
        for code, n in sorted(found.items())
    }


def of_study(
    command: str, study: Study, read: Mapping[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    """An entry about a study: what it reads, by digest, and what it asks for."""
    return {
        "command": command,
        "study_sha256": study.digest,
        "read_sha256": dict(study_data.hashes(study) if read is None else read),
        "seed": study.seed,
        "draws": study.draws,
        "synthetic": study.synthetic,
        "suppression": {"profile": study.profile, "threshold": PUBLIC.threshold},
        **more,
    }


def digest_of(path: Path) -> str:
    """SHA-256 of a file, piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def counted(counts: Mapping[str, int]) -> dict[str, int | str]:
    """What was read, left out and resolved; few are "<5"."""
    return {name: written_few(n) if small(n) else n for name, n in counts.items()}


def with_log(
    folder: Path, files: Mapping[str, bytes], entry: Mapping[str, Any]
) -> dict[str, bytes]:
    """The files and the record with one more line, ready to be written together.

    Raises
    ------
    InvalidInput
        `E-LOG`: the record in this folder has been changed.
    """
    place = folder / NAME
    before = place.read_bytes() if place.is_file() else b""
    lines = _lines(before, shown_file(place))
    line = {
        "number": len(lines) + 1,
        "previous": _digest(lines[-1]) if lines else _FIRST,
        "kohort": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": f"{sys.platform} {platform.machine()}",
        "instruction_set": instruction_set,
        **entry,
        "written_sha256": {name: hashlib.sha256(text).hexdigest() for name, text in files.items()},
    }
    line["sha256"] = _own(line)
    text = json.dumps(line, ensure_ascii=False, allow_nan=False, default=str)
    return dict(files) | {NAME: before + text.encode("utf-8") + b"\n"}


def check(folder: Path) -> Checked:
    """Whether a folder's record is whole, and its files are as they were written.

    Raises
    ------
    InvalidInput
        `E-LOG`: there is none, a line was changed, moved or taken out, or a file differs from what
        was written last.
    """
    place = folder / NAME
    name = shown_file(place)
    try:
        content = place.read_bytes()
    except OSError as error:
        _changed(name, f"it cannot be read ({error.strerror})")
    lines = _lines(content, name)
    if not lines:
        _changed(name, "it is empty")
    entries = tuple(json.loads(line) for line in lines)
    latest: dict[str, str] = {}
    for entry in entries:
        latest |= entry["written_sha256"]
    for file, digest in latest.items():
        written = folder / file
        if not written.is_file():
            _changed(name, f"{shown_file(file)}, which it says was written, is not there")
        if hashlib.sha256(written.read_bytes()).hexdigest() != digest:
            _changed(name, f"{shown_file(file)} is not as it was written")
    return Checked(entries, _digest(lines[-1]), len(latest))


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _own(entry: Mapping[str, Any]) -> str:
    """Digest of an entry without the digest itself: so the last line is held, too."""
    said = {name: value for name, value in entry.items() if name != "sha256"}
    return _digest(json.dumps(said, ensure_ascii=False, default=str).encode("utf-8"))


def _lines(content: bytes, name: str) -> list[bytes]:
    """The lines of a record, each the successor of the one before."""
    if content and not content.endswith(b"\n"):
        _changed(name, "its last line is cut off")
    lines = content.split(b"\n")[:-1]
    previous = _FIRST
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            whole = entry["number"] == number and entry["previous"] == previous
            whole = whole and entry["sha256"] == _own(entry)
            whole = whole and isinstance(entry["written_sha256"], dict)
        except (ValueError, KeyError, TypeError, RecursionError):
            whole = False
        if not whole:
            _changed(name, f"line {number} does not follow the line before it")
        previous = _digest(line)
    return lines


def _changed(name: str, seen: str) -> NoReturn:
    refuse(
        "E-LOG",
        name,
        seen,
        "lines are only ever added, and files stay as they were written",
        "Ask who changed it; write new results to another folder",
    )
