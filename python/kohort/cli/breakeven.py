"""`kohort breakeven`: at how many enrolled does a rehabilitation team pay for itself?"""

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from typing import Any

from kohort.cli import answers, options
from kohort.study import audit_log
from kohort.study.shipped import study_file
from kohort.support import _output
from kohort.support._language import Language, language
from kohort.support._shown import shown_file

typer = options.typer


def breakeven(
    file: Path = typer.Argument(
        help="A study with [programme], as a file or by its name (kohort:example), or a "
        "programme's own file."
    ),
    enrolled: float = typer.Option(None, help="Enrolled on a day, instead of the file's."),
    starts: float = typer.Option(None, help="New ones a month, instead of the file's."),
    stay: float = typer.Option(None, help="Months enrolled, instead of the file's."),
    out: Path = typer.Option(
        None, "--out", help="Folder for breakeven.html and breakeven.json; else nothing is written."
    ),
    profile: str = options.PROFILE,
    lang: str = options.LANG,
    json: bool = options.AS_JSON,
) -> None:
    """At how many enrolled does a team pay for itself, and how sure is that?

    Shows break-even during enrolment only and with what is saved afterwards, with intervals, the
    chance of a net above zero, when the money is back, and what each figure would have to be.

    Example: kohort breakeven programme.toml --out breakeven
    """
    import dataclasses

    from kohort.report.disclosed import disclosed_enrolled
    from kohort.study.programme_file import ProgrammeFile

    file = study_file(file)
    read = ProgrammeFile.read(file)
    if profile is not None:
        read = dataclasses.replace(read, profile=profile)
        read.check_profile()
    words = language(lang or read.language)
    given = {"enrolled": enrolled, "starts": starts, "stay": stay}
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if enrolled is not None and starts is None and stay is None:
        changes["starts"] = None  # the file's own would be checked against another number
    if starts is not None and enrolled is None:
        changes["enrolled"] = None
    if (enrolled is not None or starts is not None) and read.programme.head_count is not None:
        changes["head_count"] = None
    settings = read.programme.with_figures(**changes).in_money(read.money)
    notes = read.money_notes(words)
    labels = {"drawing": words.text("cli.drawing"), "writing": words.text("cli.writing")}
    with answers.progress(labels, quiet=json) as report:
        report("drawing", 0.0)
        found = settings.run(read.name, read.seed)
        disclosed_enrolled(found.enrolment.enrolled, read.disclosure)
        ways = settings.compared(found, words.text("programme.ways.keep"), read.seed)
        report("drawing", 1.0)
        document: dict[str, Any] = {
            "command": "breakeven",
            "ok": True,
            "exit_code": 0,
            "synthetic": read.synthetic,
            "profile": read.profile,
            "name": read.name,
            **found.document(),
            "price_year": settings.price_year,
            "money": notes,
        }
        if ways is not None:
            document["ways"] = ways.document()
        files = {}
        if out is not None:
            from kohort.report.break_even_page import page

            made = page(
                found, words, name=read.name, synthetic=read.synthetic,
                internal=not read.disclosure.hides, figure=settings.figure, ways=ways,
                money=notes,
            )  # fmt: skip
            numbers = jsonlib.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)
            written = {
                "breakeven.html": made.encode("utf-8"),
                "breakeven.json": (numbers + "\n").encode("utf-8"),
            }
            report("writing", 0.0)
            entry = {
                "command": "breakeven",
                "read_sha256": {shown_file(file): audit_log.digest_of(file)},
                "changed": changes,
                "seed": read.seed,
                "draws": found.draws,
                "synthetic": read.synthetic,
                "suppression": {
                    "profile": read.profile,
                    "threshold": read.disclosure.threshold,
                },
                "rules": audit_log.rules(found.findings),
            }
            written = audit_log.with_log(out, written, entry)
            _output.write_files(out, written, inputs=[file])
            files = {name: out / name for name in written}
    document["files"] = {name: str(path) for name, path in files.items()}
    document["findings"] = answers.findings_document(found.findings, words.code)
    answers.say(document, _text(found, ways, read, settings, files, words), json)


def _text(
    found: Any, ways: Any, read: Any, settings: Any, files: dict[str, Path], words: Language
) -> str:
    from kohort.programme.break_even_words import grid, sentences, threshold_grid
    from kohort.report.break_even_page import always, readings
    from kohort.support import _text as plain

    lines = [""]
    if read.synthetic:
        made_up = (words.text("programme.constructed"), words.text("programme.constructed_long"))
        lines += [" ".join(made_up), ""]
    lines += answers.heads(words, False, read.disclosure)
    lines += [words.text("programme.title", name=read.name), ""]
    lines += [*sentences(found, words), ""]
    lines += [plain.table(*grid(found, words)), ""]
    if settings.figure is not None:
        lines += [words.text("programme.readings", figure=words.number(settings.figure))]
        lines += [plain.table(*readings(found, settings.figure, words)), ""]
    lines += [plain.table(*threshold_grid(found, words)), ""]
    if ways is not None:
        lines += [words.text("programme.ways.title", name=read.name)]
        lines += [*ways.in_words(words.code), "", plain.table(*ways.grid(words)), ""]
    lines += [f"{words.text('programme.always')}:"]
    lines += [f"  {term}: {text}" for term, text in always(found, words)]
    evidence = found.programme.evidence or words.text("programme.no_evidence")
    lines += ["", words.text("programme.evidence", text=evidence)]
    lines.append(words.text("programme.price_year", year=found.programme.price_year))
    lines += read.money_notes(words)
    noticed = answers.findings_text(list(found.findings), words.code)
    lines += ["", noticed] if noticed else []
    if files:
        lines += ["", f"{words.text('cli.written')}:", *(f"  {path}" for path in files.values())]
    return "\n".join(lines)
