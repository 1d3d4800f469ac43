#!/usr/bin/env bash
# From a fresh Debian 12: installs, builds, runs every test, and closes with one line of totals.
#   scripts/test.sh            under 25 minutes on two cores
#   scripts/test.sh --long     also the full ship and every fuzz target, a minute each
. "$(dirname "$0")/lib.sh"

long=0
if [ "${1:-}" = "--long" ]; then long=1; fi
passed=0 failed=0 skipped=0 failures=()
logs=build/test-logs

# suite NAME COMMAND...: runs it, keeps its output, adds its totals from `count_*`.
suite() {
  local name=$1 log=$logs/$1.log started=$SECONDS; shift
  printf '%-28s ' "$name"
  local code=0
  "$@" >"$log" 2>&1 || code=$?
  local p f s
  read -r p f s < <(scripts/test_totals.sh "$log" "$code")
  passed=$((passed + p)); failed=$((failed + f)); skipped=$((skipped + s))
  printf '%4d passed %3d failed %3d skipped  %4d s\n' "$p" "$f" "$s" $((SECONDS - started))
  if [ "$f" -gt 0 ]; then failures+=("$name"); tail -40 "$log"; fi
}

say "Installing and building"
install_packages scripts/packages.txt scripts/packages-test.txt
scripts/build.sh --tests
mkdir -p "$logs"

say "Module tests"
BELTWARDEN_TEST_POSTGRES=$(scripts/test_postgres.sh start) || { BELTWARDEN_TEST_POSTGRES=; echo "PostgreSQL did not start: its tests are skipped"; }
export BELTWARDEN_TEST_POSTGRES
trap 'scripts/test_postgres.sh stop >/dev/null 2>&1 || true' EXIT
for test in build/*_test; do suite "$(basename "$test")" "$test"; done
suite checkheaders cmake --build build --target checkheaders

say "Pages"
suite ui npm --prefix ui test
suite ui-check npm --prefix ui run check

say "System"
for test in tests/system/*.sh; do suite "$(basename "$test" .sh)" "$test"; done
suite browser tests/browser/run.sh

if [ $long -eq 1 ]; then
  say "Long tests"
  suite benches-build cmake --build build --target benches
  for test in tests/long/*.sh; do suite "$(basename "$test" .sh)" "$test"; done
  suite fuzz tests/fuzz/run.sh 60
fi

echo
[ ${#failures[@]} -eq 0 ] || echo "failed: ${failures[*]} (logs in $logs)"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
