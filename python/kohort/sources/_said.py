"""What a source says to the planner, in Swedish and in English, and refusals worded so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

from kohort._core import Finding, InvalidInput
from kohort.support._language import language


def finding(
    code: str, *, file: str = "", count: int = 1, row: int | None = None, **values: Any
) -> Finding:
    """A finding with the catalogues' texts `source.<code>` and `source.<code>_remedy`."""
    key = code.lower().replace("-", "_")
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
    where: str, code: str, *, file: str = "", row: int | None = None, **values: Any
) -> NoReturn:
    """Raise `InvalidInput` with `code` and its finding in both languages."""
    refuse_all(where, [finding(code, file=file, row=row, **values)])


def refuse_all(where: str, found: Iterable[Finding]) -> NoReturn:
    """Raise `InvalidInput` with several findings; the first one's code is the refusal's."""
    findings = tuple(found)
    lines = [f"{f.message} {f.remedy} [{f.code}]" for f in findings]
    refusal: Any = InvalidInput(f"{where}: " + "\n".join(lines))
    refusal.code, refusal.findings = findings[0].code, findings
    raise refusal


def near_text(candidates: Iterable[str], lang: str) -> str:
    """Candidates as the end of a sentence, or nothing if there are none."""
    listed = "; ".join(candidates)
    return language(lang).text("source.near", listed=listed) if listed else ""


def _text(key: str, lang: str, values: dict[str, Any]) -> str:
    filled = {
        name: near_text(value, lang) if name == "near" else value for name, value in values.items()
    }
    return language(lang).text(f"source.{key}", **filled).strip()
