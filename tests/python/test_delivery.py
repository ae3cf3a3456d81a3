"""Plans with limited places, boosters and drawn uptake, and places that do not suffice."""

from __future__ import annotations

import numpy as np
import pytest
import small_town as town

import kohort as kh


def project(plans, **changes):
    settings = {"costs": town.COSTS, "draws": 6, "closure": "scale", "grid": "month"}
    return kh.project(
        town.fit(), town.population(), town.entries(), stock=town.stock(), strategies=plans,
        **(settings | changes),
    )  # fmt: skip


FADING = np.log([0.5, 0.6, 0.8, 0.9])
TEAM = kh.Plan(
    "team",
    [kh.Effect(("light", "high"), FADING, step=0.25, clock="since_enrolment")],
    newcomers={"light": 0.8},
    uptake=0.9,
)


@pytest.fixture(scope="module")
def free():
    return project([TEAM])


def test_starts_are_those_of_the_queue(free):
    limited = TEAM.in_places(free, places=10, stay=6)
    p = project([limited])
    come = free.of("team").by_period.enrolled.sum(axis=1)
    assert come.sum() > 1.3 * 10 / 6 * 48  # more than there is room for
    starts = p.of("team").by_period.enrolled.sum(axis=1)
    # Full from the start of the second year on: as many start as places become free.
    assert starts[12:].mean() == pytest.approx(10 / 6, rel=0.05)
    assert np.all(starts[12:] < 10 / 6 * 1.25)
    assert starts.sum() < 0.85 * come.sum()


def test_without_a_limit_nobody_waits(free):
    wide = TEAM.in_places(free, places=1e6, stay=6)
    assert np.max(np.asarray(wide.waits)) == 0
    assert np.min(np.asarray(wide.room)) == 1
    p = project([wide])
    assert p.of("team").persons == pytest.approx(free.of("team").persons, rel=1e-13)


def test_who_gives_up_is_not_helped(free):
    steady, gives_up = (TEAM.in_places(free, places=5, stay=6, gives_up=g) for g in (0.0, 0.2))
    assert np.max(np.asarray(gives_up.waits)) < np.max(np.asarray(steady.waits))
    assert np.min(np.asarray(gives_up.room)) < 0.7
    yearly = project([TEAM], grid="year", draws=0)
    with pytest.raises(kh.InvalidInput, match="month by month"):
        TEAM.in_places(yearly, places=5, stay=6)


def test_each_draw_has_its_uptake_and_effect():
    uptakes = np.linspace(0.2, 0.9, 6)
    effects = np.log(np.linspace(0.4, 0.9, 6))[:, None]
    effect = kh.Effect(("light", "high"), effects, step=50.0)
    drawn = kh.Plan("drawn", [effect], newcomers=1.0, stock=1.0, uptake=uptakes)
    p = project([drawn], grid="year")
    for k in (0, 5):
        one = kh.Effect(("light", "high"), effects[k], step=50.0)
        alone = project(
            [kh.Plan("drawn", [one], newcomers=1.0, stock=1.0, uptake=uptakes[k])], grid="year"
        )
        assert p.of("drawn").draws_cost[k] == pytest.approx(
            alone.of("drawn").draws_cost[k], rel=1e-12
        )
    # Blocks of draws take their own.
    some = project([drawn], grid="year", keep_draws=2)
    assert some.of("drawn").intervals("cost", 0.5) == pytest.approx(
        p.of("drawn").intervals("cost", 0.5), rel=1.001e-3
    )
    with pytest.raises(kh.InvalidInput, match="one for each of the 6 draws"):
        project([kh.Plan("few", [effect], newcomers=1.0, uptake=uptakes[:3])])


def test_a_booster_is_felt():
    stock = kh.Plan("once", TEAM.effects, stock={"light": 1.0})
    boosted = kh.Plan(
        "again", TEAM.effects, stock={"light": 1.0}, boosters=[1.5], boosted={"light": 1.0}
    )
    p = project([stock, boosted], draws=0)
    once, again = (p.of(name).by_period.persons.sum(axis=(2, 3)) for name in ("once", "again"))
    high = p.states.index("high")
    assert np.array_equal(once[:19], again[:19])  # until a year and a half
    assert np.all(again[20:, high] < once[20:, high])


def test_who_has_no_place_is_given_heavy_home_help(free):
    need = free.by_period.person_years[:, free.states.index("high")].sum(axis=(1, 2)) * 12
    places = float(np.median(need))
    found = kh.spill_over(free, ["high"], places, cost_of_place=900_000, cost_of_waiting=1_100_000)
    assert found.needing == pytest.approx(need)
    assert found.waiting == pytest.approx(np.maximum(need - places, 0))
    full = kh.spill_over(free, ["high"], 0.0)
    assert full.waiting == pytest.approx(need)
    assert full.cost is None
    plain = need / 12 * 900_000
    assert found.cost == pytest.approx(plain + found.waiting / 12 * 200_000)
    # Where some draws have too few places and others enough, more wait than of the mean.
    drawn = free.by_period.draws_person_years[:, :, free.states.index("high")] * 12
    of_mean = np.maximum(drawn.mean(axis=0) - places, 0)
    assert np.all(found.draws_waiting.mean(axis=0) >= of_mean - 1e-12)
    assert found.draws_waiting.mean() > of_mean.mean()
    assert "without one" in str(found)
    assert len(found.to_frame()) == 48
    with pytest.raises(kh.InvalidInput, match='grid="month"'):
        kh.spill_over(project([], grid="year", draws=0), ["high"], 5)
    with pytest.raises(kh.InvalidInput, match="the levels are light, high"):
        kh.spill_over(free, ["none"], 5)
    with pytest.raises(kh.InvalidInput, match="both cost"):
        kh.spill_over(free, ["high"], 5, cost_of_place=1.0)
