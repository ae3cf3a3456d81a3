"""What a report is made of: cells, tables, pictures and the blocks that hold them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kohort.data.series import break_dates
from kohort.plots import _tables
from kohort.plots._tables import Columns
from kohort.report import figures
from kohort.support._language import Language

if TYPE_CHECKING:
    from kohort.study.results import StudyResult


@dataclass(frozen=True)
class Cell:
    """A number as shown, and in full."""

    text: str
    value: float | None = None

    @property
    def full(self) -> str:
        """Shortest text that reads back as the same number."""
        return "" if self.value is None else repr(float(self.value))


@dataclass(frozen=True)
class Table:
    """Rows begin with their heading; the other cells are numbers, or words if `wordy`."""

    caption: str
    headers: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]
    emphasis: frozenset[int] = frozenset()
    wordy: bool = False


@dataclass(frozen=True)
class Picture:
    """An SVG with its caption, and the table that holds its numbers (closed until asked for)."""

    name: str
    title: str
    svg: str
    table: Table | None = None


@dataclass(frozen=True)
class Card:
    """One headline figure."""

    label: str
    figure: Cell
    details: Sequence[str]


@dataclass(frozen=True)
class Block:
    """One thing in a section: exactly one of these is set."""

    heading: str = ""
    text: str = ""
    points: Sequence[tuple[str, str]] = ()
    picture: Picture | None = None
    pictures: Sequence[Picture] = ()
    table: Table | None = None
    cards: Sequence[Card] = ()


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it."""

    id: str
    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)


@dataclass(frozen=True)
class Writer:
    """A result and a language, with the figures that several sections use."""

    result: StudyResult
    words: Language

    @property
    def years(self) -> dict[str, int]:
        """First and last year of the forecast."""
        years = self.result.projection.years
        return {"first": int(years[0]), "last": int(years[-1])}

    @property
    def breaks(self) -> tuple[dt.date, ...]:
        """Days from which decisions mean something else."""
        return break_dates(self.result.decisions.policies)

    def picture(
        self, name: str, title: str, description: str, draw: Callable[[Any], Any],
        size: tuple[float, float] = (6.4, 3.5), table: Table | None = None,
    ) -> Picture:  # fmt: skip
        """Draw with `draw(ax)` and keep the SVG."""
        svg = figures.svg(f"{name}-{self.words.code}", title, description, draw, size)
        return Picture(name, title, svg, table)

    def persons(self, state: str) -> Columns:
        """Years of one state (or ``users``) with limits."""
        table = _tables.persons_by_state(self.result.projection)
        return {name: values[table["state"] == state] for name, values in table.items()}

    def count(self, value: float) -> Cell:
        """Persons, as a whole number."""
        return Cell(self.words.number(value), None if math.isnan(value) else value)

    def span(self, low: float, high: float) -> str:
        """An interval of persons."""
        return self.words.span(low, high)


def joined(items: Sequence[str], words: Language) -> str:
    """``a, b och c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {words.text('word.and')} {items[-1]}"
