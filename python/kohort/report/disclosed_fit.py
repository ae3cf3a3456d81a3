"""Which transitions of a fit nothing may be told of, since few persons made them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kohort._core import Finding
from kohort.privacy.moves import Move, few_moves
from kohort.privacy.profile import Profile, small
from kohort.support import _said
from kohort.support._refusal import refuse

if TYPE_CHECKING:
    from kohort.data.decisions import Decisions
    from kohort.estimation.fitted_model import FittedModel

_OF_ONE = ("D-BOUNDARY-ZERO", "D-DIVERGING", "D-SEPARATION")  # diagnostics of one transition


def withheld_moves(
    decisions: Decisions, transitions: Sequence[Move], sex: str | None, profile: Profile
) -> set[Move]:
    """Moves between levels that few made: women, men, or (None) everybody."""
    if "male" in decisions.observations.covariate_names:
        counts = decisions.moves(1900, 2200)
        start, end, made = counts["state"], counts["to"], counts["moves"]
        mine = (counts["sex"] == sex) | (sex is None)
    else:  # the file does not say who is a woman and who is a man
        pairs = decisions.observations._pairs()
        start, end, made = pairs["from"], pairs["to"], pairs["count"]
        mine = np.ones(len(start), dtype=bool)
    times = [made[mine & (start == a) & (end == b)].sum() for a, b in transitions]
    few = few_moves(times, profile)
    return {move for move, hide in zip(transitions, few.tolist(), strict=True) if hide}


def withheld_transitions(
    decisions: Decisions, fit: FittedModel, profile: Profile
) -> frozenset[str]:
    """Names of a fit's transitions whose coefficients, covariances and bounds are withheld.

    If the fit tells women and men apart, those that few of either made: the rate of the one is the
    intercept, that of the other follows from the effect.

    Raises
    ------
    InvalidInput
        `E-DISCLOSURE`: few persons are followed at all.
    """
    if not profile.hides:
        return frozenset()
    if small([fit.subjects], profile).any():
        refuse(
            "E-DISCLOSURE", "fit", f"fewer than {profile.threshold} persons are followed",
            "a public answer tells of no so small group",
            "Merge municipalities, or make it for internal use: --profile internal",
        )  # fmt: skip
    layer = fit.hidden
    seen_of = layer.fine()[1] if layer else []
    seen = layer.seen if layer else fit.model
    as_seen = [seen.states[i] for i in (seen_of or range(len(fit.model.states)))]
    name = dict(zip(fit.model.states, as_seen, strict=True))
    hidden: set[Move] = set()
    for sex in ("women", "men") if "male" in fit._columns else (None,):
        hidden |= withheld_moves(decisions, seen.transitions, sex, profile)
    hidden |= {(start, start) for start, _ in hidden}  # rates between phases tell how it is left
    return frozenset(
        label
        for label, (a, b) in zip(fit.transitions, fit.model.transitions, strict=True)
        if (name[a], name[b]) in hidden
    )


def told(findings: Sequence[Finding], withheld: frozenset[str], least: int) -> list[Finding]:
    """The findings without those of withheld transitions, and how many there are of these."""
    kept = [f for f in findings if f.code not in _OF_ONE or f.column.split(":")[0] not in withheld]
    if withheld:
        kept.append(_said.finding("I-WITHHELD", count=len(withheld), least=least))
    return kept
