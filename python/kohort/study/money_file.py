"""Which money a study's amounts are in, and how sure its prices are: its table `[money]`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from kohort.economics.price_index import PriceIndex
from kohort.support import _toml
from kohort.support._limits import among, within
from kohort.uncertainty.assumed import PriceError

AMOUNTS = ("real", "nominal")
DATED = ("start", "middle", "end")


@dataclass(frozen=True)
class IndexSettings:
    """One edition of a price index, as published; see `kohort.PriceIndex`."""

    name: str
    edition: str
    percent: dict[str, float]
    forecast: tuple[int, ...] = ()
    lag: int = 0

    def index(self) -> PriceIndex:
        """As `kohort.PriceIndex`."""
        changes = {}
        for year, percent in self.percent.items():
            if not (year.isascii() and year.isdigit() and len(year) == 4):
                _toml.refuse(
                    "E-STUDY-VALUE",
                    f"money.index.percent: {year!r} is no year. Write 2025 = 3.1.",
                    f"money.index.percent: {year!r} är inget år. Skriv 2025 = 3.1.",
                )
            within(f"money.index.percent.{year}", percent, -50, 100)
            changes[int(year)] = percent
        for ahead in self.forecast:
            if ahead not in changes:
                _toml.refuse(
                    "E-STUDY-VALUE",
                    f"money.index.forecast: {ahead} has no change. Add it to money.index.percent.",
                    f"money.index.forecast: {ahead} saknar förändring. Lägg till det i "
                    "money.index.percent.",
                )
        return PriceIndex(self.name, self.edition, changes, forecast=self.forecast)


@dataclass(frozen=True)
class PartSettings:
    """A part of the cost whose price is not known: wages, say."""

    share: float
    sd: float


@dataclass(frozen=True)
class MoneySettings:
    """Real or nominal amounts, whose money, discounting, and how sure prices are."""

    amounts: str = "real"
    index_year: int | None = None
    discount: float = 0.0
    rate: str = "real"
    dated: str = "middle"
    index: IndexSettings | None = None
    uncertain: dict[str, PartSettings] | None = None
    correlation: float = 0.0
    real_growth: float = 0.0

    def check(self, price_year: int, base_year: int, years: int) -> None:
        """Refuse what cannot be, does not go together, or would not be used; each by its key."""
        among("money.amounts", self.amounts, AMOUNTS)
        among("money.rate", self.rate, AMOUNTS)
        among("money.dated", self.dated, DATED)
        within("money.discount", self.discount, 0, 0.5)
        nominal = self.amounts == "nominal"
        within("money.real_growth", self.real_growth, -0.1, 0.1)
        if self.real_growth and not nominal:
            _toml.refuse(
                "E-STUDY-VALUE",
                "money.real_growth: real amounts are in one year's prices and do not grow by "
                'themselves. Write amounts = "nominal" with a price index, or leave it out.',
                "money.real_growth: fasta belopp är i ett års priser och ökar inte av sig själva. "
                'Skriv amounts = "nominal" med ett prisindex, eller ta bort nyckeln.',
            )
        if nominal and self.index_year is not None:
            _toml.refuse(
                "E-STUDY-VALUE",
                "money.index_year: nominal amounts are in each year's own prices, so there is no "
                'one year. Leave it out, or write amounts = "real".',
                "money.index_year: löpande belopp är i varje års egna priser, så något enskilt år "
                'finns inte. Ta bort nyckeln eller skriv amounts = "real".',
            )
        if self.index is None and (nominal or self.index_year is not None):
            key = "amounts" if nominal else "index_year"
            _toml.refuse(
                "E-STUDY-MISSING",
                f"money.index: money.{key} needs a price index, and there is none. Add "
                "[money.index] with name, edition and percent.",
                f"money.index: money.{key} kräver ett prisindex, och inget finns. Lägg till "
                "[money.index] med name, edition och percent.",
            )
        if self.index is not None:
            if not nominal and self.index_year is None:
                _toml.refuse(
                    "E-STUDY-MISSING",
                    'money.index: nothing uses the index. Write amounts = "nominal", or the '
                    "index_year whose prices the amounts are to be in.",
                    'money.index: ingenting använder indexet. Skriv amounts = "nominal", eller '
                    "det index_year vars priser beloppen ska vara i.",
                )
            within("money.index.lag", self.index.lag, 0, 10)
            last = base_year + years if nominal else int(self.index_year or 0)
            first = base_year if nominal else last
            self._check_years(self.index, price_year, [first, last])
        within("money.correlation", self.correlation, -1, 1)
        if self.uncertain is not None:
            self._check_parts(self.uncertain)
        elif self.correlation:
            _unused("correlation", "uncertain")
        if self.discount == 0 and (self.rate, self.dated) != ("real", "middle"):
            _unused("rate" if self.rate != "real" else "dated", "discount")

    def _check_years(self, given: IndexSettings, price_year: int, used: list[int]) -> None:
        known = given.index().percent
        first, last = min(price_year, *used) - given.lag, max(price_year, *used) - given.lag
        lacking = [year for year in range(first + 1, last + 1) if year not in known]
        if lacking:
            listed = ", ".join(map(str, lacking))
            _toml.refuse(
                "E-STUDY-MISSING",
                f"money.index.percent: no change is given for {listed}. Every year from "
                f"{first + 1} to {last} is needed; mark those not published yet in "
                "money.index.forecast.",
                f"money.index.percent: ingen förändring är angiven för {listed}. Varje år från "
                f"{first + 1} till {last} behövs; ange de ännu inte publicerade i "
                "money.index.forecast.",
            )

    def _check_parts(self, parts: dict[str, PartSettings]) -> None:
        for name, part in parts.items():
            within(f"money.uncertain.{name}.share", part.share, 0, 1)
            within(f"money.uncertain.{name}.sd", part.sd, 0, 0.5)
        total = math.fsum(part.share for part in parts.values())
        if abs(total - 1) > 1e-9:
            _toml.refuse(
                "E-STUDY-VALUE",
                f"money.uncertain: the shares sum to {total:g}. They must sum to 1.",
                f"money.uncertain: andelarna summerar till {total:g}. De ska summera till 1.",
            )
        if len(parts) == 1 and self.correlation:
            _unused("correlation", "uncertain")
        if len(parts) > 2 and self.correlation < -1 / (len(parts) - 1):
            within("money.correlation", self.correlation, -1 / (len(parts) - 1), 1)

    def price_error(self) -> PriceError | None:
        """Of the prices, beyond the money that the costs are in."""
        if self.uncertain is None:
            return None
        size = len(self.uncertain)
        correlation = [[1.0 if i == j else self.correlation for j in range(size)]
                       for i in range(size)]  # fmt: skip
        return PriceError(
            {name: (0.0, part.sd) for name, part in self.uncertain.items()},
            {name: part.share for name, part in self.uncertain.items()},
            correlation,
        )


def _unused(key: str, without: str) -> None:
    _toml.refuse(
        "E-STUDY-VALUE",
        f"money.{key}: nothing uses it without money.{without}. Add that, or leave this out.",
        f"money.{key}: ingenting använder den utan money.{without}. Lägg till den, eller ta bort "
        "den här.",
    )
