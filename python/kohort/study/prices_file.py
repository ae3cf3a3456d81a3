"""What services cost in a study, and who pays: its table `[prices]`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from kohort.economics.prices import LINES, Prices
from kohort.support import _toml
from kohort.support._limits import among, within


@dataclass(frozen=True)
class PriceSettings:
    """Prices of services and their payers, in prices of `costs.price_year`; see `kohort.Prices`."""

    per_hour: float
    per_place_day: float
    per_level: dict[str, float] = field(default_factory=dict)
    per_new_user: float = 0.0
    per_move: dict[str, float] = field(default_factory=dict)
    once: dict[str, float] = field(default_factory=dict)
    wage_share: float | dict[str, float] = 0.0
    fee_home: float = 0.0
    fee_resident: float = 0.0
    payers: dict[str, dict[str, float]] = field(default_factory=dict)
    source: str = ""

    def check(self, levels: Sequence[str], demand: bool, first: int, last: int) -> None:
        """Refuse what cannot be, each by its key; `first` and `last` are the forecast's years."""
        if not demand:
            _toml.refuse(
                "E-STUDY-MISSING",
                "prices: a budget is made from hours and places, and the study has no table "
                "[demand]. Add it, or leave [prices] out.",
                "prices: en budget görs av timmar och platser, och studien har ingen tabell "
                "[demand]. Lägg till den, eller ta bort [prices].",
            )
        for key in ("per_hour", "per_place_day", "per_new_user", "fee_home", "fee_resident"):
            within(f"prices.{key}", getattr(self, key), 0, 1e9)
        for level in self.per_level:
            among("prices.per_level", level, levels)
        for name, amount in (*self.per_level.items(), *self.per_move.items(), *self.once.items()):
            within(f"prices: {name}", amount, -1e12, 1e12)
        self.moves()
        for year in self.once:
            if not (year.isascii() and year.isdigit() and len(year) == 4):
                _toml.refuse(
                    "E-STUDY-VALUE",
                    f"prices.once: {year!r} is no year. Write 2027 = 2000000.",
                    f"prices.once: {year!r} är inget år. Skriv 2027 = 2000000.",
                )
            if not first <= int(year) <= last:
                _toml.refuse(
                    "E-STUDY-VALUE",
                    f"prices.once: {year} is no year of the forecast ({first}-{last}), so the "
                    "amount would be in no budget. Change the year, or leave it out.",
                    f"prices.once: {year} är inget år i prognosen ({first}-{last}), så beloppet "
                    "skulle inte komma med i någon budget. Ändra året, eller ta bort det.",
                )
        wages = self.wage_share if isinstance(self.wage_share, dict) else {"": self.wage_share}
        for line, share in wages.items():
            if line:
                among("prices.wage_share", line, LINES)
            within(f"prices.wage_share.{line}".rstrip("."), share, 0, 1)
        for line, shares in self.payers.items():
            among("prices.payers", line, LINES)
            for payer, share in shares.items():
                within(f"prices.payers.{line}.{payer}", share, 0, 1)
            total = math.fsum(shares.values())
            if abs(total - 1) > 1e-9:
                _toml.refuse(
                    "E-STUDY-VALUE",
                    f"prices.payers.{line}: the shares sum to {total:g}. They must sum to 1; what "
                    "users pay is fee_home and fee_resident.",
                    f"prices.payers.{line}: andelarna summerar till {total:g}. De ska summera till "
                    "1; det som brukarna betalar är fee_home och fee_resident.",
                )

    def moves(self) -> dict[tuple[str, str], float]:
        """Pairs of levels to what a move between them costs."""
        found = {}
        for move, amount in self.per_move.items():
            pair = tuple(part.strip() for part in move.split("->"))
            if len(pair) != 2:
                _toml.refuse(
                    "E-STUDY-VALUE",
                    f'prices.per_move: {move!r} is no move. Write "light -> moderate" = 5000.',
                    f'prices.per_move: {move!r} är inget byte. Skriv "light -> moderate" = 5000.',
                )
            found[pair[0], pair[1]] = amount
        return found

    def prices(self, price_year: int, factor: float = 1.0) -> Prices:
        """As `kohort.Prices`, times a factor into the money of `price_year`."""
        return Prices(
            price_year,
            factor * self.per_hour,
            factor * self.per_place_day,
            {level: factor * x for level, x in self.per_level.items()},
            factor * self.per_new_user,
            {pair: factor * x for pair, x in self.moves().items()},
            {int(year): factor * x for year, x in self.once.items()},
            self.wage_share,
            factor * self.fee_home,
            factor * self.fee_resident,
            self.payers,
        )
