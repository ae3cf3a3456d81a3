"""What was made: the files of a municipality that never was, and the faults planted in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kohort.support import _frames, _text
from kohort.synthetic import faults as F


@dataclass(frozen=True)
class Planted:
    """A fault that was planted: the rule that it breaks, its physical row, and rows beside it.

    Row 0: it is of the file as a whole.
    """

    code: str
    row: int
    related: tuple[int, ...] = ()


@dataclass(frozen=True)
class MadeMunicipality:
    """Files of a municipality that never was.

    Attributes
    ----------
    decisions, population
        The files: decisions in the layout asked for, and persons 65 and older on 31 December.
    planted
        The faults, in order of their rows.
    rows
        Rows of `decisions`, header and label apart.
    persons
        Who are in it.
    settings
        What was asked for: the same gives the same bytes.
    about_persons
        Under the layout "register": sex, birth and death of its persons.
    """

    decisions: Path
    population: Path
    planted: tuple[Planted, ...]
    rows: int
    persons: int
    settings: Mapping[str, Any] = field(repr=False)
    about_persons: Path | None = None

    def to_frame(self, backend: str | None = None) -> Any:
        """Planted faults, one a row: row, code, what it is."""
        return _frames.to_frame(
            {
                "row": np.array([fault.row for fault in self.planted], dtype=int),
                "code": [fault.code for fault in self.planted],
                "what": [F.FAULTS[fault.code][0] for fault in self.planted],
            },
            backend,
        )

    def __str__(self) -> str:
        head = f"SYNTHETIC: {self.rows:,} rows of {self.persons:,} persons, {self.decisions.name}"
        if not self.planted:
            return head
        rows = [[str(f.row), f.code, F.FAULTS[f.code][0]] for f in self.planted[:50]]
        return f"{head}\n{_text.table(['row', 'rule', 'planted'], rows)}"
