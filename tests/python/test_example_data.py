"""The synthetic data keep their promises, recomputed from the files by another way.

Levels are painted day by day into an array (the script sweeps over intervals), with the rule read
from the published table; nothing here uses kohort's reader or the script.
"""

import csv
import datetime as dt
import filecmp
import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import kohort
from kohort import datasets
from kohort.data.reading_decisions import SUPPORT_RULE

LEVELS = ("light", "moderate", "high", "total")
OURS = {"mild": 1, "moderate": 2, "severe": 3, "total": 4, "excluded": 0}
FIRST, LAST = dt.date(2015, 1, 1), dt.date(2024, 12, 31)
ORIGIN = dt.date(1985, 1, 1)
DAYS = (LAST - ORIGIN).days + 1
SCRIPT = Path(__file__).parents[2] / "scripts" / "make_example_municipality.py"


def rows_of(name, delimiter=","):
    text = datasets.path(name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader((x for x in text if not x.startswith("#")), delimiter=delimiter))


def day(text):
    return (dt.date.fromisoformat(text) - ORIGIN).days


@pytest.fixture(scope="module")
def decisions():
    return rows_of("example/decisions", ";")


@pytest.fixture(scope="module")
def persons(decisions):
    """id -> (level on each day from ORIGIN, death day or None); 0 is no support."""
    rule = {
        r["support_sv_suggested"]: OURS[r["level"]]
        for r in rows_of("published/zingmark2021_level_definitions")
    }
    out = {}
    for row in decisions:
        level = rule[row["support"]]
        if row["person"] not in out:
            death = day(row["death_date"]) if row["death_date"] else None
            out[row["person"]] = (np.zeros(DAYS, dtype=np.int8), death)
        painted = out[row["person"]][0]
        last = day(row["to"]) if row["to"] else DAYS - 1
        span = slice(day(row["from"]), last + 1)
        painted[span] = np.maximum(painted[span], level)
    for painted, _ in out.values():  # bridge breaks of up to 30 days
        held = np.flatnonzero(painted)
        for before, after in pairwise(held.tolist()):
            if 1 < after - before <= 31:
                painted[before + 1 : after] = painted[before]
    return out


@pytest.fixture(scope="module")
def constraints():
    return {row["name"]: row for row in rows_of("example/constraints")}


def agrees(constraints, name, value):
    row = constraints[name]
    assert value == pytest.approx(float(row["value"]), abs=0.00006), name
    assert float(row["low"]) <= value <= float(row["high"]), name


@pytest.fixture(scope="module")
def cohort(persons):
    """Entrants of 2016-2021: level at entry, after 365 days and at the end; dead by the end."""
    start, later, final, dead = [], [], [], []
    for painted, death in persons.values():
        entry = int(np.flatnonzero(painted)[0])
        year = (ORIGIN + dt.timedelta(days=entry)).year
        if not 2016 <= year <= 2021:
            continue
        end = day(f"{year + 3}-12-31")
        gone = DAYS if death is None else death
        start.append(painted[entry])
        later.append(painted[entry + 365] if gone > entry + 365 else 0)
        final.append(painted[end] if gone > end else 0)
        dead.append(gone <= end)
    return np.array(start), np.array(later), np.array(final), np.array(dead)


def test_every_constraint_was_met_when_the_files_were_made(constraints):
    assert len(constraints) >= 35
    assert all(row["holds"] == "1" for row in constraints.values())


def test_entry_mix(cohort, constraints):
    start = cohort[0]
    assert len(start) > 2000
    for j, (name, printed) in enumerate(zip(LEVELS, (53, 16, 24, 7.7), strict=True), start=1):
        share = 100 * np.mean(start == j)
        agrees(constraints, f"entry mix, {name}, %", share)
        assert abs(share - printed) <= 1.5


def test_first_year(cohort, constraints):
    start, later, _, _ = cohort
    for j, name in enumerate(LEVELS, start=1):
        stayed = 100 * np.mean(later[start == j] == j)
        agrees(constraints, f"at the initial level after 12 months, {name}, %", stayed)
        assert 40 <= stayed <= 63
    low = start <= 2
    rose = 100 * np.mean(later[low] > start[low])
    agrees(constraints, "higher level after 12 months, light and moderate, %", rose)
    assert abs(rose - 40) <= 2
    to_total = 100 * np.mean(later[start == 3] == 4)
    agrees(constraints, "total after 12 months, high, %", to_total)
    assert abs(to_total - 6.7) <= 2
    agrees(constraints, "higher level after 12 months, everyone, %", 100 * np.mean(later > start))


def test_end_of_follow_up(cohort, constraints):
    start, _, final, dead = cohort
    low = start <= 2
    worse = 100 * np.mean((final[low] > start[low]) | dead[low])
    name = "higher level or dead at the end of follow-up, light and moderate, %"
    agrees(constraints, name, worse)
    assert abs(worse - 75) <= 2


def test_care_homes_are_left_fast_and_then_slowly(decisions, constraints):
    moved_in, death = {}, {}
    for row in decisions:
        if row["support"] == "särskilt boende":
            who = row["person"]
            moved_in[who] = min(moved_in.get(who, DAYS), day(row["from"]))
            death[who] = day(row["death_date"]) if row["death_date"] else 10**6
    observed = [p for p, d in moved_in.items() if day("2015-01-01") <= d <= day("2021-12-31")]
    stays = np.array([death[p] - moved_in[p] for p in observed])
    for days, printed, tolerance in ((8, 10, 2.5), (119, 30, 4), (595, 50, 4)):
        share = 100 * np.mean(stays <= days)
        agrees(constraints, f"dead within {days} days of moving into a care home, %", share)
        assert abs(share - printed) <= tolerance
    # a constant hazard with the same median would put about 1 % before day 8
    assert np.mean(stays <= 8) > 5 * (1 - 0.5 ** (8 / np.median(stays)))


def test_it_looks_like_an_extract(decisions, persons):
    assert 4000 < len(persons) < 7000
    keys = Counter(tuple(row.values()) for row in decisions)
    repeated = sum(n - 1 for n in keys.values())
    assert 50 < repeated < 300  # exact duplicates
    assert len({row["decision"] for row in decisions}) == len(keys)  # and no other use of a number
    once = [dict(zip(decisions[0], key, strict=True)) for key in keys]
    assert any(not row["to"] for row in once)  # in force at the extraction
    assert any("," in row["hours_per_month"] for row in once)
    assert {row["sex"] for row in once} == {"kvinna", "man"}
    one_person = {}
    for row in once:
        start, end = row["from"], row["to"] or LAST.isoformat()
        assert start <= end
        assert FIRST.isoformat() <= end <= LAST.isoformat()  # in force some day of the window
        if row["death_date"]:
            assert row["to"]
            assert row["to"] <= row["death_date"] <= LAST.isoformat()
        same = one_person.setdefault(
            row["person"], (row["birth_date"], row["sex"], row["death_date"])
        )
        assert same == (row["birth_date"], row["sex"], row["death_date"])
        age = (dt.date.fromisoformat(start) - dt.date.fromisoformat(row["birth_date"])).days
        assert age >= 65 * 365.25 - 1
    stock = sum(painted[day("2014-12-31")] > 0 for painted, _ in persons.values())
    assert stock > 1500  # already receiving support when the window opens


def test_support_changes_by_the_moves_that_the_preset_allows(persons):
    seen = Counter()
    for whole, _ in persons.values():
        painted = whole[day("2015-01-01") :]
        change = np.flatnonzero(np.diff(painted))
        seen.update(zip(painted[change].tolist(), painted[change + 1].tolist(), strict=True))
    down_two = {(a, b) for a, b in seen if b and a - b > 1}
    assert not down_two
    assert {(1, 2), (1, 3), (1, 4), (2, 1), (2, 3), (2, 4), (3, 2), (3, 4), (4, 3)} <= set(seen)
    assert all(seen[level, 0] > 0 for level in (1, 2, 3, 4))


def test_population_is_that_of_a_municipality_of_sixty_thousand():
    table = datasets.example_population()
    for year in range(2014, 2025):
        assert 11_000 < table["persons"][table["year"] == year].sum() < 13_500
    assert sorted(set(table["age"])) == list(range(65, 101))
    assert set(table["sex"]) == {"men", "women"}
    # a cohort loses by death alone: nobody moves in or out
    at = {(y, s, a): n for y, s, a, n in zip(*(table[c].tolist() for c in table), strict=True)}
    for (year, sex, age), count in at.items():
        if year < 2024 and age < 99:
            assert at[year + 1, sex, age + 1] <= count + 1


def test_users_are_part_of_the_population(persons, decisions):
    table = datasets.example_population()
    by_id = {row["person"]: row for row in decisions}
    at, year = day("2019-12-31"), 2019
    for sex, word in (("women", "kvinna"), ("men", "man")):
        for low, high in ((65, 79), (80, 89), (90, 120)):
            users = 0
            for who, (painted, death) in persons.items():
                age = (at - day(by_id[who]["birth_date"])) / 365.25
                alive = death is None or death > at
                users += (
                    alive
                    and by_id[who]["sex"] == word
                    and painted[at] > 0
                    and low <= int(age) <= high
                )
            mine = (table["year"] == year) & (table["sex"] == sex)
            mine &= (table["age"] >= low) & (table["age"] <= high)
            share = users / table["persons"][mine].sum()
            assert {65: 0.03, 80: 0.22, 90: 0.5}[low] < share < {65: 0.12, 80: 0.5, 90: 0.85}[low]


def test_the_reader_sees_the_same_levels_and_has_nothing_to_refuse(persons):
    found = kohort.read_decisions(
        datasets.example_decisions(),
        level_rule=SUPPORT_RULE,
        extraction_date=LAST,
        observed_from=FIRST,
        overlap="highest",
        gap_days=30,
    )
    assert {f.severity for f in found.findings} <= {"W", "I"}
    assert "W-DUP-ROW" in {f.code for f in found.findings}
    for date in ("2015-01-01", "2018-06-30", "2024-12-31"):
        stock, at = found.stock(date), day(date)
        for j, name in enumerate(LEVELS, start=1):
            painted = sum(
                w[at] == j and (gone is None or gone > at) for w, gone in persons.values()
            )
            assert stock["persons"][stock["state"] == name].sum() == painted


def test_companion_set_was_drawn_from_its_coefficients():
    """A Poisson regression per move, by hand, finds each coefficient within 3 standard errors."""
    start, end, state, to, age, male = [], [], [], [], [], []
    rows = rows_of("companion/histories")
    for row, after in pairwise(rows):
        if row["subject"] != after["subject"]:
            continue
        t, t_end, born = (
            float(row["time"]),
            float(after["time"]),
            float(row["age"]) - float(row["time"]),
        )
        while t < t_end:  # cut at every birthday
            completed = int(np.floor(born + t + 1e-9))
            cut = min(t_end, completed + 1 - born)
            start.append(t), end.append(cut), state.append(row["state"])
            moved = cut == t_end and after["state"] != row["state"]
            to.append(after["state"] if moved else "")
            age.append(completed + 0.5 - 80), male.append(float(row["male"]))
            t = cut
    spent = np.array(end) - np.array(start)
    state, to = np.array(state), np.array(to)
    design = np.column_stack((np.ones(len(spent)), age, male))
    truth = rows_of("companion/true_coefficients")
    assert len(truth) == 22
    for move in truth:
        mine = state == move["from"]
        x, years, events = design[mine], spent[mine], (to[mine] == move["to"]).astype(float)
        beta = np.array([np.log(events.sum() / years.sum()), 0.0, 0.0])
        for _ in range(20):
            expected = years * np.exp(x @ beta)
            information = x.T @ (x * expected[:, None])
            beta += np.linalg.solve(information, x.T @ (events - expected))
        error = np.sqrt(np.diag(np.linalg.inv(information)))
        true = np.array([float(move[c]) for c in ("intercept", "age", "male")])
        assert events.sum() > 50
        assert np.all(np.abs(beta - true) < 3 * error), move


@pytest.mark.parametrize("name", [n for n in datasets.names() if not n.startswith("published/")])
def test_synthetic_files_say_so_and_hold_no_personal_number(name):
    text = datasets.path(name).read_text(encoding="utf-8")
    assert text.startswith("# SYNTHETIC: no such municipality and no such persons")
    number = re.compile(r"(?<![\d.,])(?:\d{2})?\d{6}[-+ ]?\d{4}(?!\d)")
    assert number.search("x;19460823-9986;y")  # the net catches what it should
    assert number.search("4608239986")
    found = number.search(text)
    assert found is None, name


@pytest.mark.slow
def test_the_script_makes_the_same_bytes_again(tmp_path):
    if not SCRIPT.exists():
        pytest.skip("the script is in the repository, not in the wheel")
    done = subprocess.run(
        [sys.executable, SCRIPT, "--out", tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for name in datasets.names():
        if name.startswith(("example/", "companion/")):
            assert filecmp.cmp(tmp_path / name, datasets.path(name), shallow=False), name


def test_the_small_studies_are_made_again(tmp_path):
    script = SCRIPT.with_name("make_small_studies.py")
    if not script.exists():
        pytest.skip("the script is in the repository, not in the wheel")
    for folder in ("small", "sparse"):
        (tmp_path / folder).mkdir()
    command = [sys.executable, script, "--out", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in datasets.names():
        if name.startswith(("small/", "sparse/")):
            assert filecmp.cmp(tmp_path / name, datasets.path(name), shallow=False), name


@pytest.mark.slow
def test_a_sample_that_misses_a_target_is_refused(tmp_path):
    if not SCRIPT.exists():
        pytest.skip("the script is in the repository, not in the wheel")
    command = [sys.executable, SCRIPT, "--out", tmp_path, "--seed", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "FAIL entry mix, light" in done.stdout
    assert "the data were not written" in done.stderr
    assert [p.name for p in tmp_path.rglob("*.csv")] == ["constraints.csv"]
