"""Forecasts from what was known each year beside what came: scores, tables and pictures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.support import _frames, _html, _text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[Any]

QUANTILES = {"low_95": 0.025, "low_80": 0.1, "high_80": 0.9, "high_95": 0.975}


@dataclass(frozen=True, eq=False)
class Backtest:
    """Forecasts made at several origins from what was known then, and what came.

    Every forecast is a predictive distribution: draws of the coefficients of fit, incidence and
    entry mix, and for each of them the chance in single lives.

    Attributes
    ----------
    columns
        Read-only arrays of one length, a row for each origin, year and state ("users" is everybody
        with support): `origin`, `year`, `horizon` (years ahead), `state`, `seen` (persons on 31
        December), `predicted` (mean), the limits `low_95`, `low_80`, `high_80`, `high_95`, `crps`,
        `pit`; of the rival, the constant-share forecast from the same population: `constant_share`,
        `constant_share_crps` (a point's score is its absolute error), and as if its number were
        Poisson, which practice could claim: `naive_low_95`, `naive_low_80`, `naive_high_80`,
        `naive_high_95`, `naive_crps`.
    draws
        (rows, draws), read-only: persons as they might have turned out.
    levels
        States in which a person has support.
    population
        "forecast": made from the counts at each origin; "actual": what the population came to be;
        "given".
    seed
        Of the draws; draw k of an origin depends on (seed, origin, k) alone.
    findings
        What the fits and projections noticed: of each rule the latest, with all its origins.
    returns
        "apart" or "as new": how those count who come back after support has ended.
    breaks
        Days from which decisions mean something else.
    """

    columns: Mapping[str, Array]
    draws: Array = field(repr=False)
    levels: tuple[str, ...]
    population: str
    seed: int
    findings: tuple[Any, ...] = ()
    returns: str = "apart"
    breaks: tuple[dt.date, ...] = ()

    @property
    def origins(self) -> tuple[int, ...]:
        """Years at whose end a forecast was made."""
        return tuple(int(year) for year in np.unique(self.columns["origin"]))

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    def coverage(
        self, level: float = 0.8, state: str | None = None, *, naive: bool = False
    ) -> float:
        """Share of what came that lay within the intervals.

        Parameters
        ----------
        level
            0.8 or 0.95.
        state
            A level or "users"; by default every level, without "users".
        naive
            Of the rival's Poisson intervals instead.

        Raises
        ------
        InvalidInput
            `E-SETTING`: another level or state.
        """
        percent = round(100 * level)
        if percent not in (80, 95) or not (state is None or state in (*self.levels, "users")):
            _core.reject(
                "E-SETTING",
                "coverage",
                f"level={level}, state={state!r}",
                f"0.8 or 0.95, and one of {', '.join((*self.levels, 'users'))} are there",
                "Ask for one of them",
            )
        return _coverage(self.columns, self._rows(state), percent, "naive_" if naive else "")

    def _rows(self, state: str | None = None) -> Array:
        states = self.columns["state"]
        chosen: Array = states != "users" if state is None else states == state
        return chosen

    def scores(self, by: str = "horizon") -> dict[str, Array]:
        """Coverage, mean CRPS and bias, of the forecast and of its rival.

        Parameters
        ----------
        by
            "horizon" (over the levels), "state" or "origin" (over the levels).

        Returns
        -------
        dict
            The groups under `by`, then `forecasts` (how many), `coverage_80`, `coverage_95`,
            `crps`, `constant_share_crps`, `naive_crps`, `naive_coverage_80`, `bias` (predicted
            minus seen) and `constant_share_bias`, in persons.

        Raises
        ------
        InvalidInput
            `E-SETTING`: another grouping.
        """
        if by not in ("horizon", "state", "origin"):
            _core.reject(
                "E-SETTING", "scores", f"by={by!r}", "it is horizon, state or origin", "Choose one"
            )
        c = self.columns
        states = (*self.levels, "users")
        groups = np.array(states) if by == "state" else np.unique(c[by][self._rows()])
        found: dict[str, list[Any]] = {}
        for group in groups:
            rows = c[by] == group
            if by != "state":
                rows = rows & self._rows()
            error = c["predicted"][rows] - c["seen"][rows]
            rival = c["constant_share"][rows] - c["seen"][rows]
            for name, value in (
                ("forecasts", int(rows.sum())),
                ("coverage_80", _coverage(c, rows, 80)),
                ("coverage_95", _coverage(c, rows, 95)),
                ("crps", c["crps"][rows].mean()),
                ("constant_share_crps", c["constant_share_crps"][rows].mean()),
                ("naive_crps", c["naive_crps"][rows].mean()),
                ("naive_coverage_80", _coverage(c, rows, 80, "naive_")),
                ("bias", error.mean()),
                ("constant_share_bias", rival.mean()),
            ):
                found.setdefault(name, []).append(value)
        return {by: groups} | {name: np.array(values) for name, values in found.items()}

    def summary(self, by: str = "horizon", backend: str | None = None) -> Any:
        """`scores` as a data frame."""
        return _frames.to_frame(self.scores(by), backend)

    def to_frame(self, backend: str | None = None) -> Any:
        """Every forecast beside what came, as a data frame."""
        return _frames.to_frame(self.columns, backend)

    def plot(self, ax: Axes | None = None, *, state: str = "users", lang: str = "en") -> Axes:
        """Forecasts from every origin with their 80 and 95 % bands, and what came."""
        from kohort.plots import backtest as plots_backtest

        return plots_backtest.forecasts(self, ax, state=state, lang=lang)

    def plot_pit(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """Where in the predictive distributions what came lay: flat if they are right."""
        from kohort.plots import backtest as plots_backtest

        return plots_backtest.pit(self, ax, lang=lang)

    def plot_scores(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """Mean CRPS by years ahead, beside the constant-share forecast's."""
        from kohort.plots import backtest as plots_backtest

        return plots_backtest.scores(self, ax, lang=lang)

    def _title(self) -> str:
        of = {
            "forecast": "population as forecast from each origin",
            "actual": "the population that came",
        }.get(self.population, "population as given")
        return (
            f"Backtest from 31 December {self.origins[0]}-{self.origins[-1]}, {of}: "
            f"{self._rows().sum()} forecasts of a level, {self.draws.shape[1]} draws, "
            f"seed {self.seed}" + (", returns as new" if self.returns == "as new" else "")
        )

    def _grid(self, by: str) -> tuple[list[str], list[list[str]]]:
        table = self.scores(by)
        rows = [
            [
                str(group), str(n), f"{c80:.0%}", f"{c95:.0%}", f"{own:.1f}", f"{rival:.1f}",
                f"{naive:.1f}", f"{n80:.0%}", f"{bias:+.1f}", f"{rival_bias:+.1f}",
            ]
            for group, n, c80, c95, own, rival, naive, n80, bias, rival_bias in zip(
                *table.values(), strict=True
            )
        ]  # fmt: skip
        heads = {"horizon": "years ahead", "state": "level", "origin": "origin"}
        return [
            heads[by], "forecasts", "80 % covers", "95 % covers", "CRPS", "constant share",
            "with Poisson", "its 80 % covers", "bias", "its bias",
        ], rows  # fmt: skip

    def __str__(self) -> str:
        lines = [
            self._title(),
            _text.table(*self._grid("horizon")),
            _text.table(*self._grid("state")),
        ]
        lines.append(
            "CRPS in persons: less is better; a point forecast's is its absolute error. Forecasts "
            "from neighbouring origins share their years: they are no independent trials."
        )
        return "\n".join([*lines, *(f"{f.code}: {f.message}" for f in self.findings)])

    def _repr_html_(self) -> str:
        return _html.block(
            self._title(),
            parts=[_html.table(*self._grid("horizon")), _html.table(*self._grid("state"))],
        )


def _coverage(c: Mapping[str, Array], rows: Array, percent: int, prefix: str = "") -> float:
    low, high = c[f"{prefix}low_{percent}"][rows], c[f"{prefix}high_{percent}"][rows]
    return float(((low <= c["seen"][rows]) & (c["seen"][rows] <= high)).mean())


def scored(rows: list[tuple[Any, ...]], samples: list[Array], seed: int) -> dict[str, Array]:
    """The columns of a `Backtest`, from its rows without scores and their draws."""
    names = ("origin", "year", "horizon", "state", "seen", "constant_share")
    columns = {
        name: np.array(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)
    }
    share = columns.pop("constant_share")
    drawn = np.array(samples)
    columns["predicted"] = drawn.mean(axis=1)
    limits = _core.column_quantiles(np.ascontiguousarray(drawn.T), list(QUANTILES.values()))
    columns |= dict(zip(QUANTILES, limits, strict=True))
    seen = columns["seen"]
    columns["crps"] = np.array([_core.crps(x, s) for x, s in zip(drawn, seen, strict=True)])
    columns["pit"] = np.array(
        [
            _core.randomised_pit(x, s, seed, i)
            for i, (x, s) in enumerate(zip(drawn, seen, strict=True))
        ]
    )
    columns["constant_share"] = share
    columns["constant_share_crps"] = np.abs(share - seen)
    for name, probability in QUANTILES.items():
        columns[f"naive_{name}"] = np.array(
            [_core.poisson_quantile(m, probability) for m in share], dtype=float
        )
    columns["naive_crps"] = np.array(
        [_core.poisson_crps(m, int(s)) for m, s in zip(share, seen, strict=True)]
    )
    return {name: fixed(values) for name, values in columns.items()}


def fixed(values: Array) -> Array:
    values.flags.writeable = False
    return values
