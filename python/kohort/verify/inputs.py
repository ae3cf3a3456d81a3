"""V01 to V07: inputs are used, named where they are wrong, and mean what they say."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kohort import _core
from kohort._core import DataRefused
from kohort.economics.costs import Costs
from kohort.extracts.column_map import ColumnMap
from kohort.extracts.opening import open_extract
from kohort.model.structure import transition_probability
from kohort.population.entry_clock import long_since
from kohort.population.population import Population
from kohort.study import study_data, study_sources
from kohort.study.study_money import with_price_error
from kohort.support._refusal import findings_of
from kohort.verify.cases import Cases, numbers, same_bytes
from kohort.verify.items import Seen, check

_DRAWS = 40  # in which a stated error is looked for


@check("V01", "run the base case again", "the same numbers", "exact")
def again(c: Cases) -> Seen:
    """Nothing depends on a clock, an address or what ran before."""
    fresh = Cases(c.study)
    differ = same_bytes(c.base, fresh.base)
    return differ, 0, f"{numbers(c.base).size:,} numbers, {differ:.0f} differ"


@check("V02", "raise every input by 1 %", "an output moves", "any move")
def nudged(c: Cases) -> Seen:
    """No input is read and then forgotten."""
    base = numbers(c.plain_base)
    runs: dict[str, Any] = {}
    people = c.population
    runs["population"] = {"population": dataclasses.replace(people, persons=people.persons * 1.01)}
    runs["mortality"] = {
        "population": dataclasses.replace(people, mortality=people.mortality * 1.01)
    }
    room = np.maximum(people.persons[0] - c.stock.sum(axis=2), 0)
    for s, name in enumerate(c.living):
        stock = c.stock.copy()
        stock[:, :, s] += np.minimum(0.01 * stock[:, :, s], room)
        runs[f"stock {name}"] = {"stock": stock}
    for k, label in enumerate(c.model.labels):
        rates = c.rates.copy()
        rates[:, :, k] *= 1.01
        runs[label] = {"rates": rates}
    for j, name in enumerate(c.levels):
        entering = c.entry_rates.copy()
        entering[:, :, j] *= 1.01
        runs[f"entry at {name}"] = {"entering": entering}
    for name in c.levels:
        by_level = dict(c.costs.by_level)
        by_level[name] *= 1.01
        runs[f"cost {name}"] = {"costs": Costs(by_level, c.costs.price_year)}
    if c.money.price_index is not None:
        raised = [1.01 * level for level in c.money.price_index]
        runs["price index"] = {"price_index": raised}
    inert = _inert_errors(c)
    for name, change in runs.items():
        unused = name in c.model.labels and not c.rates[:, :, c.model.labels.index(name)].any()
        empty = name.startswith("stock") and not c.stock[:, :, c.living.index(name[6:])].any()
        nobody = (
            name.startswith("entry at") and not c.entry_rates[..., c.levels.index(name[9:])].any()
        )
        if not (unused or empty or nobody) and np.array_equal(numbers(c.plain(**change)), base):
            inert.append(name)
    words = f"{len(runs) + len(_stated(c))} inputs, {len(inert)} inert"
    return len(inert), 0, words + (f": {', '.join(inert)}" if inert else "")


def _stated(c: Cases) -> list[str]:
    """Errors that the study states: of the forecast of people, of each part of the prices."""
    people, variants = c.study.population.error, c.study.population.variants
    varied = variants is not None and bool(np.any(c.people(_DRAWS)))  # rare ones may not be drawn
    prices = c.money.settings.uncertain or {}
    return [
        *(["error of the forecast of people"] if people is not None and people.sigma > 0 else []),
        *(["error of the forecast of people: variants"] if varied else []),
        *(f"error of prices: {name}" for name, part in prices.items() if part.sd * part.share > 0),
    ]


def _inert_errors(c: Cases) -> list[str]:
    """Those of them that move no draw when they grow by 1 %."""
    if not _stated(c):
        return []
    inert, draws = [], _DRAWS
    usual = c.projection(draws=draws, population_paths=c.people(draws))
    for name in _stated(c):
        if name.startswith("error of the"):
            other = c.projection(draws=draws, population_paths=c.people(draws, 1.01))
            moved = not np.array_equal(other.draws_persons, usual.draws_persons)
        else:
            part = name.removeprefix("error of prices: ")
            parts = dict(c.money.settings.uncertain or {})
            parts[part] = dataclasses.replace(parts[part], sd=1.01 * parts[part].sd)
            larger = dataclasses.replace(c.money.settings, uncertain=parts).price_error()
            one, more = (with_price_error(usual, e) for e in (c.money.error, larger))
            moved = not np.array_equal(one.draws_cost, more.draws_cost)
        inert += [] if moved else [name]
    return inert


@check(
    "V03",
    "look at rates, chances and shares",
    "rates >= 0, rows of Q 0, P in [0, 1], sum 1",
    "1e-12",
)
def bounds(c: Cases) -> Seen:
    """What must lie within bounds does."""
    worst = max(0.0, -float(c.rates.min()), -float(c.entry_rates.min()))
    for sex in range(2):
        for a in range(0, len(c.population.ages), 5):
            q = c.q(c.rates[sex, a])
            p = transition_probability(q, 1.0)
            scale = max(1.0, float(np.abs(q).max()))
            worst = max(
                worst,
                float(np.abs(q.sum(axis=1)).max()) / scale,
                float(np.abs(p.sum(axis=1) - 1).max()),
                -float(p.min()),
                float(p.max()) - 1,
            )
    worst = max(worst, abs(float(c.start.sum()) - 1))
    return worst, 1e-12, f"furthest outside {worst:.1e}"


@check("V04", "rates per day; half a year twice", "P of 365.25 days and P(1/2)^2 are P(1)", "1e-13")
def units(c: Cases) -> Seen:
    """Time means the same in every unit."""
    whole = transition_probability(c.Q, 1.0)
    days = transition_probability(c.Q / 365.25, 365.25)
    half = transition_probability(c.Q, 0.5)
    worst = max(float(np.abs(days - whole).max()), float(np.abs(half @ half - whole).max()))
    return worst, 1e-13, f"largest difference {worst:.1e}"


@check(
    "V05",
    "draw the coefficients",
    "mean and covariance as declared, rates > 0",
    "4 Monte Carlo errors",
)
def draws(c: Cases) -> Seen:
    """Draws have the distribution that the fit says."""
    n = 4000
    drawn = c.fit.draws(n, c.study.seed)
    free = np.array(c.fit.has_error)
    mean, theta = drawn[:, free].mean(axis=0), c.fit.coefficients[free]
    covariance = c.fit.covariance[np.ix_(free, free)]
    sd = np.sqrt(np.diag(covariance))
    z = float(np.abs((mean - theta) / (sd / np.sqrt(n))).max())
    correlated = np.cov(drawn[:, free] / sd, rowvar=False)
    declared = covariance / np.outer(sd, sd)
    off = np.linalg.norm(correlated - declared)
    expected = np.sqrt((np.trace(declared) ** 2 + np.linalg.norm(declared) ** 2) / n)
    spread = np.abs(np.diag(correlated) - 1) / np.sqrt(2 / n)
    rates = c.fit.rates([65, 80, 100], (1, 0), drawn[:200], **long_since(c.fit))
    outside = float(np.sum(~(np.isfinite(rates) & (rates >= 0))))
    worst = max(z, float(spread.max()), 2 * off / expected) + outside
    words = (
        f"{n} draws: mean off by {z:.1f} errors, variances by {spread.max():.1f}, covariances "
        f"{off / expected:.2f} of what chance gives; {outside:.0f} rates out of range"
    )
    return worst, 4, words


@check("V06", "multiply hazards by 1", "the base case", "exact")
def ratio_of_one(c: Cases) -> Seen:
    """A ratio of 1 changes nothing."""
    made = c.plain(rates=c.rates * 1.0)
    differ = same_bytes(made, c.plain_base)
    from kohort.interventions import effect
    from kohort.interventions.strategies import Strategy
    from kohort.simulation.microsimulation import simulate_population

    one = effect.intensity_ratio(list(c.model.transitions), 1.0, months=(0, 600))
    fit, entries, stock = c.persons()
    simulated = simulate_population(
        fit,
        c.population,
        entries,
        stock=stock,
        years=min(3, c.study.years),
        replicates=2,
        closure=c.study.population.closure,
        seed=c.study.seed,
        strategies=[Strategy("one", (one,), enrols="everyone")],
    )
    same, usual = simulated.of("one"), simulated.usual
    differ += float(np.sum(same.occupancy != usual.occupancy) + np.sum(same.moves != usual.moves))
    return differ, 0, f"{differ:.0f} numbers differ, in projection and microsimulation"


@check("V07", "write text, NA or nothing into a cell", "a named error, never 0", "all refused")
def broken_cells(c: Cases) -> Seen:
    """A cell that is no number or date is found and named."""
    accepted, tried = [], 0
    extract = open_extract(c.study.path(c.study.data.decisions), c.study.column_map)
    seen = extract.peek(200)
    header, rows = seen["header"], seen["records"]
    who, *broken = _columns_to_break(header, extract.columns, register=_of_register(c))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "decisions.csv"
        written = _as_written(c.study.column_map)
        for column, wrong in itertools.product(broken, ("", "NA", "text")):
            with file.open("w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out, delimiter=";", lineterminator="\n")
                writer.writerow(header)
                for row in rows:  # all of one person's: a birth date may stand once
                    cells = list(row)
                    if row[who] == rows[0][who]:
                        cells[column] = wrong
                    writer.writerow(cells)
            tried += 1
            try:
                study_data.read_data(
                    c.study.data, file, written, study_data.study_key(c.study), c.study.path
                )
                accepted.append(f"decisions, column {column + 1} {wrong!r}")
            except DataRefused as error:
                if not any(f.code.startswith("E-") and f.row for f in findings_of(error)):
                    accepted.append(f"decisions, column {column + 1} {wrong!r}: not named")
    counted = study_sources.counted_population(c.study)
    for wrong in ("", "NA", "text", "-3"):
        column_of = {key: list(values) for key, values in counted.items()}
        column_of["persons"][0] = wrong
        tried += 1
        try:
            Population.from_wpp(column_of, base_year=c.study.base_year, years=c.study.years)
            accepted.append(f"population {wrong!r}")
        except _core.InvalidInput:
            pass
    tried += 1
    try:
        Costs({**c.costs.by_level, c.levels[0]: float("nan")}, c.costs.price_year)
        accepted.append("cost NaN")
    except _core.InvalidInput:
        pass
    words = f"{tried} broken cells, {len(accepted)} taken" + (
        f": {'; '.join(accepted)}" if accepted else ""
    )
    return len(accepted), 0, words


def _of_register(c: Cases) -> bool:
    return study_data.register_rule(c.study.data, c.study.path) is not None


def _as_written(given: ColumnMap | None) -> ColumnMap:
    """The map of a study's file for the same cells in UTF-8 and with semicolons."""
    chosen = ColumnMap.of(given)
    return dataclasses.replace(chosen, delimiter=";", encoding="utf-8", header_row=0, sheet=None)


def _columns_to_break(
    header: list[str], declared: Mapping[str, str], *, register: bool
) -> list[int]:
    """Places of the persons and of what must be a date, a month or a code in every row."""
    keys = [_core.header_key(head) for head in header]
    usual = dict(_core.decision_columns())
    wanted: tuple[tuple[str, ...], ...] = (("person",), ("start", "period"), ("birth",))
    if register:
        usual |= {"person": ["LopNr"], "period": ["PERIOD"], "BOFORM": ["BOFORM"]}
        declared = {
            {"LopNr": "person", "PERIOD": "period"}.get(k, k): v for k, v in declared.items()
        }
        wanted = (("person",), ("period",), ("BOFORM",))
    found = []
    for roles in wanted:
        names = [[declared[role]] if role in declared else usual[role] for role in roles]
        known = {_core.header_key(name) for listed in names for name in listed}
        found += [place for place, key in enumerate(keys) if key in known][:1]
    return found
