"""A fit with too few moves behind its rates for a forecast, told in the planner's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from kohort._core import InvalidInput
from kohort.population.entry_clock import entry_cuts, rates_by_band
from kohort.privacy.profile import small, written_few
from kohort.support import _toml
from kohort.support._language import language

if TYPE_CHECKING:
    from kohort.data.decisions import Decisions
    from kohort.estimation.fitted_model import FittedModel
    from kohort.support._arrays import Array

CODE = "D-FEW-MOVES"
_MOST = 1000.0  # moves per person and year that `project` takes
_DRAWS, _AT_ONCE = 4000, 500


def refuse_unconverged(fit: FittedModel, decisions: Decisions) -> None:
    """Refuse to project a fit without a maximum.

    Raises
    ------
    InvalidInput
        `D-NOT-CONVERGED`
    """
    if not fit.convergence.converged:
        _refuse("D-NOT-CONVERGED", "unconverged", fit, decisions, verdict=str(fit.convergence))


@contextmanager
def told_if_few(fit: FittedModel, decisions: Decisions, ages: Array) -> Iterator[None]:
    """Around a projection: where drawn rates are beyond all reason, say that moves are too few.

    An effect of age that few moves tell of has a wide error, and over forty years of age a draw of
    it multiplies a rate by thousands.

    Raises
    ------
    InvalidInput
        `D-FEW-MOVES` in the place of an `E-NUM` that the estimates are to blame for.
    """
    try:
        yield
    except InvalidInput as refusal:
        if getattr(refusal, "code", "") != "E-NUM":
            raise
        share = _beyond(fit, ages)
        if share == 0:
            raise
        _refuse(CODE, "few_moves", fit, decisions, share=share,
                first=int(ages[0]), last=int(ages[-1]), most=_MOST)  # fmt: skip


def _beyond(fit: FittedModel, ages: Array) -> float:
    """Share of draws with a rate above what a projection takes, at some age."""
    draws, beyond = fit.draws(_DRAWS, 1), 0
    for first in range(0, _DRAWS, _AT_ONCE):
        rates = rates_by_band(fit, entry_cuts(fit), ages, draws[first : first + _AT_ONCE])
        beyond += int((rates.reshape(len(rates), -1).max(axis=1) > _MOST).sum())
    return beyond / _DRAWS


def _refuse(
    code: str, key: str, fit: FittedModel, decisions: Decisions, share: float = 0.0, **told: Any
) -> NoReturn:
    moves = int(decisions.moves(1900, 2200).total)
    effects = int(np.size(fit.coefficients))
    said = []
    for lang in ("en", "sv"):
        words = language(lang)
        said.append(
            words.text(
                f"refused.{key}",
                moves=written_few(moves) if small(moves) else words.number(moves),
                effects=words.number(effects),
                share=words.percent(share, 1),
                **(told | {"most": words.number(told["most"])} if "most" in told else told),
            )
            + " " + words.text("refused.fewer_effects")
        )  # fmt: skip
    _toml.refuse(code, *said)
