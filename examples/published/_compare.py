"""Printed figures beside ours, and a verdict on every line."""

from __future__ import annotations

from collections.abc import Sequence

Line = tuple[str, float, float, float]  # what, printed, ours, tolerance


def compare(title: str, lines: Sequence[Line]) -> None:
    """Print each line; stop with an error if one is further off than its last printed digit."""
    print(title)
    wrong = []
    for what, printed, ours, tolerance in lines:
        good = abs(ours - printed) <= tolerance
        print(
            f"  {what:44} printed {printed:>18.10g}  here {ours:>18.10g}  {'ok' if good else 'NO'}"
        )
        if not good:
            wrong.append(what)
    if wrong:
        raise SystemExit(f"{title}: not reproduced: {', '.join(wrong)}")
