"""The committee memo on intensive home rehabilitation (IHR): keep the team, or close it?

The memo prints "at least 30 per month and day" for break-even and "15 per month" in 2024, but no
cost, hours, effect or length of enrolment. Those used here are CONSTRUCTED.

    python examples/ihr_memo.py
"""

from __future__ import annotations

from pathlib import Path

import kohort as kh
from kohort.study import ProgrammeFile

FILE = Path(__file__).parent.parent / "data" / "example" / "ihr_programme.toml"


def main() -> dict[str, float]:
    """Print break-even, the three readings of the memo's figure, and the three ways compared."""
    read = ProgrammeFile.read(FILE)
    found = read.programme.run(read.name, read.seed)
    ways = read.programme.compared(found, read.name, read.seed)
    assert ways is not None
    print("CONSTRUCTED FIGURES, but for the memo's 30 and 15.\n")
    print(found, "\n")
    figures = {"narrow": found.narrow.enrolled, "broad": found.broad.enrolled}
    print("What the memo's 15 a month can mean:")
    for reading, enrolled in kh.read_three_ways(15, found.enrolment.stay).items():
        net = found.programme.net(enrolled, narrow=True)
        figures[f"net_{reading}"] = net
        print(f"  {reading:<11}{enrolled:6.2f} enrolled on a day, net {net:+10,.0f} kronor a month")
    print("\n" + str(ways))
    return figures | {f"best_{name}": b for name, b in zip(ways.names, ways.best, strict=True)}


if __name__ == "__main__":
    main()
