"""A small synthetic extract to plant faults in: nobody is described."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

import kohort as kh

HEADS = ("person", "decision", "from", "to", "level", "death", "sex", "birth", "event", "unit")
LEVELS = ("light", "moderate", "high", "total")


def town(people=30, seed=7):
    """Synthetic: nobody is described. Two or three decisions each, one after the other."""
    random = np.random.default_rng(seed)
    rows = []
    for i in range(people):
        start = dt.date(2018, 1, 1) + dt.timedelta(days=int(random.integers(900)))
        born = dt.date(1928, 1, 1) + dt.timedelta(days=int(random.integers(7000)))
        many = int(random.integers(2, 4))
        level = int(random.integers(2))
        dies = i % 3 == 0
        for k in range(many):
            end = start + dt.timedelta(days=int(random.integers(60, 300)))
            last = k == many - 1
            rows.append({
                "person": f"P{i:03d}",
                "decision": f"D{i:03d}-{k}",
                "from": str(start),
                "to": "" if last and not dies else str(end),
                "level": LEVELS[min(level + k, 3)],
                "death": "",
                "sex": "kvinna" if i % 2 else "man",
                "birth": str(born),
                "event": "beslut",
                "unit": "Norr" if i < people // 2 else "Söder",
            })  # fmt: skip
            if last and dies:
                for row in rows[-many:]:
                    row["death"] = str(end)
            start = end + dt.timedelta(days=1)
    return rows


@dataclass
class Extract:
    """A file in the making: rows, and how they are written and read."""

    rows: list[dict[str, str]] = field(default_factory=town)
    heads: tuple[str, ...] = HEADS
    delimiter: str = ";"
    newline: str = "\n"
    before: str = ""
    encoding: str = "utf-8"
    change_text: Callable[[str], str] = lambda text: text
    change_bytes: Callable[[bytes], bytes] = lambda data: data
    options: dict = field(default_factory=dict)
    rule: object = None
    first_row: int = 2  # physical row of the first record

    def row(self, i):
        """Physical row of a record, as long as none spans several lines."""
        return self.first_row + i

    def drop(self, *heads):
        self.heads = tuple(h for h in self.heads if h not in heads)

    def bytes(self):
        def cell(value):
            quoted = any(c in value for c in (self.delimiter, '"', "\n"))
            return '"' + value.replace('"', '""') + '"' if quoted else value

        lines = [self.delimiter.join(cell(h) for h in self.heads)]
        lines += [
            self.delimiter.join(cell(row.get(h.lower(), row.get(h, ""))) for h in self.heads)
            for row in self.rows
        ]
        text = self.before + self.newline.join(lines) + self.newline
        return self.change_bytes(self.change_text(text).encode(self.encoding))

    def read(self, path):
        path.write_bytes(self.bytes())
        rule = self.rule or kh.named_levels()
        options = {"extraction_date": "2024-12-31"} | self.options
        return kh.read_decisions(path, level_rule=rule, **options)


def findings_of(extract, path):
    """Errors and warnings as (code, row, related rows)."""
    try:
        found = extract.read(path).findings
    except kh.DataRefused as refusal:
        found = refusal.findings
    return sorted(((f.code, f.row, f.related) for f in found if f.severity in "EW"), key=repr)


def of_person(x, i):
    """Places of the records of the person of record i."""
    return [k for k, row in enumerate(x.rows) if row["person"] == x.rows[i]["person"]]


def hours(x, values, **options):
    """Level by hours."""
    x.heads = tuple("hours" if h == "level" else h for h in x.heads)
    x.rule = kh.hours_rule()
    x.options |= options
    usual = {"light": "3", "moderate": "10", "high": "40", "total": "200"}
    for row in x.rows:
        row["hours"] = usual[row["level"]]
    for i, value in values.items():
        x.rows[i]["hours"] = value


def support(x):
    """Level by type of support."""
    x.heads = tuple("support" if h == "level" else h for h in x.heads)
    x.rule = kh.SUPPORT_RULE
    usual = {"light": "städ", "moderate": "dusch/bad", "high": "matning", "total": "säbo"}
    for row in x.rows:
        row["support"] = usual[row["level"]]


def many(x, last="2024-12-31"):
    """Twenty new people a month and unit for five years."""
    x.rows = []
    for month in range(12 * 2020, 12 * 2025 if last < "2025" else 12 * 2026):
        for unit in ("Norr", "Söder"):
            for k in range(20):
                day = str(dt.date(month // 12, month % 12 + 1, k + 1))
                x.rows.append({
                    "person": f"{unit}{month}{k}", "decision": f"{unit}-{month}-{k}", "from": day,
                    "to": "", "level": LEVELS[k % 4], "death": "", "sex": "man",
                    "birth": "1940-02-29", "event": "beslut", "unit": unit,
                })  # fmt: skip
    x.options["extraction_date"] = last
