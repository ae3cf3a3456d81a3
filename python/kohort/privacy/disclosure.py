"""Nobody is seen in a table: small counts hidden, and others with them so that none can be told.

A cell of 1 to 4 persons is hidden, and so many others with it that every hidden cell can be any of
a range of values at least 5 wide, from all that the tables show together. An audit by linear
programmes proves it of every table. A zero is shown, as in official statistics.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from kohort import _frames, _html, _text
from kohort._refusal import refuse
from kohort.privacy import suppression

Array = npt.NDArray[Any]

TOTAL = "sum"
"""Label of a margin."""


@dataclass(frozen=True)
class Profile:
    """For whom something is made.

    Attributes
    ----------
    name
        ``"public"``: small counts are hidden. ``"internal"``: the municipality's own eyes; nothing
        is hidden, and everything says that it must not be passed on.
    threshold
        Counts of persons from 1 to one less are hidden.
    """

    name: str
    threshold: int = 5

    def __post_init__(self) -> None:
        if self.name not in ("public", "internal") or self.threshold < 2:
            refuse(
                "E-SETTING",
                "profile",
                f"name {self.name!r} and threshold {self.threshold}",
                "the profiles are public and internal, the threshold at least 2",
                "Use kohort.privacy.PUBLIC",
            )

    @property
    def hides(self) -> bool:
        """Whether small counts are hidden."""
        return self.name == "public"


PUBLIC = Profile("public")
INTERNAL = Profile("internal")


def small(counts: Any, profile: Profile = PUBLIC) -> Array:
    """Which counts the profile hides by themselves: those of 1 to one below its threshold."""
    values = np.asarray(counts, dtype=float)
    few: Array = profile.hides & (values > 0) & (values < profile.threshold)
    return few


def withheld(counts: Any, profile: Profile = PUBLIC, *, total_is_known: bool = False) -> Array:
    """Counts that stand by themselves, NaN where the profile hides them.

    Parameters
    ----------
    counts
        (rows,) or (rows, parts).
    profile
        For whom.
    total_is_known
        Whether each row's sum stands elsewhere: then so many of its next smallest counts are hidden
        with it that each can be any of a range as wide as the threshold, as `protect` has it.
    """
    values = np.array(counts, dtype=float)
    hidden = small(values, profile)
    if total_is_known:
        for row, of in zip(np.atleast_2d(values), np.atleast_2d(hidden), strict=True):
            while of.any() and (of.sum() < 2 or row[of].sum() < profile.threshold):
                others = np.where(of | (row == 0), np.inf, row)
                if not np.isfinite(others).any():
                    of[:] = True
                    break
                of[int(np.argmin(others))] = True
    values[hidden] = np.nan
    return values


def written_few(count: float, profile: Profile = PUBLIC) -> str:
    """A count, or ``<5`` for one that is withheld."""
    few = bool(small(count, profile)) or count != count
    return f"<{profile.threshold}" if few else str(int(count))


@dataclass(frozen=True, eq=False)
class Table:
    """Counts of persons in one to three ways, without their margins.

    Tables that speak of the same population share the cells that have the same labels: a table by
    age and sex and one by age and level have the persons by age in common.

    Attributes
    ----------
    counts
        One dimension for each way.
    ways
        Name of each way, and its labels.
    population
        Of whom the table is.
    margins
        Whether the sums over each way are shown, too.
    """

    counts: Array
    ways: Mapping[str, Sequence[str]]
    population: str = "all"
    margins: bool = True

    def __post_init__(self) -> None:
        counts = np.asarray(self.counts, dtype=float)
        shape = tuple(len(labels) for labels in self.ways.values())
        if counts.shape != shape or not 1 <= counts.ndim <= 3:
            _refuse_table(f"counts of shape {counts.shape} and labels for {shape}")
        if not np.isfinite(counts).all() or (counts < 0).any() or (counts % 1).any():
            _refuse_table("a count that is no whole number from 0 on")
        for way, labels in self.ways.items():
            if len(set(labels)) < len(labels) or TOTAL in labels:
                _refuse_table(f"the way '{way}' with a label twice, or one called {TOTAL}")
        object.__setattr__(self, "counts", counts.astype(np.int64))

    @classmethod
    def of(cls, counts: Any, **options: Any) -> Table:
        """A table without names: its ways are called rows, columns and layers."""
        values = np.asarray(counts)
        names = ("rows", "columns", "layers")
        ways = {
            n: [str(i + 1) for i in range(k)] for n, k in zip(names, values.shape, strict=False)
        }
        return cls(values, ways, **options)

    def _extended(self) -> Array:
        full = self.counts
        if self.margins:
            for axis in range(full.ndim):
                full = np.concatenate([full, full.sum(axis=axis, keepdims=True)], axis=axis)
        return full

    def _labels(self) -> list[list[str]]:
        last = [TOTAL] if self.margins else []
        return [[*labels, *last] for labels in self.ways.values()]

    def _keys(self) -> list[tuple[str, frozenset[tuple[str, str]]]]:
        names = list(self.ways)
        return [
            (self.population, frozenset(p for p in zip(names, at, strict=True) if p[1] != TOTAL))
            for at in product(*self._labels())
        ]


def _refuse_table(seen: str) -> NoReturn:
    refuse(
        "E-TABLE",
        "table",
        seen,
        "counts of persons with a label for each place are needed, in at most three ways",
        "Check the table",
    )


@dataclass(frozen=True, eq=False)
class Audit:
    """What a reader of the tables can tell of their hidden cells.

    Attributes
    ----------
    hidden
        How many cells are hidden, margins among them.
    narrowest
        Width of the narrowest range that a hidden cell is known to lie in; ``inf`` if none is.
    failures
        Hidden cells that can be told to within less than the threshold.
    threshold
        Of the profile.
    """

    hidden: int
    narrowest: float
    failures: int
    threshold: int

    def __str__(self) -> str:
        verdict = "protected" if not self.failures else f"{self.failures} cells can be told"
        return (
            f"{self.hidden} cells hidden, the narrowest range is {self.narrowest:g} wide "
            f"(at least {self.threshold} is needed): {verdict}"
        )


@dataclass(frozen=True, eq=False)
class ProtectedTable:
    """A table as it may be shown: hidden counts are not in it any more.

    Attributes
    ----------
    counts
        With margins if the table has them, total last; NaN where a count is hidden.
    low, high
        What a reader can tell of each cell at most; ``inf`` without a limit.
    ways
        Name of each way, and its labels, total among them.
    audit
        The proof, over all tables that were protected together.
    profile
        For whom.
    """

    counts: Array
    low: Array
    high: Array
    ways: Mapping[str, tuple[str, ...]]
    audit: Audit
    profile: Profile

    @property
    def hidden(self) -> Array:
        """Where a count is hidden; it is not said which are small and which go with them."""
        return np.isnan(self.counts)

    @property
    def inner(self) -> Array:
        """The counts without the margins."""
        inside = tuple(slice(0, len(v) - (v[-1] == TOTAL)) for v in self.ways.values())
        cells: Array = self.counts[inside]
        return cells

    def to_frame(self, backend: str | None = None) -> Any:
        """One row for each cell: its labels, and its count or nothing."""
        grid = list(product(*self.ways.values()))
        columns: dict[str, Any] = {
            way: np.array([at[i] for at in grid], dtype=object) for i, way in enumerate(self.ways)
        }
        columns["count"] = self.counts.ravel()
        return _frames.to_frame(columns, backend)

    def _rows(self) -> tuple[list[str], list[list[str]]]:
        *fronts, last = self.ways.values()
        heads = [" / ".join(list(self.ways)[:-1]) or next(iter(self.ways)), *last]
        rows = []
        for at in np.ndindex(*(len(labels) for labels in fronts)):
            name = ", ".join(labels[i] for labels, i in zip(fronts, at, strict=True))
            rows.append([name, *(written(x) for x in self.counts[at])])
        return heads, rows

    def _title(self) -> str:
        if not self.profile.hides:
            return "INTERNAL: shows small counts, not to be passed on"
        return f"{self.audit.hidden} cells hidden (..): {self.audit}" if self.audit.hidden else ""

    def __str__(self) -> str:
        return "\n".join(filter(None, [self._title(), _text.table(*self._rows())]))

    def _repr_html_(self) -> str:
        return _html.block(self._title(), parts=[_html.table(*self._rows())])


def written(count: float) -> str:
    """A count, or two dots for a hidden one, as in official statistics."""
    return ".." if np.isnan(count) else f"{count:.0f}"


def protect(
    *tables: Table | Any,
    profile: Profile = PUBLIC,
    part_of: Mapping[str, str] | None = None,
    known: Iterable[Mapping[str, str]] = (),
) -> ProtectedTable | tuple[ProtectedTable, ...]:
    """Hide what must be hidden so that no small count can be told from all the tables together.

    Parameters
    ----------
    tables
        What is to be shown; an array of counts counts as a table of its own kind.
    profile
        For whom; `INTERNAL` hides nothing.
    part_of
        Populations that are parts of others, {"all but north": "all"}: readers can subtract, so
        the differences are protected as well.
    known
        Cells that are known anyway and so stay as they are, each as {way: label}; the empty one is
        the grand total.

    Returns
    -------
    ProtectedTable, or a tuple of them

    Raises
    ------
    InvalidInput
        `E-DISCLOSURE` (exit code 4): what is known anyway leaves no way to hide the small counts.
        `E-TABLE`: tables that contradict each other.
    """
    given = [t if isinstance(t, Table) else Table.of(t) for t in tables]
    cells, place = _together(given, part_of or {}, [frozenset(k.items()) for k in known])
    if profile.hides:
        weights = np.ones(cells.values.size)
        weights[cells.values == 0] = 3.0
        for (_, key), i in place.items():
            weights[i] *= 1.25 ** (max(len(t.ways) for t in given) - len(key))
        hidden = suppression.suppress(cells, profile.threshold, weights)
        if hidden is None:
            _refuse_disclosure(
                "tables", "small counts could be told from cells that are known anyway"
            )
    else:
        hidden = np.zeros(cells.values.size, dtype=bool)
    found, low, high = _audited(cells, hidden, profile)
    if found.failures and profile.hides:
        _refuse_disclosure("tables", "small counts could be told from what the tables show")
    made = []
    for table in given:
        at = np.array([place[key] for key in table._keys()])
        shape = table._extended().shape
        shown = np.where(hidden[at], np.nan, cells.values[at].astype(float)).reshape(shape)
        made.append(
            ProtectedTable(
                counts=_frozen(shown),
                low=_frozen(low[at].reshape(shape)),
                high=_frozen(high[at].reshape(shape)),
                ways={w: tuple(v) for w, v in zip(table.ways, table._labels(), strict=True)},
                audit=found,
                profile=profile,
            )
        )
    return made[0] if len(made) == 1 else tuple(made)


def audit(table: Table | Any, hidden: Any, *, profile: Profile = PUBLIC) -> Audit:
    """What a reader could tell if these cells of a table were hidden.

    Parameters
    ----------
    table
        The true counts.
    hidden
        Of the shape of the table with its margins, total last.
    """
    given = table if isinstance(table, Table) else Table.of(table)
    cells, place = _together([given], {}, [])
    mask = np.zeros(cells.values.size, dtype=bool)
    mask[[place[key] for key in given._keys()]] = np.asarray(hidden, dtype=bool).ravel()
    return _audited(cells, mask, profile)[0]


def _audited(
    cells: suppression.Cells, hidden: Array, profile: Profile
) -> tuple[Audit, Array, Array]:
    low, high = suppression.bounds(cells, hidden)
    needs = hidden & (~cells.unpublished | cells.primary(profile.threshold))
    shown_small = cells.primary(profile.threshold) & ~hidden
    width = high - low
    failures = int((needs & (width < profile.threshold)).sum() + shown_small.sum())
    found = Audit(
        hidden=int((hidden & ~cells.unpublished).sum()),
        narrowest=float(width[needs].min(initial=np.inf)),
        failures=failures,
        threshold=profile.threshold,
    )
    return found, low, high


def _together(
    tables: Sequence[Table],
    part_of: Mapping[str, str],
    known: Sequence[frozenset[tuple[str, str]]],
) -> tuple[suppression.Cells, dict[tuple[str, frozenset[tuple[str, str]]], int]]:
    """The cells of all tables, each once, and every sum that a reader can write down."""
    place: dict[tuple[str, frozenset[tuple[str, str]]], int] = {}
    values: list[int] = []
    sums: list[dict[int, float]] = []
    for table in tables:
        full = table._extended()
        keys = table._keys()
        for key, value in zip(keys, full.ravel().tolist(), strict=True):
            if place.setdefault(key, len(values)) == len(values):
                values.append(value)
            elif values[place[key]] != value:
                _refuse_table("two tables of the same persons with different counts in one cell")
        index = np.array([place[key] for key in keys]).reshape(full.shape)
        if table.margins:
            for axis in range(full.ndim):
                lines = np.moveaxis(index, axis, -1).reshape(-1, full.shape[axis])
                sums += [
                    dict.fromkeys(line[:-1], 1.0) | {line[-1]: -1.0} for line in lines.tolist()
                ]
    unpublished: list[int] = []
    for part, whole in part_of.items():
        pairs = [(i, place.get((whole, key))) for (who, key), i in place.items() if who == part]
        for i, j in pairs:
            if j is None:
                continue
            if values[j] < values[i]:
                _refuse_table(f"'{part}' with more persons somewhere than '{whole}'")
            unpublished.append(len(values))
            sums.append({j: 1.0, i: -1.0, len(values): -1.0})
            values.append(values[j] - values[i])
    n = len(values)
    matrix = np.zeros((len(sums), n))
    for row, line in zip(matrix, sums, strict=True):
        row[list(line)] = list(line.values())
    fixed, apart = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    apart[unpublished] = True
    for (_, labels), i in place.items():
        fixed[i] = labels in known
    return suppression.Cells(np.array(values), matrix, apart, fixed), place


# --- figures that are no counts -------------------------------------------------------------------
def protect_shares(persons: Any, of: Any, *, profile: Profile = PUBLIC) -> tuple[Array, Array]:
    """Shares with their bases: hidden where the share and the base would give a small count away.

    Parameters
    ----------
    persons, of
        (n,), how many of how many. Those who are not among them are protected as well.

    Returns
    -------
    tuple of arrays
        Shares and bases, NaN where they are hidden. No two of the same persons are assumed.
    """
    some, base = np.asarray(persons), np.asarray(of)
    made = protect(Table.of(np.column_stack([some, base - some])), profile=profile)
    assert isinstance(made, ProtectedTable)
    bases = made.counts[:-1, -1]
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(np.isnan(made.counts[:-1, 0]), np.nan, some / base)
    return _frozen(np.where(np.isnan(bases), np.nan, shares)), _frozen(bases.copy())


def protect_means(means: Any, persons: Any, *, profile: Profile = PUBLIC) -> tuple[Array, Array]:
    """Means of groups with their sizes: hidden for small groups and where others give them away.

    Returns
    -------
    tuple of arrays
        Means and persons, NaN where they are hidden.
    """
    made = protect(Table.of(np.asarray(persons)), profile=profile)
    assert isinstance(made, ProtectedTable)
    counts = made.counts[:-1]
    return _frozen(np.where(np.isnan(counts), np.nan, np.asarray(means, dtype=float))), counts


def protect_moves(columns: Mapping[str, Any], *, profile: Profile = PUBLIC) -> dict[str, Array]:
    """Moves between states with what was worked out of them: withheld where few persons moved.

    Rates, intervals and person-time tell a count as well as the count itself does: the interval of
    a rate is about as wide as one over the root of the number of moves. So the whole row goes.
    Without moves there is no interval to tell from, but "none" and "few" are not told apart.

    Parameters
    ----------
    columns
        ``"moves"``, (rows,) of whole numbers; every other column of numbers is withheld with it.

    Returns
    -------
    dict
        The same columns, NaN where they are withheld, and ``"withheld"``, a text: ``"< 5"``.
    """
    moves = np.asarray(columns["moves"])
    hidden = np.zeros(moves.shape, dtype=bool)
    if profile.hides:
        hidden = moves < profile.threshold
        # A single row withheld could be told from the total; the next smallest goes with it.
        if hidden.sum() == 1 and hidden.size > 1:
            hidden[int(np.argmin(np.where(hidden, np.inf, moves)))] = True
    shown: dict[str, Array] = {}
    for name, values in columns.items():
        column = np.asarray(values)
        shown[name] = (
            _frozen(np.where(hidden, np.nan, column.astype(float)))
            if column.dtype.kind in "iuf"
            else column
        )
    text = np.where(hidden, f"< {profile.threshold}", "").astype(object)
    return shown | {"withheld": text}


def describe(
    values: Any, *, quantiles: Sequence[float] = (0.1, 0.25, 0.5, 0.75, 0.9),
    profile: Profile = PUBLIC,
) -> dict[str, float]:  # fmt: skip
    """Number, mean and quantiles of a value of persons, none of which is anybody's own.

    A quantile is the mean of at least `threshold` neighbours in order, and is given only if as many
    persons lie on either side of it.

    Raises
    ------
    InvalidInput
        `E-DISCLOSURE` (exit code 4): the least or the greatest value was asked for, which is one
        person's own; or there are fewer persons than the threshold.
    """
    ordered = np.sort(np.asarray(values, dtype=float))
    n, k = ordered.size, profile.threshold
    if profile.hides and n < k:
        _refuse_disclosure("describe", f"fewer than {k} persons")
    found = {"persons": float(n), "mean": float(ordered.mean()) if n else np.nan}
    for q in quantiles:
        if not 0 <= q <= 1:
            refuse("E-SETTING", "describe", f"quantile {q}", "0 to 1 is needed", "Check it")
        if not profile.hides:
            found[f"q{q:g}"] = float(np.quantile(ordered, q)) if n else np.nan
            continue
        if q in (0, 1):
            _refuse_disclosure("describe", "the least or greatest value was asked for")
        first = round(q * (n - 1)) - k // 2
        enough = first >= k and first + 2 * k <= n
        found[f"q{q:g}"] = float(ordered[first : first + k].mean()) if enough else np.nan
    return found


def _refuse_disclosure(where: str, seen: str) -> NoReturn:
    refuse(
        "E-DISCLOSURE",
        where,
        seen,
        "no count of few persons, and nobody's own value, may be told from what is shown",
        "Merge groups, leave the table out, or make it for internal use (profile internal)",
    )


def _frozen(values: Array) -> Array:
    values.flags.writeable = False
    return values
