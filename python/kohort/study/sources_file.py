"""A study's tables for published sources: population, prevalence, and how the web is used."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from kohort.support import _toml
from kohort.support._limits import among, within
from kohort.uncertainty.assumed import PopulationError

SOURCES = ("file", "scb")
FETCH = "fetch"
MULTIPLIED = ("incidence", "exits", "mortality")


@dataclass(frozen=True)
class PopulationErrorSettings:
    """How wrong the forecast of people may be; see `kohort.PopulationError`."""

    sigma: float
    power: float = 0.5
    age_scale: float = 10.0
    between_sexes: float = 1.0

    def check(self) -> None:
        """Refuse figures that cannot be."""
        within("population.error.sigma", self.sigma, 0, 0.2)
        if self.power not in (0.5, 1.0):
            _toml.refuse(
                "E-STUDY-VALUE",
                f"population.error.power: {self.power!r} was given. Write 0.5 for a random walk, "
                "or 1.0 for one error of the growth rate.",
                f"population.error.power: {self.power!r} är angivet. Skriv 0.5 för en "
                "slumpvandring eller 1.0 för ett fel i själva ökningstakten.",
            )
        within("population.error.age_scale", self.age_scale, 0.1, 1000)
        within("population.error.between_sexes", self.between_sexes, 0, 1)

    def error(self) -> PopulationError:
        """As `kohort.PopulationError`."""
        return PopulationError(self.sigma, self.power, self.age_scale, self.between_sexes)


FORECAST = "forecast"
"""Among variants: the study's own forecast."""


@dataclass(frozen=True)
class VariantSettings:
    """Another forecast of the same people, and how probable it is.

    `projection` is as `PopulationSettings.projection`, but never fetched.
    """

    projection: str
    probability: float | None = None


@dataclass(frozen=True)
class PopulationSettings:
    """The municipality's own population, and the projection of it.

    Attributes
    ----------
    source
        "file": `persons` is a CSV or Excel file with columns year, sex, age and persons; "scb":
        SCB's counts, fetched, or in `persons` as saved answers.
    persons
        File with the counts; several saved answers are separated by commas.
    projection
        Nothing: carried forward with the nation's cohorts (UN WPP 2019, medium). A file of the
        same kind as `persons`, or "fetch" (SCB's own projection).
    region
        SCB's code of the municipality, such as "2380", to fetch.
    first_year
        From which counts are fetched; by default the year before `entries.first_year`.
    life_table, life_table_year
        A CSV or Excel file of death risks and its year, instead of SCB's table of 2016; either is
        moved by the UN's death rates.
    decimal
        "," or ".": the decimal mark in the files of `persons` and `projection`, where the other one
        stands between thousands; by default it is seen from the numbers.
    closure
        Where the levels account for more deaths than the life table: "strict" (refused) or "scale".
    error
        How wrong the forecast may be; without it, it is taken as known.
    moving_out
        Persons a year who move out of the municipality, over those who live there, where that is
        known; for chance in single lives, as `Population.moving_out`.
    variants
        Instead of an error: other forecasts by name. A draw takes one of them, or the study's own;
        the point estimate is always of the study's own.
    """

    persons: str | None = None
    closure: str = "strict"
    source: str = "file"
    region: str | None = None
    first_year: int | None = None
    projection: str | None = None
    life_table: str | None = None
    life_table_year: float | None = None
    error: PopulationErrorSettings | None = None
    decimal: str | None = None
    moving_out: float | None = None
    variants: dict[str, VariantSettings] | None = None

    def check(self) -> None:
        """Refuse what does not go together."""
        if self.moving_out is not None and not 0 <= self.moving_out < 1:
            needed("population.moving_out", "it is a share of the residents a year, 0.01 say")
        among("population.closure", self.closure, ("strict", "scale"))
        among("population.source", self.source, SOURCES)
        if self.decimal is not None:
            among("population.decimal", self.decimal, (",", "."))
            if self.source != "file":
                needed("population.decimal", 'only files of source = "file" have such a mark')
        fetched = self.source == "scb" and (self.persons is None or self.projection == FETCH)
        if self.source == "file" and (self.persons is None or self.projection == FETCH):
            needed("population.persons", 'a file of the population is needed with source = "file"')
        if fetched and self.region is None:
            needed("population.region", "the code of the municipality is needed to fetch from SCB")
        if (self.life_table is None) != (self.life_table_year is None):
            needed("population.life_table_year", "a life table and its year are given together")
        if self.error is not None:
            self.error.check()
        if self.variants is not None:
            self._check_variants(self.variants)

    def _check_variants(self, given: dict[str, VariantSettings]) -> None:
        if self.error is not None:
            _toml.refuse(
                "E-STUDY-VALUE",
                "population.variants: population.error says how uncertain the forecast is, too. "
                "Leave one of them out.",
                "population.variants: även population.error anger hur osäker prognosen är. Ta bort "
                "en av dem.",
            )
        if not given or FORECAST in given:
            _toml.refuse(
                "E-STUDY-VALUE",
                f"population.variants: each variant has a name, and {FORECAST!r} is the study's "
                "own forecast. Write [population.variants.high], say.",
                f"population.variants: varje variant har ett namn, och {FORECAST!r} är studiens "
                "egen prognos. Skriv till exempel [population.variants.high].",
            )
        shares = {name: one.probability for name, one in given.items()}
        for name, share in shares.items():
            if share is not None:
                within(f"population.variants.{name}.probability", share, 0, 1)
            if given[name].projection == FETCH:
                needed(f"population.variants.{name}.projection", "a variant is a file")
        stated = [share for share in shares.values() if share is not None]
        if stated and len(stated) < len(shares):
            lacking = next(name for name, share in shares.items() if share is None)
            needed(
                f"population.variants.{lacking}.probability",
                "either every variant has a probability or none has",
            )
        if math.fsum(stated) > 1 + 1e-9:
            total = math.fsum(stated)
            _toml.refuse(
                "E-STUDY-VALUE",
                f"population.variants: the probabilities sum to {total:g}. They may sum to 1 at "
                "most; what is left is the probability of the study's own forecast.",
                f"population.variants: sannolikheterna summerar till {total:g}. De får summera "
                "till högst 1; resten är sannolikheten för studiens egen prognos.",
            )

    @property
    def certain(self) -> bool:
        """Whether the forecast is taken as known."""
        return self.error is None and self.variants is None

    def weights(self) -> dict[str, float]:
        """Probability of the study's own forecast (`FORECAST`) and of each variant."""
        given = self.variants or {}
        stated = {name: one.probability for name, one in given.items()}
        if None in stated.values():
            return dict.fromkeys((FORECAST, *given), 1 / (1 + len(given)))
        shares = {name: float(share or 0.0) for name, share in stated.items()}
        return {FORECAST: max(0.0, 1 - math.fsum(shares.values())), **shares}


@dataclass(frozen=True)
class PrevalenceSettings:
    """Published shares of persons with support, that incidence (or exits) is calibrated to.

    Attributes
    ----------
    municipality
        Code or name.
    levels
        Key figure of Kolada to the levels that it counts: {"N23890" = ["total"]}. Kolada's home
        help and care homes count a little otherwise than levels do, so it is for you to say.
    source
        "kolada".
    file
        Saved answers, separated by commas; else they are fetched.
    years
        Calendar years. Those up to the base year: the last one is taken as lasting. Those after it
        are met year by year. By default the last year there is.
    multiply
        "incidence", "exits", "mortality".
    prior_sd
        Of each multiplier's logarithm: 0.3 says that a factor of 1.35 is one standard deviation.
    dispersion
        Variance of the counts behind the shares over binomial variance.
    by_sex
        Women and men apart where Kolada has both.
    """

    municipality: str
    levels: dict[str, tuple[str, ...]]
    source: str = "kolada"
    file: str | None = None
    years: tuple[int, ...] = ()
    multiply: tuple[str, ...] = ("incidence",)
    prior_sd: float = 0.3
    dispersion: float = 1.0
    by_sex: bool = True

    def check(self, levels: Sequence[str]) -> None:
        """Refuse choices that there are none of."""
        among("prevalence.source", self.source, ("kolada",))
        if not self.levels or not self.multiply:
            needed("prevalence.levels", "key figures with their levels, and what to multiply")
        for key, of in self.levels.items():
            for level in of:
                among(f"prevalence.levels.{key}", level, levels)
        for kind in self.multiply:
            among("prevalence.multiply", kind, MULTIPLIED)
        for key in ("prior_sd", "dispersion"):
            if not 0 < getattr(self, key) < 1e6:
                needed(f"prevalence.{key}", "a number above 0 is needed")


@dataclass(frozen=True)
class WebSettings:
    """How published figures are fetched.

    Attributes
    ----------
    cache
        Folder for answers; "platform" is your system's own for caches.
    offline
        Never go to the web.
    kolada, scb
        Addresses of the services, where others are to be asked.
    """

    cache: str = "platform"
    offline: bool = False
    kolada: str | None = None
    scb: str | None = None


def needed(where: str, what: str) -> NoReturn:
    """Refuse what is not there."""
    _toml.refuse("E-STUDY-MISSING", f"{where}: {what}.")
