"""The tree holds itself to its own rules.

Every public header has a test of the same name and compiles alone (that test includes it first);
every test has the name of a header or of a source; includes follow the arrows between the stages;
no file that Git knows names a folder of one machine.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INCLUDE = ROOT / "include" / "kohort"

# What the headers of a stage may include, besides their own stage.
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


def faults() -> list[str]:
    found = []
    for header in sorted(INCLUDE.glob("*/**/*.hpp")):
        place = header.relative_to(INCLUDE)
        stage, name = place.parts[0], header.stem
        where = f"include/kohort/{place}"
        if stage not in LEFT_OF:
            found.append(f"{where}: '{stage}' is no stage; the stages are {', '.join(LEFT_OF)}")
            continue
        text = header.read_text(encoding="utf-8")
        for wanted in re.findall(r"#include <kohort/(\w+)/", text):
            if wanted != stage and wanted not in LEFT_OF[stage]:
                found.append(
                    f"{where}: includes kohort/{wanted}/, which does not stand left of {stage}"
                )
        if "#pragma once" not in text:
            found.append(f"{where}: lacks #pragma once")
        if "pybind11" in text or "Python.h" in text:
            found.append(f"{where}: knows of Python")
        if "detail" not in place.parts:
            test = ROOT / "tests" / stage / f"{name}_test.cpp"
            if not test.exists():
                found.append(f"{where}: has no test {test.relative_to(ROOT)}")
            else:
                first = re.search(r"#include\s+(\S+)", test.read_text(encoding="utf-8"))
                if first is None or first.group(1) != f"<kohort/{place}>":
                    found.append(f"{test.relative_to(ROOT)}: must include <kohort/{place}> first")
    umbrella = (INCLUDE / "kohort.hpp").read_text(encoding="utf-8")
    for header in sorted(INCLUDE.glob("*/*.hpp")):
        if f"<kohort/{header.relative_to(INCLUDE)}>" not in umbrella:
            found.append(f"include/kohort/kohort.hpp: leaves out {header.relative_to(INCLUDE)}")
    for number, line in enumerate(umbrella.splitlines(), 1):
        if "<kohort/" in line and not line.startswith("#include"):
            found.append(f"include/kohort/kohort.hpp:{number}: is no #include")
    defined: dict[str, Path] = {}  # two types of one name would be one type to the linker
    for header in sorted(INCLUDE.glob("*/*.hpp")):
        text = header.read_text(encoding="utf-8")
        for name in re.findall(r"^(?:struct|class|enum class) (\w+)[^;]*?\{", text, re.MULTILINE):
            if name in defined:
                found.append(f"{header.relative_to(ROOT)}: {name} is in {defined[name].name} too")
            defined[name] = header
    for test in sorted((ROOT / "tests").glob("*/*_test.cpp")):
        stage, name = test.parent.name, test.name.removesuffix("_test.cpp")
        header, source = INCLUDE / stage / f"{name}.hpp", ROOT / "src" / stage / f"{name}.cpp"
        tested = (header, header.parent / "detail" / header.name, source)
        if not any(path.exists() for path in tested):
            found.append(
                f"{test.relative_to(ROOT)}: tests neither a header {header.relative_to(ROOT)} "
                f"nor a source {source.relative_to(ROOT)}"
            )
    known = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    for name in known.decode().split("\0"):
        path = ROOT / name
        if path.is_file() and path.suffix in {
            ".py",
            ".hpp",
            ".cpp",
            ".md",
            ".toml",
            ".sh",
            ".ipynb",
            ".R",
        }:
            for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if re.search(r"(?<![\w.])/(?:root|home/\w+|work|tmp/w)/", text):
                    found.append(f"{name}:{line}: names a folder of one machine")
    return found


if __name__ == "__main__":
    problems = faults()
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"check_tree: {len(problems)} faults")
    sys.exit(bool(problems))
