"""Error models of population and prices, and chance: laws, then worked numbers of 40 digits."""

import numpy as np
import pytest
import small_town

import kohort as kh

A = np.array([[-0.09, 0.05, 0.04], [0.02, -0.22, 0.20], [0, 0, 0]])


def test_a_population_error_of_a_sum():
    error = kh.PopulationError(0.05, age_scale=10)
    people = np.zeros((2, 2))
    people[0] = [1000, 800]
    assert np.sqrt(error.variance(people, 4)) == pytest.approx(176.1401974737, rel=1e-12)
    assert "5 % one year ahead" in str(error)
    assert "15.8 % after ten years" in str(error)
    assert "random walk" in error._repr_html_()


def test_paths_are_of_the_seed_and_the_draw_alone():
    error = kh.PopulationError(0.02, power=1.0, between_sexes=0.5)
    all_of_them = error.paths(3, 5, 6, seed=4)
    assert all_of_them.shape == (6, 4, 2, 5)
    assert not all_of_them[:, 0].any()
    np.testing.assert_array_equal(error.paths(3, 5, 2, seed=4, first=4), all_of_them[4:])
    with pytest.raises(kh.InvalidInput, match="E-POP-ERROR"):
        kh.PopulationError(-0.1)


def test_variants_are_picked_by_their_weights():
    low, high = small_town.population(), small_town.population()
    variants = kh.PopulationVariants({"low": low, "high": high}, {"low": 1, "high": 3})
    picks = variants.picks(4000, seed=1)
    assert picks.mean() == pytest.approx(0.75, abs=4 * np.sqrt(0.75 * 0.25 / 4000))
    np.testing.assert_array_equal(variants.picks(5, 1, first=10), picks[10:15])
    assert str(variants) == "Population variants: low 0.25, high 0.75"
    with pytest.raises(kh.InvalidInput, match="other ages, years or persons"):
        kh.PopulationVariants({"low": low, "wide": small_town.population(2.0)})
    with pytest.raises(kh.InvalidInput, match="the weights are"):
        kh.PopulationVariants({"low": low}, {"low": -1.0})


def test_prices_have_shares_that_add_up():
    prices = kh.PriceError(
        {"wage": (0.01, 0.02), "other": (0.0, 0.03)},
        {"wage": 0.8, "other": 0.2},
        [[1, 0.5], [0.5, 1]],
    )
    assert prices.paths(3, 4, seed=1).shape == (4, 4, 2)
    assert prices.shares_of(["none", "light"], ["none"]).tolist() == [[0.8, 0.2], [0.8, 0.2]]
    assert "wage +1 % a year, give or take 2 %" in str(prices)
    with pytest.raises(kh.InvalidInput, match="add up to 1"):
        kh.PriceError({"wage": (0.01, 0.02)}, {"wage": 0.9})
    with pytest.raises(kh.InvalidInput, match="E-PRICE"):
        kh.PriceError({"wage": (0.01, -0.02)}, {"wage": 1.0})
    by_state = kh.PriceError({"wage": (0.0, 0.1)}, {"light": {"wage": 1.0}})
    with pytest.raises(kh.InvalidInput, match="'high' has no shares"):
        by_state.shares_of(["light", "high"], ["none"])


def test_two_levels_and_an_inflow_as_chance():
    mean, closed = kh.chance.closed_counts(A, [100, 20, 0], 1)
    came, inflow = kh.chance.inflow_counts(A, [0, 10, 0], 1)
    assert closed[1, 1] + inflow[1, 1] == pytest.approx(16.24457460334754, rel=1e-13)
    assert closed[0, 1] == pytest.approx(-4.194106979713, rel=1e-12)
    between = kh.chance.closed_counts_between(A, [100, 20, 0], 1, 2)
    assert between[1, 1] == pytest.approx(5.654954827564, rel=1e-12)
    assert (mean + came)[1] == pytest.approx(29.32244650413472, rel=1e-13)
    same = kh.chance.inflow_counts_between(A, [0, 10, 0], 1, 1)
    assert same == pytest.approx(inflow, abs=1e-14)


def test_costs_of_persons_and_of_arrivals():
    mean, variance = kh.chance.person_cost(A, [0, 1, 0], 2)
    assert mean[:2] == pytest.approx([0.0816855845375, 1.619042987352], rel=1e-11)
    assert variance[:2] == pytest.approx([0.0960196204206, 0.3801668471959], rel=1e-10)
    again, _ = kh.chance.person_cost([(A, 0.5), (A, 1.5)], [0, 1, 0])
    assert again == pytest.approx(mean, rel=1e-13)
    one_exit = [[-0.2, 0.2], [0, 0]]
    arrivals = kh.chance.arrivals_cost_variance(one_exit, [1, 0], [10, 0], 2)
    assert arrivals == pytest.approx(21.92027621381, rel=1e-11)
    with pytest.raises(kh.InvalidInput, match="E-TIME"):
        kh.chance.person_cost(A, [0, 1, 0])


def test_designs_gain_what_the_guide_measured():
    """In 4 dimensions with 1,024 draws: Sobol some 40 times as exact as random draws, LHS 8."""
    pytest.importorskip("scipy")
    from statistics import NormalDist

    from kohort.projection.drawing_rates import designed

    normal = np.vectorize(NormalDist().inv_cdf, otypes=[float])

    def mean(points):
        return np.exp(normal(points) @ np.array([0.1, 0.08, 0.06, 0.04])).mean()

    spread = {
        design: np.std([mean(designed(4, 1024, design, 5, r)) for r in range(16)], ddof=1)
        for design in ("sobol", "lhs")
    }
    one_draw = np.sqrt(np.expm1(0.1**2 + 0.08**2 + 0.06**2 + 0.04**2))  # sd of exp(sum)
    random = one_draw * np.exp(0.0216 / 2) / np.sqrt(1024)
    assert spread["sobol"] < random / 30
    assert spread["lhs"] < random / 5
    # Repetitions are independent, and each is its own.
    assert designed(2, 8, "sobol", 5, 0).tolist() == designed(2, 8, "sobol", 5, 0).tolist()
    assert designed(2, 8, "sobol", 5, 0).tolist() != designed(2, 8, "sobol", 5, 1).tolist()
