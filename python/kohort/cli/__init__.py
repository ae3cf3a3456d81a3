"""The command line: `kohort demo`, `kohort fit`, `kohort project`.

Exit codes: 0 well, 1 a fault of kohort itself, 2 usage or input, 3 model or numerics, 4 privacy,
5 resources or writing, 130 interrupted. There is never a traceback, and on failure nothing is
written.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from kohort.support._extras import MissingExtra


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        from kohort.cli.app import run

        code = run(given)
    except MissingExtra as missing:
        sys.stderr.write(f"kohort: {missing}\n")
        code = 5
    except KeyboardInterrupt:  # while the commands were being loaded
        sys.stderr.write("kohort: interrupted, nothing written\n")
        code = 130
    sys.exit(code)
