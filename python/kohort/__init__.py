"""How older people move between levels of dependency, and what that asks of a municipality."""

from kohort._core import InvalidInput, __version__

__all__ = ["InvalidInput", "__version__"]
