"""The observations that a fit is made from, read from whatever they come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kohort import _core
from kohort.data.observations import Observations
from kohort.model.hidden import HiddenStates
from kohort.model.structure import Model
from kohort.model.terms import Term


def as_seen(
    model: Model, terms: Sequence[Term], hidden: HiddenStates | None, core: Any
) -> tuple[Model, Sequence[Term]]:
    """The model that rows must be possible under, and terms for all columns that are needed."""
    if hidden is None:
        return model, terms
    seen = Model._of(_core.observable_model(core))
    return seen, [*terms, *(Term(column) for column in hidden.columns)]


def observations_of(
    data: Any,
    model: Model,
    terms: Sequence[Term],
    columns: Mapping[str, str | None],
    doubts: Mapping[str, Any],
    **reading: Any,
) -> Any:
    data = getattr(data, "observations", data)  # of `Decisions`
    if isinstance(data, Observations):
        if data.model.states != model.states:
            _core.reject(
                "E-MODEL",
                "fit",
                f"the observations speak of the states {', '.join(data.model.states)}",
                f"the model's are {', '.join(model.states)}",
                "Read the data with this model",
            )
        for name, value in doubts.items():
            if value not in (None, "condition"):
                _core.reject(
                    "E-SETTING",
                    "fit",
                    f"{name}= was given together with observations that were read already",
                    "what rows mean is said when they are read",
                    f"Hand {name}= to Observations.from_table",
                )
        return data._core
    for role, column in columns.items():
        if column is None:
            _core.reject(
                "E-COLUMN",
                "fit",
                f"{role}= is missing",
                "a table needs columns of subjects, times and states",
                f"Say with {role}= which column it is",
            )
    return Observations.from_table(
        data,
        model,
        subject=str(columns["subject"]),
        time=str(columns["time"]),
        state=str(columns["state"]),
        covariates=list(dict.fromkeys(term.column for term in terms)),
        **doubts,
        **reading,
    )._core
