"""`kohort project`: a study file in; report, workbook, tables and manifest out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kohort._language import Language, language
from kohort._output import check_places
from kohort._refusal import counted
from kohort._run import study_key
from kohort._shown import plain
from kohort.cli import answers, options
from kohort.results import WRITTEN
from kohort.study import Study


def project(
    study: Path = options.typer.Argument(help="The study file (TOML)."),
    out: Path = options.out(None),  # type: ignore[assignment]  # Typer turns it into a path
    profile: str = options.PROFILE,
    lang: str = options.LANG,
    json: bool = options.AS_JSON,
) -> None:
    """Ten years of demand and cost for the municipality of a study file.

    Writes report.html, workbook.xlsx, tables/*.csv, study.toml and manifest.json. Without --out
    they go into a folder named after the study file, beside it (results, if the file's name may be
    somebody's).

    Example: kohort project study.toml --out results
    """
    read = Study.read(study)
    if profile is not None:
        read = read.replaced(profile=profile)
    carry_out("project", read, out or _beside(study), lang, as_json=json)


def _beside(study: Path) -> Path:
    return study.with_suffix("") if plain(study.stem) else study.parent / "results"


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


def money_note(cost: dict[str, Any], words: Language) -> str:
    """How a total was counted: price year, accounting convention and discounting."""
    return words.text(
        "cli.money",
        price_year=cost["price_year"],
        convention=words.text(f"convention.{cost['accounting']}"),
        discounting=words.text("cost.undiscounted")
        if cost["discount"] == 0
        else words.text("cost.discounted", rate=words.percent(cost["discount"], 1)),
    )


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
    spent = words.text(
        "summary.within", span=words.span(cost["low_95"] / 1e6, cost["high_95"] / 1e6)
    )
    label = words.text(
        "cli.headline_cost",
        first=cost["first_year"],
        last=years["last"],
        price_year=cost["price_year"],
    )
    money = f"{words.millions(cost['first'], 0)} → {words.millions(cost['last'], 0)}  ({spent})"
    lines.append(line(label, money))
    lines.append(f"    {money_note(cost, words)}")
    if "demand" in h:
        needed = {"first": cost["first_year"], "last": years["last"]}
        lines += ["", f"  {words.text('cli.needed', **needed)}:"]
    for name, of in h.get("demand", {}).items():
        if name in _ASKED:
            lines.append(line(words.text(f"demand.{name}"), persons(of)))
    gap = words.text(
        "cli.headline_gap_value",
        persons=words.signed(users["last"] - users["constant_share"]),
        cost=words.signed((cost["last"] - cost["constant_share"]) / 1e6),
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
