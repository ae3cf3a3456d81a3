"""Any table in, any table out, and the same numbers on the way."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from kohort import InvalidInput
from kohort.support._extras import MissingExtra, require
from kohort.support._frames import read_columns, to_frame

COLUMNS = {
    "level": ["light", "total"],
    "persons": np.array([1.5, 2.0]),
    "year": np.array([2025, 2026]),
}


@pytest.mark.parametrize(
    ("backend", "kind"),
    [
        (None, pd.DataFrame),
        ("pandas", pd.DataFrame),
        ("polars", pl.DataFrame),
        ("pyarrow", pa.Table),
    ],
)
def test_columns_survive_the_way_out_and_back(backend, kind):
    frame = to_frame(COLUMNS, backend)
    assert isinstance(frame, kind)
    back = read_columns(frame)
    assert list(back) == list(COLUMNS)
    np.testing.assert_array_equal(back["persons"], COLUMNS["persons"])
    assert back["year"].dtype.kind == "i"
    assert back["level"].tolist() == COLUMNS["level"]


def test_an_object_that_only_streams_arrow_is_a_table():
    class Stream:
        def __arrow_c_stream__(self, requested_schema=None):
            return pa.table({"x": [1, 2]}).__arrow_c_stream__(requested_schema)

    assert read_columns(Stream())["x"].tolist() == [1, 2]


def test_read_only_results_make_frames_that_may_be_changed():
    column = np.array([1.0, 2.0])
    column.flags.writeable = False
    frame = to_frame({"x": column}, "pandas")
    frame.loc[0, "x"] = 5.0
    assert column[0] == 1.0


def test_what_is_no_table_is_refused_with_a_remedy():
    with pytest.raises(InvalidInput, match=r"a int was given.*dict of arrays"):
        read_columns(3)
    with pytest.raises(InvalidInput, match=r"different lengths \(a: 1, b: 2\)"):
        read_columns({"a": [1], "b": [1, 2]})
    with pytest.raises(
        InvalidInput, match="'excel', but it must be one of pandas, polars, pyarrow"
    ):
        to_frame(COLUMNS, "excel")


def test_a_missing_extra_names_the_line_to_type(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(
        MissingExtra, match=r'Pictures need matplotlib.*pip install "kohort\[plot\]"'
    ):
        require("matplotlib.figure", "Pictures")
