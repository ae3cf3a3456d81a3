"""Make the two small synthetic extracts of data/small and data/sparse.

    python scripts/make_small_studies.py [--out data]

`small` is every fifth person of data/example, which is synthetic itself, under the rule of support
types. `sparse` is drawn from intensities by `kohort.simulate`: levels written out, no support
types, few persons. The same seed gives the same bytes. No person is behind any of them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
from pathlib import Path

import numpy as np

import kohort as kh

SEED = 20241231
DATA = Path(__file__).resolve().parents[1] / "data"
LABEL = (
    "# SYNTHETIC: no such municipality and no such persons; made by scripts/make_small_studies.py"
)
FIRST, LAST = dt.date(2015, 1, 1), dt.date(2024, 12, 31)


def lines_of(name: str) -> list[str]:
    text = (DATA / "example" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def write(path: Path, what: str, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(("\n".join([f"{LABEL}, seed {SEED}. {what}", *lines]) + "\n").encode())


def population(share: float) -> list[str]:
    """The example's population, thinned: rounded up, so that everybody with support fits in."""
    head, *rows = lines_of("population.csv")
    thinned = []
    for row in rows:
        year, sex, age, persons = row.split(",")
        thinned.append(f"{year},{sex},{age},{int(np.ceil(int(persons) * share))}")
    return [head, *thinned]


def every_fifth() -> list[str]:
    head, *rows = lines_of("decisions.csv")
    return [head, *(row for row in rows if int(row.split(";")[0][1:]) % 5 == 0)]


def simulated(persons: int) -> list[str]:
    """Dated decisions, one for each stay at a level, of persons who never were."""
    model = kh.DEPENDENCY_WITH_ENDED
    base = {"light": 0.05, "moderate": 0.09, "high": 0.16, "total": 0.3, "ended": 0.04}
    rate = {
        ("light", "moderate"): 0.18, ("light", "high"): 0.08, ("light", "total"): 0.02,
        ("moderate", "light"): 0.06, ("moderate", "high"): 0.22, ("moderate", "total"): 0.05,
        ("high", "moderate"): 0.08, ("high", "total"): 0.22, ("total", "high"): 0.04,
    }  # fmt: skip
    theta = []
    for start, end in model.transitions:
        death = end == "dead"
        q = base[start] if death else rate.get((start, end), 0.06 if end == "ended" else 0.03)
        theta += [np.log(q), 0.25 if death else 0.05, 0.06 if death else 0.01]
    random = np.random.default_rng(SEED)
    age = np.clip(random.normal(81, 7, persons), 66, 100)
    male = random.random(persons) < 0.37
    came = dt.date(2013, 1, 1).toordinal() + random.integers(0, 12 * 365, persons)
    start = random.choice(
        ["light", "moderate", "high", "total"], persons, p=[0.53, 0.16, 0.24, 0.07]
    )
    seen = kh.simulate(
        model, covariates=("male", kh.yearly("age", origin=80)), coefficients=theta,
        start=start.tolist(), visits=[0, 12], exact_times=True, seed=SEED,
        x={"male": male.astype(float), "age": age},
    )  # fmt: skip
    rows, number = [], 0
    for p in range(persons):
        mine = seen["subject"] == p + 1
        days = np.floor(seen["time"][mine] * 365.25).astype(int) + came[p]
        states = seen["state"][mine].tolist()
        died = [int(d) for d, s in zip(days, states, strict=True) if s == "dead"]
        death = died[0] if died and died[0] <= LAST.toordinal() else None
        born = dt.date.fromordinal(int(came[p] - age[p] * 365.25))
        for (a, b), level in zip(itertools.pairwise(days), states, strict=False):
            first, last = int(a), int(b) - 1
            if level in ("ended", "dead") or first > LAST.toordinal() or last < first:
                continue
            if b == days[-1] and states[-1] != "dead":
                last = LAST.toordinal() + 1  # still there when the extract is made
            if last < FIRST.toordinal():
                continue
            if death is not None and last == death - 1:
                last = death  # in force on the day of death
            until = "" if last > LAST.toordinal() else str(dt.date.fromordinal(last))
            number += 1
            rows.append(
                f"T{p:05d};{born};{'man' if male[p] else 'kvinna'};B{number:05d};"
                f"{dt.date.fromordinal(first)};{until};{level};"
                f"{'' if death is None else dt.date.fromordinal(death)}"
            )
    return ["person;birth_date;sex;decision;from;to;level;death_date", *rows]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=DATA)
    out = parser.parse_args().out
    what = "Decisions in force some day in 2015-2024, extraction date 2024-12-31."
    write(
        out / "small" / "decisions.csv", f"Every fifth person of the example. {what}", every_fifth()
    )
    write(out / "small" / "population.csv", "Persons 65+ on 31 December.", population(0.3))
    write(out / "sparse" / "decisions.csv", f"Simulated. {what}", simulated(1400))
    write(out / "sparse" / "population.csv", "Persons 65+ on 31 December.", population(0.6))


if __name__ == "__main__":
    main()
