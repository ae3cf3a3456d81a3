"""Which option to choose: cost-effectiveness, its uncertainty, and the worth of knowing more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core, _frames, _html, _text
from kohort._refusal import refuse
from kohort.projection import Projection

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class IncrementalRow:
    """One option of an incremental analysis.

    Attributes
    ----------
    name
        Of the option.
    cost, effect
        As given.
    status
        "reference", "efficient", "extendedly dominated" or "dominated".
    compared_with, and_with
        The option before it on the frontier; the one that dominates it; or, for extended
        dominance, its two neighbours on the frontier. Empty if none.
    added_cost, added_effect
        Over `compared_with`.
    icer
        Added cost per added effect of an efficient option; otherwise not a number.
    quadrant
        Of the increment: "north-east", "south-east", "south-west", "north-west" or "".
    """

    name: str
    cost: float
    effect: float
    status: str
    compared_with: str
    and_with: str
    added_cost: float
    added_effect: float
    icer: float
    quadrant: str

    @property
    def reason(self) -> str:
        """In words why the option is where it is."""
        if self.status == "reference":
            return "reference"
        if self.status == "efficient":
            if np.isnan(self.icer):
                return f"same cost and effect as {self.compared_with}"
            return f"{self.icer:,.2f} per unit over {self.compared_with} ({self.quadrant})"
        if self.status == "dominated":
            if self.added_cost == 0 and self.added_effect == 0:
                return f"same cost and effect as {self.compared_with}, which is dominated"
            return f"dominated by {self.compared_with}"
        if not self.and_with:
            return f"same cost and effect as {self.compared_with}, which is extendedly dominated"
        return f"extendedly dominated by {self.compared_with} and {self.and_with}"


@dataclass(frozen=True)
class IncrementalTable:
    """Options by rising cost, each with its ratio or the reason why it has none."""

    rows: tuple[IncrementalRow, ...]
    effect: str = "effect"

    def to_frame(self, backend: str | None = None) -> Any:
        """The table as a data frame."""
        names = [n for n in IncrementalRow.__dataclass_fields__]
        columns = {n: [getattr(row, n) for row in self.rows] for n in names}
        return _frames.to_frame(columns | {"reason": [row.reason for row in self.rows]}, backend)

    def plot(self, ax: Axes | None = None, *, lang: str = "en") -> Axes:
        """Options in the plane of effect and cost, with the efficient frontier."""
        from kohort import plots_decisions

        return plots_decisions.frontier(self, ax, lang=lang)

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        largest = max((abs(r.effect) for r in self.rows), default=0.0)
        digits = int(np.clip(5 - np.floor(np.log10(largest)), 0, 6)) if largest > 0 else 0
        rows = [[r.name, f"{r.cost:,.2f}", f"{r.effect:,.{digits}f}", r.reason] for r in self.rows]
        return ["option", "cost", self.effect, "cost per unit, or reason"], rows

    def __str__(self) -> str:
        return _text.table(*self._grid())

    def _repr_html_(self) -> str:
        return _html.block("Incremental analysis", parts=[_html.table(*self._grid())])


def incremental(
    costs: npt.ArrayLike,
    effects: npt.ArrayLike,
    names: Sequence[str] | None = None,
    *,
    effect: str = "effect",
) -> IncrementalTable:
    """Incremental cost-effectiveness of any number of options.

    Options are sorted by cost; one that gives no more than a cheaper one is dominated; what lies
    above the lower convex hull of the others is extendedly dominated. A ratio is given only between
    neighbours on the frontier, always with its quadrant.

    Parameters
    ----------
    costs, effects
        One of each for every option.
    names
        Of the options; by default "1", "2", ...
    effect
        What the effect is called, "QALYs" say.

    Raises
    ------
    InvalidInput
        `E-SHAPE`, `E-NUM`.
    """
    c, e = np.asarray(costs, dtype=float).ravel(), np.asarray(effects, dtype=float).ravel()
    labels = _names(names, c.size, "incremental")
    rows = _core.incremental_analysis(c, e)

    def label(i: int) -> str:
        return labels[i] if i >= 0 else ""

    return IncrementalTable(
        tuple(
            IncrementalRow(
                label(r["option"]), r["cost"], r["effect"], r["status"],
                label(r["compared_with"]), label(r["and_with"]),
                r["added_cost"], r["added_effect"], r["icer"], r["quadrant"],
            )
            for r in rows
        ),
        effect,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class ValueOfKnowing:
    """Expected value of partial perfect information (EVPPI), as a bracket.

    Attributes
    ----------
    parameters
        Whose value it is.
    willingness_to_pay
        Per unit of effect.
    in_sample, cross_fit
        Per decision: the regression's own value, biased upwards, and that of its rule in draws it
        was not fitted to, biased downwards.
    se
        Standard error of `in_sample`.
    evpi
        Of all parameters together, in the same draws: no EVPPI exceeds it.
    degrees_of_freedom
        Of the regression of each increment.
    pattern
        Of each increment: probability of residuals as uneven along the fit as these. Below 0.001
        the regression misses something.
    """

    parameters: tuple[str, ...]
    willingness_to_pay: float
    in_sample: float
    cross_fit: float
    se: float
    evpi: float
    degrees_of_freedom: tuple[float, ...]
    pattern: tuple[float, ...]

    @property
    def findings(self) -> tuple[str, ...]:
        """What a reader should know."""
        found = []
        if min(self.pattern, default=1.0) < 0.001:
            found.append(
                "W-EVPPI-PATTERN: the residuals follow a pattern along the fitted values "
                f"(probability {min(self.pattern):.2g}): the regression misses part of the relation"
            )
        if self.in_sample > self.evpi:
            found.append(
                f"W-EVPPI-CHANCE: the estimate exceeds EVPI ({self.evpi:,.2f}), which it cannot: "
                "take more draws"
            )
        return tuple(found)

    def __str__(self) -> str:
        head = (
            f"Value of knowing {', '.join(self.parameters)} at {self.willingness_to_pay:,.0f} per "
            f"unit: {self.cross_fit:,.2f} (cross-fit) to {self.in_sample:,.2f} (in-sample, "
            f"standard error {self.se:,.2f}) a decision; EVPI {self.evpi:,.2f}"
        )
        return "\n".join([head, *self.findings])


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Options compared on costs and effects, draw by draw. It never changes.

    Attributes
    ----------
    options
        Names.
    costs, effects
        (draws, options): the same draw of all parameters in each row.
    effect
        What the effect is called.
    reference
        Which option increments are taken over.
    willingness_to_pay
        (W,) per unit of effect.
    acceptable
        (W, options): share of draws where the option has the largest net benefit (CEAC).
    choice, frontier
        (W,) the option of largest mean net benefit, and how often it is best (CEAF).
    expected_loss
        (W, options): what choosing it loses on average against the best in each draw.
    evpi, evpi_se
        (W,) expected value of perfect information per decision, which is the smallest expected
        loss, and its Monte Carlo standard error.
    basis
        How costs and effects were made: accounting, discounting, price year.
    table
        Incremental analysis of the mean costs and effects.
    """

    options: tuple[str, ...]
    costs: Array
    effects: Array
    effect: str
    reference: str
    willingness_to_pay: Array
    mean_benefit: Array
    acceptable: Array
    choice: tuple[str, ...]
    frontier: Array
    expected_loss: Array
    evpi: Array
    evpi_se: Array
    basis: str
    table: IncrementalTable
    parameters: Mapping[str, Array] = field(default_factory=dict)

    def increments(self, option: str | None = None) -> tuple[Array, Array]:
        """Added cost and effect over the reference, draw by draw: (draws,) each.

        Parameters
        ----------
        option
            By default the only other one.
        """
        others = [name for name in self.options if name != self.reference]
        chosen = others[0] if option is None and len(others) == 1 else option
        if chosen not in self.options:
            refuse(
                "E-SETTING", "increments", f"option={option!r}",
                f"the options are {', '.join(self.options)}", "Name one of them",
            )  # fmt: skip
        i, j = self.options.index(str(chosen)), self.options.index(self.reference)
        return self.costs[:, i] - self.costs[:, j], self.effects[:, i] - self.effects[:, j]

    def quadrants(self, option: str | None = None) -> dict[str, float]:
        """Share of draws in each quadrant of the cost-effectiveness plane."""
        names = ("north-east", "south-east", "south-west", "north-west")
        found = [_core.quadrant_of(c, e) for c, e in zip(*self.increments(option), strict=True)]
        return {name: found.count(name) / max(len(found), 1) for name in names}

    def net_benefit(self, willingness_to_pay: float) -> Array:
        """Net monetary benefit, (draws, options)."""
        benefit: Array = willingness_to_pay * self.effects - self.costs
        return benefit

    def at(self, willingness_to_pay: float) -> Evaluation:
        """The same evaluation at one willingness to pay."""
        return _evaluated(
            self.options, self.costs, self.effects, self.effect, self.reference,
            np.array([float(willingness_to_pay)]), self.basis, self.parameters,
        )  # fmt: skip

    def value_of_knowing(
        self,
        parameters: Sequence[str] | str,
        *,
        willingness_to_pay: float,
        intervals: int = 8,
        folds: int = 10,
        repeats: int = 200,
        seed: int = 1,
    ) -> ValueOfKnowing:
        """Expected value of partial perfect information about some parameters, by regression.

        One to three parameters: an additive model of penalised cubic splines with pairwise
        products; four and more: a spline of a linear index. Strong, Oakley & Brennan (2014), Med
        Decis Making 34:311-326.

        Parameters
        ----------
        parameters
            Names among those given to `evaluate`.
        willingness_to_pay
            Per unit of effect.
        intervals, folds, repeats, seed
            Of each spline, of the cross-fit, and of the standard error.

        Raises
        ------
        InvalidInput
            `E-SETTING`: a parameter that was not given; `E-DRAWS`: fewer than 100 draws.
        """
        wanted = (parameters,) if isinstance(parameters, str) else tuple(parameters)
        unknown = [name for name in wanted if name not in self.parameters]
        if unknown or not wanted:
            refuse(
                "E-SETTING",
                "value_of_knowing",
                f"no draws of {', '.join(unknown)}" if unknown else "no parameters",
                f"the parameters given are {', '.join(self.parameters) or 'none'}",
                "Pass parameters={name: draws} to evaluate",
            )
        found = _core.value_of_knowing(
            self.net_benefit(willingness_to_pay),
            np.column_stack([self.parameters[name] for name in wanted]),
            intervals,
            folds,
            repeats,
            seed,
        )
        return ValueOfKnowing(
            wanted,
            float(willingness_to_pay),
            found["in_sample"],
            found["cross_fit"],
            found["se"],
            found["evpi"],
            tuple(found["degrees_of_freedom"]),
            tuple(found["pattern"]),
        )

    def population_evpi(
        self, willingness_to_pay: float, decisions: npt.ArrayLike, *, discount: float
    ) -> float:
        """EVPI for all who will be decided on.

        Parameters
        ----------
        willingness_to_pay
            Per unit of effect.
        decisions
            Number of decisions in each year of the decision's life, this year first.
        discount
            Rate a year.
        """
        each = np.asarray(decisions, dtype=float).ravel()
        return float(self.at(willingness_to_pay).evpi[0]) * float(
            _core.discounted_decisions(each, discount)
        )

    def to_frame(self, backend: str | None = None) -> Any:
        """Willingness to pay by option: acceptability, expected loss and mean benefit."""
        W, D = self.acceptable.shape
        return _frames.to_frame(
            {
                "willingness_to_pay": np.repeat(self.willingness_to_pay, D),
                "option": np.tile(np.array(self.options), W),
                "acceptable": self.acceptable.ravel(),
                "expected_loss": self.expected_loss.ravel(),
                "mean_benefit": self.mean_benefit.ravel(),
                "chosen": np.tile(np.array(self.options), W) == np.repeat(self.choice, D),
                "evpi": np.repeat(self.evpi, D),
            },
            backend,
        )

    def plot(
        self, what: str = "acceptability", ax: Axes | None = None, *, lang: str = "en"
    ) -> Axes:
        """A picture: "plane", "acceptability", "expected_loss", "evpi" or "frontier"."""
        from kohort import plots_decisions

        pictures = {
            "plane": plots_decisions.plane,
            "acceptability": plots_decisions.acceptability,
            "expected_loss": plots_decisions.expected_loss,
            "evpi": plots_decisions.evpi,
        }
        if what == "frontier":
            return plots_decisions.frontier(self.table, ax, lang=lang)
        if what not in pictures:
            refuse(
                "E-SETTING", "plot", f"what={what!r}",
                f"the pictures are {', '.join(pictures)} and frontier", "Ask for one of them",
            )  # fmt: skip
        return pictures[what](self, ax, lang=lang)

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        picked = np.unique(np.linspace(0, self.willingness_to_pay.size - 1, 6).astype(int))
        rows = [
            [
                f"{self.willingness_to_pay[w]:,.0f}",
                self.choice[w],
                *(f"{p:.3f}" for p in self.acceptable[w]),
                f"{self.evpi[w]:,.2f}",
            ]
            for w in picked
        ]
        heads = ["per unit", "largest mean benefit", *(f"P({o} best)" for o in self.options)]
        return [*heads, "EVPI"], rows

    def __str__(self) -> str:
        return "\n".join([self._caption(), str(self.table), "", _text.table(*self._grid())])

    def _caption(self) -> str:
        return (
            f"{len(self.options)} options, {len(self.costs)} draws, reference {self.reference}; "
            f"{self.basis}"
        )

    def _repr_html_(self) -> str:
        return _html.block(
            self._caption(), parts=[_html.table(*self.table._grid()), _html.table(*self._grid())]
        )


def evaluate(
    strategies: Projection | Mapping[str, Projection] | None = None,
    *,
    costs: npt.ArrayLike | None = None,
    effects: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
    utilities: Mapping[str, float] | npt.ArrayLike | None = None,
    reference: str | None = None,
    willingness_to_pay: npt.ArrayLike = (),
    discount: float | None = None,
    discount_effects: float | None = None,
    own_costs: Mapping[str, npt.ArrayLike] | None = None,
    parameters: Mapping[str, npt.ArrayLike] | None = None,
    effect: str | None = None,
) -> Evaluation:
    """Compare options on costs and effects, from projections or from draws of one's own.

    Parameters
    ----------
    strategies
        A projection with strategies, or name to projection: the same draws and seed in each, so
        that row k is the same draw of every parameter.
    costs, effects
        Instead of projections: (draws, options) each, or (options,) for a point estimate.
    names
        Of the options, with `costs` and `effects`.
    utilities
        With projections: worth of a year in each living state, by name, or (draws, states) in the
        projection's order. Without it, effects are life-years.
    reference
        Increments are taken over it; by default the first option.
    willingness_to_pay
        Per unit of effect; by default 101 steps up to four times the largest ratio on the frontier.
    discount, discount_effects
        Rates a year for costs and, unless it is the same, effects. Required with projections, whose
        yearly totals are discounted from the middle of each year.
    own_costs
        With projections: option to what it costs itself in each year, a number, (years,) or
        (draws, years), in prices of the projection's price year: for strategies without
        `StrategyCosts`, which are counted as they are, and so are effects on hours.
    parameters
        Name to (draws,), for `Evaluation.value_of_knowing`.
    effect
        What the effect is called; by default "QALYs", or "life-years" without utilities.

    Raises
    ------
    InvalidInput
        `E-SHAPE`, `E-NUM`, `E-SETTING`, `E-DISCOUNT`, `E-STATE-UNKNOWN`, `E-COST-MISSING`.
    """
    if (strategies is None) == (costs is None and effects is None):
        refuse(
            "E-SETTING", "evaluate", "both projections and draws" if strategies else "nothing",
            "either projections, or costs= and effects=, are needed", "Give one of the two",
        )  # fmt: skip
    given: Mapping[str, Array] = {
        name: np.asarray(values, dtype=float).ravel() for name, values in (parameters or {}).items()
    }
    if strategies is not None:
        return _of_projections(
            strategies, utilities, reference, willingness_to_pay, discount,
            discount if discount_effects is None else discount_effects, given, effect,
            own_costs or {},
        )  # fmt: skip
    if costs is None or effects is None or utilities is not None:
        refuse(
            "E-SETTING",
            "evaluate",
            "utilities" if utilities is not None else "costs without effects, or the reverse",
            "draws of one's own are costs= and effects=, in the unit wanted",
            "Give both, already valued",
        )
    c = np.atleast_2d(np.asarray(costs, dtype=float))
    e = np.atleast_2d(np.asarray(effects, dtype=float))
    options = _names(names, c.shape[1], "evaluate")
    basis = "as given"
    return _evaluated(
        options, c, e, effect or "effect", _reference(reference, options),
        np.asarray(willingness_to_pay, dtype=float).ravel(), basis, given,
    )  # fmt: skip


def _of_projections(
    strategies: Projection | Mapping[str, Projection],
    utilities: Mapping[str, float] | npt.ArrayLike | None,
    reference: str | None,
    willingness_to_pay: npt.ArrayLike,
    discount: float | None,
    discount_effects: float | None,
    parameters: Mapping[str, Array],
    effect: str | None,
    own_costs: Mapping[str, npt.ArrayLike],
) -> Evaluation:
    if discount is None or discount_effects is None:
        refuse(
            "E-DISCOUNT", "evaluate", "no discount rate", "every total names its discounting",
            "Pass discount=0.03, say, or 0 for undiscounted totals",
        )  # fmt: skip
    runs = _runs(strategies)
    first = next(iter(runs.values()))
    for name, run in runs.items():
        same = (run.draws, run.seed, run.states, len(run.years)) == (
            first.draws, first.seed, first.states, len(first.years)
        )  # fmt: skip
        if not same:
            refuse(
                "E-SHAPE", "evaluate", f"'{name}' has other draws, seed, states or years",
                "options are compared draw by draw", "Project all of them with the same settings",
            )  # fmt: skip
        if run.price_year is None:
            refuse(
                "E-COST-MISSING", "evaluate", f"'{name}' was projected without costs",
                "costs are needed to compare them", "Pass costs= to project",
            )  # fmt: skip
    worth = _utilities(utilities, first)
    unknown = [name for name in own_costs if name not in runs]
    if unknown:
        refuse(
            "E-SETTING", "evaluate", f"own costs of '{unknown[0]}'",
            f"the options are {', '.join(runs)}", "Use their names",
        )  # fmt: skip
    money = [
        _present(_yearly_cost(run) + _own(own_costs.get(name), run, name), float(discount))
        for name, run in runs.items()
    ]
    effects = [
        _present(_yearly_years(run, worth), float(discount_effects)) for run in runs.values()
    ]
    called = effect or ("life-years" if utilities is None else "QALYs")
    options = tuple(runs)
    basis = (
        f"prices of {first.price_year}, continuous accounting, yearly totals discounted at "
        f"{100 * float(discount):g} % (costs) and {100 * float(discount_effects):g} % ({called}) "
        "from the middle of each year"
    ) + _said_of_own_costs(runs, own_costs)
    return _evaluated(
        options, np.column_stack(money), np.column_stack(effects), called,
        _reference(reference, options), np.asarray(willingness_to_pay, dtype=float).ravel(), basis,
        parameters,
    )  # fmt: skip


def _runs(strategies: Projection | Mapping[str, Projection]) -> dict[str, Projection]:
    if isinstance(strategies, Mapping):
        return dict(strategies)
    names = tuple(getattr(strategies, "strategies", ()))
    if not names:
        refuse(
            "E-SETTING", "evaluate", "a projection without strategies",
            "at least two options are compared",
            "Project with strategies=, or pass {name: projection}",
        )  # fmt: skip
    both = ("usual care", *(str(name) for name in names))
    courses: Any = strategies
    return {name: courses.of(name) for name in both}


def _utilities(given: Mapping[str, float] | npt.ArrayLike | None, projection: Projection) -> Array:
    """(draws or 1, states)."""
    states = projection.states
    if given is None:
        return np.ones((1, len(states)))
    if isinstance(given, Mapping):
        unknown = [name for name in given if name not in states]
        missing = [name for name in states if name not in given]
        if unknown or missing:
            refuse(
                "E-STATE-UNKNOWN",
                "evaluate",
                f"utilities for {', '.join(unknown)}" if unknown else
                f"no utility for {', '.join(missing)}",
                f"the living states are {', '.join(states)}",
                "Give each of them the worth of a year",
            )  # fmt: skip
        return np.array([[float(given[name]) for name in states]])
    values = np.atleast_2d(np.asarray(given, dtype=float))
    if values.shape[1] != len(states) or values.shape[0] not in (1, max(projection.draws, 1)):
        refuse(
            "E-SHAPE", "evaluate", f"utilities are {values.shape}",
            f"they are (states,) or (draws, states), here {len(states)} states",
            "Give them in the projection's order",
        )  # fmt: skip
    return values


def _yearly_cost(run: Projection) -> Array:
    """(draws or 1, years) undiscounted."""
    if run.draws:
        return np.asarray(run.draws_cost)
    return np.asarray(run.costs["continuous"].sum(axis=1))[None]


def _own(given: npt.ArrayLike | None, run: Projection, name: str) -> Array:
    """(draws or 1, years): what an option costs itself, and what it changes within levels."""
    shape = (max(run.draws, 1), len(run.years) - 1)
    value = run.valued
    own = np.zeros(shape)
    if value is not None:
        hours, programme = (value.hours_draws, value.programme_draws) if run.draws else (
            value.hours, value.programme
        )  # fmt: skip
        own = own + hours + programme
    if given is None:
        return own
    if value is not None and value.strategy.costs is not None:
        refuse(
            "E-SETTING", "evaluate", f"own costs of '{name}', which has StrategyCosts",
            "what a strategy costs itself is counted once", "Leave one of them out",
        )  # fmt: skip
    values = np.asarray(given, dtype=float)
    try:
        full: Array = own + np.broadcast_to(values, shape)
    except ValueError:
        refuse(
            "E-SHAPE", "evaluate", f"own costs of '{name}' are {values.shape}",
            f"they are a number, ({shape[1]} years,) or {shape}", "Mend the shape",
        )  # fmt: skip
    return full


def _said_of_own_costs(runs: Mapping[str, Projection], given: Mapping[str, Any]) -> str:
    """Whose own costs are in it, and whose are not known."""
    values = {name: run.valued for name, run in runs.items() if run.valued is not None}
    there = [n for n, v in values.items() if v is not None and v.strategy.costs is not None]
    there += list(given)
    missing = [n for n, v in values.items() if v is not None and not v.costed and n not in given]
    said = f"; own costs of {', '.join(there)} included" if there else ""
    return said + (f"; no own costs given for {', '.join(missing)}" if missing else "")


def _yearly_years(run: Projection, worth: Array) -> Array:
    """(draws or 1, years): person-years times their worth."""
    years = (
        np.asarray(run.draws_person_years)
        if run.draws
        else np.asarray(run.person_years.sum(axis=(2, 3)))[None]
    )
    valued: Array = (years * worth[:, None, :]).sum(axis=2)
    return valued


def _present(yearly: Array, discount: float) -> Array:
    factors = _core.discount_factors(discount, 2 * yearly.shape[1], 0.5)[1::2]
    worth: Array = yearly @ np.asarray(factors)
    return worth


def _evaluated(
    options: tuple[str, ...],
    costs: Array,
    effects: Array,
    effect: str,
    reference: str,
    willingness_to_pay: Array,
    basis: str,
    parameters: Mapping[str, Array],
) -> Evaluation:
    if costs.shape != effects.shape or costs.shape[1] != len(options):
        refuse(
            "E-SHAPE", "evaluate", f"costs are {costs.shape} and effects {effects.shape}",
            f"both are (draws, {len(options)} options)", "Give one of each for every draw",
        )  # fmt: skip
    for name, values in parameters.items():
        if values.shape != (len(costs),):
            refuse(
                "E-SHAPE", "evaluate", f"'{name}' has {values.size} draws",
                f"costs and effects have {len(costs)}", "Give one value for each draw",
            )  # fmt: skip
    table = incremental(costs.mean(axis=0), effects.mean(axis=0), options, effect=effect)
    grid = willingness_to_pay if willingness_to_pay.size else _grid_of(table)
    found = _core.acceptability(costs, effects, grid)
    for array in (costs, effects):
        array.flags.writeable = False
    return Evaluation(
        options,
        costs,
        effects,
        effect,
        reference,
        grid,
        found["mean_benefit"],
        found["best"],
        tuple(options[i] for i in found["choice"]),
        found["frontier"],
        found["expected_loss"],
        found["evpi"],
        found["evpi_se"],
        basis,
        table,
        dict(parameters),
    )


def _grid_of(table: IncrementalTable) -> Array:
    ratios = [r.icer for r in table.rows if r.status == "efficient" and np.isfinite(r.icer)]
    highest = 4 * max(ratios) if ratios else 1e6
    power = 10 ** np.floor(np.log10(highest))
    return np.linspace(0, float(np.ceil(highest / power) * power), 101)


def _names(names: Sequence[str] | None, count: int, where: str) -> tuple[str, ...]:
    made = tuple(str(i + 1) for i in range(count)) if names is None else tuple(names)
    if len(made) != count or len(set(made)) != count:
        refuse(
            "E-SHAPE", where, f"{len(made)} names for {count} options",
            "each option has a name of its own", "Give as many different names as options",
        )  # fmt: skip
    return made


def _reference(reference: str | None, options: tuple[str, ...]) -> str:
    chosen = options[0] if reference is None else reference
    if chosen not in options:
        refuse(
            "E-SETTING", "evaluate", f"reference={reference!r}",
            f"the options are {', '.join(options)}", "Name one of them",
        )  # fmt: skip
    return chosen
