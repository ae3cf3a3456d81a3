"""Which key figures and municipalities there are: ids come from the catalogue, never guessed."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from kohort import datasets

KPI = re.compile(r"[A-Z]\d{5}")
MUNICIPALITY = re.compile(r"\d{4}|G\d+")
UNIT = re.compile(r"V\d{2}[A-Z]\d+")


@functools.cache
def kpis() -> Mapping[str, str]:
    """Key figures of elder care, id to title: those of Kolada's 6,099 that concern kohort."""
    table = datasets.published("kolada_kpis")
    return MappingProxyType(dict(zip(table["id"].tolist(), table["title"].tolist(), strict=True)))


@functools.cache
def municipalities() -> Mapping[str, str]:
    """The 290 municipalities, the regions and the country ("0000"): code to name."""
    lines = datasets.path("published/kolada_municipalities").read_text(encoding="utf-8")
    rows = [line.split(",") for line in lines.splitlines() if not line.startswith("#")][1:]
    return MappingProxyType({code: name for code, name, _ in rows})


def code_of(municipality: str) -> str:
    """The code of a municipality given by code or by name; what is neither comes back as it is."""
    text = str(municipality).strip()
    by_name = {name.casefold(): code for code, name in municipalities().items()}
    return by_name.get(text.casefold().removesuffix(" kommun"), text)


def chunks(ids: Iterable[str], size: int = 25) -> list[list[str]]:
    """Ids in groups that fit one segment of an address."""
    listed = list(dict.fromkeys(ids))
    return [listed[i : i + size] for i in range(0, len(listed), size)]
