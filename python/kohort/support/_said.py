"""What is said of data and where they come from, in both languages, and refusals worded so."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from kohort._core import Finding, InvalidInput
from kohort.support._language import language


def finding(
    code: str,
    *,
    key: str = "",
    file: str = "",
    count: int = 1,
    row: int | None = None,
    **values: Any,
) -> Finding:
    """A finding with the catalogues' texts `source.<key>` and `source.<key>_remedy`.

    The key is the code's own where none is given.
    """
    key = key or code.lower().replace("-", "_")
    said = {lang: _text(key, lang, values) for lang in ("en", "sv")}
    remedy = {lang: _text(f"{key}_remedy", lang, values) for lang in ("en", "sv")}
    return Finding(
        code=code,
        severity=code[0],
        message=said["en"],
        message_sv=said["sv"],
        remedy=remedy["en"],
        remedy_sv=remedy["sv"],
        file=file,
        row=row,
        count=count,
    )


def refuse(
    where: str, code: str, *, key: str = "", file: str = "", row: int | None = None, **values: Any
) -> NoReturn:
    """Raise `InvalidInput` with `code` and its finding in both languages."""
    refuse_all(where, [finding(code, key=key, file=file, row=row, **values)])


def refuse_all(where: str, found: Iterable[Finding]) -> NoReturn:
    """Raise `InvalidInput` with several findings; the first one's code is the refusal's."""
    findings = tuple(found)
    lines = [f"{f.message} {f.remedy} [{f.code}]" for f in findings]
    refusal: Any = InvalidInput(f"{where}: " + "\n".join(lines))
    refusal.code, refusal.findings = findings[0].code, findings
    raise refusal


def near(asked: str, known: Mapping[str, str], many: int = 3) -> list[str]:
    """Entries of a catalogue that look like what was asked for, by id or by title: "id title"."""
    ids = difflib.get_close_matches(asked.upper(), known, n=many, cutoff=0.6)
    words = [word for word in re.findall(r"\w+", asked.casefold()) if len(word) > 1]
    hits = {code: sum(word in title.casefold() for word in words) for code, title in known.items()}
    best = max(hits.values(), default=0)
    alike = [code for code, n in hits.items() if n == best and 2 * n > len(words)]
    titles = {title.casefold(): code for code, title in known.items()}
    close = difflib.get_close_matches(asked.casefold(), titles, n=many, cutoff=0.5)
    found = dict.fromkeys([*ids, *alike, *(titles[title] for title in close)])
    return [f"{code} {known[code]}" for code in list(found)[:many]]


def near_text(candidates: Iterable[str], lang: str) -> str:
    """Candidates as the end of a sentence, or nothing if there are none."""
    listed = "; ".join(candidates)
    return language(lang).text("source.near", listed=listed) if listed else ""


def _text(key: str, lang: str, values: dict[str, Any]) -> str:
    filled = {
        name: near_text(value, lang) if name == "near" else value for name, value in values.items()
    }
    return language(lang).text(f"source.{key}", **filled).strip()
