"""Strategies: what is done, to whom, from when, what it costs, and on what evidence."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core, _html, _text
from kohort._language import plain_english
from kohort._lowering import LOWERED, Places
from kohort.effect import Effect
from kohort.model import Model

if TYPE_CHECKING:
    from kohort.plans import Plan, Setting

Array = npt.NDArray[Any]

ENROLS = ("newcomers", "stock", "users", "without_support", "everyone")


@dataclass(frozen=True)
class StrategyCosts:
    """What a strategy costs besides the support itself. Kronor of `price_year`.

    Attributes
    ----------
    price_year
        The year whose money it is.
    per_enrolment
        Once for each who is enrolled.
    per_month
        For each enrolled and month, during `stay` months.
    stay
        Months that a person is worked with.
    team_per_month, capacity
        A team's cost a month, and how many enrolled it can have; one team more for each begun
        `capacity`, and one even if nobody is enrolled.
    start_up
        Once, when enrolment begins.
    pays, gains
        Who bears it, and in whose budget support is saved; shown.
    """

    price_year: int
    per_enrolment: float = 0.0
    per_month: float = 0.0
    stay: float = 3.0
    team_per_month: float = 0.0
    capacity: float | None = None
    start_up: float = 0.0
    pays: str = ""
    gains: str = ""

    def __post_init__(self) -> None:
        amounts = (self.per_enrolment, self.per_month, self.team_per_month, self.start_up)
        if any(not 0 <= x < float("inf") for x in amounts):
            _core.reject(
                "E-COST", "strategy costs", f"{amounts}", "amounts are numbers, not negative",
                "Mend them",
            )  # fmt: skip
        if not self.stay > 0 or (self.capacity is not None and not self.capacity > 0):
            _core.reject(
                "E-SETTING", "strategy costs", f"stay={self.stay}, capacity={self.capacity}",
                "both are above 0", "Leave capacity out if there is no limit",
            )  # fmt: skip

    def of_starts(self, starts: Array) -> dict[str, Array]:
        """Month by month from the numbers who start in each.

        Parameters
        ----------
        starts
            (..., months).

        Returns
        -------
        enrolled (on a day), teams, cost.
        """
        starts = np.asarray(starts, dtype=float)
        flat = starts.reshape(-1, starts.shape[-1])
        rows = [_core.caseload(list(row), self.stay) for row in flat]
        enrolled = np.array(rows).reshape(starts.shape)
        capacity = np.inf if self.capacity is None else self.capacity
        teams = np.maximum(1.0, np.ceil(enrolled / capacity * (1 - 1e-12)))
        cost = self.per_enrolment * starts + self.per_month * enrolled + self.team_per_month * teams
        cost[..., 0] += self.start_up
        return {"enrolled": enrolled, "teams": teams, "cost": cost}


@dataclass(frozen=True)
class Evidence:
    """How good the ground of an effect is, in words.

    Attributes
    ----------
    grade
        "trial_null", "model", "quasi", "trial_abroad", "follow_up", "assumption" or "none".
    en, sv
        What a reader is told.
    source
        Where it is published.
    """

    grade: str = "none"
    en: str = "No source was given for this effect."
    sv: str = "Ingen källa angavs för effekten."
    source: str = ""

    def text(self, lang: str) -> str:
        """In Swedish or English."""
        return self.sv if lang == "sv" else self.en


@dataclass(frozen=True)
class Strategy:
    """What is done, to whom and from when; compared with usual care in the same draw.

    The enrolled are a group of their own and never blended with the others. Lives saved are seen:
    mortality of those without support and migration rates stay those of usual care.

    Attributes
    ----------
    name
        Shown, and asked for by `Projection.of`.
    effects
        Of `kohort.effect`; none: usual care under another name.
    uptake
        Share of those offered who accept.
    enrols
        "newcomers": new users when they come in; "stock": users at the start; "users": both;
        "without_support": everybody who has none; "everyone". Or a mapping with "newcomers" and
        "stock", each a state's name to the share offered.
    begins, ends
        Years after the base date between which people enrol.
    costs
        What it costs besides the support itself.
    evidence
        Shown with every result.
    """

    name: str
    effects: tuple[Effect, ...] = ()
    uptake: float = 1.0
    enrols: str | Mapping[str, Mapping[str, float]] = "newcomers"
    begins: float = 0.0
    ends: float = float("inf")
    costs: StrategyCosts | None = None
    evidence: Evidence = field(default_factory=Evidence)

    def __post_init__(self) -> None:
        object.__setattr__(self, "effects", tuple(self.effects))
        known = isinstance(self.enrols, Mapping) and set(self.enrols) <= {"newcomers", "stock"}
        if not known and self.enrols not in ENROLS:
            _core.reject(
                "E-STRATEGY", f"strategy '{self.name}'", f"enrols={self.enrols!r}",
                f"it is one of {', '.join(ENROLS)}, or a mapping with newcomers and stock",
                "Say who is enrolled",
            )  # fmt: skip
        if not 0 <= self.uptake <= 1:
            _core.reject(
                "E-STRATEGY", f"strategy '{self.name}'", f"uptake={self.uptake}",
                "it is a share between 0 and 1", "Give 0.6 for 60 %",
            )  # fmt: skip

    def replaced(self, **changes: Any) -> Strategy:
        """The same strategy with some of its settings changed."""
        return dataclasses.replace(self, **changes)

    def limited(
        self,
        *,
        places: float,
        stay: float,
        arrivals: Sequence[float] | Array,
        leaving: float = 0.0,
    ) -> Strategy:
        """The same strategy with so few places: uptake falls to the share that can start.

        Parameters
        ----------
        places, stay
            Enrolled that there is room for, and their mean stay in months.
        arrivals
            Those who would accept, by month.
        leaving
            Rate a month at which those waiting give up, move or die.

        Notes
        -----
        The queue is a fluid (see `kohort.fill_places`), and its share over all months is used
        throughout: who waits is treated as usual. Near load 1 or with few places the real queue is
        longer; microsimulate it.
        """
        from kohort.limited import reached_share

        share = reached_share(places=places, stay=stay, arrivals=arrivals, leaving=leaving)
        return self.replaced(uptake=self.uptake * share)

    def hours_effects(self) -> tuple[Effect, ...]:
        """Effects on hours within a level: they change costs, not moves."""
        return tuple(e for e in self.effects if e.kind == "hours_ratio")

    def lowered(
        self,
        model: Model,
        rates: Array,
        first_age: int,
        *,
        ended: str = "ended",
        mix: Array | None = None,
    ) -> dict[str, Any]:
        """The strategy as the projection runs it: effects on single intensities.

        Parameters
        ----------
        model
            Of the projection.
        rates
            Point estimate, (2 [men, women], ages, transitions), per year.
        first_age
            The table's first age.
        ended
            Name of the state after support.
        mix
            Entry mix, (2, ages, levels), needed for `entry_mix`.

        Returns
        -------
        dict
            name, uptake, enrols_newcomers, enrols_stock, enrols_from, enrols_until; `effects` as
            tuples (from, to, first age, last age, sex, since enrolment, starts, log ratios, step).

        Raises
        ------
        InvalidInput
            `E-EFFECT`, `E-EFFECT-RANGE`, `E-STATE-UNKNOWN`, `E-SHAPE`.
        """
        places = Places(model, ended)
        effects: list[Any] = []
        for e in self.effects:
            effects += LOWERED[e.kind](e, places, np.asarray(rates, float), first_age, mix)
        newcomers, stock = self._enrols(places)
        return {
            "name": self.name,
            "effects": effects,
            "uptake": self.uptake,
            "enrols_newcomers": newcomers,
            "enrols_stock": stock,
            "enrols_from": self.begins,
            "enrols_until": self.ends,
        }

    def plan(self, setting: Setting) -> Plan:
        """As `kohort.project` runs it: effects on single intensities, by name.

        Multipliers on probabilities and odds are solved at the point estimate's rates; the ratios
        are the same in every draw.

        Raises
        ------
        InvalidInput
            As `lowered`.
        """
        from kohort.plans import Effect as OnIntensity
        from kohort.plans import Plan

        solved = [
            e.kind for e in self.effects if e.kind in ("probability_multiplier", "odds_ratio")
        ]
        if setting.bands > 1 and solved:
            _core.reject(
                "E-ENTRY-CLOCK", f"strategy '{self.name}'", f"an effect of kind {solved[0]}",
                "rates differ by time since entry, and a multiplier of probabilities is solved at "
                "one set of rates",
                "Give a ratio of intensities, or project a fit without bands of time since entry",
            )  # fmt: skip
        total = setting.entries.sum(axis=2, keepdims=True)
        mix = np.divide(setting.entries, total, out=np.zeros_like(setting.entries), where=total > 0)
        ended = [s for s in setting.states if s != "none" and s not in setting.levels]
        made = self.lowered(
            setting.model, setting.rates, int(setting.ages[0]),
            ended=ended[0] if ended else "ended", mix=mix,
        )  # fmt: skip
        names = [*setting.states, str(setting.model.death)]
        effects = [
            OnIntensity(
                (names[a], names[b]), logs, starts=starts, step=step, ages=(first, last),
                clock="since_enrolment" if since else "calendar",
                sex=None if sex < 0 else ("men", "women")[sex],
            )
            for a, b, first, last, sex, since, starts, logs, step in made["effects"]
        ]  # fmt: skip
        newcomers, stock = (
            {s: x for s, x in zip(setting.states, made[f"enrols_{group}"], strict=True) if x > 0}
            for group in ("newcomers", "stock")
        )
        return Plan(self.name, effects, self.uptake, newcomers, stock, self.begins, self.ends)

    def _enrols(self, places: Places) -> tuple[list[float], list[float]]:
        if isinstance(self.enrols, Mapping):
            made = []
            for group in ("newcomers", "stock"):
                shares = dict(self.enrols.get(group, {}))
                unknown = [name for name in shares if name not in places.living]
                if unknown:
                    _core.reject(
                        "E-STATE-UNKNOWN", f"strategy '{self.name}'", f"enrols {unknown[0]!r}",
                        f"the states are {', '.join(places.living)}", "Name one of them",
                    )  # fmt: skip
                made.append([float(shares.get(name, 0.0)) for name in places.living])
            return made[0], made[1]
        users = [float(name in places.levels) for name in places.living]
        nobody, everyone = [0.0] * len(users), [1.0] * len(users)
        alone = [float(name == "none") for name in places.living]
        return {
            "newcomers": (users, nobody),
            "stock": (nobody, users),
            "users": (users, users),
            "without_support": (alone, alone),
            "everyone": (everyone, everyone),
        }[self.enrols]

    def _rows(self) -> list[list[str]]:
        words = plain_english()
        rows = [[str(e), ""] for e in self.effects] or [["no effect", ""]]
        rows.append(["uptake", words.percent(self.uptake)])
        rows.append(["enrols", self.enrols if isinstance(self.enrols, str) else "by state"])
        rows.append(["evidence", self.evidence.en])
        return rows

    def __str__(self) -> str:
        lines = [f"{a}: {b}" if b else a for a, b in self._rows()]
        return "\n".join([f"Strategy '{self.name}'", *(f"  {line}" for line in lines)])

    def _repr_html_(self) -> str:
        return _html.block(f"Strategy '{self.name}'", parts=[_html.table(["", ""], self._rows())])


def with_null(strategies: Sequence[Strategy]) -> tuple[Strategy, ...]:
    """The strategies, with the null trial beside them unless it is there already.

    An optimistic preset is never shown alone: the best Swedish trial found no difference between
    the groups.
    """
    from kohort import presets

    if not strategies or any(s.evidence.grade == "trial_null" for s in strategies):
        return tuple(strategies)
    first = strategies[0]
    null = presets.none(
        uptake=first.uptake, enrols=first.enrols, begins=first.begins, ends=first.ends,
        costs=first.costs,
    )  # fmt: skip
    return (*strategies, null)


def table(strategies: Sequence[Strategy]) -> str:
    """Names and evidence, lined up."""
    return _text.table(["strategy", "evidence"], [[s.name, s.evidence.en] for s in strategies])
