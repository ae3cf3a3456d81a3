"""Populations from published figures and from the user's own tables."""

from __future__ import annotations

import numpy as np
import pytest

import kohort as kh
from kohort import datasets


def counts():
    return datasets.columns("example/population")


def test_the_municipality_starts_from_its_own_counts_and_follows_the_nation():
    mine = kh.Population.from_wpp(counts(), years=10)
    nation = kh.Population.from_wpp(base_year=2024, years=10)
    assert mine.base_year == 2024
    assert mine.ages[-1] == 100
    assert nation.ages[-1] == 110
    table = counts()
    base = table["year"] == 2024
    assert mine.persons[0].sum() == table["persons"][base].sum()
    # A cohort keeps its share of the nation: those of 70 in 2024 are 80 in 2034. (The nation's
    # single ages depend a little on where its last age is open.)
    share = [p.persons[[0, 10], 0, [70 - 65, 80 - 65]] for p in (mine, nation)]
    assert share[0][0] / share[1][0] == pytest.approx(share[0][1] / share[1][1], rel=1e-3)
    assert mine.mortality[:, :, 10] == pytest.approx(nation.mortality[:, :, 10])
    assert np.all(mine.persons >= 0)
    assert str(mine).startswith("Population 65-100+, a municipality")
    assert "80+" in mine._repr_html_()


def test_tables_come_out_with_every_cell():
    mine = kh.Population.from_wpp(counts(), years=2)
    frame = mine.to_frame("pandas")
    assert len(frame) == 3 * 2 * 36
    assert frame["persons"].sum() == pytest.approx(mine.persons.sum())
    assert len(mine.summary("polars")) == 3
    with pytest.raises(ValueError, match="read-only"):
        mine.persons[0, 0, 0] = 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: {k: v[1:] for k, v in t.items()}, "men of age 65 in 2014"),
        (lambda t: {k: v[t["year"] != 2020] for k, v in t.items()}, "2019, 2021"),
        (lambda t: {k: v for k, v in t.items() if k != "persons"}, "persons"),
    ],
)
def test_a_missing_cell_is_named_and_nothing_is_extrapolated(change, words):
    with pytest.raises(kh.InvalidInput, match=words) as refusal:
        kh.Population.from_wpp(change(counts()))
    assert refusal.value.code == "E-POP-MISSING"


def test_a_horizon_beyond_the_death_rates_is_refused_with_what_ends_when():
    assert kh.Population.from_wpp(counts(), years=15).years[-1] == 2039
    with pytest.raises(kh.InvalidInput) as refusal:
        kh.Population.from_wpp(counts(), years=16)
    assert refusal.value.code == "E-POP-MISSING"
    (found,) = refusal.value.findings
    assert "death rates on 1 July 2040" in found.message
    assert "dödstalen" in found.message_sv
    assert "years = 15" in found.remedy
    assert "years = 15" in found.remedy_sv
    with pytest.raises(kh.InvalidInput, match="Choose a base year before 2039"):
        kh.Population.from_wpp(base_year=2039, years=1)
    with pytest.raises(kh.InvalidInput, match="begins in 2010"):
        kh.Population.from_wpp(base_year=2009, years=1)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("persons", "12,5", "the persons in row 1 are not"),
        ("persons", "", "the persons in row 1 are not"),
        ("persons", "-3", "the persons in row 1 are not"),
        ("persons", "inf", "the persons in row 1 are not"),
        ("age", "sixty", "the age in row 1 is not"),
        ("age", "65-69", "the age in row 1 is not"),
        ("year", "20x4", "the year in row 1 is not"),
        ("sex", "M", "the sex in row 1 is neither"),
    ],
)
def test_a_cell_that_cannot_be_is_refused_by_row_and_never_repeated(column, value, words):
    table = {name: [str(v) for v in values] for name, values in counts().items()}
    table[column][0] = value
    with pytest.raises(kh.InvalidInput, match=words) as refusal:
        kh.Population.from_wpp(table)
    assert refusal.value.code == "E-POP-MISSING"
    assert len(value) < 3 or value not in str(refusal.value)


def test_a_cell_counted_twice_is_refused():
    twice = {name: [*map(str, v), str(v[0])] for name, v in counts().items()}
    with pytest.raises(kh.InvalidInput, match=r"row \d+ counts men of age 65 in 2014 once more"):
        kh.Population.from_wpp(twice)
    with pytest.raises(kh.InvalidInput, match="no rows"):
        kh.Population.from_wpp({name: v[:0] for name, v in counts().items()})


def test_user_arrays_must_have_one_shape():
    with pytest.raises(kh.InvalidInput, match="E-POP-SHAPE"):
        kh.Population(
            np.arange(80, 85), np.arange(2024, 2027), np.ones((3, 2, 4)), np.ones((3, 2, 5))
        )
    with pytest.raises(kh.InvalidInput, match="without gaps"):
        kh.Population([80, 82], [2024, 2025], np.ones((2, 2, 2)), np.ones((2, 2, 2)))
