"""What a fit with phases or misreadings can say of the states as they are seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.model.structure import transition_probability
from kohort.support import _frames, _html, _text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.estimation.fitted_model import FittedModel

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Stay:
    """How long stays in one state last, phases and all.

    Of each question the answer is either about somebody just come (`found="entry"`) or about what
    remains of the stay of somebody found there at an arbitrary moment (`found="stationary"`).
    """

    state: str
    phases: int
    intensities: Array  # Q of the model with its phases, per year
    _model: Any = field(repr=False)
    _seen: int = field(repr=False)
    _places: tuple[int, ...] = field(repr=False)  # its phases among the model's states

    def survival(self, times: npt.ArrayLike, *, found: str = "entry") -> Array:
        """The share of stays that go on for longer than these times.

        Parameters
        ----------
        times
            Years.
        found
            "entry" or "stationary".
        """
        _found(found)
        t = np.asarray(times, dtype=float)
        still = _core.stay_survival(
            self._model, self.intensities, self._seen, t.ravel().tolist(), found
        )
        return np.array(still, dtype=float).reshape(t.shape)

    def mean(self, *, found: str = "entry") -> float:
        """Mean years; infinite if somebody may stay for ever."""
        _found(found)
        return float(_core.mean_stay(self._model, self.intensities, self._seen, found))

    def quantile(self, shares: npt.ArrayLike, *, found: str = "entry") -> Array:
        """Years by which these shares of the stays have ended.

        Parameters
        ----------
        shares
            At least 0 and below 1.
        found
            "entry" or "stationary".
        """
        _found(found)
        p = np.asarray(shares, dtype=float)
        years = [
            _core.stay_quantile(self._model, self.intensities, self._seen, float(one), found)
            for one in p.ravel()
        ]
        return np.array(years, dtype=float).reshape(p.shape)

    @property
    def shares(self) -> Array:
        """In which phase somebody is who is found there, (phases,)."""
        weights = _core.stationary_phases(self._model, self.intensities, self._seen)
        return np.asarray(weights, dtype=float)[list(self._places)]

    def to_frame(self, backend: str | None = None) -> Any:
        """Years by which shares of the stays have ended, for who has come and who is found there.

        Parameters
        ----------
        backend
            "pandas", "polars" or "pyarrow"; by default the first installed.
        """
        return _frames.to_frame(self._columns(), backend)

    def _columns(self) -> dict[str, Array]:
        shares = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
        return {
            "share": shares,
            "from entry": self.quantile(shares),
            "when found there": self.quantile(shares, found="stationary"),
        }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Survival of the stay; see `kohort.plots.stays.survival`."""
        from kohort.plots import stays as plots_stays

        return plots_stays.survival(self, ax)

    def _title(self) -> str:
        phases = f"{self.phases} phases" if self.phases > 1 else "no phases"
        return f"Stays in {self.state}: {phases}, mean {_text.number(self.mean())} years"

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        columns = self._columns()
        rows = [
            [f"{100 * share:g} %", *(_text.number(float(value)) for value in years)]
            for share, *years in zip(*columns.values(), strict=True)
        ]
        return ["have left by, years", "from entry", "when found there"], rows

    def __str__(self) -> str:
        return "\n".join([self._title(), _text.table(*self._grid())])

    def __repr__(self) -> str:
        return f"<{self._title()}>"

    def _repr_html_(self) -> str:
        return _html.block(self._title(), parts=[_html.table(*self._grid())])


def stay(fitted: FittedModel, state: str, x: Mapping[str, float]) -> Stay:
    seen = fitted.hidden.seen if fitted.hidden else fitted.model
    core, place = fitted._core, seen.state(state)
    _, seen_of = fitted.hidden.fine() if fitted.hidden else (None, [])
    seen_of = seen_of or list(range(seen.size))
    if fitted.hidden is None or fitted.hidden.phases is None:
        core = _core.hidden_model(
            core,
            seen=list(seen.states),
            seen_of=seen_of,
            first="entry",
            clock="",
            misread=False,
            errors=[],
            reading_terms=core,
            reading_uses=[],
            start="estimated",
            probabilities=[],
            move_or_stay=False,
        )
    if seen.absorbing(state):
        _core.reject(
            "E-STATE-UNKNOWN",
            "stay",
            f"nobody leaves '{state}'",
            "a stay must be able to end",
            "Ask about another state",
        )
    places = tuple(k for k, of in enumerate(seen_of) if of == place)
    return Stay(state, len(places), fitted.intensities(**x), core, place, places)


def seen_transition_probability(
    fitted: FittedModel, t: float, found: str, x: Mapping[str, float]
) -> Array:
    _found(found)
    if fitted.hidden is None or fitted.hidden.phases is None:
        return transition_probability(fitted.intensities(**x), t)
    p = _core.seen_transition_probability(fitted._core, fitted.intensities(**x), float(t), found)
    return np.asarray(p)


def misclassification_probability(fitted: FittedModel, x: Mapping[str, float]) -> Array:
    terms = fitted.hidden.terms if fitted.hidden else ()
    missing = [term.column for term in terms if term.column not in x]
    unknown = [name for name in x if name not in {term.column for term in terms}]
    if missing or unknown:
        _core.reject(
            "E-COLUMN",
            "misclassification_probability",
            f"'{missing[0]}' is not given" if missing else f"'{unknown[0]}' is given",
            f"the misreadings depend on {', '.join(t.column for t in terms) or 'nothing'}",
            "Give one number for each of them",
        )
    values = [float(x[term.column]) for term in terms]
    e = _core.reading_probability(fitted._core, fitted.coefficients.tolist(), values)
    return np.asarray(e)


def smoothed_states(fitted: FittedModel, data: Any) -> Array:
    seen = _data(fitted, data, "smoothed_states")
    return np.asarray(_core.smoothed_states(seen, fitted._core, fitted.coefficients))


def likeliest_states(fitted: FittedModel, data: Any) -> npt.NDArray[np.int32]:
    seen = _data(fitted, data, "likeliest_states")
    return np.asarray(_core.likeliest_states(seen, fitted._core, fitted.coefficients))


def _data(fitted: FittedModel, data: Any, where: str) -> Any:
    data = getattr(data, "observations", data)
    seen = fitted._data if data is None else data._core
    if seen is None:
        _core.reject(
            "E-DATA",
            where,
            "the fit no longer holds its observations",
            "they stay in memory only and are never saved with a fit",
            "Hand them over: data=",
        )
    return seen


def _found(found: str, allowed: Sequence[str] = ("entry", "stationary")) -> None:
    if found not in allowed:
        _core.reject(
            "E-SETTING",
            "stay",
            f"found is {found!r}",
            f"it must be {' or '.join(allowed)}",
            "Choose one of them",
        )
