"""Time since entry in everything that is made of draws: many runs, calibration, chance."""

from __future__ import annotations

import numpy as np
import pytest
import small_town as town
from test_entry_clock import CUTS, PREVENTION, banded, by_entry, project

import kohort as kh


def case(fit: kh.FittedModel, stock: np.ndarray, **more) -> kh.Case:
    return kh.Case("Here", fit, town.population(), town.entries(), stock, costs=town.COSTS, **more)


def alike() -> kh.FittedModel:
    """Bands of which each has the same rates, and the same rates' own draws."""
    return banded(0.0, 0.0)


def plain() -> kh.FittedModel:
    return kh.from_coefficients(
        town.MODEL, np.log(town.RATES), np.diag(np.full(town.RATES.size, 0.05**2))
    )


def test_bands_alike_are_no_bands_in_many_runs():
    fits = [(plain(), town.stock()), (alike(), by_entry())]
    one, other = (
        kh.run_many([case(*given, strategies=[PREVENTION])], draws=40, seed=3).table()
        for given in fits
    )
    rows = [i for i, compared in enumerate(one["compared"]) if compared == ""]
    for name in ("mean", "upper"):
        assert other[name][rows] == pytest.approx(one[name][rows], rel=4e-3)


def test_draws_of_many_runs_are_those_of_project():
    fit = banded(-0.5, -1.0)
    p = project(fit, by_entry(), draws=6, seed=3, strategies=[PREVENTION])
    made = kh.run_many([case(fit, by_entry(), strategies=[PREVENTION])], draws=6, seed=3)
    table = made.table()
    users = [p.states.index(level) for level in p.levels]
    for name, course in (("", p), ("prevention", p.of("prevention"))):
        rows = [
            i
            for i in range(len(table["measure"]))
            if (table["municipality"][i], table["strategy"][i]) == ("Here", name)
            and table["compared"][i] == ""
            and table["measure"][i] == "users"
        ]
        expected = course.draws_persons[:, :, users].sum(axis=2).mean(axis=0)
        assert np.asarray(table["mean"])[rows] == pytest.approx(expected, rel=1e-9), name


def test_many_runs_have_the_same_bytes_on_threads_and_processes():
    pytest.importorskip("scipy")
    fit = kh.from_coefficients(
        town.MODEL,
        np.array([[np.log(rate), -0.7] for rate in town.RATES]).ravel(),
        np.diag(np.tile([0.05**2, 0.0], town.RATES.size)),
        covariates=(kh.bands("since_entry", 0.25),),
    )
    cases = [case(fit, by_entry(parts=4))]
    settings = {"draws": 32, "seed": 3, "design": "lhs", "years": 2}  # sixteen blocks
    digests = set()
    for workers in (1, 2, 8):
        digests.add(kh.run_many(cases, executor="threads", workers=workers, **settings).digest)
    digests.add(kh.run_many(cases, executor="processes", workers=2, **settings).digest)
    assert len(digests) == 1


@pytest.mark.parametrize("design", ["sobol", "lhs"])
def test_a_design_places_draws_of_rates_with_bands(design):
    pytest.importorskip("scipy")
    fit = banded(-0.5, -1.0)
    designed = project(fit, by_entry(), draws=64, design=design)
    random = project(fit, by_entry(), draws=64)
    means = [p.draws_cost[:, -1].mean() for p in (designed, random)]
    error = random.draws_cost[:, -1].std() / 8
    assert abs(means[0] - means[1]) < 4 * error
    assert designed.draws_cost[:, -1].std() == pytest.approx(8 * error, rel=0.35)


def test_a_calibration_of_rates_with_bands_meets_its_figures_and_projects():
    fit = banded(-0.5, -1.0)
    people = town.population()
    before = project(fit, by_entry(), draws=0)
    year = int(people.years[2])
    users = before.persons[2, [before.states.index(s) for s in before.levels]].sum()
    share = users / people.persons[2].sum()
    made = kh.calibrate(
        fit, people, town.entries(), stock=by_entry(), closure="scale",
        targets=[kh.Target("prevalence", year, 1.1 * share, error=0.01)],
        multipliers=[kh.Multiplier("incidence", prior_sd=None)],
    )  # fmt: skip
    assert made.before[0] == pytest.approx(share, rel=1e-9)
    assert made.after[0] == pytest.approx(1.1 * share, rel=1e-5)
    p = kh.project(
        made.fit, people, made.entries, stock=by_entry(), draws=40, closure="scale",
        costs=town.COSTS,
    )  # fmt: skip
    again = p.persons[2, [p.states.index(s) for s in p.levels]].sum() / people.persons[2].sum()
    assert again == pytest.approx(made.after[0], rel=1e-9)
    # Draws carry the calibration's errors through both tables: those of many runs are the same.
    many = kh.run_many(
        [kh.Case("Here", made.fit, people, made.entries, by_entry(), costs=town.COSTS)],
        draws=40, seed=1,
    ).table()  # fmt: skip
    last = [i for i, m in enumerate(many["measure"]) if m == "cost"][-1]
    assert many["mean"][last] == pytest.approx(p.draws_cost[:, -1].mean(), rel=1e-9)


def test_sources_of_uncertainty_follow_the_clock():
    settings = {"costs": town.COSTS, "draws": 24, "closure": "scale"}
    found = [
        kh.sources_of_uncertainty(fit, town.population(), town.entries(), stock=stock, **settings)
        for fit, stock in ((plain(), town.stock()), (alike(), by_entry()))
    ]
    assert found[1].mean == pytest.approx(found[0].mean, rel=1e-3)
    chance = [s.groups.index("chance") for s in found]
    parts = [s.alone[:, i] for s, i in zip(found, chance, strict=True)]
    assert parts[1] == pytest.approx(parts[0], rel=5e-3)
    assert CUTS == (0.5, 2.0)
