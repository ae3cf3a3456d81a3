"""
The C++ core of kohort. Use the names in `kohort` instead.
"""

from __future__ import annotations

import collections.abc
import typing

import numpy
import numpy.typing

__all__: list[str] = [
    "BinRule",
    "ClosedCohort",
    "Costs",
    "DataRefused",
    "Decisions",
    "DrawNumbers",
    "DrawRecipe",
    "DrawSummary",
    "EntryModel",
    "EntryRates",
    "Estimate",
    "Finding",
    "IntensityModel",
    "InvalidInput",
    "LevelRule",
    "LifeStrategy",
    "Model",
    "Municipality",
    "Notice",
    "Observations",
    "Posterior",
    "PreparedProjection",
    "PriceIndex",
    "Programme",
    "ProgrammeDraws",
    "ProjectionTask",
    "SheetScan",
    "TableRow",
    "aalen_johansen",
    "acceptability",
    "accounting_weights",
    "after_odds_ratio",
    "agreement",
    "arrivals_cost_variance",
    "ask",
    "boosted_trace",
    "bootstrap",
    "bootstrap_covariance",
    "bootstrap_intervals",
    "bootstrap_likelihood_ratio",
    "calibrate",
    "calibrate_open_cohort",
    "calibration_normals",
    "caseload",
    "catalogued",
    "cause_specific_ratio",
    "cell_position",
    "chance_covariance",
    "chance_normals",
    "chance_of_draws",
    "checked_shares",
    "clock_probability",
    "closed_counts",
    "closed_counts_between",
    "closed_moments",
    "closed_variance_by_group",
    "cohort_cost",
    "cohort_trace",
    "column_letters",
    "column_quantiles",
    "compare_ways",
    "compare_with_tables",
    "constraint_words",
    "cross_validate",
    "crps",
    "crude_rates",
    "decision_columns",
    "declared_rule",
    "deferred_housing_value",
    "delta_interval",
    "demand",
    "dependency_model",
    "discount_factors",
    "discounted_decisions",
    "draw_states",
    "draws",
    "draws_from",
    "embeddability",
    "entries_at_first_phase",
    "entry_cost",
    "entry_parts",
    "entry_rates_from",
    "entry_ratios",
    "entry_table",
    "entry_tables",
    "erlang_c",
    "expected_teams",
    "expected_visits",
    "fading_log_ratios",
    "fieller",
    "fill_places",
    "fill_up",
    "find_patterns",
    "find_threshold",
    "findings_json",
    "findings_text",
    "first_passage_ever",
    "first_passage_probability",
    "fit",
    "fit_entries",
    "fit_pooled",
    "follow",
    "forecast_from_groups",
    "full_at_once",
    "graduate",
    "header_key",
    "hidden_model",
    "hours_rule",
    "incremental_analysis",
    "inflow_counts",
    "inflow_counts_between",
    "influence",
    "instruction_set",
    "intensities",
    "interval_of_break_even",
    "is_stiff",
    "length_of_stay",
    "likeliest_states",
    "likelihood_ratio",
    "log_count_error",
    "log_likelihood",
    "log_share_error",
    "log_transition_probability",
    "looks_like_data",
    "markov_test",
    "maximise_expectation",
    "mean_stay",
    "mix_effects",
    "monthly_visits",
    "mortality_from_risks",
    "multiplier_loads",
    "municipality_draws",
    "named_levels",
    "next_state",
    "nominal_rate",
    "normal_chance_of_gain",
    "observable_model",
    "observed_range",
    "odds_effects",
    "one_way",
    "only_tables",
    "parametric_bootstrap",
    "pearson",
    "peek",
    "person_cost",
    "person_names",
    "personal_ids",
    "personal_number_codes",
    "pick_rows",
    "plain_words",
    "poisson_crps",
    "poisson_quantile",
    "population_error_variance",
    "population_paths",
    "prevalence",
    "price_paths",
    "probabilistic_cohort",
    "probability_effects",
    "profile",
    "programme_inputs",
    "project_courses",
    "quadrant_of",
    "quasi_optimisation",
    "queue_with_abandonment",
    "randomised_pit",
    "rate_ratio",
    "rates",
    "ratio_effects",
    "ratios_for_probabilities",
    "ratios_for_shares",
    "read_decisions",
    "read_personal_numbers",
    "read_three_ways",
    "reading_probability",
    "redistributed",
    "refuse",
    "reject",
    "rename_persons",
    "repeated_entries",
    "returns_as_new",
    "round_hierarchy",
    "round_to_ore",
    "sandwich",
    "seen_transition_probability",
    "select",
    "share_staying",
    "shown_header",
    "simulate",
    "simulate_lives",
    "smoothed_states",
    "sojourn_time",
    "split_by_payer",
    "split_change",
    "split_difference",
    "split_stock",
    "spread_p_value",
    "start_probability",
    "stationary_phases",
    "stay_quantile",
    "stay_survival",
    "steady_queue",
    "stock_and_flow",
    "strategy_state",
    "subject_scores",
    "summarise",
    "support_type_rule",
    "team_cost",
    "text_columns",
    "transition_probabilities",
    "transition_probability",
    "two_phases_from_quantiles",
    "validate",
    "value_of_knowing",
    "variance_by_group",
    "variant_uniforms",
    "wald_intervals",
    "with_chance",
    "with_log_incidence",
    "with_phases",
    "with_tables",
    "yearly_cost",
]

class InvalidInput(ValueError):
    pass

class Model:
    """
    The structure of a multi-state model: kohort::model.
    """
    def __init__(
        self,
        states: collections.abc.Sequence[str],
        transitions: collections.abc.Sequence[tuple[str, str]],
        death: str | None = None,
    ) -> None: ...
    def absorbing(self, state: typing.SupportsInt | typing.SupportsIndex) -> bool: ...
    def find(self, name: str) -> int: ...
    def label(self, k: typing.SupportsInt | typing.SupportsIndex) -> str: ...
    @property
    def death(self) -> int | None: ...
    @property
    def moves(self) -> list[tuple[int, int]]: ...
    @property
    def states(self) -> list[str]: ...
    @property
    def transitions(self) -> list: ...

class Finding:
    """
    One thing to know about the data or a fit: a rule, where it was broken, and what to do.

    It never holds a person's identity or the text of a cell, only rows and columns. `row` is the physical row of a file (the header is row 1), or the position in a table from 0; None if it concerns no row. `severity` is E (stops), W (counts), I (informs) or D (diagnostic of a fit).
    """
    def __eq__(self, arg0: typing.Any) -> bool: ...
    def __hash__(self) -> int: ...
    def __init__(
        self,
        *,
        code: str,
        severity: str,
        message: str,
        message_sv: str = "",
        remedy: str = "",
        remedy_sv: str = "",
        file: str = "",
        row: typing.SupportsInt | typing.SupportsIndex | None = None,
        related: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex] = [],
        column: str = "",
        count: typing.SupportsInt | typing.SupportsIndex = 1,
        cell: str = "",
    ) -> None: ...
    def __repr__(self) -> str: ...
    def __str__(self) -> str: ...
    def at_cell(self, cell: str) -> Finding:
        """
        The same finding, placed in a workbook.
        """
    @property
    def cell(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def column(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def file(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def message_sv(self) -> str: ...
    @property
    def related(self) -> tuple: ...
    @property
    def remedy(self) -> str: ...
    @property
    def remedy_sv(self) -> str: ...
    @property
    def row(self) -> int | None: ...
    @property
    def severity(self) -> str: ...

class DataRefused(InvalidInput):
    pass

class Observations:
    @property
    def covariate_names(self) -> list[str]: ...
    @property
    def covariates(self) -> numpy.ndarray: ...
    @property
    def earliest(self) -> numpy.ndarray: ...
    @property
    def findings(self) -> list[Finding]: ...
    @property
    def kinds(self) -> numpy.ndarray: ...
    @property
    def sets(self) -> list[list[int]]: ...
    @property
    def source_rows(self) -> numpy.ndarray: ...
    @property
    def states(self) -> numpy.ndarray: ...
    @property
    def subject_names(self) -> list[str]: ...
    @property
    def subjects(self) -> numpy.ndarray: ...
    @property
    def times(self) -> numpy.ndarray: ...
    @property
    def units_per_year(self) -> float: ...
    @property
    def weights(self) -> numpy.ndarray: ...

class LevelRule:
    """
    How a decision tells the level of dependency. Make one with `hours_rule` or `named_levels`, or use `SUPPORT_RULE`.
    """
    def __eq__(self, arg0: typing.Any) -> bool: ...
    def __hash__(self) -> int: ...
    def __repr__(self) -> str: ...
    def with_codes(self, codes: collections.abc.Mapping[str, str | None]) -> LevelRule:
        """
        The rule with further codes, {code: level}; None leaves such rows out. A code that it knew already gets the new meaning.
        """
    @property
    def codes(self) -> dict[str, str | None]:
        """
        Code in the form in which it is compared, and its level; None: left out.
        """
    @property
    def levels(self) -> tuple: ...
    @property
    def most_demanding(self) -> bool:
        """
        Whether the highest of several levels in force together is the person's.
        """
    @property
    def name(self) -> str:
        """
        What results made under the rule call it.
        """
    @property
    def short_stays(self) -> tuple:
        """
        Codes of a stay that is meant to be short, in the form in which they are compared.
        """
    @property
    def source(self) -> str:
        """
        The column that it reads: level, support or hours.
        """
    @property
    def thresholds(self) -> tuple: ...

class Decisions:
    def as_known_on(self, day: typing.SupportsInt | typing.SupportsIndex) -> Decisions: ...
    def as_panel(
        self, arg0: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], arg1: bool
    ) -> Observations: ...
    def bridged(self) -> tuple[numpy.ndarray, numpy.ndarray]: ...
    def exposure_days(
        self,
        arg0: typing.SupportsInt | typing.SupportsIndex,
        arg1: typing.SupportsInt | typing.SupportsIndex,
    ) -> dict: ...
    def first_entries(
        self,
        first_year: typing.SupportsInt | typing.SupportsIndex,
        last_year: typing.SupportsInt | typing.SupportsIndex,
        returns: bool = False,
    ) -> dict: ...
    def moves(
        self,
        arg0: typing.SupportsInt | typing.SupportsIndex,
        arg1: typing.SupportsInt | typing.SupportsIndex,
    ) -> dict: ...
    def started(self) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]: ...
    def stays(self) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray, numpy.ndarray]: ...
    def stock(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> dict: ...
    def stock_by_entry(
        self,
        day: typing.SupportsInt | typing.SupportsIndex,
        parts_a_year: typing.SupportsInt | typing.SupportsIndex,
    ) -> dict: ...
    @property
    def costs(self) -> list: ...
    @property
    def counts(self) -> list[tuple[str, int]]: ...
    @property
    def entered(self) -> numpy.ndarray: ...
    @property
    def extraction(self) -> str: ...
    @property
    def findings(self) -> list[Finding]: ...
    @property
    def form(self) -> tuple[str, str, str]: ...
    @property
    def observations(self) -> Observations: ...
    @property
    def rule(self) -> LevelRule: ...
    @property
    def unit_column(self) -> str: ...
    @property
    def units(self) -> list[str]: ...

class SheetScan:
    """
    What a sheet's XML holds, seen before it is opened.
    """
    def __init__(self) -> None: ...
    def add(self, piece: bytes) -> None: ...
    @property
    def cells(self) -> int: ...
    @property
    def declares(self) -> bool: ...
    @property
    def errors(self) -> list[str]: ...
    @property
    def formula_count(self) -> int: ...
    @property
    def formulas(self) -> list[str]: ...
    @property
    def last_column(self) -> int: ...
    @property
    def last_row(self) -> int: ...
    @property
    def merged(self) -> list[str]: ...
    @property
    def misnamed(self) -> bool: ...

class IntensityModel:
    def __init__(
        self,
        model: Model,
        terms: collections.abc.Sequence[
            tuple[
                str,
                str,
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                typing.SupportsFloat | typing.SupportsIndex,
                typing.SupportsInt | typing.SupportsIndex,
                typing.SupportsFloat | typing.SupportsIndex,
            ]
        ],
        uses: collections.abc.Sequence[collections.abc.Sequence[bool]],
    ) -> None: ...
    @property
    def coefficient_names(self) -> tuple: ...

class Estimate:
    def __init__(
        self,
        model: IntensityModel,
        coefficients: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
        covariance: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
        has_error: collections.abc.Sequence[bool],
        log_likelihood: typing.SupportsFloat | typing.SupportsIndex,
        bounds: collections.abc.Sequence[
            tuple[
                typing.SupportsInt | typing.SupportsIndex,
                bool,
                typing.SupportsFloat | typing.SupportsIndex,
            ]
        ],
        diagnostics: collections.abc.Sequence[Finding],
        subjects: typing.SupportsInt | typing.SupportsIndex,
        intervals: typing.SupportsInt | typing.SupportsIndex,
        person_years: typing.SupportsFloat | typing.SupportsIndex,
        substep: typing.SupportsFloat | typing.SupportsIndex,
        log_prior: typing.SupportsFloat | typing.SupportsIndex,
        priors: collections.abc.Sequence[
            tuple[
                str,
                str,
                typing.SupportsFloat | typing.SupportsIndex,
                typing.SupportsFloat | typing.SupportsIndex,
            ]
        ],
        penalties: collections.abc.Sequence[
            tuple[
                collections.abc.Sequence[str],
                typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
                typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
            ]
        ],
        constraints: collections.abc.Sequence[
            tuple[
                collections.abc.Sequence[tuple[str, typing.SupportsFloat | typing.SupportsIndex]],
                str,
                typing.SupportsFloat | typing.SupportsIndex,
            ]
        ],
    ) -> None: ...
    def bic(self, n: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
    @property
    def aic(self) -> float: ...
    @property
    def parameters(self) -> int: ...

class Posterior:
    def __init__(self, estimate: Estimate, observations: Observations) -> None: ...
    def coefficients(
        self, u: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"]
    ) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"]: ...
    def judge(
        self,
        coefficients: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
        chains: typing.SupportsInt | typing.SupportsIndex,
        method: str,
        divergences: typing.SupportsInt | typing.SupportsIndex,
    ) -> dict: ...
    def sample(
        self,
        draws: typing.SupportsInt | typing.SupportsIndex,
        chains: typing.SupportsInt | typing.SupportsIndex,
        seed: typing.SupportsInt | typing.SupportsIndex,
        *,
        threads: typing.SupportsInt | typing.SupportsIndex = 0,
        progress: typing.Any = None,
    ) -> dict: ...
    def slope(
        self, u: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"]
    ) -> tuple[float, typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"]]: ...
    @property
    def dimension(self) -> int: ...
    @property
    def size(self) -> int: ...

class Notice:
    @property
    def amount(self) -> float: ...
    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str: ...

class EntryRates:
    def table(
        self,
        draw: typing.SupportsInt | typing.SupportsIndex,
        h: typing.SupportsInt | typing.SupportsIndex,
    ) -> numpy.typing.NDArray[numpy.float64]:
        """
        Rates per person-year without support: (2, ages, levels).
        """
    @property
    def ages(self) -> int: ...
    @property
    def draws(self) -> int: ...
    @property
    def levels(self) -> int: ...

class EntryModel:
    def log_incidence(
        self, ages: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]
    ) -> tuple[
        typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"],
        typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"],
    ]:
        """
        In the reference year, with standard errors: two arrays (2, ages).
        """
    def rates(
        self,
        first_age: typing.SupportsInt | typing.SupportsIndex,
        ages: typing.SupportsInt | typing.SupportsIndex,
        draws: typing.SupportsInt | typing.SupportsIndex,
        seed: typing.SupportsInt | typing.SupportsIndex,
    ) -> EntryRates: ...
    @property
    def age_weight(self) -> float: ...
    @property
    def check(self) -> list[tuple[bool, int, int, float, float, float]]: ...
    @property
    def dispersion(self) -> float: ...
    @property
    def events(self) -> float: ...
    @property
    def exposure(self) -> float: ...
    @property
    def incidence(self) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"]: ...
    @property
    def incidence_covariance(
        self,
    ) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
    @property
    def incidence_names(self) -> list[str]: ...
    @property
    def mix(self) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"]: ...
    @property
    def mix_covariance(self) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
    @property
    def mix_names(self) -> list[str]: ...
    @property
    def notices(self) -> list[Notice]: ...
    @property
    def reference_year(self) -> int: ...
    @property
    def sex_weight(self) -> float: ...

class PreparedProjection:
    """
    Its usual care is known.
    """
    def project(
        self,
        strategies: collections.abc.Sequence[
            tuple[
                str,
                collections.abc.Sequence[
                    tuple[
                        typing.SupportsInt | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                        bool,
                        typing.SupportsFloat | typing.SupportsIndex,
                        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                        typing.SupportsFloat | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                    ]
                ],
                typing.SupportsFloat | typing.SupportsIndex,
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                typing.SupportsFloat | typing.SupportsIndex,
                typing.SupportsFloat | typing.SupportsIndex,
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
            ]
        ],
        draw_strategies: collections.abc.Sequence[
            tuple[
                str,
                collections.abc.Sequence[
                    tuple[
                        typing.SupportsInt | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                        bool,
                        typing.SupportsFloat | typing.SupportsIndex,
                        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                        typing.SupportsFloat | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                    ]
                ],
                typing.SupportsFloat | typing.SupportsIndex,
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                typing.SupportsFloat | typing.SupportsIndex,
                typing.SupportsFloat | typing.SupportsIndex,
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
            ]
        ],
    ) -> dict: ...

class ProjectionTask:
    """
    All that a projection takes but strategies.
    """
    def __init__(
        self,
        model: Model,
        ended: str,
        first_age: typing.SupportsInt | typing.SupportsIndex,
        base_year: typing.SupportsInt | typing.SupportsIndex,
        persons: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        mortality: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        stock: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        point_rates: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        point_entries: EntryRates,
        draw_rates: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        draw_entries: EntryRates,
        cost: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
        price_index: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        fitted_from: typing.SupportsInt | typing.SupportsIndex,
        fitted_to: typing.SupportsInt | typing.SupportsIndex,
        groups: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
        scale: bool,
        floor: typing.SupportsFloat | typing.SupportsIndex,
        draw_paths: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        healthy_share: typing.SupportsFloat | typing.SupportsIndex,
        periods_a_year: typing.SupportsInt | typing.SupportsIndex,
        enrolments_a_year: typing.SupportsInt | typing.SupportsIndex,
        entry_cuts: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        threads: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...
    def prepare(self, progress: typing.Any) -> PreparedProjection: ...
    def project(
        self,
        strategies: collections.abc.Sequence[
            tuple[
                str,
                collections.abc.Sequence[
                    tuple[
                        typing.SupportsInt | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                        bool,
                        typing.SupportsFloat | typing.SupportsIndex,
                        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                        typing.SupportsFloat | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                    ]
                ],
                typing.SupportsFloat | typing.SupportsIndex,
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                typing.SupportsFloat | typing.SupportsIndex,
                typing.SupportsFloat | typing.SupportsIndex,
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
            ]
        ],
        draw_strategies: collections.abc.Sequence[
            tuple[
                str,
                collections.abc.Sequence[
                    tuple[
                        typing.SupportsInt | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                        bool,
                        typing.SupportsFloat | typing.SupportsIndex,
                        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                        typing.SupportsFloat | typing.SupportsIndex,
                        typing.SupportsInt | typing.SupportsIndex,
                    ]
                ],
                typing.SupportsFloat | typing.SupportsIndex,
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                typing.SupportsFloat | typing.SupportsIndex,
                typing.SupportsFloat | typing.SupportsIndex,
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
            ]
        ],
        progress: typing.Any,
    ) -> dict: ...

class Costs:
    def __init__(
        self,
        by_level: collections.abc.Sequence[tuple[str, typing.SupportsFloat | typing.SupportsIndex]],
        price_year: typing.SupportsInt | typing.SupportsIndex,
        saving: bool,
    ) -> None: ...
    def per_state(
        self, states: collections.abc.Sequence[str], free: collections.abc.Sequence[str]
    ) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"]: ...
    @property
    def by_level(self) -> list[tuple[str, float]]: ...
    @property
    def price_year(self) -> int: ...

class ProgrammeDraws:
    def chance_of_gain(
        self,
        enrolled: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        narrow: bool,
    ) -> list[float]: ...
    def net(
        self, narrow: bool
    ) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"]: ...
    def net_by_enrolled(
        self,
        enrolled: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        probabilities: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        narrow: bool,
    ) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
    def net_saving(
        self, narrow: bool
    ) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"]: ...
    def value(
        self, input: str
    ) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"]: ...

class Programme:
    def __init__(
        self,
        values: collections.abc.Mapping[str, typing.SupportsFloat | typing.SupportsIndex],
        course: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        team_costs: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    ) -> None: ...
    def break_even(
        self, narrow: bool, above: typing.SupportsFloat | typing.SupportsIndex
    ) -> dict: ...
    def cost_of_teams(self, teams: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
    def draws(
        self,
        enrolled: typing.SupportsFloat | typing.SupportsIndex,
        uncertain: collections.abc.Sequence[
            tuple[
                str,
                str,
                typing.SupportsFloat | typing.SupportsIndex,
                typing.SupportsFloat | typing.SupportsIndex,
            ]
        ],
        draws: typing.SupportsInt | typing.SupportsIndex,
        seed: typing.SupportsInt | typing.SupportsIndex,
    ) -> ProgrammeDraws: ...
    def expected_net(self, mean_enrolled: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
    def expected_teams(
        self, mean_enrolled: typing.SupportsFloat | typing.SupportsIndex
    ) -> float: ...
    def net(self, enrolled: typing.SupportsFloat | typing.SupportsIndex, narrow: bool) -> float: ...
    def net_saving(self, narrow: bool) -> float: ...
    def pay_back(
        self,
        enrolled: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        discharged: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        housing_month: typing.SupportsInt | typing.SupportsIndex,
    ) -> dict: ...
    def saving_after_discharge(self) -> float: ...
    def saving_while_enrolled(self) -> float: ...
    def teams(self, enrolled: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
    def threshold(
        self,
        input: str,
        enrolled: typing.SupportsFloat | typing.SupportsIndex,
        narrow: bool,
        above: typing.SupportsFloat | typing.SupportsIndex,
    ) -> dict: ...
    def thresholds(
        self,
        enrolled: typing.SupportsFloat | typing.SupportsIndex,
        narrow: bool,
        above: typing.SupportsFloat | typing.SupportsIndex,
    ) -> list[dict]: ...
    def value(self, arg0: str) -> float: ...

class TableRow:
    def __init__(
        self,
        start: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        ends: collections.abc.Sequence[
            collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]
        ],
        counts: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        among: bool,
        years: typing.SupportsFloat | typing.SupportsIndex,
        covariates: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        rounding: typing.SupportsFloat | typing.SupportsIndex,
        table: typing.SupportsInt | typing.SupportsIndex,
        name: str,
    ) -> None: ...

class ClosedCohort:
    def accrue(
        self,
        state: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
        move: collections.abc.Sequence[
            tuple[
                typing.SupportsInt | typing.SupportsIndex,
                typing.SupportsInt | typing.SupportsIndex,
                typing.SupportsFloat | typing.SupportsIndex,
            ]
        ],
        once: collections.abc.Sequence[
            tuple[
                typing.SupportsFloat | typing.SupportsIndex,
                typing.SupportsFloat | typing.SupportsIndex,
            ]
        ],
        entry: typing.SupportsFloat | typing.SupportsIndex,
        newcomers: typing.SupportsFloat | typing.SupportsIndex,
        count_movers: bool,
        accounting: str,
        discount: typing.SupportsFloat | typing.SupportsIndex,
        counted_at: typing.SupportsFloat | typing.SupportsIndex,
        strict: bool,
    ) -> typing.Annotated[list[float], "FixedSize(4)"]: ...
    @property
    def cycle_length(self) -> float: ...
    @property
    def moved(self) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
    @property
    def movers(self) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
    @property
    def moves(self) -> list[tuple[int, int]]: ...
    @property
    def occupancy(self) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
    @property
    def persons(self) -> float: ...

class PriceIndex:
    def __init__(
        self,
        name: str,
        edition: str,
        changes: collections.abc.Sequence[
            tuple[
                typing.SupportsInt | typing.SupportsIndex,
                typing.SupportsFloat | typing.SupportsIndex,
                bool,
            ]
        ],
    ) -> None: ...
    def convert(
        self,
        from_year: typing.SupportsInt | typing.SupportsIndex,
        to_year: typing.SupportsInt | typing.SupportsIndex,
        lag: typing.SupportsInt | typing.SupportsIndex,
    ) -> tuple[float, int, int, list[int]]: ...
    @property
    def changes(self) -> list[tuple[int, float, bool]]: ...
    @property
    def edition(self) -> str: ...
    @property
    def name(self) -> str: ...

class BinRule:
    def __init__(
        self,
        logarithmic: bool,
        error: typing.SupportsFloat | typing.SupportsIndex,
        low: typing.SupportsFloat | typing.SupportsIndex,
        high: typing.SupportsFloat | typing.SupportsIndex,
    ) -> None: ...

class DrawSummary:
    def __init__(
        self,
        bins: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
        moments: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        counts: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
        rule: BinRule,
    ) -> None: ...
    def join(
        self,
        bins: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
        moments: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        counts: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    ) -> None: ...
    def limits(
        self,
        probability: typing.SupportsFloat | typing.SupportsIndex,
        level: typing.SupportsFloat | typing.SupportsIndex,
    ) -> tuple[float, float]: ...
    def quantiles(
        self, probabilities: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex]
    ) -> numpy.typing.NDArray[numpy.float64]:
        """
        NaN where a quantile lies beyond the bins.
        """
    def state(self) -> dict: ...

class DrawNumbers:
    def picked(
        self, rows: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]
    ) -> DrawNumbers: ...
    def rows(
        self,
        first: typing.SupportsInt | typing.SupportsIndex,
        n: typing.SupportsInt | typing.SupportsIndex,
    ) -> DrawNumbers: ...
    def with_rate_normals(
        self, normals: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"]
    ) -> DrawNumbers: ...
    @property
    def draws(self) -> int: ...

class DrawRecipe:
    def __init__(self, tables: dict) -> None: ...
    def entries(self, numbers: DrawNumbers) -> EntryRates: ...
    def numbers(
        self,
        first: typing.SupportsInt | typing.SupportsIndex,
        n: typing.SupportsInt | typing.SupportsIndex,
        seed: typing.SupportsInt | typing.SupportsIndex,
    ) -> DrawNumbers: ...
    def numbers_from(
        self, uniforms: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"]
    ) -> DrawNumbers: ...
    def rates(self, numbers: DrawNumbers) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def dimensions(self) -> int: ...

class LifeStrategy:
    def __init__(
        self,
        name: str,
        enrols_newcomers: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        enrols_stock: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        enrols_from: typing.SupportsFloat | typing.SupportsIndex,
        enrols_until: typing.SupportsFloat | typing.SupportsIndex,
    ) -> None: ...
    def add(
        self,
        transition: typing.SupportsInt | typing.SupportsIndex,
        first_age: typing.SupportsInt | typing.SupportsIndex,
        last_age: typing.SupportsInt | typing.SupportsIndex,
        patterns: collections.abc.Sequence[bool],
        since_enrolment: bool,
        starts: typing.SupportsFloat | typing.SupportsIndex,
        log_ratio: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        step: typing.SupportsFloat | typing.SupportsIndex,
    ) -> None: ...

class Municipality:
    def __init__(
        self,
        model: Model,
        ended: str,
        first_age: typing.SupportsInt | typing.SupportsIndex,
        base_year: typing.SupportsInt | typing.SupportsIndex,
        persons: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        mortality: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        stock: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        rates: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        entries: EntryRates,
        scale: bool,
        floor: typing.SupportsFloat | typing.SupportsIndex,
        entry_cuts: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        enrolments_a_year: typing.SupportsInt | typing.SupportsIndex,
        seed: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...
    def expected(self, threads: typing.SupportsInt | typing.SupportsIndex) -> list: ...
    def simulate(
        self,
        strategies: collections.abc.Sequence[LifeStrategy],
        places: typing.Any,
        settings: dict,
        progress: typing.Any,
    ) -> list: ...
    def translate(
        self,
        plan: tuple[
            str,
            collections.abc.Sequence[
                tuple[
                    typing.SupportsInt | typing.SupportsIndex,
                    typing.SupportsInt | typing.SupportsIndex,
                    typing.SupportsInt | typing.SupportsIndex,
                    typing.SupportsInt | typing.SupportsIndex,
                    typing.SupportsInt | typing.SupportsIndex,
                    bool,
                    typing.SupportsFloat | typing.SupportsIndex,
                    collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                    typing.SupportsFloat | typing.SupportsIndex,
                    typing.SupportsInt | typing.SupportsIndex,
                ]
            ],
            typing.SupportsFloat | typing.SupportsIndex,
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
            typing.SupportsFloat | typing.SupportsIndex,
            typing.SupportsFloat | typing.SupportsIndex,
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        ],
    ) -> LifeStrategy:
        """
        A strategy of the projection, as `kohort.projection.strategy_setting` lowers it.
        """
    @property
    def living(self) -> int: ...
    @property
    def moves(self) -> list[tuple[int, int]]: ...
    @property
    def states(self) -> list[str]: ...

def aalen_johansen(
    observations: Observations,
    model: Model,
    *,
    since: typing.SupportsFloat | typing.SupportsIndex = 0.0,
    clock: str = "",
    progress: typing.Any = None,
) -> tuple[
    list[float],
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"],
    numpy.typing.NDArray[numpy.float64],
    numpy.typing.NDArray[numpy.float64],
]:
    """
    times, at risk, probabilities (times, from, to), covariances.
    """

def acceptability(
    costs: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    effects: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    willingness_to_pay: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
) -> dict: ...
def accounting_weights(
    accounting: str,
    cycles: typing.SupportsInt | typing.SupportsIndex,
    discount: typing.SupportsFloat | typing.SupportsIndex,
    cycle_length: typing.SupportsFloat | typing.SupportsIndex,
    counted_at: typing.SupportsFloat | typing.SupportsIndex,
    strict: bool,
) -> tuple[
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"],
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"],
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"],
    str,
]: ...
def after_odds_ratio(
    probability: typing.SupportsFloat | typing.SupportsIndex,
    odds_ratio: typing.SupportsFloat | typing.SupportsIndex,
) -> float: ...
def agreement(
    mean: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    covariance: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    seen: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    replicates: typing.SupportsInt | typing.SupportsIndex,
) -> tuple[list[float], float, float, int, float]: ...
def arrivals_cost_variance(
    intensities: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    cost: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    years: typing.SupportsFloat | typing.SupportsIndex,
    force: typing.SupportsFloat | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"]: ...
def ask(
    model: IntensityModel,
    coefficients: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    covariance: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    what: str,
    *,
    years: typing.SupportsFloat | typing.SupportsIndex,
    since: typing.SupportsFloat | typing.SupportsIndex,
    last_age: typing.SupportsFloat | typing.SupportsIndex,
    discount: typing.SupportsFloat | typing.SupportsIndex,
    targets: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    rewards: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    starts: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    persons: collections.abc.Sequence[
        tuple[
            bool,
            collections.abc.Sequence[
                tuple[
                    typing.SupportsFloat | typing.SupportsIndex,
                    collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                ]
            ],
        ]
    ],
    weights: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    draws: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    level: typing.SupportsFloat | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
) -> dict: ...
def boosted_trace(
    intensities: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    start: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    moves: collections.abc.Sequence[
        tuple[typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex]
    ],
    ratio: typing.SupportsFloat | typing.SupportsIndex,
    fade: typing.SupportsFloat | typing.SupportsIndex,
    lasts: typing.SupportsFloat | typing.SupportsIndex,
    boosters: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    eligible: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    months: typing.SupportsInt | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def bootstrap(
    estimate: Estimate,
    observations: Observations,
    replicates: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
    clusters: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    *,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
) -> tuple[typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"], int]: ...
def bootstrap_covariance(
    replicates: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def bootstrap_intervals(
    replicates: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    estimates: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    level: typing.SupportsFloat | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]:
    """
    Percentile and basic limits, standard deviation and Monte Carlo errors, one row each.
    """

def bootstrap_likelihood_ratio(
    smaller: Estimate,
    larger: Estimate,
    observations: Observations,
    planned_ends: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    replicates: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
    *,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
) -> tuple[float, list[float], float, int]: ...
def calibrate(
    targets: collections.abc.Sequence[
        tuple[
            str,
            typing.SupportsFloat | typing.SupportsIndex,
            typing.SupportsFloat | typing.SupportsIndex,
        ]
    ],
    multipliers: collections.abc.Sequence[tuple[str, typing.SupportsFloat | typing.SupportsIndex]],
    function: collections.abc.Callable[
        [typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"]],
        typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    ],
) -> dict: ...
def calibrate_open_cohort(
    model: Model,
    ended: str,
    first_age: typing.SupportsInt | typing.SupportsIndex,
    base_year: typing.SupportsInt | typing.SupportsIndex,
    persons: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    mortality: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    stock: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    rates: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    entries: EntryRates,
    targets: collections.abc.Sequence[
        tuple[
            str,
            str,
            typing.SupportsInt | typing.SupportsIndex,
            typing.SupportsInt | typing.SupportsIndex,
            typing.SupportsInt | typing.SupportsIndex,
            typing.SupportsInt | typing.SupportsIndex,
            collections.abc.Sequence[str],
            typing.SupportsFloat | typing.SupportsIndex,
            typing.SupportsFloat | typing.SupportsIndex,
            typing.SupportsFloat | typing.SupportsIndex,
        ]
    ],
    multipliers: collections.abc.Sequence[
        tuple[
            str,
            str,
            typing.SupportsInt | typing.SupportsIndex,
            typing.SupportsInt | typing.SupportsIndex,
            typing.SupportsInt | typing.SupportsIndex,
            collections.abc.Sequence[str],
            typing.SupportsFloat | typing.SupportsIndex,
        ]
    ],
    settled: bool,
    scale: bool,
    floor: typing.SupportsFloat | typing.SupportsIndex,
    entry_cuts: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    enrolments_a_year: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> dict: ...
def calibration_normals(
    n: typing.SupportsInt | typing.SupportsIndex,
    size: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def caseload(
    starts: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    stay: typing.SupportsFloat | typing.SupportsIndex,
) -> list[float]: ...
def catalogued(
    code: str,
    *,
    row: typing.SupportsInt | typing.SupportsIndex | None = None,
    column: str = "",
    related: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex] = [],
    count: typing.SupportsInt | typing.SupportsIndex = 1,
    detail: str = "",
    detail_sv: str = "",
    file: str = "",
    cell: str = "",
) -> Finding:
    """
    The finding with this code, worded as in the catalogue; details follow the message.
    """

def cause_specific_ratio(
    all_before: typing.SupportsFloat | typing.SupportsIndex,
    cause_before: typing.SupportsFloat | typing.SupportsIndex,
    all_after: typing.SupportsFloat | typing.SupportsIndex,
    cause_after: typing.SupportsFloat | typing.SupportsIndex,
) -> float: ...
def cell_position(name: str) -> tuple[int, int]:
    """
    Row and column, from 1; zeros: none.
    """

def chance_covariance(
    model: Model,
    stock: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    rates: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    expected: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    dispersion: typing.SupportsFloat | typing.SupportsIndex,
) -> numpy.typing.NDArray[numpy.float64]:
    """
    Exact covariance of what `with_chance` draws, for each draw and 31 December.
    """

def chance_normals(
    n: typing.SupportsInt | typing.SupportsIndex,
    columns: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def chance_of_draws(
    model: Model,
    ended: str,
    first_age: typing.SupportsInt | typing.SupportsIndex,
    base_year: typing.SupportsInt | typing.SupportsIndex,
    persons: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    mortality: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    stock: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    recipe: DrawRecipe,
    numbers: DrawNumbers,
    cost: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    price_index: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    dispersion: typing.SupportsFloat | typing.SupportsIndex,
    scale: bool,
    floor: typing.SupportsFloat | typing.SupportsIndex,
    entry_cuts: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    enrolments_a_year: typing.SupportsInt | typing.SupportsIndex,
    seen_of: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    moving_out: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> dict: ...
def checked_shares(
    shares: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    where: str,
    normalise: bool,
) -> tuple[typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"], float]: ...
def clock_probability(
    model: IntensityModel,
    coefficients: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    x: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    t: typing.SupportsFloat | typing.SupportsIndex,
    *,
    accuracy: typing.SupportsFloat | typing.SupportsIndex = 1e-10,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]:
    """
    P over t years while the clocks run on from these values.
    """

def closed_counts(
    intensities: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    persons: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    t: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"],
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"],
]: ...
def closed_counts_between(
    intensities: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    persons: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    t1: typing.SupportsFloat | typing.SupportsIndex,
    t2: typing.SupportsFloat | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def closed_moments(
    dates: typing.SupportsInt | typing.SupportsIndex,
    states: typing.SupportsInt | typing.SupportsIndex,
    persons: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    starts: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    between: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> tuple[
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"],
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"],
]:
    """
    Mean and covariance of the numbers at dates x states: kinds of persons, their starts and P.
    """

def closed_variance_by_group(
    groups: collections.abc.Sequence[str],
    closed_variances: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    chance: typing.SupportsFloat | typing.SupportsIndex,
) -> dict: ...
def cohort_cost(
    intensities: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    start: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    cost: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    years: typing.SupportsFloat | typing.SupportsIndex,
    discount: typing.SupportsFloat | typing.SupportsIndex,
    accounting: str,
    cycle_length: typing.SupportsFloat | typing.SupportsIndex,
    persons: typing.SupportsFloat | typing.SupportsIndex,
) -> float: ...
def cohort_trace(
    intensities: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    start: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    cycles: typing.SupportsInt | typing.SupportsIndex,
    cycle_length: typing.SupportsFloat | typing.SupportsIndex,
    persons: typing.SupportsFloat | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def column_letters(column: typing.SupportsInt | typing.SupportsIndex) -> str: ...
def column_quantiles(
    draws: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    probabilities: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
) -> numpy.typing.NDArray[numpy.float64]:
    """
    Quantiles over the first axis.
    """

def compare_ways(
    net: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
) -> tuple[
    list[float], typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"], list[float]
]: ...
def compare_with_tables(
    observations: Observations,
    model: IntensityModel,
    coefficients: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
) -> list[tuple[str, float, int, bool]]:
    """
    Of each table: name, likelihood ratio, free shares, whether it has intensities.
    """

def constraint_words(
    terms: collections.abc.Sequence[tuple[str, typing.SupportsFloat | typing.SupportsIndex]],
    relation: str,
    value: typing.SupportsFloat | typing.SupportsIndex,
) -> str: ...
def cross_validate(
    estimate: Estimate,
    observations: Observations,
    folds: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
    clusters: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    *,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
) -> tuple[
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"],
    list[int],
    float,
    float,
    int,
    int,
]: ...
def crps(
    draws: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    seen: typing.SupportsFloat | typing.SupportsIndex,
    fair: bool = True,
) -> float: ...
def crude_rates(
    observations: Observations, model: Model
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"]: ...
def decision_columns() -> dict[str, list[str]]: ...
def declared_rule(
    name: str,
    source: str,
    levels: collections.abc.Sequence[str],
    codes: collections.abc.Sequence[tuple[str, str]],
    thresholds: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    most_demanding: bool,
    short_stays: collections.abc.Sequence[str],
) -> LevelRule: ...
def deferred_housing_value(
    months: typing.SupportsFloat | typing.SupportsIndex,
    from_month: typing.SupportsFloat | typing.SupportsIndex,
    place: typing.SupportsFloat | typing.SupportsIndex,
    home_help: typing.SupportsFloat | typing.SupportsIndex,
    discount: typing.SupportsFloat | typing.SupportsIndex,
) -> float: ...
def delta_interval(
    estimate: typing.SupportsFloat | typing.SupportsIndex,
    error: typing.SupportsFloat | typing.SupportsIndex,
    scale: str,
    level: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[float, float]: ...
def demand(
    hours: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    performed: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    in_homes: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    heavy: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    heavy_hours: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    vacancy_days: typing.SupportsFloat | typing.SupportsIndex,
    occupancy: typing.SupportsFloat | typing.SupportsIndex,
    hours_per_post: typing.SupportsFloat | typing.SupportsIndex,
    posts_per_place: typing.SupportsFloat | typing.SupportsIndex,
    person_years: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    exits: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> dict: ...
def dependency_model(with_ended: bool = False) -> Model: ...
def discount_factors(
    discount: typing.SupportsFloat | typing.SupportsIndex,
    cycles: typing.SupportsInt | typing.SupportsIndex,
    cycle_length: typing.SupportsFloat | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"]: ...
def discounted_decisions(
    decisions: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    discount: typing.SupportsFloat | typing.SupportsIndex,
) -> float: ...
def draw_states(
    shares: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    persons: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
) -> numpy.typing.NDArray[numpy.int32]: ...
def draws(
    model: IntensityModel,
    coefficients: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    covariance: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    has_error: collections.abc.Sequence[bool],
    diverging: bool,
    bounds: collections.abc.Sequence[
        tuple[
            typing.SupportsInt | typing.SupportsIndex,
            bool,
            typing.SupportsFloat | typing.SupportsIndex,
        ]
    ],
    n: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
    constraints: collections.abc.Sequence[
        tuple[
            collections.abc.Sequence[tuple[str, typing.SupportsFloat | typing.SupportsIndex]],
            str,
            typing.SupportsFloat | typing.SupportsIndex,
        ]
    ] = [],
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def draws_from(
    model: IntensityModel,
    coefficients: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    covariance: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    has_error: collections.abc.Sequence[bool],
    diverging: bool,
    bounds: collections.abc.Sequence[
        tuple[
            typing.SupportsInt | typing.SupportsIndex,
            bool,
            typing.SupportsFloat | typing.SupportsIndex,
        ]
    ],
    normals: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    uniforms: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]:
    """
    Coefficients from given random numbers.
    """

def embeddability(
    P: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    years: typing.SupportsFloat | typing.SupportsIndex,
    rounding: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[
    list[tuple[str, int, int, float]],
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"],
    bool,
]: ...
def entries_at_first_phase(
    of_levels: EntryRates,
    places: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    levels: typing.SupportsInt | typing.SupportsIndex,
) -> EntryRates: ...
def entry_cost(
    mix: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    cost: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
) -> float: ...
def entry_parts(
    cuts: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    parts_a_year: typing.SupportsInt | typing.SupportsIndex,
) -> int: ...
def entry_rates_from(
    model: EntryModel,
    first_age: typing.SupportsInt | typing.SupportsIndex,
    ages: typing.SupportsInt | typing.SupportsIndex,
    normals: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
) -> EntryRates: ...
def entry_ratios(
    mix: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    factors: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    softmax: bool,
) -> list[float]: ...
def entry_table(
    incidence: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    mix: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    levels: typing.SupportsInt | typing.SupportsIndex,
) -> EntryRates: ...
def entry_tables(entries: EntryRates) -> dict: ...
def erlang_c(
    places: typing.SupportsInt | typing.SupportsIndex,
    arrivals: typing.SupportsFloat | typing.SupportsIndex,
    stay: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[float, float, float, float, float]: ...
def expected_teams(
    capacity: typing.SupportsFloat | typing.SupportsIndex,
    mean_enrolled: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"]: ...
def expected_visits(
    Q: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    t: typing.SupportsFloat | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def fading_log_ratios(
    first: typing.SupportsFloat | typing.SupportsIndex,
    kept: typing.SupportsFloat | typing.SupportsIndex,
    steps: typing.SupportsInt | typing.SupportsIndex,
) -> list[float]: ...
def fieller(
    m: typing.SupportsFloat | typing.SupportsIndex,
    variance_m: typing.SupportsFloat | typing.SupportsIndex,
    F: typing.SupportsFloat | typing.SupportsIndex,
    variance_F: typing.SupportsFloat | typing.SupportsIndex,
    covariance: typing.SupportsFloat | typing.SupportsIndex,
    level: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[str, float, float]: ...
def fill_places(
    places: typing.SupportsFloat | typing.SupportsIndex,
    stay: typing.SupportsFloat | typing.SupportsIndex,
    leaving: typing.SupportsFloat | typing.SupportsIndex,
    arrivals: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    enrolled: typing.SupportsFloat | typing.SupportsIndex,
    waiting: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[list[float], list[float], list[float], list[float]]: ...
def fill_up(
    starts: typing.SupportsFloat | typing.SupportsIndex,
    stay: typing.SupportsFloat | typing.SupportsIndex,
    growing: typing.SupportsFloat | typing.SupportsIndex,
    months: typing.SupportsInt | typing.SupportsIndex,
) -> tuple[list[float], list[float]]: ...
def find_patterns(
    rows: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> tuple[numpy.typing.NDArray[numpy.int32], numpy.typing.NDArray[numpy.float64]]:
    """
    The pattern of each row, and the patterns.
    """

def find_threshold(
    outcome: collections.abc.Callable[[float], typing.SupportsFloat | typing.SupportsIndex],
    low: typing.SupportsFloat | typing.SupportsIndex,
    high: typing.SupportsFloat | typing.SupportsIndex,
    target: typing.SupportsFloat | typing.SupportsIndex,
    pieces: typing.SupportsInt | typing.SupportsIndex,
) -> tuple[list[tuple[float, bool]], float, float]: ...
def findings_json(findings: collections.abc.Sequence[Finding]) -> str: ...
def findings_text(
    findings: collections.abc.Sequence[Finding],
    language: str = "en",
    cap: typing.SupportsInt | typing.SupportsIndex = 1000,
) -> str: ...
def first_passage_ever(
    Q: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    targets: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
) -> tuple[
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"],
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"],
]: ...
def first_passage_probability(
    Q: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    targets: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    t: typing.SupportsFloat | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"]: ...
def fit(
    observations: Observations,
    model: IntensityModel,
    *,
    constraints: collections.abc.Sequence[
        tuple[
            collections.abc.Sequence[tuple[str, typing.SupportsFloat | typing.SupportsIndex]],
            str,
            typing.SupportsFloat | typing.SupportsIndex,
        ]
    ] = [],
    priors: collections.abc.Sequence[
        tuple[
            str,
            str,
            typing.SupportsFloat | typing.SupportsIndex,
            typing.SupportsFloat | typing.SupportsIndex,
        ]
    ] = [],
    penalties: collections.abc.Sequence[
        tuple[
            collections.abc.Sequence[str],
            typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
            typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
        ]
    ] = [],
    starts: typing.SupportsInt | typing.SupportsIndex = 1,
    seed: typing.SupportsInt | typing.SupportsIndex = 1,
    iterations: typing.SupportsInt | typing.SupportsIndex = 200,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
) -> dict: ...
def fit_entries(
    first_year: typing.SupportsInt | typing.SupportsIndex,
    years: typing.SupportsInt | typing.SupportsIndex,
    first_age: typing.SupportsInt | typing.SupportsIndex,
    ages: typing.SupportsInt | typing.SupportsIndex,
    levels: typing.SupportsInt | typing.SupportsIndex,
    entries: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    year_ends: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    supported: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    trend: bool,
    mix_trend: bool,
    damping: typing.SupportsFloat | typing.SupportsIndex,
    mix_damping: typing.SupportsFloat | typing.SupportsIndex,
) -> EntryModel: ...
def fit_pooled(
    start: Estimate,
    observations: Observations,
    clusters: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    effects: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    *,
    iterations: typing.SupportsInt | typing.SupportsIndex = 100,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
) -> dict: ...
def follow(
    matrices: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    intensities: bool,
    start: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    cycles: typing.SupportsInt | typing.SupportsIndex,
    cycle_length: typing.SupportsFloat | typing.SupportsIndex,
    persons: typing.SupportsFloat | typing.SupportsIndex,
) -> ClosedCohort: ...
def forecast_from_groups(
    group_starts: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    years: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    men: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    women: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    table_first_age: typing.SupportsInt | typing.SupportsIndex,
    table_time: typing.SupportsFloat | typing.SupportsIndex,
    risks_men: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    risks_women: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    period_middles: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    rates_men: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    rates_women: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    base: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    base_year: typing.SupportsInt | typing.SupportsIndex,
    ahead: typing.SupportsInt | typing.SupportsIndex,
    open_age: typing.SupportsInt | typing.SupportsIndex,
) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]: ...
def full_at_once(
    enrolled: typing.SupportsFloat | typing.SupportsIndex,
    stay: typing.SupportsFloat | typing.SupportsIndex,
    months: typing.SupportsInt | typing.SupportsIndex,
) -> tuple[list[float], list[float]]: ...
def graduate(
    totals: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    group_starts: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    indicator: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"]: ...
def header_key(name: str) -> str:
    """
    The form in which headers and codes are compared.
    """

def hidden_model(
    model: IntensityModel,
    seen: collections.abc.Sequence[str],
    seen_of: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    first: str,
    clock: str,
    misread: bool,
    errors: collections.abc.Sequence[
        tuple[typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex]
    ],
    reading_terms: IntensityModel,
    reading_uses: collections.abc.Sequence[collections.abc.Sequence[bool]],
    start: str,
    probabilities: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    move_or_stay: bool,
) -> IntensityModel: ...
def hours_rule(
    thresholds: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    levels: collections.abc.Sequence[str],
) -> LevelRule: ...
def incremental_analysis(
    costs: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    effects: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
) -> list: ...
def inflow_counts(
    intensities: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    inflow: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    t: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"],
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"],
]: ...
def inflow_counts_between(
    intensities: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    inflow: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    t1: typing.SupportsFloat | typing.SupportsIndex,
    t2: typing.SupportsFloat | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def influence(
    estimate: Estimate, scores: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"]
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def intensities(
    model: Model, rates: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex]
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def interval_of_break_even(
    saving: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    fixed: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    capacity: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    level: typing.SupportsFloat | typing.SupportsIndex,
) -> dict: ...
def is_stiff(
    Q: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    t: typing.SupportsFloat | typing.SupportsIndex,
) -> bool: ...
def length_of_stay(
    Q: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    t: typing.SupportsFloat | typing.SupportsIndex,
    force: typing.SupportsFloat | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def likeliest_states(
    observations: Observations,
    model: IntensityModel,
    coefficients: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
) -> numpy.typing.NDArray[numpy.int32]: ...
def likelihood_ratio(smaller: Estimate, larger: Estimate) -> tuple[float, int, float, bool]: ...
def log_count_error(
    count: typing.SupportsFloat | typing.SupportsIndex,
    dispersion: typing.SupportsFloat | typing.SupportsIndex,
) -> float: ...
def log_likelihood(
    observations: Observations,
    model: IntensityModel,
    coefficients: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    *,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
) -> float: ...
def log_share_error(
    share: typing.SupportsFloat | typing.SupportsIndex,
    persons: typing.SupportsFloat | typing.SupportsIndex,
    dispersion: typing.SupportsFloat | typing.SupportsIndex,
) -> float: ...
def log_transition_probability(
    Q: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    t: typing.SupportsFloat | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def looks_like_data(head: str) -> bool:
    """
    Whether a cell of a header line looks like a date or a number.
    """

def markov_test(
    model: IntensityModel,
    coefficients: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    observations: Observations,
    *,
    moved: bool,
    changes: bool,
    ever: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    on: collections.abc.Sequence[bool],
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
) -> dict: ...
def maximise_expectation(
    model: Model,
    rows: collections.abc.Sequence[TableRow],
    start: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    steps: typing.SupportsInt | typing.SupportsIndex,
    tolerance: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"], list[float], bool]: ...
def mean_stay(
    model: IntensityModel,
    Q: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    seen: typing.SupportsInt | typing.SupportsIndex,
    first: str,
) -> float: ...
def mix_effects(
    mix: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    first_age: typing.SupportsInt | typing.SupportsIndex,
    ages: typing.SupportsInt | typing.SupportsIndex,
    levels: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    factors: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    softmax: bool,
    window: tuple[
        bool,
        typing.SupportsFloat | typing.SupportsIndex,
        typing.SupportsInt | typing.SupportsIndex,
        typing.SupportsFloat | typing.SupportsIndex,
        typing.SupportsInt | typing.SupportsIndex,
        typing.SupportsInt | typing.SupportsIndex,
        typing.SupportsInt | typing.SupportsIndex,
    ],
) -> list[tuple[int, int, int, int, int, bool, float, list[float], float]]: ...
def monthly_visits(
    from_day: typing.SupportsInt | typing.SupportsIndex,
    to_day: typing.SupportsInt | typing.SupportsIndex,
    months: typing.SupportsInt | typing.SupportsIndex,
) -> list[int]: ...
def mortality_from_risks(
    first_age: typing.SupportsInt | typing.SupportsIndex,
    risks: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    open_age: typing.SupportsInt | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"]: ...
def multiplier_loads(
    multipliers: collections.abc.Sequence[
        tuple[
            str,
            str,
            typing.SupportsInt | typing.SupportsIndex,
            typing.SupportsInt | typing.SupportsIndex,
            typing.SupportsInt | typing.SupportsIndex,
            collections.abc.Sequence[str],
            typing.SupportsFloat | typing.SupportsIndex,
        ]
    ],
    model: Model,
    ended: str,
    first_age: typing.SupportsInt | typing.SupportsIndex,
    ages: typing.SupportsInt | typing.SupportsIndex,
) -> tuple[
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"],
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"],
]: ...
def municipality_draws(
    common: Estimate,
    effects: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    mode: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    variance: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    follows: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    n: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def named_levels(levels: collections.abc.Sequence[str]) -> LevelRule: ...
def next_state(
    Q: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def nominal_rate(
    real: typing.SupportsFloat | typing.SupportsIndex,
    inflation: typing.SupportsFloat | typing.SupportsIndex,
) -> float: ...
def normal_chance_of_gain(
    enrolled: typing.SupportsFloat | typing.SupportsIndex,
    m: typing.SupportsFloat | typing.SupportsIndex,
    variance_m: typing.SupportsFloat | typing.SupportsIndex,
    F: typing.SupportsFloat | typing.SupportsIndex,
    variance_F: typing.SupportsFloat | typing.SupportsIndex,
    covariance: typing.SupportsFloat | typing.SupportsIndex,
) -> float: ...
def observable_model(model: IntensityModel) -> Model: ...
def observed_range(observations: Observations, clock: str) -> tuple[float, float]:
    """
    Least and largest value of a clock while somebody was followed.
    """

def odds_effects(
    model: Model,
    first_age: typing.SupportsInt | typing.SupportsIndex,
    rates: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    inside: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    moves: collections.abc.Sequence[
        tuple[typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex]
    ],
    months: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    odds_ratios: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    start: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    since_enrolment: bool,
) -> list[tuple[int, int, int, int, int, bool, float, list[float], float]]: ...
def one_way(
    model: collections.abc.Callable[[list[float]], typing.SupportsFloat | typing.SupportsIndex],
    inputs: collections.abc.Sequence[
        typing.Annotated[
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(3)"
        ]
    ],
) -> tuple[float, list[tuple[int, float, float]]]: ...
def only_tables(
    rows: collections.abc.Sequence[TableRow], covariate_names: collections.abc.Sequence[str]
) -> Observations: ...
def parametric_bootstrap(
    estimate: Estimate,
    observations: Observations,
    planned_ends: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    replicates: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
    *,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
) -> tuple[typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"], int]: ...
def pearson(
    model: IntensityModel,
    coefficients: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    observations: Observations,
    planned_ends: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    *,
    groups: tuple[
        typing.SupportsInt | typing.SupportsIndex,
        typing.SupportsInt | typing.SupportsIndex,
        typing.SupportsInt | typing.SupportsIndex,
    ],
    smallest: typing.SupportsFloat | typing.SupportsIndex,
    replicates: typing.SupportsInt | typing.SupportsIndex,
    refit: bool,
    seed: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
) -> dict: ...
def peek(
    source: typing.Any,
    file: str,
    *,
    delimiter: str = "",
    decimal: str = "",
    encoding: str = "",
    header_row: typing.SupportsInt | typing.SupportsIndex = 0,
    first_record: typing.SupportsInt | typing.SupportsIndex | None = None,
    rows: typing.SupportsInt | typing.SupportsIndex = 200,
) -> dict:
    """
    The header and the first records. Personal data: it stays in memory.
    """

def person_cost(
    pieces: collections.abc.Sequence[
        tuple[
            typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
            typing.SupportsFloat | typing.SupportsIndex,
        ]
    ],
    cost: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    force: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"],
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"],
]: ...
def person_names(arg0: Decisions) -> list[str]: ...
def personal_ids(arg0: Decisions) -> bool: ...
def pick_rows(
    n: typing.SupportsInt | typing.SupportsIndex,
    count: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
) -> list[int]: ...
def plain_words(text: str) -> bool:
    """
    Whether a text holds words that extracts are made of and nothing else.
    """

def poisson_crps(
    mean: typing.SupportsFloat | typing.SupportsIndex,
    seen: typing.SupportsInt | typing.SupportsIndex,
) -> float: ...
def poisson_quantile(
    mean: typing.SupportsFloat | typing.SupportsIndex,
    probability: typing.SupportsFloat | typing.SupportsIndex,
) -> int: ...
def population_error_variance(
    sigma: typing.SupportsFloat | typing.SupportsIndex,
    power: typing.SupportsFloat | typing.SupportsIndex,
    age_scale: typing.SupportsFloat | typing.SupportsIndex,
    between_sexes: typing.SupportsFloat | typing.SupportsIndex,
    expected: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    h: typing.SupportsFloat | typing.SupportsIndex,
) -> float: ...
def population_paths(
    sigma: typing.SupportsFloat | typing.SupportsIndex,
    power: typing.SupportsFloat | typing.SupportsIndex,
    age_scale: typing.SupportsFloat | typing.SupportsIndex,
    between_sexes: typing.SupportsFloat | typing.SupportsIndex,
    years: typing.SupportsInt | typing.SupportsIndex,
    ages: typing.SupportsInt | typing.SupportsIndex,
    first: typing.SupportsInt | typing.SupportsIndex,
    n: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
) -> numpy.typing.NDArray[numpy.float64]: ...
def prevalence(
    model: IntensityModel,
    coefficients: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    observations: Observations,
    times: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    planned_ends: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    *,
    window: typing.SupportsFloat | typing.SupportsIndex,
    bridge: bool,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
) -> tuple[
    list[float],
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"],
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"],
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"],
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"],
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"],
]:
    """
    times, persons, observed, unknown, expected, shared.
    """

def price_paths(
    components: collections.abc.Sequence[
        tuple[
            str,
            typing.SupportsFloat | typing.SupportsIndex,
            typing.SupportsFloat | typing.SupportsIndex,
        ]
    ],
    correlation: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    years: typing.SupportsInt | typing.SupportsIndex,
    first: typing.SupportsInt | typing.SupportsIndex,
    n: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
) -> numpy.typing.NDArray[numpy.float64]: ...
def probabilistic_cohort(
    probabilities: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    start: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    costs: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    utilities: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    alive: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    cycles: typing.SupportsInt | typing.SupportsIndex,
    accounting: str,
    discount: typing.SupportsFloat | typing.SupportsIndex,
    discount_effects: typing.SupportsFloat | typing.SupportsIndex,
    cycle_length: typing.SupportsFloat | typing.SupportsIndex,
    counted_at: typing.SupportsFloat | typing.SupportsIndex,
    strict: bool,
    level: typing.SupportsFloat | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> dict: ...
def probability_effects(
    model: Model,
    first_age: typing.SupportsInt | typing.SupportsIndex,
    rates: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    targets: collections.abc.Sequence[
        tuple[
            typing.SupportsInt | typing.SupportsIndex,
            typing.SupportsInt | typing.SupportsIndex,
            typing.SupportsFloat | typing.SupportsIndex,
        ]
    ],
    over: typing.SupportsFloat | typing.SupportsIndex,
    window: tuple[
        bool,
        typing.SupportsFloat | typing.SupportsIndex,
        typing.SupportsInt | typing.SupportsIndex,
        typing.SupportsFloat | typing.SupportsIndex,
        typing.SupportsInt | typing.SupportsIndex,
        typing.SupportsInt | typing.SupportsIndex,
        typing.SupportsInt | typing.SupportsIndex,
    ],
) -> list[tuple[int, int, int, int, int, bool, float, list[float], float]]: ...
def profile(
    estimate: Estimate,
    observations: Observations,
    coefficients: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    level: typing.SupportsFloat | typing.SupportsIndex,
    *,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
) -> list: ...
def programme_inputs() -> list[tuple[str, float, str]]: ...
def project_courses(
    model: Model,
    ended: str,
    first_age: typing.SupportsInt | typing.SupportsIndex,
    base_year: typing.SupportsInt | typing.SupportsIndex,
    persons: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    mortality: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    stock: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    recipe: DrawRecipe,
    numbers: DrawNumbers,
    paths: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    cost: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    price_index: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    price_shares: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    prices: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    scale: bool,
    floor: typing.SupportsFloat | typing.SupportsIndex,
    strategies: collections.abc.Sequence[
        tuple[
            str,
            collections.abc.Sequence[
                tuple[
                    typing.SupportsInt | typing.SupportsIndex,
                    typing.SupportsInt | typing.SupportsIndex,
                    typing.SupportsInt | typing.SupportsIndex,
                    typing.SupportsInt | typing.SupportsIndex,
                    typing.SupportsInt | typing.SupportsIndex,
                    bool,
                    typing.SupportsFloat | typing.SupportsIndex,
                    collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                    typing.SupportsFloat | typing.SupportsIndex,
                    typing.SupportsInt | typing.SupportsIndex,
                ]
            ],
            typing.SupportsFloat | typing.SupportsIndex,
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
            typing.SupportsFloat | typing.SupportsIndex,
            typing.SupportsFloat | typing.SupportsIndex,
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        ]
    ],
    entry_cuts: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    enrolments_a_year: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
    progress: typing.Any,
) -> list:
    """
    Usual care and each strategy, in the same draws.
    """

def quadrant_of(
    added_cost: typing.SupportsFloat | typing.SupportsIndex,
    added_effect: typing.SupportsFloat | typing.SupportsIndex,
) -> str: ...
def quasi_optimisation(
    P: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    years: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"], float]: ...
def queue_with_abandonment(
    places: typing.SupportsInt | typing.SupportsIndex,
    arrivals: typing.SupportsFloat | typing.SupportsIndex,
    stay: typing.SupportsFloat | typing.SupportsIndex,
    gives_up: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[float, float, float, float, float]: ...
def randomised_pit(
    draws: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    seen: typing.SupportsFloat | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
    index: typing.SupportsInt | typing.SupportsIndex,
) -> float: ...
def rate_ratio(
    before: typing.SupportsFloat | typing.SupportsIndex,
    after: typing.SupportsFloat | typing.SupportsIndex,
) -> float: ...
def rates(
    model: IntensityModel,
    coefficients: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    x: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
) -> numpy.typing.NDArray[numpy.float64]: ...
def ratio_effects(
    moves: collections.abc.Sequence[
        tuple[typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex]
    ],
    ratio: typing.SupportsFloat | typing.SupportsIndex,
    window: tuple[
        bool,
        typing.SupportsFloat | typing.SupportsIndex,
        typing.SupportsInt | typing.SupportsIndex,
        typing.SupportsFloat | typing.SupportsIndex,
        typing.SupportsInt | typing.SupportsIndex,
        typing.SupportsInt | typing.SupportsIndex,
        typing.SupportsInt | typing.SupportsIndex,
    ],
) -> list[tuple[int, int, int, int, int, bool, float, list[float], float]]: ...
def ratios_for_probabilities(
    intensities: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    targets: collections.abc.Sequence[
        tuple[
            typing.SupportsInt | typing.SupportsIndex,
            typing.SupportsInt | typing.SupportsIndex,
            typing.SupportsFloat | typing.SupportsIndex,
        ]
    ],
    years: typing.SupportsFloat | typing.SupportsIndex,
) -> list[float]: ...
def ratios_for_shares(
    intensities: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    start: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    inside: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    moves: collections.abc.Sequence[
        tuple[typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex]
    ],
    times: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    shares: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
) -> list[float]: ...
def read_decisions(
    source: typing.Any,
    file: str,
    *,
    model: Model,
    rule: LevelRule,
    extraction: typing.SupportsInt | typing.SupportsIndex | None,
    observed_from: typing.SupportsInt | typing.SupportsIndex | None,
    overlap: str,
    gap_days: typing.SupportsInt | typing.SupportsIndex,
    short_stay_days: typing.SupportsInt | typing.SupportsIndex = 0,
    ended: str,
    date_format: str,
    delimiter: str,
    decimal: str,
    encoding: str = "",
    header_row: typing.SupportsInt | typing.SupportsIndex = 0,
    first_record: typing.SupportsInt | typing.SupportsIndex | None = None,
    columns: collections.abc.Mapping[str, str],
    id: str = "by header",
    century: str = "separator",
    progress: typing.Any = None,
) -> Decisions:
    """
    source: bytes, a path as str, or an iterator of bytes in UTF-8. first_record: rows are numbered by record, and the header has this number.
    """

def read_personal_numbers(
    texts: collections.abc.Sequence[str],
    *,
    reference: typing.SupportsInt | typing.SupportsIndex | None,
    century: str = "separator",
) -> tuple: ...
def read_three_ways(
    figure: typing.SupportsFloat | typing.SupportsIndex,
    stay: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[float, float, float]: ...
def reading_probability(
    model: IntensityModel,
    coefficients: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    x: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def redistributed(
    probabilities: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    effects: collections.abc.Sequence[
        tuple[
            typing.SupportsInt | typing.SupportsIndex,
            typing.SupportsInt | typing.SupportsIndex,
            typing.SupportsFloat | typing.SupportsIndex,
        ]
    ],
    rule: str,
    death: typing.SupportsInt | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def refuse(findings: collections.abc.Sequence[Finding]) -> None:
    """
    Raises DataRefused with these findings.
    """

def reject(code: str, where: str, seen: str, needed: str, remedy: str) -> None:
    """
    Raises InvalidInput, worded as everywhere: Python's own refusals go through here.
    """

def rename_persons(of: Decisions, names: collections.abc.Sequence[str]) -> None: ...
def repeated_entries(
    entries: EntryRates, n: typing.SupportsInt | typing.SupportsIndex
) -> EntryRates: ...
def returns_as_new(
    model: Model,
    ended: str,
    entries: EntryRates,
    rates: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> numpy.typing.NDArray[numpy.float64]:
    """
    Rates, (draws, 2, ages, transitions), with those from `ended` as of coming in anew.
    """

def round_hierarchy(
    amounts: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    shape: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
) -> list[int]: ...
def round_to_ore(
    amounts: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
) -> list[int]: ...
def sandwich(
    estimate: Estimate,
    scores: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    clusters: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
) -> tuple[typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"], int, tuple]: ...
def seen_transition_probability(
    model: IntensityModel,
    Q: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    t: typing.SupportsFloat | typing.SupportsIndex,
    first: str,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def select(
    observations: Observations,
    subjects: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
) -> Observations:
    """
    The observations of some subjects, by their numbers.
    """

def share_staying(
    persons: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    mortality: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    moving_out: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> numpy.typing.NDArray[numpy.float64]:
    """
    Of each cohort, who does not move away within a year: (years, 2, ages).
    """

def shown_header(header: str, place: typing.SupportsInt | typing.SupportsIndex) -> str:
    """
    A header as it may be shown: its place, unless its words are known ones.
    """

def simulate(
    model: IntensityModel,
    coefficients: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    starts: typing.Annotated[numpy.typing.ArrayLike, numpy.int32],
    visits: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    names: collections.abc.Sequence[str],
    covariates: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    clocks: collections.abc.Sequence[bool],
    *,
    exact_times: bool,
    deaths: str,
    seed: typing.SupportsInt | typing.SupportsIndex,
    replicate: typing.SupportsInt | typing.SupportsIndex = 0,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
) -> tuple[
    numpy.typing.NDArray[numpy.int32],
    numpy.typing.NDArray[numpy.float64],
    numpy.typing.NDArray[numpy.int32],
    numpy.typing.NDArray[numpy.uint8],
    numpy.ndarray,
    numpy.typing.NDArray[numpy.float64],
]:
    """
    Columns of simulated observations: subjects, times, states, kinds, covariates, earliest.
    """

def simulate_lives(
    model: Model,
    rates: dict,
    everybody: dict,
    entries: typing.Any,
    strategies: collections.abc.Sequence[LifeStrategy],
    places: typing.Any,
    settings: dict,
    progress: typing.Any,
) -> list: ...
def smoothed_states(
    observations: Observations,
    model: IntensityModel,
    coefficients: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def sojourn_time(
    Q: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"]: ...
def split_by_payer(
    amounts: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    fees: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    shares: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def split_change(
    before: tuple[
        typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
        typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
        typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    ],
    after: tuple[
        typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
        typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
        typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    ],
    wage_share: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    wage_growth: typing.SupportsFloat | typing.SupportsIndex,
) -> typing.Annotated[list[float], "FixedSize(5)"]: ...
def split_difference(
    before: tuple[
        typing.SupportsFloat | typing.SupportsIndex,
        typing.SupportsFloat | typing.SupportsIndex,
        typing.SupportsFloat | typing.SupportsIndex,
    ],
    after: tuple[
        typing.SupportsFloat | typing.SupportsIndex,
        typing.SupportsFloat | typing.SupportsIndex,
        typing.SupportsFloat | typing.SupportsIndex,
    ],
) -> dict: ...
def split_stock(
    model: Model,
    ended: str,
    first_age: typing.SupportsInt | typing.SupportsIndex,
    base_year: typing.SupportsInt | typing.SupportsIndex,
    persons: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    mortality: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    rates: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    entries: EntryRates,
    seen_of: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    seen: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> tuple[numpy.typing.NDArray[numpy.float64], float]: ...
def spread_p_value(
    with_effect: typing.SupportsFloat | typing.SupportsIndex,
    without_effect: typing.SupportsFloat | typing.SupportsIndex,
) -> float: ...
def start_probability(
    model: IntensityModel,
    coefficients: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
) -> list[float]: ...
def stationary_phases(
    model: IntensityModel,
    Q: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    seen: typing.SupportsInt | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"]: ...
def stay_quantile(
    model: IntensityModel,
    Q: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    seen: typing.SupportsInt | typing.SupportsIndex,
    p: typing.SupportsFloat | typing.SupportsIndex,
    first: str,
) -> float: ...
def stay_survival(
    model: IntensityModel,
    Q: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    seen: typing.SupportsInt | typing.SupportsIndex,
    times: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    first: str,
) -> list[float]: ...
def steady_queue(
    places: typing.SupportsFloat | typing.SupportsIndex,
    stay: typing.SupportsFloat | typing.SupportsIndex,
    leaving: typing.SupportsFloat | typing.SupportsIndex,
    arrivals: typing.SupportsFloat | typing.SupportsIndex,
) -> dict: ...
def stock_and_flow(
    enrolled: typing.SupportsFloat | typing.SupportsIndex | None,
    starts: typing.SupportsFloat | typing.SupportsIndex | None,
    stay: typing.SupportsFloat | typing.SupportsIndex | None,
    head_count: typing.SupportsFloat | typing.SupportsIndex | None,
    enrolled_variance: typing.SupportsFloat | typing.SupportsIndex,
    starts_counted: typing.SupportsFloat | typing.SupportsIndex,
    stays_counted: typing.SupportsFloat | typing.SupportsIndex,
    stay_cv: typing.SupportsFloat | typing.SupportsIndex,
    window: typing.SupportsFloat | typing.SupportsIndex,
) -> dict: ...
def strategy_state(model: Model, state: typing.SupportsInt | typing.SupportsIndex) -> int: ...
def subject_scores(
    estimate: Estimate,
    observations: Observations,
    *,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
) -> tuple[
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"],
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"],
]: ...
def summarise(
    values: typing.Annotated[numpy.typing.ArrayLike, numpy.float64], rule: BinRule
) -> dict:
    """
    Counts and moments of the columns of (draws, quantities), as arrays.
    """

def support_type_rule() -> LevelRule: ...
def team_cost(
    posts: collections.abc.Sequence[
        tuple[
            str,
            typing.SupportsFloat | typing.SupportsIndex,
            typing.SupportsFloat | typing.SupportsIndex,
        ]
    ],
    on_cost: typing.SupportsFloat | typing.SupportsIndex,
    premises: typing.SupportsFloat | typing.SupportsIndex,
    other: typing.SupportsFloat | typing.SupportsIndex,
) -> float: ...
def text_columns(
    source: typing.Any,
    file: str,
    wanted: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    *,
    delimiter: str = "",
    decimal: str = "",
    encoding: str = "",
    header_row: typing.SupportsInt | typing.SupportsIndex = 0,
    first_record: typing.SupportsInt | typing.SupportsIndex | None = None,
) -> dict:
    """
    The texts of some columns, by place, and the row of each record. Personal data: it stays in memory.
    """

def transition_probabilities(
    Q: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    t: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
) -> numpy.typing.NDArray[numpy.float64]: ...
def transition_probability(
    Q: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    t: typing.SupportsFloat | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def two_phases_from_quantiles(
    shares: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(3)"
    ],
    times: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(3)"
    ],
) -> tuple[float, float, float]:
    """
    From phase 1 to phase 2, and out of each of them.
    """

def validate(
    model: Model,
    *,
    subject_names: collections.abc.Sequence[str],
    subjects: typing.Annotated[numpy.typing.ArrayLike, numpy.int32],
    times: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    units_per_year: typing.SupportsFloat | typing.SupportsIndex,
    states: typing.Annotated[numpy.typing.ArrayLike, numpy.int32],
    kinds: typing.Annotated[numpy.typing.ArrayLike, numpy.uint8],
    covariate_names: collections.abc.Sequence[str],
    covariates: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    weights: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    source_rows: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    sets: collections.abc.Sequence[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]
    ] = [],
    earliest: typing.Annotated[numpy.typing.ArrayLike, numpy.float64] = ...,
    start: str = "condition",
    start_probabilities: typing.Annotated[numpy.typing.ArrayLike, numpy.float64] = ...,
) -> Observations: ...
def value_of_knowing(
    benefit: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    parameters: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    intervals: typing.SupportsInt | typing.SupportsIndex,
    folds: typing.SupportsInt | typing.SupportsIndex,
    repeats: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
) -> dict: ...
def variance_by_group(
    groups: collections.abc.Sequence[str],
    y: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    frozen: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    chance: typing.SupportsFloat | typing.SupportsIndex,
    chance_error: typing.SupportsFloat | typing.SupportsIndex,
) -> dict: ...
def variant_uniforms(
    first: typing.SupportsInt | typing.SupportsIndex,
    n: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
) -> numpy.typing.NDArray[numpy.float64]: ...
def wald_intervals(
    model: IntensityModel,
    coefficients: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    covariance: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    has_error: collections.abc.Sequence[bool],
    level: typing.SupportsFloat | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]:
    """
    Standard error, lower and upper limit of every coefficient; error 0 where there is none.
    """

def with_chance(
    model: Model,
    stock: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    rates: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    expected: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    dispersion: typing.SupportsFloat | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
    seen_of: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex] = [],
    shares: typing.Annotated[numpy.typing.ArrayLike, numpy.float64] = ...,
    entry_cuts: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex] = [],
    parts_a_year: typing.SupportsInt | typing.SupportsIndex = 12,
    staying: typing.Annotated[numpy.typing.ArrayLike, numpy.float64] = ...,
) -> numpy.typing.NDArray[numpy.float64]:
    """
    Numbers of persons as they may turn out, from what each draw expects.
    """

def with_log_incidence(
    entries: EntryRates,
    shift: typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]", "flags.c_contiguous"],
) -> EntryRates: ...
def with_phases(
    model: Model, phases: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]
) -> tuple[Model, list[int]]:
    """
    The model with its phases as states, and as which state each is seen.
    """

def with_tables(
    observations: Observations, rows: collections.abc.Sequence[TableRow]
) -> Observations: ...
def yearly_cost(
    person_years: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    cost: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    price_index: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    price_shares: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    prices: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> numpy.typing.NDArray[numpy.float64]: ...

__version__: str = "0.1.0"
instruction_set: str = "avx512"
personal_number_codes: tuple = (
    "",
    "E-PNR-LENGTH",
    "E-PNR-SCI",
    "E-PNR-INTERIM",
    "E-PNR-DATE",
    "E-PNR-CHECK",
    "E-EXTRACTION-DATE",
)
