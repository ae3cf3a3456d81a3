"""A public report tells of nobody: small counts and what few moves stand behind are gone."""

import csv
import dataclasses
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import stand_in

import kohort as kh
from kohort.cli.app import run
from kohort.privacy import INTERNAL, PUBLIC, Profile
from kohort.report import exports
from kohort.report.disclosed import disclosed
from kohort.report.html import html
from kohort.study import shipped_study

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import disclosure_audit as script


@pytest.fixture(scope="module")
def sparse():
    """The shipped municipality with few persons."""
    return shipped_study("kohort:sparse").replaced(years=2, draws=40).run()


def internal(result):
    return result.study.replaced(profile="internal")


def test_no_observed_small_count_is_in_a_table_of_persons(sparse):  # S04
    table = exports.tables(sparse)["persons"]
    states = [s for s in sparse.projection.states if s != "none"]
    first = table["year"] == sparse.projection.years[0]
    first &= table["state"] != "none"
    shape = (len(states), len(sparse.projection.sexes), len(sparse.projection.age_groups))
    shown = table["persons"][first].reshape(shape)
    index = [i for i, s in enumerate(sparse.projection.states) if s != "none"]
    true = np.rint(sparse.projection.persons[0][index]).astype(int)
    hidden = np.isnan(shown)
    assert hidden[(true > 0) & (true < 5)].all()
    assert hidden.any()
    np.testing.assert_allclose(shown[~hidden], true[~hidden])
    # The totals of each state stand in another table; with them nothing can be told either.
    full = script.extended(true)
    unseen = np.ones(full.shape, dtype=bool)
    unseen[:-1, :-1, :-1] = hidden
    unseen[:-1, -1, -1] = (full[:-1, -1, -1] > 0) & (full[:-1, -1, -1] < 5)
    sums = script.equations(full.shape)
    low, high = kh.privacy.suppression.bounds(
        kh.privacy.suppression.Cells(
            full.ravel(), sums, np.zeros(full.size, bool), np.zeros(full.size, bool)
        ),
        unseen.ravel(),
    )
    wide = (high - low).reshape(full.shape)[:-1, :-1, :-1]
    assert (wide[hidden] >= PUBLIC.threshold).all()
    later = table["persons"][(table["year"] > sparse.projection.years[0])]
    assert not ((later > 0) & (later < 5)).any()


def test_rates_of_rare_moves_are_not_in_a_public_report(sparse):  # S06
    counts = sparse.decisions.moves(1900, 2200)
    shown = disclosed(sparse)
    for table in (shown.intensities, shown.transitions):
        value = "rate" if "rate" in table else "probability"
        for i, (a, b) in enumerate(zip(table["from"], table["to"], strict=True)):
            if (a, b) not in set(sparse.fit.model.transitions):
                assert not np.isnan(table[value][i])
                continue
            mine = (counts["state"] == a) & (counts["to"] == b)
            if sparse.study.model.sex:
                mine &= counts["sex"] == table["sex"][i]
            hidden = [bool(np.isnan(table[name][i])) for name in (value, "lower", "upper")]
            assert hidden == [counts["moves"][mine].sum() < 5] * 3
    # The same study with a threshold that many moves fall short of.
    strict = SimpleNamespace(**(vars(sparse.study) | {"disclosure": Profile("public", 40)}))
    few = disclosed(dataclasses.replace(sparse, study=strict))
    assert np.isnan(few.intensities["rate"]).any()
    page = html(sparse, lang="sv")
    assert "nan" not in page.lower().split("<style")[0]
    assert "Internt underlag" not in page


def test_csv_and_workbook_leave_hidden_figures_out(sparse):
    files = exports.csv_files(sparse)
    rows = list(csv.DictReader(io.StringIO(files["persons.csv"].decode())))
    assert any(row["persons"] == "" for row in rows)
    assert not any(row["persons"] == "nan" for row in rows)
    assert exports.workbook(sparse, lang="en")


def test_internal_shows_everything_and_says_so_everywhere(sparse):
    own = dataclasses.replace(sparse, study=internal(sparse))
    assert own.study.disclosure == INTERNAL
    assert not np.isnan(exports.tables(own)["persons"]["persons"]).any()
    page = html(own, lang="sv")
    assert page.count("Internt underlag") >= 8
    assert "färre än 5 händelser" not in page
    assert own.manifest()["suppression"] == {"profile": "internal", "threshold": 5}


def test_where_a_level_has_few_there_is_no_public_report(tmp_path, capsys):
    few = stand_in.result(counts={"subjects": 4, "observations": 9, "transitions": 5})
    with pytest.raises(kh.InvalidInput) as refused:
        html(few)
    assert refused.value.code == "E-DISCLOSURE"
    assert run(["project", "nowhere.toml", "--profile", "secret"]) == 2
    capsys.readouterr()
    with pytest.raises(kh.InvalidInput, match="profile"):
        shipped_study("kohort:sparse").replaced(profile="secret")


def test_a_refusal_of_privacy_is_4_and_writes_nothing(tmp_path, capsys, monkeypatch):
    study = tmp_path / "s.toml"
    study.write_text(shipped_study("kohort:sparse").replaced(years=2, draws=40).to_toml())
    monkeypatch.setattr("kohort.study.PUBLIC", kh.privacy.Profile("public", 10_000))
    assert run(["project", str(study), "--out", str(tmp_path / "out")]) == 4
    assert "E-DISCLOSURE" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert (
        run(["project", str(study), "--out", str(tmp_path / "out"), "--profile", "internal"]) == 0
    )
