"""How columns enter the log intensities."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kohort import _core
from kohort.model.structure import Model


@dataclass(frozen=True)
class Term:
    """How a column enters the log intensities.

    Made by its name or `frozen` (its value holds until the next row), and for clocks by `bands`,
    `yearly`, `gompertz`, `weibull` or `spline`.
    """

    column: str
    path: str = "held"
    cuts: tuple[float, ...] = ()
    origin: float = 0.0
    segments: int = 0
    smoothing: float | None = None

    @property
    def moves(self) -> bool:
        """Whether it is a clock that changes the rates all the time, not in steps."""
        return self.path in ("gompertz", "weibull", "spline")

    @property
    def effects(self) -> int:
        """How many effects it has on a transition."""
        if self.path == "spline":
            return self.segments + 2
        return len(self.cuts) if self.path == "bands" else 1


def bands(column: str, *cuts: float) -> Term:
    """A clock in years as bands: one effect for each, against the band below the first cut.

    The clock runs on from its value in each row; intervals are cut where a band begins.

    Parameters
    ----------
    column
        A clock that runs with time, in years: age, time since entry.
    cuts
        Where the second band begins, the third, and so on; increasing, in years.

    Examples
    --------
    >>> bands("age", 75, 85).cuts
    (75.0, 85.0)
    """
    return Term(column, "bands", tuple(float(cut) for cut in cuts))


def yearly(column: str, *, origin: float = 0.0) -> Term:
    """A clock in years as a linear effect that steps at whole years.

    It enters as completed years + 1/2 - `origin`; intervals are cut at whole years.

    Parameters
    ----------
    column
        A clock that runs with time, in years: age, time since entry.
    origin
        Where the term is zero, in years; intercepts are log rates there.
    """
    return Term(column, "yearly", (), float(origin))


def frozen(column: str) -> Term:
    """A value that holds from each row to the subject's next, even if the column is a clock.

    The same as the column's plain name; it says that freezing an age at the last visit is meant.

    Parameters
    ----------
    column
        Any column of numbers.
    """
    return Term(column)


def gompertz(column: str, *, origin: float = 0.0) -> Term:
    """A clock that moves on inside the intervals: log rates go up in a straight line with it.

    Between two rows the rates change all the time. The fit integrates them by sub-steps and says
    in `FittedModel.substep_error` what these may change in the log-likelihood.

    Parameters
    ----------
    column
        A clock that runs with time, in years: age, calendar time, time since entry.
    origin
        Where the term is zero, in years; intercepts are log rates there.

    Notes
    -----
    Commutator-free sub-steps of order 4 (Blanes & Moan, 2006).
    """
    return Term(column, "gompertz", (), float(origin))


def weibull(column: str) -> Term:
    """A clock that moves on inside the intervals: rates go with a power of it.

    The effect is that of the clock's logarithm: with effect g the rate is proportional to the
    clock to the power g, a Weibull hazard of shape g + 1. The intercept is the log rate at 1 year.

    Parameters
    ----------
    column
        A clock in years that is never negative: time since entry.
    """
    return Term(column, "weibull")


def spline(
    column: str,
    *,
    segments: int = 8,
    ends: tuple[float, float] | None = None,
    origin: float | None = None,
    smoothing: float | None = None,
) -> Term:
    """A clock that moves on inside the intervals, with a smooth effect of any shape.

    A cubic spline with a penalty on its second differences; a large penalty leaves the straight
    line of `gompertz`. Each transition has a curve and a penalty of its own. Beyond the ends the
    curve goes on as a straight line.

    Parameters
    ----------
    column
        A clock that runs with time, in years: age, calendar time.
    segments
        Equal stretches between the ends; more than enough does no harm.
    ends
        In years; by default where the clock was observed, in whole years.
    origin
        Where the curve is zero, in years; by default in the middle.
    smoothing
        The penalty's weight, 0 or more; by default found from the data, for each transition.

    Notes
    -----
    Eilers & Marx (1996), Statist Sci 11:89-121; the penalty by Wood & Fasiolo (2017), Biometrics
    73:1071-1081.
    """
    if segments < 1 or (smoothing is not None and not 0 <= smoothing < math.inf):
        _core.reject(
            "E-MODEL",
            "spline",
            f"{segments} segments and a smoothing of {smoothing} were asked for",
            "one segment and a smoothing of 0 are the least",
            "Leave both out to have them chosen",
        )
    known = () if ends is None else (float(ends[0]), float(ends[1]))
    middle = sum(known) / 2 if known else math.nan  # if the ends are still to be found: with them
    middle = middle if origin is None else float(origin)
    return Term(column, "spline", known, middle, int(segments), smoothing)


def with_ends(terms: Sequence[Term], seen: Any) -> tuple[Term, ...]:
    """Splines without ends get those of the observations."""
    whole = []
    for term in terms:
        if term.path == "spline":
            cuts, origin = term.cuts, term.origin
            if not cuts:
                low, high = _core.observed_range(seen, term.column)
                cuts = (math.floor(low), max(math.ceil(high), math.floor(low) + 1))
            if math.isnan(origin):
                origin = (cuts[0] + cuts[1]) / 2
            term = replace(term, cuts=cuts, origin=origin)
        whole.append(term)
    return tuple(whole)


def clock_ranges(terms: Sequence[Term], seen: Any) -> tuple[tuple[str, float, float], ...]:
    """Of each clock that moves: its column, and where it was observed."""
    columns = dict.fromkeys(term.column for term in terms if term.moves)
    return tuple((column, *_core.observed_range(seen, column)) for column in columns)


Covariates = Sequence[str | Term] | Mapping[str, Sequence[str | Term]]


def design(
    model: Model, covariates: Covariates
) -> tuple[tuple[Term, ...], tuple[tuple[bool, ...], ...], Any]:
    if isinstance(covariates, str | Term):
        covariates = (covariates,)
    if isinstance(covariates, Mapping):
        unknown = [label for label in covariates if label not in model.labels]
        if unknown:
            _core.reject(
                "E-MODEL",
                "covariates",
                f"there is no transition {unknown[0]!r}",
                f"the model's transitions are: {', '.join(model.labels)}",
                "Use one of these as the key",
            )
        chosen = {
            label: [term_of(one) for one in covariates.get(label, ())] for label in model.labels
        }
    else:
        everywhere = [term_of(one) for one in covariates]
        chosen = dict.fromkeys(model.labels, everywhere)
    terms = tuple(dict.fromkeys(term for list_ in chosen.values() for term in list_))
    uses = tuple(tuple(term in chosen[label] for term in terms) for label in model.labels)
    return terms, uses, core_model(model, terms, uses)


def term_of(one: str | Term) -> Term:
    return one if isinstance(one, Term) else Term(str(one))


def core_model(model: Model, terms: Sequence[Term], uses: Sequence[Sequence[bool]]) -> Any:
    """The library's own model of these terms."""
    plain = [
        (t.column, t.path, list(t.cuts), t.origin, t.segments, _smoothing(t.smoothing))
        for t in (_placed(t) for t in terms)
    ]
    return _core.IntensityModel(model._core, plain, [list(used) for used in uses])


def _placed(term: Term) -> Term:
    """A spline whose ends are still to be found has the right names and number of effects."""
    if term.path != "spline" or term.cuts:
        return term
    return replace(term, cuts=(0.0, 1.0), origin=0.5)


def _smoothing(given: float | None) -> float:
    return -1.0 if given is None else given
