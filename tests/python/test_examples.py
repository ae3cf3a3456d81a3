"""The examples that show a source run, and their figures are the source's."""

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import expm

import kohort as kh

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_shower_study_decomposed(capsys):
    found = example("shower_study").main()
    assert (found["cost"], found["usual_cost"]) == (41_012, 141_540)
    assert round(found["share_ratio"], 3) == 0.453
    assert round(found["log_part_of_users"], 2) == 0.35
    assert round(found["needed_to_treat"], 1) == 2.4
    assert round(found["cost_ratio"], 3) == 0.104
    assert math.floor(found["saving"]) == 4_021
    assert found["saved_by_fewer"] + found["saved_by_less_each"] == pytest.approx(
        (141_540 - 14_700) / 25
    )
    assert "35% of its logarithm is fewer users" in capsys.readouterr().out


def test_seven_of_ten(capsys):
    found = example("seven_of_ten").main()
    assert found["ratio"] == 0.3
    assert round(found["first_year"], 2) == 136_435.64
    assert found["entries_100%"] == pytest.approx(30)
    assert found["entries_60%"] == pytest.approx(58)
    assert found["entries_0%"] == 100
    assert "No control group" in capsys.readouterr().out


def test_hemrehab_soder_is_labelled_and_computed(capsys):
    module = example("hemrehab_soder")
    found = module.main()
    persons = np.array([2_750, 130, 120, 0, 0.0])
    for name, entry, ending in (("usual", 1, 1), ("programme", 0.7, 1.4)):
        q = np.zeros((5, 5))
        for (a, b), rate in module.RATES.items():
            ratio = entry if a == "none" and b != "dead" else ending if b == "ended" else 1
            q[module.MODEL.state(a), module.MODEL.state(b)] = rate * ratio
        np.fill_diagonal(q, -q.sum(axis=1))
        by_expm = persons @ expm(q * 11 / 12)
        assert found[name] == pytest.approx(by_expm[1:3].sum(), rel=1e-10)
    assert found["null"] == found["usual"]
    assert found["programme"] < found["usual"]
    assert "CONSTRUCTED" in capsys.readouterr().out


def test_the_memo(capsys):
    found = example("ihr_memo").main()
    assert found["narrow"] == pytest.approx(30)
    assert found["broad"] < 30
    assert found["net_stock"] == pytest.approx(-150_000)
    assert found["net_flow"] == pytest.approx(150_000)
    assert found["net_head_count"] == pytest.approx(11.25 * 10_000 - 300_000)
    shares = [value for name, value in found.items() if name.startswith("best_")]
    assert sum(shares) == pytest.approx(1)
    assert "CONSTRUCTED" in capsys.readouterr().out


def test_a_preset_of_the_shower_study_has_both_of_its_ratios():
    preset = kh.presets.shower_ot_3m()
    entry, hours = (e.settings["ratio"] for e in preset.effects)
    assert entry * hours == pytest.approx(14_700 / 141_540)
    assert math.log(entry) / math.log(entry * hours) == pytest.approx(0.35, abs=0.005)


def test_presets_of_reablement_beside_the_null(capsys):
    found = example("reable_presets").main()
    assert found["none"] == found["usual"]
    for name in ("recovery_1_4_year1", "lewin_rct", "eskilstuna"):
        assert found[name][0] < found["usual"][0]
    for name in ("lewin_rct", "eskilstuna"):
        assert found[name][1] < found["usual"][1]
    # All levels are left alike here: whoever recovers to a lower one keeps support as long.
    assert found["recovery_1_4_year1"][1] == pytest.approx(found["usual"][1], rel=1e-12)
    out = capsys.readouterr().out
    assert "no significant difference" in out
    assert "not causal" in out


def test_first_decisions_as_printed_normalised_and_as_they_move(capsys):
    found = example("first_decisions").main()
    assert round(found["as_printed"]) == 137_800
    assert round(found["normalised"], 2) == 136_435.64
    said = capsys.readouterr().out
    assert "E-INIT-SUM" in said
    assert "137,800" in said
    assert "divided by 1.01" in said
    for sex in ("women", "men"):
        assert 100_000 < found[f"first_year_{sex}"] < 250_000
        assert 0.2 < found[f"risen_{sex}"] < 0.5
