"""What a calibration is to agree with, and what it may change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from kohort import _core

if TYPE_CHECKING:
    from kohort.projection.phased import Phased

Array = npt.NDArray[Any]

SEXES = {None: -1, "men": 0, "women": 1}


@dataclass(frozen=True)
class Target:
    """A published figure that the model is to reproduce.

    Parameters
    ----------
    kind
        "prevalence": users over the population on 31 December of the year; "new_users": persons
        who come from no support in the year; "turnover": entries of the year, re-entries included,
        over its mean stock; "mean_stay": person-years of the year over its exits, in years.
    year
        Calendar year.
    value
        The figure.
    error
        Standard error of its logarithm; by default from counts (binomial for a prevalence,
        Poisson for new users). A turnover or a stay needs one.
    ages
        First and last completed age (None: open), of a prevalence.
    sex
        "men" or "women", of a prevalence.
    levels
        Users who are counted; by default all.
    dispersion
        Variance of the counts over binomial or Poisson variance.
    name
        For the report; made of the other fields by default.
    """

    kind: Literal["prevalence", "new_users", "turnover", "mean_stay"]
    year: int
    value: float
    error: float | None = None
    ages: tuple[int, int | None] | None = None
    sex: Literal["men", "women"] | None = None
    levels: tuple[str, ...] = ()
    dispersion: float = 1.0
    name: str = ""

    def __post_init__(self) -> None:
        if self.kind == "prevalence" and self.value > 1:
            _core.reject(
                "E-SETTING", self.label, f"{self.value} of the population",
                "a prevalence is a share between 0 and 1", "Divide per cent by 100",
            )  # fmt: skip

    @property
    def label(self) -> str:
        """What it is called in the report."""
        return self.name or _label(
            f"{self.kind.replace('_', ' ')} {self.year}", self.ages, self.sex, self.levels
        )


@dataclass(frozen=True)
class Multiplier:
    """What may be multiplied to meet the targets, by e^beta with beta ~ N(0, prior_sd^2).

    Parameters
    ----------
    kind
        "incidence", "exits" (moves to the state after support) or "mortality" (death from levels,
        relative to those without support).
    ages
        First and last completed age (None: open).
    sex
        "men" or "women"; both by default.
    levels
        That people leave; all by default. Not for incidence.
    prior_sd
        0.3 says that a factor of 1.35 is one standard deviation off; None: no prior.
    name
        For the report; made of the other fields by default.
    """

    kind: Literal["incidence", "exits", "mortality"]
    ages: tuple[int, int | None] | None = None
    sex: Literal["men", "women"] | None = None
    levels: tuple[str, ...] = ()
    prior_sd: float | None = 0.3
    name: str = ""

    @property
    def label(self) -> str:
        """What it is called in the report."""
        return self.name or _label(self.kind, self.ages, self.sex, self.levels)

    def _row(self, phases: Phased | None = None) -> tuple[Any, ...]:
        prior = np.inf if self.prior_sd is None else float(self.prior_sd)
        return (
            self.label,
            self.kind,
            *age_range(self.ages),
            SEXES[self.sex],
            list(self.levels) if phases is None else phases.names(self.levels),
            prior,
        )


def _label(
    what: str, ages: tuple[int, int | None] | None, sex: str | None, levels: Sequence[str]
) -> str:
    parts = [what]
    if ages is not None:
        parts.append(f"{ages[0]}+" if ages[1] is None else f"{ages[0]}-{ages[1]}")
    parts += [sex] if sex else []
    parts += [", ".join(levels)] if levels else []
    return " ".join(parts)


def age_range(ages: tuple[int, int | None] | None) -> tuple[int, int]:
    if ages is None:
        return 0, 1000
    return int(ages[0]), 1000 if ages[1] is None else int(ages[1])
