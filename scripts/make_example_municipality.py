"""Make the synthetic municipality of data/example and the companion set of data/companion.

    python scripts/make_example_municipality.py [--out data] [--calibrate]

The same seed gives the same bytes. Everything made here is SYNTHETIC: persons
are drawn with random numbers so that the published summaries named in data/README.md are met. The
script checks that they are, writes figures and targets to data/example/constraints.csv, and exits
with status 1, writing nothing else, if one of them does not hold.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import numpy as np
from example_municipality import calibrate, checks, companion
from example_municipality import measure as M

from kohort.synthetic import simulate as S
from kohort.synthetic import truth as T
from kohort.synthetic.decisions import Decision, extract

SEED = 20241231
SCALE = 6.0  # persons per thousand Swedes: a municipality of about 60,000 inhabitants
FIRST_DAY, LAST_DAY = M.day("2015-01-01"), M.day("2024-12-31")
PUBLISHED = Path(__file__).resolve().parents[1] / "data" / "published"
LABEL = (
    "# SYNTHETIC: no such municipality and no such persons; "
    "made by scripts/make_example_municipality.py, seed {seed}. {what}"
)


def table(name: str) -> list[dict[str, str]]:
    with (PUBLISHED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def write(path: Path, seed: int, what: str, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join([LABEL.format(seed=seed, what=what), *lines]) + "\n"
    path.write_bytes(text.encode("utf-8"))


def iso(day: int | None) -> str:
    return "" if day is None else str(np.datetime64(day, "D"))


def decision_lines(
    rows: list[Decision], deaths: dict[int, int], persons: S.Persons, seed: int
) -> list[str]:
    """The rows of decisions.csv: opaque ids in random order, numbers in order of the first day."""
    generator = S.stream(seed, 4)
    people = np.array(sorted({row.person for row in rows}))
    shuffled = people[np.argsort(generator.random(len(people)), kind="stable")]
    name = {int(p): f"S{i:06d}" for i, p in enumerate(shuffled, start=1)}
    numbered = sorted(
        range(len(rows)), key=lambda i: (rows[i].start, rows[i].person, rows[i].support)
    )
    number = {i: f"B{k:06d}" for k, i in enumerate(numbered, start=1)}
    order = sorted(
        range(len(rows)), key=lambda i: (name[rows[i].person], rows[i].start, rows[i].support)
    )
    lines = ["person;birth_date;sex;decision;from;to;support;hours_per_month;death_date"]
    for i in order:
        row = rows[i]
        hours = "" if row.hours is None else f"{row.hours:.1f}".replace(".", ",")
        line = ";".join(
            (
                name[row.person],
                iso(int(np.floor(persons.birth[row.person]))),
                ("kvinna", "man")[persons.sex[row.person]],
                number[i],
                iso(row.start),
                iso(row.end),
                row.support,
                hours,
                iso(deaths.get(row.person)),
            )
        )
        lines.append(line)
        if generator.random() < 0.002:  # an export joined from two periods: the row stands twice
            lines.append(line)
    return lines


def population_lines(histories: S.Histories, persons: S.Persons) -> list[str]:
    lines = ["year,sex,age,persons"]
    for year in range(2014, 2025):
        at = M.day(f"{year + 1}-01-01")
        state = S.state_on(histories, persons, at)
        alive = (state >= 0) & (state != T.DEAD)
        age = np.minimum(np.floor((at - persons.birth) / T.YEAR).astype(int), 100)
        for sex, name in ((1, "men"), (0, "women")):
            count = np.bincount(age[alive & (persons.sex == sex)], minlength=101)
            for a in range(65, 101):
                lines.append(f"{year},{name},{'100+' if a == 100 else a},{count[a]}")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", type=Path, default=PUBLISHED.parent, help="folder to write into")
    parser.add_argument(
        "--calibrate", action="store_true", help="print calibrated constants and stop"
    )
    parser.add_argument("--seed", type=int, default=SEED, help="another municipality like it")
    options = parser.parse_args()
    seed = options.seed

    q = table("scb_lifetable_2016_qx.csv")
    forces = T.life_table(
        *(np.array([float(r[f"{sex}_qx_per_mille"]) / 1000 for r in q]) for sex in T.SEXES)
    )
    wpp = {
        (r["sex"], r["age"], int(r["year"])): float(r["thousands"])
        for r in table("un_wpp2019_sweden_population_65plus.csv")
    }
    numbers = S.cohorts(wpp, forces)
    if options.calibrate:
        sys.stdout.write(
            calibrate.constants(calibrate.calibrate(T.Truth(), forces, numbers)) + "\n"
        )
        return 0

    truth = T.Truth()
    persons = S.draw_persons(SCALE * numbers, seed)
    histories = S.simulate(truth, forces, persons, float(LAST_DAY + 1), seed)
    rows, deaths = extract(histories, persons, FIRST_DAY, LAST_DAY, seed)

    stockholm = np.zeros((2, 6))
    for r in table("stockholm_eldercare_share_2016_2018.csv"):
        if r["age"] in M.AGE_GROUPS:
            cell = T.SEXES.index(r["sex"]), M.AGE_GROUPS.index(r["age"])
            stockholm[cell] += float(r["percent_of_population"]) / 300
    national = {y: sum(v for (_, _, year), v in wpp.items() if year == y) for y in (2015, 2020)}
    found = checks.flow_checks(rows, deaths, FIRST_DAY, LAST_DAY)
    found += checks.population_checks(
        histories, persons, forces, stockholm, SCALE, national, FIRST_DAY, LAST_DAY
    )
    lines = ["name,value,target,low,high,n,holds,source"]
    for c in found:
        lines.append(
            f'"{c.name}",{c.value:.4f},{c.target:.4f},{c.low:.4f},{c.high:.4f},{c.n:.0f},{int(c.holds)},"{c.source}"'
        )
        sys.stdout.write(
            f"{'ok  ' if c.holds else 'FAIL'} {c.name}: {c.value:.2f} "
            f"(target {c.target:.2f}, accepted {c.low:.2f} to {c.high:.2f})\n"
        )
    example = options.out / "example"
    write(
        example / "constraints.csv",
        seed,
        "What the checks measured, beside published targets.",
        lines,
    )
    failed = [c.name for c in found if not c.holds]
    if failed:
        sys.stderr.write(f"{len(failed)} constraints do not hold; the data were not written\n")
        return 1
    write(
        example / "decisions.csv",
        seed,
        "Decisions in force some day in 2015-2024, extraction date 2024-12-31; "
        "from and to are inclusive (till och med).",
        decision_lines(rows, deaths, persons, seed),
    )
    write(
        example / "population.csv",
        seed,
        "Persons 65+ on 31 December.",
        population_lines(histories, persons),
    )
    companion.make(options.out / "companion", write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
