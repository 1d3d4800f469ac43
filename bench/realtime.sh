#!/usr/bin/env bash
# bench/realtime.sh [SECONDS]: one line at the rates of real instruments over their own protocols, on this machine: the delay from
# sensor to center, what was dropped, and whose processor time it is. Needs build/beltwarden, node and curl.
# SCENARIO=FILE for other rates; BELTWARDEN_PACK=FOLDER spares the fitting (it is signed anew in a copy). NETWORK=STEPS fits a network of
# the brand with so many steps (any number judges as fast) on the twin's clean pictures, and every picture goes through it.
set -u
cd "$(dirname "$0")/.."
seconds=${1:-60}
scenario=${SCENARIO:-scenarios/realtime.toml}
bw=$PWD/build/beltwarden
port=${BELTWARDEN_BENCH_PORT:-18432}
work=$(mktemp -d)
serve= twin=
trap 'kill $serve $twin 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
die() { echo "$*" >&2; tail -5 "$work"/*.log >&2; exit 1; }

if [ -n "${BELTWARDEN_PACK:-}" ]; then
  cp -r "$BELTWARDEN_PACK" "$work/pack"; rm -f "$work/pack/pack.sig"
else
  "$bw" pack fit packs/iron-ore --scenario "$scenario" --out "$work/pack" 2>"$work/fit.log" || die "the pack could not be fitted"
fi
if [ -n "${NETWORK:-}" ]; then
  brand=$(sed -n 's/^brand = "\(.*\)"/\1/p' "$scenario" | head -1)
  "$bw" twin --scenario "$scenario" --clean-frames "$work/clean" --brand "$brand" --count 12 2>"$work/fit.log" &&
    "$bw" vision fit --clean "$work/clean" --mm-per-pixel "$(sed -n 's/^mm_per_px = //p' "$scenario")" --steps "$NETWORK" \
      --out "$work/brand.vision" >>"$work/fit.log" 2>&1 &&
    "$bw" vision install --model "$work/brand.vision" --brand "$brand" --pack "$work/pack" 2>>"$work/fit.log" || die "no network"
fi
key=$("$bw" pack key --key "$work/key") && "$bw" pack sign "$work/pack" --key "$work/key" || die "the pack could not be signed"
echo bench-pass-2026 | "$bw" user add officer --name Officer --role officer --data-dir "$work/data" || die "no user"
"$bw" twin --scenario "$scenario" --plc-port 0 --spectrum-port 0 --gamma-port 0 --declarations "$work/ship.json" \
  >"$work/line.toml" 2>"$work/twin.log" & twin=$!
for _ in $(seq 300); do [ -s "$work/line.toml" ] && break; sleep 0.1; done
{
  echo "site = \"haiqing\""; echo "data_dir = \"$work/data\""; echo "pack = \"$work/pack\""; echo "trusted_keys = [\"$key\"]"
  echo "[http]"; echo "port = $port"; cat "$work/line.toml"
} >"$work/site.toml"
"$bw" serve --config "$work/site.toml" >"$work/serve.log" 2>&1 & serve=$!
for _ in $(seq 200); do curl -sf -o /dev/null "http://127.0.0.1:$port/healthz" && break; sleep 0.1; done
echo bench-pass-2026 | "$bw" declare "$work/ship.json" --user officer --server "http://127.0.0.1:$port" || die "not declared"
curl -s -o /dev/null -c "$work/cookie" -H 'Content-Type: application/json' -d '{"user":"officer","password":"bench-pass-2026"}' \
  "http://127.0.0.1:$port/api/v1/session"

# Processor ticks by thread name: a name may hold spaces, so what follows its closing bracket is counted. Threads that have ended (strips of
# pictures) are only in the process's own count.
ticks() {
  {
  cat /proc/"$1"/task/*/stat 2>/dev/null | awk '{ name = $0; sub(/^[^(]*\(/, "", name); sub(/\) [^)]*$/, "", name); rest = $0;
    sub(/^.*\) /, "", rest); split(rest, f, " "); sum[name] += f[12] + f[13] } END { for (n in sum) printf "%s\t%d\n", n, sum[n] }'
    awk '{ sub(/^.*\) /, ""); printf "process\t%d\n", $12 + $13 }' /proc/"$1"/stat
  } | awk -F'\t' '{ if ($1 == "process") all = $2; else { print; sum += $2 } } END { printf "strips, ended\t%d\n", all - sum }'
}
sleep 5
ticks $serve >"$work/serve0"; ticks $twin >"$work/twin0"; begun=$(date +%s.%N)
sleep "$seconds"
ticks $serve >"$work/serve1"; ticks $twin >"$work/twin1"; lasted=$(awk -v a="$begun" -v b="$(date +%s.%N)" 'BEGIN { print b - a }')

echo "scenario $scenario, $seconds s, $(nproc) cores, load of the machine $(cut -d' ' -f1-3 /proc/loadavg)"
curl -s "http://127.0.0.1:$port/metrics" | awk '/^beltwarden_(sensor|entries|unreadable|alarms)/ { printf "%-40s %s\n", $1, $2 }'
curl -s -b "$work/cookie" "http://127.0.0.1:$port/api/v1/instruments" >"$work/instruments"
node -e 'for (const i of JSON.parse(require("fs").readFileSync(process.argv[1])).instruments)
  console.log(i.instrument.padEnd(14), i.state.padEnd(12), "dropped", i.dropped.map(d => d.cause + ": " + d.count).join(", ") || "none")' "$work/instruments"
share() { awk -F'\t' -v s="$lasted" -v hz="$(getconf CLK_TCK)" 'NR == FNR { before[$1] = $2; next }
  { p = ($2 - before[$1]) / hz / s * 100; all += p; if (p >= 0.05) printf "%-18s %6.1f\n", $1, p } END { printf "%-18s %6.1f\n", "all", all }' "$1" "$2" | sort -k2 -n -r; }
echo "serve: thread, % of one core"; share "$work/serve0" "$work/serve1"
echo "twin: thread, % of one core"; share "$work/twin0" "$work/twin1"
kill -TERM $twin; wait $twin; twin=
tail -1 "$work/twin.log"
