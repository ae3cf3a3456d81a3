"""The fit finds the intensities that the companion data were drawn from."""

import csv

import numpy as np

import kohort as kh


def read(name):
    with open(kh.datasets.path(name), encoding="utf-8") as file:
        lines = [line for line in file if not line.startswith("#")]
    return list(csv.DictReader(lines))


def test_every_intensity_is_found_within_three_standard_errors():
    rows = read("companion/histories.csv")
    table = {
        "subject": [row["subject"] for row in rows],
        "time": np.array([float(row["time"]) for row in rows]),
        "state": [row["state"] for row in rows],
        "age": np.array([float(row["age"]) for row in rows]),
        "male": np.array([float(row["male"]) for row in rows]),
    }
    fit = kh.fit(
        table, kh.DEPENDENCY_WITH_ENDED, subject="subject", time="time", state="state",
        covariates=(kh.yearly("age", origin=80), "male"), exact_times=True,
    )  # fmt: skip
    truth = [
        float(row[term])
        for row in read("companion/true_coefficients.csv")
        for term in ("intercept", "age", "male")
    ]
    order = [f"{row['from']} -> {row['to']}" for row in read("companion/true_coefficients.csv")]
    assert order == [kh.DEPENDENCY_WITH_ENDED.label(k) for k in range(len(order))]
    errors = np.sqrt(np.diag(fit.covariance))
    off = (fit.coefficients - truth) / errors
    assert len(truth) == fit.coefficients.size == 66
    assert np.abs(off).max() < 3

    # and so are the intensities themselves, where most people are
    coefficients = np.reshape(truth, (-1, 3))
    estimates = fit.coefficients.reshape(-1, 3)
    covariances = fit.covariance.reshape(22, 3, 22, 3)
    for age in (72, 80, 88):
        for male in (0, 1):
            x = np.array([1.0, age + 0.5 - 80, male])
            for k in range(22):
                error = np.sqrt(x @ covariances[k, :, k] @ x)
                assert abs(x @ (estimates[k] - coefficients[k])) < 3 * error, (order[k], age, male)
