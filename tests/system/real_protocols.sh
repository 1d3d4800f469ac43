#!/usr/bin/env bash
# A site over the instruments' own protocols (Modbus TCP, GigE Vision, N42 and spectrum streams): it works, it is killed and
# comes back, a lot ends with a hole that two officers sign for, an instrument goes away.
# BELTWARDEN_PACK=FOLDER spares the fitting (a copy is signed anew).
. "$(dirname "$0")/lib.sh.inc"
bw=$PWD/build/beltwarden
port=${BELTWARDEN_TEST_PORT:-18431}
password=officer-pass-2026
twin= serve= gate=
trap 'kill $serve $twin $gate 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT

# api USER METHOD PATH [JSON]: the answer is left in $work/answer.
api() {
  local body=(); [ $# -gt 3 ] && body=(-H 'Content-Type: application/json' -H "X-CSRF: $(cat "$work/$1.csrf")" -d "$4")
  curl -s -o "$work/answer" -b "$work/$1.cookie" -X "$2" "${body[@]}" "http://127.0.0.1:$port/api/v1/$3"
}
sign_in() {
  curl -s -o "$work/answer" -c "$work/$1.cookie" -H 'Content-Type: application/json' -d "{\"user\":\"$1\",\"password\":\"$password\"}" \
    "http://127.0.0.1:$port/api/v1/session" && json "$work/answer" 'typeof r.csrf === "string"' &&
    node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).csrf' "$work/answer" >"$work/$1.csrf"
}
holds() { json "$@" >/dev/null; }
# until_holds SECONDS USER PATH EXPRESSION
until_holds() {
  local end=$((SECONDS + $1))
  until api "$2" GET "$3" && holds "$work/answer" "$4"; do
    [ $SECONDS -ge $end ] && { head -c 3000 "$work/answer"; echo; return 1; }
    sleep 0.3
  done
}
start_serve() {
  "$bw" serve --config "$work/site.toml" >>"$work/serve.log" 2>&1 & serve=$!
  for _ in $(seq 100); do curl -sf -o /dev/null "http://127.0.0.1:$port/healthz" && return 0; sleep 0.1; done
  cat "$work/serve.log"; return 1
}

pack=${BELTWARDEN_PACK:-}
if [ -n "$pack" ]; then
  cp -r "$pack" "$work/pack"
else
  "$bw" pack fit packs/iron-ore --scenario tests/system/short_lots.toml --out "$work/pack" 2>"$work/fit.log" || cat "$work/fit.log"
fi
key=$("$bw" pack key --key "$work/key")
rm -f "$work/pack/pack.sig"
check "a pack is signed" "$bw" pack sign "$work/pack" --key "$work/key"
for who in officer:officer second:officer terminal:terminal; do
  echo "$password" | "$bw" user add "${who%:*}" --name "${who%:*}" --role "${who#*:}" --data-dir "$work/data" || not_ok "user ${who%:*}"
done

"$bw" twin --scenario tests/system/short_lots.toml --plc-port 0 --spectrum-port 0 --gamma-port 0 --declarations "$work/ship.json" \
  >"$work/line.toml" 2>"$work/twin.log" & twin=$!
for _ in $(seq 100); do [ -s "$work/line.toml" ] && break; sleep 0.1; done
gate_port=$(awk '/id = "gamma"/{f=1} f&&/^port/{print $3; exit}' "$work/line.toml")
{
  echo "site = \"haiqing\""; echo "data_dir = \"$work/data\""; echo "pack = \"$work/pack\""; echo "trusted_keys = [\"$key\"]"
  echo "[http]"; echo "port = $port"; cat "$work/line.toml"
} >"$work/site.toml"
# The gamma stream goes through a gate that can be shut: an instrument whose plug is pulled.
node -e 'const net=require("net"); net.createServer(a=>{const b=net.connect(+process.argv[1],"127.0.0.1"); a.pipe(b); b.pipe(a); const e=()=>{a.destroy();b.destroy()}; a.on("error",e); b.on("error",e); a.on("close",e); b.on("close",e)}).listen(0,"127.0.0.1",function(){console.log(this.address().port)})' "$gate_port" >"$work/gate" & gate=$!
for _ in $(seq 50); do [ -s "$work/gate" ] && break; sleep 0.1; done
sed -i "s/^port = $gate_port\$/port = $(cat "$work/gate")/" "$work/site.toml"

check "the site serves" start_serve
check "an officer signs in" sign_in officer
declare_table() { echo "$password" | "$bw" declare "$1" --user officer --server "http://127.0.0.1:$port" >"$work/declared" 2>"$work/refused"; }
header=number,hs_code,brand,origin,consignee,ship,call,lot,feed_number,mass_t,composition.Fe,commodity
printf '%s\n%s\n' $header '220920261000009809,26,Karstad fines,NO,Haiqing Steel,MV Brief Call,HQ-2026-0098,HQ0098-9,9,-5,62.5,iron-ore' >"$work/wrong.csv"
check "a table with two wrong fields is refused" test "$(declare_table "$work/wrong.csv"; echo $?)" = 1
check "both are named, with their row" test "$(grep -cE 'row [0-9]+, (hs_code|mass_t): ' "$work/refused")" = 2
printf '%s\n%s\n' $header '220920261000009809,2601112000,Karstad fines,NO,Haiqing Steel,MV Brief Call,HQ-2026-0098,HQ0098-9,9,5000,62.5,iron-ore' >"$work/right.csv"
check "a table that fits is taken in" declare_table "$work/right.csv"
check "and counted" grep -q '^1 declarations accepted' "$work/declared"
declared=$(echo "$password" | "$bw" declare "$work/ship.json" --user officer --server "http://127.0.0.1:$port")
[ "${declared%% *}" = 1 ] && ok "the ship is declared: $declared" || not_ok "the ship is declared: $declared"
check "every instrument works" until_holds 20 officer instruments \
  'r.instruments.filter(i => i.kind !== "sampler").length === 4 && r.instruments.filter(i => i.kind !== "sampler").every(i => i.state === "working" && i.accepted > 0)'
lot=HQ0098-1
check "tonnes come in" until_holds 45 officer lots/$lot 'r.tonnes_passed > 3'

kill -KILL $serve; wait $serve 2>/dev/null; sleep 3
check "a killed site's journal is whole" "$bw" verify "$work/data/journal"
check "it serves again" start_serve
check "people sign in again" sign_in officer

check "tonnes go on" until_holds 20 officer lots/$lot 'r.tonnes_passed > 20'
check "every instrument works again, and each drop has a cause" until_holds 15 officer instruments \
  'r.instruments.filter(i => i.kind !== "sampler").every(i => i.state === "working" && i.accepted > 0 && i.dropped.every(d => d.cause !== "" && d.count <= 2))'

check "the whole lot passes the scale" until_holds 60 officer lots/$lot 'r.tonnes_passed > 44'
check "the terminal signs in" sign_in terminal
api terminal POST lots/$lot/end '{}'
check "the terminal ends the lot" json "$work/answer" "r.lot === '$lot'"
check "its last slice closes" until_holds 40 officer lots/$lot 'r.state === "inspected"'
api officer POST lots/$lot/dispositions '{"kind":"release","reason":"everything seen","override":false}'
check "missed tonnes block the release" json "$work/answer" 'r.blockers.some(b => b.code === "coverage_hole")'
api officer POST lots/$lot/dispositions '{"kind":"release","reason":"sampled by hand while the site was down","override":true}'
check "against blockers a second officer must sign" json "$work/answer" 'r.needs_second === true && r.state === "release_proposed"'
disposition=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).disposition.id' "$work/answer")
sign_in second || not_ok "the second officer signs in"
api second POST "dispositions/$disposition/consent" '{"reason":"seen the hand samples"}'
check "two officers release it" json "$work/answer" 'r.state === "released"'

kill $gate; wait $gate 2>/dev/null
check "an unplugged instrument is disconnected" until_holds 20 officer instruments 'r.instruments.find(i => i.kind === "gamma").state === "disconnected"'
check "the others go on" json "$work/answer" 'r.instruments.filter(i => ["spectrometer", "camera"].includes(i.kind)).every(i => i.state === "working")'

kill -TERM $serve; wait $serve && ok "it stops when told" || not_ok "it stops when told"
check "the journal is whole at the end" "$bw" verify "$work/data/journal"

# The journal's disk is replaced: the site learns anew what is declared, and who decides is told that evidence may be missing.
mv "$work/data/journal" "$work/data/journal.old"
check "it serves with a new journal" start_serve
check "people sign in to it" sign_in officer
check "the lot that has not ended is announced to the new journal and says that the old one was replaced" until_holds 20 officer \
  lots/HQ0098-9 'r.blockers.some(b => b.code === "journal_replaced" && b.overridable)'
check "the lot that was released stays so" until_holds 5 officer lots/$lot 'r.state === "released"'
kill -TERM $serve; wait $serve && ok "it stops again" || not_ok "it stops again"
epoch() { "$bw" verify "$1" | sed -n 's/.* epoch \([0-9]*\),.*/\1/p'; }
check "the new journal has a later epoch" test "$(epoch "$work/data/journal")" -gt "$(epoch "$work/data/journal.old")"
[ $failures -gt 0 ] && tail -30 "$work/serve.log"
finish
