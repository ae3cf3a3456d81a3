"""The section that compares with constant shares and says why the two differ."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kohort.plots import _tables
from kohort.plots import forecast as plots
from kohort.report.cells import signed
from kohort.report.money import money_said
from kohort.report.parts import Block, Cell, Picture, Table, Writer


# --- constant shares ------------------------------------------------------------------------------
def comparison(writer: Writer) -> list[Block]:
    """Both forecasts, the parts of their difference, and what each one's growth consists of."""
    words, projection, years = writer.words, writer.result.projection, writer.years
    data = plots.comparison_data(projection)
    picture = writer.picture(
        "comparison",
        words.text("comparison.picture", **years),
        words.text(
            "comparison.picture_text",
            flow=words.number(data["users"][-1]),
            span=words.span(data["low_95"][-1], data["high_95"][-1]),
            constant=words.number(data["constant_share"][-1]),
            last=years["last"],
        ),
        lambda ax: plots.comparison(projection, ax, lang=words.code, breaks=writer.breaks),
    )
    cells = _tables.comparison(projection)
    users = {k: v[cells["state"] == "users"] for k, v in cells.items()}
    others = [name for name in ("healthy_ageing",) if name in users]
    table = Table(
        words.text("comparison.table"),
        [
            words.text("word.year"),
            words.text("forecast.flow"),
            words.text("forecast.constant_share"),
            words.text("comparison.difference"),
            *(words.text(f"forecast.{name}") for name in others),
        ],
        [
            (
                str(year),
                [
                    writer.count(users["flow"][i]),
                    writer.count(users["constant_share"][i]),
                    Cell(words.signed(users["difference"][i]), users["difference"][i]),
                    *(writer.count(users[name][i]) for name in others),
                ],
            )
            for i, year in enumerate(users["year"])
        ],
    )
    lead = words.text("comparison.lead")
    blocks = [Block(text=lead), Block(picture=picture), Block(table=table)]
    if others:
        last = words.number(users["healthy_ageing"][-1])
        said = words.text("comparison.healthy", last=years["last"], persons=last)
        blocks.append(Block(text=said))
    return blocks + _difference(writer) + _growth(writer)


def _difference(writer: Writer) -> list[Block]:
    words, projection, years = writer.words, writer.result.projection, writer.years
    last = {"last": years["last"]}
    data = plots.difference_data(projection)
    persons, money = data["persons"], data["cost"]
    names = [words.text(f"part.{part}") for part in data["part"]]
    unit = words.unit([*money.tolist(), float(money.sum())], signed=True)

    def picture(measure: str, values: NDArray[Any]) -> Picture:
        key = "waterfall" if measure == "persons" else "waterfall_cost"
        shown = words.signed if measure == "persons" else unit.number
        items = [f"{name} {shown(v)}" for name, v in zip(names, values, strict=True)]
        gap = shown(float(np.sum(values)))
        return writer.picture(
            key,
            words.text(f"comparison.{key}"),
            words.text(f"comparison.{key}_text", list="; ".join(items), gap=gap, unit=unit.word),
            lambda ax: plots.difference(projection, ax, measure=measure, lang=words.code),
            (5.2, 2.9),
        )

    rows = [
        (name, [signed(writer, p), signed(writer, c, unit)])
        for name, p, c in zip(names, persons, money, strict=True)
    ]
    total = [signed(writer, persons.sum()), signed(writer, float(money.sum()), unit)]
    rows.append((words.text("part.all"), total))
    table = Table(
        words.text("comparison.split_table", money=money_said(projection, words), **last),
        [
            words.text("comparison.split_part"),
            words.text("comparison.split_persons"),
            unit.word,
        ],
        rows,
        frozenset([len(names)]),
    )
    explained = [words.text(f"comparison.explain_{part}").split(". ", 1) for part in data["part"]]
    return [
        Block(heading=words.text("comparison.why")),
        Block(text=words.text("comparison.why_lead", gap=words.signed(persons.sum()), **last)),
        Block(pictures=(picture("persons", persons), picture("cost", money))),
        Block(table=table),
        Block(points=[(term, text) for term, text in explained]),
    ]


def _growth(writer: Writer) -> list[Block]:
    words, projection, years = writer.words, writer.result.projection, writer.years
    data = plots.growth_data(projection)
    value = {
        (f, m, p): v
        for f, m, p, v in zip(
            data["forecast"], data["measure"], data["part"], data["value"], strict=True
        )
    }
    parts = list(dict.fromkeys(data["part"].tolist()))
    columns = [(f, m) for m in ("persons", "cost") for f in ("flow", "constant_share")]
    numbers = {
        part: [
            sum(value[f, m, p] for p in parts) if part == "all" else value[f, m, part]
            for f, m in columns
        ]
        for part in [*parts, "all"]
    }
    unit = words.unit([float(x) for of in numbers.values() for x in of[2:]], signed=True)
    rows = []
    for part, of in numbers.items():
        cells = [
            signed(writer, v, unit if m == "cost" else None)
            for v, (_, m) in zip(of, columns, strict=True)
        ]
        name = "comparison.growth_all" if part == "all" else f"growth.{part}"
        rows.append((words.text(name), cells))
    heads = ("flow_persons", "constant_persons", "flow_cost", "constant_cost")
    items = [
        words.text(
            "comparison.growth_item",
            part=words.text(f"growth.{part}"),
            flow=words.signed(value["flow", "persons", part]),
            constant=words.signed(value["constant_share", "persons", part]),
        )
        for part in parts
    ]
    picture = writer.picture(
        "growth",
        words.text("comparison.growth_picture", **years),
        words.text("comparison.growth_text", list="; ".join(items)),
        lambda ax: plots.growth(projection, ax, lang=words.code),
        (6.4, 3.2),
    )
    table = Table(
        words.text("comparison.growth_table", **years),
        [
            words.text("comparison.split_part"),
            *(words.text(f"comparison.growth_{h}", unit=unit.word) for h in heads),
        ],
        rows,
        frozenset([len(parts)]),
    )
    kind = "real" if projection.price_levels is None else "nominal"
    lead = words.text(
        "comparison.growth_lead",
        prices=words.text(f"comparison.growth_{kind}", money=money_said(projection, words)),
        **years,
    )
    return [
        Block(heading=words.text("comparison.growth")),
        Block(text=lead),
        Block(picture=picture),
        Block(table=table),
    ]
