"""Files appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write several files into a folder, all or none.

    Each goes to a temporary name beside its place and is flushed to the disk; only when all of them
    are there do they get their names. If anything fails before that, what was begun is removed,
    folders made here included.

    Parameters
    ----------
    folder
        Made if it is not there.
    files
        Name (``"report.html"``, ``"tables/cost.csv"``) to content.
    """
    made: list[Path] = []
    waiting: dict[Path, Path] = {}
    done = False
    try:
        for name, content in files.items():
            place = folder / name
            _make(place.parent, made)
            if place.is_dir():
                raise IsADirectoryError(
                    errno.EISDIR, "is a folder, but a file is to be written there", str(place)
                )
            handle, temporary = tempfile.mkstemp(prefix=".kohort-", dir=place.parent)
            waiting[Path(temporary)] = place
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o666 & ~_umask())
        for temporary_path, place in waiting.items():
            temporary_path.replace(place)
        done = True
    finally:
        if not done:
            for temporary_path in waiting:
                temporary_path.unlink(missing_ok=True)
            for parent in reversed(made):
                with contextlib.suppress(OSError):
                    parent.rmdir()


def _make(folder: Path, made: list[Path]) -> None:
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for parent in reversed(missing):
        parent.mkdir()
        made.append(parent)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
