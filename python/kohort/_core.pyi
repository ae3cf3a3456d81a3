"""
The C++ core of kohort. Use the names in `kohort` instead.
"""

from __future__ import annotations

import collections.abc
import typing

import numpy
import numpy.typing

__all__: list[str] = [
    "Costs",
    "DataRefused",
    "Decisions",
    "EntryModel",
    "EntryRates",
    "Estimate",
    "Finding",
    "IntensityModel",
    "InvalidInput",
    "LevelRule",
    "Model",
    "Notice",
    "Observations",
    "Posterior",
    "TableRow",
    "aalen_johansen",
    "ask",
    "bootstrap",
    "bootstrap_covariance",
    "bootstrap_intervals",
    "checked_shares",
    "clock_probability",
    "cohort_cost",
    "cohort_trace",
    "column_quantiles",
    "compare_with_tables",
    "constraint_words",
    "cross_validate",
    "crps",
    "crude_rates",
    "decision_columns",
    "delta_interval",
    "dependency_model",
    "draw_states",
    "draws",
    "embeddability",
    "entry_cost",
    "entry_table",
    "expected_visits",
    "fading_log_ratios",
    "findings_json",
    "findings_text",
    "first_passage_ever",
    "first_passage_probability",
    "fit",
    "fit_entries",
    "fit_pooled",
    "forecast_from_groups",
    "graduate",
    "hidden_model",
    "hours_rule",
    "influence",
    "instruction_set",
    "intensities",
    "is_stiff",
    "length_of_stay",
    "likeliest_states",
    "likelihood_ratio",
    "log_likelihood",
    "log_transition_probability",
    "markov_test",
    "maximise_expectation",
    "mean_stay",
    "monthly_visits",
    "mortality_from_risks",
    "municipality_draws",
    "named_levels",
    "next_state",
    "observable_model",
    "observed_range",
    "only_tables",
    "pearson",
    "pick_rows",
    "poisson_crps",
    "poisson_quantile",
    "prevalence",
    "profile",
    "project",
    "quasi_optimisation",
    "randomised_pit",
    "rates",
    "read_decisions",
    "reading_probability",
    "refuse",
    "reject",
    "round_to_ore",
    "sandwich",
    "seen_transition_probability",
    "select",
    "simulate",
    "smoothed_states",
    "sojourn_time",
    "spread_p_value",
    "start_probability",
    "stationary_phases",
    "stay_quantile",
    "stay_survival",
    "subject_scores",
    "support_type_rule",
    "transition_probabilities",
    "transition_probability",
    "two_phases_from_quantiles",
    "validate",
    "wald_intervals",
    "with_chance",
    "with_phases",
    "with_tables",
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
    ) -> None: ...
    def __repr__(self) -> str: ...
    def __str__(self) -> str: ...
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
    def name(self) -> str:
        """
        What results made under the rule call it.
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
    def exposure_days(
        self,
        arg0: typing.SupportsInt | typing.SupportsIndex,
        arg1: typing.SupportsInt | typing.SupportsIndex,
    ) -> dict: ...
    def first_entries(
        self,
        arg0: typing.SupportsInt | typing.SupportsIndex,
        arg1: typing.SupportsInt | typing.SupportsIndex,
    ) -> dict: ...
    def moves(
        self,
        arg0: typing.SupportsInt | typing.SupportsIndex,
        arg1: typing.SupportsInt | typing.SupportsIndex,
    ) -> dict: ...
    def stays(self) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray, numpy.ndarray]: ...
    def stock(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> dict: ...
    @property
    def counts(self) -> list[tuple[str, int]]: ...
    @property
    def extraction(self) -> str: ...
    @property
    def findings(self) -> list[Finding]: ...
    @property
    def observations(self) -> Observations: ...
    @property
    def rule(self) -> LevelRule: ...

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
def column_quantiles(
    draws: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    probabilities: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
) -> numpy.typing.NDArray[numpy.float64]:
    """
    Quantiles over the first axis.
    """

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
def delta_interval(
    estimate: typing.SupportsFloat | typing.SupportsIndex,
    error: typing.SupportsFloat | typing.SupportsIndex,
    scale: str,
    level: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[float, float]: ...
def dependency_model(with_ended: bool = False) -> Model: ...
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
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def embeddability(
    P: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    years: typing.SupportsFloat | typing.SupportsIndex,
    rounding: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[
    list[tuple[str, int, int, float]],
    typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"],
    bool,
]: ...
def entry_cost(
    mix: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    cost: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
) -> float: ...
def entry_table(
    incidence: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    mix: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    levels: typing.SupportsInt | typing.SupportsIndex,
) -> EntryRates: ...
def expected_visits(
    Q: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    t: typing.SupportsFloat | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def fading_log_ratios(
    first: typing.SupportsFloat | typing.SupportsIndex,
    kept: typing.SupportsFloat | typing.SupportsIndex,
    steps: typing.SupportsInt | typing.SupportsIndex,
) -> list[float]: ...
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
def graduate(
    totals: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    group_starts: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    indicator: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, 1]"]: ...
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
) -> IntensityModel: ...
def hours_rule(
    thresholds: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    levels: collections.abc.Sequence[str],
) -> LevelRule: ...
def influence(
    estimate: Estimate, scores: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"]
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def intensities(
    model: Model, rates: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex]
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
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
def log_likelihood(
    observations: Observations,
    model: IntensityModel,
    coefficients: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
    *,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
) -> float: ...
def log_transition_probability(
    Q: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    t: typing.SupportsFloat | typing.SupportsIndex,
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
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
def observable_model(model: IntensityModel) -> Model: ...
def observed_range(observations: Observations, clock: str) -> tuple[float, float]:
    """
    Least and largest value of a clock while somebody was followed.
    """

def only_tables(
    rows: collections.abc.Sequence[TableRow], covariate_names: collections.abc.Sequence[str]
) -> Observations: ...
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
def pick_rows(
    n: typing.SupportsInt | typing.SupportsIndex,
    count: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
) -> list[int]: ...
def poisson_crps(
    mean: typing.SupportsFloat | typing.SupportsIndex,
    seen: typing.SupportsInt | typing.SupportsIndex,
) -> float: ...
def poisson_quantile(
    mean: typing.SupportsFloat | typing.SupportsIndex,
    probability: typing.SupportsFloat | typing.SupportsIndex,
) -> int: ...
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
]:
    """
    times, persons, observed, unknown, expected.
    """

def profile(
    estimate: Estimate,
    observations: Observations,
    coefficients: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    level: typing.SupportsFloat | typing.SupportsIndex,
    *,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
) -> list: ...
def entries_at_first_phase(
    of_levels: EntryRates,
    places: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    levels: typing.SupportsInt | typing.SupportsIndex,
) -> EntryRates: ...
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
) -> tuple: ...
def project(
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
        ]
    ],
    draw_paths: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    healthy_share: typing.SupportsFloat | typing.SupportsIndex,
    periods_a_year: typing.SupportsInt | typing.SupportsIndex,
    enrolments_a_year: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
    progress: typing.Any,
) -> dict: ...
def quasi_optimisation(
    P: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    years: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"], float]: ...
def randomised_pit(
    draws: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    seen: typing.SupportsFloat | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
    index: typing.SupportsInt | typing.SupportsIndex,
) -> float: ...
def rates(
    model: IntensityModel,
    coefficients: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
    x: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"],
) -> numpy.typing.NDArray[numpy.float64]: ...
def read_decisions(
    bytes: bytes,
    file: str,
    *,
    model: Model,
    rule: LevelRule,
    extraction: typing.SupportsInt | typing.SupportsIndex | None,
    observed_from: typing.SupportsInt | typing.SupportsIndex | None,
    overlap: str,
    gap_days: typing.SupportsInt | typing.SupportsIndex,
    ended: str,
    date_format: str,
    delimiter: str,
    decimal: str,
    columns: collections.abc.Mapping[str, str],
    progress: typing.Any = None,
) -> Decisions: ...
def reading_probability(
    model: IntensityModel,
    coefficients: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    x: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def refuse(findings: collections.abc.Sequence[Finding]) -> None:
    """
    Raises DataRefused with these findings.
    """

def reject(code: str, where: str, seen: str, needed: str, remedy: str) -> None:
    """
    Raises InvalidInput, worded as everywhere: Python's own refusals go through here.
    """

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
def support_type_rule() -> LevelRule: ...
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
) -> numpy.typing.NDArray[numpy.float64]:
    """
    Numbers of persons as they may turn out, from what each draw expects.
    """

def with_phases(
    model: Model, phases: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]
) -> tuple[Model, list[int]]:
    """
    The model with its phases as states, and as which state each is seen.
    """

def with_tables(
    observations: Observations, rows: collections.abc.Sequence[TableRow]
) -> Observations: ...

__version__: str = "0.1.0"
instruction_set: str = "avx512"
