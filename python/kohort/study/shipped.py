"""Studies that come with kohort, by their names."""

from __future__ import annotations

import os
from pathlib import Path

from kohort import datasets
from kohort.support import _toml
from kohort.support._shown import shown_value

SHIPPED = "kohort:"
"""A path that begins so is a data set that comes with kohort: ``kohort:example/decisions.csv``."""


SHIPPED_STUDIES = ("example", "small", "sparse")
"""Studies that come with kohort, of synthetic data: ``kohort:example`` is the first."""


def study_file(path: str | os.PathLike[str]) -> Path:
    """The file that a path means, or the name of a study that comes with kohort.

    Raises
    ------
    InvalidInput
        `E-FILE` if it begins as such a name and there is none.
    """
    name = os.fspath(path)
    if not name.startswith(SHIPPED):
        return Path(path)
    short = name.removeprefix(SHIPPED)
    if short not in SHIPPED_STUDIES:
        known = ", ".join(SHIPPED + known for known in SHIPPED_STUDIES)
        _toml.refuse(
            "E-FILE",
            f"study: no study {shown_value(name)} comes with kohort. There are: {known}.",
            f"studie: ingen studie {shown_value(name)} följer med kohort. De som finns: {known}.",
        )
    return Path(datasets.__file__).with_name(f"{short}_study.toml")


def folder_of(path: str | os.PathLike[str]) -> Path:
    """Where results of a study stand if nobody says where: beside it, or here if it is shipped."""
    name = os.fspath(path)
    return Path(name.removeprefix(SHIPPED) if name.startswith(SHIPPED) else name).with_suffix("")
