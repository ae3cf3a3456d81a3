"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

from kohort.support._extras import require

typer = require("typer", "The command line's options")

STUDY = "The study file (TOML), or one that comes with kohort, by name: kohort:example."
AS_JSON = typer.Option(False, "--json", help="One JSON document on standard output, nothing else.")
LANG = typer.Option(None, "--lang", help="sv or en: language of what is written.", metavar="sv|en")


PROFILE = typer.Option(
    None,
    "--profile",
    help="public: counts of few persons are hidden; internal: shown, not to be passed on. "
    "Else as the study says.",
    metavar="public|internal",
)


LOG = typer.Option(
    None,
    "--log",
    help="Add a line on what was read, left out and found to log.jsonl in this folder.",
)


def out(default: Path | None) -> object:
    """Folder to write into."""
    return typer.Option(default, "--out", help="Folder to write into; made if it is not there.")
