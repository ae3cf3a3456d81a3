"""W6: one municipality, three strategies, ten years in months; W6c: one slider.

python benchmarks/w6_projection.py [--draws 10000] [--threads 2] [--only w6 w6c] [--json]

W6   ages 65-105+ x 2 sexes x 6 states x 120 months, usual care and 2 strategies, 10,000 draws;
     intervals by year, level and sex. Floor 10 s and 1 GB.
W6c  500 draws, from a changed slider to the numbers. Floor 300 ms. Measured twice: prepared, where
     usual care is known before the slider moves (`kh.prepare`; what that took is told), and from
     nothing, as `kh.project` does it.

With fewer draws the seconds of all are told in proportion. W6b is w6b_municipalities.py. Everything
is made up, on the scale of a Swedish municipality. Each measurement is a process of its own, so
that memory is that run's. CPU seconds are of all threads.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass

import numpy as np
from floors import Measured, table

import kohort as kh

LEVELS = ("light", "moderate", "high", "total")
AGES = np.arange(65, 106)
FLOORS = {"w6": (10.0, 1.0), "w6c": (0.3, 1.0)}
DRAWS = 10_000
COSTS = kh.Costs(dict(zip(LEVELS, (20_000, 80_000, 240_000, 800_000), strict=True)), 2018)


@dataclass(frozen=True)
class MadeUpFit:
    """Rates that rise with age, with 5 % of noise on each transition."""

    model: kh.Model = kh.DEPENDENCY_WITH_ENDED

    def draws(self, n: int, seed: int) -> np.ndarray:
        count = len(self.model.transitions)
        return 0.05 * np.random.default_rng(seed).normal(size=(n, count))

    def rates(self, ages, males=(1, 0), draws=None):
        age = np.asarray(ages)[None, :, None]
        death = np.array([to == "dead" for _, to in self.model.transitions])
        level = np.array([self.model.state(origin) for origin, _ in self.model.transitions])
        level = np.where(level == len(LEVELS), 0, level)  # those whose support has ended
        rate = np.where(death, 0.04 * (1 + level), 0.12)
        point = rate * np.exp(np.where(death, 0.07, 0.01) * (age - 85))
        point = np.broadcast_to(point, (len(males), *point.shape[1:]))[None]
        return point if draws is None else point * np.exp(draws)[:, None, None, :]


def population(years: int = 10, size: float = 1.0) -> kh.Population:
    """About 11,000 persons of 65 and over, growing and living longer."""
    y = np.arange(years + 1)[:, None, None]
    sex = np.array([1.0, 0.8])[None, :, None]
    force = 0.010 * sex * np.exp(0.105 * (AGES - 65)) * np.exp(-0.012 * y)
    alive = np.exp(-np.cumsum(force, axis=2)) * 420 * size * (1 + 0.012 * y)
    return kh.Population(
        ages=AGES,
        years=2024 + np.arange(years + 1),
        persons=np.ascontiguousarray(alive),
        mortality=np.ascontiguousarray(np.broadcast_to(force, alive.shape)),
        observed=None,
        observed_years=None,
        source="made up",
    )


def strategies(kind: str, slider: float = 0.9) -> list[kh.Strategy]:
    """Two of them; "own" has one whose effect fades for each from his or her own enrolment."""
    clock = "enrolment" if kind == "own" else "calendar"
    worse = [("light", "moderate"), ("moderate", "high"), ("high", "total")]
    whole = kh.Strategy(
        "prevention",
        (kh.effect.intensity_ratio(worse, slider, months=(12, 1212), clock="calendar"),),
        enrols="everyone",
        uptake=0.7,
    )
    team = kh.Strategy(
        "team",
        (
            kh.effect.intensity_ratio([("light", "moderate")], 0.7, fade=0.9, clock=clock),
            kh.effect.intensity_ratio([("light", "ended")], 1 / 0.7, fade=0.9, clock=clock),
        ),
        enrols={"newcomers": {"light": 0.5, "moderate": 0.5}},
    )
    return [whole, team]


def setting(size: float = 1.0):
    town = population(size=size)
    share = 0.02 * np.exp(0.09 * (AGES - 75))[None, :, None] * np.array([0.4, 0.2, 0.3, 0.1, 0.3])
    stock = town.persons[0][:, :, None] * np.minimum(share, 0.12)
    incidence = np.tile(0.01 * np.exp(0.1 * (AGES - 75)), (2, 1))
    entries = kh.Entries.from_table(np.minimum(incidence, 0.5), [0.53, 0.17, 0.23, 0.07], LEVELS)
    return town, entries, stock


def projected(
    draws: int,
    threads: int,
    kind: str,
    grid: str,
    enrolments: int,
    *,
    keep: int = 2000,
    size: float = 1.0,
) -> kh.Projection:
    """The municipality under usual care and both strategies."""
    place, settings = asked(draws, threads, grid, enrolments, size)
    return kh.project(*place, **settings, strategies=strategies(kind), keep_draws=keep)


def asked(draws: int, threads: int, grid: str, enrolments: int, size: float = 1.0):
    """What is projected, and how."""
    town, entries, stock = setting(size)
    return (MadeUpFit(), town, entries), {
        "stock": stock,
        "costs": COSTS,
        "draws": draws,
        "closure": "scale",
        "grid": grid,
        "enrolments_a_year": enrolments,
        "threads": threads,
        "fitted_ages": (65, 110),
    }


def w6(draws: int, threads: int, kind: str, grid: str, enrolments: int) -> dict[str, object]:
    p = projected(draws, threads, kind, grid, enrolments)
    limits = [
        [p.of(name).intervals("persons_by_sex", level) for level in (0.95, 0.8)]
        for name in ("usual care", *p.strategies)
    ]
    cost = p.compare()["team", "cost"].total()
    return {
        "users": float(p.persons[-1, 1:5].sum()),
        "width": float((limits[0][0][1] - limits[0][0][0])[-1, 1:5].sum()),
        "team": float(cost.point[0]),
        "error": float(cost.monte_carlo_error[0]),
    }


def measure(what: str, args: dict[str, object]) -> dict[str, object]:
    prepared, took = None, 0.0
    if what == "w6c":  # the library is warm, as behind a page
        place, settings = asked(500, args["threads"], "year", args["enrolments"])
        began = time.perf_counter()
        prepared = kh.prepare(*place, **settings)
        took = time.perf_counter() - began
        prepared.project(strategies(args["kind"]))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    used, began = time.process_time(), time.perf_counter()
    if what == "w6":
        found = w6(args["draws"], args["threads"], args["kind"], args["grid"], args["enrolments"])
    else:
        moved = strategies(args["kind"], 0.85)
        if args["prepared"]:
            p = prepared.project(moved)
        else:
            p = kh.project(*place, **settings, strategies=moved)
        p.intervals("users")
        found = {"summary": len(str(p.compare())), "preparing": took}
    return {
        "what": what,
        **args,
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - used,
        "memory_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "before_gb": before,
        **found,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=["w6", "w6c"])
    parser.add_argument("--json", action="store_true", help="everything measured, a line each")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        asked = json.loads(given.one)
        print(json.dumps(measure(asked.pop("what"), asked)))
        return
    jobs: list[dict[str, object]] = []
    common = {"threads": given.threads, "grid": "year", "enrolments": 12, "kind": "calendar"}
    if "w6" in given.only:
        for kind, grid, enrolments in (
            ("calendar", "year", 12),
            ("calendar", "month", 12),
            ("own", "year", 4),
            ("own", "month", 12),
        ):
            jobs.append(
                common
                | {"what": "w6", "draws": given.draws, "kind": kind, "grid": grid,
                   "enrolments": enrolments}
            )  # fmt: skip
    if "w6c" in given.only:
        jobs += [
            common | {"what": "w6c", "kind": kind, "enrolments": 4, "prepared": prepared}
            for kind in ("calendar", "own")
            for prepared in (True, False)
        ]
    rows = []
    for job in jobs:
        done = subprocess.run(
            [sys.executable, __file__, "--one", json.dumps(job)],
            check=True,
            capture_output=True,
            text=True,
        )
        found = json.loads(done.stdout)
        seconds, memory = FLOORS[str(found["what"])]
        clock = "own clock" if found["kind"] == "own" else "calendar"
        name = f"{found['what'].upper()} {clock}, by {found['grid']}"
        if "prepared" in found:
            known = f"prepared in {found['preparing']:.2f} s before"
            name = f"W6C {clock}, {known if found['prepared'] else 'from nothing'}"
        share = found["draws"] / DRAWS if found["what"] == "w6" else 1.0
        rows.append(
            Measured(
                name, seconds, memory, found["seconds"], found["cpu"], found["memory_gb"], share
            )
        )
        if given.json:
            print(json.dumps(found), flush=True)
    print(table(rows))


if __name__ == "__main__":
    main()
