"""A backtest knows nothing of what came later, and scores what it should."""

import dataclasses
import datetime as dt
import json

import numpy as np
import pytest

import kohort as kh
from kohort import _core, datasets
from kohort.cli.app import run
from kohort.plots import backtest as plots_backtest
from kohort.study import example_study, study_data, study_model, study_sources

ORIGINS = [2020, 2022]


@pytest.fixture(scope="module")
def study():
    return example_study()


@pytest.fixture(scope="module")
def whole(study):
    return study_data.read(study)


@pytest.fixture(scope="module")
def made(study):
    return kh.backtest(study, "actual", origins=ORIGINS, horizon=2, draws=60)


def test_scores_are_those_computed_elsewhere():  # W20
    draws = [3.0, 5, 4, 8, 4, 6]
    assert _core.crps(draws, 7.0) == pytest.approx(19 / 15, abs=1e-14)
    assert _core.crps(draws, 7.0, fair=False) == pytest.approx(13 / 9, abs=1e-14)


def test_what_was_known_is_what_an_extract_of_the_day_would_read(tmp_path, study, whole):
    day = dt.date(2020, 12, 31)
    lines = datasets.path("example/decisions.csv").read_text(encoding="utf-8").splitlines()
    kept = lines[:2]
    for line in lines[2:]:
        *cells, death = line.split(";")
        if cells[4] > "2020-12-31":
            continue
        kept.append(";".join([*cells, death if death <= "2020-12-31" else ""]))
    file = tmp_path / "then.csv"
    file.write_text("\n".join(kept) + "\n", encoding="utf-8")
    then = kh.read_decisions(
        file, level_rule=kh.SUPPORT_RULE, extraction_date=day, observed_from="2015-01-01"
    )
    known = whole.as_known_on(day)
    assert len(known.observations) == len(then.observations)
    for name in ("subjects", "times", "states", "kinds", "covariates"):
        ours, theirs = (np.asarray(getattr(d.observations, name)) for d in (known, then))
        np.testing.assert_array_equal(ours, theirs)
    assert known.counts["persons followed"] == then.counts["persons followed"]
    assert known.counts["deaths seen"] == then.counts["deaths seen"]
    assert known.policies["extraction_date"] == "2020-12-31"
    np.testing.assert_array_equal(known.stock(day)["persons"], then.stock(day)["persons"])


def test_no_forecast_depends_on_what_came_later(study, whole, made):
    counts = study_sources.counted_population(study)
    cut = [i for i, year in enumerate(counts["year"]) if int(year) <= 2022]
    before = {name: [values[i] for i in cut] for name, values in counts.items()}
    past = kh.backtest(
        whole.as_known_on("2021-12-31"), before, origins=[2020], horizon=2, draws=60,
        first_year=2015, closure="scale",
    )  # fmt: skip
    forecast = kh.backtest(study, origins=[2020], horizon=1, draws=60)
    for name in ("predicted", "low_95", "high_80", "constant_share", "seen", "crps"):
        np.testing.assert_allclose(past[name], forecast[name], rtol=1e-12)
    rows = (made["origin"] == 2020) & (made["horizon"] == 1)
    np.testing.assert_array_equal(forecast["seen"], made["seen"][rows])


def test_rows_are_what_was_seen_and_their_scores_follow(whole, made):
    row = (made["origin"] == 2022) & (made["horizon"] == 2) & (made["state"] == "high")
    stock = whole.stock("2024-12-31")
    high = stock["persons"][(stock["state"] == "high") & (stock["age"] >= 65)].sum()
    assert made["seen"][row] == high
    drawn = made.draws[row][0]
    assert made["crps"][row] == _core.crps(drawn, float(high))
    assert np.all(drawn == np.floor(drawn))
    off = abs(made["constant_share"][row] - high)
    assert made["constant_share_crps"][row] == off
    assert made["naive_crps"][row] < off + 1
    assert made["low_80"][row] == np.quantile(drawn, 0.1)
    users = made.draws[made["state"] == "users"]
    levels = made.draws[made["state"] != "users"].reshape(len(users), 4, -1)
    np.testing.assert_array_equal(levels.sum(axis=1), users)


def test_chance_makes_intervals_wider_than_the_parameters_do(study, whole, made):
    known = whole.as_known_on("2022-12-31")
    population = kh.Population.from_wpp(
        study_sources.counted_population(study), base_year=2022, years=2
    )
    fit = kh.fit(known, whole.model, covariates=study_model.covariates(study.model))
    entries = kh.fit_entries(known, population, first_year=2015, last_year=2022)
    projection = kh.project(
        fit, population, entries, stock=known.stock("2022-12-31"), draws=60, closure="scale"
    )
    narrow = projection.draws_persons[:, 1, projection.states.index("light")].std()
    row = (made["origin"] == 2022) & (made["horizon"] == 1) & (made["state"] == "light")
    wide = made.draws[row].std()
    assert narrow * 1.3 < wide < np.sqrt(narrow**2 + 1.5 * made["predicted"][row][0])


def test_summaries(made):
    table = made.scores("horizon")
    assert table["horizon"].tolist() == [1, 2]
    assert table["forecasts"].tolist() == [8, 8]
    rows = (made["horizon"] == 2) & (made["state"] != "users")
    inside = (made["low_80"] <= made["seen"]) & (made["seen"] <= made["high_80"])
    assert table["coverage_80"][1] == inside[rows].mean()
    assert table["crps"][1] == pytest.approx(made["crps"][rows].mean())
    assert table["bias"][1] == pytest.approx((made["predicted"] - made["seen"])[rows].mean())
    assert made.coverage(0.8) == inside[made["state"] != "users"].mean()
    assert made.coverage(0.95) >= made.coverage(0.8)
    assert made.scores("state")["state"].tolist() == ["light", "moderate", "high", "total", "users"]
    assert "years ahead" in str(made)
    assert "<table" in made._repr_html_()
    assert len(made.to_frame()) == 20
    assert made.origins == (2020, 2022)
    with pytest.raises(kh.InvalidInput, match=r"0.8 or 0.95, and one of light, moderate"):
        made.coverage(0.9)
    with pytest.raises(kh.InvalidInput, match="horizon, state or origin"):
        made.scores("sex")
    with pytest.raises(ValueError, match="read-only"):
        made["crps"][0] = 1


def test_same_seed_same_bytes_on_any_number_of_threads(study, made):
    again = kh.backtest(study, "actual", origins=ORIGINS, horizon=2, draws=60, threads=1)
    np.testing.assert_array_equal(again.draws, made.draws)
    assert all(np.array_equal(again[name], made[name]) for name in made.columns)
    other = kh.backtest(study, "actual", origins=[2022], horizon=1, draws=60, seed=2)
    assert not np.array_equal(other.draws, made.draws[made["origin"] == 2022][:5])


def test_pictures_show_the_tables(made):
    import matplotlib

    matplotlib.use("Agg")
    ax = made.plot(state="high", lang="sv")
    data = plots_backtest.forecasts_data(made, state="high")
    assert set(data["state"]) == {"high"}
    dots = next(line for line in ax.lines if line.get_marker() == "o" and len(line.get_xdata()))
    np.testing.assert_array_equal(dots.get_xdata(), [2021, 2022, 2023, 2024])
    assert dots.get_ydata()[0] == data["seen"][0]
    assert "helt" not in ax.get_title(loc="left")
    assert "mycket" in ax.get_title(loc="left")
    bars = made.plot_pit()
    assert sum(p.get_height() for p in bars.patches) == pytest.approx(1)
    lines = made.plot_scores().lines
    np.testing.assert_allclose(lines[0].get_ydata(), made.scores("horizon")["crps"])
    matplotlib.pyplot.close("all")


def test_refusals(study, whole):
    for origins in ([2024], [2014], [], [2020, 2020]):
        with pytest.raises(kh.InvalidInput, match=r"they lie in 2015-2023") as refused:
            kh.backtest(study, origins=origins)
        assert refused.value.code == "E-BACKTEST"
    with pytest.raises(kh.InvalidInput, match="forecast or actual"):
        kh.backtest(study, "perfect")
    with pytest.raises(kh.InvalidInput, match="40 draws"):
        kh.backtest(study, draws=10)
    with pytest.raises(kh.InvalidInput, match="after the extraction"):
        whole.as_known_on("2025-01-01")


def test_an_origin_whose_fit_has_no_maximum_is_left_out_and_told(study, monkeypatch):
    real = kh.study.backtesting.fit

    def failing(data, *arguments, **settings):
        fitted = real(data, *arguments, **settings)
        if data.policies["extraction_date"] == "2020-12-31":
            stopped = dataclasses.replace(fitted.convergence, verdict="iteration limit")
            fitted = dataclasses.replace(fitted, convergence=stopped)
        return fitted

    monkeypatch.setattr(kh.study.backtesting, "fit", failing)
    made = kh.backtest(study, "actual", origins=ORIGINS, horizon=1, draws=40)
    assert made.origins == (2022,)
    left = next(f for f in made.findings if f.code == "W-ORIGIN-LEFT-OUT")
    assert left.column == "2020"
    assert "from 2020" in left.message
    assert "från 2020" in left.message_sv
    with pytest.raises(kh.InvalidInput, match="no fit to the past converged") as refused:
        kh.backtest(study, "actual", origins=[2020], horizon=1, draws=40)
    assert refused.value.code == "D-NOT-CONVERGED"


# --- the command ----------------------------------------------------------------------------------
def asked(capsys, *arguments):
    code = run(["backtest", *map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def file(tmp_path, study):
    path = tmp_path / "study.toml"
    path.write_text(study.to_toml(), encoding="utf-8")
    return path


def test_the_command_says_and_writes_the_same(file, tmp_path, capsys):
    out = tmp_path / "out"
    few = ("--origins", "2022,2023", "--horizon", "1", "--draws", "40", "--returns", "as new")
    few = (*few, "--out", out)
    code, said = asked(capsys, file, *few)
    assert code == 0
    assert said["synthetic"]
    assert said["origins"] == [2022, 2023]
    assert said["returns"] == "as new"
    assert [row["horizon"] for row in said["by_horizon"]] == [1]
    assert 0 <= said["coverage_80"] <= said["coverage_95"] <= 1
    page = (out / "backtest.html").read_text(encoding="utf-8")
    assert "Syntetiska data" in page
    assert "hade prognosen stämt?" in page
    assert "avslutat stöd räknas som ny" in page
    assert page.count("<svg") == 7
    rows = (out / "backtest.csv").read_text().splitlines()
    assert len(rows) == 11
    assert rows[0].startswith("origin,year,horizon,state,seen,predicted")
    assert sorted(p.name for p in out.iterdir()) == ["backtest.csv", "backtest.html", "log.jsonl"]
    assert run(["backtest", str(file), *map(str, few), "--lang", "en"]) == 0
    text = capsys.readouterr().out
    assert "the 80% interval held what came" in text
    assert "SYNTHETIC DATA" in text
    again = (out / "backtest.html").read_text(encoding="utf-8")
    assert "would the forecast have been right?" in again


@pytest.mark.parametrize(
    ("options", "exit_code", "rule"),
    [
        (("--origins", "2030"), 2, "E-BACKTEST"),
        (("--origins", "soon"), 2, "E-USAGE"),
        (("--population", "guess"), 2, "E-SETTING"),
        (("--draws", "3"), 2, "E-SETTING"),
        (("--returns", "twice"), 2, "E-SETTING"),
        (("--horizon", "x"), 2, "E-USAGE"),
    ],
)
def test_the_command_refuses_and_writes_nothing(file, tmp_path, capsys, options, exit_code, rule):
    out = tmp_path / "out"
    code, said = asked(capsys, file, *options, "--out", out)
    assert code == exit_code
    assert said["findings"][0]["code"] == rule
    assert not out.exists()


def test_whoever_comes_back_counts_as_new_if_asked(study):
    decisions = study_data.read(study)
    first, both = (decisions.entries(2016, 2019, returns=r) for r in (False, True))
    moved = decisions.moves(2016, 2019).columns
    back = moved["moves"][(moved["state"] == "ended") & (moved["to"] != "dead")].sum()
    assert back > 100
    assert both.columns["persons"].sum() == first.columns["persons"].sum() + back
    asked = {"origins": [2019], "horizon": 3, "draws": 60}
    apart, alike = (kh.backtest(study, "actual", returns=r, **asked) for r in ("apart", "as new"))
    # Those whose support had ended before 2015 no longer come in twice.
    assert alike["predicted"][-1] < apart["predicted"][-1]
    assert alike["crps"].mean() < apart["crps"].mean()
    with pytest.raises(kh.InvalidInput, match="apart or as new"):
        kh.backtest(study, "actual", returns="twice", **asked)
