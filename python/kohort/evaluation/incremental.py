"""Options by rising cost: which are worth their price, and which never are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.support import _frames, _html, _text
from kohort.support._refusal import refuse

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class IncrementalRow:
    """One option of an incremental analysis.

    Attributes
    ----------
    name
        Of the option.
    cost, effect
        As given.
    status
        "reference", "efficient", "extendedly dominated" or "dominated".
    compared_with, and_with
        The option before it on the frontier; the one that dominates it; or, for extended
        dominance, its two neighbours on the frontier. Empty if none.
    added_cost, added_effect
        Over `compared_with`.
    icer
        Added cost per added effect of an efficient option; otherwise not a number.
    quadrant
        Of the increment: "north-east", "south-east", "south-west", "north-west" or "".
    """

    name: str
    cost: float
    effect: float
    status: str
    compared_with: str
    and_with: str
    added_cost: float
    added_effect: float
    icer: float
    quadrant: str

    @property
    def reason(self) -> str:
        """In words why the option is where it is."""
        if self.status == "reference":
            return "reference"
        if self.status == "efficient":
            if np.isnan(self.icer):
                return f"same cost and effect as {self.compared_with}"
            return f"{_text.amount(self.icer)} per unit over {self.compared_with} ({self.quadrant})"
        if self.status == "dominated":
            if self.added_cost == 0 and self.added_effect == 0:
                return f"same cost and effect as {self.compared_with}, which is dominated"
            return f"dominated by {self.compared_with}"
        if not self.and_with:
            return f"same cost and effect as {self.compared_with}, which is extendedly dominated"
        return f"extendedly dominated by {self.compared_with} and {self.and_with}"


@dataclass(frozen=True)
class IncrementalTable:
    """Options by rising cost, each with its ratio or the reason why it has none."""

    rows: tuple[IncrementalRow, ...]
    effect: str = "effect"

    def to_frame(self, backend: str | None = None) -> Any:
        """The table as a data frame."""
        names = [n for n in IncrementalRow.__dataclass_fields__]
        columns = {n: [getattr(row, n) for row in self.rows] for n in names}
        return _frames.to_frame(columns | {"reason": [row.reason for row in self.rows]}, backend)

    def plot(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """Options in the plane of effect and cost, with the efficient frontier."""
        from kohort.plots import decisions as plots_decisions

        return plots_decisions.frontier(self, ax, lang=lang)

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        of_cost = _decimals([r.cost for r in self.rows], 5, 2)
        of_effect = _decimals([r.effect for r in self.rows], 6, 6)
        rows = [
            [r.name, f"{r.cost:,.{of_cost}f}", f"{r.effect:,.{of_effect}f}", r.reason]
            for r in self.rows
        ]
        return ["option", "cost", self.effect, "cost per unit, or reason"], rows

    def __str__(self) -> str:
        return _text.table(*self._grid())

    def _repr_html_(self) -> str:
        return _html.block("Incremental analysis", parts=[_html.table(*self._grid())])


def _decimals(values: Sequence[float], digits: int, most: int) -> int:
    """Decimals with which the largest value has so many digits; `most`, unless all are below 1."""
    largest = max((abs(x) for x in values), default=0.0)
    if largest == 0:
        return 0
    wanted = digits - 1 - int(np.floor(np.log10(largest)))
    return int(np.clip(wanted, 0, most if largest >= 1 else max(wanted, most)))


def incremental(
    costs: npt.ArrayLike,
    effects: npt.ArrayLike,
    names: Sequence[str] | None = None,
    *,
    effect: str = "effect",
) -> IncrementalTable:
    """Incremental cost-effectiveness of any number of options.

    Options are sorted by cost; one that gives no more than a cheaper one is dominated; what lies
    above the lower convex hull of the others is extendedly dominated. A ratio is given only between
    neighbours on the frontier, always with its quadrant.

    Parameters
    ----------
    costs, effects
        One of each for every option.
    names
        Of the options; by default "1", "2", ...
    effect
        What the effect is called, "QALYs" say.

    Raises
    ------
    InvalidInput
        `E-SHAPE`, `E-NUM`.
    """
    c, e = np.asarray(costs, dtype=float).ravel(), np.asarray(effects, dtype=float).ravel()
    labels = option_names(names, c.size, "incremental")
    rows = _core.incremental_analysis(c, e)

    def label(i: int) -> str:
        return labels[i] if i >= 0 else ""

    return IncrementalTable(
        tuple(
            IncrementalRow(
                label(r["option"]), r["cost"], r["effect"], r["status"],
                label(r["compared_with"]), label(r["and_with"]),
                r["added_cost"], r["added_effect"], r["icer"], r["quadrant"],
            )
            for r in rows
        ),
        effect,
    )  # fmt: skip


def option_names(names: Sequence[str] | None, count: int, where: str) -> tuple[str, ...]:
    made = tuple(str(i + 1) for i in range(count)) if names is None else tuple(names)
    if len(made) != count or len(set(made)) != count:
        refuse(
            "E-SHAPE", where, f"{len(made)} names for {count} options",
            "each option has a name of its own", "Give as many different names as options",
        )  # fmt: skip
    return made
