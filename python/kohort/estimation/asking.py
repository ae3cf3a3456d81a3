"""How a question is put to a fit: about whom, how sure, and what the library is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from kohort import _core
from kohort.estimation.answers import Answer, Array, Interval
from kohort.support import _frames
from kohort.support._phrases import Phrase

if TYPE_CHECKING:
    from kohort.estimation.fitted_model import FittedModel


Path = Sequence[tuple[float, Mapping[str, float]]]


@dataclass(frozen=True)
class Whom:
    """About whom a question is asked: one person, a path, or a population to average over."""

    persons: list[tuple[bool, list[tuple[float, list[float]]]]]
    weights: list[float]


def whom(
    fit: FittedModel,
    x: Mapping[str, Any],
    path: Path | None,
    hold: bool,
    over: Any,
    weights: str | None,
) -> Whom:
    """Covariates of the person or the population that a question is about, as the library wants."""
    if over is None:
        if weights is not None:
            _refuse(f"weights {weights!r} were given without a table", "they are a column of it",
                    "Give the table with over=")  # fmt: skip
        table: dict[str, Array] = {}
    else:
        table = {n: np.asarray(v) for n, v in _frames.read_columns(over).items()}
    count = len(next(iter(table.values()))) if table else 1
    if over is not None and count == 0:
        _refuse("the table is empty", "somebody must be asked about", "Give one row or more")
    share = np.ones(count)
    if weights is not None:
        if weights not in table:
            there = ", ".join(table)
            _refuse(f"the table has no column {weights!r}", f"its columns are: {there}",
                    "Name the column of weights")  # fmt: skip
        share = np.asarray(table.pop(weights), dtype=float)
    names = fit._columns
    given = {name: np.asarray(v, dtype=float) for name, v in table.items() if name in names}
    for name, value in x.items():
        if np.ndim(value) > 0:
            _refuse(f"{name!r} has {np.size(value)} values", "this is asked at one point",
                    "Give one number, or a table of persons with over=")  # fmt: skip
        given[name] = np.full(count, float(value))
    steps = [(float(at), dict(values)) for at, values in (path or ())]
    first = steps.pop(0) if steps and steps[0][0] == 0 else (0.0, {})
    for name, value in first[1].items():
        given[name] = np.full(count, float(value))
    # Refuses unknown and missing columns by name.
    later_names = {name for _, values in steps for name in values if name not in names}
    fit._points({**given, **dict.fromkeys(later_names, 0.0)}, count)
    columns = np.column_stack([given[n] for n in names]) if names else np.zeros((count, 0))
    rows, inverse = np.unique(columns, axis=0, return_inverse=True)
    totals = np.bincount(inverse.ravel(), weights=share, minlength=len(rows))
    clocks = {t.column for t in fit.terms if t.path != "held"} if not hold else set()
    persons = []
    for row in rows:
        now, at = dict(zip(names, row.tolist(), strict=True)), 0.0
        changes = [(0.0, [now[t.column] for t in fit.terms])]
        for later, values in steps:
            now = {n: v + (later - at if n in clocks else 0.0) for n, v in now.items()}
            now |= {n: float(v) for n, v in values.items()}
            changes.append((later, [now[t.column] for t in fit.terms]))
            at = later
        persons.append((hold, changes))
    return Whom(persons, totals.tolist())


def _refuse(seen: str, needed: str, remedy: str) -> None:
    _core.reject("E-COLUMN", "over", seen, needed, remedy)


def how(fit: FittedModel, interval: Interval | float) -> tuple[Interval, Array, str, list[str]]:
    """The draws, the name of the method and what must be said of it."""
    asked = interval if isinstance(interval, Interval) else Interval(float(interval))
    if not 0 < asked.level < 1:
        _core.reject(
            "E-LEVEL",
            "Interval",
            f"the level is {asked.level:g}",
            "it must lie between 0 and 1",
            "Give 0.95 for 95 %",
        )
    none: Array = np.zeros((0, len(fit.coefficients)))
    method = asked.method or ("draws" if fit.bounds and not fit.convergence.diverging else "delta")
    unbounded = [b for b in fit.bounds if b.upper and not np.isfinite(b.rate)]
    notes: list[str] = []
    if method == "none":
        return asked, none, Phrase("not_asked"), notes
    if not any(fit.has_error) and not fit.bounds:
        return asked, none, Phrase("no_errors"), notes
    if fit.convergence.diverging and asked.method is None:
        return asked, none, Phrase("no_estimate"), notes
    if unbounded and asked.method is None:
        which = unbounded[0].transition
        return asked, none, Phrase("no_bound", which=which), notes
    known = [b.transition for b in fit.bounds if b.upper]
    if method == "delta" and known:
        notes.append(Phrase("known_zero", which=tuple(known)))
    at_zero = {b.transition for b in fit.bounds}
    loose = [
        name
        for name, has, value in zip(
            fit.coefficient_names, fit.has_error, fit.coefficients, strict=False
        )
        if not has and np.isfinite(value) and name.split(":")[0] not in at_zero
    ]
    if loose:
        notes.append(Phrase("known", which=tuple(loose)))
    if method == "delta":
        return asked, none, Phrase("delta"), notes
    name = Phrase("drawn", draws=asked.draws, seed=asked.seed)
    return asked, fit.draws(asked.draws, asked.seed), name, notes


def ask(
    fit: FittedModel,
    what: str,
    *,
    title: str,
    unit: str,
    axes: tuple[str, ...],
    labels: tuple[tuple[str, ...], ...],
    interval: Interval | float,
    about: Whom,
    years: float = np.inf,
    since: float = 0.0,
    last_age: float = 125.0,
    discount: float = 0.0,
    targets: Sequence[int] = (),
    rewards: Array | None = None,
    starts: Array | None = None,
) -> Answer:
    """Put a question to the library and name what comes back."""
    asked, draws, method, notes = how(fit, interval)
    n = fit.model.size
    empty = np.zeros((0, 0))
    found = _core.ask(
        fit._core,
        fit.coefficients,
        fit.covariance,
        what,
        years=float(years),
        since=float(since),
        last_age=float(last_age),
        discount=float(discount),
        targets=list(targets),
        rewards=empty if rewards is None else rewards,
        starts=empty if starts is None else np.asarray(starts, dtype=float).reshape(-1, n),
        persons=about.persons,
        weights=about.weights,
        draws=draws,
        level=asked.level,
        threads=asked.threads,
    )
    shape = tuple(len(names) for names in labels)
    if method.startswith("no interval"):
        for name in ("lower", "upper", "error"):
            found[name] = np.full(found["estimate"].shape, np.nan)
    estimate, lower, upper, error = (
        found[name].reshape(shape) for name in ("estimate", "lower", "upper", "error")
    )
    return Answer(
        title, unit, axes, labels, estimate, lower, upper, error, asked.level, method,
        tuple(notes), found["gradient"],
    )  # fmt: skip


def of_fit(asked: object) -> FittedModel:
    """The fit whose method was called."""
    return cast("FittedModel", asked)


def names_of(to: str | Sequence[str]) -> tuple[str, ...]:
    return (to,) if isinstance(to, str) else tuple(to)


def square(
    fit: FittedModel,
    what: str,
    title: str,
    unit: str,
    axes: tuple[str, str],
    about: tuple[Path | None, bool, Any, str | None, Mapping[str, float]],
    interval: Interval | float,
    **options: Any,
) -> Answer:
    path, hold, over, weights, x = about
    return ask(
        fit, what, title=title, unit=unit, axes=axes,
        labels=(fit.model.states, fit.model.states), interval=interval,
        about=whom(fit, x, path, hold, over, weights), **options,
    )  # fmt: skip


def passage(
    fit: FittedModel,
    what: str,
    title: str,
    unit: str,
    to: str | Sequence[str],
    years: float,
    last_age: float,
    about: tuple[Path | None, bool, Any, str | None, Mapping[str, float]],
    interval: Interval | float,
) -> Answer:
    path, hold, over, weights, x = about
    targets = [fit.model.state(name) for name in names_of(to)]
    return ask(
        fit, what, title=title, unit=unit, axes=("from",), labels=(fit.model.states,),
        interval=interval, about=whom(fit, x, path, hold, over, weights), years=years,
        last_age=last_age, targets=targets,
    )  # fmt: skip


def span(years: float) -> str:
    return "" if np.isinf(years) else Phrase("within", years=float(years))
