"""Nobody is seen in a table: small counts hidden, and others with them so that none can be told.

A cell of 1 to 4 persons is hidden, and so many others with it that every hidden cell can be any of
a range of values at least 5 wide, from all that the tables show together. An audit by linear
programmes proves it of every table. A zero is shown, as in official statistics.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from kohort.privacy import reader, suppression
from kohort.privacy.profile import PUBLIC, Profile, refuse_disclosure
from kohort.privacy.reader import Key
from kohort.privacy.tables import Audit, ProtectedTable, Table, refuse_table
from kohort.support._arrays import frozen


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
            refuse_disclosure(
                "tables", "small counts could be told from cells that are known anyway"
            )
    else:
        hidden = cells.unpublished
    unseen = {key for key, i in place.items() if hidden[i]}
    found, low, high = _audited(given, pairs, unseen, profile)
    if found.failures and profile.hides:
        refuse_disclosure("tables", "small counts could be told from what the tables show")
    made = []
    for table in given:
        keys = table._keys()
        shape = tuple(len(labels) for labels in table._labels())
        at = np.array([place[key] for key in keys])
        shown = np.where(hidden[at], np.nan, cells.values[at].astype(float)).reshape(shape)
        made.append(
            ProtectedTable(
                counts=frozen(shown),
                low=frozen(np.array([low[key] for key in keys]).reshape(shape)),
                high=frozen(np.array([high[key] for key in keys]).reshape(shape)),
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
            refuse_disclosure("tables", "together they have too many cells to be audited")
        except reader.Contradiction:
            refuse_table("tables of the same persons that contradict each other")
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
            refuse_table(
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
                refuse_table(
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
                    refuse_table(
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
        refuse_table(
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
                refuse_table("two tables of the same persons with different counts in one cell")
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
                refuse_table(f"'{part}' with more persons somewhere than '{whole}'")
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
