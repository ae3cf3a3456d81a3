"""`kohort.model.structure`: laws first, then numbers from mpmath and msm."""

import pickle

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import kohort as kh

# light, moderate, high, total, dead
RATES = {
    (0, 1): 0.35,
    (0, 4): 0.04,
    (1, 0): 0.15,
    (1, 2): 0.28,
    (1, 4): 0.08,
    (2, 1): 0.12,
    (2, 3): 0.25,
    (2, 4): 0.16,
    (3, 2): 0.06,
    (3, 4): 0.40,
}


def with_diagonal(rates):
    rates = np.array(rates, dtype=float)
    np.fill_diagonal(rates, 0)
    return rates - np.diag(rates.sum(axis=1))


def q5():
    q = np.zeros((5, 5))
    for move, rate in RATES.items():
        q[move] = rate
    return with_diagonal(q)


def truth(q, t):
    """exp(tQ) by mpmath with 60 digits, the diagonal set exactly from the rates."""
    with mpmath.workdps(60):
        n = len(q)
        exact = mpmath.matrix(n, n)
        for r in range(n):
            for s in range(n):
                if r != s:
                    exact[r, s] = mpmath.mpf(q[r, s])
            exact[r, r] = -mpmath.fsum(exact[r, s] for s in range(n) if s != r)
        return mpmath.expm(exact * mpmath.mpf(t), method="taylor")


@st.composite
def intensities(draw, largest=6):
    n = draw(st.integers(2, largest))
    rates = arrays(float, (n, n), elements=st.sampled_from([0.0, 1e-8, 1e-3, 0.1, 0.5, 2.0, 30.0]))
    return with_diagonal(draw(rates))


def test_five_levels_over_a_year_and_a_half_as_msm_has_them():
    p = kh.transition_probability(q5(), 1.5)
    light = [0.5886114313649514, 0.276220257731966, 0.05502027442987182]
    light += [0.006865725896318062, 0.0732823105768928]
    np.testing.assert_allclose(p[0], light, rtol=2e-15)
    assert not p.flags.writeable


@given(q=intensities(), t=st.floats(0.01, 20))
def test_every_entry_agrees_with_multiprecision(q, t):
    p, exact = kh.transition_probability(q, t), truth(q, t)
    for r in range(len(q)):
        for s in range(len(q)):
            assert abs(p[r, s] - exact[r, s]) <= 1e-12 * exact[r, s]


@given(q=intensities(), s=st.integers(0, 4096), t=st.integers(0, 4096))
def test_two_periods_make_one(q, s, t):
    s, t = s / 256, t / 256  # so that s + t is exact
    one = kh.transition_probability(q, s + t)
    np.testing.assert_allclose(
        kh.transition_probability(q, s) @ kh.transition_probability(q, t), one, rtol=1e-11
    )


@given(q=intensities(), times=st.lists(st.floats(0, 50), min_size=1, max_size=40))
def test_a_stack_is_its_members(q, times):
    stack = np.stack([q * (k + 1) for k in range(len(times))])
    together = kh.transition_probability(stack, times)
    assert together.shape == (len(times), *q.shape)
    assert not together.flags.writeable
    for k, t in enumerate(times):
        one = kh.transition_probability(stack[k], t)
        np.testing.assert_allclose(together[k], one, rtol=1e-12)
        np.testing.assert_array_equal(
            kh.transition_probability(stack[k : k + 1], t)[0], together[k]
        )
    four = kh.transition_probability(stack, times, threads=4)
    assert four.tobytes() == together.tobytes()


def test_leading_axes_broadcast():
    q = q5()
    assert kh.transition_probability(q, [1.0, 2.0, 3.0]).shape == (3, 5, 5)
    assert kh.transition_probability(np.stack([q, q]), 1.0).shape == (2, 5, 5)
    grid = kh.transition_probability(np.stack([q, 2 * q])[:, None], [1.0, 2.0, 3.0])
    assert grid.shape == (2, 3, 5, 5)
    np.testing.assert_allclose(grid[1, 0], grid[0, 1], rtol=1e-14)
    assert kh.transition_probability(np.empty((0, 5, 5)), 1.0).shape == (0, 5, 5)


def test_what_cannot_be_is_refused_with_its_code():
    q = q5()
    for t in (-1.0, np.nan, np.inf):
        with pytest.raises(kh.InvalidInput, match="time is") as refused:
            kh.transition_probability(q, t)
        assert refused.value.code == "E-TIME"
        with pytest.raises(kh.InvalidInput, match="time is"):
            kh.transition_probability(q, [1.0, t])
    wrong = q.copy()
    wrong[0, 1] += 0.3
    with pytest.raises(kh.InvalidInput, match=r"row 0 sums to 0\.3, but") as refused:
        kh.transition_probability(wrong, 1.0)
    assert refused.value.code == "E-INTENSITY"
    with pytest.raises(ValueError, match="matrix 1: intensity_matrix: row 0"):
        kh.transition_probability([q, wrong], 1.0)
    with pytest.raises(kh.InvalidInput, match=r"the shape \(2, 3\)") as refused:
        kh.transition_probability(np.ones((2, 3)), 1.0)
    assert refused.value.code == "E-SHAPE"
    with pytest.raises(kh.InvalidInput, match=r"of Q are \(2,\) and those of t \(3,\)"):
        kh.transition_probability([q, q], [1.0, 2.0, 3.0])


def test_a_stopped_computation_raises_what_stopped_it():
    def stop(done, total):
        raise RuntimeError(f"enough of {total}")

    with pytest.raises(RuntimeError, match="enough of 5"):
        kh.transition_probability(np.stack([q5()] * 5000), 1.0, threads=1, progress=stop)


def test_logarithms_are_finite_wherever_a_state_can_be_reached():
    model = kh.Model("abcde", [("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")])
    q = model.intensities([0.35, 0.28, 0.25, 0.4])
    logs = kh.log_transition_probability(q, [1e-7, 1e-90, 1e5])
    np.testing.assert_allclose(logs[0, 0, 3:], [-53.8551286155344701, -72.2758093530868356], 1e-15)
    np.testing.assert_allclose(logs[1, 0, 3:], [-627.198816739051845, -836.734060201510003], 1e-15)
    np.testing.assert_allclose(logs[2, 0, 3], -24996.0028191862315, 1e-14)
    assert np.isfinite(logs[:, *np.triu_indices(5)]).all()
    assert np.isneginf(logs[:, *np.tril_indices(5, -1)]).all()
    assert not logs.flags.writeable
    one = kh.log_transition_probability(q, 2.0)
    np.testing.assert_array_equal(one, kh.log_transition_probability([q], 2.0)[0])
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(one, np.log(kh.transition_probability(q, 2.0)), 1e-15)
    with pytest.raises(kh.InvalidInput, match="time is -1"):
        kh.log_transition_probability(q, -1)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_stop_ends_all_threads(threads):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kh.transition_probability(np.stack([q5()] * 5000), 1.0, threads=threads, progress=stop)


def test_stiffness_is_told():
    q = q5()
    assert not kh.is_stiff(q, 1.0)
    assert kh.is_stiff(q, 1e7)


def test_a_model_keeps_the_words_of_its_user():
    model = kh.Model(["well", "ill", "dead"], [("well", "ill"), ("ill", "dead")], death="dead")
    assert model.states == ("well", "ill", "dead")
    assert model.transitions == (("well", "ill"), ("ill", "dead"))
    assert model.moves == ((0, 1), (1, 2))
    assert model.labels == ("well -> ill", "ill -> dead")
    assert model.label(1) == "ill -> dead"
    assert model.death == "dead"
    assert model.size == 3
    assert model.state("ill") == 1
    assert model.absorbing("dead")
    assert not model.absorbing("ill")
    np.testing.assert_array_equal(
        model.intensities([0.5, 0.25]), [[-0.5, 0.5, 0], [0, -0.25, 0.25], [0, 0, 0]]
    )
    assert model == pickle.loads(pickle.dumps(model))
    assert hash(model) == hash(pickle.loads(pickle.dumps(model)))
    assert model != kh.DEPENDENCY
    with pytest.raises(AttributeError):
        model.states = ()


def test_a_model_shows_what_it_permits():
    model = kh.Model(("well", "<ill>"), [("well", "<ill>")])
    assert str(model) == (
        "Model: 2 states, 1 transitions\n"
        "from \\ to  well  <ill>\n"
        "well          .      x\n"
        "<ill>         .      ."
    )
    html = model._repr_html_()
    assert "&lt;ill&gt;" in html
    assert "<ill>" not in html
    assert html.count("✓") == 1


def test_models_that_cannot_be_are_refused():
    with pytest.raises(kh.InvalidInput, match="'a' stands twice") as refused:
        kh.Model(["a", "a"], [("a", "a")])
    assert refused.value.code == "E-MODEL"
    with pytest.raises(kh.InvalidInput, match="no state 'c'") as refused:
        kh.DEPENDENCY.state("c")
    assert refused.value.code == "E-STATE-UNKNOWN"
    with pytest.raises(kh.InvalidInput, match="3 rates were given"):
        kh.DEPENDENCY.intensities([1, 2, 3])


def test_the_presets():
    assert kh.DEPENDENCY.states == ("light", "moderate", "high", "total", "dead")
    assert kh.DEPENDENCY_WITH_ENDED.states == (
        "light",
        "moderate",
        "high",
        "total",
        "ended",
        "dead",
    )
    assert kh.DEPENDENCY.death == "dead"
    assert "light -> total" in kh.DEPENDENCY.labels
    assert "total -> light" not in kh.DEPENDENCY.labels
