"""Planted faults are found at the right row by the right rule; frightening but valid files pass.

Every case starts from the same synthetic extract, `town()`. A case of `FAULTS` changes it and says
which findings must come, all of them and no other: the rule, the physical row and the rows that
take part. A case of `VALID` changes it into something that looks wrong and is not: no error, no
warning. The numbers R01-R29 are the acceptance cases of the guide on reliability.
"""

from __future__ import annotations

import planted_numbers  # noqa: F401  # adds its cases to both tables
import planted_text  # noqa: F401  # adds its cases to the faults
import pytest
from planted_extract import Extract, findings_of
from planted_faults import FAULTS
from planted_valid import VALID

import kohort as kh


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_at_its_row_by_its_rule(name, tmp_path):
    extract = Extract()
    expected = FAULTS[name](extract)
    assert findings_of(extract, tmp_path / "beslut.csv") == sorted(expected, key=repr)


def test_there_are_at_least_sixty_faults_and_each_rule_is_met():
    assert len(FAULTS) >= 60
    rules = {name.split()[0] for name in FAULTS}
    assert rules >= {f"R{n:02d}" for n in (1, 2, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17)}
    assert rules >= {f"R{n}" for n in (18, 19, 21, 22, 23, 24, 25, 26, 27)}


def test_the_town_itself_has_no_fault(tmp_path):
    assert findings_of(Extract(), tmp_path / "beslut.csv") == []


@pytest.mark.parametrize("name", VALID)
def test_what_looks_frightening_and_is_valid_raises_no_alarm(name, tmp_path):
    extract = Extract()
    VALID[name](extract)
    found = extract.read(tmp_path / "beslut.csv")
    assert [f for f in found.findings if f.severity in "EW"] == []
    assert found.counts["persons followed"] > 0


def test_there_are_at_least_twelve_of_them():
    assert len(VALID) >= 12


def test_nothing_of_a_person_is_repeated_in_a_finding(tmp_path):
    for name, plant in FAULTS.items():
        extract = Extract()
        plant(extract)
        for row in extract.rows:
            row["person"] = row["person"] and f"secret-{row['person']}"
        try:
            found = extract.read(tmp_path / "beslut.csv").findings
        except kh.DataRefused as refusal:
            found = refusal.findings
        told = kh.findings_text(found) + kh.findings_text(found, "sv") + kh.findings_json(found)
        assert "secret" not in told, name
