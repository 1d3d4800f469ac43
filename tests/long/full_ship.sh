#!/usr/bin/env bash
# The demo's whole ship, 170,000 t with three lots and every kind of fault: under five minutes on two cores, at least four
# fifths of the faults found, at most ten false alarms in all, nothing lost.
. "$(dirname "$0")/../system/lib.sh.inc"
started=$SECONDS
build/beltwarden demo --headless --until-released --report "$work/R.json" --data-dir "$work/data" --port 0 2>"$work/err" ||
  { cat "$work/err"; not_ok "the run ends by itself"; finish; }
took=$((SECONDS - started))
check "the run ends by itself in under five minutes ($took s)" test $took -lt 300
check "170,000 t in three lots, all released" json "$work/R.json" \
  'r.tonnes >= 170000 && r.lots.length === 3 && r.lots.every(l => l.state === "released")'
check "at least four fifths of the planted faults are found" json "$work/R.json" \
  'new Set(r.planted.map(p => p.kind)).size === 11 && r.planted.filter(p => p.found).length >= 0.8 * r.planted.length'
check "at most ten false alarms" json "$work/R.json" 'Object.values(r.false_alarms).reduce((a, b) => a + b, 0) <= 10'
check "instrument faults leave coverage at nine tenths or more" json "$work/R.json" 'Object.values(r.coverage).every(c => c >= 0.9)'
check "nothing is lost" json "$work/R.json" 'r.lost === 0'
check "the journal is whole" build/beltwarden verify "$work/data/journal"
cat "$work/R.json"
finish
