"""A projection of a fit with phases: results are of the states as they are seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.model.structure import Model
from kohort.model.terms import core_model
from kohort.population.entry_clock import start_of
from kohort.population.population import Population

if TYPE_CHECKING:
    from kohort.data.counts import Counts
    from kohort.model.rates import Rates
    from kohort.population.entries import Entries

Array = npt.NDArray[Any]

# Axes of the states, levels and moves in what C++ gives.
_STATES = {
    "persons": 1, "person_years": 1, "deaths": 1, "migration": 1, "reached": 1, "enrolled": 1,
    "draws_persons_by_sex": 2, "draws_person_years_by_sex": 2, "draws_deaths": 2,
    "draws_enrolled": 2, "period_persons": 1, "period_person_years": 1, "period_deaths": 1,
    "period_enrolled": 1, "draws_period_persons": 2, "draws_period_person_years": 2,
    "share_persons": 1, "share_cost": 1, "healthy_persons": 1, "healthy_cost": 1,
}  # fmt: skip
_LEVELS = {"new_users": 1, "draws_new_users": 2}
_MOVES = {"moved": 1, "draws_moved": 2, "period_moved": 1}


@dataclass(frozen=True, eq=False)
class Notice:
    """What a reader should know, as C++ words it."""

    code: str
    message: str
    amount: float


@dataclass(frozen=True, eq=False)
class Phased:
    """States as they are seen, and the phases that they are split into.

    Attributes
    ----------
    seen, fine
        The model's states as they are seen; with the phases as states.
    groups
        Per state of the projection of the finer model ("none" first): the state as it is seen,
        "none" first.
    ended
        Name of the state after support.
    """

    seen: Model
    fine: Model
    groups: tuple[int, ...]
    ended: str

    @property
    def seen_of(self) -> list[int]:
        """Per living state of the finer model, the one it is seen as."""
        return [group - 1 for group in self.groups[1:]]

    def _levels(self) -> list[int]:
        """Per level of the finer model, the level as it is seen."""
        living = [name for name in self.seen.states if name != self.seen.death]
        levels = [i + 1 for i, name in enumerate(living) if name != self.ended]
        return [levels.index(group) for group in self.groups if group in levels]

    @property
    def first_phases(self) -> list[int]:
        """Per level as it is seen, the place of its first phase among the levels."""
        of = self._levels()
        return [of.index(level) for level in range(max(of) + 1)]

    def entries(self, table: Any) -> Any:
        """Entries at each level's first phase."""
        return _core.entries_at_first_phase(table, self.first_phases, len(self._levels()))

    def split(
        self, stock: Array, population: Population, rates: Array, entries: Any, ended: str
    ) -> tuple[Array, Notice]:
        """The stock by phase, and what is not known of it."""
        seen_of = self.seen_of
        expected = (2, population.ages.size, max(seen_of) + 1)
        if stock.shape != expected:
            _core.reject(
                "E-SHAPE",
                "project",
                f"the stock is {stock.shape}",
                f"{expected} is needed: sexes, ages and living states as they are seen",
                "Give persons by state, phases together",
            )
        fine, share = _core.split_stock(
            self.fine._core,
            ended,
            int(population.ages[0]),
            population.base_year,
            np.ascontiguousarray(population.persons[0]),
            np.ascontiguousarray(population.mortality[0]),
            rates,
            entries,
            seen_of,
            stock,
        )
        return fine, Notice(
            "W-STOCK-DURATION",
            f"how long {100 * share:.0f} % of the stock has been in its state is not known; it is "
            "split over the phases as base-year entries would settle",
            float(share),
        )

    def settled(
        self, stock: Counts | npt.ArrayLike, fit: Rates, population: Population, entries: Entries
    ) -> tuple[Array, Array]:
        """The stock at the base date as seen, and by phase as `project` splits it."""
        from kohort.projection.settings import by_age, level_rates

        living = [name for name in self.seen.states if name != self.seen.death]
        ages = population.ages
        seen = start_of(stock, (), 1, population, living)
        rates = level_rates(fit, entries, ages, self.ended)
        table = self.entries(by_age(entries, ages, 0, 1))
        return seen, self.split(seen, population, rates, table, self.ended)[0]

    def shares(self, stock: Array, fine: Array) -> Array:
        """In which phase somebody of a stock is who is seen in a state: as `fine`, of each cell.

        Where a cell has nobody, in the first phase.
        """
        seen_of = self.seen_of
        among = stock[..., seen_of]
        first = np.array([k == 0 or seen_of[k - 1] != of for k, of in enumerate(seen_of)])
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(among > 0, fine / among, first.astype(float))

    def moves(self, origin: int, to: int) -> list[tuple[int, int]]:
        """All moves of the finer projection that are seen as this one."""
        last, fine_last = max(self.groups) + 1, len(self.groups)
        ends = [fine_last] if to == last else self._places(to)
        allowed = set(self.fine.moves)
        states = [name for name in self.fine.states if name != self.fine.death]
        position = {self.fine.state(name): i + 1 for i, name in enumerate(states)}
        if self.fine.death is not None:
            position[self.fine.state(self.fine.death)] = fine_last
        known = {(position[a], position[b]) for a, b in allowed}
        if origin == 0:
            return [(0, ends[0])]
        found = [(a, b) for a in self._places(origin) for b in ends if (a, b) in known]
        return found or [(self._places(origin)[0], ends[0])]  # C++ says what is wrong with it

    def names(self, seen: Sequence[str]) -> list[str]:
        """The states of the finer model that are seen as these."""
        living = [name for name in self.seen.states if name != self.seen.death]
        fine = [name for name in self.fine.states if name != self.fine.death]
        places = [living.index(name) for name in seen if name in living]
        unknown = [name for name in seen if name not in living]  # C++ says what is wrong with them
        return [name for name, of in zip(fine, self.seen_of, strict=True) if of in places] + unknown

    def _places(self, seen: int) -> list[int]:
        return [i for i, group in enumerate(self.groups) if group == seen]

    def lumped(self, found: dict[str, Any]) -> dict[str, Any]:
        """What C++ gives, with the phases of a state taken together."""
        living = [name for name in self.seen.states if name != self.seen.death]
        levels = self._levels()
        seen_moves: list[tuple[int, int]] = []
        of_move = []
        for a, b in found["moves"]:
            move = (self.groups[a], self.groups[b])
            if move[0] != move[1] and move not in seen_moves:
                seen_moves.append(move)
            of_move.append(seen_moves.index(move) if move[0] != move[1] else -1)

        def course(given: dict[str, Any]) -> dict[str, Any]:
            out = dict(given)
            for keys, groups in ((_STATES, self.groups), (_LEVELS, levels), (_MOVES, of_move)):
                for key, axis in keys.items():
                    if key in given:
                        out[key] = _sums(given[key], axis, groups)
            out["costs"] = {
                name: _sums(cost, 1, self.groups) for name, cost in given["costs"].items()
            }
            return out

        out = course(found)
        out["strategies"] = [course(one) for one in found["strategies"]]
        out["states"] = ["none", *living]
        out["levels"] = [i + 1 for i, name in enumerate(living) if name != self.ended]
        out["moves"] = seen_moves
        return out


def _sums(table: Array, axis: int, groups: Any) -> Array:
    """Sums along one axis of those with the same group; -1 is left out."""
    count = max(groups) + 1
    moved = np.moveaxis(table, axis, 0)
    sums = np.zeros((count, *moved.shape[1:]))
    for row, group in zip(moved, groups, strict=True):
        if group >= 0:
            sums[group] += row
    found: Array = np.ascontiguousarray(np.moveaxis(sums, 0, axis))
    return found


def phases_of(fit: Any, ended: str) -> Phased | None:
    """The phases of a fit, if its states have any."""
    hidden = getattr(fit, "hidden", None)
    if hidden is None or hidden.phases is None:
        return None
    fine, seen_of = hidden.fine()
    seen = hidden.seen
    living = [i for i, name in enumerate(seen.states) if name != seen.death]
    groups = [0]
    for i, name in enumerate(fine.states):
        if name != fine.death:
            groups.append(living.index(seen_of[i]) + 1)
    return Phased(seen, fine, tuple(groups), ended)


def average_rates(fit: Any, rates: Array) -> Array:
    """Rates between the states as they are seen, over the phases in which people are found there.

    Parameters
    ----------
    fit
        With phases.
    rates
        (..., transitions of the model with its phases).
    """
    fine, seen_of = fit.hidden.fine()
    seen = fit.hidden.seen
    core = fit.hidden.of(core_model(fine, (), ()))
    phased = sorted({of for of in seen_of if seen_of.count(of) > 1})
    cells = rates.reshape(-1, rates.shape[-1])
    shares = np.ones((len(cells), fine.size))
    for cell, row in zip(shares, cells, strict=True):
        q = fine.intensities(row)
        for state in phased:
            places = [place for place, of in enumerate(seen_of) if of == state]
            cell[places] = np.asarray(_core.stationary_phases(core, q, state))[places]
    found = np.zeros((len(cells), len(seen.moves)))
    for k, (a, b) in enumerate(fine.moves):
        move = (seen_of[a], seen_of[b])
        if move[0] != move[1]:
            found[:, seen.moves.index(move)] += shares[:, a] * cells[:, k]
    return found.reshape(*rates.shape[:-1], -1)


def places_of(fit: Any, name: str) -> list[int]:
    """Where a state as it is seen stands among those of a fit: its phases, or itself."""
    hidden = getattr(fit, "hidden", None)
    if hidden is None or hidden.phases is None:
        return [fit.model.states.index(name)]
    seen = hidden.seen.states.index(name)
    return [place for place, of in enumerate(hidden.fine()[1]) if of == seen]
