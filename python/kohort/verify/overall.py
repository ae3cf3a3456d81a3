"""V48 and V50: nothing is remembered that should not be, and nothing is lost in a file."""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path

from kohort.study.settings import Study
from kohort.verify.cases import Cases, same_bytes
from kohort.verify.items import Seen, check


@check("V48", "change an input, then change it back", "the base case", "exact")
def restored(c: Cases) -> Seen:
    """No run leaves anything behind."""
    before = c.plain()
    changed = c.plain(rates=c.rates * 1.3)
    after = c.plain()
    moved = same_bytes(before, changed) > 0
    differ = same_bytes(before, after)
    return differ + (0 if moved else 1), 0, f"{differ:.0f} numbers differ after changing back"


@check("V50", "save the study, load it, save it again", "the same bytes", "exact")
def round_trip(c: Cases) -> Seen:
    """A study is what its file says."""
    text = c.study.to_toml()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "study.toml"
        file.write_text(text, encoding="utf-8")
        again = Study.read(file).to_toml()
    parsed = Study.from_toml(tomllib.loads(text)).to_toml()
    differ = sum(a != b for a, b in zip(text, again, strict=False)) + abs(len(text) - len(again))
    differ += int(parsed != text)
    return differ, 0, f"{len(text.encode()):,} bytes, {differ} differ"
