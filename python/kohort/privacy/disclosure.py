"""Nobody is seen in a table: small counts hidden, and others with them so that none can be told.

A cell of 1 to 4 persons is hidden, and so many others with it that every hidden cell can be any of
a range of values at least 5 wide, from all that the tables show together. An audit by linear
programmes proves it of every table. A zero is shown, as in official statistics.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from kohort import _frames, _html, _text
from kohort._refusal import refuse
from kohort.privacy import reader, suppression
from kohort.privacy.reader import Key

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
    age and sex and one by age and level have the persons by age in common. Whoever reads them adds
    up, so sums are protected whether they are printed or not.

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
        try:
            counts = np.asarray(self.counts, dtype=float)
        except (TypeError, ValueError):
            _refuse_table("a count that is no number")
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

    def _closed(self) -> Array:
        """With all sums, printed or not."""
        full = self.counts
        for axis in range(full.ndim):
            full = np.concatenate([full, full.sum(axis=axis, keepdims=True)], axis=axis)
        return full

    def _labels(self, *, closed: bool = False) -> list[list[str]]:
        last = [TOTAL] if self.margins or closed else []
        return [[*labels, *last] for labels in self.ways.values()]

    def _keys(self, *, closed: bool = False) -> list[Key]:
        names = list(self.ways)
        return [
            (self.population, frozenset(p for p in zip(names, at, strict=True) if p[1] != TOTAL))
            for at in product(*self._labels(closed=closed))
        ]


def _refuse_table(
    seen: str,
    needed: str = "counts of persons with a label for each place are needed, in at most three ways",
    remedy: str = "Check the table",
) -> NoReturn:
    refuse("E-TABLE", "table", seen, needed, remedy)


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
        `E-DISCLOSURE` (exit code 4): what is known anyway leaves no way to hide the small counts,
        or tables are linked in so many ways that they cannot be proven to tell nobody.
        `E-TABLE`: tables that contradict each other, or none that `part_of` or `known` could mean.
    """
    given = [t if isinstance(t, Table) else Table.of(t) for t in tables]
    pairs = _parts(given, part_of or {})
    cells, place = _together(given, pairs, _known(given, known))
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
        hidden = cells.unpublished
    unseen = {key for key, i in place.items() if hidden[i]}
    found, low, high = _audited(given, pairs, unseen, profile)
    if found.failures and profile.hides:
        _refuse_disclosure("tables", "small counts could be told from what the tables show")
    made = []
    for table in given:
        keys = table._keys()
        shape = tuple(len(labels) for labels in table._labels())
        at = np.array([place[key] for key in keys])
        shown = np.where(hidden[at], np.nan, cells.values[at].astype(float)).reshape(shape)
        made.append(
            ProtectedTable(
                counts=_frozen(shown),
                low=_frozen(np.array([low[key] for key in keys]).reshape(shape)),
                high=_frozen(np.array([high[key] for key in keys]).reshape(shape)),
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
        Of the shape of the table with its margins if it has them, total last.
    """
    given = table if isinstance(table, Table) else Table.of(table)
    keys = given._keys()
    mask = np.asarray(hidden, dtype=bool).ravel()
    unseen = {key for key, hide in zip(keys, mask, strict=True) if hide}
    unseen |= set(given._keys(closed=True)) - set(keys)
    return _audited([given], [], unseen, profile)[0]


def _audited(
    tables: Sequence[Table],
    pairs: Sequence[tuple[str, str]],
    unseen: set[Key],
    profile: Profile,
) -> tuple[Audit, dict[Key, float], dict[Key, float]]:
    """What a reader can tell, of persons of all kinds: see `kohort.privacy.reader`.

    Of cells that are shown, and of sums and differences that no table shows, only those of few
    persons have to be in doubt; so do kinds of persons that no table counts.
    """
    values = {
        key: value
        for table in tables
        for key, value in zip(
            table._keys(closed=True), table._closed().ravel().tolist(), strict=True
        )
    }
    printed = {key for table in tables for key in table._keys()}
    low: dict[Key, float] = {key: float(value) for key, value in values.items()}
    high = dict(low)
    few = {key for key, value in values.items() if 0 < value < profile.threshold}
    both = [
        ((part, labels), (whole, labels))
        for part, whole in pairs
        for who, labels in values
        if who == part and (whole, labels) in values
    ]
    apart = [
        (a, b) for a, b in both if 0 < values[b] - values[a] < profile.threshold
    ]  # few are in the whole and not in the part
    asked = [key for key in values if key in unseen]
    failures = len((few & printed) - unseen)
    narrowest = np.inf
    ring = reader.rings(frozenset(table.ways) for table in tables)
    if (asked or apart or ring) and profile.hides:
        ways: dict[str, dict[str, Sequence[str]]] = {}
        for table in tables:
            ways.setdefault(table.population, {}).update(table.ways)
        try:
            kinds = reader.Kinds(ways, pairs)
            found = reader.told(
                kinds,
                values,
                [key for key in values if key not in unseen],
                [kinds.of(key) for key in asked]
                + [np.setdiff1d(kinds.of(b), kinds.of(a)) for a, b in apart],
                few=profile.threshold if ring else 0,
            )
        except reader.TooManyKinds:
            _refuse_disclosure("tables", "together they have too many cells to be audited")
        except reader.Contradiction:
            _refuse_table("tables of the same persons that contradict each other")
        needs = np.array(
            [key in printed or key in few for key in asked] + [True] * len(apart), dtype=bool
        )
        width = (found.high - found.low)[needs]
        narrowest = float(width.min(initial=np.inf))
        failures += int((width < profile.threshold).sum()) + found.kinds
        low |= dict(zip(asked, found.low.tolist(), strict=False))
        high |= dict(zip(asked, found.high.tolist(), strict=False))
    hidden = sum(key in unseen for key in printed)
    return Audit(hidden, narrowest, failures, profile.threshold), low, high


def _parts(tables: Sequence[Table], part_of: Mapping[str, str]) -> list[tuple[str, str]]:
    """(part, whole), with the parts of parts."""
    named = sorted({table.population for table in tables})
    for name in (*part_of, *part_of.values()):
        if name not in named:
            _refuse_table(
                f"part_of with the population {name!r}",
                f"the tables are of {', '.join(map(repr, named))}",
                "Check how it is spelt, or give a table of it",
            )
    pairs = []
    for part in part_of:
        whole = part
        while whole in part_of:
            whole = part_of[whole]
            if whole == part:
                _refuse_table(
                    f"part_of in which {part!r} is a part of itself",
                    "a part has fewer persons than its whole",
                    "Check part_of",
                )
            pairs.append((part, whole))
    for one, other in permutations(tables, 2):
        same = one.population == other.population
        if same or (one.population, other.population) in pairs:
            for way in set(one.ways) & set(other.ways):
                if set(one.ways[way]) != set(other.ways[way]):
                    _refuse_table(
                        f"the way {way!r} with other labels in another table of the same persons",
                        "both need the same labels: sums that they share would go unseen",
                        "Give both by the finer labels, 0 where there is nobody",
                    )
    return pairs


def _known(
    tables: Sequence[Table], known: Iterable[Mapping[str, str]]
) -> set[frozenset[tuple[str, str]]]:
    """Labels of the cells that are known anyway."""
    there = {labels for table in tables for _, labels in table._keys(closed=True)}
    found = {frozenset(cell.items()) for cell in known}
    for labels in found - there:
        said = ", ".join(f"{way}: {label}" for way, label in sorted(labels))
        ways = ", ".join(dict.fromkeys(way for table in tables for way in table.ways))
        _refuse_table(
            f"known with {{{said}}}, which no table has",
            f"a cell of a table is needed; the ways are {ways}",
            "Check how it is spelt",
        )
    return found


def _together(
    tables: Sequence[Table],
    pairs: Sequence[tuple[str, str]],
    known: set[frozenset[tuple[str, str]]],
) -> tuple[suppression.Cells, dict[Key, int]]:
    """The cells of all tables, each once, and every sum and difference that a reader can form."""
    place: dict[Key, int] = {}
    values: list[int] = []
    sums: list[dict[int, float]] = []
    for table in tables:
        full = table._closed()
        keys = table._keys(closed=True)
        for key, value in zip(keys, full.ravel().tolist(), strict=True):
            if place.setdefault(key, len(values)) == len(values):
                values.append(value)
            elif values[place[key]] != value:
                _refuse_table("two tables of the same persons with different counts in one cell")
        index = np.array([place[key] for key in keys]).reshape(full.shape)
        for axis in range(full.ndim):
            lines = np.moveaxis(index, axis, -1).reshape(-1, full.shape[axis])
            sums += [dict.fromkeys(line[:-1], 1.0) | {line[-1]: -1.0} for line in lines.tolist()]
    printed = {key for table in tables for key in table._keys()}
    unpublished = [i for key, i in place.items() if key not in printed and key[1] not in known]
    for part, whole in pairs:
        for (who, labels), i in list(place.items()):
            j = place.get((whole, labels))
            if who != part or j is None:
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
