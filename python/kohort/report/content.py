"""What the report says, in one language: which sections, in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kohort.report import background, certainty, demand, explained, forecast, money
from kohort.report.parts import Section, Writer
from kohort.support._language import Language

if TYPE_CHECKING:
    from kohort.study.results import StudyResult


def sections(result: StudyResult, words: Language) -> list[Section]:
    """The whole report in one language."""
    writer = Writer(result, words)
    made = [
        ("summary", forecast.summary(writer)),
        ("levels", forecast.levels(writer)),
        *([] if result.demand is None else [("demand", demand.demand(writer))]),
        ("cost", forecast.cost(writer)),
        *([] if result.budget is None else [("budget", money.budget(writer))]),
        ("comparison", explained.comparison(writer)),
        *([] if result.variance is None else [("certainty", certainty.certainty(writer))]),
        ("flow", background.flow(writer)),
        ("quality", background.quality(writer)),
        ("method", background.method(writer)),
        ("manifest", background.manifest(writer)),
    ]
    return [Section(name, words.text(f"section.{name}"), blocks) for name, blocks in made]
