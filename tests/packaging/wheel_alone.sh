#!/usr/bin/env bash
# The wheel that has just been built, in an environment that holds nothing but its two run-time
# dependencies; and that nothing of Debian went into it.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

cache=$(ls "$root"/build/cp3*/CMakeCache.txt)
if grep -E '^(Eigen3|Boost)_DIR:PATH=/usr|^KOHORT_(EIGEN|BOOST)_DIR:PATH=/usr' "$cache"; then
  echo "The wheel was built with Debian's headers: this test would not notice a missing build requirement." >&2
  exit 1
fi
python3 -m venv "$place/venv"
cd "$place"
"$place/venv/bin/python" -m pip --disable-pip-version-check install --quiet "$root"/build/wheel/kohort-*.whl
"$place/venv/bin/python" "$root/tests/packaging/smoke.py"
