"""A small extract that comes as a text, a table or a workbook. All people here are made up."""

from __future__ import annotations

import datetime as dt

import xlsxwriter

import kohort as kh

LEVELS = kh.named_levels()
HEAD = ("brukare", "beslut_id", "fran", "till", "niva", "handelse", "kostnad")
ROWS = [
    ("p1", "b1", "2021-01-01", "2021-06-30", "lätt", "beslut", 12345.67),
    ("p1", "b2", "2021-07-01", "", "mycket", "beslut", 1200.0),
    ("p1", "", "2022-03-05", "", "", "död", None),
    ("p2", "b3", "2020-02-29", "2022-12-31", "helt beroende", "beslut", None),
    ("p3", "b4", "2022-12-31", "", "måttligt", "beslut", 0.5),
]


def swedish(number: float | None, space: str = "") -> str:
    if number is None:
        return ""
    return f"{number:,.2f}".replace(",", space).replace(".", ",")


def plain(space: str = "", end: str = "\n") -> str:
    lines = [";".join(HEAD)]
    lines += [";".join((*row[:-1], swedish(row[-1], space))) for row in ROWS]
    return end.join(lines) + end


def read(data, **options):
    return kh.read_decisions(
        data, **{"level_rule": LEVELS, "extraction_date": "2022-12-31"} | options
    )


def fingerprint(found):
    seen = found.observations
    parts = (seen.subject_names, seen.times.tolist(), seen.states.tolist(), seen.kinds.tolist())
    return (*parts, seen.covariates.tolist(), tuple(f.code for f in found.findings))


def cost_of(found):
    return found.costs("polars").rows()


def columns():
    table = {name: [row[k] for row in ROWS] for k, name in enumerate(HEAD)}
    for name in ("fran", "till"):
        table[name] = [dt.date.fromisoformat(day) if day else None for day in table[name]]
    return table


def cells():
    table = columns()
    return [[table[name][k] for name in HEAD] for k in range(len(ROWS))]


def workbook(path, rows=None, *, sheets=("Blad1",), book=None, touch=None, top=0, left=0):
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd", **(book or {})}) as made:
        for name in sheets:
            sheet = made.add_worksheet(name)
            for r, row in enumerate(rows or [HEAD, *cells()], top):
                for c, value in enumerate(row, left):
                    if value is not None and value != "":
                        sheet.write(r, c, value)
            if touch:
                touch(made, sheet)
    return path
