#!/usr/bin/env bash
# Runs each fuzzer for SECONDS (default 60) from the committed corpus; builds them first. Exits 1 on the first finding,
# with the input that caused it under build-fuzz/findings/.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
for tool in cmake ninja clang++; do
  command -v "$tool" >/dev/null || { echo "fuzz: $tool is missing (apt-get install clang cmake ninja-build)" >&2; exit 1; }
done
cmake --preset fuzz >/dev/null
cmake --build build-fuzz --target fuzzers -- -j "${JOBS:-2}"
mkdir -p build-fuzz/findings
for name in ${FUZZERS:-asd csv envi gamma_series jcamp n42 opus spc spectrum_stream spectrum_text}; do
  mkdir -p "build-fuzz/corpus/$name"
  echo "fuzz: $name for $seconds s"
  log="build-fuzz/findings/$name.log"
  if ! "build-fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
      -artifact_prefix="build-fuzz/findings/$name-" "build-fuzz/corpus/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "fuzz: $name failed; the input is in build-fuzz/findings/, the whole log in $log" >&2
    exit 1
  fi
  grep -E 'stat::number_of_executed_units|stat::peak_rss_mb' "$log" | tr '\n' ' '
  echo
done
echo "fuzz: nothing found"
