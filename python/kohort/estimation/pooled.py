"""Many municipalities: each learns from the others, as far as they are alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.estimation.fitted_model import FittedModel
from kohort.estimation.inference import data_of, estimate_of, rate_text
from kohort.model.structure import Model
from kohort.support import _frames, _html, _text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class MunicipalRates:
    """The rates of one municipality, or of one of which nothing was seen; `project` takes it.

    Attributes
    ----------
    pooled
        The fit that it stems from.
    name
        Of the municipality; None for one of which nothing was seen.
    """

    pooled: PooledFit
    name: str | None

    @property
    def model(self) -> Model:
        return self.pooled.fitted.model

    def draws(self, n: int, seed: int) -> Array:
        """Coefficients of this municipality, (n, p); row k depends on (seed, k) alone.

        The common ones are drawn from their normal approximation, and its own effects given these.
        """
        pooled = self.pooled
        size = len(pooled.transitions)
        mode, variance = np.zeros(size), np.diag(pooled.sd**2)
        follows = np.zeros((size, len(pooled.fitted.coefficients)))
        if self.name is not None:
            m = pooled.municipalities.index(self.name)
            mode, variance, follows = pooled.effects[m], pooled._variances[m], pooled._follows[m]
        drawn: Array = _core.municipality_draws(
            estimate_of(pooled.fitted), pooled._numbers, mode, variance, follows, n, seed
        )
        return drawn

    def rates(
        self, ages: npt.ArrayLike, males: npt.ArrayLike = (1, 0), draws: npt.ArrayLike | None = None
    ) -> Array:
        """Rates by sex and age; see `FittedModel.rates`."""
        return self.pooled.fitted.rates(ages, males, self._own() if draws is None else draws)

    def intensities(self, **x: float) -> Array:
        """Q at these covariates, (n, n), per year; see `FittedModel.intensities`."""
        fitted = self.pooled.fitted
        rates = np.exp(fitted.log_intensities({k: [v] for k, v in x.items()}, self._own()))
        return fitted.model.intensities(rates[0, 0])

    def _own(self) -> Array:
        coefficients = np.array(self.pooled.fitted.coefficients)
        if self.name is not None:
            m = self.pooled.municipalities.index(self.name)
            for transition, effect in zip(
                self.pooled.transitions, self.pooled.effects[m], strict=True
            ):
                coefficients[self.pooled.fitted.coefficient_names.index(transition)] += effect
        return coefficients[None]

    def __repr__(self) -> str:
        return f"<MunicipalRates: {self.name or 'a municipality of which nothing was seen'}>"


@dataclass(frozen=True, eq=False, repr=False)
class PooledFit:
    """Common intensities, the spread between municipalities, and each one's own effects.

    Attributes
    ----------
    fitted
        The common coefficients: those of a municipality whose effects are 0. Its log-likelihood has
        the effects integrated out (Laplace).
    municipalities
        Their names, sorted.
    transitions
        Those in which municipalities differ.
    sd, sd_error
        (transitions,), standard deviation of the log rate between municipalities, and the standard
        error of its logarithm.
    effects
        (municipalities, transitions), added to the log rate of each.
    effect_errors
        Their standard errors, the common coefficients known.
    shrinkage
        (municipalities, transitions), between 0 and 1: how much of a municipality's own deviation
        was given up for the common rate. 1: nothing of its own is used.
    quadrature_gap
        For a single transition: log L by 9-point adaptive Gauss-Hermite quadrature minus by
        Laplace; otherwise 0.
    """

    fitted: FittedModel
    municipalities: tuple[str, ...]
    transitions: tuple[str, ...]
    sd: Array
    sd_error: Array
    effects: Array
    effect_errors: Array
    shrinkage: Array
    quadrature_gap: float
    _numbers: list[int]
    _variances: Array
    _follows: Array
    _start: FittedModel
    _clusters: list[int]

    @property
    def model(self) -> Model:
        return self.fitted.model

    @property
    def diagnostics(self) -> tuple[Any, ...]:
        return self.fitted.diagnostics

    def municipality(self, name: str | None = None) -> MunicipalRates:
        """The rates of one municipality, for `project`.

        Parameters
        ----------
        name
            None: a municipality of which nothing was seen, anywhere within the spread.
        """
        if name is not None and str(name) not in self.municipalities:
            _core.reject(
                "E-CLUSTER",
                "municipality",
                f"there is no {name!r}",
                f"there are {len(self.municipalities)} municipalities, "
                f"{', '.join(self.municipalities[:5])} among them",
                "Use one of their names, or None for one of which nothing was seen",
            )
        return MunicipalRates(self, None if name is None else str(name))

    def test(
        self,
        transition: str,
        *,
        threads: int = 0,
        progress: Callable[[int, int], None] | None = None,
    ) -> float:
        """p-value of "municipalities do not differ in this transition".

        The standard deviation is then at the end of its range, so half of the chi-square tail
        counts. Fits once more, without that spread.

        Parameters
        ----------
        transition
            "light -> dead", one of `transitions`.
        threads, progress
            As in `fit_pooled`.
        """
        if transition not in self.transitions:
            _core.reject(
                "E-MODEL",
                "test",
                f"municipalities have no spread in {transition!r}",
                f"they have in: {', '.join(self.transitions) or 'none'}",
                "Test one of these",
            )
        labels = list(self.fitted.transitions)
        rest = [k for k in self._numbers if labels[k] != transition]
        if rest:
            found = _core.fit_pooled(
                estimate_of(self._start),
                data_of(self._start, None, "test"),
                self._clusters,
                rest,
                threads=threads,
                progress=progress,
            )
            without = found["log_likelihood"]
        else:
            without = self._start.log_likelihood
        return float(_core.spread_p_value(self.fitted.log_likelihood, without))

    def to_frame(self, backend: str | None = None) -> Any:
        """One row per municipality and transition: rate (covariates 0), effect, error, shrinkage.

        Parameters
        ----------
        backend
            "pandas", "polars" or "pyarrow"; by default the first installed.
        """
        places = [self.fitted.coefficient_names.index(name) for name in self.transitions]
        common = self.fitted.coefficients[places]
        count, size = self.effects.shape
        return _frames.to_frame(
            {
                "municipality": np.repeat(np.array(self.municipalities, dtype=object), size),
                "transition": np.tile(np.array(self.transitions, dtype=object), count),
                "rate": np.exp(common + self.effects).ravel(),
                "common_rate": np.tile(np.exp(common), count),
                "effect": self.effects.ravel(),
                "error": self.effect_errors.ravel(),
                "shrinkage": self.shrinkage.ravel(),
            },
            backend,
        )

    def plot(self, transition: str | None = None, ax: Axes | None = None) -> Axes:
        """Partial pooling in a picture; see `kohort.plots.inference.pooling`."""
        from kohort.plots import inference as plots_inference

        return plots_inference.pooling(self, transition, ax)

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        rows = []
        for i, name in enumerate(self.transitions):
            place = self.fitted.coefficient_names.index(name)
            rows.append(
                [
                    name,
                    rate_text(float(self.fitted.coefficients[place])),
                    _text.number(float(self.sd[i])),
                    f"{100 * self.shrinkage[:, i].min():.0f}",
                    f"{100 * float(np.median(self.shrinkage[:, i])):.0f}",
                    f"{100 * self.shrinkage[:, i].max():.0f}",
                ]
            )
        heads = ["rate per year", "common", "sd of log", "shrunk, % least", "median", "most"]
        return heads, rows

    def _title(self) -> str:
        return (
            f"Pooled over {len(self.municipalities)} municipalities: "
            f"-2 log L = {-2 * self.fitted.log_likelihood:.4f} (Laplace), "
            f"{self.fitted.convergence}"
        )

    def __str__(self) -> str:
        notes = [f"{f.code}: {f.message}" for f in self.diagnostics]
        return "\n".join([self._title(), _text.table(*self._grid()), *notes])

    def __repr__(self) -> str:
        return f"<PooledFit: {self._title()}>"

    def _repr_html_(self) -> str:
        notes = [[f"{f.code}: {f.message}"] for f in self.diagnostics]
        parts = [_html.table(*self._grid())]
        if notes:
            parts.append(_html.table(["diagnostics"], notes))
        convergence = self.fitted.convergence
        return _html.block(
            self._title(), verdict=str(convergence), good=convergence.converged, parts=parts
        )
