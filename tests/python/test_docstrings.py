"""What a docstring shows runs as it is printed."""

import doctest
import importlib
from pathlib import Path

import pytest

import kohort as kh

PACKAGE = Path(kh.__file__).parent
MODULES = [
    ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts)
    for file in sorted(PACKAGE.rglob("*.py"))
    if ">>> " in file.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", [name.removesuffix(".__init__") for name in MODULES])
def test_examples_give_what_is_printed(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
