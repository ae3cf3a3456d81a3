"""The section on where the uncertainty comes from."""

from __future__ import annotations

from kohort._language import Language
from kohort.report.parts import Block, Cell, Table, Writer


def measure(words: Language, name: str) -> str:
    """A level, all with support, newcomers or cost, in words."""
    key = f"certainty.{name}"
    return words.text(key) if words.has(key) else words.state(name)


def certainty(writer: Writer) -> list[Block]:
    """Shares of the variance in the last year, by source."""
    words, table, last = writer.words, writer.result.variance, writer.years["last"]
    assert table is not None
    rows = []
    for i, (of, year) in enumerate(zip(table["measure"], table["year"], strict=True)):
        if year != last:
            continue
        sd = float(table["sd"][i])
        shares = [float(table[source][i]) for source in ("parameters", "chance")]
        spread = writer.money(sd) if of == "cost" else Cell(words.number(sd, 1), sd)
        rows.append(
            (measure(words, of), [spread, *(Cell(words.number(100 * x), x) for x in shares)])
        )
    heads = [words.text(f"certainty.{x}") for x in ("measure", "sd", "parameters", "chance")]
    return [
        Block(text=words.text("certainty.lead", last=last)),
        Block(table=Table(words.text("certainty.table", last=last), heads, rows)),
        Block(text=words.text("certainty.known")),
    ]
