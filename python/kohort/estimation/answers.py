"""Answers of a fit, each with its interval."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from numpy.lib.mixins import NDArrayOperatorsMixin

from kohort import _core
from kohort.support import _frames, _html, _text
from kohort.support._language import language
from kohort.support._phrases import said

if TYPE_CHECKING:
    from matplotlib.axes import Axes


Array = npt.NDArray[np.float64]


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
        """Estimates with their intervals; see `kohort.plots.answers.answer`."""
        from kohort.plots import answers as plots_answers

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
