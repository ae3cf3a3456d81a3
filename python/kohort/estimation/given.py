"""Models whose coefficients come from elsewhere."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.estimation.fit_parts import Convergence
from kohort.estimation.fitted_model import FittedModel, rebuild
from kohort.model.structure import Model
from kohort.model.terms import Covariates, design


def from_coefficients(
    model: Model,
    coefficients: npt.ArrayLike,
    covariance: npt.ArrayLike | None = None,
    *,
    covariates: Covariates = (),
) -> FittedModel:
    """A model whose coefficients come from elsewhere: a publication, another program, a guess.

    It answers every question that a fit of ours answers, and can be projected.

    Parameters
    ----------
    model
        States and permitted transitions.
    coefficients
        Log rates per year and log hazard ratios, (p,), in the order of `coefficient_names`: for
        each transition its intercept, then its effects. -inf: a rate of 0.
    covariance
        (p, p); without it nothing has an interval.
    covariates
        As in `fit`.

    Raises
    ------
    InvalidInput
        `E-MODEL`: not as many as the model has coefficients, one that is not a number, or a
        covariance that is not symmetric or has a negative variance.

    Examples
    --------
    >>> import numpy as np
    >>> import kohort as kh
    >>> model = kh.Model(("well", "dead"), [("well", "dead")], death="dead")
    >>> float(kh.from_coefficients(model, [np.log(0.2)]).life_expectancy()[0, 0])
    5.0
    """
    terms, uses, core = design(model, covariates)
    names = tuple(core.coefficient_names)
    given = np.asarray(coefficients, dtype=float)
    spread = np.zeros((len(names),) * 2) if covariance is None else np.asarray(covariance, float)

    def refuse(seen: str, needed: str) -> None:
        _core.reject("E-MODEL", "from_coefficients", seen, needed, f"Give {', '.join(names)}")

    if given.shape != (len(names),) or spread.shape != (len(names),) * 2:
        refuse(
            f"the coefficients have the shape {given.shape}, their covariance {spread.shape}",
            f"the model has {len(names)} coefficients",
        )
    if np.isnan(given).any() or (given == np.inf).any():
        refuse("a coefficient is not a finite number", "only a rate of 0 has one, -inf")
    if not np.isfinite(spread).all() or not np.allclose(spread, spread.T, rtol=1e-8, atol=0):
        refuse("the covariance is not symmetric or not finite", "it must be both")
    if (np.diag(spread) < 0).any():
        refuse("a variance is negative", "none may be")
    return rebuild(
        {
            "model": model,
            "terms": terms,
            "uses": uses,
            "coefficient_names": names,
            "coefficients": given,
            "covariance": spread,
            "has_error": tuple((np.diag(spread) > 0).tolist()),
            "log_likelihood": np.nan,
            "convergence": Convergence("given", 0, 0, 0.0, False),
            "bounds": (),
            "diagnostics": (),
            "subjects": 0,
            "single_subjects": 0,
            "intervals": 0,
            "cells": 0,
            "person_years": 0.0,
            "substep": 0.0,
            "substep_error": 0.0,
            "clock_ranges": (),
        }
    )
