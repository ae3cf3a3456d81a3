"""What the report says of the money: whose it is, how it is discounted, who pays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kohort.evaluation.budgets import PARTS, USERS
from kohort.report.parts import Block, Cell, Table, Writer
from kohort.support._language import Language

if TYPE_CHECKING:
    from kohort.evaluation.outcomes import Outcomes
    from kohort.projection.projection import Projection


def money_said(of: Projection | Outcomes, words: Language) -> str:
    """ "2018 års priser", or each year's."""
    nominal = getattr(of, "nominal", getattr(of, "price_levels", None) is not None)
    return words.text("strategy.nominal" if nominal else "strategy.real", year=of.price_year)


def present_value(writer: Writer) -> list[Block]:
    """The horizon's cost discounted, if the study asks for it, and what the money is."""
    words, result = writer.words, writer.result
    money = result.money
    said = money.notes(words)
    worth = money.present_value(result.projection)
    if worth is not None:
        unit = words.unit([worth.value, worth.undiscounted])
        said.append(
            words.text(
                "amounts.present_value", first=int(result.projection.years[1]),
                last=writer.years["last"], value=unit.number(worth.value),
                span=unit.span(worth.low, worth.high), undiscounted=unit.number(worth.undiscounted),
                unit=unit.word, discounted=money.discounted(words),
                money=money_said(result.projection, words),
            )
        )  # fmt: skip
    return [Block(text=text) for text in said]


def budget(writer: Writer) -> list[Block]:
    """The budget by line and payer, and why it changes from year to year."""
    words, found = writer.words, writer.result.budget
    assert found is not None
    nominal = found.nominal_by_payer is not None
    by_payer = found.nominal_by_payer if found.nominal_by_payer is not None else (
        found.real_by_payer
    )  # fmt: skip
    by_line = by_payer.sum(axis=1)
    money = words.text("strategy.nominal" if nominal else "strategy.real", year=found.price_year)
    used = [j for j in range(len(found.lines)) if np.any(by_line[:, j])]
    paid = [i for i in range(len(found.payers)) if np.any(by_payer[:, i])]
    heads = [words.text("word.year")]

    def rows(columns: list[Any], years: Any) -> list[tuple[str, list[Cell]]]:
        unit = words.unit([x for column in columns for x in column])
        heads_of.append(unit.word)
        return [
            (str(year), [Cell(unit.number(float(c[t])), float(c[t])) for c in columns])
            for t, year in enumerate(years)
        ]

    heads_of: list[str] = []
    lines = rows([*(by_line[:, j] for j in used), by_line.sum(axis=1)], found.years)
    payers = rows([*(by_payer[:, i].sum(axis=1) for i in paid), by_line.sum(axis=1)], found.years)
    parts = [p for p in PARTS if np.any(np.abs(found.change[p]) >= 0.5)]
    changes = rows(
        [*(found.change[p] for p in parts), sum(found.change[p] for p in PARTS)], found.years[1:]
    )
    everything = words.text("amounts.all")
    source = writer.result.study.prices.source if writer.result.study.prices else ""
    tables = [
        Table(words.text("amounts.lines_table", unit=heads_of[0], money=money),
              [*heads, *(words.text(f"line.{found.lines[j]}") for j in used), everything], lines),
        Table(words.text("amounts.payers_table", unit=heads_of[1], money=money),
              [*heads, *(payer_said(found.payers[i], words) for i in paid), everything], payers),
        Table(words.text("amounts.change_table", unit=heads_of[2], money=money),
              [*heads, *(words.text(f"change.{p}") for p in parts), everything], changes),
    ]  # fmt: skip
    lead = words.text("amounts.budget_lead", money=money)
    if source:
        lead += " " + words.text("demand.source", source=source)
    return [Block(text=lead), *(Block(table=table) for table in tables)]


def payer_said(name: str, words: Language) -> str:
    """The municipality, the region and users in words; another payer keeps its name."""
    key = "amounts.payer_users" if name == USERS else f"amounts.payer_{name}"
    return words.text(key) if words.has(key) else name
