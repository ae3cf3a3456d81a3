"""A study of the national register: from months and persons to forecast, and what it refuses."""

import datetime as dt
import json

import numpy as np
import pytest

import kohort as kh
from kohort.cli.app import run
from kohort.datasets import make_municipality
from kohort.study import Study, study_data

STUDY = """
name = "Registerkommunen"
language = "en"
synthetic = true
years = 2
draws = 40

[data]
decisions = "synthetic_decisions.csv"
persons = "synthetic_persons.csv"
level_rule = "register"
map = "sol-register"
extraction_date = 2024-12-31

[population]
persons = "synthetic_population.csv"
closure = "scale"

[entries]
first_year = 2019
last_year = 2024

[costs]
price_year = 2018
by_level = { light = 20000, moderate = 80000, high = 240000, total = 800000 }
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_municipality(
        tmp_path_factory.mktemp("register"),
        persons=6000, layout="register", first_day="2018-12-01", seed=4,
    )  # fmt: skip


@pytest.fixture
def folder(made, tmp_path):
    for file in made.decisions.parent.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path


def changed(folder, *pairs):
    text = STUDY
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder / "study.toml"


def rows(observations):
    table = [observations.subjects, observations.times, observations.states, observations.kinds]
    return [np.asarray(column).tolist() for column in table]


def test_a_study_reads_what_read_register_reads(made, folder):
    study = study_data.read(Study.read(folder / "study.toml"))
    alone = kh.read_register(made.decisions, persons=made.about_persons)
    assert rows(study.observations) == rows(alone.observations)
    assert study.counts == alone.counts
    assert study.policies["level_rule_sha256"] == kh.read_register_rule().digest
    # With deaths alone the same visits, without age and sex.
    with made.about_persons.open(encoding="utf-8") as file:
        cells = [line.strip().split(";") for line in file][2:]
    deaths = {name: died for name, _, _, died in cells if died and died <= "2024-12-31"}
    plain = kh.read_register(made.decisions, deaths=deaths)
    assert rows(plain.observations) == rows(alone.observations)
    assert plain.observations.covariate_names == ()
    assert alone.observations.covariate_names == ("age", "male")


def test_the_stays_agree_with_the_visits_on_every_month_s_last_day(made):
    found = kh.read_register(made.decisions, persons=made.about_persons)
    o = found.observations
    labels = np.array(o.model.states)
    for day in ("2019-12-31", "2022-06-30", "2024-12-31"):
        here = o.times == (np.datetime64(day) - np.datetime64("1970-01-01")).astype(int)
        seen = {s: int(np.sum(labels[o.states[here]] == s)) for s in o.model.states[:-1]}
        stock = found.stock(day)
        counted = {s: stock["persons"][stock["state"] == s].sum() for s in seen}
        assert counted == seen
    # Who is there in the first month came before it; whoever comes later is counted once.
    first = {s for s, t in zip(o.subjects, o.times, strict=True) if t == o.times.min()}
    came = len(set(o.subjects.tolist())) - len(first)
    assert found.entries(2018, 2024)["persons"].sum() == came
    dead = int(np.sum(labels[o.states] == "dead"))
    moves = found.moves(1900, 2200)
    assert moves["moves"][moves["to"] == "dead"].sum() == dead


def test_the_register_of_an_earlier_day_is_that_of_its_months(made, tmp_path):
    found = kh.read_register(made.decisions, persons=made.about_persons)
    known = found.as_known_on("2021-12-31")
    lines = made.decisions.read_text(encoding="utf-8").splitlines()
    early = [x for x in lines if x[0] == "#" or x.split(";")[1] <= "202112" or "PERIOD" in x]
    path = tmp_path / "early.csv"
    path.write_text("\n".join(early) + "\n", encoding="utf-8")
    again = kh.read_register(path, persons=made.about_persons)
    assert len(known.observations) == len(again.observations)
    for day in ("2020-12-31", "2021-12-31"):
        for name in ("persons", "state", "age"):
            np.testing.assert_array_equal(known.stock(day)[name], again.stock(day)[name])
    with pytest.raises(kh.InvalidInput) as refused:
        found.as_known_on("2025-12-31")
    assert refused.value.code == "E-SETTING"


@pytest.mark.parametrize(
    "command",
    [
        ["fit"],
        ["project", "--out", "ut"],
        ["backtest", "--origins", "2022", "--horizon", "1", "--draws", "40"],
        ["compare", "--preset", "recovery_1_4_year1"],
        ["verify", "--only", "V07", "--only", "V08"],
        ["check", "--page", "q.html"],
    ],
    ids=lambda command: command[0],
)
def test_every_command_runs_on_it(folder, command, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    assert run([command[0], "study.toml", *command[1:], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"]
    if command[0] == "project":
        report = (folder / "ut" / "report.html").read_text(encoding="utf-8")
        assert "last day of each month" in report
        assert "BOFORM, HTJTIM, KORTMAN" in report
        manifest = json.loads((folder / "ut" / "manifest.json").read_text(encoding="utf-8"))
        assert "synthetic_persons.csv" in json.dumps(manifest)


def test_headers_dates_and_the_rule_are_the_study_s(made, folder):
    head = {"LopNr": "Vem", "PERIOD": "Månad", "BOFORM": "Boende", "HTJTIM": "Timmar"}
    text = made.decisions.read_text(encoding="utf-8")
    for old, new in head.items():
        text = text.replace(old, new, 1)
    (folder / "synthetic_decisions.csv").write_text(text, encoding="utf-8")
    rule = kh.level_rule_source("register").replace("[7.0, 23.0]", "[10.0, 40.0]")
    (folder / "regel.toml").write_text(rule, encoding="utf-8")
    columns = '{ person = "Vem", period = "Månad", BOFORM = "Boende", HTJTIM = "Timmar" }'
    study = changed(
        folder,
        ('level_rule = "register"\nmap = "sol-register"',
         f'level_rule = "regel.toml"\nmap = {{ columns = {columns} }}'),
    )  # fmt: skip
    found = study_data.read(Study.read(study))
    own = kh.read_register_rule(folder / "regel.toml")
    alone = kh.read_register(made.decisions, persons=made.about_persons, rule=own)
    assert rows(found.observations) == rows(alone.observations)
    assert Study.read(study).inputs()[-1].name == "regel.toml"


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ('persons = "synthetic_persons.csv"\n', "", "E-REGISTER-PERSONS", "data.persons"),
        ("first_year = 2019", "first_year = 2018", "E-REGISTER-YEARS", "2019"),
        ("[population]", "[model]\nsince_entry = [1]\n\n[population]", "E-REGISTER-ENTRY", ""),
        ("[population]", '[model]\ntwo_phases = ["total"]\n\n[population]', "E-REGISTER-ENTRY", ""),
        ("extraction_date", "gap_days = 3\nextraction_date", "E-STUDY-UNUSED", "data.gap_days"),
        ("2024-12-31", "2025-02-28", "E-REGISTER-ENDS", "2024-12-31"),
        ("2024-12-31", "2024-11-30", "E-PERIOD", "2024"),
        ('"register"', '"support_type"', "E-STUDY-UNUSED", "data.persons"),
    ],
)  # fmt: skip
def test_what_the_register_cannot_answer_is_refused(folder, old, new, code, said, capsys):
    study = changed(folder, (old, new))
    for lang in ("en", "sv"):
        assert run(["project", str(study), "--json", "--lang", lang]) == 2
        found = json.loads(capsys.readouterr().out)["findings"]
        assert {f["code"] for f in found} == {code}
        assert said in found[0]["message"] + found[0]["remedy"] or code == "E-PERIOD"
        assert found[0]["remedy"]


def test_a_fit_needs_no_deaths_but_sex_and_birth_if_the_model_asks(folder, capsys):
    study = changed(folder, ('persons = "synthetic_persons.csv"\n', ""))
    assert run(["fit", str(study)]) == 2
    assert "E-REGISTER-PERSONS" in capsys.readouterr().err
    none = ("[population]", '[model]\nsex = false\nage = "none"\n\n[population]')
    run(["fit", str(changed(folder, ('persons = "synthetic_persons.csv"\n', ""), none)), "--json"])
    assert '"ended -> light"' in capsys.readouterr().out
    assert run(["project", str(study)]) == 2


ABOUT = "LopNr;kön;födelsedatum;dödsdatum\n"


@pytest.mark.parametrize(
    ("rows_of_persons", "codes"),
    [
        ("a;kvinna;1940-02-03;\nb;x;1940;\n", [("E-SEX", 3)]),
        ("a;kvinna;1940-02-03;\na;man;1940-02-03;\nb;2;1940-05;\n", [("E-SEX-DIFF", 3)]),
        ("a;1;1940;\na;1;1941;\nb;1;1940;\n", [("E-BIRTH-DIFF", 3)]),
        ("a;1;19400230;\nb;1;1940;2024-13-01\n", [("E-DATE-FORMAT", 2), ("E-DATE-FORMAT", 3)]),
        ("a;1;1940;2024-03-01\na;1;1940;2024-03-02\nb;1;1940;\n", [("E-DEATH-TWICE", 3)]),
        ("a;1;1940;\n", [("E-PERSON-UNKNOWN", None)]),
        ("a;1;1940;2024-01-12\nb;1;1940;\n", [("E-AFTER-DEATH", None)]),
    ],
)
def test_faults_of_the_persons_have_their_rows(tmp_path, rows_of_persons, codes):
    register, persons = tmp_path / "r.csv", tmp_path / "p.csv"
    register.write_text("LopNr;PERIOD;BOFORM;HTJTIM\na;202401;1;5\nb;202401;2;888\n")
    persons.write_text(ABOUT + rows_of_persons, encoding="utf-8")
    with pytest.raises(kh.DataRefused) as refused:
        kh.read_register(register, persons=persons)
    assert [(f.code, f.row) for f in refused.value.findings] == codes
    assert all(f.message_sv and f.remedy_sv for f in refused.value.findings)


def test_personal_numbers_tell_birth_and_sex_and_do_not_stay(tmp_path):
    numbers = ["19460823-9986"]  # of the scheme for tests
    text = "LopNr;PERIOD;BOFORM;HTJTIM\n" + "".join(
        f"{n};2024{m:02d};1;5\n" for n in numbers for m in (1, 2)
    )
    path = tmp_path / "r.csv"
    path.write_text(text)
    found = kh.read_register(path)
    assert list(found.observations.subject_names) == [str(i + 1) for i in range(len(numbers))]
    ages = np.asarray(found.observations.covariates)[:, 0]
    born, day = dt.date(1946, 8, 23), dt.date(2024, 1, 31)
    assert ages[0] == pytest.approx((day - born).days / 365.25)
    assert found.policies["id"] == "personnummer"
