"""What one strategy changes and what it costs, over all years: the verdict on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kohort.evaluation.comparison import standard_error
from kohort.interventions.strategies import Evidence
from kohort.support._arrays import Array
from kohort.support._language import Language

PARTS = ("support", "hours", "programme", "total")


@dataclass(frozen=True, eq=False)
class Outcome:
    """One strategy against usual care over the whole horizon; draws are paired.

    Attributes
    ----------
    name, evidence, pays, gains
        Of the strategy.
    users, life_years, user_years, enrolled
        Users on the last 31 December, and sums over the years; strategy less usual care (enrolled:
        how many were worked with, see `StrategyValue.treated`).
    support, hours, programme, total
        Kronor, undiscounted: cost of support by moves alone; what fewer hours within a level take
        off; what the strategy itself costs; and their sum.
    support_draws, hours_draws, programme_draws, enrolled_draws
        By draw; empty without draws.
    costed, averts, idle
        Whether the strategy's own cost was given; whether it acts on entries; whether it has
        effects and they change nothing in these years.
    repetition
        Draws of each repetition of a design; 0 where they are random.
    enrolled_worth
        Those enrolled, each weighted as an amount of that year is by discounting.
    """

    name: str
    evidence: Evidence
    pays: str
    gains: str
    users: float
    life_years: float
    user_years: float
    enrolled: float
    support: float
    hours: float
    programme: float
    support_draws: Array
    hours_draws: Array
    programme_draws: Array
    enrolled_draws: Array
    costed: bool = True
    averts: bool = False
    idle: bool = False
    repetition: int = 0
    enrolled_worth: float | None = None

    def label(self, words: Language) -> str:
        """The name as a planner reads it."""
        key = f"compare.preset_{self.name}"
        return words.text(key) if words.has(key) else self.name

    @property
    def total(self) -> float:
        """Kronor: below 0, it costs less than usual care, everything counted."""
        return self.support + self.hours + self.programme

    @property
    def total_draws(self) -> Array:
        """`total` by draw; empty without draws."""
        return np.asarray(self.support_draws + self.hours_draws + self.programme_draws)

    @property
    def monte_carlo_error(self) -> float:
        """Standard error of the mean of `total_draws`, from paired draws."""
        return self.error()

    def error(self, part: str = "total") -> float:
        """Standard error of the mean of a part's draws, from paired draws.

        Parameters
        ----------
        part
            "support", "hours", "programme" or "total".
        """
        return float(standard_error(getattr(self, f"{part}_draws"), self.repetition))

    def interval(self, level: float = 0.95, part: str = "total") -> tuple[float, float]:
        """Limits of a part, of the total by default, from the draws.

        Parameters
        ----------
        level
            0.95 or 0.80, say.
        part
            "support", "hours", "programme" or "total".
        """
        return _limits(getattr(self, f"{part}_draws"), level)

    @property
    def pays_up_to(self) -> float:
        """Kronor per person reached that the programme may cost until the total is 0: what the
        support of each costs less. Not above 0: no cost pays; nan if nobody is reached."""
        if self.enrolled == 0:
            return float("nan")
        paid_for = self.enrolled if self.enrolled_worth is None else self.enrolled_worth
        return -(self.support + self.hours) / paid_for

    def pays_up_to_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Limits of `pays_up_to` from the draws.

        Parameters
        ----------
        level
            0.95 or 0.80, say.
        """
        if not (self.enrolled_draws > 0).all():
            return float("nan"), float("nan")
        return _limits(-(self.support_draws + self.hours_draws) / self.enrolled_draws, level)

    @property
    def chance_of_saving(self) -> float:
        """Share of draws in which the total falls."""
        return float((self.total_draws < 0).mean()) if self.total_draws.size else float("nan")

    def verdict(self, words: Language) -> str:
        """Money and lives, both; no word of saving where the total rises."""
        key = "rises" if self.total > 0 else "falls" if self.total < 0 else "same"
        life = "more" if self.life_years > 0 else "fewer"
        if abs(self.life_years) < 0.5:
            life = "none"
        unit = words.unit([self.total])
        said = words.text(
            f"compare.cost_{key}",
            name=self.label(words),
            amount=unit.number(abs(self.total)),
            unit=unit.word,
        )
        one = "_one" if life != "none" and round(abs(self.life_years)) == 1 else ""
        lives = words.text(f"compare.life_{life}{one}", years=words.number(abs(self.life_years)))
        sure = ""
        if self.total_draws.size and key != "same":
            share = self.chance_of_saving if key == "falls" else 1 - self.chance_of_saving
            sure = words.text("compare.sure", share=words.percent(share))
        notes = "" if self.costed else words.text("compare.no_cost")
        notes += self._threshold(words)
        notes += words.text("compare.idle") if self.idle else ""
        notes += words.text("compare.averted") if self.averts and life != "none" else ""
        return f"{said}{sure}; {lives}.{notes}"

    def _threshold(self, words: Language) -> str:
        """Up to what cost of its own the strategy would pay for itself."""
        if self.enrolled == 0 or self.support + self.hours == 0:
            return ""
        if not self.pays_up_to > 0:
            return words.text("compare.pays_never")
        span, (low, high) = "", self.pays_up_to_interval()
        if np.isfinite(low):
            span = words.text("compare.pays_span", span=words.span(low, high))
        return words.text("compare.pays_up_to", amount=words.number(self.pays_up_to), span=span)


def _limits(draws: Array, level: float) -> tuple[float, float]:
    if draws.size == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
