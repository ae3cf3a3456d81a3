"""Strategies: what is done, to whom, from when, what it costs, and on what evidence."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.interventions._lowering import LOWERED, Places, joined
from kohort.interventions.delivery import Delivery
from kohort.interventions.effect import Effect
from kohort.interventions.strategy_costs import StrategyCosts
from kohort.model.structure import Model
from kohort.support import _html, _text
from kohort.support._language import plain_english

if TYPE_CHECKING:
    from kohort.projection.projection import Projection

Array = npt.NDArray[Any]

ENROLS = ("newcomers", "stock", "users", "without_support", "everyone")


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

    The same strategy is taken by `kohort.project`, `run_many` (`Case`), `follow` (a closed cohort),
    `simulate_population` and `simulate_lives`; what one of them cannot honour it refuses by name.

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
        "newcomers": new users when they come in, and users who reach the lowest age (in a model
        that begins at 80 these may be as many); "stock": users at `begins`; "users": both;
        "without_support": everybody who has none; "everyone". Or a mapping with "newcomers" and
        "stock", each a state's name to the share offered.
    begins, ends
        Years after the base date between which people enrol. Users who reach the lowest age do so
        on three birthdays a year (in February, July and November): a part of a year holds all those
        of a birthday or none.
    costs
        What it costs besides the support itself.
    evidence
        Shown with every result.
    delivery
        Limited places, boosters, an uptake of each draw's own; followed by `kohort.project` alone.
    """

    name: str
    effects: tuple[Effect, ...] = ()
    uptake: float = 1.0
    enrols: str | Mapping[str, Mapping[str, float]] = "newcomers"
    begins: float = 0.0
    ends: float = float("inf")
    costs: StrategyCosts | None = None
    evidence: Evidence = field(default_factory=Evidence)
    delivery: Delivery | None = None

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
        longer; microsimulate it. `in_places` has the queue month by month.
        """
        from kohort.interventions.limited import reached_share

        share = reached_share(places=places, stay=stay, arrivals=arrivals, leaving=leaving)
        return self.replaced(uptake=self.uptake * share)

    def in_places(
        self, usual: Projection, *, places: float, stay: float, gives_up: float = 0.0
    ) -> Strategy:
        """The same strategy with so few places: newcomers queue, first come first served.

        Month by month as many start as places become free (`kohort.fill_places`); who comes in a
        month waits until those before have started or left. Whoever moves to a state where it is
        not offered, or dies, leaves the queue as usual care has it.

        Parameters
        ----------
        usual
            A projection without limits, by month (`grid="month"`): how many come in each.
        places
            How many can be enrolled at a time.
        stay
            Months that a person has a place.
        gives_up
            Rate a month at which those who wait give up, besides moving and dying.

        Notes
        -----
        The queue is a fluid of the point estimate, the same in every draw, and all who wait leave
        it at one mean rate; the projection follows them by their own. Near load 1, or with fewer
        than some 20 places, the real queue is longer: use `kohort.Places` in a
        microsimulation, which is also where those who wait differ in urgency.
        """
        from kohort.interventions.queueing import room_and_waits

        room, waits = room_and_waits(self, usual, places, stay, gives_up)
        had = self.delivery or Delivery()
        return self.replaced(delivery=dataclasses.replace(had, room=room, waits=waits))

    @property
    def enrols_until(self) -> float:
        """Years after the base date from when on nobody enrols: `ends`, or `begins` where it is
        offered to the stock alone, who all enrol then."""
        given = self.enrols
        newcomers = given.get("newcomers", {}) if isinstance(given, Mapping) else {}
        stock_alone = given == "stock" or (
            isinstance(given, Mapping) and not any(newcomers.values())
        )
        return self.begins if stock_alone else self.ends

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
            tuples (from, to, first age, last age, sex, since enrolment, starts, log ratios, step,
            draws).

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
            "effects": joined(effects),
            "uptake": self.uptake,
            "enrols_newcomers": newcomers,
            "enrols_stock": stock,
            "enrols_from": self.begins,
            "enrols_until": self.ends,
        }

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


def table(strategies: Sequence[Strategy]) -> str:
    """Names and evidence, lined up."""
    return _text.table(["strategy", "evidence"], [[s.name, s.evidence.en] for s in strategies])
