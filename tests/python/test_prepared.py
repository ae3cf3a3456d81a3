"""What is prepared gives the bytes of a projection."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import small_town as town

import kohort as kh

SETTINGS = {"stock": town.stock(), "costs": town.COSTS, "draws": 40, "closure": "scale"}
PLACE = (town.FIT, town.population(), town.entries())


def team(ratio: float, begins: float = 0.0, clock: str = "enrolment") -> kh.Strategy:
    return kh.Strategy(
        "team",
        (kh.effect.intensity_ratio([("light", "high")], ratio, months=(0, 24), clock=clock),),
        uptake=0.6,
        enrols={"newcomers": {"light": 1.0}, "stock": {"light": 0.5}},
        begins=begins,
        costs=kh.StrategyCosts(2024, per_enrolment=10_000),
    )


def assert_same(a: object, b: object, where: str = "") -> None:
    """Every array of two results, and of what is inside them."""
    if isinstance(a, np.ndarray):
        assert a.tobytes() == b.tobytes(), where
    elif dataclasses.is_dataclass(a):
        for field in dataclasses.fields(a):
            inside = f"{where}.{field.name}"
            assert_same(getattr(a, field.name), getattr(b, field.name), inside)
    elif isinstance(a, dict):
        assert a.keys() == b.keys(), where
        for key in a:
            assert_same(a[key], b[key], f"{where}[{key!r}]")
    elif isinstance(a, (tuple, list)):
        assert len(a) == len(b), where
        for i, (one, other) in enumerate(zip(a, b, strict=True)):
            assert_same(one, other, f"{where}[{i}]")
    elif isinstance(a, (str, int, float)) or a is None:
        assert a == b, where


@pytest.mark.parametrize("grid", ["year", "month"])
def test_a_moved_slider_gives_what_a_projection_gives(grid):
    prepared = kh.prepare(*PLACE, **SETTINGS, grid=grid)
    for asked in (
        [team(0.7)],
        [team(0.5, begins=1.0), dataclasses.replace(team(0.9, 0.4, "calendar"), name="other")],
        [],
    ):
        whole = kh.project(*PLACE, **SETTINGS, grid=grid, strategies=asked)
        moved = prepared.project(asked)
        assert moved.strategies == tuple(strategy.name for strategy in asked)
        assert_same(moved, whole)
        assert str(moved) == str(whole)


def test_a_design_is_prepared_too():
    pytest.importorskip("scipy")
    designed = SETTINGS | {"design": "sobol", "draws": 64}
    whole = kh.project(*PLACE, **designed, strategies=[team(0.7)])
    assert_same(kh.prepare(*PLACE, **designed).project([team(0.7)]), whole)


def test_the_point_estimate_alone_is_prepared():
    settings = SETTINGS | {"draws": 0}
    whole = kh.project(*PLACE, **settings, strategies=[team(0.7)])
    assert_same(kh.prepare(*PLACE, **settings).project([team(0.7)]), whole)


def test_a_result_is_not_changed_by_the_next():
    prepared = kh.prepare(*PLACE, **SETTINGS)
    first = prepared.project([team(0.7)])
    before = first.of("team").draws_cost.copy()
    prepared.project([team(0.3)])
    assert first.of("team").draws_cost.tobytes() == before.tobytes()


def test_refusals_are_those_of_a_projection():
    with pytest.raises(kh.InvalidInput, match="E-GRID"):
        kh.prepare(*PLACE, **SETTINGS, grid="week")
    prepared = kh.prepare(*PLACE, **SETTINGS)
    with pytest.raises(kh.InvalidInput, match="E-STRATEGY"):
        prepared.project([team(0.7), team(0.8)])


def test_it_says_what_it_is():
    prepared = kh.prepare(*PLACE, **SETTINGS)
    assert "2024 to 2028, by year, 40 draws: usual care is known" in str(prepared)
    assert str(prepared) in prepared._repr_html_()
    with pytest.raises(dataclasses.FrozenInstanceError):
        prepared.draws = 3
