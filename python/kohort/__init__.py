"""How older people move between levels of dependency, and what that asks of a municipality."""

import importlib

from kohort._core import InvalidInput, __version__
from kohort.answers import Answer, Interval
from kohort.backtesting import Backtest, backtest
from kohort.budgets import Budget, BudgetImpact, Prices, budget, budget_impact
from kohort.closed_cohort import (
    Accrued,
    ClosedCohort,
    accounting_weights,
    cohort_cost,
    cohort_trace,
    discount_factors,
    follow,
)
from kohort.constraints import (
    Constraint,
    Prior,
    at_least,
    at_most,
    equal,
    fixed,
    gamma_prior,
    linear,
    normal_prior,
)
from kohort.data import (
    SUPPORT_RULE,
    Counts,
    DataRefused,
    Decisions,
    Finding,
    LevelRule,
    Observations,
    findings_json,
    findings_text,
    hours_rule,
    named_levels,
    read_decisions,
)
from kohort.demands import Demand, DemandRates, demand
from kohort.economics import Costs, round_to_ore
from kohort.entries import Entries, EntryMix, entry_mix, fit_entries
from kohort.evaluation import (
    Evaluation,
    IncrementalTable,
    ValueOfKnowing,
    evaluate,
    incremental,
)
from kohort.fitted_model import Convergence, FittedModel, FitWarning, RateBound, Start
from kohort.fitting import fit, fit_tables, log_likelihood
from kohort.given import from_coefficients
from kohort.hidden import Misclassification, Phases, two_phases_from_quantiles
from kohort.hidden_answers import Stay
from kohort.model import (
    DEPENDENCY,
    DEPENDENCY_WITH_ENDED,
    Model,
    is_stiff,
    log_transition_probability,
    transition_probability,
)
from kohort.pooled import PooledFit, fit_pooled
from kohort.population import Population
from kohort.posterior import Posterior, sample
from kohort.price_index import PriceIndex, nominal_rate
from kohort.probabilistic import CohortDraws, probabilistic_cohort
from kohort.projecting import project
from kohort.projection import ConstantShare, Projection
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
from kohort.simulation import simulate
from kohort.stays import (
    expected_visits,
    first_passage,
    first_passage_time,
    length_of_stay,
    next_state,
    sojourn_time,
)
from kohort.terms import Term, bands, frozen, gompertz, weibull, yearly
from kohort.yearly_tables import (
    Embedding,
    QuasiGenerator,
    YearlyTable,
    embeddability,
    quasi_optimisation,
)

_LAZY = {"Study": "kohort.study", "show_versions": "kohort._versions"}
_MODULES = ("datasets", "plots")

__all__ = [
    "DEPENDENCY",
    "DEPENDENCY_WITH_ENDED",
    "SUPPORT_RULE",
    "Accrued",
    "Answer",
    "Backtest",
    "Budget",
    "BudgetImpact",
    "ClosedCohort",
    "CohortDraws",
    "ConstantShare",
    "Constraint",
    "Convergence",
    "Costs",
    "Counts",
    "DataRefused",
    "Decisions",
    "Demand",
    "DemandRates",
    "Embedding",
    "Entries",
    "EntryMix",
    "Evaluation",
    "Finding",
    "FitWarning",
    "FittedModel",
    "GlobalSensitivity",
    "IncrementalTable",
    "Interval",
    "InvalidInput",
    "LevelRule",
    "Misclassification",
    "Model",
    "Observations",
    "Phases",
    "PooledFit",
    "Population",
    "Posterior",
    "PriceIndex",
    "Prices",
    "Prior",
    "Projection",
    "PublishedRates",
    "QuasiGenerator",
    "RateBound",
    "Start",
    "Stay",
    "Study",
    "Term",
    "Threshold",
    "Tornado",
    "TwoWay",
    "ValueOfKnowing",
    "YearlyTable",
    "__version__",
    "accounting_weights",
    "at_least",
    "at_most",
    "backtest",
    "bands",
    "budget",
    "budget_impact",
    "cohort_cost",
    "cohort_trace",
    "datasets",
    "demand",
    "discount_factors",
    "embeddability",
    "entry_mix",
    "equal",
    "evaluate",
    "expected_visits",
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
    "linear",
    "log_likelihood",
    "log_transition_probability",
    "named_levels",
    "next_state",
    "nominal_rate",
    "normal_prior",
    "plots",
    "probabilistic_cohort",
    "project",
    "quasi_optimisation",
    "read_decisions",
    "round_to_ore",
    "sample",
    "show_versions",
    "simulate",
    "sojourn_time",
    "threshold",
    "tornado",
    "transition_probability",
    "two_phases_from_quantiles",
    "two_way",
    "weibull",
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
