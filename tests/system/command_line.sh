#!/usr/bin/env bash
# Exit codes and messages that scripts rely on: 0 done, 2 a usage error, 1 anything else with one line that says why.
. "$(dirname "$0")/lib.sh.inc"
run() { build/beltwarden "$@" >"$work/out" 2>"$work/err"; echo $?; }

check "no command is a usage error" test "$(run)" = 2
check "an unknown command is a usage error" test "$(run fly)" = 2
check "an unknown option is a usage error" test "$(run verify --fast x)" = 2
for command in demo serve twin verify replay pack user; do
  check "$command --help succeeds" test "$(run $command --help)" = 0
  check "$command --help has an example" grep -q 'Example: beltwarden' "$work/out"
done
check "a missing journal is named" test "$(run verify "$work/nothing")" != 0
mkdir -p "$work/nojournal"; : >"$work/nojournal/00000000000000000001.bwj"
check "segments without their state are a failure, not a usage error" test "$(run verify "$work/nojournal")" = 1
check "a scenario with a wrong field is refused" test "$(printf 'name = 3\n' >"$work/s.toml"; run demo --headless --scenario "$work/s.toml")" = 1
check "and the message names file and line" grep -q 's.toml:1' "$work/err"
check "settings with a misspelt field are refused" test "$(printf 'site = "x"\nport = 1\n' >"$work/c.toml"; run serve --config "$work/c.toml")" = 1
finish
