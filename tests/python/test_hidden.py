"""Stays with phases and levels read with error, without R."""

from __future__ import annotations

import itertools
import pickle

import numpy as np
import pytest

import kohort as kh

LEVELS = kh.Model(
    ("light", "high", "dead"),
    [("light", "high"), ("light", "dead"), ("high", "light"), ("high", "dead")],
    death="dead",
)
HOME = kh.Model(("home", "dead"), [("home", "dead")], death="dead")


def stays(count: int = 400, seed: int = 1) -> dict[str, np.ndarray]:
    """Synthetic stays: half short, half long, some still going on after five years."""
    rng = np.random.default_rng(seed)
    years = np.where(
        rng.random(count) < 0.5, rng.exponential(0.2, count), rng.exponential(3, count)
    )
    end = np.minimum(years, 5.0)
    return {
        "id": np.repeat(np.arange(count), 2),
        "t": np.column_stack([np.zeros(count), end]).ravel(),
        "s": np.column_stack([np.zeros(count), years <= 5]).astype(int).ravel(),
    }


def panel(count: int = 250, seed: int = 2) -> dict[str, np.ndarray]:
    """Synthetic visits twice a year, read with error, deaths dated."""
    rng = np.random.default_rng(seed)
    rates = {0: {1: 0.5, 2: 0.05}, 1: {0: 0.2, 2: 0.3}}
    rows = []
    for person in range(count):
        state, now, x = int(rng.random() < 0.3), 0.0, int(rng.random() < 0.5)
        for visit in range(7):
            wrong = rng.random() < (0.1 + 0.1 * x if state == 0 else 0.15)
            rows.append((person, 0.5 * visit, 1 - state if wrong else state, x))
            end = 0.5 * (visit + 1)
            while True:
                out = rates[state]
                now += rng.exponential(1 / sum(out.values()))
                if now > end:
                    now = end
                    break
                state = int(
                    rng.choice(list(out), p=np.array(list(out.values())) / sum(out.values()))
                )
                if state == 2:
                    break
            if state == 2:
                rows.append((person, now, 2, x))
                break
    return dict(zip(("id", "t", "s", "x"), np.array(rows).T, strict=True))


COLUMNS = {"subject": "id", "time": "t", "state": "s"}


@pytest.fixture(scope="module")
def two_phases() -> kh.FittedModel:
    return kh.fit(
        stays(), HOME, exact_times=True, phases=kh.Phases({"home": 2}, found="entry"), **COLUMNS
    )


@pytest.fixture(scope="module")
def misread() -> kh.FittedModel:
    setting = kh.Misclassification({"light": ("high",), "high": ("light",)})
    return kh.fit(panel(), LEVELS, misclassification=setting, **COLUMNS)


def test_phases_fit_better_than_none_and_the_faster_comes_first(two_phases):
    one = kh.fit(stays(), HOME, exact_times=True, **COLUMNS)
    assert two_phases.convergence.converged
    assert two_phases.log_likelihood > one.log_likelihood + 20
    assert two_phases.model.states == ("home (phase 1)", "home (phase 2)", "dead")
    q = two_phases.intensities()
    assert q[0, 0] < q[1, 1] < 0
    short, long = two_phases.stay("home"), one.stay("home")
    assert short.quantile(0.5) < long.quantile(0.5)
    assert short.mean(found="stationary") > short.mean()
    assert long.mean(found="stationary") == pytest.approx(long.mean(), rel=1e-12)


def test_the_likelihood_of_phases_is_that_of_their_law(two_phases):
    data = stays()
    end, dead = data["t"][1::2], data["s"][1::2] == 1
    q = two_phases.intensities()
    on, out, b = q[0, 1], q[0, 2], q[1, 2]
    a = on + out
    one, two = np.exp(-a * end), on / (a - b) * (np.exp(-b * end) - np.exp(-a * end))
    by_hand = np.log(np.where(dead, one * out + two * b, one + two)).sum()
    assert two_phases.log_likelihood == pytest.approx(by_hand, abs=1e-9)


def test_a_stay_says_how_long_it_lasts(two_phases):
    stay = two_phases.stay("home")
    assert stay.survival(0.0) == 1
    years = stay.quantile([0.2, 0.5])
    np.testing.assert_allclose(stay.survival(years), [0.8, 0.5], atol=1e-12)
    assert stay.shares.sum() == pytest.approx(1)
    assert "have left by" in str(stay)
    assert "50 %" in stay._repr_html_()
    assert list(stay.to_frame("pandas").columns) == ["share", "from entry", "when found there"]
    with pytest.raises(kh.InvalidInput, match="nobody leaves 'dead'"):
        two_phases.stay("dead")
    with pytest.raises(kh.InvalidInput, match="entry or stationary"):
        stay.mean(found="tomorrow")


def test_probabilities_between_states_as_they_are_seen(two_phases):
    stay = two_phases.stay("home")
    for found in ("entry", "stationary"):
        p = two_phases.seen_transition_probability(2.0, found=found)
        assert p.shape == (2, 2)
        assert p[0, 0] == pytest.approx(float(stay.survival(2.0, found=found)), abs=1e-13)


def test_errors_are_estimated_and_the_truth_is_closer_than_what_was_read(misread):
    assert misread.convergence.converged
    e = misread.misclassification_probability()
    np.testing.assert_allclose(e.sum(axis=1), 1)
    assert 0.05 < e[0, 1] < 0.3
    assert e[2].tolist() == [0, 0, 1]
    p = misread.smoothed_states()
    assert p.shape == (len(panel()["id"]), 3)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-12)
    path = misread.likeliest_states()
    assert set(path.tolist()) <= {0, 1, 2}
    plain = kh.fit(panel(), LEVELS, **COLUMNS)
    given_first = kh.fit(
        panel(),
        LEVELS,
        misclassification=kh.Misclassification(
            {"light": ("high",), "high": ("light",)}, start="seen"
        ),
        **COLUMNS,
    )
    assert given_first.log_likelihood > plain.log_likelihood + 5
    assert -misread.intensities()[0, 0] < -plain.intensities()[0, 0]  # errors look like moves


def test_personal_results_never_leave_memory(misread):
    again = pickle.loads(pickle.dumps(misread))
    assert again.coefficient_names == misread.coefficient_names
    np.testing.assert_array_equal(
        again.misclassification_probability(), misread.misclassification_probability()
    )
    with pytest.raises(kh.InvalidInput, match="stay in memory only"):
        again.smoothed_states()
    assert "seen as" in str(misread)
    frame = misread.to_frame(backend="pandas")
    assert len(frame) == len(misread.coefficients)


def test_effects_on_errors_have_names_and_odds():
    setting = kh.Misclassification(
        {"light": "high", "high": "light"}, covariates={"light seen as high": ("x",)}
    )
    fitted = kh.fit(panel(), LEVELS, misclassification=setting, **COLUMNS)
    assert fitted.coefficient_names[-4:] == (
        "light seen as high",
        "light seen as high: x",
        "high seen as light",
        "first in high",
    )
    low, high = (fitted.misclassification_probability(x=x)[0, 1] for x in (0, 1))
    assert low < high  # 10 and 20 % in truth
    with pytest.raises(kh.InvalidInput, match="'x' is not given"):
        fitted.misclassification_probability()


def test_the_likelihood_of_misread_levels_sums_over_all_paths(misread):
    """The slow way, with nothing in common but the formulas, on ten persons."""
    data = {name: values[panel()["id"] < 10] for name, values in panel().items()}
    setting = kh.Misclassification({"light": ("high",), "high": ("light",)})
    value = kh.log_likelihood(
        data, LEVELS, coefficients=misread.coefficients, misclassification=setting, **COLUMNS
    )
    q, e = misread.intensities(), misread.misclassification_probability()
    second = 1 / (1 + np.exp(-misread.coefficients[-1]))
    slow = 0.0
    for person in range(10):
        t, s = (data[k][data["id"] == person] for k in ("t", "s"))
        dead = s[-1] == 2
        visits = len(s) - dead
        total = 0.0
        for path in itertools.product((0, 1), repeat=visits):
            p = second if path[0] else 1 - second
            for k in range(visits):
                p *= e[path[k], int(s[k])]
                if k:
                    p *= kh.transition_probability(q, t[k] - t[k - 1])[path[k - 1], path[k]]
            if dead:
                last = kh.transition_probability(q, t[-1] - t[-2])[path[-1]]
                p *= last[0] * q[0, 2] + last[1] * q[1, 2]
            total += p
        slow += np.log(total)
    assert value == pytest.approx(slow, abs=1e-10)


def test_covariates_of_a_seen_move_act_in_every_phase():
    data = stays() | {"x": np.repeat(np.arange(400) % 2, 2)}
    setting = kh.Phases({"home": 2}, found="entry")
    fitted = kh.fit(
        data, HOME, covariates={"home -> dead": ("x",)}, exact_times=True, phases=setting, **COLUMNS
    )
    assert [n for n in fitted.coefficient_names if n.endswith(": x")] == [
        "home (phase 1) -> dead: x",
        "home (phase 2) -> dead: x",
    ]
    stay = fitted.stay("home", x=1)
    assert 0 < stay.mean() < np.inf


def test_time_since_entry_acts_through_a_clock_of_its_own():
    """What phases do for a hidden reason, bands of the time since entry do for a seen one."""
    data = stays() | {"since": np.zeros(800)}
    plain = kh.fit(data, HOME, exact_times=True, **COLUMNS)
    banded = kh.fit(data, HOME, covariates=(kh.bands("since", 0.5),), exact_times=True, **COLUMNS)
    end, dead = data["t"][1::2], data["s"][1::2] == 1
    early = (dead & (end < 0.5)).sum() / np.minimum(end, 0.5).sum()
    late = (dead & (end >= 0.5)).sum() / np.maximum(end - 0.5, 0).sum()
    assert banded.intensities(since=0.1)[0, 1] == pytest.approx(early, rel=1e-6)
    assert banded.intensities(since=1.0)[0, 1] == pytest.approx(late, rel=1e-6)
    assert banded.log_likelihood > plain.log_likelihood + 10


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: kh.Phases({"home": 2}, found="somewhere"), "stationary, entry or left out"),
        (lambda: kh.Misclassification({"a": ("b",)}, start="any"), "estimated, seen"),
        (lambda: kh.Misclassification({"a": ("b",)}, covariates={"a as b": ()}), "a seen as b"),
    ],
)
def test_settings_that_make_no_sense(make, words):
    with pytest.raises(kh.InvalidInput, match=words):
        make()


def test_what_the_data_cannot_say_is_refused():
    with pytest.raises(kh.InvalidInput, match="between 1 and 20"):
        kh.fit(stays(), HOME, exact_times=True, phases={"home": 0}, **COLUMNS)
    with pytest.raises(kh.InvalidInput, match="nobody leaves it"):
        kh.fit(stays(), HOME, exact_times=True, phases={"dead": 2}, **COLUMNS)
    setting = kh.Misclassification({"light": ("high",)})
    with pytest.raises(kh.InvalidInput) as refused:
        kh.fit(panel(), LEVELS, exact_times=True, misclassification=setting, **COLUMNS)
    assert refused.value.code == "E-KIND"


def test_three_quantiles_are_met():
    days = [8.0, 119.0, 595.0]
    on, first, second = kh.two_phases_from_quantiles([0.1, 0.3, 0.5], days)
    a, b = on + first, second
    w = (first - b) / (a - b)
    t = np.array(days)
    np.testing.assert_allclose(
        1 - w * np.exp(-a * t) - (1 - w) * np.exp(-b * t), [0.1, 0.3, 0.5], atol=1e-12
    )
    with pytest.raises(kh.InvalidInput) as refused:
        kh.two_phases_from_quantiles([0.1, 0.3, 0.5], [1.0, 1.01, 1.02])
    assert refused.value.code == "D-NONIDENT"


def test_errors_that_two_visits_cannot_tell_from_moves_are_refused():
    """Four kinds of pairs are seen, and five numbers are asked for."""
    rng = np.random.default_rng(4)
    first, second = rng.integers(0, 2, 300), rng.integers(0, 2, 300)
    rows = {
        "id": np.repeat(np.arange(300), 2),
        "t": np.tile([0.0, 1.0], 300),
        "s": np.column_stack([first, second]).ravel(),
    }
    model = kh.Model(("light", "high"), [("light", "high"), ("high", "light")])
    setting = kh.Misclassification({"light": "high", "high": "light"})
    with pytest.raises(kh.InvalidInput, match="only 3 combinations of") as refused:
        kh.fit(rows, model, misclassification=setting, **COLUMNS)
    assert refused.value.code == "D-NONIDENT"


def test_an_error_that_never_happens_is_named():
    one_way = kh.Model(("light", "high", "dead"), [("light", "high"), ("high", "dead")], "dead")
    rng = np.random.default_rng(5)
    rows = []
    for person in range(200):
        up, dead = rng.exponential(1.5), rng.exponential(1.5)
        for t in np.arange(0, 4, 0.5):
            if t >= up + dead:
                rows.append((person, up + dead, 2))
                break
            rows.append((person, t, int(t >= up)))
    data = dict(zip(("id", "t", "s"), np.array(rows, dtype=float).T, strict=True))
    setting = kh.Misclassification({"high": "light"}, start="seen")
    fitted = kh.fit(data, one_way, misclassification=setting, **COLUMNS)
    plain = kh.fit(data, one_way, **COLUMNS)
    assert "high seen as light" in [f.column for f in fitted.diagnostics]
    assert fitted.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-5)
    assert not fitted.has_error[-1]
    assert all(fitted.has_error[:-1])


@pytest.mark.parametrize(("lang", "day", "half"), [("en", "day 8", "50%"), ("sv", "dag 8", "50 %")])
def test_a_picture_of_stays_says_days_and_per_cent(lang, day, half):
    from matplotlib.figure import Figure

    from kohort.plots import stays as plots_stays

    model = kh.Model(("home", "dead"), [("home", "dead")], death="dead")
    fitted = [
        kh.fit(
            {"id": [1, 1, 2, 2], "t": [0, 1, 0, 3], "s": ["home", "dead", "home", "dead"]},
            model, subject="id", time="t", state="s", exact_times=True,
        )
        for _ in range(3)
    ]  # fmt: skip
    figure = Figure(figsize=(8, 4.6))
    ax = plots_stays.survival(
        {str(k): fit.stay("home") for k, fit in enumerate(fitted)}, figure.subplots(),
        points=[(8 / 365.25, 0.1)], years=4, lang=lang,
    )  # fmt: skip
    figure.canvas.draw()
    assert day in [text.get_text() for text in ax.texts]
    shares = [name.get_text().replace("\N{NO-BREAK SPACE}", " ") for name in ax.get_yticklabels()]
    assert half in shares
    drawn = [(line.get_color(), str(line._dash_pattern)) for line in ax.lines[:3]]
    assert len({colour for colour, _ in drawn}) == 3
    assert len({style for _, style in drawn}) == 3
