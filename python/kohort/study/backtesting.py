"""Would it have been right? Forecasts made again from what was known each year."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort._core import Finding, InvalidInput
from kohort.data.series import break_dates
from kohort.estimation.fit_parts import FitWarning
from kohort.estimation.fitting import fit
from kohort.model.hidden import Phases
from kohort.model.terms import Term, yearly
from kohort.population.population import Population
from kohort.study import register_study, study_data, study_model
from kohort.study.backtest_result import Backtest, fixed, scored
from kohort.study.few_moves import CODE as FEW_MOVES
from kohort.study.few_moves import told_if_few
from kohort.study.past_forecasts import forecast_of
from kohort.support import _toml

if TYPE_CHECKING:
    from kohort.data.decisions import Decisions
    from kohort.estimation.fitted_model import FittedModel
    from kohort.study.settings import Study

Array = npt.NDArray[Any]

LEAST_YEARS = 3  # of entries behind the first forecast


def backtest(
    data: Study | Decisions,
    population: Any = None,
    *,
    origins: Sequence[int] | None = None,
    horizon: int = 5,
    covariates: Sequence[str | Term] | None = None,
    phases: Phases | Mapping[str, int] | None = None,
    first_year: int | None = None,
    trend: bool = True,
    mix_trend: bool = True,
    damping: float = 0.9,
    closure: str = "strict",
    ended: str = "ended",
    returns: str | None = None,
    draws: int = 400,
    seed: int = 1,
    threads: int = 0,
    progress: Callable[[str, float], None] | None = None,
) -> Backtest:
    """Make the forecast again as it would have been made in earlier years, and compare.

    For each origin everything is cut off at its 31 December, as an extract of that day would show
    it: later decisions and deaths are unknown, stays that go on are open. Fit, incidence and entry
    mix are estimated anew on that past alone, the next years are projected, and chance in single
    lives is added to every draw (`kohort.Backtest`). The rival is the constant-share forecast of
    today's practice, from the same population.

    Parameters
    ----------
    data
        A `Study` (its settings then hold, and of the keywords only `origins`, `horizon`, `returns`,
        `draws`, `seed`, `threads` and `progress` are read), or the whole extract.
    population
        "forecast" (a study's default): made from the counts at each origin by
        `Population.from_wpp`; "actual": the counts that came, which leaves the population's own
        error out. With `Decisions`: the counts of each 31 December as `Population.from_wpp` takes
        them, or a function from an origin to a `Population` with that base year.
    origins
        Years at whose end forecasts are made; by default every year with three years of entries
        before it and a year after it.
    horizon
        Years ahead, as far as the data reach.
    covariates, phases, first_year, trend, mix_trend, damping, closure, ended
        As `fit`, `fit_entries` and `project` take them; with fewer than five years of entries no
        trend is fitted. `covariates` are sex and age in a straight line by default. With phases the
        time that those at the start have spent in their state is not used, as `project` says.
    returns
        As `fit_entries` takes it; "apart" by default, or the study's. At an early origin hardly any
        of those are known whose support has ended: then "as new" is the safer choice.
    draws, seed, threads
        Of each forecast.
    progress
        Called with "backtesting" and the share that is done.

    Returns
    -------
    Backtest

    Raises
    ------
    InvalidInput
        `E-BACKTEST`: no origin with a year after it, or one outside the observation;
        `E-SETTING`; and what `fit`, `fit_entries` and `project` refuse.
    """
    from kohort.study.settings import Study

    settings: dict[str, Any] = {
        "covariates": covariates or ("male", yearly("age", origin=80)), "phases": phases,
        "first_year": first_year, "trend": trend, "mix_trend": mix_trend, "damping": damping,
        "closure": closure, "ended": ended, "returns": returns or "apart", "draws": draws,
        "seed": seed, "threads": threads,
    }  # fmt: skip
    if isinstance(data, Study):
        decisions, at_origin, kind, settings = _from_study(data, population or "forecast", settings)
        settings["returns"] = returns or settings["returns"]
        last = data.base_year
    else:
        decisions, at_origin, kind = data, *_populations(population)
        day = dt.date.fromisoformat(str(decisions.policies["extraction_date"]))
        last = day.year if (day.month, day.day) == (12, 31) else day.year - 1
    if draws < 40 or horizon < 1:
        _core.reject(
            "E-SETTING",
            "backtest",
            f"draws={draws}, horizon={horizon}",
            "a 2.5 % limit needs 40 draws, and a forecast at least one year",
            "Ask for more",
        )
    if settings["returns"] not in ("apart", "as new"):
        _core.reject(
            "E-SETTING",
            "backtest",
            f"returns={settings['returns']!r}",
            "it is apart or as new",
            "Take as new if the extract reaches back a few years only",
        )
    begin = _first_year(decisions, settings["first_year"])
    settings["first_year"] = begin
    chosen = list(range(begin + LEAST_YEARS - 1, last)) if origins is None else sorted(origins)
    if not chosen or chosen[0] < begin or chosen[-1] >= last or len(set(chosen)) < len(chosen):
        _core.reject(
            "E-BACKTEST",
            "backtest",
            f"the origins are {', '.join(map(str, chosen)) or 'none'}",
            f"they lie in {begin}-{last - 1}: entries are seen from {begin} on, and what came "
            f"until 31 December {last}",
            "Choose years between, each once",
        )
    rows: list[tuple[Any, ...]] = []
    samples: list[Array] = []
    found: dict[str, tuple[Finding, list[int]]] = {}
    levels: tuple[str, ...] = ()
    tell = progress or (lambda step, share: None)
    tried: FittedModel | None = None
    few: InvalidInput | None = None
    for place, origin in enumerate(chosen):
        ahead = min(horizon, last - origin)

        def step(share: float, place: int = place) -> None:
            tell("backtesting", (place + share) / len(chosen))

        step(0.0)
        known = decisions.as_known_on(dt.date(origin, 12, 31))
        with warnings.catch_warnings():  # they are among the findings
            warnings.simplefilter("ignore", FitWarning)
            tried = fit(
                known,
                decisions.model,
                covariates=settings["covariates"],
                phases=settings["phases"],
            )
        of_origin = tried.diagnostics
        if tried.convergence.converged:
            step(0.1)
            people = at_origin(origin, ahead)
            try:
                with told_if_few(tried, known, people.ages):
                    levels, made, drawn, notices = forecast_of(
                        decisions, known, tried, people, origin, ahead, settings, step
                    )
            except InvalidInput as refusal:
                if getattr(refusal, "code", "") != FEW_MOVES:
                    raise
                few = refusal
                of_origin += (_left_out(),)
            else:
                rows += made
                samples += drawn
                of_origin += notices
        else:
            of_origin += (_left_out(),)
        for finding in of_origin:
            of = found[finding.code][1] if finding.code in found else []
            found[finding.code] = finding, of if origin in of else [*of, origin]
    if not rows and few is not None:
        raise few
    if not rows:
        _core.reject(
            "D-NOT-CONVERGED",
            "backtest",
            f"no fit to the past converged; the last one: {tried.convergence if tried else ''}",
            "a forecast needs estimates at a maximum",
            "Choose later origins, or a smaller model",
        )
    tell("backtesting", 1.0)
    findings = tuple(_with_origins(*noticed) for noticed in found.values())
    columns = scored(rows, samples, settings["seed"])
    return Backtest(
        columns,
        fixed(np.array(samples)),
        levels,
        kind,
        settings["seed"],
        findings,
        settings["returns"],
        break_dates(decisions.policies),
    )


def _given_then(study: Study) -> None:
    """Refuse what an earlier year could not have known."""
    for key, given in (
        ("prevalence", study.prevalence),
        ("population.projection", study.population.projection),
    ):
        if given is not None:
            _toml.refuse(
                "E-STUDY-VALUE",
                f"{key}: a backtest forecasts from earlier years, when this was not known, and no "
                f"forecast is scored against what it was calibrated to. Leave {key} out of it.",
            )


def _from_study(
    study: Study, population: Any, settings: dict[str, Any]
) -> tuple[Decisions, Callable[[int, int], Population], str, dict[str, Any]]:
    from kohort.study.study_sources import counted_population  # which knows of the web

    study.model.check_projectable()
    _given_then(study)
    decisions = study_data.read(study)
    register_study.check_forecast(decisions)
    at_origin, kind = _populations(counted_population(study), population)
    return (
        decisions,
        at_origin,
        kind,
        settings
        | {
            "covariates": study_model.covariates(study.model),
            "phases": study_model.phases(study.model),
            "first_year": study.entries.first_year,
            "trend": study.entries.trend,
            "mix_trend": study.entries.mix_trend,
            "damping": study.entries.damping,
            "returns": study.entries.returns,
            "closure": study.population.closure,
        },
    )


def _populations(
    counted: Any, kind: Any = "forecast"
) -> tuple[Callable[[int, int], Population], str]:
    """The population of an origin, from counts or the user's own function."""
    if callable(counted):
        return lambda origin, _: counted(origin), "given"
    if kind not in ("forecast", "actual"):
        _core.reject(
            "E-SETTING",
            "backtest",
            f"population={kind!r}",
            "a study's is forecast or actual",
            "Choose one of the two",
        )

    def made(origin: int, ahead: int) -> Population:
        forecast = Population.from_wpp(counted, base_year=origin, years=ahead)
        if kind == "forecast":
            return forecast
        last = Population.from_wpp(counted, base_year=origin + ahead, years=1)
        known, persons = last.observed_years, last.observed
        assert known is not None
        assert persons is not None
        came = persons[list(known).index(origin) :]
        return Population(
            forecast.ages, forecast.years, came, forecast.mortality, forecast.observed_years,
            forecast.observed, f"persons as they came to be; mortality: {forecast.source}",
        )  # fmt: skip

    return made, kind


def _first_year(decisions: Decisions, asked: int | None) -> int:
    if asked is not None:
        return asked
    start = decisions.policies["observed_from"]
    if start is not None:
        day = dt.date.fromisoformat(str(start))
        return day.year if (day.month, day.day) == (1, 1) else day.year + 1
    entered = decisions.entries(1900, 2200)["year"]
    return int(entered.min()) if entered.size else 2200


def _with_origins(finding: Finding, origins: list[int]) -> Finding:
    years = ", ".join(map(str, origins))
    return Finding(
        code=finding.code,
        severity=finding.severity,
        column=years,
        message=f"from {years}: {finding.message}",
        message_sv=f"från {years}: {finding.message_sv}",
        remedy=finding.remedy,
        remedy_sv=finding.remedy_sv,
        count=len(origins),
    )


def _left_out() -> Finding:
    return Finding(
        code="W-ORIGIN-LEFT-OUT",
        severity="W",
        message="no forecast: what was known that day does not settle the estimates.",
        message_sv="ingen prognos: det som var känt då räcker inte till skattningarna.",
        remedy="See the diagnostics of that fit; a smaller model may do.",
        remedy_sv="Se skattningens diagnoser; en mindre modell kan räcka.",
    )
