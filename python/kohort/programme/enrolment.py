"""How many are enrolled, start, and stay: Little's law, and what one figure alone can mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kohort import _core
from kohort.support._language import language


@dataclass(frozen=True)
class StockFlow:
    """How many are enrolled on a day (N), start in a month (lambda), and stay (L months).

    Attributes
    ----------
    enrolled, starts, stay, head_count
        N, lambda, L, and everyone enrolled some time in a month (N + lambda).
    checked, gap, gap_error
        Whether all three were given; then ln N - ln(lambda L) and its standard error.
    findings
        `W-LITTLE` if they disagree, `W-WINDOW` if they were counted over too short a time.
    """

    enrolled: float
    starts: float
    stay: float
    head_count: float
    checked: bool
    gap: float
    gap_error: float
    findings: tuple[Any, ...]

    def __str__(self) -> str:
        said = (
            f"{self.enrolled:.4g} enrolled on a day, {self.starts:.4g} starts a month, "
            f"{self.stay:.4g} months' stay, {self.head_count:.4g} persons some time in a month"
        )
        return "\n".join([said, *map(str, self.findings)])


def stock_and_flow(
    *,
    enrolled: float | None = None,
    starts: float | None = None,
    stay: float | None = None,
    head_count: float | None = None,
    enrolled_variance: float = 0.0,
    starts_counted: float = 0.0,
    stays_counted: float = 0.0,
    stay_cv: float = 1.0,
    window: float = 0.0,
) -> StockFlow:
    """Little's law, N = lambda L: the third number from any two, or a check of all three.

    Parameters
    ----------
    enrolled
        N: on a day, the mean over the window.
    starts
        lambda: new ones a month.
    stay
        L: months, from all stays including open ones.
    head_count
        Everyone who was enrolled some time in a month, N + lambda.
    enrolled_variance, starts_counted, stays_counted, stay_cv
        For the check: variance of the mean N, numbers behind lambda and L, coefficient of variation
        of the stays.
    window
        Months over which they were counted; less than five stays is warned of.

    Raises
    ------
    InvalidInput
        `E-STOCK-FLOW` with fewer than two of N, lambda and L; `E-SETTING`.

    Notes
    -----
    Little (1961), Operations Research 9:383-387. It holds over a long, steady time, not while a
    programme fills up.
    """
    found = _core.stock_and_flow(
        enrolled, starts, stay, head_count, enrolled_variance, starts_counted, stays_counted,
        stay_cv, window,
    )  # fmt: skip
    numbers = {k: v for k, v in found.items() if k != "notices"}
    return StockFlow(**numbers, findings=tuple(finding(c, m) for c, m in found["notices"]))


def read_three_ways(figure: float, stay: float) -> dict[str, float]:
    """What one figure, "15 a month", means for the number enrolled on a day.

    Returns
    -------
    "stock": it was that number; "flow": new ones a month; "head_count": everyone some time in a
    month.
    """
    return dict(
        zip(("stock", "flow", "head_count"), _core.read_three_ways(figure, stay), strict=True)
    )


def finding(code: str, message: str) -> Any:
    """A finding about a programme, in both languages."""
    key = code.lower().replace("-", "_")
    return _core.Finding(
        code=code,
        severity=code[0],
        message=message,
        message_sv=language("sv").text(f"programme.finding_{key}"),
        remedy=language("en").text(f"programme.remedy_{key}"),
        remedy_sv=language("sv").text(f"programme.remedy_{key}"),
    )
