"""The section on where the uncertainty comes from."""

from __future__ import annotations

from kohort.report.parts import Block, Cell, Table, Writer
from kohort.study.study_money import population_error_said
from kohort.support._language import Language


def measure(words: Language, name: str, unit: str) -> str:
    """A level, all with support, newcomers or cost and its unit, in words."""
    key = f"certainty.{name}"
    return words.text(key, unit=unit) if words.has(key) else words.state(name)


def certainty(writer: Writer) -> list[Block]:
    """Shares of the variance in the last year, by source."""
    words, table, last = writer.words, writer.result.variance, writer.years["last"]
    assert table is not None
    sources = [name for name in table if name in ("parameters", "population", "price", "chance")]
    at_last = table["year"] == last
    unit = words.unit(table["sd"][at_last & (table["measure"] == "cost")].tolist())
    rows = []
    for i, (of, year) in enumerate(zip(table["measure"], table["year"], strict=True)):
        if year != last:
            continue
        sd = float(table["sd"][i])
        shares = [float(table[source][i]) for source in sources]
        money = of == "cost"
        spread = Cell(unit.number(sd) if money else words.number(sd, 1), sd)
        rows.append(
            (
                measure(words, of, unit.word),
                [spread, *(Cell(words.number(100 * x), x) for x in shares)],
            )
        )
    heads = [words.text(f"certainty.{x}") for x in ("measure", "sd", *sources)]
    known = [
        words.text(f"certainty.known_{name}")
        for name in ("population", "price")
        if name not in sources
    ]
    said = [population_error_said(writer.result.study, words), *known]
    return [
        Block(text=words.text("certainty.lead", last=last)),
        Block(table=Table(words.text("certainty.table", last=last), heads, rows)),
        Block(text=" ".join(filter(None, said))),
    ]
