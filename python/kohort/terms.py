"""How columns enter the log intensities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kohort import _core
from kohort.model import Model


@dataclass(frozen=True)
class Term:
    """How a column enters the log intensities: made by its name, `bands` or `yearly`."""

    column: str
    path: str = "held"
    cuts: tuple[float, ...] = ()
    origin: float = 0.0

    @property
    def effects(self) -> int:
        """How many effects it has on a transition."""
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
    >>> bands("age", 75, 85)
    Term(column='age', path='bands', cuts=(75.0, 85.0), origin=0.0)
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
    plain = [(t.column, t.path, list(t.cuts), t.origin) for t in terms]
    return _core.IntensityModel(model._core, plain, [list(used) for used in uses])
