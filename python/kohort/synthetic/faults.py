"""Faults planted in an extract, each named by the rule that it breaks.

Every fault takes a person to itself, so that no other rule has anything to say of the row.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kohort.synthetic.layouts import COLUMNS, EVENTS, LEVELS, ROLES, Block, Row

BYTE, NUL, OPEN = "\ue000", "\ue001", "\ue002"  # become a stray byte, NUL and a lone quote
LARGE = 11 * 2**20


@dataclass
class Spot:
    """Rows that a fault is shown at: the row of the rule, and those beside it."""

    at: Row
    related: tuple[Row, ...] = ()


@dataclass
class Place:
    """A person's rows in a block, for a fault to be planted in."""

    block: Block
    rows: list[int]  # indices of decisions, in the block
    form: str  # of dates
    date: Callable[[int | None], str]
    new_id: Callable[[], str]
    last: int  # day of the extraction

    def cell(self, row: int, role: str) -> int:
        """Index of a role's cell."""
        return ROLES[self.block.layout].index(role)

    def set(self, row: int, role: str, text: str) -> Spot:
        """Write over a cell of a row."""
        self.block.rows[row][self.cell(row, role)] = text
        return Spot(self.block.rows[row])

    def get(self, row: int, role: str) -> str:
        """What stands in a cell."""
        return self.block.rows[row][self.cell(row, role)]

    def add(self, after: int, row: Row) -> Row:
        """A new row behind another; indices after it move."""
        block = self.block
        block.rows.insert(after + 1, row)
        block.person.insert(after + 1, block.person[after])
        block.days.insert(after + 1, block.days[after])
        return row


Planter = Callable[[Place], Spot | None]
_BEYOND_ASCII = ("care_system", "swedish")  # layouts whose UTF-8 can be told from other encodings
_NO_DATE = {"iso": "2023-02-30", "compact": "20230230", "day_month_year": "30/02/2023",
            "month_day_year": "02/30/2023"}  # fmt: skip


def _cell(role: str, text: str) -> Planter:
    return lambda place: place.set(place.rows[0], role, text)


def _invalid_date(place: Place) -> Spot | None:
    return place.set(place.rows[0], "start", _NO_DATE[place.form])


def _date_format(place: Place) -> Spot | None:
    return place.set(place.rows[0], "start", "den 3 maj")


def _negative(place: Place) -> Spot | None:
    row = place.rows[0]
    first, last = place.block.days[row]
    if last is None or last <= first:
        return None
    place.set(row, "start", place.date(last))
    return place.set(row, "end", place.date(first))


def _after_death(place: Place) -> Spot | None:
    row = place.rows[-1]
    death = place.block.deaths.get(place.block.person[row])
    if death is None:
        return None
    late = list(place.block.rows[row])
    late[place.cell(row, "start")] = place.date(death + 20)
    late[place.cell(row, "end")] = place.date(death + 40)
    late[place.cell(row, "decision")] = place.new_id()
    return Spot(place.add(row, late))


def _died_twice(place: Place) -> Spot | None:
    row = place.rows[-1]
    death = place.block.deaths.get(place.block.person[row])
    if death is None or len(place.rows) < 2:
        return None
    if "death" in ROLES[place.block.layout]:
        return place.set(row, "death", place.date(death + 9))
    layout = place.block.layout
    again = [""] * len(COLUMNS[layout])
    again[place.cell(row, "person")] = place.get(row, "person")
    again[place.cell(row, "start")] = place.date(death + 9)
    again[place.cell(row, "event")] = EVENTS[layout][1]
    at = max(i for i, p in enumerate(place.block.person) if p == place.block.person[row])
    return Spot(place.add(at, again), (place.block.rows[at],))


def _same_id(place: Place) -> Spot | None:
    if len(place.rows) < 2:
        return None
    first, second = place.rows[0], place.rows[1]
    if place.block.rows[first] == place.block.rows[second]:
        return None
    spot = place.set(second, "decision", place.get(first, "decision"))
    return Spot(spot.at, (place.block.rows[first],))


def _twice(place: Place) -> Spot | None:
    row = place.rows[0]
    return Spot(place.add(row, list(place.block.rows[row])), (place.block.rows[row],))


def _overlap(place: Place) -> Spot | None:
    if "level" not in ROLES[place.block.layout]:
        return None
    for first, second in zip(place.rows, place.rows[1:], strict=False):
        begins, ends = place.block.days[second]
        if place.block.days[first][1] == begins - 1 and (ends is None or ends > begins + 20):
            if place.get(first, "level") == place.get(second, "level"):
                continue
            place.set(first, "end", place.date(begins + 10))
            return Spot(place.block.rows[second], (place.block.rows[first],))
    return None


def _unknown(place: Place) -> Spot | None:
    role = "level" if "level" in ROLES[place.block.layout] else "support"
    return place.set(place.rows[0], role, "medel" if role == "level" else "trädgårdshjälp")


def _other(role: str, change: Callable[[str], str]) -> Planter:
    def plant(place: Place) -> Spot | None:
        if len(place.rows) < 2:
            return None
        row = place.rows[-1]
        spot = place.set(row, role, change(place.get(row, role)))
        return Spot(spot.at, (place.block.rows[place.rows[0]],))

    return plant


def _other_birth(place: Place) -> Spot | None:
    if len(place.rows) < 2:
        return None
    row = place.rows[-1]
    return place.set(row, "birth", place.date(-12_000))


def _field_count(place: Place) -> Spot | None:
    row = place.block.rows[place.rows[0]]
    row.append("en kolumn till")
    return Spot(row)


def _marked(mark: str) -> Planter:
    def plant(place: Place) -> Spot | None:
        role = next(r for r in ("support", "level", "housing") if r in ROLES[place.block.layout])
        row = place.rows[0]
        return place.set(row, role, mark + place.get(row, role))

    return plant


def _large(place: Place) -> Spot | None:
    role = next(r for r in ("support", "level", "housing") if r in ROLES[place.block.layout])
    return place.set(place.rows[0], role, "x" * LARGE)


def _number(change: Callable[[str], str]) -> Planter:
    """A personal number written otherwise in one row."""
    return lambda place: place.set(
        place.rows[0], "person", change(place.get(place.rows[0], "person"))
    )


def _check_digit(number: str) -> str:
    return number[:-1] + str((int(number[-1]) + 5) % 10)


def _born(place: Place) -> int:
    """The day of birth that a test number tells."""
    digits = place.get(place.rows[0], "person")
    return int(np.datetime64(f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}", "D").astype(int))


def _no_century(place: Place) -> Spot | None:
    """Ten digits of somebody who would be a child, had they been born a century later."""
    if not 2 <= (place.last - _born(place)) / 365.25 - 100 < 14:
        return None
    row = place.rows[0]
    return place.set(row, "person", place.get(row, "person")[2:])


def _birth_beside(place: Place) -> Spot:
    text = place.date(_born(place) + 1)
    spots = [place.set(row, "birth", text) for row in place.rows]
    return Spot(spots[0].at, tuple(spot.at for spot in spots[1:]))


def _after_exit(place: Place) -> Spot | None:
    *others, row = place.rows
    begins = place.block.days[row][0]
    if not others or max(place.block.days[other][0] for other in others) > begins - 30:
        return None
    if place.block.person[row] in place.block.deaths:
        return None
    return place.set(row, "exit", place.date(begins - 10))


def _far_fall(place: Place) -> Spot | None:
    levels = LEVELS[place.block.layout]
    for first, second in itertools.pairwise(place.rows):
        if place.block.days[first][1] == place.block.days[second][0] - 1:
            before = place.set(first, "level", levels[4])
            return Spot(place.set(second, "level", levels[1]).at, (before.at,))
    return None


def _of_file(place: Place) -> None:
    """Planted in the file as a whole."""
    return


FAULTS: Mapping[str, tuple[str, Planter]] = {
    "E-AFTER-EXIT": ("a decision that begins after the person's exit", _after_exit),
    "E-DATE-RANGE": ("a first day in 1848", lambda p: p.set(p.rows[0], "start", p.date(-44_500))),
    "E-DIALECT": ("costs whose points may stand between thousands", _of_file),
    "E-EMPTY": ("a header and no rows", _of_file),
    "E-HEADER": ("no column that is called as the first day", _of_file),
    "E-IMPOSSIBLE": ("a fall by three levels, for models that go down one at a time", _far_fall),
    "W-BIRTH-DIFF": ("a birth date that is not the personal number's", _birth_beside),
    "W-CENTURY": ("ten digits of somebody over 100; read with century older", _no_century),
    "E-AFTER-DEATH": ("a decision that begins after the person's death", _after_death),
    "E-BIRTH-DIFF": ("another birth date in another row", _other_birth),
    "E-BYTE": ("a NUL byte", _marked(NUL)),
    "E-COST": ("a cost that is no number", _cell("cost", "gratis")),
    "E-DATE-FORMAT": ("a date in words", _date_format),
    "E-DATE-INVALID": ("30 February", _invalid_date),
    "E-DATE-MISSING": ("no first day", _cell("start", "")),
    "E-DEATH-TWICE": ("two days of death", _died_twice),
    "E-DUP-ID": ("one decision id for two decisions", _same_id),
    "E-ENCODING": ("a byte of Windows-1252 in UTF-8", _marked(BYTE)),
    "E-EVENT": ("an event that there is not", _cell("event", "flytt")),
    "E-FIELD-COUNT": ("a field too many", _field_count),
    "E-FIELD-SIZE": ("a field of 11 megabytes", _large),
    "E-HOURS": ("more hours than a month has, for rules that read hours", _cell("hours", "9999")),
    "E-INTERVAL-NEG": ("an end before the beginning", _negative),
    "E-OVERLAP": ("two levels at one time", _overlap),
    "E-PERIOD": ("a thirteenth month", _cell("period", "202313")),
    "E-PERSON": ("no id of a person", _cell("person", "")),
    "E-PNR-CHECK": ("a wrong check digit", _number(_check_digit)),
    "E-PNR-DATE": ("day 32", _number(lambda n: f"{n[:6]}32{n[8:]}")),
    "E-PNR-INTERIM": ("an interim number with a letter", _number(lambda n: f"{n[:-4]}T{n[-3:]}")),
    "E-PNR-LENGTH": ("a digit lost", _number(lambda n: n[1:])),
    "E-PNR-SCI": ("a number as Excel shows it", _number(lambda n: f"{n[0]},{n[1:3]}E+11")),
    "E-QUOTE": ("a quote that never ends", _marked(OPEN)),
    "E-SEX": ("a sex that there is not", _cell("sex", "x")),
    "E-SEX-DIFF": (
        "another sex in another row",
        _other("sex", lambda text: "man" if text == "kvinna" else "kvinna"),
    ),
    "E-STATE-UNKNOWN": ("a level or kind of support that there is not", _unknown),
    "W-DUP-ROW": ("the same row twice", _twice),
    "W-REPORTING-GAP": ("a month in which nobody's decisions begin", _of_file),
}  # fmt: skip
"""Rule to what is planted for it, in words, and how."""

SILENT = "W-REPORTING-GAP"
"""Planted in the file as a whole, with `silence`."""

OF_FILE = ("E-DIALECT", "E-EMPTY", "E-HEADER", SILENT)
"""Planted in the file as a whole."""

_ONCE = ("E-QUOTE", "E-FIELD-SIZE", *OF_FILE)
_OF_TEXT = ("E-BYTE", "E-ENCODING", "E-FIELD-COUNT", "E-FIELD-SIZE", "E-QUOTE")
_NEEDS = {
    "E-COST": "cost", "E-EVENT": "event", "E-HOURS": "hours", "E-SEX": "sex", "E-SEX-DIFF": "sex",
    "E-BIRTH-DIFF": "birth", "E-PERIOD": "period", "E-OVERLAP": "level", "E-AFTER-DEATH": "start",
    "E-DEATH-TWICE": "start", "E-DUP-ID": "decision", "E-DATE-FORMAT": "start",
    "E-DATE-INVALID": "start", "E-DATE-MISSING": "start", "E-INTERVAL-NEG": "end",
    "E-AFTER-EXIT": "exit", "E-DATE-RANGE": "start", "E-DIALECT": "cost", "E-HEADER": "start",
    "E-IMPOSSIBLE": "level", "W-BIRTH-DIFF": "birth",
}  # fmt: skip


def possible(
    layout: str, *, ids: str, encoding: str, date_format: str, file_format: str = "csv"
) -> tuple[str, ...]:
    """Rules that can be broken in a file of this kind."""
    roles = ROLES[layout]
    found = []
    for code in FAULTS:
        if _NEEDS.get(code, roles[0]) not in roles:
            continue
        if code == "E-STATE-UNKNOWN" and not {"level", "support"} & set(roles):
            continue
        of_numbers = code.startswith("E-PNR-") or code in ("W-BIRTH-DIFF", "W-CENTURY")
        if of_numbers and ids != "test_numbers":
            continue
        if code == "E-ENCODING" and (encoding != "utf-8" or layout not in _BEYOND_ASCII):
            continue
        if code in _OF_TEXT and file_format != "csv":
            continue
        if code in ("E-DATE-INVALID", "E-DATE-RANGE") and date_format not in _NO_DATE:
            continue
        found.append(code)
    return tuple(found)


def most(code: str) -> int:
    """How many of a fault a file can hold."""
    return 1 if code in _ONCE else 10**9


def plant(block: Block, code: str, place: Place) -> Spot | None:
    """Plant one fault with a person, or say that this person does not lend itself to it."""
    return FAULTS[code][1](place)


def thousands(block: Block) -> None:
    """Write costs with a point before their last three digits."""
    at = ROLES[block.layout].index("cost")
    for row in block.rows:
        row[at] = f"{row[at][:-3]}.{row[at][-3:]}" if len(row[at]) > 3 else row[at]


def silence(block: Block, first: int, last: int) -> int:
    """Take out the decisions that begin in these days; how many there were."""
    roles = ROLES[block.layout]
    event = roles.index("event") if "event" in roles else None
    death = EVENTS.get(block.layout, ("", ""))[1]
    kept = [
        i
        for i, row in enumerate(block.rows)
        if not first <= block.days[i][0] <= last or (event is not None and row[event] == death)
    ]
    gone = len(block.rows) - len(kept)
    block.rows[:] = [block.rows[i] for i in kept]
    block.person[:] = [block.person[i] for i in kept]
    block.days[:] = [block.days[i] for i in kept]
    return gone


def people(block: Block) -> list[list[int]]:
    """Indices of the decisions of each person who has some, in order."""
    found: dict[int, list[int]] = {}
    roles = ROLES[block.layout]
    event = roles.index("event") if "event" in roles else None
    death = EVENTS.get(block.layout, ("", ""))[1]
    for i, person in enumerate(block.person):
        if event is None or block.rows[i][event] != death:
            found.setdefault(person, []).append(i)
    return list(found.values())


__all__: Sequence[str] = ("FAULTS", "Place", "Spot", "most", "people", "plant", "possible")
