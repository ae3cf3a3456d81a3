"""What a strategy does to simulated persons, and to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort.interventions._lowering import Places
from kohort.interventions._single_rates import effects_on
from kohort.interventions.delivery import refuse_delivery
from kohort.interventions.strategies import Strategy
from kohort.model.structure import Model
from kohort.projection.strategy_setting import Setting, lowered, refuse_hours
from kohort.projection.strategy_values import applied_for, averts
from kohort.simulation._lives import Tables
from kohort.simulation.simulated import USUAL_CARE

Array = npt.NDArray[Any]

_NO_HOURS = "Project with it: kohort.project values them"


def arms_of(strategies: Sequence[Strategy]) -> tuple[Strategy, ...]:
    """Usual care, and the strategies that are compared with it.

    Raises
    ------
    InvalidInput
        `E-SETTING`: two of one name; `E-EFFECT`: effects on hours.
    """
    names = [USUAL_CARE, *(one.name for one in strategies)]
    if len(set(names)) < len(names):
        _core.reject(
            "E-SETTING",
            "simulate",
            f"strategies called {', '.join(map(repr, names[1:]))}",
            f"each needs a name of its own, other than {USUAL_CARE!r}",
            "Name them",
        )
    for one in strategies:
        refuse_hours(one, "simulate", _NO_HOURS)
        refuse_delivery(one, "simulate", "Give the places: kohort.Places has queue and vacancy")
    return (Strategy(USUAL_CARE, enrols={}), *strategies)


def of_municipality(strategy: Strategy, place: Any, setting: Setting) -> Any:
    """A strategy on the people of a municipality, as `kohort.project` runs it.

    Raises
    ------
    InvalidInput
        As `kohort.project`.
    """
    point, _ = lowered(strategy, setting)
    return place.translate(point)


def programme_of(
    strategy: Strategy,
    found: dict[str, Any],
    usual: dict[str, Any],
    model: Model,
    living: int,
    periods_a_year: int,
    discount: float,
    ended: str = "ended",
) -> Array:
    """(replicates, periods): what a strategy costs itself, each month's cost at its worth.

    On those who enrol in the replicate; where those without support are offered it, on those among
    them who apply: who come in under usual care in the same replicate. The first `living` states of
    the model are those of the living.
    """
    treated = np.asarray(found["enrolled"], dtype=float)
    costs = strategy.costs
    if costs is None:
        return np.zeros(treated.shape)
    if averts(strategy):
        levels = [s for s in model.states[:living] if s not in ("none", ended, model.death)]
        some = applied_for(strategy, levels)
        came = [k for k, (a, b) in enumerate(model.transitions) if a == "none" and b in some]
        begins, ends = (x * periods_a_year for x in (strategy.begins, strategy.ends))
        at = np.arange(treated.shape[1])
        part = np.clip(np.minimum(at + 1, ends) - np.maximum(at, begins), 0, 1)
        treated = strategy.uptake * part * usual["moves"][:, :, came].sum(axis=2)
    size = 12 // periods_a_year
    by_month = costs.by_month(
        treated,
        begins=strategy.begins,
        ends=strategy.enrols_until,
        months_a_period=size,
        counted=True,
    )
    force, at = float(np.log1p(discount)) / 12, np.arange(by_month.shape[1])
    worth = np.exp(-force * at) * (1.0 if force == 0 else -np.expm1(-force) / force)
    return np.asarray((by_month * worth).reshape(*treated.shape, size).sum(axis=2))


def of_lives(strategy: Strategy, tables: Tables, ended: str = "ended") -> Any:
    """A strategy on persons of any model.

    Raises
    ------
    InvalidInput
        `E-EFFECT`: an effect that these persons' rates cannot tell, by name; `E-MODEL`: on a move
        that the model lacks; `E-COLUMN`: on one sex, without a covariate `male`.
    """
    model = tables.model
    places = Places(model, ended)
    newcomers, stock = (_shares(strategy, g, model, places) for g in ("newcomers", "stock"))
    made = _core.LifeStrategy(strategy.name, newcomers, stock, strategy.begins, strategy.ends)
    remedy = "Give effect.intensity_ratio, or use simulate_population"
    for effect in effects_on(strategy, model, _rates(tables), ended, remedy):
        made.add(
            model.moves.index(effect.move), *effect.ages,
            _patterns(strategy, effect.sex, tables.men), effect.since_enrolment, effect.starts,
            effect.log_ratios, effect.step,
        )  # fmt: skip
    return made


def _rates(tables: Tables) -> Array | None:
    """(transitions,) if everybody has the same rates at every age."""
    flat = np.asarray(tables.rates["rates"], dtype=float).ravel()
    alike = tables.rates["patterns"] == 1 and flat.size == len(tables.model.transitions)
    return flat if alike else None


def _patterns(strategy: Strategy, sex: str | None, men: list[bool] | None) -> list[bool]:
    if sex is not None and men is None:
        _core.reject(
            "E-COLUMN",
            f"strategy {strategy.name!r}",
            f"an effect acts on {sex}",
            "the persons have no covariate male",
            "Leave out sex",
        )
    return [] if sex is None else [is_man == (sex == "men") for is_man in men or ()]


def _shares(strategy: Strategy, group: str, model: Model, places: Places) -> list[float]:
    """Share of each state that enrols, or nothing if nobody does."""
    newcomers, stock = strategy._enrols(places)
    by_name = dict(zip(places.living, newcomers if group == "newcomers" else stock, strict=True))
    named = strategy.enrols.get(group, {}) if isinstance(strategy.enrols, Mapping) else {}
    if "none" in named and "none" not in model.states:
        model.state("none")  # refuses it, with the states there are
    shares = [strategy.uptake * by_name.get(name, 0.0) for name in model.states]
    return shares if any(shares) else []
