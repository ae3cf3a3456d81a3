"""What a study gives: one frozen object that everything shown is taken from."""

from __future__ import annotations

import json
import platform
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kohort._core import __version__, instruction_set
from kohort.plots import _tables
from kohort.plots._tables import Columns
from kohort.support import _frames, _html, _output, _text
from kohort.support._language import language, plain_english
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


GENERATOR = "Philox4x32-10, keyed by seed, purpose and draw"


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
        projection = self.projection
        table = _tables.persons_by_state(projection)
        constant = _tables.comparison(projection)

        def persons(state: str) -> dict[str, float]:
            mine = {k: v[table["state"] == state] for k, v in table.items()}
            shares = constant["constant_share"][constant["state"] == state]
            return {
                "first": float(mine["persons"][0]),
                "last": float(mine["persons"][-1]),
                "low_95": float(mine["low_95"][-1]),
                "high_95": float(mine["high_95"][-1]),
                "constant_share": float(shares[-1]),
            }

        cost = _tables.cost(projection)
        worth = self.money.present_value(projection)
        return {
            "first_year": int(projection.years[0]),
            "last_year": int(projection.years[-1]),
            "intervals_of": list(self.intervals_of),
            "users": persons("users"),
            "levels": {level: persons(level) for level in _tables.levels_of(projection)},
            "cost": {
                "first_year": int(cost["year"][0]),
                "first": float(cost["cost"][0]),
                "last": float(cost["cost"][-1]),
                "low_95": float(cost["low_95"][-1]),
                "high_95": float(cost["high_95"][-1]),
                "constant_share": float(cost["constant_share"][-1]),
                "price_year": projection.price_year,
                "accounting": projection.accounting,
                "discount": projection.discount,
                "amounts": self.money.settings.amounts,
            }
            | ({} if worth is None else {"present_value": worth.document()}),
        } | ({} if self.demand is None else {"demand": _demand_headline(self.demand)})

    def about(self, lang: str) -> dict[str, str]:
        """What a reader needs to get the same figures again, in words, in order."""
        from kohort.report.money import population_error_said

        words, study = language(lang), self.study
        data, projection = study.data, self.projection
        said = {
            "version": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "platform": f"{sys.platform} {platform.machine()}",
            "instructions": instruction_set,
            "generator": GENERATOR,
            "seed": str(study.seed),
            "draws": words.number(study.draws),
            "extraction_date": data.extraction_date.isoformat(),
            "observation_start": data.observed_from.isoformat() if data.observed_from else "",
            "level_rule": words.texts.get(f"rule.{data.level_rule}", data.level_rule),
            "overlap": words.text(f"overlap.{data.overlap}"),
            "gap_days": str(data.gap_days),
            "covariates": _model_in_words(study, lang),
            "log_likelihood": words.number(self.fit.log_likelihood, 3),
            "convergence": str(self.fit.convergence),
            "price_year": str(projection.price_year),
            "accounting": words.text(f"convention.{projection.accounting}"),
            "discount": self.money.discounted(words),
            "money": " ".join(self.money.notes(words)),
            "population_error": population_error_said(study, words),
            "study_hash": study.digest,
        }
        said = {name: value for name, value in said.items() if value}
        for name, digest in self.file_hashes.items():
            said.setdefault("data_file", name)
            said.setdefault("data_hash", digest)
        if self.attributions:
            said["sources"] = "; ".join(self.attributions) + ". " + words.text("source.own")
        return said

    def manifest(self) -> dict[str, Any]:
        """Everything that the figures depend on, for a machine: no clock, no path, no person."""
        study = self.study
        return {
            "kohort": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "platform": f"{sys.platform} {platform.machine()}",
            "instruction_set": instruction_set,
            "generator": GENERATOR,
            "synthetic": study.synthetic,
            "study_sha256": study.digest,
            "files_sha256": dict(self.file_hashes),
            "policies": dict(self.decisions.policies),
            "suppression": {"profile": study.profile, "threshold": study.disclosure.threshold},
            "seed": study.seed,
            "draws": study.draws,
            "counts": dict(self.counts),
            "log_likelihood": self.fit.log_likelihood,
            "convergence": str(self.fit.convergence),
            "headline": self.headline(),
        } | self._published()

    def _published(self) -> dict[str, Any]:
        """What published figures the result rests on, if any."""
        told: dict[str, Any] = {}
        if self.attributions:
            told["attributions"] = list(self.attributions)
        if self.calibration is not None:
            told["calibration"] = {
                "settled": self.calibration.settled,
                "converged": self.calibration.converged,
                "multipliers": {
                    multiplier.label: float(factor)
                    for multiplier, factor in zip(
                        self.calibration.multipliers, self.calibration.factors, strict=True
                    )
                },
            }
        return told

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
        manifest = json.dumps(self.manifest(), ensure_ascii=False, indent=2, default=str)
        contents = (
            html(self, lang=lang).encode("utf-8"),
            exports.workbook(self, lang=lang, made=tables),
            _shown_paths(self.study.to_toml()).encode("utf-8"),
            (manifest + "\n").encode("utf-8"),
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


def _demand_headline(demand: Demand) -> dict[str, Any]:
    """Measure to its first and last year, with limits of the last."""
    out: dict[str, Any] = {}
    for name, values in demand.point.items():
        out[name] = {"first": float(values[0]), "last": float(values[-1])}
        if name in demand.draws:
            low, high = demand.intervals(name)[:, -1]
            out[name] |= {"low_95": float(low), "high_95": float(high)}
    return out


def _model_in_words(study: Study, lang: str) -> str:
    words, model = language(lang), study.model

    def listed(cuts: tuple[float, ...]) -> str:
        return ", ".join(words.number(cut, 0 if cut == int(cut) else 1) for cut in cuts)

    parts = []
    if model.age != "none":
        parts.append(words.text(f"manifest.age_{model.age}", cuts=listed(model.age_bands)))
    if model.sex:
        parts.append(words.text("manifest.sex"))
    if model.since_entry:
        parts.append(words.text("manifest.since_entry", cuts=listed(model.since_entry)))
    if model.two_phases:
        levels = ", ".join(words.state(level) for level in model.two_phases)
        parts.append(words.text("manifest.two_phases", levels=levels))
    return ", ".join(parts) or words.text("manifest.nothing")
