"""Where data come from: extracts of decisions, and files or the web pages of statistics offices."""

from __future__ import annotations

from kohort.extracts.column_map import SHIPPED_MAPS, ColumnMap
from kohort.extracts.extract import Extract
from kohort.extracts.opening import open_extract
from kohort.extracts.proposing import ProposedMap, propose_map

__all__ = [
    "SHIPPED_MAPS",
    "ColumnMap",
    "Extract",
    "ProposedMap",
    "open_extract",
    "propose_map",
]
