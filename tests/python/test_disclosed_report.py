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
from kohort.evaluation.outcome import Outcome
from kohort.evaluation.outcomes import Outcomes
from kohort.privacy import INTERNAL, PUBLIC, Profile
from kohort.report import exports
from kohort.report.disclosed import disclosed, disclosed_backtest, disclosed_outcomes
from kohort.report.html import html
from kohort.study.settings import shipped_study

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


@pytest.mark.parametrize("threshold", [5, 12, 40])
def test_rates_of_rare_moves_are_not_in_a_public_report(sparse, threshold):  # S06
    counts = sparse.decisions.moves(1900, 2200)
    strict = SimpleNamespace(
        **(vars(sparse.study) | {"disclosure": Profile("public", threshold)}),
    )
    shown = disclosed(dataclasses.replace(sparse, study=strict))
    rates, shares = shown.intensities, shown.transitions
    for sex in dict.fromkeys(rates["sex"].tolist()):
        mine = (counts["sex"] == sex) | (not sparse.study.model.sex)
        hidden = {}
        for i in np.flatnonzero(rates["sex"] == sex):
            a, b = rates["from"][i], rates["to"][i]
            of_move = mine & (counts["state"] == a) & (counts["to"] == b)
            gone = {bool(np.isnan(rates[name][i])) for name in ("rate", "lower", "upper")}
            assert len(gone) == 1
            assert counts["moves"][of_move].sum() >= threshold or gone == {True}
            if gone == {True}:
                hidden[a, b] = counts["moves"][of_move].sum()
        # All moves together are told: those withheld are as many as a threshold.
        assert not hidden or (len(hidden) > 1 and sum(hidden.values()) >= threshold)
        for state in dict.fromkeys(shares["from"].tolist()):
            row = np.isin(shares["sex"], [sex, "both"]) & (shares["from"] == state)
            left_out = {bool(x) for n in ("probability", "lower", "upper")
                        for x in np.isnan(shares[n][row])}  # fmt: skip
            # 1 minus the rest of a row tells a single one that is left out, so it is all or none;
            # and a row that people leave by a withheld move, or go to such a state, is made of it.
            assert len(left_out) == 1
            before = {state}
            while more := {b for a, b in sparse.fit.model.transitions if a in before} - before:
                before |= more
            assert left_out == {any(a in before for a, _ in hidden)}
    assert (rates["age"] == sparse.intensities["age"]).all()
    # The same study with a threshold that many moves fall short of.
    if threshold == 40:
        assert np.isnan(rates["rate"]).any()
        assert np.isnan(shares["probability"]).any()
    page = html(dataclasses.replace(sparse, study=sparse.study), lang="sv")
    assert "nan" not in page.lower().split("<style")[0]
    assert "Internt underlag" not in page


def test_a_page_whose_probabilities_are_all_withheld_is_made(sparse, monkeypatch):
    monkeypatch.setattr("kohort.study.settings.PUBLIC", Profile("public", 40))
    assert sparse.study.disclosure.threshold == 40
    page = html(sparse, lang="sv")
    assert "gjordes av färre än 40 personer" in page
    assert page.count(">visas inte<") > 10
    assert "nan" not in page.lower().split("<style")[0].replace("finan", "")


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
    assert "gjordes av färre än" not in page
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
    monkeypatch.setattr("kohort.study.settings.PUBLIC", kh.privacy.Profile("public", 10_000))
    assert run(["project", str(study), "--out", str(tmp_path / "out")]) == 4
    assert "E-DISCLOSURE" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert (
        run(["project", str(study), "--out", str(tmp_path / "out"), "--profile", "internal"]) == 0
    )


def backtest_of(seen, began):
    """A backtest of two levels: what was seen (years, levels), and what origins began with."""
    levels = ("light", "high")
    rows = []
    for i, origin in enumerate((2020, 2021)):
        for year in range(origin + 1, 2023):
            persons, start = seen[year - 2021], began[i]
            for state, x, a in zip(
                (*levels, "users"), (*persons, sum(persons)), (*start, sum(start)), strict=True
            ):
                rows.append((origin, year, year - origin, state, float(x), float(a)))
    names = ("origin", "year", "horizon", "state", "seen", "constant_share")
    columns = {n: np.array(v) for n, v in zip(names, zip(*rows, strict=True), strict=True)}
    others = [f"{a}low_{p}" for a in ("", "naive_") for p in (80, 95)]
    others += [f"{a}high_{p}" for a in ("", "naive_") for p in (80, 95)]
    others += ["predicted", "crps", "constant_share_crps", "naive_crps", "pit"]
    columns |= {name: columns["seen"] + 0.25 for name in others}
    return kh.Backtest(columns, np.ones((len(rows), 3)), levels, "given", 1)


def test_a_public_backtest_has_no_forecast_that_begins_or_ends_at_few():
    many = backtest_of([(50, 40), (51, 39)], [(48, 41), (50, 40)])
    assert disclosed_backtest(many, PUBLIC)["seen"].tolist() == many["seen"].tolist()
    # In 2022 there are 3 at the high level; of one of two levels the total tells the other.
    few = backtest_of([(50, 40), (51, 3)], [(48, 41), (50, 40)])
    shown = disclosed_backtest(few, PUBLIC)
    assert 3 not in shown["seen"]
    of_2022 = shown["year"] == 2022
    assert len(set(shown["state"][of_2022])) == 1  # the total, or neither level's
    assert shown.draws.shape[0] == len(shown["seen"])
    assert shown.scores("state")["forecasts"].sum() == len(shown["seen"])  # and no mean tells them
    assert disclosed_backtest(few, INTERNAL) is few
    # An origin that begins with few: none of its forecasts, from however far.
    shown = disclosed_backtest(backtest_of([(50, 40), (51, 39)], [(48, 2), (50, 40)]), PUBLIC)
    assert not ((shown["origin"] == 2020) & (shown["state"] == "high")).any()
    with pytest.raises(kh.InvalidInput, match="E-DISCLOSURE"):
        disclosed_backtest(backtest_of([(2, 1), (1, 1)], [(1, 1), (1, 2)]), PUBLIC)


def test_a_public_comparison_has_no_strategy_for_few(capsys):
    def outcome(name, enrolled):
        none = np.zeros(0)
        return Outcome(
            name=name, evidence=kh.Evidence("assumed", "test"), pays="", gains="", users=-1.0,
            life_years=2.0, user_years=-3.0, enrolled=enrolled, support=-5e5, hours=0.0,
            programme=2e5, support_draws=none, hours_draws=none, programme_draws=none,
            enrolled_draws=none,
        )  # fmt: skip

    made = Outcomes((outcome("wide", 40.0), outcome("narrow", 3.2), outcome("none", 0.0)),
                    (2025, 2034), 2024, 0)  # fmt: skip
    assert [o.name for o in disclosed_outcomes(made, PUBLIC).outcomes] == ["wide", "none"]
    assert len(disclosed_outcomes(made, INTERNAL).outcomes) == 3
    with pytest.raises(kh.InvalidInput, match="E-DISCLOSURE"):
        disclosed_outcomes(dataclasses.replace(made, outcomes=made.outcomes[1:2]), PUBLIC)


def test_a_team_of_few_is_for_internal_eyes_alone(tmp_path, capsys):
    shipped = Path(__file__).resolve().parents[2] / "data/example/ihr_programme.toml"
    few = ("breakeven", str(shipped), "--starts", "1", "--stay", "2", "--out", str(tmp_path / "ut"))
    assert run([*few]) == 4
    assert "E-DISCLOSURE" in capsys.readouterr().err
    assert not (tmp_path / "ut").exists()
    assert run([*few, "--profile", "internal"]) == 0
    assert "INTERNT UNDERLAG" in capsys.readouterr().out
    assert "Internt underlag" in (tmp_path / "ut" / "breakeven.html").read_text(encoding="utf-8")
    assert run([*few, "--profile", "everybody"]) == 2
