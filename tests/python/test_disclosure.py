"""Hidden counts stay hidden: what a reader can work out is enumerated, or proven by programmes."""

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import kohort as kh
from kohort import privacy
from kohort.privacy import INTERNAL, Table, audit, protect, suppression

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import disclosure_audit as script  # the audit written apart from the library's

small_tables = st.tuples(st.integers(2, 4), st.integers(2, 4)).flatmap(
    lambda shape: arrays(int, shape, elements=st.one_of(st.integers(0, 6), st.integers(0, 60)))
)
cubes = arrays(int, (2, 2, 3), elements=st.one_of(st.integers(0, 6), st.integers(0, 40)))


def feasible(counts, hidden):
    """Least and greatest of each hidden cell, by trying all tables of two rows and two columns."""
    full = script.extended(counts)
    inner = np.indices((int(full.max()) + 1,) * 4).reshape(4, -1).T.reshape(-1, 2, 2)
    others = np.concatenate([inner, inner.sum(axis=1, keepdims=True)], axis=1)
    others = np.concatenate([others, others.sum(axis=2, keepdims=True)], axis=2)
    agreeing = others[(others == full)[:, ~hidden].all(axis=1)]
    ends = {
        tuple(at): (agreeing[:, *at].min(), agreeing[:, *at].max()) for at in np.argwhere(hidden)
    }
    return ends


def test_the_audit_finds_what_trying_every_table_finds():
    counts = np.array([[3, 9], [7, 8]])
    hidden = np.zeros((3, 3), dtype=bool)
    hidden[:2, :2] = True
    ends = feasible(counts, hidden)
    widths = {at: high - low for at, (low, high) in ends.items()}
    found = audit(counts, hidden)
    assert found.narrowest == min(widths.values()) == 10
    assert found.failures == 0
    hidden[1, 1] = False  # a row with one hidden cell tells it
    alone = audit(counts, hidden)
    assert alone.narrowest == 0
    assert alone.failures == 3


@given(counts=small_tables)
@settings(max_examples=25, deadline=None)
def test_no_hidden_cell_of_two_ways_can_be_told(counts):  # S04
    made = protect(counts)
    full = script.extended(counts)
    few = (full > 0) & (full < 5)
    assert made.hidden[few].all()
    assert (made.counts == full)[~made.hidden].all()
    assert script.told(full.ravel(), made.hidden.ravel(), script.equations(full.shape)) == 0
    assert made.audit.failures == 0
    wide = made.high[made.hidden] - made.low[made.hidden]
    assert (wide >= 5).all()
    assert (made.high[made.hidden] >= 5).all()
    assert not made.hidden.any() or few.any()  # nothing is hidden without need


@given(counts=cubes)
@settings(max_examples=8, deadline=None)
def test_no_hidden_cell_of_three_ways_can_be_told(counts):
    made = protect(counts)
    full = script.extended(counts)
    assert made.counts.shape == (3, 3, 4)
    assert script.told(full.ravel(), made.hidden.ravel(), script.equations(full.shape)) == 0


def test_a_sparse_cube_whose_ways_out_are_no_whole_numbers_is_protected_all_the_same():
    # Table 2,743 of the audit: a linear programme lets a cell move far enough by halves alone.
    counts = np.array([
        [[0, 0, 1], [0, 1, 1], [1, 2, 0]],
        [[1, 1, 0], [3, 0, 0], [0, 1, 1]],
        [[1, 0, 0], [0, 0, 3], [1, 0, 0]],
    ])  # fmt: skip
    made = protect(counts)
    full = script.extended(counts)
    assert script.told(full.ravel(), made.hidden.ravel(), script.equations(full.shape)) == 0
    assert not made.hidden.all()


def test_random_tables_pass_and_few_cells_more_than_the_least_are_hidden():
    found = script.run(tables=20, exact=6, seed=20251231)
    assert found["audit failures"] == found["failures by the library's own audit"] == 0
    assert found["tables with hidden cells"] > 10
    assert 1 <= found["ratio"] <= 1.3


def test_changes_found_before_spare_programmes_and_change_nothing(monkeypatch):
    rng = np.random.default_rng(20261122)
    tables = [rng.poisson(4, shape) for shape in ((5, 6), (3, 4, 5), (2, 3, 6))]
    asked = []
    plain = suppression._least

    def counted(*given):
        asked.append(1)
        return plain(*given)

    monkeypatch.setattr(suppression, "_least", counted)
    quick = [protect(t).hidden for t in tables]
    few = len(asked)

    class Forgetful(suppression.Ways):
        def widths(self, hidden):
            last = self._changes[-2:]
            self._changes = np.concatenate([np.zeros((1, hidden.size)), last])
            return super().widths(hidden)

    monkeypatch.setattr(suppression, "Ways", Forgetful)
    slow = [protect(t).hidden for t in tables]
    assert all((a == b).all() for a, b in zip(quick, slow, strict=True))
    assert few < (len(asked) - few) / 3


def test_a_table_keeps_its_shape_names_and_what_may_be_seen():
    table = Table([[12, 3, 40], [30, 25, 18]], {"sex": ["women", "men"], "level": list("abc")})
    made = protect(table)
    frame = made.to_frame("pandas")
    assert list(frame.columns) == ["sex", "level", "count"]
    assert len(frame) == 12
    assert int(frame["count"].isna().sum()) == made.audit.hidden == 4
    assert frame.query("sex == 'sum' and level == 'sum'")["count"].item() == 128
    assert made.inner.shape == (2, 3)
    assert str(made).count("..") >= 4
    assert " 3" not in str(made)
    assert ">3<" not in made._repr_html_()
    assert isinstance(pd.DataFrame(frame), pd.DataFrame)
    with pytest.raises(ValueError, match="read-only"):
        made.counts[0, 0] = 1


def test_internal_shows_all_and_says_that_it_does():
    made = protect([[1, 2], [3, 40]], profile=INTERNAL)
    assert not made.hidden.any()
    assert "INTERNAL" in str(made)
    assert "not to be passed on" in made._repr_html_()


def test_a_total_of_few_is_hidden_and_a_lone_table_of_few_is_possible():
    made = protect([[1, 0], [2, 0]])
    assert made.hidden[2, 2]
    assert made.audit.narrowest >= 5
    assert not protect([[0, 0], [0, 0]]).hidden.any()


# --- linked tables --------------------------------------------------------------------------------
def test_the_difference_of_two_tables_tells_nobody():  # S05
    ways = {"sex": ["women", "men"], "level": ["light", "high"]}
    whole = np.array([[40, 31], [28, 22]])
    north = np.array([[12, 2], [9, 8]])
    everyone = Table(whole, ways)
    rest = Table(whole - north, ways, population="all but north")
    apart = [protect(everyone), protect(rest)]
    assert not any(t.hidden.any() for t in apart)  # each by itself hides nothing
    both = protect(everyone, rest, part_of={"all but north": "all"})
    known = ~both[0].hidden & ~both[1].hidden
    full = script.extended(north)
    assert not known[(full > 0) & (full < 5)].any()
    # What is left is audited as one system, so sums of differences tell nothing either.
    assert both[0].audit == both[1].audit
    assert both[0].audit.failures == 0
    assert (~known).sum() >= 4


def test_tables_that_share_a_margin_hide_the_same_there():
    ages = ["65-79", "80-89", "90+"]
    by_sex = Table([[30, 20], [40, 35], [3, 12]], {"age": ages, "sex": ["women", "men"]})
    by_level = Table([[25, 25], [50, 25], [7, 8]], {"age": ages, "level": ["light", "high"]})
    one, two = protect(by_sex, by_level)
    np.testing.assert_array_equal(one.counts[:, -1], two.counts[:, -1])
    assert one.audit.failures == 0
    wrong = Table([[25, 26], [50, 25], [7, 8]], {"age": ages, "level": ["light", "high"]})
    with pytest.raises(kh.InvalidInput, match="E-TABLE"):
        protect(by_sex, wrong)


AGE, SEX = {"age": ["80-84", "85+"]}, {"sex": ["women", "men"]}


@pytest.mark.parametrize("margins", [True, False])
def test_a_sum_that_nobody_printed_is_a_sum_all_the_same(margins):
    both = Table([[3, 20], [30, 40]], AGE | SEX, margins=margins)
    ages = Table([23, 70], AGE, margins=not margins)
    one, other = protect(both, ages)
    assert np.isnan(one.counts[0, 0])
    assert np.isnan(one.counts[0, 1]) or np.isnan(other.counts[0])  # 23 - 20 would tell it
    assert one.audit.failures == 0
    # All but one person of 80 to 84: neither table prints the sum that tells it.
    whole = Table([[20, 20], [30, 40]], AGE | SEX, margins=False)
    rest = Table([39, 60], AGE, population="but north", margins=False)
    one, other = protect(whole, rest, part_of={"but north": "all"})
    assert np.isnan(one.counts[0]).any() or np.isnan(other.counts[0])
    # And the other way round: the part is told by more ways than the whole.
    whole = Table([40, 70], AGE, margins=False)
    rest = Table([[19, 20], [20, 40]], AGE | SEX, population="but north", margins=False)
    one, other = protect(whole, rest, part_of={"but north": "all"})
    assert np.isnan(one.counts[0]) or np.isnan(other.counts[0]).any()
    # A part of a part: 2 of all are in neither, 1 each in the two steps between.
    steps = [Table([n, 50], AGE, population=who) for n, who in ((30, "all"), (29, "b"), (28, "c"))]
    made = protect(*steps, part_of={"c": "b", "b": "all"})
    assert sum(not t.hidden[0] for t in made) <= 1


def test_the_audit_finds_what_protection_overlooked(monkeypatch):
    """It takes nothing from the sums by which cells were hidden."""
    both = Table([[3, 20], [30, 40]], AGE | SEX, margins=False)
    plain = privacy.suppression.suppress

    def without_sums(cells, threshold, weights):
        blind = dataclasses.replace(cells, sums=cells.sums[:0])
        return plain(blind, threshold, weights)

    monkeypatch.setattr(privacy.suppression, "suppress", without_sums)
    assert protect(both).hidden.sum() == 1  # by itself it tells nothing
    with pytest.raises(kh.InvalidInput, match="small counts could be told") as refused:
        protect(both, Table([23, 70], AGE, margins=False))
    assert refused.value.code == "E-DISCLOSURE"
    alone = np.array([[True, False], [False, False]])
    assert audit(both, alone).failures == 0
    summed = dataclasses.replace(both, margins=True)
    assert audit(summed, np.pad(alone, (0, 1))).failures == 1


@pytest.mark.parametrize("kind", script.KINDS)
def test_linked_tables_and_tables_without_margins_withstand_an_attack(kind):
    found = script.run_linked(kind, tables=6, seed=20251231)
    assert found["audit failures"] == 0
    assert found["mean hidden cells"] > 0
    assert found["refused"] <= 1


def test_three_tables_in_a_ring_can_tell_what_none_of_them_counts():
    # No cell of the three is of few, but only one cube agrees with them, and it has 3 persons in a
    # corner: of eight cells that can only move by turns, two that would fall are empty.
    cube = np.array([[[0, 0], [20, 20]], [[20, 20], [20, 3]]])
    ways = {"age": ["80-84", "85+"], "sex": ["women", "men"], "level": ["light", "high"]}
    tables = [
        Table(cube.sum(axis=k), {n: ways[n] for j, n in enumerate(ways) if j != k}, margins=False)
        for k in range(3)
    ]
    assert not any(privacy.small(table.counts).any() for table in tables)
    assert not any(table.hidden.any() for table in protect(*tables[:2]))
    with pytest.raises(kh.InvalidInput, match="small counts could be told") as refused:
        protect(*tables)
    assert refused.value.code == "E-DISCLOSURE"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"part_of": {"mnius": "all"}}, "'mnius'.*'all'.*spelt"),
        ({"part_of": {"all": "al"}}, "'al'"),
        ({"part_of": {"all": "all"}}, "part of itself"),
        ({"known": [{"row": "1"}]}, "row: 1.*rows, columns"),
        ({"known": [{"rows": "9"}]}, "rows: 9"),
    ],
)
def test_names_that_no_table_has_are_refused(options, says):
    with pytest.raises(kh.InvalidInput, match=says) as refused:
        protect(Table.of([[1, 2], [30, 40]]), **options)
    assert refused.value.code == "E-TABLE"


def test_labels_that_do_not_fit_each_other_are_refused():
    with pytest.raises(kh.InvalidInput, match="'age' with other labels"):
        protect(Table([23, 70], AGE), Table([93], {"age": ["80+"]}))
    with pytest.raises(kh.InvalidInput, match="no number"):
        protect(np.array(["a", "b"]))


def test_what_is_known_anyway_may_leave_no_way():
    ways = {"sex": ["women", "men"]}
    with pytest.raises(kh.InvalidInput) as refused:
        protect(Table([3, 40], ways), known=[{}, {"sex": "men"}])
    assert refused.value.code == "E-DISCLOSURE"
    assert " 3" not in str(refused.value)
    free = protect(Table([3, 40], ways), known=[{"sex": "men"}])
    assert free.hidden.tolist() == [True, False, True]


@pytest.mark.parametrize(
    "counts", [[[1.5, 2], [3, 4]], [[-1, 2], [3, 4]], [[np.nan, 2], [3, 4]], 3, np.ones((2,) * 4)]
)
def test_what_is_no_table_of_persons_is_refused(counts):
    with pytest.raises(kh.InvalidInput, match="E-TABLE"):
        protect(counts)
