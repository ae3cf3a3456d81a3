"""The figures of a study's result that a reader asks for first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kohort.plots import _tables

if TYPE_CHECKING:
    from kohort.projection.demands import Demand
    from kohort.study.results import StudyResult


def headline(result: StudyResult) -> dict[str, Any]:
    """The figures that a reader asks for first, in full: persons and kronor."""
    projection = result.projection
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
    worth = result.money.present_value(projection)
    return {
        "first_year": int(projection.years[0]),
        "last_year": int(projection.years[-1]),
        "intervals_of": list(result.intervals_of),
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
            "amounts": result.money.settings.amounts,
        }
        | ({} if worth is None else {"present_value": worth.document()}),
    } | ({} if result.demand is None else {"demand": _demand_headline(result.demand)})


def _demand_headline(demand: Demand) -> dict[str, Any]:
    """Measure to its first and last year, with limits of the last."""
    out: dict[str, Any] = {}
    for name, values in demand.point.items():
        out[name] = {"first": float(values[0]), "last": float(values[-1])}
        if name in demand.draws:
            low, high = demand.intervals(name)[:, -1]
            out[name] |= {"low_95": float(low), "high_95": float(high)}
    return out
