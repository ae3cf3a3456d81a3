"""Results as HTML for notebooks: functions over fields, every text escaped, no script."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_CELL = "padding:.15em .7em;border-bottom:1px solid #d0d0d0;"


def table(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    caption: str | None = None,
    texts: int = 1,
) -> str:
    """A table whose first column heads its rows, and so many are words; all text is escaped."""
    parts = ['<table style="border-collapse:collapse">']
    if caption:
        parts.append(f'<caption style="text-align:left;padding:.3em 0">{escape(caption)}</caption>')
    heads = [
        _cell("th", head, "left" if i < texts else "right", "col") for i, head in enumerate(headers)
    ]
    parts.append(f"<thead><tr>{''.join(heads)}</tr></thead><tbody>")
    for row in rows:
        cells = [
            _cell("th", row[0], "left", "row"),
            *(_cell("td", x, "left" if i < texts else "right") for i, x in enumerate(row[1:], 1)),
        ]
        parts.append(f"<tr>{''.join(cells)}</tr>")
    parts.append("</tbody></table>")
    return "".join(parts)


def block(title: str, *, verdict: str = "", good: bool = True, parts: Sequence[str] = ()) -> str:
    """A heading, a coloured and worded verdict, and ready-made pieces of HTML below."""
    head = f'<p style="margin:.3em 0"><strong>{escape(title)}</strong>'
    if verdict:
        colour = "#00664b" if good else "#9a3a00"
        mark = "✓" if good else "⚠"
        head += f' <span style="color:{colour}">{mark} {escape(verdict)}</span>'
    return f"<div>{head}</p>{''.join(parts)}</div>"


def _cell(tag: str, text: str, align: str, scope: str = "") -> str:
    heads = f' scope="{scope}"' if scope else ""
    weight = "font-weight:normal;" if scope == "row" else ""
    return f'<{tag}{heads} style="{_CELL}{weight}text-align:{align}">{escape(text)}</{tag}>'
