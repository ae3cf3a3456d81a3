"""Files appear whole or not at all."""

import os

import pytest

from kohort._output import write_files

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
