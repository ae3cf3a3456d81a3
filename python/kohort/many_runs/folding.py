"""The tasks of many runs in their order, and their results taken in by number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.many_runs.cases import Tables
from kohort.many_runs.working import Task
from kohort.uncertainty.draw_summaries import Rule, Summaries

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Plan:
    """All tasks in the order in which their results are taken in."""

    towns: list[str]
    scenarios: list[str]  # the reference first
    by_name: dict[tuple[str, str], int]
    tables: list[Tables]
    seeds: list[int]
    draws: int
    block: int
    design: str
    rule: Rule
    measures: tuple[str, ...]
    together: bool
    reference: str | None

    def __len__(self) -> int:
        return -(-self.draws // self.block) * len(self.tables)

    def steps(self) -> Iterator[tuple[int, int, str, str]]:
        """(first draw, case, municipality, scenario): blocks, then towns, then scenarios."""
        for first in range(0, self.draws, self.block):
            for town in self.towns:
                for scenario in self.scenarios:
                    i = self.by_name.get((town, scenario))
                    if i is not None:
                        yield first, i, town, scenario

    def task(self, first: int, i: int) -> Task:
        """What a worker is sent."""
        table, n = self.tables[i], min(self.block, self.draws - first)
        rows = None
        if table.coefficients is not None:  # only the rows of this block travel
            rows = table.coefficients[first : first + n]
            table = replace(table, coefficients=None)
        values = self.together or self.reference is not None
        return Task(
            table, rows, first, n, self.seeds[i], self.design, self.rule, values, self.measures
        )


Key = tuple[str, str, str, str]
"""Municipality ("" for all together), scenario, strategy ("" for usual care), and "" or
"difference": of a strategy to usual care, of usual care to the scenario of reference."""


class Fold:
    """Takes results in by their number, and can be written down between any two of them."""

    def __init__(self, plan: Plan, columns: list[int]) -> None:
        self.plan = plan
        self.done = 0
        self.scaled = 0.0
        self.summaries: dict[Key, _core.DrawSummary] = {}
        self.repetitions: dict[Key, list[Array]] = {}
        self.totals: dict[tuple[str, str], Array] = {}  # of the block under way
        self.reference = np.zeros((0, 0))  # of the municipality under way

    def take(self, first: int, town: str, scenario: str, result: dict[str, Any]) -> None:
        """The next result in order."""
        plan = self.plan
        self._join((town, scenario, "", ""), result["summary"])
        self.scaled += result["scaled"]
        values = result["values"]
        for course in result["courses"]:
            key = (town, scenario, course["name"])
            self._join((*key, ""), course["summary"])
            self._join((*key, "difference"), course["difference"])
            if plan.together:
                self._add(scenario, course["name"], course["values"])
        if plan.reference is not None:
            if scenario == plan.reference:
                self.reference = values
            else:
                self._count((town, scenario, "", "difference"), values - self.reference)
        if plan.together:
            self._add(scenario, "", values)
        self.done += 1
        if self.done % len(plan.tables) == 0:
            self._end_block()

    def _add(self, scenario: str, strategy: str, values: Array) -> None:
        so_far = self.totals.get((scenario, strategy))
        self.totals[scenario, strategy] = values if so_far is None else so_far + values

    def _end_block(self) -> None:
        for (scenario, strategy), values in self.totals.items():
            self._count(("", scenario, strategy, ""), values)
            base = str(self.plan.reference)
            if strategy:
                usual = self.totals[scenario, ""]
                self._count(("", scenario, strategy, "difference"), values - usual)
            elif self.plan.reference not in (None, scenario):
                self._count(("", scenario, "", "difference"), values - self.totals[base, ""])
        self.totals = {}

    def _count(self, key: Key, values: Array) -> None:
        self._join(key, _core.summarise(np.ascontiguousarray(values), self.plan.rule.core()))

    def _join(self, key: Key, state: dict[str, Array]) -> None:
        if self.plan.design != "random":  # one repetition of the design
            alone = _core.DrawSummary(**state, rule=self.plan.rule.core())
            kept = np.vstack([state["moments"][:, 0], alone.quantiles(list(Summaries.LEVELS))])
            self.repetitions.setdefault(key, []).append(kept)
        if key in self.summaries:
            self.summaries[key].join(**state)
        else:
            self.summaries[key] = _core.DrawSummary(**state, rule=self.plan.rule.core())

    def finished(self) -> dict[Key, Summaries]:
        """Everything that was kept."""
        return {
            key: Summaries(
                summary.state(),
                self.plan.rule,
                np.array(self.repetitions[key]) if key in self.repetitions else None,
            )
            for key, summary in self.summaries.items()
        }

    def saved(self, identity: str) -> tuple[dict[str, Any], dict[str, Array]]:
        """Header and arrays of a checkpoint."""
        keys = list(self.summaries)
        header = {
            "run": identity,
            "done": self.done,
            "scaled": self.scaled,
            "keys": [list(key) for key in keys],
            "totals": [list(key) for key in self.totals],
            "repetitions": len(next(iter(self.repetitions.values()), [])),
        }
        arrays: dict[str, Array] = {"reference": self.reference}
        for i, key in enumerate(keys):
            for name, values in self.summaries[key].state().items():
                arrays[f"{i} {name}"] = values
            if key in self.repetitions:
                arrays[f"{i} repetitions"] = np.array(self.repetitions[key])
        for i, values in enumerate(self.totals.values()):
            arrays[f"total {i}"] = values
        return header, arrays

    def restore(self, header: dict[str, Any], arrays: dict[str, Array]) -> None:
        """Carry on from a checkpoint."""
        self.done, self.scaled = int(header["done"]), float(header["scaled"])
        self.reference = arrays["reference"]
        self.totals = {
            (scenario, strategy): arrays[f"total {i}"]
            for i, (scenario, strategy) in enumerate(header["totals"])
        }
        for i, (town, scenario, strategy, kind) in enumerate(header["keys"]):
            key = (town, scenario, strategy, kind)
            state = {name: arrays[f"{i} {name}"] for name in ("bins", "moments", "counts")}
            self.summaries[key] = _core.DrawSummary(**state, rule=self.plan.rule.core())
            if f"{i} repetitions" in arrays:
                self.repetitions[key] = list(arrays[f"{i} repetitions"])
