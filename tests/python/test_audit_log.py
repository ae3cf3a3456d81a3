"""The record of what was done: appended, chained, and nobody in it (G05)."""

import json
from pathlib import Path

import pytest

import kohort as kh
from kohort.cli.app import run
from kohort.study import audit_log
from kohort.support import _output

SHIPPED = Path(__file__).resolve().parents[2] / "data/example/ihr_programme.toml"


@pytest.fixture
def folder(tmp_path):
    """Three runs into one folder."""
    for number in range(3):
        files = {"a.csv": b"x\n%d\n" % number, f"b{number}.txt": b"same"}
        entry = {"command": "test", "number of it": number}
        _output.write_files(tmp_path, audit_log.with_log(tmp_path, files, entry))
    return tmp_path


def test_a_line_is_added_for_each_run_and_the_whole_is_found_whole(folder):
    found = audit_log.check(folder)
    assert [e["number of it"] for e in found.entries] == [0, 1, 2]
    assert [e["number"] for e in found.entries] == [1, 2, 3]
    assert found.files == 4  # a.csv as it was written last, and three others
    assert found.entries[0]["kohort"] == kh.__version__
    assert len(found.head) == 64
    assert "3 entries" in str(found)


def lines_of(folder):
    return (folder / audit_log.NAME).read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (lambda x: x[1:], "line 1 does not follow"),
        (lambda x: [x[0], x[2]], "line 2 does not follow"),
        (lambda x: [x[1], x[0], x[2]], "line 1 does not follow"),
        (lambda x: [x[0].replace(b'"test"', b'"rest"'), *x[1:]], "line 1 does not follow"),
        (lambda x: [*x[:2], x[2].replace(b'"test"', b'"rest"')], "line 3 does not follow"),
        (lambda x: [*x[:2], x[2][:-1]], "cut off"),
        (lambda x: x[:2], "not as it was written"),  # the last line is gone, its files are not
        (lambda x: [*x, b"{}\n"], "line 4 does not follow"),
        (lambda x: [], "empty"),
    ],
)
def test_a_line_that_is_changed_moved_or_taken_out_is_noticed(folder, change, seen):
    (folder / audit_log.NAME).write_bytes(b"".join(change(lines_of(folder))))
    with pytest.raises(kh.InvalidInput, match=seen) as refused:
        audit_log.check(folder)
    assert refused.value.code == "E-LOG"
    if seen.startswith("line") or seen == "cut off":  # and nothing is written after it
        with pytest.raises(kh.InvalidInput, match="E-LOG"):
            audit_log.with_log(folder, {"c.txt": b""}, {"command": "test"})


def test_a_file_that_is_changed_or_gone_is_noticed(folder):
    (folder / "a.csv").write_bytes(b"x\n3\n")
    with pytest.raises(kh.InvalidInput, match=r"a\.csv is not as it was written"):
        audit_log.check(folder)
    (folder / "a.csv").unlink()
    with pytest.raises(kh.InvalidInput, match="is not there"):
        audit_log.check(folder)


def test_the_command_line_writes_it_and_checks_it(tmp_path, capsys):
    out = tmp_path / "ut"
    for starts in ("15", "20"):
        assert run(["breakeven", str(SHIPPED), "--starts", starts, "--out", str(out)]) == 0
    extract = tmp_path / "uttag.csv"
    text = "person;start;end;level\n" + "a;2020-01-01;;light\n" * 3
    extract.write_text(text, encoding="utf-8")
    assert run(["check", str(extract), "--extraction-date", "2024-12-31", "--log", str(out)]) == 0
    capsys.readouterr()
    assert run(["verify", "--log", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [e["command"] for e in said["entries"]] == ["breakeven", "breakeven", "check"]
    assert said["entries"][1]["changed"] == {"starts": 20.0, "enrolled": None}
    last = said["entries"][2]
    assert last["rules"] == {"W-DUP-ROW": 2}
    assert last["policies"]["column_map"] == "headers as they are"
    assert last["counts"]["persons followed"] == "<5"  # few are not counted here, either
    assert list(last["read_sha256"]) == ["uttag.csv"]
    assert last["policies"]["extraction_date"] == "2024-12-31"
    assert run(["verify", "--log", str(out), "--lang", "sv"]) == 0
    assert "Loggen i ut är hel. Rader: 3. Filer som är som de skrevs: 2." in capsys.readouterr().out
    page = out / "breakeven.html"
    page.write_text(page.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert run(["verify", "--log", str(out), "--lang", "sv"]) == 2
    assert "Loggen över vad som gjorts har ändrats" in capsys.readouterr().err
    assert run(["verify", "--log", str(tmp_path)]) == 2


def test_the_same_run_gives_the_same_line(tmp_path):
    made = [audit_log.with_log(tmp_path / n, {"a": b"1"}, {"command": "x"}) for n in ("a", "b")]
    assert made[0] == made[1]
