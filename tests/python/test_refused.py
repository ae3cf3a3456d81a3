"""A refusal in the language asked for, with its file and remedy in JSON."""

import json

import pytest

from kohort.cli.app import run
from kohort.study.settings import shipped_study

SMALL = shipped_study("kohort:small").to_toml()


@pytest.mark.parametrize(
    ("old", "new", "code", "swedish", "remedy"),
    [
        (
            "draws = 500",
            "drows = 3",
            "E-STUDY-KEY",
            "nyckeln 'drows' finns inte",
            "Menade du draws?",
        ),
        ("price_year = 2018", "", "E-STUDY-MISSING", "'price_year' behövs", "Lägg till den."),
        ("draws = 500", 'draws = "x"', "E-STUDY-TYPE", "'x' är angivet", "Skriv ett heltal."),
        ("draws = 500", "draws = 3", "E-STUDY-VALUE", "är för lite", "Minst 40 behövs."),
        ("draws = 500", "draws = 900000", "E-STUDY-VALUE", "är för mycket", "Högst 100000 går."),
        ('age = "yearly"', 'age = "x"', "E-STUDY-VALUE", "finns inte att välja", "Välj något av"),
        ("draws = 500", "draws = ", "E-TOML", "är ingen TOML-fil", "Läsaren säger:"),
        (
            "total = 800000.0",
            "",
            "E-COST-MISSING",
            "'total' har ingen kostnad",
            "Ange dess kostnad",
        ),
    ],
)
def test_swedish_and_english_say_the_same_refusal(
    old, new, code, swedish, remedy, tmp_path, capsys
):
    assert SMALL.count(old) == 1
    path = tmp_path / "study.toml"
    path.write_text(SMALL.replace(old, new), encoding="utf-8")
    assert run(["project", str(path), "--lang", "sv"]) == 2
    said = capsys.readouterr().err
    assert swedish in said
    assert remedy in said
    assert f"[{code}]" in said
    assert run(["project", str(path), "--lang=sv", "--json"]) == 2
    found = json.loads(capsys.readouterr().out)["findings"][0]
    assert (found["code"], remedy in found["remedy"]) == (code, True)
    assert swedish in found["message"]
    assert run(["project", str(path), "--json"]) == 2
    english = json.loads(capsys.readouterr().out)["findings"][0]
    assert english["message"] not in (found["message"], "")
    if code.startswith("E-STUDY"):
        assert english["file"] == "study.toml"
    assert not (tmp_path / "study").exists()


def test_findings_of_data_are_in_the_language_asked_for(tmp_path, capsys):
    path = tmp_path / "study.toml"
    (tmp_path / "p.csv").write_text("year;sex;age;persons\n2015;women;70;5\n", encoding="utf-8")
    path.write_text(SMALL.replace("kohort:small/population.csv", "p.csv"), encoding="utf-8")
    assert run(["project", str(path), "--lang", "sv"]) == 2
    said = capsys.readouterr().err
    assert "uppgifterna kan inte användas" in said
    assert "Komplettera" in said
