"""The code that the README shows is run."""

import pathlib
import re

import pytest

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"


def blocks():
    return re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("code", blocks())
def test_the_readme_runs(code, capsys):
    names: dict[str, object] = {}
    exec(compile(code, str(README), "exec"), names)
    printed = capsys.readouterr().out
    assert "2034" in printed
    assert "total" in printed


def test_there_is_something_to_run():
    assert len(blocks()) >= 1
