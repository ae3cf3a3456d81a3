"""What the page asks the care system's owner for is what the reader understands."""

import re
from pathlib import Path

import kohort as kh

PAGE = Path(__file__).parents[2] / "docs/what_to_ask_for.sv.md"


def test_an_extract_with_the_columns_and_values_of_the_page_is_read(tmp_path):
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \|[^|]*\| (?:`([^`]*)`)? ?\| (ja|gärna) \|$", text, re.M)
    assert len(rows) == 11
    for names in ([r for r in rows if r[2] == "ja"], rows):
        heads, values, _ = zip(*names, strict=True)
        path = tmp_path / "beslut.csv"
        path.write_text(f"{';'.join(heads)}\n{';'.join(values)}\n", encoding="utf-8")
        found = kh.read_decisions(path, level_rule=kh.SUPPORT_RULE, extraction_date="2024-12-31")
        assert [f for f in found.findings if f.severity in "EW"] == []
        assert found.counts["deaths seen"] == 1
        assert found.observations.covariate_names == ("age", "male", "since_entry")
        assert found._core.units == (["…"] if len(names) == 11 else [""])


def test_the_page_is_one_page():
    assert len(PAGE.read_text(encoding="utf-8").split()) < 650
