"""What is not in the base installation, and how to get it: one place, one wording."""

from __future__ import annotations

import importlib
from types import ModuleType

_EXTRA_OF = {
    "SALib": "sensitivity",
    "arviz": "bayes",
    "babel": "plot",
    "distributed": "dask",
    "formulaic": "formula",
    "jinja2": "report",
    "matplotlib": "plot",
    "nutpie": "bayes",
    "pandas": "formula",
    "platformdirs": "web",
    "pyarrow": "parquet",
    "python_calamine": "excel",
    "rich": "cli",
    "scipy": "quasi",
    "typer": "cli",
    "xlsxwriter": "excel",
}


class MissingExtra(ImportError):
    """A part of kohort that is installed on request was asked for; the message has the command."""


def require(module: str, purpose: str, *, extra: str | None = None) -> ModuleType:
    """Import `module`, or say which extra brings it.

    Parameters
    ----------
    module
        Dotted name, for example ``"matplotlib.figure"``.
    purpose
        What needs it, as the beginning of a sentence: ``"Pictures"``.
    extra
        The extra to name, where a distribution is in several.

    Raises
    ------
    MissingExtra
        With the line to type, if the distribution is not installed.
    """
    distribution = module.partition(".")[0]
    try:
        importlib.import_module(distribution)
    except ModuleNotFoundError as error:
        if error.name != distribution:
            raise
        extra = extra or _EXTRA_OF[distribution]
        raise MissingExtra(
            f"{purpose} need {distribution}, which is not installed. "
            f'Install it with: pip install "kohort[{extra}]"',
            name=distribution,
        ) from None
    return importlib.import_module(module)
