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


def test_a_map_says_which_column_is_what(capsys, tmp_path):
    with open(DATA, encoding="utf-8") as file:
        _comment, head, *rows = file.read().splitlines()
    own = {"person": "vem", "birth_date": "född", "sex": "k", "decision": "nr", "from": "börjar",
           "to": "slutar", "support": "insats", "hours_per_month": "tid",
           "death_date": "död"}  # fmt: skip
    heads = [own[name] for name in head.split(";")]
    path, place = tmp_path / "beslut.csv", tmp_path / "karta.toml"
    path.write_text("\n".join([";".join(heads), *rows]) + "\n", encoding="utf-8")
    roles = {"person": "vem", "birth": "född", "sex": "k", "start": "börjar", "end": "slutar",
             "support": "insats", "death": "död"}  # fmt: skip
    lines = [f'{role} = "{name}"' for role, name in roles.items()]
    place.write_text("\n".join(["[columns]", *lines]) + "\n", encoding="utf-8")
    options = [*FIT, "--id", "opaque", "--json"]
    mapped = ["fit", str(path), "--map", str(place), *options]
    assert run(["fit", str(path), *options]) == 2  # nobody knows these headers
    capsys.readouterr()
    assert run([*mapped, "--log", str(tmp_path / "logg")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert run(["fit", DATA, *options]) == 0
    wanted = json.loads(capsys.readouterr().out)
    for key in ("coefficients", "covariance", "log_likelihood", "withheld"):
        assert found[key] == wanted[key]
    (entry,) = audit_log.check(tmp_path / "logg").entries
    assert audit_log.digest_of(place) in entry["read_sha256"].values()
    assert run(["fit", "kohort:small", "--map", str(place)]) == 2
    assert "--map" in capsys.readouterr().err
    assert run(["fit", str(path), *options, "--map"]) == 2  # it is `check` that proposes one
