"""The tree holds itself to its own rules.

Every public header has a test of the same name and compiles alone (that test includes it first);
every test has the name of a header or of a source; includes and imports follow the arrows between
the stages; no file that Git knows names a folder of one machine.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INCLUDE = ROOT / "include" / "kohort"
PACKAGE = ROOT / "python" / "kohort"

# What headers and sources of a stage may include, besides their own stage.
LEFT_OF = {
    "support": set(),
    "model": {"support"},
    "data": {"support", "model"},
    "likelihood": {"support", "model", "data"},
    "simulation": {"support", "model", "data"},
    "estimation": {"support", "model", "data", "likelihood", "simulation"},
    "population": {"support", "model"},
    "projection": {"support", "model", "population"},
    "economics": {"support", "model", "population", "projection"},
    "interventions": {"support", "model", "population", "projection", "economics"},
    "uncertainty": {"support", "model", "population", "projection"},
    "microsimulation": {"support", "model", "population", "projection"},
}

# The package's folders from left to right: a module loads those of its own folder and of folders
# to the left. Methods that open a door to the right (`.plot()`, `.compare()`) load it when called.
PYTHON_ORDER = (
    "datasets",
    "support",
    "synthetic",
    "privacy",
    "extracts",
    "model",
    "data",
    "population",
    "economics",
    "estimation",
    "uncertainty",
    "interventions",
    "projection",
    "simulation",
    "many_runs",
    "evaluation",
    "programme",
    "plots",
    "sources",
    "study",
    "report",
    "verify",
    "cli",
)


def include_faults() -> Iterator[str]:
    headers = sorted(INCLUDE.glob("*/**/*.hpp"))
    sources = [path for stage in LEFT_OF for path in sorted((ROOT / "src" / stage).glob("*.?pp"))]
    for path in headers + sources:
        stage = path.relative_to(INCLUDE if path.is_relative_to(INCLUDE) else ROOT / "src").parts[0]
        where = path.relative_to(ROOT)
        if stage not in LEFT_OF:
            yield f"{where}: '{stage}' is no stage; the stages are {', '.join(LEFT_OF)}"
            continue
        text = path.read_text(encoding="utf-8")
        for wanted in re.findall(r"#include <kohort/(\w+)/", text):
            if wanted != stage and wanted not in LEFT_OF[stage]:
                yield f"{where}: includes kohort/{wanted}/, which does not stand left of {stage}"
        if path.suffix == ".hpp" and "#pragma once" not in text:
            yield f"{where}: lacks #pragma once"
        if "pybind11" in text or "Python.h" in text:
            yield f"{where}: knows of Python"


def test_faults() -> Iterator[str]:
    for header in sorted(INCLUDE.glob("*/*.hpp")):
        place = header.relative_to(INCLUDE)
        test = ROOT / "tests" / place.parent / f"{header.stem}_test.cpp"
        if not test.exists():
            yield f"include/kohort/{place}: has no test {test.relative_to(ROOT)}"
            continue
        first = re.search(r"#include\s+(\S+)", test.read_text(encoding="utf-8"))
        if first is None or first.group(1) != f"<kohort/{place}>":
            yield f"{test.relative_to(ROOT)}: must include <kohort/{place}> first"
    for test in sorted((ROOT / "tests").glob("*/*_test.cpp")):
        stage, name = test.parent.name, test.name.removesuffix("_test.cpp")
        header, source = INCLUDE / stage / f"{name}.hpp", ROOT / "src" / stage / f"{name}.cpp"
        tested = (header, header.parent / "detail" / header.name, source)
        if not any(path.exists() for path in tested):
            yield (
                f"{test.relative_to(ROOT)}: tests neither a header {header.relative_to(ROOT)} "
                f"nor a source {source.relative_to(ROOT)}"
            )


def umbrella_faults() -> Iterator[str]:
    umbrella = (INCLUDE / "kohort.hpp").read_text(encoding="utf-8")
    for header in sorted(INCLUDE.glob("*/*.hpp")):
        if f"<kohort/{header.relative_to(INCLUDE)}>" not in umbrella:
            yield f"include/kohort/kohort.hpp: leaves out {header.relative_to(INCLUDE)}"
    for number, line in enumerate(umbrella.splitlines(), 1):
        if "<kohort/" in line and not line.startswith("#include"):
            yield f"include/kohort/kohort.hpp:{number}: is no #include"


def name_faults() -> Iterator[str]:
    defined: dict[str, Path] = {}  # two types of one name would be one type to the linker
    for header in sorted(INCLUDE.glob("*/*.hpp")):
        text = header.read_text(encoding="utf-8")
        for name in re.findall(r"^(?:struct|class|enum class) (\w+)[^;]*?\{", text, re.MULTILINE):
            if name in defined:
                yield f"{header.relative_to(ROOT)}: {name} is in {defined[name].name} too"
            defined[name] = header


def names_of(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and dotted name of what an import takes of kohort."""
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        if node.module == "kohort":
            yield from ((node.lineno, f"kohort.{alias.name}") for alias in node.names)
        elif node.module.startswith("kohort."):
            yield node.lineno, node.module
    elif isinstance(node, ast.Import):
        yield from ((node.lineno, alias.name) for alias in node.names)


def loaded(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """What a module imports when it is itself imported, and in functions that are no methods."""
    for node in tree.body:
        yield from names_of(node)
        if isinstance(node, ast.FunctionDef):
            for inner in ast.walk(node):
                yield from names_of(inner)


def import_faults() -> Iterator[str]:
    for source in sorted(PACKAGE.glob("*/**/*.py")):
        folder = source.relative_to(PACKAGE).parts[0]
        where = source.relative_to(ROOT)
        if folder not in PYTHON_ORDER:
            yield f"{where}: '{folder}' is no folder of the package; they are {PYTHON_ORDER}"
            continue
        right = PYTHON_ORDER[PYTHON_ORDER.index(folder) + 1 :]
        for line, name in loaded(ast.parse(source.read_text(encoding="utf-8"))):
            parts = name.split(".")
            if parts[0] == "kohort" and len(parts) > 1 and parts[1] in right:
                yield f"{where}:{line}: loads {name}, which stands right of {folder}"
    for source in sorted(PACKAGE.glob("*.py")):
        if source.name not in ("__init__.py", "__main__.py"):
            yield f"{source.relative_to(ROOT)}: belongs in a folder, by what it is about"


def machine_faults() -> Iterator[str]:
    known = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    kinds = {".py", ".hpp", ".cpp", ".md", ".toml", ".sh", ".ipynb", ".R"}
    for name in known.decode().split("\0"):
        path = ROOT / name
        if path.is_file() and path.suffix in kinds:
            for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if re.search(r"(?<![\w.])/(?:root|home/\w+|work|tmp/w)/", text):
                    yield f"{name}:{line}: names a folder of one machine"


def faults() -> list[str]:
    checks = (
        include_faults,
        test_faults,
        umbrella_faults,
        name_faults,
        import_faults,
        machine_faults,
    )
    return [fault for check in checks for fault in check()]


if __name__ == "__main__":
    problems = faults()
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"check_tree: {len(problems)} faults")
    sys.exit(bool(problems))
