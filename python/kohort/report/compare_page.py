"""Strategies compared, as a page of its own."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from kohort.plots import programme as plots_programme
from kohort.report.money import money_said, payer_said
from kohort.report.parts import joined
from kohort.report.sheet import figure, notices, paragraphs, sheet, table
from kohort.study.study_money import population_error_said, study_money
from kohort.support._language import Language

if TYPE_CHECKING:
    from kohort.evaluation.budget_impact import BudgetImpact
    from kohort.evaluation.outcomes import Outcomes
    from kohort.study.settings import Study
    from kohort.study.study_money import StudyMoney


def lead(made: Outcomes, study: Study, words: Language) -> str:
    """What the figures are, and which uncertainty their intervals count."""
    first, last = made.years
    money = study_money(study)
    sources = ["estimates"]
    sources += ["people"] if population_error_said(study, words) else []
    sources += ["prices"] if money.settings.uncertain else []
    return words.text(
        "compare.lead", first=first, last=last, money=money_said(made, words),
        discounting=money.discounted(words),
        sources=joined([words.text(f"compare.source_{s}") for s in sources], words),
    )  # fmt: skip


def known(study: Study, words: Language) -> list[str]:
    """What the money is, and which uncertainty is counted beside that of the estimates."""
    people = population_error_said(study, words) or words.text("compare.people_known")
    return [x for x in (" ".join(study_money(study).notes(words)), people) if x]


def impact_grid(
    impacts: Mapping[str, BudgetImpact], made: Outcomes, money: StudyMoney, words: Language
) -> tuple[str, list[str], list[list[str]]]:
    """By strategy and payer: what the budget of all years changes by. Heading, columns, rows."""
    labels = {o.name: o.label(words) for o in made.outcomes}
    shown = {name: money.by_payer(impact) for name, impact in impacts.items() if name in labels}
    unit = words.unit([float(x) for values in shown.values() for x in values], signed=True)
    payers = next(iter(impacts.values())).payers
    heads = [
        words.text("compare.head_impact", unit=unit.word),
        *(payer_said(payer, words) for payer in payers), words.text("amounts.all"),
    ]  # fmt: skip
    rows = [
        [labels[name], *(unit.number(float(x)) for x in values), unit.number(float(values.sum()))]
        for name, values in shown.items()
    ]
    heading = words.text(
        "compare.impact", year=money.price_year,
        discounting=money.discounted(words) if money.discounts_budgets
        else words.text("cost.undiscounted"),
    )  # fmt: skip
    return heading, heads, rows


def page(
    made: Outcomes,
    study: Study,
    words: Language,
    impacts: Mapping[str, BudgetImpact] | None = None,
) -> str:
    """One HTML file, no script, nothing fetched."""
    parts = notices(words, synthetic=study.synthetic, internal=not study.disclosure.hides)
    parts += paragraphs([lead(made, study, words), *known(study, words)])
    parts.append(
        figure(
            "compare", words.text("compare.picture"), words.text("compare.picture_text"),
            lambda ax: plots_programme.outcomes(made, ax, lang=words.code, titled=False),
            (7.2, 1.0 + 0.7 * len(made.outcomes)),
        )
    )  # fmt: skip
    parts.append(table(*made.grid(words), heading=words.text("compare.changes")))
    parts.append(table(*made.money(words), heading=words.text("compare.parts"), texts=2))
    if impacts:
        heading, heads, rows = impact_grid(impacts, made, study_money(study), words)
        parts.append(table(heads, rows, heading=heading))
        parts += paragraphs([words.text("compare.impact_note")])
    parts += [f"<h2>{escape(words.text('compare.said'))}</h2>"]
    parts += paragraphs(made.in_words(words.code))
    for o in made.outcomes:
        if o.pays and o.gains:
            unit = words.unit([o.programme, o.support + o.hours])
            parts += paragraphs(
                [
                    words.text(
                        "compare.gains", name=o.label(words), pays=o.pays, gains=o.gains,
                        cost=unit.number(o.programme), unit=unit.word,
                        support=words.signed((o.support + o.hours) / unit.divisor, unit.digits),
                    )
                ]
            )  # fmt: skip
    if made.draws:
        parts += paragraphs([words.text("compare.error")])
    return sheet(words.text("compare.title", name=study.name), parts, words)
