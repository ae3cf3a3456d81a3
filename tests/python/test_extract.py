"""Extracts in every dress are one extract: encodings, dialects, Parquet, tables."""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_extract import HEAD, ROWS, columns, cost_of, fingerprint, plain, read

import kohort as kh
from kohort.sources import open_extract


@pytest.fixture
def base(written):
    return read(written(plain()))


@pytest.mark.parametrize(
    ("coding", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16LE"),
        ("utf-16-le", "UTF-16LE"),
        ("utf-16-be", "UTF-16BE"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_every_encoding_gives_the_same_observations(written, base, coding, name):
    found = read(written(plain().encode(coding)))
    assert fingerprint(found) == fingerprint(base)
    assert cost_of(found) == cost_of(base)
    assert found.policies["read_as"] == {
        "kind": "text",
        "encoding": name,
        "delimiter": ";",
        "decimal": ",",
    }


def test_every_dialect_gives_the_same_numbers(written, base):
    assert cost_of(base) == [("light", 1, 12345.67), ("moderate", 1, 0.5), ("high", 1, 1200.0)]
    for space in (" ", "\u00a0", "\u202f"):
        assert cost_of(read(written(plain(space)))) == cost_of(base)
    point = plain().replace(",", ".")
    for text in (point, point.replace(";", ","), point.replace(";", "\t"), plain(end="\r\n")):
        found = read(written(text))
        assert cost_of(found) == cost_of(base)
        assert fingerprint(found) == fingerprint(base)


def test_headers_may_be_decomposed_and_in_capitals(written, base):
    names = (
        plain()
        .replace("fran;till;niva;handelse", "Från och med;TILL;Nivå ;Händelse")
        .replace("niva", "nivå")
    )
    found = read(written(unicodedata.normalize("NFD", names)))
    # The words of the cells are decomposed, too.
    assert fingerprint(found) == fingerprint(base)


def test_rows_shuffled_ids_renamed_columns_reordered(written, base):
    order = [3, 6, 0, 5, 1, 4, 2]
    lines = [line.split(";") for line in plain().splitlines()]
    mixed = [lines[0], *reversed(lines[1:])]
    text = "\n".join(";".join(line[k] for k in order) for line in mixed) + "\n"
    assert fingerprint(read(written(text))) == fingerprint(base)
    renamed = read(
        written(plain().replace("p1;", "x1;").replace("p2;", "x2;").replace("p3;", "x3;"))
    )
    assert fingerprint(renamed)[1:] == fingerprint(base)[1:]


def test_a_file_gives_what_its_bytes_in_memory_gave(written, base):
    piped = kh._core.peek(plain().encode(), "x")
    assert piped["header"] == list(HEAD)
    assert len(piped["records"]) == len(ROWS)


def test_no_message_repeats_a_cell(written):
    canary = "Kanarie Fågelsson Storgatan"
    text = plain().replace("2021-06-30", canary).replace("mycket", canary)
    with pytest.raises(kh.DataRefused) as caught:
        read(written(text.replace("p1;b2", f'"p1 {canary};b2', 1)))
    everything = str(caught.value) + kh.findings_json(caught.value.findings)
    assert "Kanarie" not in everything
    assert "Storgatan" not in everything


# --- tables ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("make", [pl.DataFrame, pd.DataFrame, lambda t: pl.DataFrame(t).to_arrow()])
def test_a_table_in_memory_gives_the_same(base, make):
    found = read(make(columns()))
    assert fingerprint(found) == fingerprint(base)
    assert cost_of(found) == cost_of(base)
    assert found.policies["read_as"] == {"kind": "table"}


def test_faults_of_a_table_have_rows_from_0():
    table = columns() | {"niva": ["lätt", "vet ej", "", "helt", "lätt"]}
    with pytest.raises(kh.DataRefused) as caught:
        read(pl.DataFrame(table))
    assert [(f.code, f.row, f.file) for f in caught.value.findings] == [("E-STATE-UNKNOWN", 1, "")]


def test_parquet_and_arrow_files_give_the_same(tmp_path, base):
    frame = pl.DataFrame(columns())
    frame.write_parquet(tmp_path / "uttag.parquet")
    frame.write_ipc(tmp_path / "uttag.arrow")
    for name, kind in (("uttag.parquet", "parquet"), ("uttag.arrow", "arrow")):
        found = read(tmp_path / name)
        assert fingerprint(found) == fingerprint(base)
        assert found.policies["read_as"] == {"kind": kind}
    frame.clear().write_parquet(tmp_path / "tom.parquet")
    with pytest.raises(kh.DataRefused, match="E-EMPTY"):
        read(tmp_path / "tom.parquet")
    whole = (tmp_path / "uttag.parquet").read_bytes()
    (tmp_path / "halv.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(kh.InvalidInput, match=r"halv\.parquet.*E-FILE"):
        read(tmp_path / "halv.parquet")


def test_a_large_table_comes_in_slices():
    n = 250_000
    k = np.arange(n)
    frame = pl.DataFrame(
        {"person": k, "start": "2021-01-01", "end": "2021-12-31", "level": "light"}
    )
    assert read(frame).counts["records in the file"] == n
    bad = frame.with_columns(
        level=pl.when(pl.col("person") == 230_123).then(pl.lit("x")).otherwise("level")
    )
    with pytest.raises(kh.DataRefused) as caught:
        read(bad)
    assert [f.row for f in caught.value.findings] == [230_123]


def test_an_opened_extract_can_be_read_again(base):
    extract = open_extract(pl.DataFrame(columns()))
    assert extract.level_rule() == "level"
    assert fingerprint(read(extract)) == fingerprint(read(extract)) == fingerprint(base)


def test_columns_that_are_not_read_may_hold_anything(tmp_path):
    base = pa.table(
        {"person": ["A", "B"], "start": ["2020-01-01"] * 2, "end": ["", ""], "level": ["light"] * 2}
    )
    nested = base.append_column("more", pa.array([[1, 2], [3]]))
    nested = nested.append_column("part", pa.array([{"a": 1}, {"a": 2}]))
    options = {"level_rule": kh.named_levels(), "extraction_date": "2024-12-31"}
    pq.write_table(nested, tmp_path / "a.parquet")
    with (
        pa.OSFile(str(tmp_path / "a.arrow"), "wb") as file,
        pa.ipc.new_stream(file, base.schema) as s,
    ):
        s.write_table(base)
    for source in (nested, tmp_path / "a.parquet", tmp_path / "a.arrow", base.to_pydict()):
        assert kh.read_decisions(source, **options).counts["decisions used"] == 2
    twice = base.append_column("level", pa.array(["high", "high"]))
    with pytest.raises(kh.DataRefused) as refused:
        kh.read_decisions(twice, **options)
    assert [f.code for f in refused.value.findings] == ["E-HEADER"]
    used = base.set_column(3, "level", pa.array([["light"], ["high"]]))
    with pytest.raises(kh.InvalidInput, match="E-HEADER"):
        kh.read_decisions(used, **options)
    numbers = pa.table({**base.select([1, 2, 3]).to_pydict(), "pnr": [194608239986.0] * 2})
    assert kh.read_decisions(numbers, **options).counts["persons followed"] == 1
