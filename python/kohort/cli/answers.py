"""What a command says: text for people, or with --json one document on standard output."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kohort.cli import refused
from kohort.support._extras import require
from kohort.support._language import language
from kohort.support._refusal import counted

if TYPE_CHECKING:
    from kohort.privacy.profile import Profile
    from kohort.support._language import Language

_SHOWN = 20  # findings in words; the JSON document has all


def findings_document(findings: Iterable[Any], lang: str = "en") -> list[dict[str, Any]]:
    """Findings as in the contract, in one language."""
    swedish = lang == "sv"
    return [
        {
            "code": f.code,
            "severity": f.severity,
            "file": f.file,
            "row": f.row,
            "cell": f.cell or None,
            "related": list(f.related),
            "column": f.column,
            "message": f.message_sv if swedish else f.message,
            "remedy": f.remedy_sv if swedish else f.remedy,
            "count": f.count,
        }
        for f in findings
    ]


def heads(words: Language, synthetic: bool, profile: Profile) -> list[str]:
    """What must be known before any figure, each with a blank line after it."""
    lines = [words.text("cli.synthetic"), ""] if synthetic else []
    return lines if profile.hides else [*lines, words.text("workbook.internal_line"), ""]


def say(document: dict[str, Any], text: str, as_json: bool) -> None:
    """The command's answer."""
    out = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2) if as_json else text
    if sys.stdout is None:  # closed by whoever called; files, if any, are written
        if as_json:
            raise OSError(errno.EBADF, "standard output is closed, and the answer was to go there")
        return
    coding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        out.encode(coding)
    except UnicodeEncodeError:  # a terminal or pipe that knows no å
        plain = json.dumps(document, allow_nan=False, indent=2) if as_json else text
        out = plain.encode(coding, "replace").decode(coding)
    try:
        sys.stdout.write(out + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough, as with | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def failed(
    command: str,
    exit_code: int,
    code: str,
    message: str,
    as_json: bool,
    findings: Iterable[Any] = (),
    *,
    lang: str = "en",
    file: str = "",
    swedish: str = "",
) -> int:
    """Say what went wrong, and give the exit code back; `swedish` are its own words, if any."""
    found = list(findings)
    said, remedy = refused.worded(code, message, lang)
    if lang == "sv" and swedish:
        said, remedy = refused.parted(swedish)
    if as_json and sys.stdout is not None:
        listed = findings_document(found, lang)
        if not listed:
            listed = [
                {
                    "code": code,
                    "severity": "I" if exit_code == 130 else "D" if exit_code == 3 else "E",
                    "file": file, "row": None, "cell": None, "related": [], "column": "",
                    "message": said, "remedy": remedy, "count": 1,
                }
            ]  # fmt: skip
        document = {"command": command, "ok": False, "exit_code": exit_code, "findings": listed}
        say(document, "", True)
    elif found:
        sys.stderr.write(f"kohort: {_headline(found, lang)}\n{findings_text(found, lang)}\n")
    else:
        spoken = message if lang == "en" else f"{said} {remedy}".rstrip() + f" [{code}]"
        sys.stderr.write(f"kohort: {spoken}\n")
    return exit_code


def _headline(findings: list[Any], lang: str) -> str:
    errors = counted(findings)["E"]
    if lang != "en":
        return language(lang).text("refused.headline", errors=errors)
    return f"the data were refused: {errors} error{'s' if errors != 1 else ''}; nothing was written"


def findings_text(findings: list[Any], lang: str = "en") -> str:
    """The first findings in words, errors first."""
    rows = findings_document(sorted(findings, key=lambda f: "EDWI".index(f.severity)), lang)
    lines = []
    for f in rows[:_SHOWN]:
        row = f", {'rad' if lang == 'sv' else 'row'} {f['row']}" if f["row"] is not None else ""
        place = f["file"] + (f", {f['cell']}" if f["cell"] else row)
        remedy = f" {f['remedy']}" if f["remedy"] else ""
        lines.append(f"  {f['code']}  {place}: {f['message']}{remedy}".replace("  : ", "  "))
    if len(rows) > _SHOWN:
        more = len(rows) - _SHOWN
        lines.append(
            f"  och {more} till; --json visar alla" if lang == "sv"
            else f"  and {more} more; --json shows all"
        )  # fmt: skip
    return "\n".join(lines)


@contextmanager
def progress(labels: dict[str, str], quiet: bool) -> Iterator[Callable[[str, float], None]]:
    """A bar for each step on a terminal's standard error; silence anywhere else."""
    if quiet or not sys.stderr.isatty():
        yield lambda step, share: None
        return
    rich = require("rich.progress", "Progress on a terminal")
    console = require("rich.console", "Progress on a terminal").Console(stderr=True)
    with rich.Progress(console=console, transient=True) as bars:
        tasks: dict[str, Any] = {}

        def report(step: str, share: float) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(labels.get(step, step), total=1.0)
            bars.update(tasks[step], completed=share)

        yield report
