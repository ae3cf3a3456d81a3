"""`kohort project`: a study file in; report, workbook, tables and manifest out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kohort.cli import answers, options
from kohort.report.money import money_said
from kohort.study.results import WRITTEN
from kohort.study.settings import Study
from kohort.study.shipped import folder_of
from kohort.study.study_data import study_key
from kohort.study.study_money import population_error_said
from kohort.support._language import Language, language
from kohort.support._output import check_places
from kohort.support._refusal import counted
from kohort.support._shown import plain


def project(
    study: Path = options.typer.Argument(help=options.STUDY),
    out: Path = options.out(None),  # type: ignore[assignment]  # Typer turns it into a path
    profile: str = options.PROFILE,
    lang: str = options.LANG,
    json: bool = options.AS_JSON,
) -> None:
    """Ten years of demand and cost for the municipality of a study file.

    Writes report.html, workbook.xlsx, tables/*.csv, study.toml and manifest.json. Without --out
    they go into a folder named after the study file, beside it (results, if the file's name may be
    somebody's), and those of a study that comes with kohort into one of its name, here.

    Example: kohort project study.toml --out results
    """
    read = Study.read(study)
    if profile is not None:
        read = read.replaced(profile=profile)
    carry_out("project", read, out or _beside(study), lang, as_json=json)


def _beside(study: Path) -> Path:
    folder = folder_of(study)
    return folder if plain(folder.name) else folder.parent / "results"


def carry_out(command: str, study: Study, out: Path, lang: str | None, *, as_json: bool) -> None:
    """Run a study, write what it gives, and say where it is."""
    words = language(lang or study.language)
    if words.code != study.language:
        study = study.replaced(language=words.code)
    steps = ("reading", "fitting", "projecting", "writing")
    labels = {step: words.text(f"cli.{step}") for step in steps}
    study_key(study, out)  # before any work: the key must not lie where this goes
    check_places([out / name for name in WRITTEN], study.inputs())
    with answers.progress(labels, quiet=as_json) as report:
        result = study.run(progress=report)
        report("writing", 0.0)
        files = result.write(out)
        report("writing", 1.0)
    headline = result.headline()
    document = {
        "command": command,
        "ok": True,
        "exit_code": 0,
        "synthetic": study.synthetic,
        "files": {kind: str(path) for kind, path in files.items()},
        "headline": headline,
        "findings": answers.findings_document(result.findings, words.code),
    }
    answers.say(document, _text(result, files, words), as_json)


_ASKED = ("performed_hours", "places", "heavy_persons", "posts_home", "posts_homes")


def money_note(result: Any, words: Language) -> str:
    """How a total was counted: whose money, accounting convention and discounting."""
    projection = result.projection
    convention = words.text(f"convention.{projection.accounting}")
    return words.text("cli.money", money=money_said(projection, words), convention=convention)


def _text(result: Any, files: dict[str, Path], words: Language) -> str:
    h = result.headline()
    years = {"first": h["first_year"], "last": h["last_year"]}
    users, cost = h["users"], h["cost"]

    def line(label: str, value: str) -> str:
        return f"  {label:<46}  {value}"

    def persons(x: dict[str, float]) -> str:
        within = words.text("summary.within", span=words.span(x["low_95"], x["high_95"]))
        return f"{words.number(x['first'])} → {words.number(x['last'])}  ({within})"

    lines = [""]
    if result.study.synthetic:
        lines += [words.text("cli.synthetic"), ""]
    lines.append(line(words.text("cli.headline_users", **years), persons(users)))
    if "total" in h["levels"]:
        lines.append(line(words.text("cli.headline_total"), persons(h["levels"]["total"])))
    unit = words.unit([cost["first"], cost["last"]])
    whole = unit.rounded()
    spent = words.text("summary.within", span=whole.span(cost["low_95"], cost["high_95"]))
    label = words.text(
        "cli.headline_cost",
        first=cost["first_year"],
        last=years["last"],
        unit=unit.word,
    )
    money = f"{whole.number(cost['first'])} → {whole.number(cost['last'])}  ({spent})"
    lines.append(line(label, money))
    lines.append(f"    {money_note(result, words)}")
    if "present_value" in cost:
        worth = cost["present_value"]
        of = words.unit([worth["value"]])
        label = words.text("cli.present_value", first=cost["first_year"], last=years["last"],
                           unit=of.word)  # fmt: skip
        span = words.text("summary.within", span=of.span(worth["low_95"], worth["high_95"]))
        lines.append(line(label, f"{of.number(worth['value'])}  ({span})"))
        lines.append(f"    {result.money.discounted(words)}")
    told = [population_error_said(result.study, words), *result.money.notes(words)]
    lines += [f"    {text}" for text in told if text]
    if "demand" in h:
        needed = {"first": cost["first_year"], "last": years["last"]}
        lines += ["", f"  {words.text('cli.needed', **needed)}:"]
    for name, of in h.get("demand", {}).items():
        if name in _ASKED:
            lines.append(line(words.text(f"demand.{name}"), persons(of)))
    more = cost["last"] - cost["constant_share"]
    of = words.unit([more], signed=True)
    gap = words.text(
        "cli.headline_gap_value",
        persons=words.signed(users["last"] - users["constant_share"]),
        cost=of.number(more),
        unit=of.word,
    )
    if "demand" in h:
        lines.append("")
    lines += [line(words.text("cli.headline_gap", last=years["last"]), gap), ""]
    found = counted(f for f in result.findings if f.file)["W"]
    if found:
        lines += [f"  {words.text('cli.findings', count=words.number(found))}", ""]
    lines.append(f"{words.text('cli.written')}:")
    lines += [f"  {words.text(f'cli.{kind}'):<16}  {path}" for kind, path in files.items()]
    return "\n".join(lines)
