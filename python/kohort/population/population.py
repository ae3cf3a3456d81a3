"""Populations by age, sex and year, with the mortality behind them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core, datasets
from kohort.population.life_table import LifeTable
from kohort.support import _frames, _html, _said, _text
from kohort.support._arrays import frozen_copy

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Population:
    """A population forecast: persons on each 31 December, and the deaths that it contains.

    Parameters
    ----------
    ages
        Completed ages, increasing by one; the last one is open.
    years
        The base year and the forecast years after it.
    persons
        (years, 2 [men, women], ages), on 31 December of each year.
    mortality
        (years, 2, ages): central death rates of the whole population in each calendar year. They
        must be those behind the forecast: what differs shows as migration.
    observed_years
        Years of the counts before the forecast, the base year last.
    observed
        (observed years, 2, ages), on 31 December: the exposure for incidence.
    source
        Where the figures come from and how they were made, for the report.
    moving_out
        Persons a year who move out of the municipality, over those who live there: one number,
        (ages,) or (2, ages); kept as (2, ages). Forecast and deaths give net migration alone, so
        None takes no more moves than that net needs: everybody of an age and sex moves out in a
        year, or in. Projections are the same whatever is given; chance in single lives is not,
        since of those with support today fewer are still here where more move (in the docs'
        decisions, under Chance and migration, by how much).

    Raises
    ------
    InvalidInput
        `E-POP-SHAPE`: tables that do not have one shape; `E-NUM`: a rate of moving out that is
        negative or no number. Cells that are no numbers are found by
        `project`, which names them (`E-POP-MISSING`).
    """

    ages: Array
    years: Array
    persons: Array
    mortality: Array
    observed_years: Array | None = None
    observed: Array | None = None
    source: str = "given by the user"
    moving_out: Any = None

    def __post_init__(self) -> None:
        for name, kind in (("ages", int), ("years", int), ("persons", float), ("mortality", float)):
            object.__setattr__(self, name, frozen_copy(getattr(self, name), kind))
        for name, kind in (("observed_years", int), ("observed", float)):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, frozen_copy(getattr(self, name), kind))
        shape = (self.years.size, 2, self.ages.size)
        observed = None if self.observed_years is None else (self.observed_years.size, *shape[1:])
        for name, wanted in (("persons", shape), ("mortality", shape), ("observed", observed)):
            table = getattr(self, name)
            seen = None if table is None else table.shape
            if seen != wanted:
                _core.reject(
                    "E-POP-SHAPE",
                    "Population",
                    f"{name} is {seen}",
                    f"{wanted} is needed",
                    "Give (years, men and women, ages), the years being 31 Decembers",
                )
        if self.moving_out is not None:
            object.__setattr__(self, "moving_out", self._moving_out())
        for name in ("ages", "years"):
            values = getattr(self, name)
            if values.size < 1 or np.any(np.diff(values) != 1):
                _core.reject(
                    "E-POP-MISSING",
                    "Population",
                    f"{name} are {', '.join(str(v) for v in values)}",
                    "they must go up by one without gaps",
                    "Complete the table; nothing is extrapolated",
                )

    def _moving_out(self) -> Array:
        given, shape = np.asarray(self.moving_out, dtype=float), (2, self.ages.size)
        try:
            table = np.broadcast_to(given, shape)
        except ValueError:
            _core.reject(
                "E-POP-SHAPE",
                "Population",
                f"moving_out is {given.shape}",
                f"one number, {shape[1:]} or {shape} is needed",
                "Give it for all, by age, or by sex and age",
            )
        if not np.all(np.isfinite(table) & (table >= 0)):
            _core.reject(
                "E-NUM",
                "Population",
                "a rate of moving out is negative or no number",
                "it is persons a year over those who live there",
                "Give 0.01 if one of a hundred moves out in a year",
            )
        return frozen_copy(table, float)

    @property
    def base_year(self) -> int:
        """The year whose 31 December the forecast starts from."""
        return int(self.years[0])

    @classmethod
    def from_wpp(
        cls,
        observed: Any = None,
        *,
        base_year: int | None = None,
        years: int = 10,
        life_table: LifeTable | None = None,
    ) -> Population:
        """Make a forecast for a municipality, or for Sweden, from published national figures.

        Persons come from the United Nations' World Population Prospects 2019 (five-year ages, every
        fifth year, 1 July): cut into single ages by proportional Denton with the life table as
        indicator, interpolated and moved to 31 December along cohorts. Mortality is the SCB table
        of 2016, continued above 100 by Kannisto's law, and moved through time by the ratio of the
        WPP 2024 group rates. A municipality follows the nation's cohort changes from its own
        counts (Hamilton-Perry). These are not SCB's figures.

        Parameters
        ----------
        observed
            The municipality's counts on 31 December: a table or dict of columns `year`, `sex`
            ("men" or "women"), `age` (completed; "100+" is open) and `persons`. Years other than
            the base year serve as exposure for incidence. None gives the nation.
        base_year
            By default the last observed year; for the nation 2024.
        years
            Forecast years after it.
        life_table
            Instead of SCB's table of 2016; from age 65 on.

        Returns
        -------
        Population

        Raises
        ------
        InvalidInput
            `E-POP-MISSING`: a cell of the counts is missing, not a number or there twice, or the
            published years do not reach.
        """
        wpp = datasets.published("un_wpp2019_sweden_population_65plus")
        starts = sorted({_first(age) for age in wpp["age"]})
        july = sorted({int(year) for year in wpp["year"]})
        groups = {sex: np.zeros((len(july), len(starts))) for sex in ("men", "women")}
        for sex, age, year, thousands in zip(
            wpp["sex"], wpp["age"], wpp["year"], wpp["thousands"], strict=True
        ):
            groups[sex][july.index(int(year)), starts.index(_first(age))] = 1000 * thousands
        table = (life_table or LifeTable.published()).from_age(starts[0])
        rates = datasets.published("un_wpp2024_sweden_mx_65plus")
        periods = sorted({tuple(map(int, str(p).split("-"))) for p in rates["period"]})
        force = {sex: np.zeros((len(periods), len(starts))) for sex in ("men", "women")}
        for sex, age, period, rate in zip(*(rates[name] for name in rates), strict=True):
            place = periods.index(tuple(map(int, str(period).split("-"))))
            force[sex][place, starts.index(_first(age))] = rate

        known, counts, open_age = None, None, 110
        if observed is not None:
            known, counts, open_age = _counted(observed, starts[0])
        base = base_year if base_year is not None else (2024 if known is None else int(known[-1]))
        at_base = np.zeros((0, 0))
        if known is not None and counts is not None:
            if base not in known:
                _missing(f"there is no count on 31 December {base}")
            at_base = counts[list(known).index(base)]
            kept = known <= base
            known, counts = known[kept], counts[kept]
        _published_reach(base, years, july, [end for _, end in periods])
        persons, mortality = _core.forecast_from_groups(
            starts,
            july,
            groups["men"],
            groups["women"],
            table.first_age,
            table.year + 0.5,
            table.men,
            table.women,
            [(a + b) / 2 + 0.5 for a, b in periods],  # the periods run from 1 July to 1 July
            force["men"],
            force["women"],
            at_base,
            base,
            years,
            open_age,
        )
        what = "Sweden" if observed is None else "a municipality following Sweden's cohorts"
        return cls(
            ages=np.arange(starts[0], open_age + 1),
            years=np.arange(base, base + years + 1),
            persons=persons,
            mortality=mortality,
            observed_years=known,
            observed=counts,
            source=f"{what}: UN WPP 2019 (persons), {table.source}, UN WPP 2024 (change of "
            "mortality)",
        )

    @classmethod
    def from_files(
        cls,
        persons: str | os.PathLike[str],
        projection: str | os.PathLike[str] | None = None,
        *,
        base_year: int | None = None,
        years: int = 10,
        life_table: str | os.PathLike[str] | None = None,
        life_table_year: float | None = None,
    ) -> Population:
        """Make a forecast from CSV or Excel files, as statistical offices write them.

        Parameters
        ----------
        persons
            Counts on 31 December by year, sex and single year of age, the last one open; see
            `kohort.sources.files.read_population`.
        projection
            The same for the years after; without one the nation's cohorts are followed.
        base_year, years
            As `from_wpp`.
        life_table, life_table_year
            Death risks by age, and their calendar year; see
            `kohort.sources.files.read_life_table`.

        Raises
        ------
        InvalidInput
            `E-POP-MISSING`: an age group, a sex or a year is not there, named; `E-SETTING`: a life
            table without its year; and as the readers.
        """
        from kohort.sources.files import read_life_table, read_population
        from kohort.sources.populations import population_of

        if life_table is not None and life_table_year is None:
            _core.reject(
                "E-SETTING",
                "Population.from_files",
                "a life table without its year",
                "the calendar year it is of is needed",
                "Give life_table_year=2024",
            )
        table = None
        if life_table is not None and life_table_year is not None:
            table = read_life_table(life_table, year=life_table_year)
        ahead = None if projection is None else read_population(projection)
        return population_of(
            read_population(persons), ahead, base_year=base_year, years=years, life_table=table
        )

    def summary(self, backend: str | None = None) -> Any:
        """Persons by year, sex and broad age, as a data frame."""
        heads, rows = self._grid()
        columns = {head: [row[i] for row in rows] for i, head in enumerate(heads)}
        return _frames.to_frame(
            {k: np.asarray(v, dtype=float) for k, v in columns.items()}, backend
        )

    def to_frame(self, backend: str | None = None) -> Any:
        """Columns year, sex, age, persons, mortality as a data frame."""
        shape = self.persons.shape
        year, sex, age = np.indices(shape)
        return _frames.to_frame(
            {
                "year": self.years[year.ravel()],
                "sex": np.array(["men", "women"])[sex.ravel()],
                "age": self.ages[age.ravel()],
                "persons": self.persons.ravel(),
                "mortality": self.mortality.ravel(),
            },
            backend,
        )

    def _grid(self) -> tuple[list[str], list[list[float]]]:
        rows = []
        for y, year in enumerate(self.years):
            row = [float(year)]
            for sex in (0, 1):
                for low, high in ((0, 80), (80, 999)):
                    inside = (self.ages >= low) & (self.ages < high)
                    row.append(float(self.persons[y, sex, inside].sum()))
            rows.append(row)
        return ["year", "men under 80", "men 80+", "women under 80", "women 80+"], rows

    def _lines(self) -> tuple[list[str], list[list[str]]]:
        heads, rows = self._grid()
        return heads, [[str(int(row[0])), *(f"{n:,.0f}" for n in row[1:])] for row in rows]

    def __str__(self) -> str:
        return f"Population {self.ages[0]}-{self.ages[-1]}+, {self.source}\n" + _text.table(
            *self._lines()
        )

    def _repr_html_(self) -> str:
        return _html.block("Population", parts=[_html.table(*self._lines(), caption=self.source)])


def _first(age: Any) -> int:
    """First age of "65-69", "100+" or 65."""
    return int(str(age).split("-")[0].rstrip("+"))


def _published_reach(base: int, years: int, july: list[int], rates: list[int]) -> None:
    """Refuse years that the published population or death rates do not reach, with those they do.

    Persons on 31 December are between those of the 1 July before and after it, and so are deaths.
    """
    first, last = july[0], min(july[-1], rates[-1]) - 1
    if base < first:
        _said.refuse("population", "E-POP-MISSING", key="pop_begins", base=base, first=first)
    if base + years > last:
        key = "pop_ends" if base < last else "pop_ends_before"
        _said.refuse(
            "population", "E-POP-MISSING", key=key, wanted=base + years, rates=rates[-1],
            persons=july[-1], last=last, years=last - base,
        )  # fmt: skip


def _missing(seen: str) -> None:
    _core.reject(
        "E-POP-MISSING",
        "Population",
        seen,
        "every age and sex of every year is needed",
        "Complete the table; nothing is extrapolated",
    )


def _counted(observed: Any, first_age: int) -> tuple[Array, Array, int]:
    """Years, persons (years, 2, ages) and the open age of a table of counts."""
    columns: Mapping[str, Array] = _frames.read_columns(observed)
    lacking = [name for name in ("year", "sex", "age", "persons") if name not in columns]
    if lacking:
        _missing(f"the columns {', '.join(lacking)} are not there")
    ages = _whole("age", [str(age).removesuffix("+") for age in columns["age"]])
    of_row = _whole("year", columns["year"])
    if not ages.size:
        _missing("the table has no rows")
    years = np.unique(of_row)
    if np.any(np.diff(years) != 1):
        _missing(f"the years are {', '.join(map(str, years))}")
    open_age = int(ages.max())
    persons = np.full((years.size, 2, open_age - first_age + 1), np.nan)
    for row, (year, sex, age, count) in enumerate(
        zip(of_row, columns["sex"], ages, columns["persons"], strict=True), start=1
    ):
        if age < first_age:
            continue
        if sex not in ("men", "women"):
            _missing(f"the sex in row {row} is neither men nor women")
        cell = (int(year - years[0]), int(sex == "women"), int(age) - first_age)
        number = _number(count)
        if not 0 <= number < np.inf:
            _missing(f"the persons in row {row} are not a number of persons with a decimal point")
        if not np.isnan(persons[cell]):
            _missing(f"row {row} counts {sex} of age {age} in {year} once more")
        persons[cell] = number
    holes = np.argwhere(np.isnan(persons))
    if holes.size:
        y, sex, a = holes[0]
        _missing(f"{('men', 'women')[sex]} of age {first_age + a} in {years[y]} are not there")
    return years, persons, open_age


def _number(value: Any) -> float:
    try:
        return float(value)
    except ValueError:
        return float("nan")


def _whole(name: str, values: Any) -> Array:
    numbers = [_number(value) for value in values]
    for row, number in enumerate(numbers, start=1):
        if not number.is_integer() or not 0 <= number < 10_000:
            _missing(f"the {name} in row {row} is not a whole number")
    return np.array(numbers, dtype=int)
