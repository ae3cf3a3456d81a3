"""What must work with numpy and narwhals alone; run by wheel_alone.sh outside the repository."""

import importlib.util
from pathlib import Path

import numpy as np

import kohort
from kohort import datasets

assert importlib.util.find_spec("pandas") is None, "this environment should hold nothing else"
assert importlib.util.find_spec("matplotlib") is None, "this environment should hold nothing else"

P = kohort.transition_probability([[-0.5, 0.5], [0.0, 0.0]], 2.0)
np.testing.assert_allclose(P, [[np.exp(-1), -np.expm1(-1)], [0, 1]], rtol=1e-14)

# Five people seen twice, two of whom had moved: -log(1 - 2/5) a year.
seen = {
    "subject": np.repeat(np.arange(5), 2),
    "time": np.tile([0.0, 1.0], 5),
    "state": [0, 1, 0, 1, 0, 0, 0, 0, 0, 0],
}
model = kohort.Model(["well", "ill"], [("well", "ill")])
fit = kohort.fit(seen, model, subject="subject", time="time", state="state")
np.testing.assert_allclose(fit.intensities()[0, 1], -np.log(0.6), rtol=1e-9)

# The shipped data came with the wheel.
assert datasets.example_decisions().is_relative_to(Path(kohort.__file__).parent)
assert datasets.published("scb_lifetable_2016_qx")["age"][0] == 65

print(fit)
print(f"kohort {kohort.__version__} works with numpy and narwhals alone")
