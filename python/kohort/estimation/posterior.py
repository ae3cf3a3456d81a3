"""Bayes: draws from the posterior of a fit, and how far to trust them."""

from __future__ import annotations

import importlib.util
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.estimation.fit_parts import FitWarning
from kohort.estimation.fitted_model import FittedModel
from kohort.estimation.fitting import fit
from kohort.estimation.inference import check_seed, data_of, estimate_of, rate_text
from kohort.model.structure import Model
from kohort.support import _frames, _html, _text
from kohort.support._arrays import frozen_copy
from kohort.support._extras import require
from kohort.support._refusal import choice

Array = npt.NDArray[np.float64]

METHODS = ("nuts", "laplace")


@dataclass(frozen=True, eq=False, repr=False)
class Posterior:
    """Draws from a posterior; usable wherever a fit's draws are.

    Attributes
    ----------
    fitted
        The fit at whose mode the sampling began.
    coefficients
        (chains, draws, p).
    method
        "nuts" (nutpie), "importance" (a t distribution about the mode, weighted) or "metropolis"
        (the same as proposals, where the weights were too uneven).
    r_hat, bulk_ess, tail_ess
        (p,), rank-normalised split R-hat and effective numbers of draws.
    divergences
        Divergent transitions of the sampler.
    pareto_k
        Shape of the tail of the importance weights: below 0.7 they can be trusted. NaN for "nuts".
    acceptance
        Share of proposals accepted: 1 but for "metropolis".
    seed
        Of the draws.
    diagnostics
        `D-MCMC` if the draws are not to be trusted.
    """

    fitted: FittedModel
    coefficients: Array
    method: str
    r_hat: Array
    bulk_ess: Array
    tail_ess: Array
    divergences: int
    pareto_k: float
    acceptance: float
    seed: int
    diagnostics: tuple[Any, ...] = field(default=())

    @property
    def model(self) -> Model:
        return self.fitted.model

    @property
    def trustworthy(self) -> bool:
        """Whether no diagnostic speaks against the draws."""
        return not self.diagnostics

    @property
    def flat(self) -> Array:
        """(chains * draws, p)."""
        return self.coefficients.reshape(-1, self.coefficients.shape[2])

    def draws(self, n: int, seed: int) -> Array:
        """n of the draws, picked with replacement, (n, p).

        Row k depends on (seed, k) and the draws alone.
        """
        check_seed(seed, "draws")
        return self.flat[_core.pick_rows(n, len(self.flat), seed)]

    def rates(
        self, ages: npt.ArrayLike, males: npt.ArrayLike = (1, 0), draws: npt.ArrayLike | None = None
    ) -> Array:
        """Rates by sex and age; see `FittedModel.rates`."""
        return self.fitted.rates(ages, males, draws)

    def intervals(self, level: float = 0.95) -> Array:
        """Equal-tailed credible intervals of the coefficients, (p, 2).

        Parameters
        ----------
        level
            Between 0 and 1.
        """
        if not 0 < level < 1:
            _core.reject(
                "E-LEVEL",
                "intervals",
                f"the level is {level:g}",
                "it must lie between 0 and 1",
                "Give 0.95 for 95 %",
            )
        limits: Array = np.quantile(self.flat, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return limits.T

    def interval_of(
        self, quantity: Callable[[Array], npt.ArrayLike], level: float = 0.95
    ) -> tuple[float, float, float]:
        """Median and credible interval of anything that coefficients imply.

        Parameters
        ----------
        quantity
            Called with (n, p) coefficients, returns (n,) numbers.
        level
            Between 0 and 1.
        """
        values = np.asarray(quantity(self.flat), dtype=float)
        tail = (1 - level) / 2
        middle, low, high = np.quantile(values, [0.5, tail, 1 - tail])
        return float(middle), float(low), float(high)

    def to_frame(self, level: float = 0.95, backend: str | None = None) -> Any:
        """One row per coefficient: median, mean, sd, limits, R-hat and effective draws.

        Parameters
        ----------
        level
            Of the credible intervals.
        backend
            "pandas", "polars" or "pyarrow"; by default the first installed.
        """
        limits = self.intervals(level)
        return _frames.to_frame(
            {
                "coefficient": list(self.fitted.coefficient_names),
                "median": np.median(self.flat, axis=0),
                "mean": self.flat.mean(axis=0),
                "sd": self.flat.std(axis=0, ddof=1),
                "lower": limits[:, 0],
                "upper": limits[:, 1],
                "r_hat": self.r_hat,
                "bulk_ess": self.bulk_ess,
                "tail_ess": self.tail_ess,
            },
            backend,
        )

    def to_arviz(self) -> Any:
        """The draws as ArviZ knows them, one variable `coefficients`; needs the extra `bayes`."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ArviZ 0.x announces its 1.0 whenever it is imported
            arviz = require("arviz", "ArviZ data")
            return arviz.from_dict(
                posterior={"coefficients": np.array(self.coefficients)},
                coords={"coefficient": list(self.fitted.coefficient_names)},
                dims={"coefficients": ["coefficient"]},
            )

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        limits, medians = self.intervals(), np.median(self.flat, axis=0)
        rows = []
        for i, name in enumerate(self.fitted.coefficient_names):
            cells = [rate_text(float(v)) for v in (medians[i], limits[i, 0], limits[i, 1])]
            ess = min(self.bulk_ess[i], self.tail_ess[i])
            rows.append([name, *cells, f"{self.r_hat[i]:.3f}", f"{ess:.0f}"])
        heads = ["rate per year, or hazard ratio", "median", "95 % from", "to", "R-hat", "draws"]
        return heads, rows

    def _title(self) -> str:
        chains, draws, _ = self.coefficients.shape
        how = {
            "nuts": f"{chains} chains of {draws} draws",
            "importance": f"{chains * draws} weighted draws, Pareto k {self.pareto_k:.2f}",
            "metropolis": f"{chains} chains of {draws}, {100 * self.acceptance:.0f} % accepted",
        }
        return f"Posterior, {self.method}: {how[self.method]}"

    def __str__(self) -> str:
        notes = [f"{f.code}: {f.message}" for f in self.diagnostics]
        return "\n".join([self._title(), _text.table(*self._grid()), *notes])

    def __repr__(self) -> str:
        return f"<{self._title()}>"

    def _repr_html_(self) -> str:
        verdict = "; ".join(f"{f.code}: {f.message}" for f in self.diagnostics)
        verdict = verdict or "the chains agree"
        parts = [_html.table(*self._grid())]
        return _html.block(self._title(), verdict=verdict, good=self.trustworthy, parts=parts)


def sample(
    data: Any,
    model: Model | None = None,
    *,
    draws: int = 4000,
    chains: int = 4,
    seed: int = 1,
    method: str | None = None,
    tune: int = 500,
    threads: int = 0,
    progress: Callable[[int, int], None] | None = None,
    **fitting: Any,
) -> Posterior:
    """Draw from the posterior of the coefficients.

    The density is the likelihood times the priors of the fit, and 0 beyond its inequalities; a
    coefficient without prior has a flat one on its own, logarithmic, scale. That is no posterior
    for a rate that the data allow to be 0 (see `profile`): give it a prior.

    Parameters
    ----------
    data
        A `FittedModel`, or data as `fit` takes them.
    model
        For data: the model.
    draws
        In all chains together.
    chains
        How many.
    seed
        Of the draws.
    method
        "nuts": the No-U-Turn sampler of nutpie (extra `bayes`). "laplace": without a sampler, from
        a t distribution with 5 degrees of freedom about the mode, weighted, or as proposals of
        independence Metropolis chains where the weights are too uneven. By default "nuts" if
        nutpie is installed.
    tune
        Draws of each "nuts" chain that are thrown away while it finds its steps.
    threads
        0: all processors. The draws do not depend on it.
    progress
        Called with (done, of); may raise to stop.
    fitting
        For data: everything else that `fit` takes, `priors` among it.

    Returns
    -------
    Posterior
        Also when its draws are not to be trusted: then with a `FitWarning` and `D-MCMC`.

    Raises
    ------
    InvalidInput
        `D-BOUNDARY-ZERO`, `D-DIVERGING` or `D-SEPARATION` if an estimate lies at the end of its
        range and no prior holds it; `E-DRAWS`; what `fit` refuses.

    Notes
    -----
    Vehtari et al. (2021), Bayesian Analysis 16:667-718, for R-hat and effective draws; Vehtari et
    al. (2024), JMLR 25(72), for the smoothed weights.
    """
    if method is not None:
        choice("method", method, METHODS)
    check_seed(seed, "sample")
    if isinstance(data, FittedModel):
        if fitting or model is not None:
            extra = ", ".join(fitting) or "model"
            _core.reject(
                "E-SETTING",
                "sample",
                f"{extra} was given beside a fit",
                "a fit has its model, its data and its priors",
                "Pass the data in place of the fit, or leave it out",
            )
        fitted = data
    else:
        if model is None:
            _core.reject("E-MODEL", "sample", "no model was given", "data need one", "Pass model=")
        fitted = fit(data, cast(Model, model), threads=threads, **fitting)
    limited = any(one.relation != "=" for one in fitted.constraints)
    if limited and method == "nuts":
        _core.reject(
            "E-SETTING",
            "sample",
            "the fit has inequalities, and the method is 'nuts'",
            "beyond a limit the density is 0, which a sampler that follows slopes cannot see",
            "Use method='laplace', which throws such draws away",
        )
    if method is None:
        nuts = not limited and importlib.util.find_spec("nutpie")
        method = "nuts" if nuts else "laplace"
    if chains < 1 or draws < 4 * chains:
        _core.reject(
            "E-DRAWS",
            "sample",
            f"{draws} draws in {chains} chains were asked for",
            "each chain needs 4 or more",
            "Ask for 4000 draws in 4 chains, for instance",
        )
    density = _core.Posterior(estimate_of(fitted), data_of(fitted, None, "sample"))
    if method == "nuts":
        each = draws // chains
        found, divergences = _nuts(density, each, chains, seed, tune, threads, progress)
        judged = density.judge(found.reshape(chains * each, -1), chains, "nuts", divergences)
    else:
        divergences = 0
        judged = density.sample(draws, chains, seed, threads=threads, progress=progress)
    for finding in judged["diagnostics"]:
        warnings.warn(f"{finding.code}: {finding.message}", FitWarning, stacklevel=2)
    return Posterior(
        fitted,
        frozen_copy(judged["coefficients"]).reshape(chains, draws // chains, -1),
        judged["method"],
        frozen_copy(judged["r_hat"]),
        frozen_copy(judged["bulk_ess"]),
        frozen_copy(judged["tail_ess"]),
        divergences,
        judged["pareto_k"],
        judged["acceptance"],
        seed,
        judged["diagnostics"],
    )


def _nuts(
    density: Any,
    each: int,
    chains: int,
    seed: int,
    tune: int,
    threads: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[Array, int]:
    """(chains, each, p) coefficients and the number of divergent transitions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ArviZ 0.x announces its 1.0 whenever it is imported
        nutpie = require("nutpie", "Posterior samples")
        from_pyfunc = require("nutpie.compiled_pyfunc", "Posterior samples").from_pyfunc
    p = density.size
    compiled = from_pyfunc(
        density.dimension,
        lambda: lambda u, **_: density.slope(u),
        lambda *_: lambda u, **_: {"coefficients": density.coefficients(u)},
        ["float64"],
        [(p,)],
        ["coefficients"],
        make_initial_point_fn=lambda s: np.random.default_rng(s).normal(size=density.dimension),
    )
    running = nutpie.sample(
        compiled,
        draws=each,
        tune=tune,
        chains=chains,
        cores=min(chains, threads or os.cpu_count() or 1),
        seed=seed,
        progress_bar=False,
        save_warmup=False,
        blocking=False,
    )
    try:
        while True:
            try:
                trace = running.wait(timeout=0.2)
                break
            except TimeoutError:
                if progress is not None:
                    progress(0, 1)
    except BaseException:
        running.cancel()
        raise
    if progress is not None:
        progress(1, 1)
    found = np.asarray(trace.posterior["coefficients"], dtype=float)
    return found, int(np.asarray(trace.sample_stats["diverging"]).sum())
