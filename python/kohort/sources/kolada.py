"""Kolada, the key figures of Swedish municipalities (API v3): https://api.kolada.se/v3/docs.

Free to use, to be cited "Källa: Kolada"; what is computed from the figures must not be attributed
to Kolada.
"""

from __future__ import annotations

import os
import urllib.parse
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from kohort._core import Finding
from kohort.sources import _saved, kolada_ids
from kohort.sources._cache import PLATFORM, cache_of
from kohort.sources._web import Web, same_place
from kohort.sources.kolada_data import KoladaData, rows_of
from kohort.support import _said

ADDRESS = "https://api.kolada.se/v3"
PER_PAGE = 5000
_MOST_PAGES = 2000
_KINDS = ("kpi", "kpi_groups", "municipality", "municipality_groups", "ou")
_WHERE = "Kolada"


class Kolada:
    """A client of Kolada.

    Parameters
    ----------
    address
        Of the service; another only for tests.
    cache
        Folder for answers, "platform" for the one your system has for caches, or None for none.
        What is kept is public: aggregates, and which were asked for.
    offline
        Never go to the web: answers come from the cache.
    days
        Age from which an answer in the cache is asked for anew.
    timeout
        Seconds that the server may be silent.
    progress
        Called as `progress(done, total)`, in addresses, while figures are fetched.

    Examples
    --------
    >>> kolada = Kolada(cache="kolada")  # doctest: +SKIP
    >>> share = kolada.data("N21704", "Östersund", range(2015, 2025))  # doctest: +SKIP
    """

    def __init__(
        self,
        address: str = ADDRESS,
        *,
        cache: str | os.PathLike[str] | None = PLATFORM,
        offline: bool = False,
        days: float = 30.0,
        timeout: float = 30.0,
        progress: Callable[[int, int], object] | None = None,
    ) -> None:
        self.address = address.rstrip("/")
        self._web = Web(_WHERE, cache_of(cache, days), offline, timeout)
        self._progress = progress or (lambda done, total: None)

    def data(
        self,
        kpis: str | Iterable[str],
        municipalities: str | Iterable[str],
        years: int | Iterable[int] | None = None,
    ) -> KoladaData:
        """Key figures of municipalities.

        Parameters
        ----------
        kpis
            Ids such as "N21704"; `catalogue("kpi", title=...)` finds them.
        municipalities
            Codes ("2380"), names ("Östersund"), "0000" for the country, or groups ("G176769").
        years
            All there are by default.

        Raises
        ------
        InvalidInput
            `E-KOLADA-ID`: no such id, with those that look like it; `E-TRUNCATED`: pages are
            missing; `E-WEB-...`: the service did not answer, or not as documented.
        """
        asked = {
            "kpi": _ids(kpis),
            "municipality": [kolada_ids.code_of(m) for m in _ids(municipalities)],
        }
        self._check(asked)
        return self._collect("data", asked, years)

    def unit_data(
        self,
        kpis: str | Iterable[str],
        units: str | Iterable[str],
        years: int | Iterable[int] | None = None,
    ) -> KoladaData:
        """Key figures of units, such as care homes; parameters and refusals as for `data`.

        `catalogue("ou", municipality="2380")` has the ids of units, such as "V15E238000101".
        """
        asked = {"kpi": _ids(kpis), "ou": _ids(units)}
        self._check(asked)
        return self._collect("oudata", asked, years)

    def catalogue(
        self, kind: str, ids: str | Iterable[str] = (), *, title: str = "", municipality: str = ""
    ) -> list[dict[str, Any]]:
        """Metadata: what there is, as Kolada describes it.

        Parameters
        ----------
        kind
            "kpi", "kpi_groups", "municipality", "municipality_groups" or "ou".
        ids
            Those wanted; by default all.
        title
            Part of the title.
        municipality
            Of units: the code of theirs.

        Raises
        ------
        InvalidInput
            `E-SETTING` for another kind; as `data`.
        """
        if kind not in _KINDS:
            _said.refuse(_WHERE, "E-SETTING", seen=kind, known=", ".join(_KINDS))
        query = {"title": title, "municipality": municipality}
        addresses = [
            self._link([kind, *([",".join(some)] if some else [])], query)
            for some in (kolada_ids.chunks(_ids(ids)) or [[]])
        ]
        return [entry for page in self._pages(addresses) for entry in page["values"]]

    def links(
        self,
        kpis: str | Iterable[str],
        municipalities: str | Iterable[str],
        years: int | Iterable[int] | None = None,
    ) -> list[str]:
        """The addresses that `data` asks: behind a closed network, save their answers by hand.

        Open each on a computer with a connection, save what it shows, and give the files to
        `read`. An answer that ends with a `next_url` goes on there: save that too.
        """
        asked = {
            "kpi": _ids(kpis),
            "municipality": [kolada_ids.code_of(m) for m in _ids(municipalities)],
        }
        return self._links("data", asked, years)

    def _links(self, kind: str, asked: Mapping[str, list[str]], years: Any) -> list[str]:
        wanted = [] if years is None else [str(int(y)) for y in _listed(years)]
        segments = {**asked, "year": wanted} if wanted else dict(asked)
        paths: list[list[str]] = [[kind]]
        for name, ids in segments.items():
            paths = [
                [*path, name, ",".join(some)] for path in paths for some in kolada_ids.chunks(ids)
            ]
        return [self._link(path, {}) for path in paths]

    def _link(self, path: Sequence[str], query: Mapping[str, str]) -> str:
        told = {k: v for k, v in query.items() if v} | {"per_page": str(PER_PAGE)}
        quoted = "/".join(urllib.parse.quote(part, safe=",") for part in path)
        return f"{self.address}/{quoted}?{urllib.parse.urlencode(told)}"

    def _collect(self, kind: str, asked: Mapping[str, list[str]], years: Any) -> KoladaData:
        pages = self._pages(self._links(kind, asked, years), _figures)
        return KoladaData.made(pages, asked=asked)

    def _pages(
        self,
        addresses: Sequence[str],
        understand: Callable[[Iterable[list[Any]]], object] = lambda values: None,
    ) -> list[dict[str, Any]]:
        pages: list[dict[str, Any]] = []
        for done, address in enumerate(addresses):
            self._progress(done, len(addresses))
            with self._web.understood():
                chain = self._chain(address)
                understand(page["values"] for page in chain)
            pages += chain
        self._progress(len(addresses), len(addresses))
        return pages

    def _chain(self, first: str) -> list[dict[str, Any]]:
        """An answer with all its pages."""
        pages: list[dict[str, Any]] = []
        address, seen = first, set[str]()
        while address:
            if address in seen or len(seen) == _MOST_PAGES:
                _said.refuse(_WHERE, "E-WEB-LOOP", pages=len(seen))
            seen.add(address)
            page = _envelope(self._web.ask(address))
            if pages and not pages[-1]["next_url"]:  # asked for behind a full page
                if not page["values"]:
                    break
                pages[-1]["next_url"] = address
            pages.append(page)
            following = page["next_url"]
            if following:  # it may be told without the server's name
                following = urllib.parse.urljoin(address, following)
            if not following and len(page["values"]) == PER_PAGE:
                following = f"{first}&page={len(pages) + 1}"
            if following and not same_place(self.address, following):
                site = urllib.parse.urlsplit(following)
                ours = urllib.parse.urlsplit(self.address)
                _said.refuse(
                    _WHERE, "E-WEB-ELSEWHERE", host=f"{site.scheme}://{site.hostname}",
                    asked=f"{ours.scheme}://{ours.hostname}",
                )  # fmt: skip
            address = following
        _complete(pages)
        return pages

    def _check(self, asked: Mapping[str, list[str]]) -> None:
        """Every id is one of the catalogue's: the shipped one, or else Kolada's own."""
        found: list[Finding] = []
        for kind, ids in asked.items():
            shape = {"kpi": kolada_ids.KPI, "municipality": kolada_ids.MUNICIPALITY}.get(
                kind, kolada_ids.UNIT
            )
            shipped = {"kpi": kolada_ids.kpis(), "municipality": kolada_ids.municipalities()}.get(
                kind, {}
            )
            open_ids = [i for i in ids if i not in shipped]
            there: Mapping[str, str] = shipped
            ask = [i for i in open_ids if shape.fullmatch(i)]
            if kind == "municipality":
                ask = [
                    i for i in ask if i.startswith("G")
                ]  # of the others the shipped list has all
            if ask and not self._web.offline:
                of_group = "municipality_groups" if kind == "municipality" else kind
                entries = self.catalogue(of_group, ask)
                there = dict(shipped) | {str(e.get("id")): str(e.get("title", "")) for e in entries}
            elif ask:  # nobody to ask: what has the right form is left to what the cache holds
                there = dict(shipped) | dict.fromkeys(ask, "")
            for wrong in (i for i in open_ids if i not in there):
                found.append(
                    _said.finding(
                        "E-KOLADA-ID", seen=_short(wrong), near=_said.near(wrong, shipped)
                    )
                )
        if found:
            _said.refuse_all(_WHERE, found)


def read(*paths: str | os.PathLike[str]) -> KoladaData:
    """Key figures from saved answers, for those behind a closed network.

    Parameters
    ----------
    paths
        Files as Kolada answered (see `Kolada.links`), all pages of an answer among them in any
        order, or what `KoladaData.save` wrote.

    Raises
    ------
    InvalidInput
        `E-FILE`: a file cannot be read; `E-TRUNCATED`: a page is missing; `E-WEB-FORM`: this is no
        answer of Kolada's.
    """
    pages = [
        _envelope(answer) for path in paths for answer in _saved.answers(path, _WHERE, "kolada")
    ]
    if not pages:
        _said.refuse(_WHERE, "E-WEB-FORM", form="Kolada API v3")
    _followed(pages)
    return KoladaData.made(pages)


def _followed(pages: Sequence[Mapping[str, Any]]) -> None:
    """Of answers read from files, every page that goes on has the one behind it among them."""
    rows, numbers = _rows(pages), dict[str, set[int]]()
    for page in pages:
        if page["next_url"]:
            parts = urllib.parse.urlsplit(page["next_url"])
            told = urllib.parse.parse_qs(parts.query).get("page", ["2"])[0]
            numbers.setdefault(parts.path, set()).add(int(told) if told.isdigit() else 2)
    last = [page for page in pages if not page["next_url"]]
    gaps = any(max(told) - 1 != len(told) for told in numbers.values())
    of_page = all(page["count"] in (None, len(page["values"])) for page in pages)
    count = sum(page["count"] or 0 for page in last)
    if gaps or len(last) < len(numbers) or (not of_page and count != rows):
        told = [page["count"] for page in pages if page["count"] is not None]
        _said.refuse(_WHERE, "E-TRUNCATED", rows=rows, expected=max([*told, count, rows + 1]))


def _complete(pages: Sequence[Mapping[str, Any]]) -> None:
    """Rows agree with the counts that the pages tell.

    `count` is documented without saying of what. Clients in use take it for the rows of the whole
    answer; were it the rows of the page, it would equal them. Anything else is a page missing.
    """
    rows = _rows(pages)
    totals = [page["count"] for page in pages if page["count"] is not None]
    of_page = all(page["count"] in (None, len(page["values"])) for page in pages)
    if totals and not of_page and max(totals) != rows:
        _said.refuse(_WHERE, "E-TRUNCATED", rows=rows, expected=max(totals))


def _rows(pages: Sequence[Mapping[str, Any]]) -> int:
    return sum(len(page["values"]) for page in pages)


def _envelope(answer: Any) -> dict[str, Any]:
    """`values`, `count` (None if not told) and `next_url` ("" on the last page) of an answer."""
    if not isinstance(answer, dict) or not isinstance(answer.get("values"), list):
        _said.refuse(_WHERE, "E-WEB-FORM", form="Kolada API v3")
    count, following = answer.get("count"), answer.get("next_url", answer.get("next_page"))
    whole = isinstance(count, int) and not isinstance(count, bool) and count >= 0
    if not (count is None or whole) or not (following is None or isinstance(following, str)):
        _said.refuse(_WHERE, "E-WEB-FORM", form="Kolada API v3")
    if not all(isinstance(entry, dict) for entry in answer["values"]):
        _said.refuse(_WHERE, "E-WEB-FORM", form="Kolada API v3")
    return {"values": answer["values"], "count": count, "next_url": following or ""}


def _figures(values: Iterable[list[Any]]) -> None:
    for page in values:
        rows_of(page)


def _ids(given: str | Iterable[str]) -> list[str]:
    return [str(i).strip() for i in ([given] if isinstance(given, str) else given)]


def _listed(years: int | Iterable[int]) -> Iterable[int]:
    return [years] if isinstance(years, int) else years


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "..."


__all__ = ["ADDRESS", "Kolada", "KoladaData", "read", "rows_of"]
