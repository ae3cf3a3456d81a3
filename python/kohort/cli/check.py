"""`kohort check`: what is wrong with an extract, all of it in one run."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kohort._core import DataRefused, InvalidInput
from kohort.cli import answers, options
from kohort.study.audit_log import NAME as LOG
from kohort.study.shipped import study_file
from kohort.support import _output, _toml
from kohort.support._language import Language, in_swedish, language
from kohort.support._refusal import counted, findings_of
from kohort.support._shown import shown_file

if TYPE_CHECKING:
    from kohort.data.decisions import Decisions

typer = options.typer

PROPOSE = "propose"
"""What `--map` without a value stands for."""


def check(
    source: Path = typer.Argument(
        None, help="An extract (CSV, .xlsx, Parquet, Arrow) or a study (TOML, or kohort:example)."
    ),
    map: str = typer.Option(
        None,
        "--map",
        help="Which column is what: a TOML file, or plain-sv, plain-en, sol-register. Without a "
        "value, a map is proposed from the header, and nothing else is done.",
    ),
    extraction_date: str = typer.Option(
        None, help="The day the extract was made, such as 2024-12-31."
    ),
    level_rule: str = typer.Option(
        None, help="support_type, hours or level; else by the columns that are there."
    ),
    observed_from: str = typer.Option(None, help="Follow nobody before this day."),
    overlap: str = typer.Option("rule", help="rule, refuse or highest."),
    gap_days: int = typer.Option(0, help="Gaps of at most so many days are bridged."),
    id: str = typer.Option(
        "by header",
        "--id",
        help="What tells persons apart: personnummer or opaque; else by the column's name.",
    ),
    century: str = typer.Option(
        "separator", help="Century of ten digits: by the separator, or older for minors."
    ),
    short_stay_days: int = typer.Option(
        0, help="Short stays of at most so many days give no level of their own."
    ),
    codes: Path = typer.Option(
        None, help="What further codes mean: a file of two columns, the code and its level."
    ),
    sheet: str = typer.Option(None, help="Of a workbook: which sheet."),
    header_row: int = typer.Option(0, help="The row of the header, where lines stand above it."),
    decimal: str = typer.Option(None, help="The decimal mark, where the file leaves it open."),
    delimiter: str = typer.Option(
        None, help="What stands between fields, where the file leaves it open."
    ),
    findings: Path = typer.Option(
        None, help="Write all findings to this file as JSON lines, in both languages."
    ),
    page: Path = typer.Option(
        None, help="Write the data-quality page to this file: pictures by month, counts alone."
    ),
    log: Path = options.LOG,
    write_map: Path = typer.Option(None, help="Write the proposed map to this file."),
    lang: str = options.LANG,
    json: bool = options.AS_JSON,
) -> int:
    """Find every fault of an extract, by row and rule, with what to do about it.

    Nothing is estimated and no person is shown: only rows, columns and counts. Exit code 2 if a
    fault stops the data from being used.

    Example: kohort check decisions.csv --extraction-date 2024-12-31 --page quality.html
    """
    words = language(lang or "en")
    if source is None and map is not None:  # kohort check --map FILE
        source, map = Path(map), PROPOSE
    if source is None:
        _toml.refuse("E-USAGE", "a file is needed. See: kohort check --help")
    source = study_file(source)
    outputs = [page, findings, write_map, log and log / LOG]
    read = [source, codes, *(Path(name) for name in (map, level_rule) if name)]
    _output.check_places(outputs, read)
    if map == PROPOSE or write_map is not None:
        return _propose(source, sheet, write_map, words, json)
    with answers.progress({"reading": words.text("cli.reading")}, quiet=json):
        if source.suffix.lower() == ".toml":
            own = (
                map, extraction_date, level_rule, observed_from, sheet, codes, short_stay_days,
                header_row, decimal, delimiter,
            )  # fmt: skip
            if any(own) or (id, century) != ("by header", "separator"):
                _toml.refuse(
                    "E-USAGE",
                    "a study file says itself how its data are read. Leave the options out, or "
                    "change the study.",
                )
            found, decisions, synthetic = _of_study(source, outputs)
        else:
            given = {
                "extraction_date": extraction_date,
                "observed_from": observed_from,
                "overlap": overlap,
                "gap_days": gap_days,
                "id": id,
                "century": century,
                "short_stay_days": short_stay_days,
                "codes_file": str(codes) if codes else None,
            }
            synthetic = False
            form = {
                "sheet": sheet,
                "header_row": header_row,
                "decimal": decimal,
                "delimiter": "\t" if delimiter == "tab" else delimiter,
            }
            found, decisions = _of_file(source, map, form, level_rule, given)
    if page is not None:
        _write_page(page, found, decisions, shown_file(source), words, synthetic)
    if log is not None:
        _write_log(log, source, found, decisions, synthetic)
    return _say(found, decisions, findings, words, json)


def _write_page(
    page: Path,
    found: list[Any],
    decisions: Decisions | None,
    file: str,
    words: Language,
    synthetic: bool,
) -> None:
    from kohort.report.quality import quality_page

    text = quality_page(
        decisions.quality() if decisions else None,
        found,
        file=file,
        lang=words.code,
        synthetic=synthetic,
    )
    _output.write_files(page.parent, {page.name: text.encode("utf-8")})


def _write_log(
    folder: Path, source: Path, found: list[Any], decisions: Decisions | None, synthetic: bool
) -> None:
    from kohort.study import audit_log

    entry = {
        "command": "check",
        "read_sha256": {shown_file(source): audit_log.digest_of(source)},
        "synthetic": synthetic,
        "policies": _plain(decisions.policies) if decisions else None,
        "rules": audit_log.rules(found),
        "counts": audit_log.counted(decisions.counts) if decisions else None,
    }
    _output.write_files(folder, audit_log.with_log(folder, {}, entry))


def _of_study(source: Path, outputs: list[Path | None]) -> tuple[list[Any], Decisions | None, bool]:
    from kohort.study import study_data, study_sources
    from kohort.study.settings import Study

    study = Study.read(source)
    _output.check_places(outputs, study.inputs())
    decisions: Decisions | None = None
    try:
        decisions = study_data.read(study)
        found = list(decisions.findings)
    except DataRefused as refusal:
        found = findings_of(refusal)
    try:
        if study.population.persons:  # else it would be fetched, which is for the run itself
            study_sources.counted_population(study)
    except InvalidInput as error:
        own = getattr(error, "findings", ())
        found += own or [_as_finding(error, shown_file(study.population.persons or "population"))]
    return found, decisions, study.synthetic


def _as_finding(error: InvalidInput, file: str) -> Any:
    from kohort._core import Finding

    code = getattr(error, "code", "") or "E-INPUT"
    return Finding(
        code=code,
        severity="E",
        message=str(error),
        message_sv=in_swedish(code, str(error)),
        file=file,
    )


def _of_file(
    source: Path,
    map: str | None,
    form: dict[str, Any],
    level_rule: str | None,
    given: dict[str, Any],
) -> tuple[list[Any], Decisions | None]:
    from kohort.extracts.column_map import ColumnMap
    from kohort.extracts.opening import open_extract
    from kohort.study import study_data
    from kohort.study.data_file import DataSettings

    try:
        chosen = ColumnMap.of(map)
        chosen = dataclasses.replace(chosen, **{name: v for name, v in form.items() if v})
        extract = open_extract(source, chosen)
        if level_rule is None:
            level_rule = extract.level_rule()
        dates = {
            name: study_data.date_of(name, given[name]) if given[name] else None
            for name in ("extraction_date", "observed_from")
        }
        settings = DataSettings(decisions=source.name, level_rule=level_rule, **{**given, **dates})
        settings.check("")
        decisions = study_data.read_data(settings, extract, chosen)
    except DataRefused as refusal:
        return findings_of(refusal), None
    return list(decisions.findings), decisions


def _propose(
    source: Path, sheet: str | None, write_map: Path | None, words: Language, json: bool
) -> int:
    from kohort.extracts.proposing import propose_map

    proposed = propose_map(source, sheet=sheet)
    text = proposed.to_toml()
    if write_map is not None:
        _output.write_files(write_map.parent, {write_map.name: text.encode("utf-8")})
    document = {
        "command": "check",
        "ok": True,
        "exit_code": 0,
        "map": {
            f.name: _told(value, proposed.unnamed)
            for f in dataclasses.fields(proposed.column_map)
            if (value := getattr(proposed.column_map, f.name)) is not None
            and f.name not in proposed.unnamed
        },
        "unnamed": proposed.unnamed,
        "reasons": proposed.reasons,
        "missing": list(proposed.missing),
        "unused": list(proposed.unused),
        "level_rule": proposed.level_rule,
        "dates": proposed.dates,
        "written": str(write_map) if write_map else None,
        "findings": [],
    }
    said = words.text("extract.written", file=str(write_map)) if write_map else text.rstrip()
    answers.say(document, said, json)
    return 0


def _told(value: Any, unnamed: dict[str, int]) -> Any:
    """A part of a proposed map without the headers that may be somebody's name."""
    if not isinstance(value, dict):
        return value
    return {role: head for role, head in value.items() if role not in unnamed}


def _say(
    found: list[Any],
    decisions: Decisions | None,
    to_file: Path | None,
    words: Language,
    json: bool,
) -> int:
    from kohort.data.observations import findings_json, findings_text

    if to_file is not None:
        lines = findings_json(found).encode("utf-8")
        _output.write_files(to_file.parent, {to_file.name: lines})
    counts = counted(found)
    code = 2 if counts["E"] else 0
    document: dict[str, Any] = {
        "command": "check",
        "ok": code == 0,
        "exit_code": code,
        "errors": counts["E"],
        "warnings": counts["W"],
        "counts": dict(decisions.counts) if decisions else None,
        "policies": _plain(decisions.policies) if decisions else None,
        "findings": answers.findings_document(found, words.code),
    }
    key = "extract.refused" if code else "extract.good"
    lines_said = [
        findings_text(found, words.code).rstrip(),
        words.text(key, errors=counts["E"], warnings=counts["W"]),
    ]
    if decisions is not None:
        lines_said.append(
            words.text(
                "extract.read",
                records=decisions.counts["records in the file"],
                persons=decisions.counts["persons followed"],
            )
        )
    answers.say(document, "\n".join(line for line in lines_said if line), json)
    return code


def _plain(policies: Any) -> dict[str, Any]:
    return {k: list(v) if isinstance(v, tuple) else v for k, v in policies.items()}
