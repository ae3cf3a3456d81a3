"""V08 to V25: where people are, and what moves them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kohort.model.rates import PublishedRates
from kohort.model.stays import length_of_stay
from kohort.model.structure import Model, transition_probability
from kohort.population.entry_clock import entry_cuts
from kohort.projection.closed_cohort import cohort_cost, cohort_trace
from kohort.verify.cases import Cases, GivenEntries, furthest
from kohort.verify.items import Seen, check

Array = npt.NDArray[np.float64]
YEARS = 10


def _trace(c: Cases, q: Array, start: Array | None = None, persons: float = 1) -> Array:
    begin = c.start if start is None else start
    return cohort_trace(q, begin, cycles=YEARS, cycle_length=1, persons=persons)


def _chain(*rates: tuple[int, int, float]) -> Array:
    size = 1 + max(max(a, b) for a, b, _ in rates)
    q = np.zeros((size, size))
    for a, b, rate in rates:
        q[a, b] = rate
    return q - np.diag(q.sum(axis=1))


@check("V08", "add up the states", "the cohort, and the population forecast", "1e-12 relative")
def closes(c: Cases) -> Seen:
    """Nobody is lost or made."""
    trace = _trace(c, c.Q, persons=1000)
    worst = furthest(trace.sum(axis=1), np.full(YEARS + 1, 1000.0))
    made = c.base
    ahead = len(made.years)
    forecast = c.population.persons[:ahead].sum(axis=(1, 2))
    worst = max(worst, furthest(made.persons.sum(axis=(1, 2, 3)), forecast))
    drawn = made.draws_persons.sum(axis=2) / forecast - 1
    worst = max(worst, float(np.abs(drawn).max(initial=0)))
    # Each state: end - start = turned the lowest age + migration - deaths + moves in - moves out.
    change = np.diff(made.persons.sum(axis=(2, 3)), axis=0)
    flow = made.reached + made.migration - made.deaths
    for k, (a, b) in enumerate(made.moves):
        flow[:, made.states.index(a)] -= made.moved[:, k]
        flow[:, made.states.index(b)] += made.moved[:, k]
    balance = float(np.abs(change - flow).max()) / float(forecast.max())
    worst = max(worst, balance)
    return worst, 1e-12, f"largest gap {worst:.1e} of the whole"


@check("V09", "look for negative persons", "none", "exact")
def negative(c: Cases) -> Seen:
    """Nobody is there less than not at all."""
    parts = (c.base.persons, c.base.person_years, c.base.draws_persons, c.base.deaths,
             c.base.moved, c.base.new_users, _trace(c, c.Q))  # fmt: skip
    below = float(sum(np.sum(part < 0) for part in parts))
    count = sum(part.size for part in parts)
    return below, 0, f"{count:,} numbers, {below:.0f} below 0"


@check("V10", "follow a closed cohort", "the dead never become fewer", "exact")
def dead_stay_dead(c: Cases) -> Seen:
    """Death is absorbing."""
    trace = cohort_trace(c.Q, c.start, cycles=200, cycle_length=0.25)
    fall = float(-np.diff(trace[:, c.dead]).min())
    return max(0.0, fall), 0, f"largest fall {max(0.0, fall):.1e}"


@check("V11", "set all death rates to 0", "everybody is alive at the end", "1e-12")
def immortal(c: Cases) -> Seen:
    """Nobody dies but by the death rates."""
    q = c.Q.copy()
    q[:, c.dead] = 0
    q -= np.diag(q.sum(axis=1))
    dead = float(_trace(c, q)[-1, c.dead])
    return dead, 1e-12, f"{dead:.1e} dead after {YEARS} years"


@check(
    "V12", "make death rates huge", "all die in the first period, and cost nothing later", "1e-12"
)
def all_die(c: Cases) -> Seen:
    """With death at once, nothing is left to pay."""
    q = c.Q.copy()
    q[:, c.dead] = 1e6
    q[c.dead] = 0
    q -= np.diag(q.sum(axis=1))
    trace = _trace(c, q)
    later = cohort_cost(
        q, trace[1] / trace[1].sum(), c.unit, years=YEARS, discount=0, accounting="continuous"
    )
    worst = max(abs(1 - float(trace[1, c.dead])), later / float(c.unit.max()))
    return worst, 1e-12, f"alive after a year, or paid later: {worst:.1e}"


@check("V13", "raise any death rate by 10 %", "fewer life-years", "every rate")
def deaths_cost_life(c: Cases) -> Seen:
    """Every death rate acts, in the right direction."""
    living = np.ones(c.model.size)
    living[c.dead] = 0
    start = np.where(np.arange(c.model.size) == c.dead, 0, 1.0)
    start /= start.sum()

    def lived(q: Array) -> float:
        return cohort_cost(q, start, living, years=YEARS, discount=0, accounting="continuous")

    base, wrong, tried = lived(c.Q), [], 0
    for k, (a, b) in enumerate(c.model.moves):
        rates = c.rates[1, 80 - int(c.population.ages[0])].copy()
        if b != c.dead or rates[k] == 0:
            continue
        rates[k] *= 1.1
        tried += 1
        if not lived(c.q(rates)) < base:
            wrong.append(c.model.states[a])
    return len(wrong), 0, f"{tried} death rates, {len(wrong)} without effect"


@check("V14", "look at the row of an absorbing state", "the unit row", "exact")
def unit_row(c: Cases) -> Seen:
    """Who is dead stays dead, to the last bit."""
    unit = np.zeros(c.model.size)
    unit[c.dead] = 1
    differ = 0.0
    for t in (0.01, 1.0, 10.0, 1e4):
        differ += float(np.sum(transition_probability(c.Q, t)[c.dead] != unit))
    return differ, 0, f"{differ:.0f} entries differ"


@check("V15", "set all rates to 0", "the start for ever", "exact")
def nothing_moves(c: Cases) -> Seen:
    """Without rates nothing happens."""
    trace = _trace(c, np.zeros_like(c.Q))
    differ = float(np.sum(trace != trace[0]))
    return differ, 0, f"{differ:.0f} numbers differ"


@check("V16", "two states, and chains without return", "their closed forms", "1e-12")
def closed_forms(c: Cases) -> Seen:
    """Where there is a formula, it is met."""
    a, b = (float(rate) for rate in np.sort(c.Q[c.Q > 0])[-2:])
    worst = 0.0
    for t in (0.1, 1.0, 7.5):
        both = transition_probability(_chain((0, 1, a), (1, 0, b)), t)[0, 1]
        worst = max(worst, abs(float(both) + a / (a + b) * np.expm1(-(a + b) * t)))
        chain = transition_probability(_chain((0, 1, a), (1, 2, a), (2, 3, a)), t)[0]
        exact = [np.exp(-a * t), a * t * np.exp(-a * t), (a * t) ** 2 / 2 * np.exp(-a * t)]
        worst = max(worst, float(np.abs(chain[:3] - exact).max()))
        if a != b:
            two = transition_probability(_chain((0, 1, a), (1, 2, b)), t)[0, 1]
            exact_two = a / (b - a) * (np.exp(-a * t) - np.exp(-b * t))
            worst = max(worst, abs(float(two) - float(exact_two)))
    return worst, 1e-12, f"largest difference {worst:.1e}"


@check("V17", "double the cohort; add two", "double everything; the sum", "1e-13")
def linear(c: Cases) -> Seen:
    """The model is linear in the people."""
    first, second = np.zeros(c.model.size), np.zeros(c.model.size)
    first[0] = second[1] = 1
    one, other = _trace(c, c.Q, first, 300), _trace(c, c.Q, second, 200)
    both = _trace(c, c.Q, (300 * first + 200 * second) / 500, 500)
    worst = max(furthest(one + other, both), furthest(_trace(c, c.Q, None, 2), 2 * _trace(c, c.Q)))
    return worst, 1e-13, f"largest difference {worst:.1e}"


@check("V18", "permute the labels of the levels", "the outputs permuted", "1e-13 (cohort), 1e-11")
def permuted(c: Cases) -> Seen:
    """No state is treated otherwise because of its place or name."""
    order = np.random.default_rng(1).permutation(c.model.size)
    q = c.Q[np.ix_(order, order)]
    worst = furthest(_trace(c, q, c.start[order]), _trace(c, c.Q)[:, order])
    # The whole projection too: its states and transitions in another order.
    levels = [*reversed(c.levels), *(s for s in c.living if s not in c.levels)]
    model = Model(
        [*levels, str(c.model.death)], list(reversed(c.model.transitions)), death=c.model.death
    )
    table = c.rates[:, :, ::-1]
    place = [c.living.index(name) for name in levels]
    entering = c.entry_rates[:, :, ::-1]
    other = c.plain(
        fit=PublishedRates(model, table, first_age=int(c.population.ages[0])),
        entries=GivenEntries(np.ascontiguousarray(entering)),
        stock=c.stock[:, :, place],
    )
    back = [other.states.index(state) for state in c.plain_base.states]
    open_ = furthest(other.persons[:, back], c.plain_base.persons)
    worst = max(worst, open_ / 100)
    return worst, 1e-13, f"largest difference: cohort and projection {worst:.1e}, {open_:.1e}"


@check("V19", "split a state into two identical copies", "the merged outputs are the same", "1e-12")
def split(c: Cases) -> Seen:
    """Lumping and splitting are no change."""
    n, s = c.model.size, c.model.state(c.levels[1])
    q = np.zeros((n + 1, n + 1))
    q[:n, :n] = c.Q
    q[n, :n] = c.Q[s]
    q[n, s] = 0
    q[:n, n] = 0.4 * c.Q[:, s]
    q[:n, s] *= 0.6
    q[s, n] = q[n, n] = 0
    np.fill_diagonal(q, 0)
    q -= np.diag(q.sum(axis=1))
    start = np.append(c.start, 0.3 * c.start[s])
    start[s] *= 0.7
    trace = _trace(c, q, start)
    merged = trace[:, :n].copy()
    merged[:, s] += trace[:, n]
    worst = furthest(merged, _trace(c, c.Q))
    return worst, 1e-12, f"largest difference {worst:.1e}"


@check("V20", "go s years, then t", "P(s) P(t) = P(s + t)", "1e-12")
def semigroup(c: Cases) -> Seen:
    """Time may be cut anywhere."""
    worst = 0.0
    for s, t in ((0.3, 0.7), (1.25, 8.75), (0.001, 30.0)):
        product = transition_probability(c.Q, s) @ transition_probability(c.Q, t)
        worst = max(worst, float(np.abs(product - transition_probability(c.Q, s + t)).max()))
    return worst, 1e-12, f"largest difference {worst:.1e}"


@check("V21", "report months instead of years", "the same yearly totals", "1e-12")
def months(c: Cases) -> Seen:
    """The grid of the output is no part of the model."""

    def cost(length: float) -> float:
        return cohort_cost(
            c.Q,
            c.start,
            c.unit,
            years=YEARS,
            discount=0.03,
            accounting="continuous",
            cycle_length=length,
        )

    worst = max(furthest(cost(1 / 12), cost(1)), furthest(cost(0.25), cost(1)))
    monthly = cohort_trace(c.Q, c.start, cycles=12 * YEARS, cycle_length=1 / 12)[::12]
    worst = max(worst, furthest(monthly, _trace(c, c.Q)))
    return worst, 1e-12, f"largest difference {worst:.1e}"


@check("V22", "simulate persons one by one", "their mean is the projection", "4 Monte Carlo errors")
def persons(c: Cases) -> Seen:
    """Two ways to the same expectation, with the exact standard error."""
    from kohort.simulation.microsimulation import simulate_population

    clocked = bool(entry_cuts(c.fit))
    fit, entries, stock = c.persons()
    base = c.base if c.phases is None else c.plain_base
    made = simulate_population(
        fit, c.population, entries, stock=stock, years=c.study.years,
        replicates=100 if clocked else 20, seed=c.study.seed, closure=c.study.population.closure,
    )  # fmt: skip
    if clocked:  # everybody passes a band at his own time: the error is that of the replicates
        seen = made.usual.occupancy.sum(axis=2)[:, 1:, : made.living]
        wanted = c.base.persons.sum(axis=(2, 3))[1:]
        error = seen.std(axis=0, ddof=1) / np.sqrt(len(seen)) + 2e-4 * wanted
        z = float((np.abs(seen.mean(axis=0) - wanted) / np.maximum(error, 1e-300)).max())
        return z, 4, f"largest |z| of {wanted.size} {z:.2f}, by the replicates' own spread"
    found = made.agreement()
    assert made.expected is not None
    mean = sum(part.reshape(-1, made.living) for part in made.expected.means)
    exact = furthest(mean, base.persons.sum(axis=(2, 3)))
    words = (
        f"largest |z| of {found.z.size} {found.largest:.2f}, chi-square p "
        f"{min(found.p_value):.3f}; expectation off the projection by {exact:.0e}"
    )
    return found.largest + (np.inf if exact > 1e-8 else 0), 4, words


@check(
    "V23",
    "let people come in steadily from nobody",
    "inflow x expected time in each state",
    "1e-12",
)
def inflow(c: Cases) -> Seen:
    """Stock is flow times stay."""
    stay = length_of_stay(c.Q, float(YEARS))
    nodes, weights = np.polynomial.legendre.leggauss(20)
    there = np.zeros_like(c.start)
    for year in range(YEARS):  # what each moment's newcomers have become by the end
        for x, w in zip(nodes, weights, strict=True):
            there += w / 2 * (c.start @ transition_probability(c.Q, year + (x + 1) / 2))
    worst = furthest(there, c.start @ stay)
    return worst, 1e-12, f"largest difference {worst:.1e}"


@check("V24", "cut the rates into equal pieces", "the same as uncut", "1e-13")
def equal_pieces(c: Cases) -> Seen:
    """Pieces that are alike are no pieces."""
    parts = np.eye(c.model.size)
    for h in (0.1, 0.2, 0.3, 0.4):
        parts = parts @ transition_probability(c.Q, h)
    worst = float(np.abs(parts - transition_probability(c.Q, 1.0)).max())
    return worst, 1e-13, f"largest difference {worst:.1e}"


@check("V25", "swap two unequal pieces of time", "another result", "a difference above 1e-6")
def order_matters(c: Cases) -> Seen:
    """Pieces are not ignored, nor averaged."""
    old = c.q(c.rates[1, -6])
    young = transition_probability(c.Q, 2.0)
    later = transition_probability(old, 2.0)
    gap = float(np.abs(young @ later - later @ young).max())
    rates = c.rates.copy()
    rates[:, ::1] = rates[:, ::-1]
    flipped = furthest(c.plain(rates=rates).persons, c.plain_base.persons)
    least = min(gap, flipped)
    return (0 if least > 1e-6 else 1), 0, f"cohort {gap:.1e}, projection {flipped:.1e} apart"
