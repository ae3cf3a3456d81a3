"""`kohort fit`: what is told of few, and the line in the log."""

import json

import numpy as np
import pytest

from kohort import datasets
from kohort.cli.app import run
from kohort.study import audit_log, study_data
from kohort.study.settings import shipped_study
from kohort.support._language import language

DATA = str(datasets.path("small/decisions.csv"))
FIT = ("--level-rule", "support_type", "--extraction-date", "2024-12-31",
       "--observed-from", "2015-01-01")  # fmt: skip


def asked(capsys, *arguments):
    code = run(["fit", DATA, *FIT, *arguments])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture(scope="module")
def made():
    """How often women and men made each move."""
    moves = study_data.read(shipped_study("kohort:small")).moves(1900, 2200)
    of = {}
    for a, b in zip(moves["state"].tolist(), moves["to"].tolist(), strict=True):
        mine = (moves["state"] == a) & (moves["to"] == b)
        of[a, b] = [moves["moves"][mine & (moves["sex"] == s)].sum() for s in ("women", "men")]
    return of


def test_of_transitions_that_few_made_nothing_is_told(capsys, made):
    few = {f"{a} -> {b}" for (a, b), n in made.items() if min(n) < 5}
    assert few
    code, out, _ = asked(capsys, "--json")
    public = json.loads(out)
    hidden = set(public["withheld"])
    assert few <= hidden
    assert public["profile"] == "public"
    assert not [name for name in public["coefficients"] if name.split(":")[0] in hidden]
    assert len(public["covariance"]) == len(public["coefficients"])
    assert not [b for b in public["bounds"] if b["transition"] in hidden]
    # Nor do the diagnostics of one transition tell of it.
    assert not [f for f in public["findings"] if f["column"].split(":")[0] in hidden]
    (told,) = [f for f in public["findings"] if f["code"] == "I-WITHHELD"]
    assert told["count"] == len(hidden)
    _, out, _ = asked(capsys, "--profile", "internal", "--json")
    internal = json.loads(out)
    assert internal["withheld"] == []
    assert {name.split(":")[0] for name in internal["coefficients"]} >= hidden
    kept = [i for i, n in enumerate(internal["coefficients"]) if n in public["coefficients"]]
    np.testing.assert_array_equal(
        np.array(internal["covariance"], float)[np.ix_(kept, kept)],
        np.array(public["covariance"], float),
    )
    assert code == 0


def test_the_printed_table_has_a_line_without_figures(capsys, made):
    code, out, _ = asked(capsys, "--lang", "sv")
    assert code == 0
    said = language("sv").text("flow.few")
    withheld = {line.split(said)[0].strip() for line in out.splitlines() if said in line}
    assert {f"{a} -> {b}" for (a, b), n in made.items() if min(n) < 5} <= withheld
    assert "--profile internal" in out
    _, out, _ = asked(capsys, "--profile", "internal", "--lang", "sv")
    assert "INTERN" in out.splitlines()[0]  # said before any figure


def test_few_persons_are_refused_and_a_profile_that_there_is_none_of(capsys, tmp_path):
    path = tmp_path / "few.csv"
    head = "person;birth_date;sex;from;to;support\n"
    path.write_text(head + "".join(
        f"{p};19{p}0-01-01;kvinna;2020-0{p}-01;2021-0{p}-01;dusch\n"
        f"{p};19{p}0-01-01;kvinna;2021-0{p}-02;;larm\n" for p in (3, 4)
    ), encoding="utf-8")  # fmt: skip
    code = run(["fit", str(path), *FIT[:4], "--json"])
    assert code in (3, 4)  # few are no answer, either
    capsys.readouterr()
    assert asked(capsys, "--profile", "privat")[0] == 2
    study = tmp_path / "study.toml"
    study.write_text(shipped_study("kohort:small").to_toml(), encoding="utf-8")
    assert run(["fit", str(study), "--profile", "privat"]) == 2


def test_a_line_is_added_to_the_log(capsys, tmp_path):
    assert asked(capsys, "--log", str(tmp_path / "logg"))[0] == 0
    study = tmp_path / "study.toml"
    study.write_text(shipped_study("kohort:small").to_toml(), encoding="utf-8")
    assert run(["fit", str(study), "--profile", "internal", "--log", str(tmp_path / "logg")]) == 0
    found = audit_log.check(tmp_path / "logg")
    first, second = found.entries
    assert [first["command"], second["command"]] == ["fit", "fit"]
    assert first["suppression"] == {"profile": "public", "threshold": 5}
    assert second["suppression"]["profile"] == "internal"
    assert first["policies"]["level_rule"] == second["policies"]["level_rule"]
    assert set(first["read_sha256"].values()) <= set(second["read_sha256"].values())
    assert "study_sha256" in second
    assert "I-WITHHELD" in first["rules"]
    assert "I-WITHHELD" not in second["rules"]
