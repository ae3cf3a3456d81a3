"""Files appear whole or not at all."""

import os

import pytest

import kohort as kh
from kohort.cli.app import run
from kohort.support._output import check_places, write_files

FILES = {"a.txt": b"a", "tables/b.csv": b"b"}


def test_all_files_are_there_and_nothing_else(tmp_path):
    write_files(tmp_path / "new" / "folder", FILES)
    found = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert found == {"new/folder/a.txt", "new/folder/tables/b.csv"}
    assert (tmp_path / "new/folder/tables/b.csv").read_bytes() == b"b"


def test_a_second_run_replaces_what_was_there_and_leaves_the_rest(tmp_path):
    write_files(tmp_path, FILES)
    (tmp_path / "mine.txt").write_text("mine")
    write_files(tmp_path, {"a.txt": b"new"})
    assert (tmp_path / "a.txt").read_bytes() == b"new"
    assert (tmp_path / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("failing", range(2))
def test_a_disk_that_fails_leaves_nothing_behind(tmp_path, monkeypatch, failing):
    calls = []

    def full(handle):
        calls.append(handle)
        if len(calls) > failing:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_files(tmp_path / "out", FILES)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_between_two_files_leaves_the_old_ones(tmp_path, monkeypatch):
    write_files(tmp_path, FILES)

    def interrupted(handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_files(tmp_path, {"a.txt": b"half"})
    assert (tmp_path / "a.txt").read_bytes() == b"a"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "tables"]


def test_a_folder_in_the_place_of_a_file_is_no_surprise_at_the_end(tmp_path):
    (tmp_path / "tables" / "b.csv").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        write_files(tmp_path, FILES)
    assert not (tmp_path / "a.txt").exists()


def test_files_have_the_rights_of_any_new_file(tmp_path):
    write_files(tmp_path, FILES)
    plain = tmp_path / "plain"
    plain.touch()
    assert (tmp_path / "a.txt").stat().st_mode == plain.stat().st_mode


EXTRACT = "person;beslut_id;från;till;nivå\nP1;B1;2020-01-01;;lätt\nP2;B2;2020-02-01;;lätt\n"
DAY = ("--extraction-date", "2024-12-31")


@pytest.fixture
def extract(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "beslut.csv").write_text(EXTRACT, encoding="utf-8")
    os.symlink("beslut.csv", tmp_path / "link.csv")
    os.link(tmp_path / "beslut.csv", tmp_path / "sub" / "hard.csv")
    (tmp_path / "folder").symlink_to(tmp_path)
    return tmp_path / "beslut.csv"


@pytest.mark.parametrize("option", ["--page", "--findings", "--write-map"])
@pytest.mark.parametrize(
    "name", ["beslut.csv", "./sub/../beslut.csv", "link.csv", "sub/hard.csv", "folder/beslut.csv"]
)
def test_no_command_writes_over_what_it_reads(extract, capsys, option, name):
    assert run(["check", "beslut.csv", *DAY, option, name]) == 2
    assert "E-USAGE" in capsys.readouterr().err
    assert extract.read_text(encoding="utf-8") == EXTRACT
    assert run(["check", name, *DAY, option, "beslut.csv"]) == 2
    assert extract.read_text(encoding="utf-8") == EXTRACT
    assert os.path.islink("link.csv")


def test_two_things_are_not_written_into_one_file(extract, capsys):
    for other in ("x.out", "./sub/../x.out", "folder/x.out"):
        assert run(["check", "beslut.csv", *DAY, "--findings", "x.out", "--page", other]) == 2
        assert "two things" in capsys.readouterr().err
        assert not os.path.exists("x.out")
    os.symlink("not-there-yet", "dangling")
    assert (
        run(["check", "beslut.csv", *DAY, "--findings", "not-there-yet", "--page", "dangling"]) == 2
    )
    logged = ["check", "beslut.csv", *DAY, "--log", ".", "--findings"]
    assert run([*logged, "log.jsonl"]) == 2
    assert not os.path.exists("log.jsonl")
    assert run([*logged, "x.jsonl", "--page", "x.html"]) == 0


def test_maps_codes_and_the_files_of_a_study_are_read_as_well(extract, capsys):
    for name in ("map.toml", "codes.csv"):
        (extract.parent / name).write_text("", encoding="utf-8")
    given = ["check", "beslut.csv", *DAY, "--map", "map.toml", "--codes", "codes.csv"]
    for name in ("map.toml", "codes.csv"):
        assert run([*given, "--page", name]) == 2
        assert "a file that is read" in capsys.readouterr().err
        assert (extract.parent / name).read_text() == ""


def test_a_study_is_not_overwritten_by_its_own_result(tmp_path, capsys):
    text = (
        "# mine\n"
        + kh.study.settings.shipped_study("kohort:small").replaced(years=1, draws=40).to_toml()
    )
    own = tmp_path / "study.toml"
    own.write_text(text, encoding="utf-8")
    read = kh.study.settings.Study.read(own)
    assert own in read.replaced(seed=5).inputs()
    assert len(read.inputs()) >= 3
    assert run(["project", str(own), "--out", str(tmp_path), "--json"]) == 2
    assert own.read_text(encoding="utf-8") == text
    assert sorted(p.name for p in tmp_path.iterdir()) == ["study.toml"]
    assert run(["check", str(own), "--page", str(own)]) == 2
    assert own.read_text(encoding="utf-8") == text
    programme = tmp_path / "breakeven.json"
    with pytest.raises(kh.InvalidInput, match="a file that is read"):
        write_files(tmp_path, {programme.name: b""}, inputs=[programme])
    check_places([None, programme], [None, own])
