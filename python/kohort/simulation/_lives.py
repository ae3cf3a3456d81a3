"""Tables of rates and columns of persons for `simulate_lives`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.estimation.fitted_model import FittedModel
from kohort.model.structure import Model, transition_probability
from kohort.simulation.simulated import Expected

Array = npt.NDArray[Any]

MOST_KINDS = 2000  # of persons whose exact moments are computed


def _refuse(code: str, seen: str, needed: str, remedy: str) -> None:
    _core.reject(code, "simulate_lives", seen, needed, remedy)


@dataclass(frozen=True, eq=False)
class Tables:
    """What the core is given."""

    model: Model
    rates: dict[str, Any]
    persons: dict[str, Any]
    arrivals: dict[str, Any] | None
    men: list[bool] | None  # per pattern, if there is a covariate `male`

    def expected(self, years: int, a_year: int) -> Expected | None:
        """Exact moments where persons are independent, alike enough, and nobody comes in."""
        if self.arrivals is not None or "factors" in self.persons:
            return None
        n = len(self.persons["states"])
        ages = self.persons.get("ages", np.zeros(n, int))
        left = self.persons.get("to_birthday", np.ones(n))
        since = self.persons.get("since_entry", np.zeros(n))
        columns = np.column_stack(
            [self.persons["states"], self.persons["patterns"], ages, left, since]
        )
        kinds, counts = np.unique(columns, axis=0, return_counts=True)
        if len(kinds) > MOST_KINDS:
            return None
        size, periods, step = self.model.size, years * a_year, 1 / a_year
        first, known = self.rates["first_age"], self.rates["ages"]
        bands = np.array([0.0, *self.rates.get("since_entry_cuts", ())])
        table = self.rates["rates"].reshape(
            self.rates["patterns"], -1, bands.size, len(self.model.transitions)
        )
        starts = np.zeros((len(kinds), size))
        pieces: dict[tuple[int, int, int, float], int] = {}
        ways = []
        for i, (state, pattern, age, until, entered) in enumerate(kinds):
            starts[i, int(state)] = 1
            passes = bands - entered  # when each band begins
            way = []
            for j in range(periods):
                begins, ends = j * step, (j + 1) * step
                cuts = [begins]
                if known:
                    cuts += [c for c in until + np.arange(years + 1) if begins < c < ends]
                cuts = sorted({*cuts, *(c for c in passes if begins < c < ends)})
                parts = []
                for a, b in zip(cuts, [*cuts[1:], ends], strict=True):
                    birthdays = int(np.sum(until + np.arange(years + 1) <= a)) if known else 0
                    row = min(max(int(age) + birthdays - first, 0), max(known, 1) - 1)
                    band = int(np.sum(passes <= a)) - 1
                    key = (int(pattern), row, band, round(b - a, 14))
                    parts.append(pieces.setdefault(key, len(pieces)))
                way.append(parts)
            ways.append(way)
        q = np.array([self.model.intensities(table[p, row, band]) for p, row, band, _ in pieces])
        found = transition_probability(q, np.array([h for *_, h in pieces]))
        between = np.empty((len(kinds), periods, size, size))
        for i, way in enumerate(ways):
            for j, parts in enumerate(way):
                product = found[parts[0]]
                for part in parts[1:]:
                    product = product @ found[part]
                between[i, j] = product
        mean, covariance = _core.closed_moments(
            periods + 1, size, counts.astype(float).tolist(), starts, between
        )
        return Expected((mean,), (covariance,), size)


def single_ages(entries: Any, ages: Array) -> Any:
    """The point estimate of entry rates at these ages; one incidence for all ages is repeated."""
    table = entries._rates(ages, 0, 1)
    if table.ages == ages.size:
        return table
    single = table.table(0, 0)
    total = single.sum(axis=2)
    return _core.entry_table(
        np.repeat(total, ages.size, axis=1),
        np.ascontiguousarray(np.repeat(single / total[..., None], ages.size, axis=1)),
        single.shape[2],
    )


def tables(
    model: Model | FittedModel,
    start: npt.ArrayLike,
    years: int,
    intensities: npt.ArrayLike | None,
    x: Mapping[str, npt.ArrayLike],
    age: str,
    since_entry: str | None,
    factors: npt.ArrayLike | None,
    arrivals: Mapping[str, npt.ArrayLike] | None,
) -> Tables:
    """Patterns of the covariates that stay, rates by pattern, age and band, and the persons."""
    structure = model.model if isinstance(model, FittedModel) else model
    states = _states(structure, start)
    n = len(states)
    persons: dict[str, Any] = {"states": states}
    if factors is not None:
        persons["factors"] = np.broadcast_to(np.asarray(factors, dtype=float), (n,))
    come = None
    if arrivals is not None:
        if not {"state", "rate"} <= set(arrivals):
            _refuse("E-COLUMN", "arrivals lack state or rate", "both are needed", "Give them")
        come = {"states": _states(structure, arrivals["state"])}
        come["rates"] = np.broadcast_to(
            np.asarray(arrivals["rate"], dtype=float), come["states"].shape
        )
    if not isinstance(model, FittedModel):
        if intensities is None or x:
            _refuse(
                "E-MODEL",
                "a model without coefficients was given" + (" covariates" if x else ""),
                "it needs intensities, and has no covariates",
                "Pass intensities, or a fit (from_coefficients makes one)",
            )
        from kohort.simulation.histories import _log_rates

        q = np.asarray(intensities, dtype=float)
        rates = np.exp(_log_rates(structure, q))
        persons["patterns"] = np.zeros(n, np.int32)
        return Tables(structure, _table(rates, 1), persons, come, None)
    if intensities is not None:
        _refuse(
            "E-MODEL", "a fit was given, and intensities", "a fit has its own", "Leave them out"
        )
    return _of_fit(model, years, x, age, since_entry, persons, come, arrivals or {})


def _of_fit(
    fit: FittedModel,
    years: int,
    x: Mapping[str, npt.ArrayLike],
    age: str,
    since_entry: str | None,
    persons: dict[str, Any],
    come: dict[str, Any] | None,
    arrivals: Mapping[str, npt.ArrayLike],
) -> Tables:
    if fit.hidden is not None:
        _refuse(
            "E-MODEL",
            "the fit has phases or misread levels",
            "persons live in the states of the model themselves",
            "Simulate fit.model with its intensities",
        )
    kinds: dict[str, list[str]] = {}
    for term in fit.terms:
        kinds.setdefault(term.column, []).append(term.path)
    cuts = _cuts(fit, years, age, since_entry)
    held = [name for name, paths in kinds.items() if paths == ["held"]]
    has_age = age in kinds and age not in held
    for name in x:
        if name not in kinds:
            _refuse(
                "E-COLUMN",
                f"x has a value for {name!r}",
                f"the model's covariates are: {', '.join(kinds) or 'none'}",
                "Leave it out",
            )
    patterns = _give_patterns(held, x, persons, arrivals, come)
    first, count = 0, 0
    if has_age:
        first, last = _give_ages(age, x, persons, arrivals, come)
        count = last + years + 1 - first
    if cuts and since_entry is not None:
        persons["since_entry"] = _column(x, since_entry, len(persons["states"]))
    bands = [0.0, *cuts]
    shape = (len(patterns), max(count, 1), len(bands))
    pattern, after, band = np.indices(shape).reshape(3, -1)
    values = {name: patterns[pattern, i] for i, name in enumerate(held)}
    if has_age:
        values[age] = first + after + 0.5
    if since_entry in kinds and since_entry not in held:
        values[str(since_entry)] = np.array(bands)[band]
    rates = fit._rates(fit._points(values, pattern.size), None).ravel()
    table = _table(rates, len(patterns)) | {
        "first_age": first,
        "ages": count,
        "since_entry_cuts": cuts,
    }
    men = (patterns[:, held.index("male")] == 1).tolist() if "male" in held else None
    return Tables(fit.model, table, persons, come, men)


def _cuts(fit: FittedModel, years: int, age: str, since_entry: str | None) -> list[float]:
    """Where bands of time since entry begin; refuses clocks that single lives do not follow."""
    cuts: list[float] = []
    for term in fit.terms:
        if term.path == "held":
            continue
        if term.column == age and term.path in ("yearly", "bands"):
            if any(cut != int(cut) for cut in term.cuts):
                _refuse(
                    "E-MODEL",
                    f"{age} has a band that begins at {term.cuts}",
                    "rates change at birthdays",
                    "Begin the bands at whole years",
                )
        elif term.column == since_entry and term.path in ("yearly", "bands"):
            whole = tuple(float(k) for k in range(1, years + 1))
            cuts += [c for c in (term.cuts or whole) if c > 0 and c not in cuts]
        else:
            _refuse(
                "E-MODEL",
                f"{term.column} is a clock ({term.path})",
                "the clocks here are age and since_entry, yearly or in bands",
                "Name the column as age= or since_entry=, or use kh.simulate, which has all clocks",
            )
    return sorted(cuts)


def _column(source: Mapping[str, npt.ArrayLike], name: str, count: int) -> Array:
    if name not in source:
        _refuse(
            "E-COLUMN",
            f"the persons have no covariate {name!r}",
            "the rates depend on it",
            "Give its values in x, and in arrivals",
        )
    return np.broadcast_to(np.asarray(source[name], dtype=float), (count,))


def _give_patterns(
    held: list[str],
    x: Mapping[str, npt.ArrayLike],
    persons: dict[str, Any],
    arrivals: Mapping[str, npt.ArrayLike],
    come: dict[str, Any] | None,
) -> Array:
    """Tell each person which pattern of the covariates that stay is theirs: (patterns, held)."""
    n = len(persons["states"])
    groups = [(x, n)] if come is None else [(x, n), (arrivals, len(come["states"]))]
    rows = np.vstack([
        np.column_stack([_column(of, name, k) for name in held]) if held else np.zeros((k, 0))
        for of, k in groups
    ])  # fmt: skip
    if held:
        of_row, patterns = _core.find_patterns(np.ascontiguousarray(rows))
    else:
        of_row, patterns = np.zeros(len(rows), np.int32), np.zeros((1, 0))
    persons["patterns"] = of_row[:n]
    if come is not None:
        come["patterns"] = of_row[n:]
    return patterns


def _give_ages(
    age: str,
    x: Mapping[str, npt.ArrayLike],
    persons: dict[str, Any],
    arrivals: Mapping[str, npt.ArrayLike],
    come: dict[str, Any] | None,
) -> tuple[int, int]:
    """Tell persons their completed ages: the lowest and the highest of them."""
    exact = _column(x, age, len(persons["states"]))
    whole = [np.floor(exact)]
    persons["ages"] = whole[0].astype(np.int32)
    persons["to_birthday"] = whole[0] + 1 - exact
    if come is not None:
        whole.append(np.floor(_column(arrivals, age, len(come["states"]))))
        come["ages"] = whole[1].astype(np.int32)
    everybody = np.concatenate(whole)
    return int(everybody.min()), int(everybody.max())


def _table(rates: Array, patterns: int) -> dict[str, Any]:
    return {"rates": rates, "patterns": patterns, "first_age": 0, "ages": 0}


def _states(model: Model, given: npt.ArrayLike) -> Array:
    values = np.atleast_1d(np.asarray(given))
    if values.dtype.kind in "iu" and not any(name.isdigit() for name in model.states):
        return values.astype(np.int32)
    names, places = np.unique(values.astype(str), return_inverse=True)
    numbers: Array = np.array([model.state(str(name)) for name in names], dtype=np.int32)
    return numbers[places]
