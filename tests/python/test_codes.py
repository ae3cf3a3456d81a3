"""Every code that kohort can say has its meaning in both languages."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from kohort.cli.app import run
from kohort.support._language import in_swedish, meaning

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"""["'`]([EWID]-[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*)["'`]""")


def said_by_the_code():
    found = set()
    for folder, ends in (
        ("src", ("cpp", "hpp")),
        ("include", ("hpp",)),
        ("python/kohort", ("py",)),
    ):
        for end in ends:
            for file in (ROOT / folder).rglob(f"*.{end}"):
                found |= set(CODE.findall(file.read_text(encoding="utf-8")))
    return found


def test_every_code_has_both_languages():
    known = tomllib.loads((ROOT / "python/kohort/locale/codes.toml").read_text(encoding="utf-8"))
    codes = said_by_the_code()
    assert len(codes) > 190
    assert sorted(codes - known.keys()) == []
    for code, texts in known.items():
        assert set(texts) == {"en", "sv"}, code
        assert texts["en"] != texts["sv"]
        assert all(text[0].isupper() and text.endswith(".") for text in texts.values()), code
    assert list(known) == sorted(known)


@pytest.mark.parametrize("flag", [["--json"], []])
def test_a_refusal_begins_in_swedish_if_asked(flag, tmp_path, capsys):
    wrong = tmp_path / "studie.toml"
    wrong.write_text('name = "x"\nyears = "tio"\n', encoding="utf-8")
    for arguments, code in (
        (["project", str(wrong)], "E-STUDY-MISSING"),
        (["check", str(tmp_path / "saknas.csv")], "E-FILE"),
        (["backtest"], "E-USAGE"),
    ):
        assert run([*arguments, "--lang", "sv", *flag]) == 2
        out, err = capsys.readouterr()
        said = json.loads(out)["findings"][0]["message"] if flag else err
        # A study's commonest refusals are told whole in Swedish.
        swedish = "'data' behövs och saknas" if code == "E-STUDY-MISSING" else meaning(code, "sv")
        assert swedish in said
        assert run([*arguments, *flag]) == 2
        out, err = capsys.readouterr()
        assert swedish not in out + err
    assert in_swedish("E-NOBODY", "x") == "x"
