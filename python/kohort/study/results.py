"""What a study gives: one frozen object that everything shown is taken from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kohort.plots._tables import Columns
from kohort.study.headline import headline
from kohort.study.manifest import about, manifest
from kohort.support import _frames, _html, _output, _text
from kohort.support._language import plain_english
from kohort.support._shown import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort._core import Finding
    from kohort.data.decisions import Decisions
    from kohort.estimation.fitted_model import FittedModel
    from kohort.evaluation.budgets import Budget
    from kohort.population.entries import Entries
    from kohort.population.population import Population
    from kohort.projection.calibration import Calibration
    from kohort.projection.demands import Demand
    from kohort.projection.projection import Projection
    from kohort.study.settings import Study
    from kohort.study.study_money import StudyMoney


WRITTEN = ("report.html", "workbook.xlsx", "study.toml", "manifest.json")
"""Files that a result is written to, beside those in tables/."""


@dataclass(frozen=True, eq=False)
class StudyResult:
    """A finished study. It never changes: to vary an assumption, change the study and run again.

    Attributes
    ----------
    study
        What was asked for.
    decisions, fit, entries, population, projection
        What each step gave.
    findings
        Of data, fit and projection together.
    stock_history
        Observed persons with support on 31 December: year, state, persons.
    entry_history
        Observed first decisions: year, persons.
    transitions
        One-year probabilities at one age: sex ("both" where the model does not tell them apart),
        age, from, to, probability, lower, upper (95 %).
    intensities
        Transitions per person-year at that age: sex, age, from, to, rate, lower, upper (95 %).
    first_year
        Cost of a new person's first year: mix (published, own), course (stay, women, men), cost.
    published_sum
        What the published shares of that mix summed to before they were normalised.
    counts
        Subjects, observations and transitions behind the fit.
    file_hashes
        SHA-256 of every file read and of answers of published statistics, by name.
    money
        Which money amounts are in.
    calibration
        How incidence was made to agree with published shares, if the study asks for it. The
        projection is of the calibrated rates; `transitions` and `intensities` are of the fit.
    attributions
        How published sources are to be cited.
    variance
        What the estimates and chance stand for, see
        `kohort.many_runs.with_chance.shares_of_variance`; None of a projection without chance,
        whose limits are of the estimates alone.
    demand
        Hours, places and staff, if the study says what a person at each level needs.
    budget
        Lines and payers, if the study has prices of services.
    """

    study: Study
    decisions: Decisions
    fit: FittedModel
    entries: Entries
    population: Population
    projection: Projection
    findings: tuple[Finding, ...]
    stock_history: Columns = field(repr=False)
    entry_history: Columns = field(repr=False)
    transitions: Columns = field(repr=False)
    intensities: Columns = field(repr=False)
    first_year: Columns = field(repr=False)
    published_sum: float
    counts: Mapping[str, int]
    file_hashes: Mapping[str, str]
    money: StudyMoney
    calibration: Calibration | None = None
    attributions: tuple[str, ...] = ()
    variance: Columns | None = field(default=None, repr=False)
    demand: Demand | None = None
    budget: Budget | None = None

    @property
    def unit_costs(self) -> Mapping[str, float]:
        """Kronor per person and year at each level, in the price year that is shown."""
        return self.money.costs.by_level

    @property
    def cost_source(self) -> str:
        """Where the costs come from, in the study's words."""
        return self.study.costs.source or self.study.name

    @property
    def intervals_of(self) -> tuple[str, ...]:
        """What the limits count: parameters, population, price (of amounts), chance."""
        given = self.study.population
        error = given.error
        counted = {
            "parameters": True,
            "population": bool(given.variants) or (error is not None and error.sigma > 0),
            "price": bool(self.money.settings.uncertain),
            "chance": self.projection.chance,
        }
        return tuple(source for source, there in counted.items() if there)

    def headline(self) -> dict[str, Any]:
        """The figures that a reader asks for first, in full: persons and kronor."""
        return headline(self)

    def about(self, lang: str) -> dict[str, str]:
        """What a reader needs to get the same figures again, in words, in order."""
        return about(self, lang)

    def manifest(self) -> dict[str, Any]:
        """Everything that the figures depend on, for a machine: no clock, no path, no person."""
        return manifest(self)

    def write(self, folder: Path) -> dict[str, Path]:
        """Write report, workbook, CSV files, study, manifest and log, all or none of them.

        The log (`kohort.study.audit_log`) gets a line more if there is one already.

        Returns
        -------
        dict
            What to where: report, workbook, tables (a folder), study, manifest, log.

        Raises
        ------
        InvalidInput
            `E-LOG`: the log in this folder has been changed.
        """
        from kohort.report import exports
        from kohort.report.html import html
        from kohort.study import audit_log

        lang = self.study.language
        tables = exports.tables(self)
        told = json.dumps(self.manifest(), ensure_ascii=False, indent=2, default=str)
        contents = (
            html(self, lang=lang).encode("utf-8"),
            exports.workbook(self, lang=lang, made=tables),
            _shown_paths(self.study.to_toml()).encode("utf-8"),
            (told + "\n").encode("utf-8"),
        )
        files = dict(zip(WRITTEN, contents, strict=True))
        files |= {
            f"tables/{name}": content for name, content in exports.csv_files(self, tables).items()
        }
        logged = audit_log.with_log(folder, files, self._log_entry())
        _output.write_files(folder, logged, inputs=self.study.inputs())
        return {
            "report": folder / "report.html",
            "workbook": folder / "workbook.xlsx",
            "tables": folder / "tables",
            "study": folder / "study.toml",
            "manifest": folder / "manifest.json",
            "log": folder / audit_log.NAME,
        }

    def _log_entry(self) -> dict[str, Any]:
        from kohort.study import audit_log

        return audit_log.of_study(
            "project",
            self.study,
            self.file_hashes,
            policies=dict(self.decisions.policies),
            rules=audit_log.rules(self.findings),
            counts=audit_log.counted(self.decisions.counts),
        )

    def to_frame(self, table: str = "levels", backend: str | None = None) -> Any:
        """One of the tables as a data frame; `tables` has their names."""
        from kohort.report import exports

        return _frames.to_frame(exports.tables(self)[table], backend)

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables, as `to_frame` takes them."""
        from kohort.report import exports

        return tuple(exports.tables(self))

    def summary(self, backend: str | None = None) -> Any:
        """Persons with support by year and level with their limits, as a data frame."""
        return self.to_frame("levels", backend)

    def plot(self, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
        """Persons at each level over the years; see `kohort.plots`."""
        from kohort.plots import forecast as plots

        return plots.levels(self.projection, ax, lang=lang or self.study.language)

    def _rows(self) -> tuple[list[str], list[list[str]]]:
        h = self.headline()
        lines = {"all with support": h["users"]} | h["levels"]
        rows = [
            [name, *(f"{x[key]:,.0f}" for key in ("first", "last", "low_95", "high_95"))]
            for name, x in lines.items()
        ]
        cost = h["cost"]
        unit = plain_english().unit([cost["first"], cost["last"]])
        money = [unit.number(cost[key]) for key in ("first", "last", "low_95", "high_95")]
        rows.append([f"{unit.word}, {self.projection.money}", *money])
        first, last = h["first_year"], h["last_year"]
        return ["", str(first), str(last), "95% from", "95% to"], rows

    def _title(self) -> str:
        made_up = " (SYNTHETIC DATA)" if self.study.synthetic else ""
        return f"{self.study.name}{made_up}: {self.study.years} years, {self.study.draws} draws"

    def __str__(self) -> str:
        return f"{self._title()}\n{_text.table(*self._rows())}"

    def __repr__(self) -> str:
        return f"<StudyResult {self._title()}>"

    def _repr_html_(self) -> str:
        return _html.block(self._title(), parts=[_html.table(*self._rows())])


def _shown_paths(text: str) -> str:
    """A study file whose names of files are written as they may be shown, and that says so."""

    def one(found: re.Match[str]) -> str:
        parts = "/".join(shown(part) if part else part for part in found[2].split("/"))
        return f'{found[1]}"{parts}"'

    made = re.sub(r'(?m)((?:^key = )?)"([^"\n]+)"', lambda m: one(m) if _is_path(m) else m[0], text)
    head, table, rest = made.partition("[data.map.columns]\n")
    columns, blank, rest = rest.partition("\n\n")
    columns = re.sub(r'"([^"\n]+)"', lambda m: f'"{shown(m[1])}"', columns)
    made = head + table + columns + blank + rest
    if made == text:
        return text
    return (
        "# Names of files and columns that may be a person's are written with three dots.\n"
        "# manifest.json has the files' SHA-256: name them here again to run the study.\n"
        f"{made}"
    )


def _is_path(found: re.Match[str]) -> bool:
    return bool(found[1]) or re.search(r"\.[A-Za-z]{2,7}$", found[2]) is not None
