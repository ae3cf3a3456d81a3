"""Settings from TOML into frozen dataclasses and back: unknown keys and wrong types are refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import json
import re
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from kohort._core import InvalidInput
from kohort.support._shown import shown_value

T = TypeVar("T")
_WORDS = {
    str: "text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dt.date: "a date such as 2024-12-31, without quotes",
}


def read(cls: type[T], table: Mapping[str, Any], where: str) -> T:
    """A settings object from a TOML table.

    Raises
    ------
    InvalidInput
        `E-STUDY-KEY` for a key that `cls` lacks (with those it has), `E-STUDY-MISSING` for one that
        is needed and not there, `E-STUDY-TYPE` for a value of another type.
    """
    fields = {
        field.name: field
        for field in dataclasses.fields(cls)  # type: ignore[arg-type]  # T is a settings class
    }
    hints = typing.get_type_hints(cls)
    for key in table:
        if key not in fields:
            near = difflib.get_close_matches(key, fields, n=1)
            meant = f" Did you mean {near[0]}?" if near else ""
            typed = repr(key) if near else shown_value(key)  # a slip of a known one can be shown
            refuse(
                "E-STUDY-KEY",
                f"{where}: there is no key {typed}.{meant} Known here: {', '.join(fields)}.",
            )
    values = {}
    for name, field in fields.items():
        if name in table:
            values[name] = _value(hints[name], table[name], f"{where}.{name}".removeprefix("."))
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            kind = hints[name]
            what = "table" if dataclasses.is_dataclass(kind) else "key"
            refuse("E-STUDY-MISSING", f"{where}: the {what} {name!r} is needed and is not there.")
    return cls(**values)


def place_of(error: Exception) -> str:
    """Where a TOML file stops being one, without the words that stand there."""
    found = re.search(r"\(at [a-z]+ [\w, ]+\)", str(error))
    return f" {found[0]}" if found else ""


def write(settings: Any) -> str:
    """TOML that `read` turns into the same settings again; what is None is left out."""
    lines: list[str] = []
    _write_table(settings, "", lines)
    return "\n".join(lines).strip() + "\n"


def refuse(code: str, message: str, swedish: str = "") -> typing.NoReturn:
    """Raise `InvalidInput` with a code, and the same in Swedish where it has its own words."""
    refusal: Any = InvalidInput(f"{message} [{code}]")
    refusal.code, refusal.swedish = code, swedish
    raise refusal


def _value(hint: Any, value: Any, where: str) -> Any:
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    for option in options:
        if dataclasses.is_dataclass(option) and isinstance(value, dict):
            return read(typing.cast(Any, option), value, where)
        origin, inside = typing.get_origin(option), typing.get_args(option)
        if origin is tuple and isinstance(value, list):
            return tuple(_value(inside[0], item, f"{where}[{i}]") for i, item in enumerate(value))
        if origin is dict and isinstance(value, dict):
            return {key: _value(inside[1], item, f"{where}.{key}") for key, item in value.items()}
        if option is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if isinstance(option, type) and type(value) is option:
            return value
    needed = " or ".join(_described(option) for option in options if option is not types.NoneType)
    refuse("E-STUDY-TYPE", f"{where}: {shown_value(value)} was given, but {needed} is needed.")


def _described(option: Any) -> str:
    if typing.get_origin(option) is tuple:
        return "a list in square brackets"
    if typing.get_origin(option) is dict or dataclasses.is_dataclass(option):
        return "a table"
    return _WORDS[option]


def _write_table(settings: Any, name: str, lines: list[str]) -> None:
    pairs = [(f.name, getattr(settings, f.name)) for f in dataclasses.fields(settings)]
    flat = [(k, v) for k, v in pairs if v is not None and not _is_table(v)]
    if name and flat:
        lines.append(f"[{name}]")
    lines += [f"{key} = {_written(value)}" for key, value in flat]
    lines.append("")
    for key, value in pairs:
        inner = f"{name}.{key}".lstrip(".")
        if isinstance(value, dict):
            lines.append(f"[{inner}]")
            lines += [f"{_key(k)} = {_written(v)}" for k, v in value.items()]
            lines.append("")
        elif dataclasses.is_dataclass(value):
            _write_table(value, inner, lines)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or dataclasses.is_dataclass(value)


def _key(key: str) -> str:
    plain = key.replace("_", "").replace("-", "")
    return key if plain.isascii() and plain.isalnum() else _quoted(key)


def _quoted(text: str) -> str:
    """As JSON has it, but that TOML wants DEL escaped, too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, tuple):
        return f"[{', '.join(_written(item) for item in value)}]"
    if dataclasses.is_dataclass(value):
        inner = [
            f"{f.name} = {_written(getattr(value, f.name))}"
            for f in dataclasses.fields(value)
            if getattr(value, f.name) is not None
        ]
        return f"{{ {', '.join(inner)} }}"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_key(k)} = {_written(v)}' for k, v in value.items())} }}"
    return value.isoformat() if isinstance(value, dt.date) else repr(value)
