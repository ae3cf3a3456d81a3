"""Files appear whole or not at all, and never in the place of one that is read."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from kohort.support import _toml
from kohort.support._shown import shown_file


def check_places(outputs: Iterable[Path | None], inputs: Iterable[Path | None] = ()) -> None:
    """Refuse to write over what is read, or two things into one place, by whatever way it is named.

    Raises
    ------
    InvalidInput
        `E-USAGE`
    """
    read = [path for path in inputs if path is not None]
    written: list[Path] = []
    for output in outputs:
        if output is None:
            continue
        if any(_same(output, path) for path in read):
            _toml.refuse(
                "E-USAGE",
                f"{shown_file(output)} would be written over a file that is read. Nothing was "
                "written. Give what is written another name or folder.",
            )
        if any(_same(output, path) for path in written):
            _toml.refuse(
                "E-USAGE",
                f"two things would be written to {shown_file(output)}. Nothing was written. Give "
                "each a name of its own.",
            )
        written.append(output)


def _same(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):  # one is not there yet
        a, b = (os.path.normcase(os.path.realpath(path)) for path in (one, other))
        return a == b


def write_files(
    folder: Path, files: Mapping[str, bytes], *, inputs: Iterable[Path | None] = ()
) -> None:
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
    inputs
        What these were made from; none of it is written over.

    Raises
    ------
    InvalidInput
        `E-USAGE`: a place is that of an input, or two are the same.
    """
    check_places([folder / name for name in files], inputs)
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
            os.chmod(temporary, 0o666 & ~umask())
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


def umask() -> int:
    """What files are not to permit, as the user has it set."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
