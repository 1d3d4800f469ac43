#!/usr/bin/env bash
# What instrument faults cost the belt monitor: the benchmark's series with a fault put into each, inspected with one model
# that knows of none, and compared with the same series as they were.
# usage: bench/gamma_robustness.sh [SERIES...]      needs the reference data; writes to $OUT (default: a temporary folder)
set -euo pipefail
cd "$(dirname "$0")/.."
beltwarden=${BELTWARDEN:-build/beltwarden}
data=${BELTWARDEN_DATA:-../shared/data}/gamma
[ -d "$data/belt_dev" ] || { echo "skipped: no reference data"; exit 0; }
out=${OUT:-$(mktemp -d)}
series=("$@")
[ ${#series[@]} -gt 0 ] || mapfile -t series < <(awk -F, 'NR>1{print $1}' "$data/belt_dev/series.csv")
model=${MODEL:-$out/model}
if [ ! -e "$model" ]; then
  mapfile -t free < <(awk -F, -v d="$data/belt_dev" '$2=="source_free"{print d "/" $1 ".csv.gz"}' "$data/belt_dev/series.csv")
  "$beltwarden" gamma tune --series "${free[@]}" --templates "$data/reflib.csv" --out "$model"
fi
chosen=$(IFS='|'; echo "${series[*]}")
grep -E "^(series|$chosen)," "$data/belt_dev/truth.csv" > "$out/truth.csv" || true
# fault, size, from, to: the energy scale swings all the time, the others last for ten minutes of each half hour.
while read -r how size from to; do
  mkdir -p "$out/$how"
  files=()
  for s in "${series[@]}"; do
    if [ "$how" = none ]; then
      files+=("$data/belt_dev/$s.csv.gz")
    else
      "$beltwarden" gamma disturb --series "$data/belt_dev/$s.csv.gz" --how "$how" --size "$size" --from "$from" --to "$to" --out "$out/$how/$s.csv"
      files+=("$out/$how/$s.csv")
    fi
  done
  "$beltwarden" gamma inspect --model "$model" --series "${files[@]}" --out "$out/$how/E.csv"
  echo "$how $size:" $("$beltwarden" gamma evaluate --events "$out/$how/E.csv" --truth "$out/truth.csv" --json |
    grep -oE '"(detected|detection|source_free|injected|named_right)":[0-9.]+') \
    "faults:" $(awk -F, '$4=="fault"{n[$5]++} END{for (f in n) printf "%s %d ", f, n[f]}' "$out/$how/E.csv")
  [ "$how" = none ] || rm -f "$out/$how"/*.csv
done <<'FAULTS'
none 0 0 0
gain 0.03 0 1800
stuck 0 600 1200
dead 0 600 1200
noisy 300 600 1200
FAULTS
