"""Costs and effects of options, brought together from projections or from draws of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from kohort.evaluation.comparison import repetition_of
from kohort.evaluation.incremental import option_names
from kohort.evaluation.option_values import (
    cost_of_years,
    own_cost,
    present_worth,
    runs_of,
    said_of_own_costs,
    worth_of_years,
    worth_within_years,
    yearly_cost,
    yearly_years,
)
from kohort.evaluation.options import Array, Evaluation, evaluated, reference_of
from kohort.projection.projection import Projection
from kohort.support._refusal import refuse


def evaluate(
    strategies: Projection | Mapping[str, Projection] | None = None,
    *,
    costs: npt.ArrayLike | None = None,
    effects: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
    utilities: Mapping[str, float] | npt.ArrayLike | None = None,
    reference: str | None = None,
    willingness_to_pay: npt.ArrayLike = (),
    discount: float | None = None,
    discount_effects: float | None = None,
    rate: str = "real",
    own_costs: Mapping[str, npt.ArrayLike] | None = None,
    parameters: Mapping[str, npt.ArrayLike] | None = None,
    effect: str | None = None,
) -> Evaluation:
    """Compare options on costs and effects, from projections or from draws of one's own.

    Parameters
    ----------
    strategies
        A projection with strategies, or name to projection: the same draws and seed in each, so
        that row k is the same draw of every parameter.
    costs, effects
        Instead of projections: (draws, options) each, or (options,) for a point estimate.
    names
        Of the options, with `costs` and `effects`.
    utilities
        With projections: worth of a year in each living state, by name, or (draws, states) in the
        projection's order. Without it, effects are life-years.
    reference
        Increments are taken over it; by default the first option.
    willingness_to_pay
        Per unit of effect; by default 101 steps up to four times the largest ratio on the frontier.
    discount, discount_effects
        Rates a year for costs and, unless it is the same, effects. Required with projections, whose
        person-years are discounted from the middle of each year, or of each quarter or month where
        the projection has them (`grid="month"`). By year, what happens in a year's first weeks
        alone is off by half a year's discount, by month by half a month's at most. What an option
        costs itself, and effects on hours, are discounted from the middle of each year.
    rate
        With projections: whether `discount` is a "real" or a "nominal" rate. A real rate on nominal
        amounts (of a projection with a `price_index`), or the reverse, is computed and reported
        (`W-DISCOUNT-NOMINAL`); effects are no money, so a nominal rate needs a real
        `discount_effects` beside it.
    own_costs
        With projections: option to what it costs itself in each year, a number, (years,) or
        (draws, years), in prices of the projection's price year, brought to each year's if it has a
        `price_index`: for strategies without `StrategyCosts`, which are counted as they are, and so
        are effects on hours.
    parameters
        Name to (draws,), for `Evaluation.value_of_knowing`.
    effect
        What the effect is called; by default "QALYs", or "life-years" without utilities.

    Raises
    ------
    InvalidInput
        `E-SHAPE`, `E-NUM`, `E-SETTING`, `E-DISCOUNT`, `E-STATE-UNKNOWN`, `E-COST-MISSING`.
    """
    if (strategies is None) == (costs is None and effects is None):
        refuse(
            "E-SETTING", "evaluate", "both projections and draws" if strategies else "nothing",
            "either projections, or costs= and effects=, are needed", "Give one of the two",
        )  # fmt: skip
    given: Mapping[str, Array] = {
        name: np.asarray(values, dtype=float).ravel() for name, values in (parameters or {}).items()
    }
    if strategies is not None:
        _check_rate(rate, discount, discount_effects)
        return _of_projections(
            strategies, utilities, reference, willingness_to_pay, discount,
            discount if discount_effects is None else discount_effects, given, effect,
            own_costs or {}, rate,
        )  # fmt: skip
    if costs is None or effects is None or utilities is not None:
        refuse(
            "E-SETTING",
            "evaluate",
            "utilities" if utilities is not None else "costs without effects, or the reverse",
            "draws of one's own are costs= and effects=, in the unit wanted",
            "Give both, already valued",
        )
    c = np.atleast_2d(np.asarray(costs, dtype=float))
    e = np.atleast_2d(np.asarray(effects, dtype=float))
    options = option_names(names, c.shape[1], "evaluate")
    basis = "as given"
    return evaluated(
        options, c, e, effect or "effect", reference_of(reference, options),
        np.asarray(willingness_to_pay, dtype=float).ravel(), basis, given,
    )  # fmt: skip


def _check_rate(rate: str, discount: float | None, discount_effects: float | None) -> None:
    if rate not in ("real", "nominal"):
        refuse(
            "E-SETTING", "evaluate", f"rate={rate!r}", "a rate is real or nominal",
            "Say which kind of rate it is",
        )  # fmt: skip
    if rate == "nominal" and discount and discount_effects is None:
        refuse(
            "E-DISCOUNT", "evaluate", "a nominal rate, and none for effects",
            "effects are no money: they are discounted at a real rate",
            "Pass discount_effects=0.03, say",
        )  # fmt: skip


def _of_projections(
    strategies: Projection | Mapping[str, Projection],
    utilities: Mapping[str, float] | npt.ArrayLike | None,
    reference: str | None,
    willingness_to_pay: npt.ArrayLike,
    discount: float | None,
    discount_effects: float | None,
    parameters: Mapping[str, Array],
    effect: str | None,
    own_costs: Mapping[str, npt.ArrayLike],
    rate: str,
) -> Evaluation:
    if discount is None or discount_effects is None:
        refuse(
            "E-DISCOUNT", "evaluate", "no discount rate", "every total names its discounting",
            "Pass discount=0.03, say, or 0 for undiscounted totals",
        )  # fmt: skip
    runs = runs_of(strategies)
    _check_alike(runs)
    first = next(iter(runs.values()))
    worth = worth_of_years(utilities, first)
    unknown = [name for name in own_costs if name not in runs]
    if unknown:
        refuse(
            "E-SETTING", "evaluate", f"own costs of '{unknown[0]}'",
            f"the options are {', '.join(runs)}", "Use their names",
        )  # fmt: skip
    money = [
        present_worth(yearly_cost(run) + own_cost(own_costs.get(name), run, name), float(discount))
        + worth_within_years(run, cost_of_years(run)[None], float(discount))
        for name, run in runs.items()
    ]
    effects = [
        present_worth(yearly_years(run, worth), float(discount_effects))
        + worth_within_years(run, worth[:, None], float(discount_effects))
        for run in runs.values()
    ]
    called = effect or ("life-years" if utilities is None else "QALYs")
    options = tuple(runs)
    basis = (
        f"{first.money}, continuous accounting, discounted at "
        f"{100 * float(discount):g} % {rate} (costs) and "
        f"{100 * float(discount_effects):g} % ({called}) from the middle of each {_grid(first)}"
    ) + said_of_own_costs(runs, own_costs)
    repetition = repetition_of(first) if len(money[0]) > 1 else 0
    if repetition:
        basis += (
            f"; errors from the {len(money[0]) // repetition} repetitions of {first.design} draws"
        )
    return evaluated(
        options, np.column_stack(money), np.column_stack(effects), called,
        reference_of(reference, options), np.asarray(willingness_to_pay, dtype=float).ravel(),
        basis, parameters, _said_of_rate(rate, float(discount), first), repetition,
    )  # fmt: skip


def _grid(run: Projection) -> str:
    return "year" if run.by_period is None else run.by_period.grid


def _check_alike(runs: Mapping[str, Projection]) -> None:
    """Options are compared draw by draw and in one money."""
    first = next(iter(runs.values()))
    for name, run in runs.items():
        same = (run.draws, run.seed, run.states, len(run.years), _grid(run)) == (
            first.draws, first.seed, first.states, len(first.years), _grid(first)
        )  # fmt: skip
        if not same:
            refuse(
                "E-SHAPE", "evaluate", f"'{name}' has other draws, seed, states, years or periods",
                "options are compared draw by draw", "Project all of them with the same settings",
            )  # fmt: skip
        if run.price_year is None:
            refuse(
                "E-COST-MISSING", "evaluate", f"'{name}' was projected without costs",
                "costs are needed to compare them", "Pass costs= to project",
            )  # fmt: skip
        if (run.price_year, _levels(run)) != (first.price_year, _levels(first)):
            refuse(
                "E-COST", "evaluate", f"'{name}' is in {run.money}, by a price index of its own"
                if run.price_levels is not None else f"'{name}' is in {run.money}",
                f"the first option is in {first.money}: options are compared in one money",
                "Project all of them with the same costs' year and price_index",
            )  # fmt: skip


def _said_of_rate(rate: str, discount: float, first: Projection) -> tuple[str, ...]:
    """A finding if amounts of one kind of money are discounted at a rate of the other."""
    kind = "real" if first.price_levels is None else "nominal"
    if kind == rate or not discount:
        return ()
    remedy = (
        'use rate="nominal" with kohort.nominal_rate, or project without price_index'
        if kind == "nominal"
        else "use a real rate, or project with price_index"
    )
    return (f"W-DISCOUNT-NOMINAL: a {rate} rate on {kind} amounts: {remedy}",)


def _levels(run: Projection) -> tuple[float, ...]:
    return () if run.price_levels is None else tuple(map(float, run.price_levels))
