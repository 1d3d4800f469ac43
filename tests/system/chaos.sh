#!/usr/bin/env bash
# Site and center killed (SIGKILL) at twenty random moments: nothing lost, nothing doubled, chains whole, and the released
# state is that of an undisturbed run.   chaos.sh [KILLS] [SEED]
. "$(dirname "$0")/lib.sh.inc"
kills=${1:-20}
RANDOM=${2:-7}

demo() { exec build/beltwarden demo --scenario scenarios/quick.toml --headless --until-released --port 0 "$@"; }

( demo --report "$work/calm.json" --data-dir "$work/calm" ) 2>"$work/calm.err" || { cat "$work/calm.err"; not_ok "undisturbed run"; finish; }
cp -r "$work/calm/pack" "$work/calm/pack.key" "$work/" 
mkdir "$work/chaos"; cp -rp "$work/pack" "$work/pack.key" "$work/chaos/"

# The journal's durable sequence, as its state file says (docs/journal-format.md).
durable() {
  local sequence
  sequence=$(od -An -tu8 -j 64 -N 8 "$work/chaos/journal/journal.state" 2>/dev/null | tr -d ' ')
  echo "${sequence:-0}"
}
# Three kills of four at a random moment of a discharge that runs, the fourth at one of the first second, while it starts.
done_kills=0 hit_running=0
while [ $done_kills -lt "$kills" ]; do
  before=$(durable)
  ( demo --report "$work/chaos.json" --data-dir "$work/chaos" ) 2>>"$work/chaos.err" &
  pid=$!
  if [ $((done_kills % 4)) -eq 3 ]; then
    sleep "0.$((RANDOM % 900 + 100))"
  else
    wanted=$((before + 20 + RANDOM % 400))
    for _ in $(seq 600); do [ "$(durable)" -ge $wanted ] && break; kill -0 $pid 2>/dev/null || break; sleep 0.05; done
  fi
  if ! kill -KILL $pid 2>/dev/null; then wait $pid; break; fi   # it had finished: later kills would hit nothing
  wait $pid 2>/dev/null
  done_kills=$((done_kills + 1))
  if [ "$(durable)" -ge $((before + 20)) ]; then hit_running=$((hit_running + 1)); fi
done
echo "killed $done_kills times, $hit_running of them while the journal grew, at entry $(durable) in the end"
if [ $hit_running -ge $((kills * 3 / 4)) ]; then ok "three kills of four hit a running discharge ($hit_running)"; else not_ok "three kills of four hit a running discharge: $hit_running of $done_kills"; fi
if [ $done_kills -eq "$kills" ]; then ok "killed $kills times"; else not_ok "killed $kills times: the run had finished after $done_kills"; fi
( demo --report "$work/chaos.json" --data-dir "$work/chaos" ) 2>>"$work/chaos.err" || { tail -5 "$work/chaos.err"; not_ok "the run goes on after $done_kills kills"; finish; }
ok "the run goes on after $done_kills kills"

check "nothing lost" json "$work/chaos.json" 'r.lost === 0'
check "the journal is whole" build/beltwarden verify "$work/chaos/journal"
for run in calm chaos; do
  build/beltwarden replay "$work/$run/journal" --pack "$work/$run/pack" --out "$work/$run.csv" --same || not_ok "$run: the journal's findings are those of a replay, each once"
  # Without the journal's own numbering.
  cut -d, -f2- "$work/$run.csv" | sort >"$work/$run.findings"
done
ok "the journals' findings are those of a replay, each once"
if cmp -s "$work/calm.findings" "$work/chaos.findings"; then ok "the same findings as undisturbed ($(wc -l <"$work/calm.findings"))"; else
  not_ok "the same findings as undisturbed"; diff "$work/calm.findings" "$work/chaos.findings" | head -20; fi
# The center's own: every finding of the journal once, the same kinds of alarms on the same lots, and an unbroken chain of acts
# (its head differs from run to run: officers act at other moments) that still ends where the run left it.
for run in calm chaos; do
  findings=$(tail -n +2 "$work/$run.csv" | cut -d, -f1 | sort -u | wc -l)   # a row is one measured value of a finding
  check "$run: the center keeps the journal's $findings findings, each once" json "$work/$run.json" "r.center.findings === $findings"
  check "$run: the chain of acts is whole" json "$work/$run.json" 'r.center.audit_whole && r.center.audit_entries > 0'
  build/beltwarden user list --data-dir "$work/$run" >"$work/$run.users" 2>"$work/$run.chain" || not_ok "$run: the center opens again"
  if [ -s "$work/$run.chain" ]; then not_ok "$run: the chain of acts is whole when opened again"; cat "$work/$run.chain"; fi
done
node -e '
const [a, b] = process.argv.slice(1).map(f => JSON.parse(require("fs").readFileSync(f)).center.alarm_kinds.map(String).join("\n"));
if (a !== b) { console.log(a); console.log("---"); console.log(b); process.exit(1); }' "$work/calm.json" "$work/chaos.json" \
  && ok "the same kinds of alarms on the same lots" || not_ok "the same kinds of alarms on the same lots"
node -e '
const [a, b] = process.argv.slice(1).map(f => JSON.parse(require("fs").readFileSync(f)));
const state = r => JSON.stringify([r.tonnes, r.lots.map(l => [l.lot, l.state, l.tonnes]), r.planted.map(p => [p.kind, p.found]), r.coverage]);
if (state(a) !== state(b)) { console.log(state(a)); console.log(state(b)); process.exit(1); }' "$work/calm.json" "$work/chaos.json" \
  && ok "the released state is the same" || not_ok "the released state is the same"
finish
