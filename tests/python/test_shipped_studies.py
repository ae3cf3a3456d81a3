"""Studies that come with kohort go by their names wherever a study file does."""

import json

import pytest

from kohort import InvalidInput
from kohort.cli.app import run
from kohort.study import Study
from kohort.study.settings import shipped_study
from kohort.study.shipped import SHIPPED_STUDIES, folder_of, study_file


def asked(capsys, *arguments):
    code = run([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def own_file(tmp_path):
    """The small study as a file of somebody's own."""
    file = tmp_path / "study.toml"
    file.write_text(shipped_study("kohort:small").to_toml(), encoding="utf-8")
    return file


@pytest.mark.parametrize("name", SHIPPED_STUDIES)
def test_a_name_is_its_file(name):
    study = Study.read(f"kohort:{name}")
    assert study == Study.read(study_file(f"kohort:{name}"))
    assert all(path.is_file() for path in study.inputs())


@pytest.mark.parametrize("command", [["compare", "--draws", "40"], ["fit"], ["check"]])
def test_a_command_says_the_same_of_the_name_and_of_a_file(capsys, own_file, command):
    name, *options = command
    by_name = asked(capsys, name, "kohort:small", *options)
    assert by_name[0] == 0
    assert by_name == asked(capsys, name, str(own_file), *options)


def test_project_writes_into_a_folder_of_the_name(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, document = asked(capsys, "project", "kohort:sparse")
    assert code == 0, document
    assert (tmp_path / "sparse" / "report.html").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["sparse"]
    assert folder_of(tmp_path / "town.toml") == tmp_path / "town"


def test_backtest_of_fewer_surprises_than_chance_has(capsys):
    # First decisions of some origin vary less than Poisson counts do, which chance cannot.
    code, document = asked(capsys, "backtest", "kohort:sparse", "--draws", "40")
    assert code == 0, document
    assert document["command"] == "backtest"


def test_breakeven_says_what_the_study_lacks(capsys):
    code, document = asked(capsys, "breakeven", "kohort:small", "--lang", "sv")
    assert (code, document["command"]) == (2, "breakeven")
    (found,) = document["findings"]
    assert found["code"] == "E-STUDY-MISSING"
    assert "[programme]" in found["message"]
    assert "docs/study.sv.md" in found["remedy"]


@pytest.mark.parametrize("command", ["project", "compare", "breakeven", "backtest", "verify"])
def test_a_name_that_there_is_none_of_is_refused_with_those_there_are(capsys, command):
    code, document = asked(capsys, command, "kohort:liten", "--lang", "sv")
    assert code == 2
    (found,) = document["findings"]
    assert found["code"] == "E-FILE"
    assert "följer med kohort" in found["message"]
    assert "kohort:sparse" in found["remedy"]
    with pytest.raises(InvalidInput, match=r"There are: kohort:example, kohort:small"):
        Study.read("kohort:liten")
