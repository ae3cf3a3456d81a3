"""Tables of counts of persons: as they are counted, and as they may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NoReturn

import numpy as np

from kohort.privacy.profile import Profile
from kohort.privacy.reader import Key
from kohort.support import _frames, _html, _text
from kohort.support._arrays import Array
from kohort.support._refusal import refuse

TOTAL = "sum"
"""Label of a margin."""


@dataclass(frozen=True, eq=False)
class Table:
    """Counts of persons in one to three ways, without their margins.

    Tables that speak of the same population share the cells that have the same labels: a table by
    age and sex and one by age and level have the persons by age in common. Whoever reads them adds
    up, so sums are protected whether they are printed or not.

    Attributes
    ----------
    counts
        One dimension for each way.
    ways
        Name of each way, and its labels.
    population
        Of whom the table is.
    margins
        Whether the sums over each way are shown, too.
    """

    counts: Array
    ways: Mapping[str, Sequence[str]]
    population: str = "all"
    margins: bool = True

    def __post_init__(self) -> None:
        try:
            counts = np.asarray(self.counts, dtype=float)
        except (TypeError, ValueError):
            refuse_table("a count that is no number")
        shape = tuple(len(labels) for labels in self.ways.values())
        if counts.shape != shape or not 1 <= counts.ndim <= 3:
            refuse_table(f"counts of shape {counts.shape} and labels for {shape}")
        if not np.isfinite(counts).all() or (counts < 0).any() or (counts % 1).any():
            refuse_table("a count that is no whole number from 0 on")
        for way, labels in self.ways.items():
            if len(set(labels)) < len(labels) or TOTAL in labels:
                refuse_table(f"the way '{way}' with a label twice, or one called {TOTAL}")
        object.__setattr__(self, "counts", counts.astype(np.int64))

    @classmethod
    def of(cls, counts: Any, **options: Any) -> Table:
        """A table without names: its ways are called rows, columns and layers."""
        values = np.asarray(counts)
        names = ("rows", "columns", "layers")
        ways = {
            n: [str(i + 1) for i in range(k)] for n, k in zip(names, values.shape, strict=False)
        }
        return cls(values, ways, **options)

    def _closed(self) -> Array:
        """With all sums, printed or not."""
        full = self.counts
        for axis in range(full.ndim):
            full = np.concatenate([full, full.sum(axis=axis, keepdims=True)], axis=axis)
        return full

    def _labels(self, *, closed: bool = False) -> list[list[str]]:
        last = [TOTAL] if self.margins or closed else []
        return [[*labels, *last] for labels in self.ways.values()]

    def _keys(self, *, closed: bool = False) -> list[Key]:
        names = list(self.ways)
        return [
            (self.population, frozenset(p for p in zip(names, at, strict=True) if p[1] != TOTAL))
            for at in product(*self._labels(closed=closed))
        ]


def refuse_table(
    seen: str,
    needed: str = "counts of persons with a label for each place are needed, in at most three ways",
    remedy: str = "Check the table",
) -> NoReturn:
    refuse("E-TABLE", "table", seen, needed, remedy)


@dataclass(frozen=True, eq=False)
class Audit:
    """What a reader of the tables can tell of their hidden cells.

    Attributes
    ----------
    hidden
        How many cells are hidden, margins among them.
    narrowest
        Width of the narrowest range that a hidden cell is known to lie in; ``inf`` if none is.
    failures
        Hidden cells that can be told to within less than the threshold.
    threshold
        Of the profile.
    """

    hidden: int
    narrowest: float
    failures: int
    threshold: int

    def __str__(self) -> str:
        verdict = "protected" if not self.failures else f"{self.failures} cells can be told"
        return (
            f"{self.hidden} cells hidden, the narrowest range is {self.narrowest:g} wide "
            f"(at least {self.threshold} is needed): {verdict}"
        )


@dataclass(frozen=True, eq=False)
class ProtectedTable:
    """A table as it may be shown: hidden counts are not in it any more.

    Attributes
    ----------
    counts
        With margins if the table has them, total last; NaN where a count is hidden.
    low, high
        What a reader can tell of each cell at most; ``inf`` without a limit.
    ways
        Name of each way, and its labels, total among them.
    audit
        The proof, over all tables that were protected together.
    profile
        For whom.
    """

    counts: Array
    low: Array
    high: Array
    ways: Mapping[str, tuple[str, ...]]
    audit: Audit
    profile: Profile

    @property
    def hidden(self) -> Array:
        """Where a count is hidden; it is not said which are small and which go with them."""
        return np.isnan(self.counts)

    @property
    def inner(self) -> Array:
        """The counts without the margins."""
        inside = tuple(slice(0, len(v) - (v[-1] == TOTAL)) for v in self.ways.values())
        cells: Array = self.counts[inside]
        return cells

    def to_frame(self, backend: str | None = None) -> Any:
        """One row for each cell: its labels, and its count or nothing."""
        grid = list(product(*self.ways.values()))
        columns: dict[str, Any] = {
            way: np.array([at[i] for at in grid], dtype=object) for i, way in enumerate(self.ways)
        }
        columns["count"] = self.counts.ravel()
        return _frames.to_frame(columns, backend)

    def _rows(self) -> tuple[list[str], list[list[str]]]:
        *fronts, last = self.ways.values()
        heads = [" / ".join(list(self.ways)[:-1]) or next(iter(self.ways)), *last]
        rows = []
        for at in np.ndindex(*(len(labels) for labels in fronts)):
            name = ", ".join(labels[i] for labels, i in zip(fronts, at, strict=True))
            rows.append([name, *(written(x) for x in self.counts[at])])
        return heads, rows

    def _title(self) -> str:
        if not self.profile.hides:
            return "INTERNAL: shows small counts, not to be passed on"
        return f"{self.audit.hidden} cells hidden (..): {self.audit}" if self.audit.hidden else ""

    def __str__(self) -> str:
        return "\n".join(filter(None, [self._title(), _text.table(*self._rows())]))

    def _repr_html_(self) -> str:
        return _html.block(self._title(), parts=[_html.table(*self._rows())])


def written(count: float) -> str:
    """A count, or two dots for a hidden one, as in official statistics."""
    return ".." if np.isnan(count) else f"{count:.0f}"
