"""`kohort fit` on data that cannot answer: the code, the culprit, the exit, and nothing written.

Decisions are dated to the day, so a rate never diverges (`D-DIVERGING`: moves over time at risk is
finite), and the command asks for no starts, tables or samples (`D-LOCALMAX`, `D-EMBED`, `D-MCMC`).
All data are synthetic.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
import warnings

import ill_posed
import numpy as np
import pytest

import kohort as kh
from kohort.cli.app import run
from kohort.study import study_model

MODEL = kh.DEPENDENCY_WITH_ENDED
START = dt.date(2016, 1, 1)
STUDY = """
name = "Synthetic"
synthetic = true
[data]
decisions = "decisions.csv"
level_rule = "level"
extraction_date = 2024-12-31
overlap = "highest"
[model]
{model}
[population]
persons = "kohort:example/population.csv"
[entries]
first_year = 2016
last_year = 2024
[costs]
price_year = 2018
[costs.by_level]
light = 1
moderate = 1
high = 1
total = 1
"""


def day(years: float) -> dt.date:
    return START + dt.timedelta(days=round(365.25 * years))


def decisions(rates=None, *, male=None, effects=None, persons=400) -> str:
    """Decisions of persons simulated under given rates, one row for each stay at a level."""
    usual = {label: 0.15 if label.startswith("ended") else 0.12 for label in MODEL.labels}
    usual |= rates or {}
    is_male = np.arange(persons) % 2 if male is None else np.full(persons, male)
    given = [[np.log(max(usual[k], 1e-12)), (effects or {}).get(k, 0.0)] for k in MODEL.labels]
    levels = [name for name in MODEL.states if name not in ("ended", "dead")]
    table = kh.simulate(
        MODEL,
        covariates=("male",),
        coefficients=np.ravel(given),
        x={"male": is_male.astype(float)},
        start=[levels[i % 4] for i in range(persons)],
        visits=[0, 8.9],
        exact_times=True,
    )
    lines = ["person;birth_date;sex;decision;from;to;level;death_date"]
    for person in range(1, persons + 1):
        rows = np.flatnonzero(table["subject"] == person)
        times, states = table["time"][rows], table["state"][rows]
        died = day(times[-1]).isoformat() if states[-1] == "dead" else ""
        sex = "man" if is_male[person - 1] else "kvinna"
        for k in range(len(rows)):
            if states[k] in ("ended", "dead") or (k and states[k - 1] == states[k]):
                continue
            after = [j for j in range(k + 1, len(rows)) if states[j] != states[k]]
            last = ""
            if after and states[after[0]] != "dead":
                last = max(day(times[after[0]]) - dt.timedelta(days=1), day(times[k])).isoformat()
            birth = f"19{20 + person % 25}-03-1{person % 9}"
            lines.append(
                f"P{person};{birth};{sex};{len(lines)};{day(times[k])};{last};{states[k]};{died}"
            )
    return "\n".join(lines) + "\n"


def asked(folder, capsys, text: str, model: str, *arguments: str) -> tuple[int, str]:
    """Exit code and all that was said; nothing but the two inputs stands in the folder."""
    (folder / "decisions.csv").write_text(text, encoding="utf-8")
    (folder / "study.toml").write_text(STUDY.format(model=model), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kh.FitWarning)
        code = run(["fit", str(folder / "study.toml"), "--profile", "internal", *arguments])
    said = "".join(capsys.readouterr())
    assert sorted(p.name for p in folder.iterdir()) == ["decisions.csv", "study.toml"]
    assert not re.search(r"\bnan\b|NaN|Infinity|Traceback", said, re.IGNORECASE)
    return code, said


CASES = {
    "N11, a column that never varies": (
        {"male": 0}, 'age = "none"', 3, "D-NONIDENT", "'male' is zero throughout",
    ),
    "N12, a band of age that nobody reaches": (
        {}, 'sex = false\nage = "bands"\nage_bands = [80, 119]', 3, "D-NONIDENT", "'age 119+'",
    ),
    "N12, a level nobody was ever at": (
        {"rates": {"light -> moderate": 0}, "persons": 1}, 'sex = false\nage = "none"', 3,
        "D-NONIDENT", "nobody was ever at risk of moderate -> light",
    ),
    "N13, one sex alone makes a move": (
        {"effects": {"total -> ended": -30}}, 'age = "none"', 3, "D-SEPARATION",
        "total -> ended: male",
    ),
    "N09, a move never made: an estimate with a bound, no failure": (
        {"rates": {"high -> ended": 0}}, 'sex = false\nage = "none"', 0, "D-BOUNDARY-ZERO",
        "high -> ended",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("as_json", [False, True])
def test_what_the_data_cannot_answer_is_named(tmp_path, capsys, name, as_json):
    made, model, exit_code, code, culprit = CASES[name]
    given, said = asked(tmp_path, capsys, decisions(**made), model, *(["--json"] * as_json))
    assert given == exit_code
    assert culprit in said
    if not as_json:
        assert code in said
        return
    document = json.loads(said)
    assert (document["exit_code"], document["ok"]) == (exit_code, exit_code == 0)
    named = [f for f in document["findings"] if f["code"] == code]
    assert len(named) == 1  # once
    assert culprit in named[0]["message"]
    if code == "D-BOUNDARY-ZERO":
        assert document["coefficients"]["high -> ended"] is None
        (bound,) = document["bounds"]
        assert (bound["transition"], bound["upper"]) == ("high -> ended", True)
        assert 0 < bound["rate"] < 0.1
        assert named[0]["remedy"]


@pytest.mark.parametrize("as_json", [False, True])
def test_a_search_that_ends_early_is_no_success(tmp_path, capsys, monkeypatch, as_json):
    monkeypatch.setattr(study_model, "fit", functools.partial(kh.fit, iterations=2))
    given, said = asked(
        tmp_path, capsys, decisions({"light -> moderate": 3.0}), "", *(["--json"] * as_json)
    )
    assert given == 3
    assert "D-NOT-CONVERGED" in said
    if as_json:
        assert json.loads(said)["convergence"].startswith("iteration limit")


@pytest.mark.parametrize("as_json", [False, True])
def test_effects_that_can_hardly_be_told_apart_are_named(tmp_path, capsys, monkeypatch, as_json):
    """N14. No study can name two columns that are nearly one, so the fit is made elsewhere."""
    case = ill_posed.n14("exact", 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kh.FitWarning)
        fitted = kh.fit(case.table, case.model, subject="id", time="t", state="s", **case.options)
    monkeypatch.setattr(study_model, "fit", lambda *_, **__: fitted)
    given, said = asked(tmp_path, capsys, decisions(persons=20), "", *(["--json"] * as_json))
    assert given == 3
    assert "D-HESS-ILL" in said
    assert "height" in said
    assert "length" in said
    if as_json:
        document = json.loads(said)
        assert (document["exit_code"], document["ok"]) == (3, False)
        (named,) = [f for f in document["findings"] if f["code"] == "D-HESS-ILL"]
        assert "profile intervals" in named["message"]
        assert named["remedy"]


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("project", "N13, one sex alone makes a move"),
        ("backtest", "N11, a column that never varies"),
    ],
)
def test_nothing_is_projected_from_it(tmp_path, capsys, command, name):
    made, model, *_ = CASES[name]
    (tmp_path / "decisions.csv").write_text(decisions(**made), encoding="utf-8")
    (tmp_path / "study.toml").write_text(STUDY.format(model=model), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kh.FitWarning)
        code = run([command, str(tmp_path / "study.toml"), "--out", str(tmp_path / "out")])
    said = "".join(capsys.readouterr())
    assert code == 3
    assert "D-N" in said  # NOT-CONVERGED, NONIDENT
    assert not (tmp_path / "out").exists()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".kohort")]


def test_phases_and_time_since_entry_are_fitted(tmp_path, capsys):
    code, said = asked(
        tmp_path, capsys, decisions(persons=900),
        'sex = false\nage = "none"\ntwo_phases = ["total"]\nsince_entry = [1]',
    )  # fmt: skip
    assert "total (phase 1) -> total (phase 2)" in said
    assert "x since_entry 1+" in said
    assert code in (0, 3)  # with one phase in truth, two may not be told apart
    code, said = asked(tmp_path, capsys, decisions(), 'age = "continuous"')
    assert code == 0
    assert "x age" in said
