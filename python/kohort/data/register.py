"""The national register of social services for older people: person-months become observations.

Every social board reports each month the decisions in force on the last day of the month before
(HSLF-FS 2016:86, annex 1). So a person is seen at the ends of months, not continuously: the rows
are read as visits. The register does not tell deaths; a file of persons may.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from kohort.data.decisions import Decisions
from kohort.data.level_rules import RegisterRule
from kohort.data.observations import found_lines
from kohort.data.register_stays import Months, stays, visits
from kohort.data.series import (
    observed_breaks,
)
from kohort.model.structure import Model
from kohort.support import _html, _text
from kohort.support._dates import day_number
from kohort.support._refusal import refuse

Array = npt.NDArray[Any]

EPOCH = dt.date(1970, 1, 1).toordinal()


@dataclass(frozen=True, eq=False)
class RegisterMonths(Decisions):
    """Person-months of the national register, as observations and as stays to be counted.

    Attributes
    ----------
    observations
        Visits on the last day of each month. A month without support that gives a level is `ended`,
        if the model has it; after the last month with support a person is `ended` or dead, unless
        deaths were given. Home help with missing hours is any level that hours can give; nobody is
        followed from such a month. With the covariates `age` and `male`, if birth and sex are told.
    model
        Whose states these are.
    findings
        Warnings and information.
    counts
        What was read, merged, capped and left out.
    policies
        The rule and its digest, for the manifest.
    reporting_gaps
        Months in which nobody reported.
    regimes
        Days crossed from which decisions mean something else, with counts before and after.

    Notes
    -----
    Stock, entries, exposure and moves take a level to hold from the month's end at which it is seen
    until the next one. Who has support in the first month came before it and is no entry.
    """

    _months: Months | None = field(default=None, repr=False)
    _rule: RegisterRule | None = field(default=None, repr=False)

    @property
    def told(self) -> frozenset[str]:
        """Which of sex, birth and death are told of the persons."""
        assert self._months is not None
        alive = {"death"} if self._months.deaths_known else set()
        return self._months.facts.told | alive

    def as_known_on(self, date: str | dt.date) -> RegisterMonths:
        """The same as a register of an earlier day would show it: months and deaths until then.

        Raises
        ------
        InvalidInput
            `E-SETTING`: a day before the first month's end, or after the last.
        """
        day = day_number(date, "date")
        assert self._months is not None
        assert self._rule is not None
        first, last = int(self._months.days[0]), int(self._months.days[-1])
        if not first <= day <= last:
            refuse(
                "E-SETTING", "as_known_on",
                f"the register goes from {iso_day(first)} to {iso_day(last)}",
                "a day between is needed", "Choose one",
            )  # fmt: skip
        made = register_months(self._months.until(day), self._rule, self.model, {}, self.counts)
        policies = dict(self.policies) | {"extraction_date": made.policies["extraction_date"]}
        return dataclasses.replace(made, policies=policies)

    def to_frame(self, backend: str | None = None) -> Any:
        """What was read, left out and resolved, as a data frame."""
        return self.summary(backend)

    def _title(self) -> str:
        persons = self.counts["persons followed"]
        return f"Register: {persons} persons, level by {self.policies['level_rule']}"

    def _rows(self) -> list[list[str]]:
        return [[name, str(n)] for name, n in self.counts.items() if n]

    def __str__(self) -> str:
        lines = [self._title(), _text.table(["read", "number"], self._rows())]
        return "\n".join([*lines, *found_lines(self.findings)])

    def _repr_html_(self) -> str:
        return _html.block(self._title(), parts=[_html.table(["read", "number"], self._rows())])


def register_months(
    months: Months, rule: RegisterRule, model: Model, breaks: Mapping[str, dt.date],
    counts: Mapping[str, int],
) -> RegisterMonths:  # fmt: skip
    """Months as visits and as stays."""
    core = stays(months, rule, model)
    first = dt.date.fromordinal(int(months.days[0]) + EPOCH)
    _, crossed = observed_breaks(core, model, first, breaks)
    return RegisterMonths(
        observations=visits(months, rule, model),
        model=model,
        findings=(),
        counts=dict(counts) | {"persons followed": int((months.first >= 0).sum())},
        policies={"extraction_date": core.extraction, "observed_from": first.isoformat()},
        regimes=crossed,
        _core=core,
        _months=months,
        _rule=rule,
    )


def iso_day(day: int) -> str:
    """A day counted from 1970, such as 2024-12-31."""
    return dt.date.fromordinal(day + EPOCH).isoformat()
