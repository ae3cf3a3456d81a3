"""Where data come from: extracts of decisions, workbooks, and the open statistics (Kolada, SCB)."""

from __future__ import annotations

from kohort.sources.column_map import SHIPPED_MAPS, ColumnMap

__all__ = ["SHIPPED_MAPS", "ColumnMap"]
