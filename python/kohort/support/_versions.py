"""What is installed: the first thing to send with a question."""

from __future__ import annotations

import importlib.metadata
import platform
import sys

from kohort._core import __version__

_PACKAGES = (
    "numpy", "narwhals", "pandas", "polars", "pyarrow", "matplotlib", "babel", "jinja2",
    "xlsxwriter", "typer", "rich",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Versions of kohort, Python, the platform and the packages that kohort can use.

    Returns
    -------
    dict of str to str
        In a fixed order; a package that is not installed has an empty text.
    """
    found = {
        "kohort": __version__,
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
    }
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = ""
    return found


def show_versions() -> None:
    """Print `versions`, one a line."""
    for name, version in versions().items():
        sys.stdout.write(f"{name:<12}{version or 'not installed'}\n")
