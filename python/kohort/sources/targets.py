"""From prevalence to flow: yearly stocks and flows as calibration targets.

A share with support on 31 December says little of how many come and go; a head count over a year
beside it does: whoever had support at some time in the year was there when it began or came in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kohort._core import Finding
from kohort.population.population import Population
from kohort.projection.calibration_targets import Target
from kohort.sources import kolada_ids
from kohort.sources.kolada_data import KoladaData
from kohort.support import _frames, _said, _text

_WHERE = "targets"
Ages = tuple[int, int | None]
Sex = Literal["men", "women"] | None
Key = tuple[str, int, Sex, Ages]
_SEXES: Mapping[str, Sex] = {"men": "men", "women": "women", "all": None, "": None}
_65, _YOUNG, _80 = (65, None), (65, 79), (80, None)


@dataclass(frozen=True)
class KeyFigure:
    """What a key figure of Kolada counts: `measure` is "share" (per cent), "count" or "days"."""

    measure: Literal["share", "count", "days"]
    ages: Ages
    service: Literal["home help", "care home", "either"]


KEY_FIGURES: Mapping[str, KeyFigure] = {
    "N21700": KeyFigure("share", _YOUNG, "home help"),
    "N21701": KeyFigure("share", _65, "home help"),
    "N21704": KeyFigure("share", _80, "home help"),
    "N21703": KeyFigure("count", _YOUNG, "home help"),
    "N21702": KeyFigure("count", _65, "home help"),
    "N21705": KeyFigure("count", _80, "home help"),
    "N23800": KeyFigure("share", _YOUNG, "care home"),
    "N23890": KeyFigure("share", _65, "care home"),
    "N23801": KeyFigure("share", _80, "care home"),
    "N23807": KeyFigure("count", _YOUNG, "care home"),
    "N23805": KeyFigure("count", _65, "care home"),
    "N23806": KeyFigure("count", _80, "care home"),
    "N20891": KeyFigure("share", _65, "either"),
    "N20892": KeyFigure("share", _80, "either"),
    "N23706": KeyFigure("days", _65, "care home"),
}
"""The key figures that can be a target; see `targets_from_kolada`."""


@dataclass(frozen=True)
class Targets:
    """Calibration targets, and what a reader should know of them.

    Attributes
    ----------
    targets
        For `kohort.calibrate`.
    findings
        Where the published figure and the model's do not count quite the same.
    """

    targets: tuple[Target, ...]
    findings: tuple[Finding, ...]

    def __iter__(self) -> Any:
        return iter(self.targets)

    def __len__(self) -> int:
        return len(self.targets)

    def to_frame(self, backend: str | None = None) -> Any:
        """One row for each target."""
        rows = self.targets
        return _frames.to_frame(
            {
                "target": [t.label for t in rows],
                "kind": [t.kind for t in rows],
                "year": np.array([t.year for t in rows]),
                "value": np.array([t.value for t in rows]),
                "error": np.array([math.nan if t.error is None else t.error for t in rows]),
            },
            backend,
        )

    def __str__(self) -> str:
        rows = [[t.label, str(t.year), _text.number(t.value)] for t in self.targets]
        lines = [_text.table(["target", "year", "value"], rows)]
        return "\n".join([*lines, *(f"{f.code}: {f.message}" for f in self.findings)])


def targets_from_kolada(
    data: KoladaData,
    place: str,
    *,
    levels: Mapping[str, Sequence[str]],
    years: Iterable[int] | None = None,
    population: Population | None = None,
    by_sex: bool = True,
    stay_error: float = 0.1,
    dispersion: float = 1.0,
) -> Targets:
    """Targets from key figures of one municipality.

    Kolada's users of home help leave out those with an alarm, meals, relief or an escort alone, and
    since 2013 those with less than two hours a month; its care homes leave out short stays. Which
    of your levels come closest depends on your level rule, so it is for you to say.

    Parameters
    ----------
    data
        From `Kolada.data` or `kohort.sources.kolada.read`.
    place
        Code or name of the municipality; a group's unweighted mean is refused.
    levels
        Key figure to the levels that it counts, such as {"N23890": ("total",)}. Key figures left
        out make no target; those that can be are in `KEY_FIGURES`.
    years
        By default the last one with a figure, of each key figure.
    population
        For counts: what they are divided by.
    by_sex
        Take women and men apart where Kolada has both.
    stay_error
        Standard error of the logarithm of a mean stay (N23706).
    dispersion
        Variance of counts over binomial variance.

    Raises
    ------
    InvalidInput
        `E-TARGET-KPI`: a key figure that can be no target; `E-KOLADA-MISSING`: no figure in that
        year; `E-TARGET-GROUP`: a group; `E-POP-MISSING`: no persons to divide by.
    """
    code = kolada_ids.code_of(place)
    if code.startswith("G"):
        _said.refuse(_WHERE, "E-TARGET-GROUP", place=code)
    made: list[Target] = []
    found: dict[str, Finding] = {}
    asked = None if years is None else [int(year) for year in years]
    for kpi, counted in levels.items():
        figure = KEY_FIGURES.get(kpi)
        if figure is None:
            _said.refuse(_WHERE, "E-TARGET-KPI", kpi=kpi, known=", ".join(KEY_FIGURES))
        has = {sex: data.series(kpi, code, sex) for sex in ("all", "men", "women")}
        wanted = asked or sorted(set().union(*has.values()))[-1:]
        if not wanted:
            data.value(kpi, code, 0)  # refuses, with what there is
        for year in wanted:
            apart = by_sex and all(year in has[sex] for sex in ("men", "women"))
            for sex in ("men", "women") if apart else ("all",):
                value = data.value(kpi, code, year, sex)
                made.append(
                    _target(kpi, figure, year, value, None if sex == "all" else sex, tuple(counted),
                            population, stay_error, dispersion)
                )  # fmt: skip
        said = "W-TARGET-STAY" if figure.measure == "days" else f"W-TARGET-{_CODES[figure.service]}"
        found.setdefault(said, _said.finding(said))
    return Targets(tuple(made), tuple(found.values()))


_CODES = {"home help": "HOMEHELP", "care home": "CAREHOME", "either": "HOMEHELP"}


def _target(
    kpi: str,
    figure: KeyFigure,
    year: int,
    value: float,
    sex: Any,
    levels: tuple[str, ...],
    population: Population | None,
    stay_error: float,
    dispersion: float,
) -> Target:
    name = f"{kpi} {year}"
    if figure.measure == "days":
        return Target("mean_stay", year, value / 365.25, stay_error, levels=levels, name=name)
    share = value / 100
    if figure.measure == "count":
        share = value / persons_of(population, year, figure.ages, sex)
    if not 0 <= share < 1:
        _said.refuse(_WHERE, "E-TARGET-SHARE", what=name, share=f"{100 * share:.1f}")
    return Target(
        "prevalence", year, share, ages=figure.ages, sex=sex, levels=levels, dispersion=dispersion,
        name=f"{name} {_ages_said(figure.ages)}{' ' + sex if sex else ''}",
    )  # fmt: skip


def persons_of(population: Population | None, year: int, ages: Ages, sex: str | None) -> float:
    """Persons of these ages on 31 December of a year, observed or projected.

    Raises
    ------
    InvalidInput
        `E-POP-MISSING`: the population does not know the year.
    """
    tables = []
    if population is not None:
        tables = [
            (population.observed_years, population.observed),
            (population.years, population.persons),
        ]
    for years, table in tables:
        if population is None or years is None or table is None or year not in years:
            continue
        last = ages[1] if ages[1] is not None else population.ages[-1]
        inside = (population.ages >= ages[0]) & (population.ages <= last)
        at = {"men": slice(0, 1), "women": slice(1, 2), None: slice(0, 2)}[sex]
        return float(table[list(years).index(year), at][:, inside].sum())
    known = "-" if population is None else f"{population.years[0]}-{population.years[-1]}"
    _said.refuse(_WHERE, "E-POP-MISSING", what=str(year), table="population", known=known)


def targets_from_counts(
    counts: Any,
    *,
    population: Population | None = None,
    levels: Sequence[str] = (),
    dispersion: float = 1.0,
) -> Targets:
    """Targets from a municipality's or the register's own yearly counts.

    The national register's annex 1 gives the stock on the last day of a month, annex 2 who began
    and ended in it; twelve months of annex 2 are a year's flow. From a stock at either end and a
    head count over the year, entries follow: those counted in the year and not there at its start.

    Parameters
    ----------
    counts
        A table or dict of columns `year`, `kind`, `persons` and, if wanted, `sex` ("men", "women"
        or "all"), `first_age` and `last_age` (empty: open). Kinds: "stock", persons on 31 December;
        "in_year", persons with support at some time in the year; "new", persons who came with no
        support before; "started", persons who came, back or for the first time.
    population
        For stocks: what they are divided by.
    levels
        That are counted; by default all.
    dispersion
        Variance of the counts over binomial or Poisson variance.

    Returns
    -------
    Targets
        A prevalence for each stock, new users for each "new", and a turnover for each "started" or
        "in_year" that has the stock (of the same ages and sex; a flow of all, 65 and older) at the
        ends that it needs.

    Raises
    ------
    InvalidInput
        `E-TARGET-KIND`; `E-TARGET-FLOW`: fewer in the year than at its start, or no stock beside;
        `E-HEADER`, `E-POP-VALUE`, `E-POP-MISSING`.
    """
    rows = _count_rows(counts)
    stock = {key[1:]: n for key, n in rows.items() if key[0] == "stock"}
    made: list[Target] = []
    for (kind, year, sex, ages), n in rows.items():
        who = f"{_ages_said(ages)}{' ' + sex if sex else ''} {year}"
        if kind == "stock":
            share = n / persons_of(population, year, ages, sex)
            if not 0 <= share < 1:
                _said.refuse(_WHERE, "E-TARGET-SHARE", what=who, share=f"{100 * share:.1f}")
            made.append(
                Target("prevalence", year, share, ages=ages, sex=sex, levels=tuple(levels),
                       dispersion=dispersion, name=f"stock {who}")
            )  # fmt: skip
        elif kind == "new":
            if sex is not None or ages != _65:
                _said.refuse(_WHERE, "E-TARGET-FLOW", what=who)
            made.append(
                Target(
                    "new_users",
                    year,
                    n,
                    levels=tuple(levels),
                    dispersion=dispersion,
                    name=f"new {who}",
                )
            )
        else:
            ends = [stock.get((y, sex, ages)) for y in (year - 1, year)]
            began, ended = ends
            if began is None or ended is None or sex is not None or ages != _65:
                _said.refuse(_WHERE, "E-TARGET-FLOW", what=who)
            entries = n if kind == "started" else n - began
            if entries <= 0 or (kind == "in_year" and n < ended):
                _said.refuse(_WHERE, "E-TARGET-FLOW", what=who)
            mean = 0.5 * (began + ended)
            error = math.sqrt(dispersion * (1 / entries + 1 / max(2 * mean, 1.0)))
            name = f"turnover {who}"
            made.append(
                Target("turnover", year, entries / mean, error, levels=tuple(levels), name=name)
            )
    return Targets(tuple(made), ())


def _count_rows(counts: Any) -> dict[Key, float]:
    columns = _frames.read_columns(counts)
    lacking = [name for name in ("year", "kind", "persons") if name not in columns]
    if lacking:
        _said.refuse(_WHERE, "E-HEADER", name="counts", wanted=", ".join(lacking))
    size = len(columns["year"])

    def column(name: str, default: Any) -> list[Any]:
        return columns[name].tolist() if name in columns else [default] * size

    rows: dict[Key, float] = {}
    listed = zip(
        column("year", 0), column("kind", ""), column("persons", 0), column("sex", "all"),
        column("first_age", 65), column("last_age", None), strict=True,
    )  # fmt: skip
    for number, (year, kind, persons, sex, first, last) in enumerate(listed, start=1):
        if kind not in ("stock", "in_year", "new", "started"):
            _said.refuse(_WHERE, "E-TARGET-KIND", seen=str(kind)[:40], row=number)
        try:
            n, when, young = float(persons), int(year), int(first)
            old = None if last in (None, "") or last != last else int(last)
        except (TypeError, ValueError):
            _said.refuse(_WHERE, "E-POP-VALUE", row=number, number=number)
        if not 0 <= n < math.inf or str(sex or "") not in _SEXES:
            _said.refuse(_WHERE, "E-POP-VALUE", row=number, number=number)
        key: Key = (str(kind), when, _SEXES[str(sex or "")], (young, old))
        if rows.setdefault(key, n) != n:
            _said.refuse(_WHERE, "E-POP-TWICE", row=number, number=number)
    return rows


def _ages_said(ages: Ages) -> str:
    return f"{ages[0]}+" if ages[1] is None else f"{ages[0]}-{ages[1]}"
