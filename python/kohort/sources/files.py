"""Population counts, forecasts and life tables from CSV and Excel, as offices write them.

Long (a row for each year, sex and age) or with a column for each year; Swedish or English headers;
semicolons, commas or tabs; UTF-8, UTF-16 or Windows-1252. Ages are single years, the last one open.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort.population.life_table import LifeTable
from kohort.sources._rows import rows_of
from kohort.support import _html, _said, _text
from kohort.support._shown import shown

Array = npt.NDArray[Any]
_HEADS = {
    "year": ("year", "år", "ar", "tid", "kalenderår"),
    "sex": ("sex", "kön", "kon", "gender"),
    "age": ("age", "ålder", "alder"),
    "persons": (
        "persons",
        "antal",
        "folkmängd",
        "personer",
        "antal personer",
        "value",
        "befolkning",
    ),
    "region": ("region", "kommun", "område", "municipality"),
}
_RISK = ("qx", "dödsrisk", "death risk", "probability")
_MEN = ("men", "män", "man", "m", "male", "1")
_WOMEN = ("women", "kvinnor", "kvinna", "k", "female", "2")
_ALL = ("total", "totalt", "båda könen", "all", "t", "totsa", "båda", "män och kvinnor")
_AGE = re.compile(r"(\d{1,3})\s*(\+|år och äldre|-w)?\s*(?:år)?(?:\s*\+)?")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")  # or a little more than that many
DECIMALS = (None, ",", ".")
_GROUP = re.compile(r"\d{1,3}\s*[-\u2013]\s*\d{1,3}.*")


@dataclass(frozen=True, eq=False)
class PopulationFile:
    """Persons by year, sex and single age: columns that `Population` takes as they are.

    Attributes
    ----------
    columns
        Read-only arrays of one length: `year`, `sex` ("men", "women"), `age` (text, the last one
        open: "100+") and `persons`.
    name
        Of the file.
    """

    columns: Mapping[str, Array]
    name: str

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    @property
    def years(self) -> tuple[int, ...]:
        """The years, in order."""
        return tuple(int(year) for year in np.unique(self["year"]))

    def array(self, ages: Sequence[int]) -> Array:
        """(years, 2 [men, women], ages): the last age holds all who are older."""
        return counted(self.columns, self.years, ages)

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        rows = []
        for year in self.years:
            at = self["year"] == year
            rows.append(
                [str(year)]
                + [
                    f"{self['persons'][at & (self['sex'] == s)].sum():,.0f}"
                    for s in ("men", "women")
                ]
            )
        return ["year", "men", "women"], rows

    def __str__(self) -> str:
        return f"Population in {self.name}\n{_text.table(*self._grid())}"

    def _repr_html_(self) -> str:
        return _html.block(f"Population in {self.name}", parts=[_html.table(*self._grid())])


def counted(columns: Mapping[str, Array], years: Sequence[int], ages: Sequence[int]) -> Array:
    """(years, 2 [men, women], ages) of a long table whose cells are all there."""
    found = np.zeros((len(years), 2, len(ages)))
    first = np.array([int(str(age).removesuffix("+")) for age in columns["age"]])
    place = np.minimum(first - ages[0], len(ages) - 1)
    year = columns["year"] - years[0]
    inside = (place >= 0) & (year >= 0) & (year < len(years))
    at = (year, (columns["sex"] == "women").astype(int), place)
    np.add.at(found, tuple(index[inside] for index in at), columns["persons"][inside])
    return found


def read_population(
    path: str | os.PathLike[str],
    *,
    first_age: int = 65,
    sheet: str | None = None,
    decimal: str | None = None,
) -> PopulationFile:
    """Persons on 31 December by year, sex and age from a CSV or Excel file.

    Parameters
    ----------
    path
        With columns for age and sex (`ålder`, `kön`), and either year and persons (`år`, `antal`)
        or one column for each year. Rows of totals are passed over; rows above the header, lines
        that begin with # and footnotes below the last row, too.
    first_age
        The youngest wanted.
    sheet
        Of a workbook: the sheet's name, where more than one has something in it.
    decimal
        "," or ".": the decimal mark, so that the other one stands between thousands. By default
        either is the decimal mark, unless the file leaves it open (`E-DIALECT`).

    Raises
    ------
    DataRefused
        `E-XLSX-...`: a workbook that cannot be, or must not be, opened.
    InvalidInput
        `E-SETTING`: another mark; `E-FILE`, `E-EMPTY`, `E-ENCODING`, `E-TABLE-SIZE`, `E-HEADER`;
        `E-POP-GROUPS`: ages in groups; `E-DIALECT`: three digits after every point or comma, so
        that it may stand between thousands;
        `E-POP-VALUE`: a cell that is no number of persons, with its row; `E-POP-MISSING`: an age
        group, a sex or a year is not there, named. All cells of one kind in one refusal.
    """
    if decimal not in DECIMALS:
        _said.refuse("population", "E-SETTING", seen=decimal, known='"," and "."')
    name, rows = rows_of(path, "population", sheet)
    where, columns, years = _header(rows, name, ("age", "sex"))
    faults, cells, twice = [], dict[tuple[int, str, int], float](), []
    texts: dict[int, str] = {}
    points: list[tuple[int, str]] = []  # numbers with a mark, and their rows
    wide = not ("year" in columns and "persons" in columns)
    if wide and not years:
        _said.refuse("population", "E-HEADER", file=name, name=name, wanted="år, antal")
    regions = set()
    for number, row in _body(rows, where):
        cell = {role: row[i].strip() if i < len(row) else "" for role, i in columns.items()}
        sex, age = _sex(cell["sex"]), _age(cell["age"])
        if sex == "all" or age == "all" or (isinstance(age, tuple) and age[0] < first_age):
            continue
        if age == "group":
            _said.refuse(
                "population",
                "E-POP-GROUPS",
                file=name,
                row=number,
                seen=shown(cell["age"]),
                name=name,
            )
        regions.add(cell.get("region", ""))
        given = (
            [(year, row[i] if i < len(row) else "") for i, year in years.items()]
            if wide
            else [(_year(cell["year"]), cell["persons"])]
        )
        for year, text in given:
            persons = _number(text, decimal)
            if sex is None or not isinstance(age, tuple) or year is None or persons is None:
                faults.append(_said.finding("E-POP-VALUE", file=name, row=number, number=number))
                continue
            if "." in text or "," in text:
                points.append((number, text))
            texts[age[0]] = age[1]
            key = (year, sex, age[0])
            if key in cells and cells[key] != persons:
                twice.append(number)
            cells[key] = persons
    if len(regions) > 1:
        listed = ", ".join(map(shown, sorted(regions)[:5]))
        _said.refuse("population", "E-SCB-REGIONS", file=name, regions=listed)
    if twice:
        faults.append(_said.finding("E-POP-TWICE", file=name, row=twice[0], number=twice[0]))
    if decimal is None and points and all(_THOUSANDS.fullmatch(text.strip()) for _, text in points):
        faults.insert(0, _said.finding("E-DIALECT", file=name, row=points[0][0], name=name))
    if faults:
        _said.refuse_all("population", faults[:1000])
    _every(cells, texts, first_age, name)
    order = sorted(cells)
    made = {
        "year": np.array([key[0] for key in order]),
        "sex": np.array([key[1] for key in order]),
        "age": np.array([texts[key[2]] for key in order]),
        "persons": np.array([cells[key] for key in order]),
    }
    for values in made.values():
        values.flags.writeable = False
    return PopulationFile(MappingProxyType(made), name)


def read_life_table(
    path: str | os.PathLike[str], *, year: float, sheet: str | None = None
) -> LifeTable:
    """Death risks q(x) from a CSV or Excel file.

    Parameters
    ----------
    path
        Either columns for age, men and women, or long: age, sex and the risk (`qx`, `dödsrisk`).
        Risks above 1 are taken as per 1,000, or per 100,000 if one is above 1,000 (SCB's unit).
    year
        The calendar year that it is of.
    sheet
        Of a workbook: the sheet's name, where more than one has something in it.

    Raises
    ------
    InvalidInput
        As `read_population`.
    """
    name, rows = rows_of(path, "life_table", sheet)
    where, columns, _ = _header(rows, name, ("age",), titles=_RISK)
    heads = {_plain(text): i for i, text in enumerate(rows[where][1])}
    by_sex = {
        sex: next(
            (i for head, i in heads.items() if head.split("_")[0].split(" ")[0] in words), None
        )
        for sex, words in (("men", _MEN), ("women", _WOMEN))
    }
    wide = None not in by_sex.values()
    if not wide and not ("sex" in columns and "risk" in columns):
        _said.refuse("life_table", "E-HEADER", file=name, name=name, wanted="ålder, män, kvinnor")
    risks: dict[tuple[str, int], float] = {}
    faults = []
    for number, row in _body(rows, where):
        age = _age(row[columns["age"]] if columns["age"] < len(row) else "")
        given: list[tuple[str | None, str]]
        if wide:
            given = [
                (sex, row[i] if i is not None and i < len(row) else "") for sex, i in by_sex.items()
            ]
        else:
            given = [(_sex(row[columns["sex"]]), row[columns["risk"]])]
        for sex, text in given:
            value = _number(text)
            if sex == "all":
                continue
            if sex is None or value is None or not isinstance(age, tuple):
                faults.append(_said.finding("E-POP-VALUE", file=name, row=number, number=number))
            else:
                risks[sex, age[0]] = value
    if faults:
        _said.refuse_all("life_table", faults[:1000])
    ages = sorted({age for _, age in risks})
    whole = range(ages[0], ages[-1] + 1) if ages else range(0)
    lacking = [f"{s} {a}" for s in ("men", "women") for a in whole if (s, a) not in risks]
    if lacking or not ages:
        _refuse_missing("life_table", lacking or ["q(x)"], name, f"{ages[:1]}-{ages[-1:]}")
    largest = max(risks.values())
    unit = 1.0 if largest <= 1 else 1e3 if largest <= 1000 else 1e5
    men, women = (np.array([risks[s, a] for a in whole]) / unit for s in ("men", "women"))
    last = len(whole) - 1 if max(men[-1], women[-1]) >= 1 else len(whole)  # everybody dies at last
    return LifeTable(ages[0], men[:last], women[:last], year, f"life table in {name}")


def _body(rows: list[tuple[int, list[str]]], header: int) -> list[tuple[int, list[str]]]:
    """The rows under the header, without the footnotes that statistical offices write below."""
    last = len(rows)
    while last > header + 1:
        filled = [cell for cell in rows[last - 1][1] if cell.strip()]
        if len(filled) > 1 or _age(filled[0]) is not None or _number(filled[0]) is not None:
            break
        last -= 1
    return rows[header + 1 : last]


def _header(
    rows: list[tuple[int, list[str]]], name: str, needed: Sequence[str], titles: Sequence[str] = ()
) -> tuple[int, dict[str, int], dict[int, int]]:
    """Place of the header, role to column, and column to year where years are columns."""
    for place, (_, row) in enumerate(rows[:20]):
        heads = [_plain(text) for text in row]
        columns = {
            role: next(i for i, head in enumerate(heads) if head in words)
            for role, words in _HEADS.items()
            if any(head in words for head in heads)
        }
        risk = next((i for i, head in enumerate(heads) if any(t in head for t in titles)), None)
        if risk is not None:
            columns["risk"] = risk
        if all(role in columns for role in needed):
            ends = {i: re.search(r"(?:^|\D)(\d{4})$", head) for i, head in enumerate(heads)}
            return place, columns, {i: int(found[1]) for i, found in ends.items() if found}
    wanted = ", ".join(_HEADS[role][1] for role in needed)
    _said.refuse("table", "E-HEADER", file=name, name=name, wanted=wanted)


def _every(
    cells: Mapping[tuple[int, str, int], float], texts: Mapping[int, str], first_age: int, name: str
) -> None:
    if not cells:
        _refuse_missing("population", [f"{first_age}+"], name, "-")
    years = sorted({year for year, _, _ in cells})
    last = max(texts)
    lacking = [] if texts[last].endswith("+") else [f"{last + 1}+"]
    for year in range(years[0], years[-1] + 1):
        for sex in ("men", "women"):
            for age in range(first_age, last + 1):
                if (year, sex, age) not in cells:
                    lacking.append(f"{sex} {texts.get(age, age)} {year}")
    if lacking:
        _refuse_missing("population", lacking, name, f"{min(texts)}-{texts[last]}")


def _refuse_missing(where: str, lacking: Sequence[str], name: str, known: str) -> None:
    listed = ", ".join(lacking[:5]) + (f" (+{len(lacking) - 5})" if len(lacking) > 5 else "")
    _said.refuse(where, "E-POP-MISSING", file=name, what=listed, table=name, known=known)


def _plain(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFC", text).strip().strip('"').strip().casefold()


def _sex(text: str) -> str | None:
    plain = _plain(text)
    if plain in _MEN:
        return "men"
    if plain in _WOMEN:
        return "women"
    return "all" if plain in _ALL else None


def _age(text: str) -> tuple[int, str] | str | None:
    """(age, its text), "all" for a total, "group" for several ages, None for what is none."""
    plain = _plain(text)
    if found := _AGE.fullmatch(plain):
        is_open = found[2] is not None or plain.endswith("+")
        return int(found[1]), found[1] + ("+" if is_open else "")
    if _GROUP.fullmatch(plain):
        return "group"
    return "all" if plain.startswith(("tot", "samtliga", "all")) else None


def _year(text: str) -> int | None:
    plain = text.strip().removesuffix(".0")
    return int(plain) if re.fullmatch(r"\d{4}", plain) else None


def _number(text: str, decimal: str | None = None) -> float | None:
    """A number of 0 or more, spaces between thousands allowed, and the mark that is not decimal."""
    plain = re.sub(r"[\s\u00a0\u202f]", "", text)
    if decimal is not None:
        other = "." if decimal == "," else ","
        if re.fullmatch(rf"[1-9]\d{{0,2}}([{other}]\d{{3}})+([{decimal}]\d+)?", plain):
            plain = plain.replace(other, "")
        elif other in plain:
            return None
    if not re.fullmatch(r"\d+([.,]\d+)?([eE][-+]?\d+)?", plain):
        return None
    return float(plain.replace(",", "."))
