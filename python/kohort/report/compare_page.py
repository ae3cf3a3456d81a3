"""Strategies compared, as a page of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kohort import plots_programme
from kohort._language import Language
from kohort.report.sheet import figure, notices, paragraphs, sheet, table

if TYPE_CHECKING:
    from kohort.outcomes import Outcomes
    from kohort.study import Study


def lead(made: Outcomes, words: Language) -> str:
    """What the figures are."""
    first, last = made.years
    return words.text("compare.lead", first=first, last=last, price_year=made.price_year)


def page(made: Outcomes, study: Study, words: Language) -> str:
    """One HTML file, no script, nothing fetched."""
    parts = notices(words, synthetic=study.synthetic, internal=not study.disclosure.hides)
    parts += paragraphs([lead(made, words)])
    parts.append(
        figure(
            "compare", words.text("compare.picture"), words.text("compare.picture_text"),
            lambda ax: plots_programme.outcomes(made, ax, lang=words.code),
            (7.2, 1.0 + 0.7 * len(made.outcomes)),
        )
    )  # fmt: skip
    parts.append(table(*made.grid(words)))
    parts.append(table(*made.money(words)))
    parts += paragraphs(made.in_words(words.code))
    parts += paragraphs(
        words.text(
            "compare.gains", name=o.label(words), pays=o.pays, gains=o.gains,
            cost=words.millions(o.programme),
            support=words.signed((o.support + o.hours) / 1e6, 1),
        )
        for o in made.outcomes if o.pays and o.gains
    )  # fmt: skip
    if made.draws:
        parts += paragraphs([words.text("compare.error")])
    return sheet(words.text("compare.title", name=study.name), parts, words)
