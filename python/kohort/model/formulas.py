"""Covariates written as a formula, ``"~ age + C(sex)"``, by way of formulaic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kohort import _core
from kohort.model.terms import Covariates, Term
from kohort.support import _extras, _frames


def is_formula(one: object) -> bool:
    """Whether this is a formula and no column's name."""
    return isinstance(one, str) and one.lstrip().startswith("~")


def written_out(covariates: Covariates, data: Any) -> tuple[Covariates, Any]:
    """Formulas as names of columns, and the table with the columns that they make.

    Parameters
    ----------
    covariates
        As `fit` takes them: a formula in place of a list of columns, for all transitions or, in a
        dict, for some.
    data
        A dict of arrays or any table. Rows with a missing value keep it: it is refused later, by
        row, if it is needed.

    Returns
    -------
    The covariates without formulas, and a dict of arrays; both as they were if no formula stands
    there. The columns are called as formulaic calls them: ``"C(sex)[T.man]"``, ``"age:alone"``.
    """
    by_transition: dict[str, Any] = (
        dict(covariates) if isinstance(covariates, Mapping) else {"": covariates}
    )
    if not any(_formulas(one) for one in by_transition.values()):
        return covariates, data
    if not isinstance(data, Mapping) and not hasattr(data, "columns"):
        _core.reject(
            "E-COLUMN",
            "fit",
            "a formula was given with observations that are ready",
            "it makes columns from those of a table",
            "Hand the table over, or name the columns",
        )
    columns = dict(_frames.read_columns(data))
    chosen: dict[str, Sequence[str | Term]] = {}
    for label, given in by_transition.items():
        names: list[str | Term] = []
        for one in (given,) if isinstance(given, str | Term) else tuple(given):
            if not is_formula(one):
                names.append(one)
                continue
            made = _materialised(str(one), columns)
            names += [name for name in made if name not in names]
            columns |= {name: made[name] for name in made if name not in columns}
        chosen[label] = tuple(names)
    return (chosen if isinstance(covariates, Mapping) else chosen[""]), columns


def _formulas(given: object) -> bool:
    if isinstance(given, str | Term):
        return is_formula(given)
    return any(is_formula(one) for one in given)  # type: ignore[attr-defined]


def _materialised(formula: str, columns: Mapping[str, Any]) -> dict[str, np.ndarray[Any, Any]]:
    formulaic = _extras.require("formulaic", "Formulas")
    pandas = _extras.require("pandas", "Formulas")
    try:
        parsed = formulaic.Formula(formula)
        if hasattr(parsed, "lhs"):
            raise ValueError("it has a left side")
        made = parsed.get_model_matrix(pandas.DataFrame(dict(columns)), na_action="ignore")
    except Exception as error:
        first = str(error).partition("\n")[0]
        _core.reject(
            "E-COLUMN",
            "fit",
            f"the formula {formula!r} says nothing about this table ({first})",
            f"the table has {', '.join(columns)}",
            'Write it as in "~ age + C(sex)"; clocks that move stand beside it, as gompertz("age")',
        )
        raise
    return {
        str(name): np.asarray(made[name], dtype=float)
        for name in made.columns
        if str(name) != "Intercept"  # every transition has one of its own
    }
