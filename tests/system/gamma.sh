#!/usr/bin/env bash
# The gamma desk's command lines and file formats that others rely on, on small series made here.
. "$(dirname "$0")/lib.sh.inc"
run() { build/beltwarden gamma "$@" >"$work/out" 2>"$work/err"; echo $?; }
header() { test "$(head -1 "$1")" = "$2"; }
g=$work/g; mkdir -p "$g"

# Two quiet series and one with a source at 200 s; templates; three blocks of known K, U and Th and their background.
node - "$g" <<'JS'
const fs = require('fs'), dir = process.argv[2];
let seed = 12345;
const uniform = () => {
  seed = (seed + 0x6D2B79F5) | 0;
  let x = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
  return (((x ^ (x >>> 14)) >>> 0) + 0.5) / 4294967296;
};
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
const poisson = (mean) => {
  if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
  let n = 0; for (let p = Math.exp(-mean), s = p, u = uniform(); u > s && n < 400; ) { n++; p *= mean / n; s += p; } return n;
};
const width = (e) => 0.075 * Math.sqrt(661.7 * e) / 2.355;
const line = (e, at, area) => area * Math.exp(-0.5 * ((e - at) / width(at)) ** 2) / (width(at) * 2.5066);
const lines = { K: [[1460.8, 1]], U: [[351.9, 2], [609.3, 2], [1120, 0.6], [1764.5, 0.6]], Th: [[238.6, 2], [583, 1], [911, 1], [2614.5, 0.8]],
                'Cs-137': [[661.7, 1]], 'Co-60': [[1173.2, 1], [1332.5, 0.9]] };
// Counts per keV of a source of 1 cps, about half of them continuum under its lines.
const shape = (name, e) => { let s = 0, sum = 0; for (const [at, a] of lines[name]) { s += line(e, at, 0.5 * a) + (e < at ? 0.5 * a / at : 0); sum += a; } return s / sum; };
const root = (i, n) => (Math.sqrt(30) + (Math.sqrt(3000) - Math.sqrt(30)) * i / n) ** 2;
const edges = Array.from({ length: 65 }, (_, i) => root(i, 64));
const rates = (load, ore, mix = [0.3, 0.3, 0.4]) => edges.slice(1).map((hi, i) => {
  const lo = edges[i], e = (lo + hi) / 2, w = hi - lo, left = 1 - 0.35 * (1 - Math.exp(-load / 120));
  return w * (left * (900 * Math.exp(-e / 250) / 250 + 250 * shape('K', e) + 200 * shape('U', e) + 200 * shape('Th', e)) +
    ore * load / 100 * (mix[0] * shape('K', e) + mix[1] * shape('U', e) + mix[2] * shape('Th', e)));
});
const series = (name, seconds, ore, source, mix) => {
  let csv = 't,live,speed_mps,load_kg_per_m,' + edges.slice(1).map((_, i) => 'c' + i).join(',') + '\n';
  for (let k = 0; k < seconds * 5; k++) {
    const t = k / 5, load = t % 240 < 40 ? 0 : 250 + 60 * Math.sin(t / 30);
    const passing = source ? 1500 * (1 + ((t - 200) / 0.65) ** 2) ** -1.5 : 0;
    csv += `${t.toFixed(1)},0.2,3,${(load * (1 + 0.01 * normal())).toFixed(1)},` +
      rates(load, ore, mix).map((r, i) => poisson(0.2 * (r + passing * (edges[i + 1] - edges[i]) * shape('Cs-137', (edges[i] + edges[i + 1]) / 2)))).join(',') + '\n';
  }
  fs.writeFileSync(`${dir}/${name}.csv`, csv);
  fs.writeFileSync(`${dir}/${name}.json`, JSON.stringify({ energy_edges_kev: edges }));
};
// Runs over the line: 0.1, 1 and 1 counts a second for a Bq/kg of K, U and Th at 100 kg/m.
const runs = [['R1', 900, 15, 45], ['R2', 200, 70, 12], ['R3', 400, 20, 90]];
for (const [name, k, u, th] of runs) { const sum = 0.1 * k + u + th; series(name, 900, sum, false, [0.1 * k / sum, u / sum, th / sum]); }
fs.writeFileSync(dir + '/runs.csv', 'name,k40_bq_per_kg,u238_bq_per_kg,th232_bq_per_kg\n' + runs.map((r) => r.join(',')).join('\n') + '\n');
series('S1', 700, 40, false); series('S2', 700, 90, false); series('S3', 300, 60, true);
const flat = Array.from({ length: 1000 }, (_, i) => 3 * i + 1.5);
let lib = 'template,source,shielding,real_s,live_s,e0_keV,gain_keV_per_ch,' + flat.map((_, i) => 'c' + i).join(',') + '\n';
const row = (id, source, cps) => { lib += `${id},${source},${id === 'background' ? '' : 'Unshielded'},600,600,0,3,` + flat.map((e) => poisson(600 * 3 * (cps(e) + Math.exp(-e / 300)))).join(',') + '\n'; };
row('background', 'background', () => 0);
for (const [id, source, name] of [['Cs137', 'Cs137', 'Cs-137'], ['Co60', 'Co60', 'Co-60'], ['K40', 'K40', 'K'], ['Ra226', 'Ra226', 'U'], ['Th232', 'Th232', 'Th']])
  row(id, source, (e) => 800 * shape(name, e));
fs.writeFileSync(dir + '/reflib.csv', lib);
const one = (name, k, u, th, cs) => {
  fs.writeFileSync(`${dir}/${name}.csv`, 't,live,speed_mps,load_kg_per_m,' + flat.map((_, i) => 'c' + i).join(',') + '\n0,3600,0,0,' +
    flat.map((e) => poisson(3600 * 3 * (0.02 * Math.exp(-e / 400) + 0.02 * k * shape('K', e) + 0.3 * u * shape('U', e) + 0.3 * th * shape('Th', e) + cs * shape('Cs-137', e)))).join(',') + '\n');
  fs.writeFileSync(`${dir}/${name}.json`, '{"calibration":[0,3,0]}');
};
one('B1', 1000, 30, 60, 0); one('B2', 400, 75, 25, 0); one('B3', 1200, 20, 20, 0); one('B5', 800, 40, 48, 0); one('B4', 600, 50, 35, 0); one('PB', 0, 0, 0, 0); one('Cs', 100, 5, 5, 50);
fs.writeFileSync(dir + '/blocks.csv', 'name,k40_bq_per_kg,u238_bq_per_kg,th232_bq_per_kg\nB1,1000,30,60\nB2,400,75,25\nB3,1200,20,20\nB5,800,40,48\n');
JS

for command in read tune inspect identify calibrate activity write evaluate disturb; do
  check "gamma $command --help succeeds" test "$(run $command --help)" = 0
  check "and has an example" grep -q 'Example: beltwarden gamma' "$work/out"
done
check "gamma --help has an example" test "$(run --help)" = 0 -a -n "$(grep 'Example: beltwarden gamma' "$work/out")"
check "gamma without a command is a usage error" test "$(run)" = 2
check "a missing option is a usage error" test "$(run inspect --out "$g/E.csv")" = 2
check "a file that is not there is a usage error" test "$(run read "$g/nothing.n42")" = 2
check "a template table that is none fails" test "$(run tune --series "$g/S1.csv" --templates "$g/blocks.csv" --out "$g/X")" = 1
check "with one line" test "$(wc -l <"$work/err")" = 1

check "read several files" test "$(run read "$g/S1.csv" "$g/B1.csv" --json)" = 0
check "one object a line" test "$(wc -l <"$work/out")" = 2
head -1 "$work/out" >"$work/first"
check "with samples, spectra and counts" json "$work/first" 'r.samples===3500 && r.spectra===3500 && r.total_counts>0'
counts=$(node -e 'console.log(JSON.parse(require("fs").readFileSync(process.argv[1])).total_counts)' "$work/first")

check "tune" test "$(run tune --series "$g/S1.csv" "$g/S2.csv" --templates "$g/reflib.csv" --false-alarms-per-hour 0.5 --out "$g/G")" = 0
check "inspect" test "$(run inspect --model "$g/G" --series "$g/S3.csv" --out "$g/E.csv")" = 0
check "events have their columns" header "$g/E.csv" "series,start_s,end_s,kind,nuclide,confidence,added_cps"
check "the source is found once, named, and nothing else" test "$(tail -n +2 "$g/E.csv" | cut -d, -f1,4,5)" = "S3,artificial,Cs-137"
check "where it is" awk -F, 'NR==2{exit !($2>195 && $2<200 && $3>200 && $3<205)}' "$g/E.csv"
gzip -k "$g/S3.csv"; mkdir "$g/packed"; mv "$g/S3.csv.gz" "$g/packed"; cp "$g/S3.json" "$g/packed"
check "a packed series gives the same events" test "$(run inspect --model "$g/G" --series "$g/packed/S3.csv.gz" --out "$g/E2.csv")" = 0
check "to the byte" cmp -s "$g/E.csv" "$g/E2.csv"
printf 'series,start_s,end_s,nuclide,peak_cps\nS3,199.5,200.5,Cs-137,1500\n' >"$g/truth.csv"
check "evaluate" test "$(run evaluate --events "$g/E.csv" --truth "$g/truth.csv" --json)" = 0
check "says that all was found" json "$work/out" 'r.detected===1 && r.named_right===1 && r.false_alarms.injected===0'

check "identify" test "$(run identify --spectrum "$g/Cs.csv" --model "$g/G" --json)" = 0
check "names Cs-137" json "$work/out" 'r.nuclide==="Cs-137" && r.nuclides[0].confidence>0.5'
check "calibrate" test "$(run calibrate --blocks "$g/blocks.csv" --background "$g/PB.csv" --out "$g/K")" = 0
check "activity" test "$(run activity --spectrum "$g/B4.csv" --background "$g/PB.csv" --model "$g/K" --json)" = 0
check "weighs a block left out" json "$work/out" '[["K-40",600],["U-238",50],["Th-232",35]].every(([n,v])=>Math.abs(r[n].bq_per_kg-v)<4*r[n].error && r[n].error<0.2*v && r[n].decision_threshold<r[n].detection_limit)'
check "and artificial nuclides that are not in it" json "$work/out" '["Cs-137","Co-60"].every((n)=>!r[n].detected && r[n].decision_threshold<r[n].detection_limit)'
check "calibrate a line" test "$(run calibrate --runs "$g/runs.csv" --model "$g/G" --out "$g/W")" = 0
check "says the line's factors" grep -q 'Th-232 series .* counts a second for 1 Bq/kg' "$work/err"
check "runs without the line's model are a usage error" test "$(run calibrate --runs "$g/runs.csv" --out "$g/W")" = 2
check "neither blocks nor runs are a usage error" test "$(run calibrate --out "$g/W")" = 2
check "activity with a belt's model is refused" test "$(run activity --spectrum "$g/B4.csv" --background "$g/PB.csv" --model "$g/G" --json)" = 1
check "saying what was expected" grep -q "gamma calibrate" "$work/err"
check "write" test "$(run write --series "$g/S1.csv" --format n42 --out "$g/S1.n42")" = 0
check "reads back" test "$(run read "$g/S1.n42" --json)" = 0
check "to the same counts" json "$work/out" "r.samples===3500 && r.total_counts===$counts"
finish
