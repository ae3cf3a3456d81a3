"""What is shown, as columns: pictures, report, workbook and CSV take their numbers here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kohort import _core
from kohort.population.entry_clock import COLUMN, long_since
from kohort.uncertainty.few_draws import shown

if TYPE_CHECKING:
    from kohort.estimation.fitted_model import FittedModel
    from kohort.projection.demands import Demand
    from kohort.projection.projection import Projection

Columns = dict[str, NDArray[Any]]

WITHOUT_SUPPORT = ("none", "ended")
BANDS = {"low_95": 0.025, "low_80": 0.10, "high_80": 0.90, "high_95": 0.975}
PARTS_OF_DIFFERENCE = ("unsettled_stock", "incidence_trend", "mix_drift", "mortality")
PARTS_OF_GROWTH = ("population", "share", "mix", "price")


def levels_of(projection: Projection) -> tuple[str, ...]:
    """States in which a person has support, in the model's order."""
    return tuple(state for state in projection.states if state not in WITHOUT_SUPPORT)


def of_levels(projection: Projection) -> list[int]:
    """Where `levels_of` stand among the states."""
    return [i for i, state in enumerate(projection.states) if state not in WITHOUT_SUPPORT]


def bands(draws: NDArray[np.float64]) -> Columns:
    """80 and 95 % limits over the first axis, each flattened in C order; NaN of too few draws."""
    if len(draws) == 0:  # the point estimate alone: no limits, and nothing is drawn for them
        return {name: np.full(draws[:0].sum(axis=0).size, np.nan) for name in BANDS}
    limits = np.quantile(draws, list(BANDS.values()), axis=0)
    return {
        name: shown(limits[i].ravel(), len(draws), float(name[-2:]) / 100)
        for i, name in enumerate(BANDS)
    }


def persons_by_state(projection: Projection) -> Columns:
    """Persons on 31 December by state with limits; state ``users`` is everybody with support."""
    users = of_levels(projection)
    point = projection.persons.sum(axis=(2, 3))
    point = np.column_stack([point, point[:, users].sum(axis=1)])
    draws = projection.draws_persons
    draws = np.concatenate([draws, draws[:, :, users].sum(axis=2, keepdims=True)], axis=2)
    states = (*projection.states, "users")
    return {
        "year": np.repeat(projection.years, len(states)),
        "state": np.tile(np.array(states), len(projection.years)),
        "persons": point.ravel(),
        **bands(draws),
    }


def persons(projection: Projection) -> Columns:
    """Persons on 31 December by state, sex and age group."""
    return _cells(
        ("year", projection.years),
        ("state", projection.states),
        ("sex", projection.sexes),
        ("age_group", projection.age_groups),
        persons=projection.persons,
    )


def new_users(projection: Projection) -> Columns:
    """Persons who begin to have support during the year, all levels, with limits."""
    point = np.asarray(projection.new_users).sum(axis=1)
    return {"year": projection.years[1:], "new_users": point, **bands(projection.draws_new_users)}


def cost(projection: Projection) -> Columns:
    """Cost a year in the projection's own convention with limits, and the constant-share cost."""
    return {
        "year": projection.years[1:],
        "cost": projection.costs[projection.accounting].sum(axis=1),
        **bands(projection.draws_cost),
        "constant_share": projection.constant_share.cost.sum(axis=1),
    } | (
        {}
        if projection.healthy_ageing is None
        else {"healthy_ageing": projection.healthy_ageing.cost.sum(axis=1)}
    )


def cost_by_level(projection: Projection) -> Columns:
    """Cost a year by accounting convention and level."""
    index = of_levels(projection)
    return _cells(
        ("year", projection.years[1:]),
        ("convention", tuple(projection.costs)),
        ("level", levels_of(projection)),
        cost=np.stack([by_state[:, index] for by_state in projection.costs.values()], axis=1),
    )


def demand(found: Demand) -> Columns:
    """Hours, places and staff by year and measure, with limits where there are draws."""
    parts: list[Columns] = []
    for name, values in found.point.items():
        drawn = found.draws.get(name, np.zeros((0, len(values))))
        same = {"year": found.years, "measure": np.full(len(values), name)}
        parts.append({**same, "value": np.asarray(values), **bands(drawn)})
    return _stacked(parts)


def comparison(projection: Projection) -> Columns:
    """Users by level: the flow forecast, the constant-share forecast, their difference, and the
    healthy-ageing variant of constant shares."""
    index = of_levels(projection)

    def with_sum(cells: NDArray[np.float64]) -> NDArray[np.float64]:
        by_level = cells.sum(axis=(2, 3))[:, index]
        return np.column_stack([by_level, by_level.sum(axis=1)])

    flow = with_sum(projection.persons)
    constant = with_sum(projection.constant_share.persons)
    healthy = projection.healthy_ageing
    more = {} if healthy is None else {"healthy_ageing": with_sum(healthy.persons)}
    return _cells(
        ("year", projection.years),
        ("state", (*levels_of(projection), "users")),
        flow=flow,
        constant_share=constant,
        difference=flow - constant,
        **more,
    )


def difference_split(projection: Projection) -> Columns:
    """Why the two forecasts differ: Shapley parts in users and in cost, by year."""
    split = projection.difference_split
    names = PARTS_OF_DIFFERENCE
    return _cells(
        ("year", projection.years),
        ("part", names),
        persons=np.column_stack([np.asarray(split["persons"][name]) for name in names]),
        cost=np.column_stack([np.asarray(split["cost"][name]) for name in names]),
    )


def growth_split(projection: Projection) -> Columns:
    """What each forecast's growth from first to last year consists of, in users and in cost."""
    rows = [
        (forecast, measure, part, float(parts[part]))
        for forecast, measures in projection.growth_split.items()
        for measure, parts in measures.items()
        for part in PARTS_OF_GROWTH
        if part in parts
    ]
    names = ("forecast", "measure", "part", "value")
    return {
        name: np.array(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)
    }


SEXES = (("women", 0.0), ("men", 1.0))
BOTH = (("both", 0.0),)


def sexes_of(differ: bool) -> Sequence[tuple[str, float]]:
    """Names and the covariate male of those who are told apart."""
    return SEXES if differ else BOTH


def seen_of(fit: FittedModel) -> list[int]:
    """Per state of the fit, the one that it is seen as: itself but for phases."""
    fine = fit.hidden.fine()[1] if fit.hidden else []
    return fine or list(range(len(fit.model.states)))


def transitions(
    fit: FittedModel,
    age: int,
    draws: NDArray[np.float64],
    *,
    sexes: Sequence[tuple[str, float]] = SEXES,
) -> Columns:
    """Probabilities of each state after one year at completed age `age`, with 95 % limits.

    Between the states as they are seen: of phases, from those in which people are found there.
    """
    model = fit.hidden.seen if fit.hidden else fit.model
    living = [i for i in range(len(model.states)) if any(a == i for a, _ in model.moves)]
    parts = []
    for sex, male in sexes:
        point = _after_one_year(fit, model_intensities(fit, age, male, None))[0]
        drawn = _after_one_year(fit, model_intensities(fit, age, male, draws))
        low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
        axes = (
            ("sex", [sex]),
            ("age", [age]),
            ("from", [model.states[i] for i in living]),
            ("to", model.states),
        )
        cells = {"probability": point[living], "lower": low[living], "upper": high[living]}
        parts.append(_cells(*axes, **cells))
    return _stacked(parts)


def _after_one_year(fit: FittedModel, q: NDArray[np.float64]) -> NDArray[np.float64]:
    from kohort.model.structure import transition_probability

    if fit.hidden is None or fit.hidden.phases is None:
        return transition_probability(q, 1.0)
    return np.array(
        [_core.seen_transition_probability(fit._core, one, 1.0, "stationary") for one in q]
    )


def intensities(
    fit: FittedModel,
    age: int,
    draws: NDArray[np.float64],
    *,
    sexes: Sequence[tuple[str, float]] = SEXES,
) -> Columns:
    """Transitions per person-year at completed age `age`, with 95 % limits."""
    pairs = np.array(fit.model.transitions)
    parts = []
    for sex, male in sexes:
        point = fit.rates([age], (male,), **long_since(fit))[0, 0, 0]
        drawn = fit.rates([age], (male,), draws, **long_since(fit))[:, 0, 0]
        low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
        same = {"sex": np.full(len(pairs), sex), "age": np.full(len(pairs), age)}
        names = {"from": pairs[:, 0], "to": pairs[:, 1]}
        parts.append(same | names | {"rate": point, "lower": low, "upper": high})
    return _stacked(parts)


def model_intensities(
    fit: FittedModel,
    age: int,
    male: float,
    draws: NDArray[np.float64] | None,
    since_entry: float | None = None,
) -> NDArray[np.float64]:
    """Q at one age and sex for each draw, (draws, n, n); years since entry, if rates depend on it:
    by default beyond the last cut."""
    own = long_since(fit)
    if own and since_entry is not None:
        own = {COLUMN: since_entry}
    rates = fit.rates([age], (male,), draws, **own)[:, 0, 0]
    n = len(fit.model.states)
    q = np.zeros((len(rates), n, n))
    for k, (a, b) in enumerate(fit.model.moves):
        q[:, a, b] = rates[:, k]
    q[:, range(n), range(n)] = -q.sum(axis=2)
    return q


def _stacked(parts: Sequence[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _cells(*axes: tuple[str, Iterable[Any]], **values: NDArray[Any]) -> Columns:
    """A tidy table of arrays over named axes, the last axis fastest."""
    names: Sequence[NDArray[Any]] = [np.asarray(list(labels)) for _, labels in axes]
    grids = np.meshgrid(*[np.arange(len(labels)) for labels in names], indexing="ij")
    table = {axis[0]: names[i][grids[i].ravel()] for i, axis in enumerate(axes)}
    return table | {name: np.asarray(array).ravel() for name, array in values.items()}
