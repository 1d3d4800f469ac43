#!/usr/bin/env bash
# The chemometrician's commands on a small made table: what is written, and how each ends. Two brands whose Fe is a band at 900 nm.
. "$(dirname "$0")/lib.sh.inc"
bw=build/beltwarden
run() { "$bw" spectra "$@" >"$work/out" 2>"$work/err"; echo $?; }
head_of() { head -1 "$1"; }
rows_of() { awk 'END{print NR-1}' "$1"; }

# make FILE SLICES SCANS SEED SET BEND SLAG: rows of the brands A and B; BEND is another instrument's, SLAG a share of a flat bright material.
make() {
  awk -v slices="$2" -v scans="$3" -v seed="$4" -v set="$5" -v bend="${6:-0}" -v slag="${7:-0}" '
    function noise() { return (rand() + rand() + rand() + rand() - 2) * 1.7 }
    BEGIN {
      srand(seed)
      printf "id,set,class,date,y:Fe,y:LOI,y:slag"
      for (nm = 400; nm <= 1390; nm += 20) printf ",%d", nm
      print ""
      for (i = 1; i <= slices; i++) {
        brand = i % 2 ? "A" : "B"; fe = 60 + 4 * rand(); loi = 2 + 2 * rand()
        for (s = 1; s <= scans; s++) {
          printf "%s%03d%s,%s,%s,2026-03-%02d,%.3f,%s,%g", set, i, (scans > 1 ? "/" s : ""), set, brand, 1 + int(i * 27 / slices), fe, (i % 7 ? sprintf("%.3f", loi) : ""), 100 * slag
          light = 1 + 0.02 * noise()
          for (nm = 400; nm <= 1390; nm += 20) {
            r = 0.30 + (brand == "B") * 0.06 * exp(-((nm - 600) / 60) ^ 2) - 0.02 * (fe - 60) * exp(-((nm - 900) / 70) ^ 2) - 0.02 * loi * exp(-((nm - 1200) / 60) ^ 2)
            r = (1 - slag) * r + slag * 0.75
            printf ",%.5f", light * ((1 - 0.2 * bend) * r + 0.004 * bend * (nm - 400) / 100) + 0.001 * noise()
          }
          print ""
        }
      }
    }' >"$1"
}
make "$work/train.csv" 80 1 1 train
make "$work/test.csv" 20 5 2 test
make "$work/foul.csv" 8 5 3 foul 0 0.3
make "$work/val.csv" 40 5 4 val
(cat "$work/train.csv"; tail -n +2 "$work/val.csv"; tail -n +2 "$work/test.csv"; tail -n +2 "$work/foul.csv") >"$work/T.csv"
gzip -c "$work/T.csv" >"$work/T.csv.gz"
make "$work/a.csv" 20 1 5 std
make "$work/b.csv" 20 1 5 std 1
T=$work/T.csv.gz

for command in convert fit predict evaluate follow transfer match unmix; do
  check "spectra $command --help succeeds" test "$(run $command --help)" = 0
  check "spectra $command --help has an example" grep -q "Example: beltwarden spectra $command" "$work/out"
done
check "spectra --help has an example" test "$(run --help; grep -c 'Example: beltwarden' "$work/out")" = "0
1"

# Regression.
check "a regression is fitted, with its report" test "$(run fit --kind regression --data "$T" --where set=train --response y:Fe --by class \
  --preprocess 'snv,sg(5,2,1)' --components 4 --report "$work/R.html" --out "$work/fe.m")" = 0
check "the report is one page without scripts" test "$(grep -c '<svg' "$work/R.html")" -gt 0 -a "$(grep -c '<script' "$work/R.html")" = 0
check "rows are predicted" test "$(run predict --model "$work/fe.m" --data "$T" --where set=test --out "$work/P.csv")" = 0
check "under the agreed header" test "$(head_of "$work/P.csv")" = id,value,std_error,t2,t2_limit,q,q_limit,verdict
check "one a scan" test "$(rows_of "$work/P.csv")" = 100
check "or one a slice, to stdout" test "$(run predict --model "$work/fe.m" --data "$T" --where set=test --average --out -; rows_of "$work/out")" = "0
20"
check "the slice's id is the part before /" test "$(sed -n 2p "$work/out" | cut -d, -f1)" = test001
check "several values of one column are alternatives" test "$(run predict --model "$work/fe.m" --data "$T" --where set=test --where set=val --where class=A --out -; rows_of "$work/out")" = "0
150"
check "evaluate prints JSON" test "$(run evaluate --model "$work/fe.m" --data "$T" --where set=test --average --json)" = 0
check "with Fe right to 0.4" json "$work/out" 'r.response === "y:Fe" && r.n === 20 && r.rmse < 0.4 && r.r2 > 0.9 && Math.abs(r.bias) < 0.2'
check "auto finds its own way" test "$(run fit --kind regression --data "$T" --where set=train --response y:Fe --preprocess auto --components auto --method pls --out "$work/auto.m")" = 0
check "several responses" test "$(run fit --kind regression --data "$T" --where set=train --response y:Fe --response y:LOI --preprocess snv --components 4 --out "$work/two.m")" = 0
check "repeat the rows under a response column" test "$(run predict --model "$work/two.m" --data "$T" --where set=test --out -; head_of "$work/out"; rows_of "$work/out")" = "0
id,response,value,std_error,t2,t2_limit,q,q_limit,verdict
200"

# Gaps: a fifth of the points missing, and everything missing.
awk -F, -v OFS=, 'NR==1{print;next} NR==2{for(i=48;i<=NF;i++)$i=""} NR==3{for(i=8;i<=NF;i++)$i=""} NR<4' "$work/test.csv" >"$work/gaps.csv"
check "a gap is answered, no spectrum is invalid" test "$(run predict --model "$work/fe.m" --data "$work/gaps.csv" --out -; sed 's/.*,//' "$work/out" | tr '\n' ' ')" = "0
verdict ok invalid "

# Identity.
check "brands are learnt" test "$(run fit --kind identity --data "$T" --where set=train --class class --method lda --out "$work/brand.m")" = 0
check "and told" test "$(run predict --model "$work/brand.m" --data "$T" --where set=test --average --out -; head_of "$work/out"; rows_of "$work/out")" = "0
id,class,confidence,verdict
20"
check "all of them right" test "$(run evaluate --model "$work/brand.m" --data "$T" --where set=test --average --json; cat "$work/out" >"$work/e.json")" = 0
check "as evaluate says" json "$work/e.json" 'r.accuracy === 1 && r.n === 20'

# Screen.
awk -F, -v OFS=, 'NR==1{printf "id,class"; for(i=8;i<=NF;i++)printf ","$i; print ""} NR>1&&NR<8{printf "slag%d,slag", NR; for(i=8;i<=NF;i++)printf ",%.4f", 0.7+0.02*NR; print ""}' "$work/test.csv" >"$work/slag.csv"
check "a screen is fitted" test "$(run fit --kind screen --data "$T" --where set=train --where set=val --class class --false-alarms 0.01 --library "$work/slag.csv" --out "$work/slag.m")" = 0
check "and judges slices" test "$(run predict --model "$work/slag.m" --data "$T" --where set=foul --average --out "$work/S.csv"; cut -d, -f1-6 "$work/S.csv" | head -1; rows_of "$work/S.csv")" = "0
id,distance,limit,slag_fraction,slag_fraction_std,verdict
8"
check "nearly a third of slag is suspect" test "$(grep -c ,suspect, "$work/S.csv")" = 8
awk -F, -v OFS=, 'NR>1&&NR<7{$7=""}1' "$work/test.csv" >"$work/unlabelled.csv"
check "rows without a slag content are counted apart" test "$(run evaluate --model "$work/slag.m" --data "$work/unlabelled.csv" --average --json; cat "$work/out" >"$work/e.json")" = 0
check "and not as clean" json "$work/e.json" 'r.n === 19 && r.unlabelled === 1 && r.false_alarms <= 0.06'

# Beside a library: the two ores at Fe 62 and LOI 3, and the flat bright material.
awk 'BEGIN {
  printf "id,class"; for (nm = 400; nm <= 1390; nm += 20) printf ",%d", nm; print ""
  for (k = 0; k < 3; k++) {
    printf "%s", k == 0 ? "oreA,ore" : k == 1 ? "oreB,ore" : "white,slag"
    for (nm = 400; nm <= 1390; nm += 20)
      printf ",%.5f", k == 2 ? 0.75 : 0.30 + (k == 1) * 0.06 * exp(-((nm - 600) / 60) ^ 2) - 0.04 * exp(-((nm - 900) / 70) ^ 2) - 0.06 * exp(-((nm - 1200) / 60) ^ 2)
    print ""
  }
}' >"$work/lib.csv"
check "spectra are likened to a library" test "$(run match --data "$T" --where set=test --average --library "$work/lib.csv" --most 1 --out "$work/M.csv"; head_of "$work/M.csv"; rows_of "$work/M.csv")" = "0
id,rank,member,class,angle,correlation,confidence
20"
check "odd slices look like A and even ones like B" test "$(awk -F, 'NR>1{n=substr($1,5)+0; right+=($3==(n%2?"oreA":"oreB"))} END{print right}' "$work/M.csv")" -ge 19
check "and unmixed" test "$(run unmix --areal --data "$T" --where set=foul --average --library "$work/lib.csv" --out "$work/U.csv"; head_of "$work/U.csv"; rows_of "$work/U.csv")" = "0
id,member,class,share,share_std,residual
24"
check "into three tenths of what was put in" test "$(awk -F, '$3=="slag"{n++; s+=$4; near+=($4>0.25&&$4<0.35&&$5>0)} END{print near==n, n}' "$work/U.csv")" = "1 8"

# SIMPLS of one response is PLS, whatever the algorithm; and channels that say nothing are told of.
check "SIMPLS can be asked for" test "$(run fit --kind regression --data "$T" --where set=train --response y:Fe --preprocess snv --components 4 --method simpls --out "$work/simpls.m")" = 0
run fit --kind regression --data "$T" --where set=train --response y:Fe --preprocess snv --components 4 --method pls --out "$work/pls.m" >/dev/null
for m in simpls pls; do run predict --model "$work/$m.m" --data "$T" --where set=test --out "$work/$m.csv" >/dev/null; done
check "and says what PLS says" test "$(paste -d, "$work/simpls.csv" "$work/pls.csv" | awk -F, 'NR>1{d=$2-$10; if(d<0)d=-d; if(d>1e-6)bad++} END{print bad+0, NR-1}')" = "0 100"
awk -F, -v OFS=, 'NR>1{$20=0.5}1' "$work/train.csv" >"$work/dead.csv"
check "a dead channel is told of" test "$(run fit --kind regression --data "$work/dead.csv" --response y:Fe --preprocess raw --components 4 --out "$work/x.m"; grep -c 'mask-dead leaves them out' "$work/err")" = "0
1"
check "and left out where that is asked for" test "$(run fit --kind regression --data "$work/dead.csv" --response y:Fe --preprocess raw --components 4 --mask-dead --out "$work/x.m"; grep -c ': left out' "$work/err")" = "0
1"
rm -f "$work/x.m"

# What fit wrote is a model of a pack, byte for byte; of another kind, or of an older version, it is refused.
mkdir -p "$work/pack/models"; cp packs/iron-ore/pack.toml "$work/pack/"
for m in regression:fe identity:brand; do cp "$work/${m#*:}.m" "$work/pack/models/brand_${m%:*}.bin"; done
cp "$work/slag.m" "$work/pack/models/slag_screen.bin"
check "models of the desk are models of a pack" test "$("$bw" pack check "$work/pack" | grep -c "3 models")" = 1
cp "$work/brand.m" "$work/pack/models/brand_regression.bin"
check "one of another kind is refused" test "$("$bw" pack check "$work/pack" 2>&1 | grep -c 'expected a model of kind regression.*found one of kind identity')" = 1
cp "$work/fe.m" "$work/pack/models/brand_regression.bin"; echo old >"$work/pack/models/slag_comparison.bin"
check "and a pack of an older version" test "$("$bw" pack check "$work/pack" 2>&1 | grep -c 'fit the pack again')" = 1

# Transfer and follow.
check "a model moves to another instrument" test "$(run transfer --model "$work/auto.m" --from "$work/a.csv" --to "$work/b.csv" --out "$work/moved.m")" = 0
make "$work/b_test.csv" 20 1 6 test 1
check "where it answers well" test "$(run evaluate --model "$work/moved.m" --data "$work/b_test.csv" --json; cat "$work/out" >"$work/e.json")" = 0
check "to 0.3" json "$work/e.json" 'r.rmse < 0.3'
check "a plant is followed" test "$(run follow --model "$work/auto.m" --data "$work/test.csv" --response y:Fe --out "$work/F.csv"; cut -d, -f1-5 "$work/F.csv" | head -1; rows_of "$work/F.csv")" = "0
id,value,std_error,verdict,drift
100"

# Convert.
check "a table converts to itself" test "$(run convert "$work/a.csv" --out "$work/c.csv.gz"; zcat "$work/c.csv.gz" | awk 'END{print NR-1}')" = "0
20"

# Usage errors end with 2, others with 1 and one line.
fails() {  # NAME CODE PATTERN WORDS...
  local name=$1 code=$2 pattern=$3; shift 3
  local ended; ended=$(run "$@")
  check "$name ends with $code" test "$ended" = "$code"
  check "$name says so" grep -q -e "$pattern" "$work/err"
}
fit_fe="fit --data $T --out $work/x.m --kind regression --response y:Fe"
fails "an unknown kind" 2 "expected one of regression" fit --kind magic --data "$T" --out "$work/x.m"
fails "a --where without =" 2 "expected column=value" predict --model "$work/fe.m" --data "$T" --where set --out -
fails "no response" 2 "expected --response" fit --kind regression --data "$T" --out "$work/x.m"
fails "no class" 2 "expected --class" fit --kind identity --data "$T" --out "$work/x.m"
fails "components that are no number" 2 "expected auto or a whole number" $fit_fe --components many
fails "a treatment that does not exist" 2 "snvv" $fit_fe --preprocess snvv
fails "a method of another kind" 2 "expected auto, pls" $fit_fe --method svm
fails "a library for a regression" 2 "no meaning for --kind regression" $fit_fe --library "$work/slag.csv"
fails "components for an identity" 2 "no meaning for --kind identity" fit --kind identity --class class --components 3 --data "$T" --out "$work/x.m"
fails "a report of a screen" 2 "no meaning for --kind screen" fit --kind screen --class class --report "$work/x.html" --data "$T" --out "$work/x.m"
fails "a response that is not there" 1 "no such column; it has y:Fe, y:LOI" $fit_fe --response y:Mn
awk -F, -v OFS=, 'NR==1{for(i=8;i<=NF;i++)$i/=1000} 1' "$work/test.csv" >"$work/micrometres.csv"
fails "micrometres for nm" 1 "micrometres? multiply them by 1000" predict --model "$work/fe.m" --data "$work/micrometres.csv" --out -
check "a fit of them warns" test "$(run fit --kind regression --data "$work/micrometres.csv" --response y:Fe --preprocess snv --components 3 --out "$work/x.m"; grep -c 'are they micrometres' "$work/err"; rm -f "$work/x.m")" = "0
1"
awk -F, -v OFS=, 'NR>1{for(i=8;i<=NF;i++)$i*=100} 1' "$work/train.csv" >"$work/percent.csv"
fails "reflectances in per cent for a screen" 1 "in per cent? divide by 100" fit --kind screen --data "$work/percent.csv" --class class --library "$work/slag.csv" --out "$work/x.m"
sed -n '1,4p;2p' "$work/test.csv" >"$work/twice.csv"
check "ids that occur twice are told" test "$(run predict --model "$work/fe.m" --data "$work/twice.csv" --out /dev/null; grep -c '1 id occurs more than once' "$work/err")" = "0
1"
fails "dark without white" 2 "expected --white" convert "$work/a.csv" --dark "$work/b.csv" --out "$work/c.csv"
fails "no model" 2 "required" predict --data "$T" --out -
fails "a table that is not there" 1 "nothing.csv" predict --model "$work/fe.m" --data "$work/nothing.csv" --out -
fails "a column that is not there" 1 "no column 'lot'" predict --model "$work/fe.m" --data "$T" --where lot=1 --out -
fails "a file that is no model" 1 "slag.csv" predict --model "$work/slag.csv" --data "$T" --out -
check "with one line" test "$(wc -l <"$work/err")" = 1
check "nothing is left of what failed" test ! -e "$work/x.m" -a -z "$(ls "$work" | grep tmp)"
check "a device is written to and stays one" test "$(run predict --model "$work/fe.m" --data "$T" --where set=test --out /dev/null; test -c /dev/null && echo device)" = "0
device"
finish
