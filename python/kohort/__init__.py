"""How older people move between levels of dependency, and what that asks of a municipality."""

from kohort._core import InvalidInput, __version__
from kohort.model import (
    DEPENDENCY,
    DEPENDENCY_WITH_ENDED,
    Model,
    is_stiff,
    transition_probability,
)

__all__ = [
    "DEPENDENCY",
    "DEPENDENCY_WITH_ENDED",
    "InvalidInput",
    "Model",
    "__version__",
    "is_stiff",
    "transition_probability",
]
