"""What can be asked of a fit about what was not seen: true states, misreadings and phases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kohort.estimation import hidden_answers
from kohort.estimation.asking import of_fit

if TYPE_CHECKING:
    from kohort.estimation.hidden_answers import Stay

Array = npt.NDArray[np.float64]


class HiddenQuestions:
    """Questions to a fit whose states are misread, or left in phases."""

    def misclassification_probability(self, **x: float) -> Array:
        """E, (n, n): the probability of each reading (column) in each true state (row).

        Parameters
        ----------
        x
            One number per covariate of the misreadings, by name.
        """
        return hidden_answers.misclassification_probability(of_fit(self), x)

    def smoothed_states(self, data: Any = None) -> Array:
        """What the whole history says of the true state at each row: (rows, states of `model`).

        Personal data, for computing with in memory: nothing of it is ever printed or written.
        Not a number in rows that nothing was learnt from.

        Parameters
        ----------
        data
            `Observations`; by default those of the fit, while they are in memory.
        """
        return hidden_answers.smoothed_states(of_fit(self), data)

    def likeliest_states(self, data: Any = None) -> npt.NDArray[np.int32]:
        """The likeliest path of true states, (rows,), numbers of `model` (Viterbi).

        Personal data, as `smoothed_states`; -1 in rows that nothing was learnt from.

        Parameters
        ----------
        data
            `Observations`; by default those of the fit, while they are in memory.
        """
        return hidden_answers.likeliest_states(of_fit(self), data)

    def stay(self, state: str, **x: float) -> Stay:
        """How long stays in a state last: survival, mean and quantiles.

        Parameters
        ----------
        state
            Its name as it is seen, whatever phases it has.
        x
            One number per covariate, by name, held throughout.
        """
        return hidden_answers.stay(of_fit(self), state, x)

    def seen_transition_probability(
        self, t: float, *, found: str = "stationary", **x: float
    ) -> Array:
        """P(t) between the states as they are seen, phases taken together, (n, n).

        Parameters
        ----------
        t
            Years.
        found
            In which phase people stand at the beginning: "entry" or "stationary".
        x
            One number per covariate, by name, held throughout: clocks stand still here.
        """
        return hidden_answers.seen_transition_probability(of_fit(self), t, found, x)
