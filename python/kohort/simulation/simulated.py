"""What simulated persons did: means over replicates, chance between them, waits for places."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.interventions.places import Places
from kohort.simulation.waits import PlaceUse, Waits
from kohort.support import _frames, _html, _text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[Any]

USUAL_CARE = "usual care"


@dataclass(frozen=True, eq=False)
class SimulatedStrategy:
    """One strategy's persons.

    Attributes
    ----------
    name
        Of the strategy.
    occupancy, person_years
        (replicates, dates, groups, states) and (replicates, periods, groups, states).
    moves, entered
        (replicates, periods, transitions), and (replicates, periods, states) who came in.
    cost
        (replicates, periods), discounted, integrated exactly over every stay: of support.
    programme
        (replicates, periods): what the strategy costs itself, discounted; 0 if that was not given.
    enrolled, enrolled_years
        (replicates, periods): who enrolled, and years lived by the enrolled since.
    places
        What became of the places, if there is a limit.
    """

    name: str
    occupancy: Array
    person_years: Array
    moves: Array
    entered: Array
    cost: Array
    programme: Array
    enrolled: Array
    enrolled_years: Array
    places: PlaceUse | None

    @property
    def net_cost(self) -> Array:
        """(replicates, periods): support and programme together, discounted."""
        return np.asarray(self.cost + self.programme)


@dataclass(frozen=True)
class Difference:
    """One strategy less another, in the same replicates on the same random numbers.

    Attributes
    ----------
    mean, se
        Of the paired differences, and the standard error of their mean over replicates.
    sd
        Of the difference in one replicate: chance in a municipality of this size.
    correlation
        Between the two strategies over replicates; the higher, the more the common random numbers
        have helped.
    replicates
        How many.
    """

    mean: float
    se: float
    sd: float
    correlation: float
    replicates: int


@dataclass(frozen=True, eq=False)
class Agreement:
    """Simulated means beside the exact expectation, by group.

    Attributes
    ----------
    z
        (groups, dates, states): (mean - expected) / standard error from the exact covariance.
    largest
        Of |z|.
    chi_square, degrees, p_value
        (groups,): all numbers of a group together, degrees of freedom, and how likely a chi-square
        this large is.
    """

    z: Array
    largest: float
    chi_square: tuple[float, ...]
    degrees: tuple[int, ...]
    p_value: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Expected:
    """Expected numbers by group, and their covariances."""

    means: tuple[Array, ...]
    covariances: tuple[Array, ...]
    states: int


@dataclass(frozen=True, eq=False)
class Microsimulation:
    """Persons simulated one by one, under one or more strategies. It never changes.

    Attributes
    ----------
    states, death, moves, groups
        Names; groups are men and women, or all.
    periods_a_year
        Of the output.
    base_year
        Simulations of a population start at the end of it; 0 where time has no date.
    arms
        `usual care` first, then the strategies.
    places, seed, discount
        As asked for.
    living
        Number of living states.
    """

    states: tuple[str, ...]
    death: str | None
    moves: tuple[tuple[str, str], ...]
    groups: tuple[str, ...]
    periods_a_year: int
    base_year: int
    seed: int
    discount: float
    arms: tuple[SimulatedStrategy, ...]
    places: Places | None
    living: int
    has_costs: bool
    _expect: Callable[[], Expected | None]

    @cached_property
    def expected(self) -> Expected | None:
        """Expectation where no places are limited, worked out when first asked for; or None."""
        return self._expect()

    @property
    def usual(self) -> SimulatedStrategy:
        """The strategy without any effect."""
        return self.arms[0]

    @property
    def replicates(self) -> int:
        """How many times everybody was simulated."""
        return len(self.usual.cost)

    @property
    def times(self) -> Array:
        """(dates,) years after the start."""
        times: Array = np.arange(self.usual.occupancy.shape[1]) / self.periods_a_year
        return times

    def of(self, name: str) -> SimulatedStrategy:
        """The strategy with this name.

        Parameters
        ----------
        name
            `usual care`, or that of a strategy.
        """
        for one in self.arms:
            if one.name == name:
                return one
        names = ", ".join(one.name for one in self.arms)
        _core.reject(
            "E-SETTING", "of", f"{name!r} was asked for", f"there are: {names}", "Name one of them"
        )
        raise AssertionError

    def compare(
        self, name: str, measure: str | Array = "cost", *, reference: str = USUAL_CARE
    ) -> Difference:
        """A strategy less another, replicate by replicate.

        Parameters
        ----------
        name, reference
            The two strategies.
        measure
            "cost" (of support), "programme" (what a strategy costs itself) or "net_cost" (both),
            over all periods; "waiting_years", "dead" (at the end), the name of a state (its
            person-years over all periods).
        """
        one, other = (self._measure(self.of(n), str(measure)) for n in (name, reference))
        gap = one - other
        n = len(gap)
        sd = float(gap.std(ddof=1)) if n > 1 else float("nan")
        spread = one.std() * other.std()
        correlation = (
            float(np.mean((one - one.mean()) * (other - other.mean())) / spread)
            if (spread > 0)
            else float("nan")
        )
        return Difference(float(gap.mean()), sd / n**0.5, sd, correlation, n)

    def _measure(self, one: SimulatedStrategy, measure: str) -> Array:
        if measure in ("cost", "programme", "net_cost"):
            money: Array = getattr(one, measure).sum(axis=1)
            return money
        if measure == "dead" and self.death is not None:
            dead: Array = one.occupancy[:, -1, :, self.states.index(self.death)].sum(axis=1)
            return dead
        if measure == "waiting_years" and one.places is not None:
            waited: Array = one.places.waiting_years.sum(axis=(1, 2))
            return waited
        if measure in self.states:
            years: Array = one.person_years[..., self.states.index(measure)].sum(axis=(1, 2))
            return years
        _core.reject(
            "E-SETTING",
            "compare",
            f"measure is {measure!r}",
            "it is cost, programme, net_cost, dead, waiting_years or a state: "
            f"{', '.join(self.states)}",
            "Name one of them",
        )
        raise AssertionError

    def agreement(self) -> Agreement:
        """Test the simulated means of `usual` against the expectation.

        It is exact but for bands of time since entry in a municipality: there the expectation
        passes them by parts of a year, a week or so each, and is off by some 3e-5 of the numbers in
        a band.

        Raises
        ------
        InvalidInput
            `E-SETTING` where there is none: places are limited, persons differ in every respect,
            or come in.
        """
        limited = self.places is not None and self.places.count is not None
        if self.expected is None or limited:
            _core.reject(
                "E-SETTING",
                "agreement",
                "places are limited" if limited else "there is no exact expectation",
                "persons must be independent, of few kinds, and nobody limited",
                "Simulate without places, on the grid of years",
            )
        assert self.expected is not None
        living = self.expected.states
        parts = []
        for g, (mean, covariance) in enumerate(
            zip(self.expected.means, self.expected.covariances, strict=True)
        ):
            seen = self.usual.occupancy[:, :, g, :living].mean(axis=0).ravel()
            parts.append(_core.agreement(mean, covariance, seen.tolist(), self.replicates))
        z = np.array([part[0] for part in parts]).reshape(len(parts), -1, living)
        return Agreement(
            z,
            max(part[1] for part in parts),
            tuple(part[2] for part in parts),
            tuple(part[3] for part in parts),
            tuple(part[4] for part in parts),
        )

    def intervals(self, level: float = 0.95, *, name: str = USUAL_CARE) -> Array:
        """Limits of the numbers in each state from chance alone: (2, dates, states).

        Parameters
        ----------
        level
            0.95 or 0.80, say.
        name
            Of the strategy.
        """
        draws = self.of(name).occupancy.sum(axis=2)
        limits: Array = _core.column_quantiles(draws, [(1 - level) / 2, (1 + level) / 2])
        return limits

    def to_frame(self, backend: str | None = None) -> Any:
        """Mean and standard deviation over replicates of the persons in each state at each date."""
        columns: dict[str, list[Any]] = {
            key: [] for key in ("strategy", "time", "group", "state", "persons", "sd")
        }
        for one in self.arms:
            mean, sd = one.occupancy.mean(axis=0), one.occupancy.std(axis=0, ddof=0)
            for j, time in enumerate(self.times):
                for g, group in enumerate(self.groups):
                    for s, state in enumerate(self.states):
                        row = (one.name, time, group, state, mean[j, g, s], sd[j, g, s])
                        for key, value in zip(columns, row, strict=True):
                            columns[key].append(value)
        return _frames.to_frame({key: np.array(values) for key, values in columns.items()}, backend)

    def plot(self, ax: Axes | None = None, *, name: str = USUAL_CARE) -> Axes:
        """Persons in each living state over time, with what chance does to them.

        Parameters
        ----------
        ax
            Where to draw; by default a new figure.
        name
            Of the strategy.
        """
        from kohort.plots import simulated as plots_simulated

        return plots_simulated.lives(self, name, ax)

    def plot_places(self, ax: Axes | None = None) -> Axes:
        """The queue over time, with what chance does to it.

        Parameters
        ----------
        ax
            Where to draw; by default a new figure.
        """
        from kohort.plots import simulated as plots_simulated

        return plots_simulated.queue(self, ax)

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        shown = [s for s in range(self.living) if self.states[s] != "none"]
        heads = ["strategy", "years", *(self.states[s] for s in shown)]
        queue = self.usual.places is not None
        own = any(one.programme.any() for one in self.arms)
        heads += ["waiting"] * queue
        heads += ["million in all"] * self.has_costs + ["programme, million"] * own
        rows = []
        for one in self.arms:
            mean = one.occupancy.sum(axis=2).mean(axis=0)
            for j in (0, mean.shape[0] - 1):
                row = [one.name, f"{self.times[j]:g}", *(f"{mean[j, s]:,.1f}" for s in shown)]
                if queue and one.places is not None:
                    row.append(f"{one.places.queue[:, j].mean():,.1f}")
                if self.has_costs:
                    row.append("" if j == 0 else f"{one.cost.sum(axis=1).mean() / 1e6:,.2f}")
                if own:
                    row.append("" if j == 0 else f"{one.programme.sum(axis=1).mean() / 1e6:,.2f}")
                rows.append(row)
        return heads, rows

    def _caption(self) -> str:
        money = f", cost discounted at {self.discount:.3g}" if self.has_costs else ""
        return (
            f"Microsimulation over {self.times[-1]:g} years, {self.replicates} replicates, "
            f"seed {self.seed}: means{money}"
        )

    def __str__(self) -> str:
        return "\n".join([self._caption(), _text.table(*self._grid())])

    def _repr_html_(self) -> str:
        return _html.block(self._caption(), parts=[_html.table(*self._grid())])


def arm(
    name: str, found: Mapping[str, Any], states: Sequence[str], programme: Array
) -> SimulatedStrategy:
    """One strategy's results as the core gives them, and what it costs itself."""
    found = {**found, "programme": programme}
    for value in (*found.values(), *found.get("waits", {}).values()):
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    use = None
    if "waits" in found:
        names = [key for key in PlaceUse.__dataclass_fields__ if key != "waits"]
        use = PlaceUse(**{key: found[key] for key in names}, waits=Waits(**found["waits"]))
    names = [key for key in SimulatedStrategy.__dataclass_fields__ if key not in ("name", "places")]
    return SimulatedStrategy(name, **{key: found[key] for key in names}, places=use)
