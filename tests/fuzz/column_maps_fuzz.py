"""Any text as a column map: a map that is written and read again the same, or refused.

python tests/fuzz/column_maps_fuzz.py [libFuzzer's options] [corpus]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["kohort.sources", "kohort._toml", "tomllib"]):
    import tomllib

    import kohort as kh
    from kohort.sources import ColumnMap
    from kohort.sources.proposing import propose_map

PLACE = Path(tempfile.mkdtemp()) / "map.toml"


def one_input(data: bytes) -> None:
    if not data:
        return
    PLACE.write_bytes(data[1:])
    try:
        if data[0] % 2:
            found = ColumnMap.read(PLACE)
            assert ColumnMap.from_toml(tomllib.loads(found.to_toml())) == found
        else:
            proposed = propose_map(PLACE)
            again = ColumnMap.from_toml(tomllib.loads(proposed.to_toml()))
            assert again.columns == proposed.column_map.columns
    except kh.InvalidInput:
        pass


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
