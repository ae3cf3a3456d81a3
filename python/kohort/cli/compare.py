"""`kohort compare`: what would a strategy change, and what would it cost?"""

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from typing import Any

from kohort.cli import answers, options
from kohort.study import audit_log
from kohort.study.settings import Study
from kohort.study.study_money import study_money
from kohort.support import _output, _toml
from kohort.support._language import Language, language

typer = options.typer


def compare(
    study: Path = typer.Argument(help=options.STUDY),
    preset: list[str] = typer.Option(
        None, "--preset", help="A preset to compare, instead of the study's; may be repeated."
    ),
    uptake: float = typer.Option(
        None, help="Share who accept, for --preset; everybody if it is left out."
    ),
    draws: int = typer.Option(None, help="Draws, instead of the study's."),
    out: Path = typer.Option(
        None, "--out", help="Folder for compare.html and compare.json; else nothing is written."
    ),
    profile: str = options.PROFILE,
    lang: str = options.LANG,
    json: bool = options.AS_JSON,
) -> None:
    """What strategies change against usual care, and what they cost, everything together.

    Strategies are those of the study ([[strategies]]) or presets from the literature, each with its
    evidence. The trial that found no effect is always shown beside them.

    Example: kohort compare study.toml --preset recovery_1_4_year1 --uptake 0.6
    """
    from kohort.report.disclosed import disclosed_outcomes
    from kohort.study.comparing import compared
    from kohort.study.strategy_file import StrategySettings

    read = Study.read(study)
    if profile is not None:
        read = read.replaced(profile=profile)
    if draws is not None:
        read = read.replaced(draws=draws)
    words = language(lang or read.language)
    chosen = read.strategies or ()
    if uptake is not None and chosen and not preset:
        _toml.refuse(
            "E-USAGE",
            "--uptake: the study has strategies of its own, each with its uptake. Change uptake in "
            "[[strategies]], or name presets with --preset.",
        )
    if preset or not chosen:
        names = preset or ["recovery_1_4_year1"]
        accept = 1.0 if uptake is None else uptake
        chosen = tuple(StrategySettings(preset=name, uptake=accept) for name in names)
    money = study_money(read)
    strategies = tuple(s.strategy(money.price_year, money.factor) for s in chosen)
    steps = ("reading", "fitting", "projecting", "writing")
    labels = {step: words.text(f"cli.{step}") for step in steps}
    labels["comparing"] = words.text("compare.running")
    with answers.progress(labels, quiet=json) as report:
        found, impacts = compared(read, strategies, report)
        made = disclosed_outcomes(found, read.disclosure)
        document: dict[str, Any] = {
            "command": "compare",
            "ok": True,
            "exit_code": 0,
            "synthetic": read.synthetic,
            "profile": read.profile,
            "name": read.name,
            "years": list(made.years),
            "price_year": made.price_year,
            "draws": made.draws,
            "amounts": money.settings.amounts,
            "discount": made.discount,
            "strategies": made.document(),
        }
        if impacts:
            document["budget_impact"] = {
                o.name: dict(
                    zip(
                        impacts[o.name].payers,
                        money.by_payer(impacts[o.name]).tolist(),
                        strict=True,
                    )
                )
                for o in made.outcomes
            }
            document["budget_impact_discounted"] = money.discounts_budgets
        files = {}
        if out is not None:
            from kohort.report.compare_page import page

            report("writing", 0.0)
            numbers = jsonlib.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)
            written = {
                "compare.html": page(made, read, words, impacts).encode("utf-8"),
                "compare.json": (numbers + "\n").encode("utf-8"),
            }
            entry = audit_log.of_study(
                "compare", read, strategies=[strategy.name for strategy in strategies]
            )
            written = audit_log.with_log(out, written, entry)
            _output.write_files(out, written, inputs=read.inputs())
            files = {name: out / name for name in written}
    document["files"] = {name: str(path) for name, path in files.items()}
    document["findings"] = []
    answers.say(document, _text(made, impacts, read, files, words), json)


def _text(made: Any, impacts: Any, study: Study, files: dict[str, Path], words: Language) -> str:
    from kohort.report.compare_page import impact_grid, known, lead
    from kohort.support import _text as plain

    lines = ["", *answers.heads(words, study.synthetic, study.disclosure)]
    lines += [words.text("compare.title", name=study.name), lead(made, study, words)]
    lines += [*known(study, words), ""]
    lines += [plain.table(*made.grid(words)), ""]
    lines += [plain.table(*made.money(words)), ""]
    if impacts:
        heading, heads, rows = impact_grid(impacts, made, study_money(study), words)
        lines += [heading, plain.table(heads, rows), ""]
        lines += [words.text("compare.impact_note"), ""]
    lines += [words.text("compare.error"), ""] if made.draws else []
    lines += made.in_words(words.code)
    if files:
        lines += ["", f"{words.text('cli.written')}:", *(f"  {path}" for path in files.values())]
    return "\n".join(lines)
