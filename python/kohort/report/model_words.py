"""The method in words, as the model of the study has it: never what another study would say."""

from __future__ import annotations

from kohort.plots import _tables
from kohort.report.parts import Writer, joined
from kohort.support._language import Language


def covariates(writer: Writer) -> str:
    """What transitions depend on, and how age moves."""
    words, model = writer.words, writer.result.study.model
    depends = words.text(
        "method.depends" if _names(writer) else "method.depends_nothing",
        list=joined(_names(writer), words),
    )
    if model.age == "none":
        return f"{depends} {words.text('method.age_none')}"
    cuts = ", ".join(words.number(cut, 0 if cut == int(cut) else 1) for cut in model.age_bands)
    return f"{depends} {words.text(f'method.age_{model.age}', cuts=cuts)}"


def duration(writer: Writer) -> tuple[str, str] | None:
    """Title and text on time at a level or since entry."""
    words, model = writer.words, writer.result.study.model
    if model.two_phases:
        levels = joined([words.state(level) for level in model.two_phases], words)
        return words.text("method.phases_title"), words.text("method.phases", levels=levels)
    if model.since_entry:
        cuts = joined(
            [words.number(cut, 0 if cut == int(cut) else 1) for cut in model.since_entry], words
        )
        return words.text("method.entry_title"), words.text("method.entry", cuts=cuts)
    if "total" not in _tables.levels_of(writer.result.projection):
        return None
    return words.text("method.duration_title"), words.text("method.duration")


def markov(writer: Writer) -> str:
    """What the next move depends on."""
    words, model = writer.words, writer.result.study.model
    names = [words.text("method.on_level"), *_names(writer)]
    if model.two_phases:
        names.append(words.text("method.on_stay"))
    if model.since_entry:
        names.append(words.text("method.on_entry"))
    return words.text("method.markov", list=joined(names, words))


def who(writer: Writer, sex: str, age: int) -> str:
    """A person at the age shown, or at any age if age counts for nothing."""
    return writer.words.text(f"flow.{sex}{_any(writer)}", age=age)


def at_age(writer: Writer, age: int) -> str:
    """At the age shown, or at any."""
    return writer.words.text(f"flow.at_age{_any(writer)}", age=age)


def course(words: Language, sex: str, *, aged: bool) -> str:
    """The first year with the flow, of whom."""
    key = f"course.{sex}" + ("" if aged or sex == "stay" else "_any")
    return words.text(key)


def _any(writer: Writer) -> str:
    return "_any" if writer.result.study.model.age == "none" else ""


def _names(writer: Writer) -> list[str]:
    words, model = writer.words, writer.result.study.model
    names = [] if model.age == "none" else [words.text("method.on_age")]
    return names + ([words.text("method.on_sex")] if model.sex else [])
