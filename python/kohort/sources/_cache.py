"""Answers of public statistics kept on disk: aggregates alone, and of nobody who asked."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kohort.support import _output
from kohort.support._extras import require

PLATFORM = "platform"
"""Stands for the folder that the platform has for caches."""


@dataclass(frozen=True)
class Cache:
    """A folder of answers, one file each, named by what was asked.

    Parameters
    ----------
    folder
        Made when the first answer is kept.
    days
        An older answer is asked for anew, unless one is offline.
    """

    folder: Path
    days: float = 30.0

    def get(self, address: str, body: bytes | None, *, any_age: bool = False) -> Any | None:
        """The answer, or None; a file that cannot be read is no answer."""
        try:
            kept = json.loads(self._path(address, body).read_text(encoding="utf-8"))
            fresh = time.time() - float(kept["asked"]) <= 86400 * self.days
            return kept["answer"] if (any_age or fresh) and kept["address"] == address else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def put(self, address: str, body: bytes | None, answer: Any) -> None:
        """Keep an answer; a folder that cannot be written to keeps none."""
        kept = {"address": address, "asked": int(time.time()), "answer": answer}
        content = json.dumps(kept, ensure_ascii=False).encode("utf-8")
        path = self._path(address, body)
        with contextlib.suppress(OSError):
            _output.write_files(path.parent, {path.name: content})

    def forget(self, address: str, body: bytes | None) -> None:
        """Keep an answer no longer."""
        with contextlib.suppress(OSError):
            self._path(address, body).unlink(missing_ok=True)

    def _path(self, address: str, body: bytes | None) -> Path:
        asked = address.encode("utf-8") + b"\0" + (body or b"")
        return self.folder / f"{hashlib.sha256(asked).hexdigest()}.json"


def cache_of(choice: str | os.PathLike[str] | None, days: float) -> Cache | None:
    """The cache that a user names: a folder, `PLATFORM`, or None for none."""
    if choice is None:
        return None
    if choice == PLATFORM:
        platformdirs = require("platformdirs", "Caches in the platform's folder")
        return Cache(Path(platformdirs.user_cache_dir("kohort", appauthor=False)) / "sources", days)
    return Cache(Path(choice), days)
