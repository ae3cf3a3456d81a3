"""A C++ project of somebody else's, built against the installed package: the same figures as here.

`./dev test` sets KOHORT_BUILD to the build that is to be installed; without it there is nothing to
test against, and these tests are left out.
"""

import csv
import functools
import io
import operator
import os
import pathlib
import subprocess

import numpy as np
import pytest

import kohort as kh

ROOT = pathlib.Path(__file__).resolve().parents[2]
build = os.environ.get("KOHORT_BUILD")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(build is None, reason="KOHORT_BUILD names no build of the C++ library"),
]


def run(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def consumer(tmp_path_factory):
    place = tmp_path_factory.mktemp("consumer")
    run("cmake", "--install", build, "--prefix", place / "installed")
    source = ROOT / "tests" / "consumer"
    run(
        "cmake", "-G", "Ninja", "-S", source, "-B", place / "build", "-DCMAKE_BUILD_TYPE=Release",
        f"-DCMAKE_PREFIX_PATH={place / 'installed'}",
    )  # fmt: skip
    run("cmake", "--build", place / "build")
    return place / "build" / "consumer"


@pytest.fixture(scope="module")
def forecast(tmp_path_factory):
    population = kh.Population.from_wpp(kh.datasets.example_population())
    file = tmp_path_factory.mktemp("forecast") / "forecast.csv"
    # repr writes the shortest text that reads back as the same number
    lines = ["year,sex,age,persons,mortality"]
    for (y, s, a), persons in np.ndenumerate(population.persons):
        cell = population.years[y], ("men", "women")[s], population.ages[a]
        lines.append(
            ",".join(map(str, cell))
            + f",{float(persons)!r},{float(population.mortality[y, s, a])!r}"
        )
    file.write_text("\n".join(lines) + "\n")
    return population, file


def test_the_installed_library_projects_the_same_figures(consumer, forecast):
    population, file = forecast
    decisions_file = kh.datasets.example_decisions()
    printed = run(consumer, decisions_file, file, "2024-12-31")
    theirs = {
        (int(row["year"]), row["state"]): float(row["persons"])
        for row in csv.DictReader(io.StringIO(printed))
    }

    decisions = kh.read_decisions(
        decisions_file,
        level_rule=kh.SUPPORT_RULE,
        extraction_date="2024-12-31",
        observed_from="2015-01-01",
        gap_days=30,
    )
    fit = kh.fit(
        decisions, kh.DEPENDENCY_WITH_ENDED, covariates=(kh.yearly("age", origin=80), "male")
    )
    ages = population.ages.size
    entries = kh.Entries.from_table(
        np.full((2, ages), 0.02), [0.53, 0.16, 0.24, 0.07], ["light", "moderate", "high", "total"]
    )
    ours = kh.project(
        fit, population, entries, stock=decisions.stock("2024-12-31"), draws=0, closure="scale"
    )
    assert len(theirs) == ours.years.size * len(ours.states)
    same_build = pathlib.Path(kh._core.__file__).is_relative_to(
        ROOT / "python"
    )  # in place: one preset
    for y, year in enumerate(ours.years):
        for s, state in enumerate(ours.states):
            total = functools.reduce(operator.add, map(float, ours.persons[y, s].ravel()))
            if same_build:
                assert theirs[int(year), state] == total
            np.testing.assert_allclose(theirs[int(year), state], total, rtol=1e-12)


def test_bad_input_is_refused_in_words(consumer, forecast, tmp_path):
    broken = tmp_path / "broken.csv"
    broken.write_text("person;from;to;support\nS1;2024-02-30;2024-03-01;dusch\n")
    done = subprocess.run(
        [consumer, broken, forecast[1], "2024-12-31"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "E-DATE-INVALID" in done.stderr
    assert done.stdout == ""
