"""A study in one TOML file: what to read, what to assume, what to compute."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kohort import datasets
from kohort.extracts.column_map import SHIPPED_MAPS, ColumnMap
from kohort.model.structure import DEPENDENCY_WITH_ENDED
from kohort.privacy.profile import INTERNAL, PUBLIC, Profile
from kohort.study.data_file import DataSettings
from kohort.study.demand_file import DemandSettings
from kohort.study.money_file import MoneySettings
from kohort.study.prices_file import PriceSettings
from kohort.study.programme_file import ProgrammeSettings
from kohort.study.shipped import SHIPPED, study_file
from kohort.study.sources_file import PopulationSettings, PrevalenceSettings, WebSettings
from kohort.study.strategy_file import StrategySettings
from kohort.study.study_data import files_read
from kohort.study.study_words import refuse_personal_numbers
from kohort.support import _toml
from kohort.support._language import LANGUAGES
from kohort.support._limits import among, at_least, at_most, within
from kohort.support._shown import shown_file

if TYPE_CHECKING:
    from kohort.study.results import StudyResult

LEVELS = tuple(name for name in DEPENDENCY_WITH_ENDED.states if name not in ("ended", "dead"))
AGES = ("yearly", "bands", "continuous", "none")


@dataclass(frozen=True)
class ModelSettings:
    """What the transitions depend on.

    Attributes
    ----------
    sex
        Whether women and men differ.
    age
        "yearly": a straight line in the logarithm, in whole years; "continuous": the same line,
        moving every day; "bands": one effect for each band that begins at `age_bands` (years);
        "none".
    age_origin
        Age at which the line is 0: intercepts are rates there.
    since_entry
        Years since the first decision at which the rates change, such as [0.5, 2].
    two_phases
        Levels with short and long stays, such as ["total"]: how likely one is to leave depends on
        the time spent there.
    """

    sex: bool = True
    age: str = "yearly"
    age_origin: float = 80.0
    age_bands: tuple[float, ...] = ()
    since_entry: tuple[float, ...] = ()
    two_phases: tuple[str, ...] = ()

    def check(self) -> None:
        """Refuse choices that there are none of, each by its key."""
        among("model.age", self.age, AGES)
        if (self.age == "bands") != bool(self.age_bands):
            _toml.refuse(
                "E-STUDY-VALUE",
                'model.age_bands: cuts are needed with age = "bands" and only then. '
                'Write age_bands = [75, 85], or age = "yearly".',
            )
        for key, cuts in (("age_bands", self.age_bands), ("since_entry", self.since_entry)):
            rising = all(a < b for a, b in zip((0.0, *cuts), cuts, strict=False))
            if not rising or not all(cut < 150 for cut in cuts):
                _toml.refuse(
                    "E-STUDY-VALUE",
                    f"model.{key}: {list(cuts)} was given; years above 0 that increase are "
                    "needed. Sort them, and leave each out that stands there twice.",
                )
        for level in self.two_phases:
            among("model.two_phases", level, LEVELS)
        if len(set(self.two_phases)) < len(self.two_phases):
            _toml.refuse("E-STUDY-VALUE", "model.two_phases: a level stands there twice.")

    def check_projectable(self) -> None:
        """Refuse what the projection does not follow."""
        if self.since_entry and self.two_phases:
            _toml.refuse(
                "E-STUDY-VALUE",
                "model.since_entry and model.two_phases: the projection follows one of them, the "
                "time since entry or the time at a level. Leave one out to project; kohort fit "
                "estimates both.",
            )


@dataclass(frozen=True)
class EntrySettings:
    """Years of first decisions behind incidence and entry mix, and whether their trends go on.

    `damping` is each forecast year's trend as a share of the year's before; `returns` is "apart" or
    "as new", of those who come back after support has ended; see `kohort.fit_entries`.
    """

    first_year: int
    last_year: int
    trend: bool = False
    mix_trend: bool = False
    damping: float = 0.9
    returns: str = "apart"


@dataclass(frozen=True)
class CostSettings:
    """Kronor per person and year at each level."""

    price_year: int
    by_level: dict[str, float]
    source: str = ""


@dataclass(frozen=True)
class Study:
    """Everything that decides a study's result, but the data themselves.

    Attributes
    ----------
    name
        Printed on everything, as it is; a personal number in it is refused.
    data, model, population, entries, costs
        Settings of the steps.
    language
        ``"sv"`` or ``"en"``: which the report shows first.
    synthetic
        Whether the data are made up; then everything written says so.
    years, draws, seed
        Horizon, number of parameter draws, seed of their random numbers.
    profile
        ``"public"``: counts of few persons are hidden in everything written. ``"internal"``: for
        the municipality's own eyes, and it says so.
    money
        Which money amounts are in: price index, real or nominal, discounting, uncertain prices.
    prices
        What services cost and who pays, for a budget from `demand`.
    demand
        Hours, places and staff by level, for what the forecast asks of home help and care homes.
    programme
        A rehabilitation team, for `kohort breakeven`.
    strategies
        What usual care is compared with, for `kohort compare`.
    prevalence
        Published shares with support that incidence is calibrated to.
    web
        How published figures are fetched, if any are.
    folder
        Paths in the study are relative to this folder; no part of the file.
    """

    name: str
    data: DataSettings
    population: PopulationSettings
    entries: EntrySettings
    costs: CostSettings
    money: MoneySettings | None = None
    prices: PriceSettings | None = None
    model: ModelSettings = field(default_factory=ModelSettings)
    language: str = "sv"
    synthetic: bool = False
    years: int = 10
    draws: int = 1000
    seed: int = 1
    profile: str = PUBLIC.name
    demand: DemandSettings | None = None
    programme: ProgrammeSettings | None = None
    strategies: tuple[StrategySettings, ...] | None = None
    prevalence: PrevalenceSettings | None = None
    web: WebSettings | None = None

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Study:
        """Read a study file, or by its name one that comes with kohort: ``"kohort:example"``.

        Raises
        ------
        InvalidInput
            `E-FILE` if it cannot be read, `E-TOML` if it is no TOML, `E-STUDY-KEY`,
            `E-STUDY-MISSING`, `E-STUDY-TYPE` or `E-STUDY-VALUE` for what stands in it.
        """
        path = study_file(path)
        name = shown_file(path)
        try:
            source = path.read_bytes()
        except OSError as error:
            _toml.refuse(
                "E-FILE",
                f"study: the file '{name}' cannot be read ({error.strerror}), but it is needed. "
                "Check its name and folder.",
            )
        try:
            table = tomllib.loads(source.decode("utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            _toml.refuse("E-TOML", f"{name}: not a TOML file in UTF-8{_toml.place_of(error)}.")
        study = cls.from_toml(table, folder=path.absolute().parent)
        object.__setattr__(study, "_file", path.absolute())
        return study

    @classmethod
    def from_toml(cls, table: dict[str, Any], *, folder: Path | None = None) -> Study:
        """A study from the tables of its file; `folder` is what its paths are relative to."""
        study = _toml.read(cls, table, "study")
        study._check()
        object.__setattr__(study, "_folder", folder or Path.cwd())
        return study

    def to_toml(self) -> str:
        """The file that `read` turns into this study again."""
        return _toml.write(self)

    def _check(self) -> None:
        refuse_personal_numbers(self)
        self.data.check("data.")
        self.model.check()
        among("language", self.language, LANGUAGES)
        among("profile", self.profile, (PUBLIC.name, INTERNAL.name))
        self.population.check()
        if self.demand is not None:
            self.demand.check(LEVELS)
        if self.prices is not None:
            ahead = (self.base_year + 1, self.base_year + self.years)
            self.prices.check(LEVELS, self.demand is not None, *ahead)
        if self.prevalence is not None:
            self.prevalence.check(LEVELS)
        among("entries.returns", self.entries.returns, ("apart", "as new"))
        at_least("years", self.years, 1)
        at_most("years", self.years, 100)
        at_most("draws", self.draws, 100_000)
        within("costs.price_year", self.costs.price_year, 1900, 2200)
        at_least("draws", self.draws, 40)  # a 2.5 % quantile needs as many
        at_least("seed", self.seed, 0)
        at_most("seed", self.seed, 2**63 - 1)
        at_least("entries.damping", self.entries.damping, 0)
        at_most("entries.damping", self.entries.damping, 1)
        at_least("entries.last_year", self.entries.last_year, self.entries.first_year)
        if self.money is not None:
            self.money.check(self.costs.price_year, self.base_year, self.years)

    def path(self, name: str) -> Path:
        """Where a file that the study names lies."""
        if name.startswith(SHIPPED):
            try:
                return datasets.path(name.removeprefix(SHIPPED))
            except ValueError as error:
                _toml.refuse("E-FILE", f"study: {error}")
        folder: Path = getattr(self, "_folder", Path.cwd())
        return folder / name

    def inputs(self) -> list[Path]:
        """Every file that a run of the study reads, its own among them."""
        own: Path | None = getattr(self, "_file", None)
        names = [*files_read(self), *([self.data.key] if self.data.key else [])]
        return [*([own] if own else []), *(self.path(name) for name in names)]

    @property
    def column_map(self) -> ColumnMap | None:
        """Which column of the decisions is what, if the study says so."""
        given = self.data.map
        if given is None or isinstance(given, ColumnMap):
            return given
        return ColumnMap.read(given if given in SHIPPED_MAPS else self.path(given))

    def replaced(self, **changes: Any) -> Study:
        """The same study with some of its settings changed."""
        study = dataclasses.replace(self, **changes)
        object.__setattr__(study, "_folder", getattr(self, "_folder", Path.cwd()))
        object.__setattr__(study, "_file", getattr(self, "_file", None))
        study._check()
        return study

    @property
    def disclosure(self) -> Profile:
        """For whom the study's report is."""
        return PUBLIC if self.profile == PUBLIC.name else INTERNAL

    @property
    def base_year(self) -> int:
        """The forecast starts on the last 31 December that the extract reaches."""
        day = self.data.extraction_date
        return day.year if (day.month, day.day) == (12, 31) else day.year - 1

    @property
    def digest(self) -> str:
        """SHA-256 of the study as `to_toml` writes it."""
        return hashlib.sha256(self.to_toml().encode("utf-8")).hexdigest()

    def run(self, progress: Callable[[str, float], None] | None = None) -> StudyResult:
        """Read, fit, project.

        Parameters
        ----------
        progress
            Called with the step (``"reading"``, ``"fitting"``, ``"projecting"``) and the share of
            it that is done, 0 to 1.

        Returns
        -------
        StudyResult

        Raises
        ------
        DataRefused
            With all findings, if the decisions have errors.
        InvalidInput
            For settings or files that cannot be used.
        """
        from kohort.study.running import run

        return run(self, progress or (lambda step, share: None))


def example_study() -> Study:
    """The study of the synthetic example municipality, which `kohort demo` runs."""
    return shipped_study("kohort:example")


def shipped_study(name: str) -> Study:
    """A study that comes with kohort, of synthetic data.

    Parameters
    ----------
    name
        ``"kohort:example"``, or another of `kohort.study.shipped.SHIPPED_STUDIES`.

    Raises
    ------
    InvalidInput
        `E-FILE` if there is none of this name.
    """
    return Study.read(SHIPPED + name.removeprefix(SHIPPED))
