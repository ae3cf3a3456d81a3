"""Which option to choose: cost-effectiveness, its uncertainty, and the worth of knowing more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.evaluation.comparison import standard_error
from kohort.evaluation.incremental import IncrementalTable, incremental
from kohort.evaluation.value_of_knowing import ValueOfKnowing
from kohort.support import _frames, _html, _text
from kohort.support._refusal import refuse

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[Any]


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
        loss, and its Monte Carlo standard error: of independent draws, or, of a projection's Sobol
        or Latin hypercube draws, from the spread of the design's repetitions (`basis` says so).
    basis
        How costs and effects were made: accounting, discounting, price year.
    table
        Incremental analysis of the mean costs and effects.
    findings
        What a reader should know.
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
    findings: tuple[str, ...] = ()
    repetition: int = 0  # draws of each repetition of a design; 0 where they are random

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
        return evaluated(
            self.options, self.costs, self.effects, self.effect, self.reference,
            np.array([float(willingness_to_pay)]), self.basis, self.parameters, self.findings,
            self.repetition,
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

        Each increment of net benefit is regressed on the parameters' lines and bends (penalised
        cubic splines) and on products of every pair. What three parameters do only together is
        missed, and reported. Strong, Oakley & Brennan (2014), Med Decis Making 34:311-326.

        Parameters
        ----------
        parameters
            Names among those given to `evaluate`.
        willingness_to_pay
            Per unit of effect.
        intervals, folds, repeats, seed
            Of each spline, of the cross-fit, and of the standard error, which takes draws as
            independent: of a design it is as a rule too large.

        Raises
        ------
        InvalidInput
            `E-SETTING`: a parameter that was not given; `E-DRAWS`: fewer than 100 draws, or than
            ten a parameter.
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
        columns = np.column_stack([self.parameters[name] for name in wanted])
        return self._regressed(columns, wanted, willingness_to_pay, intervals, folds, repeats, seed)

    def value_of_sampling(
        self,
        study: Mapping[str, npt.ArrayLike],
        *,
        willingness_to_pay: float,
        intervals: int = 8,
        folds: int = 10,
        repeats: int = 200,
        seed: int = 1,
    ) -> ValueOfKnowing:
        """Expected value of a study's data (EVSI), by regression on what it would find.

        Simulate the study once in each draw, from the draw's own parameters, and give what would be
        estimated from its data: a mean, a share, a rate ratio. Options are then chosen by the
        regression on these, as they would be on seeing them.

        Parameters
        ----------
        study
            Name to (draws,): the study's summaries in each draw.
        willingness_to_pay
            Per unit of effect.
        intervals, folds, repeats, seed
            As for `value_of_knowing`.

        Returns
        -------
        ValueOfKnowing
            No larger, but for chance, than the value of knowing what the study is about. See
            `ValueOfKnowing.net` for what it is worth beyond its cost.

        Raises
        ------
        InvalidInput
            `E-SHAPE`: summaries that are not one for each draw; `E-NUM`; `E-DRAWS`.

        References
        ----------
        Strong, Oakley, Brennan & Breeze (2015), Med Decis Making 35:570-583.

        Examples
        --------
        >>> import kohort as kh, numpy as np
        >>> rng = np.random.default_rng(1)
        >>> share = rng.beta(20, 80, 2000)  # helped by the programme, of 100 seen before
        >>> gain = np.column_stack([np.zeros(2000), 900_000 * share - 200_000])
        >>> found = kh.evaluate(costs=-gain, effects=0 * gain, names=("keep", "team"))
        >>> seen = rng.binomial(200, share) / 200  # a study of 200 more
        >>> evsi = found.value_of_sampling({"share": seen}, willingness_to_pay=0)
        >>> bool(0 < evsi.in_sample < found.at(0).evpi[0])
        True
        """
        names = tuple(study)
        columns = [np.asarray(values, dtype=float) for values in study.values()]
        wrong = [n for n, v in zip(names, columns, strict=True) if v.shape != (len(self.costs),)]
        if wrong or not names:
            refuse(
                "E-SHAPE", "value_of_sampling",
                f"'{wrong[0]}' is not one number for each draw" if wrong else "a study of nothing",
                f"there are {len(self.costs)} draws, and the study is simulated once in each",
                "Give name to what the study would find in each draw",
            )  # fmt: skip
        return self._regressed(
            np.column_stack(columns), names, willingness_to_pay, intervals, folds, repeats, seed,
            sampled=True,
        )  # fmt: skip

    def _regressed(
        self, columns: Array, names: tuple[str, ...], willingness_to_pay: float, intervals: int,
        folds: int, repeats: int, seed: int, *, sampled: bool = False,
    ) -> ValueOfKnowing:  # fmt: skip
        found = _core.value_of_knowing(
            self.net_benefit(willingness_to_pay), columns, intervals, folds, repeats, seed
        )
        return ValueOfKnowing(
            names,
            float(willingness_to_pay),
            found["in_sample"],
            found["cross_fit"],
            found["se"],
            found["evpi"],
            tuple(found["degrees_of_freedom"]),
            tuple(found["pattern"]),
            sampled,
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
        from kohort.plots import decisions as plots_decisions

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
                _text.amount(float(self.willingness_to_pay[w])),
                self.choice[w],
                *(f"{p:.3f}" for p in self.acceptable[w]),
                f"{self.evpi[w]:,.4g}" if self.evpi[w] < 1e4 else f"{self.evpi[w]:,.0f}",
            ]
            for w in picked
        ]
        heads = ["per unit", "largest mean benefit", *(f"P({o} best)" for o in self.options)]
        return [*heads, "EVPI"], rows

    def __str__(self) -> str:
        lines = [self._caption(), str(self.table), "", _text.table(*self._grid()), *self.findings]
        return "\n".join(lines)

    def _caption(self) -> str:
        return (
            f"{len(self.options)} options, {len(self.costs)} draws, reference {self.reference}; "
            f"{self.basis}"
        )

    def _repr_html_(self) -> str:
        return _html.block(
            "; ".join([self._caption(), *self.findings]),
            parts=[_html.table(*self.table._grid()), _html.table(*self._grid())],
        )


def evaluated(
    options: tuple[str, ...],
    costs: Array,
    effects: Array,
    effect: str,
    reference: str,
    willingness_to_pay: Array,
    basis: str,
    parameters: Mapping[str, Array],
    findings: tuple[str, ...] = (),
    repetition: int = 0,
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
    if repetition:
        benefit = grid * effects[..., None] - costs[..., None]  # draws, options, W
        chosen = np.take_along_axis(benefit, np.asarray(found["choice"])[None, None, :], axis=1)
        found["evpi_se"] = standard_error(benefit.max(axis=1) - chosen[:, 0], repetition)
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
        findings,
        repetition,
    )


def _grid_of(table: IncrementalTable) -> Array:
    ratios = [r.icer for r in table.rows if r.status == "efficient" and np.isfinite(r.icer)]
    highest = 4 * max(ratios) if ratios else 1e6
    power = 10 ** np.floor(np.log10(highest))
    return np.linspace(0, float(np.ceil(highest / power) * power), 101)


def reference_of(reference: str | None, options: tuple[str, ...]) -> str:
    chosen = options[0] if reference is None else reference
    if chosen not in options:
        refuse(
            "E-SETTING", "evaluate", f"reference={reference!r}",
            f"the options are {', '.join(options)}", "Name one of them",
        )  # fmt: skip
    return chosen
