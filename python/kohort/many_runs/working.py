"""One block of draws of one case: what a worker does, in whatever process it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.many_runs.cases import Tables
from kohort.model.structure import Model
from kohort.projection.drawing_rates import designed
from kohort.uncertainty.draw_summaries import Rule

Array = npt.NDArray[Any]


FLOWS = ("new_users", "cost", "enrolled", "programme", "net_cost")
"""Measures of a year; the others are of 31 December."""


@dataclass(frozen=True, eq=False)
class Task:
    """One block of draws of one case: what a worker is sent."""

    case: Tables
    coefficients: Array | None  # of these draws, where no normals make them
    first: int
    draws: int
    seed: int
    design: str
    rule: Rule
    values: bool  # whether the draws themselves are asked for, to be added up over cases
    measures: tuple[str, ...]


def columns_of(case: Tables, measures: Sequence[str]) -> list[tuple[str, int]]:
    """The quantities that are kept, in their order: measure and calendar year."""
    years = range(case.base_year, case.base_year + case.years + 1)
    out = []
    for measure in measures:
        flow = measure in FLOWS
        out += [(measure, year) for year in years if not (flow and year == case.base_year)]
    return out


def measures_of(case: Tables) -> dict[str, list[int]]:
    """Stocks by name: positions of the states that are added up."""
    living = [name for name in case.states if name != case.death]
    stocks = {"users": list(case.levels)}
    stocks.update({living[i - 1]: [i] for i in range(1, len(living) + 1)})
    return stocks


def outcomes(
    case: Tables, numbers: Any, first: int, seed: int, threads: int = 1
) -> list[dict[str, Any]]:
    """What the projection of some draws gives, by the name of C++'s arrays: usual care, and each
    strategy."""
    core = Model(case.states, case.transitions, case.death)._core
    n = int(numbers.draws)
    paths, prices = np.zeros(0), np.zeros(0)
    if case.population_error is not None and case.population_error.sigma > 0:
        ages = int(case.persons.shape[2])
        paths = case.population_error.paths(case.years, ages, n, seed, first)
    if case.prices is not None:
        prices = case.prices.paths(case.years, n, seed, first)
    found: list[dict[str, Any]] = _core.project_courses(
        core,
        case.ended,
        case.first_age,
        case.base_year,
        case.persons,
        case.mortality,
        case.stock,
        _core.DrawRecipe(case.recipe),
        numbers,
        paths,
        case.cost,
        case.price_index,
        case.price_shares,
        prices,
        case.scale,
        case.floor,
        [course.of_draws(first, n) for course in case.courses],
        list(case.entry_cuts),
        case.enrolments_a_year,
        threads,
        None,
    )
    for course, values in zip((None, *case.courses), found, strict=True):
        values["enrolled"] = values["enrolled"].sum(axis=2)
        values["programme"] = np.zeros(values["enrolled"].shape)
        if course is not None and course.costs is not None:
            index = case.price_index[1:] if case.price_index else 1.0
            treated = values["enrolled"]
            if course.applicants is not None:
                treated = course.applicants * found[0]["new_users"]
            values["programme"] = index * course.costs.by_year(
                treated, begins=course.begins, ends=course.ends
            )
        values["net_cost"] = values["cost"] + values["programme"]
    return found


def values_of(case: Tables, found: dict[str, Any], measures: Sequence[str]) -> Array:
    """(draws, quantities) in the order of `columns_of`."""
    stocks = measures_of(case)
    parts = [
        found[measure] if measure in FLOWS else found["persons"][:, :, stocks[measure]].sum(axis=2)
        for measure in measures
    ]
    return np.ascontiguousarray(np.concatenate(parts, axis=1))


def run_task(task: Task) -> dict[str, Any]:
    """The work of one block, in whatever process it is."""
    case = task.case
    recipe = _core.DrawRecipe(case.recipe)
    if task.design == "random":
        numbers = recipe.numbers(task.first, task.draws, task.seed)
        if task.coefficients is not None:
            numbers = numbers.with_rate_normals(task.coefficients)
    else:  # each block is one repetition of the design
        repetition = task.first // task.draws
        points = designed(recipe.dimensions, task.draws, task.design, task.seed, repetition)
        numbers = recipe.numbers_from(points)
    found = outcomes(case, numbers, task.first, task.seed)
    rule = task.rule.core()
    usual = values_of(case, found[0], task.measures)
    courses = []
    for course, of in zip(case.courses, found[1:], strict=True):
        values = values_of(case, of, task.measures)
        courses.append(
            {
                "name": course.name,
                "summary": _core.summarise(values, rule),
                "difference": _core.summarise(np.ascontiguousarray(values - usual), rule),
                "values": values if task.values else None,
            }
        )
    return {
        "summary": _core.summarise(usual, rule),
        "scaled": float(found[0]["scaled_runs"]),
        "values": usual if task.values else None,
        "courses": courses,
    }
