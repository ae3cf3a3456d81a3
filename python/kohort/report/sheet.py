"""A page of one piece in one language: a comparison, a break-even, a backtest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from importlib import resources
from typing import Any

from kohort.report.figures import svg
from kohort.support import _html
from kohort.support._language import Language


def sheet(title: str, parts: Iterable[str], words: Language) -> str:
    """One HTML file, no script, nothing fetched; `parts` follow the heading as they are."""
    style = resources.files("kohort.report").joinpath("sheet.css").read_text(encoding="utf-8")
    return (
        f'<!doctype html><html lang="{words.code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src '
        f"'unsafe-inline'\"><title>{escape(title)}</title><style>{style}</style></head><body>"
        f"<main><h1>{escape(title)}</h1>{''.join(parts)}</main></body></html>\n"
    )


def notice(term: str, text: str) -> str:
    """What must be known before anything else on the page."""
    return f'<p class="synthetic"><strong>{escape(term)}</strong> {escape(text)}</p>'


def synthetic_notice(words: Language) -> str:
    """That the municipality is made up."""
    return notice(f"{words.text('report.synthetic')}.", words.text("report.synthetic_long"))


def notices(words: Language, *, synthetic: bool, internal: bool) -> list[str]:
    """That the municipality is made up, and that small numbers are shown."""
    parts = [synthetic_notice(words)] if synthetic else []
    if internal:
        parts.append(
            notice(f"{words.text('report.internal')}.", words.text("report.internal_long"))
        )
    return parts


def paragraphs(lines: Iterable[str]) -> list[str]:
    """Each line as a paragraph."""
    return [f"<p>{escape(line)}</p>" for line in lines]


def table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, heading: str = "", texts: int = 1
) -> str:
    """A table that scrolls by itself where the screen is narrow; `texts` columns are words."""
    above = f"<h2>{escape(heading)}</h2>" if heading else ""
    made = _html.table(list(heads), [list(r) for r in rows], texts=texts)
    return f'<div class="scroll">{above}{made}</div>'


def figure(
    name: str, caption: str, text: str, draw: Callable[[Any], Any], size: tuple[float, float]
) -> str:
    """A picture under its caption, with `text` for those who hear the page."""
    made = svg(name, caption, text, draw, size)
    return f"<figure><figcaption>{escape(caption)}</figcaption><div>{made}</div></figure>"
