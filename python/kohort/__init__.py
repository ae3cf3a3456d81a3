"""How older people move between levels of dependency, and what that asks of a municipality."""

import importlib

from kohort._core import InvalidInput, __version__
from kohort.accounting import Accrued, accounting_weights, discount_factors
from kohort.answers import Answer, Interval
from kohort.backtest_result import Backtest
from kohort.backtesting import backtest
from kohort.break_even import break_even
from kohort.break_even_result import BreakEven
from kohort.budget_impact import BudgetImpact, budget_impact
from kohort.budgets import Budget, budget
from kohort.calibration import Calibration, calibrate, solve_multipliers
from kohort.calibration_targets import Multiplier, Target
from kohort.cases import Case
from kohort.closed_cohort import ClosedCohort, cohort_cost, cohort_trace, follow
from kohort.comparison import Comparison, Difference
from kohort.constraints import (
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
from kohort.data import (
    SUPPORT_RULE,
    Counts,
    DataRefused,
    Decisions,
    Finding,
    LevelRule,
    Observations,
    Quality,
    Regime,
    RegisterMonths,
    RegisterRule,
    ReportingGap,
    findings_json,
    findings_text,
    hours_rule,
    level_rule_source,
    named_levels,
    read_codes,
    read_decisions,
    read_level_rule,
    read_register,
    read_register_rule,
)
from kohort.delivery import Delivery
from kohort.demand_rates import DemandRates
from kohort.demands import Demand, demand
from kohort.economics import Costs, round_to_ore
from kohort.enrolment import StockFlow, read_three_ways, stock_and_flow
from kohort.entries import Entries, EntryMix, entry_mix, fit_entries
from kohort.evaluating import evaluate
from kohort.evaluation import Evaluation
from kohort.executing import run_many
from kohort.fit_parts import Convergence, FitWarning, RateBound, SmoothCurve, Start
from kohort.fitted_model import FittedModel
from kohort.fitting import fit, fit_tables
from kohort.given import from_coefficients
from kohort.hidden import Misclassification, Phases, two_phases_from_quantiles
from kohort.hidden_answers import Stay
from kohort.incremental import IncrementalTable, incremental
from kohort.life_table import LifeTable
from kohort.likelihood import log_likelihood
from kohort.limited import (
    EmbeddingWarning,
    boosted_trace,
    fill_places,
    reached_share,
    redistributed,
    split_difference,
    steady_queue,
)
from kohort.many_runs import ManyRuns
from kohort.microsimulation import simulate_lives, simulate_population
from kohort.model import (
    DEPENDENCY,
    DEPENDENCY_WITH_ENDED,
    Model,
    is_stiff,
    log_transition_probability,
    transition_probability,
)
from kohort.outcome import Outcome
from kohort.outcomes import Outcomes, strategy_outcomes
from kohort.places import Places, QueueMeans, erlang_c, queue_with_abandonment
from kohort.pooled import PooledFit
from kohort.pooling import fit_pooled
from kohort.population import Population
from kohort.posterior import Posterior, sample
from kohort.price_index import PriceIndex, nominal_rate
from kohort.prices import Prices
from kohort.probabilistic import CohortDraws, probabilistic_cohort
from kohort.programme import Post, Programme, Team, Uncertain, deferred_housing, team, uncertain
from kohort.projecting import project
from kohort.projection import ByPeriod, ConstantShare, Projection
from kohort.rates import PublishedRates
from kohort.sensitivity import (
    GlobalSensitivity,
    Threshold,
    Tornado,
    TwoWay,
    global_sensitivity,
    threshold,
    tornado,
    two_way,
)
from kohort.simulated import Microsimulation
from kohort.simulation import simulate
from kohort.spill_over import SpillOver, spill_over
from kohort.stays import (
    expected_visits,
    first_passage,
    first_passage_time,
    length_of_stay,
    next_state,
    sojourn_time,
)
from kohort.strategies import Evidence, Strategy, with_null
from kohort.strategy_costs import StrategyCosts
from kohort.terms import Term, bands, frozen, gompertz, spline, weibull, yearly
from kohort.uncertainty import PopulationError, PopulationVariants, PriceError
from kohort.uncertainty_sources import Sources, sources_of_uncertainty
from kohort.value_of_knowing import ValueOfKnowing
from kohort.ways import Way, WaysCompared, closing, compare_ways
from kohort.yearly_tables import (
    Embedding,
    QuasiGenerator,
    YearlyTable,
    embeddability,
    quasi_optimisation,
)

_LAZY = {"Study": "kohort.study", "show_versions": "kohort._versions"}
_MODULES = ("chance", "datasets", "effect", "plots", "presets", "sources")

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
        return importlib.import_module(f"kohort.{name}")
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'kohort' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
