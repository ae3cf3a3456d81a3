"""Published decision models, written on the public interface, give the printed digits."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "published"
PROGRAMS = sorted(path for path in FOLDER.glob("*.py") if not path.name.startswith("_"))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_the_printed_digits_come_out(program, monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.delitem(sys.modules, "_compare", raising=False)
    runpy.run_path(str(program), run_name="__main__")
    shown = capsys.readouterr().out
    assert " ok\n" in shown
    assert " NO\n" not in shown


def test_the_list_of_programs_is_the_folder():
    listed = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert len(PROGRAMS) == 7
    for program in PROGRAMS:
        assert f"`{program.name}`" in listed


def test_a_figure_that_is_off_stops_the_program(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.delitem(sys.modules, "_compare", raising=False)
    from _compare import compare

    with pytest.raises(SystemExit, match="not reproduced: cost"):
        compare("Model", [("cost", 1.0, 1.1, 0.05)])
