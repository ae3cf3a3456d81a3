"""Clocks that move where states are not simply what is seen: phases and misread levels."""

from __future__ import annotations

import numpy as np

import kohort as kh

MODEL = kh.Model(
    ("a", "b", "dead"), [("a", "b"), ("b", "a"), ("a", "dead"), ("b", "dead")], death="dead"
)
AGE = kh.gompertz("age", origin=80)
RATES = np.array([np.log(0.4), 0.06, np.log(0.2), -0.04, np.log(0.05), 0.1, np.log(0.2), 0.07])


def ages(persons: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(66, 94, persons)


def fit(table: dict[str, np.ndarray], **more: object) -> kh.FittedModel:
    return kh.fit(
        table,
        MODEL,
        subject="subject",
        time="time",
        state="state",
        kind="kind",
        covariates=(AGE,),
        **more,
    )


def test_misread_levels_beside_a_moving_age() -> None:
    misread = kh.Misclassification({"a": "b", "b": "a"}, start={"a": 0.7, "b": 0.3, "dead": 0.0})
    truth = np.concatenate([RATES, [np.log(0.08 / 0.92), np.log(0.12 / 0.88)]])
    table = kh.simulate(
        MODEL,
        covariates=(AGE,),
        coefficients=truth,
        misclassification=misread,
        visits=np.arange(0, 5.1, 0.5),
        x={"age": ages(1500, 3)},
        seed=4,
    )
    fitted = fit(table, misclassification=misread)
    assert fitted.convergence.converged
    assert 0 < fitted.substep_error <= 1e-4
    away = (fitted.coefficients - truth) / np.asarray(fitted.standard_errors)
    assert np.abs(away).max() < 3.3
    assert np.mean(away**2) < 2.2
    # Freezing age at the last visit is another model, and a worse one.
    frozen = kh.fit(
        table | {"age80": table["age"] - 80},
        MODEL,
        subject="subject",
        time="time",
        state="state",
        kind="kind",
        covariates=("age80",),
        misclassification=misread,
    )
    assert fitted.log_likelihood != frozen.log_likelihood
    smoothed = fitted.smoothed_states()
    seen = np.isfinite(smoothed).all(axis=1)
    np.testing.assert_allclose(smoothed[seen].sum(axis=1), 1)
    assert seen.mean() > 0.9


def test_two_phases_beside_a_moving_age() -> None:
    """Dated moves, so that the short and the long stay can be told."""
    model = kh.Model(("a", "b", "dead"), [("a", "b"), ("a", "dead"), ("b", "dead")], death="dead")
    truth = np.array(
        [
            *(np.log(0.5), 0.05),  # a -> b
            *(np.log(0.05), 0.09),  # a -> dead
            *(np.log(1.5), 0.03),  # b (phase 1) -> dead
            *(np.log(0.2), 0.06),  # b (phase 2) -> dead
            *(np.log(1.2), 0.0),  # from phase to phase
        ]
    )
    fields = {"covariates": (AGE,), "phases": {"b": 2}}
    table = kh.simulate(
        model,
        coefficients=truth,
        visits=[0, 8],
        exact_times=True,
        start="a",
        x={"age": ages(4000, 5)},
        seed=6,
        **fields,
    )
    fitted = kh.fit(
        table, model, subject="subject", time="time", state="state", kind="kind", **fields
    )
    assert fitted.convergence.converged
    assert fitted.substep_error <= 1e-4
    away = (fitted.coefficients - truth) / np.asarray(fitted.standard_errors)
    assert np.abs(away).max() < 3.3
