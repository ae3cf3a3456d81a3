"""What strategies change and what they cost: support, hours, programme, and all of it together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core, _frames, _html, _text
from kohort._language import Language, language, plain_english
from kohort.comparison import repetition_of, standard_error
from kohort.strategies import Evidence

if TYPE_CHECKING:
    from kohort.projection import Projection

Array = npt.NDArray[Any]


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
    support_draws, total_draws
        By draw; empty without draws.
    costed, averts
        Whether the strategy's own cost was given; whether it acts on entries.
    repetition
        Draws of each repetition of a design; 0 where they are random.
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
    total_draws: Array
    costed: bool = True
    averts: bool = False
    repetition: int = 0

    def label(self, words: Language) -> str:
        """The name as a planner reads it."""
        key = f"compare.preset_{self.name}"
        return words.text(key) if words.has(key) else self.name

    @property
    def total(self) -> float:
        """Kronor: below 0, it costs less than usual care, everything counted."""
        return self.support + self.hours + self.programme

    @property
    def monte_carlo_error(self) -> float:
        """Standard error of the mean of `total_draws`, from paired draws."""
        return float(standard_error(self.total_draws, self.repetition))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Limits of the total from the draws."""
        if self.total_draws.size == 0:
            return float("nan"), float("nan")
        low, high = np.quantile(self.total_draws, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

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
        said = words.text(
            f"compare.cost_{key}",
            name=self.label(words),
            amount=words.millions(abs(self.total)),
        )
        lives = words.text(f"compare.life_{life}", years=words.number(abs(self.life_years)))
        sure = ""
        if self.total_draws.size and key != "same":
            share = self.chance_of_saving if key == "falls" else 1 - self.chance_of_saving
            sure = words.text("compare.sure", share=words.percent(share))
        notes = "" if self.costed else words.text("compare.no_cost")
        notes += words.text("compare.averted") if self.averts and life != "none" else ""
        return f"{said}{sure}; {lives}.{notes}"


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Strategies beside usual care, the null trial among them.

    Attributes
    ----------
    outcomes
        One for each strategy.
    years, price_year, draws, level
        Horizon (first and last year), price year, draws, and level of the intervals.
    """

    outcomes: tuple[Outcome, ...]
    years: tuple[int, int]
    price_year: int
    draws: int
    level: float = 0.95

    def __getitem__(self, name: str) -> Outcome:
        """The outcome of one strategy; KeyError if there is none of that name."""
        for outcome in self.outcomes:
            if outcome.name == name:
                return outcome
        raise KeyError(name)

    def grid(self, words: Language) -> tuple[list[str], list[list[str]]]:
        """Heads and rows in one language."""
        names = ["name", "enrolled", "users", "life", "support", "hours", "programme", "total"]
        drawn = bool(self.draws)
        names += ["interval", "chance"] if drawn else []
        heads = [words.text(f"compare.head_{n}", level=words.percent(self.level)) for n in names]
        rows = []
        for o in self.outcomes:
            row = [o.label(words), words.number(o.enrolled), words.signed(o.users)]
            row += [words.signed(o.life_years)]
            row += [words.signed(x / 1e6, 1) for x in (o.support, o.hours, o.programme, o.total)]
            if drawn:
                low, high = o.interval(self.level)
                row += [words.span(low / 1e6, high / 1e6, 1), words.percent(o.chance_of_saving)]
            rows.append(row)
        return heads, rows

    def in_words(self, lang: str = "en") -> list[str]:
        """A verdict for each strategy, with its evidence."""
        return self._said(language(lang))

    def _said(self, words: Language) -> list[str]:
        return [f"{o.verdict(words)} {o.evidence.text(words.code)}" for o in self.outcomes]

    def to_frame(self, backend: str | None = None) -> Any:
        """One row for each strategy as a data frame."""
        columns: dict[str, list[Any]] = {
            name: [getattr(o, name) for o in self.outcomes]
            for name in (
                "name", "enrolled", "users", "life_years", "user_years", "support", "hours",
                "programme", "total", "chance_of_saving", "monte_carlo_error",
            )
        }  # fmt: skip
        limits = [o.interval(self.level) for o in self.outcomes]
        columns |= {"low": [x[0] for x in limits], "high": [x[1] for x in limits]}
        columns["evidence"] = [o.evidence.grade for o in self.outcomes]
        return _frames.to_frame(columns, backend)

    def document(self) -> list[dict[str, Any]]:
        """Plain numbers for JSON."""
        made = []
        for o in self.outcomes:
            row: dict[str, Any] = {
                name: getattr(o, name)
                for name in (
                    "name", "enrolled", "users", "life_years", "user_years", "support", "hours",
                    "programme", "total",
                )
            }  # fmt: skip
            row["evidence"] = {"grade": o.evidence.grade, "source": o.evidence.source}
            if self.draws:
                row["limits"] = list(o.interval(self.level))
                row["chance_of_saving"] = o.chance_of_saving
                row["monte_carlo_error"] = o.monte_carlo_error
            made.append(row)
        return made

    def __str__(self) -> str:
        words = plain_english()
        return "\n".join([_text.table(*self.grid(words)), "", *self._said(words)])

    def _repr_html_(self) -> str:
        words = plain_english()
        first, last = self.years
        return _html.block(
            f"Strategies against usual care, {first}-{last}, million kronor",
            parts=[_html.table(*self.grid(words)), _html.table(["", ""], self._verdicts(words))],
        )

    def _verdicts(self, words: Language) -> list[list[str]]:
        return [
            [o.label(words), said] for o, said in zip(self.outcomes, self._said(words), strict=True)
        ]


def strategy_outcomes(projection: Projection, *, level: float = 0.95) -> Outcomes:
    """What each strategy of a projection changes, and what it costs, everything together.

    Parameters
    ----------
    projection
        From `kohort.project(..., strategies=..., costs=...)`.
    level
        Of the intervals.

    Returns
    -------
    Outcomes

    Raises
    ------
    InvalidInput
        `E-COST` if the projection has no costs; `E-STRATEGY` if it has no strategies.

    Notes
    -----
    How effects on hours are valued is said in `kohort.strategy_values.valued`.
    """
    if projection.price_year is None:
        _core.reject(
            "E-COST", "strategy_outcomes", "the projection has no costs", "they are needed",
            "Pass costs= to project",
        )  # fmt: skip
        raise AssertionError  # reject never returns
    if not projection.strategies:
        _core.reject(
            "E-STRATEGY", "strategy_outcomes", "the projection has no strategies",
            "they are what is compared", "Pass strategies= to project",
        )  # fmt: skip
    made = tuple(_outcome(projection, name) for name in projection.strategies)
    years = (int(projection.years[0]) + 1, int(projection.years[-1]))
    return Outcomes(made, years, projection.price_year, projection.draws, level)


def _outcome(usual: Projection, name: str) -> Outcome:
    other = usual.of(name)
    value = other.valued
    assert value is not None  # project gives every strategy its own
    s = value.strategy
    levels = [usual.states.index(name) for name in usual.levels]

    def change(what: Array, base: Array) -> float:
        return float(np.sum(what) - np.sum(base))

    support_draws = other.draws_cost.sum(axis=1) - usual.draws_cost.sum(axis=1)
    own_draws = value.hours_draws.sum(axis=1) + value.programme_draws.sum(axis=1)
    return Outcome(
        name=name,
        evidence=s.evidence,
        pays=s.costs.pays if s.costs else "",
        gains=s.costs.gains if s.costs else "",
        users=change(other.persons[-1, levels], usual.persons[-1, levels]),
        life_years=change(other.person_years, usual.person_years),
        user_years=change(other.person_years[:, levels], usual.person_years[:, levels]),
        enrolled=float(value.treated.sum()),
        support=change(other.costs["continuous"], usual.costs["continuous"]),
        hours=float(value.hours.sum()),
        programme=float(value.programme.sum()),
        support_draws=support_draws,
        total_draws=support_draws + own_draws,
        costed=value.costed,
        averts=any(e.kind.startswith("entry") for e in s.effects),
        repetition=repetition_of(usual),
    )
