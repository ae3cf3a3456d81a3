"""Rows shuffled, ids renamed, columns reordered, text rewritten: same observations, same faults."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from planted_extract import (
    Extract,
    town,
)
from planted_faults import FAULTS

import kohort as kh


def digest(found, names=None):
    """Of the observations, whoever the people are called and in whatever order they stand."""
    seen = found.observations
    order = np.argsort(seen.subjects, kind="stable")
    ends = np.flatnonzero(np.diff(seen.subjects[order])) + 1
    people = []
    for rows in np.split(order, ends):
        parts = (seen.times[rows], seen.states[rows], seen.kinds[rows], seen.covariates[rows])
        name = "" if names is None else names[seen.subject_names[seen.subjects[rows[0]]]]
        people.append(name.encode() + b"".join(np.ascontiguousarray(p).tobytes() for p in parts))
    return hashlib.sha256(b"|".join(sorted(people))).hexdigest()


def shuffled(x, random):
    order = random.permutation(len(x.rows))
    x.rows = [x.rows[i] for i in order]
    return {x.row(int(i)): x.row(k) for k, i in enumerate(order)}


def renamed(x, random):
    names = sorted({row["person"] for row in x.rows})
    new = dict(zip(names, (f"Ö{n}" for n in random.permutation(10_000)[: len(names)]), strict=True))
    for row in x.rows:
        row["person"] = new[row["person"]] if row["person"] else ""
    return {}


def reordered(x, random):
    x.heads = tuple(random.permutation(np.array(x.heads)).tolist())
    return {}


def rewritten(x, random):
    x.encoding = "utf-8-sig"
    x.newline = "\r\n"
    x.delimiter = "\t"
    return {}


def in_utf_16(x, random):
    x.encoding = "utf-16"
    return {}


def in_windows_1252(x, random):
    x.encoding = "cp1252"
    return {}


def named(changes):
    return " and ".join(change.__name__ for change in changes)


CHANGES = [shuffled, renamed, reordered, rewritten]
SHAPES = [*([change] for change in CHANGES), [in_utf_16], [in_windows_1252], CHANGES]


def faulty():
    """An extract with a dozen faults of kinds that do not hide each other."""
    x = Extract()
    for name in (
        "R01 decision after death", "R12 30 February", "R13 no start", "R14 an overlap",
        "R16 an id with other content", "R17 two death dates", "R25 an unknown level",
        "R24 another sex in another row", "R16 a row three times",
    ):  # fmt: skip
        shift = Extract(rows=town(30, seed=len(name) + 100))
        FAULTS[name](shift)
        for row in shift.rows:
            x.rows.append(row | {"person": row["person"] + name[:8] if row["person"] else "",
                                 "decision": name + row["decision"]})  # fmt: skip
    return x


def found_in(x, path):
    try:
        return [f for f in x.read(path).findings if f.severity in "EW"]
    except kh.DataRefused as refusal:
        return [f for f in refusal.findings if f.severity in "EW"]


def issues(found, x, new_row):
    """What each finding says, with rows as rows of the changed file.

    A fact that several rows tell, such as a death, is shown at one of them: which one may differ
    with their order, so there the person and the values stand for the rows.
    """
    told = []
    for f in found:
        rows = [x.rows[r - x.first_row] for r in (f.row, *f.related)]
        who = {row["decision"][:-2] for row in rows}
        if f.code in ("E-DEATH-TWICE", "E-SEX-DIFF"):
            what = (sorted(who), sorted(row[f.column] for row in rows))
        elif f.code == "E-AFTER-DEATH":
            what = (new_row.get(f.row, f.row), sorted(who))
        else:
            what = sorted(new_row.get(r, r) for r in (f.row, *f.related))
        told.append((f.code, f.column, f.count, what))
    return sorted(told, key=repr)


@pytest.mark.parametrize("changes", SHAPES, ids=named)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_file_in_another_shape_gives_the_same_observations(changes, seed, tmp_path):
    as_it_was = Extract().read(tmp_path / "a.csv")
    x, random = Extract(), np.random.default_rng(seed)
    for change in changes:
        change(x, random)
    now = x.read(tmp_path / "b.csv")
    assert digest(now) == digest(as_it_was)
    assert dict(now.counts) == dict(as_it_was.counts)
    if changes != CHANGES and changes != [renamed]:
        names = {name: name for name in now.observations.subject_names}
        assert digest(now, names) == digest(as_it_was, names)


@pytest.mark.parametrize("changes", SHAPES, ids=named)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_faulty_file_in_another_shape_has_the_same_faults(changes, seed, tmp_path):
    as_it_was = found_in(faulty(), tmp_path / "a.csv")
    assert len({f.code for f in as_it_was}) == 9
    x, random = faulty(), np.random.default_rng(seed)
    copies = {i for i, row in enumerate(x.rows) if x.rows.count(row) > 1}
    new_row = {}
    for change in changes:
        new_row |= change(x, random)
    now = found_in(x, tmp_path / "b.csv")

    def without_copies(found):
        return [f for f in found if f.code != "W-DUP-ROW"]

    assert issues(without_copies(now), x, {}) == issues(
        without_copies(as_it_was), faulty(), new_row
    )
    (warned,) = [f for f in now if f.code == "W-DUP-ROW"]  # which copy is the first may differ
    assert warned.count == 2
    assert {warned.row, *warned.related} < {new_row.get(x.row(i), x.row(i)) for i in copies}
