"""A closed cohort: where it goes, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.projection.accounting import Accrued, accounting_weights
from kohort.projection.closed_strategies import under_strategy
from kohort.support import _frames, _html, _text
from kohort.support._refusal import refuse

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.interventions.strategies import Strategy
    from kohort.model.structure import Model

Array = npt.NDArray[Any]


def cohort_trace(
    intensities: npt.ArrayLike,
    start: npt.ArrayLike,
    *,
    cycles: int,
    cycle_length: float = 1,
    persons: float = 1,
) -> Array:
    """Where a closed cohort is at the end of each cycle.

    Parameters
    ----------
    intensities
        Q, (n, n), per year.
    start
        (n,) shares that sum to 1.
    cycles, cycle_length
        How many, and their length in years.
    persons
        Size of the cohort.

    Returns
    -------
    (cycles + 1, n), in persons, the first row being the start.

    Raises
    ------
    InvalidInput
        `E-INIT-SUM` with the sum; `E-GRID`; `E-INTENSITY`; `E-SHAPE`.
    """
    trace: Array = _core.cohort_trace(
        np.asarray(intensities, dtype=float),
        np.asarray(start, dtype=float),
        cycles,
        cycle_length,
        persons,
    )
    return trace


def cohort_cost(
    intensities: npt.ArrayLike,
    start: npt.ArrayLike,
    cost: npt.ArrayLike,
    *,
    years: float,
    discount: float,
    accounting: str,
    cycle_length: float = 1,
    persons: float = 1,
) -> float:
    """Expected cost of a closed cohort over a horizon.

    With x(t) the occupancy, c the cost per state-year, h the cycle length, v = (1 + r)^(-h) and K
    cycles: "start" is h sum_{k<K} v^k c.x(kh), "end" h sum_{k=1}^K v^k c.x(kh), "trapezoid" their
    mean, "continuous" the integral of (1 + r)^(-t) c.x(t), exact through Q.

    Parameters
    ----------
    intensities
        Q, (n, n), per year.
    start
        (n,) shares that sum to 1.
    cost
        (n,) per year in each state, of one price year.
    years
        Horizon, a whole number of cycles.
    discount
        Rate a year: 0.03 for 3 %.
    accounting
        "start", "end", "trapezoid" or "continuous"; to compare with others also "life_table"
        (counted at the beginning of each cycle), "simpson" and "simpson_published" (see
        `accounting_weights`).

    Raises
    ------
    InvalidInput
        `E-GRID`, `E-INIT-SUM`, `E-ACCOUNTING`, `E-DISCOUNT`, `E-SHAPE`, `E-NUM`,
        `E-SIMPSON-ODD`.
    """
    return float(
        _core.cohort_cost(
            np.asarray(intensities, dtype=float),
            np.asarray(start, dtype=float),
            np.asarray(cost, dtype=float),
            years,
            discount,
            accounting,
            cycle_length,
            persons,
        )
    )


@dataclass(frozen=True, eq=False)
class ClosedCohort:
    """A closed cohort followed over cycles. It never changes.

    Attributes
    ----------
    states
        Names.
    cycle_length
        Years.
    occupancy
        (cycles + 1, n) persons at the ends of cycles, the start first.
    moves, moved
        Moves that somebody makes as pairs of names, and (cycles, moves) how many.
    """

    states: tuple[str, ...]
    cycle_length: float
    persons: float
    occupancy: Array
    moves: tuple[tuple[str, str], ...]
    moved: Array
    _core: Any

    def value(
        self,
        per_state: npt.ArrayLike | Mapping[str, float] | None = None,
        *,
        accounting: str,
        discount: float,
        per_move: Mapping[tuple[str, str], float] | None = None,
        once: Sequence[tuple[float, float]] = (),
        entry: float = 0,
        newcomers: float | None = None,
        counted_at: float = 0,
        strict: bool = False,
        count_movers: bool = False,
    ) -> Accrued:
        """What the cohort costs, or is worth: money, QALYs, life-years.

        Parameters
        ----------
        per_state
            Per person and year: (n,), (cycles, n) if it changes, or state to amount (others 0).
        accounting
            See `accounting_weights`; also "continuous" for a cohort followed at intensities.
        discount
            Rate a year.
        per_move
            (from, to) to the amount of one move. How many there are is the same under every
            convention, only their date differs.
        once
            (years after the start, amount in all): counted in full at their own dates.
        entry, newcomers
            An amount for each person new at the start; by default the whole cohort is new.
        counted_at, strict
            As for `accounting_weights`.
        count_movers
            One move a cycle, found at its end, as some published models count: for replication.

        Raises
        ------
        InvalidInput
            `E-ACCOUNTING`, `E-SHAPE`, `E-NUM`, `E-STATE-UNKNOWN`, `E-SIMPSON-ODD`, `E-DISCOUNT`.
        """
        of_states, of_moves, of_once, of_entry = self._core.accrue(
            self._per_state(per_state),
            [(self._at(a), self._at(b), float(v)) for (a, b), v in (per_move or {}).items()],
            [(float(t), float(v)) for t, v in once],
            float(entry),
            -1.0 if newcomers is None else float(newcomers),
            count_movers,
            accounting,
            float(discount),
            float(counted_at),
            strict,
        )
        rule = accounting
        if accounting != "continuous":
            rule = accounting_weights(
                accounting,
                len(self.occupancy) - 1,
                cycle_length=self.cycle_length,
                counted_at=counted_at,
                strict=strict,
            ).rule
        return Accrued(of_states, of_moves, of_once, of_entry, rule, float(discount))

    def to_frame(self, backend: str | None = None) -> Any:
        """Persons by cycle and state as a data frame."""
        cycles, n = self.occupancy.shape
        return _frames.to_frame(
            {
                "years": np.repeat(np.arange(cycles) * self.cycle_length, n),
                "state": np.tile(np.array(self.states), cycles),
                "persons": self.occupancy.ravel(),
            },
            backend,
        )

    def plot(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """Persons in each state over time."""
        from kohort.plots import decisions as plots_decisions

        return plots_decisions.cohort(self, ax, lang=lang)

    def _at(self, name: str) -> int:
        if name not in self.states:
            refuse(
                "E-STATE-UNKNOWN",
                "value",
                f"there is an amount for '{name}'",
                f"the states are {', '.join(self.states)}",
                "Use these names",
            )
        return self.states.index(name)

    def _per_state(self, given: npt.ArrayLike | Mapping[str, float] | None) -> Array:
        n = len(self.states)
        if given is None:
            return np.zeros((0, n))
        if isinstance(given, Mapping):
            row = np.zeros((1, n))
            for name, amount in given.items():
                row[0, self._at(name)] = amount
            return row
        return np.atleast_2d(np.asarray(given, dtype=float))

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        last = len(self.occupancy) - 1
        step = max(1, last // 10)
        shown = sorted({*range(0, last + 1, step), last})
        rows = [
            [f"{k * self.cycle_length:g}", *(_text.number(x, 6) for x in self.occupancy[k])]
            for k in shown
        ]
        return ["years", *self.states], rows

    def _caption(self) -> str:
        return (
            f"A cohort of {self.persons:,g} over {len(self.occupancy) - 1} cycles of "
            f"{self.cycle_length:g} years"
        )

    def __str__(self) -> str:
        return f"{self._caption()}\n{_text.table(*self._grid())}"

    def _repr_html_(self) -> str:
        return _html.block(self._caption(), parts=[_html.table(*self._grid())])


def follow(
    start: npt.ArrayLike,
    *,
    probabilities: npt.ArrayLike | None = None,
    intensities: npt.ArrayLike | None = None,
    cycles: int | None = None,
    cycle_length: float = 1,
    persons: float = 1,
    states: Sequence[str] | None = None,
    model: Model | None = None,
    strategy: Strategy | None = None,
    age: float | None = None,
    sex: str | None = None,
) -> ClosedCohort:
    """Follow a closed cohort whose rates or probabilities may differ from cycle to cycle.

    At probabilities it moves at most once a cycle, as most published decision models do; at
    intensities it moves in continuous time, exactly.

    Parameters
    ----------
    start
        (n,) shares that sum to 1.
    probabilities
        (n, n) for all cycles, or (cycles, n, n): transition probabilities of one cycle.
    intensities
        (n, n) or (cycles, n, n), per year, instead of probabilities.
    cycles
        How many; by default as many as there are matrices.
    cycle_length
        Years.
    persons
        Size of the cohort.
    states
        Names; by default those of the model, or "1", "2", ...
    model
        The structure behind the intensities; a strategy needs it.
    strategy
        Everybody is enrolled in it at the start; both its clocks begin there. What it costs itself
        is not in `value`.
    age, sex
        Completed age at the start, and "men" or "women": for effects on some ages or one sex.

    Raises
    ------
    InvalidInput
        `E-SHAPE`, `E-GRID`, `E-INIT-SUM`, `E-PROBABILITY`, `E-INTENSITY`, `E-SETTING`; `E-EFFECT`:
        an effect that a closed cohort cannot have, by name.
    """
    if (probabilities is None) == (intensities is None):
        refuse(
            "E-SETTING",
            "follow",
            "both probabilities and intensities" if intensities is not None else "neither",
            "a cohort moves by one of probabilities= and intensities=",
            "Give one of them",
        )
    matrices = np.asarray(probabilities if intensities is None else intensities, dtype=float)
    if matrices.ndim == 2:
        matrices = matrices[None]
    if cycles is None:
        if len(matrices) == 1:
            refuse(
                "E-GRID", "follow", "one matrix and no number of cycles", "a horizon is needed",
                "Give cycles=",
            )  # fmt: skip
        cycles = len(matrices)
    if strategy is not None:
        matrices = under_strategy(
            strategy, model, None if intensities is None else matrices, cycles, cycle_length, age,
            sex,
        )  # fmt: skip
    x = np.asarray(start, dtype=float)
    given = states if states is not None or model is None else model.states
    names = tuple(str(i + 1) for i in range(x.size)) if given is None else tuple(given)
    if len(names) != x.size or len(set(names)) != len(names):
        refuse(
            "E-SHAPE", "follow", f"{len(names)} names for {x.size} states",
            "each state has a name of its own", "Give as many different names as start has shares",
        )  # fmt: skip
    made = _core.follow(matrices, intensities is not None, x, cycles, cycle_length, persons)
    arrays = [np.asarray(made.occupancy), np.asarray(made.moved)]
    for array in arrays:
        array.flags.writeable = False
    return ClosedCohort(
        names,
        float(made.cycle_length),
        float(made.persons),
        arrays[0],
        tuple((names[a], names[b]) for a, b in made.moves),
        arrays[1],
        made,
    )
