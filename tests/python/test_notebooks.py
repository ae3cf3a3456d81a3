"""Notebooks are stored without outputs and say what is synthetic; `--nbmake` runs them."""

import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_without_outputs_and_labelled(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert code
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert notebook["metadata"]["language_info"] == {"name": "python"}
    words = "".join(line for cell in notebook["cells"] for line in cell["source"])
    assert "synthetic" in words


def test_there_is_one():
    assert NOTEBOOKS
