"""V26 to V38: what it costs, and how that adds up."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kohort.economics.costs import Costs, round_to_ore
from kohort.projection.closed_cohort import cohort_cost, cohort_trace
from kohort.verify.cases import Cases, furthest, same_bytes
from kohort.verify.items import Seen, check

Array = npt.NDArray[np.float64]
YEARS = 10
CONVENTIONS = ("start", "end", "trapezoid", "continuous")


def _cost(
    c: Cases,
    unit: Array | None = None,
    *,
    years: float = YEARS,
    discount: float = 0.0,
    accounting: str = "continuous",
    start: Array | None = None,
) -> float:
    return cohort_cost(
        c.Q,
        c.start if start is None else start,
        c.unit if unit is None else unit,
        years=years,
        discount=discount,
        accounting=accounting,
    )


def _living(c: Cases) -> Array:
    living = np.ones(c.model.size)
    living[c.dead] = 0
    return living


def _priced(c: Cases, factor: float) -> Costs:
    by_level = {name: factor * value for name, value in c.costs.by_level.items()}
    return Costs(by_level, c.costs.price_year)


@check("V26", "set all costs to 0", "0.00 everywhere", "exact")
def free(c: Cases) -> Seen:
    """Nothing costs what costs nothing."""
    made = c.projection(costs=_priced(c, 0))
    total = float(sum(np.abs(part).sum() for part in made.costs.values()))
    total += float(np.abs(made.constant_share.cost).sum())
    total += abs(_cost(c, np.zeros(c.model.size), discount=0.03))
    return total, 0, f"in all {total:.2f}"


@check("V27", "let a year cost the same in all living states", "that cost x life-years", "1e-12")
def same_cost(c: Cases) -> Seen:
    """Money follows the years lived."""
    living = _living(c)
    worst = 0.0
    for accounting in CONVENTIONS:
        lived = _cost(c, living, discount=0.03, accounting=accounting)
        paid = _cost(c, 137.5 * living, discount=0.03, accounting=accounting)
        worst = max(worst, furthest(paid, 137.5 * lived))
    level = dict.fromkeys(c.costs.by_level, 1000.0)
    made = c.projection(costs=Costs(level, c.costs.price_year))
    place = [made.states.index(name) for name in made.levels]
    years = made.person_years[:, place].sum(axis=(1, 2, 3))
    worst = max(worst, furthest(made.costs["continuous"].sum(axis=1), 1000 * years))
    return worst, 1e-12, f"largest difference {worst:.1e}"


@check("V28", "let a year in every living state be worth 1", "QALYs are life-years", "exact")
def qalys(c: Cases) -> Seen:
    """Quality-adjusted years of full quality are years."""
    utility = dict.fromkeys((name for name in c.model.states if name != c.model.death), 1.0)
    worth = np.array([utility.get(name, 0.0) for name in c.model.states])
    gap = max(
        abs(_cost(c, worth, discount=r) - _cost(c, _living(c), discount=r)) for r in (0.0, 0.03)
    )
    return gap, 0, f"difference {gap:.1e} years"


@check("V29", "set the discount to 0", "the undiscounted cost", "1e-12 (exact in cycles)")
def undiscounted(c: Cases) -> Seen:
    """Without discounting a krona is a krona."""
    trace = cohort_trace(c.Q, c.start, cycles=YEARS, cycle_length=1) @ c.unit
    parts = {"start": trace[:-1].sum(), "end": trace[1:].sum()}
    worst = max(furthest(_cost(c, accounting=name), value) for name, value in parts.items())
    tiny = furthest(_cost(c, discount=1e-14), _cost(c))
    return max(worst, tiny), 1e-12, f"largest difference {max(worst, tiny):.1e}"


@check("V30", "raise the discount rate", "a strictly lower present value", "every step")
def falls(c: Cases) -> Seen:
    """Later money is worth less."""
    wrong = 0
    rates = (0, 0.01, 0.03, 0.05, 0.1, 0.5)
    for accounting in ("end", "trapezoid", "continuous", "start"):
        values = [_cost(c, discount=r, accounting=accounting) for r in rates]
        wrong += int(np.sum(np.diff(values) >= 0))
    return wrong, 0, f"{wrong} of {4 * (len(rates) - 1)} steps do not fall"


@check("V31", "raise the discount rate without limit", "only the first payment is left", "1e-8")
def first_payment(c: Cases) -> Seen:
    """Under start-of-year accounting, yearly cycles."""
    left = _cost(c, discount=1e9, accounting="start")
    worst = furthest(left, float(c.start @ c.unit))
    return worst, 1e-8, f"relative difference {worst:.1e}"


@check("V32", "cut the horizon at 0, and at 5 years", "0; two halves make the whole", "1e-12")
def additive(c: Cases) -> Seen:
    """Time adds up."""
    from kohort.model.stays import length_of_stay
    from kohort.model.structure import transition_probability

    nothing = float(np.abs(length_of_stay(c.Q, 0.0)).max())
    worst = nothing
    for discount in (0.0, 0.03):
        half = c.start @ transition_probability(c.Q, 5.0)
        later = (1 + discount) ** -5 * _cost(c, years=5, discount=discount, start=half / half.sum())
        both = _cost(c, years=5, discount=discount) + later
        worst = max(worst, furthest(both, _cost(c, discount=discount)))
    return worst, 1e-12, f"largest difference {worst:.1e}"


@check("V33", "double the unit costs", "double cost", "exact before rounding")
def doubled(c: Cases) -> Seen:
    """Money is linear in prices."""
    twice = c.projection(costs=_priced(c, 2))
    once = c.projection()
    differ = float(sum(np.sum(twice.costs[n] != 2 * once.costs[n]) for n in CONVENTIONS))
    differ += float(_cost(c, 2 * c.unit, discount=0.03) != 2 * _cost(c, discount=0.03))
    parts = once.costs["continuous"].ravel()
    ore = float(np.abs(round_to_ore(2 * parts) - 200 * parts).max())
    return differ + (0 if ore <= 1 else 1), 0, f"{differ:.0f} differ; printed {ore:.2f} öre off"


@check(
    "V34",
    "transition costs 0; state costs 0 and each transition 1",
    "state costs; their number",
    "1e-12; 4 Monte Carlo errors",
)
def transitions(c: Cases) -> Seen:
    """A transition is paid for as often as it happens."""
    from kohort.simulation.microsimulation import simulate_lives

    starts = np.repeat(np.arange(c.model.size), np.round(2000 * c.start).astype(int))
    by_state = {name: float(value) for name, value in zip(c.model.states, c.unit, strict=True)}
    each = dict.fromkeys(c.model.transitions, 1.0)

    def run(costs: dict[str, float], moves: dict[tuple[str, str], float]) -> tuple[Array, Array]:
        made = simulate_lives(
            c.model, intensities=c.Q, start=starts, years=YEARS, replicates=40,
            seed=c.study.seed, costs=costs, move_costs=moves,
        ).usual  # fmt: skip
        return made.cost.sum(axis=1), made.moves.sum(axis=(1, 2))

    states_only, _ = run(by_state, dict.fromkeys(c.model.transitions, 0.0))
    plain, _ = run(by_state, {})
    counted, moved = run({}, each)
    exact = max(furthest(states_only, plain), furthest(counted, moved))
    leaving = np.array([-c.Q[s, s] for s in range(c.model.size)])
    shares = np.bincount(starts, minlength=c.model.size) / len(starts)
    expected = len(starts) * _cost(c, leaving, start=shares)
    z = abs(counted.mean() - expected) / (counted.std(ddof=1) / np.sqrt(len(counted)))
    words = f"{expected:,.1f} moves expected, {counted.mean():,.1f} paid for, |z| {z:.2f}"
    return float(z) + (np.inf if exact > 1e-12 else 0), 4, words


@check("V35", "pay once for each who comes in", "newcomers x that cost, each counted once", "exact")
def entry_cost(c: Cases) -> Seen:
    """An entry cost falls on newcomers, in full, and never on the stock."""
    from kohort.model.structure import Model
    from kohort.simulation.microsimulation import simulate_lives

    outside = "outside"
    moves = [(outside, level) for level in c.levels]
    model = Model([outside, *c.model.states], [*moves, *c.model.transitions], death=c.model.death)
    mix = np.array([c.start[c.model.state(level)] for level in c.levels])
    present = 80 - int(c.population.ages[0])
    rates = np.concatenate([0.1 * mix, c.rates[1, present]])
    made = simulate_lives(
        model, intensities=model.intensities(rates), years=YEARS, replicates=5,
        start=[outside] * 500 + [c.levels[0]] * 200, seed=c.study.seed,
        move_costs=dict.fromkeys(moves, 250.0),
    ).usual  # fmt: skip
    came = made.moves[:, :, : len(moves)].sum(axis=2)
    gone = 500 - made.occupancy[:, -1, 0, 0]
    differ = float(np.abs(made.cost - 250 * came).max()) + float(
        np.abs(came.sum(axis=1) - gone).max()
    )
    return differ, 0, f"{came.sum():,.0f} came in, paid for {made.cost.sum() / 250:,.0f} times"


@check("V36", "add up a table of amounts", "the total, to the öre", "exact")
def parts(c: Cases) -> Seen:
    """Rounded parts add up to their rounded total."""
    wrong = 0
    cost = c.base.costs["continuous"]
    tables = [cost.ravel(), cost.sum(axis=0), cost.sum(axis=1), *cost]
    for amounts in tables:
        ore = round_to_ore(amounts)
        wrong += int(ore.sum() != np.floor(abs(100 * amounts.sum()) + 0.5))
        wrong += int(np.abs(ore - 100 * np.ravel(amounts)).max() >= 1)
    by_group = c.base.persons.sum(axis=(2, 3))
    apart = furthest(by_group.sum(axis=1), c.base.persons.sum(axis=(1, 2, 3)))
    wrong += int(apart > 1e-12)
    return wrong, 0, f"{len(tables)} tables by state and year, {wrong} do not add up"


@check(
    "V37",
    "compare identical strategies; swap two",
    "increments 0 in every draw; the sign flips",
    "exact",
)
def identical(c: Cases) -> Seen:
    """A comparison has no side."""
    from kohort.interventions import effect
    from kohort.interventions.strategies import Strategy
    from kohort.simulation.microsimulation import simulate_population

    level = c.levels[0]
    safer = effect.intensity_ratio([(level, str(c.model.death))], 0.8, months=(0, 600))
    whom = {"newcomers": {level: 1.0}, "stock": {level: 1.0}}
    arms = [
        Strategy("same"),
        Strategy("a", (safer,), enrols=whom),
        Strategy("b", (safer,), enrols=whom),
    ]
    fit, entries, stock = c.persons()
    made = simulate_population(
        fit, c.population, entries, stock=stock,
        years=min(3, c.study.years), replicates=4,
        closure=c.study.population.closure, seed=c.study.seed, strategies=arms, costs=c.costs,
    )  # fmt: skip
    differ = float(np.abs(made.of("same").cost - made.usual.cost).max())
    differ += float(np.abs(made.of("a").cost - made.of("b").cost).max())
    gap = made.compare("a", reference="usual care")
    swapped = made.compare("usual care", reference="a")
    differ += abs(gap.mean + swapped.mean)
    twice = c.projection(draws=40)
    differ += float(np.abs(twice.draws_cost - c.projection(draws=40).draws_cost).max())
    return differ, 0, f"increments {differ:.1e}; a against usual {gap.mean:,.0f}, and back"


@check("V38", "set the price index to 1.0", "unchanged; the price year is stated", "exact")
def index_of_one(c: Cases) -> Seen:
    """An index of 1 changes nothing; the study's own moves each year by its level."""
    made = c.projection(price_index=np.ones(c.study.years + 1))
    differ = same_bytes(made, c.projection())
    stated = str(c.costs.price_year) in str(c.base)
    words = f"{differ:.0f} differ; in prices of {made.price_year}"
    levels = c.money.price_index
    if levels is not None:
        nominal = c.projection(price_index=levels).costs["continuous"].sum(axis=1)
        real = c.projection().costs["continuous"].sum(axis=1)
        off = furthest(nominal, real * np.array(levels[1:]))
        differ += float(off > 1e-12)
        words += f"; nominal x {levels[-1]:.4f} in the last year, off by {off:.0e}"
    return differ + (0 if stated else 1), 0, words
