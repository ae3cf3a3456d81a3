"""The list of checks, how one is run, and what is kept of it."""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kohort._core import InvalidInput
from kohort.support import _frames, _html, _text

if TYPE_CHECKING:
    from kohort.study.settings import Study
    from kohort.verify.cases import Cases

Seen = tuple[float, float, str]
"""The figure seen, what it may be at most, and words on it."""

_ITEMS: dict[str, Item] = {}
_PARTS = ("inputs", "events", "results", "uncertainty", "overall")


@dataclass(frozen=True)
class Item:
    """One check: a change, what must follow, and within what tolerance."""

    code: str
    part: str
    change: str
    expectation: str
    tolerance: str
    run: Callable[[Cases], Seen]


@dataclass(frozen=True)
class Outcome:
    """What a check saw.

    Attributes
    ----------
    code, part, change, expectation, tolerance
        Of the check.
    passed
        Whether the figure is at most the limit.
    figure, limit
        The figure seen, the worst there was, and what it may be at most.
    words
        On the figure; never of single persons.
    seconds
        How long it took.
    """

    code: str
    part: str
    change: str
    expectation: str
    tolerance: str
    passed: bool
    figure: float
    limit: float
    words: str
    seconds: float

    def __str__(self) -> str:
        verdict = "ok  " if self.passed else "FAIL"
        return (
            f"{self.code} {verdict} {self.change} -> {self.expectation} ({self.tolerance}): "
            f"{self.words}"
        )


@dataclass(frozen=True)
class Verification:
    """All checks of a study.

    Attributes
    ----------
    name
        Of the study.
    outcomes
        In the order of their codes.
    seconds
        How long all took.
    """

    name: str
    outcomes: tuple[Outcome, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether every check did."""
        return all(one.passed for one in self.outcomes)

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """Those that did not pass."""
        return tuple(one for one in self.outcomes if not one.passed)

    def to_frame(self, backend: str | None = None) -> Any:
        """One row a check."""
        keys = ("code", "part", "change", "expectation", "tolerance", "passed", "words")
        return _frames.to_frame(
            {key: [getattr(one, key) for one in self.outcomes] for key in keys}, backend
        )

    def _verdict(self) -> str:
        good = len(self.outcomes) - len(self.failures)
        return f"{self.name}: {good} of {len(self.outcomes)} checks passed, {self.seconds:.0f} s"

    def __str__(self) -> str:
        return "\n".join([*map(str, self.outcomes), self._verdict()])

    def __repr__(self) -> str:
        return self._verdict()

    def _repr_html_(self) -> str:
        rows = [
            [one.code, "ok" if one.passed else "failed", one.change, one.expectation, one.words]
            for one in self.outcomes
        ]
        table = _html.table(["", "", "change", "expectation", "seen"], rows)
        return _html.block(self.name, verdict=self._verdict(), good=self.passed, parts=[table])


def check(
    code: str, change: str, expectation: str, tolerance: str
) -> Callable[[Callable[[Cases], Seen]], Callable[[Cases], Seen]]:
    """Put a function on the list."""

    def register(run: Callable[[Cases], Seen]) -> Callable[[Cases], Seen]:
        part = run.__module__.rsplit(".", 1)[1]
        _ITEMS[code] = Item(code, part, change, expectation, tolerance, run)
        return run

    return register


def items() -> tuple[Item, ...]:
    """Every check there is, in the order of the codes.

    V47 (a second implementation) and V49 (every number in the documentation) are tests of kohort's
    own, and not on the list.
    """
    for part in _PARTS:
        importlib.import_module(f"kohort.verify.{part}")
    return tuple(_ITEMS[code] for code in sorted(_ITEMS))


def verify(
    study: Study,
    *,
    only: Iterable[str] = (),
    progress: Callable[[str, float], None] | None = None,
) -> Verification:
    """Run the checks on a study.

    Parameters
    ----------
    study
        Its data are read and its model is fitted once; its draws are cut to what the checks need.
    only
        Codes of the checks to run; by default all.
    progress
        Called with ("verifying", share done).

    Returns
    -------
    Verification

    Raises
    ------
    InvalidInput, DataRefused
        If the study itself cannot be run; `E-SETTING` for a code that is none.
    """
    from kohort.verify.cases import Cases

    wanted = tuple(only)
    known = items()
    unknown = [code for code in wanted if code not in _ITEMS]
    if unknown:
        from kohort import _core

        _core.reject(
            "E-SETTING",
            "verify",
            f"{unknown[0]!r} was asked for",
            f"the checks are {known[0].code} to {known[-1].code}",
            "Name some of them, or none for all",
        )
    chosen = [item for item in known if not wanted or item.code in wanted]
    began = time.perf_counter()
    cases = Cases(study)
    _ = cases.base  # what cannot be run at all is refused here, before any check
    outcomes = []
    for i, item in enumerate(chosen):
        if progress is not None:
            progress("verifying", i / len(chosen))
        outcomes.append(_outcome(item, cases))
    if progress is not None:
        progress("verifying", 1.0)
    return Verification(study.name, tuple(outcomes), time.perf_counter() - began)


def _outcome(item: Item, cases: Cases) -> Outcome:
    began = time.perf_counter()
    try:
        figure, limit, words = item.run(cases)
    except InvalidInput as error:  # a check that is refused has not passed
        figure, limit, words = math.inf, 0.0, f"refused: {error}"
    return Outcome(
        item.code,
        item.part,
        item.change,
        item.expectation,
        item.tolerance,
        bool(figure <= limit),
        float(figure),
        float(limit),
        words,
        time.perf_counter() - began,
    )


def table(found: Verification) -> str:
    """The outcomes as a table of plain text."""
    return _text.table(
        ["check", "", "seen"],
        [[one.code, "ok" if one.passed else "FAIL", one.words] for one in found.outcomes],
    )
