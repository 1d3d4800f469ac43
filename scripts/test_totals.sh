#!/usr/bin/env bash
# test_totals.sh LOG EXIT_CODE: prints "passed failed skipped" of one test program's output.
# Understands GoogleTest, Vitest, node:test and our own "ok NAME" / "not ok NAME" / "skip NAME" lines; a program that
# prints none of these counts as one test that its exit code decides.
set -u
code=$2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
sed 's/\x1b\[[0-9;]*m//g' "$1" >"$log"   # without colours
number() { grep -aoE "$1" "$log" | tail -1 | grep -oE '[0-9]+' | head -1; }

passed=$(number '^\[  PASSED  \] [0-9]+') failed=$(number '^\[  FAILED  \] [0-9]+ tests?') skipped=$(number '^\[  SKIPPED \] [0-9]+')
if [ -z "$passed$failed" ]; then
  passed=$(number '^# pass [0-9]+') failed=$(number '^# fail [0-9]+') skipped=$(number '^# skipped [0-9]+')
fi
if [ -z "$passed$failed" ]; then
  failed=$(grep -aoE 'Tests .*' "$log" | grep -oE '[0-9]+ failed' | grep -oE '[0-9]+' | tail -1)
  passed=$(grep -aE '^ *Tests ' "$log" | grep -oE '[0-9]+ passed' | grep -oE '[0-9]+' | tail -1)
fi
if [ -z "$passed$failed" ] && grep -aqE '^(ok|not ok|skip) ' "$log"; then
  passed=$(grep -acE '^ok ' "$log") failed=$(grep -acE '^not ok ' "$log") skipped=$(grep -acE '^skip ' "$log")
fi
passed=${passed:-0} failed=${failed:-0} skipped=${skipped:-0}
# A program that died or failed without counting a failure has failed once.
if [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
if [ "$code" -eq 0 ] && [ "$passed" -eq 0 ] && [ "$failed" -eq 0 ] && [ "$skipped" -eq 0 ]; then passed=1; fi
echo "$passed $failed $skipped"
