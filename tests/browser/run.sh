#!/usr/bin/env bash
# Browser tests: starts the demo on a free port and walks through it with Debian's Chromium.
#   tests/browser/run.sh [SPEC...]                  against build/beltwarden demo
#   BELTWARDEN_URL=http://... tests/browser/run.sh  against a server that runs already (the mock, say)
set -euo pipefail
cd "$(dirname "$0")/../.."

browser=${BELTWARDEN_CHROMIUM:-/usr/bin/chromium}
skip() { printf 'skipped: %s\n# pass 0\n# fail 0\n# skipped 1\n' "$*"; exit 0; }
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
  mkdir -p "$work/$1"
  if [ -d "$work/pack" ]; then cp -rp "$work/pack" "$work/pack.key" "$work/$1/"; fi    # fitted once is enough
  build/beltwarden demo --scenario tests/browser/berth.toml --port 0 --speed "${BELTWARDEN_TEST_SPEED:-60}" --data-dir "$work/$1" >"$work/$1.out" 2>"$work/$1.err" &
  demo=$!
  for _ in $(seq 3000); do
    url=$(grep -om1 'http://[0-9a-zA-Z.]*:[0-9]*' "$work/$1.out" || true)
    if [ -n "$url" ]; then
      [ -d "$work/pack" ] || cp -rp "$work/$1/pack" "$work/$1/pack.key" "$work/"
      return
    fi
    kill -0 "$demo" 2>/dev/null || break
    sleep 0.1
  done
  echo "the demo did not come up:"; tail -20 "$work/$1.err"; exit 1
}

walk() {   # SPEC URL: runs it and adds its counts
  local code=0
  BELTWARDEN_URL=$2 node --test --test-reporter=tap "$1" | tee "$work/tap" || code=1
  passes=$((passes + $(grep -oE '^# pass [0-9]+' "$work/tap" | grep -oE '[0-9]+')))
  failures=$((failures + $(grep -oE '^# fail [0-9]+' "$work/tap" | grep -oE '[0-9]+')))
  return $code
}

failed=0 passes=0 failures=0
specs=("$@")
[ ${#specs[@]} -gt 0 ] || specs=(tests/browser/*.spec.mjs)
for spec in "${specs[@]}"; do
  name=$(basename "$spec" .spec.mjs)
  echo "== $name"
  if [ -n "${BELTWARDEN_URL:-}" ]; then
    walk "$spec" "$BELTWARDEN_URL" || failed=1
  else
    start_demo "$name"
    walk "$spec" "$url" || { failed=1; echo "-- last lines of the demo:"; tail -20 "$work/$name.err"; }
    kill "$demo" 2>/dev/null || true
    wait "$demo" 2>/dev/null || true
    demo=
  fi
done
printf '# pass %s\n# fail %s\n# skipped 0\n' "$passes" "$failures"
exit $failed
