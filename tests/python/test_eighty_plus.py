"""The slides' 125 and 187.5 billion, and a flow model's answer beside them."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "examples" / "eighty_plus.py"


@pytest.fixture(scope="module")
def found():
    return runpy.run_path(str(PROGRAM))["answer"](draws=20)


def test_the_slides_multiplication(found):
    assert found.constant == (125e9, 187.5e9)
    assert 100 * found.growth == pytest.approx(4.1380, abs=5e-5)
    by_age = found.projection.persons[[0, -1]].sum(axis=(1, 2))
    old = [i for i, name in enumerate(found.projection.age_groups) if int(name[:2]) >= 80]
    assert by_age[0, old].sum() == pytest.approx(500_000, rel=1e-12)
    assert by_age[1, old].sum() == pytest.approx(750_000, rel=1e-12)


def test_the_flow_answer_starts_at_the_same_cost_and_its_parts_add_up(found):
    assert found.flow[0] == pytest.approx(125e9, rel=1e-12)
    assert sum(found.parts.values()) == pytest.approx(found.flow[1] - found.flow[0], rel=1e-9)
    assert found.parts["price"] == 0
    users = found.projection.persons[-1].sum(axis=(1, 2)) - found.projection.constant_share.persons[
        -1
    ].sum(axis=(1, 2))
    levels = [found.projection.states.index(level) for level in found.projection.levels]
    assert sum(found.difference.values()) == pytest.approx(users[levels].sum(), rel=1e-9)


def test_the_figures_that_the_program_prints(found):
    # Rates and shares are those of the synthetic municipality: the figures change with it alone.
    assert found.constant_shares / 1e9 == pytest.approx(161.8, abs=0.05)
    assert found.flow[1] / 1e9 == pytest.approx(174.3, abs=0.05)
    assert found.flow_interval[0] < found.flow[1] < found.flow_interval[1]
