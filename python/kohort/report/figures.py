"""Pictures as SVG for a page: text stays text, same bytes each time, described in words."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import escape
from typing import Any

from kohort.support._extras import require

_MEASURED = "DejaVu Sans"  # comes with matplotlib; Verdana on a reader's machine is as wide
_SHOWN = f"'{_MEASURED}', Verdana, Geneva, sans-serif"


def svg(
    name: str,
    title: str,
    description: str,
    draw: Callable[[Any], Any],
    size: tuple[float, float],
) -> str:
    """One picture as an `<svg>` element.

    Parameters
    ----------
    name
        Unique within the page: every id in the picture begins with it.
    title, description
        Become `<title>` and `<desc>`, which a screen reader reads instead of the picture.
    draw
        Called with an `Axes`.
    size
        Width and height in inches.
    """
    matplotlib = require("matplotlib", "Pictures")
    figure_module = require("matplotlib.figure", "Pictures")
    require("matplotlib.backends.backend_svg", "Pictures")
    settings = {
        "svg.hashsalt": name,
        "svg.fonttype": "none",
        "font.family": [_MEASURED],
        "axes.unicode_minus": True,
    }
    with matplotlib.rc_context(settings):
        figure = figure_module.Figure(figsize=size, layout="constrained")
        draw(figure.subplots())
        out = io.StringIO()
        figure.savefig(
            out, format="svg", transparent=True,
            metadata={"Date": None, "Creator": None, "Format": None, "Type": None},
        )  # fmt: skip
    return _described(out.getvalue(), name, title, description)


def _described(source: str, name: str, title: str, description: str) -> str:
    """Cut the file's head, prefix every id with the name, and put title and description first."""
    body = source[source.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL)
    body = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>\s*", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", body)
    body = re.sub(r'xlink:href="#([^"]+)"', rf'href="#{name}-\1"', body)
    body = body.replace(f"'{_MEASURED}'", _SHOWN)
    head, rest = body.split(">", 1)
    head = re.sub(r'\s(width|height|version|xmlns:xlink)="[^"]*"', "", head)
    labels = f'role="img" aria-labelledby="{name}-title {name}-desc"'
    words = (
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(description)}</desc>'
    )
    return f"{head} {labels}>{words}{rest.strip()}"
