"""Dates as the core takes them."""

from __future__ import annotations

import datetime as dt

from kohort import _core


def day_number(date: str | dt.date, what: str) -> int:
    """Days since 1 January 1970."""
    try:
        day = dt.date.fromisoformat(date) if isinstance(date, str) else date
        return day.toordinal() - 719163
    except (ValueError, AttributeError):
        _core.reject(
            "E-DATE-FORMAT",
            what,
            "it is no date",
            "a datetime.date or a text like 2024-12-31 is needed",
            "Write it so",
        )
        raise
