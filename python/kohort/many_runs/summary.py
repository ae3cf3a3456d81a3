"""What many runs came to: means, spreads and quantiles of each municipality and scenario."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.support import _frames, _html, _text
from kohort.uncertainty.draw_summaries import Summaries
from kohort.uncertainty.few_draws import shown, told

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class ManyRuns:
    """Projections of many municipalities and scenarios, summed up as they came.

    Attributes
    ----------
    municipalities, scenarios
        In the order given.
    columns
        (measure, year) of each quantity; empty if cases have different ones.
    draws, seed, design
        As asked for.
    relative_error
        Of all quantiles, beside their Monte Carlo error.
    reference
        Scenario that the others are set against; None if none was named.
    price_years
        Years whose money the costs are in.
    scaled_share
        Share of all runs in which mortality by level was scaled down to fit the life table.
    strategies
        Names of those that were set against usual care.
    nominal
        Whether costs are in each year's prices, by the cases' index over those of the price year:
        (False,), (True,), or both if some cases have an index and others have not.
    """

    municipalities: tuple[str, ...]
    scenarios: tuple[str, ...]
    columns: tuple[tuple[str, int], ...]
    columns_of_case: Mapping[tuple[str, str], tuple[tuple[str, int], ...]]
    summaries: Mapping[tuple[str, str, str, str], Summaries]
    draws: int
    seed: int
    design: str
    relative_error: float
    reference: str | None
    price_years: tuple[int, ...]
    scaled_share: float
    strategies: tuple[str, ...] = ()
    nominal: tuple[bool, ...] = (False,)

    def of(
        self,
        municipality: str | None = None,
        scenario: str | None = None,
        strategy: str | None = None,
        *,
        difference: bool = False,
    ) -> Summaries:
        """What was kept of one case.

        Parameters
        ----------
        municipality
            Its name; None for all of them together.
        scenario
            Its name; by default the first.
        strategy
            Its name; None for usual care.
        difference
            Draw by draw: of the strategy minus usual care in the same scenario, or of usual care
            in the scenario minus that in the reference.

        Raises
        ------
        InvalidInput
            `E-CASES`
        """
        name = self.scenarios[0] if scenario is None else scenario
        key = (municipality or "", name, strategy or "", "difference" if difference else "")
        if key not in self.summaries:
            whom = f"{municipality or 'all together'} in {name}"
            whom += f" under {strategy!r}" if strategy else ""
            against = "usual care" if strategy else "the reference"
            whom += f" minus {against}" if difference else ""
            _core.reject(
                "E-CASES",
                "ManyRuns.of",
                f"there is nothing of {whom}",
                "it must have been asked for",
                "Look at municipalities and scenarios; run with together=True or reference=",
            )
        return self.summaries[key]

    def to_frame(self, level: float = 0.95, backend: str | None = None) -> Any:
        """One row for each municipality ("" for all together), scenario, strategy ("" for usual
        care), measure and year.

        `compared` says "difference" where it is one (see `of`). Columns mean, its Monte Carlo
        error, sd, median, lower and upper.

        Parameters
        ----------
        level
            Of the limits.
        backend
            "pandas", "polars" or "pyarrow"; by default the first installed.
        """
        return _frames.to_frame(self.table(level), backend)

    def table(self, level: float = 0.95) -> dict[str, Any]:
        """The columns of `to_frame`.

        Parameters
        ----------
        level
            Of the limits.
        """
        at = [(1 - level) / 2, 0.5, (1 + level) / 2]
        out: dict[str, list[Any]] = {
            name: []
            for name in ("municipality", "scenario", "strategy", "compared", "measure", "year",
                         "mean", "monte_carlo_error", "sd", "lower", "median", "upper")
        }  # fmt: skip
        for (town, scenario, strategy, kind), kept in self.summaries.items():
            columns = self.columns_of_case.get((town, scenario), self.columns)
            low, middle, high = kept.quantiles(at)
            low, high = shown([low, high], self.draws, level)
            for i, (measure, year) in enumerate(columns):
                row = (town, scenario, strategy, kind, measure, year, kept.mean[i],
                       kept.mean_error[i], kept.sd[i], low[i], middle[i], high[i])  # fmt: skip
                for name, value in zip(out, row, strict=True):
                    out[name].append(value)
        return {
            name: np.array(values)
            if name not in ("municipality", "scenario", "strategy", "compared", "measure")
            else values
            for name, values in out.items()
        }

    @property
    def findings(self) -> tuple[str, ...]:
        """Quantities some of whose draws lie beyond the bins: `W-BINS`; too few draws for limits:
        `W-FEW-DRAWS`."""
        beyond = [
            f"{town or 'all'}, {scenario}"
            for (town, scenario, _, _), kept in self.summaries.items()
            if kept.state["bins"][:, 2:4].any()
        ]
        if not beyond:
            return tuple(told(self.draws))
        said = f"W-BINS: draws beyond 1e15 in size, of {'; '.join(beyond[:5])}"
        return (said, *told(self.draws))

    @property
    def digest(self) -> str:
        """SHA-256 of everything that was kept: equal if and only if the results are."""
        total = hashlib.sha256()
        for key in sorted(self.summaries):
            total.update(repr(key).encode())
            for name in ("bins", "moments", "counts"):
                total.update(np.ascontiguousarray(self.summaries[key].state[name]).tobytes())
        return total.hexdigest()

    def plot(self, ax: Axes | None = None, *, measure: str = "users", lang: str = "en") -> Axes:
        """Growth of each municipality over the horizon, with limits, in order of size.

        Parameters
        ----------
        ax
            Where to draw; by default a new figure.
        measure
            One of those that were kept.
        lang
            ``"sv"`` or ``"en"``.
        """
        from kohort.plots import uncertainty as plots_uncertainty

        return plots_uncertainty.municipalities(self, measure, ax, lang=lang)

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        rows = []
        names = ["", *self.municipalities]
        listed = [n for n in names if any(key[0] == n for key in self.summaries)]
        for town in listed[: self._towns_shown]:
            for scenario in self.scenarios:
                for strategy in ("", *self.strategies):
                    kind = "difference" if strategy else ""
                    kept = self.summaries.get((town, scenario, strategy, kind))
                    if kept is None:
                        continue
                    columns = self.columns_of_case.get((town, scenario), self.columns)
                    last = columns[-1][1]
                    low, high = shown(kept.quantiles([0.025, 0.975]), self.draws)
                    what = f"{scenario}: {strategy} - usual care" if strategy else scenario
                    for i, (measure, year) in enumerate(columns):
                        if year == last:
                            rows.append([
                                town or "all together", what, measure, str(year),
                                f"{kept.mean[i]:,.0f}",
                                *("" if np.isnan(x) else f"{x:,.0f}" for x in (low[i], high[i])),
                            ])  # fmt: skip
        return ["municipality", "scenario", "measure", "year", "mean", "2.5 %", "97.5 %"], rows

    @property
    def _towns_shown(self) -> int:
        """All together, and so many municipalities that a reader still sees the rows."""
        return 2 if self.strategies else 12

    def _caption(self) -> str:
        more = len(self.municipalities) + 1 - self._towns_shown
        left = f"; {more} more municipalities in to_frame()" if more > 0 else ""
        money = self._money()
        return (
            f"{len(self.municipalities)} municipalities, {len(self.scenarios)} scenarios, "
            f"{self.draws} {self.design} draws, seed {self.seed}{money}; quantiles within "
            f"{100 * self.relative_error:g} % of the draws' own{left}"
        )

    def _money(self) -> str:
        if not self.price_years:
            return ""
        years = ", ".join(map(str, self.price_years))
        if len(self.nominal) > 1:
            return f"; some cases in prices of {years}, some in each year's prices by their index"
        nominal = f"each year's prices (nominal: by the index given, over prices of {years})"
        return f"; {nominal if self.nominal[0] else f'prices of {years}'}"

    def __str__(self) -> str:
        return "\n".join([self._caption(), _text.table(*self._grid()), *self.findings])

    def _repr_html_(self) -> str:
        return _html.block(
            self._caption(), parts=[_html.table(*self._grid(), caption="; ".join(self.findings))]
        )
