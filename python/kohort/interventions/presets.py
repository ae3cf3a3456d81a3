"""Effects from the literature, each with its evidence grade in words.

All figures are printed in the sources named, or derived from them as said. Levels are those of
`kohort.DEPENDENCY`; give others for a model of your own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kohort import _core
from kohort.interventions import effect
from kohort.interventions.strategies import Evidence, Strategy
from kohort.interventions.strategy_costs import StrategyCosts

NULL = Evidence(
    "trial_null",
    "Randomised trial in Sweden (Gustafsson et al. 2025, 237 persons): no significant difference; "
    "both groups improved.",
    "Svensk randomiserad prövning (Gustafsson m.fl. 2025, 237 personer): ingen signifikant "
    "skillnad; båda grupperna blev bättre.",
    "PMC11983755",
)
RECOVERY = Evidence(
    "model",
    "Assumption of a model built on trials (Zingmark et al. 2017): recovery 1.4 times as probable "
    "in the first year only.",
    "Antagande i en modell byggd på prövningar (Zingmark m.fl. 2017): återhämtning 1,4 gånger så "
    "sannolik, bara första året.",
    "doi:10.1007/s10433-016-0404-1",
)
SHOWER = Evidence(
    "quasi",
    "Quasi-experimental, small, two municipalities, three months only (Zingmark & Bernspång 2011).",
    "Kvasiexperimentell, liten, två kommuner, bara tre månader (Zingmark & Bernspång 2011).",
    "Aust Occup Ther J 58(3)",
)
LEWIN = Evidence(
    "trial_abroad",
    "Randomised trial abroad (Lewin et al. 2013, Australia, 750 persons); another care system.",
    "Randomiserad prövning utomlands (Lewin m.fl. 2013, Australien, 750 personer); annat "
    "omsorgssystem.",
    "Health Soc Care Community 21:69",
)
ESKILSTUNA = Evidence(
    "follow_up",
    "A municipality's own follow-up (Eskilstuna); selection not controlled for, not causal.",
    "Kommunal uppföljning (Eskilstuna); urvalet inte kontrollerat, inte orsakssamband.",
    "Eskilstuna kommun, IHR",
)
ASSESSMENT = Evidence(
    "assumption",
    "Slides (Zingmark): 7 of 10 who applied needed no home help after joint assessment. No control "
    "group: it is assumed that all would have been granted.",
    "Bildspel (Zingmark): 7 av 10 sökande behövde inte hemtjänst efter gemensam bedömning. Ingen "
    "kontrollgrupp: det antas att alla annars hade beviljats.",
    "slides",
)


def _made(base: dict[str, Any], settings: dict[str, Any]) -> Strategy:
    return Strategy(**(base | settings))


def none(**settings: Any) -> Strategy:
    """The null trial: all multipliers are 1.

    Parameters
    ----------
    **settings
        Of `kohort.Strategy`: uptake, enrols, begins, ends, costs, name.
    """
    return _made({"name": "none", "evidence": NULL}, settings)


def recovery_1_4_year1(**settings: Any) -> Strategy:
    """Recovery 1.4 times as probable in the first year since enrolment.

    The multiplier is on the yearly probability of each move to a lower level, turned into ratios
    on the intensities jointly: about 1.4, and above it where the probability is large.
    """
    effects = (effect.probability_multiplier("recovery", 1.4, over=1.0, months=(0, 12)),)
    base = {"name": "recovery_1_4_year1", "effects": effects, "evidence": RECOVERY}
    return _made(base, settings)


def shower_ot_3m(level: str = "moderate", *, months: int = 1200, **settings: Any) -> Strategy:
    """Occupational therapy for those who apply for help with showering.

    0.453 times as many come in at the level where bathing help puts them, and those who do have
    0.23 of the hours during their first three months. Nobody who was averted is kept away for
    good: they may apply again. Enrols everybody without support; `uptake` is the share of those
    who apply that meets the therapist.

    Parameters
    ----------
    level
        Where help with bathing leads.
    months
        How long the programme runs, from its start.
    """
    effects = (
        effect.entry_ratio([level], 0.34 / 0.75, months=(0, months)),
        effect.hours_ratio([level], (14_700 / 0.34) / (141_540 / 0.75), months=(0, 3)),
    )
    base = {
        "name": "shower_ot_3m", "effects": effects, "evidence": SHOWER,
        "enrols": "without_support",
    }  # fmt: skip
    return _made(base, settings)


def shower_costs(price_year: int) -> StrategyCosts:
    """What the bathing study prints its therapy cost: (20,580 + 5,732) / 25 kronor a person.

    Occupational therapy and aids of 25 persons, as printed; the source states no price year.

    Parameters
    ----------
    price_year
        The year whose money you take it to be.
    """
    return StrategyCosts(
        price_year, per_enrolment=(20_580 + 5_732) / 25, pays="rehabilitation", gains="home help"
    )


def lewin_rct(
    inside: Sequence[str] = ("moderate", "high", "total"),
    *,
    start: Mapping[str, float] | None = None,
    moves: effect.Moves = "leaving",
    **settings: Any,
) -> Strategy:
    """Odds of personal care 0.18 at three months and 0.22 at twelve, against local usual care.

    Parameters
    ----------
    inside
        Levels with personal care.
    start
        Shares of the enrolled by level; by default half moderate and half high.
    moves
        On which the ratio acts: by default out of personal care, to lower levels or no support.
        The first three months and the nine after them have ratios of their own.
    """
    begin = {"moderate": 0.5, "high": 0.5} if start is None else start
    odds = effect.odds_ratio(inside, (0.18, 0.22), months=(3, 12), moves=moves, start=begin)
    base = {"name": "lewin_rct", "effects": (odds,), "evidence": LEWIN}
    return _made(base, settings)


def eskilstuna(
    levels: Sequence[str] = ("light", "moderate", "high"),
    *,
    housing: str = "total",
    ended: str = "ended",
    **settings: Any,
) -> Strategy:
    """Support ends 2.46 times as fast and moves to housing are 0.70 as fast in the first year.

    Derived from shares: 58 % against 39 % ended within a year, 16 % against 40 % of them by moving;
    rate_k = -ln(1 - F) F_k / F, deaths ignored.

    Parameters
    ----------
    levels
        Those with home help.
    housing, ended
        The level that is special housing, and the state after support.
    """
    ending = _core.cause_specific_ratio(0.39, 0.39 * 0.60, 0.58, 0.58 * 0.84)
    moved = _core.cause_specific_ratio(0.39, 0.39 * 0.40, 0.58, 0.58 * 0.16)
    effects = (
        effect.intensity_ratio([(a, ended) for a in levels], ending, months=(0, 12)),
        effect.intensity_ratio([(a, housing) for a in levels], moved, months=(0, 12)),
    )
    base = {"name": "eskilstuna", "effects": effects, "evidence": ESKILSTUNA}
    return _made(base, settings)


def assessment_7_of_10(*, months: int = 1200, **settings: Any) -> Strategy:
    """Joint assessment by occupational therapist and care manager: 0.3 of the entries.

    Among those assessed; `uptake` is the share of applicants that is.

    Parameters
    ----------
    months
        How long the programme runs, from its start.
    """
    base = {
        "name": "assessment_7_of_10",
        "effects": (effect.entry_ratio(None, 0.3, months=(0, months)),),
        "evidence": ASSESSMENT,
        "enrols": "without_support",
    }
    return _made(base, settings)


ALL = {
    made.__name__: made
    for made in (
        none,
        recovery_1_4_year1,
        shower_ot_3m,
        lewin_rct,
        eskilstuna,
        assessment_7_of_10,
    )
}
"""Name to the function that makes it."""


def with_null(strategies: Sequence[Strategy]) -> tuple[Strategy, ...]:
    """The strategies, with the null trial beside them unless it is there already.

    An optimistic preset is never shown alone: the best Swedish trial found no difference between
    the groups.
    """
    if not strategies or any(s.evidence.grade == "trial_null" for s in strategies):
        return tuple(strategies)
    first = strategies[0]
    null = none(
        uptake=first.uptake, enrols=first.enrols, begins=first.begins, ends=first.ends,
        costs=first.costs,
    )  # fmt: skip
    return (*strategies, null)
