"""For whom something is made decides which counts are hidden from them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import kohort as kh
from kohort import privacy
from kohort.privacy import INTERNAL, Profile, audit


def test_there_are_two_profiles_and_one_of_them_hides():
    with pytest.raises(kh.InvalidInput, match="profiles are public and internal"):
        Profile("secret")
    assert privacy.small([0, 1, 4, 5]).tolist() == [False, True, True, False]
    assert not privacy.small([0, 1, 4, 5], INTERNAL).any()
    assert privacy.small([5, 9], Profile("public", 10)).all()


@given(
    row=arrays(int, st.integers(2, 5), elements=st.one_of(st.integers(0, 6), st.integers(0, 60)))
)
@settings(max_examples=40, deadline=None)
def test_a_row_beside_its_sum_hides_as_much_as_an_audit_asks_for(row):
    hidden = np.isnan(privacy.withheld([row], total_is_known=True)[0])
    few = (row > 0) & (row < 5)
    assert hidden[few].all()
    assert hidden.any() == few.any()
    if hidden.any() and row[hidden].sum() >= 5:  # else there is nobody else to hide them among
        assert audit(row, np.append(hidden, False)).failures == 0
    assert [privacy.written_few(n) for n in (0, 3, 5, np.nan)] == ["0", "<5", "5", "<5"]
