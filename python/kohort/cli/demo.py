"""`kohort demo`: the example municipality, from decisions to report, in one command."""

from __future__ import annotations

from pathlib import Path

from kohort.cli import options
from kohort.cli.project import carry_out
from kohort.study.settings import example_study


def demo(
    out: Path = options.out(Path("kohort-demo")),  # type: ignore[assignment]  # Typer turns it into a path
    lang: str = options.LANG,
    json: bool = options.AS_JSON,
) -> None:
    """Ten years of demand and cost for a synthetic municipality.

    Reads the decisions of a made-up municipality of 60,000, estimates how people move between
    levels of dependency, projects ten years, and writes a report, a workbook, CSV files, the study
    file and a manifest.

    Example: kohort demo --out my-demo --lang en
    """
    carry_out("demo", example_study(), out, lang, as_json=json)
