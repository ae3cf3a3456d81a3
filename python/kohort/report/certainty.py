"""The section on where the uncertainty comes from."""

from __future__ import annotations

from kohort.report.parts import Block, Cell, Table, Writer


def certainty(writer: Writer) -> list[Block]:
    """Shares of the variance in the last year, by source."""
    words, table, last = writer.words, writer.result.variance, writer.years["last"]
    assert table is not None
    rows = []
    for i, (measure, year) in enumerate(zip(table["measure"], table["year"], strict=True)):
        if year != last:
            continue
        sd = float(table["sd"][i])
        name = (
            words.text(f"certainty.{measure}")
            if words.has(f"certainty.{measure}")
            else words.state(measure)
        )
        shares = [float(table[source][i]) for source in ("parameters", "chance")]
        spread = writer.money(sd) if measure == "cost" else Cell(words.number(sd, 1), sd)
        rows.append((name, [spread, *(Cell(words.number(100 * x), x) for x in shares)]))
    heads = [words.text(f"certainty.{x}") for x in ("measure", "sd", "parameters", "chance")]
    return [
        Block(text=words.text("certainty.lead", last=last)),
        Block(table=Table(words.text("certainty.table", last=last), heads, rows)),
        Block(text=words.text("certainty.known")),
    ]
