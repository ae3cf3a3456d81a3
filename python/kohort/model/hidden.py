"""States that are not simply what is seen: stays with phases, and levels read with error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.model.structure import Model
from kohort.model.terms import Covariates, Term, core_model, design, term_of

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, init=False)
class Phases:
    """States that are left at a rate which depends on the time spent there.

    Such a state becomes a chain of phases: everybody enters the first, goes on to the next at some
    rate, and may leave for good from each. What is seen is the state, never the phase.

    Parameters
    ----------
    counts
        Number of phases of each such state: ``{"total": 2}`` for short and long stays.
    found
        In which phase somebody stands who is already in the state when first seen: "stationary"
        (in proportion to the time that stays spend in each phase, as if people came at a steady
        pace), "entry" (the first phase) or "left out" (their first stay says nothing; it is
        counted).
    since
        A column that is 0 in rows where the state is just being entered: those begin in phase 1
        whatever `found` says.

    Notes
    -----
    Two phases are the law of a short and a long stay: the time until leaving has the survival
    w exp(-a t) + (1 - w) exp(-b t).
    """

    counts: tuple[tuple[str, int], ...]
    found: str
    since: str | None

    def __init__(
        self,
        counts: Mapping[str, int],
        *,
        found: str = "stationary",
        since: str | None = None,
    ) -> None:
        if found not in ("stationary", "entry", "left out"):
            _core.reject(
                "E-SETTING",
                "phases",
                f"found is {found!r}",
                "it must be stationary, entry or left out",
                "Choose one of them",
            )
        object.__setattr__(self, "counts", tuple((k, int(v)) for k, v in counts.items()))
        object.__setattr__(self, "found", found)
        object.__setattr__(self, "since", since)

    def __reduce__(self) -> tuple[object, ...]:
        return _phases, (dict(self.counts), self.found, self.since)


@dataclass(frozen=True, init=False)
class Misclassification:
    """Levels that may be taken for another at a visit.

    Parameters
    ----------
    errors
        For each true state those it may be seen as: ``{"light": ("moderate",)}``. What is not
        listed is never misread; death and other states that are never left cannot be.
    covariates
        Columns that act on the log odds of every error, or a dict from errors
        ("light seen as moderate") to those that act on it. The values are those of the row itself.
    start
        The true state at a subject's first row: "estimated" (probabilities, the same for all),
        "seen" (the first row is free of error and conditioned on), or the probabilities by state.
    exact_times
        What a row means that says the state was known since the row before (kind
        "exact_transition"): "refused", since nobody knows a level all the time that may be
        misread, or "as msm", to repeat published numbers: the level was held since the row before
        or left by one move at this very time. That adds a density to a probability, so -2 log L
        depends on the unit of time beyond a constant, and no check or simulation goes with it.

    Notes
    -----
    Row by row of the matrix of errors a multinomial logit with the right reading as reference
    (Jackson et al. 2003, Statistician 52:193-209).
    """

    errors: tuple[tuple[str, str], ...]
    terms: tuple[Term, ...]
    uses: tuple[tuple[bool, ...], ...]  # error x term
    start: str | tuple[tuple[str, float], ...]
    exact_times: str

    def __init__(
        self,
        errors: Mapping[str, Sequence[str]],
        *,
        covariates: Covariates = (),
        start: str | Mapping[str, float] = "estimated",
        exact_times: str = "refused",
    ) -> None:
        pairs = tuple(
            (truth, seen)
            for truth, others in errors.items()
            for seen in ((others,) if isinstance(others, str) else others)
        )
        labels = [f"{truth} seen as {seen}" for truth, seen in pairs]
        if isinstance(covariates, str | Term):
            covariates = (covariates,)
        if isinstance(covariates, Mapping):
            unknown = [label for label in covariates if label not in labels]
            if unknown:
                _core.reject(
                    "E-MODEL",
                    "misclassification",
                    f"there is no error {unknown[0]!r}",
                    f"the errors are: {', '.join(labels)}",
                    "Use one of these as the key",
                )
            chosen = {
                label: [term_of(one) for one in covariates.get(label, ())] for label in labels
            }
        else:
            chosen = {label: [term_of(one) for one in covariates] for label in labels}
        if isinstance(start, str) and start not in ("estimated", "seen"):
            _core.reject(
                "E-SETTING",
                "misclassification",
                f"start is {start!r}",
                "it must be estimated, seen, or probabilities by state",
                "Choose one of them",
            )
        if exact_times not in ("refused", "as msm"):
            _core.reject(
                "E-SETTING",
                "misclassification",
                f"exact_times is {exact_times!r}",
                "it must be refused or as msm",
                "Choose one of them",
            )
        object.__setattr__(self, "exact_times", exact_times)
        terms = tuple(dict.fromkeys(term for list_ in chosen.values() for term in list_))
        object.__setattr__(self, "errors", pairs)
        object.__setattr__(self, "terms", terms)
        object.__setattr__(
            self, "uses", tuple(tuple(t in chosen[label] for t in terms) for label in labels)
        )
        object.__setattr__(
            self,
            "start",
            start
            if isinstance(start, str)
            else tuple((state, float(p)) for state, p in start.items()),
        )

    def __reduce__(self) -> tuple[object, ...]:
        errors: dict[str, list[str]] = {}
        for truth, seen in self.errors:
            errors.setdefault(truth, []).append(seen)
        covariates = {
            f"{truth} seen as {seen}": [t for t, used in zip(self.terms, row, strict=True) if used]
            for (truth, seen), row in zip(self.errors, self.uses, strict=True)
        }
        start = self.start if isinstance(self.start, str) else dict(self.start)
        return _misclassification, (errors, covariates, start, self.exact_times)


@dataclass(frozen=True)
class HiddenStates:
    """What stands between a model's states and what is seen."""

    seen: Model  # the states as they are seen
    phases: Phases | None
    misclassification: Misclassification | None

    @property
    def terms(self) -> tuple[Term, ...]:
        """Of misreadings."""
        return self.misclassification.terms if self.misclassification else ()

    @property
    def columns(self) -> list[str]:
        """That the observations need besides those of the intensities."""
        since = [self.phases.since] if self.phases and self.phases.since else []
        return [term.column for term in self.terms] + since

    def parts(self, names: list[str]) -> list[tuple[str, str]]:
        """Per coefficient after the rates' what it is of, and its covariate."""
        parts = []
        rest = iter(names)
        if self.misclassification is not None:
            for used in self.misclassification.uses:
                label = next(rest)
                effects = sum(t.effects for t, on in zip(self.terms, used, strict=True) if on)
                parts.append((label, ""))
                parts += [(label, next(rest).removeprefix(f"{label}: ")) for _ in range(effects)]
        return parts + [(label, "") for label in rest]

    def fine(self) -> tuple[Model, list[int]]:
        """The model with its phases as states, and as which state each is seen."""
        if self.phases is None:
            return self.seen, []
        counts = [1] * self.seen.size
        for state, count in self.phases.counts:
            counts[self.seen.state(state)] = count
        core, seen_of = _core.with_phases(self.seen._core, counts)
        return Model._of(core), list(seen_of)

    def of(self, core: Any) -> Any:
        """The library's model of the intensities, with this layer."""
        _, seen_of = self.fine()
        misread = self.misclassification
        given = misread.start if misread else "estimated"
        start, probabilities = "given", [0.0] * self.seen.size
        if isinstance(given, str):
            start, probabilities = given, []
        else:
            for state, p in given:
                probabilities[self.seen.state(state)] = p
        return _core.hidden_model(
            core,
            seen=list(self.seen.states),
            seen_of=seen_of,
            first=self.phases.found if self.phases else "stationary",
            clock=(self.phases.since or "") if self.phases else "",
            misread=misread is not None,
            errors=[(self.seen.state(a), self.seen.state(b)) for a, b in misread.errors]
            if misread
            else [],
            reading_terms=core_model(self.seen, self.terms, ()),
            reading_uses=[list(row) for row in misread.uses] if misread else [],
            start=start,
            probabilities=probabilities,
            move_or_stay=misread is not None and misread.exact_times == "as msm",
        )


def hidden_states(
    model: Model,
    phases: Phases | Mapping[str, int] | None,
    misclassification: Misclassification | None,
) -> HiddenStates | None:
    """The layer that these settings make, if any."""
    if phases is not None and not isinstance(phases, Phases):
        phases = Phases(phases)
    if phases is None and misclassification is None:
        return None
    return HiddenStates(model, phases, misclassification)


def by_phase(hidden: HiddenStates, fine: Model, covariates: Covariates) -> Covariates:
    """Effects on a move of the states as they are seen act on it from every phase."""
    if not isinstance(covariates, Mapping) or hidden.phases is None:
        return covariates
    _, seen_of = hidden.fine()
    chosen = {label: list(terms) for label, terms in covariates.items() if label in fine.labels}
    for label, (a, b) in zip(fine.labels, fine.moves, strict=True):
        seen = f"{hidden.seen.states[seen_of[a]]} -> {hidden.seen.states[seen_of[b]]}"
        if seen in covariates and label not in chosen:
            chosen[label] = list(covariates[seen])
    known = {*fine.labels, *hidden.seen.labels}
    return {**{k: v for k, v in covariates.items() if k not in known}, **chosen}


def hidden_design(
    model: Model, hidden: HiddenStates | None, covariates: Covariates
) -> tuple[Model, tuple[Term, ...], tuple[tuple[bool, ...], ...], Any]:
    """The model with its phases as states, the terms and the library's own model."""
    if hidden is None:
        return model, *design(model, covariates)
    fine, _ = hidden.fine()
    terms, uses, core = design(fine, by_phase(hidden, fine, covariates))
    return fine, terms, uses, hidden.of(core)


def two_phases_from_quantiles(
    shares: Sequence[float], times: Sequence[float]
) -> tuple[float, float, float]:
    """The two phases whose stays have three given quantiles exactly.

    Parameters
    ----------
    shares
        Three shares of stays that have ended, increasing, between 0 and 1.
    times
        By when, increasing.

    Returns
    -------
    From phase 1 to phase 2, out of phase 1 and out of phase 2: rates per unit of the times.

    Raises
    ------
    InvalidInput
        `E-QUANTILES` for points that do not increase, `D-NONIDENT` if no two phases have them.
    """
    on, first, second = _core.two_phases_from_quantiles(
        [float(p) for p in shares], [float(t) for t in times]
    )
    return on, first, second


def _phases(counts: dict[str, int], found: str, since: str | None) -> Phases:
    return Phases(counts, found=found, since=since)


def _misclassification(
    errors: dict[str, list[str]],
    covariates: dict[str, list[Term]],
    start: Any,
    exact_times: str = "refused",
) -> Misclassification:
    return Misclassification(errors, covariates=covariates, start=start, exact_times=exact_times)
