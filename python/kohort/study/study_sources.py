"""What a study takes from published sources: from files, or from the web."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kohort._core import Finding
from kohort.projection.calibration import Calibration, calibrate
from kohort.projection.calibration_targets import Multiplier
from kohort.sources import kolada, scb
from kohort.sources.files import PopulationFile, read_life_table, read_population
from kohort.sources.populations import population_of, projected_persons
from kohort.sources.targets import targets_from_kolada
from kohort.study.sources_file import FETCH, FORECAST, WebSettings
from kohort.support import _said
from kohort.uncertainty.assumed import PopulationVariants

if TYPE_CHECKING:
    from kohort.model.rates import Rates
    from kohort.population.entries import Entries
    from kohort.population.population import Population
    from kohort.sources.scb_counts import ScbCounts
    from kohort.study.settings import Study

Progress = Callable[[int, int], object]


def observed(study: Study, progress: Progress | None = None) -> PopulationFile | ScbCounts:
    """Counts of persons 65 and older on the 31 Decembers up to the base year."""
    asked = study.population
    if asked.source == "file":
        assert asked.persons is not None  # the settings have seen to it
        return read_population(study.path(asked.persons), decimal=asked.decimal)
    if asked.persons is not None:
        return scb.read(*_paths(study, asked.persons))
    first = asked.first_year or study.entries.first_year - 1
    years = range(min(first, study.base_year), study.base_year + 1)
    return _scb(study, progress).population(str(asked.region), years)


def counted_population(study: Study) -> dict[str, Any]:
    """The municipality's own counts: columns year, sex, age and persons."""
    return dict(observed(study).columns)


def projected(study: Study, progress: Progress | None = None) -> PopulationFile | ScbCounts | None:
    """Somebody's projection of the years after, if the study names one."""
    asked = study.population
    if asked.projection is None:
        return None
    if asked.projection == FETCH:
        years = range(study.base_year + 1, study.base_year + study.years + 1)
        return _scb(study, progress).projection(str(asked.region), years)
    return _read_projection(study, asked.projection)


def _read_projection(study: Study, names: str) -> PopulationFile | ScbCounts:
    if study.population.source == "file":
        return read_population(study.path(names), decimal=study.population.decimal)
    return scb.read(*_paths(study, names), kind="projection")


def variants(study: Study, population: Population) -> PopulationVariants | None:
    """The study's own forecast and its variants, each with its probability; None without any."""
    asked = study.population
    if asked.variants is None:
        return None
    made = {FORECAST: population}
    for name, one in asked.variants.items():
        persons = projected_persons(population, _read_projection(study, one.projection), name)
        made[name] = replace(population, persons=persons)
    return PopulationVariants(made, asked.weights())


def population(study: Study, progress: Progress | None = None) -> tuple[Population, Sources]:
    """The population of a study, and where it is from."""
    seen, ahead = observed(study, progress), projected(study, progress)
    asked = study.population
    table = None
    if asked.life_table is not None and asked.life_table_year is not None:
        table = read_life_table(study.path(asked.life_table), year=asked.life_table_year)
    told = ", ".join(
        part.name if isinstance(part, PopulationFile) else f"{part.attribution} ({part.table})"
        for part in (seen, ahead)
        if part is not None
    )
    made = population_of(
        seen,
        ahead,
        base_year=study.base_year,
        years=study.years,
        life_table=table,
        source="" if isinstance(seen, PopulationFile) and ahead is None else told,
    )
    sources = Sources(findings=[*getattr(seen, "findings", ()), *getattr(ahead, "findings", ())])
    for name, part in (("scb_population", seen), ("scb_projection", ahead)):
        if part is not None and not isinstance(part, PopulationFile):
            sources.hashes[name] = digest(part._answers)
            sources.attributions.append(part.attribution)
    return replace(made, moving_out=asked.moving_out), sources


class Sources:
    """What came from where: findings, check sums of answers, and how to cite them."""

    def __init__(self, findings: Sequence[Finding] = ()) -> None:
        self.findings, self.hashes = list(findings), dict[str, str]()
        self.attributions: list[str] = []


def calibrated(
    study: Study,
    fit: Rates,
    population: Population,
    entries: Entries,
    stock: Any,
    progress: Progress | None = None,
) -> tuple[Calibration, Sources]:
    """Fit and entries made to agree with the prevalence that the study names."""
    asked = study.prevalence
    assert asked is not None
    if asked.file is not None:
        data = kolada.read(*_paths(study, asked.file))
    else:
        web = study.web or WebSettings()
        client = kolada.Kolada(
            web.kolada or kolada.ADDRESS,
            cache=_cache(study, web),
            offline=web.offline,
            progress=progress,
        )
        data = client.data(asked.levels, asked.municipality, asked.years or None)
    made = targets_from_kolada(
        data,
        asked.municipality,
        levels=asked.levels,
        years=asked.years or None,
        population=population,
        by_sex=asked.by_sex,
        dispersion=asked.dispersion,
    )
    base = study.base_year
    later = [target for target in made if target.year > base]
    lasting = [target for target in made if target.year <= base]
    sources = Sources([*data.findings, *made.findings])
    targets = later
    if not later:
        last = max(target.year for target in lasting)
        targets = [_moved(target, base) for target in lasting if target.year == last]
        if last < base:
            sources.findings.append(_said.finding("I-PREVALENCE-YEAR", seen=last, base=base))
    elif lasting:
        _said.refuse("prevalence", "E-TARGET-YEARS", base=base)
    sources.hashes["kolada"] = digest(data._pages)
    sources.attributions.append(data.attribution)
    found = calibrate(
        fit,
        population,
        entries,
        stock=stock,
        targets=targets,
        multipliers=[Multiplier(kind, prior_sd=asked.prior_sd) for kind in asked.multiply],  # type: ignore[arg-type]  # the settings have seen to the kinds
        settled=not later,
        closure=study.population.closure,
    )
    return found, sources


def _moved(target: Any, year: int) -> Any:
    return replace(target, year=year)


def _scb(study: Study, progress: Progress | None) -> scb.Scb:
    web = study.web or WebSettings()
    return scb.Scb(
        web.scb or scb.ADDRESS,
        language=study.language,
        cache=_cache(study, web),
        offline=web.offline,
        progress=progress,
    )


def _cache(study: Study, web: WebSettings) -> str | Path:
    return web.cache if web.cache == "platform" else study.path(web.cache)


def _paths(study: Study, names: str) -> list[Path]:
    return [study.path(name.strip()) for name in names.split(",") if name.strip()]


def digest(answers: Sequence[Any]) -> str:
    """SHA-256 of answers, however they came."""
    plain = [dict(answer) if isinstance(answer, Mapping) else answer for answer in answers]
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
