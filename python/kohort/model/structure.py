"""The structure of a multi-state model, and what follows from its intensities alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort._core import Model as CoreModel
from kohort.support import _html, _text
from kohort.support._arrays import frozen

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, init=False)
class Model:
    """Named states and the moves permitted between them.

    A state without a way out is absorbing. `death`, where there is one, is the absorbing state
    whose entry may be dated exactly while the state just before it is unseen.

    Parameters
    ----------
    states
        Names, at least two, no two alike.
    transitions
        Permitted moves as pairs (from, to) of names, each once. Their order is the order of rates
        and coefficients everywhere.
    death
        Name of the state entered by dying, or None if the model has none.

    Raises
    ------
    InvalidInput
        `E-MODEL` or `E-STATE-UNKNOWN`: an unknown or repeated name, a move from a state to itself,
        a repeated move, or a death that has a way out.

    Examples
    --------
    >>> print(Model(("well", "ill", "dead"), [("well", "ill"), ("ill", "dead")], death="dead"))
    Model: 3 states, 2 transitions, death is dead
    from \\ to  well  ill  dead
    well          .    x     .
    ill           .    .     x
    dead          .    .     .
    """

    states: tuple[str, ...]
    transitions: tuple[tuple[str, str], ...]
    death: str | None
    _core: CoreModel = field(repr=False, compare=False, hash=False)

    def __init__(
        self,
        states: Sequence[str],
        transitions: Iterable[tuple[str, str]],
        death: str | None = None,
    ) -> None:
        self._adopt(_core.Model(list(states), [(a, b) for a, b in transitions], death))

    @classmethod
    def _of(cls, core: CoreModel) -> Model:
        model = cls.__new__(cls)
        model._adopt(core)
        return model

    def _adopt(self, core: CoreModel) -> None:
        states = tuple(core.states)
        for name, value in (
            ("states", states),
            ("transitions", tuple(core.transitions)),
            ("death", None if core.death is None else states[core.death]),
            ("_core", core),
        ):
            object.__setattr__(self, name, value)

    def __reduce__(self) -> tuple[object, ...]:
        return Model, (self.states, self.transitions, self.death)

    @property
    def size(self) -> int:
        """Number of states."""
        return len(self.states)

    @property
    def moves(self) -> tuple[tuple[int, int], ...]:
        """The permitted moves as pairs of state numbers, from 0."""
        return tuple(self._core.moves)

    @property
    def labels(self) -> tuple[str, ...]:
        """ "light -> moderate" and so on, one for each transition."""
        return tuple(self.label(k) for k in range(len(self.transitions)))

    def label(self, k: int) -> str:
        """The k-th transition as text: "light -> moderate".

        Parameters
        ----------
        k
            Position in `transitions`, from 0.
        """
        start, end = self.transitions[k]
        return f"{start} -> {end}"

    def state(self, name: str) -> int:
        """The number of the state with this name, from 0.

        Raises
        ------
        InvalidInput
            `E-STATE-UNKNOWN`, listing the names there are.
        """
        return self._core.find(name)

    def absorbing(self, name: str) -> bool:
        """Whether the state with this name is never left."""
        return self._core.absorbing(self.state(name))

    def intensities(self, rates: npt.ArrayLike) -> Array:
        """The intensity matrix Q with these rates.

        Parameters
        ----------
        rates
            One per transition, (k,), per year, in the order of `transitions`.

        Returns
        -------
        (n, n), read-only; every row sums to 0.

        Raises
        ------
        InvalidInput
            `E-INTENSITY`: the wrong number of rates, or one that is negative or not finite.
        """
        return frozen(
            _core.intensities(self._core, np.asarray(rates, dtype=float).ravel().tolist())
        )

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        permitted = set(self.transitions)
        rows = [
            [a, *("x" if (a, b) in permitted else "." for b in self.states)] for a in self.states
        ]
        return ["from \\ to", *self.states], rows

    def _title(self) -> str:
        text = f"Model: {self.size} states, {len(self.transitions)} transitions"
        return text if self.death is None else f"{text}, death is {self.death}"

    def __str__(self) -> str:
        return f"{self._title()}\n{_text.table(*self._grid())}"

    def _repr_html_(self) -> str:
        heads, rows = self._grid()
        shown = [[row[0], *("✓" if cell == "x" else "" for cell in row[1:])] for row in rows]
        return _html.block(self._title(), parts=[_html.table(heads, shown)])


DEPENDENCY = Model._of(_core.dependency_model(False))
"""light, moderate, high, total, dead: up to any higher level, down one level, death from all."""

DEPENDENCY_WITH_ENDED = Model._of(_core.dependency_model(True))
"""`DEPENDENCY` with the living state `ended` (support ended), from and to every level."""


def transition_probability(
    Q: npt.ArrayLike,
    t: npt.ArrayLike,
    *,
    threads: int = 0,
    progress: Callable[[int, int], object] | None = None,
) -> Array:
    """Transition probabilities P(t) = exp(tQ).

    The exponential is taken by a series without negative terms, then squared, with every row
    divided by its sum at each step: small probabilities keep their relative accuracy, whatever the
    rates. A state out of reach has probability exactly 0; t = 0 gives exactly the identity.

    Parameters
    ----------
    Q
        Intensities per unit of time, (n, n), or a stack of them, (..., n, n). Rows sum to 0.
    t
        Time in the same unit, finite and not negative: a number, or an array that broadcasts
        against the leading axes of `Q`.
    threads
        Number of threads for stacks; 0 means all processors. The result is the same bytes for any.
    progress
        Called as `progress(done, total)` during long computations.

    Returns
    -------
    (n, n), or (..., n, n) with the leading axes of `Q` and `t` broadcast; read-only.

    Raises
    ------
    InvalidInput
        `E-TIME`: a time that is negative, infinite or not a number; `E-INTENSITY`: not a matrix of
        intensities; `E-SHAPE`: axes that do not fit.

    Notes
    -----
    Scaling and squaring of exp(t(Q + lambda I)); entrywise theory: Xue & Ye (2013), Numer Math
    124:393-428.
    """
    Q, t = _matrix(Q), np.asarray(t, dtype=float)
    if Q.ndim == 2 and t.ndim == 0:
        return frozen(_core.transition_probability(Q, float(t)))
    pairs, times, shape = _stacked(Q, t)
    found: Array = _core.transition_probabilities(pairs, times, threads, progress)
    return frozen(found.reshape(shape))


def log_transition_probability(Q: npt.ArrayLike, t: npt.ArrayLike) -> Array:
    """Logarithms of the transition probabilities, finite for every state that can be reached.

    Where P(t) holds an entry safely this is its logarithm; the rest comes from the same series and
    squarings done on logarithms, so times as small as 1e-90 or as large as 1e300 are no trouble.

    Parameters
    ----------
    Q
        Intensities per unit of time, (n, n), or a stack of them, (..., n, n). Rows sum to 0.
    t
        Time in the same unit, finite and not negative: a number, or an array that broadcasts
        against the leading axes of `Q`.

    Returns
    -------
    (n, n), or (..., n, n) with the leading axes of `Q` and `t` broadcast; read-only. -inf for a
    state that cannot be reached.

    Raises
    ------
    InvalidInput
        `E-TIME`, `E-INTENSITY` or `E-SHAPE`, as `transition_probability`.
    """
    Q, t = _matrix(Q), np.asarray(t, dtype=float)
    pairs, times, shape = _stacked(Q, t)
    found = np.empty(pairs.shape)
    for k, (one, time) in enumerate(zip(pairs, times, strict=True)):
        found[k] = _core.log_transition_probability(one, float(time))
    return frozen(found.reshape(shape))


def is_stiff(Q: npt.ArrayLike, t: float) -> bool:
    """Whether rates lie so far apart, or the time is so long, that other programs lose digits.

    True if the largest exit rate times `t` exceeds 1e6, or the largest rate is more than 1e10
    times the smallest that is not 0. `transition_probability` keeps its digits all the same.

    Parameters
    ----------
    Q
        Intensities per unit of time, (n, n).
    t
        Time in the same unit.
    """
    return _core.is_stiff(_matrix(Q), float(t))


def _matrix(Q: npt.ArrayLike) -> Array:
    matrix = np.asarray(Q, dtype=float)
    if matrix.ndim < 2 or matrix.shape[-1] != matrix.shape[-2] or matrix.shape[-1] == 0:
        _core.reject(
            "E-SHAPE",
            "transition_probability",
            f"Q has the shape {matrix.shape}",
            "it must be (n, n) or a stack (..., n, n)",
            "Pass one row and one column for each state",
        )
    return matrix


def _stacked(Q: Array, t: Array) -> tuple[Array, Array, tuple[int, ...]]:
    leading: tuple[int, ...] = ()
    try:
        leading = np.broadcast_shapes(Q.shape[:-2], t.shape)
    except ValueError:
        _core.reject(
            "E-SHAPE",
            "transition_probability",
            f"the leading axes of Q are {Q.shape[:-2]} and those of t {t.shape}",
            "they must broadcast against each other",
            "Give one time, one matrix, or as many times as matrices",
        )
    shape = (*leading, *Q.shape[-2:])
    pairs = np.broadcast_to(Q, shape).reshape(-1, *Q.shape[-2:])
    return pairs, np.broadcast_to(t, leading).reshape(-1), shape
