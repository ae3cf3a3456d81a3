"""What a projection asks of a municipality: hours, places, staff, new users, moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.projection.demand_rates import DemandRates
from kohort.support import _frames, _html, _text
from kohort.support._arrays import frozen
from kohort.support._refusal import refuse
from kohort.uncertainty.few_draws import enough, shown, told

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.projection.projection import Projection

Array = npt.NDArray[Any]

MEASURES = {
    "persons": "persons with support, 31 December",
    "person_years": "person-years with support",
    "granted_hours": "home-help hours granted, a year",
    "performed_hours": "home-help hours performed, a year",
    "heavy_persons": "persons with heavy home help, mean of the year",
    "heavy_hours": "hours granted as heavy home help, a year",
    "residents": "persons in care homes, mean of the year",
    "places": "care-home places",
    "posts_home": "full-time posts in home help",
    "posts_homes": "full-time posts in care homes",
    "new_users": "new users, a year",
    "moves": "moves between levels, a year",
}


@dataclass(frozen=True, eq=False)
class Demand:
    """Demand year by year, the point estimate and every draw. It never changes.

    Attributes
    ----------
    years
        (T,) forecast years.
    levels
        Names.
    point
        Measure to (T,); see `kohort.projection.demands.MEASURES`.
    draws
        Measure to (draws, T).
    level_years
        (T, levels): person-years at each level, of the point estimate.
    level_years_draws
        (draws, T, levels).
    exits
        (T,): leave a care home, of the point estimate.
    exits_draws
        (draws, T).
    moves
        (from, to) to (T,): how many move, of the point estimate.
    rates
        What was assumed.
    findings
        What a reader should know.
    time_off
        (T, levels): years with all hours that a strategy's effects on hours take off; granted and
        performed hours, hours as heavy home help and posts in home help are without them.
    programme, programme_draws, programme_price_year
        (T,), (draws, T): what the strategy costs itself, in prices of that year; a line of its own
        in a `kohort.budget`.
    """

    years: Array
    levels: tuple[str, ...]
    point: Mapping[str, Array]
    draws: Mapping[str, Array]
    level_years: Array
    level_years_draws: Array
    exits: Array
    exits_draws: Array
    moves: Mapping[tuple[str, str], Array]
    rates: DemandRates
    findings: tuple[str, ...] = ()
    time_off: Array = field(default_factory=lambda: np.zeros((0, 0)))
    programme: Array = field(default_factory=lambda: np.zeros(0))
    programme_draws: Array = field(default_factory=lambda: np.zeros((0, 0)))
    programme_price_year: int | None = None

    def intervals(self, measure: str, level: float = 0.95) -> Array:
        """Limits from the draws, (2 [lower, upper], T)."""
        self._known(measure)
        if measure not in self.draws or not 0 < level < 1:
            refuse(
                "E-SETTING", "intervals", f"measure={measure!r}, level={level}",
                f"there are draws of {', '.join(self.draws) or 'nothing'}, and a level lies "
                "between 0 and 1",
                "Project with draws, and ask for one of them",
            )  # fmt: skip
        limits: Array = _core.column_quantiles(
            self.draws[measure], [(1 - level) / 2, (1 + level) / 2]
        )
        return limits

    def to_frame(self, backend: str | None = None) -> Any:
        """One row for each year and measure, with 95 % limits where there are draws."""
        parts: dict[str, list[Any]] = {
            "year": [], "measure": [], "value": [], "low_95": [], "high_95": []
        }  # fmt: skip
        for name, values in self.point.items():
            low, high = (
                shown(self.intervals(name), len(self.draws[name]))
                if name in self.draws
                else np.full((2, self.years.size), np.nan)
            )
            parts["year"].append(self.years)
            parts["measure"].append(np.full(self.years.size, name))
            for column, array in (("value", values), ("low_95", low), ("high_95", high)):
                parts[column].append(array)
        return _frames.to_frame({k: np.concatenate(v) for k, v in parts.items()}, backend)

    def plot(self, measure: str = "places", ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """One measure over the years with 80 and 95 % limits."""
        from kohort.plots import demand as plots_demand

        self._known(measure)
        return plots_demand.demand(self, measure, ax, lang=lang)

    def _known(self, measure: str) -> None:
        if measure not in self.point:
            refuse(
                "E-SETTING", "demand", f"measure={measure!r}",
                f"the measures are {', '.join(self.point)}", "Ask for one of them",
            )  # fmt: skip

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        places = [int(i) for i in np.unique(np.linspace(0, self.years.size - 1, 5).astype(int))]
        rows = []
        for name, values in self.point.items():
            row = [MEASURES[name], *(f"{values[i]:,.0f}" for i in places)]
            if name in self.draws and enough(len(self.draws[name])):
                low, high = self.intervals(name)[:, places[-1]]
                row.append(f"{low:,.0f}-{high:,.0f}")
            else:
                row.append("")
            rows.append(row)
        return ["", *(str(self.years[i]) for i in places), f"95 % in {self.years[-1]}"], rows

    def __str__(self) -> str:
        drawn = max((len(d) for d in self.draws.values()), default=0)
        return "\n".join([_text.table(*self._grid()), *self.findings, *told(drawn)])

    def _repr_html_(self) -> str:
        few = "; ".join(told(max((len(x) for x in self.draws.values()), default=0)))
        return _html.block("Demand", parts=[_html.table(*self._grid(), caption=few)])


def demand(projection: Projection, rates: DemandRates) -> Demand:
    """What a projection asks of home help, care homes and staff, year by year.

    Granted hours are 12 sum_l L_l (1 - home_l) ((1 - heavy_l) hours_l + heavy_l heavy_hours_l),
    with L_l the person-years at level l; performed hours take each level's share. Places are
    (residents + exits vacancy_days / 365.25) / occupancy. Who leaves a care home: the dead of each
    level times its share in care homes, and those who move to a level with a smaller share times
    the difference. In draws without flows of their own, exits keep the point estimate's ratio to
    the residents of the year.

    Of a strategy (`projection.of(name)`), its effects on hours are taken off granted and performed
    hours, and what it costs itself comes along for the budget.

    Parameters
    ----------
    projection
        From `kohort.project`.
    rates
        What a person at each level needs.

    Raises
    ------
    InvalidInput
        `E-COST-MISSING`: a level without hours; `E-EFFECT`: an effect on hours that takes off more
        than there is in a year; `E-STATE-UNKNOWN`, `E-NUM`, `E-SETTING`.
    """
    levels = tuple(projection.levels)
    given = rates.by_level(levels)
    place = [projection.states.index(level) for level in levels]
    point_years = np.asarray(projection.person_years.sum(axis=(2, 3)))[:, place]
    drawn_years = np.asarray(projection.draws_person_years)[:, :, place]
    drawn_moves = np.asarray(getattr(projection, "draws_moved", np.zeros((0, 0, 0))))
    exits, exits_drawn, own_flows = _exits(projection, given["in_homes"], point_years, drawn_years)
    findings = []
    if projection.draws and not own_flows and rates.vacancy_days > 0 and given["in_homes"].any():
        findings.append("I-TURNOVER: in the draws care homes turn over as in the point estimate")
    value = projection.valued
    less, less_drawn = np.zeros_like(point_years), np.zeros_like(drawn_years)
    if value is not None and value.time_off.any():
        less, less_drawn = value.time_off, value.time_off_draws
        _check_time_off(projection, point_years - less, drawn_years - less_drawn)
        findings.append(
            "I-HOURS-EFFECT: fewer hours of those treated are taken off in the year in which they "
            "come; who has heavy home help is counted as without the effect"
        )
    between = [i for i, (a, b) in enumerate(projection.moves) if a in levels and b in levels]
    point = {
        name: values[0]
        for name, values in _computed(
            rates, given, point_years[None], exits[None], less[None]
        ).items()
    }
    point |= {
        "persons": np.asarray(projection.persons.sum(axis=(2, 3)))[1:, place].sum(axis=1),
        "new_users": np.asarray(projection.new_users).sum(axis=1),
        "moves": np.asarray(projection.moved)[:, between].sum(axis=1),
    }
    drawn: dict[str, Array] = {}
    if projection.draws:
        drawn = _computed(rates, given, drawn_years, exits_drawn, less_drawn)
        drawn |= {
            "persons": np.asarray(projection.draws_persons)[:, 1:, place].sum(axis=2),
            "new_users": np.asarray(projection.draws_new_users),
        }
        if own_flows:
            drawn["moves"] = drawn_moves[:, :, between].sum(axis=2)
    if value is not None and not value.costed:
        findings.append(
            f"W-COST-MISSING: what {projection.name!r} costs itself was not given, so no budget of "
            "this demand has it: give the strategy StrategyCosts"
        )
    left_out = [] if rates.hours_per_post > 0 else ["posts_home"]
    left_out += [] if rates.posts_per_place > 0 else ["posts_homes"]
    ordered = [name for name in MEASURES if name in point and name not in left_out]
    moved = np.asarray(projection.moved)
    return Demand(
        np.asarray(projection.years)[1:],
        levels,
        {name: frozen(point[name]) for name in ordered},
        {name: frozen(drawn[name]) for name in ordered if name in drawn},
        frozen(point_years),
        frozen(drawn_years),
        frozen(exits),
        frozen(exits_drawn),
        {pair: frozen(moved[:, i].copy()) for i, pair in enumerate(projection.moves)},
        rates,
        tuple(findings),
        frozen(less.copy()),
        **_programme(projection),
    )


def _exits(
    projection: Projection, in_homes: Array, point_years: Array, drawn_years: Array
) -> tuple[Array, Array, bool]:
    """Who leaves care homes, and in each draw; and whether the draws have flows of their own."""
    levels = tuple(projection.levels)
    home = dict.fromkeys(projection.states, 0.0) | dict(zip(levels, in_homes, strict=True))
    dying = np.array([home[state] for state in projection.states])
    moving = np.array([max(home[a] - home[b], 0.0) for a, b in projection.moves])
    exits = np.asarray(projection.deaths) @ dying + np.asarray(projection.moved) @ moving
    deaths = np.asarray(getattr(projection, "draws_deaths", np.zeros((0, 0, 0))))
    moves = np.asarray(getattr(projection, "draws_moved", np.zeros((0, 0, 0))))
    if projection.draws > 0 and len(deaths) == len(moves) == projection.draws:
        return exits, deaths @ dying + moves @ moving, True
    residents = point_years @ in_homes
    turnover = np.divide(exits, residents, out=np.zeros_like(exits), where=residents > 0)
    return exits, (drawn_years @ in_homes) * turnover, False


def _computed(
    rates: DemandRates, given: Mapping[str, Array], years: Array, left: Array, off: Array
) -> dict[str, Array]:
    """Demand of these person-years; effects on hours, as time `off`, act on hours alone."""

    def of(time: Array) -> dict[str, Array]:
        found: dict[str, Array] = _core.demand(
            given["hours"], given["performed"], given["in_homes"], given["heavy"],
            given["heavy_hours"], float(rates.vacancy_days), float(rates.occupancy),
            float(rates.hours_per_post), float(rates.posts_per_place),
            np.ascontiguousarray(time), np.ascontiguousarray(left),
        )  # fmt: skip
        return found

    found = of(years)
    if off.any():
        shorter = of(years - off)
        of_hours = ("granted_hours", "performed_hours", "heavy_hours", "posts_home")
        found |= {name: shorter[name] for name in of_hours if name in found}
    return found


def _check_time_off(projection: Projection, left: Array, left_drawn: Array) -> None:
    if np.all(left >= 0) and np.all(left_drawn >= 0):
        return
    refuse(
        "E-EFFECT", "demand", f"the effects on hours of {projection.name!r} take off more time at "
        "a level than anybody spends there in some year",
        "hours are taken off in the year in which people come, which a long effect overdraws",
        "Shorten its window, or ask usual care for its demand and take off the hours yourself",
    )  # fmt: skip


def _programme(projection: Projection) -> dict[str, Any]:
    """What a strategy costs itself, in prices of its price year."""
    value = projection.valued
    if value is None or value.strategy.costs is None:
        return {}
    levels = 1.0 if projection.price_levels is None else projection.price_levels
    return {
        "programme": frozen(value.programme / levels),
        "programme_draws": frozen(value.programme_draws / levels),
        "programme_price_year": value.strategy.costs.price_year,
    }
