"""Sections behind the forecast: the flows, the data, the method, how to trace it."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from kohort.data.register import RegisterMonths
from kohort.plots import forecast as plots
from kohort.report import model_words
from kohort.report.cells import rate_cell, rule_words, share
from kohort.report.parts import Block, Cell, Table, Writer, joined
from kohort.sources.kolada_ids import kpis
from kohort.study.study_money import population_error_said
from kohort.support._language import Language
from kohort.support._shown import shown


# --- flow -----------------------------------------------------------------------------------------
def flow(writer: Writer) -> list[Block]:
    """One-year transitions as maps and a table, then the intensities with their intervals."""
    words, result = writer.words, writer.result
    table = result.transitions
    age = int(table["age"][0])
    states = tuple(dict.fromkeys(table["to"].tolist()))
    pictures, blocks_of = [], []
    for sex in dict.fromkeys(table["sex"].tolist()):
        mine = table["sex"] == sex
        froms = list(dict.fromkeys(table["from"][mine].tolist()))
        matrix = table["probability"][mine].reshape(len(froms), len(states))
        low, high = (table[k][mine].reshape(matrix.shape) for k in ("lower", "upper"))
        square = np.eye(len(states))
        square[[states.index(name) for name in froms]] = matrix
        title = words.text("flow.picture", who=model_words.who(writer, sex, age))
        pictures.append(
            writer.picture(
                f"transitions-{sex}",
                title,
                words.text("flow.picture_text", list=_flow_items(writer, matrix, froms, states)),
                functools.partial(plots.transitions, square, states, lang=words.code),
                (5.2, 3.7),
            )
        )
        rows = [
            (
                words.state(name),
                [share(writer, *x) for x in zip(matrix[i], low[i], high[i], strict=True)],
            )
            for i, name in enumerate(froms)
        ]
        caption = f"{title}. {words.text('flow.table')}. {words.text('word.interval')}."
        heads = [words.text("flow.from"), *(words.state(name) for name in states)]
        blocks_of.append(Block(table=Table(caption, heads, rows)))
    lead = words.text(
        "flow.lead",
        subjects=words.number(result.counts["subjects"]),
        events=words.number(result.counts["transitions"]),
    )
    return [
        Block(text=lead),
        Block(pictures=pictures),
        *blocks_of,
        *_few_note(writer),
        *_intensities(writer),
        *_calibration(writer),
    ]


def _target_said(words: Language, target: Any) -> str:
    """A key figure by its official title; any other target by its name."""
    kpi, _, rest = target.label.partition(" ")
    title = kpis().get(kpi)
    if title is None:
        return str(target.label)
    sex = f", {words.text(f'sex.{target.sex}')}" if target.sex else ""
    return f"{title} ({kpi}, {rest.split(' ')[0]}){sex}"


def _calibration(writer: Writer) -> list[Block]:
    """Published shares beside the model's, before and after, and what was multiplied."""
    words, found = writer.words, writer.result.calibration
    if found is None:
        return []

    def figure(target: Any, value: float) -> Cell:
        shown = words.percent(value, 1) if target.kind == "prevalence" else words.number(value, 2)
        return Cell(shown, value)

    rows = [
        (_target_said(words, target), [figure(target, float(x)) for x in values])
        for target, *values in zip(
            found.targets, [t.value for t in found.targets], found.before, found.after, strict=True
        )
    ]
    heads = [words.text(f"calibration.{name}") for name in ("target", "seen", "before", "after")]
    low, high = found.intervals()
    factors = [
        (
            words.text(f"calibration.{multiplier.kind}"),
            [
                Cell(words.number(float(found.factors[j]), 2), float(found.factors[j])),
                Cell(words.span(float(low[j]), float(high[j]), 2)),
            ],
        )
        for j, multiplier in enumerate(found.multipliers)
    ]
    scaled = [words.text(f"calibration.{name}") for name in ("multiplied", "by")]
    lead = words.text("calibration.settled" if found.settled else "calibration.by_year")
    return [
        Block(heading=words.text("calibration.title")),
        Block(text=f"{words.text('calibration.lead')} {lead}"),
        Block(table=Table(words.text("calibration.table"), heads, rows)),
        Block(
            table=Table(
                words.text("calibration.factors"), [*scaled, words.text("word.interval")], factors
            )
        ),
    ]


def _flow_items(
    writer: Writer, matrix: np.ndarray, froms: list[str], states: tuple[str, ...]
) -> str:
    words, items = writer.words, []
    for i, name in enumerate(froms):
        here = states.index(name)
        if np.isnan(matrix[i]).any():
            continue
        higher = [j for j, s in enumerate(states) if j > here and s in froms and s != "ended"]
        items.append(
            words.text(
                "flow.picture_item",
                level=words.state(name),
                stay=words.percent(matrix[i, here]),
                up=words.percent(matrix[i, higher].sum()),
                dead=words.percent(matrix[i, states.index("dead")] if "dead" in states else 0.0),
            )
        )
    return "; ".join(items) or words.text("flow.few")


def _few_note(writer: Writer) -> list[Block]:
    """Why figures are left out, if any are."""
    result = writer.result
    if not np.isnan(np.r_[result.transitions["probability"], result.intensities["rate"]]).any():
        return []
    least = result.study.disclosure.threshold
    return [Block(text=writer.words.text("flow.few_note", least=least))]


def _intensities(writer: Writer) -> list[Block]:
    words, table = writer.words, writer.result.intensities
    age = int(table["age"][0])
    names = [
        f"{words.state(a)} → {words.state(b)}"
        for a, b in zip(table["from"], table["to"], strict=True)
    ]
    plotted = {
        "group": np.array([words.text(f"sex.{sex}") for sex in table["sex"]]),
        "transition": np.array(names),
        "rate": table["rate"],
        "lower": table["lower"],
        "upper": table["upper"],
    }
    cells = {
        (sex, name): rate_cell(writer, *values)
        for sex, name, *values in zip(
            table["sex"], names, table["rate"], table["lower"], table["upper"], strict=True
        )
    }
    order = list(dict.fromkeys(names))
    sexes = list(dict.fromkeys(table["sex"].tolist()))
    at = model_words.at_age(writer, age)
    rates = Table(
        words.text("flow.intensities_table", at=at),
        [words.text("flow.transition"), *(words.text(f"sex.{sex}") for sex in sexes)],
        [(name, [cells[sex, name] for sex in sexes]) for name in order],
    )
    picture = writer.picture(
        "intensities",
        words.text("flow.intensities_picture", at=at),
        words.text("flow.intensities_text", count=len(order)),
        lambda ax: plots.intensities(plotted, ax, lang=words.code),
        (6.4, 0.27 * len(order) + 1.0),
        rates,
    )
    return [
        Block(heading=words.text("flow.intensities")),
        Block(text=words.text("flow.intensities_lead", at=at)),
        Block(picture=picture),
    ]


# --- data, method, traces -------------------------------------------------------------------------
def quality(writer: Writer) -> list[Block]:
    """Findings counted, and how the records were read."""
    words, result = writer.words, writer.result
    study = result.study
    used = words.text(
        "quality.used",
        persons=words.number(result.counts["subjects"]),
        rows=words.number(result.counts["observations"]),
        extraction=study.data.extraction_date.isoformat(),
        rule=rule_words(words, study.data.level_rule),
        overlap=words.text(f"overlap.{study.data.overlap}"),
        gaps=words.text(
            "quality.gaps" if study.data.gap_days else "quality.no_gaps", gap=study.data.gap_days
        ),
    )
    if not result.findings:
        return [Block(text=used), Block(text=words.text("quality.none"))]
    totals: dict[tuple[str, str, str], int] = {}
    for finding in result.findings:
        said = finding.message_sv if words.code == "sv" else finding.message
        key = (finding.severity, finding.code, said)
        totals[key] = totals.get(key, 0) + finding.count
    rows = [
        (code, [Cell(words.text(f"quality.{severity}")), Cell(words.number(n), n), Cell(said)])
        for (severity, code, said), n in sorted(
            totals.items(), key=lambda x: ("EDWI".index(x[0][0]), x[0])
        )
    ]
    heads = [words.text(f"quality.{name}") for name in ("code", "severity", "count", "message")]
    table = Table(words.text("quality.table"), heads, rows, wordy=True)
    return [Block(text=used), Block(text=words.text("quality.lead")), Block(table=table)]


def method(writer: Writer) -> list[Block]:
    """Method and limits in plain words, one point each."""
    words, result = writer.words, writer.result
    projection, study = result.projection, result.study
    register = isinstance(result.decisions, RegisterMonths)
    rule = study.data.level_rule
    if register:
        rule = shown(str(result.decisions.policies["level_rule"]))
    levels_text = (
        words.text("method.levels")
        if rule == "support_type"
        else words.text("method.levels_other", rule=rule)
    )
    population = words.text("method.population", source=_population_source(writer))
    scaled = projection.closure["share_of_draws_scaled"]
    if scaled > 0:
        population += " " + words.text(
            "method.closure", share=words.percent(scaled, int(scaled < 1))
        )
    draws = words.number(len(projection.draws_cost))
    priced = study.money is not None and study.money.uncertain is not None
    counted = [
        population_error_said(study, words),
        words.text("method.beyond_price") if priced else "",
    ]
    left = [
        *([] if counted[0] else ["population"]), *([] if priced else ["price"]), "decisions",
    ]  # fmt: skip
    texts = {
        "decisions": words.text("method.register" if register else "method.decisions"),
        "levels": levels_text,
        "age": model_words.covariates(writer),
        "uncertainty": words.text(
            "method.uncertainty" if projection.chance else "method.uncertainty_estimates",
            draws=draws,
            beyond="".join(f"{text} " for text in counted if text),
            left=joined([words.text(f"method.left_{name}") for name in left], words),
        ),
        "population": population,
        "markov": model_words.markov(writer),
        "money": words.text("method.money", source=result.cost_source),
        "privacy": words.text(f"method.privacy_{study.profile}", least=study.disclosure.threshold),
    }
    points = [(words.text(f"method.{name}_title"), text) for name, text in texts.items()]
    stays = model_words.duration(writer)
    if stays is not None:
        points.insert(list(texts).index("age") + 1, stays)
    return [Block(points=points)]


def _population_source(writer: Writer) -> str:
    words, asked = writer.words, writer.result.study.population
    counted = words.text(f"method.population_{asked.source}")
    if asked.projection is None:
        ahead = words.text("method.population_cohorts")
    else:
        ahead = words.text(f"method.population_projection_{asked.source}")
    table = "method.population_table_own" if asked.life_table else "method.population_table"
    return f"{counted}; {ahead}; {words.text(table)}"


def manifest(writer: Writer) -> list[Block]:
    """What is needed to get the same figures again."""
    words = writer.words
    rows = [
        (words.text(f"manifest.{name}"), [Cell(value)])
        for name, value in writer.result.about(words.code).items()
    ]
    heads = [words.text("manifest.setting"), words.text("manifest.value")]
    table = Table(words.text("section.manifest"), heads, rows, wordy=True)
    return [Block(text=words.text("manifest.lead")), Block(table=table)]
