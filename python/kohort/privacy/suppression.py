"""Which cells to hide so that none can be worked out: linear programmes over what adds up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort.support._extras import require

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


class Ways:
    """Changes of the cells that keep every sum: pairs of tables that a reader cannot tell apart.

    How far a cell moves among them is the least that its range can be wide, so a cell that moves
    far enough needs no linear programme. A change stays possible while the cells that it moves are
    hidden, whatever else is.
    """

    def __init__(self, size: int) -> None:
        self._changes = np.zeros((1, size))  # nothing moves

    def add(self, at: Array, change: Array) -> None:
        """A change of these cells in whole numbers; the others stay."""
        row = np.zeros((1, self._changes.shape[1]))
        row[0, at] = change
        self._changes = np.concatenate([self._changes, row])

    def widths(self, hidden: Array) -> Array:
        """(n,): how far each cell moves, at least, while these are hidden."""
        possible = self._changes[~(self._changes[:, ~hidden] != 0).any(axis=1)]
        found: Array = possible.max(axis=0) - possible.min(axis=0)
        return found


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
    cap = _cap(x[at])
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
    goals = np.zeros((len(targets), x.size))
    for row, (k, sign) in zip(goals, targets, strict=True):
        row[k] = -sign
    changes = list(_least(sums, x, cap, goals))
    for i, change in enumerate(changes):
        # In two dimensions corners are whole numbers by themselves; in three they need not be.
        if not _is_whole(change):
            changes[i] = _whole(goals[i], sums, _limits(x, cap))
    return [np.round(change) for change in changes]


def _is_whole(change: Array) -> bool:
    return bool(np.abs(change - np.round(change)).max() <= 1e-6)


def _limits(x: Array, cap: float) -> Array:
    return np.column_stack([-x, np.full(x.size, cap)])


def _least(sums: Array, x: Array, cap: float, goals: Array) -> Array:
    """The change with the least of each goal, (goals, n): one linear programme for all."""
    blocks = None
    if len(sums):
        sparse = _scipy("scipy.sparse")
        one = sparse.csc_array(sums)
        blocks = one if len(goals) == 1 else sparse.block_diag([one] * len(goals), format="csc")
    found = _scipy("scipy.optimize").linprog(
        goals.ravel(),
        A_eq=blocks,
        b_eq=None if blocks is None else np.zeros(blocks.shape[0]),
        bounds=np.tile(_limits(x, cap), (len(goals), 1)),
        method="highs",
    )
    if found.status != 0:
        raise RuntimeError(f"the audit's linear programme ended with status {found.status}")
    changes: Array = found.x.reshape(goals.shape)
    return changes


def _whole(goal: Array, sums: Array, limits: Array) -> Array:
    """The farthest change in whole numbers, by branching, or one nearly as far.

    What is found is possible, so a range is never taken for wider than it is. (SciPy's own `milp`
    may write to standard output.)
    """
    optimize = _scipy("scipy.optimize")
    rows = _scipy("scipy.sparse").csc_array(sums)
    best = np.zeros(goal.size)  # nothing changes
    boxes = [limits]
    for _ in range(_BRANCHES):
        if not boxes:
            break
        box = boxes.pop()
        found = optimize.linprog(
            goal, A_eq=rows, b_eq=np.zeros(len(sums)), bounds=box, method="highs"
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


def too_narrow(cells: Cells, hidden: Array, threshold: int, ways: Ways) -> Iterator[int]:
    """Hidden cells that a reader can tell to within less than the threshold, the smallest first.

    Every cell that a table hides needs it; of cells that no table shows only those of few persons.
    One is looked for when it is asked for.

    Parameters
    ----------
    cells, hidden, threshold
        What there is, which of it is not shown, and how wide a range is wide enough.
    ways
        Changes found before; those found here are added.
    """
    needs = np.flatnonzero(hidden & (~cells.unpublished | cells.primary(threshold)))
    at = np.flatnonzero(hidden)
    sums = cells.sums[:, at]
    sums = sums[(sums != 0).any(axis=1)]
    x = cells.values[at].astype(float)
    for k in needs[np.argsort(cells.values[needs], kind="stable")].tolist():
        if ways.widths(hidden)[k] < threshold:
            _move(ways, sums, at, x, k, threshold)
            if ways.widths(hidden)[k] < threshold:
                yield k


def _move(ways: Ways, sums: Array, at: Array, x: Array, k: int, threshold: int) -> None:
    """Add the changes that move cell k farthest up and down, as far as they can matter."""
    goals = np.zeros((2, x.size))
    goals[:, np.searchsorted(at, k)] = (-1.0, 1.0)
    changes = _least(sums, x, _cap(x), goals)
    range_ = -(goals * changes).sum()  # in parts of persons, so whole ones are no farther apart
    for goal, change in zip(goals, changes, strict=True):
        if not _is_whole(change):
            if range_ < threshold - 1e-6:
                continue
            change = _whole(goal, sums, _limits(x, _cap(x)))
        ways.add(at, np.round(change))


def _cap(x: Array) -> float:
    """A change well above what any threshold asks for."""
    return float(x.sum() + x.max(initial=0.0) + 100)


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
    ways = Ways(cells.values.size)
    for price in (weights, weights * np.log2(2.0 + cells.values)):
        hidden = _add(cells, must, threshold, price, ways)
        if hidden is None:
            return None
        hidden = _take_back(cells, hidden, must, threshold, price, ways)
        if best is None or weights[hidden].sum() < weights[best].sum() - 1e-9:
            best = hidden
    return best


def _add(cells: Cells, must: Array, threshold: int, price: Array, ways: Ways) -> Array | None:
    hidden = must.copy()
    while True:
        narrow, more = [], None
        for k in too_narrow(cells, hidden, threshold, ways):
            narrow.append(k)
            more = _way(cells, hidden, k, threshold, price)
            if more is None:
                return None
            if (more & ~hidden).any():
                break
        if more is None:
            return hidden
        if not (more & ~hidden).any():  # it moves far enough, but not in whole numbers
            beside = _beside(cells, hidden, np.array(narrow))
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


def _take_back(
    cells: Cells, hidden: Array, must: Array, threshold: int, price: Array, ways: Ways
) -> Array:
    extra = np.flatnonzero(hidden & ~must)
    for k in extra[np.argsort(-price[extra], kind="stable")]:
        without = hidden.copy()
        without[k] = False
        if next(too_narrow(cells, without, threshold, ways), None) is None:
            hidden = without
    return hidden
