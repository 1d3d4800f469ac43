#!/usr/bin/env bash
# Beltwarden beside R pls and scikit-learn, in one run on one core, on the same sizes (synthetic input):
#   predict   one spectrum of 2,151 channels: SNV, Savitzky-Golay(11,2,1), 10-component PLS for 6 responses, T2, Q, identity
#   cv        10-fold cross-validated PLS, 20 components, 618 x 700 (NIRsoil's size)
# CPU time, the best of several runs for everybody, so that other work on the machine matters little.
# The peers come from Debian: apt-get install --no-install-recommends r-cran-pls python3-sklearn. What is not installed is
# skipped. They are not needed for anything else. python3-sklearn brings libboost1.74-dev, which conflicts with the
# libboost1.81-dev of our build: where both are wanted, `apt-get download` it with python3-sklearn-lib, python3-scipy,
# python3-joblib, python3-threadpoolctl, python3-decorator, python3-numpy and liblbfgsb0, `dpkg -x` them into a folder D,
# and set PYTHON=/usr/bin/python3 PYTHONPATH=D/usr/lib/python3/dist-packages LD_LIBRARY_PATH=D/usr/lib/x86_64-linux-gnu.
# usage: bench/peers/spectra_peers.sh [build folder]
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build}
bench=$build/bench_spectra
[ -x "$bench" ] || { echo "spectra_peers: $bench is missing: ninja -C $build bench_spectra" >&2; exit 1; }
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1   # one core for everybody
core=$(taskset -pc $$ 2>/dev/null | sed 's/.*: //; s/[,-].*//')
pin=()
command -v taskset >/dev/null && pin=(taskset -c "${core:-0}")

ours() {  # name of the benchmark, how often -> microseconds, the best of short runs, as the peers' are of single calls
  "${pin[@]}" "$bench" --benchmark_filter="^$1\$" --benchmark_format=csv --benchmark_min_time=0.001 --benchmark_repetitions="$2" 2>/dev/null |
    awk -F, -v name="\"$1\"" '$1 == name { f = $5 == "ms" ? 1000 : $5 == "ns" ? 0.001 : 1; v = $4 * f; if (best == "" || v < best) best = v }
                               END { print best }'
}
our_predict=$(ours OneSpectrum 1000)
our_cv=$(ours CrossValidate 40)
printf '%-28s %14s %14s\n' "" "predict, us" "cv, ms"
row() { printf '%-28s %14s %14s\n' "$1" "$2" "$3"; }
row "Beltwarden" "$(awk -v v="$our_predict" 'BEGIN { printf "%.1f", v }')" "$(awk -v v="$our_cv" 'BEGIN { printf "%.1f", v / 1000 }')"
ratio() { awk -v peer="$1" -v ours="$2" 'BEGIN { printf "%.0f x", peer / ours }'; }

python=${PYTHON:-python3}
if "$python" -c 'import sklearn' 2>/dev/null; then
  read -r predict cv version < <("${pin[@]}" "$python" bench/peers/spectra_sklearn.py)
  row "scikit-learn $version" "$(awk -v v="$predict" 'BEGIN { printf "%.1f", v }')" "$(awk -v v="$cv" 'BEGIN { printf "%.1f", v / 1000 }')"
  row "  Beltwarden is faster by" "$(ratio "$predict" "$our_predict")" "$(ratio "$cv" "$our_cv")"
else
  echo "scikit-learn: skipped, not installed (python3-sklearn)"
fi
if command -v Rscript >/dev/null && Rscript -e 'quit(status = !requireNamespace("pls", quietly = TRUE))' >/dev/null 2>&1; then
  read -r cv version < <("${pin[@]}" Rscript bench/peers/spectra_pls.R)
  row "R pls $version (kernel)" "-" "$(awk -v v="$cv" 'BEGIN { printf "%.1f", v / 1000 }')"
  row "  Beltwarden is faster by" "-" "$(ratio "$cv" "$our_cv")"
else
  echo "R pls: skipped, not installed (r-cran-pls)"
fi
