"""What is random in a projection's rates, as plain tables: to draw anywhere, in any design."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.estimation.fitted_model import FittedModel
from kohort.model.rates import PublishedRates, Rates
from kohort.population.entries import Entries
from kohort.population.entry_clock import entry_cuts, rates_by_band
from kohort.support._extras import require

Array = npt.NDArray[Any]

DESIGNS = ("random", "sobol", "lhs")
SCRAMBLINGS = 16  # independent repetitions of a design, for its standard error


@dataclass(frozen=True, eq=False)
class Recipe:
    """Logarithms of all rates as they follow from random numbers.

    Attributes
    ----------
    tables
        As C++ takes them: bases, and slopes on standard normals. No persons, no names.
    coefficients
        (draws, p) where the fit has draws of its own that no normals make (a posterior, say):
        they take the place of the rates' normals. None otherwise.
    """

    tables: dict[str, Any]
    coefficients: Array | None = field(default=None)

    def core(self) -> _core.DrawRecipe:
        """The C++ object."""
        return _core.DrawRecipe(self.tables)

    def at_first_phases(self, places: list[int]) -> Recipe:
        """The same where levels have phases: entries come at these places among the levels."""
        return Recipe({**self.tables, "first_phases": places}, self.coefficients)

    @property
    def dimensions(self) -> int:
        """Uniform numbers that one draw takes."""
        return int(self.core().dimensions)


def recipe_of(fit: Rates, entries: Entries, ages: Array, *, draws: int, seed: int) -> Recipe:
    """The recipe of a fit and its entries at single ages.

    Raises
    ------
    InvalidInput
        `E-DRAWS-SHAPE`: rates whose logarithms are not linear in their draws.
    """
    rates, coefficients = _rate_tables(fit, ages, draws, seed)
    tables = {"ages": int(ages.size), **rates, **_entry_tables(entries, ages)}
    shared = getattr(fit, "_shared", 0)
    if shared != getattr(entries, "_shared", 0):
        _core.reject(
            "E-CALIBRATION",
            "draws",
            "a calibration was applied to the rates alone, or to the entries alone",
            "what was calibrated together varies together",
            "Use both `calibration.fit` and `calibration.entries`",
        )
    told: dict[str, Any] = {
        "shared": shared,
        "returns_as_new": entries.settings.get("returns") == "as new",
        "first_phases": [],
    }
    return Recipe({**tables, **told}, coefficients)


def numbers_of(recipe: Recipe, first: int, n: int, seed: int) -> Any:
    """Random numbers of draws first, ..., first + n - 1 of a seed."""
    core = recipe.core()
    numbers = core.numbers(first, n, seed)
    if recipe.coefficients is None:
        return numbers
    return numbers.with_rate_normals(recipe.coefficients[first : first + n])


def designed(dimensions: int, n: int, design: str, seed: int, repetition: int) -> Array:
    """Points of one repetition of a design, (n, dimensions) inside (0, 1).

    Parameters
    ----------
    dimensions, n
        Numbers a draw takes, and draws; a power of 2 for "sobol".
    design
        "sobol" (scrambled) or "lhs" (Latin hypercube).
    seed, repetition
        Repetitions are independent of each other.
    """
    qmc = require("scipy.stats.qmc", "Sobol points and Latin hypercubes")
    kind = qmc.Sobol if design == "sobol" else qmc.LatinHypercube
    generator = np.random.default_rng([seed, repetition])
    name = "rng" if "rng" in inspect.signature(kind).parameters else "seed"
    points: Array = kind(d=dimensions, **{name: generator}).random(n)
    return np.clip(points, 2.0**-33, 1 - 2.0**-33)  # scrambled points may lie on the edge


class DesignedDraws:
    """Rates and entries of the draws of a design: `SCRAMBLINGS` repetitions, one after the other.

    Parameters
    ----------
    fit, entries, ages
        As `recipe_of` takes them.
    draws, seed, design
        As `kohort.project` takes them; "sobol" or "lhs".

    Raises
    ------
    InvalidInput
        `E-DRAWS`; `E-SETTING`: a fit with draws of its own; as `recipe_of`.
    """

    def __init__(
        self, fit: Rates, entries: Entries, ages: Array, draws: int, seed: int, design: str
    ) -> None:
        check_design(design, draws, "project")
        recipe = recipe_of(fit, entries, ages, draws=draws, seed=seed)
        refuse_own_draws(recipe, design, "project")
        self._recipe = recipe.core()
        size, each = int(self._recipe.dimensions), draws // SCRAMBLINGS
        points = [designed(size, each, design, seed, k) for k in range(SCRAMBLINGS)]
        self._numbers = self._recipe.numbers_from(np.vstack(points))

    def rates(self, first: int, n: int) -> Array:
        """(n, 2, ages [, bands], transitions) of draws first, ..., first + n - 1."""
        found: Array = self._recipe.rates(self._numbers.rows(first, n))
        return found

    def of(self, first: int, n: int) -> Any:
        """The table of entries of draws first, ..., first + n - 1."""
        return self._recipe.entries(self._numbers.rows(first, n))


def refuse_own_draws(recipe: Recipe, design: str, where: str) -> None:
    """A design needs rates that follow from normals.

    Raises
    ------
    InvalidInput
        `E-SETTING`
    """
    if design != "random" and recipe.coefficients is not None:
        _core.reject(
            "E-SETTING", where, f"design={design!r} and a fit with draws of its own",
            "a design places the normals that draws are made of, and these are made of none",
            "Use design='random'",
        )  # fmt: skip


def check_design(design: str, draws: int, where: str) -> None:
    """A known design, and a number of draws that it can have."""
    if design not in DESIGNS:
        _core.reject(
            "E-SETTING",
            where,
            f"design={design!r}",
            f"the designs are {', '.join(DESIGNS)}",
            "Take sobol for means and random for everything",
        )
    each = draws / SCRAMBLINGS
    if design == "sobol" and (each < 2 or each != int(each) or int(each) & (int(each) - 1)):
        _core.reject(
            "E-DRAWS",
            where,
            f"{draws} Sobol draws",
            f"{SCRAMBLINGS} scramblings of a power of 2 are needed",
            f"Take {SCRAMBLINGS * 64} or {SCRAMBLINGS * 256}",
        )
    if design == "lhs" and (each < 2 or each != int(each)):
        _core.reject(
            "E-DRAWS",
            where,
            f"{draws} Latin hypercube draws",
            f"{SCRAMBLINGS} hypercubes of one size are needed",
            f"Take {SCRAMBLINGS * 64}",
        )


def _rate_tables(
    fit: Rates, ages: Array, draws: int, seed: int
) -> tuple[dict[str, Any], Array | None]:
    """Base and slopes of the logarithms of the rates."""
    made = getattr(fit, "_rate_tables", None)
    if made is not None:  # a calibrated fit: that of its own, and what the calibration adds
        tables: tuple[dict[str, Any], Array | None] = made(ages, draws, seed)
        return tables
    transitions = len(fit.model.transitions)
    cuts = entry_cuts(fit)
    common = {"transitions": transitions, "bounded": [], "bands": len(cuts) + 1}
    if isinstance(fit, PublishedRates):
        base = _logarithm(fit.rates(ages, (1, 0)))[0]
        return {**common, "log_rates": base, "log_rates_slopes": np.zeros((base.size, 0))}, None
    if isinstance(fit, FittedModel):
        base, slopes = _normal_slopes(fit, ages)
        bounded = [fit.transitions.index(bound.transition) for bound in fit.bounds]
        return {**common, "bounded": bounded, "log_rates": base, "log_rates_slopes": slopes}, None
    coefficients = np.asarray(fit.draws(max(draws, 1), seed), dtype=float)
    middle = coefficients[0]
    points = np.vstack([middle, middle + np.eye(middle.size), coefficients[-1:]])
    logs = _logarithm(rates_by_band(fit, cuts, ages, points))
    base = logs[0]
    slopes = _differences(logs[1:-1], base)
    away = coefficients - middle
    told = base + slopes @ away[-1]
    known = np.isfinite(base)
    if not np.allclose(told[known], logs[-1][known], rtol=1e-7, atol=1e-7):
        _core.reject(
            "E-DRAWS-SHAPE",
            "draws",
            f"the logarithms of the rates of a {type(fit).__name__} are not linear in its draws",
            "rates are sent to other processes as base and slopes",
            "Use a fit of kohort, or `project` in this process",
        )
    return {**common, "log_rates": base, "log_rates_slopes": slopes}, away


def _normal_slopes(fit: FittedModel, ages: Array) -> tuple[Array, Array]:
    size, bounds = int(np.sum(fit.has_error)), len(fit.bounds)
    normals = np.vstack([np.zeros((1, size)), np.eye(size)])
    at_bound = np.full((size + 1, bounds), 0.05)  # where the drawn rate is the bound
    rows = fit._draws_from(normals, at_bound)
    logs = _logarithm(rates_by_band(fit, entry_cuts(fit), ages, rows))
    return logs[0], _differences(logs[1:], logs[0])


def _entry_tables(entries: Entries, ages: Array) -> dict[str, Any]:
    made = getattr(entries, "_entry_tables", None)
    if made is not None:
        tables: dict[str, Any] = made(ages)
        return tables
    if entries.reference_year is None:
        from kohort.projection.settings import by_age

        found = _core.entry_tables(by_age(entries, ages, 0, 1))
        size = 0
    else:
        model = entries._model
        size = entries.coefficients.size
        normals = np.vstack([np.zeros((1, size)), np.eye(size)])
        found = _core.entry_tables(
            _core.entry_rates_from(model, int(ages[0]), int(ages.size), normals)
        )
    out: dict[str, Any] = {
        "levels": len(entries.levels),
        "incidence_damping": found["incidence_damping"],
        "mix_damping": found["mix_damping"],
        "of_incidence": 0 if size == 0 else int(entries._model.incidence.size),
    }
    for name in ("log_incidence", "log_odds", "incidence_trend", "mix_trend"):
        rows = found[name]
        out[name] = rows[0]
        out[f"{name}_slopes"] = _differences(rows[1:], rows[0])
    return out


def _logarithm(rates: Array) -> Array:
    """(draws, everything), -inf for a rate of 0."""
    flat = np.asarray(rates, dtype=float).reshape(len(rates), -1)
    logs: Array = np.log(flat, out=np.full(flat.shape, -np.inf), where=flat > 0)
    return logs


def _differences(rows: Array, base: Array) -> Array:
    """Columns of slopes; 0 where the base is that of a rate of 0."""
    known = np.isfinite(base)
    slopes = np.zeros((base.size, len(rows)))
    slopes[known] = (rows[:, known] - base[known]).T
    return slopes
