#!/usr/bin/env bash
# Builds the fuzz targets with clang's libFuzzer and both sanitizers, and runs each for a while.
#
#     tests/fuzz/run.sh [SECONDS] [TARGET...]      default: 60 seconds, every target
#
# Targets: csv, dates, decisions, sheet, personal_numbers (C++), column_maps, workbooks (Python,
# with atheris: pip install atheris; PYTHON names the interpreter that has it). What makes a target
# fail is kept as build/fuzz/TARGET-crash-...; what it learned in build/fuzz/corpus/TARGET.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-60}
[ $# -gt 0 ] && shift
clang=${CLANG:-$(command -v clang++ || command -v clang++-14)}
eigen=${EIGEN:-/usr/include/eigen3}
out=build/fuzz
mkdir -p "$out/objects"
# All readers into one archive: the linker takes what a target needs, whatever stands in new files.
sources="src/model/state_space.cpp $(echo src/data/*.cpp)"
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
rm -f "$out/readers.a"
# shellcheck disable=SC2086
ar rcs "$out/readers.a" $objects
export ASAN_OPTIONS=quarantine_size_mb=32
targets=${*:-$(basename -as _fuzz.cpp tests/fuzz/*_fuzz.cpp) $(basename -as _fuzz.py tests/fuzz/*_fuzz.py)}
failed=0
for target in $targets; do
  mkdir -p "$out/corpus/$target"
  echo "== $target: $seconds seconds"
  limits="-max_total_time=$seconds -timeout=5 -rss_limit_mb=512 -print_final_stats=1
    -dict=tests/fuzz/dictionaries/$target.dict -artifact_prefix=$out/$target-"
  if [ -e "tests/fuzz/${target}_fuzz.cpp" ]; then
    # shellcheck disable=SC2086
    "$clang" $flags -fsanitize=fuzzer "tests/fuzz/${target}_fuzz.cpp" "$out/readers.a" \
      -o "$out/${target}_fuzz"
    command=$out/${target}_fuzz
  else
    command="${PYTHON:-python} tests/fuzz/${target}_fuzz.py"
  fi
  # shellcheck disable=SC2086
  PYTHONPATH=python $command $limits "$out/corpus/$target" "tests/fuzz/seeds/$target" \
    2> "$out/$target.log" || failed=1
  grep -E "stat::number_of_executed_units|ERROR|SUMMARY|cov:" "$out/$target.log" | tail -3
done
exit $failed
