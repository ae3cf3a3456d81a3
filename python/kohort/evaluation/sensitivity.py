"""What an answer depends on: tornado, two-way tables, thresholds, global sensitivity."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.support import _frames, _html, _text
from kohort.support._extras import require
from kohort.support._refusal import refuse

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[Any]
Outcome = Callable[..., float]


@dataclass(frozen=True)
class OneWay:
    """The outcome with one input at its low and at its high value."""

    name: str
    low: float
    high: float
    at_low: float
    at_high: float

    @property
    def swing(self) -> float:
        """How far apart the two outcomes are."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True)
class Tornado:
    """One-way analysis of every input, widest swing first.

    Attributes
    ----------
    base
        The outcome with every input at its base value.
    rows
        One for each input.
    outcome
        What it is called.
    """

    base: float
    rows: tuple[OneWay, ...]
    outcome: str

    def to_frame(self, backend: str | None = None) -> Any:
        """One row for each input."""
        names = list(OneWay.__dataclass_fields__)
        return _frames.to_frame(
            {name: [getattr(row, name) for row in self.rows] for name in names}
            | {"swing": [row.swing for row in self.rows]},
            backend,
        )

    def plot(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """Bars from low to high around the base, widest at the top."""
        from kohort.plots import decisions as plots_decisions

        return plots_decisions.tornado(self, ax, lang=lang)

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        rows = [
            [r.name, *(_text.number(x, 6) for x in (r.low, r.high, r.at_low, r.at_high, r.swing))]
            for r in self.rows
        ]
        return ["input", "low", "high", "outcome at low", "at high", "swing"], rows

    def __str__(self) -> str:
        return f"{self.outcome} at base: {self.base:,.6g}\n{_text.table(*self._grid())}"

    def _repr_html_(self) -> str:
        return _html.block(
            f"{self.outcome} at base: {self.base:,.6g}", parts=[_html.table(*self._grid())]
        )


def tornado(
    model: Outcome,
    inputs: Mapping[str, tuple[float, float, float]],
    *,
    outcome: str = "outcome",
) -> Tornado:
    """One input at a time at its low and its high value, all others at base.

    Parameters
    ----------
    model
        Called with the inputs by name; gives a number.
    inputs
        Name to (base, low, high).
    outcome
        What the number is called.

    Raises
    ------
    InvalidInput
        `E-SHAPE`, `E-SETTING`, `E-NUM`.
    """
    names = list(inputs)

    def by_position(values: Sequence[float]) -> float:
        return float(model(**dict(zip(names, values, strict=True))))

    base, rows = _core.one_way(by_position, [tuple(map(float, inputs[n])) for n in names])
    made = tuple(
        OneWay(names[i], float(inputs[names[i]][1]), float(inputs[names[i]][2]), low, high)
        for i, low, high in rows
    )
    return Tornado(base, made, outcome)


@dataclass(frozen=True, eq=False)
class TwoWay:
    """The outcome over a grid of two inputs: `values` is (first, second)."""

    first: str
    second: str
    first_values: Array
    second_values: Array
    values: Array
    outcome: str

    def to_frame(self, backend: str | None = None) -> Any:
        """One row for each cell."""
        a, b = np.meshgrid(self.first_values, self.second_values, indexing="ij")
        return _frames.to_frame(
            {self.first: a.ravel(), self.second: b.ravel(), self.outcome: self.values.ravel()},
            backend,
        )

    def plot(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """The grid in colour, with the line where the outcome is 0."""
        from kohort.plots import decisions as plots_decisions

        return plots_decisions.two_way(self, ax, lang=lang)

    def __str__(self) -> str:
        rows = [
            [f"{a:.6g}", *(_text.number(v, 5) for v in row)]
            for a, row in zip(self.first_values, self.values, strict=True)
        ]
        heads = [f"{self.first} \\ {self.second}", *(f"{b:.6g}" for b in self.second_values)]
        return f"{self.outcome}\n{_text.table(heads, rows)}"


def two_way(
    model: Outcome,
    first: tuple[str, npt.ArrayLike],
    second: tuple[str, npt.ArrayLike],
    *,
    base: Mapping[str, float] | None = None,
    outcome: str = "outcome",
) -> TwoWay:
    """Two inputs over a grid, the others at base.

    Parameters
    ----------
    model
        Called with the inputs by name.
    first, second
        (name, values) of the two.
    base
        The other inputs.
    """
    a, b = (np.asarray(values, dtype=float).ravel() for _, values in (first, second))
    rest = dict(base or {})
    values = np.array(
        [[float(model(**(rest | {first[0]: x, second[0]: y}))) for y in b] for x in a]
    )
    return TwoWay(first[0], second[0], a, b, values, outcome)


@dataclass(frozen=True)
class Crossing:
    """Where an outcome crosses the target: upwards, or downwards, as the input rises."""

    at: float
    upwards: bool


@dataclass(frozen=True)
class Threshold:
    """All crossings of a target on a range, and the outcome at its ends.

    Attributes
    ----------
    crossings
        By rising input.
    low, high
        The range.
    at_low, at_high
        The outcome minus the target at its ends.
    """

    crossings: tuple[Crossing, ...]
    low: float
    high: float
    at_low: float
    at_high: float
    name: str = "input"

    def __str__(self) -> str:
        if not self.crossings:
            side = "above" if self.at_low > 0 else "below"
            return (
                f"{self.name}: the outcome stays {side} the target from {self.low:g} "
                f"({self.at_low:+,.6g}) to {self.high:g} ({self.at_high:+,.6g})"
            )
        parts = [f"{c.at:,.8g} ({'upwards' if c.upwards else 'downwards'})" for c in self.crossings]
        return f"{self.name}: the outcome crosses the target at {', '.join(parts)}"


def threshold(
    outcome: Callable[[float], float],
    *,
    low: float,
    high: float,
    target: float = 0,
    pieces: int = 64,
    name: str = "input",
) -> Threshold:
    """Where one input makes an outcome cross a target: every crossing, by TOMS 748.

    Parameters
    ----------
    outcome
        From the input to a number.
    low, high
        Admissible range of the input.
    target
        What is to be crossed.
    pieces
        Into how many the range is cut; two crossings within one piece go unseen.
    name
        Of the input.

    Raises
    ------
    InvalidInput
        `E-SETTING`: an empty range; `E-NUM`: an outcome that is not finite.
    """
    found, at_low, at_high = _core.find_threshold(
        lambda x: float(outcome(x)), float(low), float(high), float(target), pieces
    )
    crossings = tuple(Crossing(at, upwards) for at, upwards in found)
    return Threshold(crossings, float(low), float(high), at_low, at_high, name)


@dataclass(frozen=True, eq=False)
class GlobalSensitivity:
    """How much of an outcome's variance each input carries, by SALib.

    Attributes
    ----------
    inputs
        Names.
    first, total
        Sobol's first-order and total indices; for Morris the mean absolute effect and its spread.
    first_interval, total_interval
        Half-widths of 95 % intervals; empty for Morris.
    method
        "sobol" or "morris".
    runs
        How often the model was called.
    """

    inputs: tuple[str, ...]
    first: Array
    total: Array
    first_interval: Array
    total_interval: Array
    method: str
    runs: int

    def to_frame(self, backend: str | None = None) -> Any:
        """One row for each input."""
        a, b = ("first_order", "total") if self.method == "sobol" else ("mean_abs", "spread")
        columns: dict[str, Any] = {"input": list(self.inputs), a: self.first, b: self.total}
        if self.method == "sobol":
            columns |= {"first_half": self.first_interval, "total_half": self.total_interval}
        return _frames.to_frame(columns, backend)

    def plot(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """Bars for each input, largest at the top."""
        from kohort.plots import decisions as plots_decisions

        return plots_decisions.global_sensitivity(self, ax, lang=lang)

    def __str__(self) -> str:
        a, b = ("first order", "total") if self.method == "sobol" else ("mean |effect|", "spread")
        order = np.argsort(-self.total if self.method == "sobol" else -self.first)
        rows = [[self.inputs[i], f"{self.first[i]:.4g}", f"{self.total[i]:.4g}"] for i in order]
        return f"{self.method}, {self.runs} runs\n{_text.table(['input', a, b], rows)}"


def global_sensitivity(
    model: Outcome,
    inputs: Mapping[str, tuple[float, float]],
    *,
    method: str = "sobol",
    samples: int = 1024,
    seed: int = 1,
) -> GlobalSensitivity:
    """Variance-based or screening sensitivity over the whole range of all inputs, by SALib.

    Parameters
    ----------
    model
        Called with the inputs by name; gives a number.
    inputs
        Name to (low, high), uniform between.
    method
        "sobol" (variance shares; samples x (inputs + 2) runs) or "morris" (screening;
        samples x (inputs + 1) runs).
    samples
        A power of 2 for Sobol.
    seed
        Of the scrambling, or of the trajectories.

    Raises
    ------
    InvalidInput
        `E-SETTING`.
    MissingExtra
        Without SALib: ``pip install "kohort[sensitivity]"``.
    """
    names = list(inputs)
    power = samples > 0 and samples & (samples - 1) == 0
    if method not in ("sobol", "morris") or samples < 2 or (method == "sobol" and not power):
        refuse(
            "E-SETTING", "global_sensitivity", f"method={method!r}, samples={samples}",
            "the methods are sobol, with a power of 2 samples, and morris",
            "Take sobol and 1024",
        )  # fmt: skip
    if not names or any(not low < high for low, high in inputs.values()):
        refuse(
            "E-SETTING", "global_sensitivity", "an input without a range",
            "each goes from a low to a higher value", "Give (low, high) for each",
        )  # fmt: skip
    problem = {
        "num_vars": len(names),
        "names": names,
        "bounds": [[float(low), float(high)] for low, high in inputs.values()],
    }
    if method == "sobol":
        sample = require("SALib.sample.sobol", "Global sensitivity").sample
        analyse = require("SALib.analyze.sobol", "Global sensitivity").analyze
        points = sample(problem, samples, calc_second_order=False, seed=seed)
        values = _run(model, names, points)
        found = analyse(problem, values, calc_second_order=False, seed=seed)
        first, total, first_half, total_half = (
            np.asarray(found[key], dtype=float) for key in ("S1", "ST", "S1_conf", "ST_conf")
        )
    else:
        sample = require("SALib.sample.morris", "Global sensitivity").sample
        analyse = require("SALib.analyze.morris", "Global sensitivity").analyze
        points = sample(problem, samples, seed=seed)
        values = _run(model, names, points)
        found = analyse(problem, points, values, seed=seed)
        first, total = (np.asarray(found[key], dtype=float) for key in ("mu_star", "sigma"))
        first_half = total_half = np.empty(0)
    return GlobalSensitivity(
        tuple(names), first, total, first_half, total_half, method, len(points)
    )


def _run(model: Outcome, names: Sequence[str], points: Array) -> Array:
    return np.array([float(model(**dict(zip(names, map(float, p), strict=True)))) for p in points])
