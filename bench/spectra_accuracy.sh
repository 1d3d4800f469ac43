#!/usr/bin/env bash
# Every row of the table of accuracies that is wanted of `beltwarden spectra`: figure, must, aim, and the share of laboratory values
# within +-1.96 standard errors. Asks test rows: for a report, never for a choice.
#   bench/spectra_accuracy.sh [ROW...]        rows: corn transfer clay nirsoil density ore identity slag klum puree meats (all)
# Reference data: $BELTWARDEN_DATA, else ../shared/data beside the project.
set -eu
cd "$(dirname "$0")/.."
data=${BELTWARDEN_DATA:-../shared/data}/spectra
bw="build/beltwarden spectra"
[ -d "$data" ] || { echo "skipped: no reference data at $data"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wanted=${*:-corn transfer clay nirsoil density ore identity slag klum puree meats}

line() { printf '%-58s %10s %10s %10s %10s\n' "$@"; }
field() { node -e 'let r=JSON.parse(require("fs").readFileSync(0,"utf8")); const v=eval(process.argv[1]); console.log(typeof v==="number" ? +v.toPrecision(4) : v)' "$1"; }
quiet() { "$@" 2>>"$work/log" || { tail -3 "$work/log"; exit 1; }; }
# regression NAME TABLE RESPONSE MUST AIM [--where ...]: fitted on train, asked on test.
regression() {
  local name=$1 table=$2 response=$3 must=$4 aim=$5; shift 5
  quiet $bw fit --kind regression --data "$table" --where set=train "$@" --response "$response" --out "$work/m"
  local json; json=$(quiet $bw evaluate --model "$work/m" --data "$table" --where set=test "$@" --json)
  line "$name" "$(echo "$json" | field r.rmse)" "$must" "$aim" "$(echo "$json" | field r.coverage95)"
}
accuracy() { # NAME TABLE MUST AIM TRAIN-WHERE TEST-WHERE...
  local name=$1 table=$2 must=$3 aim=$4 train=$5 test=$6; shift 6
  quiet $bw fit --kind identity --data "$table" $train --class class --out "$work/m"
  local json; json=$(quiet $bw evaluate --model "$work/m" --data "$table" $test "$@" --json)
  line "$name" "$(echo "$json" | field r.accuracy)" "$must" "$aim" "-"
  line "  called unknown" "$(echo "$json" | field r.unknown)" "" "" ""
}

line row figure must aim "95 %"
for row in $wanted; do
  case $row in
    corn) regression "corn mp6 moisture, own model" "$data/corn.csv" y:moisture 0.128 0.10 --where instrument=mp6 ;;
    transfer)
      quiet $bw fit --kind regression --data "$data/corn.csv" --where set=train --where instrument=m5 --response y:moisture --out "$work/m5"
      head -1 "$data/corn.csv" >"$work/a.csv"; cp "$work/a.csv" "$work/b.csv"
      at() { awk -F, -v name="$1" 'NR==1{for(i=1;i<=NF;i++)if($i==name)print i; exit}' "$data/corn.csv"; }
      awk -F, -v g="$(at group)" -v i="$(at instrument)" '$g=="standard"&&$i=="m5"' "$data/corn.csv" >>"$work/a.csv"
      awk -F, -v g="$(at group)" -v i="$(at instrument)" '$g=="standard"&&$i=="mp6"' "$data/corn.csv" >>"$work/b.csv"
      quiet $bw transfer --model "$work/m5" --from "$work/a.csv" --to "$work/b.csv" --out "$work/mp6"
      json=$(quiet $bw evaluate --model "$work/mp6" --data "$data/corn.csv" --where set=test --where instrument=mp6 --json)
      line "corn moisture, m5 on mp6 after transfer" "$(echo "$json" | field r.rmse)" 0.153 0.125 "$(echo "$json" | field r.coverage95)" ;;
    clay) regression "soil clay" "$data/datsoilspc.csv" y:clay 6.40 5.39 ;;
    nirsoil)
      regression "nirsoil Nt" "$data/nirsoil.csv" y:Nt 0.714 0.643
      regression "nirsoil Ciso" "$data/nirsoil.csv" y:Ciso 0.835 0.752
      regression "nirsoil CEC" "$data/nirsoil.csv" y:CEC 3.91 3.52 ;;
    density)
      quiet $bw fit --kind regression --data "$data/bronir2_dev.csv" --where set=train --response y:density --method pls --out "$work/m"
      quiet $bw follow --model "$work/m" --data "$data/bronir2_dev.csv" --where set=test --response y:density --out "$work/F.csv"
      join -t, <(tail -n +2 "$work/F.csv" | cut -d, -f1-3 | sort) <(awk -F, '$2=="test"&&$5!=""{print $1","$5}' "$data/bronir2_dev.csv" | sort) |
        awk -F, '{e=$2-$4; s+=e*e; n++; in_+=(e<0?-e:e)<=1.96*$3} END{printf "%.4g %.3g\n", sqrt(s/n), in_/n}' >"$work/d"
      line "bronir2 density, followed" "$(cut -d' ' -f1 "$work/d")" 1.65 1.3 "$(cut -d' ' -f2 "$work/d")" ;;
    ore)
      quiet $bw fit --kind regression --data "$data/ore_mixtures_dev.csv" --where set=train --response y:Fe --by class --out "$work/m"
      for average in "" --average; do
        json=$(quiet $bw evaluate --model "$work/m" --data "$data/ore_mixtures_dev.csv" --where set=test --where y:slag=0 $average --json)
        if [ -z "$average" ]; then line "ore Fe by brand, single scans" "$(echo "$json" | field r.rmse)" 0.700 0.467 "$(echo "$json" | field r.coverage95)"
        else line "ore Fe by brand, mean of ten" "$(echo "$json" | field r.rmse)" 0.506 0.337 "$(echo "$json" | field r.coverage95)"; fi
      done ;;
    identity) accuracy "ore brand, slice means" "$data/ore_mixtures_dev.csv" 0.98 0.995 "--where set=train" "--where set=test --where y:slag=0" --average ;;
    slag)
      quiet $bw fit --kind screen --data "$data/ore_mixtures_dev.csv" --where set=train --where set=val --class class --library "$data/ore_endmembers.csv" --out "$work/m"
      json=$(quiet $bw evaluate --model "$work/m" --data "$data/ore_mixtures_dev.csv" --where set=test --average --json)
      line "slag, mean of ten: false alarms" "$(echo "$json" | field r.false_alarms)" 0.015 "" ""
      for level in 5:.10:.50 10:.50:.80 20:.92:.98 30:.97:1.00 50:1.00:1.00; do
        IFS=: read -r percent must aim <<<"$level"
        line "  found at $percent %" "$(echo "$json" | field "r.detection['$percent']")" "$must" "$aim" ""
      done
      line "  slag fraction" "-" "" "" "$(echo "$json" | field r.slag_fraction_coverage95)" ;;
    klum)
      right=0; n=0
      for fold in 1 2 3 4 5; do
        train=$(for f in 1 2 3 4 5; do [ $f = $fold ] || printf -- '--where set=fold%s ' $f; done)
        quiet $bw fit --kind identity --data "$data/klum.csv" $train --class class --out "$work/m"
        json=$(quiet $bw evaluate --model "$work/m" --data "$data/klum.csv" --where set=fold$fold --json)
        right=$(echo "$json" | field "$right + r.accuracy * r.n"); n=$(echo "$json" | field "$n + r.n")
      done
      line "klum, five folds" "$(awk "BEGIN{printf \"%.3f\", $right/$n}")" 0.575 0.70 "-" ;;
    puree) accuracy "fruit puree" "$data/fruit_puree.csv" 0.983 0.9915 "--where set=train" "--where set=test" ;;
    meats) accuracy "fresh meats" "$data/fresh_meats.csv" 1.00 1.00 "--where set=train" "--where set=test" ;;
    *) echo "unknown row '$row'"; exit 2 ;;
  esac
done
