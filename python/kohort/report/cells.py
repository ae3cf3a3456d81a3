"""How single figures are written."""

from __future__ import annotations

import math

from kohort.plots import _tables
from kohort.report.parts import Cell, Writer
from kohort.support._language import Language, Unit


def rule_words(words: Language, rule: str) -> str:
    """A shipped level rule in words; another keeps its name."""
    return words.text(f"rule.{rule}") if words.has(f"rule.{rule}") else rule


def span(writer: Writer, line: _tables.Columns, i: int = -1) -> str:
    return writer.words.span(line["low_95"][i], line["high_95"][i])


def with_span(writer: Writer, line: _tables.Columns, i: int) -> Cell:
    value = float(line["persons"][i])
    shown = writer.words.number(value)
    if line["high_95"][i] - line["low_95"][i] > 1e-9 * max(value, 1):
        shown += f" ({span(writer, line, i)})"
    return Cell(shown, value)


def signed(writer: Writer, value: float, unit: Unit | None = None) -> Cell:
    """Persons, or kronor in a unit."""
    shown = writer.words.signed(value) if unit is None else unit.number(value)
    return Cell(shown, float(value))


def share(writer: Writer, p: float, low: float, high: float) -> Cell:
    words = writer.words
    if math.isnan(p):
        return few(writer)
    return Cell(f"{words.number(100 * p, 1)} ({words.span(100 * low, 100 * high, 1)})", float(p))


def few(writer: Writer) -> Cell:
    """In place of a figure that the study's profile does not show; `few_note` says why."""
    return Cell(writer.words.text("flow.few"))


def rate_cell(writer: Writer, rate: float, low: float, high: float) -> Cell:
    words = writer.words
    if math.isnan(rate):
        return few(writer)
    digits = 3 if rate < 0.1 else 2
    return Cell(f"{words.number(rate, digits)} ({words.span(low, high, digits)})", float(rate))
