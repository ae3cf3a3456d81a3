"""Sections with the forecast itself: in short, the levels, the cost."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kohort.plots import _tables
from kohort.plots import forecast as plots
from kohort.report import model_words
from kohort.report.cells import span, with_span
from kohort.report.money import money_said, present_value
from kohort.report.parts import Block, Card, Cell, Table, Writer, joined
from kohort.study.sources_file import PopulationSettings
from kohort.study.study_money import population_error_said
from kohort.support._language import Language


# --- in short -------------------------------------------------------------------------------------
def summary(writer: Writer) -> list[Block]:
    """Headline figures, then the same in sentences."""
    words, projection, years = writer.words, writer.result.projection, writer.years
    users = writer.persons("users")
    levels = _tables.levels_of(projection)
    cost = _tables.cost(projection)
    comparison = plots.comparison_data(projection)
    gap = users["persons"][-1] - comparison["constant_share"][-1]
    gap_cost = cost["cost"][-1] - cost["constant_share"][-1]

    def change(values: NDArray[Any]) -> str:
        return words.percent(values[-1] / values[0] - 1, signed=True)

    def persons_card(key: str, line: _tables.Columns) -> Card:
        now = words.number(line["persons"][0])
        return Card(
            words.text(f"summary.{key}", **years),
            writer.count(line["persons"][-1]),
            (
                words.text("summary.within", span=span(writer, line)),
                words.text(
                    f"summary.{key}_change", now=now, change=change(line["persons"]), **years
                ),
            ),
        )

    unit = words.unit([cost["cost"][0], cost["cost"][-1]])
    whole = unit.rounded()
    money = {"now": whole.number(cost["cost"][0]), "change": change(cost["cost"])}
    spent = whole.span(cost["low_95"][-1], cost["high_95"][-1])
    gap_unit = words.unit([gap_cost], signed=True)
    first_cost = int(cost["year"][0])
    cards = [persons_card("users", users)]
    if "total" in levels:
        cards.append(persons_card("total", writer.persons("total")))
    cards += [
        Card(
            words.text("summary.cost", unit=unit.word, **years),
            Cell(whole.number(cost["cost"][-1]), float(cost["cost"][-1])),
            (
                words.text("summary.within", span=spent),
                words.text("summary.cost_change", first=first_cost, **money),
            ),
        ),
        Card(
            words.text("summary.gap", **years),
            Cell(words.signed(gap), gap),
            (words.text("summary.gap_detail", cost=gap_unit.number(gap_cost), unit=gap_unit.word),),
        ),
    ]

    sentences = [
        words.text(
            "summary.persons_up"
            if users["persons"][-1] > users["persons"][0]
            else "summary.persons_down",
            now=words.number(users["persons"][0]),
            then=words.number(users["persons"][-1]),
            change=words.percent(abs(users["persons"][-1] / users["persons"][0] - 1)),
            sure=words.text(
                "summary.sure_chance" if projection.chance else "summary.sure_estimates",
                low=words.number(users["low_95"][-1]),
                high=words.number(users["high_95"][-1]),
                forecast=""
                if not writer.result.study.population.certain
                else words.text("summary.if_forecast"),
            ),
            **years,
        ),
        words.text(
            "summary.levels_words",
            list=joined([_level_item(writer, x) for x in levels], words),
            **years,
        ),
        words.text(
            "summary.cost_words",
            now=unit.number(cost["cost"][0]),
            then=unit.number(cost["cost"][-1]),
            span=unit.span(cost["low_95"][-1], cost["high_95"][-1]),
            unit=unit.word,
            money=money_said(projection, words),
            convention=words.text(f"convention.{projection.accounting}"),
            first=first_cost,
            last=years["last"],
        ),
    ]
    people = population_error_said(writer.result.study, words)
    sentences += [people] if people else []
    parts = plots.difference_data(projection)
    largest = int(np.argmax(np.abs(parts["persons"])))
    sentences.append(
        words.text(
            "summary.gap_words_more" if gap >= 0 else "summary.gap_words_less",
            constant=words.number(comparison["constant_share"][-1]),
            gap=words.number(abs(gap)),
            part=_lower_first(words.text(f"part.{parts['part'][largest]}")),
            value=words.signed(parts["persons"][largest]),
            last=years["last"],
        )
    )
    if gap * gap_cost < 0:
        key = "summary.gap_mixed_fewer" if gap < 0 else "summary.gap_mixed_more"
        amount = gap_unit.words.unit([gap_cost]).number(abs(gap_cost))
        sentences.append(words.text(key, cost=amount, unit=gap_unit.word, last=years["last"]))
    return [Block(cards=cards), *[Block(text=sentence) for sentence in sentences]]


def _level_item(writer: Writer, level: str) -> str:
    words, line = writer.words, writer.persons(level)
    return words.text(
        "summary.level_item",
        level=words.state(level),
        now=words.number(line["persons"][0]),
        then=words.number(line["persons"][-1]),
    )


# --- levels ---------------------------------------------------------------------------------------
def levels(writer: Writer) -> list[Block]:
    """Persons at each level, behind and ahead, and the new ones."""
    words, result, years = writer.words, writer.result, writer.years
    projection = result.projection
    states = (*_tables.levels_of(projection), "users")
    lines = {state: writer.persons(state) for state in states}
    items = [
        words.text(
            "levels.picture_item",
            level=words.state(state),
            now=words.number(line["persons"][0]),
            then=words.number(line["persons"][-1]),
            span=span(writer, line),
            **years,
        )
        for state, line in lines.items()
    ]
    table = Table(
        words.text("levels.table"),
        [words.text("word.year"), *(words.state(state) for state in states)],
        [
            (str(year), [with_span(writer, lines[state], i) for state in states])
            for i, year in enumerate(projection.years)
        ],
    )
    picture = writer.picture(
        "levels",
        words.text("levels.picture", **years),
        words.text("levels.picture_text", list="; ".join(items)),
        lambda ax: plots.levels(projection, ax, lang=words.code, breaks=writer.breaks),
    )
    lead = words.text(
        "levels.lead",
        draws=words.number(len(projection.draws_cost)),
        chance=_lead_people(result.study.population, words)
        + (words.text("levels.lead_chance") if projection.chance else ""),
    )
    blocks = [Block(text=lead), Block(picture=picture), Block(table=table)]
    return blocks + _behind(writer) + _entries(writer)


def _lead_people(given: PopulationSettings, words: Language) -> str:
    """What draws are of, beside the estimates: the error or the variants of the population."""
    if given.certain:
        return ""
    return words.text("levels.lead_variants" if given.variants else "levels.lead_people")


def _behind(writer: Writer) -> list[Block]:
    words, result = writer.words, writer.result
    stock, projection = result.stock_history, result.projection
    users = writer.persons("users")["persons"]
    span = {"first": int(stock["year"][0]), "last": writer.years["last"]}
    names = _tables.levels_of(projection)
    seen = np.unique(stock["year"])
    rows = []
    for year in seen:
        of_year = stock["year"] == year
        counts = [
            float(stock["persons"][of_year & (stock["state"] == name)].sum()) for name in names
        ]
        rows.append((str(year), [writer.count(n) for n in (*counts, sum(counts))]))
    picture = writer.picture(
        "history",
        words.text("levels.history_picture", **span),
        words.text(
            "levels.history_text",
            split=writer.years["first"],
            now=words.number(users[0]),
            then=words.number(users[-1]),
            last=span["last"],
        ),
        lambda ax: plots.history(projection, stock, ax, lang=words.code, breaks=writer.breaks),
        table=Table(
            words.text("levels.history_table"),
            [words.text("word.year"), *(words.state(name) for name in (*names, "users"))],
            rows,
        ),
    )
    heading, lead = words.text("levels.history"), words.text("levels.history_lead")
    said = [
        Block(text=words.text("levels.regime", date=day.isoformat()))
        for day in writer.breaks
        if span["first"] < day.year <= span["last"]
    ]
    return [Block(heading=heading), Block(text=lead), *said, Block(picture=picture)]


def _entries(writer: Writer) -> list[Block]:
    words, result = writer.words, writer.result
    entries, projection = result.entry_history, result.projection
    ahead = _tables.new_users(projection)
    span = {"first": int(entries["year"][0]), "last": writer.years["last"]}
    limits = words.span(ahead["low_95"][-1], ahead["high_95"][-1])
    rows = [
        (str(year), [writer.count(n), Cell(""), Cell("")])
        for year, n in zip(entries["year"], entries["persons"], strict=True)
    ]
    rows += [
        (
            str(year),
            [
                Cell(""),
                writer.count(ahead["new_users"][i]),
                Cell(words.span(ahead["low_95"][i], ahead["high_95"][i])),
            ],
        )
        for i, year in enumerate(ahead["year"])
    ]
    picture = writer.picture(
        "entries",
        words.text("levels.entries_picture", **span),
        words.text(
            "levels.entries_text",
            now=words.number(entries["persons"][0]),
            then=words.number(ahead["new_users"][-1]),
            span=limits,
            **span,
        ),
        lambda ax: plots.new_users(
            projection, ax, entries=entries, lang=words.code, breaks=writer.breaks
        ),
        (6.4, 3.0),
        Table(
            words.text("levels.entries_table"),
            [
                words.text("word.year"),
                words.text("levels.entries_observed"),
                words.text("levels.entries_projected"),
                words.text("word.interval"),
            ],
            rows,
        ),
    )
    heading, lead = words.text("levels.entries"), words.text("levels.entries_lead")
    return [Block(heading=heading), Block(text=lead), Block(picture=picture)]


# --- cost -----------------------------------------------------------------------------------------
def cost(writer: Writer) -> list[Block]:
    """Cost a year with limits, the unit costs, and the four conventions."""
    words, result, years = writer.words, writer.result, writer.years
    projection = result.projection
    data = _tables.cost(projection)
    convention = words.text(f"convention.{projection.accounting}")
    names = ("cost", "low_95", "low_80", "high_80", "high_95", "constant_share")
    unit = words.unit([float(x) for name in names for x in data[name]])
    money = money_said(projection, words)
    picture = writer.picture(
        "cost",
        words.text("cost.picture", first=int(data["year"][0]), last=years["last"]),
        words.text(
            "cost.picture_text",
            now=unit.number(data["cost"][0]),
            then=unit.number(data["cost"][-1]),
            span=unit.span(data["low_95"][-1], data["high_95"][-1]),
            constant=unit.number(data["constant_share"][-1]),
            unit=unit.word,
            first=int(data["year"][0]),
            last=years["last"],
        ),
        lambda ax: plots.cost(projection, ax, lang=words.code, breaks=writer.breaks),
    )
    heads = ("total", "low_95", "low_80", "high_80", "high_95", "constant")
    rows = [
        (str(year), [Cell(unit.number(data[name][i]), float(data[name][i])) for name in names])
        for i, year in enumerate(data["year"])
    ]
    table = Table(
        words.text("cost.table", convention=convention, unit=unit.word, money=money),
        [words.text("word.year"), *(words.text(f"cost.{head}") for head in heads)],
        rows,
    )
    each = Table(
        words.text("cost.unit_costs", price_year=projection.price_year),
        [words.text("column.level"), words.text("cost.unit_cost")],
        [
            (words.state(level), [writer.count(result.unit_costs[level])])
            for level in _tables.levels_of(projection)
        ],
    )
    kept = "nominal" if projection.price_levels is not None else "real"
    prices = words.text(f"cost.prices_{kept}", price_year=projection.price_year)
    lead = words.text("cost.lead", convention=convention, prices=prices)
    return [
        Block(text=lead),
        *present_value(writer),
        Block(picture=picture),
        Block(table=table),
        Block(table=each),
        *_first_year(writer),
        *_conventions(writer),
    ]


def _first_year(writer: Writer) -> list[Block]:
    words, result = writer.words, writer.result
    table = result.first_year
    cost = dict(zip(zip(table["mix"], table["course"], strict=True), table["cost"], strict=True))
    mixes, courses = ("published", "own"), dict.fromkeys(table["course"].tolist())
    aged = result.study.model.age != "none"
    rows = [
        (
            model_words.course(words, course, aged=aged),
            [writer.count(cost[mix, course]) for mix in mixes],
        )
        for course in courses
    ]
    shown = Table(
        words.text("cost.first_year_table", price_year=result.projection.price_year),
        [words.text("column.course"), *(words.text(f"mix.{mix}") for mix in mixes)],
        rows,
    )
    total = words.percent(result.published_sum)
    return [
        Block(heading=words.text("cost.first_year")),
        Block(text=words.text("cost.first_year_lead", sum=total)),
        Block(table=shown),
    ]


def _conventions(writer: Writer) -> list[Block]:
    words, projection = writer.words, writer.result.projection
    index, levels = _tables.of_levels(projection), _tables.levels_of(projection)
    period = {"first": int(projection.years[1]), "last": writer.years["last"]}
    sums = {name: np.asarray(cost).sum(axis=0) for name, cost in projection.costs.items()}
    amounts = {name: [float(x.sum()), *(float(x[i]) for i in index)] for name, x in sums.items()}
    unit = words.unit([x for of in amounts.values() for x in of])
    rows = [
        (words.text(f"convention.{name}"), [Cell(unit.number(x), x) for x in of])
        for name, of in amounts.items()
    ]
    mine = list(projection.costs).index(projection.accounting)
    table = Table(
        words.text(
            "cost.conventions_table",
            unit=unit.word,
            money=money_said(projection, words),
            **period,
        ),
        [
            words.text("column.convention"),
            words.text("cost.all"),
            *(words.text("cost.by_level", level=words.state(level)) for level in levels),
        ],
        rows,
        frozenset([mine]),
    )
    return [
        Block(heading=words.text("cost.conventions")),
        Block(text=words.text("cost.conventions_lead", **period)),
        Block(table=table),
    ]


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
