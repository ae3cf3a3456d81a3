"""Checkpoints of long computations: arrays and a header, nothing that is ever executed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from kohort.support import _toml
from kohort.support._shown import shown_file

Array = npt.NDArray[Any]

_MAGIC = "kohort checkpoint"
_VERSION = 1
_TYPES = ("<f8", "<i8")


def write_checkpoint(path: Path, header: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Replace a checkpoint: whole or not at all, whenever the machine stops.

    Parameters
    ----------
    path
        Its file. What was begun stands beside it under a hidden name, and is taken over by the
        next one.
    header
        Numbers and texts.
    arrays
        Floats or whole numbers.
    """
    shapes, parts = [], []
    for name, values in arrays.items():
        kind = "<i8" if np.issubdtype(values.dtype, np.integer) else "<f8"
        shapes.append([name, kind, list(values.shape)])
        parts.append(np.ascontiguousarray(values, dtype=kind).tobytes())
    first = json.dumps(
        {"magic": _MAGIC, "format": _VERSION, "header": dict(header), "arrays": shapes}
    )
    content = b"".join([first.encode(), b"\n", *parts])
    temporary = _beside(path)
    with open(temporary, "wb") as file:
        file.write(content)
        file.write(hashlib.sha256(content).digest())
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def read_checkpoint(path: Path) -> tuple[dict[str, Any], dict[str, Array]] | None:
    """Header and arrays, or None if there is no checkpoint yet.

    Raises
    ------
    InvalidInput
        `E-CHECKPOINT`: cut short, altered, or of another format; nothing of it is used.
    """
    _beside(path).unlink(missing_ok=True)  # of a run that was stopped while writing
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    body, digest = content[:-32], content[-32:]
    line, found, rest = body.partition(b"\n")
    if not found or not line.startswith(b'{"magic": "kohort checkpoint"'):
        _refuse(path, "it is no checkpoint of kohort")
    try:
        head = json.loads(line)
        version, shapes = head["format"], head["arrays"]
    except (ValueError, KeyError, TypeError, RecursionError):
        _refuse(path, "its first line cannot be read")
    if version != _VERSION:
        _refuse(path, f"it has format {version}, and this version of kohort reads {_VERSION}")
    if hashlib.sha256(body).digest() != digest:
        _refuse(path, "it was cut short or altered: its check sum is another")
    arrays = {}
    for name, kind, shape in shapes:
        size = int(np.prod(shape, dtype=np.int64)) * 8
        if kind not in _TYPES or size > len(rest):
            _refuse(path, "its arrays are not those that its first line names")
        arrays[name] = np.frombuffer(rest[:size], dtype=kind).reshape(shape).copy()
        rest = rest[size:]
    return head["header"], arrays


def check_same_run(path: Path, seen: str, wanted: str) -> None:
    """Refuse a checkpoint of other inputs.

    Raises
    ------
    InvalidInput
        `E-CHECKPOINT`
    """
    if seen != wanted:
        _refuse(path, "it was made with other cases or settings")


def _refuse(path: Path, why: str) -> NoReturn:
    _toml.refuse(
        "E-CHECKPOINT",
        f"checkpoint '{shown_file(path)}': {why}, but it must be that of this very run. "
        "Remove the file to begin anew, or give the same cases and settings as before.",
    )


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def digest_of(*parts: Any) -> str:
    """SHA-256 of numbers, texts and arrays, in their order."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            total.update(f"{part.dtype.str}{part.shape}".encode())
            total.update(np.ascontiguousarray(part).tobytes())
        elif isinstance(part, Mapping):
            total.update(digest_of(*[x for pair in part.items() for x in pair]).encode())
        elif isinstance(part, tuple | list):
            total.update(digest_of(*part).encode())
        else:
            total.update(repr(part).encode())
        total.update(b"|")
    return total.hexdigest()


__all__ = ["check_same_run", "digest_of", "read_checkpoint", "write_checkpoint"]
