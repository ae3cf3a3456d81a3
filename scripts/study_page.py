"""Write the pages of all keys of a study file, from the classes that read them.

    python scripts/study_page.py            # docs/study.md and docs/study.sv.md
    python scripts/study_page.py --check    # 1 if they are not what would be written

What a key is for stands in docs/study_keys.toml, in both languages; its type and default are those
of the code.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import json
import sys
import tomllib
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kohort.study.settings import Study

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = {"en": DOCS / "study.md", "sv": DOCS / "study.sv.md"}


@dataclasses.dataclass(frozen=True)
class Key:
    """One key: where it stands, what it holds, and what it is without being written."""

    table: str
    name: str
    kind: str
    default: Any
    needed: bool

    @property
    def path(self) -> str:
        """Dotted, as refusals name it."""
        return f"{self.table}.{self.name}".lstrip(".")


def schema(cls: type = Study, table: str = "") -> Iterator[Key]:
    """Every key of a settings class, those of its tables after its own."""
    hints = typing.get_type_hints(cls)
    inner: list[tuple[type, str]] = []
    for field in dataclasses.fields(cls):
        default: Any = field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        needed = default is dataclasses.MISSING
        kinds = []
        for option in _options(hints[field.name]):
            kind, settings = _kind(option)
            kinds.append(kind)
            if settings is not None:
                named = f"{table}.{field.name}".lstrip(".")
                inner.append((settings, named + {"tables": "[]", "named": ".NAME"}.get(kind, "")))
        if dataclasses.is_dataclass(default):
            default = None
        yield Key(table, field.name, "|".join(kinds), None if needed else default, needed)
    for settings, named in inner:
        yield from schema(settings, named)


def _options(hint: Any) -> list[Any]:
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    return [option for option in options if option is not types.NoneType]


def _kind(option: Any) -> tuple[str, type | None]:
    origin, inside = typing.get_origin(option), typing.get_args(option)
    if dataclasses.is_dataclass(option):
        return "table", typing.cast(type, option)
    if origin is tuple:
        settings = inside[0] if dataclasses.is_dataclass(inside[0]) else None
        return ("tables", settings) if settings else (f"list of {inside[0].__name__}", None)
    if origin is dict:
        if dataclasses.is_dataclass(inside[1]):
            return "named", inside[1]
        return "named values", None
    return {str: "text", int: "whole", float: "number", bool: "truth", dt.date: "date"}[
        option
    ], None


def texts() -> dict[str, Any]:
    """What the pages say, by language and key."""
    return tomllib.loads((DOCS / "study_keys.toml").read_text(encoding="utf-8"))


def page(lang: str) -> str:
    """One page."""
    said = texts()
    words, kinds, about = said["page"][lang], said["kind"], said["key"]
    lines = [f"# {words['title']}", "", words["lead"], ""]
    table = None
    for key in schema():
        if key.table != table:
            table = key.table
            lines += ["", *_heading(table, words, said["table"], lang), ""]
            lines += [f"| {' | '.join(words['heads'])} |", "|---|---|---|---|"]
        kind = f" {words['or']} ".join(kinds[k][lang] for k in key.kind.split("|"))
        default = words["needed"] if key.needed else _default(key.default)
        lines.append(f"| `{key.name}` | {kind} | {default} | {_about(about, key.path)[lang]} |")
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def _about(about: Any, path: str) -> Any:
    """The text of a key; a team of another way has the keys of the programme's."""
    return about.get(path) or about[path.replace("programme.ways[].team.", "programme.team.")]


def _heading(table: str, words: Any, tables: Any, lang: str) -> list[str]:
    if not table:
        return [f"## {words['top']}"]
    shown = table.replace(".NAME", ".…")
    name = f"[[{shown.removesuffix('[]')}]]" if table.endswith("[]") else f"[{shown}]"
    return [f"## `{name.replace('[].', '.')}`", "", tables[table][lang]]


def _default(value: Any) -> str:
    if value is None or value == () or value == {} or value == "":
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    stale = 0
    for lang, file in PAGES.items():
        made = page(lang)
        if not file.exists() or file.read_text(encoding="utf-8") != made:
            stale += 1
            if not check:
                file.write_text(made, encoding="utf-8")
    return int(check and stale > 0)


if __name__ == "__main__":
    sys.exit(main())
