"""Published tables of transitions, and intensities from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.model.structure import Model
from kohort.support import _html, _text

Array = npt.NDArray[Any]

End = str | tuple[str, ...]


@dataclass(frozen=True, eq=False)
class YearlyTable:
    """A published table: where people were some years after a start, as counts of persons.

    Make one with `from_counts` or `from_shares`. A row starts in a state, or (a table of marginals)
    in given shares of the states. A column is a state, or a tuple of states printed together. A
    table `among` its columns counts only those who were in one of them, survivors for instance.

    Attributes
    ----------
    counts
        (rows, columns), read-only: persons, or the assumed number times the printed share.
    starts
        Per row a state, or a dict from states to shares that sum to 1.
    ends
        Per column a state or a tuple of states.
    years
        Between start and end.
    among
        Whether rows are shares of those found in one of the columns.
    covariates
        Values of these people's covariates at the start, for models that have them.
    assumed
        Persons in each row that nobody printed but the user assumed; None if they were counted.
    rounding
        Half a unit of the last printed digit of the shares; 0 for counts.
    source
        Where the table stands, for messages.
    """

    counts: Array
    starts: tuple[str | Mapping[str, float], ...]
    ends: tuple[End, ...]
    years: float = 1.0
    among: bool = False
    covariates: Mapping[str, float] = field(default_factory=dict)
    assumed: tuple[float, ...] | None = None
    rounding: float = 0.0
    source: str = ""

    @classmethod
    def from_counts(
        cls,
        counts: npt.ArrayLike,
        starts: Sequence[str | Mapping[str, float]],
        ends: Sequence[End],
        *,
        years: float = 1.0,
        among: bool = False,
        covariates: Mapping[str, float] | None = None,
        source: str = "",
    ) -> YearlyTable:
        """A table that prints how many persons.

        Raises
        ------
        InvalidInput
            `E-TABLE`: the counts are not one row for each start and one column for each end.
        """
        return cls._made(counts, starts, ends, years, among, covariates, None, 0.0, source)

    @classmethod
    def from_shares(
        cls,
        shares: npt.ArrayLike,
        starts: Sequence[str | Mapping[str, float]],
        ends: Sequence[End],
        *,
        n: float | Sequence[float],
        unit: float = 0.001,
        years: float = 1.0,
        among: bool = False,
        covariates: Mapping[str, float] | None = None,
        source: str = "",
    ) -> YearlyTable:
        """A table that prints shares of each row, without counts.

        A share says nothing of its own precision: `n`, the persons behind each row, must be stated,
        and is told with the result.

        Parameters
        ----------
        shares
            (rows, columns), of 1 (divide percentages by 100). A row is divided by its sum, which
            may differ from 1 by what rounding explains.
        starts, ends, years, among, covariates, source
            As in the class.
        n
            Assumed persons of each row, one number for all or one for each.
        unit
            Of the last printed digit: 0.001 for 85.8 %.

        Raises
        ------
        InvalidInput
            `E-TABLE`; `E-INIT-SUM`: a row that does not sum to 1, with its sum.
        """
        table = np.atleast_2d(np.asarray(shares, dtype=float))
        persons = np.broadcast_to(np.asarray(n, dtype=float), (len(table),))
        if not (np.all(np.isfinite(persons)) and np.all(persons > 0)):
            _refuse("E-TABLE", source, "n is not a positive number of persons for each row",
                    "shares need an assumed number", "Give n=300, say, and tell so")  # fmt: skip
        slack = unit / 2 * table.shape[1] + 1e-9
        for row, total in enumerate(table.sum(axis=1)):
            if not abs(total - 1) <= slack:
                _refuse(
                    "E-INIT-SUM",
                    source,
                    f"row {row} sums to {total:g}",
                    f"shares printed to {unit:g} sum to 1 within {slack:g}",
                    "Divide percentages by 100, mend the row, or state a coarser unit",
                )
        counts = table / table.sum(axis=1, keepdims=True) * persons[:, None]
        assumed = tuple(float(x) for x in persons)
        return cls._made(counts, starts, ends, years, among, covariates, assumed, unit / 2, source)

    @classmethod
    def _made(
        cls,
        counts: npt.ArrayLike,
        starts: Sequence[str | Mapping[str, float]],
        ends: Sequence[End],
        years: float,
        among: bool,
        covariates: Mapping[str, float] | None,
        assumed: tuple[float, ...] | None,
        rounding: float,
        source: str,
    ) -> YearlyTable:
        table = np.array(counts, dtype=float, ndmin=2)
        if table.shape != (len(starts), len(ends)):
            _refuse(
                "E-TABLE",
                source,
                f"the table is {table.shape[0]} x {table.shape[1]}",
                f"{len(starts)} starts and {len(ends)} ends were named",
                "Name each row's start and each column's end",
            )
        table.flags.writeable = False
        return cls(
            table, tuple(starts), tuple(ends), float(years), among, dict(covariates or {}),
            assumed, rounding, source,
        )  # fmt: skip

    def _title(self) -> str:
        told = "counts" if self.assumed is None else f"shares, with {self._persons()} assumed"
        kind = ", among those of its columns" if self.among else ""
        return f"{self.source or 'Table'} over {self.years:g} years ({told}{kind})"

    def _persons(self) -> str:
        few = {f"{n:g}" for n in self.assumed or ()}
        return f"n = {', '.join(sorted(few))} a row"

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        heads = ["from", *(end if isinstance(end, str) else " + ".join(end) for end in self.ends)]
        rows = [
            [
                start if isinstance(start, str) else "shares",
                *(_text.number(float(x)) for x in counts),
            ]
            for start, counts in zip(self.starts, self.counts, strict=True)
        ]
        return heads, rows

    def __str__(self) -> str:
        return f"{self._title()}\n{_text.table(*self._grid())}"

    def _repr_html_(self) -> str:
        return _html.block(self._title(), parts=[_html.table(*self._grid())])


def table_rows(
    tables: Sequence[YearlyTable], model: Model, covariate_names: Sequence[str], used: set[str]
) -> list[Any]:
    """The tables as C++ rows, with the values of these covariates; those not used may lack."""
    rows = []
    for number, table in enumerate(tables):
        name = table.source or f"table {number + 1}"
        lacking = [c for c in covariate_names if c in used and c not in table.covariates]
        if lacking:
            _refuse(
                "E-TABLE",
                name,
                f"it does not say {', '.join(lacking)} of its people",
                "the model depends on it",
                "Add covariates={...} to the table",
            )
        values = [float(table.covariates.get(c, 0.0)) for c in covariate_names]
        ends = [
            [model.state(s) for s in ((end,) if isinstance(end, str) else end)]
            for end in table.ends
        ]
        for start, counts in zip(table.starts, table.counts, strict=True):
            shares = np.zeros(len(model.states))
            for state, share in ({start: 1.0} if isinstance(start, str) else start).items():
                shares[model.state(state)] += share
            rows.append(
                _core.TableRow(
                    shares.tolist(), ends, counts.tolist(), table.among, table.years, values,
                    table.rounding, number, name,
                )
            )  # fmt: skip
    return rows


@dataclass(frozen=True, eq=False)
class Embedding:
    """Whether transition probabilities can come from intensities that do not change.

    Attributes
    ----------
    embeddable
        Whether they can.
    decided
        False if the principal logarithm fails but others are not ruled out.
    reasons
        Why not: (reason, from, to, value); the states are None where no entry is to blame. Reasons:
        "determinant" (not above 0), "diagonal" (determinant above the diagonal's product),
        "way_round" (0 although reached in two steps), "eigenvalue" (0 or negative), "two_states"
        (two staying probabilities that sum to 1 or less), "negative_rate" (in the logarithm).
    logarithm
        (n, n), read-only: log(P) / years, the principal one; None if there is none.
    states
        Names.
    """

    embeddable: bool
    decided: bool
    reasons: tuple[tuple[str, str | None, str | None, float], ...]
    logarithm: Array | None
    states: tuple[str, ...]

    def __str__(self) -> str:
        if self.embeddable:
            return "Embeddable: its logarithm is an intensity matrix."
        lines = ["D-EMBED: no constant intensities give this matrix"]
        if not self.decided:
            lines[0] += " (other logarithms are not ruled out)"
        for why, a, b, value in self.reasons:
            entry = f" {a} -> {b}" if a is not None else ""
            lines.append(f"  {why.replace('_', ' ')}{entry}: {value:.6g}")
        return "\n".join(lines)


@dataclass(frozen=True, eq=False)
class QuasiGenerator:
    """Intensities near the logarithm of a matrix that is not embeddable.

    Attributes
    ----------
    intensities
        (n, n), per year, read-only.
    residual
        Frobenius norm of exp(years Q) - P: what the mending costs.
    """

    intensities: Array
    residual: float


def embeddability(
    probabilities: npt.ArrayLike,
    years: float = 1.0,
    *,
    states: Sequence[str] | None = None,
    unit: float = 0.0,
) -> Embedding:
    """Look for intensities Q with exp(years Q) = P.

    Parameters
    ----------
    probabilities
        P, (n, n); rows sum to 1.
    years
        That P is over.
    states
        Names, for the reasons.
    unit
        Of the last printed digit; what its rounding does to the logarithm, to first order, is taken
        off before a rate counts as negative.

    Returns
    -------
    Embedding

    Raises
    ------
    InvalidInput
        `E-PROBABILITY`, `E-TIME`.

    References
    ----------
    Kingman (1962), Z Wahrscheinlichkeitstheorie 1:14; Israel, Rosenthal & Wei (2001), Math Finance
    11:245.

    Examples
    --------
    >>> import kohort as kh
    >>> print(kh.embeddability([[0.9, 0.1], [0.05, 0.95]]))
    Embeddable: its logarithm is an intensity matrix.
    """
    P = np.asarray(probabilities, dtype=float)
    faults, logarithm, decided = _core.embeddability(P, years, unit / 2)
    names = tuple(states) if states is not None else tuple(str(i) for i in range(len(P)))
    reasons = tuple(
        (why, names[a] if a >= 0 else None, names[b] if b >= 0 else None, value)
        for why, a, b, value in faults
    )
    found: Array | None = None
    if logarithm.size:
        found = logarithm
        logarithm.flags.writeable = False
    return Embedding(not reasons, decided, reasons, found, names)


def quasi_optimisation(probabilities: npt.ArrayLike, years: float = 1.0) -> QuasiGenerator:
    """The rows nearest to log(P) / years that are rows of intensities, and what is left.

    It mends what no likelihood asked for: `fit_tables` is the better answer where counts are known.

    Parameters
    ----------
    probabilities
        P, (n, n); rows sum to 1.
    years
        That P is over.

    Raises
    ------
    InvalidInput
        `D-EMBED`: P has no principal logarithm; `E-PROBABILITY`, `E-TIME`.

    References
    ----------
    Kreinin & Sidelnikova (2001), Algo Research Quarterly 4:23.
    """
    Q, residual = _core.quasi_optimisation(np.asarray(probabilities, dtype=float), years)
    Q.flags.writeable = False
    return QuasiGenerator(Q, residual)


def _refuse(code: str, where: str, seen: str, needed: str, remedy: str) -> None:
    _core.reject(code, where or "table", seen, needed, remedy)
