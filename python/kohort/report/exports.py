"""The same tables for a program: CSV files and a workbook, as bytes ready to write."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from kohort.plots import _tables
from kohort.plots._tables import Columns
from kohort.report.certainty import measure as certain_measure
from kohort.report.disclosed import disclosed, persons_shown
from kohort.report.money import money_said, payer_said
from kohort.support._extras import require
from kohort.support._language import WITHHELD, Language, language

if TYPE_CHECKING:
    from kohort.evaluation.budgets import Budget
    from kohort.projection.calibration import Calibration
    from kohort.study.results import StudyResult

# A spreadsheet takes text that begins so for a formula (OWASP ASVS 1.2.10), also where spaces or
# characters that nobody sees stand before, and in the full-width forms of Chinese and Japanese.
_FORMULA_STARTS = (*"=+-@\t\r\n\0", *"\uff1d\uff0b\uff0d\uff20")
_UNSEEN = (
    " \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x2010))) + "\u202f\u205f\u2060\u3000\ufeff"
)


def tables(result: StudyResult) -> dict[str, Columns]:
    """Every table of a finished study, by name: tidy columns with English machine names."""
    result = disclosed(result)
    projection = result.projection
    made = {
        "levels": _tables.persons_by_state(projection),
        "persons": persons_shown(result),
        "new_users": _tables.new_users(projection),
        "cost": _tables.cost(projection),
        "cost_by_level": _tables.cost_by_level(projection),
        "first_year": result.first_year,
        "comparison": _tables.comparison(projection),
        "difference": _tables.difference_split(projection),
        "growth": _tables.growth_split(projection),
        "transitions": result.transitions,
        "intensities": result.intensities,
        "findings": _findings(result),
    }
    if result.demand is not None:
        made["demand"] = _tables.demand(result.demand)
    if result.budget is not None:
        made["budget"] = _budget(result.budget)
    if result.variance is not None:
        made["certainty"] = dict(result.variance)
    if result.calibration is not None:
        made["calibration"] = _calibration(result.calibration)
    return made


def _budget(found: Budget) -> Columns:
    """Kronor by year, payer and line, in fixed and, by an index, in each year's prices."""
    years, payers, lines = found.real_by_payer.shape
    made = {
        "year": np.repeat(found.years, payers * lines),
        "payer": np.tile(np.repeat(np.array(found.payers), lines), years),
        "line": np.tile(np.array(found.lines), years * payers),
        "real": found.real_by_payer.ravel(),
    }
    if found.nominal_by_payer is not None:
        made["nominal"] = found.nominal_by_payer.ravel()
    return made


def _calibration(found: Calibration) -> Columns:
    """Published figures beside the model's, before and after."""
    return {
        "target": np.array([target.label for target in found.targets], dtype=str),
        "observed": np.array([target.value for target in found.targets]),
        "error": np.array(found.errors),
        "before": np.array(found.before),
        "after": np.array(found.after),
        "residual": np.array(found.residuals),
    }


def _findings(result: StudyResult) -> Columns:
    """Counted by rule; never a row, a person or a value."""
    totals: dict[tuple[str, str, str, str, str, str], int] = {}
    for f in result.findings:
        key = (f.code, f.severity, f.message, f.message_sv, f.remedy, f.remedy_sv)
        totals[key] = totals.get(key, 0) + f.count
    names = ("code", "severity", "message", "message_sv", "remedy", "remedy_sv")
    rows = sorted(totals.items())
    columns = {
        name: np.array([key[i] for key, _ in rows], dtype=str) for i, name in enumerate(names)
    }
    return columns | {"count": np.array([n for _, n in rows], dtype=int)}


# --- CSV ------------------------------------------------------------------------------------------
def csv_files(result: StudyResult, made: dict[str, Columns] | None = None) -> dict[str, bytes]:
    """One file a table (RFC 4180, UTF-8): one header, decimal points, numbers that read back.

    Parameters
    ----------
    result
        From `kohort.Study.run`.
    made
        Its `tables`, where they are there already.
    """
    return {f"{name}.csv": as_csv(table) for name, table in (made or tables(result)).items()}


def as_csv(table: Columns) -> bytes:
    """One table: one header, decimal points, numbers that read back."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(table)
    for row in zip(*(column.tolist() for column in table.values()), strict=True):
        writer.writerow([_plain_text(x) if isinstance(x, str) else _number(x) for x in row])
    return out.getvalue().encode("utf-8")


def _number(value: Any) -> str:
    """A figure that is withheld leaves its place empty."""
    return "" if value != value else repr(value)


def _plain_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe before what looks like one."""
    return f"'{text}" if text.lstrip(_UNSEEN).startswith(_FORMULA_STARTS) else text


# --- the workbook ---------------------------------------------------------------------------------
_SHEETS = {
    "levels": "levels",
    "persons": "persons",
    "new_users": "new_users",
    "cost": "cost",
    "cost_by_level": "cost_levels",
    "first_year": "first_year",
    "comparison": "comparison",
    "certainty": "certainty",
    "demand": "demand",
    "budget": "budget",
    "difference": "difference",
    "growth": "growth",
    "transitions": "transitions",
    "intensities": "intensities",
    "findings": "findings",
    "calibration": "calibration",
}
_MONEY = {
    "cost": "money",
    "cost_by_level": "money_all",
    "first_year": "money",
    "difference": "money",
    "growth": "money_growth",
    "certainty": "money",
    "budget": "money_budget",
}
"""Tables with amounts to what is said of them above their heads."""

_IN_WORDS = {
    "state": "state", "level": "state", "from": "state", "to": "state", "sex": "sex",
    "convention": "convention", "forecast": "forecast", "measure": "measure", "severity": "quality",
    "mix": "mix", "course": "course", "line": "line",
}  # fmt: skip


def workbook(
    result: StudyResult, *, lang: str = "sv", made: dict[str, Columns] | None = None
) -> bytes:
    """An Excel workbook with one formatted sheet a table and one about the study.

    Parameters
    ----------
    result
        From `kohort.Study.run`.
    lang
        ``"sv"`` or ``"en"``.
    made
        Its `tables`, where they are there already.
    """
    xlsxwriter = require("xlsxwriter", "Workbooks")
    words = language(lang)
    out = io.BytesIO()
    settings = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, settings)
    book.set_properties({"title": result.study.name, "created": _fixed_date(result)})
    looks = _looks(book)
    _about_sheet(book, looks, result, words)
    for name, table in (made or tables(result)).items():
        shown = _shown(name, table, words)
        notes = [words.text("workbook.synthetic_line")] if result.study.synthetic else []
        if not result.study.disclosure.hides:
            notes.append(words.text("workbook.internal_line"))
        if name in _MONEY:
            notes += _money_notes(result, words, name)
        _sheet(book, looks, words.text(f"workbook.{_SHEETS[name]}"), shown, notes, words, name)
    book.close()
    return out.getvalue()


def _looks(book: Any) -> dict[str, Any]:
    head = {"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 2, "bg_color": "#F3F6F7"}
    return {
        "head": book.add_format(head),
        "text": book.add_format({"valign": "top"}),
        "withheld": book.add_format({"valign": "top", "align": "right"}),
        "wrapped": book.add_format({"valign": "top", "text_wrap": True}),
        "whole": book.add_format({"num_format": "#,##0"}),
        "year": book.add_format({"num_format": "0"}),
        "share": book.add_format({"num_format": "0.0%"}),
        "rate": book.add_format({"num_format": "0.0000"}),
        "title": book.add_format({"bold": True, "font_size": 14}),
        "note": book.add_format({"italic": True, "font_color": "#8A3B00"}),
    }


def _shown(name: str, table: Columns, words: Language) -> Columns:
    """Machine names in the reader's words; of the two languages of the findings, the reader's."""
    if name == "findings":
        own = "_sv" if words.code == "sv" else ""
        table = {
            "code": table["code"],
            "severity": table["severity"],
            "count": table["count"],
            "message": table[f"message{own}"],
            "remedy": table[f"remedy{own}"],
        }
    shown = {}
    for column, values in table.items():
        prefix = _IN_WORDS.get(column)
        if column == "measure" and name == "demand":
            prefix = "demand"
        if column == "measure" and name == "certainty":
            values = np.array(
                [certain_measure(words, value, words.text("unit.kr")) for value in values]
            )
        if column == "payer":
            values, prefix = np.array([payer_said(value, words) for value in values]), None
        if column == "part":
            prefix = "growth" if name == "growth" else "part"
        known = values.dtype.kind == "U" and prefix is not None
        shown[column] = (
            np.array([_worded(words, f"{prefix}.{value}", value) for value in values])
            if known
            else values
        )
    return shown


def _worded(words: Language, key: str, otherwise: str) -> str:
    return words.text(key) if words.has(key) else otherwise


def _format_of(name: str, column: str) -> str:
    if column in ("year", "age"):
        return "year"
    if name == "transitions" or (name == "certainty" and column != "sd"):
        return "share"
    if name == "demand" and column != "year":
        return "whole"
    return "rate" if name in ("intensities", "calibration") else "whole"


def _sheet(
    book: Any, looks: Mapping[str, Any], title: str, table: Columns, notes: list[str],
    words: Language, name: str,
) -> None:  # fmt: skip
    sheet = book.add_worksheet(title[:31])
    sheet.write_string(0, 0, title, looks["title"])
    for i, note in enumerate(notes):
        sheet.write_string(1 + i, 0, note, looks["note"])
    top = 2 + len(notes)
    for j, (column, values) in enumerate(table.items()):
        numeric = values.dtype.kind in "fiu"
        head = words.text(f"column.{column}")
        sheet.write_string(top, j, head, looks["head"])
        longest = max((len(str(v)) for v in values), default=0) if not numeric else 11
        sheet.set_column(j, j, min(max(len(head), longest) + 2, 60))
        look = (
            looks[_format_of(name, column)]
            if numeric
            else looks["wrapped" if longest > 58 else "text"]
        )
        for i, value in enumerate(values.tolist()):
            if numeric and value != value:
                sheet.write_string(top + 1 + i, j, WITHHELD, looks["withheld"])
            elif numeric:
                sheet.write_number(top + 1 + i, j, value, look)
            else:
                sheet.write_string(top + 1 + i, j, value, look)
    length = len(next(iter(table.values())))
    sheet.freeze_panes(top + 1, 1)
    if length:
        sheet.autofilter(top, 0, top + length, len(table) - 1)
    _on_paper(sheet, top)


def _on_paper(sheet: Any, top: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)


def _about_sheet(book: Any, looks: Mapping[str, Any], result: StudyResult, words: Language) -> None:
    sheet = book.add_worksheet(words.text("workbook.about"))
    sheet.write_string(0, 0, result.study.name, looks["title"])
    if result.study.synthetic:
        sheet.write_string(1, 0, words.text("workbook.synthetic_line"), looks["note"])
    if not result.study.disclosure.hides:
        sheet.write_string(2, 0, words.text("workbook.internal_line"), looks["note"])
    sheet.write_string(3, 0, words.text("column.setting"), looks["head"])
    sheet.write_string(3, 1, words.text("column.value"), looks["head"])
    for i, (name, value) in enumerate(result.about(words.code).items()):
        sheet.write_string(4 + i, 0, words.text(f"manifest.{name}"), looks["text"])
        sheet.write_string(4 + i, 1, value, looks["wrapped"])
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 80)
    sheet.freeze_panes(4, 0)
    _on_paper(sheet, 3)


def _money_notes(result: StudyResult, words: Language, name: str) -> list[str]:
    projection = result.projection
    convention = words.text(f"convention.{projection.accounting}")
    # What one person costs, and fixed prices, are in money of the price year, whatever the yearly
    # amounts are in.
    unit_money = words.text("strategy.real", year=projection.price_year)
    in_unit = name in ("first_year", "budget")
    money = unit_money if in_unit else money_said(projection, words)
    told = words.text(f"workbook.{_MONEY[name]}", convention=convention, money=money)
    return [told, *result.money.notes(words)]


def _fixed_date(result: StudyResult) -> Any:
    """The extraction date: the same study gives the same bytes whenever it is run."""
    import datetime as dt

    return dt.datetime.combine(result.study.data.extraction_date, dt.time())
