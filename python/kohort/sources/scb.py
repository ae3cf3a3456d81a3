"""Statistics Sweden (SCB), PxWebApi 2: population and projection by municipality, age and sex.

Licence CC0; to be cited "Källa: SCB". From reference year 2025 SCB adds small random numbers to its
counts (the cell key method), totals included: men and women need not sum to the total, and nothing
here asserts that anything sums to anything.
"""

from __future__ import annotations

import math
import os
import urllib.parse
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from kohort.sources import _saved, json_stat
from kohort.sources._cache import PLATFORM, cache_of
from kohort.sources._web import Web
from kohort.sources.json_stat import JsonStat
from kohort.sources.scb_counts import ScbCounts, counts_of, plan
from kohort.support import _said

ADDRESS = "https://statistikdatabasen.scb.se/api/v2"
POPULATION = "TAB638"
PROJECTION = "TAB6008"
_CELLS, _CALLS, _WINDOW = 150_000, 3, 1.0
_WHERE = "SCB"


class Scb:
    """A client of SCB's statistical database.

    Parameters
    ----------
    address
        Of the service; another PxWebApi 2 will do.
    language
        Of labels: "sv" or "en".
    cache, offline, days, timeout, progress
        As for `Kolada`.

    Examples
    --------
    >>> scb = Scb(cache="scb")  # doctest: +SKIP
    >>> now = scb.population("2380", range(2014, 2025))  # doctest: +SKIP
    >>> ahead = scb.projection("2380", range(2025, 2035))  # doctest: +SKIP
    """

    def __init__(
        self,
        address: str = ADDRESS,
        *,
        language: str = "sv",
        cache: str | os.PathLike[str] | None = PLATFORM,
        offline: bool = False,
        days: float = 30.0,
        timeout: float = 30.0,
        progress: Callable[[int, int], object] | None = None,
    ) -> None:
        self.address, self.language = address.rstrip("/"), language
        self._web = Web(
            _WHERE, cache_of(cache, days), offline, timeout, calls=_CALLS, window=_WINDOW
        )
        self._progress = progress or (lambda done, total: None)
        self._config: dict[str, Any] = {}

    def config(self) -> dict[str, Any]:
        """What the service says of itself: its limits, its licence."""
        if not self._config:
            with self._web.understood():
                told = self._web.ask(f"{self.address}/config")
                if not isinstance(told, dict):
                    _said.refuse(_WHERE, "E-WEB-FORM", form="PxWebApi 2")
            self._config = told
            self._web.calls = _whole(told.get("maxCallsPerTimeWindow"), _CALLS, least=0)
            self._web.window = float(_whole(told.get("timeWindow"), 1))
        return self._config

    def tables(self, query: str) -> list[dict[str, Any]]:
        """Tables whose names or contents match a search, all pages of the answer."""
        with self._web.understood():
            return self._tables(query)

    def _tables(self, query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        number, pages = 1, 1
        while number <= pages:
            asked = {"query": query, "lang": self.language, "pageNumber": number, "pageSize": 100}
            answer = self._web.ask(f"{self.address}/tables?{urllib.parse.urlencode(asked)}")
            try:
                found += answer["tables"]
                pages, total = (
                    int(answer["page"]["totalPages"]),
                    int(answer["page"]["totalElements"]),
                )
            except (KeyError, TypeError, ValueError):
                _said.refuse(_WHERE, "E-WEB-FORM", form="PxWebApi 2")
            number += 1
        if len(found) != total:
            _said.refuse(_WHERE, "E-TRUNCATED", rows=len(found), expected=total)
        return found

    def metadata(self, table: str) -> JsonStat:
        """The axes of a table and their codes."""
        address = f"{self.address}/tables/{_quoted(table)}/metadata?lang={self.language}"
        with self._web.understood():
            return json_stat.read(self._web.ask(address), _WHERE, values=False)

    def codelist(self, name: str) -> dict[str, str]:
        """Code to label of a code list, such as "vs_CKM021år"."""
        address = f"{self.address}/codelists/{_quoted(name)}?lang={self.language}"
        with self._web.understood():
            answer = self._web.ask(address)
            try:
                return {str(value["code"]): str(value["label"]) for value in answer["values"]}
            except (KeyError, TypeError):
                _said.refuse(_WHERE, "E-WEB-FORM", form="PxWebApi 2")

    def data(
        self,
        table: str,
        selection: Mapping[str, str | Iterable[str]],
        *,
        codelists: Mapping[str, str] | None = None,
    ) -> JsonStat:
        """Any part of any table, asked for in pieces that the service allows.

        Parameters
        ----------
        table
            Its id, such as "TAB638".
        selection
            Axis to codes; "*" alone stands for all of an axis. Axes left out are summed by SCB, if
            the table allows it.
        codelists
            Axis to the code list that its codes are of.

        Raises
        ------
        InvalidInput
            `E-SCB-CODE`: no such axis or code, with those that look like it; `E-TRUNCATED`: cells
            that were asked for are missing; `E-WEB-...` as for `Kolada`.
        """
        lists = dict(codelists or {})
        self.config()
        chosen = self._chosen(table, selection, lists)
        return _joined(
            [json_stat.read(a, _WHERE) for a in self._answers(table, chosen, lists)], chosen
        )

    def population(
        self,
        region: str,
        years: int | Iterable[int],
        *,
        first_age: int = 65,
        table: str = POPULATION,
    ) -> ScbCounts:
        """Persons by sex and single year of age on 31 December.

        Parameters
        ----------
        region
            Code: "00" the country, two digits a county, four a municipality.
        years
            Those wanted.
        first_age
            The youngest; the oldest is the table's open group, "100+".
        table
            Another one of the same kind.

        Raises
        ------
        InvalidInput
            As `data`; `E-POP-MISSING`: a year, a sex or an age group is not there.
        """
        return self._counted(table, region, years, first_age, "population")

    def projection(
        self,
        region: str,
        years: int | Iterable[int],
        *,
        first_age: int = 65,
        table: str = PROJECTION,
    ) -> ScbCounts:
        """SCB's own projection of persons by sex and single year of age, as `population`."""
        return self._counted(table, region, years, first_age, "projection")

    def link(self, table: str, selection: Mapping[str, str | Iterable[str]]) -> str:
        """The address of a selection: behind a closed network, save its answer by hand.

        Open it on a computer with a connection, save what it shows, and give the file to `read`.
        """
        wanted = [("lang", self.language), ("outputFormat", "json-stat2")]
        for axis, codes in selection.items():
            wanted.append((f"valueCodes[{axis}]", ",".join(_codes(codes))))
        query = urllib.parse.urlencode(wanted, safe="[],*")  # "100+" becomes 100%2B
        return f"{self.address}/tables/{_quoted(table)}/data?{query}"

    def _counted(
        self, table: str, region: str, years: int | Iterable[int], first_age: int, kind: str
    ) -> ScbCounts:
        wanted = [years] if isinstance(years, int) else [int(year) for year in years]
        self.config()
        axes = self.metadata(table)
        selection = plan(axes, table, region, wanted, first_age)
        answers = self._answers(table, self._chosen(table, selection, {}, axes), {})
        return counts_of(answers, first_age=first_age, kind=kind, years=wanted, table=table)

    def _chosen(
        self,
        table: str,
        selection: Mapping[str, str | Iterable[str]],
        lists: Mapping[str, str],
        axes: JsonStat | None = None,
    ) -> dict[str, list[str]]:
        """The selection with its stars filled in and every code checked."""
        axes = axes or self.metadata(table)
        chosen, found = {}, []
        for axis, given in selection.items():
            if axis not in axes.codes:
                near = [f"{a} {len(c)}" for a, c in axes.codes.items()]
                found.append(
                    _said.finding("E-SCB-CODE", table=table, axis=axis, seen=axis, near=near)
                )
                continue
            known = self.codelist(lists[axis]) if axis in lists else axes.labels[axis]
            codes = _codes(given)
            chosen[axis] = list(known) if codes == ["*"] else codes
            for code in (code for code in codes if code not in known and codes != ["*"]):
                near = _said.near(code, known)
                found.append(
                    _said.finding("E-SCB-CODE", table=table, axis=axis, seen=code[:40], near=near)
                )
        if found:
            _said.refuse_all(_WHERE, found)
        return chosen

    def _answers(
        self, table: str, chosen: Mapping[str, list[str]], lists: Mapping[str, str]
    ) -> list[Any]:
        most = _whole(self.config().get("maxDataCells"), _CELLS)
        pieces = split(chosen, most)
        query = f"lang={self.language}&outputFormat=json-stat2"
        address = f"{self.address}/tables/{_quoted(table)}/data?{query}"
        answers = []
        for done, piece in enumerate(pieces):
            self._progress(done, len(pieces))
            asked = [
                {"variableCode": axis}
                | ({"codelist": lists[axis]} if axis in lists else {})
                | {"valueCodes": codes}
                for axis, codes in piece.items()
            ]
            with self._web.understood():
                answer = self._web.ask(address, {"selection": asked})
                json_stat.read(answer, _WHERE)
            answers.append(answer)
        self._progress(len(pieces), len(pieces))
        return answers


def read(
    *paths: str | os.PathLike[str], first_age: int = 65, kind: str = "population"
) -> ScbCounts:
    """Persons by sex and age from saved answers, for those behind a closed network.

    Parameters
    ----------
    paths
        Files in JSON-stat 2 as SCB answered (see `Scb.link`; version 1 of the service gives the
        same format), or what `ScbCounts.save` wrote.
    first_age
        The youngest wanted.
    kind
        "population" or "projection": for the report.

    Raises
    ------
    InvalidInput
        `E-FILE`; `E-TRUNCATED`; `E-WEB-FORM`: no JSON-stat 2; `E-POP-MISSING`: a year, a sex or an
        age group is not there.
    """
    answers = [answer for path in paths for answer in _saved.answers(path, _WHERE, "scb")]
    return counts_of(answers, first_age=first_age, kind=kind)


def split(chosen: Mapping[str, Sequence[str]], most: int) -> list[dict[str, list[str]]]:
    """Pieces of a selection with at most `most` cells each, cut along the longest axes."""
    whole = {axis: list(codes) for axis, codes in chosen.items()}
    cells = math.prod(len(codes) for codes in whole.values())
    if cells <= most:
        return [whole]
    longest = max(whole, key=lambda axis: len(whole[axis]))
    codes = whole[longest]
    if len(codes) == 1:
        return [whole]
    size = max(1, min(len(codes) - 1, most // (cells // len(codes))))
    parts = (codes[i : i + size] for i in range(0, len(codes), size))
    return [piece for part in parts for piece in split(whole | {longest: part}, most)]


def _joined(pieces: Sequence[JsonStat], chosen: Mapping[str, list[str]]) -> JsonStat:
    """The pieces as one cube, every cell that was asked for filled once."""
    first = pieces[0]
    codes = {axis: tuple(chosen.get(axis, first.codes[axis])) for axis in first.codes}
    labels: dict[str, dict[str, str]] = {axis: {} for axis in codes}
    cube = np.full([len(c) for c in codes.values()], np.nan)
    filled = np.zeros(cube.shape, dtype=bool)
    for piece in pieces:
        try:
            at = np.ix_(*([codes[axis].index(c) for c in piece.codes[axis]] for axis in codes))
        except (KeyError, ValueError):
            _said.refuse(_WHERE, "E-WEB-FORM", form="PxWebApi 2")
        order = [list(piece.codes).index(axis) for axis in codes]
        cube[at], filled[at] = piece.values.transpose(order), True
        for axis in codes:
            labels[axis] |= piece.labels[axis]
    if not filled.all():
        _said.refuse(_WHERE, "E-TRUNCATED", rows=int(filled.sum()), expected=filled.size)
    cube.flags.writeable = False
    return JsonStat(first.label, first.source, first.updated, codes, labels, cube, first.notes)


def _codes(given: str | Iterable[str]) -> list[str]:
    return [given] if isinstance(given, str) else [str(code) for code in given]


def _quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="")


def _whole(given: Any, otherwise: int, *, least: int = 1) -> int:
    return given if isinstance(given, int) and given >= least else otherwise


__all__ = ["ADDRESS", "POPULATION", "PROJECTION", "Scb", "ScbCounts", "read", "split"]
