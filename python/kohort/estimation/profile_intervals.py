"""Intervals by profile likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kohort import _core
from kohort.estimation.inference import Array, Progress, data_of, estimate_of, rate_text
from kohort.support import _frames, _html, _text
from kohort.support._arrays import frozen_copy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kohort.estimation.fitted_model import FittedModel


@dataclass(frozen=True, eq=False, repr=False)
class ProfileIntervals:
    """Intervals by profile likelihood, of coefficients on their own (logarithmic) scale.

    With priors the profile is that of the posterior density.

    Attributes
    ----------
    names
        Of the coefficients.
    level
        Of the intervals.
    estimates, lower, upper
        (p,); infinite where the data set no limit on that side.
    lower_kind, upper_kind
        "found", "none" (the likelihood never falls so far), "bound" (the one-sided 95 % bound of a
        rate estimated as 0 or infinity), "limit" (an inequality of the fit ends it here) or "not
        free" (the coefficient was not estimated).
    points
        Per coefficient (n, 2): values at which the profile was computed, and by how much
        2 log L fell there.
    higher
        By how much 2 log L rose above that of the estimate on the way: 0 unless the search for the
        estimate ended too early.
    """

    names: tuple[str, ...]
    level: float
    estimates: Array
    lower: Array
    upper: Array
    lower_kind: tuple[str, ...]
    upper_kind: tuple[str, ...]
    points: tuple[Array, ...]
    higher: float

    def to_frame(self, backend: str | None = None) -> Any:
        """One row per coefficient: estimate, limits and what each limit is.

        Parameters
        ----------
        backend
            "pandas", "polars" or "pyarrow"; by default the first installed.
        """
        return _frames.to_frame(
            {
                "coefficient": list(self.names),
                "estimate": self.estimates,
                "lower": self.lower,
                "upper": self.upper,
                "lower_kind": list(self.lower_kind),
                "upper_kind": list(self.upper_kind),
            },
            backend,
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """The profiles; see `kohort.plots.inference.profiles`."""
        from kohort.plots import inference as plots_inference

        return plots_inference.profiles(self, ax)

    def _grid(self) -> tuple[list[str], list[list[str]]]:
        share = f"{100 * self.level:g} %"
        rows = []
        for i, name in enumerate(self.names):
            ends = [
                end_text(float(self.lower[i]), self.lower_kind[i]),
                end_text(float(self.upper[i]), self.upper_kind[i]),
            ]
            rows.append([name, rate_text(float(self.estimates[i])), *ends])
        return ["rate per year, or hazard ratio", "estimate", f"{share} from", "to"], rows

    def __str__(self) -> str:
        return f"{self._title()}\n{_text.table(*self._grid())}"

    def __repr__(self) -> str:
        return f"<ProfileIntervals: {len(self.names)} coefficients>"

    def _repr_html_(self) -> str:
        verdict = "" if self.higher == 0 else "a higher likelihood was seen on the way"
        parts = [_html.table(*self._grid())]
        return _html.block(self._title(), verdict=verdict, good=self.higher == 0, parts=parts)

    def _title(self) -> str:
        title = "Intervals by profile likelihood"
        if self.higher > 0:
            title += f"; 2 log L was {_text.number(self.higher)} higher on the way: fit again"
        return title


def end_text(log_value: float, kind: str) -> str:
    if kind == "found":
        return rate_text(log_value)
    return f"{rate_text(log_value)} ({kind})" if kind in ("bound", "limit") else kind


def profile(
    fitted: FittedModel,
    coefficients: Sequence[str] | None,
    level: float,
    data: Any,
    threads: int,
    progress: Progress | None,
) -> ProfileIntervals:
    names = list(fitted.coefficient_names)
    chosen = names if coefficients is None else list(coefficients)
    for name in chosen:
        if name not in names:
            _core.reject(
                "E-COLUMN",
                "profile",
                f"there is no coefficient {name!r}",
                f"those there are: {', '.join(names)}",
                "Use one of these names",
            )
    seen = data_of(fitted, data, "profile")
    found = _core.profile(
        estimate_of(fitted),
        seen,
        [names.index(name) for name in chosen],
        level,
        threads=threads,
        progress=progress,
    )
    return ProfileIntervals(
        tuple(chosen),
        level,
        frozen_copy([fitted.coefficients[one[0]] for one in found]),
        frozen_copy([one[1] for one in found]),
        frozen_copy([one[3] for one in found]),
        tuple(one[2] for one in found),
        tuple(one[4] for one in found),
        tuple(frozen_copy(one[5]).reshape(-1, 2) for one in found),
        max((one[6] for one in found), default=0.0),
    )
