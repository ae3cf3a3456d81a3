"""Where data come from: extracts of decisions, workbooks, and the open statistics (Kolada, SCB)."""

from __future__ import annotations

from kohort.sources.column_map import SHIPPED_MAPS, ColumnMap
from kohort.sources.extract import Extract
from kohort.sources.opening import open_extract
from kohort.sources.proposing import ProposedMap, propose_map

__all__ = [
    "SHIPPED_MAPS",
    "ColumnMap",
    "Extract",
    "ProposedMap",
    "open_extract",
    "propose_map",
]
