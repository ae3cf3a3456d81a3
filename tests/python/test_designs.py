"""Designed draws in a projection: the same as in many runs, and how exact they are."""

import numpy as np
import pytest
import small_town

import kohort as kh

TEAM = kh.Strategy(
    "team", (kh.effect.intensity_ratio([("light", "high")], 0.7, months=(0, 12)),), enrols="users"
)


def project(draws=512, **changes):
    settings = {
        "stock": small_town.stock(), "costs": small_town.COSTS, "closure": "scale", "seed": 1,
        "draws": draws, "strategies": [TEAM], "enrolments_a_year": 2,
    }  # fmt: skip
    fit = changes.pop("fit", small_town.FIT)
    entries = changes.pop("entries", small_town.entries())
    return kh.project(fit, small_town.population(), entries, **(settings | changes))


@pytest.mark.parametrize("design", ["sobol", "lhs"])
def test_a_design_is_that_of_many_runs(design):
    pytest.importorskip("scipy")
    found = project(design=design)
    many = kh.run_many([small_town.case()], draws=512, design=design)
    kept = many.of("here")
    users = found.draws_persons[:, :, 1:3].sum(axis=2)
    every = np.hstack([users, found.draws_new_users, found.draws_cost])
    assert kept.mean == pytest.approx(every.mean(axis=0), rel=1e-10)
    assert found.design == found.of("team").design == design


def test_its_error_comes_from_its_repetitions_and_is_smaller():
    pytest.importorskip("scipy")
    random, sobol = project(), project(design="sobol")
    plain, placed = (p.compare()["team", "cost"].total() for p in (random, sobol))
    assert placed.monte_carlo_error[0] < plain.monte_carlo_error[0] / 3
    apart = abs(placed.mean[0] - plain.mean[0])
    assert apart < 4 * np.hypot(placed.monte_carlo_error[0], plain.monte_carlo_error[0])
    means = placed.draws.reshape(16, 32).mean(axis=1)
    assert placed.monte_carlo_error[0] == pytest.approx(means.std(ddof=1) / 4)
    outcome = kh.strategy_outcomes(sobol)["team"]
    assert outcome.monte_carlo_error == pytest.approx(placed.monte_carlo_error[0])
    # Draws that are counted and not kept belong to the same design.
    few = project(design="sobol", keep_draws=100)
    assert few.draws == 100
    assert np.array_equal(few.draws_cost, sobol.draws_cost[:100])
    assert few.intervals("cost") == pytest.approx(sobol.intervals("cost"), rel=2e-3)


def test_what_has_no_design_is_refused():
    def code(call, *arguments, **changes):
        with pytest.raises(kh.InvalidInput) as refusal:
            call(*arguments, **changes)
        return refusal.value.code

    class Bent:
        """Draws from a list, as a posterior's are."""

        model = small_town.MODEL

        def draws(self, n, seed):
            return small_town.FIT.draws(n, seed) + 0.1

        def rates(self, ages, males=(1, 0), draws=None):
            return small_town.FIT.rates(ages, males, draws)

    assert code(project, design="halton") == "E-SETTING"
    assert code(project, design="halton", draws=0) == "E-SETTING"
    assert code(project, design="sobol", draws=100) == "E-DRAWS"
    assert code(project, design="sobol", fit=Bent()) == "E-SETTING"
    bent = small_town.case(fit=Bent())
    assert code(kh.run_many, [bent], draws=64, design="lhs") == "E-SETTING"


def test_the_error_of_perfect_information_is_that_of_the_design():
    pytest.importorskip("scipy")
    found = kh.evaluate(project(design="sobol"), discount=0.0, willingness_to_pay=[0.0, 1e5])
    benefit = found.net_benefit(1e5)
    loss = benefit.max(axis=1) - benefit[:, found.options.index(found.choice[1])]
    means = loss.reshape(16, 32).mean(axis=1)
    assert found.evpi[1] == pytest.approx(means.mean())
    assert found.evpi_se[1] == pytest.approx(means.std(ddof=1) / 4)
    assert "16 repetitions of sobol draws" in found.basis
    assert found.at(1e5).evpi_se[0] == pytest.approx(found.evpi_se[1])
    assert "repetitions" not in kh.evaluate(project(), discount=0.0).basis
