"""A fit whose states have phases: seen states come out, and equal phases are one state."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import pytest
from test_projection import COSTS, LEVELS, StandInFit

import kohort as kh
from kohort import datasets, effect
from kohort.cli.app import run
from kohort.model.hidden import HiddenStates
from kohort.projection.phased import average_rates
from kohort.study import study_model, study_sources
from kohort.study.settings import shipped_study


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


def test_average_rates_are_those_of_people_found_in_a_state():
    ages = np.arange(70, 90)
    plain = StandInFit().rates(ages)[0]
    assert average_rates(WithPhases(), WithPhases().rates(ages)[0]) == pytest.approx(plain)
    fit = WithPhases(leaves=(1.0, 0.3))
    seen = fit.hidden.seen
    of_total = [k for k, (a, _) in enumerate(seen.moves) if seen.states[a] == "total"]
    out = plain[..., of_total].sum(axis=-1)
    short, long = 1 / (out + 0.4), 0.4 / (out + 0.4) / (0.3 * out)
    factor = (short + 0.3 * long) / (short + long)
    expected = plain.copy()
    expected[..., of_total] *= factor[..., None]
    assert average_rates(fit, fit.rates(ages)[0]) == pytest.approx(expected)


def test_a_multiplier_on_a_probability_finds_its_ratios_with_phases_too(population):
    shorter = kh.Strategy("team", (effect.probability_multiplier("recovery", 1.4),), uptake=0.5)
    usual = project(WithPhases(), population, strategies=[shorter])
    plain = project(StandInFit(), population, strategies=[shorter])
    one, other = usual.of("team").persons, plain.of("team").persons
    assert one == pytest.approx(other, rel=1e-8)


def small_study(**model):
    study = shipped_study("kohort:small")
    settings = dataclasses.replace(study.model, **model)
    return study.replaced(model=settings, draws=40, years=3)


@pytest.fixture(scope="module")
def studied():
    """From dated decisions to a forecast, `total` with short and long stays."""
    return small_study(two_phases=("total",)).run()


def test_a_study_with_phases_is_projected(studied):
    made, fit = studied.projection, studied.fit
    assert "total (phase 2)" in fit.model.states
    assert made.states == ("none", "light", "moderate", "high", "total", "ended")
    at_start = studied.decisions.stock(dt.date(2024, 12, 31))
    for level in made.levels:
        persons = at_start["persons"][at_start["state"] == level].sum()
        assert made.persons[0, made.states.index(level)].sum() == pytest.approx(persons)
    everybody = studied.population.persons.sum(axis=(1, 2))
    assert made.persons.sum(axis=(1, 2, 3)) == pytest.approx(everybody, rel=1e-12)
    plain = small_study().run().projection
    total = made.states.index("total")
    assert made.persons[3, total].sum() != pytest.approx(plain.persons[3, total].sum(), rel=1e-3)

    # What is shown of one year is of the levels, from the phases in which people are found there.
    table = studied.transitions
    mine = np.isin(table["sex"], ["women", "both"])
    shown = table["probability"][mine].reshape(-1, len(fit.hidden.seen.states))
    age = float(table["age"][0])
    expected = fit.seen_transition_probability(1.0, age=age + 0.5)[:5]
    np.testing.assert_allclose(shown, expected, rtol=1e-12)
    assert np.all((table["lower"] <= table["upper"]) & (table["upper"] <= 1))

    # A new person costs what the levels cost, wherever in a level they are.
    cost = dict(zip(studied.first_year["course"], studied.first_year["cost"], strict=True))
    assert 0.5 * cost["stay"] < cost["both"] < 2 * cost["stay"]


def test_its_report_speaks_of_phases_in_words(studied, tmp_path):
    studied.write(tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "helt beroende, fas 2" in page
    assert "tid på nivån, med korta och långa vistelser: helt beroende" in page
    assert "av beståndet vid prognosens början" in page


def test_phases_and_time_since_entry_are_not_projected_together(tmp_path, capsys):
    study = small_study(since_entry=(0.5,), two_phases=("total",))
    (tmp_path / "study.toml").write_text(study.to_toml(), encoding="utf-8")
    assert run(["project", str(tmp_path / "study.toml"), "--json"]) == 2
    assert "model.since_entry" in capsys.readouterr().out


def test_a_backtest_with_phases(studied):
    study = small_study(two_phases=("total",))
    made = kh.backtest(study, "actual", origins=[2022], horizon=2, draws=60)
    assert "W-STOCK-DURATION" in [finding.code for finding in made.findings]
    decisions = studied.decisions
    for row in np.flatnonzero(made["state"] != "users"):
        counts = decisions.stock(dt.date(int(made["year"][row]), 12, 31))
        seen = counts["persons"][counts["state"] == made["state"][row]].sum()
        assert made["seen"][row] == seen
        assert made["low_95"][row] <= made["predicted"][row] <= made["high_95"][row]
    assert np.all(made.draws == np.round(made.draws))
    # The same setting by hand.
    by_hand = kh.backtest(
        decisions, study_sources.counted_population(study), origins=[2022], horizon=1, draws=60,
        covariates=study_model.covariates(study.model), phases=study_model.phases(study.model),
        first_year=2015, trend=False, mix_trend=False, closure="scale", seed=study.seed,
    )  # fmt: skip
    first = made["horizon"] == 1
    np.testing.assert_array_equal(by_hand["seen"], made["seen"][first])
    np.testing.assert_allclose(by_hand["predicted"], made["predicted"][first], rtol=0.05)
