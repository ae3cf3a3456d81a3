"""The null trial: said beside strategies where it was not projected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kohort.interventions.strategies import Strategy


def lacks_null(strategies: Iterable[Strategy]) -> bool:
    """Whether some have effects, and none is the null trial.

    Parameters
    ----------
    strategies
        Those shown together.
    """
    shown = list(strategies)
    null = any(s.evidence.grade == "trial_null" for s in shown)
    return not null and any(s.effects for s in shown)


def beside_null(names: Sequence[str], missing: bool) -> list[str]:
    """What the null trial found and means here, if it is missing.

    Parameters
    ----------
    names
        Of the strategies shown.
    missing
        Whether the null trial is not among them.
    """
    from kohort.interventions.presets import NULL

    if not missing or not names:
        return []
    return [
        f"The null trial is not among these. {NULL.en} If that holds here, support costs what it "
        f"does under usual care and {', '.join(names)} cost what they cost themselves. Project "
        "with strategies=kh.with_null(...) for a row of its own."
    ]
