"""The data-quality page of an extract: what was found, what it looks like, what was done to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kohort._core import Finding, __version__
from kohort.data.series import Regime, month_text
from kohort.plots import quality as plots_quality
from kohort.privacy.profile import PUBLIC, withheld, written_few
from kohort.report import figures
from kohort.report.html import rendered
from kohort.report.parts import Block, Card, Cell, Picture, Section, Table
from kohort.support._language import LANGUAGES, WITHHELD, Language, language
from kohort.support._refusal import counted
from kohort.support._shown import plain

if TYPE_CHECKING:
    from kohort.data.quality import Quality

_POLICIES = (
    "level_rule", "level_rule_sha256", "extraction_date", "observed_from", "overlap", "gap_days",
    "short_stay_days", "regime_breaks", "ended",
)  # fmt: skip


def quality_page(
    found: Quality | None,
    findings: Iterable[Finding],
    *,
    file: str = "",
    lang: str = "sv",
    synthetic: bool = False,
) -> str:
    """The page as the text of one file, in both languages, with aggregates only.

    Parameters
    ----------
    found
        From `Decisions.quality`; None if the file was refused. Then there are no pictures: people
        half read would make wrong ones.
    findings
        All of them; only how often each rule spoke is shown, no rows.
    file
        The extract's name, for the heading; left out if it may be somebody's.
    lang
        The language that is shown first, ``"sv"`` or ``"en"``; the reader can switch.
    synthetic
        Whether the data are made up.
    """
    listed = tuple(findings)
    file = file if plain(file) else ""
    language(lang)
    pages = []
    for code in (lang, *(c for c in LANGUAGES if c != lang)):
        words = language(code)
        said = words.text
        pages.append({
            "code": code,
            "words": words,
            "title": said("dataquality.title_of", file=file) if file else said("dataquality.title"),
            "kicker": said("dataquality.kicker"),
            "lead": said("dataquality.lead"),
            "synthetic": synthetic,
            "sections": _sections(found, listed, words),
            "footer": said("report.footer", version=__version__),
        })  # fmt: skip
    return rendered(pages)


def _sections(found: Quality | None, findings: Sequence[Finding], words: Language) -> list[Section]:
    made = [("summary", _summary(found, findings, words)), ("findings", _findings(findings, words))]
    if found is not None:
        made += [("months", _months(found, words)), ("done", _done(found, words))]
    made.append(("limits", [Block(text=words.text("dataquality.limits", least=PUBLIC.threshold))]))
    return [Section(name, words.text(f"dataquality.section_{name}"), blocks)
            for name, blocks in made]  # fmt: skip


def _summary(found: Quality | None, findings: Sequence[Finding], words: Language) -> list[Block]:
    number = counted(findings)
    faults = number["E"]
    verdict = words.text(
        "dataquality.refused" if faults else "dataquality.read", faults=words.number(faults)
    )
    blocks = [Block(text=verdict)]
    cards: list[tuple[str, str, float, list[str]]] = [
        (words.text(f"dataquality.card_{name}"), words.number(n), float(n), [])
        for name, n in (("faults", faults), ("warnings", number["W"]))
    ]
    if found is not None:
        counts = found.counts
        persons, used = counts.get("persons followed", 0), counts.get("decisions used", 0)
        span = ""
        if len(found.months):
            span = words.text(
                "dataquality.span",
                first=month_text(int(found.months[0])),
                last=month_text(int(found.months[-1])),
            )
        cards = [
            (words.text("dataquality.card_persons"), words.number(persons), persons, [span]),
            (words.text("dataquality.card_decisions"), words.number(used), used, []),
            *cards,
        ]
    blocks.append(
        Block(cards=[Card(label, Cell(shown, n), details) for label, shown, n, details in cards])
    )
    return blocks


def _findings(findings: Sequence[Finding], words: Language) -> list[Block]:
    if not findings:
        return [Block(text=words.text("quality.none"))]
    swedish = words.code == "sv"
    rows: dict[tuple[str, str, str, str], int] = {}
    for f in findings:
        message, remedy = (f.message_sv, f.remedy_sv) if swedish else (f.message, f.remedy)
        key = (f.severity, f.code, message, remedy)
        rows[key] = rows.get(key, 0) + f.count
    shown = [
        (
            code,
            [Cell(words.text(f"quality.{severity}")), _number(severity, n, words), Cell(message),
             Cell(remedy)],
        )
        for (severity, code, message, remedy), n in sorted(
            rows.items(), key=lambda x: ("EWID".index(x[0][0]), x[0])
        )
    ]  # fmt: skip
    heads = [words.text(f"quality.{name}") for name in ("code", "severity", "count", "message")]
    heads.append(words.text("dataquality.remedy"))
    table = Table(words.text("quality.table"), heads, shown, wordy=True)
    return [Block(text=words.text("dataquality.findings_lead")), Block(table=table)]


def _number(severity: str, count: int, words: Language) -> Cell:
    """Faults and warnings are counted one by one; what only informs may be about few people."""
    return _cell(count if severity in "EWD" else float(withheld([count])[0]), words)


def _months(found: Quality, words: Language) -> list[Block]:
    blocks = [Block(text=words.text("dataquality.months_lead"))]
    for regime in found.regimes:
        blocks.append(Block(text=words.text("dataquality.regime", date=regime.date.isoformat())))
        blocks.append(Block(table=_regime(regime, words)))
    if found.reporting_gaps:
        blocks.append(Block(text=words.text("dataquality.silent")))
    tables = {
        "stock": (found.levels, found.stock), "entries": (("entries",), found.entries[:, None]),
        "mix": (found.levels, found.mix), "started": (found.units, found.started),
    }  # fmt: skip
    for name, (heads, values) in tables.items():
        table = _by_month(found, name, heads, values, words)
        blocks.append(Block(picture=_picture(found, name, words, table)))
    blocks.append(Block(picture=_picture(found, "gaps", words, _gaps(found, words))))
    return blocks


def _picture(found: Quality, name: str, words: Language, table: Table) -> Picture:
    title = words.text(f"dataquality.{name}")
    draw: Callable[..., Any] = getattr(plots_quality, name)
    rows = min(len(found.units), 14) if name == "started" else 0
    svg = figures.svg(
        f"{name}-{words.code}",
        title,
        words.text(f"dataquality.{name}_text"),
        lambda ax: draw(found, ax, lang=words.code),
        (7.2, 1.1 + 0.42 * rows if rows > 5 else 3.3),
    )
    return Picture(name, title, svg, table)


def _by_month(
    found: Quality, name: str, heads: Sequence[str], values: Any, words: Language
) -> Table:
    if name == "entries":
        columns = [words.text("dataquality.entries_head")]
    elif name == "started":
        columns = [unit or words.text("dataquality.all") for unit in heads]
    else:
        columns = [words.state(level) for level in heads]
    rows = [
        (month_text(int(month)), [_cell(v, words, share=name == "mix") for v in line])
        for month, line in zip(found.months, values, strict=True)
    ]
    title = words.text(f"dataquality.{name}")
    return Table(title, [words.text("dataquality.month"), *columns], rows)


def _regime(regime: Regime, words: Language) -> Table:
    """Entries and persons at each level on either side of the day."""
    columns = {
        "entries_before": regime.entries_before, "entries_after": regime.entries_after,
        "stock_before": regime.stock_before, "stock_after": regime.stock_after,
    }  # fmt: skip
    rows = [
        (words.state(level), [Cell(written_few(numbers[i])) for numbers in columns.values()])
        for i, level in enumerate(regime.levels)
    ]
    caption = words.text("dataquality.around", date=regime.date, months=regime.months)
    heads = [words.text("dataquality.level")]
    heads += [words.text(f"dataquality.{name}") for name in columns]
    return Table(caption, heads, rows)


def _gaps(found: Quality, words: Language) -> Table:
    heads = [words.text(f"dataquality.{x}") for x in ("length", "gap_ended", "gap_bridged")]
    rows = [
        (plots_quality.gap_class(ends, words), [_gap_cell(v, words) for v in line])
        for ends, line in zip(found.gap_classes, found.gaps, strict=True)
    ]
    return Table(words.text("dataquality.gaps"), heads, rows)


def _gap_cell(value: float, words: Language) -> Cell:
    """Of these the sums are told as well, so some that are hidden are not few."""
    return Cell(WITHHELD) if np.isnan(value) else Cell(words.number(value), value)


def _cell(value: float, words: Language, *, share: bool = False) -> Cell:
    if np.isnan(value):
        return Cell(words.text("dataquality.withheld") if share else f"<{PUBLIC.threshold}")
    return Cell(words.percent(value) if share else words.number(value), None if share else value)


def _done(found: Quality, words: Language) -> list[Block]:
    """What was read, left out and resolved, and under which choices."""
    counted = [
        (words.text(f"counted.{_KEYS[name]}") if name in _KEYS else name,
         [_cell(float(withheld([n])[0]), words)])
        for name, n in found.counts.items()
    ]  # fmt: skip
    choices = []
    for name in _POLICIES:
        value = found.policies.get(name)
        if value in (None, "", {}):
            continue
        if name == "overlap":
            value = words.text(f"overlap.{value}")
        if isinstance(value, dict):
            value = ", ".join(f"{words.state(level)} {date}" for level, date in value.items())
        choices.append((words.text(f"dataquality.policy_{name}"), [Cell(str(value))]))
    heads = [words.text("dataquality.step"), words.text("quality.count")]
    chosen = [words.text("manifest.setting"), words.text("manifest.value")]
    return [
        Block(text=words.text("dataquality.done_lead")),
        Block(table=Table(words.text("dataquality.counted"), heads, counted)),
        Block(table=Table(words.text("dataquality.policies"), chosen, choices, wordy=True)),
    ]


_KEYS = {
    "records in the file": "records",
    "records that only tell of a death": "deaths_alone",
    "copies of other records, left out": "copies",
    "records with support that the rule leaves out": "left_out",
    "short stays that give no level, left out": "short_stays",
    "decisions that start after the extraction, left out": "future",
    "decisions used": "used",
    "decisions in force at a death, ended there": "cut_at_death",
    "decisions that ended before the observation starts": "before_start",
    "decisions overlapping one of another level, resolved": "overlaps",
    "gaps bridged": "bridged",
    "gaps that end the support": "ended_gaps",
    "persons in the file": "persons",
    "persons without a decision under observation, left out": "unobserved",
    "persons followed": "followed",
    "persons with support before the observation starts": "truncated",
    "first entries seen": "entered",
    "deaths seen": "died",
    "stays": "stays",
    "days followed": "days",
}
