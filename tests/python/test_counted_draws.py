"""Draws beyond those kept are counted: limits are of all, and memory is flat."""

from __future__ import annotations

import numpy as np
import pytest
import small_town as town

import kohort as kh

PLAN = kh.Strategy(
    "team",
    [kh.effect.intensity_ratio([("light", "high")], 0.8, months=(0, 600))],
    enrols="users",
)


def project(draws, **changes):
    return kh.project(
        town.fit(), town.population(), town.entries(), stock=town.stock(), costs=town.COSTS,
        draws=draws, closure="scale", strategies=[PLAN], **changes,
    )  # fmt: skip


@pytest.fixture(scope="module")
def both():
    return project(2500, keep_draws=2500), project(2500, keep_draws=300)


@pytest.mark.parametrize(
    "what", ["persons", "persons_by_sex", "users", "person_years", "new_users", "cost"]
)
@pytest.mark.parametrize("name", ["usual care", "team"])
def test_limits_are_those_of_all_draws(both, what, name):
    kept, counted = both
    for level in (0.8, 0.95):
        wanted = kept.of(name).intervals(what, level)
        found = counted.of(name).intervals(what, level)
        assert found.shape == wanted.shape
        assert found == pytest.approx(wanted, rel=1.001e-3, abs=1e-6)


def test_the_first_draws_are_kept_one_by_one(both):
    kept, counted = both
    assert (counted.draws, counted.all_draws) == (300, 2500)
    assert (kept.draws, kept.all_draws) == (2500, 2500)
    assert np.array_equal(counted.draws_cost, kept.draws_cost[:300])
    assert np.array_equal(counted.of("team").draws_moved, kept.of("team").draws_moved[:300])
    codes = [finding.code for finding in counted.findings]
    assert "I-DRAWS-COUNTED" in codes
    assert "I-DRAWS-COUNTED" not in [finding.code for finding in kept.findings]
    assert "2500 draws" in str(counted)


def test_every_draw_has_its_own_path_and_effect():
    rng = np.random.default_rng(4)
    paths = 0.05 * rng.normal(size=(1300, 5, 2, 12))
    ratios = np.exp(rng.normal(-0.3, 0.2, size=(1300, 1)))
    effect = kh.effect.intensity_ratio([("light", "high")], ratios, months=(0, 600))
    plan = kh.Strategy("drawn", [effect], enrols="users")
    whole, part = (
        kh.project(
            town.fit(), town.population(), town.entries(), stock=town.stock(), costs=town.COSTS,
            draws=1300, closure="scale", strategies=[plan], population_paths=paths, keep_draws=keep,
        )
        for keep in (1300, 100)
    )  # fmt: skip
    for name in ("usual care", "drawn"):
        assert part.of(name).intervals("cost") == pytest.approx(
            whole.of(name).intervals("cost"), rel=1.001e-3
        )


def test_progress_goes_once_from_nothing_to_all():
    seen: list[tuple[int, int]] = []
    project(1500, keep_draws=500, progress=lambda done, of: seen.append((done, of)))
    shares = [done / of for done, of in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    with pytest.raises(kh.InvalidInput, match="keep_draws=0"):
        project(10, keep_draws=0)
