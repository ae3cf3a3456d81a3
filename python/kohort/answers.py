"""Answers of a fit, each with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from numpy.lib.mixins import NDArrayOperatorsMixin

from kohort import _core, _frames, _html, _text
from kohort._language import language
from kohort._phrases import Phrase, said

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.fitted_model import FittedModel

Array = npt.NDArray[np.float64]
Path = Sequence[tuple[float, Mapping[str, float]]]


@dataclass(frozen=True)
class Interval:
    """How sure an answer is said to be.

    Parameters
    ----------
    level
        Between 0 and 1.
    method
        "delta": from exact derivatives and the covariance of the coefficients, symmetric on the
        logarithm (times, rates), the logit (probabilities) or plainly (money that may be negative).
        "draws": quantiles over sets of coefficients drawn as by `FittedModel.draws`.
        "none": the estimate alone.
        By default draws where a rate is estimated as 0, which no derivative can speak of, and the
        delta method elsewhere.
    draws, seed
        How many, and from which seed; row k depends on (seed, k) alone.
    threads
        0: all processors. The result is the same bytes for any number.
    """

    level: float = 0.95
    method: str | None = None
    draws: int = 1000
    seed: int = 1
    threads: int = 0

    def __post_init__(self) -> None:
        if self.method not in (None, "delta", "draws", "none"):
            _core.reject(
                "E-SETTING",
                "Interval",
                f"the method is {self.method!r}",
                "it is 'delta', 'draws' or 'none'",
                "Leave it out to have the one that fits",
            )
        if self.draws < 2:
            _core.reject(
                "E-DRAWS",
                "Interval",
                f"there are {self.draws} draws",
                "2 are the least",
                "Try 1000",
            )


@dataclass(frozen=True, eq=False, repr=False)
class Answer(NDArrayOperatorsMixin):
    """Estimates with their limits. NumPy takes it for the array of its estimates.

    `answer[...]` and everything that NumPy does with it are those of `estimate`, so an answer can
    stand wherever an array of numbers could.
    """

    title: str
    unit: str  # "years", "probability", ...; this and the title know their Swedish
    axes: tuple[str, ...]  # what the axes are: ("from", "to")
    labels: tuple[tuple[str, ...], ...]  # names along each axis
    estimate: Array
    lower: Array  # NaN, and nothing where it is printed, if there is no interval
    upper: Array
    standard_error: Array
    level: float
    method: str  # "delta method", "1000 draws, seed 1", or why there is no interval
    notes: tuple[str, ...] = ()
    gradient: Array = field(default_factory=lambda: np.zeros((0, 0)))  # (entries, coefficients)
    lang: str = "en"  # in which it prints itself: "sv" or "en"

    def __post_init__(self) -> None:
        for name in ("estimate", "lower", "upper", "standard_error", "gradient"):
            getattr(self, name).setflags(write=False)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(self.estimate, dtype=dtype, copy=copy is not False)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        plain = [one.estimate if isinstance(one, Answer) else one for one in inputs]
        return getattr(ufunc, method)(*plain, **options)

    def __getitem__(self, key: Any) -> Any:
        return self.estimate[key]

    def __len__(self) -> int:
        return len(self.estimate)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.estimate)

    def __float__(self) -> float:
        return float(self.estimate.item())

    def in_language(self, lang: str) -> Answer:
        """The same answer, printed and drawn in Swedish ("sv") or English ("en").

        Numbers and the columns of `to_frame` stay as they are.

        Parameters
        ----------
        lang
            "sv" or "en".
        """
        language(lang)
        return replace(self, lang=lang)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the estimates."""
        return self.estimate.shape

    @property
    def certain(self) -> bool:
        """Whether there are intervals."""
        return not self.method.startswith("no interval")

    def to_frame(self, backend: str | None = None) -> Any:
        """One row per estimate: its labels, estimate, lower, upper, level and method.

        Parameters
        ----------
        backend
            "pandas", "polars" or "pyarrow"; by default the first installed.
        """
        places = np.indices(self.estimate.shape).reshape(len(self.axes), -1)
        columns: dict[str, Any] = {
            axis: [names[i] for i in at]
            for axis, names, at in zip(self.axes, self.labels, places, strict=True)
        }
        columns["estimate"] = self.estimate.ravel()
        for name in ("lower", "upper"):
            values = getattr(self, name).ravel()
            columns[name] = values if self.certain else [None] * values.size
        columns["level"] = [self.level] * self.estimate.size
        columns["method"] = [self.method] * self.estimate.size
        return _frames.to_frame(columns, backend)

    def plot(self, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
        """Estimates with their intervals; see `kohort.plots_answers.answer`."""
        from kohort import plots_answers

        return plots_answers.answer(self, ax, lang=lang or self.lang)

    def __str__(self) -> str:
        notes = [said(note, self.lang) for note in self.notes]
        head = [said(self.title, self.lang), self._how()]
        return "\n".join([*head, _text.table(*self._grid()), *notes])

    def __repr__(self) -> str:
        return f"<Answer: {self.title}>"

    def _repr_html_(self) -> str:
        rows = [[said(note, self.lang)] for note in self.notes]
        notes = [_html.table([self._word("note")], rows)] if rows else []
        return _html.block(
            said(self.title, self.lang),
            parts=[_html.table(*self._grid(), caption=self._how()), *notes],
        )

    def _word(self, key: str) -> str:
        words = language(self.lang)
        return words.text(f"answer.{key}") if words.has(f"answer.{key}") else key

    def _how(self) -> str:
        unit, method = (said(text, self.lang) for text in (self.unit, self.method))
        if not self.certain:
            return self._words("without", unit=unit, method=method)
        level = f"{100 * self.level:g}".replace(".", "," if self.lang == "sv" else ".")
        return self._words("how", unit=unit, level=level, method=method)

    def _words(self, key: str, **values: str) -> str:
        return language(self.lang).text(f"answer.{key}", **values)

    def _cell(self, at: tuple[int, ...]) -> str:
        estimate, low, high = (float(a[at]) for a in (self.estimate, self.lower, self.upper))
        if not self.certain or low == high:
            return self._number(estimate)
        return f"{self._number(estimate)} ({self._number(low)}-{self._number(high)})"

    def _number(self, value: float) -> str:
        if np.isinf(value):
            return self._word("forever") if value > 0 else "-inf"
        text = f"{value:,.0f}" if abs(value) >= 1e4 else _text.number(value, 3)
        if self.lang == "sv":
            return text.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")
        return text

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        axes = [self._word(_AXES.get(axis, axis)) for axis in self.axes]
        labels = [[said(label, self.lang) for label in names] for names in self.labels]
        if self.estimate.ndim == 1:
            rows = [[name, self._cell((i,))] for i, name in enumerate(labels[0])]
            return [axes[0], said(self.unit, self.lang)], rows
        rows = [
            [name, *(self._cell((i, j)) for j in range(self.estimate.shape[1]))]
            for i, name in enumerate(labels[0])
        ]
        return [f"{axes[0]} \\ {axes[1]}", *labels[1]], rows


_AXES = {"effect": "effect_axis"}


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
