"""Key figures of Kolada as a table that knows what its figures are."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort._core import Finding
from kohort.sources import _saved, kolada_ids
from kohort.support import _frames, _html, _said, _text
from kohort.support._language import language

Array = npt.NDArray[Any]
_WHERE = "Kolada"
_GENDERS = {"T": "all", "K": "women", "M": "men"}


@dataclass(frozen=True, eq=False)
class KoladaData:
    """Key figures by municipality (or unit), year and sex.

    Attributes
    ----------
    columns
        Read-only arrays of one length: `kpi`, `place` (code of the municipality, group or unit),
        `year`, `sex` ("all", "women", "men"), `value` (nan where Kolada shows none), `members`
        (how many a figure is the mean of; more than 1 in groups only) and `status`.
    findings
        What a reader should know: figures that are missing, groups, figures withdrawn.
    """

    columns: Mapping[str, Array]
    findings: tuple[Finding, ...]
    _pages: tuple[Mapping[str, Any], ...] = field(repr=False)

    @classmethod
    def made(
        cls, pages: Sequence[Mapping[str, Any]], asked: Mapping[str, Iterable[str]] | None = None
    ) -> KoladaData:
        """From the pages of answers; `asked` says which ids had better be there."""
        rows = [row for page in pages for row in rows_of(page["values"])]
        rows = list(dict.fromkeys(rows))
        withdrawn = sum(1 for row in rows if row[-1])
        kept = sorted(row[:-1] for row in rows if not row[-1])
        names = ("kpi", "place", "year", "sex", "value", "members", "status")
        columns = {
            name: np.array(values)
            for name, values in zip(names, zip(*kept, strict=True), strict=False)
        }
        for name in names:
            columns.setdefault(name, np.array([]))
            columns[name].flags.writeable = False
        _unique(columns)
        found = _findings(columns, withdrawn, asked or {})
        return cls(MappingProxyType(columns), found, tuple(pages))

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.columns["kpi"])

    @property
    def attribution(self) -> str:
        """How the figures are to be cited; what is computed from them must not be."""
        return language("sv").text("source.kolada_attribution")

    @property
    def titles(self) -> dict[str, str]:
        """Id to title of the key figures here, as far as the shipped catalogue has them."""
        known = kolada_ids.kpis()
        return {str(kpi): known.get(str(kpi), "") for kpi in np.unique(self.columns["kpi"])}

    def series(self, kpi: str, place: str, sex: str = "all") -> dict[int, float]:
        """Year to figure, missing ones left out.

        Parameters
        ----------
        kpi
            Id of the key figure.
        place
            Code or name of the municipality, or id of a group or unit.
        sex
            "all", "women" or "men".
        """
        at = (
            (self["kpi"] == kpi)
            & (self["place"] == kolada_ids.code_of(place))
            & (self["sex"] == sex)
        )
        pairs = zip(self["year"][at].tolist(), self["value"][at].tolist(), strict=True)
        return {int(year): float(value) for year, value in pairs if not math.isnan(value)}

    def value(self, kpi: str, place: str, year: int, sex: str = "all") -> float:
        """One figure.

        Raises
        ------
        InvalidInput
            `E-KOLADA-MISSING`: Kolada shows none, or it is not among these.
        """
        series = self.series(kpi, place, sex)
        if year not in series:
            had = ", ".join(map(str, series)) or "-"
            _said.refuse(
                _WHERE, "E-KOLADA-MISSING", kpi=kpi, place=place, year=year, sex=sex, years=had
            )
        return series[year]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Keep the answers in one file that `kohort.sources.kolada.read` reads."""
        _saved.save(path, "kolada", self.attribution, self._pages)

    def to_frame(self, backend: str | None = None) -> Any:
        """The columns as a data frame."""
        return _frames.to_frame(self.columns, backend)

    def summary(self, backend: str | None = None) -> Any:
        """Key figures with their titles, years and numbers of places, as a data frame."""
        heads, rows = self._grid()
        return _frames.to_frame(
            dict(zip(heads, map(list, zip(*rows, strict=True)), strict=True)), backend
        )

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        rows = []
        for kpi, title in self.titles.items():
            at = self["kpi"] == kpi
            years, places = self["year"][at], np.unique(self["place"][at])
            shown = int(np.sum(~np.isnan(self["value"][at].astype(float))))
            rows.append([kpi, title, f"{years.min()}-{years.max()}", str(len(places)), str(shown)])
        return ["kpi", "title", "years", "places", "figures"], rows

    def __str__(self) -> str:
        lines = [_text.table(*self._grid()), self.attribution]
        return "\n".join([*lines, *(f"{f.code}: {f.message}" for f in self.findings)])

    def _repr_html_(self) -> str:
        said = "; ".join(f.message for f in self.findings)
        grid = _html.table(*self._grid(), caption=f"{self.attribution} {said}".strip())
        return _html.block("Kolada", parts=[grid])


def rows_of(values: Iterable[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """(kpi, place, year, sex, value, members, status, withdrawn) of each figure."""
    rows: list[tuple[Any, ...]] = []
    try:
        for entry in values:
            place = entry["municipality"] if "municipality" in entry else entry["ou"]
            for cell in entry["values"]:
                value = cell["value"]
                if value is not None and (
                    isinstance(value, bool) or not isinstance(value, int | float)
                ):
                    raise TypeError(value)
                rows.append(
                    (
                        str(entry["kpi"]),
                        str(place),
                        int(entry["period"]),
                        _GENDERS[cell["gender"]],
                        math.nan if value is None else float(value),
                        1 if cell.get("count") is None else int(cell["count"]),
                        str(cell.get("status") or ""),
                        bool(cell.get("isdeleted", False)),
                    )
                )
    except (KeyError, TypeError, ValueError):
        _said.refuse(_WHERE, "E-WEB-FORM", form="Kolada API v3")
    return rows


def _unique(columns: Mapping[str, Array]) -> None:
    cells: dict[tuple[Any, ...], float] = {}
    keys = zip(*(columns[n].tolist() for n in ("kpi", "place", "year", "sex")), strict=True)
    for key, value in zip(keys, columns["value"].tolist(), strict=True):
        before = cells.setdefault(key, value)
        if before != value and not (math.isnan(before) and math.isnan(value)):
            _said.refuse(_WHERE, "E-KOLADA-TWICE", kpi=key[0], place=key[1], year=key[2])


def _findings(
    columns: Mapping[str, Array], withdrawn: int, asked: Mapping[str, Iterable[str]]
) -> tuple[Finding, ...]:
    found = []
    if missing := int(np.isnan(columns["value"].astype(float)).sum()):
        found.append(_said.finding("W-KOLADA-NULL", count=missing, number=missing))
    means = columns["members"].astype(int) > 1
    groups = np.char.startswith(columns["place"].astype(str), "G") if len(means) else means
    if together := int(np.sum(means | groups)):
        found.append(_said.finding("I-KOLADA-GROUP", count=together, number=together))
    if withdrawn:
        found.append(_said.finding("I-KOLADA-DELETED", count=withdrawn, number=withdrawn))
    for name, ids in asked.items():
        column = columns["kpi" if name == "kpi" else "place"]
        if lacking := sorted(set(ids) - set(column.tolist())):
            listed = ", ".join(lacking[:10]) + (", ..." if len(lacking) > 10 else "")
            found.append(
                _said.finding(
                    "W-KOLADA-NONE", count=len(lacking), number=len(lacking), listed=listed
                )
            )
    return tuple(found)
