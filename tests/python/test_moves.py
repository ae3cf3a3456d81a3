"""Of moves that few persons made nothing is told."""

import numpy as np

from kohort import privacy
from kohort.privacy import INTERNAL, PUBLIC


def test_rates_of_rare_moves_are_withheld_with_all_that_tells_their_number():  # S06
    columns = {
        "from": np.array(["light", "light", "high"], dtype=object),
        "to": np.array(["high", "dead", "dead"], dtype=object),
        "moves": np.array([120, 3, 45]),
        "years": np.array([400.0, 400.0, 90.0]),
        "rate": np.array([0.3, 0.0075, 0.5]),
        "low": np.array([0.25, 0.002, 0.37]),
        "high": np.array([0.36, 0.023, 0.67]),
    }
    shown = privacy.protect_moves(columns)
    assert shown["withheld"].tolist() == [False, True, True]  # 3, and 45: the total would tell it
    for name in ("moves", "years", "rate", "low", "high"):
        assert np.isnan(shown[name]).tolist() == [False, True, True]
    assert shown["from"].tolist() == columns["from"].tolist()
    assert privacy.protect_moves(columns, profile=INTERNAL)["moves"].tolist() == [120, 3, 45]
    assert PUBLIC.threshold == 5
    # 1 and 2 would be 3 together: so 45 goes as well.
    assert privacy.few_moves([120, 1, 2, 45]).tolist() == [False, True, True, True]
    assert not privacy.few_moves([120, 5, 45]).any()
    assert privacy.few_moves([1, 2]).all()
