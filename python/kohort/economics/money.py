"""Which money amounts are in: that of a price year, or each year's own."""

from __future__ import annotations


def money_of(price_year: int | None, nominal: bool) -> str:
    """In words: "prices of 2018", or each year's by an index over those of 2018.

    Parameters
    ----------
    price_year
        Of the costs.
    nominal
        Whether a price index has turned them into each year's money.
    """
    if nominal:
        return f"each year's prices (nominal: by the index given, over prices of {price_year})"
    return f"prices of {price_year}"
