"""Persons by sex and age as SCB counts or projects them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort._core import Finding
from kohort.sources import _saved, json_stat
from kohort.sources.json_stat import JsonStat
from kohort.support import _frames, _html, _said, _text
from kohort.support._language import language

Array = npt.NDArray[Any]
_WHERE = "SCB"
_AGE = re.compile(r"(\d{1,3})(\+?)(?:\s*år)?")
_YEAR = re.compile(r"(\d{4})(?:M(\d{2}))?")
_SEXES = {"1": "men", "2": "women"}
_TOTALS = ("83", "TotSa", "tot", "TOT", "totalt")  # codes of an axis' total, in SCB's tables
_PERSONS = ("folkmängd", "antal", "population", "number")
NOISY_FROM = 2025


@dataclass(frozen=True, eq=False)
class ScbCounts:
    """Persons on 31 December by year, sex and age: columns that `Population` takes as they are.

    Attributes
    ----------
    columns
        Read-only arrays of one length: `year`, `sex` ("men", "women"), `age` (text, the last one
        open: "100+") and `persons`.
    region, table, updated, kind
        What it is: code of the region, id and date of the table, "population" or "projection".
    findings
        What a reader should know: noise, figures that are missing.
    """

    columns: Mapping[str, Array]
    region: str
    table: str
    updated: str
    kind: str
    findings: tuple[Finding, ...]
    _answers: tuple[Any, ...] = field(repr=False)

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.columns["year"])

    @property
    def years(self) -> tuple[int, ...]:
        """The years, in order."""
        return tuple(int(year) for year in np.unique(self["year"]))

    @property
    def attribution(self) -> str:
        """How the figures are to be cited."""
        return language("sv").text("source.scb_attribution")

    def array(self, ages: Sequence[int]) -> Array:
        """(years, 2 [men, women], ages): the last age holds all who are older."""
        found = np.zeros((len(self.years), 2, len(ages)))
        first = np.array([int(str(age).removesuffix("+")) for age in self["age"]])
        place = np.minimum(first - ages[0], len(ages) - 1)
        inside = place >= 0
        at = (self["year"] - self.years[0], (self["sex"] == "women").astype(int), place)
        np.add.at(found, tuple(index[inside] for index in at), self["persons"][inside])
        return found

    def save(self, path: str | os.PathLike[str]) -> None:
        """Keep the answers in one file that `kohort.sources.scb.read` reads."""
        _saved.save(path, "scb", self.attribution, self._answers)

    def to_frame(self, backend: str | None = None) -> Any:
        """The columns as a data frame."""
        return _frames.to_frame(self.columns, backend)

    def summary(self, backend: str | None = None) -> Any:
        """Persons by year, sex and broad age, as a data frame.

        Sums of single ages: where SCB's counts carry noise, its own published totals differ.
        """
        heads, rows = self._grid()
        return _frames.to_frame(
            dict(zip(heads, map(list, zip(*rows, strict=True)), strict=True)), backend
        )

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        first = np.array([int(str(age).removesuffix("+")) for age in self["age"]])
        rows = []
        for year in self.years:
            row = [str(year)]
            for sex in ("men", "women"):
                for low, high in ((0, 80), (80, 999)):
                    at = (
                        (self["year"] == year)
                        & (self["sex"] == sex)
                        & (first >= low)
                        & (first < high)
                    )
                    row.append(f"{self['persons'][at].sum():,.0f}")
            rows.append(row)
        return ["year", "men under 80", "men 80+", "women under 80", "women 80+"], rows

    def _title(self) -> str:
        where = f"SCB {self.table}, {self.updated[:10]}"
        return f"{self.kind.capitalize()} of region {self.region}, {where}"

    def __str__(self) -> str:
        lines = [self._title(), _text.table(*self._grid()), self.attribution]
        return "\n".join([*lines, *(f"{f.code}: {f.message}" for f in self.findings)])

    def _repr_html_(self) -> str:
        said = "; ".join(f.message for f in self.findings)
        grid = _html.table(*self._grid(), caption=f"{self.attribution} {said}".strip())
        return _html.block(self._title(), parts=[grid])


def plan(
    axes: JsonStat, table: str, region: str, years: Sequence[int], first_age: int
) -> dict[str, list[str]]:
    """The selection that gives persons by sex and single age on 31 December."""
    selection: dict[str, list[str]] = {}
    for axis, codes in axes.codes.items():
        if axis == "Region":
            selection[axis] = [region]
        elif axis == "Kon":
            selection[axis] = [code for code in codes if code in _SEXES]
        elif axis == "Alder":
            selection[axis] = [c for c in codes if (a := _age(c)) is not None and a[0] >= first_age]
        elif axis == "Tid":
            monthly = all("M" in code for code in codes)
            selection[axis] = [f"{year}M12" if monthly else str(year) for year in years]
            lacking = [c for c in selection[axis] if c not in codes]
            if lacking:
                _said.refuse(
                    _WHERE, "E-POP-MISSING", what=", ".join(lacking), table=table,
                    known=f"{codes[0]}-{codes[-1]}",
                )  # fmt: skip
        elif axis == "ContentsCode":
            selection[axis] = [_persons(axes, axis, table)]
        elif not axes.extension.get(axis, {}).get("elimination") or any(
            code in _TOTALS for code in codes
        ):
            selection[axis] = [_total(axes, axis, table)]
    for axis in ("Region", "Kon", "Alder", "Tid"):
        if not selection.get(axis):
            _said.refuse(_WHERE, "E-SCB-AXIS", table=table, axis=axis, known=", ".join(axes.codes))
    return selection


def counts_of(
    answers: Sequence[Any],
    *,
    first_age: int,
    kind: str,
    years: Sequence[int] | None = None,
    table: str = "",
) -> ScbCounts:
    """Counts from answers in JSON-stat 2, each cell once and none missing."""
    cubes = [json_stat.read(answer, _WHERE) for answer in answers]
    if not cubes:
        _said.refuse(_WHERE, "E-WEB-FORM", form="JSON-stat 2")
    cells: dict[tuple[int, str, int, str], float] = {}
    regions = set()
    for cube in cubes:
        region, table_there, found = _cells(cube, table, first_age)
        regions.add(region)
        table = table or table_there
        for key, value in found.items():
            before = cells.setdefault(key, value)
            if before != value and not (np.isnan(before) and np.isnan(value)):
                _said.refuse(_WHERE, "E-SCB-TWICE", year=key[0], age=key[3])
    if len(regions) != 1:
        _said.refuse(_WHERE, "E-SCB-REGIONS", regions=", ".join(sorted(regions)))
    _every_cell(cells, first_age, years, table)
    order = sorted(cells)
    columns: dict[str, Array] = {
        "year": np.array([key[0] for key in order]),
        "sex": np.array([key[1] for key in order]),
        "age": np.array([key[3] for key in order]),
        "persons": np.array([cells[key] for key in order]),
    }
    for values in columns.values():
        values.flags.writeable = False
    noisy = kind == "population" and (
        order[-1][0] >= NOISY_FROM
        or any("Cell Key" in n or "CKM" in n for c in cubes for n in c.notes)
    )
    found_ = (_said.finding("W-SCB-NOISE", first=NOISY_FROM),) if noisy else ()
    updated = max(cube.updated for cube in cubes)
    return ScbCounts(
        MappingProxyType(columns), regions.pop(), table, updated, kind, found_, tuple(answers)
    )


def _cells(
    cube: JsonStat, table: str, first_age: int
) -> tuple[str, str, dict[tuple[int, str, int, str], float]]:
    """(year, sex, age, its text) to persons, of one answer."""
    at: dict[str, Sequence[tuple[int, Any]]] = {}
    region = ""
    for axis, codes in cube.codes.items():
        if axis == "Kon":
            at[axis] = [(i, _SEXES[c]) for i, c in enumerate(codes) if c in _SEXES]
        elif axis == "Alder":
            ages = [(i, _age(c)) for i, c in enumerate(codes)]
            at[axis] = [(i, a) for i, a in ages if a is not None and a[0] >= first_age]
        elif axis == "Tid":
            at[axis] = [(i, y) for i, c in enumerate(codes) if (y := _year_end(c)) is not None]
        elif len(codes) == 1:
            at[axis] = [(0, codes[0])]
        elif axis == "ContentsCode":
            at[axis] = [(codes.index(_persons(cube, axis, table)), "")]
        elif axis == "Region":
            _said.refuse(_WHERE, "E-SCB-REGIONS", regions=", ".join(codes[:10]))
        else:
            at[axis] = [(codes.index(_total(cube, axis, table)), "")]
        if axis == "Region":
            region = codes[0]
    for axis in ("Kon", "Alder", "Tid"):
        if not at.get(axis):
            _said.refuse(_WHERE, "E-SCB-AXIS", table=table, axis=axis, known=", ".join(cube.codes))
    cells = {}
    order = list(cube.codes)
    for sex_at, sex in at["Kon"]:
        for age_at, (age, text) in at["Alder"]:
            for year_at, year in at["Tid"]:
                place = {axis: at[axis][0][0] for axis in order}
                place |= {"Kon": sex_at, "Alder": age_at, "Tid": year_at}
                cells[year, sex, age, text] = float(cube.values[tuple(place[a] for a in order)])
    return region, table, cells


def _every_cell(
    cells: Mapping[tuple[int, str, int, str], float],
    first_age: int,
    years: Sequence[int] | None,
    table: str,
) -> None:
    """Every year, sex and age from the first to an open one; a blank is no zero."""
    wanted = sorted({key[0] for key in cells}) if years is None else sorted(years)
    if years is None and wanted:
        wanted = list(range(wanted[0], wanted[-1] + 1))
    ages = {key[2]: key[3] for key in cells}
    last = max(ages, default=first_age)
    lacking = []
    if not ages.get(last, "").endswith("+"):
        lacking.append(f"{last + 1}+")
    for age in range(first_age, last + 1):
        for year in wanted:
            for sex in ("men", "women"):
                value = cells.get((year, sex, age, ages.get(age, str(age))), np.nan)
                if np.isnan(value):
                    lacking.append(f"{sex} {ages.get(age, age)} {year}")
    if lacking:
        listed = ", ".join(lacking[:5]) + (f" (+{len(lacking) - 5})" if len(lacking) > 5 else "")
        known = f"{min(ages, default=0)}-{ages.get(last, '')}"
        _said.refuse(_WHERE, "E-POP-MISSING", what=listed, table=table or "JSON-stat", known=known)


def _age(code: str) -> tuple[int, str] | None:
    """Age and its text of "80", "80 år", "100+"; None for groups and totals."""
    found = _AGE.fullmatch(code)
    if found is None:
        return None
    return int(found[1]), found[1] + found[2]


def _year_end(code: str) -> int | None:
    """The year whose 31 December a code is of: "2024", "2026M12"."""
    found = _YEAR.fullmatch(code)
    if found is None or found[2] not in (None, "12"):
        return None
    return int(found[1])


def _persons(axes: JsonStat, axis: str, table: str) -> str:
    """The one content that counts persons."""
    labels = axes.labels[axis]
    if len(labels) == 1:
        return next(iter(labels))
    fitting = [code for code, label in labels.items() if label.casefold() in _PERSONS]
    if len(fitting) != 1:
        _said.refuse(_WHERE, "E-SCB-AXIS", table=table, axis=axis, known=_listed(labels))
    return fitting[0]


def _total(axes: JsonStat, axis: str, table: str) -> str:
    labels = axes.labels[axis]
    for code in labels:
        if code in _TOTALS:
            return code
    _said.refuse(_WHERE, "E-SCB-AXIS", table=table, axis=axis, known=_listed(labels))


def _listed(labels: Mapping[str, str]) -> str:
    shown: Iterable[str] = (f"{code} {label}" for code, label in list(labels.items())[:8])
    return ", ".join(shown)
