"""The commands put together, and every way of ending turned into words and an exit code."""

from __future__ import annotations

import itertools
import re
import traceback
from pathlib import Path
from typing import Any

from kohort._core import InvalidInput, __version__
from kohort.cli import answers, refused
from kohort.support._extras import MissingExtra, require
from kohort.support._shown import shown, shown_file

typer = require("typer", "The command line's options")
require("rich", "Progress and tables on a terminal")

from kohort.cli import (  # noqa: E402  typer must be there first
    backtest,
    breakeven,
    check,
    compare,
    demo,
    fit,
    project,
    verify,
)

_UsageError: type[Exception] = typer.BadParameter.__mro__[1]

_COMMANDS: dict[str, Any] = {
    "demo": demo.demo,
    "check": check.check,
    "fit": fit.fit,
    "project": project.project,
    "backtest": backtest.backtest,
    "compare": compare.compare,
    "breakeven": breakeven.breakeven,
    "verify": verify.verify,
}


def _application() -> Any:
    app = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        help="How older people move between levels of dependency, and what that asks of a "
        "municipality. Start with: kohort demo",
    )

    def version(wanted: bool) -> None:
        if wanted:
            typer.echo(f"kohort {__version__}")
            raise typer.Exit

    def options(
        version: bool = typer.Option(
            False, "--version", callback=version, is_eager=True, help="Show the version and stop."
        ),
    ) -> None:
        pass

    app.callback()(options)
    for name, command in _COMMANDS.items():
        app.command(name)(command)
    return app


def run(arguments: list[str]) -> int:
    """Run one command.

    Returns
    -------
    int
        The exit code.
    """
    arguments = _with_map(arguments or ["--help"])
    as_json = "--json" in arguments
    lang = _language_of(arguments)
    typed = next((word for word in arguments if not word.startswith("-")), "")
    command = typed if typed in _COMMANDS else shown(typed)
    try:
        code = _application()(arguments, standalone_mode=False, prog_name="kohort")
        if code == 130:  # some versions of Typer turn Ctrl-C into this by themselves
            raise KeyboardInterrupt
        return int(code or 0)
    except _UsageError as error:
        message = _without_words(getattr(error, "format_message", error.__str__)(), arguments)
        return answers.failed(
            command, 2, "E-USAGE", f"{message} Try: kohort {command} --help", as_json, lang=lang
        )
    except (KeyboardInterrupt, typer.Abort):
        return answers.failed(
            command, 130, "I-INTERRUPTED", "interrupted, nothing written", as_json, lang=lang
        )
    except InvalidInput as error:
        code_of_rule = getattr(error, "code", "") or "E-INPUT"
        findings = getattr(error, "findings", ())
        exit_code = 3 if code_of_rule.startswith("D-") else 2
        if code_of_rule in ("E-CHECKPOINT", "E-MEMORY") or code_of_rule.startswith("E-WEB-"):
            exit_code = 5
        if code_of_rule.startswith(("E-KEY-", "E-DISCLOSURE")):
            exit_code = 4
        of_study = code_of_rule.startswith(("E-STUDY-", "E-TOML"))
        return answers.failed(
            command, exit_code, code_of_rule, str(error), as_json, findings,
            lang=lang,
            file=refused.file_of(arguments) if of_study else "",
            swedish=getattr(error, "swedish", ""),
        )  # fmt: skip
    except MissingExtra as error:
        return answers.failed(command, 5, "E-MISSING-EXTRA", str(error), as_json, lang=lang)
    except (OSError, MemoryError) as error:
        return answers.failed(command, 5, "E-RESOURCES", _without_paths(error), as_json, lang=lang)
    except ValueError as error:  # a NUL in a path is no file's name
        if "null byte" not in str(error):
            return _our_fault(command, error, as_json, lang)
        return answers.failed(
            command, 2, "E-PATH", "a path holds a NUL character", as_json, lang=lang
        )
    except Exception as error:  # the last resort: a fault of ours, told without anybody's data
        return _our_fault(command, error, as_json, lang)


def _language_of(arguments: list[str]) -> str:
    """The language that was asked for, also where the command itself was never reached."""
    asked = " ".join(arguments).replace("--lang=", "--lang ").split()
    return "sv" if ("--lang", "sv") in itertools.pairwise(asked) else "en"


def _with_map(arguments: list[str]) -> list[str]:
    """`kohort check FILE --map`: without a value, a map is to be proposed."""
    if "check" not in arguments[:1]:
        return arguments
    given: list[str] = []
    for k, word in enumerate(arguments):
        bare = word == "--map" and (k + 1 == len(arguments) or arguments[k + 1].startswith("-"))
        given.append(f"--map={check.PROPOSE}" if bare else word)
    return given


def _our_fault(command: str, error: Exception, as_json: bool, lang: str) -> int:
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{type(error).__name__} in {Path(where.filename).name}:{where.lineno}"
    message = f"a fault in kohort itself ({place}); nothing was written. Please report these words."
    return answers.failed(command, 1, "E-INTERNAL", message, as_json, lang=lang)


def _without_words(message: str, arguments: list[str]) -> str:
    """The message with what was typed as it may be shown: it can be a file's name."""
    for word in sorted(filter(None, arguments), key=len, reverse=True):
        message = re.sub(
            rf"(?<!\w){re.escape(word)}(?!\w)", shown(word).replace("\\", "/"), message
        )
    return message


def _without_paths(error: BaseException) -> str:
    """What the system said of a file. Any other text could be somebody's data."""
    if isinstance(error, MemoryError):
        return "there was not enough memory"
    if isinstance(error, OSError) and error.strerror:
        return (
            f"{shown_file(error.filename)}: {error.strerror}" if error.filename else error.strerror
        )
    return f"the system refused something ({type(error).__name__})"
