"""Shares, means and quantiles tell no small count and nobody's own value."""

import numpy as np
import pytest

import kohort as kh
from kohort import privacy
from kohort.privacy import INTERNAL


def test_a_share_with_its_base_tells_no_small_count():  # S05
    shares, bases = privacy.protect_shares([3, 97, 30], [50, 100, 60])
    assert np.isnan(shares[[0, 1]]).all()  # 3 of 50; and all but 3 of 100
    assert np.isnan(shares[2]) or shares[2] == 0.5
    for share, base in zip(shares, bases, strict=True):
        if not np.isnan(share) and not np.isnan(base):
            assert not privacy.small([share * base, base - share * base]).any()
    same, _ = privacy.protect_shares([3, 97, 30], [50, 100, 60], profile=INTERNAL)
    assert same.tolist() == [0.06, 0.97, 0.5]


def test_the_mean_of_two_persons_is_not_given():  # S05
    means, persons = privacy.protect_means([1e5, 2e5, 3e5, 4e5], [2, 30, 60, 70])
    assert np.isnan(means[0])
    assert np.isnan(means).sum() >= 2  # with the others and the total it could be worked out
    assert np.isnan(persons).tolist() == np.isnan(means).tolist()


def test_the_greatest_and_the_least_are_somebodys_own():  # S05
    values = np.arange(100.0) ** 2
    told = privacy.describe(values)
    assert told["persons"] == 100
    for name, value in told.items():
        if name.startswith("q"):
            assert value not in values  # nobody's own
    for q in (0, 1):
        with pytest.raises(kh.InvalidInput) as refused:
            privacy.describe(values, quantiles=[q])
        assert refused.value.code == "E-DISCLOSURE"
    with pytest.raises(kh.InvalidInput, match="E-DISCLOSURE"):
        privacy.describe(values[:4])
    assert np.isnan(privacy.describe(values[:12], quantiles=[0.1])["q0.1"])
    assert privacy.describe(values, quantiles=[1], profile=INTERNAL)["q1"] == 99**2
