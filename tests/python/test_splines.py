"""Smooth curves of a clock: `kohort.spline`."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.interpolate import BSpline

import kohort as kh

ONE_EXIT = kh.Model(("a", "dead"), [("a", "dead")], death="dead")
ENDS = (65.0, 99.0)


def survival(persons: int, seed: int, log_rate: object) -> dict[str, np.ndarray]:
    """Made-up persons followed for four years from 65 to 95, each move dated."""
    rng = np.random.default_rng(seed)
    start = rng.uniform(65, 95, persons)
    left, now, out = np.full(persons, True), np.zeros(persons), np.full(persons, np.inf)
    while left.any():  # thinning under a rate of 1 a year
        now = now + rng.exponential(size=persons)
        happens = left & (rng.random(persons) < np.exp(log_rate(start + now))) & (now < 4)
        out[happens] = now[happens]
        left &= ~happens & (now < 4)
    seen = np.minimum(out, 4.0)
    return {
        "id": np.repeat(np.arange(persons), 2),
        "time": np.column_stack([np.zeros(persons), seen]).ravel(),
        "state": np.column_stack([np.full(persons, "a"), np.where(out < 4, "dead", "a")]).ravel(),
        "age": np.column_stack([start, start + seen]).ravel(),
    }


def one_exit(table: dict[str, np.ndarray], *terms: object, **more: object) -> kh.FittedModel:
    return kh.fit(
        table,
        ONE_EXIT,
        subject="id",
        time="time",
        state="state",
        exact_times=True,
        covariates=terms,
        **more,
    )


def curve(fitted: kh.FittedModel, ages: np.ndarray) -> np.ndarray:
    return fitted.log_intensities({"age": ages})[0, :, 0]


def wavy(age: np.ndarray) -> np.ndarray:
    return -1.5 + 0.7 * np.sin((age - 65) / 5)


def straight(age: np.ndarray) -> np.ndarray:
    return -2 + 0.06 * (age - 80)


class Slow:
    """The penalised fit of one dated exit by other means: B-splines of scipy, Newton's method."""

    def __init__(self, table: dict[str, np.ndarray], segments: int) -> None:
        age, time = table["age"].reshape(-1, 2), table["time"].reshape(-1, 2)
        step = (ENDS[1] - ENDS[0]) / segments
        knots = ENDS[0] + step * np.arange(-3, segments + 4)
        self.basis = [
            BSpline(knots, np.eye(segments + 3)[i], 3, extrapolate=False)
            for i in range(segments + 3)
        ]
        self.dead = (table["state"].reshape(-1, 2)[:, 1] == "dead").astype(float)
        nodes, weights = np.polynomial.legendre.leggauss(8)
        cuts = np.linspace(0, 1, 17)
        width = np.diff(cuts)[:, None]
        places = (cuts[:-1, None] + width * (nodes + 1) / 2).ravel()
        shares = (width * weights / 2).ravel()
        self.nodes = self.design(age[:, :1] + (time[:, 1:] - time[:, :1]) * places)
        self.exposure = (time[:, 1:] - time[:, :1]) * shares
        self.ends = self.design(age[:, 1])
        self.difference = np.diff(np.eye(segments + 3), 2, axis=0)

    def design(self, age: np.ndarray) -> np.ndarray:
        inside = np.clip(age, ENDS[0], ENDS[1] - 1e-9)
        return np.stack([one(inside) for one in self.basis], axis=-1)

    def fit(self, kappa: float) -> tuple[np.ndarray, float, np.ndarray]:
        """Coefficients, log-likelihood and covariance."""
        b = np.full(len(self.basis), -2.0)
        penalty = kappa * self.difference.T @ self.difference
        for _ in range(60):
            hazard = np.exp(self.nodes @ b) * self.exposure
            gradient = self.dead @ self.ends - np.einsum("in,inp->p", hazard, self.nodes)
            H = np.einsum("in,inp,inq->pq", hazard, self.nodes, self.nodes) + penalty
            step = np.linalg.solve(H, gradient - penalty @ b)
            b = b + step * min(1, 2 / np.abs(step).max())
            if np.abs(step).max() < 1e-11:
                break
        value = float(self.dead @ (self.ends @ b) - (np.exp(self.nodes @ b) * self.exposure).sum())
        return b, value, np.linalg.inv(H)

    def choose(self) -> float:
        """Fellner and Schall's weight of the penalty."""
        kappa, m = 10.0, len(self.basis) - 2
        for _ in range(200):
            b, _, V = self.fit(kappa)
            D = self.difference
            following = (m - kappa * np.trace(D @ V @ D.T)) / np.sum((D @ b) ** 2)
            if abs(np.log(following / kappa)) < 1e-4:
                break
            kappa = following
        return kappa


@pytest.fixture(scope="module")
def waves() -> dict[str, np.ndarray]:
    return survival(1500, 12, wavy)


def test_a_penalised_fit_is_that_of_a_slow_one(waves: dict[str, np.ndarray]) -> None:
    slow = Slow(waves, 8)
    ages = np.linspace(66, 98, 40)
    for kappa in (0.02, 3.0, 400.0):
        fitted = one_exit(waves, kh.spline("age", ends=ENDS, smoothing=kappa))
        b, value, V = slow.fit(kappa)
        assert fitted.log_likelihood == pytest.approx(value, abs=1e-4)
        rows = slow.design(ages)
        np.testing.assert_allclose(curve(fitted, ages), rows @ b, atol=2e-4)
        # Standard errors and draws are those of the penalised curvature.
        moved = np.vstack(
            [fitted.coefficients, fitted.coefficients + np.eye(fitted.coefficients.size)]
        )
        logs = fitted.log_intensities({"age": ages}, moved)[:, :, 0]
        mine = (logs[1:] - logs[0]).T
        errors = np.sqrt(np.einsum("ap,pq,aq->a", mine, fitted.covariance, mine))
        np.testing.assert_allclose(
            errors, np.sqrt(np.einsum("ap,pq,aq->a", rows, V, rows)), rtol=2e-3
        )
        spread = fitted.log_intensities({"age": ages}, fitted.draws(2000, 3))[:, :, 0].std(axis=0)
        np.testing.assert_allclose(spread, errors, rtol=0.1)
        (how,) = fitted.curves
        effective = 1 + 9 - kappa * np.trace(slow.difference @ V @ slow.difference.T)
        assert how.effective == pytest.approx(effective, abs=2e-3)
        assert not how.chosen


def test_the_penalty_found_is_the_slow_ones(waves: dict[str, np.ndarray]) -> None:
    fitted = one_exit(waves, kh.spline("age", ends=ENDS))
    (how,) = fitted.curves
    assert how.chosen
    assert how.transition == "a -> dead"
    assert np.log(how.smoothing) == pytest.approx(np.log(Slow(waves, 8).choose()), abs=0.06)
    assert "found from the data" in str(fitted)
    assert "bend" not in str(fitted)
    assert pickle.loads(pickle.dumps(fitted)).curves == fitted.curves


def test_a_spline_finds_a_bend_that_a_straight_line_cannot() -> None:
    table = survival(4000, 12, wavy)
    smooth = one_exit(table, kh.spline("age"))
    line = one_exit(table, kh.gompertz("age", origin=80))
    ages = np.linspace(67, 96, 60)
    assert smooth.convergence.converged
    assert smooth.log_likelihood > line.log_likelihood + 20
    assert np.sqrt(np.mean((curve(smooth, ages) - wavy(ages)) ** 2)) < 0.12
    assert smooth.substep_error <= 1e-4


def test_a_large_penalty_is_gompertz_and_none_is_the_unpenalised_fit() -> None:
    table = survival(2000, 13, straight)
    line = one_exit(table, kh.gompertz("age", origin=80))
    ages = np.linspace(66, 97, 50)
    forced = one_exit(table, kh.spline("age", ends=ENDS, origin=80, smoothing=1e8))
    np.testing.assert_allclose(curve(forced, ages), curve(line, ages), atol=2e-4)
    np.testing.assert_allclose(forced.coefficients[:2], line.coefficients, atol=1e-4)
    np.testing.assert_allclose(forced.standard_errors[:2], line.standard_errors, rtol=1e-3)
    assert forced.log_likelihood == pytest.approx(line.log_likelihood, abs=0.002)
    free = one_exit(table, kh.spline("age", ends=ENDS, origin=80, smoothing=0.0))
    nearly = one_exit(table, kh.spline("age", ends=ENDS, origin=80, smoothing=1e-9))
    assert nearly.log_likelihood == pytest.approx(free.log_likelihood, abs=1e-6)
    np.testing.assert_allclose(curve(nearly, ages), curve(free, ages), atol=1e-4)
    assert free.curves[0].effective == pytest.approx(10)
    chosen = one_exit(table, kh.spline("age", ends=ENDS))
    assert line.log_likelihood - 0.01 < chosen.log_likelihood <= free.log_likelihood + 1e-6
    assert chosen.curves[0].effective < 5
    assert np.abs(curve(chosen, ages) - curve(line, ages)).max() < 0.35


def test_what_fits_again_keeps_the_penalty(waves: dict[str, np.ndarray]) -> None:
    fitted = one_exit(waves, kh.spline("age", ends=ENDS, smoothing=30.0))
    slope = next(name for name in fitted.coefficient_names if name.endswith(": age"))
    bends = [name for name in fitted.coefficient_names if " bend " in name]
    said = kh.quadratic_penalty(bends, 30.0 * np.eye(len(bends)))
    same = one_exit(waves, kh.spline("age", ends=ENDS, smoothing=0.0), priors=[said])
    free = one_exit(waves, kh.spline("age", ends=ENDS, smoothing=0.0))

    def interval(of: kh.FittedModel) -> np.ndarray:
        found = of.profile([slope])
        return np.array([found.lower[0], found.upper[0]])

    np.testing.assert_allclose(interval(fitted), interval(same), rtol=1e-6)
    assert np.ptp(interval(free)) > 1.1 * np.ptp(interval(fitted))


def test_a_spline_along_visits_beside_other_effects() -> None:
    rng = np.random.default_rng(4)
    persons = 3000
    model = kh.Model(("a", "b", "dead"), [("a", "b"), ("b", "a"), ("a", "dead"), ("b", "dead")])
    seen = kh.simulate(
        model,
        start="a",
        visits=[0, 1, 2, 3],
        persons=persons,
        covariates=(kh.spline("age", ends=(65, 95), origin=80, segments=4), "male"),
        coefficients=np.concatenate(
            [
                [np.log(0.4), 0.05, 0.8, 0.4, -0.4, -0.8, 0.4, 0.3],
                [np.log(0.2), -0.03, 0, 0, 0, 0, 0, 0],
                [np.log(0.08), 0.08, 0, 0, 0, 0, 0, 0.4],
                [np.log(0.2), 0.06, 0, 0, 0, 0, 0, 0],
            ]
        ),
        x={"age": rng.uniform(66, 92, persons), "male": (rng.random(persons) < 0.4).astype(float)},
    )
    smooth = kh.spline("age", ends=(65, 95), origin=80, segments=4)
    fitted = kh.fit(
        seen,
        model,
        subject="subject",
        time="time",
        state="state",
        covariates={
            "a -> b": [smooth, "male"],
            **{label: [kh.gompertz("age", origin=80), "male"] for label in model.labels[1:]},
        },
    )
    assert fitted.convergence.converged
    assert [one.transition for one in fitted.curves] == ["a -> b"]
    assert fitted.substep_error <= 1e-4
    ages = np.linspace(67, 94, 28)
    truth = kh.from_coefficients(
        model,
        np.concatenate([[np.log(0.4), 0.05, 0.8, 0.4, -0.4, -0.8, 0.4, 0.3], *[np.zeros(3)] * 3]),
        covariates={
            "a -> b": [smooth, "male"],
            **{label: [kh.gompertz("age", origin=80), "male"] for label in model.labels[1:]},
        },
    )
    points = {"age": ages, "male": np.zeros(28)}
    away = fitted.log_intensities(points)[0, :, 0] - truth.log_intensities(points)[0, :, 0]
    assert np.sqrt(np.mean(away**2)) < 0.2


def test_the_picture_of_a_curve(waves: dict[str, np.ndarray]) -> None:
    pytest.importorskip("matplotlib").use("Agg")
    fitted = one_exit(waves, kh.spline("age", ends=ENDS, smoothing=3.0))
    ax = fitted.plot_along("age")
    (line,) = ax.lines
    ages = np.asarray(line.get_xdata())
    np.testing.assert_allclose(np.log(line.get_ydata()), curve(fitted, ages))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a -> dead"]
    with pytest.raises(kh.InvalidInput, match="those that do: age"):
        fitted.plot_along("year")


def test_a_spline_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(kh.InvalidInput, match="segments"):
        kh.spline("age", segments=0)
    with pytest.raises(kh.InvalidInput, match="smoothing"):
        kh.spline("age", smoothing=-1)
