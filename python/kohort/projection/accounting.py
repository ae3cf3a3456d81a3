"""How money that falls within cycles is counted, and a total that says how it was."""

from __future__ import annotations

from dataclasses import dataclass

from kohort import _core
from kohort.support._arrays import Array


def discount_factors(discount: float, cycles: int, *, cycle_length: float = 1) -> Array:
    """Present worth of 1 paid at the ends of cycles: (1 + r)^(-k h), k = 0 .. cycles.

    Parameters
    ----------
    discount
        Rate a year: 0.03 for 3 %.
    cycles, cycle_length
        How many, and their length in years.

    Raises
    ------
    InvalidInput
        `E-DISCOUNT`, `E-GRID`.
    """
    factors: Array = _core.discount_factors(discount, cycles, cycle_length)
    return factors


@dataclass(frozen=True, eq=False)
class AccountingWeights:
    """A convention as weights: sum_k c_k.(first_k x_k + last_k x_{k+1}) + sum_k event_k n_k.

    Attributes
    ----------
    first, last
        (cycles,) years: weight of the occupancy at the two ends of each cycle.
    event
        (cycles,) worth of 1 paid for an event in that cycle.
    rule
        The convention in words; it names the 3/8 rule where that was needed.
    """

    first: Array
    last: Array
    event: Array
    rule: str


def accounting_weights(
    accounting: str,
    cycles: int,
    *,
    discount: float = 0,
    cycle_length: float = 1,
    counted_at: float = 0,
    strict: bool = False,
) -> AccountingWeights:
    """The weights of a convention, for whoever has a trace of his own.

    Parameters
    ----------
    accounting
        "start", "end", "trapezoid"; "life_table" (the mean of both ends, counted at the cycle's
        beginning, middle or end); "simpson" (1/3 rule; the 3/8 rule on the last three cycles if
        their number is odd); "simpson_published", whose inner weights are exchanged by mistake,
        for replication only.
    discount
        Rate a year.
    counted_at
        Of "life_table": 0, 0.5 or 1 of a cycle.
    strict
        Refuse "simpson" over an odd number of cycles.

    Raises
    ------
    InvalidInput
        `E-ACCOUNTING`, `E-SIMPSON-ODD`, `E-DISCOUNT`, `E-GRID`.
    """
    return AccountingWeights(
        *_core.accounting_weights(accounting, cycles, discount, cycle_length, counted_at, strict)
    )


@dataclass(frozen=True, eq=False)
class Accrued:
    """A total and its parts, with the convention and the rate that it was made by.

    Attributes
    ----------
    states, moves, once, entry
        Of time in states, of moves between them, of what falls once, of entering.
    accounting
        The convention in words.
    discount
        Rate a year.
    """

    states: float
    moves: float
    once: float
    entry: float
    accounting: str
    discount: float

    @property
    def total(self) -> float:
        """The sum of the parts."""
        return self.states + self.moves + self.once + self.entry

    def __float__(self) -> float:
        return self.total

    def __str__(self) -> str:
        parts = {"states": self.states, "moves": self.moves, "once": self.once, "entry": self.entry}
        shown = ", ".join(f"{name} {value:,.2f}" for name, value in parts.items() if value != 0)
        return (
            f"{self.total:,.2f} ({shown or 'nothing'}); {self.accounting}, "
            f"discounted at {100 * self.discount:g} % a year"
        )
