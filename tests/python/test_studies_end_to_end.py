"""Studies with bands of time since entry, and with phases and published shares, by command."""

from __future__ import annotations

import dataclasses
import json

import pytest
from test_targets import FIGURES, response, study_text

from kohort.cli.app import run
from kohort.study.settings import Study, shipped_study
from kohort.verify import events, results
from kohort.verify.cases import Cases


def with_the_clock(folder):
    plain = shipped_study("kohort:example")
    model = dataclasses.replace(plain.model, since_entry=(2.0,))
    text = plain.replaced(model=model, draws=40, years=2).to_toml()
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder / "study.toml"


def with_phases_and_shares(folder):
    text = study_text(
        'persons = "kohort:small/population.csv"', 'municipality = "2380"\nfile = "kolada.json"'
    )
    text = text.replace("two_phases = []", 'two_phases = ["total"]')
    text = text.replace("years = 3", "years = 2")
    (folder / "kolada.json").write_text(json.dumps(response(FIGURES)), encoding="utf-8")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder / "study.toml"


@pytest.mark.parametrize("written", [with_the_clock, with_phases_and_shares])
def test_a_study_goes_from_fit_to_comparison(written, tmp_path, capsys):
    path = str(written(tmp_path))
    assert run(["fit", path, "--json"]) == 0
    fitted = json.loads(capsys.readouterr().out)
    assert fitted["ok"]
    assert run(["project", path, "--out", str(tmp_path / "out"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    shares = written is with_phases_and_shares
    assert ("Källa: Kolada" in page) == shares
    said = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert ("calibration" in said) == shares
    compare = ["compare", path, "--preset", "recovery_1_4_year1", "--uptake", "0.5", "--json"]
    assert run([*compare, "--draws", "40"]) == 0
    shown = {s["name"]: s for s in json.loads(capsys.readouterr().out)["strategies"]}
    better, null = shown["recovery_1_4_year1"], shown["none"]
    assert null["total"] == 0
    assert better["enrolled"] > 0
    assert better["support"] < 0
    assert better["parts"]["support"]["limits"][0] <= better["support"]

    if shares:
        return
    # What `kohort verify` asks of a study, where the clock matters most.
    cases = Cases(Study.read(written(tmp_path)))
    for asked in (events.persons, results.identical):
        seen, limit, words = asked(cases)
        assert seen <= limit, words
