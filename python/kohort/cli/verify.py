"""`kohort verify`: is the computation right? Some fifty checks of a study, a line each."""

from __future__ import annotations

from pathlib import Path

from kohort.cli import answers, options
from kohort.study.settings import Study
from kohort.support._language import language
from kohort.support._shown import shown_file


def verify(
    study: Path = options.typer.Argument(Path("kohort:example"), help=options.STUDY),
    only: list[str] = options.typer.Option([], "--only", help="Run these checks alone: V22."),
    log: Path = options.typer.Option(
        None, help="Instead: is the log in this folder whole, and what it says was written?"
    ),
    lang: str = options.LANG,
    json: bool = options.AS_JSON,
) -> int:
    """Check that a study's computation is right, by changes whose effect is known beforehand.

    Each line says what was changed, what must follow, within what tolerance, and the figure seen.
    Exit code 3 if one fails.

    Example: kohort verify study.toml
    """
    if log is not None:
        return _log(log, lang or "en", json)
    from kohort import verify as checks

    given = Study.read(study)
    words = language(lang or given.language)
    with answers.progress({"verifying": words.text("cli.verifying")}, quiet=json) as report:
        found = checks.verify(given, only=only, progress=report)
    code = 0 if found.passed else 3
    document = {
        "command": "verify",
        "ok": found.passed,
        "exit_code": code,
        "synthetic": given.synthetic,
        "study": found.name,
        "passed": len(found.outcomes) - len(found.failures),
        "checks": [
            {
                "code": one.code,
                "part": one.part,
                "change": one.change,
                "expectation": one.expectation,
                "tolerance": one.tolerance,
                "passed": one.passed,
                "figure": one.figure if abs(one.figure) < float("inf") else None,
                "limit": one.limit,
                "words": one.words,
                "seconds": round(one.seconds, 3),
            }
            for one in found.outcomes
        ],
        "findings": [
            {
                "code": f"D-VERIFY-{one.code}",
                "severity": "D",
                "file": "",
                "row": None,
                "related": [],
                "column": "",
                "message": str(one),
                "remedy": "",
                "count": 1,
            }
            for one in found.failures
        ],
    }
    synthetic = [words.text("cli.synthetic"), ""] if given.synthetic else []
    answers.say(document, "\n".join([*synthetic, str(found)]), json)
    return code


def _log(folder: Path, lang: str, json: bool) -> int:
    """Whether nobody changed the record of what was done, nor the files that it speaks of."""
    from kohort.study import audit_log

    found = audit_log.check(folder)
    document = {
        "command": "verify",
        "ok": True,
        "exit_code": 0,
        "entries": [dict(entry) for entry in found.entries],
        "files": found.files,
        "head": found.head,
        "findings": [],
    }
    said = language(lang).text(
        "cli.log_whole", folder=shown_file(folder.resolve()), entries=len(found.entries),
        files=found.files, head=found.head,
    )  # fmt: skip
    answers.say(document, said, json)
    return 0
