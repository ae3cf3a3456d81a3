"""What a reader of tables can tell: an audit that takes nothing from how cells came to be hidden.

Persons are of kinds: one for each choice of a label of every way, and of the populations that they
belong to. Whatever a table shows is the number of persons of some kinds, its margins as well, and a
sum that nobody printed is one all the same. All numbers of persons of each kind that agree with
what is shown may be the truth; the audit finds the least and the greatest of each cell among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kohort.privacy import suppression

Array = npt.NDArray[Any]
Key = tuple[str, frozenset[tuple[str, str]]]
"""Whose cell it is, and a label for each way that it is not summed over."""

MOST_KINDS = 8_000
"""Kinds of persons that an audit takes on."""


class TooManyKinds(Exception):
    """More ways together than an audit takes on."""


class Contradiction(Exception):
    """No persons whatever could make these tables."""


class Kinds:
    """Kinds of persons of populations that may be parts of each other.

    Parameters
    ----------
    ways
        For each population, its ways and their labels.
    pairs
        (part, whole), with the parts of parts.
    """

    def __init__(
        self, ways: Mapping[str, Mapping[str, Sequence[str]]], pairs: Iterable[tuple[str, str]]
    ) -> None:
        linked = list(pairs)
        self._grids: dict[str, tuple[list[str], dict[str, dict[str, int]], Array]] = {}
        self.count = 0
        left = list(ways)
        while left:
            group = _reached(left[0], linked)
            left = [name for name in left if name not in group]
            labels: dict[str, dict[str, int]] = {}
            for name in sorted(group):
                for way, given in ways.get(name, {}).items():
                    labels.setdefault(way, {label: i for i, label in enumerate(given)})
            members = _members(sorted(group), linked)
            shape = (len(members), *(len(of_way) for of_way in labels.values()))
            if self.count + np.prod(shape, dtype=float) > MOST_KINDS:
                raise TooManyKinds
            grid = self.count + np.arange(np.prod(shape)).reshape(shape)
            for name in group:
                inside = [name in pattern for pattern in members]
                self._grids[name] = (list(labels), labels, grid[inside])
            self.count += grid.size

    def of(self, key: Key) -> Array:
        """The kinds that a cell counts."""
        order, labels, grid = self._grids[key[0]]
        chosen = dict(key[1])
        at = tuple(labels[way][chosen[way]] if way in chosen else slice(None) for way in order)
        found: Array = grid[(slice(None), *at)].ravel()
        return found


class Told(NamedTuple):
    """Least and greatest of each cell that was asked for, and kinds that are told though few."""

    low: Array
    high: Array
    kinds: int


def told(
    kinds: Kinds,
    values: Mapping[Key, int],
    shown: Iterable[Key],
    asked: Sequence[Array],
    *,
    few: int = 0,
) -> Told:
    """What the cells that are shown tell of others.

    Parameters
    ----------
    kinds
        Of persons.
    values
        Every cell of the tables, as it truly is.
    shown
        Those of them that a reader has.
    asked
        Kinds whose number of persons together is wanted, for each.
    few
        If above 0, kinds of 1 to one less than this that are told to within less are counted.

    Raises
    ------
    Contradiction
        No whole numbers of persons agree with the values.
    """
    rows = [kinds.of(key) for key in values]
    truth = _some(_incidence(rows, kinds.count), np.array(list(values.values()), dtype=float))
    seen = _incidence([kinds.of(key) for key in shown], kinds.count)
    fixed, _ = _settled(seen, seen @ truth)
    wanted = list(asked) + ([np.array([k]) for k in range(kinds.count)] if few else [])
    open_kinds = np.flatnonzero(~fixed)
    at = np.full(kinds.count, -1)
    at[open_kinds] = np.arange(open_kinds.size)
    free = [at[w][at[w] >= 0] for w in wanted]
    extra = [f for f in free if f.size > 1]
    n = open_kinds.size + len(extra)
    narrowed = np.unique(seen[:, open_kinds], axis=0)
    sums = np.zeros((len(narrowed) + len(extra), n))
    sums[: len(narrowed), : open_kinds.size] = narrowed
    for i, f in enumerate(extra):
        sums[len(narrowed) + i, f] = 1.0
        sums[len(narrowed) + i, open_kinds.size + i] = -1.0
    some = np.concatenate([truth[open_kinds], [truth[open_kinds[f]].sum() for f in extra]])
    numbers = iter(range(open_kinds.size, n))
    places = [next(numbers) if f.size > 1 else int(f[0]) if f.size else -1 for f in free]
    every = np.zeros(n, dtype=bool)
    cells = suppression.Cells(some, sums, every, every)
    least, most = suppression.bounds(cells, ~every, np.unique([p for p in places if p >= 0]))
    low, high = np.zeros(len(wanted)), np.zeros(len(wanted))
    for i, (w, p) in enumerate(zip(wanted, places, strict=True)):
        certain = truth[w][fixed[w]].sum()
        low[i], high[i] = (certain + least[p], certain + most[p]) if p >= 0 else (certain, certain)
    own = slice(len(asked), None)
    narrow = (low[own] >= 1) & (low[own] < few) & (high[own] - low[own] < few)
    return Told(low[: len(asked)], high[: len(asked)], int(narrow.sum()))


def rings(ways: Iterable[frozenset[str]]) -> bool:
    """Whether tables may meet in a ring, such as age by sex, sex by level and level by age.

    Only such tables can tell the number of a kind that none of them counts.
    """
    sets = set(ways)
    return sum(not any(one < other for other in sets) for one in sets) > 2


def _reached(name: str, linked: Sequence[tuple[str, str]]) -> set[str]:
    group = {name}
    while True:
        more = {n for pair in linked if group & set(pair) for n in pair} - group
        if not more:
            return group
        group |= more


def _members(names: Sequence[str], linked: Sequence[tuple[str, str]]) -> list[frozenset[str]]:
    """Populations that one person can belong to: with every part its whole."""
    some = [frozenset(c) for k in range(1, len(names) + 1) for c in combinations(names, k)]
    return [one for one in some if all(b in one for a, b in linked if a in one)]


def _incidence(rows: Sequence[Array], n: int) -> Array:
    found = np.zeros((len(rows), n))
    for line, at in zip(found, rows, strict=True):
        line[at] = 1.0
    return found


def _settled(sums: Array, totals: Array) -> tuple[Array, Array]:
    """Kinds whose number follows at once: alone in a sum, or in one of nobody; and the numbers."""
    fixed = np.zeros(sums.shape[1], dtype=bool)
    found = np.zeros(sums.shape[1])
    while True:
        open_sums = sums * ~fixed
        left = totals - sums @ found
        nobody = (open_sums[left < 0.5] > 0).any(axis=0)
        alone = open_sums[open_sums.sum(axis=1) == 1]
        at = np.flatnonzero(nobody)
        which = alone.argmax(axis=1)
        found[which] = left[open_sums.sum(axis=1) == 1]
        found[at] = np.where(fixed[at], found[at], 0.0)
        new = fixed.copy()
        new[at] = new[which] = True
        if (new == fixed).all():
            return fixed, found
        fixed = new


def _some(sums: Array, totals: Array) -> Array:
    """Some whole numbers of persons of each kind that make the tables."""
    fixed, found = _settled(sums, totals)
    if not fixed.all():
        left = totals - sums @ found
        part = suppression.whole_numbers(sums[:, ~fixed], left)
        if part is None:
            raise Contradiction
        found[~fixed] = part
    if (found < 0).any() or not np.array_equal(sums @ found, totals):
        raise Contradiction
    return found
