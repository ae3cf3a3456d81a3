"""Strategies with limited places, boosters and drawn uptake, and places that do not suffice."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import small_town as town

import kohort as kh
from kohort import effect

WORSE = [("light", "high")]
TEAM = kh.Strategy(
    "team",
    (
        effect.intensity_ratio(WORSE, 0.5, months=(0, 6)),
        effect.intensity_ratio(WORSE, 0.8, months=(6, 12)),
    ),
    uptake=0.9,
    enrols={"newcomers": {"light": 0.8}},
)
FOR_EVER = {"months": (0, 600), "clock": "calendar"}


def project(strategies, **changes):
    settings = {"costs": town.COSTS, "draws": 6, "closure": "scale", "grid": "month"}
    return kh.project(
        town.fit(), town.population(), town.entries(), stock=town.stock(), strategies=strategies,
        **(settings | changes),
    )  # fmt: skip


@pytest.fixture(scope="module")
def free():
    return project([TEAM])


def test_starts_are_those_of_the_queue(free):
    come = free.of("team").by_period.enrolled.sum(axis=1)
    places = 3 * come.mean()  # for half of those who come, each staying six months
    p = project([TEAM.in_places(free, places=places, stay=6)])
    starts = p.of("team").by_period.enrolled.sum(axis=1)
    # Full after half a year: as many start as places become free.
    assert starts[12:].mean() == pytest.approx(places / 6, rel=0.1)
    assert starts.sum() < 0.75 * come.sum()


def test_places_limit_the_starts_whatever_the_parts_of_a_year(free):
    come = free.of("team").by_period.enrolled.sum(axis=1)
    places = 3 * come.mean()
    team = TEAM.in_places(free, places=places, stay=6)
    years = []
    for parts in (4, 12, 48):
        p = project([team], draws=0, enrolments_a_year=parts)
        starts = p.of("team").by_period.enrolled.sum(axis=1)
        years.append(starts[12:].reshape(-1, 12).sum(axis=1))
        # The queue takes one rate of leaving for all who wait; those who come leave by their own.
        assert years[-1] == pytest.approx(2 * places, rel=0.1)
    assert years[0] == pytest.approx(years[2], rel=0.02)
    assert years[1] == pytest.approx(years[2], rel=0.02)


def test_without_a_limit_nobody_waits(free):
    wide = TEAM.in_places(free, places=1e6, stay=6)
    assert np.max(np.asarray(wide.delivery.waits)) == 0
    assert np.min(np.asarray(wide.delivery.room)) == 1
    p = project([wide])
    assert p.of("team").persons == pytest.approx(free.of("team").persons, rel=1e-13)


def test_who_gives_up_is_not_helped(free):
    steady, gives_up = (
        TEAM.in_places(free, places=3, stay=6, gives_up=g).delivery for g in (0.0, 0.2)
    )
    assert np.all(np.asarray(gives_up.waits)[:12] < np.asarray(steady.waits)[:12])
    assert np.asarray(gives_up.room)[:12].min() < 0.5
    assert np.all(np.diff(np.asarray(steady.waits)) >= 0)  # first come first served
    yearly = project([TEAM], grid="year", draws=0)
    with pytest.raises(kh.InvalidInput, match="month by month"):
        TEAM.in_places(yearly, places=5, stay=6)
    stock = TEAM.replaced(enrols="stock")
    with pytest.raises(kh.InvalidInput, match="no newcomers are offered it"):
        stock.in_places(free, places=5, stay=6)


def test_each_draw_has_its_uptake_and_effect():
    uptakes = np.linspace(0.2, 0.9, 6)
    ratios = np.linspace(0.4, 0.9, 6)[:, None]
    drawn = kh.Strategy(
        "drawn",
        (effect.intensity_ratio(WORSE, ratios, **FOR_EVER),),
        enrols="users",
        delivery=kh.Delivery(uptakes=uptakes),
    )
    p = project([drawn], grid="year")
    for k in (0, 5):
        one = effect.intensity_ratio(WORSE, float(ratios[k, 0]), **FOR_EVER)
        alone = kh.Strategy("drawn", (one,), enrols="users", uptake=uptakes[k])
        assert p.of("drawn").draws_cost[k] == pytest.approx(
            project([alone], grid="year").of("drawn").draws_cost[k], rel=1e-12
        )
    # Blocks of draws take their own.
    some = project([drawn], grid="year", keep_draws=2)
    wanted = np.quantile(p.of("drawn").draws_cost, [0.25, 0.75], axis=0)
    assert some.of("drawn").intervals("cost", 0.5) == pytest.approx(wanted, rel=1.001e-3)
    few = drawn.replaced(delivery=kh.Delivery(uptakes=uptakes[:3]))
    with pytest.raises(kh.InvalidInput, match="one for each of the 6 draws"):
        project([few])


def test_a_booster_is_felt():
    enrols = {"stock": {"light": 1.0}}
    once = TEAM.replaced(name="once", enrols=enrols)
    again = once.replaced(name="again", delivery=kh.Delivery(boosters=[1.5], boosted={"light": 1}))
    p = project([once, again], draws=0)
    one, two = (p.of(name).by_period.persons.sum(axis=(2, 3)) for name in ("once", "again"))
    high = p.states.index("high")
    assert np.array_equal(one[:19], two[:19])  # until a year and a half
    assert np.all(two[20:, high] < one[20:, high])
    lost = once.replaced(delivery=kh.Delivery(boosters=[1.5], boosted={"heavy": 1}))
    with pytest.raises(kh.InvalidInput, match="boosters for 'heavy'"):
        project([lost], draws=0)


def test_what_does_not_follow_it_says_so(free):
    limited = TEAM.in_places(free, places=3, stay=6)
    with pytest.raises(kh.InvalidInput, match=r"kohort\.project alone"):
        kh.run_many([town.case(strategies=(limited,))], draws=8)
    with pytest.raises(kh.InvalidInput, match=r"kohort\.Places"):
        kh.simulate_population(
            town.fit(), town.population(), town.entries(), stock=town.stock(), closure="scale",
            strategies=[limited],
        )  # fmt: skip


def test_who_has_no_place_is_given_heavy_home_help(free):
    high = free.states.index("high")
    need = free.by_period.person_years[:, high].sum(axis=(1, 2)) * 12
    places = float(np.median(need))
    found = kh.spill_over(free, ["high"], places, cost_of_place=900_000, cost_of_waiting=1_100_000)
    assert found.needing == pytest.approx(need)
    assert found.waiting == pytest.approx(np.maximum(need - places, 0))
    full = kh.spill_over(free, ["high"], 0.0)
    assert full.waiting == pytest.approx(need)
    assert full.cost is None
    assert found.cost == pytest.approx(need / 12 * 900_000 + found.waiting / 12 * 200_000)
    # Where some draws have too few places and others enough, more wait than of the mean.
    drawn = free.by_period.draws_person_years[:, :, high] * 12
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


def test_enrolment_by_parts_is_of_second_order_but_for_who_turns_the_lowest_age():
    """Room for half of those who accept is half the uptake; parts of a year alone differ."""
    helped = kh.effect.intensity_ratio([("light", "high")], 0.5, months=(0, 1200), clock="calendar")
    part = kh.Strategy("part", (helped,), uptake=0.6, delivery=kh.Delivery(room=[0.5]))
    small = kh.Strategy("small", (helped,), uptake=0.3)

    def off(parts, stock):
        p = kh.project(
            town.FIT, town.population(), town.entries(), stock=stock, draws=0, closure="scale",
            strategies=[part, small], enrolments_a_year=parts,
        )  # fmt: skip
        return np.abs(p.of("part").persons - p.of("small").persons).max()

    nobody_young = town.stock().copy()
    nobody_young[:, :4] = 0  # so nobody turns the lowest age at a level
    smooth = [off(parts, nobody_young) for parts in (6, 12, 24, 48)]
    for coarse, fine in itertools.pairwise(smooth):
        assert 3.5 < coarse / fine < 4.5  # Richardson: halves of parts, a quarter of the error
    rough = [off(parts, town.stock()) for parts in (6, 12, 24, 48)]
    for coarse, fine in itertools.pairwise(rough):
        assert 1.5 < coarse / fine < 2.8
    assert rough[1] > 50 * smooth[1]
