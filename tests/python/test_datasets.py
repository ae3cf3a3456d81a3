"""The data sets are found, read as they are written, and say where they come from."""

import numpy as np
import pytest

from kohort import datasets


def test_every_file_names_its_source_or_says_synthetic_in_its_first_line():
    assert len(datasets.names()) >= 14
    for name in datasets.names():
        first = datasets.path(name).read_text(encoding="utf-8").split("\n")[0]
        word = "# source:" if name.startswith("published/") else "SYNTHETIC"
        assert word in first, name


def test_published_columns_are_numbers_where_the_file_has_numbers():
    table = datasets.published("scb_lifetable_2016_qx")
    at80 = table["age"] == 80
    assert table["age"].dtype == np.int64
    assert table["men_qx_per_mille"][at80] == [53.16]
    assert table["women_qx_per_mille"][at80] == [36.66]
    costs = datasets.published("unit_costs")
    assert np.isnan(costs["year"]).sum() == 4  # the source states no year
    assert "home help per hour (Ensolution)" in costs["item"]


def test_columns_cannot_be_changed_by_accident():
    table = datasets.published("sabo_length_of_stay")
    with pytest.raises(ValueError, match="read-only"):
        table["days"][0] = 1


def test_the_sources_level_names_all_have_ours():
    ours = datasets.published("level_names")
    theirs = set(datasets.published("seed_level_shares_and_costs")["level"])
    assert theirs == set(ours["source_name"])
    assert ours["level"].tolist() == ["light", "moderate", "high", "total"]


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"no data set 'nothing'.*published/unit_costs\.csv"):
        datasets.path("nothing")
