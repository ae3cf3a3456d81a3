"""Costs and effects of a projection's options, draw by draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.projection.projection import Projection
from kohort.support._refusal import refuse

if TYPE_CHECKING:
    pass

Array = npt.NDArray[Any]


def runs_of(strategies: Projection | Mapping[str, Projection]) -> dict[str, Projection]:
    if isinstance(strategies, Mapping):
        return dict(strategies)
    names = tuple(getattr(strategies, "strategies", ()))
    if not names:
        refuse(
            "E-SETTING", "evaluate", "a projection without strategies",
            "at least two options are compared",
            "Project with strategies=, or pass {name: projection}",
        )  # fmt: skip
    both = ("usual care", *(str(name) for name in names))
    courses: Any = strategies
    return {name: courses.of(name) for name in both}


def worth_of_years(
    given: Mapping[str, float] | npt.ArrayLike | None, projection: Projection
) -> Array:
    """(draws or 1, states)."""
    states = projection.states
    if given is None:
        return np.ones((1, len(states)))
    if isinstance(given, Mapping):
        unknown = [name for name in given if name not in states]
        missing = [name for name in states if name not in given]
        if unknown or missing:
            refuse(
                "E-STATE-UNKNOWN",
                "evaluate",
                f"utilities for {', '.join(unknown)}" if unknown else
                f"no utility for {', '.join(missing)}",
                f"the living states are {', '.join(states)}",
                "Give each of them the worth of a year",
            )  # fmt: skip
        return np.array([[float(given[name]) for name in states]])
    values = np.atleast_2d(np.asarray(given, dtype=float))
    if values.shape[1] != len(states) or values.shape[0] not in (1, max(projection.draws, 1)):
        refuse(
            "E-SHAPE", "evaluate", f"utilities are {values.shape}",
            f"they are (states,) or (draws, states), here {len(states)} states",
            "Give them in the projection's order",
        )  # fmt: skip
    return values


def yearly_cost(run: Projection) -> Array:
    """(draws or 1, years) undiscounted."""
    if run.draws:
        return np.asarray(run.draws_cost)
    return np.asarray(run.costs["continuous"].sum(axis=1))[None]


def own_cost(given: npt.ArrayLike | None, run: Projection, name: str) -> Array:
    """(draws or 1, years): what an option costs itself, and what it changes within levels."""
    shape = (max(run.draws, 1), len(run.years) - 1)
    value = run.valued
    own = np.zeros(shape)
    if value is not None:
        hours, programme = (value.hours_draws, value.programme_draws) if run.draws else (
            value.hours, value.programme
        )  # fmt: skip
        own = own + hours + programme
    if given is None:
        return own
    if value is not None and value.strategy.costs is not None:
        refuse(
            "E-SETTING", "evaluate", f"own costs of '{name}', which has StrategyCosts",
            "what a strategy costs itself is counted once", "Leave one of them out",
        )  # fmt: skip
    values = np.asarray(given, dtype=float)
    try:
        index = 1.0 if run.price_levels is None else run.price_levels
        full: Array = own + index * np.broadcast_to(values, shape)
    except ValueError:
        refuse(
            "E-SHAPE", "evaluate", f"own costs of '{name}' are {values.shape}",
            f"they are a number, ({shape[1]} years,) or {shape}", "Mend the shape",
        )  # fmt: skip
    return full


def said_of_own_costs(runs: Mapping[str, Projection], given: Mapping[str, Any]) -> str:
    """Whose own costs are in it, and whose are not known."""
    values = {name: run.valued for name, run in runs.items() if run.valued is not None}
    there = [n for n, v in values.items() if v is not None and v.strategy.costs is not None]
    there += list(given)
    missing = [n for n, v in values.items() if v is not None and not v.costed and n not in given]
    said = f"; own costs of {', '.join(there)} included" if there else ""
    return said + (f"; no own costs given for {', '.join(missing)}" if missing else "")


def yearly_years(run: Projection, worth: Array) -> Array:
    """(draws or 1, years): person-years times their worth."""
    years = (
        np.asarray(run.draws_person_years)
        if run.draws
        else np.asarray(run.person_years.sum(axis=(2, 3)))[None]
    )
    valued: Array = (years * worth[:, None, :]).sum(axis=2)
    return valued


def cost_of_years(run: Projection) -> Array:
    """(years, states): what a person-year costs, in the money of each year."""
    years = run.person_years.sum(axis=(2, 3))
    cost = run.costs["continuous"]
    found: Array = np.divide(cost, years, out=np.zeros_like(cost), where=years > 0)
    return found


def worth_within_years(run: Projection, worth: Array, discount: float) -> Array:
    """(draws or 1,): what is added by discounting person-years from the middle of each month or
    quarter that the projection has, and not from that of its year.

    Parameters
    ----------
    run
        With periods or without: then it is 0.
    worth
        (draws or 1, years or 1, states) of a person-year.
    discount
        A year.
    """
    if run.by_period is None:
        return np.zeros(1)
    times = run.by_period.times
    middle = (times[1:] + times[:-1]) / 2
    added = (1 + discount) ** -middle - (1 + discount) ** -(np.floor(middle) + 0.5)
    years = (
        run.by_period.draws_person_years
        if run.draws
        else run.by_period.person_years.sum(axis=(2, 3))[None]
    )
    each = worth[:, np.floor(middle).astype(int)] if worth.shape[1] > 1 else worth
    found: Array = np.einsum("kps,p->k", years * each, added)
    return found


def present_worth(yearly: Array, discount: float) -> Array:
    """(draws,): yearly totals from the middle of each year."""
    factors = _core.discount_factors(discount, 2 * yearly.shape[1], 0.5)[1::2]
    worth: Array = yearly @ np.asarray(factors)
    return worth
