"""The report: one HTML file with both languages, no script, nothing fetched from anywhere."""

from __future__ import annotations

import functools
from importlib import resources
from typing import TYPE_CHECKING, Any

from kohort._core import __version__
from kohort.report.content import sections
from kohort.report.disclosed import disclosed
from kohort.support._extras import require
from kohort.support._language import LANGUAGES, language

if TYPE_CHECKING:
    from kohort.study.results import StudyResult


def html(result: StudyResult, *, lang: str = "sv") -> str:
    """The report as the text of one file.

    Parameters
    ----------
    result
        From `kohort.Study.run`.
    lang
        The language that is shown first, ``"sv"`` or ``"en"``; the reader can switch.
    """
    language(lang)
    result = disclosed(result)
    return rendered([_page(result, code) for code in (lang, *(c for c in LANGUAGES if c != lang))])


def rendered(pages: list[dict[str, Any]]) -> str:
    """One file of the same page in several languages, the first of them shown.

    Parameters
    ----------
    pages
        Each with its `code`, `words`, `title`, `kicker`, `lead`, whether it is `synthetic` or
        `internal`, its `sections`, the first of which is called summary, and its `footer`.
    """
    pages = [{"internal": False} | page for page in pages]
    return str(
        _template().render(
            pages=pages,
            first=pages[0]["words"],
            title=pages[0]["title"],
            style=_resource("report.css"),
            version=__version__,
        )
    )


def _page(result: StudyResult, code: str) -> dict[str, Any]:
    words = language(code)
    years = result.projection.years
    title = words.text(
        "report.title", name=result.study.name, first=int(years[0]), last=int(years[-1])
    )
    return {
        "code": code,
        "words": words,
        "title": title,
        "kicker": words.text("report.kicker"),
        "lead": words.text("report.lead"),
        "synthetic": result.study.synthetic,
        "internal": not result.study.disclosure.hides,
        "sections": sections(result, words),
        "footer": words.text("report.footer", version=__version__),
    }


@functools.cache
def _template() -> Any:
    jinja2 = require("jinja2", "Reports")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_resource("report.html.j2"))


def _resource(name: str) -> str:
    return resources.files("kohort.report").joinpath(name).read_text(encoding="utf-8")
