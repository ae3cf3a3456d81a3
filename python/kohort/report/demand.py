"""The section on what the forecast asks of home help, care homes and staff."""

from __future__ import annotations

import functools

from kohort.plots import _tables
from kohort.plots import demand as plots_demand
from kohort.report.parts import Block, Cell, Table, Writer, joined

_PICTURES = ("performed_hours", "places")


def demand(writer: Writer) -> list[Block]:
    """Hours, places and staff year by year with their limits, and what they were reckoned from."""
    words, result, years = writer.words, writer.result, writer.years
    found, settings = result.demand, result.study.demand
    assert found is not None
    assert settings is not None
    table = _tables.demand(found)
    of = {name: {k: v[table["measure"] == name] for k, v in table.items()} for name in found.point}

    def cell(name: str, i: int) -> Cell:
        value = float(of[name]["value"][i])
        shown = words.number(value)
        if name in found.draws:
            shown += f" ({words.span(of[name]['low_95'][i], of[name]['high_95'][i])})"
        return Cell(shown, value)

    shown = sorted({0, (len(found.years) - 1) // 2, len(found.years) - 1})
    rows = [(words.text(f"demand.{name}"), [cell(name, i) for i in shown]) for name in found.point]
    heads = [words.text("demand.measure"), *(str(found.years[i]) for i in shown)]
    pictures = []
    for name in _PICTURES:
        first, last = float(of[name]["value"][0]), float(of[name]["value"][-1])
        pictures.append(
            writer.picture(
                f"demand-{name}",
                words.text(f"demand.{name}"),
                words.text(
                    "demand.picture_text",
                    first=int(found.years[0]),
                    last=years["last"],
                    now=words.number(first),
                    then=words.number(last),
                ),
                functools.partial(plots_demand.demand, found, name, lang=words.code, titled=False),
                (5.2, 3.0),
            )
        )
    people = "population" in result.intervals_of
    lead = words.text(
        "demand.lead",
        intervals=words.text(
            "demand.intervals_chance" if result.projection.chance else "demand.intervals_estimates",
            people=words.text("demand.intervals_people") if people else "",
        ),
    )
    return [
        Block(text=lead),
        Block(pictures=pictures),
        Block(table=Table(words.text("demand.table"), heads, rows)),
        Block(heading=words.text("demand.assumed")),
        *_assumed(writer),
    ]


def _assumed(writer: Writer) -> list[Block]:
    words, settings = writer.words, writer.result.study.demand
    assert settings is not None
    given = settings.rates().by_level(_tables.levels_of(writer.result.projection))
    names = ("hours", "performed", "in_homes", "heavy", "heavy_hours")
    rows = []
    for i, level in enumerate(_tables.levels_of(writer.result.projection)):
        cells = []
        for name in names:
            value = float(given[name][i])
            share = name in ("performed", "in_homes", "heavy")
            said = words.percent(value) if share else words.number(value)
            blank = name == "heavy_hours" and given["heavy"][i] == 0
            cells.append(Cell("") if blank else Cell(said, value))
        rows.append((words.state(level), cells))
    heads = [words.text("column.level"), *(words.text(f"demand.rate_{name}") for name in names)]
    noted = [
        words.text("demand.places_said", days=words.number(settings.vacancy_days),
                   occupancy=words.percent(settings.occupancy)),
    ]  # fmt: skip
    staff = []
    if settings.hours_per_post > 0:
        staff.append(words.text("demand.staff_home", hours=words.number(settings.hours_per_post)))
    if settings.posts_per_place > 0:
        staff.append(
            words.text("demand.staff_homes", posts=words.number(settings.posts_per_place, 2))
        )
    noted.append(
        words.text("demand.staff_said", list=joined(staff, words))
        if staff
        else words.text("demand.staff_none")
    )
    if settings.source:
        noted.append(words.text("demand.source", source=settings.source))
    caption = words.text("demand.rates", hours=words.number(settings.heavy_from))
    return [Block(table=Table(caption, heads, rows)), Block(text=" ".join(noted))]
