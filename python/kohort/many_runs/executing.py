"""Draws x municipalities x scenarios on any executor, with memory that does not grow with draws."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from pathlib import Path
from typing import Any

import numpy as np

from kohort import _core
from kohort.many_runs.cases import Case, Tables, recipes_of, seeds_of, tables_of
from kohort.many_runs.checkpoints import (
    check_same_run,
    digest_of,
    read_checkpoint,
    write_checkpoint,
)
from kohort.many_runs.folding import Fold, Plan
from kohort.many_runs.summary import ManyRuns
from kohort.many_runs.working import FLOWS, columns_of, measures_of, run_task
from kohort.projection.drawing_rates import SCRAMBLINGS, check_design
from kohort.support import _toml
from kohort.uncertainty.draw_summaries import Rule

BLOCK = 1024  # draws whose mean is taken at once; blocks are joined in their order


def run_many(
    cases: Sequence[Case],
    *,
    draws: int = 1000,
    seed: int = 1,
    years: int | None = None,
    measures: Sequence[str] = ("users", "new_users", "cost"),
    design: str = "random",
    executor: Executor | str = "threads",
    workers: int | None = None,
    together: bool = True,
    reference: str | None = None,
    relative_error: float = 1e-3,
    checkpoint: str | Path | None = None,
    every: float = 60.0,
    progress: Callable[[int, int], object] | None = None,
) -> ManyRuns:
    """Project many municipalities in many scenarios; keep counts and moments, not the draws.

    Draw k of a case depends on its seed and k alone. Blocks of draws are worked on wherever the
    executor puts them and taken in by their number, and draws are counted in fixed bins. So the
    result has the same bytes for any executor, any number of workers and any order in which they
    finish, and memory does not grow with the number of draws.

    Parameters
    ----------
    cases
        Each municipality and scenario once.
    draws, seed
        As in `project`. Several municipalities with one fit share its draws (`Case.stream`).
    years
        Forecast years; by default all that the populations have.
    measures
        "users", the name of a level or of `ended` (31 December), "new_users" and "cost" (a year;
        continuous accounting, undiscounted). With strategies also "enrolled" in each year,
        "programme", what the strategy costs itself (it follows a price index, and no `prices`), and
        "net_cost", its sum with "cost".
    design
        "random", "sobol" or "lhs" (Latin hypercube) draws of the coefficients: 16 independent
        repetitions, from whose spread the Monte Carlo errors come. Needs the extra `quasi`.
    executor
        "threads", "processes", or anything with the interface of `concurrent.futures.Executor`:
        Dask's ``client.get_executor()``, say.
    workers
        Number of threads or processes; by default the processors there are.
    together
        Also add up all municipalities of a scenario, draw by draw.
    reference
        Scenario that the others are set against, draw by draw, in each municipality and together.
    relative_error
        Of quantiles: they lie within this share of the draws' own.
    checkpoint
        File to carry on from if the computation is stopped; it is read if it is there.
    every
        Seconds between two writings of it.
    progress
        Called with blocks done and blocks in all.

    Returns
    -------
    ManyRuns

    Raises
    ------
    InvalidInput
        As `project`; `E-CASES`: a case twice, or scenarios that lack a municipality;
        `E-CHECKPOINT`: a damaged checkpoint, or one of another run; `E-MEMORY`, with the estimated
        need, before anything is computed; `E-DRAWS`, `E-SETTING`.
    """
    towns, scenarios = _names(cases, together, reference)
    _check(draws, seed, design, every)
    rule = Rule(relative_error)
    seeds = seeds_of(cases, seed)
    tables = [
        tables_of(case, years, recipe, draws)
        for case, recipe in zip(cases, recipes_of(cases, draws, seeds, design), strict=True)
    ]
    by_name = {(case.municipality, case.scenario): i for i, case in enumerate(cases)}
    columns = _columns(cases, tables, measures, together or reference is not None)
    order = [s for s in scenarios if s == reference] + [s for s in scenarios if s != reference]
    block = min(BLOCK, draws) if design == "random" else draws // SCRAMBLINGS
    plan = Plan(
        towns, order, by_name, tables, seeds, draws, block, design, rule, tuple(measures),
        together, reference,
    )  # fmt: skip
    pool, own = _pool(executor, workers)
    window = 2 * _size(pool, workers) + 2
    _check_memory(plan, columns, window)
    fold = Fold(plan, [len(c) for c in columns])
    path = None if checkpoint is None else Path(checkpoint)
    identity = ""
    if path is not None:
        shown = [list(t.parts()) for t in tables]
        identity = digest_of(shown, seeds, draws, block, design, repr(rule), measures, order, towns,
                             together, reference)  # fmt: skip
        saved = read_checkpoint(path)
        if saved is not None:
            check_same_run(path, saved[0].get("run", ""), identity)
            fold.restore(*saved)
    try:
        _work(plan, fold, pool, window, path, identity, every, progress)
    finally:
        if own:
            pool.shutdown(wait=True, cancel_futures=True)
    return ManyRuns(
        municipalities=tuple(towns),
        scenarios=tuple(scenarios),
        strategies=tuple(dict.fromkeys(s.name for case in cases for s in case.strategies)),
        columns=tuple(columns[0]) if _same(columns) else (),
        columns_of_case={
            (case.municipality, case.scenario): tuple(columns[i]) for i, case in enumerate(cases)
        },
        summaries=fold.finished(),
        draws=draws,
        seed=seed,
        design=design,
        relative_error=relative_error,
        reference=reference,
        price_years=tuple(
            sorted({case.costs.price_year for case in cases if case.costs is not None})
        ),
        scaled_share=fold.scaled / (draws * len(cases)),
        nominal=tuple(
            sorted({case.price_index is not None for case in cases if case.costs is not None})
        ),
    )


def _work(
    plan: Plan,
    fold: Fold,
    pool: Executor,
    window: int,
    path: Path | None,
    identity: str,
    every: float,
    progress: Callable[[int, int], object] | None,
) -> None:
    """Keep `window` blocks under way; take results in by their number."""
    total = len(plan)
    steps = enumerate(plan.steps())
    for _ in range(fold.done):  # done before
        next(steps)
    coming: dict[int, tuple[int, str, str]] = {}
    running: dict[Future[dict[str, Any]], int] = {}
    arrived: dict[int, dict[str, Any]] = {}
    written = time.monotonic()
    try:
        while fold.done < total:
            while len(running) + len(arrived) < window:
                following = next(steps, None)
                if following is None:
                    break
                number, (first, i, town, scenario) = following
                coming[number] = (first, town, scenario)
                running[pool.submit(run_task, plan.task(first, i))] = number
            finished, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in finished:
                number = running.pop(future)
                try:
                    arrived[number] = future.result()
                except _core.InvalidInput as error:
                    _, town, scenario = coming[number]
                    refusal: Any = _core.InvalidInput(f"{town}, {scenario}: {error}")
                    refusal.code = getattr(error, "code", "")
                    raise refusal from None
            while fold.done in arrived:
                number = fold.done
                fold.take(*coming.pop(number), arrived.pop(number))
                if progress is not None:
                    progress(fold.done, total)
                late = time.monotonic() - written >= every
                if path is not None and (late or fold.done == total):
                    write_checkpoint(path, *fold.saved(identity))
                    written = time.monotonic()
    finally:
        for future in running:
            future.cancel()


def _pool(executor: Executor | str, workers: int | None) -> tuple[Executor, bool]:
    count = workers or os.cpu_count() or 1
    if executor == "threads":
        return ThreadPoolExecutor(count), True
    if executor == "processes":
        # Fresh interpreters: a forked one would inherit locks of threads that it does not have.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(count, mp_context=context), True
    if isinstance(executor, str) or not hasattr(executor, "submit"):
        _core.reject(
            "E-SETTING",
            "run_many",
            f"executor={executor!r}",
            "it is threads, processes, or something that tasks can be submitted to",
            "Dask has client.get_executor(), for example",
        )
        raise AssertionError  # reject never returns
    return executor, False


def _size(pool: Executor, workers: int | None) -> int:
    known = getattr(pool, "_max_workers", None)
    return int(workers or known or os.cpu_count() or 1)


def _names(
    cases: Sequence[Case], together: bool, reference: str | None
) -> tuple[list[str], list[str]]:
    towns = list(dict.fromkeys(case.municipality for case in cases))
    scenarios = list(dict.fromkeys(case.scenario for case in cases))
    pairs = {(case.municipality, case.scenario) for case in cases}
    seen = ""
    if not cases:
        seen = "there is no case"
    elif len(pairs) < len(cases):
        seen = "a municipality and scenario is there twice"
    elif "" in towns or "" in scenarios:
        seen = "a municipality or scenario has no name"
    elif reference is not None and reference not in scenarios:
        seen = f"there is no scenario {reference!r} to set the others against"
    elif together and len({tuple(s.name for s in case.strategies) for case in cases}) > 1:
        seen = "the municipalities have different strategies"
    elif (together or reference is not None) and len(pairs) < len(towns) * len(scenarios):
        town, scenario = next((t, s) for t in towns for s in scenarios if (t, s) not in pairs)
        seen = f"{town} lacks the scenario {scenario}"
    if seen:
        _core.reject(
            "E-CASES",
            "run_many",
            seen,
            "each municipality has each scenario once, with the same strategies",
            "Complete the cases, or ask for together=False and no reference",
        )
    return towns, scenarios


def _check(draws: int, seed: int, design: str, every: float) -> None:
    if draws != int(draws) or draws < 2 or not 0 <= seed < 2**32 or not every >= 0:
        _core.reject(
            "E-SETTING",
            "run_many",
            f"draws={draws}, seed={seed}, every={every}",
            "two draws are the least, a seed is a whole number below 2^32, and times are positive",
            "Take 1000 draws with seed 1",
        )
    check_design(design, draws, "run_many")


def _columns(
    cases: Sequence[Case], tables: list[Tables], measures: Sequence[str], added: bool
) -> list[list[tuple[str, int]]]:
    out = []
    for case, table in zip(cases, tables, strict=True):
        known = [*measures_of(table), *FLOWS]
        unknown = [measure for measure in measures if measure not in known]
        if unknown or not measures:
            _core.reject(
                "E-SETTING",
                "run_many",
                f"measures={tuple(measures)}",
                f"those of {case.municipality} are {', '.join(known)}",
                "Ask for some of them",
            )
        money = set(measures) & {"cost", "programme", "net_cost"}
        unpriced = [s.name for s in case.strategies if s.costs is None and s.effects]
        if money - {"cost"} and unpriced:
            _core.reject(
                "E-COST-MISSING",
                "run_many",
                f"the strategy {unpriced[0]!r} has no costs of its own",
                "programme and net_cost are of what it costs",
                "Give it StrategyCosts, or ask for other measures",
            )
        if money and case.costs is None:
            _core.reject(
                "E-COST-MISSING",
                "run_many",
                f"{case.municipality} has no costs",
                "a measure of money needs them",
                "Give costs, or ask for other measures",
            )
        out.append(columns_of(table, measures))
    if added and not _same(out):
        _core.reject(
            "E-CASES",
            "run_many",
            "the cases have different years",
            "what is added up or set against another is of the same years",
            "Give years=, or ask for together=False and no reference",
        )
    return out


def _same(columns: list[list[tuple[str, int]]]) -> bool:
    return all(one == columns[0] for one in columns)


def _check_memory(plan: Plan, columns: list[list[tuple[str, int]]], window: int) -> None:
    """Refuse before starting what cannot end."""
    courses = max(len(t.courses) for t in plan.tables)
    kept = sum(map(len, columns)) * ((2 if plan.reference is not None else 1) + 2 * courses)
    widest = max(map(len, columns)) * (1 + courses)
    blocks = (window + 2 * len(plan.scenarios)) * plan.block * widest
    spread = min(plan.draws, round(1.5 / plan.rule.relative_error))  # bins of one quantity
    recipes = {
        id(t.recipe): sum(np.asarray(v).nbytes for v in t.recipe.values()) for t in plan.tables
    }
    people = sum(t.persons.nbytes + t.mortality.nbytes + t.stock.nbytes for t in plan.tables)
    need = 8 * (kept * (spread + 8) + 3 * blocks) + 2 * sum(recipes.values()) + people
    limit = _memory_limit()
    if need > limit:
        _toml.refuse(
            "E-MEMORY",
            f"run_many: about {need / 2**20:,.0f} MiB are needed, but {limit / 2**20:,.0f} MiB are "
            "to be had. Take fewer measures, a larger relative_error, or fewer cases at a time.",
        )


def _memory_limit() -> float:
    try:
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return float(physical if soft == resource.RLIM_INFINITY else min(soft, physical))
    except (ImportError, OSError, ValueError):  # not a Unix
        return float("inf")
