"""Which cells to hide so that none can be worked out: linear programmes over what adds up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort._extras import require

Array = npt.NDArray[Any]

_BLOCK = 1500
"""Variables of one linear programme: problems are stacked up to about so many."""
_BRANCHES = 100
"""Programmes that are spent on one cell of a three-way table, to have whole numbers."""


def _scipy(module: str) -> Any:
    return require(module, "Tables with hidden cells", extra="disclosure")


@dataclass(frozen=True, eq=False)
class Cells:
    """Counts, and the sums between them.

    Attributes
    ----------
    values
        (n,), whole numbers from 0.
    sums
        (m, n): each row, times the values, is 0. Whoever reads the tables knows that.
    unpublished
        (n,), cells that no table shows but that can be computed from them, such as a difference.
    fixed
        (n,), cells that must be shown, because they are known anyway.
    """

    values: Array
    sums: Array
    unpublished: Array
    fixed: Array

    def primary(self, threshold: int) -> Array:
        """(n,), cells of few persons: above 0 and below the threshold."""
        few: Array = (self.values > 0) & (self.values < threshold)
        return few


def bounds(cells: Cells, hidden: Array, asked: Array | None = None) -> tuple[Array, Array]:
    """What a reader can tell of each hidden cell: the least and the greatest it can be.

    Of every table of whole numbers from 0 on that agrees with what is shown. The greatest is capped
    (``inf``) well above what any threshold asks for.

    Parameters
    ----------
    cells, hidden
        What there is, and which of it is not shown.
    asked
        Numbers of the hidden cells that are wanted; by default all.

    Returns
    -------
    tuple of arrays
        (n,) each; both are the value itself where the cell is shown or not asked for.
    """
    x = cells.values.astype(float)
    low, high = x.copy(), x.copy()
    at = np.flatnonzero(hidden)
    if not at.size:
        return low, high
    sums = cells.sums[:, at]
    sums = sums[(sums != 0).any(axis=1)]
    cap = float(x[at].sum() + x[at].max() + 100)
    wanted = range(at.size) if asked is None else np.searchsorted(at, asked).tolist()
    targets = [(k, sign) for k in wanted for sign in (1.0, -1.0)]
    size = max(1, _BLOCK // at.size)
    for start in range(0, len(targets), size):
        part = targets[start : start + size]
        for (k, sign), moved in zip(part, _farthest(sums, x[at], cap, part), strict=True):
            if sign > 0:
                high[at[k]] = np.inf if moved[k] >= cap - 0.5 else x[at[k]] + moved[k]
            else:
                low[at[k]] = x[at[k]] + moved[k]
    return np.round(low, 9), np.round(high, 9)


def _farthest(sums: Array, x: Array, cap: float, targets: list[tuple[int, float]]) -> list[Array]:
    """Changes of the hidden cells that move one of them as far up or down as can be, each."""
    optimize = _scipy("scipy.optimize")
    sparse = _scipy("scipy.sparse")
    n = x.size
    goal = np.zeros((len(targets), n))
    for row, (k, sign) in zip(goal, targets, strict=True):
        row[k] = -sign
    limits = np.column_stack([-x, np.full(n, cap)])
    rows = sparse.csr_array(sums)
    found = optimize.linprog(
        goal.ravel(),
        A_eq=sparse.kron(sparse.eye_array(len(targets)), rows, format="csr")
        if rows.shape[0]
        else None,
        b_eq=np.zeros(rows.shape[0] * len(targets)) if rows.shape[0] else None,
        bounds=np.tile(limits, (len(targets), 1)),
        method="highs",
    )
    if found.status != 0:
        raise RuntimeError(f"the audit's linear programme ended with status {found.status}")
    changes = list(found.x.reshape(len(targets), n))
    for i, change in enumerate(changes):
        # In two dimensions corners are whole numbers by themselves; in three they need not be.
        if np.abs(change - np.round(change)).max() > 1e-6:
            changes[i] = _whole(goal[i], rows, limits)
    return [np.round(change) for change in changes]


def _whole(goal: Array, rows: Any, limits: Array) -> Array:
    """The farthest change in whole numbers, by branching, or one nearly as far.

    What is found is possible, so a range is never taken for wider than it is. (SciPy's own `milp`
    may write to standard output.)
    """
    optimize = _scipy("scipy.optimize")
    best = np.zeros(goal.size)  # nothing changes
    boxes = [limits]
    for _ in range(_BRANCHES):
        if not boxes:
            break
        box = boxes.pop()
        found = optimize.linprog(
            goal, A_eq=rows, b_eq=np.zeros(rows.shape[0]), bounds=box, method="highs"
        )
        if found.status != 0 or goal @ found.x > goal @ best - 1e-6:
            continue
        off = np.abs(found.x - np.round(found.x))
        k = int(off.argmax())
        if off[k] < 1e-6:
            best = np.round(found.x)
            continue
        boxes += _split(box, k, found.x[k])
    return best


def whole_numbers(sums: Array, totals: Array) -> Array | None:
    """Whole numbers from 0 on whose sums are the totals, by branching; None if none were found."""
    optimize = _scipy("scipy.optimize")
    boxes = [np.column_stack([np.zeros(sums.shape[1]), np.full(sums.shape[1], np.inf)])]
    for _ in range(_BRANCHES):
        if not boxes:
            return None
        box = boxes.pop()
        found = optimize.linprog(
            np.zeros(sums.shape[1]), A_eq=sums, b_eq=totals, bounds=box, method="highs"
        )
        if found.status != 0:
            continue
        off = np.abs(found.x - np.round(found.x))
        k = int(off.argmax())
        if off[k] < 1e-6:
            whole: Array = np.round(found.x)
            return whole
        boxes += _split(box, k, found.x[k])
    return None


def _split(box: Array, k: int, value: float) -> list[Array]:
    """The two parts of a box on either side of a value that is no whole number."""
    below, above = box.copy(), box.copy()
    below[k, 1], above[k, 0] = np.floor(value), np.ceil(value)
    return [below, above]


def too_narrow(cells: Cells, hidden: Array, threshold: int) -> Array:
    """Hidden cells that a reader can tell to within less than the threshold.

    Every cell that a table hides needs it; of cells that no table shows only those of few persons.
    """
    low, high = bounds(cells, hidden)
    needs = hidden & (~cells.unpublished | cells.primary(threshold))
    return np.flatnonzero(needs & (high - low < threshold))


def suppress(cells: Cells, threshold: int, weights: Array) -> Array | None:
    """Cells to hide: those of few persons, and others so that no hidden cell can be told.

    Every hidden cell can then be any of a range of values at least `threshold` wide. Cells are
    added where a linear programme finds the cheapest way to let a cell move so far, and taken back
    where they turn out not to be needed.

    Parameters
    ----------
    cells, threshold
        What there is, and the least count that is shown.
    weights
        (n,), the price of hiding a cell.

    Returns
    -------
    array or None
        (n,) of booleans; None if what must be shown leaves no way.
    """
    must = cells.primary(threshold) | cells.unpublished
    if (must & cells.fixed).any():
        return None
    if not (must & ~cells.unpublished).any() and not cells.primary(threshold).any():
        return must
    best: Array | None = None
    for price in (weights, weights * np.log2(2.0 + cells.values)):
        hidden = _add(cells, must, threshold, price)
        if hidden is None:
            return None
        hidden = _take_back(cells, hidden, must, threshold, price)
        if best is None or weights[hidden].sum() < weights[best].sum() - 1e-9:
            best = hidden
    return best


def _add(cells: Cells, must: Array, threshold: int, price: Array) -> Array | None:
    hidden = must.copy()
    while True:
        narrow = too_narrow(cells, hidden, threshold)
        if not narrow.size:
            return hidden
        order = narrow[np.argsort(cells.values[narrow], kind="stable")]
        more = None
        for k in order:
            more = _way(cells, hidden, int(k), threshold, price)
            if more is None:
                return None
            if (more & ~hidden).any():
                break
        if more is None:
            return None
        if not (more & ~hidden).any():  # it moves far enough, but not in whole numbers
            beside = _beside(cells, hidden, narrow)
            if not beside.size:
                return None
            more = np.zeros_like(hidden)
            more[beside[np.argmin(price[beside])]] = True
        hidden |= more


def _beside(cells: Cells, hidden: Array, narrow: Array) -> Array:
    """Shown cells that may be hidden, of the sums that narrow cells stand in; else of any."""
    free = ~hidden & ~cells.fixed
    in_sums = (cells.sums != 0)[(cells.sums[:, narrow] != 0).any(axis=1)].any(axis=0)
    return np.flatnonzero(free & in_sums if (free & in_sums).any() else free)


def _way(cells: Cells, hidden: Array, k: int, threshold: int, price: Array) -> Array | None:
    """Cells that change in the cheapest pair of tables between which cell k moves so far."""
    optimize = _scipy("scipy.optimize")
    sparse = _scipy("scipy.sparse")
    n = cells.values.size
    cost = np.where(hidden, 1e-3, price)
    up = np.where(cells.fixed, 0.0, np.inf)
    down = np.where(cells.fixed, 0.0, cells.values.astype(float))
    rows = sparse.csr_array(cells.sums)
    apart = np.zeros((1, 4 * n))
    apart[0, [k, 3 * n + k]] = -1
    apart[0, [n + k, 2 * n + k]] = 1
    found = optimize.linprog(
        np.tile(cost, 4),  # more and less in the one table, more and less in the other
        A_eq=sparse.kron(sparse.eye_array(2), sparse.hstack([rows, -rows]), format="csr"),
        b_eq=np.zeros(2 * rows.shape[0]),
        A_ub=apart,
        b_ub=[-float(threshold)],
        bounds=np.column_stack([np.zeros(4 * n), np.concatenate([up, down, up, down])]),
        method="highs",
    )
    if found.status != 0:
        return None
    moved: Array = np.abs(found.x.reshape(4, n)).max(axis=0) > 1e-7
    return moved


def _take_back(cells: Cells, hidden: Array, must: Array, threshold: int, price: Array) -> Array:
    extra = np.flatnonzero(hidden & ~must)
    for k in extra[np.argsort(-price[extra], kind="stable")]:
        without = hidden.copy()
        without[k] = False
        if not too_narrow(cells, without, threshold).size:
            hidden = without
    return hidden
