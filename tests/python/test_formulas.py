"""Covariates as a formula."""

from __future__ import annotations

import builtins

import numpy as np
import pytest

import kohort as kh
from kohort.model import formulas

pytest.importorskip("formulaic")

MODEL = kh.Model(("a", "b"), [("a", "b"), ("b", "a")])


def table(persons: int = 400) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    rows = 3 * persons
    return {
        "id": np.repeat(np.arange(persons), 3),
        "time": np.tile([0.0, 1.0, 2.5], persons),
        "state": np.array(MODEL.states)[
            (np.cumsum(rng.random((persons, 3)) < 0.3, axis=1) % 2).ravel()
        ],
        "age": rng.uniform(-1, 1, rows),
        "sex": np.repeat(np.array(["man", "woman"])[rng.integers(0, 2, persons)], 3),
        "man": np.zeros(rows),
    }


def fit(data: dict[str, np.ndarray], covariates: object) -> kh.FittedModel:
    return kh.fit(data, MODEL, subject="id", time="time", state="state", covariates=covariates)


def test_a_formula_is_the_columns_that_it_makes() -> None:
    data = table()
    data["man"] = (data["sex"] == "woman").astype(float)
    by_name = fit(data, ("age", "man"))
    by_formula = fit(data, "~ age + C(sex)")
    np.testing.assert_array_equal(by_formula.coefficients, by_name.coefficients)
    assert by_formula.coefficient_names[2] == "a -> b: C(sex)[T.woman]"
    both = fit(data, {"a -> b": "~ age * man", "b -> a": ("~ man", "age")})
    assert both.coefficient_names == (
        "a -> b",
        "a -> b: age",
        "a -> b: man",
        "a -> b: age:man",
        "b -> a",
        "b -> a: age",
        "b -> a: man",
    )


def test_a_formula_stands_beside_a_clock_that_moves() -> None:
    data = table()
    data["age"] = 80 + data["time"]
    names = fit(data, ("~ sex", kh.gompertz("age", origin=80))).coefficient_names
    assert names[:3] == ("a -> b", "a -> b: sex[T.woman]", "a -> b: age")


def test_a_formula_that_says_nothing_is_refused_in_words() -> None:
    for wrong in ("~ height", "~ age +", "~ log("):
        with pytest.raises(kh.InvalidInput, match="says nothing about this table"):
            fit(table(), wrong)


def test_without_formulaic_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    there = builtins.__import__

    def absent(name: str, *rest: object, **more: object) -> object:
        if name == "formulaic":
            raise ModuleNotFoundError(name="formulaic")
        return there(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("importlib.import_module", lambda name: absent(name))
    with pytest.raises(ImportError, match=r'pip install "kohort\[formula\]"'):
        formulas.written_out("~ age", table())
