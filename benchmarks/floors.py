"""One table of what a workload may take and what it took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """A workload run once.

    Attributes
    ----------
    floor_seconds, floor_gb
        What it may take: wall seconds, and peak memory of the process.
    share
        Of the workload that was run; seconds of the whole are told in proportion.
    """

    name: str
    floor_seconds: float
    floor_gb: float
    seconds: float
    cpu: float
    gb: float
    share: float = 1.0

    @property
    def whole_seconds(self) -> float:
        return self.seconds / self.share

    @property
    def met(self) -> bool:
        return self.whole_seconds <= self.floor_seconds and self.gb <= self.floor_gb

    def row(self) -> tuple[str, ...]:
        return (
            self.name,
            f"{self.floor_seconds:g}",
            f"{self.whole_seconds:.3g}" + ("" if self.share == 1 else " (told)"),
            f"{self.floor_seconds / self.whole_seconds:.2f}",
            f"{self.cpu / self.share:.3g}",
            f"{self.floor_gb:g}",
            f"{self.gb:.2f}",
            "yes" if self.met else "no",
        )


HEADS = ("workload", "floor s", "ours s", "floor/ours", "CPU s", "floor GB", "peak GB", "met")


def table(rows: Sequence[Measured]) -> str:
    """Lined up, for a terminal and for Markdown alike."""
    cells = [HEADS, *(row.row() for row in rows)]
    wide = [max(len(row[i]) for row in cells) for i in range(len(HEADS))]

    def line(row: tuple[str, ...]) -> str:
        rest = (cell.rjust(w) for cell, w in zip(row[1:], wide[1:], strict=True))
        return f"| {row[0].ljust(wide[0])} | {' | '.join(rest)} |"

    rule = "|" + "|".join("-" * (w + 2) for w in wide) + "|"
    return "\n".join([line(HEADS), rule, *(line(row.row()) for row in rows)])
