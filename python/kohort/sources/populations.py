"""From counts and a projection by others to the `Population` that kohort projects with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from kohort.population.population import Population
from kohort.sources.files import counted
from kohort.support import _said

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from kohort.population.life_table import LifeTable
    from kohort.support._arrays import Array


class Counted(Protocol):
    """`ScbCounts`, `PopulationFile`, or what else has such columns."""

    @property
    def columns(self) -> Mapping[str, Any]:
        """`year`, `sex`, `age` and `persons`."""
        ...

    @property
    def years(self) -> tuple[int, ...]:
        """The years, in order."""
        ...


def population_of(
    observed: Counted,
    projection: Counted | None = None,
    *,
    base_year: int | None = None,
    years: int = 10,
    life_table: LifeTable | None = None,
    source: str = "",
) -> Population:
    """A population from counts and, if there is one, a projection of the same region.

    Parameters
    ----------
    observed
        Persons on 31 December, the base year among them.
    projection
        Persons on 31 December of the years after it. Without one the municipality follows the
        nation's cohorts; see `Population.from_wpp`.
    base_year
        By default the last observed.
    years
        Forecast years.
    life_table
        Behind the mortality; by default the published one of 2016. Either is moved through time by
        the UN's death rates. SCB's projection has a mortality of its own, which it does not tell:
        where they differ, the difference shows as migration.
    source
        Where the figures come from, for the report.

    Raises
    ------
    InvalidInput
        `E-POP-MISSING`: a year of the projection is not there; as `Population.from_wpp`.
    """
    base = max(observed.years) if base_year is None else base_year
    made = Population.from_wpp(
        dict(observed.columns), base_year=base, years=years, life_table=life_table
    )
    if projection is None:
        return made if not source else _renamed(made, f"{source}; {made.source}")
    persons = projected_persons(made, projection)
    mortality = made.source.partition(": ")[2].replace("UN WPP 2019 (persons), ", "")
    told = f"{source or 'counts and projection'}; mortality: {mortality}"
    return Population(
        made.ages, made.years, persons, made.mortality, made.observed_years, made.observed, told
    )


def projected_persons(made: Population, projection: Counted, name: str = "projection") -> Array:
    """(years, 2, ages): the counts of the base year, and a projection's of the years after it.

    Raises
    ------
    InvalidInput
        `E-POP-MISSING`: a year of the projection is not there.
    """
    wanted = made.years[1:].tolist()
    lacking = [str(year) for year in wanted if year not in projection.years]
    if lacking:
        known = f"{projection.years[0]}-{projection.years[-1]}"
        _said.refuse(
            "population", "E-POP-MISSING", what=", ".join(lacking), table=name, known=known
        )
    ahead = counted(projection.columns, wanted, made.ages.tolist())
    return np.concatenate([made.persons[:1], ahead])


def _renamed(made: Population, source: str) -> Population:
    return Population(
        made.ages,
        made.years,
        made.persons,
        made.mortality,
        made.observed_years,
        made.observed,
        source,
    )
