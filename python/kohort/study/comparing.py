"""The strategies of a study beside usual care: outcomes, and what each changes in a budget."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from kohort.evaluation.budget_impact import BudgetImpact, budget_impact
from kohort.evaluation.budgets import Budget
from kohort.evaluation.outcomes import Outcomes, strategy_outcomes
from kohort.interventions import presets
from kohort.interventions.strategies import Strategy
from kohort.projection.projecting import project
from kohort.projection.projection import Projection
from kohort.study.few_moves import told_if_few
from kohort.study.study_model import fitted_ages, stock_at
from kohort.study.study_money import StudyMoney, population_paths, study_money, with_price_error
from kohort.study.too_few import check_start

if TYPE_CHECKING:
    from kohort.study.settings import Study


def compared(
    study: Study, strategies: tuple[Strategy, ...], progress: Any
) -> tuple[Outcomes, dict[str, BudgetImpact]]:
    """A study's strategies projected beside usual care; the null trial is added if it is missing.

    With prices of services in the study, also what each changes in its budget, by payer.

    Raises
    ------
    InvalidInput
        As `kohort.project` and `kohort.Study.run`; `E-DISCLOSURE` if so few have support that a
        public comparison would tell of them.
    """
    parts = 4  # a year: five times as fast as 12; increments within half a percent
    shown = presets.with_null(strategies)
    made = study.replaced(draws=40).run(progress=progress)  # reads and fits; its draws are not used
    if study.disclosure.hides:
        check_start(made)
    money = study_money(study)
    calibrated = made.calibration
    entries: Any = made.entries if calibrated is None else calibrated.entries
    with told_if_few(made.fit, made.decisions, made.population.ages):
        projection = project(
            made.fit if calibrated is None else calibrated.fit,
            made.population,
            entries,
            stock=stock_at(made.decisions, dt.date(study.base_year, 12, 31), made.fit, parts),
            years=study.years,
            costs=money.costs,
            price_index=money.price_index,
            population_paths=population_paths(study, made.population, study.draws),
            draws=study.draws,
            seed=study.seed,
            closure=study.population.closure,
            fitted_ages=fitted_ages(made.decisions),
            strategies=shown,
            enrolments_a_year=parts,
            progress=lambda done, total: progress("comparing", done / max(total, 1)),
        )
    projection = with_price_error(projection, money.error)
    found = strategy_outcomes(
        projection, discount=money.settings.discount, dated=money.settings.dated
    )
    return found, _impacts(study, money, projection)


def _impacts(study: Study, money: StudyMoney, projection: Projection) -> dict[str, BudgetImpact]:
    """By strategy: what it changes in the budget of hours, places and its own cost."""
    if study.demand is None or money.prices is None:
        return {}
    rates, prices = study.demand.rates(), money.prices

    def made(one: Projection) -> Budget:
        return money.budget(one.demand(rates), prices)

    usual = made(projection)
    return {name: budget_impact(made(projection.of(name)), usual) for name in projection.strategies}
