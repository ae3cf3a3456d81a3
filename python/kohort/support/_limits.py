"""Refusals of settings that are out of range, by their keys."""

from __future__ import annotations

from collections.abc import Sequence

from kohort.support import _toml
from kohort.support._shown import shown_value


def among(where: str, value: str, known: Sequence[str]) -> None:
    """Refuse what is none of those known."""
    if value not in known:
        _toml.refuse(
            "E-STUDY-VALUE", f"{where}: {shown_value(value)} was given. Known: {', '.join(known)}."
        )


def at_least(where: str, value: float, least: float) -> None:
    """Refuse what is too small, or no number."""
    if not value >= least:
        _toml.refuse("E-STUDY-VALUE", f"{where}: {value!r} was given; at least {least} is needed.")


def at_most(where: str, value: float, most: float) -> None:
    """Refuse what is too large, or no number."""
    if not value <= most:
        _toml.refuse("E-STUDY-VALUE", f"{where}: {value!r} was given; at most {most} is possible.")


def within(where: str, value: float, least: float, most: float) -> None:
    """Refuse what lies outside its limits, or is no number."""
    if not least <= value <= most:
        _toml.refuse(
            "E-STUDY-VALUE",
            f"{where}: {value!r} was given. Write a number from {least:g} to {most:g}.",
        )
