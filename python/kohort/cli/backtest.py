"""`kohort backtest`: would the forecast have been right in earlier years?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kohort.cli import answers, options
from kohort.study import audit_log
from kohort.study.settings import Study
from kohort.support import _output, _toml
from kohort.support._language import Language, language

typer = options.typer


def backtest(
    study: Path = typer.Argument(help=options.STUDY),
    origins: str = typer.Option(
        None, help="Years at whose end forecasts are made, such as 2018,2020; else all there are."
    ),
    horizon: int = typer.Option(5, help="Years ahead, as far as the data reach."),
    population: str = typer.Option(
        "forecast", help="forecast: as made from each origin; actual: as it came."
    ),
    returns: str = typer.Option(
        None,
        help="Those who come back after support: apart, or 'as new' where the extract reaches back "
        "a few years only; else as the study says.",
    ),
    draws: int = typer.Option(400, help="Draws of each forecast."),
    out: Path = typer.Option(
        None, "--out", help="Folder for backtest.html and backtest.csv; else nothing is written."
    ),
    profile: str = options.PROFILE,
    lang: str = options.LANG,
    json: bool = options.AS_JSON,
) -> None:
    """Would the forecast have been right, had it been made in earlier years?

    Everything is cut off at each origin as an extract of that day would show it, estimated and
    projected anew, and compared with what came and with the constant-share forecast.

    Example: kohort backtest study.toml --horizon 3 --out backtest
    """
    from kohort.report.disclosed import disclosed_backtest
    from kohort.study.backtesting import backtest as test

    read = Study.read(study)
    if profile is not None:
        read = read.replaced(profile=profile)
    words = language(lang or read.language)
    years = None if origins is None else [_year(text) for text in origins.split(",")]
    labels = {"backtesting": words.text("cli.backtesting"), "writing": words.text("cli.writing")}
    with answers.progress(labels, quiet=json) as report:
        made = test(
            read, population, origins=years, horizon=horizon, returns=returns, draws=draws,
            seed=read.seed, progress=report,
        )  # fmt: skip
        made = disclosed_backtest(made, read.disclosure)
        files = {}
        if out is not None:
            from kohort.report.backtest import csv, page

            written = {
                "backtest.html": page(made, read, words).encode("utf-8"),
                "backtest.csv": csv(made),
            }
            entry = audit_log.of_study(
                "backtest", read, draws=draws, origins=list(made.origins),
                population=made.population, returns=made.returns,
                rules=audit_log.rules(made.findings),
            )  # fmt: skip
            written = audit_log.with_log(out, written, entry)
            _output.write_files(out, written, inputs=read.inputs())
            files = {name: out / name for name in written}
    document = {
        "command": "backtest",
        "ok": True,
        "exit_code": 0,
        "synthetic": read.synthetic,
        "profile": read.profile,
        "population": made.population,
        "returns": made.returns,
        "origins": list(made.origins),
        "files": {name: str(path) for name, path in files.items()},
        "coverage_80": made.coverage(0.8),
        "coverage_95": made.coverage(0.95),
        "by_horizon": _rows(made.scores("horizon")),
        "by_level": _rows(made.scores("state")),
        "findings": answers.findings_document(made.findings, words.code),
    }
    answers.say(document, _text(made, files, words, read), json)


def _year(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        _toml.refuse("E-USAGE", "--origins: years are needed, such as 2018,2020.")


def _rows(table: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        dict(zip(table, row, strict=True))
        for row in zip(*(c.tolist() for c in table.values()), strict=True)
    ]


def _text(made: Any, files: dict[str, Path], words: Language, study: Study) -> str:
    from kohort.report.backtest import grid, lead
    from kohort.support import _text as plain

    lines = ["", *answers.heads(words, study.synthetic, study.disclosure)]
    lines += [lead(made, words), ""]
    lines += [plain.table(*grid(made, words, by)) + "\n" for by in ("horizon", "state")]
    lines.append(words.text("backtest.note"))
    found = answers.findings_text([f for f in made.findings if f.severity in "WD"], words.code)
    lines += ["", found] if found else []
    if files:
        lines += ["", f"{words.text('cli.written')}:", *(f"  {path}" for path in files.values())]
    return "\n".join(lines)
