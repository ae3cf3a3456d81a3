"""Stays, visits and passages from an intensity matrix alone (W17 of the reference results)."""

import numpy as np
import pytest

import kohort as kh

Q = np.zeros((5, 5))
for (a, b), rate in {
    (0, 1): 0.35, (0, 4): 0.04, (1, 0): 0.15, (1, 2): 0.28, (1, 4): 0.08, (2, 1): 0.12,
    (2, 3): 0.25, (2, 4): 0.16, (3, 2): 0.06, (3, 4): 0.40,
}.items():  # fmt: skip
    Q[a, b] = rate
Q -= np.diag(Q.sum(axis=1))


def test_published_numbers():
    assert kh.length_of_stay(Q)[0, :4].sum() == pytest.approx(9.133814466617738, rel=1e-13)
    assert kh.length_of_stay(Q, 10, discount=0.03)[0, 3] == pytest.approx(0.3562253084409402)
    assert kh.expected_visits(Q, 10)[0, 1] == pytest.approx(1.239605062491214, rel=1e-13)
    assert kh.first_passage(Q, 3, 5)[0] == pytest.approx(0.1053569202571968, rel=1e-13)
    assert kh.first_passage(Q, 3)[0] == pytest.approx(0.3799156432204441, rel=1e-13)
    assert kh.first_passage_time(Q, [3])[0] == pytest.approx(9.145887606996651, rel=1e-13)
    assert kh.sojourn_time(Q)[4] == np.inf
    np.testing.assert_allclose(kh.next_state(Q).sum(axis=1), 1)
    with pytest.raises(ValueError, match="read-only"):
        kh.length_of_stay(Q)[0, 0] = 1


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: kh.length_of_stay(Q[0]), r"shape \(5,\)"),
        (lambda: kh.length_of_stay(Q, -1), "time is -1"),
        (lambda: kh.length_of_stay(Q, np.nan), "time is"),
        (lambda: kh.length_of_stay(Q, discount=-0.5), "not be negative|not negative"),
        (lambda: kh.length_of_stay(Q, discount=-2), "discount rate is -2"),
        (lambda: kh.first_passage(Q, 7), "no state 7"),
        (lambda: kh.first_passage(Q, []), "no states"),
        (lambda: kh.first_passage(Q, 3, -1), "time is -1"),
    ],
)
def test_refusals(ask, said):
    with pytest.raises(kh.InvalidInput, match=said):
        ask()
