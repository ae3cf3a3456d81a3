"""Effects of a strategy: on intensities, probabilities, entries and hours. `kh.effect.*`.

A multiplier on a probability and a multiplier on an intensity are different things, so they have
different names here: 1.4 times the yearly probability of recovery is not 1.4 times its rate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core

Moves = str | Sequence[tuple[str, str]]
"""Moves by name, [("moderate", "light")], or "recovery" (to a lower level), "deterioration" (to a
higher one), "ending" (to `ended`), "death", "into total" (from anywhere)."""

Ratio = float | npt.NDArray[Any]
"""One number; (months,), one for each month of the window; (draws, 1) or (draws, months)."""

KINDS = ("recovery", "deterioration", "ending", "death")


@dataclass(frozen=True)
class Window:
    """When an effect acts and on whom.

    Attributes
    ----------
    months
        (first, last): from and until when, in months from the clock's start.
    clock
        "enrolment": since each person's own; "calendar": since the base date.
    fade
        What is left of the effect (of ln R) from one month to the next; 1 does not fade.
    ages, sex
        (first, last) completed age, both inclusive; "men", "women" or None for both.
    """

    months: tuple[float, int | float] = (0, 12)
    clock: str = "enrolment"
    fade: float = 1.0
    ages: tuple[int, int] = (0, 1000)
    sex: str | None = None

    def __post_init__(self) -> None:
        first, last = self.months
        whole = float(last - first).is_integer() and last > first >= 0
        if not whole or self.clock not in ("enrolment", "calendar"):
            _core.reject(
                "E-EFFECT", "effect", f"months={self.months}, clock={self.clock!r}",
                "an effect lasts whole months from 0 or later, on the clock enrolment or calendar",
                "Write months=(0, 12), say",
            )  # fmt: skip
        if self.sex not in (None, "men", "women"):
            _core.reject(
                "E-EFFECT", "effect", f"sex={self.sex!r}", "it is men, women or None",
                "Leave it out for both",
            )  # fmt: skip

    def _arguments(self) -> tuple[bool, float, int, float, int, int, int]:
        first, last = self.months
        sex = {None: -1, "men": 0, "women": 1}[self.sex]
        since = self.clock == "enrolment"
        return (since, float(first), int(last - first), self.fade, *self.ages, sex)


@dataclass(frozen=True)
class Effect:
    """One effect of a strategy; made by the functions of `kohort.effect`.

    Attributes
    ----------
    kind
        intensity_ratio, probability_multiplier, entry_ratio, entry_mix, odds_ratio, hours_ratio.
    settings
        What it was given.
    window
        When it acts.
    """

    kind: str
    settings: Mapping[str, Any]
    window: Window

    def __str__(self) -> str:
        given = ", ".join(f"{k}={_shown(v)}" for k, v in self.settings.items())
        first, last = self.window.months
        return f"{self.kind}({given}), months {first:g}-{last:g} since {self.window.clock}"


def _made(kind: str, settings: Mapping[str, Any], window: Mapping[str, Any]) -> Effect:
    return Effect(kind, dict(settings), Window(**window))


def intensity_ratio(moves: Moves, ratio: npt.ArrayLike, **window: Any) -> Effect:
    """q is multiplied by `ratio` on these moves.

    Parameters
    ----------
    moves
        Pairs of names, or "recovery", "deterioration", "ending", "death".
    ratio
        Above 0. One number; or (months,), one for each month of the window. With a row for each
        draw of the projection, (draws, 1) or (draws, months), its size is uncertain too.
    **window
        See `Window`.

    Raises
    ------
    InvalidInput
        `E-EFFECT`: a ratio that is not above 0, or not one for each month.
    """
    return _series("intensity_ratio", {"moves": moves}, ratio, window)


def probability_multiplier(
    moves: Moves, multiplier: float, *, over: float = 1.0, **window: Any
) -> Effect:
    """The probability of each of these moves over `over` years is multiplied.

    It is turned into ratios on the intensities, jointly for all of the moves and for each age and
    sex, at the point estimate's rates.

    Parameters
    ----------
    moves
        As in `intensity_ratio`.
    multiplier
        k.
    over
        Years over which the probability is meant.
    **window
        See `Window`.

    Raises
    ------
    InvalidInput
        When the strategy is used: `E-EFFECT-RANGE` with the largest multiplier that is possible.
    """
    settings = {"moves": moves, "multiplier": _ratio(multiplier), "over": float(over)}
    return _made("probability_multiplier", settings, window)


def entry_ratio(levels: Sequence[str] | None, ratio: npt.ArrayLike, **window: Any) -> Effect:
    """The rate of coming in at these levels (None: all) is multiplied.

    Parameters
    ----------
    levels
        Names.
    ratio
        0.3 if 7 of 10 do not come in after all; or a series, as in `intensity_ratio`.
    **window
        See `Window`; the clock is the calendar unless told otherwise.
    """
    settings = {"levels": None if levels is None else tuple(levels)}
    window = {"clock": "calendar", "months": (0, 1200)} | window
    return _series("entry_ratio", settings, ratio, window)


def entry_odds_ratio(
    levels: Sequence[str] | None, odds_ratio: float, *, probability: float, **window: Any
) -> Effect:
    """The odds of coming in within some time are multiplied; the rates behind them accordingly.

    Parameters
    ----------
    levels
        Names; None: all.
    odds_ratio
        OR.
    probability
        Of coming in over that time without the programme, p0: the ratio of the rates is
        ln(1 - p1) / ln(1 - p0) with p1 = OR p0 / (1 - p0 + OR p0).
    **window
        See `Window`.
    """
    after = _core.after_odds_ratio(probability, odds_ratio)
    return entry_ratio(levels, _core.rate_ratio(probability, after), **window)


def entry_mix(factors: Mapping[str, float], *, rule: str, **window: Any) -> Effect:
    """The shares of new users by level are multiplied.

    Parameters
    ----------
    factors
        Level to factor; levels not named keep 1.
    rule
        "softmax": as many come in, the shares are divided by their new sum; "to_none": averted
        entries stay without support. There is no default.
    **window
        See `Window`.
    """
    if rule not in ("softmax", "to_none"):
        _core.reject(
            "E-EFFECT", "entry_mix", f"rule={rule!r}", "it is softmax or to_none",
            "Say what happens to the entries that are taken away",
        )  # fmt: skip
    settings = {"factors": {k: _ratio(v) for k, v in factors.items()}, "rule": rule}
    return _made("entry_mix", settings, {"clock": "calendar", "months": (0, 1200)} | window)


def odds_ratio(
    inside: Sequence[str],
    odds_ratios: Sequence[float],
    *,
    months: Sequence[int],
    moves: Moves = "leaving",
    start: Mapping[str, float] | None = None,
) -> Effect:
    """The odds of being in some levels are multiplied at several times since enrolment.

    Each piece between the times has its own ratio on `moves`, solved so that the odds, against the
    model's own usual care at each age and sex, are met at each time. Afterwards there is no effect.

    Parameters
    ----------
    inside
        Levels whose odds are meant.
    odds_ratios, months
        One for each time, in months since enrolment.
    moves
        On which the ratio acts; "leaving": all from these levels to lower ones outside them, and to
        the end of support.
    start
        Shares of the enrolled by level; by default evenly over `inside`.
    """
    settings = {
        "inside": tuple(inside),
        "odds_ratios": tuple(_ratio(x) for x in odds_ratios),
        "months": tuple(int(m) for m in months),
        "moves": moves,
        "start": dict(start) if start else {name: 1 / len(inside) for name in inside},
    }
    return _made("odds_ratio", settings, {"months": (0, max(months))})


def hours_ratio(levels: Sequence[str], ratio: float, **window: Any) -> Effect:
    """The hours, and so the cost, of the enrolled at these levels are multiplied.

    Nobody moves differently: it acts on what a month at the level costs.

    Parameters
    ----------
    levels
        Names.
    ratio
        0.23 if less than a quarter of the hours are needed.
    **window
        See `Window`.
    """
    settings = {"levels": tuple(levels), "ratio": float(ratio)}
    if not ratio >= 0:
        _core.reject("E-EFFECT", "hours_ratio", f"ratio={ratio}", "it is not negative", "Mend it")
    return _made("hours_ratio", settings, window)


def _series(
    kind: str, settings: Mapping[str, Any], ratio: npt.ArrayLike, window: Mapping[str, Any]
) -> Effect:
    """An effect whose ratio may be a series."""
    if np.ndim(ratio) == 0:
        return _made(kind, {**settings, "ratio": _ratio(float(np.asarray(ratio)))}, window)
    ratios = np.array(ratio, dtype=float)
    made = _made(kind, {**settings, "ratio": ratios}, window)
    first, last = made.window.months
    months = int(last - first)
    one = ratios.ndim == 2 and ratios.shape[1] == 1
    if ratios.ndim > 2 or not (one or ratios.shape[-1] == months) or ratios.size == 0:
        _core.reject(
            "E-EFFECT", kind, f"ratios are {ratios.shape}",
            f"a series has one for each of the window's {months} months, or a row of one or of "
            f"{months} for each draw", "Mend the shape, or the window",
        )  # fmt: skip
    if made.window.fade != 1 and not one:
        _core.reject(
            "E-EFFECT", kind, f"a series by month and fade={made.window.fade}",
            "a series says itself how the effect fades", "Leave one of them out",
        )  # fmt: skip
    for x in ratios.ravel():
        _ratio(float(x))
    ratios.flags.writeable = False
    return made


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.min():.4g} to {value.max():.4g}"
    return str(value)


def _ratio(x: float) -> float:
    if not 0 < x < float("inf"):
        _core.reject(
            "E-EFFECT", "effect", f"a ratio of {x}", "it is a number above 0",
            "1 is no effect, 0.5 halves",
        )  # fmt: skip
    return float(x)
