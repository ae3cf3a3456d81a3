"""`kohort check`: every fault in one run, in words and as JSON lines; maps that are proposed.

All people here are made up.
"""

from __future__ import annotations

import json
import re

import pytest

from kohort.cli.app import run
from kohort.study import example_study

GOOD = "person;start;end;level\na;2020-01-01;2020-06-30;light\na;2020-07-01;;high\n"
UNTIL = ("--extraction-date", "2022-12-31")


@pytest.fixture
def asked(capsys):
    def asked(*arguments):
        code = run([*map(str, arguments)])
        out, err = capsys.readouterr()
        return code, out, err

    return asked


def test_a_good_file_is_said_to_be_so(written, asked):
    code, out, err = asked("check", written(GOOD), *UNTIL)
    assert (code, err) == (0, "")
    assert "No errors. Warnings: 0." in out
    assert "Rows read: 2. Persons who can be followed: 1." in out
    code, out, _ = asked("check", written(GOOD), *UNTIL, "--json")
    document = json.loads(out)
    assert document["ok"]
    assert document["policies"]["read_as"]["encoding"] == "UTF-8"
    assert document["policies"]["level_rule"] == "level as registered"
    code, out, _ = asked("check", written(GOOD), *UNTIL, "--lang", "sv")
    assert "Inga fel. Varningar: 0." in out


def test_the_data_quality_page_is_written_for_good_files_and_bad_ones(written, asked, tmp_path):
    page = tmp_path / "kvalitet.html"
    code, _, _ = asked("check", written(GOOD), *UNTIL, "--page", page, "--lang", "sv")
    text = page.read_text(encoding="utf-8")
    assert code == 0
    assert "Så ser uttaget ut: uttag.csv" in text
    assert text.count("<svg") == 10
    code, _, _ = asked("check", written(GOOD + "b;;;light\n"), *UNTIL, "--page", page)
    text = page.read_text(encoding="utf-8")
    assert code == 2
    assert "E-DATE-MISSING" in text
    assert "<svg" not in text


def test_codes_and_short_stays_are_told_on_the_command_line(written, asked, tmp_path):
    path = written(
        "person;start;end;support\na;2020-01-01;;hemservice\n"
        "a;2020-03-01;2020-03-09;korttidsboende\n"
    )
    codes = tmp_path / "koder.csv"
    codes.write_text("kod;niva\nhemservice;high\n", encoding="utf-8")
    assert asked("check", path, *UNTIL)[0] == 2
    asking = ("check", path, *UNTIL, "--codes", codes, "--short-stay-days", "14", "--json")
    code, out, _ = asked(*asking)
    document = json.loads(out)
    assert code == 0
    assert document["counts"]["short stays that give no level, left out"] == 1
    assert document["policies"]["level_rule"].endswith("with 1 codes of the user")


def test_all_faults_at_once_in_both_languages(written, asked, tmp_path):
    lines = [
        f"p{k};2020-02-30;;light" if k % 143 == 5 else f"p{k};2020-01-01;;light"
        for k in range(2, 1001)
    ]
    path = written("person;start;end;level\n" + "\n".join(lines) + "\n")
    planted = [k for k in range(2, 1001) if k % 143 == 5]
    assert len(planted) == 7
    beside = tmp_path / "fynd.jsonl"
    code, out, err = asked("check", path, *UNTIL, "--lang", "sv", "--findings", beside)
    assert (code, err) == (2, "")
    for row in planted:
        assert f"E-DATE-INVALID uttag.csv rad {row} kolumn start: det finns ingen sådan dag." in out
    assert "Fel: 7. Varningar: 0." in out
    listed = [json.loads(line) for line in beside.read_text(encoding="utf-8").splitlines()]
    assert [f["row"] for f in listed] == planted
    assert set(listed[0]) == {
        *("code", "severity", "file", "row", "cell", "related", "column", "count"),
        *("message", "message_sv", "remedy", "remedy_sv"),
    }
    code, out, _ = asked("check", path, *UNTIL, "--json")
    document = json.loads(out)
    assert (code, document["exit_code"], document["errors"]) == (2, 2, 7)
    assert [f["row"] for f in document["findings"]] == planted


def test_text_stops_at_a_thousand_and_the_lines_do_not(written, asked, tmp_path):
    path = written("person;start;end;level\n" + "p;2020-02-30;;light\n" * 1500)
    beside = tmp_path / "fynd.jsonl"
    code, out, _ = asked("check", path, *UNTIL, "--findings", beside)
    assert code == 2
    assert out.count("E-DATE-INVALID") == 1000
    assert "and 500 more" in out
    assert len(beside.read_text().splitlines()) == 1500


def test_the_rule_is_seen_from_the_columns(written, asked):
    supports = written("person;start;end;insats\na;2020-01-01;;dusch\n")
    assert asked("check", supports, *UNTIL)[0] == 0
    hours = written("person;start;end;timmar\na;2020-01-01;;12,5\n", "timmar.csv")
    code, out, _ = asked("check", hours, *UNTIL, "--json")
    assert json.loads(out)["policies"]["level_rule"] == "hours a month"
    code, out, _ = asked("check", supports, *UNTIL, "--level-rule", "hours")
    assert code == 2
    code, _, err = asked("check", supports, *UNTIL, "--level-rule", "none")
    assert (code, "E-STUDY-VALUE" in err) == (2, True)


def test_policies_are_obeyed(written, asked):
    both = written("person;start;end;level\na;2020-01-01;2020-06-30;light\na;2020-06-01;;high\n")
    code, out, _ = asked("check", both, *UNTIL)
    assert (code, "E-OVERLAP" in out) == (2, True)
    code, out, _ = asked("check", both, *UNTIL, "--overlap", "highest")
    assert (code, "W-OVERLAP" in out) == (0, True)
    code, out, _ = asked("check", written(GOOD))
    assert (code, "E-EXTRACTION-DATE" in out) == (2, True)
    assert asked("check", written(GOOD), *UNTIL, "--overlap", "lowest")[0] == 2
    assert asked("check", written(GOOD), "--extraction-date", "igår")[0] == 2


def test_a_map_is_proposed_and_written_only_when_asked(written, asked, tmp_path):
    path = written("Vem;Beslut fr.o.m;Beslut t.o.m;nivå;personnr\nX;2020-01-01;;lätt;p\n")
    for arguments in (("check", path, "--map"), ("check", "--map", path)):
        code, out, _ = asked(*arguments)
        assert code == 0
        assert 'start = "Beslut fr.o.m"' in out
        assert 'person = "personnr"' in out
        assert "# not used: Vem" in out
    assert [p.name for p in tmp_path.iterdir()] == ["uttag.csv"]
    place = tmp_path / "karta.toml"
    code, out, _ = asked("check", path, "--map", "--write-map", place, "--lang", "sv")
    assert "Läs igenom den" in out
    code, out, _ = asked("check", path, "--map", place, *UNTIL, "--id", "opaque", "--json")
    assert (code, json.loads(out)["counts"]["persons followed"]) == (0, 1)
    code, out, _ = asked("check", path, "--map", "--json")
    document = json.loads(out)
    assert document["map"]["columns"]["end"] == "Beslut t.o.m"
    assert document["written"] is None


def test_a_study_is_checked_with_everything_that_it_reads(asked, tmp_path):
    study = example_study()
    place = tmp_path / "studie.toml"
    place.write_text(study.to_toml(), encoding="utf-8")
    code, out, err = asked("check", place, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["counts"]["persons followed"] > 1000
    place.write_text(
        study.to_toml().replace(
            'persons = "kohort:example/population.csv"', 'persons = "ingen.csv"'
        ),
        encoding="utf-8",
    )
    code, out, _ = asked("check", place)
    assert (code, "ingen.csv" in out) == (2, True)
    assert asked("check", place, *UNTIL)[0] == 2


def test_a_study_may_hold_its_map(asked, tmp_path, written):
    study = example_study()
    written("Vem;Datum 1;Datum 2;Grad\na;2020-01-01;;lätt\n")
    text = study.to_toml().replace(study.data.decisions, "uttag.csv")
    text = text.replace('level_rule = "support_type"', 'level_rule = "level"')
    table = (
        '[data.map.columns]\nperson = "Vem"\nstart = "Datum 1"\nend = "Datum 2"\nlevel = "Grad"\n'
    )
    place = tmp_path / "studie.toml"
    place.write_text(text + "\n" + table, encoding="utf-8")
    code, out, _ = asked("check", place, "--json")
    assert (code, json.loads(out)["policies"]["columns"]["start"]) == (0, "Datum 1")


def test_the_quality_page_is_written_for_good_and_for_refused_files(written, asked, tmp_path):
    page = tmp_path / "kvalitet.html"
    assert asked("check", written(GOOD), *UNTIL, "--page", page)[0] == 0
    assert "<svg" in page.read_text(encoding="utf-8")
    assert asked("check", written(GOOD + "b;x;;light\n"), *UNTIL, "--page", page)[0] == 2
    assert "E-DATE-FORMAT" in page.read_text(encoding="utf-8")


def test_the_page_and_the_command_count_the_same_and_call_it_the_same(written, asked, tmp_path):
    page = tmp_path / "kvalitet.html"
    copies = "".join("b;2020-01-01;;light\n" for _ in range(7))
    for text in (GOOD + copies, GOOD + copies + "c;;;light\nd;2020-02-30;;light\n"):
        extract = written(text)
        said = json.loads(asked("check", extract, *UNTIL, "--json")[1])
        _, out, _ = asked("check", extract, *UNTIL, "--page", page, "--lang", "sv")
        told = page.read_text(encoding="utf-8")
        for word, key in (("Varningar", "warnings"), ("Fel", "errors")):
            assert f"{word}: {said[key]}." in out or (said[key] == 0 and "Inga fel" in out)
            card = re.search(rf'<dt>{word}</dt><dd class="figure"><data value="(\d+)', told)
            assert int(card[1]) == said[key]
    assert said["warnings"] == 6
    assert said["errors"] == 2


def test_what_is_no_file_is_refused(asked, tmp_path):
    assert asked("check")[0] == 2
    code, _, err = asked("check", tmp_path / "ingen.csv", *UNTIL)
    assert (code, "E-FILE" in err or "cannot be read" in err) == (2, True)
    assert asked("check", tmp_path, *UNTIL)[0] == 2


def exit_code(arguments):
    from kohort.cli import main

    with pytest.raises(SystemExit) as left:
        main(arguments)
    return left.value.code


def test_a_file_of_the_national_register_is_checked_by_its_own_reader(tmp_path, capsys):
    path = tmp_path / "register.csv"
    path.write_text(
        "LopNr;PERIOD;BOFORM;HTJ;HTJTIM\n1;202401;1;1;12\n2;202401;2;0;888\n3;202401;1;1;777\n"
    )
    assert exit_code(["check", str(path), "--map", "sol-register"]) == 0
    path.write_text(path.read_text() + "4;202401;1;1;1000\n")
    assert exit_code(["check", str(path), "--map", "sol-register"]) == 2
    assert "E-HOURS" in capsys.readouterr().out


def test_the_register_s_map_is_proposed_for_its_header(tmp_path, capsys):
    path, own = tmp_path / "register.csv", tmp_path / "karta.toml"
    head = "LopNr;PERIOD;BOFORM;HTJ;HTJTIM;MATD;TRYGG;DAGV;BOSTO;KORTTID;KORTMAN;KÖN"
    rows = "1;202401;1;1;12;0;0;0;0;0;0;man\n2;202401;2;0;888;0;0;0;0;0;0;kvinna\n"
    path.write_text(f"{head}\n{rows}", encoding="utf-8")
    assert exit_code(["check", "--map", str(path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["map"]["name"] == "sol-register"
    assert said["map"]["columns"] == {
        "person": "LopNr", "period": "PERIOD", "hours": "HTJTIM", "sex": "KÖN",
    }  # fmt: skip
    assert (said["level_rule"], said["missing"]) == ("register", [])
    assert said["unused"] == ["column 8", "column 9", "KORTTID"]
    assert exit_code(["check", "--map", str(path), "--write-map", str(own)]) == 0
    assert 'level_rule = "register"' in own.read_text(encoding="utf-8")
    capsys.readouterr()
    assert exit_code(["check", str(path), "--map", str(own), "--json"]) == 0
    read = json.loads(capsys.readouterr().out)
    assert read["counts"]["persons followed"] == 2
    assert read["policies"]["level_rule"].startswith("national register")
    # Its own reader it is without a map, too; another person's column is proposed for the persons.
    path.write_text(f"{head.replace('LopNr', 'Löpnummer')}\n{rows}", encoding="utf-8")
    assert exit_code(["check", "--map", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["map"]["columns"]["person"] == "Löpnummer"


def test_the_row_of_the_header_can_be_said(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Extract 2024\n\nperson;start;end;level\nA;2020-01-01;2020-02-01;light\n")
    asked = ["check", str(path), "--extraction-date", "2024-12-31"]
    assert exit_code(asked) == 2
    assert exit_code([*asked, "--header-row", "3"]) == 0


TABLES = {
    "decisions": ["person;start;end;level", "A;2020-01-01;2020-02-01;light"],
    "register": ["LopNr;PERIOD;BOFORM;HTJTIM", "1;202401;1;5"],
}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("above", [["Uttag ur systemet"], ["Kommunen; 2024-12-31", "", "Norr"]])
@pytest.mark.parametrize("kind", TABLES)
def test_lines_above_the_header_are_one_finding_with_its_row(tmp_path, capsys, kind, above, form):
    lines = [*above, *TABLES[kind]]
    path, row = tmp_path / f"a.{form}", len(above) + 1
    if form == "csv":
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        book = pytest.importorskip("xlsxwriter").Workbook(path)
        sheet = book.add_worksheet()
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line.split(";"))
        book.close()
    day = ["--extraction-date", "2024-12-31"] if kind == "decisions" else []
    for lang in ("en", "sv"):
        asked = ["check", str(path), *day, "--lang", lang, "--json"]
        assert exit_code(asked) == 2
        (found,) = json.loads(capsys.readouterr().out)["findings"]
        assert (found["code"], found["row"]) == ("E-HEADER-BELOW", row)
        assert f"--header-row {row}" in found["remedy"]
    assert exit_code([*asked, "--header-row", str(row)]) == 0
    assert exit_code(["check", "--map", str(path)]) == 2
    assert f"--header-row {row}" in capsys.readouterr().err


def test_the_decimal_mark_of_a_population_can_be_said_in_the_study(tmp_path, capsys):
    from kohort import datasets
    from kohort.study.settings import shipped_study

    lines = datasets.path("small/population.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.split(",") for line in lines if not line.startswith("#")]
    text = "\n".join(
        [";".join(rows[0]), *(";".join([*r[:3], f"{max(int(r[3]), 1)}.000"]) for r in rows[1:])]
    )
    (tmp_path / "folk.csv").write_text(text + "\n", encoding="utf-8")
    study = tmp_path / "study.toml"
    plain = shipped_study("kohort:small").to_toml()
    plain = plain.replace('"kohort:small/population.csv"', '"folk.csv"')
    study.write_text(plain, encoding="utf-8")
    for lang in ("en", "sv"):
        assert exit_code(["check", str(study), "--json", "--lang", lang]) == 2
        (found,) = [
            f for f in json.loads(capsys.readouterr().out)["findings"] if f["severity"] == "E"
        ]
        assert found["code"] == "E-DIALECT"
        assert 'decimal = ","' in found["remedy"]
        assert "[population]" in found["remedy"]
        assert found["row"] == 2
    told = plain.replace('persons = "folk.csv"', 'persons = "folk.csv"\ndecimal = ","')
    study.write_text(told, encoding="utf-8")
    assert exit_code(["check", str(study)]) == 0
    study.write_text(told.replace('decimal = ","', 'decimal = "x"'), encoding="utf-8")
    assert exit_code(["check", str(study)]) == 2


def test_the_marks_of_an_extract_can_be_said(tmp_path, capsys):
    path = tmp_path / "a.csv"
    head = "person;start;end;hours;cost\n"
    path.write_text(head + "".join(f"{p};2020-01-01;;{p}.125;1.250\n" for p in range(1, 9)))
    asked = ["check", str(path), "--extraction-date", "2024-12-31", "--level-rule", "hours"]
    assert exit_code(asked) == 2
    assert "E-DIALECT" in capsys.readouterr().out
    assert exit_code([*asked, "--decimal", "."]) == 0
    assert exit_code([*asked, "--decimal", "x"]) == 2
    assert exit_code([*asked, "--decimal", ".", "--delimiter", "tab"]) == 2
