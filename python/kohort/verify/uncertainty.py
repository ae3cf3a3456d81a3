"""V39 to V46: what is not known, and how draws tell it."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np

from kohort.evaluation.evaluating import evaluate
from kohort.interventions import effect
from kohort.interventions.strategies import Strategy
from kohort.verify.cases import AGE, DRAWS, Cases, furthest, same_bytes
from kohort.verify.items import Seen, check


@check(
    "V39",
    "the same seed; another one",
    "the same bytes; the same within chance",
    "exact; 5 Monte Carlo errors",
)
def seeds(c: Cases) -> Seen:
    """Luck has a name."""
    differ = same_bytes(c.base, c.projection(draws=DRAWS, threads=1))
    other = c.projection(draws=DRAWS, seed=c.study.seed + 1)
    place = [c.base.states.index(name) for name in c.base.levels]
    one = c.base.draws_persons[:, -1, place].sum(axis=1)
    two = other.draws_persons[:, -1, place].sum(axis=1)
    error = np.sqrt((one.var(ddof=1) + two.var(ddof=1)) / DRAWS)
    z = abs(one.mean() - two.mean()) / error
    moved = float(np.array_equal(one, two))
    words = f"{differ:.0f} numbers differ; another seed {z:.1f} errors away"
    return float(z) + (np.inf if differ or moved else 0), 5, words


@check("V40", "set the covariance to 0", "every draw is the point estimate", "1e-12")
def certain(c: Cases) -> Seen:
    """Without uncertainty there is no spread."""
    fit = dataclasses.replace(c.fit, covariance=np.zeros_like(c.fit.covariance))
    free = np.array(c.fit.has_error)
    drawn = fit.draws(50, c.study.seed)
    worst = float(np.sum(drawn[:, free] != c.fit.coefficients[free]))
    made = c.plain(draws=40)
    place = slice(None)
    spread = furthest(
        made.draws_persons[:, :, place],
        np.broadcast_to(made.persons.sum(axis=(2, 3)), made.draws_persons.shape),
    )
    worst += 0 if spread <= 1e-12 else 1
    return worst, 0, f"{drawn.shape[0]} draws; projections spread by {spread:.0e}"


@check(
    "V41",
    "average the draws",
    "linear: the point estimate; other: the difference is told",
    "4 Monte Carlo errors",
)
def averaged(c: Cases) -> Seen:
    """Only what is linear in the coefficients has the mean of its draws."""
    drawn = c.fit.draws(2000, c.study.seed)
    free = np.array(c.fit.has_error)
    logs = drawn[:, free].sum(axis=1)
    z = abs(logs.mean() - c.fit.coefficients[free].sum()) / (logs.std(ddof=1) / np.sqrt(2000))
    place = [c.base.states.index(name) for name in c.base.levels]
    point = float(c.base.persons[-1, place].sum())
    mean = float(c.base.draws_persons[:, -1, place].sum(axis=1).mean())
    words = (
        f"sum of log rates {z:.2f} errors off; users at the end: mean of draws {mean:,.1f}, "
        f"point estimate {point:,.1f}"
    )
    return float(z), 4, words


@check("V42", "take four times the draws", "half the Monte Carlo error", "15 %")
def more_draws(c: Cases) -> Seen:
    """The error falls with the root of the draws."""
    few, many = c.projection(draws=250), c.projection(draws=1000)
    place = [few.states.index(name) for name in few.levels]

    def error(draws: np.ndarray) -> float:
        users = draws[:, -1, place].sum(axis=1)
        return float(users.std(ddof=1) / np.sqrt(len(users)))

    ratio = error(many.draws_persons) / error(few.draws_persons)
    return abs(ratio / 0.5 - 1), 0.15, f"from 250 to 1,000 draws the error goes to {ratio:.3f}"


@check(
    "V43", "look at 50, 80 and 95 % intervals", "each within the next; the median inside", "exact"
)
def nested(c: Cases) -> Seen:
    """More certainty takes a wider interval."""
    wrong = 0
    for what in ("persons", "users", "person_years", "new_users", "cost"):
        median = c.base.intervals(what, 1e-9)[0]
        limits = [c.base.intervals(what, level) for level in (0.5, 0.8, 0.95)]
        for low, high in limits:
            wrong += int(np.sum((low > median) | (median > high)))
        for (low, high), (lower, higher) in itertools.pairwise(limits):
            wrong += int(np.sum((lower > low) | (high > higher)))
    return wrong, 0, f"{wrong} limits out of order"


@check(
    "V44",
    "set one parameter to its base value, lower and higher",
    "the base case; the order is kept",
    "exact",
)
def one_way(c: Cases) -> Seen:
    """A one-way analysis starts where the base case is."""
    wrong, tried = 0, 0
    age = AGE - int(c.population.ages[0])
    for k, label in enumerate(c.model.labels):
        if not c.rates[1, age, k] or c.model.moves[k][1] != c.dead:
            continue
        ends = []
        for factor in (0.9, 1.0, 1.1):
            rates = c.rates.copy()
            rates[:, :, k] *= factor
            made = c.plain(rates=rates)
            ends.append(float(made.persons[-1, made.states.index(label.split(" -> ")[0])].sum()))
            if factor == 1.0:
                wrong += int(same_bytes(made, c.plain_base) > 0)
        tried += 1
        low, base, high = ends
        wrong += int(not (low > base > high or low < base < high))
    return wrong, 0, f"{tried} parameters, {wrong} out of order"


@check(
    "V45",
    "give nothing for an effect",
    "an option is best as often as it is cheapest",
    "exact",
)
def cheapest(c: Cases) -> Seen:
    """At a willingness to pay of 0 only cost decides."""
    better = {level: 1.0 for level in c.base.levels}
    moves = [
        move
        for move in c.base.moves
        if move[0] in better
        and move[1] in better
        and c.base.levels.index(move[0]) < c.base.levels.index(move[1])
    ]
    fewer = Strategy(
        "fewer moves upwards", (effect.intensity_ratio(moves, 0.8, months=(0, 600)),),
        enrols={"stock": better, "newcomers": better},
    )  # fmt: skip
    made = c.projection(draws=DRAWS, strategies=[fewer])
    usual, with_plan = (one.draws_cost.sum(axis=1) for one in (made, made.of(fewer.name)))
    each_year = (
        float(usual.mean() - with_plan.mean()) / c.study.years
    )  # so that neither wins always
    found = evaluate(
        made, discount=0.0, own_costs={fewer.name: each_year}, willingness_to_pay=[0.0, 5e5]
    )
    least = found.costs.min(axis=1, keepdims=True)
    share = (found.costs == least) / (found.costs == least).sum(axis=1, keepdims=True)
    wrong = furthest(found.acceptable[0], share.mean(axis=0))
    return wrong, 0, f"cheapest in {share[:, 0].mean():.1%} and {share[:, 1].mean():.1%} of draws"


@check(
    "V46",
    "take the interval of a total",
    "from the draws of the total, not the parts' bounds",
    "exact",
)
def totals(c: Cases) -> Seen:
    """Bounds of parts do not add up to bounds of the whole."""
    place = [c.base.states.index(name) for name in c.base.levels]
    users = c.base.draws_persons[:, :, place].sum(axis=2)
    frame = c.base.summary()
    columns = {name: np.asarray(frame[name]) for name in ("state", "low_95", "high_95")}
    shown = columns["state"] == "users"
    low = np.sort(users, axis=0)
    from kohort import _core

    limits = _core.column_quantiles(users, [0.025, 0.975])
    differ = furthest(columns["low_95"][shown], limits[0])
    differ = max(differ, furthest(columns["high_95"][shown], limits[1]))
    parts = c.base.intervals("persons")[:, -1, place].sum(axis=1)
    width, added = float(limits[1, -1] - limits[0, -1]), float(parts[1] - parts[0])
    fault = differ > 1e-12 or not width < added or low.shape != users.shape
    return float(fault), 0, f"width {width:,.1f} from draws; adding bounds would say {added:,.1f}"
