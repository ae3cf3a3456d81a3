"""What users pay of a budget, and who pays the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.economics.prices import LINES, Prices
from kohort.projection.demands import Demand
from kohort.support import _toml
from kohort.support._language import language

Array = npt.NDArray[Any]


def users_fees(demand: Demand, prices: Prices, amounts: Array) -> Array:
    """What users pay, in prices of the price year.

    Parameters
    ----------
    demand, prices
        Of the budget.
    amounts
        (T, lines): what each line costs, in the same money.

    Returns
    -------
    (T, lines)

    Raises
    ------
    InvalidInput
        `E-FEE`: above what the line costs.
    """
    rates = demand.rates.by_level(demand.levels)
    fees = np.zeros(amounts.shape)
    fees[:, 0] = demand.level_years @ (1 - rates["in_homes"]) * prices.fee_home
    fees[:, 1] = demand.point["residents"] * prices.fee_resident
    above = np.argwhere(fees > amounts * (1 + 1e-12))
    if above.size:
        t, j = above[0]
        _refuse(int(demand.years[t]), j, fees[t, j], amounts[t, j])
    return fees


def _refuse(year: int, line: int, fee: float, cost: float) -> None:
    key = "fee_home" if LINES[line] == "home_help" else "fee_resident"

    def said(lang: str, text: str) -> str:
        words = language(lang)
        return text.format(
            year=year, fee=words.number(fee), cost=words.number(cost), key=key,
            line=words.text(f"line.{LINES[line]}"),
        )  # fmt: skip

    _toml.refuse(
        "E-FEE",
        said("en", "budget: in {year} users would pay {fee} kronor of the {cost} that {line} "
             "costs, but a fee is not above the cost. Lower {key}, or mend the prices."),
        said("sv", "budget: {year} skulle brukarna betala {fee} kronor av de {cost} som {line} "
             "kostar, men en avgift är inte högre än kostnaden. Sänk {key}, eller rätta "
             "priserna."),
    )  # fmt: skip


def by_who_pays(amounts: Array, fees: Array, shares: Array) -> Array:
    """(T, payers and users, lines), of (T, lines) amounts and fees and (lines, payers) shares."""
    years = zip(amounts, fees, strict=True)
    return np.stack([np.asarray(_core.split_by_payer(a, f, shares)).T for a, f in years])
