"""A break-even as a page of its own: the answer, a picture, what it takes, what it rests on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from kohort.plots import programme as plots_programme
from kohort.programme.break_even_words import (
    grid,
    input_value,
    kronor,
    needed,
    percent,
    persons,
    sentences,
    threshold_grid,
)
from kohort.programme.enrolment import read_three_ways
from kohort.report.sheet import figure as picture
from kohort.report.sheet import notice, notices, paragraphs, sheet, table
from kohort.support._language import Language

if TYPE_CHECKING:
    from kohort.programme.break_even_result import BreakEven
    from kohort.programme.ways import WaysCompared

_TEXTS = ("picture", "picture_text", "picture_payback", "picture_payback_text")


def always(found: BreakEven, words: Language) -> list[tuple[str, str]]:
    """What every such figure rests on, with the figures of this one: term and text."""
    p, values = found.programme, found.programme.values()
    n = persons(found.enrolment.enrolled, words)

    def takes(name: str) -> str:
        at = [t for t in found.thresholds if t.input == name]
        if not at:
            return words.text("programme.takes_unknown")
        if at[0].at is not None:
            return words.text("programme.takes_at", n=n, threshold=needed(at[0], words))
        return words.text(f"programme.takes_{'any' if at[0].net_low >= 0 else 'never'}", n=n)

    def given(name: str) -> str:
        return input_value(name, values.get(name, 1.0), words)

    def said(name: str, **shown: object) -> tuple[str, str]:
        term = words.text(f"programme.always_{name.removesuffix('_loss')}")
        return term, words.text(f"programme.always_{name}_text", n=n, **shown)

    teams = p.teams(found.enrolment.enrolled)
    spent = p._core.cost_of_teams(teams) + found.enrolment.enrolled * values.get("variable_cost", 0)
    chance = found.narrow_chance
    uncertainty = (
        said("uncertainty", draws=words.number(found.draws), seed=found.seed)
        if found.draws
        else (
            words.text("programme.always_uncertainty"),
            words.text("programme.always_uncertainty_none"),
        )
    )
    return [
        said("null", null=_null(found, words),
             net=kronor(found.narrow_net, words),
             chance="" if chance is None
             else words.text("programme.chance", chance=percent(chance, words))),
        said("selection", hours=words.number(values.get("hours_avoided", 0.0), 1),
             takes=takes("hours_avoided")),
        said("marginal", value=given("hour_cost"), takes=takes("hour_cost")),
        said("double_work", value=given("double_work"), takes=takes("double_work"),
             work=_double_work(found, words)),
        said("performed", value=given("performed"), takes=takes("performed")),
        said("released", value=given("released"), takes=takes("released")),
        said("gains" if found.net + spent >= 0 else "gains_loss", cost=kronor(spent, words),
             saved=kronor(abs(found.net + spent), words),
             pays=p.pays or words.text("programme.always_pays_default"),
             gains=p.gains or words.text("programme.always_gains_default")),
        uncertainty,
    ]  # fmt: skip


def _null(found: BreakEven, words: Language) -> str:
    """Where break-even lies if nothing is saved after discharge."""
    at = found.narrow.enrolled
    if math.isinf(at):
        return words.text("programme.null_never")
    return words.text("programme.null_pays", enrolled=persons(at, words))


def _double_work(found: BreakEven, words: Language) -> str:
    """Where break-even lies with more or less double work: a whole sentence in every case."""
    if all(math.isinf(at) for at in found.by_double_work.values()):
        return words.text("programme.work_none")
    parts = [
        words.text(
            "programme.work_not" if math.isinf(at) else "programme.work_pays",
            share=words.text(f"programme.work_{round(100 * share)}"),
            at=persons(at, words),
        )
        for share, at in found.by_double_work.items()
    ]
    return "; ".join(parts) + "."


def readings(found: BreakEven, figure: float, words: Language) -> tuple[list[str], list[list[str]]]:
    """Heads and rows: what one figure means in each of its three readings."""
    heads = [words.text(f"programme.head_{h}") for h in ("reading", "on_day", "net")]
    rows = [
        [
            words.text(f"programme.reading_{name}"),
            persons(n, words),
            kronor(found.programme.net(n), words),
        ]
        for name, n in read_three_ways(figure, found.enrolment.stay).items()
    ]
    return heads, rows


def page(
    found: BreakEven,
    words: Language,
    *,
    name: str,
    synthetic: bool = False,
    internal: bool = False,
    figure: float | None = None,
    ways: WaysCompared | None = None,
    money: Sequence[str] = (),
) -> str:
    """One HTML file, no script, nothing fetched.

    Parameters
    ----------
    name
        Of the programme, for the heading.
    synthetic
        Whether the figures are made up.
    internal
        Whether it must not be passed on; then it says so.
    figure
        A figure of unclear meaning ("30 a month"), shown in its three readings.
    ways
        A comparison to show as well.
    money
        What a reader must know of the money, beside its price year.
    """
    title = words.text("programme.title", name=name)
    lead, *rest = sentences(found, words)
    parts = []
    if synthetic:
        parts.append(
            notice(words.text("programme.constructed"), words.text("programme.constructed_long"))
        )
    parts += notices(words, synthetic=False, internal=internal)
    parts.append(f'<p class="lead">{escape(lead)}</p>')
    parts += paragraphs(rest)
    for finding in found.findings:
        message = finding.message_sv if words.code == "sv" else finding.message
        remedy = finding.remedy_sv if words.code == "sv" else finding.remedy
        parts.append(
            f"<p><strong>{escape(finding.code)}</strong> {escape(message)} {escape(remedy)}</p>"
        )
    text = {name: words.text(f"programme.{name}") for name in _TEXTS}
    parts.append(
        _picture("net", text["picture"], text["picture_text"],
                 lambda ax: plots_programme.net_by_enrolled(found, ax, lang=words.code))
    )  # fmt: skip
    parts.append(table(*grid(found, words)))
    if figure is not None:
        heading = words.text("programme.readings", figure=words.number(figure))
        parts += [f"<h2>{escape(heading)}</h2>", table(*readings(found, figure, words))]
    heading = words.text("programme.thresholds", n=persons(found.enrolment.enrolled, words))
    parts += [f"<h2>{escape(heading)}</h2>", table(*threshold_grid(found, words))]
    parts.append(
        _picture("payback", text["picture_payback"], text["picture_payback_text"],
                 lambda ax: plots_programme.payback(found, ax, lang=words.code))
    )  # fmt: skip
    if ways is not None:
        heading = words.text("programme.ways.title", name=name)
        parts.append(f"<h2>{escape(heading)}</h2>")
        parts += paragraphs(ways.in_words(words.code))
        parts.append(
            _picture("ways", words.text("programme.axis_net"), heading,
                     lambda ax: plots_programme.ways(ways, ax, lang=words.code, titled=False))
        )  # fmt: skip
        parts.append(table(*ways.grid(words)))
    parts.append(f"<h2>{escape(words.text('programme.always'))}</h2><dl>")
    parts += [f"<dt>{escape(t)}</dt><dd>{escape(x)}</dd>" for t, x in always(found, words)]
    evidence = found.programme.evidence or words.text("programme.no_evidence")
    parts.append(
        f"</dl><p>{escape(words.text('programme.evidence', text=evidence))} "
        f"{escape(words.text('programme.price_year', year=found.programme.price_year))}</p>"
    )
    parts += paragraphs(money)
    return sheet(title, parts, words)


def _picture(name: str, caption: str, text: str, draw: Callable[[Any], Any]) -> str:
    return picture(f"programme-{name}", caption, text, draw, (7.2, 3.8))
