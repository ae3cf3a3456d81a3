"""Blocks of people one after the other, and their files, written as they come."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

import numpy as np

from kohort import _core, datasets
from kohort.support import _output
from kohort.synthetic import faults as F
from kohort.synthetic import simulate as S
from kohort.synthetic import truth as T
from kohort.synthetic.files import opened
from kohort.synthetic.layouts import (
    ABOUT_PERSONS,
    ROLES,
    Block,
    Writing,
    block,
    dates,
    header,
)
from kohort.synthetic.made import MadeMunicipality, Planted

_IN_A_BLOCK = 12_000  # persons 65 and older simulated at a time
_PER_THOUSAND = 2_050.0  # Swedes 65 and older, thousands, in 2020 (UN WPP 2019): 6 make 12,300


class Maker:
    """Blocks of people one after the other, written as they come."""

    def __init__(self, asked: Mapping[str, Any], progress: Callable[[int, int], object]) -> None:
        self.asked, self.progress = asked, progress
        self.date = dates(asked["date_format"])
        self.numbers: dict[tuple[int, int], int] = {}  # test numbers given for a birth date and sex
        self.writing = Writing(self.date, asked["decimal"], self._id)
        self.window = (to_day(asked["first_day"]), to_day(asked["last_day"]))
        self.forces, self.cohorts = _nation()
        self.blocks = max(1, -(-asked["persons"] // _IN_A_BLOCK))
        self.new_ids = 0
        first = int(asked["first_day"][:4]) - 1
        self.years = range(first, int(asked["last_day"][:4]) + 1)
        self.counts = np.zeros((len(self.years), 2, 36), dtype=int)

    def write(self, folder: Path) -> MadeMunicipality:
        """The files, each whole or not at all."""
        plan = self._plan()
        planted: list[Planted] = []
        row = 1 + int(self.asked["label"])  # the header's
        shown = rows = gone = 0
        about: list[list[str]] = []
        place = folder / f"synthetic_decisions.{self.asked['file_format']}"
        handle, temporary = tempfile.mkstemp(prefix=".kohort-", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                sink = opened(file, self.asked)
                if self.asked["label"]:
                    seed = self.asked["seed"]
                    sink.line(
                        "# SYNTHETIC: no such municipality and no such persons; made by kohort, "
                        f"seed {seed}"
                    )
                asked = {code for code, many in self.asked["faults"].items() if many}
                leaves = "E-AFTER-EXIT" in asked
                heads = header(self.asked["layout"], self.asked["ids"], with_exit=leaves)
                if "E-HEADER" in asked:
                    heads[ROLES[self.asked["layout"]].index("start")] = "annat"
                sink.rows([heads])
                at_header = ("E-DIALECT", "E-HEADER")
                planted += [Planted(code, row) for code in at_header if code in asked]
                silent = self._silent_month()
                for number, made in self._each():
                    if silent:
                        gone += F.silence(made, *silent)
                    for line in made.rows if leaves else ():
                        line.append("")
                    if "E-DIALECT" in asked:
                        F.thousands(made)
                    if "E-EMPTY" in asked:
                        made.rows.clear()
                        made.person.clear()
                    spots = self._plant(made, plan[number], number)
                    sink.rows(made.rows)
                    at = {id(r): row + i for i, r in enumerate(made.rows, start=1)}
                    planted += [
                        Planted(code, at[id(s.at)], tuple(sorted(at[id(r)] for r in s.related)))
                        for code, s in spots
                    ]
                    row, rows = row + len(made.rows), rows + len(made.rows)
                    about += made.about
                    shown += len(set(made.person))
                sink.close()
                file.flush()
                os.fsync(file.fileno())
            if silent and not gone:
                refuse_choice(
                    "no decision begins in the month to be silent", "more persons or years"
                )
            os.chmod(temporary, 0o666 & ~_output.umask())
            Path(temporary).replace(place)
        finally:
            Path(temporary).unlink(missing_ok=True)
        planted += [Planted(code, 0) for code in ("E-EMPTY", F.SILENT) if code in asked]
        planted.sort(key=lambda fault: (fault.row, fault.code))
        population = folder / "synthetic_population.csv"
        population.write_bytes(self._population())
        if planted:
            lines = ["row,code,related", *(_line(fault) for fault in planted)]
            (folder / "synthetic_planted.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        settings = MappingProxyType(dict(self.asked))
        persons = None
        if self.asked["layout"] == "register":
            persons = folder / "synthetic_persons.csv"
            persons.write_bytes(self._about_persons(about))
        return MadeMunicipality(place, population, tuple(planted), rows, shown, settings, persons)

    def _each(self) -> Iterator[tuple[int, Block]]:
        """Block after block; each is a piece of the country, drawn on its own."""
        known = rows = 0
        for number in range(self.blocks):
            here = min(_IN_A_BLOCK, self.asked["persons"] - number * _IN_A_BLOCK)
            self.progress(number * _IN_A_BLOCK, self.asked["persons"])
            seed = (self.asked["seed"] << 24) + number
            people = S.draw_persons(here / _PER_THOUSAND * self.cohorts, seed)
            histories = S.simulate(T.Truth(), self.forces, people, float(self.window[1] + 1), seed)
            self._count(people, histories)
            both = (people, histories)
            made = block(self.asked["layout"], both, self.window, seed, (known, rows), self.writing)
            known += len(set(made.person))
            rows += len(made.rows)
            yield number, made
        self.progress(self.asked["persons"], self.asked["persons"])

    def _plan(self) -> list[list[str]]:
        """Which faults go into which block."""
        plan: list[list[str]] = [[] for _ in range(self.blocks)]
        random = S.stream(self.asked["seed"], 40).random
        for code, many in sorted(self.asked["faults"].items()):
            for _ in range(many if code not in F.OF_FILE else 0):
                plan[-1 if F.most(code) == 1 else int(self.blocks * random())].append(code)
        return [sorted(codes, key=lambda code: F.most(code) != 1) for codes in plan]

    def _plant(self, made: Block, codes: list[str], number: int) -> list[tuple[str, F.Spot]]:
        found: list[tuple[str, F.Spot]] = []
        random = S.stream((self.asked["seed"] << 24) + number, 41).random
        taken: set[int] = set()
        for code in codes:
            people = F.people(made)
            start = len(people) - 1 if code == "E-QUOTE" else int(len(people) * random())
            for step in range(len(people)):
                rows = people[(start + step) % len(people)]
                person = made.person[rows[0]]
                if person in taken:
                    continue
                form = self.asked["date_format"]
                place = F.Place(made, rows, form, self.date, self._new_id, self.window[1])
                spot = F.plant(made, code, place)
                if spot is not None:
                    taken.add(person)
                    found.append((code, spot))
                    break
            else:
                refuse_choice(
                    f"no person is left to plant {code} with", "fewer faults or more persons"
                )
        return found

    def _new_id(self) -> str:
        self.new_ids += 1
        return f"N{self.new_ids:07d}"

    def _id(self, number: int, birth: int, sex: int) -> str:
        if self.asked["ids"] == "opaque":
            return f"S{number:07d}"
        given = self.numbers.get((birth, sex), 0)
        if given == 10:
            refuse_choice("more persons than test numbers for a birth date", 'ids="opaque"')
        self.numbers[birth, sex] = given + 1
        day = str(np.datetime64(birth, "D")).replace("-", "")
        serial = f"{980 + 2 * given + sex}"  # odd for men
        return f"{day}-{serial}{_luhn(day[2:] + serial)}"

    def _silent_month(self) -> tuple[int, int] | None:
        """First and last day of the month in which nobody reports, in the middle of the window."""
        if not self.asked["faults"].get(F.SILENT):
            return None
        middle = np.datetime64((self.window[0] + self.window[1]) // 2, "D").astype("datetime64[M]")
        days = (middle.astype("datetime64[D]"), (middle + 1).astype("datetime64[D]"))
        return int(days[0].astype(int)), int(days[1].astype(int)) - 1

    def _count(self, people: S.Persons, histories: S.Histories) -> None:
        day = np.floor(people.birth).astype(np.int64).astype("datetime64[D]")
        born = day.astype("datetime64[Y]").astype(int) + 1970
        for y, year in enumerate(self.years):
            at = to_day(f"{year + 1}-01-01")
            state = S.state_on(histories, people, at)
            alive = (state >= 0) & (state != T.DEAD)
            # On 31 December everybody has had their birthday, whatever a year's length.
            age = np.clip(year - born, 0, 100)
            for s, sex in enumerate((1, 0)):
                count = np.bincount(age[alive & (people.sex == sex)], minlength=101)
                self.counts[y, s] += count[65:101]

    def _about_persons(self, about: list[list[str]]) -> bytes:
        lines = [f"# SYNTHETIC: no such persons; made by kohort, seed {self.asked['seed']}"]
        lines += [";".join(cells) for cells in (ABOUT_PERSONS, *about)]
        return ("\n".join(lines) + "\n").encode("utf-8")

    def _population(self) -> bytes:
        lines = [f"# SYNTHETIC: no such municipality; made by kohort, seed {self.asked['seed']}"]
        lines.append("year,sex,age,persons")
        for y, year in enumerate(self.years):
            for s, sex in enumerate(("men", "women")):
                for a in range(65, 101):
                    age = "100+" if a == 100 else a
                    lines.append(f"{year},{sex},{age},{self.counts[y, s, a - 65]}")
        return ("\n".join(lines) + "\n").encode("utf-8")


def _nation() -> tuple[Any, Any]:
    """Forces of mortality, and persons who reach 65 by cohort, from the published tables."""
    table = datasets.published("scb_lifetable_2016_qx")
    forces = T.life_table(*(table[f"{sex}_qx_per_mille"] / 1000 for sex in T.SEXES))
    wpp = datasets.published("un_wpp2019_sweden_population_65plus")
    groups = {
        (str(sex), str(age), int(year)): float(thousands)
        for sex, age, year, thousands in zip(
            wpp["sex"], wpp["age"], wpp["year"], wpp["thousands"], strict=True
        )
    }
    return forces, S.cohorts(groups, forces)


def _luhn(digits: str) -> int:
    """The check digit of nine digits."""
    doubled = (int(d) * (2 - i % 2) for i, d in enumerate(digits))
    return -sum(d // 10 + d % 10 for d in doubled) % 10


def _line(fault: Planted) -> str:
    return f"{fault.row},{fault.code},{' '.join(map(str, fault.related))}"


def to_day(text: str) -> int:
    """Days from 1970 to a date such as 2024-12-31."""
    return int(np.datetime64(text, "D").astype(int))


def refuse_choice(seen: str, wanted: str) -> NoReturn:
    """Raise `InvalidInput` with `E-SETTING`."""
    _core.reject("E-SETTING", "make_municipality", seen, f"{wanted} is needed", "Choose so")
    raise AssertionError("reject always raises")
