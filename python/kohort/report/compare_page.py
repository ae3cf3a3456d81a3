"""Strategies compared, as a page of its own."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from kohort import _html, plots_programme
from kohort._language import Language
from kohort.report.break_even_page import STYLE
from kohort.report.figures import svg

if TYPE_CHECKING:
    from kohort.outcomes import Outcomes
    from kohort.study import Study


def lead(made: Outcomes, words: Language) -> str:
    """What the figures are."""
    first, last = made.years
    return words.text("compare.lead", first=first, last=last, price_year=made.price_year)


def page(made: Outcomes, study: Study, words: Language) -> str:
    """One HTML file, no script, nothing fetched."""
    title = words.text("compare.title", name=study.name)
    parts = [f"<h1>{escape(title)}</h1>"]
    if study.synthetic:
        parts.append(
            f'<p class="synthetic"><strong>{escape(words.text("report.synthetic"))}.</strong> '
            f"{escape(words.text('report.synthetic_long'))}</p>"
        )
    parts.append(f"<p>{escape(lead(made, words))}</p>")
    caption, text = words.text("compare.picture"), words.text("compare.picture_text")
    size = (7.2, 1.0 + 0.7 * len(made.outcomes))
    made_picture = svg(
        "compare", caption, text, lambda ax: plots_programme.outcomes(made, ax, lang=words.code),
        size,
    )  # fmt: skip
    parts.append(f"<figure><figcaption>{escape(caption)}</figcaption>{made_picture}</figure>")
    parts.append(f'<div class="scroll">{_html.table(*made.grid(words))}</div>')
    parts += [f"<p>{escape(line)}</p>" for line in made.in_words(words.code)]
    for o in made.outcomes:
        if o.pays and o.gains:
            said = words.text(
                "compare.gains", name=o.label(words), pays=o.pays, gains=o.gains,
                cost=words.millions(o.programme),
                support=words.signed((o.support + o.hours) / 1e6, 1),
            )  # fmt: skip
            parts.append(f"<p>{escape(said)}</p>")
    if made.draws:
        worst = max(o.monte_carlo_error for o in made.outcomes)
        parts.append(
            f"<p>{escape(words.text('compare.error', error=words.millions(worst, 2)))}</p>"
        )
    return (
        f'<!doctype html><html lang="{words.code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src '
        f"'unsafe-inline'\"><title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f"<main>{''.join(parts)}</main></body></html>\n"
    )
