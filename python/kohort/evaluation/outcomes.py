"""What strategies change and what they cost: support, hours, programme, and all of it together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.economics.money import money_of
from kohort.economics.price_index import discounting
from kohort.evaluation.comparison import repetition_of
from kohort.evaluation.null_trial import beside_null
from kohort.evaluation.outcome import PARTS, Outcome
from kohort.support import _frames, _html, _text
from kohort.support._language import Language, Unit, language, plain_english
from kohort.uncertainty.few_draws import enough, shown, told

if TYPE_CHECKING:
    from kohort.projection.projection import Projection

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Strategies beside usual care, the null trial among them.

    Attributes
    ----------
    outcomes
        One for each strategy.
    years, price_year, draws, level
        Horizon (first and last year), price year, draws, and level of the intervals.
    nominal
        Whether all amounts are in each year's prices, by an index over those of the price year.
    discount
        Rate a year that amounts are discounted at to the beginning of the first year.
    """

    outcomes: tuple[Outcome, ...]
    years: tuple[int, int]
    price_year: int
    draws: int
    level: float = 0.95
    nominal: bool = False
    discount: float = 0.0

    def __getitem__(self, name: str) -> Outcome:
        """The outcome of one strategy; KeyError if there is none of that name."""
        for outcome in self.outcomes:
            if outcome.name == name:
                return outcome
        raise KeyError(name)

    def grid(self, words: Language) -> tuple[list[str], list[list[str]]]:
        """Heads and rows in one language."""
        drawn = bool(self.draws)
        names = ["name", "enrolled", "users", "life", "total"]
        names += ["interval", "chance"] if drawn else []
        unit = words.unit([o.total for o in self.outcomes], signed=True)
        heads = self._heads(names, unit)
        rows = []
        for o in self.outcomes:
            row = [o.label(words), words.number(o.enrolled), words.signed(o.users)]
            row += [words.signed(o.life_years)]
            row += [unit.number(o.total)]
            if drawn:
                limits = o.interval(self.level)
                row += [unit.span(*limits) if enough(self.draws) else ""]
                row += [words.percent(o.chance_of_saving)]
            rows.append(row)
        return heads, rows

    def money(self, words: Language) -> tuple[list[str], list[list[str]]]:
        """Each part of the cost against usual care, with its interval and Monte Carlo error."""
        drawn = bool(self.draws)
        names = ["name", "part", "change", *(["interval", "mean"] if drawn else [])]
        unit = words.unit([getattr(o, p) for o in self.outcomes for p in PARTS], signed=True)
        heads = self._heads(names, unit)
        rows = []
        for o in self.outcomes:
            for part in PARTS:
                if part == "hours" and o.hours == 0:
                    continue
                row = ["" if part != "support" else o.label(words)]
                row += [words.text(f"compare.part_{part}")]
                if part == "programme" and not o.costed:
                    rows.append([*row, words.text("compare.not_given"), *([""] * 2 * drawn)])
                    continue
                row += [unit.number(getattr(o, part))]
                if drawn:
                    limits = o.interval(self.level, part)
                    row += [unit.span(*limits) if enough(self.draws) else ""]
                    row.append(_with_error(o, part, unit))
                rows.append(row)
        return heads, rows

    def _heads(self, names: Sequence[str], unit: Unit) -> list[str]:
        level = unit.words.percent(self.level)
        return [unit.words.text(f"compare.head_{n}", level=level, unit=unit.word) for n in names]

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
        limits = [self._limits(o) for o in self.outcomes]
        columns |= {"low": [x[0] for x in limits], "high": [x[1] for x in limits]}
        for part in PARTS[:-1]:
            limits = [self._limits(o, part) for o in self.outcomes]
            columns |= {
                f"{part}_low": [x[0] for x in limits],
                f"{part}_high": [x[1] for x in limits],
                f"{part}_error": [o.error(part) for o in self.outcomes],
            }
        columns["pays_up_to"] = [o.pays_up_to for o in self.outcomes]
        columns["evidence"] = [o.evidence.grade for o in self.outcomes]
        return _frames.to_frame(columns, backend)

    def _limits(self, o: Outcome, part: str = "total") -> tuple[float, float]:
        low, high = shown(o.interval(self.level, part), self.draws, self.level).tolist()
        return low, high

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
            row["pays_up_to"] = o.pays_up_to if o.enrolled else None
            row["costed"] = o.costed
            if self.draws:
                row["limits"] = _plain(self._limits(o))
                row["chance_of_saving"] = o.chance_of_saving
                row["mean_of_draws"] = float(o.total_draws.mean())
                row["monte_carlo_error"] = o.monte_carlo_error
                row["parts"] = {
                    part: {
                        "limits": _plain(self._limits(o, part)),
                        "monte_carlo_error": o.error(part),
                    }
                    for part in PARTS
                }
            made.append(row)
        return made

    def __str__(self) -> str:
        words = plain_english()
        tables = (_text.table(*self.grid(words)), _text.table(*self.money(words)))
        return "\n".join(
            [self._caption(), tables[0], "", tables[1], "", *self._said(words), *self._warned()]
        )

    def _warned(self) -> list[str]:
        grades = [o.evidence.grade for o in self.outcomes]
        names = [o.name for o in self.outcomes if o.evidence.grade != "trial_null"]
        return [*told(self.draws), *beside_null(names, "trial_null" not in grades)]

    def _caption(self) -> str:
        first, last = self.years
        money = money_of(self.price_year, self.nominal)
        rate = f"discounted at {100 * self.discount:g} %" if self.discount else "undiscounted"
        return f"Strategies against usual care, {first}-{last}, kronor in {money}, {rate}"

    def _repr_html_(self) -> str:
        words = plain_english()
        return _html.block(
            self._caption(),
            parts=[
                _html.table(*self.grid(words), caption="; ".join(told(self.draws))),
                _html.table(*self.money(words)),
                _html.table(["", ""], self._verdicts(words)),
            ],
        )

    def _verdicts(self, words: Language) -> list[list[str]]:
        return [
            [o.label(words), said] for o, said in zip(self.outcomes, self._said(words), strict=True)
        ]


def _plain(limits: tuple[float, float]) -> list[float | None]:
    """For JSON, which has no NaN."""
    return [None if np.isnan(x) else x for x in limits]


def _with_error(o: Outcome, part: str, unit: Unit) -> str:
    """The mean of a part's draws with its Monte Carlo error, in the table's unit."""
    error = o.error(part) / unit.divisor
    digits = 1 if error == 0 else int(min(max(unit.digits, np.ceil(1 - np.log10(error))), 4))
    mean = float(getattr(o, f"{part}_draws").mean()) / unit.divisor
    return f"{unit.words.signed(mean, digits)} ± {unit.words.number(error, digits)}"


def strategy_outcomes(
    projection: Projection, *, level: float = 0.95, discount: float = 0.0, dated: str = "middle"
) -> Outcomes:
    """What each strategy of a projection changes, and what it costs, everything together.

    Parameters
    ----------
    projection
        From `kohort.project(..., strategies=..., costs=...)`.
    level
        Of the intervals.
    discount
        Rate a year at which amounts are discounted to the beginning of the first year; of the same
        kind, real or nominal, as the projection's money. Lives are not.
    dated
        When a year's amount falls: "start", "middle" or "end".

    Returns
    -------
    Outcomes

    Raises
    ------
    InvalidInput
        `E-COST` if the projection has no costs; `E-STRATEGY` if it has no strategies.

    Notes
    -----
    How effects on hours are valued is said in `kohort.projection.strategy_values.valued`.
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
    worth = discounting(len(projection.years) - 1, discount, dated)
    made = tuple(_outcome(projection, name, worth) for name in projection.strategies)
    years = (int(projection.years[0]) + 1, int(projection.years[-1]))
    return Outcomes(
        made, years, projection.price_year, projection.draws, level,
        projection.price_levels is not None, discount,
    )  # fmt: skip


def _outcome(usual: Projection, name: str, worth: Array) -> Outcome:
    other = usual.of(name)
    value = other.valued
    assert value is not None  # project gives every strategy its own
    s = value.strategy
    levels = [usual.states.index(name) for name in usual.levels]

    def change(what: Array, base: Array) -> float:
        return float(np.sum(what) - np.sum(base))

    def spent(one: Projection) -> float:
        return float(one.costs["continuous"].sum(axis=1) @ worth)

    support_draws = other.draws_cost @ worth - usual.draws_cost @ worth
    support = spent(other) - spent(usual)
    lived = change(other.person_years, usual.person_years)
    changes = support or lived or value.hours.any() or support_draws.any()
    return Outcome(
        name=name,
        evidence=s.evidence,
        pays=s.costs.pays if s.costs else "",
        gains=s.costs.gains if s.costs else "",
        users=change(other.persons[-1, levels], usual.persons[-1, levels]),
        life_years=lived,
        user_years=change(other.person_years[:, levels], usual.person_years[:, levels]),
        enrolled=float(value.treated.sum()),
        support=support,
        hours=float(value.hours @ worth),
        programme=float(value.programme @ worth),
        support_draws=support_draws,
        hours_draws=value.hours_draws @ worth,
        programme_draws=value.programme_draws @ worth,
        enrolled_draws=value.treated_draws @ worth,
        costed=value.costed,
        averts=any(e.kind.startswith("entry") for e in s.effects),
        idle=bool(s.effects) and not changes,
        repetition=repetition_of(usual),
        enrolled_worth=float(value.treated @ worth),
    )
