#!/usr/bin/env bash
# A wheel built by pip alone (a compiler and PyPI, no Debian headers), in an environment that holds
# nothing but its two run-time dependencies.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

python3 -m venv "$place/venv"
python="$place/venv/bin/python"
# Debian's own CMake packages may not help: only what the build asks PyPI for. Unoptimised, since
# the wheel that users get has just been built and tested, and this one only shows that it can be.
cd "$place"
"$python" -m pip --disable-pip-version-check wheel --quiet --no-deps --wheel-dir . \
  --config-settings=build-dir="$place/build" \
  --config-settings=cmake.define.CMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF \
  --config-settings=cmake.define.CMAKE_CXX_FLAGS_RELEASE=-O0 "$root"
if grep -E '^(Eigen3|Boost)_DIR:PATH=/usr' build/CMakeCache.txt; then
  echo "The wheel was built with Debian's headers: this test would not notice a missing build requirement." >&2
  exit 1
fi
"$python" -m pip --disable-pip-version-check install --quiet ./kohort-*.whl
"$python" "$root/tests/packaging/smoke.py"
