"""Conditions on coefficients, and what is believed of them before the data."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Constraint:
    """A linear condition on coefficients: made by `equal`, `fixed`, `at_least` and so on."""

    terms: tuple[tuple[str, float], ...]  # names of coefficients with their factors
    relation: str = "="  # "=", ">=" or "<="
    value: float = 0.0  # on the scale of logarithms

    def __str__(self) -> str:
        return str(_core.constraint_words(list(self.terms), self.relation, self.value))


@dataclass(frozen=True)
class Prior:
    """What is believed of one coefficient: made by `normal_prior` and `gamma_prior`."""

    coefficient: str
    kind: str  # "normal" or "gamma"
    first: float  # mean, or shape
    second: float  # standard deviation, or rate

    def __str__(self) -> str:
        if self.kind == "normal":
            return f"{self.coefficient}: normal, mean {self.first:g}, s.d. {self.second:g}"
        return f"{self.coefficient}: gamma on the rate, shape {self.first:g}, rate {self.second:g}"


@dataclass(frozen=True, eq=False)
class Penalty:
    """What is believed of several coefficients together: made by `quadratic_penalty`."""

    coefficients: tuple[str, ...]
    precision: Array  # (p, p), on the scale of logarithms
    centre: Array  # (p,)

    def __str__(self) -> str:
        rank = int(np.linalg.matrix_rank(self.precision, hermitian=True))
        return f"{', '.join(self.coefficients)}: quadratic penalty of rank {rank}"


def equal(*names: str) -> Constraint | tuple[Constraint, ...]:
    """Coefficients that are equal: rates where all covariates are 0, or effects.

    Parameters
    ----------
    names
        Two or more, as in `FittedModel.coefficient_names`: "light -> dead" is a rate,
        "light -> dead: male" an effect on it.

    Examples
    --------
    >>> print(equal("light -> dead: male", "moderate -> dead: male"))
    'light -> dead: male' - 'moderate -> dead: male' = 0
    """
    if len(names) < 2:
        _core.reject(
            "E-CONSTRAINT", "equal", "fewer than two names", "two can be equal", "Give two or more"
        )
    pairs = [Constraint(((names[0], 1.0), (other, -1.0))) for other in names[1:]]
    return pairs[0] if len(pairs) == 1 else tuple(pairs)


def fixed(
    name: str,
    value: float | None = None,
    *,
    rate: float | None = None,
    ratio: float | None = None,
) -> Constraint:
    """A coefficient that is known.

    Parameters
    ----------
    name
        As in `FittedModel.coefficient_names`.
    value
        On the scale of the coefficient: the logarithm of a rate or of a hazard ratio.
    rate, ratio
        In place of `value`: the rate per year where all covariates are 0, or the hazard ratio.

    Examples
    --------
    >>> fixed("light -> dead: male", ratio=1).value
    0.0
    """
    return Constraint(((name, 1.0),), "=", _logarithm("fixed", name, value, rate, ratio))


def at_least(
    name: str,
    value: float | None = None,
    *,
    rate: float | None = None,
    ratio: float | None = None,
) -> Constraint:
    """A coefficient with a lower limit; arguments as in `fixed`.

    Examples
    --------
    An effect that cannot lower the rate:

    >>> print(at_least("light -> dead: age", 0))
    'light -> dead: age' >= 0
    """
    return Constraint(((name, 1.0),), ">=", _logarithm("at_least", name, value, rate, ratio))


def at_most(
    name: str,
    value: float | None = None,
    *,
    rate: float | None = None,
    ratio: float | None = None,
) -> Constraint:
    """A coefficient with an upper limit; arguments as in `fixed`."""
    return Constraint(((name, 1.0),), "<=", _logarithm("at_most", name, value, rate, ratio))


def linear(
    terms: Mapping[str, float],
    *,
    equals: float | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Constraint:
    """Any linear condition: the sum of factors times coefficients equals a value, or is limited.

    Parameters
    ----------
    terms
        Factors by name of coefficient.
    equals, at_least, at_most
        One of them, on the scale of logarithms; without any, the sum is 0.

    Examples
    --------
    An effect that is the other with its sign reversed:

    >>> print(linear({"a -> b: x": 1, "b -> c: x": 1}))
    'a -> b: x' + 'b -> c: x' = 0
    """
    given = {"=": equals, ">=": at_least, "<=": at_most}
    chosen = {relation: value for relation, value in given.items() if value is not None}
    if len(chosen) > 1:
        _core.reject(
            "E-CONSTRAINT",
            "linear",
            "several of equals, at_least and at_most are given",
            "one condition has one of them",
            "Write two conditions",
        )
    relation, value = next(iter(chosen.items()), ("=", 0.0))
    return Constraint(
        tuple((name, float(factor)) for name, factor in terms.items()), relation, float(value)
    )


def normal_prior(coefficient: str, *, mean: float = 0.0, sd: float) -> Prior:
    """A coefficient believed to be normal: theta ~ N(mean, sd^2), on its logarithmic scale.

    Parameters
    ----------
    coefficient
        As in `FittedModel.coefficient_names`.
    mean, sd
        Of the log rate or the log hazard ratio. A standard deviation of 1 on an effect of 0/1 says
        that hazard ratios beyond 7 or below 1/7 are unlikely.
    """
    return Prior(coefficient, "normal", float(mean), float(sd))


def gamma_prior(transition: str, *, shape: float, rate: float) -> Prior:
    """A rate believed to be gamma distributed: as if `shape` moves had been seen in `rate` years.

    The mode is taken of the log rate: (shape + moves) / (rate + years).

    Parameters
    ----------
    transition
        As in `FittedModel.transitions`; its rate where all covariates are 0.
    shape, rate
        Above 0; `rate` in years.
    """
    return Prior(transition, "gamma", float(shape), float(rate))


def quadratic_penalty(
    coefficients: Sequence[str],
    precision: npt.ArrayLike,
    *,
    centre: npt.ArrayLike | None = None,
) -> Penalty:
    """A prior on several coefficients at once: -(theta - centre)' precision (theta - centre) / 2.

    Up to a constant the logarithm of a normal density; a matrix that lacks full rank leaves some
    combinations free. Pass it among `priors` of `fit`.

    Parameters
    ----------
    coefficients
        Names as in `FittedModel.coefficient_names`.
    precision
        (p, p), symmetric, no eigenvalue below 0.
    centre
        (p,); by default zeros.

    Examples
    --------
    Effects of neighbouring bands that resemble each other, their level being free:

    >>> bands = ["a -> b: age 80-90", "a -> b: age 90-", "a -> b: age 100-"]
    >>> steps = np.diff(np.eye(3), axis=0)
    >>> print(quadratic_penalty(bands, 25 * steps.T @ steps))
    a -> b: age 80-90, a -> b: age 90-, a -> b: age 100-: quadratic penalty of rank 2
    """
    matrix = np.array(precision, dtype=float)
    middle = np.zeros(len(coefficients)) if centre is None else np.array(centre, dtype=float)
    shape = (len(coefficients), len(coefficients))
    if matrix.shape != shape or middle.shape != shape[:1] or not np.isfinite(matrix).all():
        _core.reject(
            "E-PRIOR",
            "quadratic_penalty",
            f"the matrix has the shape {matrix.shape} and the centre {middle.shape}",
            f"{len(coefficients)} coefficients need {shape} finite numbers and {shape[:1]}",
            "Mend the matrix",
        )
    matrix.setflags(write=False)
    middle.setflags(write=False)
    return Penalty(tuple(coefficients), matrix, middle)


def plain_priors(beliefs: Iterable[Prior | Penalty]) -> tuple[list[Any], list[Any]]:
    """Priors and penalties, as the library takes them."""
    each = list(beliefs)
    priors = [(b.coefficient, b.kind, b.first, b.second) for b in each if isinstance(b, Prior)]
    penalties = [
        (list(b.coefficients), b.precision, b.centre) for b in each if isinstance(b, Penalty)
    ]
    if len(priors) + len(penalties) < len(each):
        other = next(b for b in each if not isinstance(b, Prior | Penalty))
        _core.reject(
            "E-PRIOR",
            "priors",
            f"a prior is a {type(other).__name__}",
            "it is made by normal_prior, gamma_prior or quadratic_penalty",
            "Use one of these",
        )
    return priors, penalties


def plain_constraints(conditions: Iterable[Constraint]) -> list[Any]:
    """Constraints, as the library takes them."""
    return [(list(one.terms), one.relation, one.value) for one in conditions]


def _logarithm(
    where: str, name: str, value: float | None, rate: float | None, ratio: float | None
) -> float:
    given = [one for one in (value, rate, ratio) if one is not None]
    if len(given) != 1:
        _core.reject(
            "E-CONSTRAINT",
            where,
            f"{len(given)} of value, rate and ratio are given for {name!r}",
            "one is needed",
            "Give the rate, the hazard ratio or the logarithm of either",
        )
    if value is not None:
        return float(value)
    if not given[0] > 0:
        _core.reject(
            "E-CONSTRAINT",
            where,
            f"{name!r} is to be {given[0]}",
            "a rate or ratio must be above 0",
            "To have no such move, leave the transition out of the model",
        )
    return math.log(given[0])


def flat(constraints: Any) -> tuple[Constraint, ...]:
    """Constraints as given, `equal` of many included, in one row."""
    if isinstance(constraints, Constraint):
        return (constraints,)
    if not isinstance(constraints, tuple | list):
        _core.reject(
            "E-CONSTRAINT",
            "fit",
            f"a constraint is a {type(constraints).__name__}",
            "it is made by equal, fixed, at_least, at_most or linear",
            "Use one of these",
        )
    return tuple(one for part in constraints for one in flat(part))
