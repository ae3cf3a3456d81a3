#!/usr/bin/env bash
# Builds the fuzz targets with clang's libFuzzer and both sanitizers, and runs each for a while.
#
#     tests/fuzz/run.sh [SECONDS] [TARGET...]      default: 60 seconds, every target
#
# What makes a target fail is kept as build/fuzz/TARGET-crash-...; what it learned in
# build/fuzz/corpus/TARGET. The targets in Python (workbooks, column maps) need atheris:
#     pip install atheris
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-60}
[ $# -gt 0 ] && shift
clang=${CLANG:-$(command -v clang++ || command -v clang++-14)}
eigen=${EIGEN:-/usr/include/eigen3}
out=build/fuzz
mkdir -p "$out/objects"
sources="src/model/state_space.cpp"
for name in catalogue csv dates decision_columns decision_paths decision_rows decisions \
  encoded_text findings level_rule numbers observations possible_states sheet_scan; do
  sources="$sources src/data/$name.cpp"
done
flags="-std=c++20 -O1 -g1 -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link
  -fno-sanitize-recover=undefined -Iinclude -Isrc -isystem $eigen"
objects=
for source in $sources; do
  object=$out/objects/$(echo "$source" | tr '/' '_').o
  if [ ! -e "$object" ] || [ "$source" -nt "$object" ]; then
    echo "compiling $source"
    # shellcheck disable=SC2086
    "$clang" $flags -c "$source" -o "$object"
  fi
  objects="$objects $object"
done
targets=${*:-$(basename -s .cpp tests/fuzz/*_fuzz.cpp) $(basename -s .py tests/fuzz/*_fuzz.py)}
failed=0
for target in $targets; do
  mkdir -p "$out/corpus/$target" "tests/fuzz/seeds"
  echo "== $target: $seconds seconds"
  limits="-max_total_time=$seconds -timeout=5 -rss_limit_mb=1024 -print_final_stats=1"
  if [ -e "tests/fuzz/$target.cpp" ]; then
    # shellcheck disable=SC2086
    "$clang" $flags -fsanitize=fuzzer "tests/fuzz/$target.cpp" $objects -Wl,--gc-sections \
      -o "$out/$target"
    # shellcheck disable=SC2086
    "$out/$target" $limits -artifact_prefix="$out/$target-" "$out/corpus/$target" tests/fuzz/seeds \
      2> "$out/$target.log" || failed=1
  else
    # shellcheck disable=SC2086
    PYTHONPATH=python ${PYTHON:-python} "tests/fuzz/$target.py" $limits \
      -artifact_prefix="$out/$target-" "$out/corpus/$target" tests/fuzz/seeds \
      2> "$out/$target.log" || failed=1
  fi
  grep -E "stat::number_of_executed_units|ERROR|SUMMARY|cov:" "$out/$target.log" | tail -3
done
exit $failed
