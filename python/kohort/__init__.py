"""How older people move between levels of dependency, and what that asks of a municipality."""

import importlib

from kohort._core import DataRefused, Finding, InvalidInput, LevelRule, __version__
from kohort.data.counts import Counts
from kohort.data.decisions import Decisions
from kohort.data.level_rules import (
    RegisterRule,
    level_rule_source,
    read_codes,
    read_level_rule,
    read_register_rule,
)
from kohort.data.observations import Observations, findings_json, findings_text
from kohort.data.quality import Quality
from kohort.data.reading_decisions import SUPPORT_RULE, hours_rule, named_levels, read_decisions
from kohort.data.reading_register import read_register
from kohort.data.register import RegisterMonths
from kohort.data.series import Regime, ReportingGap
from kohort.economics.costs import Costs, round_to_ore
from kohort.economics.price_index import PriceIndex, nominal_rate
from kohort.economics.prices import Prices
from kohort.estimation.answers import Answer, Interval
from kohort.estimation.constraints import (
    Constraint,
    Penalty,
    Prior,
    at_least,
    at_most,
    equal,
    fixed,
    gamma_prior,
    linear,
    normal_prior,
    quadratic_penalty,
)
from kohort.estimation.fit_parts import Convergence, FitWarning, RateBound, SmoothCurve, Start
from kohort.estimation.fitted_model import FittedModel
from kohort.estimation.fitting import fit, fit_tables
from kohort.estimation.given import from_coefficients
from kohort.estimation.hidden_answers import Stay
from kohort.estimation.likelihood import log_likelihood
from kohort.estimation.pooled import PooledFit
from kohort.estimation.pooling import fit_pooled
from kohort.estimation.posterior import Posterior, sample
from kohort.estimation.yearly_tables import (
    Embedding,
    QuasiGenerator,
    YearlyTable,
    embeddability,
    quasi_optimisation,
)
from kohort.evaluation.budget_impact import BudgetImpact, budget_impact
from kohort.evaluation.budgets import Budget, budget
from kohort.evaluation.comparison import Comparison, Difference
from kohort.evaluation.evaluating import evaluate
from kohort.evaluation.incremental import IncrementalTable, incremental
from kohort.evaluation.options import Evaluation
from kohort.evaluation.outcome import Outcome
from kohort.evaluation.outcomes import Outcomes, strategy_outcomes
from kohort.evaluation.probabilistic import CohortDraws, probabilistic_cohort
from kohort.evaluation.sensitivity import (
    GlobalSensitivity,
    Threshold,
    Tornado,
    TwoWay,
    global_sensitivity,
    threshold,
    tornado,
    two_way,
)
from kohort.evaluation.value_of_knowing import ValueOfKnowing
from kohort.interventions.delivery import Delivery
from kohort.interventions.limited import (
    EmbeddingWarning,
    boosted_trace,
    fill_places,
    reached_share,
    redistributed,
    split_difference,
    steady_queue,
)
from kohort.interventions.places import Places, QueueMeans, erlang_c, queue_with_abandonment
from kohort.interventions.presets import with_null
from kohort.interventions.spill_over import SpillOver, spill_over
from kohort.interventions.strategies import Evidence, Strategy
from kohort.interventions.strategy_costs import StrategyCosts
from kohort.many_runs.cases import Case
from kohort.many_runs.executing import run_many
from kohort.many_runs.sources_of_uncertainty import Sources, sources_of_uncertainty
from kohort.many_runs.summary import ManyRuns
from kohort.model.hidden import Misclassification, Phases, two_phases_from_quantiles
from kohort.model.rates import PublishedRates
from kohort.model.stays import (
    expected_visits,
    first_passage,
    first_passage_time,
    length_of_stay,
    next_state,
    sojourn_time,
)
from kohort.model.structure import (
    DEPENDENCY,
    DEPENDENCY_WITH_ENDED,
    Model,
    is_stiff,
    log_transition_probability,
    transition_probability,
)
from kohort.model.terms import Term, bands, frozen, gompertz, spline, weibull, yearly
from kohort.population.entries import Entries, fit_entries
from kohort.population.entry_mix import EntryMix, entry_mix
from kohort.population.life_table import LifeTable
from kohort.population.population import Population
from kohort.programme.break_even import break_even
from kohort.programme.break_even_result import BreakEven
from kohort.programme.enrolment import StockFlow, read_three_ways, stock_and_flow
from kohort.programme.team import (
    Post,
    Programme,
    Team,
    Uncertain,
    deferred_housing,
    team,
    uncertain,
)
from kohort.programme.ways import Way, WaysCompared, closing, compare_ways
from kohort.projection.accounting import Accrued, accounting_weights, discount_factors
from kohort.projection.calibration import Calibration, calibrate, solve_multipliers
from kohort.projection.calibration_targets import Multiplier, Target
from kohort.projection.closed_cohort import ClosedCohort, cohort_cost, cohort_trace, follow
from kohort.projection.demand_rates import DemandRates
from kohort.projection.demands import Demand, demand
from kohort.projection.prepared import PreparedProjection, prepare
from kohort.projection.projecting import project
from kohort.projection.projection import ByPeriod, ConstantShare, Projection
from kohort.simulation.histories import simulate
from kohort.simulation.microsimulation import simulate_lives, simulate_population
from kohort.simulation.simulated import Microsimulation
from kohort.study.backtest_result import Backtest
from kohort.study.backtesting import backtest
from kohort.uncertainty.assumed import PopulationError, PopulationVariants, PriceError

_LAZY = {"Study": "kohort.study", "show_versions": "kohort.support._versions"}
_MODULES = {
    "chance": "kohort.uncertainty.chance",
    "datasets": "kohort.datasets",
    "effect": "kohort.interventions.effect",
    "plots": "kohort.plots",
    "presets": "kohort.interventions.presets",
    "sources": "kohort.sources",
}

__all__ = [
    "DEPENDENCY",
    "DEPENDENCY_WITH_ENDED",
    "SUPPORT_RULE",
    "Accrued",
    "Answer",
    "Backtest",
    "BreakEven",
    "Budget",
    "BudgetImpact",
    "ByPeriod",
    "Calibration",
    "Case",
    "ClosedCohort",
    "CohortDraws",
    "Comparison",
    "ConstantShare",
    "Constraint",
    "Convergence",
    "Costs",
    "Counts",
    "DataRefused",
    "Decisions",
    "Delivery",
    "Demand",
    "DemandRates",
    "Difference",
    "Embedding",
    "EmbeddingWarning",
    "Entries",
    "EntryMix",
    "Evaluation",
    "Evidence",
    "Finding",
    "FitWarning",
    "FittedModel",
    "GlobalSensitivity",
    "IncrementalTable",
    "Interval",
    "InvalidInput",
    "LevelRule",
    "LifeTable",
    "ManyRuns",
    "Microsimulation",
    "Misclassification",
    "Model",
    "Multiplier",
    "Observations",
    "Outcome",
    "Outcomes",
    "Penalty",
    "Phases",
    "Places",
    "PooledFit",
    "Population",
    "PopulationError",
    "PopulationVariants",
    "Post",
    "Posterior",
    "PreparedProjection",
    "PriceError",
    "PriceIndex",
    "Prices",
    "Prior",
    "Programme",
    "Projection",
    "PublishedRates",
    "Quality",
    "QuasiGenerator",
    "QueueMeans",
    "RateBound",
    "Regime",
    "RegisterMonths",
    "RegisterRule",
    "ReportingGap",
    "SmoothCurve",
    "Sources",
    "SpillOver",
    "Start",
    "Stay",
    "StockFlow",
    "Strategy",
    "StrategyCosts",
    "Study",
    "Target",
    "Team",
    "Term",
    "Threshold",
    "Tornado",
    "TwoWay",
    "Uncertain",
    "ValueOfKnowing",
    "Way",
    "WaysCompared",
    "YearlyTable",
    "__version__",
    "accounting_weights",
    "at_least",
    "at_most",
    "backtest",
    "bands",
    "boosted_trace",
    "break_even",
    "budget",
    "budget_impact",
    "calibrate",
    "chance",
    "closing",
    "cohort_cost",
    "cohort_trace",
    "compare_ways",
    "datasets",
    "deferred_housing",
    "demand",
    "discount_factors",
    "effect",
    "embeddability",
    "entry_mix",
    "equal",
    "erlang_c",
    "evaluate",
    "expected_visits",
    "fill_places",
    "findings_json",
    "findings_text",
    "first_passage",
    "first_passage_time",
    "fit",
    "fit_entries",
    "fit_pooled",
    "fit_tables",
    "fixed",
    "follow",
    "from_coefficients",
    "frozen",
    "gamma_prior",
    "global_sensitivity",
    "gompertz",
    "hours_rule",
    "incremental",
    "is_stiff",
    "length_of_stay",
    "level_rule_source",
    "linear",
    "log_likelihood",
    "log_transition_probability",
    "named_levels",
    "next_state",
    "nominal_rate",
    "normal_prior",
    "plots",
    "prepare",
    "presets",
    "probabilistic_cohort",
    "project",
    "quadratic_penalty",
    "quasi_optimisation",
    "queue_with_abandonment",
    "reached_share",
    "read_codes",
    "read_decisions",
    "read_level_rule",
    "read_register",
    "read_register_rule",
    "read_three_ways",
    "redistributed",
    "round_to_ore",
    "run_many",
    "sample",
    "show_versions",
    "simulate",
    "simulate_lives",
    "simulate_population",
    "sojourn_time",
    "solve_multipliers",
    "sources",
    "sources_of_uncertainty",
    "spill_over",
    "spline",
    "split_difference",
    "steady_queue",
    "stock_and_flow",
    "strategy_outcomes",
    "team",
    "threshold",
    "tornado",
    "transition_probability",
    "two_phases_from_quantiles",
    "two_way",
    "uncertain",
    "weibull",
    "with_null",
    "yearly",
]


def __getattr__(name: str) -> object:
    """Parts that not every program needs, loaded at their first use."""
    if name in _MODULES:
        return importlib.import_module(_MODULES[name])
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'kohort' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
