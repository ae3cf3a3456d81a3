"""Results as plain text: functions over fields, numpy alone."""

from __future__ import annotations

from collections.abc import Sequence


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns lined up with two spaces between: the first to the left, numbers to the right."""
    grid = [list(headers), *[list(row) for row in rows]]
    widths = [max(len(row[i]) for row in grid) for i in range(len(headers))]
    lines = []
    for row in grid:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def amount(value: float) -> str:
    """To the hundredth; below 1 with three significant digits, whole ones without decimals."""
    if 0 < abs(value) < 1:
        return number(value, 3)
    return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"


def number(value: float, digits: int = 4) -> str:
    """`digits` significant digits, no exponent between 1e-4 and 1e6: for a terminal."""
    if value == 0:
        return "0"
    if not 1e-4 <= abs(value) < 1e6:
        return f"{value:.{digits - 1}e}"
    return f"{value:.{digits}g}"
