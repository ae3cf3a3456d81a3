"""Forty data sets that cannot answer what is asked of them, each with the word that it deserves.

Codes and culprits were written down before the diagnostics were: N08 to N14, as visits ("panel")
and as dated moves or deaths ("exact"), for three and five states, and twelve mixtures. Seeds of N10
and N13 are ones under which the likelihood does have no finite maximum, found by fixing the rate or
the effect far out: chance may give it one. All data are synthetic.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import kohort as kh

Table = dict[str, Any]
Rates = dict[str, float]

THREE = ("well", "ill", "dead")
FIVE = ("light", "moderate", "high", "total", "dead")
RATES: dict[int, Rates] = {
    3: {"well -> ill": 0.35, "well -> dead": 0.12, "ill -> well": 0.25, "ill -> dead": 0.4},
    5: {
        "light -> moderate": 0.4,
        "light -> dead": 0.12,
        "moderate -> light": 0.2,
        "moderate -> high": 0.35,
        "moderate -> dead": 0.15,
        "high -> moderate": 0.2,
        "high -> total": 0.4,
        "high -> dead": 0.2,
        "total -> high": 0.12,
        "total -> dead": 0.5,
    },
}


@dataclass(frozen=True)
class Case:
    """A data set, and what must be said of it: per finding its code and words that name it."""

    name: str
    table: Table
    model: kh.Model
    options: dict[str, Any]
    expected: list[tuple[str, tuple[str, ...]]]


@dataclass
class Histories:
    """Rows of persons, one after another."""

    columns: Table = field(default_factory=lambda: {"id": [], "t": [], "s": [], "kind": []})
    persons: int = 0

    def add(self, rows: list[tuple[float, str, str]], **x: float) -> None:
        for time, state, kind in rows:
            for name, value in (("id", self.persons), ("t", time), ("s", state), ("kind", kind)):
                self.columns[name].append(value)
            for name, value in x.items():
                self.columns.setdefault(name, []).append(value)
        self.persons += 1

    def pairs(
        self, count: int, gap: float, before: str, after: str, kind: str = "panel", **x: float
    ) -> Histories:
        for _ in range(count):
            self.add([(0.0, before, "start"), (gap, after, kind)], **x)
        return self

    @property
    def table(self) -> Table:
        return {name: np.array(values) for name, values in self.columns.items()}


def model_of(rates: Rates) -> kh.Model:
    moves = [tuple(label.split(" -> ")) for label in rates]
    states = [*dict.fromkeys([a for a, _ in moves]), "dead"]
    return kh.Model(states, moves, death="dead")


def history(
    rng: np.random.Generator, rates: Rates, start: str, years: float
) -> list[tuple[float, str]]:
    path, time, state = [(0.0, start)], 0.0, start
    while state != "dead":
        out = {
            label.split(" -> ")[1]: q
            for label, q in rates.items()
            if label.startswith(state + " ->")
        }
        total = sum(out.values())
        time += rng.exponential(1 / total) if total > 0 else np.inf
        if time >= years:
            break
        state = str(rng.choice(list(out), p=np.array(list(out.values())) / total))
        path.append((time, state))
    return path


def watched(path: list[tuple[float, str]], years: float) -> list[tuple[float, str, str]]:
    """Every move dated."""
    rows = [(time, state, "exact_transition") for time, state in path]
    if path[-1][1] != "dead":
        rows.append((years, path[-1][1], "exact_transition"))
    return [(*rows[0][:2], "start"), *rows[1:]]


def visited(
    path: list[tuple[float, str]], visits: list[float], deaths: str = "panel"
) -> list[tuple[float, str, str]]:
    """Seen at visits; a death at the next visit, or dated."""
    rows: list[tuple[float, str, str]] = []
    for at in visits:
        time, state = [step for step in path if step[0] <= at][-1]
        if state == "dead":
            rows.append((at, state, "panel") if deaths == "panel" else (time, state, "exact_death"))
            break
        rows.append((at, state, "panel" if rows else "start"))
    return rows


def simulated(
    rates: Rates,
    seen: str,
    *,
    seed: int,
    count: int = 400,
    x: Callable[[np.random.Generator], dict[str, float]] = lambda rng: {},
    effect: Callable[[dict[str, float]], Rates] = lambda x: {},
    starts: tuple[str, ...] = (),
) -> Histories:
    """Persons with these rates, times exp(effect) on some; seen as "panel", "exact" or "deaths"."""
    rng = np.random.default_rng(seed)
    states = starts or tuple(dict.fromkeys(label.split(" -> ")[0] for label in rates))
    seen_so_far = Histories()
    for _ in range(count):
        values = x(rng)
        own = dict(rates)
        for label, by in effect(values).items():
            own[label] *= np.exp(by)
        path = history(rng, own, str(rng.choice(states)), 4.0)
        visits = [0.0, *np.cumsum(rng.choice([0.5, 1.0, 1.5], size=4))]
        rows = watched(path, 4.0) if seen == "exact" else visited(path, visits, seen)
        if len(rows) > 1:
            seen_so_far.add(rows, **values)
    return seen_so_far


def case(
    name: str,
    histories: Histories,
    rates: Rates,
    *expected: tuple[str, ...],
    covariates: Any = (),
    **options: Any,
) -> Case:
    return Case(
        name,
        histories.table,
        model_of(rates),
        {"covariates": covariates, "kind": "kind", **options},
        [(code, words) for code, *words in expected],  # type: ignore[misc]
    )


def n08(seen: str, n: int) -> Case:
    """Nobody moves: every rate is 0."""
    histories = Histories()
    kind = "exact_transition" if seen == "exact" else "panel"
    for state in list(model_of(RATES[n]).states)[:-1]:
        histories.pairs(40, 1.5, state, state, kind)
    return case(
        f"N08 {seen} {n}", histories, RATES[n], *[("D-BOUNDARY-ZERO", label) for label in RATES[n]]
    )


def n09(seen: str, n: int) -> Case:
    """A recovery that the model permits, and nobody makes."""
    back = {3: "ill -> well", 5: "high -> moderate"}[n]
    histories = simulated(RATES[n] | {back: 0.0}, seen, seed=9 * n)
    return case(f"N09 {seen} {n}", histories, RATES[n], ("D-BOUNDARY-ZERO", back))


def n10(seen: str, n: int, seed: int = 10) -> Case:
    """Nobody is found in the first state again. Dated moves cannot diverge (their rate is events
    by person-years), so "exact" here means that deaths after the first visit are dated."""
    states = {3: THREE, 5: FIVE}[n]
    onward: Rates = {f"{a} -> {b}": 0.5 for a, b in itertools.pairwise(states)}
    onward |= {f"{a} -> dead": 0.3 for a in states[1:-1]}
    rng = np.random.default_rng(seed * n)
    histories = Histories()
    for _ in range(300):
        start = str(rng.choice(states[:-1]))
        quick = onward | {f"{states[0]} -> {states[1]}": 1e5}
        path = history(rng, quick, start, 3.5)
        unseen = seen == "panel" or (start == states[0] and path[-1][0] < 1)
        rows = visited(path, [0.0, 1.0, 2.0, 3.0], "panel" if unseen else "exact")
        if len(rows) > 1:
            histories.add(rows)
    return case(
        f"N10 {seen} {n}", histories, onward, ("D-DIVERGING", f"{states[0]} -> {states[1]}")
    )


def n11(seen: str, n: int) -> Case:
    """A covariate that is the same for all (three states), two that say the same (five)."""

    def x(rng: np.random.Generator) -> dict[str, float]:
        draw = float(rng.normal())
        return {"age": 80.0} if n == 3 else {"weight": draw, "heavy": 2.2 * draw}

    histories = simulated(RATES[n], seen, seed=11 * n, x=x)
    words = ("'age'", "does not vary") if n == 3 else ("'weight'", "'heavy'", "say the same")
    return case(
        f"N11 {seen} {n}", histories, RATES[n], ("D-NONIDENT", *words),
        covariates=("age",) if n == 3 else ("weight", "heavy"),
    )  # fmt: skip


def n12(seen: str, n: int) -> Case:
    """More rates than the data can tell apart. Visits: one, a year after the same state. Dated
    moves: nobody was ever in one of the states; deaths after it cannot be learnt."""
    if seen == "exact":
        unseen = {3: "ill", 5: "total"}[n]
        rates = {
            label: 0.0 if label.endswith(f"-> {unseen}") else q for label, q in RATES[n].items()
        }
        starts = tuple(s for s in model_of(RATES[n]).states if s not in (unseen, "dead"))
        histories = simulated(rates, seen, seed=12 * n, starts=starts)
        return case(f"N12 {seen} {n}", histories, RATES[n], ("D-NONIDENT", f"'{unseen}'"))
    rates = dict(RATES[n])
    histories = Histories()
    rng = np.random.default_rng(12 * n)
    start = {3: "well", 5: "light"}[n]
    for _ in range(300):
        histories.add(visited(history(rng, rates, start, 1.5), [0.0, 1.0]))
    return case(f"N12 {seen} {n}", histories, rates, ("D-NONIDENT", f"'{start} -> dead'"))


def n13(seen: str, n: int, seed: int = 10) -> Case:
    """A covariate under which one of the moves never happens."""
    move = {3: "ill -> dead", 5: "high -> total"}[n]
    rates = RATES[n] | ({"ill -> well": 0.4} if n == 3 else {})
    histories = simulated(
        rates, seen, seed=seed * n, count=700,
        x=lambda rng: {"male": float(rng.integers(2))},
        effect=lambda x: {move: -np.inf if x["male"] else 0.0},
    )  # fmt: skip
    return case(
        f"N13 {seen} {n}", histories, rates, ("D-SEPARATION", move, "male"),
        covariates={move: ("male",)},
    )  # fmt: skip


def n14(seen: str, n: int) -> Case:
    """Two covariates that differ in the seventh digit only."""

    def x(rng: np.random.Generator) -> dict[str, float]:
        draw = float(rng.normal())
        return {"height": draw, "length": draw + 1e-7 * float(rng.normal())}

    move = next(iter(RATES[n]))
    histories = simulated(RATES[n], seen, seed=14 * n, x=x)
    return case(
        f"N14 {seen} {n}", histories, RATES[n], ("D-HESS-ILL", "height", "length"),
        covariates={move: ("height", "length")},
    )  # fmt: skip


def mixed() -> list[Case]:
    """Twelve mixtures."""
    ways: Rates = {"well -> ill": 0.4, "well -> dead": 0.1, "ill -> dead": 0.3}

    def progress() -> Histories:
        return (
            Histories().pairs(60, 1.0, "well", "well").pairs(25, 1.0, "well", "ill")
            .pairs(30, 1.0, "ill", "ill")
        )  # fmt: skip

    one_visit = Histories()
    rng = np.random.default_rng(109)
    for _ in range(400):
        male = float(rng.integers(2))
        one_visit.add(visited(history(rng, ways, "well", 1.5), [0.0, 1.0]), male=male)

    def municipality(rng: np.random.Generator) -> dict[str, float]:
        drawn = int(rng.integers(3))
        return {name: float(i == drawn) for i, name in enumerate(("north", "middle", "south"))}

    threshold = Histories()
    rng = np.random.default_rng(108)
    for _ in range(200):
        x = float(rng.normal())
        threshold.pairs(1, 1.0, "well", "ill" if x > 0.1 else "well", need=x)
        threshold.pairs(1, 1.0, "ill", "dead" if rng.random() < 0.3 else "ill", need=x)

    quick = Histories()
    for person in range(80):
        quick.pairs(1, 0.5, "well", "ill", a=float(person), b=1 - 2.0 * person)
        quick.pairs(
            1, 0.5, "ill", "dead" if person % 3 == 0 else "ill", a=2.0 * person, b=1 - 4.0 * person
        )

    def weighted(weight: float) -> Histories:
        histories = progress().pairs(9, 1.0, "ill", "dead")
        histories.columns["w"] = [weight] * len(histories.columns["id"])
        return histories

    no_deaths = {label: 0.0 if label.endswith("dead") else q for label, q in RATES[3].items()}
    no_return = RATES[3] | {"ill -> well": 0.0}
    two = kh.Model(("well", "ill"), [("well", "ill"), ("ill", "well")])
    flips = (
        Histories().pairs(30, 0.5, "well", "well").pairs(70, 0.5, "well", "ill")
        .pairs(60, 0.5, "ill", "well").pairs(40, 0.5, "ill", "ill")
    )  # fmt: skip
    return [
        case("M1 a move never seen, by visits", progress().pairs(9, 1.0, "ill", "dead"), ways,
             ("D-BOUNDARY-ZERO", "well -> dead")),
        case("M2 a column of ones, and a move never seen",
             simulated(no_return, "panel", seed=102, x=lambda rng: {"one": 1.0}), RATES[3],
             ("D-NONIDENT", "'one'", "does not vary"), covariates=("one",)),
        case("M3 a move never seen, and a covariate that forbids another; deaths dated",
             simulated(no_return, "deaths", seed=103, count=700,
                       x=lambda rng: {"male": float(rng.integers(2))},
                       effect=lambda x: {"ill -> dead": -np.inf if x["male"] else 0.0}),
             RATES[3], ("D-BOUNDARY-ZERO", "ill -> well"), ("D-SEPARATION", "ill -> dead", "male"),
             covariates={"ill -> dead": ("male",)}),
        Case("M4 two states that change places more often than chance", flips.table, two,
             {"kind": "kind"},
             [("D-DIVERGING", ("well -> ill",)), ("D-DIVERGING", ("ill -> well",))]),
        case("M5 an age band in which nobody was",
             simulated(RATES[5], "deaths", seed=105,
                       x=lambda rng: {"age": float(rng.uniform(70, 90))}),
             RATES[5], ("D-NONIDENT", "'age 110+'"), covariates=(kh.bands("age", 80, 110),)),
        case("M6 visits and dated deaths, but nobody died",
             simulated(no_deaths, "deaths", seed=106), RATES[3],
             ("D-BOUNDARY-ZERO", "well -> dead"), ("D-BOUNDARY-ZERO", "ill -> dead")),
        case("M7 a column for each of three municipalities",
             simulated(RATES[3], "exact", seed=107, x=municipality), RATES[3],
             ("D-NONIDENT", "'north'", "'middle'", "'south'", "constant"),
             covariates=("north", "middle", "south")),
        case("M8 a threshold that tells exactly who moves", threshold,
             {"well -> ill": 0.4, "ill -> dead": 0.3}, ("D-SEPARATION", "well -> ill", "need"),
             covariates={"well -> ill": ("need",)}),
        case("M9 one visit only, with a covariate", one_visit, ways,
             ("D-NONIDENT", "'well -> dead", "'ill -> dead"), covariates=("male",)),
        case("M10 everybody moves, and two columns say the same", quick,
             {"well -> ill": 9.0, "ill -> dead": 0.5}, ("D-NONIDENT", "'a'", "'b'"),
             covariates=("a", "b")),
        case("M11 a move never seen, weights of a millionth", weighted(1e-6), ways,
             ("D-BOUNDARY-ZERO", "well -> dead"), weights="w"),
        case("M12 separation by a column in kronor, times in days",
             _in_days(simulated(RATES[5], "deaths", seed=112, count=900,
                                x=lambda rng: {"kronor": float(rng.choice([1e5, 4e5]))},
                                effect=lambda x: {
                                    "high -> total": -np.inf if x["kronor"] > 2e5 else 0.0})),
             RATES[5], ("D-SEPARATION", "high -> total", "kronor"),
             covariates={"high -> total": ("kronor",)}, time_unit="days"),
    ]  # fmt: skip


def _in_days(histories: Histories) -> Histories:
    histories.columns["t"] = [365.25 * time for time in histories.columns["t"]]
    return histories


def cases() -> list[Case]:
    """All forty."""
    made = [
        build(seen, n)
        for build in (n08, n09, n10, n11, n12, n13, n14)
        for seen in ("panel", "exact")
        for n in (3, 5)
    ]
    return made + mixed()


def well_posed(count: int = 100) -> list[Case]:
    """Data sets that can answer: each move expected at least some twenty times."""
    made = []
    for seed in range(count):
        rng = np.random.default_rng(7000 + seed)
        n = int(rng.choice([3, 5]))
        seen = ("panel", "exact", "deaths")[seed % 3]
        rates = {label: q * float(rng.uniform(0.8, 1.6)) for label, q in RATES[n].items()}
        chosen = next(iter(rates)) if seed % 2 else list(rates)[-1]
        by = float(rng.normal(0, 0.5))
        histories = simulated(
            rates, seen, seed=seed, count=900 if n == 3 else 1500,
            x=lambda rng: {"x": float(rng.normal())},
            effect=lambda x, chosen=chosen, by=by: {chosen: by * x["x"]},  # type: ignore[misc]
        )  # fmt: skip
        covariates = [(), {chosen: ("x",)}, ("x",)][seed // 3 % 3]
        made.append(case(f"well posed {seed}", histories, rates, covariates=covariates))
    return made
