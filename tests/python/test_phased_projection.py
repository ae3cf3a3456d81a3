"""A fit whose states have phases: seen states come out, and equal phases are one state."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from test_projection import COSTS, LEVELS, StandInFit

import kohort as kh
from kohort import datasets
from kohort.hidden import HiddenStates


@dataclass(frozen=True)
class WithPhases:
    """The stand-in's rates, `total` in two phases: out of each at its own multiple of them."""

    leaves: tuple[float, float] = (1.0, 1.0)
    hidden: HiddenStates = field(
        default_factory=lambda: HiddenStates(
            kh.DEPENDENCY_WITH_ENDED, kh.Phases({"total": 2}), None
        )
    )

    @property
    def model(self):
        return self.hidden.fine()[0]

    def draws(self, n, seed):
        return StandInFit().draws(n, seed)

    def rates(self, ages, males=(1, 0), draws=None):
        fine, seen_of = self.hidden.fine()
        seen = self.hidden.seen
        plain = StandInFit().rates(ages, males, draws)
        out = []
        for a, b in fine.moves:
            move = (seen_of[a], seen_of[b])
            if move[0] == move[1]:
                out.append(np.full(plain.shape[:-1], 0.4))
                continue
            factor = 1.0
            if seen.states[move[0]] == "total":
                factor = self.leaves["phase 2" in fine.states[a]]
            out.append(factor * plain[..., seen.moves.index(move)])
        return np.stack(out, axis=-1)


@pytest.fixture(scope="module")
def population():
    return kh.Population.from_wpp(datasets.columns("example/population"), years=3)


def project(fit, population, **changes):
    shares = np.array([0.06, 0.03, 0.02, 0.01, 0.02])
    entries = kh.Entries.from_table(0.05, [0.53, 0.17, 0.23, 0.07], LEVELS)
    team = kh.Strategy(
        "team",
        (kh.effect.intensity_ratio([("total", "dead")], 0.7, months=(0, 600), clock="calendar"),),
        enrols="everyone",
    )
    settings = {
        "stock": population.persons[0][:, :, None] * shares,
        "costs": COSTS,
        "draws": 5,
        "closure": "scale",
        "fitted_ages": (65, 110),
        "strategies": [team],
    }
    return kh.project(fit, population, entries, **(settings | changes))


def test_phases_that_leave_alike_change_nothing(population):
    plain, fine = project(StandInFit(), population), project(WithPhases(), population)
    assert fine.states == plain.states
    assert fine.levels == plain.levels
    assert fine.moves == plain.moves
    for name in ("persons", "person_years", "new_users", "moved", "draws_moved", "draws_persons"):
        assert getattr(fine, name) == pytest.approx(getattr(plain, name), rel=1e-9), name
    for one, other in ((fine, plain), (fine.of("team"), plain.of("team"))):
        assert one.costs["continuous"] == pytest.approx(other.costs["continuous"], rel=1e-9)
        assert one.draws_cost == pytest.approx(other.draws_cost, rel=1e-9)
    codes = [finding.code for finding in fine.findings]
    assert "W-STOCK-DURATION" in codes
    assert "W-STOCK-DURATION" not in [finding.code for finding in plain.findings]


def test_a_long_second_phase_holds_the_stock(population):
    long = project(WithPhases(leaves=(1.0, 0.3)), population)
    plain = project(StandInFit(), population)
    place = long.states.index("total")
    assert long.persons[0].sum(axis=(1, 2)) == pytest.approx(plain.persons[0].sum(axis=(1, 2)))
    # The second phase is left at less than a third of the pace, and the first as before.
    assert long.persons[3, place].sum() > 1.05 * plain.persons[3, place].sum()
    total = population.persons[:4].sum(axis=(1, 2))
    assert long.persons.sum(axis=(1, 2, 3)) == pytest.approx(total, rel=1e-12)
    with pytest.raises(kh.InvalidInput, match="as they are seen"):
        project(WithPhases(), population, stock=np.zeros((2, 36, 6)))


def test_what_needs_the_seen_states_rates_is_refused(population):
    more = kh.Strategy("more", (kh.effect.probability_multiplier("recovery", 1.4),))
    with pytest.raises(kh.InvalidInput, match="probability_multiplier and a fit with phases"):
        project(WithPhases(), population, strategies=[more])
