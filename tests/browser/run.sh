#!/usr/bin/env bash
# Browser tests: starts the demo on a free port and walks through it with Debian's Chromium.
#   tests/browser/run.sh [SPEC...]                  against build/beltwarden demo
#   BELTWARDEN_URL=http://... tests/browser/run.sh  against a server that runs already (the mock, say)
set -euo pipefail
cd "$(dirname "$0")/../.."

browser=${BELTWARDEN_CHROMIUM:-/usr/bin/chromium}
skip() { echo "skipped: $*"; echo "0 passed, 0 failed, 1 skipped"; exit 0; }
[ -x "$browser" ] || skip "no browser at $browser (Debian's package chromium)"
[ -d ui/node_modules/playwright-core ] || skip "ui/node_modules is not there: run scripts/build.sh"

work=$(mktemp -d)
demo=
stop() {
  if [ -n "$demo" ]; then kill "$demo" 2>/dev/null || true; wait "$demo" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap stop EXIT

start_demo() {   # a fresh berth for each file, so that none leans on what another left behind
  build/beltwarden demo --port 0 --speed "${BELTWARDEN_TEST_SPEED:-60}" --data-dir "$work/$1" >"$work/$1.out" 2>"$work/$1.err" &
  demo=$!
  for _ in $(seq 600); do
    url=$(grep -om1 'http://[0-9a-zA-Z.]*:[0-9]*' "$work/$1.out" || true)
    [ -n "$url" ] && return
    kill -0 "$demo" 2>/dev/null || break
    sleep 0.1
  done
  echo "the demo did not come up:"; tail -20 "$work/$1.err"; exit 1
}

failed=0
specs=("$@")
[ ${#specs[@]} -gt 0 ] || specs=(tests/browser/*.spec.mjs)
for spec in "${specs[@]}"; do
  name=$(basename "$spec" .spec.mjs)
  echo "== $name"
  if [ -n "${BELTWARDEN_URL:-}" ]; then
    node --test "$spec" || failed=1
  else
    start_demo "$name"
    BELTWARDEN_URL=$url node --test "$spec" || { failed=1; echo "-- last lines of the demo:"; tail -20 "$work/$name.err"; }
    kill "$demo" 2>/dev/null || true
    wait "$demo" 2>/dev/null || true
    demo=
  fi
done
exit $failed
