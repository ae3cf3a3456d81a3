"""Any text as a column map, and any text as the extract that a map is proposed for.

A map that is read is the same when it is written and read again, and an extract is read or refused
under it; a proposed map is proposed again, and read as it is written. Nothing but a named refusal
is ever raised.

python tests/fuzz/column_maps_fuzz.py [libFuzzer's options] [corpus]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["kohort.extracts", "kohort.sources", "kohort.support._toml", "tomllib"]
):
    import tomllib

    import kohort as kh
    from kohort.extracts.proposing import propose_map
    from kohort.sources import ColumnMap

FOLDER = Path(tempfile.mkdtemp())
PLACE, EXTRACT = FOLDER / "map.toml", FOLDER / "extract.csv"
EXTRACT.write_text(
    "Vem;Beslut 1;Beslut 2;Nivå;timmar\na;2020-01-01;2020-12-31;light;12,5\nb;2020-02-01;;high;3\n",
    encoding="utf-8",
)
RULES = {
    "level": kh.named_levels(),
    "support_type": kh.SUPPORT_RULE,
    "hours": kh.hours_rule(),
}


def read_under(path: Path, column_map: ColumnMap, rule: str) -> None:
    try:
        kh.read_decisions(
            path, level_rule=RULES[rule], extraction_date="2024-12-31", column_map=column_map
        )
    except kh.InvalidInput as refusal:
        named(refusal)


def named(refusal: kh.InvalidInput) -> None:
    assert refusal.code.startswith("E-"), refusal.code
    assert str(refusal).strip()
    for found in getattr(refusal, "findings", ()):
        assert found.code, found
        assert found.message.strip(), found.code


def one_input(data: bytes) -> None:
    if not data:
        return
    PLACE.write_bytes(data[1:])
    try:
        if data[0] % 2:
            found = ColumnMap.read(PLACE)
            assert ColumnMap.from_toml(tomllib.loads(found.to_toml())) == found
            read_under(EXTRACT, found, "level")
        else:
            proposed = propose_map(PLACE)
            assert propose_map(PLACE) == proposed
            again = ColumnMap.from_toml(tomllib.loads(proposed.to_toml()))
            # A header that may be somebody's name is not written.
            columns = proposed.column_map.columns.items()
            assert again.columns == {r: head for r, head in columns if r not in proposed.unnamed}
            if not proposed.missing:
                read_under(PLACE, again, proposed.level_rule)
    except kh.InvalidInput as refusal:
        named(refusal)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
