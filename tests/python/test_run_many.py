"""Many municipalities: the same bytes wherever the work is done and however often it stops."""

import dataclasses
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import small_town

import kohort as kh
from kohort.many_runs.checkpoints import read_checkpoint

HERE = Path(__file__).parent


def cases():
    better = small_town.fit(shift=np.array([-0.2, 0, 0, 0, 0, 0, 0]))
    return [
        small_town.case(town, scenario, scale, fit=fit)
        for town, scale in (("A", 1.0), ("B", 2.0), ("C", 0.5))
        for scenario, fit in (("base", small_town.FIT), ("slower", better))
    ]


SETTINGS = {"draws": 300, "seed": 3, "reference": "base"}

TEAM = kh.Strategy(
    "team",
    (
        kh.effect.intensity_ratio([("light", "high")], 0.7, fade=0.95),
        kh.effect.probability_multiplier("recovery", 1.3),
    ),
    uptake=0.6,
    enrols="users",
    begins=0.5,
    costs=kh.StrategyCosts(price_year=2024, per_enrolment=5_000, team_per_month=40_000),
)
UNSURE = TEAM.replaced(
    name="unsure",
    effects=(
        kh.effect.intensity_ratio(
            [("light", "high")], np.exp(np.random.default_rng(1).normal(-0.4, 0.3, (300, 1)))
        ),
    ),
)
STRATEGIES = (TEAM, UNSURE, kh.presets.none(costs=TEAM.costs))
TREATED = SETTINGS | {"measures": ("users", "cost", "enrolled", "programme", "net_cost")}


def with_strategies():
    return [
        dataclasses.replace(case, strategies=STRATEGIES, enrolments_a_year=4) for case in cases()
    ]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Several blocks of few draws: what is tested is how they come together."""
    monkeypatch.setattr("kohort.many_runs.executing.BLOCK", 128)


@pytest.fixture(scope="module")
def done():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kohort.many_runs.executing.BLOCK", 128)
        return kh.run_many(cases(), workers=1, **SETTINGS)


@pytest.fixture(scope="module")
def treated():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kohort.many_runs.executing.BLOCK", 128)
        return kh.run_many(with_strategies(), workers=1, **TREATED)


def test_strategies_are_what_project_gives_draw_by_draw(treated):
    p = kh.project(
        small_town.FIT, small_town.population(), small_town.entries(), stock=small_town.stock(),
        costs=small_town.COSTS, draws=300, seed=3, closure="scale", strategies=STRATEGIES,
        enrolments_a_year=4,
    )  # fmt: skip
    for one in STRATEGIES:
        other = p.of(one.name)
        enrolled = other.draws_enrolled.sum(axis=2)
        programme = one.costs.by_year(enrolled, begins=one.begins)
        users = [x.draws_persons[:, :, 1:3].sum(axis=2) for x in (other, p)]
        gap = other.draws_cost - p.draws_cost
        every = np.hstack([users[0] - users[1], gap, enrolled, programme, gap + programme])
        kept = treated.of("A", strategy=one.name, difference=True)
        assert kept.mean == pytest.approx(every.mean(axis=0), rel=1e-9, abs=1e-7)
        assert kept.sd == pytest.approx(every.std(axis=0, ddof=1), rel=1e-7, abs=1e-6)
        assert kept.mean_error == pytest.approx(kept.sd / np.sqrt(300))
    null = treated.of("A", strategy="none", difference=True)
    stocks = [i for i, (measure, _) in enumerate(treated.columns) if measure in ("users", "cost")]
    assert not null.mean[stocks].any()
    assert not null.sd[stocks].any()
    team = treated.of("B", strategy="team", difference=True)
    apart = np.hypot(treated.of("B", strategy="team").mean_error, treated.of("B").mean_error)
    last = treated.columns.index(("cost", 2028))
    assert team.mean[last] < 0
    assert team.mean_error[last] < apart[last] / 5  # pairs are what makes it sharp
    users = treated.columns.index(("users", 2028))
    unsure = treated.of("B", strategy="unsure", difference=True)
    assert unsure.sd[users] > 2 * team.sd[users] * abs(unsure.mean[users] / team.mean[users])


def test_what_averts_entries_costs_for_each_who_applies():
    costs = kh.StrategyCosts(price_year=2024, per_enrolment=9_000)
    seven = kh.presets.assessment_7_of_10(uptake=0.5, costs=costs)
    some = kh.Strategy(
        "some", (kh.effect.entry_ratio(["light"], 0.5),), enrols="without_support", costs=costs
    )
    many = kh.run_many(
        [small_town.case(strategies=[seven], enrolments_a_year=1)], draws=20,
        measures=("programme",),
    )  # fmt: skip
    p = kh.project(
        small_town.FIT, small_town.population(), small_town.entries(), stock=small_town.stock(),
        costs=small_town.COSTS, draws=20, closure="scale", strategies=[seven], enrolments_a_year=1,
    )  # fmt: skip
    expected = p.of(seven.name).valued.programme_draws.mean(axis=0)
    assert many.of("here", strategy=seven.name).mean == pytest.approx(expected, rel=1e-10)
    assert expected[0] == pytest.approx(9_000 * 0.5 * p.draws_new_users[:, 0].mean())
    with pytest.raises(kh.InvalidInput, match="each who applies at light"):
        kh.run_many([small_town.case(strategies=[some])], draws=20)


def test_usual_care_does_not_know_of_strategies(done, treated):
    for town in ("A", None):
        one, other = done.of(town), treated.of(town)
        known = [i for i, column in enumerate(done.columns) if column in treated.columns]
        there = [treated.columns.index(done.columns[i]) for i in known]
        assert np.array_equal(one.mean[known], other.mean[there])
        assert np.array_equal(one.sd[known], other.sd[there])


def test_strategies_of_all_towns_are_added_draw_by_draw(treated):
    for difference in (False, True):
        towns = [treated.of(t, strategy="team", difference=difference) for t in "ABC"]
        together = treated.of(strategy="team", difference=difference)
        assert together.mean == pytest.approx(sum(t.mean for t in towns), rel=1e-9, abs=1e-6)
    assert "base: team - usual care" in str(treated)
    assert set(treated.table()["strategy"]) == {"", "team", "unsure", "none"}
    with pytest.raises(kh.InvalidInput, match="under 'x' minus usual care"):
        treated.of("A", strategy="x", difference=True)
    assert "2 more municipalities in to_frame()" in str(treated)
    with pytest.raises(kh.InvalidInput, match="growth is of usual care, in users, cost"):
        treated.plot(measure="net_cost")


@pytest.mark.parametrize("workers", [2, 8])
def test_strategies_have_the_same_bytes_on_any_number_of_threads(treated, workers):
    assert kh.run_many(with_strategies(), workers=workers, **TREATED).digest == treated.digest


def test_it_is_what_project_gives(done):
    for town, scale in (("A", 1.0), ("B", 2.0)):
        alone = kh.project(
            small_town.FIT, small_town.population(scale), small_town.entries(),
            stock=small_town.stock(scale), costs=small_town.COSTS, draws=300, seed=3,
            closure="scale",
        )  # fmt: skip
        kept = done.of(town)
        users = alone.draws_persons[:, :, 1:3].sum(axis=2)
        every = np.concatenate([users, alone.draws_new_users, alone.draws_cost], axis=1)
        assert kept.mean == pytest.approx(every.mean(axis=0), rel=1e-10)
        assert kept.sd == pytest.approx(every.std(axis=0, ddof=1), rel=1e-7, abs=1e-7)
        at = [0.025, 0.1, 0.5, 0.975]
        exact = np.quantile(every, at, axis=0)
        assert np.abs(kept.quantiles(at) / exact - 1).max() < 1.0001e-3


def test_towns_and_scenarios_are_added_and_compared_draw_by_draw(done):
    towns = [done.of(town).mean for town in "ABC"]
    assert done.of().mean == pytest.approx(sum(towns), rel=1e-12)
    # One fit: the coefficients are common, so spreads add up; with errors of their own they would
    # not.
    assert done.of().sd == pytest.approx(sum(done.of(t).sd for t in "ABC"), rel=0.01)
    gap = done.of("B", "slower", difference=True)
    assert gap.mean == pytest.approx(done.of("B", "slower").mean - done.of("B").mean, abs=1e-6)
    last = gap.mean[done.columns.index(("cost", 2028))]
    assert last < 0
    assert gap.sd[-1] < done.of("B").sd[-1]  # common random numbers
    assert done.of(None, "slower", difference=True).mean[-1] < last


class Reversed(Executor):
    """Runs what it is given last first, so that results come out of order."""

    def __init__(self):
        self._pool, self._waiting = ThreadPoolExecutor(1), []

    def submit(self, work, /, *arguments, **named):
        future = Future()
        self._waiting.append((future, work, arguments))
        self._pool.submit(self._last)
        return future

    def _last(self):
        time.sleep(0.005)
        future, work, arguments = self._waiting.pop()
        future.set_result(work(*arguments))


@pytest.mark.parametrize("workers", [2, 8])
def test_the_same_bytes_on_any_number_of_threads(done, workers):
    assert kh.run_many(cases(), workers=workers, **SETTINGS).digest == done.digest


def test_the_same_bytes_in_any_order_of_results(done):
    assert kh.run_many(cases(), executor=Reversed(), **SETTINGS).digest == done.digest


def test_the_same_bytes_in_other_processes(done, treated):
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert kh.run_many(cases(), executor=pool, **SETTINGS).digest == done.digest
        again = kh.run_many(with_strategies(), executor=pool, **TREATED)
    assert again.digest == treated.digest


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("processes", [False, True])
def test_the_same_bytes_on_a_dask_cluster(done, treated, processes):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, processes=processes
        ) as cluster,
        distributed.Client(cluster) as client,
        client.get_executor() as executor,
    ):
        assert kh.run_many(cases(), executor=executor, **SETTINGS).digest == done.digest
        again = kh.run_many(with_strategies(), executor=executor, **TREATED)
        assert again.digest == treated.digest


def test_another_seed_agrees_within_its_errors(done):
    other = kh.run_many(cases(), **(SETTINGS | {"seed": 8}))
    assert other.digest != done.digest
    for kept, mine in ((done.of("A"), other.of("A")), (done.of(), other.of())):
        errors = np.hypot(kept.mean_error, mine.mean_error)
        assert (np.abs(kept.mean - mine.mean) <= 5 * errors + 1e-9).all()


KILLED = """
import sys
sys.path[:0] = {path!r}
import kohort as kh, kohort.many_runs.executing, test_run_many as t
kohort.many_runs.executing.BLOCK = 128
kh.run_many(t.{cases}(), workers=1, checkpoint={file!r}, every=0.0,
            progress=lambda done, total: print(done, flush=True), **t.{settings})
"""


@pytest.mark.parametrize("blocks", [1, 11])
def test_killed_and_carried_on_it_has_the_same_bytes(done, tmp_path, blocks):
    killed_and_carried_on(done, tmp_path, blocks, cases, SETTINGS, "SETTINGS")


def test_strategies_killed_and_carried_on_have_the_same_bytes(treated, tmp_path):
    killed_and_carried_on(treated, tmp_path, 4, with_strategies, TREATED, "TREATED")
    one = with_strategies()
    one[0] = dataclasses.replace(one[0], strategies=(TEAM.replaced(uptake=0.5), *STRATEGIES[1:]))
    with pytest.raises(kh.InvalidInput, match="other cases or settings"):
        kh.run_many(one, checkpoint=tmp_path / "run.checkpoint", **TREATED)


def killed_and_carried_on(done, tmp_path, blocks, cases, settings, name):
    file = tmp_path / "run.checkpoint"
    source = KILLED.format(
        path=[p for p in sys.path if p] + [str(HERE)], file=str(file), cases=cases.__name__,
        settings=name,
    )  # fmt: skip
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE) as run:
        for _ in range(blocks):
            run.stdout.readline()
        os.kill(run.pid, signal.SIGKILL)
    seen = []
    again = kh.run_many(
        cases(), checkpoint=file, every=0.0, progress=lambda d, _: seen.append(d), **settings
    )
    assert seen[0] >= blocks  # what was done was not done again
    assert again.digest == done.digest
    assert not list(tmp_path.glob(".*"))
    finished = kh.run_many(cases(), checkpoint=file, progress=lambda *_: 1 / 0, **settings)
    assert finished.digest == done.digest


def test_damaged_and_foreign_checkpoints_are_refused(tmp_path):
    file = tmp_path / "run.checkpoint"
    few = {"draws": 20, "seed": 1}
    kh.run_many(cases()[:2], checkpoint=file, **few)
    whole = file.read_bytes()
    assert read_checkpoint(file) is not None

    def code(content, **changes):
        file.write_bytes(content)
        with pytest.raises(kh.InvalidInput) as refusal:
            kh.run_many(cases()[:2], checkpoint=file, **(few | changes))
        assert file.read_bytes() == content  # and it is left alone
        assert str(tmp_path) not in str(refusal.value)
        return refusal.value.code

    assert code(whole[:-1]) == "E-CHECKPOINT"
    assert code(whole[: len(whole) // 2]) == "E-CHECKPOINT"
    assert code(b"") == "E-CHECKPOINT"
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    assert code(bytes(flipped)) == "E-CHECKPOINT"
    assert code(whole.replace(b'"format": 1', b'"format": 9')) == "E-CHECKPOINT"
    assert code(b"\x80\x04\x95 a pickle") == "E-CHECKPOINT"
    assert code(b'{"magic": "kohort checkpoint", ' + b"[" * 100_000 + b"\n" + bytes(32)) == (
        "E-CHECKPOINT"
    )
    assert code(whole, seed=2) == "E-CHECKPOINT"
    assert code(whole, draws=30) == "E-CHECKPOINT"


def test_a_checkpoint_holds_no_pickle(tmp_path):
    source = (HERE.parents[1] / "python/kohort/many_runs/checkpoints.py").read_text()
    assert "pickle" not in source
    file = tmp_path / "run.checkpoint"
    kh.run_many(cases()[:2], checkpoint=file, draws=20)
    assert b"\x80\x04" not in file.read_bytes().split(b"\n", 1)[0]


def test_too_little_memory_is_said_before_anything_is_done(monkeypatch):
    monkeypatch.setattr("kohort.many_runs.executing._memory_limit", lambda: 2.0**16)
    with pytest.raises(kh.InvalidInput, match=r"about .* MiB are needed") as refusal:
        kh.run_many(cases(), progress=lambda *_: 1 / 0, **SETTINGS)
    assert refusal.value.code == "E-MEMORY"


def test_memory_does_not_grow_with_draws(tmp_path):
    measured = subprocess.run(
        [sys.executable, "-c", MEMORY.format(path=[p for p in sys.path if p] + [str(HERE)])],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    few, many = map(float, measured.stdout.split())
    assert many - few < 4  # MiB; the values of the 28,000 draws more would be 6


MEMORY = """
import sys
sys.path[:0] = {path!r}
import resource
import kohort as kh, small_town
def peak(draws):
    every = ("users", "light", "high", "ended", "new_users", "cost")
    kh.run_many([small_town.case()], draws=draws, workers=1, measures=every)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(peak(3 * 1024), peak(30 * 1024))
"""


@pytest.mark.parametrize("design", ["sobol", "lhs"])
def test_designs_agree_with_random_draws_and_say_how_exact_they_are(design):
    pytest.importorskip("scipy")
    random = kh.run_many([small_town.case()], draws=2048)
    found = kh.run_many([small_town.case()], draws=2048, design=design)
    kept, plain = found.of("here"), random.of("here")
    errors = np.hypot(kept.mean_error, plain.mean_error)
    assert (np.abs(kept.mean - plain.mean) <= 5 * errors + 1e-9).all()
    last = found.columns.index(("cost", 2028))
    assert kept.mean_error[last] < plain.mean_error[last] / 4
    for of in (kept, plain):
        low, high = of.quantile_limits(0.9)
        assert (low <= of.quantiles([0.9])[0]).all()
        assert (of.quantiles([0.9])[0] <= high).all()
    assert (np.subtract(*plain.quantile_limits(0.9)) < 0)[-1]
    with pytest.raises(kh.InvalidInput, match="repetitions were kept of"):
        kept.quantile_limits(0.77)
    again = kh.run_many([small_town.case()], draws=2048, design=design, workers=3)
    assert again.digest == found.digest


def test_scipy_missing_is_named():
    from test_without_extras import hidden

    source = (
        "import small_town, kohort as kh\n"
        "kh.run_many([small_town.case()], draws=64, design='sobol')\n"
    )
    run = hidden(source, "scipy")
    assert 'pip install "kohort[quasi]"' in run.stderr.strip().splitlines()[-1]


def test_what_cannot_be_run_is_refused(done):
    def code(*few, **changes):
        try:
            kh.run_many(list(few) or cases(), **({"draws": 20} | changes))
        except kh.InvalidInput as refusal:
            return refusal.code
        return None

    case = small_town.case
    assert code(case(), case()) == "E-CASES"
    assert code(case("A"), case("B", "other")) == "E-CASES"
    assert code(reference="nowhere") == "E-CASES"
    assert code(case(costs=None)) == "E-COST-MISSING"
    assert code(measures=("ended", "cats")) == "E-SETTING"
    assert code(draws=1) == "E-SETTING"
    assert code(design="sobol", draws=100) == "E-DRAWS"
    assert code(design="lhs", draws=100) == "E-DRAWS"
    assert code(design="halton") == "E-SETTING"
    assert code(executor="cloud") == "E-SETTING"
    hours = kh.Strategy("fewer hours", (kh.effect.hours_ratio(["light"], 0.5),))
    assert code(case(strategies=[hours])) == "E-EFFECT"
    assert code(case(strategies=[hours], costs=None), measures=("users",)) is None
    assert code(case(strategies=[hours, hours])) == "E-STRATEGY"
    assert code(case(strategies=[UNSURE])) == "E-STRATEGY"  # 300 draws of it, and 20 are asked for
    dear = TEAM.replaced(costs=kh.StrategyCosts(price_year=2023))
    assert code(case(strategies=[dear])) == "E-COST"
    free = [TEAM.replaced(costs=None)]
    assert code(case(strategies=free), measures=("net_cost",)) == "E-COST-MISSING"
    assert code(case("A", strategies=free), case("B")) == "E-CASES"
    assert code(relative_error=0.5) == "E-BINS"
    with pytest.raises(kh.InvalidInput, match=r"B, base: .*E-STOCK-POPULATION") as refusal:
        kh.run_many([case("A"), case("B", stock=small_town.stock(9.0))], draws=20)
    assert refusal.value.code == "E-STOCK-POPULATION"
    with pytest.raises(kh.InvalidInput, match="nothing of D in base"):
        done.of("D")


def test_it_prints_and_makes_tables(done):
    assert "3 municipalities, 2 scenarios, 300 random draws" in str(done)
    assert "all together" in done._repr_html_()
    table = done.table(0.8)
    assert set(table["municipality"]) == {"", "A", "B", "C"}
    assert (table["lower"] <= table["median"]).all()
    assert (table["median"] <= table["upper"]).all()
    assert len(done.to_frame()) == len(table["mean"])
    assert not done.findings


def test_wider_intervals_hold_narrower_ones(done):
    low95, low80, low50, middle, high50, high80, high95 = done.of("A").quantiles(
        [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]
    )
    for a, b in zip(
        (low95, low80, low50, middle, high50, high80),
        (low80, low50, middle, high50, high80, high95),
        strict=True,
    ):
        assert (a <= b).all()


def test_a_draw_of_the_fit_that_no_normals_make_travels_too():
    class Bent:
        """Draws from a list, as a posterior's are."""

        model = small_town.MODEL

        def draws(self, n, seed):
            return small_town.FIT.draws(n, seed) + 0.1

        def rates(self, ages, males=(1, 0), draws=None):
            return small_town.FIT.rates(ages, males, draws)

    shifted = kh.run_many([small_town.case(fit=Bent())], draws=200, workers=2)
    plain = kh.run_many([small_town.case(fit=small_town.fit(shift=0.1))], draws=200)
    assert shifted.of("here").mean == pytest.approx(plain.of("here").mean, rel=1e-9)
